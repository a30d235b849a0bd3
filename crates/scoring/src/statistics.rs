//! What the market as a whole did: the part of a score that belongs to no pair.

use std::fmt::Write as _;

use domain::OrganisationId;
use sha2::{Digest, Sha256};

use crate::record::{Aspect, Records};

/// The year of the exchange rates by which amounts are put into bands.
pub const FX_YEAR: i16 = 2024;

/// The market's shares, with a hash of their content: the same hash means the same numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistics {
    hash: String,
    deals: u32,
}

impl Statistics {
    /// `exposures`: those whose level of exposure is known, by id.
    pub(crate) fn of(
        deals: u32,
        records: &Records,
        exposures: &[(OrganisationId, u8)],
    ) -> Statistics {
        let mut text = format!("fx_year {FX_YEAR}\ndeals {deals}\n");
        for aspect in Aspect::ALL {
            for (term, with) in records.choices(aspect).market_shares() {
                let _ = writeln!(text, "{aspect:?} {:016x} {with}", term.0);
            }
        }
        for (organisation, level) in exposures {
            let _ = writeln!(text, "exposure {organisation} {level}");
        }
        Statistics {
            hash: sha256(&text),
            deals,
        }
    }

    /// SHA-256 in hexadecimal of the market's shares in every respect that records are kept in, the number of deals, the
    /// levels of exposure, and [`FX_YEAR`].
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Deals of all investors before the market's day.
    pub fn deals(&self) -> u32 {
        self.deals
    }
}

/// SHA-256 of `text` in hexadecimal.
pub(crate) fn sha256(text: &str) -> String {
    let digest = Sha256::digest(text);
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
