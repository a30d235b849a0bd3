//! How much an investor invested lately.

use std::sync::LazyLock;

use jiff::civil::Date;

use super::{
    UNKNOWN,
    scale::{self, log2},
};

/// Days after which a deal counts half. Source: the public study of rounds 2005 to 2013 that the default card
/// follows weighs deals by 2^(−age/365).
pub(crate) const HALF_LIFE_DAYS: u32 = 365;

/// One deal of today: weights are whole 2^−24 parts of a deal, so that they are the same on every machine.
pub(crate) const ONE: u64 = 1 << 24;

/// 2^32 · 2^(−1/365): what one day leaves of a weight.
const DAY: u64 = 4_286_818_749;

/// The weight of a deal so many days old, 2^(−days/[`HALF_LIFE_DAYS`]), in parts of [`ONE`].
pub(crate) fn weight(days: u32) -> u64 {
    /// By days below a half-life: what they leave of 2^32.
    static LEFT: LazyLock<Box<[u64]>> = LazyLock::new(|| {
        let next = |left: &u64| Some((left * DAY) >> 32);
        let left = std::iter::successors(Some(1 << 32), next);
        left.take(HALF_LIFE_DAYS as usize).collect()
    });
    let halvings = days / HALF_LIFE_DAYS;
    let left = LEFT[(days % HALF_LIFE_DAYS) as usize];
    (left >> 8).checked_shr(halvings).unwrap_or(0)
}

/// Whole days from `day` to `as_of`, if it is before.
pub(crate) fn age(day: Date, as_of: Date) -> Option<u32> {
    let days = as_of.since(day).ok()?.get_days();
    u32::try_from(days).ok().filter(|&days| days > 0)
}

/// The level of so many deals in all, decayed to `weight`, with a twentieth of a deal added; `unknown` for who never
/// invested.
pub(crate) fn recent(deals: u32, weight: u64) -> u8 {
    if deals == 0 {
        return UNKNOWN;
    }
    scale::ACTIVITY.level(log2(weight + ONE / 20) - log2(ONE))
}

/// The level of so many deals, whenever they were made.
pub(crate) fn all(deals: u32) -> u8 {
    if deals == 0 {
        return UNKNOWN;
    }
    scale::DEALS.level(log2(u64::from(deals) + 1))
}

/// Parts that the mean of what is left of deals is counted in.
pub(crate) const PARTS: u8 = 16;

/// What is left of so many deals that decayed to `weight`, as a mean: one less than the [`PARTS`] of a deal that it does not
/// go beyond. 0 without deals.
pub(crate) fn left(deals: u32, weight: u64) -> u8 {
    let all = (u64::from(deals) * ONE).max(1);
    let parts = (weight * u64::from(PARTS)).div_ceil(all).saturating_sub(1);
    u8::try_from(parts).unwrap_or(PARTS).min(PARTS - 1)
}

/// The greatest number of deals of a level of [`all`]; none for the last, which has no end.
pub(crate) fn most(level: u8) -> Option<u32> {
    /// More than a thousand are of the last level.
    static MOST: LazyLock<[u32; 15]> = LazyLock::new(|| {
        let fewer = |level: usize| (0..1024).take_while(move |&of| usize::from(all(of)) <= level);
        std::array::from_fn(|level| fewer(level).last().unwrap_or(0))
    });
    MOST.get(usize::from(level)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_deals_are_of_a_level_than_the_most() {
        for level in 0..15 {
            let most = most(level).expect("a level with an end");
            assert_eq!((all(most), all(most + 1)), (level, level + 1));
        }
        assert_eq!(most(15), None);
    }

    #[test]
    fn no_more_is_left_of_deals_than_their_parts_say() {
        for (deals, days) in [(1, 1), (1, 365), (7, 30), (7, 800), (1_000, 5_000)] {
            let weight = u64::from(deals) * weight(days);
            let parts = 1 + u64::from(left(deals, weight));

            assert!(16 * weight <= parts * u64::from(deals) * ONE);
            assert!(16 * weight >= (parts - 1) * u64::from(deals) * ONE);
        }
        assert_eq!((left(3, 3 * ONE), left(0, 0)), (15, 0));
    }

    #[test]
    fn a_deal_counts_half_after_each_half_life() {
        assert_eq!(weight(0), ONE);
        assert!(weight(365).abs_diff(ONE / 2) <= 1 && weight(730).abs_diff(ONE / 4) <= 1);
        assert!(weight(364).abs_diff(ONE / 2) < ONE / 900);
        assert_eq!(weight(40_000), 0);
    }

    #[test]
    fn only_days_before_the_day_count() {
        let day = |text: &str| text.parse::<Date>().unwrap();

        assert_eq!(age(day("2012-12-31"), day("2013-01-01")), Some(1));
        assert_eq!(age(day("2013-01-01"), day("2013-01-01")), None);
        assert_eq!(age(day("2013-01-02"), day("2013-01-01")), None);
    }

    #[test]
    fn more_and_later_deals_are_a_higher_level() {
        let names = [0, ONE / 2, ONE, 3 * ONE, 99 * ONE]
            .map(|weight| scale::names::ACTIVITY[usize::from(recent(1, weight))]);

        assert_eq!(
            names,
            [
                "below_0.42",
                "from_0.42",
                "from_0.84",
                "from_2.4",
                "from_38"
            ]
        );
        assert_eq!((recent(0, 0), all(0)), (UNKNOWN, UNKNOWN));
        assert_eq!(scale::names::DEALS[usize::from(all(3))], "from_3");
    }
}
