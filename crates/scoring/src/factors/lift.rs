//! How much more often than the market an investor chose something.

use super::UNKNOWN;

/// By level: the lower bound of the lift, from [`BOUNDS`].
pub(crate) const LEVELS: &[&str] = &[
    "unknown",
    "below_quarter",
    "quarter",
    "half",
    "three_quarters",
    "market",
    "one_and_a_half",
    "twice",
    "three_times",
    "four_times",
    "eight_times",
    "sixteen_times",
];

/// Lower bounds of the levels from `quarter` on, as numerator and denominator.
const BOUNDS: [(u64, u64); 10] = [
    (1, 4),
    (1, 2),
    (3, 4),
    (1, 1),
    (3, 2),
    (2, 1),
    (3, 1),
    (4, 1),
    (8, 1),
    (16, 1),
];

/// Deals of an average investor that are added to each record, so that one deal does not make a habit.
/// Source: the public study of rounds 2005 to 2013 that the default card follows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shrinkage(pub(crate) u64);

impl Shrinkage {
    pub(crate) const SECTOR: Shrinkage = Shrinkage(5);
    pub(crate) const STAGE: Shrinkage = Shrinkage(3);
    pub(crate) const REGION: Shrinkage = Shrinkage(5);
    pub(crate) const COUNTRY: Shrinkage = Shrinkage(2);
}

/// So many deals `with` a property `of` so many whose property is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) with: u32,
    pub(crate) of: u32,
}

/// The lift of `own` over `market`, ((c + α m/M) / (n + α)) / (m/M) with own share c/n, market share m/M and
/// shrinkage α, as numerator and denominator: (c M + α m) / ((n + α) m). None without own deals or where the market
/// has none.
pub(crate) fn lift(own: Share, market: Share, shrinkage: Shrinkage) -> Option<(u64, u64)> {
    if own.of == 0 || market.with == 0 {
        return None;
    }
    let [c, n, m, all] = [own.with, own.of, market.with, market.of].map(u64::from);
    Some((c * all + shrinkage.0 * m, (n + shrinkage.0) * m))
}

/// The level of a lift. Whole numbers alone: the same on every machine.
pub(crate) fn level(own: Share, market: Share, shrinkage: Shrinkage) -> u8 {
    let Some((over, under)) = lift(own, market, shrinkage) else {
        return UNKNOWN;
    };
    let passed = |&&(numerator, denominator): &&(u64, u64)| {
        u128::from(over) * u128::from(denominator) >= u128::from(under) * u128::from(numerator)
    };
    u8::try_from(1 + BOUNDS.iter().take_while(passed).count()).expect("eleven levels")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(with: u32, of: u32) -> &'static str {
        let market = Share {
            with: 100,
            of: 1000,
        };
        LEVELS[usize::from(level(Share { with, of }, market, Shrinkage::SECTOR))]
    }

    #[test]
    fn a_record_like_the_market_is_at_the_market_whatever_its_size() {
        assert_eq!(name(1, 10), "market");
        assert_eq!(name(100, 1000), "market");
        assert_eq!(name(0, 0), "unknown");
    }

    #[test]
    fn one_deal_makes_no_habit_and_many_do() {
        assert_eq!(name(1, 1), "twice");
        assert_eq!(name(20, 20), "eight_times");
        assert_eq!(name(0, 100), "below_quarter");
    }
}
