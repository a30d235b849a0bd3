//! A card's text as it is written: one line a factor, so that two cards can be compared line by line.

use std::fmt::Write as _;

use domain::Kind;
use serde_json::json;

use super::{Card, Likeness, Section, Table};
use crate::factor::{FACTORS, Factor, LEVELS_MAX};

impl Section {
    /// The section that learned `points` by factor and level. What was not learned counts as in `by_hand`, from
    /// `unknown` on: a level that says nothing then adds nothing, and the sum stays what was learned.
    pub(crate) fn learned(points: &[Option<Vec<i32>>; FACTORS], by_hand: &Section) -> Section {
        let mut section = by_hand.clone();
        for (cells, learned) in section.cells.iter_mut().zip(points) {
            let nothing_said = cells[0];
            let levels = learned.as_ref().map_or(0, Vec::len);
            for level in 0..LEVELS_MAX {
                cells[level] = match learned {
                    Some(learned) if level < levels => learned[level],
                    Some(_) => 0,
                    None => cells[level] - nothing_said,
                };
            }
        }
        for (factor, cells) in Factor::ALL.into_iter().zip(&mut section.cells) {
            cells[factor.levels().len()..].fill(0);
        }
        section
    }

    /// The section in which deals are alike as `likeness` says, whatever the card says.
    pub(crate) fn with_likeness(self, likeness: Likeness) -> Section {
        Section {
            likeness: Some(likeness),
            ..self
        }
    }
}

impl Card {
    /// The text of a card with the default of this one and `sections` that were learned; deals are alike as here if
    /// `likeness` does not say otherwise.
    pub(crate) fn learned_text(
        &self,
        name: &str,
        predicts: &str,
        likeness: Option<&Likeness>,
        sections: &[((Kind, Kind), Section)],
    ) -> String {
        let mut text = format!(
            "{{\n  \"name\": {},\n  \"calibrated\": true,\n  \"predicts\": {},\n  \"likeness\": {{\n",
            json!(name),
            json!(predicts)
        );
        likeness.unwrap_or(&self.likeness).write(&mut text, "    ");
        text.push_str("  },\n  \"default\": {\n");
        write_section(&mut text, "    ", &self.default);
        text.push_str("  },\n  \"sections\": [\n");
        for (place, ((asker, counterpart), section)) in sections.iter().enumerate() {
            let (asker, counterpart) = (asker.code(), counterpart.code());
            let _ = writeln!(
                text,
                "    {{\n      \"asker\": \"{asker}\",\n      \"counterpart\": \"{counterpart}\","
            );
            if let Some(likeness) = &section.likeness {
                text.push_str("      \"likeness\": {\n");
                likeness.write(&mut text, "        ");
                text.push_str("      },\n");
            }
            write_section(&mut text, "      ", section);
            let comma = if place + 1 < sections.len() { "," } else { "" };
            let _ = writeln!(text, "    }}{comma}");
        }
        text.push_str("  ]\n}\n");
        text
    }
}

/// The factors and tables of a section, one line each.
fn write_section(text: &mut String, indent: &str, section: &Section) {
    let _ = writeln!(text, "{indent}\"factors\": {{");
    for (place, factor) in Factor::ALL.into_iter().enumerate() {
        let cells = factor.levels().iter().zip(&section.cells[factor as usize]);
        let cells: Vec<String> = cells
            .map(|(level, points)| format!("{}: {points}", json!(level)))
            .collect();
        let comma = if place + 1 < FACTORS { "," } else { "" };
        let _ = writeln!(
            text,
            "{indent}  {}: {{{}}}{comma}",
            json!(factor.name()),
            cells.join(", ")
        );
    }
    let _ = writeln!(text, "{indent}}},\n{indent}\"tables\": [");
    let count = section.tables.len();
    for (place, table) in section.tables.iter().enumerate() {
        let comma = if place + 1 < count { "," } else { "" };
        let _ = writeln!(text, "{indent}  {}{comma}", table_text(table));
    }
    let _ = writeln!(text, "{indent}]");
}

/// The cells of a table that are worth something.
fn table_text(table: &Table) -> String {
    let [a, b] = table.factors;
    let rows = a.levels().iter().zip(table.cells.iter());
    let rows: serde_json::Map<_, _> = rows
        .map(|(first, row)| {
            let cells = b
                .levels()
                .iter()
                .zip(row)
                .filter(|(_, points)| **points != 0);
            let cells: serde_json::Map<_, _> = cells
                .map(|(second, points)| ((*second).to_owned(), json!(points)))
                .collect();
            ((*first).to_owned(), json!(cells))
        })
        .collect();
    json!({"factors": [a.name(), b.name()], "cells": rows}).to_string()
}
