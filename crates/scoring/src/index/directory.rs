//! What is known of all blocks together, so that most need not be opened.

use super::{
    block::{STRIPS, Slot, Summary},
    lanes::{Line, STRIP},
};

/// For every bitmap in which strips it has any row, or every one.
///
/// A strip is one bit here as a row is one bit in a block, so that the steps that add up the points of rows add up
/// the bounds of strips.
#[derive(Clone, Debug)]
pub(super) struct Directory {
    bitmaps: usize,
    /// Lines of a bitmap in `any` and `all`.
    lines: usize,
    /// `bitmaps × lines`
    any: Vec<Line>,
    /// `bitmaps × lines`
    all: Vec<Line>,
    /// By column of numbers, by strip: which numbers stand there.
    pub(super) present: Vec<Vec<u16>>,
    /// By strip.
    pub(super) least_tie_keys: Vec<u32>,
}

/// A bitmap in one block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) slot: Slot,
    /// Strips in which any row has it.
    pub(super) any: u8,
    /// Strips in which every living row has it, of those that have one.
    pub(super) all: u8,
}

impl Entry {
    pub(super) const EMPTY: Entry = Entry {
        slot: Slot::EMPTY,
        any: 0,
        all: 0,
    };
}

/// Blocks whose strips fill a line.
const BLOCKS: usize = STRIP / STRIPS;

impl Directory {
    /// Of no block, with room for so many.
    pub(super) fn new(bitmaps: usize, columns: usize, blocks: usize) -> Directory {
        let lines = blocks.div_ceil(BLOCKS);
        Directory {
            bitmaps,
            lines,
            any: vec![Line::NONE; bitmaps * lines],
            all: vec![Line::NONE; bitmaps * lines],
            present: vec![vec![0; STRIP * lines]; columns],
            least_tie_keys: vec![u32::MAX; STRIP * lines],
        }
    }

    /// The same with room for `blocks` or more.
    pub(super) fn grown(&self, blocks: usize) -> Directory {
        let mut grown = Directory::new(self.bitmaps, self.present.len(), blocks);
        for bitmap in 0..self.bitmaps {
            let (from, to) = (bitmap * self.lines, bitmap * grown.lines);
            grown.any[to..to + self.lines].copy_from_slice(&self.any[from..from + self.lines]);
            grown.all[to..to + self.lines].copy_from_slice(&self.all[from..from + self.lines]);
        }
        for (to, from) in grown.present.iter_mut().zip(&self.present) {
            to[..from.len()].copy_from_slice(from);
        }
        grown.least_tie_keys[..self.least_tie_keys.len()].copy_from_slice(&self.least_tie_keys);
        grown
    }

    /// Blocks it has room for.
    pub(super) fn room(&self) -> usize {
        BLOCKS * self.lines
    }

    /// Writes down a block, of which it knows what it was `before` if there was one.
    pub(super) fn write(
        &mut self,
        block: usize,
        before: Option<&[Entry]>,
        (entries, summary): (&[Entry], &Summary),
    ) {
        for (bitmap, entry) in entries.iter().enumerate() {
            let known = before.map(|entries| entries[bitmap]);
            if known.is_some_and(|known| known.any == entry.any && known.all == entry.all) {
                continue;
            }
            let line = self.lines * bitmap + block / BLOCKS;
            write_byte(&mut self.any[line], block % BLOCKS, entry.any);
            write_byte(&mut self.all[line], block % BLOCKS, entry.all);
        }
        let strips = STRIPS * block..STRIPS * (block + 1);
        for (column, present) in self.present.iter_mut().zip(&summary.present) {
            column[strips.clone()].copy_from_slice(present);
        }
        self.least_tie_keys[strips].copy_from_slice(&summary.least_tie_keys);
    }

    /// What was written of the strips of a block.
    pub(super) fn summary(&self, block: usize) -> Summary {
        let strips = STRIPS * block..STRIPS * (block + 1);
        let mut summary = Summary::new(self.present.len());
        for (present, column) in summary.present.iter_mut().zip(&self.present) {
            present.copy_from_slice(&column[strips.clone()]);
        }
        let keys = &self.least_tie_keys[strips];
        summary.least_tie_keys.copy_from_slice(keys);
        summary
    }

    /// The strips in which a bitmap has any row.
    pub(super) fn any(&self, bitmap: u32) -> &[Line] {
        &self.any[bitmap as usize * self.lines..][..self.lines]
    }

    /// Whether a bitmap has any row of a block.
    pub(super) fn has_any(&self, bitmap: u32, block: usize) -> bool {
        let line = &self.any(bitmap)[block / BLOCKS];
        let (word, byte) = (block % BLOCKS / 4, block % 4);
        line.0[word].to_le_bytes()[byte] != 0
    }

    /// The strips in which a bitmap has every living row, of those that have one.
    pub(super) fn all(&self, bitmap: u32) -> &[Line] {
        &self.all[bitmap as usize * self.lines..][..self.lines]
    }

    pub(super) fn bytes(&self) -> usize {
        let present = self
            .present
            .iter()
            .map(|column| size_of_val(column.as_slice()));
        size_of_val(self.any.as_slice())
            + size_of_val(self.all.as_slice())
            + present.sum::<usize>()
            + size_of_val(self.least_tie_keys.as_slice())
    }
}

fn write_byte(line: &mut Line, at: usize, byte: u8) {
    let word = &mut line.0[at / 4];
    let mut bytes = word.to_le_bytes();
    bytes[at % 4] = byte;
    *word = u32::from_le_bytes(bytes);
}
