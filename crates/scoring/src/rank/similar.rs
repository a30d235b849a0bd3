//! How many deals are like the one asked for: bounded in the plan, found out for those whom the bound would list.

mod bound;

pub(super) use self::bound::{Bound, RAISED};

use crate::{
    ask::{Question, Speaks},
    factor::Factor,
    factors::{activity, similar::Sum},
    index::Found,
    market::Row,
    record::{ManyRecords, OneRecord, Raising, UNNUMBERED},
};

/// More deals than this are of one level.
const DEALS_MAX: u32 = 1_024;

/// From this nearness on it is the same country.
const COUNTRY: u8 = 2;

/// The bound that plans of a question have; none where all deals are worth the same.
pub(super) fn bound(question: &Question<'_>) -> Option<Bound> {
    let cells = question.section.cells(Factor::Similar);
    if cells.iter().all(|&cell| cell == cells[0]) {
        return None;
    }
    let (me, records) = (question.me, question.market.records());
    match question.speaks {
        Speaks::Theirs { .. } => {
            let sought = me.organisation.sought(records, me.at());
            Some(Bound::of_theirs(question, &sought))
        }
        Speaks::Mine { .. } if records.deals(me.at()) == 0 => None,
        Speaks::Mine { .. } => Some(Bound::of_mine(question, &records.past, me.at())),
    }
}

/// How far the plan of a question is above what deals are worth.
pub(super) struct Similar<'q> {
    question: &'q Question<'q>,
    bound: &'q Bound,
    /// By number of deals: its level; that of more than there are here is the last.
    levels: Box<[u8]>,
    whose: Whose<'q>,
}

enum Whose<'q> {
    Theirs(ManyRecords<'q>),
    /// With what was found, by number of who asks, where it was.
    Mine(OneRecord<'q>, Vec<Option<(i32, Worth)>>),
}

impl<'q> Similar<'q> {
    pub(super) fn new(question: &'q Question<'q>, bound: &'q Bound) -> Similar<'q> {
        let (me, records) = (question.me, question.market.records());
        let (past, likeness) = (&records.past, question.likeness);
        let whose = match question.speaks {
            Speaks::Theirs { .. } => {
                let sought = me.organisation.sought(records, me.at());
                let levels = &bound.level_of_sector;
                Whose::Theirs(ManyRecords::new(past, sought, likeness, levels))
            }
            Speaks::Mine { .. } => {
                let seekers = question.market.seekers();
                let own = OneRecord::new(past, me.at(), likeness, seekers);
                Whose::Mine(own, vec![None; seekers.len()])
            }
        };
        Similar {
            question,
            bound,
            levels: (0..=DEALS_MAX).map(activity::all).collect(),
            whose,
        }
    }

    /// Takes off what deals are worth less than in the plan, which has so much for the startups of a row as is `stated`; or else
    /// enough that fewer than the least points of use are left.
    pub(super) fn take_off(
        &mut self,
        found: &mut [Found],
        least: i32,
        stated: impl Fn(u32) -> i32,
    ) {
        let (question, bound) = (self.question, self.bound);
        let (index, column) = (question.market.index(), question.market.columns().left);
        let worth = |sum: Sum, startups: i32| Worth {
            points: question.section.points(Factor::Similar, sum.level()),
            startups,
        };
        match &mut self.whose {
            Whose::Theirs(all) => {
                let rows = found.iter().map(|found| found.owner as usize);
                // What the plan has for how many deals there are, and what is left of them.
                let planned = |found: &Found, deals: usize| {
                    let count = self.levels[deals.min(self.levels.len() - 1)];
                    let left = index.number(column, found.row);
                    bound.deals[usize::from(count)] + bound.left[usize::from(left)]
                };
                let by_count = |at: usize, deals: usize| {
                    let fewer = bound.fewer.get(deals).copied().unwrap_or(0);
                    found[at].points.saturating_sub(fewer) >= least
                };
                let by_rounds = |at: usize, deals: usize, rounds: Sum| {
                    let less = planned(&found[at], deals) - bound.of_rounds(rounds);
                    // Without deals the plan has what that is worth.
                    deals == 0 || found[at].points.saturating_sub(less) >= least
                };
                let found_of = all.similar(rows, by_count, by_rounds);
                for (found, of) in found.iter_mut().zip(found_of) {
                    let Some(of) = of else {
                        found.points = least.saturating_sub(1);
                        continue;
                    };
                    if of.deals > 0 {
                        let place = of.near.saturating_sub(1);
                        let worth = worth(of.sum, bound.of_startups(place, of.level));
                        worth.put_in(found, planned(found, of.deals), least, &stated);
                    }
                }
            }
            Whose::Mine(own, known) => {
                let seekers = question.market.seekers();
                for found in found {
                    let (rounds, worth) = if found.class == UNNUMBERED {
                        let they = question.market.numbered(found.owner);
                        let they = they.expect("who is found is there");
                        let (raising, (sum, place, trades)) = beside(question, bound, they);
                        let worth = worth(sum, bound.of_startups(place, trades));
                        (bound.rounds_for(raising), worth)
                    } else {
                        *known[found.class as usize].get_or_insert_with(|| {
                            let (sum, near) = own.similar(found.class);
                            let trades = bound.trades_of(seekers.sectors(found.class));
                            let startups = bound.of_startups(u8::from(near >= COUNTRY), trades);
                            let rounds = bound.rounds_for(seekers.raising(found.class));
                            (rounds, worth(sum, startups))
                        })
                    };
                    worth.put_in(found, rounds, least, &stated);
                }
            }
        }
    }
}

/// What deals are worth.
#[derive(Clone, Copy)]
struct Worth {
    points: i32,
    /// What the plan has for their startups at least.
    startups: i32,
}

impl Worth {
    /// Puts it in the place of what the plan has: so much for rounds, and for startups what is stated, which is read only where
    /// that may leave enough.
    fn put_in(self, found: &mut Found, rounds: i32, least: i32, stated: impl Fn(u32) -> i32) {
        found.points -= rounds + self.startups - self.points;
        if found.points >= least {
            found.points -= stated(found.row) - self.startups;
        }
    }
}

/// The asker's record beside one who was not there when numbers were given.
fn beside(question: &Question<'_>, bound: &Bound, they: Row<'_>) -> (Raising, (Sum, u8, u8)) {
    let (me, records) = (question.me.at(), question.market.records());
    let sought = they.organisation.sought(records, they.at());
    let near = |made| sought.here.nearness(records.past.startup(made).0);
    let near = records.past.deals(me).map(near).max();
    let of = (
        records.past.similar(me, &sought, question.likeness),
        u8::from(near.is_some_and(|near| near >= COUNTRY)),
        bound.trades_of(sought.sectors),
    );
    (sought.raising, of)
}
