//! The scorecard: what each level is worth in points.

mod compare;
mod likeness;
mod read;
mod show;
mod write;

use std::sync::LazyLock;

pub use compare::Difference;
pub(crate) use likeness::Likeness;
pub use show::{Priced, PricedTable};

use domain::Kind;

use crate::{
    factor::{FACTORS, Factor, LEVELS_MAX},
    factors::exposure,
    statistics::sha256,
};

/// No cell is worth more, or less than its negative, so that no sum leaves 32 bits.
pub(crate) const POINTS_MAX: i32 = 20_000;

/// A scorecard: for each (asker kind, counterpart kind) the points of every level of every factor.
#[derive(Clone, Debug)]
pub struct Card {
    name: String,
    calibrated: bool,
    predicts: Option<String>,
    hash: String,
    likeness: Likeness,
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

    /// What is wrong, without the place.
    pub fn message(&self) -> String {
        let message = self.what.rsplit_once(" at line ");
        message
            .map_or(self.what.as_str(), |(message, _)| message)
            .to_owned()
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

    /// How much past deals tell of others where `section` holds: as it says, else as the card does.
    pub(crate) fn likeness<'a>(&'a self, section: &'a Section) -> &'a Likeness {
        section.likeness.as_ref().unwrap_or(&self.likeness)
    }

    /// The same card with this price on exposure: so many points less for each half step of the logarithm of how often an
    /// organisation is listed, so many more below an even share. None where a cell would leave the range.
    pub fn with_exposure_price(&self, points: i32) -> Option<Card> {
        let price = |level: usize| {
            let steps = i32::try_from(level).ok()? - i32::from(exposure::EVEN);
            let cell = points.checked_mul(-steps)?;
            (-POINTS_MAX..=POINTS_MAX).contains(&cell).then_some(cell)
        };
        let mut cells = [0; LEVELS_MAX];
        // A level that is not known costs what an even share does: nothing.
        for (level, cell) in cells.iter_mut().enumerate().skip(1) {
            *cell = price(level)?;
        }
        Some(self.with_cells(&[(Factor::Exposure, cells)]))
    }

    /// The same card without a factor: each of its levels is worth what it is where nothing is known, and tables of it are
    /// gone. None where there is no such factor.
    pub fn without(&self, factor: &str) -> Option<Card> {
        let factor = Factor::from_name(factor)?;
        let changed = |section: &Section| {
            let mut section = section.clone();
            section.cells[factor as usize] = [section.plain(factor); LEVELS_MAX];
            section
                .tables
                .retain(|table| !table.factors.contains(&factor));
            section
        };
        Some(self.with_sections(changed))
    }

    /// Whether any of its sections has a price on exposure.
    pub fn prices_exposure(&self) -> bool {
        let sections = self.sections.iter().map(|(_, section)| section);
        let priced =
            |section: &Section| section.cells[Factor::Exposure as usize] != [0; LEVELS_MAX];
        sections.chain([&self.default]).any(priced)
    }

    /// The same card without what it asks for load and exposure.
    pub(crate) fn unpriced(&self) -> Card {
        let nothing = [0; LEVELS_MAX];
        self.with_cells(&[(Factor::Load, nothing), (Factor::Exposure, nothing)])
    }

    /// Its sections, with `learned` in the place of those for the same kinds.
    pub(crate) fn sections_with(
        &self,
        learned: Vec<((Kind, Kind), Section)>,
    ) -> Vec<((Kind, Kind), Section)> {
        let is_learned = |kinds: &(Kind, Kind)| learned.iter().any(|(other, _)| other == kinds);
        let kept = self.sections.iter().filter(|(kinds, _)| !is_learned(kinds));
        let mut all: Vec<_> = kept.cloned().collect();
        all.extend(learned);
        all
    }

    fn with_cells(&self, cells: &[(Factor, Cells)]) -> Card {
        let changed = |section: &Section| {
            let mut section = section.clone();
            for (factor, cells) in cells {
                section.cells[*factor as usize] = *cells;
            }
            section
        };
        self.with_sections(changed)
    }

    fn with_sections(&self, changed: impl Fn(&Section) -> Section) -> Card {
        let sections = self.sections.iter();
        Card::of(
            self.name.clone(),
            self.predicts.clone(),
            self.likeness.clone(),
            changed(&self.default),
            sections
                .map(|(kinds, section)| (*kinds, changed(section)))
                .collect(),
        )
    }

    /// The card with these sections, the hash of its content beside it.
    fn of(
        name: String,
        predicts: Option<String>,
        likeness: Likeness,
        default: Section,
        sections: Vec<((Kind, Kind), Section)>,
    ) -> Card {
        let mut text = format!("{name}\t{predicts:?}\n");
        likeness.canonical(&mut text, "likeness");
        default.canonical(&mut text, "default");
        for ((asker, counterpart), section) in &sections {
            let kinds = format!("{}\t{}", asker.code(), counterpart.code());
            section.canonical(&mut text, &kinds);
        }
        Card {
            name,
            calibrated: predicts.is_some(),
            predicts,
            likeness,
            hash: sha256(&text),
            default,
            sections,
        }
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
    /// In place of the card's.
    likeness: Option<Likeness>,
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

    /// The cells of a factor, by level.
    pub(crate) fn cells(&self, factor: Factor) -> &Cells {
        &self.cells[factor as usize]
    }

    /// How many points lie between the worst level of a factor and the best.
    pub(crate) fn range(&self, factor: Factor) -> i64 {
        let cells = || self.cells(factor).iter().take(factor.levels().len());
        let ends = cells().min().zip(cells().max());
        ends.map_or(0, |(&least, &most)| i64::from(most) - i64::from(least))
    }

    pub(crate) fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// One line per cell, in the order of factors and levels, then the tables. A price of 0 on every level is none, so that
    /// cards from before a price could be set keep their hash.
    fn canonical(&self, text: &mut String, kinds: &str) {
        if let Some(likeness) = &self.likeness {
            likeness.canonical(text, &format!("{kinds}\tlikeness"));
        }
        let none =
            |factor: Factor| factor.is_price() && self.cells[factor as usize] == [0; LEVELS_MAX];
        for factor in Factor::ALL.into_iter().filter(|factor| !none(*factor)) {
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
    /// The cells, by level of the first factor, then of the second.
    pub(crate) fn cells(&self) -> &[Cells; LEVELS_MAX] {
        &self.cells
    }

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
        Card::of(raw.name, raw.predicts, raw.likeness, raw.default, sections)
    }
}
