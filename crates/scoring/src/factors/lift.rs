//! How much more often than the market an investor chose something.

use super::{
    UNKNOWN,
    scale::{Scale, log2},
};

/// Deals of an average investor that are added to each record, so that one deal does not make a habit.
/// Source: the public study of rounds 2005 to 2013 that the default card follows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shrinkage(pub(crate) u64);

/// Deals are counted in sixteenths: one that is only near counts in part.
pub(crate) const DEAL: u32 = 16;

/// So many sixteenths of deals `with` a property, of so many deals whose property is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share {
    /// In parts of [`DEAL`].
    pub(crate) with: u32,
    /// Whole deals.
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

/// The level of a lift on `scale`. Whole numbers alone: the same on every machine.
pub(crate) fn level(own: Share, market: Share, shrinkage: Shrinkage, scale: Scale) -> u8 {
    match lift(own, market, shrinkage) {
        Some((over, under)) => scale.level(log2(over) - log2(under)),
        None => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::scale::{SECTOR, names},
        *,
    };

    fn name(with: u32, of: u32) -> &'static str {
        let market = Share {
            with: 100 * DEAL,
            of: 1000,
        };
        let own = Share {
            with: with * DEAL,
            of,
        };
        names::SECTOR[usize::from(level(own, market, Shrinkage(5), SECTOR))]
    }

    #[test]
    fn a_record_like_the_market_is_beside_1_whatever_its_size() {
        assert_eq!(name(1, 10), "from_0.84");
        assert_eq!(name(100, 1000), "from_0.84");
        assert_eq!(name(0, 0), "unknown");
    }

    #[test]
    fn one_deal_makes_no_habit_and_many_do() {
        assert_eq!(name(1, 1), "from_2.4");
        assert_eq!(name(20, 20), "from_6.7");
        assert_eq!(name(0, 100), "below_0.062");
    }
}
