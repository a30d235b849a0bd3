//! A card's text. Every check is made while the text is read, so that an error knows its line.

use std::fmt;

use domain::Kind;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, MapAccess, Visitor},
};

use super::{Cells, Likeness, POINTS_MAX, Section, Table};
use crate::{
    factor::{FACTORS, Factor, LEVELS_MAX},
    factors::{UNKNOWN, share::TWELFTHS},
};

/// A card as its text states it, checked.
#[derive(Deserialize)]
#[serde(try_from = "Stated")]
pub(super) struct RawCard {
    pub(super) name: String,
    pub(super) predicts: Option<String>,
    pub(super) likeness: Likeness,
    /// The hash that the text states of its content.
    pub(super) hash: Option<String>,
    pub(super) default: Section,
    pub(super) sections: Vec<Override>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stated {
    name: String,
    calibrated: bool,
    predicts: Option<String>,
    likeness: Likeness,
    hash: Option<String>,
    default: Section,
    #[serde(default)]
    sections: Vec<Override>,
}

#[derive(Debug, thiserror::Error)]
enum Contradiction {
    #[error("a calibrated card says what it `predicts`, another does not")]
    Calibration,
    #[error("the section from {} to {} stands twice", .0.code(), .1.code())]
    Section(Kind, Kind),
}

impl TryFrom<Stated> for RawCard {
    type Error = Contradiction;
    fn try_from(stated: Stated) -> Result<RawCard, Contradiction> {
        if stated.calibrated != stated.predicts.is_some() {
            return Err(Contradiction::Calibration);
        }
        for (index, section) in stated.sections.iter().enumerate() {
            let (asker, counterpart) = section.kinds();
            let mut before = stated.sections[..index].iter();
            if before.any(|other| other.kinds() == section.kinds()) {
                return Err(Contradiction::Section(asker, counterpart));
            }
        }
        Ok(RawCard {
            name: stated.name,
            predicts: stated.predicts,
            likeness: stated.likeness,
            hash: stated.hash,
            default: stated.default,
            sections: stated.sections,
        })
    }
}

/// What one pair of kinds has otherwise than the default.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Override {
    asker: Kind,
    counterpart: Kind,
    #[serde(default)]
    factors: Factors,
    /// In place of the default's.
    tables: Option<Vec<Table>>,
    /// In place of the card's.
    likeness: Option<Likeness>,
}

impl Override {
    pub(super) fn kinds(&self) -> (Kind, Kind) {
        (self.asker, self.counterpart)
    }

    /// The section that stands when this is laid over `default`.
    pub(super) fn over(self, default: &Section) -> Section {
        let mut section = default.clone();
        for (cell, stated) in section.cells.iter_mut().zip(self.factors.0) {
            *cell = stated.unwrap_or(*cell);
        }
        section.tables = self.tables.unwrap_or(section.tables);
        section.likeness = self.likeness;
        section
    }
}

impl<'de> Deserialize<'de> for Section {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Section, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Whole {
            factors: Factors,
            #[serde(default)]
            tables: Vec<Table>,
        }
        let whole = Whole::deserialize(deserializer)?;
        let mut cells = [[0; LEVELS_MAX]; FACTORS];
        for factor in Factor::ALL {
            let stated = whole.factors.0[factor as usize];
            let price = factor.is_price().then_some([0; LEVELS_MAX]);
            cells[factor as usize] = stated.or(price).ok_or_else(|| {
                D::Error::custom(format!("the default lacks factor `{}`", factor.name()))
            })?;
        }
        Ok(Section {
            cells,
            tables: whole.tables,
            likeness: None,
        })
    }
}

/// Cells by factor, as far as they are stated.
struct Factors([Option<Cells>; FACTORS]);

impl Default for Factors {
    fn default() -> Self {
        Factors([None; FACTORS])
    }
}

impl<'de> Deserialize<'de> for Factors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Factors, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Factors;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object from factors to levels")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Factors, M::Error> {
                let mut factors = Factors::default();
                while let Some(factor) = map.next_key::<Factor>()? {
                    if factors.0[factor as usize].is_some() {
                        return Err(M::Error::custom(format!(
                            "factor `{}` stands twice",
                            factor.name()
                        )));
                    }
                    factors.0[factor as usize] = Some(map.next_value_seed(Levels(factor))?);
                }
                Ok(factors)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

