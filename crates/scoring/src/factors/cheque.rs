//! A round's amount beside an investor's first cheques, both as bands.

use domain::AmountBand;

use super::UNKNOWN;

/// By level.
pub(crate) const LEVELS: &[&str] = &["unknown", "far", "one_band_away", "inside"];

const FAR: u8 = 1;
const ONE_BAND_AWAY: u8 = 2;
const INSIDE: u8 = 3;

/// Where the band of a round lies: inside the bands from the least to the greatest first cheque, one band outside, or
/// further. Bands are in US dollars at yearly rates; only the band of a round is listed, so nothing finer is read.
///
/// Source: our choice.
pub(crate) fn level(round: Option<AmountBand>, cheques: Option<(AmountBand, AmountBand)>) -> u8 {
    let (Some(round), Some((least, greatest))) = (round, cheques) else {
        return UNKNOWN;
    };
    let (round, least, greatest) = (round as u8, least as u8, greatest as u8);
    match least.saturating_sub(round) + round.saturating_sub(greatest) {
        0 => INSIDE,
        1 => ONE_BAND_AWAY,
        _ => FAR,
    }
}

#[cfg(test)]
mod tests {
    use AmountBand::{From2M, From10M, From50M, From100K};

    use super::*;

    #[test]
    fn a_round_is_inside_beside_or_far_from_the_cheques() {
        let cheques = Some((From2M, From10M));

        assert_eq!(level(Some(From2M), cheques), INSIDE);
        assert_eq!(level(Some(From50M), cheques), ONE_BAND_AWAY);
        assert_eq!(level(Some(From100K), cheques), FAR);
        assert_eq!(level(None, cheques), UNKNOWN);
    }
}
