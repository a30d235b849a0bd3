//! A card's sections as people read them.

use domain::Kind;

use super::{Card, Section};
use crate::factor::Factor;

/// What a card pays between two kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Priced {
    /// The kinds of asker and counterpart; none: whatever has no section of its own.
    pub kinds: Option<(Kind, Kind)>,
    /// Factors with their levels and points; of a section, those that it pays otherwise than the default.
    pub factors: Vec<(&'static str, Vec<(&'static str, i32)>)>,
    /// Tables of two factors, with the cells that are worth something.
    pub tables: Vec<PricedTable>,
}

/// A table of two factors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedTable {
    /// The factors.
    pub factors: [&'static str; 2],
    /// A level of each, and the points.
    pub cells: Vec<([&'static str; 2], i32)>,
}

impl Card {
    /// The default, then each section by its kinds.
    pub fn sections(&self) -> Vec<Priced> {
        let default = Priced {
            kinds: None,
            factors: factors(&self.default, |_| true),
            tables: tables(&self.default),
        };
        let own = self.sections.iter().map(|(kinds, section)| {
            let differs = |factor: Factor| {
                section.cells[factor as usize] != self.default.cells[factor as usize]
            };
            Priced {
                kinds: Some(*kinds),
                factors: factors(section, differs),
                tables: tables(section),
            }
        });
        [default].into_iter().chain(own).collect()
    }
}

fn factors(
    section: &Section,
    is_shown: impl Fn(Factor) -> bool,
) -> Vec<(&'static str, Vec<(&'static str, i32)>)> {
    let shown = Factor::ALL.into_iter().filter(|factor| is_shown(*factor));
    let priced = shown.map(|factor| {
        let cells = factor.levels().iter().copied();
        let cells = cells.zip(section.cells[factor as usize]).collect();
        (factor.name(), cells)
    });
    priced.collect()
}

fn tables(section: &Section) -> Vec<PricedTable> {
    let table = |table: &super::Table| {
        let [a, b] = table.factors;
        let pairs = (0..).zip(a.levels()).flat_map(|(x, first)| {
            (0..)
                .zip(b.levels())
                .map(move |(y, second)| ([x, y], [*first, *second]))
        });
        PricedTable {
            factors: table.factors.map(Factor::name),
            cells: pairs
                .map(|(levels, names)| (names, table.points(levels)))
                .filter(|(_, points)| *points != 0)
                .collect(),
        }
    };
    section.tables.iter().map(table).collect()
}
