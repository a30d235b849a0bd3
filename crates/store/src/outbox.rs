//! The outbox: events, written with the changes that they tell of, until they are routed to whom they concern.

use diesel::prelude::*;
use domain::PersonId;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Conn, StoreError, on,
    schema::{audit, outbox},
    types::{Instant, Json, Uid},
};

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its place in the order of writing.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// What: `meeting_request.accept`.
    pub event: String,
    /// To what: `meeting_request`.
    pub noun: String,
    /// To which.
    pub subject: Uuid,
    /// The version that it made.
    pub version: i32,
    /// Codes and ids.
    pub body: Value,
}

/// Events that nobody was told of yet, for this transaction alone: another replica's gets others. Served by the index
/// `outbox_unrouted`.
pub fn claim(conn: &mut Conn, limit: i64) -> Result<Vec<Event>, StoreError> {
    type Row = (i64, Instant, String, String, Uid, i32, Json);
    let query = outbox::table
        .filter(outbox::routed_at.is_null())
        .order(outbox::seq)
        .limit(limit)
        .select((
            outbox::seq,
            outbox::at,
            outbox::event,
            outbox::noun,
            outbox::subject_id,
            outbox::version,
            outbox::body,
        ));
    let rows: Vec<Row> = match conn {
        Conn::Pg(conn) => query.for_update().skip_locked().load(&mut **conn)?,
        Conn::Sqlite(conn) => query.load(&mut **conn)?,
    };
    Ok(rows
        .into_iter()
        .map(|(seq, at, event, noun, subject, version, body)| Event {
            seq,
            at: at.into(),
            event,
            noun,
            subject: subject.0,
            version,
            body: body.0,
        })
        .collect())
}

/// Whether an event waits to be routed.
pub fn is_waiting(conn: &mut Conn) -> Result<bool, StoreError> {
    let first: Option<i64> = on!(
        conn,
        outbox::table
            .filter(outbox::routed_at.is_null())
            .select(outbox::seq)
            .first(conn)
            .optional()
    )?;
    Ok(first.is_some())
}

/// These events have become deliveries.
pub fn save_routed(conn: &mut Conn, seqs: &[i64], now: Timestamp) -> Result<(), StoreError> {
    for chunk in seqs.chunks(500) {
        on!(
            conn,
            diesel::update(outbox::table.filter(outbox::seq.eq_any(chunk)))
                .set(outbox::routed_at.eq(Instant::from(now)))
                .execute(conn)
        )?;
    }
    Ok(())
}

/// Who did it, by the audit row that was written with the event.
pub fn find_doer(conn: &mut Conn, event: &Event) -> Result<Option<PersonId>, StoreError> {
    let action = event.event.rsplit('.').next().unwrap_or_default();
    let found: Option<Option<Uid>> = on!(
        conn,
        audit::table
            .filter(audit::noun.eq(&event.noun))
            .filter(audit::subject_id.eq(Uid(event.subject)))
            .filter(audit::version.eq(event.version))
            .filter(audit::action.eq(action))
            .select(audit::person_id)
            .first(conn)
            .optional()
    )?;
    Ok(found.flatten().map(Into::into))
}
