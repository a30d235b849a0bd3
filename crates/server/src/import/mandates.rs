//! Mandates derived from records: what an investor that states nothing seems to look for.

use std::collections::{BTreeMap, HashMap};

use domain::{
    Condition, Criterion, DocumentKind, Kind, Mandate, OrganisationId, Profile, Purpose,
    RegionCode, SectorCode, Strength,
    taxonomy::{Axis, RegionLevel, taxonomy},
};
use serde_json::Value;
use store::{
    Conn, StoreError,
    documents::{self, Archived, Stored},
    investments::{self, Investment},
};

use super::batch::{Plan, Writer};

/// Deals from which a mandate is derived: fewer tell nothing. Our choice.
const DEALS_MIN: usize = 3;

/// Labels of one axis that a derived mandate names at most. Our choice.
const LABELS_MAX: usize = 5;

/// One in so many deals must have a label for the mandate to name it. Our choice.
const SHARE: usize = 10;

/// Names the derived mandate of an organisation.
const EXTERNAL_ID: &str = "derived";

/// Rows of one page of investments.
const PAGE: i64 = 10_000;

/// What is known of the startups that were invested in.
type Startups = HashMap<OrganisationId, (Vec<SectorCode>, Option<RegionCode>)>;

/// An investor and the mandate that its record tells.
pub(super) struct Draft {
    investor: OrganisationId,
    body: Value,
}

/// The members of the mandate that the record decides; whether it is on, its members may decide.
pub(super) const KEYS: &[&str] = &["criteria"];

/// Reads every investment and derives the mandates of those with enough of them.
pub(super) fn drafts(writer: &Writer<'_>) -> anyhow::Result<Vec<Draft>> {
    let mut deals: BTreeMap<OrganisationId, Vec<Investment>> = BTreeMap::new();
    let mut after = None;
    loop {
        let page = writer.read(|conn| investments::list_after(conn, after, PAGE))?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for deal in page {
            deals.entry(deal.investor).or_default().push(deal);
        }
    }
    deals.retain(|_, deals| deals.len() >= DEALS_MIN);
    let startups = startups(writer, &deals)?;
    Ok(deals
        .into_iter()
        .filter_map(|(investor, deals)| {
            let mandate = derive(&deals, &startups)?;
            let body = serde_json::to_value(mandate).expect("a mandate is plain data");
            Some(Draft { investor, body })
        })
        .collect())
}

fn startups(
    writer: &Writer<'_>,
    deals: &BTreeMap<OrganisationId, Vec<Investment>>,
) -> anyhow::Result<Startups> {
    let mut ids: Vec<OrganisationId> = deals.values().flatten().map(|deal| deal.startup).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut startups = Startups::new();
    for ids in ids.chunks(500) {
        let profiles =
            writer.read(|conn| documents::list_of_kind(conn, ids, DocumentKind::Profile))?;
        for (stored, _) in profiles {
            if let Ok(profile) = serde_json::from_value::<Profile>(stored.body) {
                startups.insert(stored.organisation, (profile.sectors, profile.home));
            }
        }
    }
    Ok(startups)
}

/// The mandate that the deals tell; none if they tell nothing.
fn derive(deals: &[Investment], startups: &Startups) -> Option<Mandate> {
    let known = || deals.iter().filter_map(|deal| startups.get(&deal.startup));
    let sectors = most_frequent(
        known().flat_map(|(sectors, _)| sectors.iter().copied()),
        deals,
    );
    let homes = known().filter_map(|(_, home)| *home);
    let regions = most_frequent(homes.flat_map(home_and_country), deals);
    let stages = most_frequent(deals.iter().filter_map(|deal| deal.stage), deals);
    let criteria: Vec<Criterion> = [
        (!sectors.is_empty()).then_some(Condition::Sectors(sectors)),
        (!regions.is_empty()).then_some(Condition::Regions(regions)),
        (!stages.is_empty()).then_some(Condition::Stages(stages)),
    ]
    .into_iter()
    .flatten()
    .map(|on| Criterion {
        strength: Strength::Prefer,
        private: false,
        on,
    })
    .collect();
    (!criteria.is_empty()).then(|| Mandate {
        name: "Derived from its investments / 投資実績から作成"
            .parse()
            .expect("the constant is one line"),
        purpose: Purpose::Fundraising,
        kinds: vec![Kind::Startup],
        active: true,
        from: None,
        until: None,
        criteria,
        terms: None,
        derived: true,
    })
}

/// A part of a country and the country: one place, told twice as wide.
fn home_and_country(home: RegionCode) -> impl Iterator<Item = RegionCode> {
    let regions = taxonomy(Axis::Regions);
    let country = home
        .term()
        .ancestors
        .iter()
        .find(|&&index| regions.term(index).level == Some(RegionLevel::Country))
        .and_then(|&index| RegionCode::from_index(index));
    [Some(home), country].into_iter().flatten()
}

/// The labels of at least one deal in [`SHARE`], the most frequent first; equals by their place in the taxonomy.
fn most_frequent<L: Ord + Copy>(labels: impl Iterator<Item = L>, deals: &[Investment]) -> Vec<L> {
    let mut counts: BTreeMap<L, usize> = BTreeMap::new();
    for label in labels {
        *counts.entry(label).or_default() += 1;
    }
    let mut counts: Vec<(L, usize)> = counts
        .into_iter()
        .filter(|(_, count)| count * SHARE >= deals.len())
        .collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.truncate(LABELS_MAX);
    counts.into_iter().map(|(label, _)| label).collect()
}

/// What the drafts change. Whoever states a mandate, or put the derived one away, is left alone.
pub(super) fn plan(
    conn: &mut Conn,
    writer: &Writer<'_>,
    drafts: &[Draft],
) -> Result<Plan, StoreError> {
    let investors: Vec<OrganisationId> = drafts.iter().map(|draft| draft.investor).collect();
    let mut known: HashMap<OrganisationId, Vec<(Stored, Archived)>> = HashMap::new();
    for mandate in documents::list_of_kind(conn, &investors, DocumentKind::Mandate)? {
        known
            .entry(mandate.0.organisation)
            .or_default()
            .push(mandate);
    }
    let mut plan = Plan::default();
    for draft in drafts {
        let stated = known.get(&draft.investor).map_or(&[][..], Vec::as_slice);
        let derived = stated
            .iter()
            .find(|(stored, _)| stored.external_id.as_deref() == Some(EXTERNAL_ID));
        let states_one = stated
            .iter()
            .any(|(stored, archived)| *archived == Archived::No && !is_derived(stored));
        let put_away = derived.is_some_and(|(_, archived)| *archived == Archived::Yes);
        if states_one || put_away {
            plan.counts.unchanged += 1;
            continue;
        }
        let wanted = writer.document(
            draft.investor,
            DocumentKind::Mandate,
            Some(EXTERNAL_ID),
            &draft.body,
        );
        plan.document(0, wanted, KEYS, derived);
    }
    Ok(plan)
}

/// A member who edits the derived mandate makes it their own.
fn is_derived(stored: &Stored) -> bool {
    stored.body.get("derived").and_then(Value::as_bool) == Some(true)
}
