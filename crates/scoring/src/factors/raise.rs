//! What a round is in itself, whoever looks at it: for the investor's side, where every list is of rounds.

use domain::{AmountBand, StageCode};

use super::{
    UNKNOWN,
    lift::{DEAL, Share},
    scale::{self, log2},
};

/// The rungs of the financing ladder, from its first.
pub(crate) const STAGES: &[&str] = &[
    "unknown",
    "pre_seed",
    "seed",
    "pre_series_a",
    "series_a",
    "series_b",
    "series_c",
    "series_d",
    "series_e_plus",
    "growth",
    "pre_ipo",
    "public",
];

/// The bands of amounts.
pub(crate) const AMOUNTS: &[&str] = &[
    "unknown",
    "below_20k",
    "20k_50k",
    "50k_200k",
    "200k_500k",
    "500k_1m",
    "1m_2m",
    "2m_5m",
    "5m_10m",
    "10m_20m",
    "20m_50m",
    "50m_and_more",
];

/// How many rounds it raised before.
pub(crate) const ROUNDS: &[&str] = &["none", "one", "two", "three", "four_and_more"];

/// How many investors it has.
pub(crate) const INVESTORS: &[&str] = &[
    "none",
    "one",
    "two",
    "three",
    "four",
    "five_or_six",
    "seven_to_nine",
    "ten_and_more",
];

/// The level of a stage.
pub(crate) fn stage(stage: Option<StageCode>) -> u8 {
    let rung = stage.and_then(|stage| stage.code().strip_prefix("financing."));
    let place = rung.and_then(|rung| STAGES.iter().position(|name| *name == rung));
    place.map_or(UNKNOWN, small)
}

/// The level of an amount.
pub(crate) fn amount(band: Option<AmountBand>) -> u8 {
    band.map_or(UNKNOWN, |band| 1 + band as u8)
}

/// The level of so many earlier rounds.
pub(crate) fn rounds(earlier: usize) -> u8 {
    small(earlier.min(ROUNDS.len() - 1))
}

/// The level of so many investors.
pub(crate) fn investors(earlier: usize) -> u8 {
    match earlier {
        0..5 => small(earlier),
        5..7 => 5,
        7..10 => 6,
        _ => 7,
    }
}

/// The level of a share of the market's deals; `unknown` where the market has none.
pub(crate) fn market_share(market: Share) -> u8 {
    if market.with == 0 {
        return UNKNOWN;
    }
    let all = u64::from(market.of) * u64::from(DEAL);
    scale::MARKET_SHARE.level(log2(market.with.into()) - log2(all))
}

fn small(level: usize) -> u8 {
    u8::try_from(level).expect("no factor has more than sixteen levels")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rung_and_every_band_has_a_level_of_its_name() {
        let rungs = StageCode::all().filter(|stage| stage.code().starts_with("financing."));
        for rung in rungs {
            let level = usize::from(stage(Some(rung)));
            assert_eq!(rung.code(), format!("financing.{}", STAGES[level]));
        }
        for band in AmountBand::ALL {
            let level = usize::from(amount(Some(band)));
            assert_eq!(serde_json::to_value(band).unwrap(), AMOUNTS[level]);
        }
    }

    #[test]
    fn more_investors_are_never_a_lower_level() {
        assert!((0..20).map(investors).is_sorted());
        assert_eq!(INVESTORS[usize::from(investors(8))], "seven_to_nine");
        assert_eq!(ROUNDS[usize::from(rounds(9))], "four_and_more");
    }
}
