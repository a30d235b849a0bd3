//! The level of a record for each row of a block.

use super::{
    block::{BLOCK, Bits, Block, NONE, Numbers, STRIPS},
    lanes::STRIP,
    plan::Record,
};

/// Writes the level of a record for each row of some strips.
pub(super) fn fill(record: &Record, block: &Block, first_row: u32, strips: u8, into: &mut Numbers) {
    let by = &block.numbers[usize::from(record.by.0)];
    for strip in strips_of(strips) {
        for (to, &number) in into[strip].iter_mut().zip(&by[strip]) {
            *to = record.otherwise[usize::from(number)];
        }
    }
    let level = |into: &mut Numbers, row: usize, level: u8, first: bool| {
        let to = &mut into[row / STRIP][row % STRIP];
        *to = if first { level } else { level.max(*to) };
    };
    if let [term] = record.terms[..] {
        let (rows, levels) = block.exceptions(term);
        for (&row, &exception) in rows.iter().zip(levels) {
            level(into, usize::from(row), exception, true);
        }
    } else if !record.terms.is_empty() {
        best_of(record, block, into);
    }
    for &(row, given) in rows_in(&record.given, first_row, |&(row, _)| row) {
        level(into, (row - first_row) as usize, given, false);
    }
}

/// The best level of several terms: the other terms of a row with an exception are at its number's level.
fn best_of(record: &Record, block: &Block, into: &mut Numbers) {
    let mut best: Vec<(u16, u8, usize)> = Vec::new();
    for &term in &record.terms {
        let (rows, levels) = block.exceptions(term);
        best.extend(
            rows.iter()
                .zip(levels)
                .map(|(&row, &level)| (row, level, 1)),
        );
    }
    best.sort_unstable();
    best.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            *kept = (kept.0, kept.1.max(next.1), kept.2 + 1);
        }
        same
    });
    for (row, level, terms) in best {
        let to = &mut into[usize::from(row) / STRIP][usize::from(row) % STRIP];
        *to = if terms == record.terms.len() {
            level
        } else {
            level.max(*to)
        };
    }
}

/// The rows of some strips whose number is `least` or higher.
pub(super) fn at_least(numbers: &Numbers, least: u8, strips: u8) -> Bits {
    let mut found = NONE;
    for strip in strips_of(strips) {
        let words = found[strip].0.iter_mut();
        for (word, numbers) in words.zip(numbers[strip].as_chunks::<32>().0) {
            for (row, &number) in numbers.iter().enumerate() {
                *word |= u32::from(number >= least) << row;
            }
        }
    }
    found
}

/// Whether a row of a block is not at the level that its number says.
pub(super) fn has_exceptions(record: &Record, block: &Block, at: usize) -> bool {
    let first_row = u32::try_from(BLOCK * at).expect("fewer than 2^32 rows");
    let given = rows_in(&record.given, first_row, |&(row, _)| row);
    let has_exception = |&term: &u32| !block.exceptions(term).0.is_empty();
    !given.is_empty() || record.terms.iter().any(has_exception)
}

/// Those of a list in the order of rows that lie in a block.
pub(super) fn rows_in<T>(list: &[T], first_row: u32, row: impl Fn(&T) -> u32) -> &[T] {
    let rest = &list[list.partition_point(|item| row(item) < first_row)..];
    let in_block = |item: &T| ((row(item) - first_row) as usize) < BLOCK;
    &rest[..rest.partition_point(in_block)]
}

/// The strips of a set of them.
pub(super) fn strips_of(strips: u8) -> impl Iterator<Item = usize> {
    (0..STRIPS).filter(move |strip| strips >> strip & 1 == 1)
}
