//! Track records: what each organisation invested in, beside what the market did.
//!
//! The first deal of an investor with a startup counts; that it invested again says little of whom it meets next.

mod aspect;
mod choices;
mod partners;
mod past;

use std::collections::{HashMap, HashSet};

use domain::{
    AmountBand, OrganisationId, RegionCode, SectorCode, StageCode, taxonomy::RegionLevel,
};
use jiff::civil::Date;

pub(crate) use aspect::{Aspect, Term};
pub(crate) use choices::{Choices, Place};
pub(crate) use partners::{Partners, Shared};
pub(crate) use past::{Alike, Around, Past, Raising, Round, Sought, Where};

use crate::{
    Deal, Places,
    factors::{UNKNOWN, activity, scale::log2, usual},
};

/// What a startup and its round are, as far as records are kept for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Target<'a> {
    pub(crate) sectors: &'a [SectorCode],
    pub(crate) country: Option<RegionCode>,
    pub(crate) places: Option<&'a Places>,
    pub(crate) stage: Option<StageCode>,
    pub(crate) band: Option<AmountBand>,
    pub(crate) topics: &'a [Term],
}

/// The records of all rows, and the market's.
#[derive(Debug)]
pub(crate) struct Records {
    /// Who invested, and in whom.
    dealt: HashSet<OrganisationId>,
    startups: HashSet<OrganisationId>,
    deals: Vec<u32>,
    weights: Vec<u64>,
    round_sizes: Vec<u8>,
    syndicates: Vec<u8>,
    choices: Vec<Choices>,
    pub(crate) past: Past,
    pub(crate) partners: Partners,
}

/// A first deal of an investor with a startup, both by row where the market holds them.
#[derive(Clone, Copy, Debug)]
struct First<'a> {
    deal: &'a Deal,
    investor: Option<u32>,
    startup: Option<u32>,
    age: u32,
}

impl Records {
    /// The records before `as_of`. `row` finds an organisation's row, `target` what is known of the startup in a row.
    pub(crate) fn build<'a>(
        rows: usize,
        deals: &[Deal],
        as_of: Date,
        row: impl Fn(OrganisationId) -> Option<u32>,
        target: impl Fn(usize) -> Target<'a>,
    ) -> Records {
        let firsts = firsts(deals, as_of, row);
        let about = |first: &First<'_>| Target {
            stage: first.deal.stage,
            band: first.deal.band,
            ..first
                .startup
                .map_or_else(Target::default, |row| target(row as usize))
        };
        let choices = Aspect::ALL.into_iter().map(|aspect| {
            let terms = |first: &First<'_>| (first.investor, aspect.counted(&about(first)));
            let counted: Vec<_> = firsts.iter().map(terms).collect();
            Choices::of(rows, aspect, &counted)
        });
        let choices = choices.collect();
        let mut counts = vec![0; rows];
        let mut weights = vec![0; rows];
        for first in &firsts {
            if let Some(row) = first.investor {
                counts[row as usize] += 1;
                weights[row as usize] += activity::weight(first.age);
            }
        }
        let joined = joined(deals);
        let startups: HashSet<_> = firsts.iter().map(|first| first.deal.startup).collect();
        let investors = firsts.iter().map(|first| first.deal.investor);
        Records {
            dealt: investors.chain(startups.iter().copied()).collect(),
            startups,
            round_sizes: round_sizes(rows, &firsts),
            syndicates: syndicates(rows, &joined, &firsts),
            past: Past::of(rows, &firsts, &joined, &target),
            partners: Partners::of(rows, &firsts),
            deals: counts,
            weights,
            choices,
        }
    }

    /// Whether the records would be others if `organisation` were not held by the market.
    pub(crate) fn count(&self, organisation: OrganisationId) -> bool {
        self.dealt.contains(&organisation)
    }

    /// Whether the records read what `organisation` is.
    pub(crate) fn describe(&self, organisation: OrganisationId) -> bool {
        self.startups.contains(&organisation)
    }

    /// Startups that `row` invested in.
    pub(crate) fn deals(&self, row: usize) -> u32 {
        self.deals.get(row).copied().unwrap_or(0)
    }

    /// First deals of `row`, each decayed by its age, in parts of [`activity::ONE`].
    pub(crate) fn weight(&self, row: usize) -> u64 {
        self.weights.get(row).copied().unwrap_or(0)
    }

    /// The level of the usual size of its rounds.
    pub(crate) fn round_size(&self, row: usize) -> u8 {
        self.round_sizes.get(row).copied().unwrap_or(UNKNOWN)
    }

    /// The level of the usual number of investors in its rounds.
    pub(crate) fn syndicate(&self, row: usize) -> u8 {
        self.syndicates.get(row).copied().unwrap_or(UNKNOWN)
    }

    /// What it chose in one respect.
    pub(crate) fn choices(&self, aspect: Aspect) -> &Choices {
        &self.choices[aspect as usize]
    }
}

