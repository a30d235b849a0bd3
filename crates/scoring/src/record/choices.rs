//! How often each row, and the market, chose each term in one respect.

use std::collections::HashMap;

use super::{Aspect, Term};
use crate::{
    factors::{
        UNKNOWN,
        lift::{self, DEAL, Share},
    },
    ragged::Ragged,
};

/// The choices of all rows in one respect.
#[derive(Debug)]
pub(crate) struct Choices {
    aspect: Aspect,
    /// Place of each term that the market chose.
    terms: HashMap<Term, u32>,
    /// Sixteenths of deals by term, all investors together.
    market: Vec<u32>,
    /// Deals whose term is known, all investors together.
    market_of: u32,
    /// By row: its deals whose term is known.
    known: Vec<u32>,
    /// By row: the level of a term it never chose though the market did.
    never: Vec<u8>,
    /// By row: the terms it chose, in order.
    chosen: Ragged<Chosen>,
}

/// Where the choices in one respect keep a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(pub(crate) u32);

impl Place {
    /// Of a term that the market never chose.
    pub(crate) const NOWHERE: Place = Place(u32::MAX);
}

#[derive(Clone, Copy, Debug)]
struct Chosen {
    term: u32,
    level: u8,
    /// In sixteenths of deals.
    with: u32,
}

/// A deal's investor, and the terms that it counts for in sixteenths.
type Counted = (Option<u32>, Vec<(Term, u32)>);

impl Choices {
    pub(super) fn of(rows: usize, aspect: Aspect, deals: &[Counted]) -> Choices {
        let mut terms = HashMap::new();
        let mut market: Vec<u32> = Vec::new();
        let mut market_of = 0;
        let mut known = vec![0; rows];
        let mut chosen = vec![Vec::<(u32, u32)>::new(); rows];
        for (row, counted) in deals.iter().filter(|(_, counted)| !counted.is_empty()) {
            market_of += 1;
            for &(term, with) in counted {
                let next = u32::try_from(market.len()).expect("fewer than 2^32 terms");
                let place = *terms.entry(term).or_insert(next);
                if place == next {
                    market.push(0);
                }
                market[place as usize] += with;
                if let &Some(row) = row {
                    chosen[row as usize].push((place, with));
                }
            }
            if let &Some(row) = row {
                known[row as usize] += 1;
            }
        }
        let level = |own, market| lift::level(own, market, aspect.shrinkage(), aspect.scale());
        let cell = |(terms, &of): (Vec<(u32, u32)>, &u32)| {
            let market = &market;
            sums(terms).into_iter().map(move |(term, with)| {
                let whole = Share {
                    with: market[term as usize],
                    of: market_of,
                };
                Chosen {
                    term,
                    level: level(Share { with, of }, whole),
                    with,
                }
            })
        };
        // Without own deals the market's share falls out of the lift: any will do.
        let any = Share { with: 1, of: 1 };
        let never = known.iter().map(|&of| level(Share { with: 0, of }, any));
        let never = never.collect();
        let chosen = Ragged::collect(chosen.into_iter().zip(&known).map(cell));
        Choices {
            aspect,
            terms,
            market,
            market_of,
            known,
            never,
            chosen,
        }
    }

    /// Where a term is kept.
    pub(crate) fn place(&self, term: Term) -> Place {
        self.terms
            .get(&term)
            .map_or(Place::NOWHERE, |&place| Place(place))
    }

    /// How many terms there are: places are lower.
    pub(crate) fn terms(&self) -> usize {
        self.market.len()
    }

    /// The level of a term in the record of `row`.
    pub(crate) fn level(&self, row: usize, place: Place) -> u8 {
        if place == Place::NOWHERE {
            return UNKNOWN;
        }
        self.chosen(row, place)
            .map_or_else(|| self.never(row), |chosen| chosen.level)
    }

    /// The level of a term that the record of `row` does not have though the market does.
    pub(crate) fn never(&self, row: usize) -> u8 {
        self.never.get(row).copied().unwrap_or(UNKNOWN)
    }

    /// The terms that `row` chose, with their levels.
    pub(crate) fn chosen_by(&self, row: usize) -> impl Iterator<Item = (Place, u8)> {
        let chosen = self.chosen.row(row).iter();
        chosen.map(|chosen| (Place(chosen.term), chosen.level))
    }

    /// The level of every term in the record of `row`, by place.
    pub(crate) fn levels(&self, row: usize) -> Vec<u8> {
        let mut levels = vec![self.never(row); self.terms()];
        for (place, level) in self.chosen_by(row) {
            levels[place.0 as usize] = level;
        }
        levels
    }

    /// Deals of `row` with a term, of those whose term is known.
    pub(crate) fn own(&self, row: usize, place: Place) -> Share {
        Share {
            with: self.chosen(row, place).map_or(0, |chosen| chosen.with),
            of: self.known.get(row).copied().unwrap_or(0),
        }
    }

    /// Deals of the market with a term, of those whose term is known.
    pub(crate) fn market(&self, place: Place) -> Share {
        Share {
            with: self.market.get(place.0 as usize).copied().unwrap_or(0),
            of: self.market_of,
        }
    }

    /// The lift of a term in the record of `row` in tenths, rounded down; none where it is unknown.
    pub(crate) fn lift_tenths(&self, row: usize, place: Place) -> Option<u64> {
        lift::lift(
            self.own(row, place),
            self.market(place),
            self.aspect.shrinkage(),
        )
        .map(|(over, under)| 10 * over / under)
    }

    /// Terms that the market chose, with sixteenths of deals, in the order of the terms.
    pub(crate) fn market_shares(&self) -> Vec<(Term, u32)> {
        let share = |(&term, &place): (&Term, &u32)| (term, self.market[place as usize]);
        crate::sorted(self.terms.iter().map(share).collect())
    }

    /// Whether the market chose a term in so many deals at least.
    pub(crate) fn is_known(&self, place: Place, deals: u32) -> bool {
        self.market(place).with >= deals * DEAL
    }

    fn chosen(&self, row: usize, place: Place) -> Option<&Chosen> {
        let cell = self.chosen.row(row);
        let at = cell.binary_search_by_key(&place.0, |chosen| chosen.term);
        at.ok().map(|at| &cell[at])
    }
}

/// Each term once, in order, with the sum of what it counts.
fn sums(mut terms: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    terms.sort_unstable();
    let mut sums: Vec<(u32, u32)> = Vec::new();
    for (term, with) in terms {
        match sums.last_mut() {
            Some((last, sum)) if *last == term => *sum += with,
            _ => sums.push((term, with)),
        }
    }
    sums
}
