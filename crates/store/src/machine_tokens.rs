//! Machine tokens: of which other systems act for whom. Only their hashes are kept.

use diesel::prelude::*;
use domain::{MachineTokenId, Noun, OrganisationId, PersonId, Scope};
use jiff::Timestamp;

use crate::{
    Conn, StoreError, on,
    people::one,
    schema::machine_tokens,
    types::{Instant, Json, Uid},
};

/// A machine token without the token.
#[derive(Clone, Debug, PartialEq)]
pub struct MachineToken {
    /// Its id.
    pub id: MachineTokenId,
    /// The hash of the token.
    pub hash: String,
    /// What the other system is called.
    pub name: String,
    /// Whose rights it has, and who is named as having done what it does.
    pub person: PersonId,
    /// The one organisation that it acts for; all that the person may otherwise.
    pub organisation: Option<OrganisationId>,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Who made it.
    pub created_by: PersonId,
    /// When.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = machine_tokens)]
struct Row {
    id: Uid,
    hash: String,
    name: String,
    person_id: Uid,
    organisation_id: Option<Uid>,
    scopes: Json,
    created_by: Uid,
    created_at: Instant,
    expires_at: Instant,
    last_used_at: Option<Instant>,
}

impl TryFrom<Row> for MachineToken {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<MachineToken, StoreError> {
        let scopes = serde_json::from_value(row.scopes.0);
        Ok(MachineToken {
            id: row.id.into(),
            hash: row.hash,
            name: row.name,
            person: row.person_id.into(),
            organisation: row.organisation_id.map(Into::into),
            scopes: scopes.map_err(|_| StoreError::Corrupt(Noun::MachineToken))?,
            created_by: row.created_by.into(),
            created_at: row.created_at.into(),
            expires_at: row.expires_at.into(),
            last_used_at: row.last_used_at.map(Into::into),
        })
    }
}

/// A new token.
pub fn insert(conn: &mut Conn, token: &MachineToken) -> Result<(), StoreError> {
    let row = Row {
        id: token.id.into(),
        hash: token.hash.clone(),
        name: token.name.clone(),
        person_id: token.person.into(),
        organisation_id: token.organisation.map(Into::into),
        scopes: Json(serde_json::to_value(&token.scopes).expect("plain words")),
        created_by: token.created_by.into(),
        created_at: token.created_at.into(),
        expires_at: token.expires_at.into(),
        last_used_at: None,
    };
    on!(
        conn,
        diesel::insert_into(machine_tokens::table)
            .values(&row)
            .execute(conn)
    )?;
    Ok(())
}

/// The token with this id, unless it was revoked.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none.
pub fn find(conn: &mut Conn, id: MachineTokenId) -> Result<MachineToken, StoreError> {
    on!(
        conn,
        machine_tokens::table
            .find(Uid::from(id))
            .filter(machine_tokens::revoked_at.is_null())
            .select(Row::as_select())
            .first(conn)
            .optional()
    )?
    .ok_or(StoreError::NotFound(Noun::MachineToken))?
    .try_into()
}

/// The tokens that are good at `now`, by id. Bounded by the tokens of one hub.
pub fn list_good(conn: &mut Conn, now: Timestamp) -> Result<Vec<MachineToken>, StoreError> {
    let rows: Vec<Row> = on!(
        conn,
        machine_tokens::table
            .filter(machine_tokens::revoked_at.is_null())
            .filter(machine_tokens::expires_at.gt(Instant::from(now)))
            .order(machine_tokens::id)
            .select(Row::as_select())
            .load(conn)
    )?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The tokens of these organisations or of this person that were not revoked, by id; at most 1,000.
pub fn list_for(
    conn: &mut Conn,
    person: PersonId,
    organisations: &[OrganisationId],
) -> Result<Vec<MachineToken>, StoreError> {
    let organisations: Vec<Option<Uid>> =
        organisations.iter().map(|id| Some((*id).into())).collect();
    let person = Uid::from(person);
    let rows: Vec<Row> = on!(
        conn,
        machine_tokens::table
            .filter(machine_tokens::revoked_at.is_null())
            .filter(
                machine_tokens::organisation_id
                    .eq_any(&organisations)
                    .or(machine_tokens::person_id.eq(person))
                    .or(machine_tokens::created_by.eq(person))
            )
            .order(machine_tokens::id)
            .limit(1000)
            .select(Row::as_select())
            .load(conn)
    )?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Ends the token.
///
/// # Errors
/// [`StoreError::NotFound`] if it was ended already.
pub fn save_revoked(conn: &mut Conn, id: MachineTokenId, now: Timestamp) -> Result<(), StoreError> {
    let changed = on!(
        conn,
        diesel::update(machine_tokens::table.find(Uid::from(id)))
            .filter(machine_tokens::revoked_at.is_null())
            .set(machine_tokens::revoked_at.eq(Instant::from(now)))
            .execute(conn)
    )?;
    one(changed, StoreError::NotFound(Noun::MachineToken))
}

/// When the token was last used.
pub fn save_used(conn: &mut Conn, id: MachineTokenId, at: Timestamp) -> Result<(), StoreError> {
    on!(
        conn,
        diesel::update(machine_tokens::table.find(Uid::from(id)))
            .set(machine_tokens::last_used_at.eq(Instant::from(at)))
            .execute(conn)
    )?;
    Ok(())
}
