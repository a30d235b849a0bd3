//! Learning: a scorecard fitted to what happened, by points and likeness alone; levels stay as they are.
//!
//! What makes past deals tell of new ones comes first, together with the points of all else (`joint`), then the points of
//! all with the levels that likeness gives (`fit`), then what makes them a probability (`calibrate`).
//!
//! What a half-year asked ([`Trial`]) gives questions: a startup that raised, and the investors that came in; an investor,
//! and the startups it went into. The likelihood is that of a conditional logit (`McFadden` 1974): of all who could have
//! been chosen, those who were. Of those who were not, the best by the hand-made card are all read and the others are
//! drawn, each standing for as many as it was drawn from. Cells are held together by ridges and held in order where a
//! level's meaning demands it; afterwards one slope and one base make the score the probability of the event.

mod calibrate;
mod cells;
mod deals;
mod descent;
mod fit;
mod held_out;
mod introductions;
mod joint;
mod lesson;

use std::fmt::Write as _;

use domain::Kind;
use jiff::civil::Date;

use crate::{
    Card, History,
    card::{POINTS_MAX, Section},
    factor::{FACTORS, Factor},
    factors::share::TWELFTHS,
};

pub use held_out::held_out;
pub use introductions::{ACCEPTED_MIN, Introduction, MEASURED_MIN, TooLittle, learn_introductions};

use calibrate::Scale;
use fit::Fit;
use joint::Joint;
use lesson::Lesson;

/// Half-years that are learned from. Source: the protocol of the public study that the measures follow.
const TRIALS: i32 = 6;

/// No learned cell is worth more, or less than its negative: what is only ever seen to fail has no end.
const CELL_MAX: i32 = 18_000;

/// What a calibrated card predicts.
const EVENT: &str = "the investor comes in with the startup's round of these six months";

/// A learned card, and how it came about.
#[derive(Debug)]
pub struct Learned {
    /// The card.
    pub card: Card,
    /// Its text, as it is stored.
    pub text: String,
    /// What was read, what each factor weighs, how well the score tells the frequency.
    pub report: String,
}

/// Learning found nothing to learn from.
#[derive(Debug, thiserror::Error)]
#[error("no round before {0} has an investor with a record: there is nothing to learn from")]
pub struct NothingHappened(Date);

/// Learns a card from everything before `day`; the same for the same `seed`, whatever the number of threads. `progress`
/// is told what is being done and how much of it, from 0 to 1.
///
/// # Errors
/// [`NothingHappened`].
pub fn learn(
    history: &History,
    day: Date,
    seed: u64,
    progress: &(dyn Fn(&str, f64) + Sync),
) -> Result<Learned, NothingHappened> {
    let trials = history.trials(day, TRIALS);
    let by_hand = Card::default_card();
    let lessons = Lesson::read(history, &trials, by_hand, seed, progress);
    if lessons.iter().any(|(lesson, _)| lesson.questions() == 0) {
        return Err(NothingHappened(day));
    }
    let mut report = format!("learned from what happened before {day}\n");
    let mut sections = Vec::new();
    let mut of_startups: Option<(Joint, Fit)> = None;
    for (mut lesson, windows) in lessons {
        let (asker, counterpart) = lesson.kinds;
        let name = format!("{} asks for {}", asker.code(), counterpart.code());
        // Startups ask more often. What investors' questions say is drawn to what theirs do.
        let other = of_startups.as_ref();
        let (other_joint, other_fit) = (other.map(|of| &of.0), other.map(|of| &of.1));
        let joint = Joint::of(&lesson, &windows, other_joint, &|share| {
            progress("what makes deals alike", share);
        });
        let levels = windows
            .iter()
            .flat_map(|window| window.levels(&joint.likeness));
        lesson.relevel(Factor::Similar, &levels.collect::<Vec<_>>());
        let fit = Fit::of(&lesson, joint.start(), other_fit, &|share| {
            progress(&name, share);
        });
        let scale = Scale::of(&lesson, &fit);
        let cells = Section::learned(
            &points(&lesson, &fit, &scale),
            by_hand.section(Some(asker), counterpart),
        );
        describe(&mut report, &name, &lesson, &fit, &scale);
        // What startups' questions say of deals holds for the card; investors' own for theirs.
        let cells = match of_startups {
            None => cells,
            Some(_) => cells.with_likeness(joint.likeness.clone()),
        };
        of_startups.get_or_insert((joint, fit));
        sections.push(((asker, counterpart), cells));
    }
    // Those who incubate too are asked as incubators by the same points.
    let investors = sections[0].1.clone();
    sections.push(((Kind::Startup, Kind::Incubator), investors));
    let name = format!("Learned from what happened before {day}");
    let alike = of_startups.map(|(joint, _)| joint.likeness);
    let text = Card::default_card().learned_text(&name, EVENT, alike.as_ref(), &sections);
    let card = Card::parse(&text).expect("a learned card is written as it is read");
    Ok(Learned { card, text, report })
}

