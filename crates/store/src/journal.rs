//! What happened: the audit row and the outbox event of each change, written in the transaction of the change, and the
//! change log that the replicas' snapshots follow.

use diesel::prelude::*;
use domain::{Noun, Party, PersonId};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Conn, StoreError, on,
    schema::{audit, change_log, outbox},
    types::{Instant, Json, Uid},
};

/// A change of one thing.
#[derive(Clone, Debug)]
pub struct Change {
    /// What was done: `created`, `approve`, `archived`.
    pub action: &'static str,
    /// To what.
    pub noun: Noun,
    /// To which.
    pub id: Uuid,
    /// The version that the change made. One action makes one version of one thing once: the schema refuses a second.
    pub version: u32,
    /// Who did it; nobody for the clock and the system.
    pub person: Option<PersonId>,
    /// On whose part.
    pub party: Option<Party>,
    /// Codes and ids that explain it; never personal data or free text.
    pub detail: Value,
}

/// Writes the audit row, the event and the note for the snapshots.
pub fn insert(conn: &mut Conn, change: &Change, now: Timestamp) -> Result<(), StoreError> {
    insert_event(conn, change, now)?;
    insert_note(conn, change.noun, change.id)
}

/// Writes the audit row of something that was read and changed nothing: who took what out, and when.
///
/// `change.id` names the reading itself: nothing else has it.
pub fn insert_reading(conn: &mut Conn, change: &Change, now: Timestamp) -> Result<(), StoreError> {
    insert_audit(conn, change, now)
}

/// Writes one audit row and one event for bulk work, and a note for each thing that it changed.
///
/// `change.id` names the work itself: nothing else has it.
pub fn insert_bulk(
    conn: &mut Conn,
    change: &Change,
    changed: &[(Noun, Uuid)],
    now: Timestamp,
) -> Result<(), StoreError> {
    insert_event(conn, change, now)?;
    for chunk in changed.chunks(500) {
        let rows: Vec<_> = chunk
            .iter()
            .map(|(noun, id)| {
                (
                    change_log::noun.eq(noun.code()),
                    change_log::id.eq(Uid(*id)),
                )
            })
            .collect();
        on!(
            conn,
            diesel::insert_into(change_log::table)
                .values(&rows)
                .execute(conn)
        )?;
    }
    Ok(())
}

fn insert_audit(conn: &mut Conn, change: &Change, now: Timestamp) -> Result<(), StoreError> {
    let row = (
        audit::at.eq(Instant::from(now)),
        audit::person_id.eq(change.person.map(Uid::from)),
        audit::party.eq(change.party.map(Party::code)),
        audit::action.eq(change.action),
        audit::noun.eq(change.noun.code()),
        audit::subject_id.eq(Uid(change.id)),
        audit::version.eq(change.version.cast_signed()),
        audit::detail.eq(Json(change.detail.clone())),
    );
    on!(
        conn,
        diesel::insert_into(audit::table).values(row).execute(conn)
    )?;
    Ok(())
}

fn insert_event(conn: &mut Conn, change: &Change, now: Timestamp) -> Result<(), StoreError> {
    insert_audit(conn, change, now)?;
    let event = format!("{}.{}", change.noun.code(), change.action);
    let row = (
        outbox::at.eq(Instant::from(now)),
        outbox::event.eq(event),
        outbox::noun.eq(change.noun.code()),
        outbox::subject_id.eq(Uid(change.id)),
        outbox::version.eq(change.version.cast_signed()),
        outbox::body.eq(Json(change.detail.clone())),
    );
    on!(
        conn,
        diesel::insert_into(outbox::table).values(row).execute(conn)
    )?;
    Ok(())
}

/// Writes the note for the snapshots alone: for bulk work that is audited as a whole.
pub fn insert_note(conn: &mut Conn, noun: Noun, id: Uuid) -> Result<(), StoreError> {
    let row = (change_log::noun.eq(noun.code()), change_log::id.eq(Uid(id)));
    on!(
        conn,
        diesel::insert_into(change_log::table)
            .values(row)
            .execute(conn)
    )?;
    Ok(())
}

/// An audit row, for staff.
#[derive(Clone, Debug)]
pub struct AuditRow {
    /// Its place in the order of writing.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub person: Option<PersonId>,
    /// What.
    pub action: String,
    /// The version that it made.
    pub version: u32,
    /// Codes and ids.
    pub detail: Value,
}

/// The audit rows of one thing, oldest first, at most 1,000.
pub fn list_for(conn: &mut Conn, noun: Noun, id: Uuid) -> Result<Vec<AuditRow>, StoreError> {
    type Row = (i64, Instant, Option<Uid>, String, i32, Json);
    let rows: Vec<Row> = on!(
        conn,
        audit::table
            .filter(audit::noun.eq(noun.code()))
            .filter(audit::subject_id.eq(Uid(id)))
            .order(audit::seq)
            .limit(1000)
            .select((
                audit::seq,
                audit::at,
                audit::person_id,
                audit::action,
                audit::version,
                audit::detail,
            ))
            .load(conn)
    )?;
    Ok(rows
        .into_iter()
        .map(|(seq, at, person, action, version, detail)| AuditRow {
            seq,
            at: at.into(),
            person: person.map(Into::into),
            action,
            version: version.cast_unsigned(),
            detail: detail.0,
        })
        .collect())
}
