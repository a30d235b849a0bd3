//! Blocks of rows: packed to be read, open to be written.

use super::{
    directory::Entry,
    lanes::{Line, STRIP},
    layout::{LIVE, Layout, Values},
};

/// Strips of a block.
pub(super) const STRIPS: usize = 8;

/// Rows of a block.
pub(super) const BLOCK: usize = STRIPS * STRIP;

/// One bit for each row of a block.
pub(super) type Bits = [Line; STRIPS];

pub(super) const NONE: Bits = [Line::NONE; STRIPS];
pub(super) const ALL: Bits = [Line::ALL; STRIPS];

/// A bitmap with this many rows or fewer is kept as a list of rows. An eighth of the bytes, and filling a line from
/// the list takes no longer than reading it from memory.
const FEW: usize = 32;

/// Which rows of a block a bitmap has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(u16);

/// A slot, spelt out.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// No row.
    Empty,
    /// Every row of a full block.
    Full,
    /// One of the block's bitmaps.
    Dense(usize),
    /// One of its lists.
    Few(usize),
}

impl Slot {
    pub(super) const EMPTY: Slot = Slot(0);
    const FULL: Slot = Slot(1);
    const FIRST: u16 = 2;
    const LIST: u16 = 1 << 15;

    fn of(base: u16, number: usize) -> Slot {
        let number = u16::try_from(number).expect("fewer than 2^15 bitmaps in a block");
        assert!(
            number < Slot::LIST - Slot::FIRST,
            "{number} bitmaps in a block"
        );
        Slot(base + number)
    }

    #[inline]
    pub(super) fn place(self) -> Place {
        match self.0 {
            0 => Place::Empty,
            1 => Place::Full,
            list @ Slot::LIST.. => Place::Few(usize::from(list - Slot::LIST)),
            dense => Place::Dense(usize::from(dense - Slot::FIRST)),
        }
    }
}

/// Rows that are only read.
#[derive(Debug)]
pub(super) struct Block {
    /// By bitmap.
    pub(super) entries: Box<[Entry]>,
    pub(super) dense: Box<[Bits]>,
    /// `few[starts[list]..starts[list + 1]]` are the rows of a list.
    few: Box<[u16]>,
    few_starts: Box<[u32]>,
    pub(super) tie_keys: Box<[u32]>,
    pub(super) owners: Box<[u32]>,
    /// By column.
    pub(super) numbers: Box<[Box<Numbers>]>,
    terms: Terms,
}

/// A number for each row of a block.
pub(super) type Numbers = [[u8; STRIP]; STRIPS];

/// Records of a block: for each term the rows with an exception, and their levels.
#[derive(Debug, Default)]
struct Terms {
    keys: Box<[u32]>,
    /// `rows[starts[term]..starts[term + 1]]`.
    starts: Box<[u32]>,
    rows: Box<[u16]>,
    levels: Box<[u8]>,
    /// By term: bit n where a row is at level n.
    present: Box<[u16]>,
}

/// What is known of the strips of a block without reading them.
pub(super) struct Summary {
    /// By column of numbers: which numbers stand in each strip.
    pub(super) present: Vec<[u16; STRIPS]>,
    /// The lowest tie key of each strip.
    pub(super) least_tie_keys: [u32; STRIPS],
}

impl Block {
    /// The rows of a list.
    pub(super) fn few(&self, list: usize) -> &[u16] {
        let (start, end) = (self.few_starts[list], self.few_starts[list + 1]);
        &self.few[start as usize..end as usize]
    }

    /// Rows with an exception for `term`, and their levels.
    pub(super) fn exceptions(&self, term: u32) -> (&[u16], &[u8]) {
        match self.terms.keys.binary_search(&term) {
            Err(_) => (&[], &[]),
            Ok(at) => {
                let run = self.terms.starts[at] as usize..self.terms.starts[at + 1] as usize;
                (&self.terms.rows[run.clone()], &self.terms.levels[run])
            }
        }
    }

    /// The levels of the rows with an exception for `term`: bit n for level n.
    pub(super) fn exceptional(&self, term: u32) -> u16 {
        let at = self.terms.keys.binary_search(&term);
        at.map_or(0, |at| self.terms.present[at])
    }

    /// The level of a row that has an exception for `term`.
    pub(super) fn exception(&self, term: u32, row: usize) -> Option<u8> {
        let (rows, levels) = self.exceptions(term);
        let at = rows.iter().position(|&other| usize::from(other) == row)?;
        Some(levels[at])
    }

    /// The number of a row.
    pub(super) fn number(&self, column: usize, row: usize) -> u8 {
        self.numbers[column][row / STRIP][row % STRIP]
    }

