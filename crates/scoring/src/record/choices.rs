//! How often each row, and the market, chose each term in one respect.

use std::collections::HashMap;

use super::{Aspect, Firsts, TURN, Target, Term};
use crate::{
    factors::{
        UNKNOWN,
        lift::{self, DEAL, Share},
    },
    parallel,
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
    /// In sixteenths of deals, and behind them in four bits the level.
    with_level: u32,
}

const LEVEL_BITS: u32 = 4;

impl Chosen {
    fn new(term: u32, with: u32, level: u8) -> Chosen {
        Chosen {
            term,
            with_level: with << LEVEL_BITS | u32::from(level),
        }
    }

    fn with(self) -> u32 {
        self.with_level >> LEVEL_BITS
    }

    fn level(self) -> u8 {
        self.with_level.to_le_bytes()[0] & 15
    }
}

/// The choices of all rows in each respect.
pub(super) fn of_each_aspect<'a>(
    rows: usize,
    firsts: &Firsts<'_>,
    target: &(impl Fn(usize) -> Target<'a> + Sync),
) -> Vec<Choices> {
    let aspects = Aspect::ALL.to_vec();
    let counted = parallel::map(aspects, |aspect| Counted::of(aspect, firsts, target));
    let ranges = parallel::ranges(rows, TURN);
    let turns = counted
        .iter()
        .flat_map(|counted| ranges.iter().map(move |rows| (counted, rows.clone())));
    let own = parallel::map(turns.collect(), |(counted, rows)| {
        Own::of(counted, firsts, rows)
    });
    let mut own = own.into_iter();
    counted
        .into_iter()
        .map(|counted| Choices::of(counted, own.by_ref().take(ranges.len()).collect()))
        .collect()
}

/// What the deals count for in one respect.
struct Counted {
    aspect: Aspect,
    terms: HashMap<Term, u32>,
    market: Vec<u32>,
    market_of: u32,
    /// Places of terms, with sixteenths of deals. Deals that are alike have one list.
    lists: Ragged<(u32, u32)>,
    /// By first deal: the number of its list.
    of_deals: Vec<u32>,
}

impl Counted {
    fn of<'a>(
        aspect: Aspect,
        firsts: &Firsts<'_>,
        target: &impl Fn(usize) -> Target<'a>,
    ) -> Counted {
        let mut counted = Counted {
            aspect,
            terms: HashMap::new(),
            market: Vec::new(),
            market_of: 0,
            lists: Ragged::default(),
            of_deals: Vec::with_capacity(firsts.all.len()),
        };
        // What a round is has few forms; what a startup is is the same in its deals, which lie together.
        let mut forms: Vec<((Option<_>, Option<_>), u32)> = Vec::new();
        let mut last = None;
        for first in &firsts.all {
            let about = || Target {
                stage: first.deal.stage,
                band: first.deal.band,
                ..first
                    .startup
                    .map_or_else(Target::default, |row| target(row as usize))
            };
            let list = if aspect.is_of_round() {
                let form = (first.deal.stage, first.deal.band);
                let known = forms.iter().find(|(other, _)| *other == form);
                if let Some(&(_, list)) = known {
                    list
                } else {
                    let list = counted.add(&aspect.counted(&about()));
                    forms.push((form, list));
                    list
                }
            } else {
                match last {
                    Some((startup, list)) if startup == first.startup => list,
                    _ => counted.add(&aspect.counted(&about())),
                }
            };
            last = Some((first.startup, list));
            counted.count(list);
        }
        counted
    }

    /// One more list; its number.
    fn add(&mut self, terms: &[(Term, u32)]) -> u32 {
        let number = u32::try_from(self.lists.len()).expect("fewer than 2^32 lists");
        let (known, market) = (&mut self.terms, &mut self.market);
        let place = |&(term, with): &(Term, u32)| {
            let next = u32::try_from(market.len()).expect("fewer than 2^32 terms");
            let place = *known.entry(term).or_insert(next);
            if place == next {
                market.push(0);
            }
            (place, with)
        };
        self.lists.push(terms.iter().map(place));
        number
    }

    /// One more deal, with this list.
    fn count(&mut self, list: u32) {
        let terms = self.lists.row(list as usize);
        self.market_of += u32::from(!terms.is_empty());
        for &(place, with) in terms {
            self.market[place as usize] += with;
        }
        self.of_deals.push(list);
    }
}

