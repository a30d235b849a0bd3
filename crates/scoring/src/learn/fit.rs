//! The fit: cells that make what happened likely.

use ndarray::{Array1, Array2};

use super::{descent::Descent, lesson::Lesson};
use crate::{
    factor::{FACTORS, Factor, LEVELS_MAX},
    parallel,
};

/// How strongly a cell is drawn to 0 or to the other side's, and to its neighbours. Source: our measurements, see
/// `benches/RANKING.md`.
const RIDGE: f64 = 0.3;
const NEIGHBOURS: f64 = 4.0;

/// Steps at most; the loss moves by less than 10^−4 of itself long before.
const STEPS_MAX: usize = 120;

/// Pieces that the questions are summed in: always as many, so that sums are the same for any number of threads.
const PIECES: usize = 32;

/// Fitted cells: row = factor, column = level.
#[derive(Debug)]
pub(super) struct Fit {
    weights: Array2<f64>,
    tells: [bool; FACTORS],
    /// Quasi-Newton steps.
    pub(super) steps: usize,
    /// Mean negative log-likelihood of a question.
    pub(super) loss: f64,
}

impl Fit {
    /// Steps begin at `start`; cells are drawn to those of `other`, or else to 0.
    pub(super) fn of(
        lesson: &Lesson,
        start: Array1<f64>,
        other: Option<&Fit>,
        progress: &dyn Fn(f64),
    ) -> Fit {
        let tells = tells(lesson);
        let zeros = Array2::zeros((FACTORS, LEVELS_MAX));
        let middle = other.map_or(&zeros, |other| &other.weights);
        let objective = |steps: &Array1<f64>| {
            let cells = cells(steps);
            let found = likelihood(lesson, &cells, &[]);
            let (penalty, pull) = penalty(&(&cells - middle), &tells);
            (found.loss + penalty, gathered(&(found.slope + pull)))
        };
        let descent = Descent {
            steps_max: STEPS_MAX,
            is_bounded: &is_bounded,
        };
        let (steps, count) = descent.run(start, &objective, progress);
        let weights = cells(&steps);
        let loss = likelihood(lesson, &weights, &[]).loss;
        #[expect(clippy::cast_precision_loss, reason = "thousands")]
        Fit {
            weights,
            tells,
            steps: count,
            loss: loss / lesson.questions() as f64,
        }
    }

    /// Where steps begin if nothing better is known.
    pub(super) fn nowhere() -> Array1<f64> {
        Array1::zeros(CELLS)
    }

    /// The cells of a factor; none where it told nothing apart.
    pub(super) fn cells(&self, factor: Factor) -> Option<Vec<f64>> {
        let row = self.weights.row(factor as usize);
        self.tells[factor as usize]
            .then(|| row.iter().take(factor.levels().len()).copied().collect())
    }

    /// The sum of the cells of a pair.
    pub(super) fn score(&self, lesson: &Lesson, pair: usize) -> f64 {
        let cell = |(cell, share): (u16, u8)| {
            let (factor, level) = (
                usize::from(cell) / LEVELS_MAX,
                usize::from(cell) % LEVELS_MAX,
            );
            self.weights[[factor, level]] * f64::from(share) / 12.0
        };
        lesson.pair(pair).map(cell).sum()
    }

    /// Each factor that tells pairs apart: the spread of its cells over the pairs, and what leaving it out costs in
    /// log-likelihood a question.
    pub(super) fn weights(&self, lesson: &Lesson) -> Vec<(Factor, f64, f64)> {
        let told = Factor::ALL
            .into_iter()
            .filter(|factor| self.tells[*factor as usize]);
        told.map(|factor| {
            let mut without = self.weights.clone();
            without.row_mut(factor as usize).fill(0.0);
            let loss = likelihood(lesson, &without, &[]).loss;
            #[expect(clippy::cast_precision_loss, reason = "thousands")]
            let cost = loss / lesson.questions() as f64 - self.loss;
            (factor, self.spread(lesson, factor), cost)
        })
        .collect()
    }