    /// Adds the rows of a bitmap to others.
    pub(super) fn add_to(&self, slot: Slot, others: &mut Bits) {
        match slot.place() {
            Place::Empty => {}
            Place::Full => *others = ALL,
            Place::Dense(at) => {
                for (line, more) in others.iter_mut().zip(&self.dense[at]) {
                    line.add(more);
                }
            }
            Place::Few(list) => {
                for &row in self.few(list) {
                    set(others, usize::from(row));
                }
            }
        }
    }

    /// Whether a bitmap has `row`.
    pub(super) fn has(&self, slot: Slot, row: usize) -> bool {
        match slot.place() {
            Place::Empty => false,
            Place::Full => true,
            Place::Dense(at) => is_set(&self.dense[at], row),
            Place::Few(list) => self
                .few(list)
                .iter()
                .any(|&other| usize::from(other) == row),
        }
    }

    /// Bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        let terms = &self.terms;
        size_of_val(&*self.entries)
            + size_of_val(&*self.dense)
            + size_of_val(&*self.few)
            + size_of_val(&*self.few_starts)
            + size_of_val(&*self.tie_keys)
            + size_of_val(&*self.owners)
            + self.numbers.len() * size_of::<Numbers>()
            + size_of_val(&*terms.keys)
            + size_of_val(&*terms.starts)
            + size_of_val(&*terms.rows)
            + size_of_val(&*terms.levels)
            + size_of_val(&*terms.present)
    }
}

pub(super) fn set(bits: &mut Bits, row: usize) {
    bits[row / STRIP].0[row % STRIP / 32] |= 1 << (row % 32);
}

pub(super) fn unset(bits: &mut Bits, row: usize) {
    bits[row / STRIP].0[row % STRIP / 32] &= !(1 << (row % 32));
}

pub(super) fn is_set(bits: &Bits, row: usize) -> bool {
    bits[row / STRIP].0[row % STRIP / 32] >> (row % 32) & 1 == 1
}

/// Rows that are being written.
pub(super) struct Open {
    /// By bitmap: where it stands in `dense`; [`Open::NOWHERE`] before a row has it.
    places: Vec<u32>,
    dense: Vec<Bits>,
    tie_keys: Vec<u32>,
    owners: Vec<u32>,
    numbers: Vec<Box<Numbers>>,
    /// Term, row and level, in no order.
    exceptions: Vec<(u32, u16, u8)>,
}

impl Open {
    const NOWHERE: u32 = u32::MAX;

    /// No rows yet.
    pub(super) fn new(layout: &Layout) -> Open {
        Open {
            places: vec![Open::NOWHERE; layout.bitmaps as usize],
            dense: Vec::new(),
            tie_keys: Vec::new(),
            owners: Vec::new(),
            numbers: vec![Box::new([[0; STRIP]; STRIPS]); usize::from(layout.narrow)],
            exceptions: Vec::new(),
        }
    }

    /// The rows of `block`.
    pub(super) fn of(layout: &Layout, block: &Block) -> Open {
        let mut open = Open {
            tie_keys: block.tie_keys.to_vec(),
            owners: block.owners.to_vec(),
            numbers: block.numbers.to_vec(),
            ..Open::new(layout)
        };
        for (place, &Entry { slot, .. }) in open.places.iter_mut().zip(&block.entries) {
            if slot != Slot::EMPTY {
                *place = u32::try_from(open.dense.len()).expect("few bitmaps");
                let mut bits = NONE;
                block.add_to(slot, &mut bits);
                open.dense.push(bits);
            }
        }
        let terms = &block.terms;
        for (term, run) in terms.keys.iter().zip(terms.starts.windows(2)) {
            for at in run[0] as usize..run[1] as usize {
                open.exceptions
                    .push((*term, terms.rows[at], terms.levels[at]));
            }
        }
        open
    }

    /// Has so many rows or more; those that come new are gone until they are written.
    pub(super) fn grow(&mut self, rows: usize) {
        let rows = rows.max(self.owners.len());
        self.owners.resize(rows, 0);
        self.tie_keys.resize(rows, u32::MAX);
    }

    /// Takes all away that the rows hold for which `is_changed`.
    pub(super) fn clear(&mut self, is_changed: &Bits) {
        for bits in &mut self.dense {
            for (line, changed) in bits.iter_mut().zip(is_changed) {
                for (word, changed) in line.0.iter_mut().zip(changed.0) {
                    *word &= !changed;
                }
            }
        }
        self.exceptions
            .retain(|(_, row, _)| !is_set(is_changed, usize::from(*row)));
    }

