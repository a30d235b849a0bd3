//! What two cards pay otherwise, cell by cell.

use std::fmt;

use super::{Card, Likeness, Section};
use crate::factor::Factor;

/// A cell in which two cards differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `default`, or the kinds of asker and counterpart.
    pub section: String,
    /// The factor; two joined by ` × ` for a two-factor table.
    pub factor: String,
    /// The level; two joined by ` × ` for a two-factor table.
    pub level: String,
    /// Points on the first card.
    pub before: i32,
    /// Points on the second.
    pub after: i32,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference {
            section,
            factor,
            level,
            before,
            after,
        } = self;
        write!(f, "{section}: {factor} {level}: {before} -> {after}")
    }
}

impl Card {
    /// The cells that `other` pays otherwise, by section, factor and level. A section that one card lacks is compared
    /// with that card's default, which holds in its place.
    pub fn differences(&self, other: &Card) -> Vec<Difference> {
        let mut kinds: Vec<_> = self
            .sections
            .iter()
            .chain(&other.sections)
            .map(|(kinds, _)| *kinds)
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        let mut found = Vec::new();
        compare_likeness(&mut found, "", &self.likeness, &other.likeness);
        compare(&mut found, "default", &self.default, &other.default);
        for (asker, counterpart) in kinds {
            let section = |card: &Card| card.section(Some(asker), counterpart).clone();
            let (before, after) = (section(self), section(other));
            let name = format!("{} asks for {}", asker.code(), counterpart.code());
            if before.likeness != after.likeness {
                let (before, after) = (self.likeness(&before), other.likeness(&after));
                compare_likeness(&mut found, &format!("{name}: "), before, after);
            }
            compare(&mut found, &name, &before, &after);
        }
        found
    }
}

/// What deals count otherwise, wherever `whose` says.
fn compare_likeness(found: &mut Vec<Difference>, whose: &str, before: &Likeness, after: &Likeness) {
    let cells = before.cells().zip(after.cells());
    let differing = cells.filter(|((.., before), (.., after))| before != after);
    found.extend(
        differing.map(|((respect, level, before), (.., after))| Difference {
            section: format!("{whose}likeness"),
            factor: respect.name().to_owned(),
            level,
            before,
            after,
        }),
    );
}

fn compare(found: &mut Vec<Difference>, section: &str, before: &Section, after: &Section) {
    let mut differ = |factor: String, level: String, before: i32, after: i32| {
        if before != after {
            let section = section.to_owned();
            found.push(Difference {
                section,
                factor,
                level,
                before,
                after,
            });
        }
    };
    for factor in Factor::ALL {
        let cells = before.cells[factor as usize]
            .iter()
            .zip(&after.cells[factor as usize]);
        for (level, (before, after)) in factor.levels().iter().zip(cells) {
            differ(
                factor.name().to_owned(),
                (*level).to_owned(),
                *before,
                *after,
            );
        }
    }
    let mut pairs: Vec<[Factor; 2]> = before
        .tables
        .iter()
        .chain(&after.tables)
        .map(|table| table.factors)
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    for factors in pairs {
        let name = factors.map(Factor::name).join(" × ");
        let cell = |section: &Section, levels| {
            let table = section.tables.iter().find(|table| table.factors == factors);
            table.map_or(0, |table| table.points(levels))
        };
        for (a, first) in (0..).zip(factors[0].levels()) {
            for (b, second) in (0..).zip(factors[1].levels()) {
                let level = format!("{first} × {second}");
                differ(
                    name.clone(),
                    level,
                    cell(before, [a, b]),
                    cell(after, [a, b]),
                );
            }
        }
    }
}
