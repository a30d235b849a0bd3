//! Consents: what was shown before contacts go abroad, that it was agreed to, and that it was withdrawn.

use diesel::prelude::*;
use domain::{ConsentId, ConsentOf, Noun, OrganisationId, PersonId};
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Conn, StoreError, on,
    people::one,
    schema::consents,
    types::{Instant, Json, Uid},
};

/// A consent.
#[derive(Clone, Debug, PartialEq)]
pub struct Consent {
    /// Its id.
    pub id: ConsentId,
    /// Whose contacts go abroad.
    pub organisation: OrganisationId,
    /// Whether of the person or of the organisation.
    pub subject: ConsentOf,
    /// Who agreed.
    pub person: PersonId,
    /// To whom they go.
    pub recipient: OrganisationId,
    /// Where that is: ISO 3166-1.
    pub country: String,
    /// Which text was shown.
    pub text: String,
    /// What was shown, word for word.
    pub shown: Value,
    /// When it was agreed to.
    pub agreed_at: Timestamp,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = consents)]
struct Row {
    id: Uid,
    organisation_id: Uid,
    subject: String,
    person_id: Uid,
    recipient_id: Uid,
    country: String,
    text_version: String,
    shown: Json,
    agreed_at: Instant,
    withdrawn_at: Option<Instant>,
}

impl TryFrom<Row> for Consent {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Consent, StoreError> {
        let subject = ConsentOf::from_code(&row.subject);
        Ok(Consent {
            id: row.id.into(),
            organisation: row.organisation_id.into(),
            subject: subject.ok_or(StoreError::Corrupt(Noun::Consent))?,
            person: row.person_id.into(),
            recipient: row.recipient_id.into(),
            country: row.country,
            text: row.text_version,
            shown: row.shown.0,
            agreed_at: row.agreed_at.into(),
            withdrawn_at: row.withdrawn_at.map(Into::into),
        })
    }
}

/// Keeps a consent.
///
/// # Errors
/// [`StoreError::Duplicate`] if the same was agreed to already and not withdrawn.
pub fn insert(conn: &mut Conn, consent: &Consent) -> Result<(), StoreError> {
    let row = (
        consents::id.eq(Uid::from(consent.id)),
        consents::organisation_id.eq(Uid::from(consent.organisation)),
        consents::subject.eq(consent.subject.code()),
        consents::person_id.eq(Uid::from(consent.person)),
        consents::recipient_id.eq(Uid::from(consent.recipient)),
        consents::country.eq(&consent.country),
        consents::text_version.eq(&consent.text),
        consents::shown.eq(Json(consent.shown.clone())),
        consents::agreed_at.eq(Instant::from(consent.agreed_at)),
    );
    on!(
        conn,
        diesel::insert_into(consents::table)
            .values(row)
            .execute(conn)
    )?;
    Ok(())
}

/// The consents in force of an organisation and its people towards a recipient, by id.
pub fn list_in_force(
    conn: &mut Conn,
    organisation: OrganisationId,
    recipient: OrganisationId,
) -> Result<Vec<Consent>, StoreError> {
    let rows: Vec<Row> = on!(
        conn,
        consents::table
            .filter(consents::organisation_id.eq(Uid::from(organisation)))
            .filter(consents::recipient_id.eq(Uid::from(recipient)))
            .filter(consents::withdrawn_at.is_null())
            .order(consents::id)
            .limit(1000)
            .select(Row::as_select())
            .load(conn)
    )?;
    rows.into_iter().map(Consent::try_from).collect()
}

/// What a person agreed to, withdrawn or not, by id; at most 1,000.
pub fn list_by(conn: &mut Conn, person: PersonId) -> Result<Vec<Consent>, StoreError> {
    let rows: Vec<Row> = on!(
        conn,
        consents::table
            .filter(consents::person_id.eq(Uid::from(person)))
            .order(consents::id)
            .limit(1000)
            .select(Row::as_select())
            .load(conn)
    )?;
    rows.into_iter().map(Consent::try_from).collect()
}

/// The consent with this id.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none.
pub fn find(conn: &mut Conn, id: ConsentId) -> Result<Consent, StoreError> {
    on!(
        conn,
        consents::table
            .find(Uid::from(id))
            .select(Row::as_select())
            .first(conn)
            .optional()
    )?
    .ok_or(StoreError::NotFound(Noun::Consent))?
    .try_into()
}

/// Withdraws a consent.
///
/// # Errors
/// [`StoreError::NotFound`] if it was withdrawn before.
pub fn save_withdrawn(conn: &mut Conn, id: ConsentId, now: Timestamp) -> Result<(), StoreError> {
    let changed = on!(
        conn,
        diesel::update(consents::table.find(Uid::from(id)))
            .filter(consents::withdrawn_at.is_null())
            .set(consents::withdrawn_at.eq(Instant::from(now)))
            .execute(conn)
    )?;
    one(changed, StoreError::NotFound(Noun::Consent))
}
