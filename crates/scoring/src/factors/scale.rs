//! Equal steps on a logarithmic scale: how a quantity that ranges over decades becomes a level.
//!
//! Logarithms are whole numbers, found by squaring, so that a level is the same on every machine.

use std::sync::LazyLock;

/// Parts of a doubling that logarithms are counted in.
pub(crate) const OCTAVE: i32 = 1024;

/// ⌊1024 log₂ x⌋ for x from 1. Nothing is −∞ here: 0 counts as 1.
pub(crate) fn log2(x: u64) -> i32 {
    static TABLE: LazyLock<Logarithms> = LazyLock::new(Logarithms::new);
    let whole = x.max(1).ilog2();
    let mantissa = if whole >= 31 {
        x >> (whole - 31)
    } else {
        x.max(1) << (31 - whole)
    };
    whole.cast_signed() * OCTAVE + TABLE.of(mantissa)
}

/// The 1024 logarithms between 1 and 2.
struct Logarithms {
    /// By logarithm: the least number that has it, in parts of 2^31; behind the last one 2.
    from: Box<[u64]>,
    /// By the highest ten bits of a number behind its leading one: the logarithm of the least such number.
    near: Box<[u16]>,
}

impl Logarithms {
    fn new() -> Logarithms {
        let least = |log: i32| {
            let (mut low, mut high) = (1_u64 << 31, 1_u64 << 32);
            while low < high {
                let middle = u64::midpoint(low, high);
                if by_squaring(middle) < log {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            low
        };
        let near = |bits: u64| by_squaring(1 << 31 | bits << 21);
        Logarithms {
            from: (0..=OCTAVE).map(least).collect(),
            near: (0..1024)
                .map(|bits| u16::try_from(near(bits)).expect("below 1024"))
                .collect(),
        }
    }

    /// The logarithm of a number from 1 to below 2, in parts of 2^31.
    #[inline]
    fn of(&self, mantissa: u64) -> i32 {
        let mut log = usize::from(self.near[(mantissa >> 21 & 1023) as usize]);
        while mantissa >= self.from[log + 1] {
            log += 1;
        }
        i32::try_from(log).expect("below 1024")
    }
}

/// The same bit by bit: squared, a number has one bit more of its logarithm before the point. Rounded down at each
/// step, so that this is the definition of the logarithm, the same on every machine.
fn by_squaring(mut mantissa: u64) -> i32 {
    let mut log = 0;
    for _ in 0..10 {
        mantissa = (mantissa * mantissa) >> 31;
        log *= 2;
        if mantissa >> 32 == 1 {
            log += 1;
            mantissa >>= 1;
        }
    }
    log
}

/// 2^(1/2), 2^(1/4) … 2^(1/1024), in parts of 2^31.
const ROOTS: [u64; 10] = [
    3_037_000_500,
    2_553_802_834,
    2_341_847_524,
    2_242_560_872,
    2_194_507_417,
    2_170_868_212,
    2_159_144_272,
    2_153_306_067,
    2_150_392_887,
    2_148_937_775,
];

/// 2^(log/1024) in parts of 2^`bits`, rounded down; the inverse of [`log2`]. For logarithms to 2^(63 − `bits`).
pub(crate) fn exp2(log: i32, bits: u32) -> u64 {
    /// By logarithm below 1: from 1 to below 2, in parts of 2^31.
    static TABLE: LazyLock<Box<[u64]>> = LazyLock::new(|| {
        let product = |rest: i32| {
            let bits = (0..10).filter(|bit| rest & ((OCTAVE / 2) >> bit) != 0);
            bits.fold(1_u64 << 31, |product, bit| (product * ROOTS[bit]) >> 31)
        };
        (0..OCTAVE).map(product).collect()
    });
    let (whole, rest) = (log.div_euclid(OCTAVE), log.rem_euclid(OCTAVE));
    let mantissa = TABLE[usize::try_from(rest).expect("not negative")];
    let places = whole + bits.cast_signed() - 31;
    if places >= 0 {
        mantissa << places
    } else {
        mantissa.checked_shr(places.unsigned_abs()).unwrap_or(0)
    }
}

/// Fourteen bounds in equal steps; the level of what lies below the first is 1, at or above the last 15.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    /// The lowest bound, in quarters of a doubling from 1.
    lowest: i32,
    /// From bound to bound, in quarters of a doubling.
    step: i32,
}

impl Scale {
    /// The level of 2^(log/1024).
    pub(crate) fn level(self, log: i32) -> u8 {
        let steps = (log - self.lowest * OCTAVE / 4).div_euclid(self.step * OCTAVE / 4);
        u8::try_from(2 + steps.clamp(-1, 13)).expect("1 to 15")
    }

