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
    /// By term: the rows that chose it, with its level there.
    by_term: Ragged<(u32, u8)>,
}

/// The levels of one term by row.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) term: Term,
    pub(crate) levels: Vec<u8>,
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
            by_term: by_term(rows, market.len(), &chosen),
            aspect,
            terms,
            never,
            chosen,
            market_of,
            known,
            market,
        }
    }

    /// The level of `term` in the record of `row`.
    pub(crate) fn level(&self, row: usize, term: Term) -> u8 {
        let Some(&place) = self.terms.get(&term) else {
            return UNKNOWN;
        };
        self.chosen(row, place)
            .map_or(self.never[row], |chosen| chosen.level)
    }

    /// The level of `term` in the record of every row: one byte each, read in order by a list over all rows.
    pub(crate) fn column(&self, term: Term) -> Column {
        let levels = match self.terms.get(&term) {
            None => vec![UNKNOWN; self.never.len()],
            Some(&place) => {
                let mut levels = self.never.clone();
                for &(row, level) in self.by_term.row(place as usize) {
                    levels[row as usize] = level;
                }
                levels
            }
        };
        Column { term, levels }
    }

    /// Deals of `row` with `term`, of those whose term is known.
    pub(crate) fn own(&self, row: usize, term: Term) -> Share {
        let place = self.terms.get(&term);
        let chosen = place.and_then(|&place| self.chosen(row, place));
        Share {
            with: chosen.map_or(0, |chosen| chosen.with),
            of: self.known[row],
        }
    }

    /// Deals of the market with `term`, of those whose term is known.
    pub(crate) fn market(&self, term: Term) -> Share {
        let place = self.terms.get(&term);
        Share {
            with: place.map_or(0, |&place| self.market[place as usize]),
            of: self.market_of,
        }
    }

    /// The lift of `term` in the record of `row` in tenths, rounded down; none where it is unknown.
    pub(crate) fn lift_tenths(&self, row: usize, term: Term) -> Option<u64> {
        lift::lift(
            self.own(row, term),
            self.market(term),
            self.aspect.shrinkage(),
        )
        .map(|(over, under)| 10 * over / under)
    }

    /// Terms that the market chose, with sixteenths of deals, in the order of the terms.
    pub(crate) fn market_shares(&self) -> Vec<(Term, u32)> {
        let share = |(&term, &place): (&Term, &u32)| (term, self.market[place as usize]);
        crate::sorted(self.terms.iter().map(share).collect())
    }

    /// Whether the market chose `term` in so many deals at least.
    pub(crate) fn is_known(&self, term: Term, deals: u32) -> bool {
        self.market(term).with >= deals * DEAL
    }

    fn chosen(&self, row: usize, term: u32) -> Option<&Chosen> {
        let cell = self.chosen.row(row);
        let at = cell.binary_search_by_key(&term, |chosen| chosen.term);
        at.ok().map(|at| &cell[at])
    }
}

/// What was chosen, turned round.
fn by_term(rows: usize, terms: usize, chosen: &Ragged<Chosen>) -> Ragged<(u32, u8)> {
    let mut cells = vec![Vec::new(); terms];
    for row in 0..rows {
        let number = u32::try_from(row).expect("fewer than 2^32 rows");
        for choice in chosen.row(row) {
            cells[choice.term as usize].push((number, choice.level));
        }
    }
    Ragged::collect(cells)
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
