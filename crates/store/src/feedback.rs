//! What each side thought of a meeting: for itself and staff alone.

use diesel::prelude::*;
use domain::{FeedbackReason, MeetingRequestId, Noun, Party, PersonId, Verdict};
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Conn, StoreError, on,
    schema::feedback,
    types::{Instant, Json, Uid},
};

/// What a side thought.
#[derive(Clone, Debug, PartialEq)]
pub struct Feedback {
    /// Which side.
    pub side: Party,
    /// How it found the meeting.
    pub verdict: Verdict,
    /// Why.
    pub reasons: Vec<FeedbackReason>,
    /// In words.
    pub note: Option<String>,
    /// By whom.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
    /// Counts the changes, from 1.
    pub version: u32,
}

/// Keeps the first word of a side, or the next.
pub fn save(
    conn: &mut Conn,
    request: MeetingRequestId,
    given: &Feedback,
) -> Result<(), StoreError> {
    let reasons = serde_json::to_value(&given.reasons).unwrap_or_default();
    let values = || {
        (
            feedback::verdict.eq(given.verdict.code()),
            feedback::reasons.eq(Json(reasons.clone())),
            feedback::note.eq(given.note.as_deref()),
            feedback::given_by.eq(Uid::from(given.by)),
            feedback::given_at.eq(Instant::from(given.at)),
            feedback::version.eq(given.version.cast_signed()),
        )
    };
    let row = (
        feedback::request_id.eq(Uid::from(request)),
        feedback::side.eq(given.side.code()),
        values(),
    );
    on!(
        conn,
        diesel::insert_into(feedback::table)
            .values(row)
            .on_conflict((feedback::request_id, feedback::side))
            .do_update()
            .set(values())
            .execute(conn)
    )?;
    Ok(())
}

/// What the sides thought, one or both.
pub fn list(conn: &mut Conn, request: MeetingRequestId) -> Result<Vec<Feedback>, StoreError> {
    type Row = (String, String, Json, Option<String>, Uid, Instant, i32);
    let rows: Vec<Row> = on!(
        conn,
        feedback::table
            .filter(feedback::request_id.eq(Uid::from(request)))
            .order(feedback::side)
            .select((
                feedback::side,
                feedback::verdict,
                feedback::reasons,
                feedback::note,
                feedback::given_by,
                feedback::given_at,
                feedback::version,
            ))
            .load(conn)
    )?;
    let corrupt = || StoreError::Corrupt(Noun::Feedback);
    rows.into_iter()
        .map(|(side, verdict, reasons, note, by, at, version)| {
            Ok(Feedback {
                side: serde_json::from_value(Value::String(side)).map_err(|_| corrupt())?,
                verdict: Verdict::from_code(&verdict).ok_or_else(corrupt)?,
                reasons: serde_json::from_value(reasons.0).map_err(|_| corrupt())?,
                note,
                by: by.into(),
                at: at.into(),
                version: version.cast_unsigned(),
            })
        })
        .collect()
}
