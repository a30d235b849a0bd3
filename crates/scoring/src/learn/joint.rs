//! What makes past deals tell of new ones: the cells of [`Likeness`], found from who came in, together with the points of
//! all that is known of a pair beside its deals.
//!
//! The score of a pair is the logarithm of the sum over its investor's deals, each of e^(Σ of its cells), and the points of
//! all factors but that of similar deals. So a deal is a way to come in, each as likely as its weight, and what factors say
//! weighs all of them alike: a mixture of multinomials with tied weights, as in soft nearest-neighbour classification
//! (Goldberger et al. 2004), in a conditional logit. Both kinds of cells move in one descent, so that likeness need not
//! say what a factor says. Afterwards a sum becomes a level, and the points are fitted once more (`fit`).

use ndarray::{Array1, Axis, concatenate};

use super::{
    cells::Cells,
    deals::Window,
    descent::Descent,
    fit::{self, CELLS},
    lesson::Lesson,
};
use crate::{
    card::Likeness,
    factor::{Factor, LEVELS_MAX},
    parallel,
};

/// How strongly a cell is drawn to 0. Source: our measurements, see `benches/RANKING.md`.
const RIDGE: f64 = 1.0;

/// And to what the questions of the other side say. Source: as above.
const RIDGE_TO_OTHER: f64 = 3.0;

/// The loss hardly moves after so many steps. Source: as above.
const STEPS_MAX: usize = 40;

/// What one descent found.
pub(super) struct Joint {
    pub(super) likeness: Likeness,
    /// Where it ended: the steps of the points, then the cells of likeness.
    at: Array1<f64>,
}

impl Joint {
    /// Of the pairs of a lesson, whose deals are in `windows`, one after the other. All cells are drawn to those of `other`,
    /// from which steps begin, or else to 0.
    pub(super) fn of(
        lesson: &Lesson,
        windows: &[Window],
        other: Option<&Joint>,
        progress: &dyn Fn(f64),
    ) -> Joint {
        let cells = Cells::new();
        let tells = fit::tells(lesson);
        let (ridge, middle) = match other {
            Some(other) => (RIDGE_TO_OTHER, other.at.clone()),
            None => (RIDGE, Array1::zeros(CELLS + cells.count)),
        };
        let (steps, middle_of_alike) = middle.view().split_at(Axis(0), CELLS);
        let middle_of_points = fit::cells(&steps.to_owned());
        let objective = |at: &Array1<f64>| {
            let (steps, alike) = at.view().split_at(Axis(0), CELLS);
            let points = fit::cells(&steps.to_owned());
            let off = &alike - &middle_of_alike;
            let values = values(at);
            let sums = in_parallel(windows, |_, window| window.sums(&cells, &values)).concat();
            let offsets: Vec<f32> = sums.iter().map(|sum| sum.ln()).collect();
            let found = fit::likelihood(lesson, &points, &offsets);
            let (penalty, pull) = fit::penalty(&(&points - &middle_of_points), &tells);
            let mut by_points = found.slope + pull;
            by_points.row_mut(Factor::Similar as usize).fill(0.0);
            let pulls: Vec<f32> = found
                .misses
                .iter()
                .zip(&sums)
                .map(|(miss, sum)| miss / sum)
                .collect();
            let slopes = in_parallel(windows, |first, window| {
                window.slope(&cells, &values, &pulls[first..])
            });
            let mut by_alike = 2.0 * ridge * &off;
            for of_window in slopes {
                by_alike += &Array1::from_vec(of_window);
            }
            let slope = concatenate![Axis(0), fit::gathered(&by_points), by_alike];
            (found.loss + penalty + ridge * off.dot(&off), slope)
        };
        let descent = Descent {
            steps_max: STEPS_MAX,
            is_bounded: &|place| place < CELLS && fit::is_bounded(place),
        };
        let (at, _) = descent.run(middle.clone(), &objective, progress);
        let values = values(&at);
        let sums = in_parallel(windows, |_, window| window.sums(&cells, &values)).concat();
        Joint {
            likeness: cells.likeness(&values, usual_sum(lesson, &sums)),
            at,
        }
    }

    /// Where points are fitted from: those beside which likeness was found, and for each level of similar deals what its sum
    /// says.
    pub(super) fn start(&self) -> Array1<f64> {
        let mut start: Array1<f64> = self.at.iter().take(CELLS).copied().collect();
        let similar = Factor::Similar as usize * LEVELS_MAX;
        start[similar + 1] = -7.5 * std::f64::consts::LN_2;
        for step in start.iter_mut().skip(similar + 2).take(LEVELS_MAX - 2) {
            *step = std::f64::consts::LN_2;
        }
        start
    }
}

/// The logarithm of the sum that half of those who came in had.
fn usual_sum(lesson: &Lesson, sums: &[f32]) -> f32 {
    let chosen = lesson
        .chosen
        .iter()
        .zip(sums)
        .filter(|(chosen, _)| **chosen);
    let mut sums: Vec<f32> = chosen.map(|(_, sum)| *sum).collect();
    sums.sort_by(f32::total_cmp);
    sums.get(sums.len() / 2).map_or(0.0, |sum| sum.ln())
}

fn values(at: &Array1<f64>) -> Vec<f32> {
    #[expect(clippy::cast_possible_truncation, reason = "cells of a few units")]
    at.iter().skip(CELLS).map(|&cell| cell as f32).collect()
}

/// What `work` makes of each window and the number of its first pair, in order, found on all cores, the last first:
/// windows grow with time.
fn in_parallel<R: Send>(windows: &[Window], work: impl Fn(usize, &Window) -> R + Sync) -> Vec<R> {
    let mut first = 0;
    let numbered = windows.iter().map(|window| {
        let own = first;
        first += window.pairs();
        (own, window)
    });
    let mut numbered: Vec<(usize, &Window)> = numbered.collect();
    numbered.reverse();
    let mut found = parallel::map(numbered, |(first, window)| work(first, window));
    found.reverse();
    found
}
