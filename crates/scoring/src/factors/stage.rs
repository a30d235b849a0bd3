//! Distance on a ladder of stages.

use std::sync::LazyLock;

use domain::{StageCode, taxonomy::Stage};

use super::{Found, UNKNOWN};

/// By level.
pub(crate) const LEVELS: &[&str] = &["unknown", "far", "two_away", "one_away", "same"];

const FAR: u8 = 1;
const TWO_AWAY: u8 = 2;
const ONE_AWAY: u8 = 3;
pub(crate) const SAME: u8 = 4;

/// How near `stage` lies to `wanted`: rungs between them, 3 and more being far; `unknown` across ladders. A whole
/// ladder that is wanted holds each of its rungs.
///
/// Source: our choice.
pub(crate) fn level(stage: StageCode, wanted: StageCode) -> u8 {
    TABLE[usize::from(stage.index())][usize::from(wanted.index())]
}

/// The levels of every two stages; row = stage, column = wanted.
static TABLE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let row = |stage| StageCode::all().map(|wanted| step(stage, wanted)).collect();
    StageCode::all().map(row).collect()
});

fn step(stage: StageCode, wanted: StageCode) -> u8 {
    if stage.is_within(wanted) {
        return SAME;
    }
    match stage.ladder_distance(wanted) {
        None => UNKNOWN,
        Some(0) => SAME,
        Some(1) => ONE_AWAY,
        Some(2) => TWO_AWAY,
        Some(_) => FAR,
    }
}

/// Whether `stage` is `wanted` or a rung of it.
pub(crate) fn is_within(stage: StageCode, wanted: StageCode) -> bool {
    level(stage, wanted) == SAME
}

/// The best level of any of `stages` for any of `wanted`, with the stage and what was wanted.
pub(crate) fn best_of(stages: &[StageCode], wanted: &[StageCode]) -> Found<Stage> {
    let mut best = (UNKNOWN, None);
    for &stage in stages {
        for &wanted in wanted {
            let level = level(stage, wanted);
            if level > best.0 {
                best = (level, Some((stage, wanted)));
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_near_on_one_ladder_and_unknown_across_two() {
        let check = |stage: &str, wanted: &str, expect: &str| {
            let (level, _) = best_of(&[stage.parse().unwrap()], &[wanted.parse().unwrap()]);
            assert_eq!(LEVELS[usize::from(level)], expect, "{stage} for {wanted}");
        };

        check("financing.seed", "financing.seed", "same");
        check("financing.seed", "financing", "same");
        check("financing.seed", "financing.pre_series_a", "one_away");
        check("financing.seed", "financing.series_a", "two_away");
        check("financing.seed", "financing.series_c", "far");
        check("financing.seed", "devices.prototype", "unknown");
    }
}
