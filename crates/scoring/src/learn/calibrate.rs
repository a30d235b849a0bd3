//! What makes a score the probability of the event: log-odds are a slope times the score, a base, and what is the same for
//! all pairs of a question.
//!
//! Slope and base are a logistic regression on the score alone (Platt 1999). What a question is in itself (how much is
//! raised, where; how active the investor is) cannot order its pairs, but says how likely any of them is: its cells are
//! fitted beside. The market grows, so that the same score is worth a little less from one half-year to the next: the base
//! is moved by half of what the last half-year was off. Not by all of it, and not along the line through those before,
//! which goes on falling where the market does not (`benches/RANKING.md`).

use ndarray::Array1;

use super::{
    descent::Descent,
    fit::{CELLS, Fit},
    lesson::Lesson,
};
use crate::factor::{Factor, LEVELS_MAX};

/// How strongly a cell of a question is drawn to 0. Source: our choice: few levels are seen so seldom that it counts.
const RIDGE: f64 = 1.0;

/// How much of what the last half-year was off holds for the next. Source: our measurements, see `benches/RANKING.md`.
const HOLDS: f64 = 0.5;

/// Steps at most for the cells of questions.
const STEPS_MAX: usize = 60;

/// What makes a sum of cells log-odds.
#[derive(Debug)]
pub(super) struct Scale {
    pub(super) slope: f64,
    pub(super) base: f64,
    /// By cell of what is the same in all pairs of a question.
    given: Array1<f64>,
    /// Logarithms of what was observed over what was expected, trial by trial.
    pub(super) drift: Vec<f64>,
}

/// Pairs of a stretch of probabilities.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bin {
    pub(super) from: f64,
    pub(super) expected: f64,
    pub(super) observed: f64,
}

impl Scale {
    pub(super) fn of(lesson: &Lesson, fit: &Fit) -> Scale {
        let scores: Vec<f64> = (0..lesson.pairs())
            .map(|pair| fit.score(lesson, pair))
            .collect();
        let start = Scale {
            slope: 1.0,
            base: -7.0,
            given: Array1::zeros(CELLS),
            drift: Vec::new(),
        };
        let level = start.with_line(lesson, &scores);
        let scale = level.with_given(lesson, &scores).with_line(lesson, &scores);
        let drift = scale.drift(lesson, &scores);
        Scale { drift, ..scale }
    }

    /// What is added to the base for the half-year that begins where learning ends.
    pub(super) fn next(&self) -> f64 {
        HOLDS * self.drift.last().copied().unwrap_or(0.0)
    }

    /// The cells of a factor that is given with a question; none of another.
    pub(super) fn given(&self, lesson: &Lesson, factor: Factor) -> Option<Vec<f64>> {
        let first = factor as usize * LEVELS_MAX;
        let of_factor = |cell: &u16| usize::from(*cell) / LEVELS_MAX == factor as usize;
        let levels = first..first + factor.levels().len();
        let mut given = lesson.given.iter().flatten();
        given
            .any(of_factor)
            .then(|| levels.map(|cell| self.given[cell]).collect())
    }

    /// Log-odds beside the score, by question.
    fn shift(&self, lesson: &Lesson, question: usize) -> f64 {
        let cells = lesson.given[question].iter();
        self.base
            + cells
                .map(|&cell| self.given[usize::from(cell)])
                .sum::<f64>()
    }

    /// What is expected of each pair, with its number, question by question.
    fn each(&self, lesson: &Lesson, scores: &[f64], mut take: impl FnMut(usize, usize, f64)) {
        for question in 0..lesson.questions() {
            let shift = self.shift(lesson, question);
            let pairs = lesson.starts[question]..lesson.starts[question + 1];
            for (pair, score) in pairs.clone().zip(&scores[pairs]) {
                take(question, pair, logistic(self.slope * score + shift));
            }
        }
    }

