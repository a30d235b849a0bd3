//! How many deals of a record are like the one that is asked for.
//!
//! A deal counts 2^(Σ over [`Respect`]s of a cell of the card's [`Likeness`](crate::card::Likeness)): where the startup
//! was (to be near says more where few are), what it did, the stage and amount of the round, how many rounds were before
//! it, how many came in, and how long ago. The level is that of the sum over the deals of a record. What makes deals alike
//! is the card's business, as points are: it can be read, edited and learned (`learn/joint.rs`).

use std::sync::LazyLock;

use domain::SectorCode;

use super::{
    UNKNOWN, activity, raise,
    scale::{self, OCTAVE, log2, names},
    tree,
};

/// In what respect a deal is held beside the round that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Respect {
    /// How near the startups are, by the stage of the round that is asked for.
    Place,
    /// The same, by how much of the market is in the country of the startup that asks.
    PlaceByCountry,
    /// The same, by how much of it is in its area.
    PlaceByArea,
    /// How near their sectors lie in the tree.
    Sector,
    /// Which fields of industry they are in.
    Field,
    /// The stages of the rounds.
    Stage,
    /// The amounts of the rounds.
    Amount,
    /// The rounds before them.
    Rounds,
    /// How many came in, by the stage of the round that is asked for.
    Investors,
    /// How long ago the deal was.
    Age,
}

/// The respects in which it counts how near the startups are.
pub(crate) const PLACE: [Respect; 3] = [
    Respect::Place,
    Respect::PlaceByCountry,
    Respect::PlaceByArea,
];

/// How near two places are, from worst to best.
pub(crate) const PLACES: &[&str] = &[
    "unknown",
    "elsewhere",
    "country",
    "subdivision",
    "area",
    "city",
];

/// Days up to which a deal is of an age; the last is older.
const AGES_DAYS: [u32; 11] = [30, 60, 90, 150, 240, 365, 540, 730, 1_095, 1_460, 2_190];

pub(crate) const AGES: &[&str] = &[
    "up_to_30_days",
    "up_to_60_days",
    "up_to_90_days",
    "up_to_150_days",
    "up_to_240_days",
    "up_to_1_year",
    "up_to_540_days",
    "up_to_2_years",
    "up_to_3_years",
    "up_to_4_years",
    "up_to_6_years",
    "older",
];

/// The fields of industry: sectors of the first two levels.
static FIELDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let fields = SectorCode::all().filter(|sector| sector.code().matches('.').count() < 2);
    ["unknown"]
        .into_iter()
        .chain(fields.map(SectorCode::code))
        .collect()
});

impl Respect {
    pub(crate) const ALL: [Respect; 10] = [
        Respect::Place,
        Respect::PlaceByCountry,
        Respect::PlaceByArea,
        Respect::Sector,
        Respect::Field,
        Respect::Stage,
        Respect::Amount,
        Respect::Rounds,
        Respect::Investors,
        Respect::Age,
    ];

    /// Its name in cards.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Respect::Place => "place",
            Respect::PlaceByCountry => "place_by_country",
            Respect::PlaceByArea => "place_by_area",
            Respect::Sector => "sector",
            Respect::Field => "field",
            Respect::Stage => "stage",
            Respect::Amount => "amount",
            Respect::Rounds => "earlier_rounds",
            Respect::Investors => "investors",
            Respect::Age => "age",
        }
    }

    /// What can be asked for; nothing where it makes no difference.
    pub(crate) fn asked(self) -> &'static [&'static str] {
        match self {
            Respect::Place | Respect::Investors | Respect::Stage => raise::STAGES,
            Respect::PlaceByCountry | Respect::PlaceByArea => names::MARKET_SHARE,
            Respect::Sector | Respect::Age => &[],
            Respect::Field => &FIELDS,
            Respect::Amount => raise::AMOUNTS,
            Respect::Rounds => raise::ROUNDS,
        }
    }

    /// What a deal can be.
    pub(crate) fn of_deal(self) -> &'static [&'static str] {
        match self {
            Respect::Place | Respect::PlaceByCountry | Respect::PlaceByArea => PLACES,
            Respect::Sector => tree::LEVELS,
            Respect::Field => &FIELDS,
            Respect::Stage => raise::STAGES,
            Respect::Amount => raise::AMOUNTS,
            Respect::Rounds => raise::ROUNDS,
            Respect::Investors => raise::INVESTORS,
            Respect::Age => AGES,
        }
    }
}

/// How long ago a deal was.
pub(crate) fn age(days: u32) -> u8 {
    let place = AGES_DAYS.partition_point(|&most| most < days);
    u8::try_from(place).expect("a short list")
}

/// What is left at least of a deal of an age, as [`activity::weight`] decays it.
pub(crate) fn left(age: u8) -> u64 {
    let days = AGES_DAYS.get(usize::from(age));
    days.map_or(0, |&days| activity::weight(days))
}

/// The field of a sector.
fn field(sector: SectorCode) -> u8 {
    static BY_SECTOR: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let field = |sector: SectorCode| {
            let mut around = sector.and_around();
            let found = around.find_map(|around| FIELDS.iter().position(|&f| f == around.code()));
            u8::try_from(found.expect("every sector lies in a field")).expect("fewer than 256")
        };
        SectorCode::all().map(field).collect()
    });
    BY_SECTOR[usize::from(sector.index())]
}

/// What two startups do, beside each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Trades {
    /// How near the nearest two of their sectors lie, by level of [`tree::LEVELS`].
    pub(crate) nearness: u8,
    /// The fields of those two: of the one that asks, and of the other. 0 where one states none.
    pub(crate) fields: (u8, u8),
}

