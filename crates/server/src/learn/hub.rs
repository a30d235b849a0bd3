//! What happened in the hub: introductions that were accepted or declined, and what came of them.

use std::collections::HashSet;

use anyhow::Context;
use api::live::Snapshot;
use domain::MeetingRequestId;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use scoring::{Introduction, Learned, learn_introductions};
use store::{Conn, Store, StoreError, meeting_requests, outcomes};

/// Outcomes read at once.
const PAGE: i64 = 1_000;

/// The card that the introductions asked for before `day` teach, with a progress bar.
pub(super) fn learned(
    store: &Store,
    day: Date,
    seed: u64,
    now: Timestamp,
) -> anyhow::Result<Learned> {
    let (snapshot, decided) = store.read(|conn| {
        let snapshot = Snapshot::read(conn, now)?;
        Ok::<_, StoreError>((snapshot, decided(conn)?))
    })?;
    let snapshot = snapshot.indexed();
    let introduction = |one: &meeting_requests::Decided| {
        let kind = |id| Some(snapshot.organisation(id)?.organisation.kind);
        Some(Introduction {
            asker: one.asker,
            asker_kind: kind(one.asker)?,
            counterpart: one.counterpart,
            kind: kind(one.counterpart)?,
            on: one.at.to_zoned(TimeZone::UTC).date(),
            accepted: one.accepted,
        })
    };
    let all: Vec<Introduction> = decided
        .iter()
        .filter_map(introduction)
        .filter(|one| one.on < day)
        .collect();
    let hub = snapshot.hub().context("there is no programme `hub`")?;
    let market = |day| snapshot.market_before(day);
    super::with_bar(|progress| {
        let card = snapshot.card(hub);
        Ok(learn_introductions(
            &market,
            &hub.programme,
            &all,
            card,
            seed,
            progress,
        )?)
    })
}

/// The requests that were decided on. One of which something came was accepted, whatever became of the meeting.
fn decided(conn: &mut Conn) -> Result<Vec<meeting_requests::Decided>, StoreError> {
    let mut came: HashSet<MeetingRequestId> = HashSet::new();
    let mut after = None;
    loop {
        let page = outcomes::list_all(conn, None, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.recorded.id);
        came.extend(page.iter().map(|learned| learned.recorded.request));
    }
    let mut decided = meeting_requests::list_decided(conn)?;
    for one in &mut decided {
        one.accepted |= came.contains(&one.id);
    }
    Ok(decided)
}
