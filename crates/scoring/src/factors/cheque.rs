//! A round's amount beside an investor's first cheques, both as bands.

use domain::AmountBand;

use super::UNKNOWN;

/// By level.
pub(crate) const LEVELS: &[&str] = &[
    "unknown",
    "far",
    "three_bands_away",
    "two_bands_away",
    "one_band_away",
    "inside",
];

const INSIDE: u8 = 5;

/// Where the band of a round lies: inside the bands from the least to the greatest first cheque, or so many bands outside,
/// `far` from the fourth on. A band is a factor of two or two and a half, in US dollars at yearly rates; only the band of
/// a round is listed, so nothing finer is read.
///
/// Source: our choice.
pub(crate) fn level(round: Option<AmountBand>, cheques: Option<(AmountBand, AmountBand)>) -> u8 {
    let (Some(round), Some((least, greatest))) = (round, cheques) else {
        return UNKNOWN;
    };
    let (round, least, greatest) = (round as u8, least as u8, greatest as u8);
    let away = least.saturating_sub(round) + round.saturating_sub(greatest);
    INSIDE - away.min(4)
}

#[cfg(test)]
mod tests {
    use AmountBand::{From2M, From10M, From20M, From50K, From50M};

    use super::*;

    #[test]
    fn a_round_is_inside_beside_or_far_from_the_cheques() {
        let cheques = Some((From2M, From10M));
        let check = |round, expect: &str| {
            assert_eq!(LEVELS[usize::from(level(round, cheques))], expect);
        };

        check(Some(From2M), "inside");
        check(Some(From20M), "one_band_away");
        check(Some(From50M), "two_bands_away");
        check(Some(From50K), "far");
        check(None, "unknown");
    }
}