/// The deals before `as_of` that are an investor's first with a startup, by startup and investor.
fn firsts(
    deals: &[Deal],
    as_of: Date,
    row: impl Fn(OrganisationId) -> Option<u32>,
) -> Vec<First<'_>> {
    let past = deals
        .iter()
        .filter_map(|deal| Some((deal, activity::age(deal.on, as_of)?)));
    let mut past: Vec<_> = past.collect();
    past.sort_by_key(|(deal, age)| {
        (
            deal.startup,
            deal.investor,
            std::cmp::Reverse(*age),
            deal.stage,
            deal.band,
            !deal.lead,
        )
    });
    past.dedup_by_key(|(deal, _)| (deal.startup, deal.investor));
    past.into_iter()
        .map(|(deal, age)| First {
            deal,
            investor: row(deal.investor),
            startup: row(deal.startup),
            age,
        })
        .collect()
}

/// By row: the level of the mean size of the rounds it joined, among logarithms, with some rounds of the market's mean.
fn round_sizes(rows: usize, firsts: &[First<'_>]) -> Vec<u8> {
    let known = || {
        firsts
            .iter()
            .filter_map(|first| Some((first, usual::log_usd(first.deal.band?))))
    };
    let sum: i64 = known().map(|(_, size)| i64::from(size)).sum();
    let count = i64::try_from(known().count()).expect("fewer than 2^63");
    let mean = if count == 0 { 0 } else { sum / count };
    let mut own = vec![(0, 0); rows];
    for (first, size) in known() {
        if let Some(row) = first.investor {
            own[row as usize].0 += i64::from(size);
            own[row as usize].1 += 1;
        }
    }
    let level = |&(sum, count): &(i64, i64)| usual::round_size(sum, count, mean);
    own.iter().map(level).collect()
}

/// How many invested in a startup on a day.
fn joined(deals: &[Deal]) -> HashMap<(OrganisationId, Date), u64> {
    let mut joined = HashMap::new();
    for deal in deals {
        *joined.entry((deal.startup, deal.on)).or_default() += 1;
    }
    joined
}

/// By row: the level of the mean number of investors in the rounds it joined.
fn syndicates(
    rows: usize,
    joined: &HashMap<(OrganisationId, Date), u64>,
    firsts: &[First<'_>],
) -> Vec<u8> {
    let mut own = vec![(0, 0); rows];
    for first in firsts {
        if let Some(row) = first.investor {
            let investors = joined[&(first.deal.startup, first.deal.on)];
            own[row as usize].0 += i64::from(log2(investors));
            own[row as usize].1 += 1;
        }
    }
    own.iter()
        .map(|&(sum, count)| usual::syndicate(sum, count))
        .collect()
}

/// The country that `region` is or lies in.
pub(crate) fn country_of(region: RegionCode) -> Option<RegionCode> {
    region
        .and_around()
        .find(|region| region.term().level == Some(RegionLevel::Country))
}
