//! Whether the score of a calibrated card is the frequency of what it predicts, over every pair that could have come
//! together in a window that nothing was learned from.

use std::fmt::Write as _;

use scoring::{History, score};

use super::{
    EXCLUDED, Points, UNLISTED,
    bench::{Bench, Window},
    best,
};

/// Stretches of equal expected numbers.
const BINS: usize = 10;

/// How deep a list is read.
const SHOWN: usize = 20;

/// Deals of so many months say how popular an investor is.
const POPULAR_MONTHS: i32 = 12;

/// A pair: what was expected of it, and whether it came together.
#[derive(Clone, Copy)]
struct Pair {
    expected: f64,
    came: bool,
}

/// What was expected and what came, in ten stretches and among the first twenty; and the log-loss beside popularity's.
pub(super) fn report(points: &Points, bench: &Bench, window: &Window) -> String {
    let asked = (0..window.queries.len()).filter(|&query| !window.queries[query].right.is_empty());
    let popular = popularity(&bench.history, window);
    let (mut pairs, mut shown, mut popularly) = (Vec::new(), Vec::new(), Vec::new());
    for query in asked {
        let row = points.row(query);
        let right = &window.queries[query].right;
        let pair = |place: usize| Pair {
            expected: if row[place] > UNLISTED {
                score(row[place])
            } else {
                0.0
            },
            came: right.iter().any(|(other, _)| *other == place),
        };
        let free = (0..row.len()).filter(|&place| row[place] != EXCLUDED);
        for place in free {
            pairs.push(pair(place));
            popularly.push(Pair {
                expected: popular[place],
                ..pair(place)
            });
        }
        shown.extend(best(row, SHOWN).into_iter().map(pair));
    }
    let mut text =
        "calibration: observed / expected in ten stretches of equal expected numbers".to_owned();
    for bin in bins(pairs.clone()) {
        let _ = write!(text, " {:.2}", ratio(&bin));
    }
    let _ = writeln!(
        text,
        "\ncalibration: all {:.2}  first {SHOWN} {:.2}  log-loss a thousand pairs {:.3}  of popularity {:.3}",
        ratio(&pairs),
        ratio(&shown),
        1_000.0 * log_loss(&pairs),
        1_000.0 * log_loss(&popularly)
    );
    text
}

/// By candidate: what share of the deals of the year before it made, and half a deal, times how many came in with a
/// round of the half-year before.
fn popularity(history: &History, window: &Window) -> Vec<f64> {
    let since = window
        .opens
        .saturating_sub(jiff::Span::new().months(POPULAR_MONTHS));
    let lately = history
        .deals
        .iter()
        .filter(|deal| (since..window.opens).contains(&deal.on));
    let mut counts = std::collections::HashMap::new();
    for deal in lately {
        *counts.entry(deal.investor).or_insert(0.5) += 1.0;
    }
    let counts = window
        .candidates
        .iter()
        .map(|candidate| counts.get(&candidate.organisation).copied().unwrap_or(0.5));
    let counts: Vec<f64> = counts.collect();
    let before = history.trials(window.opens, 1);
    let rounds: Vec<usize> = before
        .iter()
        .flat_map(|trial| &trial.asked)
        .map(|asked| asked.chosen.len())
        .filter(|&chosen| chosen > 0)
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    let a_round = rounds.iter().sum::<usize>() as f64 / rounds.len().max(1) as f64;
    let all: f64 = counts.iter().sum();
    counts
        .into_iter()
        .map(|count| (a_round * count / all).min(0.5))
        .collect()
}

/// The pairs from the least expected on, in stretches that expect as much each.
fn bins(mut pairs: Vec<Pair>) -> Vec<Vec<Pair>> {
    pairs.sort_by(|a, b| a.expected.total_cmp(&b.expected));
    #[expect(clippy::cast_precision_loss, reason = "ten")]
    let a_bin = expected(&pairs) / BINS as f64;
    let mut bins = vec![Vec::new()];
    let mut sum = 0.0;
    for pair in pairs {
        if sum >= a_bin && bins.len() < BINS {
            bins.push(Vec::new());
            sum = 0.0;
        }
        sum += pair.expected;
        bins.last_mut().expect("there is one").push(pair);
    }
    bins
}

fn expected(pairs: &[Pair]) -> f64 {
    pairs.iter().map(|pair| pair.expected).sum()
}

fn ratio(pairs: &[Pair]) -> f64 {
    let came: u32 = pairs.iter().map(|pair| u32::from(pair.came)).sum();
    f64::from(came) / expected(pairs)
}

/// The mean of −ln of the probability of what happened.
fn log_loss(pairs: &[Pair]) -> f64 {
    let loss = |pair: &Pair| {
        let expected = pair.expected.clamp(1e-9, 1.0 - 1e-9);
        -(if pair.came { expected } else { 1.0 - expected }).ln()
    };
    #[expect(clippy::cast_precision_loss, reason = "millions")]
    let count = pairs.len() as f64;
    pairs.iter().map(loss).sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(of: &[(f64, bool)]) -> Vec<Pair> {
        of.iter()
            .map(|&(expected, came)| Pair { expected, came })
            .collect()
    }

    #[test]
    fn stretches_expect_as_much_each_and_hold_every_pair() {
        let pairs = pairs(
            &[
                (0.1, false),
                (0.4, true),
                (0.5, true),
                (0.2, false),
                (0.3, false),
                (0.5, false),
            ]
            .repeat(50),
        );

        let bins = bins(pairs.clone());

        assert_eq!(bins.len(), BINS);
        assert_eq!(bins.iter().map(Vec::len).sum::<usize>(), pairs.len());
        for bin in &bins {
            assert!((expected(bin) - 10.0).abs() < 0.6, "{}", expected(bin));
        }
    }

    #[test]
    fn who_says_what_happens_has_less_loss_than_who_says_anything() {
        let sure = pairs(&[(0.9, true), (0.1, false)]);
        let unsure = pairs(&[(0.5, true), (0.5, false)]);

        assert!(log_loss(&sure) < log_loss(&unsure));
        assert!((ratio(&unsure) - 1.0).abs() < 1e-12);
    }
}
