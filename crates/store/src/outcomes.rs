//! What came of introductions, in append-only versions.

use diesel::prelude::*;
use domain::{
    AmountTier, MeetingRequestId, Noun, OrganisationId, Outcome, OutcomeId, OutcomeKind, Party,
    PersonId, ProgrammeId,
};
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Conn, StoreError, on,
    people::one,
    schema::{meeting_requests, outcome_versions, outcomes},
    types::{Instant, Uid},
};

/// An outcome as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Its id, for life.
    pub id: OutcomeId,
    /// Of which request.
    pub request: MeetingRequestId,
    /// Counts the versions, from 1.
    pub version: u32,
    /// What came of it.
    pub outcome: Outcome,
    /// In words.
    pub note: Option<String>,
    /// It was said and taken back.
    pub withdrawn: bool,
    /// On whose part it was said first, or corrected last.
    pub party: Party,
    /// Why it was corrected.
    pub because: Option<String>,
    /// By whom.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = outcome_versions)]
struct Row {
    outcome_id: Uid,
    version: i32,
    kind: String,
    happened_on: String,
    amount_minor: Option<i64>,
    currency: Option<String>,
    stage: Option<String>,
    amount_tier: String,
    note: Option<String>,
    withdrawn: bool,
    party: String,
    because: Option<String>,
    recorded_by: Uid,
    recorded_at: Instant,
}

fn recorded(request: Uid, row: Row) -> Result<Recorded, StoreError> {
    let corrupt = || StoreError::Corrupt(Noun::Outcome);
    let amount = row
        .amount_minor
        .zip(row.currency)
        .map(|(minor, currency)| {
            serde_json::from_value(serde_json::json!({"minor_units": minor, "currency": currency}))
        })
        .transpose()
        .map_err(|_| corrupt())?;
    let stage = row.stage.map(|stage| stage.parse().map_err(|_| corrupt()));
    Ok(Recorded {
        id: row.outcome_id.into(),
        request: request.into(),
        version: row.version.cast_unsigned(),
        outcome: Outcome {
            kind: OutcomeKind::from_code(&row.kind).ok_or_else(corrupt)?,
            happened_on: row.happened_on.parse().map_err(|_| corrupt())?,
            amount,
            stage: stage.transpose()?,
            amount_tier: AmountTier::from_code(&row.amount_tier).ok_or_else(corrupt)?,
        },
        note: row.note,
        withdrawn: row.withdrawn,
        party: serde_json::from_value(Value::String(row.party)).map_err(|_| corrupt())?,
        because: row.because,
        by: row.recorded_by.into(),
        at: row.recorded_at.into(),
    })
}

/// A new outcome, in its first version.
pub fn insert(conn: &mut Conn, recorded: &Recorded) -> Result<(), StoreError> {
    let row = (
        outcomes::id.eq(Uid::from(recorded.id)),
        outcomes::request_id.eq(Uid::from(recorded.request)),
        outcomes::version.eq(1),
    );
    on!(
        conn,
        diesel::insert_into(outcomes::table)
            .values(row)
            .execute(conn)
    )?;
    insert_version(conn, recorded)
}

/// Keeps the next version, which is `recorded.version`.
///
/// # Errors
/// [`StoreError::Stale`] if the stored version is not the one before.
pub fn save(conn: &mut Conn, recorded: &Recorded) -> Result<(), StoreError> {
    let version = recorded.version.cast_signed();
    let changed = on!(
        conn,
        diesel::update(outcomes::table.find(Uid::from(recorded.id)))
            .filter(outcomes::version.eq(version - 1))
            .set(outcomes::version.eq(version))
            .execute(conn)
    )?;
    one(changed, StoreError::Stale(Noun::Outcome))?;
    insert_version(conn, recorded)
}

