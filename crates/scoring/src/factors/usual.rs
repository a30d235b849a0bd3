//! What an investor usually joins: the size of the round, and the number of investors in it.

use domain::AmountBand;

use super::{UNKNOWN, scale};

/// Rounds of the market's mean that are added to each record. Source: the public study of rounds 2005 to 2013 that the
/// default card follows.
const SHRINKAGE: i64 = 3;

/// e investors: the mean of logarithms on the market of that study.
const SYNDICATE_MEAN: i64 = 1477;

/// 1024 log₂ of the middle of a band in US dollars.
pub(crate) fn log_usd(band: AmountBand) -> i32 {
    /// Geometric means of the ends; for the open ends, half and double of them.
    const MIDDLES: [i32; AmountBand::ALL.len()] = [
        13_607, 15_307, 17_008, 18_709, 19_898, 20_922, 22_111, 23_300, 24_324, 25_512, 27_213,
    ];
    MIDDLES[band as usize]
}

/// The level of the mean of the logarithms of so many rounds; `unknown` without any.
pub(crate) fn round_size(sum: i64, count: i64, mean: i64) -> u8 {
    level(sum, count, mean, scale::ROUND_SIZE)
}

/// The level of the mean of the logarithms of the numbers of investors; `unknown` without any round.
pub(crate) fn syndicate(sum: i64, count: i64) -> u8 {
    level(sum, count, SYNDICATE_MEAN, scale::SYNDICATE)
}

/// US dollars at the lower bound of a level of [`round_size`]; none where it is unknown.
pub(crate) fn dollars(level: u8) -> Option<&'static str> {
    (level != UNKNOWN).then(|| scale::names::ROUND_SIZE[usize::from(level)])
}

/// Investors at the lower bound of a level of [`syndicate`]; none where it is unknown.
pub(crate) fn investors(level: u8) -> Option<&'static str> {
    (level != UNKNOWN).then(|| scale::names::SYNDICATE[usize::from(level)])
}

fn level(sum: i64, count: i64, mean: i64, scale: scale::Scale) -> u8 {
    if count == 0 {
        return UNKNOWN;
    }
    let mean = (sum + SHRINKAGE * mean) / (count + SHRINKAGE);
    scale.level(i32::try_from(mean).expect("a mean of logarithms"))
}

#[cfg(test)]
mod tests {
    use super::{super::scale::OCTAVE, *};

    #[test]
    fn the_middles_of_bands_are_logarithms_of_dollars() {
        let ends = [
            20e3, 50e3, 200e3, 500e3, 1e6, 2e6, 5e6, 10e6, 20e6, 50e6_f64,
        ];
        for (band, ends) in AmountBand::ALL[1..].iter().zip(ends.windows(2)) {
            let middle = (ends[0] * ends[1]).sqrt().log2() * f64::from(OCTAVE);
            assert!(
                (f64::from(log_usd(*band)) - middle).abs() < 1.0,
                "{band:?}: {middle}"
            );
        }
    }
}
