//! The level of a record for each row of a block.
#![expect(
    clippy::inline_always,
    reason = "a vector instruction is one only inside the function that may use it"
)]

use super::{
    block::{BLOCK, Bits, Block, NONE, Numbers, STRIPS, Sums},
    lanes::{Job, Lanes, Path, STRIP, Width},
    plan::Record,
    terms::Stand,
};

/// Writes the level of a record for each row of some strips; its terms stand there in the block.
pub(super) fn fill(
    path: Path,
    (record, stands): (&Record, &[Stand]),
    (block, first_row): (&Block, u32),
    strips: u8,
    into: &mut Numbers,
) {
    let translate = Translate {
        numbers: &block.numbers[usize::from(record.by.0)],
        table: &record.otherwise,
        strips,
        into,
    };
    path.run(Width::Bits16, translate);
    match (&record.terms[..], stands) {
        ([], _) => {}
        ([_], &[stand]) => {
            block
                .exceptions
                .at(stand)
                .write(into, strips, |level| level);
        }
        _ => best_of(stands, block, flat(into)),
    }
    for (terms, said) in [
        (&record.labels, &block.labels),
        (&record.mentions, &block.exceptions),
    ] {
        for (&(_, level), &stand) in terms.iter().zip(stands) {
            said.at(stand).write(into, strips, |_| level);
        }
    }
    for &(row, given) in rows_in(&record.given, first_row, |&(row, _)| row) {
        let to = &mut flat(into)[(row - first_row) as usize];
        *to = given.max(*to);
    }
}

/// What the rows of a block have, one after the other.
fn flat<T>(of_strips: &mut [[T; STRIP]; STRIPS]) -> &mut [T; BLOCK] {
    let of_rows = of_strips.as_flattened_mut();
    of_rows.as_mut_array().expect("as many as rows")
}

/// The best level of several terms: the other terms of a row with an exception are at its number's level.
fn best_of(stands: &[Stand], block: &Block, into: &mut [u8; BLOCK]) {
    let mut best: Vec<(u16, u8, usize)> = Vec::new();
    for &stand in stands {
        let of = block.exceptions.at(stand);
        of.each(|row, level| best.push((row, level, 1)));
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
        let to = &mut into[usize::from(row)];
        *to = if terms == stands.len() {
            level
        } else {
            level.max(*to)
        };
    }
}

struct Translate<'a> {
    numbers: &'a Numbers,
    table: &'a [u8; 16],
    strips: u8,
    into: &'a mut Numbers,
}

impl Job for Translate<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        for strip in strips_of(self.strips) {
            lanes.translate(&self.numbers[strip], self.table, &mut self.into[strip]);
        }
    }
}

/// The rows of some strips whose number is `least` or higher.
pub(super) fn at_least(path: Path, numbers: &Numbers, least: u8, strips: u8) -> Bits {
    let mut into = NONE;
    let compare = Compare {
        numbers,
        least,
        strips,
        into: &mut into,
    };
    path.run(Width::Bits16, compare);
    into
}

struct Compare<'a> {
    numbers: &'a Numbers,
    least: u8,
    strips: u8,
    into: &'a mut Bits,
}

impl Job for Compare<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        for strip in strips_of(self.strips) {
            self.into[strip] = lanes.numbers_at_least(&self.numbers[strip], self.least);
        }
    }
}

/// Writes to each row the points of its labels, which stand there in the block.
pub(super) fn add_shares(
    (shares, stands): (&[(u32, i32)], &[Stand]),
    block: &Block,
    into: &mut Sums,
) {
    let into: &mut [i32; BLOCK] = flat(into);
    for (&(_, points), &stand) in shares.iter().zip(stands) {
        let of = block.labels.at(stand);
        of.each(|row, twelfths| into[usize::from(row) % BLOCK] += points * i32::from(twelfths));
    }
}

/// The most that labels can give to a row of each strip of a block.
pub(super) fn most_of_shares(
    (shares, stands): (&[(u32, i32)], &[Stand]),
    block: &Block,
) -> [i32; STRIPS] {
    let mut most = [0; STRIPS];
    for (&(_, points), &stand) in shares.iter().zip(stands) {
        let present = block.labels.present(stand);
        // A row may have all of its twelfths of the best of them.
        for (most, _) in most.iter_mut().zip(present).filter(|(_, of)| *of != 0) {
            *most = (12 * points).max(*most);
        }
    }
    most
}

/// By strip of a block: levels of rows that are not at the level that their number says; bit n for level n.
pub(super) fn exceptional(
    (record, stands): (&Record, &[Stand]),
    block: &Block,
    at: usize,
) -> [u16; STRIPS] {
    let mut levels = [0; STRIPS];
    let first_row = u32::try_from(BLOCK * at).expect("fewer than 2^32 rows");
    for &(row, level) in rows_in(&record.given, first_row, |&(row, _)| row) {
        levels[(row - first_row) as usize / STRIP] |= 1 << level;
    }
    for (_, &stand) in record.terms.iter().zip(stands) {
        let present = block.exceptions.present(stand);
        for (levels, present) in levels.iter_mut().zip(present) {
            *levels |= present;
        }
    }
    for (terms, said) in [
        (&record.labels, &block.labels),
        (&record.mentions, &block.exceptions),
    ] {
        for (&(_, level), &stand) in terms.iter().zip(stands) {
            for (levels, present) in levels.iter_mut().zip(said.present(stand)) {
                *levels |= u16::from(present != 0) << level;
            }
        }
    }
    levels
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
