//! How much a past deal tells of the one that is asked for: what `track_record.similar` adds up.

mod read;

use std::{fmt::Write as _, ops::Range};

use serde_json::json;

use crate::{
    factors::similar::{PLACE, Respect, Trades},
    record::{Raising, Round},
};

/// A cell is at most so far from 0: a thousandth of a millionth, or a thousand million times as much.
const CELL_MAX: i32 = 30_000;

/// The row that holds for whatever is asked for; the others add to it.
const ANY: &str = "any";

/// Cells by respect, in thousandths of a doubling: at 1000 more a deal counts twice as much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Likeness {
    tables: Vec<Table>,
}

/// The cells of one respect.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Table {
    /// Row 0 is for whatever is asked for, row 1 + n for the n-th that can be asked for.
    cells: Vec<i32>,
    columns: usize,
}

impl Table {
    fn nothing(respect: Respect) -> Table {
        let columns = respect.of_deal().len();
        Table {
            cells: vec![0; (1 + respect.asked().len()) * columns],
            columns,
        }
    }
}

impl Likeness {
    /// Every deal counts the same.
    pub(crate) fn nothing() -> Likeness {
        Likeness {
            tables: Respect::ALL.into_iter().map(Table::nothing).collect(),
        }
    }

    /// From the cells of each respect: first those for whatever is asked for, then row by row.
    pub(crate) fn of(cells: impl Fn(Respect) -> Vec<i32>) -> Likeness {
        let mut likeness = Likeness::nothing();
        for (respect, table) in Respect::ALL.into_iter().zip(&mut likeness.tables) {
            let cells = cells(respect);
            assert_eq!(cells.len(), table.cells.len(), "all cells of {respect:?}");
            table.cells = cells
                .into_iter()
                .map(|cell| cell.clamp(-CELL_MAX, CELL_MAX))
                .collect();
        }
        likeness
    }

    /// What a deal that is `of_deal` counts where `asked` is asked for.
    pub(crate) fn cell(&self, respect: Respect, asked: u8, of_deal: u8) -> i32 {
        let table = &self.tables[respect as usize];
        let any = table.cells[usize::from(of_deal)];
        let row = (1 + usize::from(asked)) * table.columns + usize::from(of_deal);
        any + table.cells.get(row).copied().unwrap_or(0)
    }

    /// What a startup that is so near and in such trades counts.
    pub(crate) fn startup(&self, raising: Raising, near: u8, trades: Trades) -> i32 {
        self.place(raising, near) + self.trades(trades)
    }

    /// What a place that is so near counts.
    pub(crate) fn place(&self, raising: Raising, near: u8) -> i32 {
        let of_places = PLACE.into_iter();
        let place = of_places.map(|respect| self.cell(respect, raising.level(respect), near));
        place.sum()
    }

    /// What trades count.
    pub(crate) fn trades(&self, trades: Trades) -> i32 {
        let (mine, theirs) = trades.fields;
        self.cell(Respect::Sector, 0, trades.nearness) + self.cell(Respect::Field, mine, theirs)
    }

    /// What a round counts.
    pub(crate) fn round(&self, raising: Raising, round: Round) -> i32 {
        let levels = round.levels().into_iter();
        levels
            .map(|(respect, level)| self.cell(respect, raising.level(respect), level))
            .sum()
    }

    /// The most that a deal in a respect counts, if it is any of these.
    pub(crate) fn most(&self, respect: Respect, asked: Range<u8>, of_deal: Range<u8>) -> i32 {
        let cells = asked.flat_map(|asked| of_deal.clone().map(move |level| (asked, level)));
        let cells = cells.map(|(asked, level)| self.cell(respect, asked, level));
        cells.max().unwrap_or(0)
    }

    /// One line per cell that counts, each beginning with `whose`.
    pub(super) fn canonical(&self, text: &mut String, whose: &str) {
        for (respect, table) in Respect::ALL.into_iter().zip(&self.tables) {
            for (place, cell) in table
                .cells
                .iter()
                .enumerate()
                .filter(|(_, cell)| **cell != 0)
            {
                let (row, column) = (place / table.columns, place % table.columns);
                let _ = writeln!(text, "{whose}\t{}\t{row}\t{column}\t{cell}", respect.name());
            }
        }
    }

    /// One line per respect and what is asked for, without the cells that count nothing.
    pub(super) fn write(&self, text: &mut String, indent: &str) {
        for (place, (respect, table)) in Respect::ALL.into_iter().zip(&self.tables).enumerate() {
            let _ = writeln!(text, "{indent}{}: {{", json!(respect.name()));
            let names = [ANY].into_iter().chain(respect.asked().iter().copied());
            let rows = names.zip(table.cells.chunks(table.columns));
            let rows: Vec<String> = rows
                .filter_map(|(name, cells)| row_text(respect, name, cells))
                .map(|row| format!("{indent}  {row}"))
                .collect();
            let _ = writeln!(text, "{}", rows.join(",\n"));
            let comma = if place + 1 < self.tables.len() {
                ","
            } else {
                ""
            };
            let _ = writeln!(text, "{indent}}}{comma}");
        }
    }

    /// Each cell with the respect and what it is for, as cards are compared.
    pub(super) fn cells(&self) -> impl Iterator<Item = (Respect, String, i32)> {
        let tables = Respect::ALL.into_iter().zip(&self.tables);
        tables.flat_map(|(respect, table)| {
            table.cells.iter().enumerate().map(move |(place, &cell)| {
                let (row, column) = (place / table.columns, place % table.columns);
                let asked = row.checked_sub(1).map_or(ANY, |row| respect.asked()[row]);
                (
                    respect,
                    format!("{asked} → {}", respect.of_deal()[column]),
                    cell,
                )
            })
        })
    }
}

/// `"seed": {"city": 310, …}`; none where no cell counts.
fn row_text(respect: Respect, name: &str, cells: &[i32]) -> Option<String> {
    let names = respect.of_deal().iter().zip(cells);
    let cells: Vec<String> = names
        .filter(|(_, cell)| **cell != 0)
        .map(|(name, cell)| format!("{}: {cell}", json!(name)))
        .collect();
    (!cells.is_empty()).then(|| format!("{}: {{{}}}", json!(name), cells.join(", ")))
}
