//! What the market as a whole did: the part of a score that belongs to no pair.

use domain::{RegionCode, SectorCode, StageCode};
use sha2::{Digest, Sha256};

use crate::record::{Choices, Records};

/// The year of the exchange rates by which amounts are put into bands.
pub const FX_YEAR: i16 = 2024;

/// The market's shares, with a hash of their content: the same hash means the same numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistics {
    hash: String,
    deals: u32,
}

impl Statistics {
    pub(crate) fn of(deals: u32, records: &Records) -> Statistics {
        let mut text = format!("fx_year {FX_YEAR}\ndeals {deals}\n");
        let sector = |term| SectorCode::from_index(term).map(SectorCode::code);
        let stage = |term| StageCode::from_index(term).map(StageCode::code);
        let region = |term| RegionCode::from_index(term).map(RegionCode::code);
        write_shares(&mut text, "sector", &records.sectors, sector);
        write_shares(&mut text, "stage", &records.stages, stage);
        write_shares(&mut text, "region", &records.regions, region);
        write_shares(&mut text, "country", &records.countries, region);
        Statistics {
            hash: sha256(&text),
            deals,
        }
    }

    /// SHA-256 in hexadecimal of market shares by sector, stage, region and country, the number of deals, and
    /// [`FX_YEAR`].
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Deals of all investors before the market's day.
    pub fn deals(&self) -> u32 {
        self.deals
    }
}

/// One line per term, by its code: places in a taxonomy change with its data, codes do not.
fn write_shares(
    text: &mut String,
    name: &str,
    choices: &Choices,
    code: impl Fn(u16) -> Option<&'static str>,
) {
    let shares = choices.market_shares();
    let mut lines: Vec<String> = shares
        .filter_map(|(term, deals)| Some(format!("{name} {} {deals}\n", code(term)?)))
        .collect();
    lines.sort_unstable();
    text.extend(lines);
}

/// SHA-256 of `text` in hexadecimal.
pub(crate) fn sha256(text: &str) -> String {
    let digest = Sha256::digest(text);
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
