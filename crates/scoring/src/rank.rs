//! The match list: the best k of all pairs, exactly.

mod lift;
mod plan;
mod rows;
mod similar;

use std::cell::RefCell;

use domain::{MandateId, OrganisationId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Ask, Card, Market,
    aim::Aim,
    ask::{Question, Speaks},
    card::Section,
    factor::{FACTORS, Factor},
    factors::share::TWELFTHS,
    index::{Exact, Found, Place, Plan},
    market::Row,
    pair::{self, Sink},
    rules::Passing,
};
use lift::Lift;
use plan::Precision;
pub use rows::rank_by_rows;
use similar::Similar;

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

/// The `k` best matches of an ask, in order: those that come after (points, tie key, id) where that is given.
///
/// Exact: what [`rank_by_rows`] gives, found in the index. Empty where the market does not hold the asker.
pub fn rank(
    market: &Market,
    card: &Card,
    ask: &Ask<'_>,
    after: Option<(i32, u32, OrganisationId)>,
    k: usize,
) -> Vec<Match> {
    let question = Question::new(market, card, ask);
    question.map_or_else(Vec::new, |question| best(&question, after, k))
}

/// [`rank`] for a question that was made ready.
pub(crate) fn best(
    question: &Question<'_>,
    after: Option<(i32, u32, OrganisationId)>,
    k: usize,
) -> Vec<Match> {
    if question.lacks_mandate {
        return Vec::new();
    }
    let market = question.market;
    let place = |(points, tie_key, id): (i32, u32, OrganisationId)| Place {
        points,
        tie_key,
        id: id.uuid().as_u128(),
    };
    let after = after.map(place);
    let ids = |number: u32| id_of(market, number).uuid().as_u128();
    let list = planned(question, |plans, exact| match exact {
        None => market.index().best(plans, k, after, &ids),
        Some(exact) => market.index().best_exactly(plans, exact, (k, after), &ids),
    });
    list.iter().map(|found| match_of(question, found)).collect()
}

/// The points of everybody whom a question would list, by number: what [`best`] gives for as many as there are, in no order.
pub(crate) fn everybody(question: &Question<'_>) -> Vec<Option<i32>> {
    let market = question.market;
    if question.lacks_mandate {
        return vec![None; market.numbers_given()];
    }
    planned(question, |plans, exact| {
        market.index().most(plans, exact, market.numbers_given())
    })
}

/// Has an index be asked by the plans of a question, and where those have but a bound of some points, by what makes these
/// exact.
fn planned<R>(question: &Question<'_>, ask: impl FnOnce(&[Plan], Option<Exact<'_>>) -> R) -> R {
    let bounded = Bounded::of(question);
    let plans = plan::plans(question, &bounded);
    let precision = plans.precision;
    let stated = |row| {
        let index = question.market.index();
        plans.stated.points(index, &plans.all[0], row)
    };
    let similar = bounded.similar.as_ref();
    let similar = RefCell::new(similar.map(|bound| Similar::new(question, bound)));
    let exact = |found: &mut [Found], least: i32| {
        if let Some(similar) = &mut *similar.borrow_mut() {
            similar.take_off(found, least, stated);
        }
        for found in found.iter_mut().filter(|found| found.points >= least) {
            if precision == Precision::Bound {
                found.points = points_of(question, found);
            } else if let Some(lift) = &bounded.lift {
                found.points -= lift.less(found.owner);
            }
        }
    };
    match precision {
        Precision::Exact => ask(&plans.all, None),
        Precision::Bounded | Precision::Bound => ask(&plans.all, Some(&exact)),
    }
}

/// Bytes that the list of an ask reads if no row is passed over: what memory alone would need. Of the index; and of the index
/// and of records, where deals are held beside what is asked for: whose each row is and where its deals begin, and all
/// deals; or, where the record is the asker's, the number of those who are the same to it.
#[doc(hidden)]
pub fn bytes_read(market: &Market, card: &Card, ask: &Ask<'_>) -> [usize; 2] {
    let Some(question) = Question::new(market, card, ask) else {
        return [0; 2];
    };
    let bounded = Bounded::of(&question);
    let plans = plan::plans(&question, &bounded).all;
    let read = |beside_each| {
        let bytes = plans
            .iter()
            .map(|plan| market.index().bytes_read(plan, beside_each));
        bytes.sum::<usize>()
    };
    let whole = match (&bounded.similar, &question.speaks) {
        (None, _) => read(0),
        (Some(_), Speaks::Theirs { .. }) => {
            read(2 * size_of::<u32>()) + market.records().past.bytes_of_deals()
        }
        (Some(_), Speaks::Mine { .. }) => read(size_of::<u32>()),
    };
    [read(0), whole]
}

/// What plans hold a bound of, because no column holds it.
struct Bounded<'q> {
    similar: Option<similar::Bound>,
    lift: Option<Lift<'q>>,
}

impl<'q> Bounded<'q> {
    fn of(question: &'q Question<'_>) -> Bounded<'q> {
        Bounded {
            similar: similar::bound(question),
            lift: Lift::of(question),
        }
    }
}

fn id_of(market: &Market, number: u32) -> OrganisationId {
    market.numbered(number).expect("who is found is there").id()
}

/// The mandates of the two sides under which a row was found.
fn under<'q>(question: &Question<'q>, found: &Found) -> Under<'q> {
    let mine = question.mine.get(found.plan as usize).copied();
    (mine, question.market.aim_of(found.owner, found.row))
}

/// The points of a row that an index found.
fn points_of(question: &Question<'_>, found: &Found) -> i32 {
    let they = question.market.numbered(found.owner);
    let they = they.expect("who is found is there");
    let (mine, theirs) = under(question, found);
    let mut sum = Sum::new(question.section);
    pair::weigh_profiles(question, they, &mut sum);
    pair::weigh_mandates(question, they, mine, theirs, &mut sum);
    sum.total()
}

fn match_of(question: &Question<'_>, found: &Found) -> Match {
    let (mine, theirs) = under(question, found);
    Match {
        organisation: id_of(question.market, found.owner),
        points: found.points,
        tie_key: found.tie_key,
        my_mandate: mine.map(|aim| aim.id),
        their_mandate: theirs.map(|aim| aim.id),
    }
}

/// What points come to on a scale from 0 to 1: 1 / (1 + e^(−points / 1000)). A probability only under a calibrated
/// card.
pub fn score(points: i32) -> f64 {
    1.0 / (1.0 + (-f64::from(points) / 1000.0).exp())
}

/// The mandates of the two sides under which a pair is scored.
pub(crate) type Under<'q> = (Option<&'q Aim>, Option<&'q Aim>);

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
        my_mandate: under.0.map(|aim| aim.id),
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
