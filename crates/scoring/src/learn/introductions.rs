//! Learning from the hub's own introductions: who was asked for, and who said yes.
//!
//! A question is an organisation that asked for a kind in a quarter, as the market lay on the quarter's first day: of all
//! who could have been asked, those that accepted. Who declined is always read; of all others, as in any lesson, the best
//! and some that are drawn. The last fifth of what was accepted is kept out, and the new card is measured on it beside the
//! one in force.

use std::{
    collections::{BTreeMap, HashSet},
    fmt::Write as _,
};

use domain::{Kind, OrganisationId, Programme};
use fastrand::Rng;
use jiff::civil::{Date, date};

use super::{Learned, calibrate::Scale, describe, fit::Fit, lesson::Lesson, lesson::Past, points};
use crate::{
    Among, Ask, Card, Market,
    card::Section,
    kinds::KindSet,
    market::Row,
    measure::{Interval, Measures, intervals, ranks},
    rank,
};

/// Introductions that a section is learned from at least. Source: our choice, a few for each factor that tells most.
pub const ACCEPTED_MIN: usize = 100;

/// And so many more to measure it on. Source: our choice.
pub const MEASURED_MIN: usize = 20;

/// The last part of what was accepted, one of so many, is measured on.
const LAST_OF: usize = 5;

/// What a card that is learned from introductions predicts.
const EVENT: &str = "the organisation accepts an introduction to the asker in the quarter";

/// An introduction that was asked for and decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Introduction {
    /// Who asked.
    pub asker: OrganisationId,
    /// What the asker is.
    pub asker_kind: Kind,
    /// Who was asked.
    pub counterpart: OrganisationId,
    /// As what.
    pub kind: Kind,
    /// When it was asked for.
    pub on: Date,
    /// Whether it was accepted; else it was declined.
    pub accepted: bool,
}

/// Too little happened to learn from.
#[derive(Debug, thiserror::Error)]
#[error(
    "too little happened to learn from: a pair of kinds needs {needed} accepted introductions ({ACCEPTED_MIN} to learn \
     from, {MEASURED_MIN} to measure on); there are {found}"
)]
pub struct TooLittle {
    needed: usize,
    found: String,
}

/// Learns a card from introductions; the same for the same `seed`. `market` gives the market on a day; `card` is the one in
/// force, whose sections stay where nothing was learned.
///
/// # Errors
/// [`TooLittle`] says how many there are, and how many are needed.
pub fn learn_introductions(
    market: &dyn Fn(Date) -> Market,
    programme: &Programme,
    introductions: &[Introduction],
    card: &Card,
    seed: u64,
    progress: &(dyn Fn(&str, f64) + Sync),
) -> Result<Learned, TooLittle> {
    let mut by_kinds: BTreeMap<(Kind, Kind), Vec<Introduction>> = BTreeMap::new();
    for one in introductions {
        by_kinds
            .entry((one.asker_kind, one.kind))
            .or_default()
            .push(*one);
    }
    let enough = |all: &Vec<Introduction>| accepted(all) >= ACCEPTED_MIN + MEASURED_MIN;
    if !by_kinds.values().any(enough) {
        return Err(TooLittle::of(&by_kinds));
    }
    let mut report = String::new();
    let mut learned: Vec<((Kind, Kind), Section)> = Vec::new();
    let mut measured = Vec::new();
    for (kinds, mut all) in by_kinds {
        let name = format!("{} asks for {}", kinds.0.code(), kinds.1.code());
        let declined = all.len() - accepted(&all);
        let _ = writeln!(
            report,
            "{name}: {} accepted, {declined} declined",
            accepted(&all)
        );
        if !enough(&all) {
            continue;
        }
        all.sort_by_key(|one| (one.on, one.asker, one.counterpart));
        let cut = cut(&all);
        let (before, after): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.on < cut);
        let mut lesson = Lesson::empty(kinds);
        let mut rng = Rng::with_seed(seed);
        let questions = questions(&before);
        for (place, (opens, asked)) in questions.iter().enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "a few quarters")]
            progress("reading the past", place as f64 / questions.len() as f64);
            let sides = (&market(*opens), programme);
            read(&mut lesson, sides, card, asked, &mut rng);
        }
        let lesson = lesson.without_constants();
        let fit = Fit::of(&lesson, Fit::nowhere(), None, &|share| {
            progress(&name, share);
        });
        let scale = Scale::of(&lesson, &fit);
        let by_hand = card.section(Some(kinds.0), kinds.1);
        learned.push((
            kinds,
            Section::learned(&points(&lesson, &fit, &scale), by_hand),
        ));
        describe(&mut report, &name, &lesson, &fit, &scale);
        measured.push((name, cut, after));
    }
    let name = "Learned from the introductions of this hub";
    let text = card.learned_text(name, EVENT, None, &card.sections_with(learned));
    let new = Card::parse(&text).expect("a learned card is written as it is read");
    for (name, cut, after) in measured {
        let _ = writeln!(report, "\n{name}, from {cut} on, not learned from");
        for (which, card) in [("in force", card), ("learned", &new)] {
            let found = measure(market, programme, &questions(&after), card);
            line(&mut report, which, &found);
        }
    }
    Ok(Learned {
        card: new,
        text,
        report,
    })
}