impl<'de> Deserialize<'de> for Factor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Factor, D::Error> {
        let name = String::deserialize(deserializer)?;
        Factor::from_name(&name)
            .ok_or_else(|| D::Error::custom(format!("there is no factor `{name}`")))
    }
}

/// Reads the cells of one factor.
struct Levels(Factor);

impl<'de> DeserializeSeed<'de> for Levels {
    type Value = Cells;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cells, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Levels {
    type Value = Cells;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object from levels of `{}` to points", self.0.name())
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Cells, M::Error> {
        let mut stated = [None; LEVELS_MAX];
        while let Some(name) = map.next_key::<String>()? {
            let level = level_of(self.0, &name)?;
            let points = map.next_value()?;
            check_points(self.0, points)?;
            if stated[usize::from(level)].replace(points).is_some() {
                return Err(M::Error::custom(format!("level `{name}` stands twice")));
            }
        }
        let names = self.0.levels();
        if let Some((name, _)) = names.iter().zip(stated).find(|(_, cell)| cell.is_none()) {
            let factor = self.0.name();
            return Err(M::Error::custom(format!("`{factor}` lacks level `{name}`")));
        }
        let cells = stated.map(|cell| cell.unwrap_or(0));
        check_unknown(self.0, &cells)?;
        Ok(cells)
    }
}

fn level_of<E: Error>(factor: Factor, name: &str) -> Result<u8, E> {
    let unknown = || E::custom(format!("`{}` has no level `{name}`", factor.name()));
    factor.level(name).ok_or_else(unknown)
}

fn check_points<E: Error>(factor: Factor, points: i32) -> Result<(), E> {
    if !(-POINTS_MAX..=POINTS_MAX).contains(&points) {
        return Err(E::custom(format!(
            "{points} points are not between -{POINTS_MAX} and {POINTS_MAX}"
        )));
    }
    if factor.is_shared_out() && points % TWELFTHS != 0 {
        return Err(E::custom(format!(
            "{points} points are not a multiple of 12, and `{}` is shared out over labels",
            factor.name()
        )));
    }
    Ok(())
}

/// Refuses to reward an empty field: `unknown` is worth at most the median of the known cells (the lower of the two
/// in the middle).
fn check_unknown<E: Error>(factor: Factor, cells: &Cells) -> Result<(), E> {
    if !factor.can_be_unknown() {
        return Ok(());
    }
    let mut known = cells[1..factor.levels().len()].to_vec();
    known.sort_unstable();
    let median = known[(known.len() - 1) / 2];
    let unknown = cells[usize::from(UNKNOWN)];
    if unknown > median {
        return Err(E::custom(format!(
            "`unknown` of `{}` is worth {unknown}, more than {median}, the median of the known levels",
            factor.name()
        )));
    }
    Ok(())
}

impl<'de> Deserialize<'de> for Table {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Table, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Stated {
            factors: [Factor; 2],
            cells: Pairs<Pairs<i32>>,
        }
        let stated = Stated::deserialize(deserializer)?;
        let [a, b] = stated.factors;
        if let Some(shared) = stated.factors.iter().find(|factor| factor.is_shared_out()) {
            return Err(D::Error::custom(format!(
                "`{}` is shared out over labels and has no place in a table",
                shared.name()
            )));
        }
        let mut cells = Box::new([[0; LEVELS_MAX]; LEVELS_MAX]);
        for (first, row) in stated.cells.0 {
            let first = level_of::<D::Error>(a, &first)?;
            for (second, points) in row.0 {
                let second = level_of::<D::Error>(b, &second)?;
                check_points::<D::Error>(a, points)?;
                cells[usize::from(first)][usize::from(second)] = points;
            }
        }
        Ok(Table {
            factors: [a, b],
            cells,
        })
    }
}

/// An object whose keys each stand once.
struct Pairs<T>(Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pairs<T>, D::Error> {
        struct Reader<T>(Vec<(String, T)>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Pairs<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object from levels")
            }
            fn visit_map<M: MapAccess<'de>>(mut self, mut map: M) -> Result<Pairs<T>, M::Error> {
                while let Some((name, value)) = map.next_entry::<String, T>()? {
                    if self.0.iter().any(|(other, _)| *other == name) {
                        return Err(M::Error::custom(format!("level `{name}` stands twice")));
                    }
                    self.0.push((name, value));
                }
                Ok(Pairs(self.0))
            }
        }
        deserializer.deserialize_map(Reader(Vec::new()))
    }
}