    /// The best slope and base beside what is given, by Newton's steps.
    fn with_line(mut self, lesson: &Lesson, scores: &[f64]) -> Scale {
        for _ in 0..50 {
            let [mut g0, mut g1, mut h00, mut h01, mut h11] = [0.0; 5];
            self.each(lesson, scores, |_, pair, p| {
                let (weight, score) = (f64::from(lesson.weights[pair]), scores[pair]);
                let miss = weight * (p - came(lesson, pair));
                let bend = weight * p * (1.0 - p);
                g0 += miss;
                g1 += miss * score;
                h00 += bend;
                h01 += bend * score;
                h11 += bend * score * score;
            });
            let determinant = (h00 * h11 - h01 * h01).max(1e-12);
            let step0 = ((h11 * g0 - h01 * g1) / determinant).clamp(-1.0, 1.0);
            let step1 = ((h00 * g1 - h01 * g0) / determinant).clamp(-0.5, 0.5);
            self.base -= step0;
            self.slope -= step1;
            if step0.abs() + step1.abs() < 1e-9 {
                break;
            }
        }
        self.slope = self.slope.max(0.0);
        self
    }

    /// The best cells of what is given, beside slope and base.
    fn with_given(self, lesson: &Lesson, scores: &[f64]) -> Scale {
        let (slope, base) = (self.slope, self.base);
        let at = |given: &Array1<f64>| Scale {
            slope,
            base,
            given: given.clone(),
            drift: Vec::new(),
        };
        let objective = |given: &Array1<f64>| {
            let mut loss = RIDGE * given.dot(given);
            let mut pull = 2.0 * RIDGE * given;
            at(given).each(lesson, scores, |question, pair, p| {
                let weight = f64::from(lesson.weights[pair]);
                let came = came(lesson, pair);
                loss -= weight * if came > 0.0 { p } else { 1.0 - p }.max(1e-300).ln();
                for &cell in &lesson.given[question] {
                    pull[usize::from(cell)] += weight * (p - came);
                }
            });
            (loss, pull)
        };
        let descent = Descent {
            steps_max: STEPS_MAX,
            is_bounded: &|_| false,
        };
        let (given, _) = descent.run(self.given.clone(), &objective, &|_| ());
        at(&given)
    }

    fn drift(&self, lesson: &Lesson, scores: &[f64]) -> Vec<f64> {
        let trial = |question: usize| lesson.trials.partition_point(|&end| end <= question);
        // One of each, so that a trial in which nothing happened has a logarithm.
        let mut sums = vec![[1.0, 1.0]; lesson.trials.len()];
        self.each(lesson, scores, |question, pair, p| {
            if let Some([observed, expected]) = sums.get_mut(trial(question)) {
                *observed += came(lesson, pair);
                *expected += f64::from(lesson.weights[pair]) * p;
            }
        });
        sums.iter()
            .map(|[observed, expected]| (observed / expected).ln())
            .collect()
    }

    /// Ten stretches of equal expected numbers.
    pub(super) fn reliability(&self, lesson: &Lesson, fit: &Fit) -> Vec<Bin> {
        let scores: Vec<f64> = (0..lesson.pairs())
            .map(|pair| fit.score(lesson, pair))
            .collect();
        let mut pairs: Vec<(f64, f64, f64)> = Vec::new();
        self.each(lesson, &scores, |_, pair, p| {
            pairs.push((p, f64::from(lesson.weights[pair]), came(lesson, pair)));
        });
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let all: f64 = pairs.iter().map(|(p, weight, _)| p * weight).sum();
        let mut bins = Vec::new();
        let mut bin = Bin {
            from: 0.0,
            expected: 0.0,
            observed: 0.0,
        };
        for (p, weight, came) in pairs {
            if bin.expected >= all / 10.0 && bins.len() < 9 {
                bins.push(bin);
                bin = Bin {
                    from: p,
                    expected: 0.0,
                    observed: 0.0,
                };
            }
            bin.expected += p * weight;
            bin.observed += came;
        }
        bins.push(bin);
        bins
    }
}

fn came(lesson: &Lesson, pair: usize) -> f64 {
    f64::from(u8::from(lesson.chosen[pair]))
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_what_the_last_half_year_was_off_is_expected_of_the_next() {
        let scale = |drift| Scale {
            slope: 1.0,
            base: 0.0,
            given: Array1::zeros(CELLS),
            drift,
        };

        assert!((scale(vec![0.3, -0.1]).next() + 0.05).abs() < 1e-12);
        assert!(scale(Vec::new()).next().abs() < 1e-12);
    }
}