    fn spread(&self, lesson: &Lesson, factor: Factor) -> f64 {
        let [mut count, mut sum, mut squares] = [0.0; 3];
        for pair in 0..lesson.pairs() {
            let weight = f64::from(lesson.weights[pair]);
            let of_factor =
                |(cell, _): &(u16, u8)| usize::from(*cell) / LEVELS_MAX == factor as usize;
            let part: f64 = lesson
                .pair(pair)
                .filter(of_factor)
                .map(|(cell, share)| {
                    self.weights[[factor as usize, usize::from(cell) % LEVELS_MAX]]
                        * f64::from(share)
                        / 12.0
                })
                .sum();
            count += weight;
            sum += weight * part;
            squares += weight * part * part;
        }
        (squares / count - (sum / count) * (sum / count))
            .max(0.0)
            .sqrt()
    }
}

pub(super) fn tells(lesson: &Lesson) -> [bool; FACTORS] {
    let mut tells = [false; FACTORS];
    for &cell in &lesson.cells {
        tells[usize::from(cell) / LEVELS_MAX] = true;
    }
    tells
}

/// The number of cells of all factors, as if each had [`LEVELS_MAX`].
pub(super) const CELLS: usize = FACTORS * LEVELS_MAX;

/// Cells from steps: where levels are in order, a cell is the one below and a step of at least 0; the first known level
/// and `unknown` stand for themselves.
pub(super) fn cells(steps: &Array1<f64>) -> Array2<f64> {
    let mut cells = steps
        .to_shape((FACTORS, LEVELS_MAX))
        .expect("all cells")
        .to_owned();
    for factor in Factor::ALL
        .into_iter()
        .filter(|factor| factor.is_monotone())
    {
        let mut row = cells.row_mut(factor as usize);
        for level in 2..LEVELS_MAX {
            row[level] += row[level - 1];
        }
    }
    cells
}

/// The slope by steps from the slope by cells.
pub(super) fn gathered(slope: &Array2<f64>) -> Array1<f64> {
    let mut slope = slope.clone();
    for factor in Factor::ALL
        .into_iter()
        .filter(|factor| factor.is_monotone())
    {
        let mut row = slope.row_mut(factor as usize);
        for level in (2..LEVELS_MAX).rev() {
            row[level - 1] += row[level];
        }
    }
    slope.flatten().to_owned()
}

/// Whether a step may not be below 0.
pub(super) fn is_bounded(place: usize) -> bool {
    Factor::ALL[place / LEVELS_MAX].is_monotone() && place % LEVELS_MAX >= 2
}

/// How likely cells make what happened.
#[derive(Debug, Default)]
pub(super) struct Likelihood {
    /// Σ over questions of (log Σ e^score over all − mean score of the chosen).
    pub(super) loss: f64,
    /// Its slope by cell.
    pub(super) slope: Array2<f64>,
    /// Its slope by the score of each pair.
    pub(super) misses: Vec<f32>,
}

/// Scores are the sums of cells, and of the offset of each pair; no offsets are none.
pub(super) fn likelihood(lesson: &Lesson, cells: &Array2<f64>, offsets: &[f32]) -> Likelihood {
    let weights: Vec<f32> = {
        #[expect(clippy::cast_possible_truncation, reason = "cells of a few units")]
        cells.iter().map(|&cell| cell as f32).collect()
    };
    let questions = lesson.questions();
    let piece = |piece: usize| piece * questions / PIECES..(piece + 1) * questions / PIECES;
    let pieces = parallel::map((0..PIECES).collect(), |number| {
        Piece::of(lesson, &weights, offsets, piece(number))
    });
    let mut all = Likelihood {
        slope: Array2::zeros((FACTORS, LEVELS_MAX)),
        ..Likelihood::default()
    };
    for piece in pieces {
        all.loss += piece.loss;
        all.slope +=
            &Array2::from_shape_vec((FACTORS, LEVELS_MAX), piece.slope).expect("all cells");
        all.misses.extend(piece.misses);
    }
    all
}

/// The likelihood of some questions.
struct Piece {
    loss: f64,
    slope: Vec<f64>,
    misses: Vec<f32>,
}

