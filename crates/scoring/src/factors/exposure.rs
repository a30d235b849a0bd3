//! How often a counterpart would be listed: half steps of the logarithm of its share in the attention of all who ask.
//!
//! level = 8 + ⌊2 ln(times + 0.01)⌋, from 1 to 15, where `times` is the share over an even one (see
//! [`Exposure`](crate::Exposure)); 8 is as often as all others. Bounds are whole numbers of 2⁻³², so that a level is the
//! same on every machine. Source: the congestion price of `benches/RANKING.md`.

use super::UNKNOWN;

/// An even share: the unit of what [`level`] is asked about.
#[cfg(test)]
pub(crate) const ONE: u64 = 1 << 32;

/// The level of an even share.
pub(crate) const EVEN: u8 = 8;

/// The lower bounds of the levels from 2: e^(k/2) − 0.01 for k from −6 to 7, in parts of [`ONE`].
const BOUNDS: [u64; 14] = [
    170_884_157,
    309_602_712,
    538_310_943,
    915_387_068,
    1_537_080_496,
    2_562_079_675,
    4_252_017_623,
    7_038_254_265,
    11_631_981_882,
    19_205_758_315,
    31_692_804_620,
    52_280_463_472,
    86_223_774_535,
    142_186_833_482,
];

pub(crate) const LEVELS: &[&str] = &[
    "unknown",
    "below_0.04",
    "from_0.04",
    "from_0.072",
    "from_0.13",
    "from_0.21",
    "from_0.36",
    "from_0.6",
    "from_0.99",
    "from_1.6",
    "from_2.7",
    "from_4.5",
    "from_7.4",
    "from_12",
    "from_20",
    "from_33",
];

/// The level of so many parts of [`ONE`].
pub(crate) fn level(times: u64) -> u8 {
    let reached = BOUNDS.iter().filter(|&&bound| bound <= times).count();
    u8::try_from(1 + reached).expect("fifteen levels")
}

/// The lower bound of a level as a number; none where it has none.
pub(crate) fn times(level: u8) -> Option<&'static str> {
    (level != UNKNOWN)
        .then(|| LEVELS[usize::from(level)].strip_prefix("from_"))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_half_steps_of_a_logarithm_and_an_even_share_begins_the_middle() {
        for (k, bound) in (-6..).zip(BOUNDS) {
            let exact = (f64::from(k) / 2.0).exp() - 0.01;
            #[expect(clippy::cast_precision_loss, reason = "compared to a millionth")]
            let is = bound as f64 / ONE as f64;
            assert!((is - exact).abs() < 1e-6, "{k}: {is} is not {exact}");
        }
        assert_eq!(level(ONE), EVEN);
        assert_eq!((level(0), level(u64::MAX)), (1, 15));
        assert_eq!((times(0), times(1), times(9)), (None, None, Some("1.6")));
    }
}