/// Points by factor and level; none where the factor told nothing apart.
type Points = [Option<Vec<i32>>; FACTORS];

/// Cells as points: thousandths of log-odds, multiples of twelve where labels share them, `unknown` no better than the
/// median of what is known.
fn points(lesson: &Lesson, fit: &Fit, scale: &Scale) -> Points {
    Factor::ALL.map(|factor| {
        if factor == Factor::Base {
            // Where the past parts without a miss, the base has no end.
            let most = f64::from(POINTS_MAX);
            let base = (1000.0 * (scale.base + scale.next()))
                .round()
                .clamp(-most, most);
            #[expect(
                clippy::cast_possible_truncation,
                reason = "within the range of a cell"
            )]
            return Some(vec![base as i32]);
        }
        let unit = if factor.is_shared_out() { TWELFTHS } else { 1 };
        let point = |weight: &f64| {
            let most = f64::from(CELL_MAX / unit);
            let units = 1000.0 * weight / f64::from(unit);
            #[expect(clippy::cast_possible_truncation, reason = "log-odds are small")]
            let units = units.round().clamp(-most, most) as i32;
            units * unit
        };
        let sloped = |cells: Vec<f64>| cells.into_iter().map(|cell| scale.slope * cell).collect();
        let cells: Vec<f64> = match fit.cells(factor) {
            Some(cells) => sloped(cells),
            None => scale.given(lesson, factor)?,
        };
        let mut cells: Vec<i32> = cells.iter().map(point).collect();
        if factor.can_be_unknown() {
            let mut known = cells[1..].to_vec();
            known.sort_unstable();
            cells[0] = cells[0].min(known[(known.len() - 1) / 2]);
        }
        Some(cells)
    })
}

/// What was read, what each factor weighs, and how the score tells the frequency.
fn describe(report: &mut String, name: &str, lesson: &Lesson, fit: &Fit, scale: &Scale) {
    let _ = writeln!(
        report,
        "\n{name}: {} questions, {} pairs, {} steps, loss {:.4} a question\n{:34} {:>7} {:>9}",
        lesson.questions(),
        lesson.pairs(),
        fit.steps,
        fit.loss,
        "factor",
        "spread",
        "cost"
    );
    for (factor, spread, cost) in fit.weights(lesson) {
        let _ = writeln!(
            report,
            "{:34} {:7.0} {:9.4}",
            factor.name(),
            1000.0 * scale.slope * spread,
            cost
        );
    }
    let _ = writeln!(report, "probability   expected   observed   ratio");
    for bin in scale.reliability(lesson, fit) {
        let _ = writeln!(
            report,
            "{:11.5} {:10.1} {:10.1} {:7.2}",
            bin.from,
            bin.expected,
            bin.observed,
            bin.observed / bin.expected
        );
    }
    let times = |log: &f64| format!("{:.2}", log.exp());
    let drift: Vec<String> = scale.drift.iter().map(times).collect();
    let _ = writeln!(
        report,
        "observed / expected by half-year: {}; the base is moved for the next: {}",
        drift.join(" "),
        times(&scale.next())
    );
}
