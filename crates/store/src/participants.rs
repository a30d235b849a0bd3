//! Who takes part in a meeting beside its two sides.

use diesel::prelude::*;
use domain::{MeetingRequestId, Noun, ParticipantRole, PersonId};
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Conn, StoreError, on,
    people::one,
    schema::participants,
    types::{Instant, Uid},
};

/// Somebody who takes part, as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Participant {
    /// Who.
    pub person: PersonId,
    /// As what.
    pub role: ParticipantRole,
    /// Who asked them to.
    pub added_by: PersonId,
}

/// Has somebody take part.
///
/// # Errors
/// [`StoreError::Duplicate`] if they do already.
pub fn insert(
    conn: &mut Conn,
    request: MeetingRequestId,
    participant: &Participant,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = (
        participants::request_id.eq(Uid::from(request)),
        participants::person_id.eq(Uid::from(participant.person)),
        participants::role.eq(participant.role.code()),
        participants::added_by.eq(Uid::from(participant.added_by)),
        participants::added_at.eq(Instant::from(now)),
    );
    on!(
        conn,
        diesel::insert_into(participants::table)
            .values(row)
            .execute(conn)
    )?;
    Ok(())
}

/// Has somebody take part no longer.
///
/// # Errors
/// [`StoreError::NotFound`] if they do not.
pub fn delete(
    conn: &mut Conn,
    request: MeetingRequestId,
    person: PersonId,
) -> Result<(), StoreError> {
    let gone = on!(
        conn,
        diesel::delete(participants::table.find((Uid::from(request), Uid::from(person))))
            .execute(conn)
    )?;
    one(gone, StoreError::NotFound(Noun::Participant))
}

/// Who takes part, by person; at most 100.
pub fn list(conn: &mut Conn, request: MeetingRequestId) -> Result<Vec<Participant>, StoreError> {
    let rows: Vec<(Uid, String, Uid)> = on!(
        conn,
        participants::table
            .filter(participants::request_id.eq(Uid::from(request)))
            .order(participants::person_id)
            .limit(100)
            .select((
                participants::person_id,
                participants::role,
                participants::added_by,
            ))
            .load(conn)
    )?;
    rows.into_iter()
        .map(|(person, role, added_by)| {
            Ok(Participant {
                person: person.into(),
                role: serde_json::from_value(Value::String(role))
                    .map_err(|_| StoreError::Corrupt(Noun::Participant))?,
                added_by: added_by.into(),
            })
        })
        .collect()
}
