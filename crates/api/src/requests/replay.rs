//! What a request was judged by, computed again from what it names: the card by its hash, both sides' documents by their
//! versions, and everything else as the hub knew it when the snapshot of the judgement was read.

use std::collections::BTreeMap;

use domain::{DocumentKind, MeetingRequest, Noun, OrganisationId, PersonId, PersonStatus};
use jiff::{SignedDuration, Timestamp, civil::Date};
use scoring::{Card, Contribution, Explanation, FACTORS_VERSION, KeptOff};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use store::{
    Conn, StoreError, documents, investments,
    judgements::{self, Judgement},
    meeting_requests, people,
};
use tokio::sync::{Semaphore, SemaphorePermit};
use uuid::Uuid;

use crate::{
    error::{ApiError, ApiResult, Code},
    extract::hex,
    live::Snapshot,
};

/// A transaction may have been recorded before a snapshot was read and committed after it. If the statistics are not the
/// ones that were kept, what was recorded last is left out, batch by batch: so many times, in such a time. Our choice.
const BATCHES_MAX: i64 = 3;
const LATE: SignedDuration = SignedDuration::from_mins(10);

/// A replay reads the whole hub of a past moment: one at a time in each process.
static ONE_AT_A_TIME: Semaphore = Semaphore::const_new(1);

/// The turn to replay, for as long as it is held.
///
/// # Errors
/// None while the process lives.
pub(crate) async fn turn() -> ApiResult<SemaphorePermit<'static>> {
    ONE_AT_A_TIME.acquire().await.map_err(ApiError::internal)
}

/// A judgement, kept and computed again.
#[derive(Debug)]
pub(crate) struct Replayed {
    /// The version of the request that was judged.
    pub(crate) version: u32,
    /// What was kept.
    pub(crate) kept: Judgement,
    /// When the hub was read for it.
    pub(crate) read_at: Timestamp,
    /// The explanation that was kept.
    pub(crate) explanation: Explanation,
    /// The explanation computed again, or what keeps the pair apart now.
    pub(crate) again: Result<Explanation, KeptOff>,
    /// What is not the same, by name.
    pub(crate) differs: Vec<String>,
}

impl Replayed {
    /// The digests of what was kept and of what was computed again.
    pub(crate) fn digests(&self) -> (String, Option<String>) {
        let again = self.again.as_ref().ok();
        (digest(&self.explanation), again.map(digest))
    }
}

/// SHA-256 of an explanation as JSON with sorted names.
fn digest(explanation: &Explanation) -> String {
    let whole = serde_json::to_value(explanation).unwrap_or_default();
    hex(&Sha256::digest(whole.to_string()))
}

/// What a judgement names.
#[derive(Debug, Deserialize)]
struct Inputs {
    factors: u32,
    read_at: Option<Timestamp>,
    from: SideInputs,
    to: SideInputs,
}

#[derive(Debug, Deserialize)]
struct SideInputs {
    organisation: OrganisationId,
    profile: Option<u32>,
    mandates: BTreeMap<Uuid, u32>,
    rounds: BTreeMap<Uuid, u32>,
}

/// The judgement of a request that held on `day`, computed again.
///
/// # Errors
/// 410 if a person of the request was erased, or a version that it names is gone; 404 if it was not judged by then.
pub(crate) fn replay(
    conn: &mut Conn,
    snapshot: &Snapshot,
    request: &MeetingRequest,
    day: Option<Date>,
) -> ApiResult<Replayed> {
    require_persons(conn, request)?;
    let found = judgements::find_on(conn, request.id, day.unwrap_or(Date::MAX))?;
    let (version, kept) = found.ok_or_else(|| ApiError::not_found(Noun::MeetingRequest))?;
    let explanation: Explanation =
        serde_json::from_value(kept.explanation.clone()).map_err(ApiError::internal)?;
    let inputs: Inputs = serde_json::from_value(kept.inputs.clone()).map_err(ApiError::internal)?;
    let read_at = match inputs.read_at {
        Some(read_at) => read_at,
        None => judged_at(conn, request, version)?,
    };
    let exact = exact(conn, &inputs)?;
    let past = past(conn, snapshot, &kept, read_at, &exact)?;
    inputs.require(&past)?;
    let programme = past
        .programme(request.programme)
        .ok_or_else(|| ApiError::not_found(Noun::Programme))?;
    let pair = (inputs.from.organisation, inputs.to.organisation);
    let again = with_card(conn, &kept.card_hash, |card| {
        past.explain_again(card, pair, programme, request.purpose)
    })?;
    let mut differs = Vec::new();
    if inputs.factors != FACTORS_VERSION {
        differs.push("factors".to_owned());
    }
    if past.market().statistics().hash() != kept.statistics_hash {
        differs.push("statistics".to_owned());
    }
    differs.extend(differences(&explanation, &again));
    Ok(Replayed {
        version,
        kept,
        read_at,
        explanation,
        again,
        differs,
    })
}

