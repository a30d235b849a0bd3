//! Reminders that are still to be sent. A row leaves when it is sent, when the request moves on, or when it is too late.

use diesel::prelude::*;
use domain::MeetingRequestId;
use jiff::Timestamp;

use crate::{
    Conn, StoreError, on,
    schema::reminders,
    types::{Instant, Uid},
};

/// A reminder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// Of which request.
    pub request: MeetingRequestId,
    /// Which: `one_third`.
    pub kind: String,
    /// The version of the request that it belongs to.
    pub version: u32,
    /// From when on.
    pub due_at: Timestamp,
}

/// Takes all reminders of a request back and keeps these.
pub fn save(
    conn: &mut Conn,
    request: MeetingRequestId,
    planned: &[Reminder],
) -> Result<(), StoreError> {
    on!(
        conn,
        diesel::delete(reminders::table.filter(reminders::request_id.eq(Uid::from(request))))
            .execute(conn)
    )?;
    let rows: Vec<_> = planned
        .iter()
        .map(|reminder| {
            (
                reminders::request_id.eq(Uid::from(reminder.request)),
                reminders::kind.eq(reminder.kind.as_str()),
                reminders::version.eq(reminder.version.cast_signed()),
                reminders::due_at.eq(Instant::from(reminder.due_at)),
            )
        })
        .collect();
    on!(
        conn,
        diesel::insert_into(reminders::table)
            .values(&rows)
            .execute(conn)
    )?;
    Ok(())
}

/// The reminders of a request, the next first.
pub fn list_of(conn: &mut Conn, request: MeetingRequestId) -> Result<Vec<Reminder>, StoreError> {
    let rows: Vec<(Uid, String, i32, Instant)> = on!(
        conn,
        reminders::table
            .filter(reminders::request_id.eq(Uid::from(request)))
            .order(reminders::due_at)
            .select((
                reminders::request_id,
                reminders::kind,
                reminders::version,
                reminders::due_at
            ))
            .load(conn)
    )?;
    Ok(rows.into_iter().map(reminder).collect())
}

/// Reminders that are due at `now`, the longest due first.
pub fn list_due(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<Reminder>, StoreError> {
    let rows: Vec<(Uid, String, i32, Instant)> = on!(
        conn,
        reminders::table
            .filter(reminders::due_at.le(Instant::from(now)))
            .order((reminders::due_at, reminders::request_id))
            .limit(limit)
            .select((
                reminders::request_id,
                reminders::kind,
                reminders::version,
                reminders::due_at
            ))
            .load(conn)
    )?;
    Ok(rows.into_iter().map(reminder).collect())
}

fn reminder((request, kind, version, due_at): (Uid, String, i32, Instant)) -> Reminder {
    Reminder {
        request: request.into(),
        kind,
        version: version.cast_unsigned(),
        due_at: due_at.into(),
    }
}

/// Takes a reminder off the list; whether it was there: of two replicas one sends it.
pub fn delete(conn: &mut Conn, reminder: &Reminder) -> Result<bool, StoreError> {
    let deleted = on!(
        conn,
        diesel::delete(
            reminders::table
                .filter(reminders::request_id.eq(Uid::from(reminder.request)))
                .filter(reminders::kind.eq(&reminder.kind))
                .filter(reminders::version.eq(reminder.version.cast_signed()))
        )
        .execute(conn)
    )?;
    Ok(deleted == 1)
}
