//! What a request was judged by: card, statistics, inputs and the explanation, kept so that it can be computed again.

use diesel::prelude::*;
use domain::MeetingRequestId;
use jiff::{Timestamp, civil::Date};
use serde_json::Value;

use crate::{
    Conn, StoreError, on,
    schema::{judgements, scorecards, statistics},
    types::{Instant, Json, Uid},
};

/// The judgement of a pair at one version of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// Content hash of the scorecard.
    pub card_hash: String,
    /// Content hash of the statistics.
    pub statistics_hash: String,
    /// The day as of which the pair was judged.
    pub as_of: Date,
    /// Points of the pair.
    pub points: i32,
    /// Levels, points, codes and evidence per factor.
    pub explanation: Value,
    /// Versions of the profiles and mandates of both sides, and of the factors.
    pub inputs: Value,
}

/// Keeps a card under its hash, once.
pub fn insert_scorecard(
    conn: &mut Conn,
    hash: &str,
    body: Value,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = (
        scorecards::hash.eq(hash),
        scorecards::body.eq(Json(body)),
        scorecards::recorded_at.eq(Instant::from(now)),
    );
    on!(
        conn,
        diesel::insert_into(scorecards::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn)
    )?;
    Ok(())
}

/// The card with this hash.
pub fn find_scorecard(conn: &mut Conn, hash: &str) -> Result<Option<Value>, StoreError> {
    let body: Option<Json> = on!(
        conn,
        scorecards::table
            .find(hash)
            .select(scorecards::body)
            .first(conn)
            .optional()
    )?;
    Ok(body.map(|json| json.0))
}

/// Keeps statistics under their hash, once.
pub fn insert_statistics(
    conn: &mut Conn,
    hash: &str,
    as_of: Date,
    body: Value,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = (
        statistics::hash.eq(hash),
        statistics::as_of.eq(as_of.to_string()),
        statistics::body.eq(Json(body)),
        statistics::recorded_at.eq(Instant::from(now)),
    );
    on!(
        conn,
        diesel::insert_into(statistics::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn)
    )?;
    Ok(())
}

/// Keeps the judgement of a request at this version.
pub fn insert(
    conn: &mut Conn,
    request: MeetingRequestId,
    version: u32,
    judgement: &Judgement,
) -> Result<(), StoreError> {
    let row = (
        judgements::request_id.eq(Uid::from(request)),
        judgements::version.eq(version.cast_signed()),
        judgements::card_hash.eq(&judgement.card_hash),
        judgements::statistics_hash.eq(&judgement.statistics_hash),
        judgements::as_of.eq(judgement.as_of.to_string()),
        judgements::points.eq(judgement.points),
        judgements::explanation.eq(Json(judgement.explanation.clone())),
        judgements::inputs.eq(Json(judgement.inputs.clone())),
    );
    on!(
        conn,
        diesel::insert_into(judgements::table)
            .values(row)
            .execute(conn)
    )?;
    Ok(())
}

/// The latest judgement of a request.
pub fn find(conn: &mut Conn, request: MeetingRequestId) -> Result<Option<Judgement>, StoreError> {
    Ok(find_on(conn, request, Date::MAX)?.map(|(_, judgement)| judgement))
}

/// The judgement of a request that held on a day, with the version of the request that it was made at.
pub fn find_on(
    conn: &mut Conn,
    request: MeetingRequestId,
    day: Date,
) -> Result<Option<(u32, Judgement)>, StoreError> {
    type Row = (i32, String, String, String, i32, Json, Json);
    let row: Option<Row> = on!(
        conn,
        judgements::table
            .filter(judgements::request_id.eq(Uid::from(request)))
            .filter(judgements::as_of.le(day.to_string()))
            .order(judgements::version.desc())
            .limit(1)
            .select((
                judgements::version,
                judgements::card_hash,
                judgements::statistics_hash,
                judgements::as_of,
                judgements::points,
                judgements::explanation,
                judgements::inputs,
            ))
            .first(conn)
            .optional()
    )?;
    row.map(
        |(version, card_hash, statistics_hash, as_of, points, explanation, inputs)| {
            let judgement = Judgement {
                card_hash,
                statistics_hash,
                as_of: as_of
                    .parse()
                    .map_err(|_| StoreError::Corrupt(domain::Noun::MeetingRequest))?,
                points,
                explanation: explanation.0,
                inputs: inputs.0,
            };
            Ok((version.cast_unsigned(), judgement))
        },
    )
    .transpose()
}