    /// The lower bound of a level, as a logarithm; that of the first for the level below it.
    pub(crate) fn bound(self, level: u8) -> i32 {
        (self.lowest + self.step * (i32::from(level.max(2)) - 2)) * OCTAVE / 4
    }
}

// Where the bounds lie: from about the first hundredth to the last of what is found among pairs that came together.
// Equal steps keep the far end, where few pairs lie and most is to be learned; bounds at equal numbers of pairs rank
// worse. Source: our measurements on public rounds up to 2012, see `benches/RANKING.md`.

/// Deals, each decayed by its age.
pub(crate) const ACTIVITY: Scale = Scale {
    lowest: -5,
    step: 2,
};

/// Deals and one.
pub(crate) const DEALS: Scale = Scale { lowest: 8, step: 2 };

/// US dollars.
pub(crate) const ROUND_SIZE: Scale = Scale {
    lowest: 60,
    step: 3,
};

/// Investors in a round.
pub(crate) const SYNDICATE: Scale = Scale { lowest: 1, step: 1 };

/// Times the market's share.
pub(crate) const SECTOR: Scale = Scale {
    lowest: -16,
    step: 3,
};

/// Times the market's share.
pub(crate) const STAGE: Scale = Scale {
    lowest: -12,
    step: 2,
};

/// Times the market's share.
pub(crate) const PLACE: Scale = Scale {
    lowest: -16,
    step: 4,
};

/// Times the market's share.
pub(crate) const CITY: Scale = Scale {
    lowest: -20,
    step: 4,
};

/// Times the market's share.
pub(crate) const AMOUNT: Scale = Scale {
    lowest: -12,
    step: 3,
};

/// Share of the partners' startups that were shared.
pub(crate) const PARTNERS: Scale = Scale {
    lowest: -34,
    step: 2,
};

/// Times what a stranger of the same size would share.
pub(crate) const PARTNER_LIFT: Scale = Scale {
    lowest: -10,
    step: 2,
};

/// Deals, each weighed by its age and likeness.
pub(crate) const SIMILAR: Scale = Scale {
    lowest: -28,
    step: 4,
};

/// Share of the market's deals.
pub(crate) const MARKET_SHARE: Scale = Scale {
    lowest: -56,
    step: 4,
};

/// The levels' names: `unknown`, then the lower bounds.
pub(crate) mod names {
    pub(crate) const ACTIVITY: &[&str] = &[
        "unknown",
        "below_0.42",
        "from_0.42",
        "from_0.59",
        "from_0.84",
        "from_1.2",
        "from_1.7",
        "from_2.4",
        "from_3.4",
        "from_4.8",
        "from_6.7",
        "from_9.5",
        "from_13",
        "from_19",
        "from_27",
        "from_38",
    ];
    pub(crate) const DEALS: &[&str] = &[
        "unknown", "below_3", "from_3", "from_5", "from_7", "from_11", "from_15", "from_22",
        "from_31", "from_45", "from_63", "from_90", "from_127", "from_181", "from_255", "from_362",
    ];
    pub(crate) const ROUND_SIZE: &[&str] = &[
        "unknown",
        "below_32.8k",
        "from_32.8k",
        "from_55.1k",
        "from_92.7k",
        "from_156k",
        "from_262k",
        "from_441k",
        "from_741k",
        "from_1.25m",
        "from_2.1m",
        "from_3.53m",
        "from_5.93m",
        "from_9.98m",
        "from_16.8m",
        "from_28.2m",
    ];
    pub(crate) const SYNDICATE: &[&str] = &[
        "unknown",
        "below_1.2",
        "from_1.2",
        "from_1.4",
        "from_1.7",
        "from_2",
        "from_2.4",
        "from_2.8",
        "from_3.4",
        "from_4",
        "from_4.8",
        "from_5.7",
        "from_6.7",
        "from_8",
        "from_9.5",
        "from_11",
    ];
    pub(crate) const SECTOR: &[&str] = &[
        "unknown",
        "below_0.062",
        "from_0.062",
        "from_0.11",
        "from_0.18",
        "from_0.3",
        "from_0.5",
        "from_0.84",
        "from_1.4",
        "from_2.4",
        "from_4",
        "from_6.7",
        "from_11",
        "from_19",
        "from_32",
        "from_54",
    ];
    pub(crate) const STAGE: &[&str] = &[
        "unknown",
        "below_0.12",
        "from_0.12",
        "from_0.18",
        "from_0.25",
        "from_0.35",
        "from_0.5",
        "from_0.71",
        "from_1",
        "from_1.4",
        "from_2",
        "from_2.8",
        "from_4",
        "from_5.7",
        "from_8",
        "from_11",
    ];
    pub(crate) const PLACE: &[&str] = &[
        "unknown",
        "below_0.062",
        "from_0.062",
        "from_0.12",
        "from_0.25",
        "from_0.5",
        "from_1",
        "from_2",
        "from_4",
        "from_8",
        "from_16",
        "from_32",
        "from_64",
        "from_128",
        "from_256",
        "from_512",
    ];
    pub(crate) const CITY: &[&str] = &[
        "unknown",
        "below_0.031",
        "from_0.031",
        "from_0.062",
        "from_0.12",
        "from_0.25",
        "from_0.5",
        "from_1",
        "from_2",
        "from_4",
        "from_8",
        "from_16",
        "from_32",
        "from_64",
        "from_128",
        "from_256",
    ];
    pub(crate) const AMOUNT: &[&str] = &[
        "unknown",
        "below_0.12",
        "from_0.12",
        "from_0.21",
        "from_0.35",
        "from_0.59",
        "from_1",
        "from_1.7",
        "from_2.8",
        "from_4.8",
        "from_8",
        "from_13",
        "from_23",
        "from_38",
        "from_64",
        "from_108",
    ];
    pub(crate) const PARTNERS: &[&str] = &[
        "unknown",
        "below_0.0028",
        "from_0.0028",
        "from_0.0039",
        "from_0.0055",
        "from_0.0078",
        "from_0.011",
        "from_0.016",
        "from_0.022",
        "from_0.031",
        "from_0.044",
        "from_0.062",
        "from_0.088",
        "from_0.12",
        "from_0.18",
        "from_0.25",
    ];
    pub(crate) const PARTNER_LIFT: &[&str] = &[
        "unknown",
        "below_0.18",
        "from_0.18",
        "from_0.25",
        "from_0.35",
        "from_0.5",
        "from_0.71",
        "from_1",
        "from_1.4",
        "from_2",
        "from_2.8",
        "from_4",
        "from_5.7",
        "from_8",
        "from_11",
        "from_16",
    ];
    pub(crate) const SIMILAR: &[&str] = &[
        "unknown",
        "below_0.0078",
        "from_0.0078",
        "from_0.016",
        "from_0.031",
        "from_0.062",
        "from_0.12",
        "from_0.25",
        "from_0.5",
        "from_1",
        "from_2",
        "from_4",
        "from_8",
        "from_16",
        "from_32",
        "from_64",
    ];
    pub(crate) const MARKET_SHARE: &[&str] = &[
        "unknown",
        "below_0.000061",
        "from_0.000061",
        "from_0.00012",
        "from_0.00024",
        "from_0.00049",
        "from_0.00098",
        "from_0.002",
        "from_0.0039",
        "from_0.0078",
        "from_0.016",
        "from_0.031",
        "from_0.062",
        "from_0.12",
        "from_0.25",
        "from_0.5",
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_those_of_the_textbook_to_a_thousandth() {
        for x in [1, 2, 3, 10, 1000, 65_535, 1 << 40, u64::MAX] {
            #[expect(clippy::cast_precision_loss, reason = "compared to a thousandth")]
            let exact = (x as f64).log2() * 1024.0;
            assert!((f64::from(log2(x)) - exact).abs() <= 1.5, "{x}");
        }
    }

    #[test]
    fn a_logarithm_that_is_looked_up_is_the_one_found_by_squaring() {
        let table = Logarithms::new();
        let rng = &mut fastrand::Rng::with_seed(1);
        for _ in 0..10_000 {
            let mantissa = rng.u64(1 << 31..1 << 32);
            assert_eq!(table.of(mantissa), by_squaring(mantissa), "{mantissa}");
        }
        for &bound in &table.from[..1024] {
            assert_eq!(table.of(bound), by_squaring(bound), "{bound}");
        }
    }

    #[test]
    fn powers_are_the_inverse_of_logarithms() {
        for log in (-20_480..20_480).step_by(37) {
            assert!(
                (log2(exp2(log, 32)) - 32 * OCTAVE - log).abs() <= 1,
                "{log}"
            );
        }
        assert_eq!(
            (exp2(0, 24), exp2(OCTAVE, 24), exp2(-OCTAVE, 24)),
            (1 << 24, 2 << 24, 1 << 23)
        );
        assert_eq!(exp2(-99 * OCTAVE, 24), 0);
    }

    #[test]
    fn each_bound_begins_its_level_and_the_ends_are_open() {
        for scale in [SECTOR, PLACE, SIMILAR] {
            for level in 2..=15 {
                assert_eq!(scale.level(scale.bound(level)), level);
                assert_eq!(scale.level(scale.bound(level) - 1), level - 1);
            }
            assert_eq!((scale.level(-100_000), scale.level(100_000)), (1, 15));
        }
    }

    #[test]
    fn names_say_the_lower_bound() {
        assert_eq!(names::PLACE[usize::from(PLACE.level(0))], "from_1");
        assert_eq!(names::PLACE[usize::from(PLACE.level(3 * OCTAVE))], "from_8");
        assert_eq!(names::SECTOR[1], "below_0.062");
    }
}
