//! The deals that count: each investor's first with each startup before a day.

use std::collections::{HashMap, HashSet};

use domain::OrganisationId;
use jiff::civil::Date;

use super::TURN;
use crate::{Deal, factors::activity, parallel, ragged::Ragged};

/// First deals, by startup and then by investor.
pub(super) struct Firsts<'a> {
    pub(super) all: Vec<First<'a>>,
    /// By row of the investor: places in `all`.
    of_investor: Ragged<u32>,
    /// Who dealt though the market does not hold it.
    pub(super) strangers: HashSet<OrganisationId>,
}

/// A first deal of an investor with a startup, both by row where the market holds them.
#[derive(Clone, Copy, Debug)]
pub(super) struct First<'a> {
    pub(super) deal: &'a Deal,
    pub(super) investor: Option<u32>,
    pub(super) startup: Option<u32>,
    /// In days.
    pub(super) age: u32,
    /// Days before it on which somebody new invested in the startup.
    pub(super) earlier: usize,
    /// How many invested in the startup on its day.
    pub(super) joined: u32,
}

/// A deal by the numbers of who made it; those the market does not hold are numbered behind all rows.
type Dealt = (u32, u32, u32);

impl<'a> Firsts<'a> {
    /// Of the deals before `as_of`; `row` finds an organisation's row, of which there are so many.
    pub(super) fn of(
        rows: usize,
        deals: &'a [Deal],
        as_of: Date,
        row: impl Fn(OrganisationId) -> Option<u32> + Sync,
    ) -> Firsts<'a> {
        let (past, strangers) = past(rows, deals, as_of, row);
        let known = |number: u32| Some(number).filter(|&number| (number as usize) < rows);
        let mut all: Vec<First<'a>> = Vec::with_capacity(past.len());
        for of_startup in past.chunk_by(|a, b| a.0 == b.0) {
            let deal = |&(.., at): &Dealt| &deals[at as usize];
            let days = sorted_days(of_startup.iter().map(deal));
            let from = all.len();
            for of_pair in of_startup.chunk_by(|a, b| a.1 == b.1) {
                let order = |deal: &&Deal| (deal.on, deal.stage, deal.band, !deal.lead);
                let Some(deal) = of_pair.iter().map(deal).min_by_key(order) else {
                    continue;
                };
                let joined = upto(&days, deal.on, true) - upto(&days, deal.on, false);
                all.push(First {
                    deal,
                    investor: known(of_pair[0].1),
                    startup: known(of_pair[0].0),
                    age: activity::age(deal.on, as_of).expect("it was before that day"),
                    earlier: 0,
                    joined: u32::try_from(joined).expect("fewer than 2^32 deals"),
                });
            }
            let mut days = sorted_days(all[from..].iter().map(|first| first.deal));
            days.dedup();
            for first in &mut all[from..] {
                first.earlier = upto(&days, first.deal.on, false);
            }
        }
        let places = (0_u32..).zip(&all);
        let of_investor = places.filter_map(|(place, first)| Some((first.investor?, place)));
        Firsts {
            of_investor: Ragged::group(rows, of_investor),
            all,
            strangers,
        }
    }

    /// Those of the investor in `row`.
    pub(super) fn of_investor(&self, row: usize) -> impl Iterator<Item = &First<'a>> {
        let places = self.places_of_investor(row).iter();
        places.map(|&place| &self.all[place as usize])
    }

    /// The places of those in [`Firsts::all`].
    pub(super) fn places_of_investor(&self, row: usize) -> &[u32] {
        self.of_investor.row(row)
    }
}

/// The deals before `as_of` in order, and who of them has no row.
fn past(
    rows: usize,
    deals: &[Deal],
    as_of: Date,
    row: impl Fn(OrganisationId) -> Option<u32> + Sync,
) -> (Vec<Dealt>, HashSet<OrganisationId>) {
    let found = parallel::map(parallel::ranges(deals.len(), TURN), |range| {
        let past = range.filter(|&at| activity::age(deals[at].on, as_of).is_some());
        let known = |at: usize| [deals[at].startup, deals[at].investor].map(&row);
        past.map(|at| (at, known(at))).collect::<Vec<_>>()
    });
    let mut strangers: HashMap<OrganisationId, u32> = HashMap::new();
    let mut past = Vec::with_capacity(deals.len());
    for (at, known) in found.into_iter().flatten() {
        let of = [deals[at].startup, deals[at].investor];
        let [startup, investor] = std::array::from_fn(|side| {
            known[side].unwrap_or_else(|| {
                let next = u32::try_from(rows + strangers.len()).expect("fewer than 2^32");
                *strangers.entry(of[side]).or_insert(next)
            })
        });
        let at = u32::try_from(at).expect("fewer than 2^32 deals");
        past.push((startup, investor, at));
    }
    (crate::sorted(past), strangers.into_keys().collect())
}

fn sorted_days<'d>(deals: impl Iterator<Item = &'d Deal>) -> Vec<Date> {
    let mut days: Vec<Date> = deals.map(|deal| deal.on).collect();
    days.sort_unstable();
    days
}

/// How many of some days in order lie before `day`, or on it too.
fn upto(days: &[Date], day: Date, with_it: bool) -> usize {
    days.partition_point(|&other| other < day || with_it && other == day)
}
