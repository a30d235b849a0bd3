//! Invitations by link: into an organisation, or onto the staff of a programme.

use diesel::prelude::*;
use domain::{EmailAddress, InvitationId, Noun, OrganisationId, PersonId, ProgrammeId, Role};
use jiff::Timestamp;

use crate::{
    Conn, StoreError, on,
    people::one,
    schema::invitations,
    types::{Instant, Uid},
};

/// What an invitation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A membership.
    Organisation(OrganisationId, Role),
    /// A staff grant.
    Programme(ProgrammeId),
}

/// An invitation.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// Who is invited.
    pub email: EmailAddress,
    /// To what.
    pub target: Target,
    /// Who invited; nobody for those made with the database.
    pub invited_by: Option<PersonId>,
    /// Until when the link is good.
    pub expires_at: Timestamp,
}

/// A new invitation; its token is known by its hash alone.
pub fn insert(
    conn: &mut Conn,
    invitation: &Invitation,
    token_hash: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (organisation, role, programme) = match invitation.target {
        Target::Organisation(id, role) => (Some(Uid::from(id)), Some(role.code()), None),
        Target::Programme(id) => (None, None, Some(Uid::from(id))),
    };
    let row = (
        invitations::id.eq(Uid::from(invitation.id)),
        invitations::hash.eq(token_hash),
        invitations::email.eq(invitation.email.as_str()),
        invitations::organisation_id.eq(organisation),
        invitations::role.eq(role),
        invitations::programme_id.eq(programme),
        invitations::invited_by.eq(invitation.invited_by.map(Uid::from)),
        invitations::created_at.eq(Instant::from(now)),
        invitations::expires_at.eq(Instant::from(invitation.expires_at)),
    );
    on!(
        conn,
        diesel::insert_into(invitations::table)
            .values(row)
            .execute(conn)
    )?;
    Ok(())
}

/// The open invitation with this token.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none, it was accepted, or it expired before `now`.
pub fn find_open(
    conn: &mut Conn,
    token_hash: &str,
    now: Timestamp,
) -> Result<Invitation, StoreError> {
    type Row = (
        Uid,
        String,
        Option<Uid>,
        Option<String>,
        Option<Uid>,
        Option<Uid>,
        Instant,
    );
    let row: Option<Row> = on!(
        conn,
        invitations::table
            .filter(invitations::hash.eq(token_hash))
            .filter(invitations::accepted_at.is_null())
            .filter(invitations::expires_at.gt(Instant::from(now)))
            .select((
                invitations::id,
                invitations::email,
                invitations::organisation_id,
                invitations::role,
                invitations::programme_id,
                invitations::invited_by,
                invitations::expires_at,
            ))
            .first(conn)
            .optional()
    )?;
    let (id, email, organisation, role, programme, invited_by, expires_at) =
        row.ok_or(StoreError::NotFound(Noun::Invitation))?;
    let corrupt = || StoreError::Corrupt(Noun::Invitation);
    let target = match (organisation, role.as_deref(), programme) {
        (Some(id), Some("owner"), None) => Target::Organisation(id.into(), Role::Owner),
        (Some(id), Some("member"), None) => Target::Organisation(id.into(), Role::Member),
        (None, None, Some(id)) => Target::Programme(id.into()),
        _ => return Err(corrupt()),
    };
    Ok(Invitation {
        id: id.into(),
        email: email.parse().map_err(|_| corrupt())?,
        target,
        invited_by: invited_by.map(Into::into),
        expires_at: expires_at.into(),
    })
}

/// Notes that the invitation was accepted; of two that try at once, one is told it is gone.
///
/// # Errors
/// [`StoreError::NotFound`] if it was accepted before.
pub fn save_accepted(conn: &mut Conn, id: InvitationId, now: Timestamp) -> Result<(), StoreError> {
    let changed = on!(
        conn,
        diesel::update(invitations::table.find(Uid::from(id)))
            .filter(invitations::accepted_at.is_null())
            .set(invitations::accepted_at.eq(Instant::from(now)))
            .execute(conn)
    )?;
    one(changed, StoreError::NotFound(Noun::Invitation))
}