/// The choices of some rows.
struct Own {
    known: Vec<u32>,
    never: Vec<u8>,
    chosen: Ragged<Chosen>,
}

impl Own {
    fn of(counted: &Counted, firsts: &Firsts<'_>, rows: std::ops::Range<usize>) -> Own {
        let (shrinkage, scale) = (counted.aspect.shrinkage(), counted.aspect.scale());
        let level = |own, market| lift::level(own, market, shrinkage, scale);
        let mut own = Own {
            known: Vec::with_capacity(rows.len()),
            never: Vec::with_capacity(rows.len()),
            chosen: Ragged::default(),
        };
        let mut terms: Vec<(u32, u32)> = Vec::new();
        for row in rows {
            terms.clear();
            let mut of = 0;
            for &deal in firsts.places_of_investor(row) {
                let list = counted.of_deals[deal as usize];
                let list = counted.lists.row(list as usize);
                of += u32::from(!list.is_empty());
                terms.extend(list);
            }
            sum_up(&mut terms);
            let chosen = terms.iter().map(|&(term, with)| {
                let market = Share {
                    with: counted.market[term as usize],
                    of: counted.market_of,
                };
                Chosen::new(term, with, level(Share { with, of }, market))
            });
            own.chosen.push(chosen);
            own.known.push(of);
            // Without own deals the market's share falls out of the lift: any will do.
            let any = Share { with: 1, of: 1 };
            own.never.push(level(Share { with: 0, of }, any));
        }
        own
    }
}

impl Choices {
    fn of(counted: Counted, own: Vec<Own>) -> Choices {
        let mut choices = Choices {
            aspect: counted.aspect,
            terms: counted.terms,
            market: counted.market,
            market_of: counted.market_of,
            known: Vec::new(),
            never: Vec::new(),
            chosen: Ragged::default(),
        };
        let mut chosen = Vec::with_capacity(own.len());
        for own in own {
            choices.known.extend(own.known);
            choices.never.extend(own.never);
            chosen.push(own.chosen);
        }
        choices.chosen = Ragged::concat(chosen);
        choices
    }

    /// Bytes they take.
    pub(crate) fn bytes(&self) -> usize {
        self.terms.capacity() * size_of::<(Term, u32, u8)>()
            + size_of_val(&self.market[..])
            + size_of_val(&self.known[..])
            + size_of_val(&self.never[..])
            + self.chosen.bytes()
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
            .map_or_else(|| self.never(row), |chosen| chosen.level())
    }

    /// The level of a term that the record of `row` does not have though the market does.
    pub(crate) fn never(&self, row: usize) -> u8 {
        self.never.get(row).copied().unwrap_or(UNKNOWN)
    }

    /// The terms that `row` chose, with their levels.
    pub(crate) fn chosen_by(&self, row: usize) -> impl Iterator<Item = (Place, u8)> {
        let chosen = self.chosen.row(row).iter();
        chosen.map(|chosen| (Place(chosen.term), chosen.level()))
    }

    /// Deals of `row` with a term, of those whose term is known.
    pub(crate) fn own(&self, row: usize, place: Place) -> Share {
        Share {
            with: self.chosen(row, place).map_or(0, |chosen| chosen.with()),
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
fn sum_up(terms: &mut Vec<(u32, u32)>) {
    terms.sort_unstable();
    terms.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        kept.1 += if same { next.1 } else { 0 };
        same
    });
}