    /// Writes a row that holds nothing.
    pub(super) fn write(&mut self, layout: &Layout, row: usize, values: &Values) {
        self.owners[row] = values.owner;
        self.tie_keys[row] = values.tie_key;
        self.mark(LIVE, row);
        for &(column, code) in &values.codes {
            for &bitmap in &layout.axes[usize::from(column.0)].bitmaps[usize::from(code)] {
                self.mark(bitmap, row);
            }
        }
        for flag in &values.flags {
            self.mark(flag.0, row);
        }
        for (column, numbers) in self.numbers.iter_mut().enumerate() {
            let number = values.numbers.get(column).copied().unwrap_or(0);
            assert!(number < 16, "the number {number} is too high");
            numbers[row / STRIP][row % STRIP] = number;
        }
        let number = u16::try_from(row).expect("a row of a block");
        for &(term, level) in &values.exceptions {
            assert!(level < 16, "the level {level} is too high");
            self.exceptions.push((term, number, level));
        }
    }

    fn mark(&mut self, bitmap: u32, row: usize) {
        let place = &mut self.places[bitmap as usize];
        if *place == Open::NOWHERE {
            *place = u32::try_from(self.dense.len()).expect("few bitmaps");
            self.dense.push(NONE);
        }
        set(&mut self.dense[*place as usize], row);
    }

    pub(super) fn pack(mut self) -> (Block, Summary) {
        let live = match self.places[LIVE as usize] {
            Open::NOWHERE => NONE,
            at => self.dense[at as usize],
        };
        let mut summary = Summary {
            present: self
                .numbers
                .iter()
                .map(|numbers| present(numbers, &live))
                .collect(),
            least_tie_keys: [u32::MAX; STRIPS],
        };
        for (keys, least) in self.tie_keys.chunks(STRIP).zip(&mut summary.least_tie_keys) {
            *least = keys.iter().copied().min().unwrap_or(u32::MAX);
        }
        let mut entries = vec![Entry::EMPTY; self.places.len()];
        let (mut dense, mut few, mut few_starts) = (Vec::new(), Vec::new(), vec![0]);
        for (bitmap, &at) in self.places.iter().enumerate() {
            if at == Open::NOWHERE {
                continue;
            }
            let bits = &self.dense[at as usize];
            let rows: u32 = bits
                .iter()
                .flat_map(|line| line.0)
                .map(u32::count_ones)
                .sum();
            let entry = &mut entries[bitmap];
            entry.slot = match rows as usize {
                0 => Slot::EMPTY,
                BLOCK => Slot::FULL,
                1..=FEW => {
                    few.extend(rows_of(bits));
                    few_starts.push(u32::try_from(few.len()).expect("short lists"));
                    Slot::of(Slot::LIST, few_starts.len() - 2)
                }
                _ => {
                    dense.push(*bits);
                    Slot::of(Slot::FIRST, dense.len() - 1)
                }
            };
            for (strip, (line, live)) in bits.iter().zip(&live).enumerate() {
                let any = *line != Line::NONE;
                let all = any && line == live;
                entry.any |= u8::from(any) << strip;
                entry.all |= u8::from(all) << strip;
            }
        }
        self.exceptions.sort_unstable();
        let block = Block {
            entries: entries.into(),
            dense: dense.into(),
            few: few.into(),
            few_starts: few_starts.into(),
            tie_keys: self.tie_keys.into(),
            owners: self.owners.into(),
            numbers: self.numbers.into(),
            terms: Terms::of(&self.exceptions),
        };
        (block, summary)
    }
}

/// The rows of a bitmap, in order.
fn rows_of(bits: &Bits) -> impl Iterator<Item = u16> {
    bits.iter().enumerate().flat_map(|(strip, line)| {
        let row = move |row| u16::try_from(STRIP * strip + row).expect("a row of a block");
        line.ones().map(row)
    })
}

/// Which numbers the living rows of each strip have.
fn present(numbers: &Numbers, live: &Bits) -> [u16; STRIPS] {
    std::array::from_fn(|strip| {
        let number = |row: usize| 1 << numbers[strip][row];
        live[strip]
            .ones()
            .map(number)
            .fold(0, |all, one: u16| all | one)
    })
}

impl Terms {
    /// `exceptions` are in order.
    fn of(exceptions: &[(u32, u16, u8)]) -> Terms {
        let (mut keys, mut starts, mut present) = (Vec::new(), Vec::new(), Vec::new());
        for (at, &(term, _, level)) in (0u32..).zip(exceptions) {
            if keys.last() != Some(&term) {
                keys.push(term);
                starts.push(at);
                present.push(0);
            }
            *present.last_mut().expect("just pushed") |= 1 << level;
        }
        starts.push(u32::try_from(exceptions.len()).expect("few exceptions in a block"));
        Terms {
            keys: keys.into(),
            starts: starts.into(),
            present: present.into(),
            rows: exceptions.iter().map(|&(_, row, _)| row).collect(),
            levels: exceptions.iter().map(|&(.., level)| level).collect(),
        }
    }
}