impl TooLittle {
    fn of(by_kinds: &BTreeMap<(Kind, Kind), Vec<Introduction>>) -> TooLittle {
        let count = |((asker, kind), all): (&(Kind, Kind), &Vec<Introduction>)| {
            format!(
                "{} where {} asks for {}",
                accepted(all),
                asker.code(),
                kind.code()
            )
        };
        let found: Vec<String> = by_kinds.iter().map(count).collect();
        TooLittle {
            needed: ACCEPTED_MIN + MEASURED_MIN,
            found: if found.is_empty() {
                "none".to_owned()
            } else {
                found.join(", ")
            },
        }
    }
}

fn accepted(all: &[Introduction]) -> usize {
    all.iter().filter(|one| one.accepted).count()
}

/// The first day of what is measured on. Of introductions by day; there are enough of them.
fn cut(all: &[Introduction]) -> Date {
    let days: Vec<Date> = all
        .iter()
        .filter(|one| one.accepted)
        .map(|one| one.on)
        .collect();
    let last = (days.len() / LAST_OF).max(MEASURED_MIN);
    days[days.len() - last]
}

/// What was asked in one quarter, by asker and kind: who accepted, and who declined.
type Quarter = BTreeMap<(OrganisationId, Kind), [Vec<OrganisationId>; 2]>;

/// By the first day of each quarter. An asker to whom nobody said yes asks nothing that could be learned.
fn questions(all: &[Introduction]) -> Vec<(Date, Quarter)> {
    let mut quarters: BTreeMap<Date, Quarter> = BTreeMap::new();
    for one in all {
        let month = (one.on.month() - 1) / 3 * 3 + 1;
        let quarter = quarters.entry(date(one.on.year(), month, 1)).or_default();
        let [yes, no] = quarter.entry((one.asker, one.kind)).or_default();
        if one.accepted { yes } else { no }.push(one.counterpart);
    }
    for quarter in quarters.values_mut() {
        quarter.retain(|_, [yes, _]| !yes.is_empty());
        for [yes, no] in quarter.values_mut() {
            *yes = crate::sorted(std::mem::take(yes));
            *no = crate::sorted(std::mem::take(no));
            no.retain(|other| !yes.contains(other));
        }
    }
    quarters.into_iter().collect()
}

fn ask<'a>(
    programme: &'a Programme,
    (asker, kind): (OrganisationId, Kind),
    nobody: &'a HashSet<OrganisationId>,
) -> Ask<'a> {
    Ask {
        asker,
        kind,
        mandate: None,
        purpose: None,
        table: programme,
        members: None,
        cooling: nobody,
        among: Among::Everybody,
    }
}

fn read(
    lesson: &mut Lesson,
    (market, programme): (&Market, &Programme),
    card: &Card,
    quarter: &Quarter,
    rng: &mut Rng,
) {
    let nobody = HashSet::new();
    let of_kind = KindSet::of(&[lesson.kinds.1]);
    let rows = market.rows().filter(|row| row.kinds().meets(of_kind));
    let others: Vec<OrganisationId> = rows.map(Row::id).collect();
    for (who, [chosen, passed]) in quarter {
        let past = Past {
            ask: ask(programme, *who, &nobody),
            chosen: chosen.clone(),
            passed: passed.clone(),
            others: &others,
        };
        lesson.ask(market, card, &past, rng);
    }
}

/// The measures of each question, with all who could have been asked.
fn measure(
    market: &dyn Fn(Date) -> Market,
    programme: &Programme,
    questions: &[(Date, Quarter)],
    card: &Card,
) -> Vec<Measures> {
    let nobody = HashSet::new();
    let mut measured = Vec::new();
    for (opens, quarter) in questions {
        let market = market(*opens);
        for (who, [chosen, _]) in quarter {
            let ask = ask(programme, *who, &nobody);
            let list = rank::rank(&market, card, &ask, None, market.len());
            let points: Vec<i32> = list.iter().map(|found| found.points).collect();
            let right: Vec<usize> = (0..list.len())
                .filter(|&place| chosen.contains(&list[place].organisation))
                .collect();
            if !right.is_empty() {
                measured.push(Measures::of(&ranks(&points, &right)));
            }
        }
    }
    measured
}

pub(super) fn line(report: &mut String, name: &str, questions: &[Measures]) {
    let Some(found) = intervals(questions, 7) else {
        return;
    };
    let _ = write!(report, "{name:10} n={:4}", questions.len());
    for (measure, Interval { mean, low, high }) in Measures::NAMES.iter().zip(found) {
        let _ = write!(report, "  {measure} {mean:.3} [{low:.3},{high:.3}]");
    }
    report.push('\n');
}
