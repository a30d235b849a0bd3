//! Track records: what each organisation invested in, beside what the market did.
//!
//! The first deal of an investor with a startup counts; that it invested again says little of whom it meets next.

mod aspect;
mod choices;
mod firsts;
mod partners;
mod past;

use std::collections::HashSet;

use domain::{
    AmountBand, OrganisationId, RegionCode, SectorCode, StageCode, taxonomy::RegionLevel,
};
use jiff::civil::Date;

pub(crate) use aspect::{Aspect, Term};
pub(crate) use choices::{Choices, Place};
pub(crate) use partners::{Partners, Shared, Sums};
pub(crate) use past::{
    Alike, Around, ManyRecords, OneRecord, Past, Raising, Round, Seekers, Sought, UNNUMBERED, Where,
};

use self::firsts::{First, Firsts};
use crate::{
    Deal, Places,
    factors::{UNKNOWN, activity, scale::log2, usual},
    parallel,
};

/// Rows that a thread looks at before it takes others.
const TURN: usize = 16_384;

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
    /// Who dealt though the market does not hold it.
    strangers: HashSet<OrganisationId>,
    /// By row.
    holders: Vec<Holder>,
    choices: Vec<Choices>,
    pub(crate) past: Past,
    pub(crate) partners: Partners,
}

/// What the first deals of an investor come to.
#[derive(Clone, Copy, Debug)]
struct Holder {
    deals: u32,
    /// Each decayed by its age, in parts of [`activity::ONE`].
    weight: u64,
    round_size: u8,
    syndicate: u8,
}

impl Records {
    /// The records before `as_of`. `row` finds an organisation's row, `target` what is known of the startup in a row.
    pub(crate) fn build<'a>(
        rows: usize,
        deals: &[Deal],
        as_of: Date,
        row: impl Fn(OrganisationId) -> Option<u32> + Sync,
        target: impl Fn(usize) -> Target<'a> + Sync,
    ) -> Records {
        let firsts = Firsts::of(rows, deals, as_of, row);
        Records {
            holders: holders(rows, &firsts),
            choices: choices::of_each_aspect(rows, &firsts, &target),
            past: Past::of(rows, &firsts, &target),
            partners: Partners::of(rows, &firsts.all),
            strangers: firsts.strangers,
        }
    }

    /// Whether the records would be others if `organisation` were not held by the market, which holds it in a row or
    /// not.
    pub(crate) fn count(&self, organisation: OrganisationId, row: Option<u32>) -> bool {
        let dealt = |row: u32| self.deals(row as usize) > 0 || self.describe(row);
        row.is_some_and(dealt) || self.strangers.contains(&organisation)
    }

    /// Whether the records read what the organisation in `row` is.
    pub(crate) fn describe(&self, row: u32) -> bool {
        self.past.rounds(row as usize) > 0
    }

    /// Startups that `row` invested in.
    pub(crate) fn deals(&self, row: usize) -> u32 {
        self.holder(row).deals
    }

    /// First deals of `row`, each decayed by its age, in parts of [`activity::ONE`].
    pub(crate) fn weight(&self, row: usize) -> u64 {
        self.holder(row).weight
    }

    /// The level of the usual size of its rounds.
    pub(crate) fn round_size(&self, row: usize) -> u8 {
        self.holder(row).round_size
    }

    /// The level of the usual number of investors in its rounds.
    pub(crate) fn syndicate(&self, row: usize) -> u8 {
        self.holder(row).syndicate
    }

    fn holder(&self, row: usize) -> Holder {
        const NOBODY: Holder = Holder {
            deals: 0,
            weight: 0,
            round_size: UNKNOWN,
            syndicate: UNKNOWN,
        };
        self.holders.get(row).copied().unwrap_or(NOBODY)
    }

    /// Bytes they take.
    pub(crate) fn bytes(&self) -> usize {
        let choices = self.choices.iter().map(Choices::bytes);
        size_of_val(&self.holders[..])
            + choices.sum::<usize>()
            + self.past.bytes()
            + self.partners.bytes()
    }

    /// What it chose in one respect.
    pub(crate) fn choices(&self, aspect: Aspect) -> &Choices {
        &self.choices[aspect as usize]
    }
}

/// By row: what its first deals come to. Sizes are means of logarithms, with some rounds of the market's mean.
fn holders(rows: usize, firsts: &Firsts<'_>) -> Vec<Holder> {
    let size = |first: &First<'_>| Some(i64::from(usual::log_usd(first.deal.band?)));
    let (sum, count) = sum_of(firsts.all.iter().filter_map(size));
    let mean = if count == 0 { 0 } else { sum / count };
    let of_rows = parallel::map(parallel::ranges(rows, TURN), |rows| {
        let holder = |row: usize| {
            let own = || firsts.of_investor(row);
            let sizes = sum_of(own().filter_map(size));
            let investors = sum_of(own().map(|first| i64::from(log2(first.joined.into()))));
            Holder {
                deals: u32::try_from(own().count()).expect("fewer than 2^32 deals"),
                weight: own().map(|first| activity::weight(first.age)).sum(),
                round_size: usual::round_size(sizes.0, sizes.1, mean),
                syndicate: usual::syndicate(investors.0, investors.1),
            }
        };
        rows.map(holder).collect::<Vec<_>>()
    });
    of_rows.concat()
}

/// The sum of some numbers, and how many they are.
fn sum_of(numbers: impl Iterator<Item = i64>) -> (i64, i64) {
    numbers.fold((0, 0), |(sum, count), number| (sum + number, count + 1))
}

/// The country that `region` is or lies in.
pub(crate) fn country_of(region: RegionCode) -> Option<RegionCode> {
    region
        .and_around()
        .find(|region| region.term().level == Some(RegionLevel::Country))
}