/// Reads something from the card with this hash: the one in force, or one that is kept.
///
/// # Errors
/// What the database answered; a kept card that cannot be read is a bug.
pub(crate) fn with_card<T>(
    conn: &mut Conn,
    hash: &str,
    read: impl FnOnce(&Card) -> T,
) -> ApiResult<T> {
    let in_force = Card::default_card();
    if in_force.hash() == hash {
        return Ok(read(in_force));
    }
    let body =
        judgements::find_scorecard(conn, hash)?.ok_or(StoreError::Corrupt(Noun::MeetingRequest))?;
    let kept = Card::parse(&body.to_string()).map_err(ApiError::internal)?;
    Ok(read(&kept))
}

/// A request of which a person was erased is told of no more than it must be.
fn require_persons(conn: &mut Conn, request: &MeetingRequest) -> ApiResult<()> {
    let named = [
        Some(request.requested_by),
        request.from.person,
        request.to.person,
    ];
    let mut named: Vec<PersonId> = named.into_iter().flatten().collect();
    named.dedup();
    for person in named {
        if people::find_principal(conn, person)?.status == PersonStatus::Erased {
            return Err(Code::Erased.into());
        }
    }
    Ok(())
}

/// The step that made this version of the request.
fn judged_at(conn: &mut Conn, request: &MeetingRequest, version: u32) -> ApiResult<Timestamp> {
    let steps = meeting_requests::list_steps(conn, request.id)?;
    let made = steps.iter().find(|taken| taken.version == version);
    Ok(made.map_or(request.created_at, |taken| taken.at))
}

/// The versions that are named, by document.
fn exact(conn: &mut Conn, inputs: &Inputs) -> ApiResult<BTreeMap<Uuid, u32>> {
    let mut exact = BTreeMap::new();
    for side in [&inputs.from, &inputs.to] {
        if let Some(version) = side.profile {
            match documents::find_single(conn, side.organisation, DocumentKind::Profile) {
                Ok(profile) => exact.insert(profile.id, version),
                Err(StoreError::NotFound(_)) => return Err(Code::Erased.into()),
                Err(error) => return Err(error.into()),
            };
        }
        exact.extend(side.mandates.iter().chain(&side.rounds));
    }
    Ok(exact)
}

/// The hub as it was read for the judgement.
fn past(
    conn: &mut Conn,
    snapshot: &Snapshot,
    kept: &Judgement,
    read_at: Timestamp,
    exact: &BTreeMap<Uuid, u32>,
) -> ApiResult<Snapshot> {
    let is_it = |past: &Snapshot| past.market().statistics().hash() == kept.statistics_hash;
    let first = snapshot.known_at(conn, read_at, kept.as_of, exact)?;
    if is_it(&first) {
        return Ok(first);
    }
    let since = read_at.saturating_sub(LATE).unwrap_or(read_at);
    for batch in investments::list_recorded(conn, (since, read_at), BATCHES_MAX)? {
        let before = batch
            .saturating_sub(SignedDuration::from_micros(1))
            .unwrap_or(batch);
        let past = snapshot.known_at(conn, before, kept.as_of, exact)?;
        if is_it(&past) {
            return Ok(past);
        }
    }
    Ok(first)
}

impl Inputs {
    /// Every version that is named must be there.
    fn require(&self, past: &Snapshot) -> ApiResult<()> {
        for side in [&self.from, &self.to] {
            let listed = past.organisation(side.organisation);
            let has = listed.is_some_and(|listed| {
                let versions = |kept: &[(Uuid, u32)], named: &BTreeMap<Uuid, u32>| {
                    named
                        .iter()
                        .all(|(id, version)| kept.contains(&(*id, *version)))
                };
                let mandates = listed.mandates.iter().map(|kept| (kept.id, kept.version));
                let rounds = listed.rounds.iter().map(|kept| (kept.id, kept.version));
                listed.profile.as_ref().map(|kept| kept.version) == side.profile
                    && versions(&mandates.collect::<Vec<_>>(), &side.mandates)
                    && versions(&rounds.collect::<Vec<_>>(), &side.rounds)
            });
            if !has {
                return Err(Code::Erased.into());
            }
        }
        Ok(())
    }
}

/// What is not the same, by name.
fn differences(kept: &Explanation, again: &Result<Explanation, KeptOff>) -> Vec<String> {
    let again = match again {
        Ok(again) => again,
        Err(rule) => return vec![format!("kept_off.{}", rule.code())],
    };
    let mut differs = Vec::new();
    if kept.matched.points != again.matched.points {
        differs.push("points".to_owned());
    }
    if kept.band != again.band {
        differs.push("band".to_owned());
    }
    let under = |of: &Explanation| (of.matched.my_mandate, of.matched.their_mandate);
    if under(kept) != under(again) {
        differs.push("mandates".to_owned());
    }
    let missing = |of: &Explanation, from: &Explanation| -> Vec<String> {
        let lacks = |part: &&Contribution| !from.contributions.contains(part);
        let parts = of.contributions.iter().filter(lacks);
        parts.map(|part| part.factor.to_string()).collect()
    };
    let mut factors = missing(kept, again);
    factors.extend(missing(again, kept));
    factors.sort_unstable();
    factors.dedup();
    differs.extend(factors);
    differs
}