impl Piece {
    fn of(
        lesson: &Lesson,
        weights: &[f32],
        offsets: &[f32],
        questions: std::ops::Range<usize>,
    ) -> Piece {
        let mut sum = Piece {
            loss: 0.0,
            slope: vec![0.0; CELLS],
            misses: Vec::new(),
        };
        let mut scores: Vec<f32> = Vec::new();
        for question in questions {
            let pairs = lesson.starts[question]..lesson.starts[question + 1];
            scores.clear();
            scores.extend(pairs.clone().map(|pair| {
                let offset = offsets.get(pair).copied().unwrap_or(0.0);
                let cells = lesson
                    .pair(pair)
                    .map(|(cell, share)| weights[usize::from(cell)] * f32::from(share) / 12.0);
                offset + cells.sum::<f32>()
            }));
            sum.ask(lesson, pairs, &scores);
        }
        sum
    }

    fn ask(&mut self, lesson: &Lesson, pairs: std::ops::Range<usize>, scores: &[f32]) {
        let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let [mut all, mut chosen, mut mean] = [0.0_f64; 3];
        for (pair, &score) in pairs.clone().zip(scores) {
            all += f64::from(lesson.weights[pair] * (score - most).exp());
            if lesson.chosen[pair] {
                chosen += 1.0;
                mean += f64::from(score);
            }
        }
        self.loss += all.ln() + f64::from(most) - mean / chosen;
        for (pair, &score) in pairs.zip(scores) {
            let likely = f64::from(lesson.weights[pair] * (score - most).exp()) / all;
            let miss = likely - f64::from(u8::from(lesson.chosen[pair])) / chosen;
            #[expect(clippy::cast_possible_truncation, reason = "between −1 and 1")]
            self.misses.push(miss as f32);
            if miss.abs() > 1e-7 {
                for (cell, share) in lesson.pair(pair) {
                    self.slope[usize::from(cell)] += miss * f64::from(share) / 12.0;
                }
            }
        }
    }
}

/// Ridges on how far cells are from what they are drawn to, and their slope: each towards 0, and towards the next.
pub(super) fn penalty(cells: &Array2<f64>, tells: &[bool; FACTORS]) -> (f64, Array2<f64>) {
    let mut penalty = 0.0;
    let mut pull = Array2::zeros(cells.dim());
    for factor in Factor::ALL
        .into_iter()
        .filter(|factor| tells[*factor as usize])
    {
        let levels = factor.levels().len();
        let row = cells.row(factor as usize);
        let mut pulls = pull.row_mut(factor as usize);
        for level in 0..levels {
            penalty += RIDGE * row[level] * row[level];
            pulls[level] += 2.0 * RIDGE * row[level];
            if level >= 2 {
                let gap = row[level] - row[level - 1];
                penalty += NEIGHBOURS * gap * gap;
                pulls[level] += 2.0 * NEIGHBOURS * gap;
                pulls[level - 1] -= 2.0 * NEIGHBOURS * gap;
            }
        }
    }
    (penalty, pull)
}

#[cfg(test)]
mod tests {
    use domain::Kind;

    use super::*;

    /// What one question teaches, of two pairs with these levels the first of which was chosen.
    fn learned(levels: [u16; 2], other: Option<&Fit>) -> Fit {
        let mut lesson = Lesson::empty((Kind::Investor, Kind::Startup));
        let first = u16::try_from(Factor::RecordStage as usize * LEVELS_MAX).unwrap();
        lesson.starts.push(2);
        lesson.chosen = vec![true, false];
        lesson.weights = vec![1.0; 2];
        lesson.entries.extend([1, 2]);
        lesson.cells = levels.map(|level| first + level).into();
        lesson.shares = vec![12; 2];
        Fit::of(&lesson, Fit::nowhere(), other, &|_| ())
    }

    #[test]
    fn what_one_side_says_nothing_of_is_as_the_other_side_says() {
        let cells = |fit: &Fit| fit.cells(Factor::RecordStage).expect("it tells");
        let other = learned([9, 2], None);

        let (drawn, alone) = (learned([4, 4], Some(&other)), learned([4, 4], None));

        assert!(cells(&other)[9] > cells(&other)[2] + 0.1);
        for ((drawn, alone), other) in cells(&drawn).iter().zip(cells(&alone)).zip(cells(&other)) {
            assert!((drawn - other).abs() < 0.01 && alone.abs() < 0.01);
        }
    }
}
