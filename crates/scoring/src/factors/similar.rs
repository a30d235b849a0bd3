//! How many deals of a record are like what is asked for: near, of its sector, of its stage, of its size, and lately.
//!
//! A deal counts 2^(−age / 2 years) × place × sector × stage × amount; the level is that of the sum. Once with the place,
//! and once without for those who invest anywhere. Weights are 256ths. Source: our measurements on public rounds up to
//! 2012, see `benches/RANKING.md`; the order of the weights is plain, their size matters little.

use domain::{AmountBand, SectorCode, StageCode};

use super::{
    activity,
    scale::{self, OCTAVE, log2},
    stage::{self as ladder},
    tree,
};

/// How near two places are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Elsewhere,
    Unknown,
    Country,
    Subdivision,
    Area,
    City,
}

const PLACES: [u32; 6] = [3, 10, 13, 51, 205, 256];

/// By level of [`tree::LEVELS`]: unknown, elsewhere, of one family, siblings, around, within, the same.
const SECTORS: [u32; 7] = [115, 90, 90, 100, 130, 160, 256];

/// The same where the place does not count: what somebody does tells more then.
const SECTORS_ANYWHERE: [u32; 7] = [77, 51, 51, 64, 100, 130, 256];

/// By level of [`ladder::LEVELS`].
const STAGES: [u8; 5] = [77, 20, 77, 115, 255];

/// By bands away, the last for all further ones.
const AMOUNTS: [u32; 6] = [256, 180, 102, 51, 26, 13];

const AMOUNT_UNKNOWN: u32 = 128;

/// What is added to a sum, so that none is no −∞: 0.003 deals. Source: as above.
const FLOOR: u64 = (3 << SUM_BITS) / 1000;

/// Sums are parts of 2^48 of a deal: four weights of 8 bits and an age of 16.
const SUM_BITS: u32 = 48;

/// What a startup is worth as an example: with its place, and without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Near {
    here: u32,
    anywhere: u32,
}

/// Sums over a record, in parts of 2^48 of a deal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    here: u64,
    anywhere: u64,
}

/// What age leaves of a deal, in parts of 2^16: a half after two years.
pub(crate) fn weight(days: u32) -> u32 {
    u32::try_from(activity::weight(days / 2) >> 8).expect("below 2^17")
}

/// A startup at such a place, of such a level of sector.
pub(crate) fn near(place: Place, sector: Option<u8>) -> Near {
    let level = usize::from(sector.unwrap_or(0));
    Near {
        here: PLACES[place as usize] * SECTORS[level],
        anywhere: 256 * SECTORS_ANYWHERE[level],
    }
}

/// The best level of any sector of the other for one of those asked for; none where either states none.
pub(crate) fn sector(asked: &[SectorCode], other: &[SectorCode]) -> Option<u8> {
    let (level, found) = tree::best_of(other, asked);
    found.map(|_| level)
}

/// How much a deal at `other` counts for a round at `asked`.
pub(crate) fn stage(asked: Option<StageCode>, other: Option<StageCode>) -> u8 {
    STAGES[usize::from(ladder::best_of(other.as_slice(), asked.as_slice()).0)]
}

/// How much a deal of `other` counts for a round of `asked`.
pub(crate) fn amount(asked: Option<AmountBand>, other: Option<AmountBand>) -> u32 {
    let (Some(asked), Some(other)) = (asked, other) else {
        return AMOUNT_UNKNOWN;
    };
    let away = (asked as usize).abs_diff(other as usize);
    AMOUNTS[away.min(AMOUNTS.len() - 1)]
}

/// The highest level of [`Sums::here`] that so many deals can reach, by their level.
pub(crate) fn here_most(deals: u8) -> u8 {
    scale::SIMILAR.level(log(most(deals)))
}

/// The same of [`Sums::anywhere`].
pub(crate) fn anywhere_most(deals: u8) -> u8 {
    scale::ANYWHERE.level(log(most(deals)))
}

/// No sum over deals of such a level is greater: each counts for one at most. More than a thousand reach any level.
fn most(level: u8) -> u64 {
    let most = (1..1024_u32)
        .rev()
        .find(|&deals| activity::all(deals) == level);
    u64::from(most.unwrap_or(0)) << SUM_BITS
}

impl Sums {
    /// One more deal.
    #[inline]
    pub(crate) fn add(&mut self, near: Near, stage: u8, amount: u32, weight: u32) {
        let of_deal = u64::from(stage) * u64::from(amount) * u64::from(weight);
        self.here += u64::from(near.here) * of_deal;
        self.anywhere += u64::from(near.anywhere) * of_deal;
    }

    /// The level with the place.
    pub(crate) fn here(self) -> u8 {
        scale::SIMILAR.level(log(self.here))
    }

    /// The level without.
    pub(crate) fn anywhere(self) -> u8 {
        scale::ANYWHERE.level(log(self.anywhere))
    }

    /// Deals with the place, in tenths.
    pub(crate) fn tenths(self) -> u64 {
        (10 * (self.here >> (SUM_BITS - 16))) >> 16
    }

    /// Deals without the place, in tenths.
    pub(crate) fn tenths_anywhere(self) -> u64 {
        (10 * (self.anywhere >> (SUM_BITS - 16))) >> 16
    }
}

fn log(sum: u64) -> i32 {
    log2(sum + FLOOR) - SUM_BITS.cast_signed() * OCTAVE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deal_of_today_in_the_same_city_sector_stage_and_amount_is_nearly_one() {
        let seed: StageCode = "financing.seed".parse().unwrap();
        let band = Some(AmountBand::From1M);
        let mut sums = Sums::default();

        sums.add(
            near(Place::City, Some(6)),
            stage(Some(seed), Some(seed)),
            amount(band, band),
            weight(0),
        );

        assert!((9..=10).contains(&sums.tenths()), "{}", sums.tenths());
        assert_eq!(scale::names::SIMILAR[usize::from(sums.here())], "from_0.84");
    }

    #[test]
    fn nearer_is_never_worth_less() {
        assert!(PLACES.is_sorted() && SECTORS[1..].is_sorted() && STAGES[1..].is_sorted());
        assert!(SECTORS_ANYWHERE[1..].is_sorted() && AMOUNTS.iter().rev().is_sorted());
    }
}
