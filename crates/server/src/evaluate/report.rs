//! What an evaluation prints: one line a group of questions, each measure with its interval.

use std::fmt::Write as _;

use scoring::measure::{Interval, Measures, exposure, intervals, ranks};

use super::{
    Points,
    bench::{Group, Query, Window},
};

/// Resamples are drawn from this seed.
const SEED: u64 = 7;

/// How deep exposure is counted.
const SHOWN: usize = 20;

/// Startups ask for investors.
pub(super) fn investors(points: &Points, window: &Window) -> String {
    let all = |query: &Query| answers(query, |_, _| true);
    let mut text = String::new();
    for (name, wanted) in [
        ("all", None),
        ("cold", Some((Group::Cold, true))),
        ("warm", Some((Group::Cold, false))),
        ("lifesci", Some((Group::LifeScience, true))),
        ("nonus", Some((Group::Abroad, true))),
    ] {
        let is_in = |query: &Query| wanted.is_none_or(|(group, is)| query.is(group) == is);
        let right = |query: &Query| if is_in(query) { all(query) } else { Vec::new() };
        line(&mut text, name, &measures(points, window, right), false);
    }
    let abroad = |query: &Query| answers(query, |_, crosses| crosses);
    line(
        &mut text,
        "cross-border investor",
        &measures(points, window, abroad),
        false,
    );
    let accelerators = places(window, true);
    let others = |query: &Query| answers(query, |place, _| !accelerators.contains(&place));
    let without = points.without(&accelerators);
    line(
        &mut text,
        "without accelerators",
        &measures(&without, window, others),
        false,
    );
    let asked = (0..window.queries.len()).filter(|&query| !window.queries[query].right.is_empty());
    exposed(
        &mut text,
        points.width,
        asked.map(|query| points.row(query)),
    );
    text
}

/// Investors ask for startups.
pub(super) fn startups(points: &Points, window: &Window) -> String {
    let mut text = String::new();
    let columns: Vec<(Vec<i32>, Vec<usize>)> = (0..points.width)
        .map(|place| {
            let chose = |query: &Query| query.right.iter().any(|(right, _)| *right == place);
            let right = (0..).zip(&window.queries).filter(|(_, query)| chose(query));
            (
                points.column(place),
                right.map(|(number, _)| number).collect(),
            )
        })
        .filter(|(_, right): &(_, Vec<usize>)| !right.is_empty())
        .collect();
    let measures: Vec<Measures> = columns
        .iter()
        .map(|(column, right)| Measures::of(&ranks(column, right)))
        .collect();
    line(&mut text, "investors", &measures, false);
    let lists = columns.iter().map(|(column, _)| column.as_slice());
    exposed(&mut text, window.queries.len(), lists);
    text
}

/// Seed startups without a record ask for accelerators.
pub(super) fn accelerators(points: &Points, window: &Window) -> String {
    let accelerators = places(window, true);
    let only = points.without(&places(window, false));
    let right = |query: &Query| {
        if query.is(Group::Cold) && query.is(Group::Seed) {
            answers(query, |place, _| accelerators.contains(&place))
        } else {
            Vec::new()
        }
    };
    let mut text = String::new();
    line(
        &mut text,
        "cold seed rounds",
        &measures(&only, window, right),
        true,
    );
    text
}

fn places(window: &Window, accelerators: bool) -> Vec<usize> {
    let of_kind = (0..)
        .zip(&window.candidates)
        .filter(|(_, candidate)| candidate.is_accelerator == accelerators);
    of_kind.map(|(place, _)| place).collect()
}

fn answers(query: &Query, is_wanted: impl Fn(usize, bool) -> bool) -> Vec<usize> {
    let wanted = query
        .right
        .iter()
        .filter(|&&(place, crosses)| is_wanted(place, crosses));
    wanted.map(|(place, _)| *place).collect()
}

/// The measures of each query that has a right answer.
fn measures(
    points: &Points,
    window: &Window,
    right: impl Fn(&Query) -> Vec<usize>,
) -> Vec<Measures> {
    (0..)
        .zip(&window.queries)
        .map(|(number, query)| (number, right(query)))
        .filter(|(_, right)| !right.is_empty())
        .map(|(number, right)| Measures::of(&ranks(points.row(number), &right)))
        .collect()
}

fn line(text: &mut String, name: &str, questions: &[Measures], first_places: bool) {
    let Some(found) = intervals(questions, SEED) else {
        return;
    };
    let _ = write!(text, "{name:22} n={:5}", questions.len());
    for (measure, Interval { mean, low, high }) in Measures::NAMES.iter().zip(found) {
        if first_places || !matches!(*measure, "hit1" | "hit5") {
            let _ = write!(text, "  {measure} {mean:.3} [{low:.3},{high:.3}]");
        }
    }
    text.push('\n');
}

/// How the first places of the lists are spread over so many who could have them.
fn exposed<'a>(text: &mut String, width: usize, lists: impl Iterator<Item = &'a [i32]>) {
    let mut shown = vec![0; width];
    for list in lists {
        for place in super::best(list, SHOWN) {
            shown[place] += 1;
        }
    }
    if let Some(found) = exposure(&shown) {
        let _ = writeln!(
            text,
            "exposure  coverage20 {:.3}  gini20 {:.3}  top1pct_share {:.3}",
            found.coverage, found.gini, found.top1pct_share
        );
    }
}
