//! The scorecard: what each level is worth in points.

mod compare;
mod read;
mod write;

use std::sync::LazyLock;

pub use compare::Difference;

use domain::Kind;

use crate::{
    factor::{FACTORS, Factor, LEVELS_MAX},
    statistics::sha256,
};

/// No cell is worth more, or less than its negative, so that no sum leaves 32 bits.
pub(crate) const POINTS_MAX: i32 = 20_000;

/// A scorecard: for each (asker kind, counterpart kind) the points of every level of every factor.
#[derive(Debug)]
pub struct Card {
    name: String,
    calibrated: bool,
    predicts: Option<String>,
    hash: String,
    default: Section,
    sections: Vec<((Kind, Kind), Section)>,
}

/// Why a text is no scorecard; the message ends with the line and column.
#[derive(Debug, thiserror::Error)]
#[error("the scorecard cannot be used: {what}")]
pub struct CardError {
    what: String,
    line: usize,
}

impl From<serde_json::Error> for CardError {
    fn from(error: serde_json::Error) -> CardError {
        CardError {
            line: error.line(),
            what: error.to_string(),
        }
    }
}

impl CardError {
    /// The line at fault, from 1.
    pub fn line(&self) -> usize {
        self.line
    }
}

impl Card {
    /// The text of [`Card::default_card`].
    pub const DEFAULT_TEXT: &'static str = include_str!("../cards/default.json");

    /// Reads a card.
    ///
    /// # Errors
    /// [`CardError`] names the line and what is wrong: no JSON, an unknown or missing factor or level, one that stands
    /// twice, points out of range or no multiple of twelve where labels share them, `unknown` above the median, a stated hash
    /// that is not that of the content.
    pub fn parse(json: &str) -> Result<Card, CardError> {
        let raw: read::RawCard = serde_json::from_str(json)?;
        let stated = raw.hash.clone();
        let card = Card::from(raw);
        match stated {
            Some(stated) if stated != card.hash => {
                let before = json.find("\"hash\"").map_or(json, |at| &json[..at]);
                let line = before.matches('\n').count() + 1;
                let what = format!(
                    "it states the hash {stated}, its content has {} at line {line}",
                    card.hash
                );
                Err(CardError { what, line })
            }
            _ => Ok(card),
        }
    }

    /// The card made by hand that a hub starts with. It is not calibrated: its score is no probability.
    ///
    /// # Panics
    /// Never: a test reads the same text.
    pub fn default_card() -> &'static Card {
        static DEFAULT: LazyLock<Card> =
            LazyLock::new(|| Card::parse(Card::DEFAULT_TEXT).expect("a test reads the same text"));
        &DEFAULT
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether its score is the probability of the event it [`Card::predicts`].
    pub fn is_calibrated(&self) -> bool {
        self.calibrated
    }

    /// The event that a calibrated card predicts.
    pub fn predicts(&self) -> Option<&str> {
        self.predicts.as_deref()
    }

    /// SHA-256 in hexadecimal of its content, whatever the spacing and order of its text.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The section for an asker and a counterpart that act in these kinds.
    pub(crate) fn section(&self, asker: Option<Kind>, counterpart: Kind) -> &Section {
        let fits = |((a, c), _): &&((Kind, Kind), Section)| Some(*a) == asker && *c == counterpart;
        let section = self.sections.iter().find(fits);
        section.map_or(&self.default, |(_, section)| section)
    }
}

/// Points of one level each; levels that the factor does not have are 0.
pub(crate) type Cells = [i32; LEVELS_MAX];

/// The points for one pair of kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    cells: [Cells; FACTORS],
    tables: Vec<Table>,
}

/// Points for levels of two factors that come together, beside those of each alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) factors: [Factor; 2],
    cells: Box<[Cells; LEVELS_MAX]>,
}

impl Section {
    /// The cell of a level.
    #[inline]
    pub(crate) fn points(&self, factor: Factor, level: u8) -> i32 {
        self.cells[factor as usize][usize::from(level)]
    }

    pub(crate) fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// One line per cell, in the order of factors and levels, then the tables.
    fn canonical(&self, text: &mut String, kinds: &str) {
        for factor in Factor::ALL {
            let cells = factor.levels().iter().zip(self.cells[factor as usize]);
            let name = factor.name();
            text.extend(
                cells.map(|(level, points)| format!("{kinds}\t{name}\t{level}\t{points}\n")),
            );
        }
        text.extend(self.tables.iter().map(|table| {
            let [a, b] = table.factors.map(Factor::name);
            format!("{kinds}\t{a}\t{b}\t{:?}\n", table.cells)
        }));
    }
}

impl Table {
    /// The cell of a pair of levels.
    pub(crate) fn points(&self, levels: [u8; 2]) -> i32 {
        self.cells[usize::from(levels[0])][usize::from(levels[1])]
    }
}

impl From<read::RawCard> for Card {
    fn from(raw: read::RawCard) -> Card {
        let mut sections: Vec<_> = raw
            .sections
            .into_iter()
            .map(|section| (section.kinds(), section.over(&raw.default)))
            .collect();
        sections.sort_by_key(|(kinds, _)| *kinds);
        let mut text = format!("{}\t{:?}\n", raw.name, raw.predicts);
        raw.default.canonical(&mut text, "default");
        for ((asker, counterpart), section) in &sections {
            let kinds = format!("{}\t{}", asker.code(), counterpart.code());
            section.canonical(&mut text, &kinds);
        }
        Card {
            name: raw.name,
            calibrated: raw.predicts.is_some(),
            predicts: raw.predicts,
            hash: sha256(&text),
            default: raw.default,
            sections,
        }
    }
}