impl Trades {
    pub(crate) fn of(asked: &[SectorCode], other: &[SectorCode]) -> Trades {
        match tree::best_of(other, asked) {
            (nearness, Some((other, asked))) => Trades {
                nearness,
                fields: (field(asked), field(other)),
            },
            (_, None) => Trades {
                nearness: UNKNOWN,
                fields: (0, 0),
            },
        }
    }
}

/// A sum over a record, in parts of 2^48 of a deal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum(u64);

/// What is added to a sum, so that none is no −∞: 0.003 deals. Source: our choice.
const FLOOR: u64 = (3 << SUM_BITS) / 1000;

const SUM_BITS: u32 = 48;

/// Parts of one that each of the two factors of a weight is counted in.
const WEIGHT_BITS: i32 = 24;

/// The greatest weight, in thousandths of a doubling.
const MOST_WEIGHT: i32 = 7_000;

/// 2^(thousandths / 1000), in parts of 2^24, from 2^−24 to 2^7.
pub(crate) fn weight(thousandths: i32) -> u32 {
    /// From the least weight on.
    static WEIGHTS: LazyLock<Box<[u32]>> = LazyLock::new(|| {
        let weight = |thousandths: i32| {
            let log = thousandths * (OCTAVE / 8) / 125;
            u32::try_from(scale::exp2(log, WEIGHT_BITS.unsigned_abs())).expect("below 2^32")
        };
        (LEAST_WEIGHT..=MOST_WEIGHT).map(weight).collect()
    });
    let above = thousandths.clamp(LEAST_WEIGHT, MOST_WEIGHT) - LEAST_WEIGHT;
    WEIGHTS[above.unsigned_abs() as usize]
}

impl Sum {
    /// So many deals that count once.
    pub(crate) fn of(deals: u32) -> Sum {
        Sum(u64::from(deals).saturating_mul(1 << SUM_BITS))
    }

    /// Deals whose startups count once and whose rounds come to this [weight].
    pub(crate) fn of_rounds(weight: u64) -> Sum {
        Sum(weight.saturating_mul(1 << WEIGHT_BITS))
    }

    /// One more deal: what its startup is worth, and its round.
    #[inline]
    pub(crate) fn add(&mut self, startup: u32, round: u32) {
        self.0 = self.0.saturating_add(u64::from(startup) * u64::from(round));
    }

    /// Its level.
    pub(crate) fn level(self) -> u8 {
        scale::SIMILAR.level(log2(self.0.saturating_add(FLOOR)) - SUM_BITS.cast_signed() * OCTAVE)
    }

    /// In tenths of a deal.
    pub(crate) fn tenths(self) -> u64 {
        (10 * (self.0 >> 16)) >> (SUM_BITS - 16)
    }
}

/// Least sums by level, in thousandths of a doubling: what has fewer does not reach it.
pub(crate) fn least(level: u8) -> i32 {
    static LEAST: LazyLock<[i32; LEVELS]> = LazyLock::new(|| {
        let least = |level: u8| {
            let sum = scale::exp2(scale::SIMILAR.bound(level), SUM_BITS) - FLOOR;
            thousandths(Sum(sum)) - 4
        };
        std::array::from_fn(|level| match level {
            0 | 1 => i32::MIN,
            _ => least(u8::try_from(level).expect("few levels")),
        })
    });
    LEAST[usize::from(level)]
}

/// Levels of a sum, with the one that is unknown.
pub(crate) const LEVELS: usize = names::SIMILAR.len();

/// No weight is less, in thousandths of a doubling.
pub(crate) const LEAST_WEIGHT: i32 = -1_000 * WEIGHT_BITS;

/// The logarithm of a sum in thousandths of a doubling, rounded up.
pub(crate) fn thousandths(sum: Sum) -> i32 {
    let log = log2(sum.0) + 1 - SUM_BITS.cast_signed() * OCTAVE;
    (log * 125).div_euclid(OCTAVE / 8) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deal_that_counts_once_is_one() {
        let mut sum = Sum::default();

        sum.add(weight(0), weight(0));

        assert_eq!(sum.tenths(), 10);
        assert_eq!(names::SIMILAR[usize::from(sum.level())], "from_1");
    }

    #[test]
    fn a_sum_is_of_no_level_whose_least_sum_it_does_not_reach() {
        let mut levels = std::collections::BTreeSet::new();
        for log in -20 * OCTAVE..10 * OCTAVE {
            let sum = Sum(scale::exp2(log, SUM_BITS));
            levels.insert(sum.level());
            // The logarithm is rounded up by less than four thousandths.
            assert!(least(sum.level()) <= thousandths(sum) - 3, "{log}");
            assert!(thousandths(sum) * (OCTAVE / 8) >= log * 125, "{log}");
        }
        assert!(levels.into_iter().eq(1..16));
    }

    #[test]
    fn a_thousand_more_is_twice_as_much() {
        for thousandths in (-20_000..6_000).step_by(1_000) {
            assert_eq!(
                2 * weight(thousandths),
                weight(thousandths + 1_000),
                "{thousandths}"
            );
        }
        assert!((-9_000..7_000).is_sorted_by_key(weight));
    }

    #[test]
    fn every_sector_lies_in_a_field_that_holds_it() {
        for sector in SectorCode::all() {
            let of = FIELDS[usize::from(field(sector))];
            assert!(sector.code().starts_with(of), "{} in {of}", sector.code());
        }
    }

    #[test]
    fn an_older_deal_is_never_of_a_younger_age() {
        assert!((0..4_000).is_sorted_by_key(age));
        assert_eq!(AGES[usize::from(age(365))], "up_to_1_year");
        assert_eq!(AGES[usize::from(age(9_999))], "older");
    }
}
