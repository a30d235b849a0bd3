//! The specification of a match list: every pair judged, weighed and sorted.

use std::{cmp::Reverse, collections::BinaryHeap};

use domain::OrganisationId;

use super::{Match, best_match};
use crate::{
    Ask, Card, Market,
    ask::Question,
    kinds::KindSet,
    rules::{self, Passing},
};

/// The `k` best matches of an ask, in order: those that come after (points, tie key, id) where that is given.
///
/// What [`rank`](super::rank()) has to answer, found by looking at all. Empty where the market does not hold the asker.
pub fn rank_by_rows(
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