fn insert_version(conn: &mut Conn, recorded: &Recorded) -> Result<(), StoreError> {
    let outcome = &recorded.outcome;
    let row = (
        outcome_versions::outcome_id.eq(Uid::from(recorded.id)),
        outcome_versions::version.eq(recorded.version.cast_signed()),
        outcome_versions::kind.eq(outcome.kind.code()),
        outcome_versions::happened_on.eq(outcome.happened_on.to_string()),
        outcome_versions::amount_minor.eq(outcome.amount.map(domain::Money::minor_units)),
        outcome_versions::currency.eq(outcome.amount.map(|amount| amount.currency().code())),
        outcome_versions::stage.eq(outcome.stage.map(domain::StageCode::code)),
        outcome_versions::amount_tier.eq(outcome.amount_tier.code()),
        outcome_versions::note.eq(recorded.note.as_deref()),
        outcome_versions::withdrawn.eq(recorded.withdrawn),
        outcome_versions::party.eq(recorded.party.code()),
        outcome_versions::because.eq(recorded.because.as_deref()),
        outcome_versions::recorded_by.eq(Uid::from(recorded.by)),
        outcome_versions::recorded_at.eq(Instant::from(recorded.at)),
    );
    on!(
        conn,
        diesel::insert_into(outcome_versions::table)
            .values(row)
            .execute(conn)
    )?;
    Ok(())
}

/// The outcome with this id, as it stands.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none.
pub fn find(conn: &mut Conn, id: OutcomeId) -> Result<Recorded, StoreError> {
    let found: Option<(Uid, Row)> = on!(
        conn,
        outcomes::table
            .inner_join(outcome_versions::table)
            .filter(outcomes::id.eq(Uid::from(id)))
            .filter(outcome_versions::version.eq(outcomes::version))
            .select((outcomes::request_id, Row::as_select()))
            .first(conn)
            .optional()
    )?;
    let (request, row) = found.ok_or(StoreError::NotFound(Noun::Outcome))?;
    recorded(request, row)
}

/// The outcomes of a request as they stand, oldest first, at most 500.
pub fn list(conn: &mut Conn, request: MeetingRequestId) -> Result<Vec<Recorded>, StoreError> {
    let rows: Vec<(Uid, Row)> = on!(
        conn,
        outcomes::table
            .inner_join(outcome_versions::table)
            .filter(outcomes::request_id.eq(Uid::from(request)))
            .filter(outcome_versions::version.eq(outcomes::version))
            .order(outcomes::id)
            .limit(500)
            .select((outcomes::request_id, Row::as_select()))
            .load(conn)
    )?;
    rows.into_iter()
        .map(|(request, row)| recorded(request, row))
        .collect()
}

/// An outcome with the request that it came of: what a card learns from, and what reports count.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    /// The side that asked.
    pub from: OrganisationId,
    /// The side that was asked.
    pub to: OrganisationId,
    /// In which programme.
    pub programme: ProgrammeId,
    /// What came of it.
    pub recorded: Recorded,
}

/// Every outcome that stands, of one programme or of all, by id, after `after`.
pub fn list_all(
    conn: &mut Conn,
    programme: Option<ProgrammeId>,
    after: Option<OutcomeId>,
    limit: i64,
) -> Result<Vec<Learned>, StoreError> {
    type Found = ((Uid, Uid, Uid, Uid), Row);
    let rows: Vec<Found> = on!(conn, {
        let mut query = outcomes::table
            .inner_join(outcome_versions::table)
            .inner_join(meeting_requests::table)
            .filter(outcome_versions::version.eq(outcomes::version))
            .filter(outcome_versions::withdrawn.eq(false))
            .order(outcomes::id)
            .limit(limit)
            .select((
                (
                    outcomes::request_id,
                    meeting_requests::from_id,
                    meeting_requests::to_id,
                    meeting_requests::programme_id,
                ),
                Row::as_select(),
            ))
            .into_boxed();
        if let Some(programme) = programme {
            query = query.filter(meeting_requests::programme_id.eq(Uid::from(programme)));
        }
        if let Some(after) = after {
            query = query.filter(outcomes::id.gt(Uid::from(after)));
        }
        query.load(conn)
    })?;
    rows.into_iter()
        .map(|((request, from, to, programme), row)| {
            Ok(Learned {
                from: from.into(),
                to: to.into(),
                programme: programme.into(),
                recorded: recorded(request, row)?,
            })
        })
        .collect()
}
