//! The match list: the best k of all pairs, exactly.

use std::{cmp::Reverse, collections::BinaryHeap};

use domain::{MandateId, OrganisationId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Ask, Card, Market,
    aim::Aim,
    ask::{Mine, Question},
    card::Section,
    factor::{FACTORS, Factor},
    factors::share::TWELFTHS,
    kinds::KindSet,
    market::Row,
    pair::{self, Sink},
    rules::{self, Passing},
};

/// A scored ordered pair.
///
/// A list is in the order of points, most first; equal points go to the lower tie key, then to the lower id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// The counterpart.
    pub organisation: OrganisationId,
    /// The sum of the contributions.
    pub points: i32,
    /// Of the counterpart.
    pub tie_key: u32,
    /// The asker's mandate under which the pair is scored.
    pub my_mandate: Option<MandateId>,
    /// The counterpart's.
    pub their_mandate: Option<MandateId>,
}

/// The place of a match in the list; the better is the greater.
type Place = (i32, Reverse<u32>, Reverse<OrganisationId>);

impl Match {
    fn place(&self) -> Place {
        (
            self.points,
            Reverse(self.tie_key),
            Reverse(self.organisation),
        )
    }
}

/// The `k` best matches of an ask, in order: those that come after (points, tie key, id) where that is given.
///
/// Exact: the same as sorting all pairs and taking the first. Empty where the market does not hold the asker.
pub fn rank(
    market: &Market,
    card: &Card,
    ask: &Ask<'_>,
    after: Option<(i32, u32, OrganisationId)>,
    k: usize,
) -> Vec<Match> {
    let Some(question) = Question::new(market, card, ask) else {
        return Vec::new();
    };
    let after = after.map(|(points, tie_key, id)| (points, Reverse(tie_key), Reverse(id)));
    let kind = KindSet::of(&[ask.kind]);
    let mut passing = Passing::default();
    let mut best = Best::new(k);
    for they in market.rows().filter(|row| row.kinds().meets(kind)) {
        if rules::judge(&question, they, &mut passing).is_err() {
            continue;
        }
        let found = best_match(&question, they, &passing).0;
        if after.is_none_or(|after| found.place() < after) {
            best.offer(found);
        }
    }
    best.into_list()
}

/// What points come to on a scale from 0 to 1: 1 / (1 + e^(−points / 1000)). A probability only under a calibrated
/// card.
pub fn score(points: i32) -> f64 {
    1.0 / (1.0 + (-f64::from(points) / 1000.0).exp())
}

/// The mandates of the two sides under which a pair is scored.
pub(crate) type Under<'q> = (Option<&'q Mine<'q>>, Option<&'q Aim>);

/// The match under the two mandates that give most points, of equal ones those with the lower ids.
pub(crate) fn best_match<'q>(
    question: &Question<'_>,
    they: Row<'_>,
    passing: &Passing<'q>,
) -> (Match, Under<'q>) {
    let mut profiles = Sum::new(question.section);
    pair::weigh_profiles(question, they, &mut profiles);
    let mut best: Option<(i32, Under<'q>)> = None;
    for mine in each(&passing.mine) {
        for theirs in each(&passing.theirs) {
            let mut sum = profiles.clone();
            pair::weigh_mandates(question, they, mine, theirs, &mut sum);
            let points = sum.total();
            if best.is_none_or(|(most, _)| points > most) {
                best = Some((points, (mine, theirs)));
            }
        }
    }
    let (points, under) = best.expect("each side has at least one turn");
    let found = Match {
        organisation: they.id(),
        points,
        tie_key: they.tie_key(),
        my_mandate: under.0.map(|mine| mine.aim.id),
        their_mandate: under.1.map(|aim| aim.id),
    };
    (found, under)
}

/// Each mandate in turn, or none once.
fn each<'p, 'q: 'p, T>(mandates: &'p [&'q T]) -> impl Iterator<Item = Option<&'q T>> + 'p {
    let none = mandates.is_empty().then_some(None);
    mandates.iter().map(|&mandate| Some(mandate)).chain(none)
}

/// Adds up points.
#[derive(Clone)]
struct Sum<'a> {
    section: &'a Section,
    points: i32,
    levels: [u8; FACTORS],
}

impl<'a> Sum<'a> {
    fn new(section: &'a Section) -> Sum<'a> {
        Sum {
            section,
            points: 0,
            levels: [0; FACTORS],
        }
    }

    /// With the two-factor tables.
    fn total(&self) -> i32 {
        let cell = |table: &crate::card::Table| {
            table.points(table.factors.map(|factor| self.levels[factor as usize]))
        };
        self.points + self.section.tables().iter().map(cell).sum::<i32>()
    }
}

impl Sink for Sum<'_> {
    #[inline]
    fn take(&mut self, factor: Factor, level: u8, share: u8, _: impl FnOnce() -> Value) {
        self.points += part(self.section.points(factor, level), share);
        self.levels[factor as usize] = level;
    }
}

/// A share of a cell. No rest: cells that are shared out are multiples of twelve.
pub(crate) fn part(cell: i32, share: u8) -> i32 {
    cell * i32::from(share) / TWELFTHS
}

/// The k best of what it is offered, worst on top.
struct Best {
    k: usize,
    heap: BinaryHeap<Reverse<Placed>>,
}

struct Placed(Match);

impl PartialEq for Placed {
    fn eq(&self, other: &Placed) -> bool {
        self.0.place() == other.0.place()
    }
}
impl Eq for Placed {}
impl PartialOrd for Placed {
    fn partial_cmp(&self, other: &Placed) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Placed {
    fn cmp(&self, other: &Placed) -> std::cmp::Ordering {
        self.0.place().cmp(&other.0.place())
    }
}

impl Best {
    fn new(k: usize) -> Best {
        Best {
            k,
            heap: BinaryHeap::new(),
        }
    }

    fn offer(&mut self, found: Match) {
        if self.heap.len() < self.k {
            self.heap.push(Reverse(Placed(found)));
        } else if let Some(mut worst) = self.heap.peek_mut()
            && worst.0.0.place() < found.place()
        {
            *worst = Reverse(Placed(found));
        }
    }

    fn into_list(self) -> Vec<Match> {
        let sorted = self.heap.into_sorted_vec().into_iter();
        sorted.map(|Reverse(Placed(found))| found).collect()
    }
}
