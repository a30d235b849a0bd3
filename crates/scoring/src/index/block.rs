//! Blocks of rows: packed to be read, open to be written, patched where some rows change.

mod patch;

use std::sync::Arc;

use super::{
    directory::Entry,
    lanes::{Line, STRIP},
    layout::{LIVE, Layout, Values},
    terms::{Said, Terms},
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
    pub(super) classes: Box<[u32]>,
    /// By column.
    pub(super) numbers: Box<[Arc<Numbers>]>,
    /// The level of a term, where a row's record speaks of it.
    pub(super) exceptions: Terms,
    /// What the rows are asked for, in twelfths.
    pub(super) labels: Terms,
}

/// A number for each row of a block.
pub(super) type Numbers = [[u8; STRIP]; STRIPS];

/// Points for each row of a block.
pub(super) type Sums = [[i32; STRIP]; STRIPS];

/// What is known of the strips of a block without reading them.
pub(super) struct Summary {
    /// By column of numbers: which numbers stand in each strip.
    pub(super) present: Vec<[u16; STRIPS]>,
    /// The lowest tie key of each strip.
    pub(super) least_tie_keys: [u32; STRIPS],
}

impl Block {
    /// The rows that were there when it was written.
    pub(super) fn live(&self) -> Bits {
        let mut live = NONE;
        self.add_to(self.entries[LIVE as usize].slot, &mut live);
        live
    }

    /// The rows of a list.
    pub(super) fn few(&self, list: usize) -> &[u16] {
        let (start, end) = (self.few_starts[list], self.few_starts[list + 1]);
        &self.few[start as usize..end as usize]
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

    /// The rows of a bitmap, in order.
    pub(super) fn rows(&self, slot: Slot) -> Vec<u16> {
        if matches!(slot.place(), Place::Empty) {
            return Vec::new();
        }
        let mut bits = NONE;
        self.add_to(slot, &mut bits);
        rows_of(&bits).collect()
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

    /// Bytes of the rows of a bitmap.
    pub(super) fn bytes_of(&self, bitmap: u32) -> usize {
        match self.entries[bitmap as usize].slot.place() {
            Place::Empty | Place::Full => 0,
            Place::Dense(at) => size_of_val(&self.dense[at]),
            Place::Few(list) => size_of_val(self.few(list)),
        }
    }

    /// Bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.entries)
            + size_of_val(&*self.dense)
            + size_of_val(&*self.few)
            + size_of_val(&*self.few_starts)
            + size_of_val(&*self.tie_keys)
            + size_of_val(&*self.owners)
            + size_of_val(&*self.classes)
            + self.numbers.len() * size_of::<Numbers>()
            + self.exceptions.bytes()
            + self.labels.bytes()
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

/// Rows that are being written for the first time.
pub(super) struct Open {
    /// By bitmap: where it stands in `dense`; [`Open::NOWHERE`] before a row has it.
    places: Vec<u32>,
    dense: Vec<Bits>,
    tie_keys: Vec<u32>,
    owners: Vec<u32>,
    classes: Vec<u32>,
    numbers: Box<[Box<Numbers>]>,
    exceptions: Vec<Said>,
    labels: Vec<Said>,
}

impl Open {
    const NOWHERE: u32 = u32::MAX;

    /// So many rows; those that are not written are gone.
    pub(super) fn new(layout: &Layout, rows: usize) -> Open {
        Open {
            places: vec![Open::NOWHERE; layout.bitmaps as usize],
            dense: Vec::new(),
            tie_keys: vec![u32::MAX; rows],
            owners: vec![0; rows],
            classes: vec![0; rows],
            numbers: (0..layout.narrow)
                .map(|_| Box::new([[0; STRIP]; STRIPS]))
                .collect(),
            exceptions: Vec::new(),
            labels: Vec::new(),
        }
    }

    /// Writes a row that holds nothing.
    pub(super) fn write(&mut self, layout: &Layout, row: usize, values: &Values) {
        self.owners[row] = values.owner;
        self.classes[row] = values.class;
        self.tie_keys[row] = values.tie_key;
        let (places, dense) = (&mut self.places, &mut self.dense);
        values.each_mark(layout, |bitmap| {
            let place = &mut places[bitmap as usize];
            if *place == Open::NOWHERE {
                *place = u32::try_from(dense.len()).expect("few bitmaps");
                dense.push(NONE);
            }
            set(&mut dense[*place as usize], row);
        });
        for (column, numbers) in self.numbers.iter_mut().enumerate() {
            numbers[row / STRIP][row % STRIP] = values.number_of(column);
        }
        self.exceptions.extend(said(&values.exceptions, row));
        self.labels.extend(said(&values.labels, row));
    }

    pub(super) fn pack(self) -> (Block, Summary) {
        let live = match self.places[LIVE as usize] {
            Open::NOWHERE => NONE,
            at => self.dense[at as usize],
        };
        let mut summary = Summary::new(self.numbers.len());
        for strip in 0..STRIPS {
            summary.look_at(strip, &self.numbers, &live, &self.tie_keys);
        }
        let mut marks = Marks::new(self.places.len(), &live, self.dense.len());
        for (bitmap, &at) in (0_u32..).zip(&self.places) {
            if at != Open::NOWHERE {
                marks.add(bitmap, &self.dense[at as usize]);
            }
        }
        let block = Block {
            tie_keys: self.tie_keys.into(),
            owners: self.owners.into(),
            classes: self.classes.into(),
            numbers: self.numbers.into_iter().map(Arc::from).collect(),
            exceptions: Terms::of(self.exceptions),
            labels: Terms::of(self.labels),
            ..marks.done()
        };
        (block, summary)
    }
}

/// The bitmaps of a block, written one after the other in order.
struct Marks {
    live: Bits,
    /// Living rows of each strip.
    living: [u32; STRIPS],
    entries: Vec<Entry>,
    dense: Vec<Bits>,
    few: Vec<u16>,
    few_starts: Vec<u32>,
}

impl Marks {
    /// With room for so many that have many rows.
    fn new(bitmaps: usize, live: &Bits, dense: usize) -> Marks {
        Marks {
            live: *live,
            living: counts(live),
            entries: vec![Entry::EMPTY; bitmaps],
            dense: Vec::with_capacity(dense),
            few: Vec::new(),
            few_starts: vec![0],
        }
    }

    fn add(&mut self, bitmap: u32, bits: &Bits) {
        let counts = counts(bits);
        let slot = match counts.iter().sum::<u32>() as usize {
            0 => Slot::EMPTY,
            BLOCK => Slot::FULL,
            1..=FEW => self.list(rows_of(bits)),
            _ => {
                self.dense.push(*bits);
                Slot::of(Slot::FIRST, self.dense.len() - 1)
            }
        };
        self.enter(bitmap, slot, counts);
    }

    /// The same of a list of rows, in order.
    fn add_few(&mut self, bitmap: u32, rows: &[u16]) {
        if rows.len() > FEW {
            let mut bits = NONE;
            for &row in rows {
                set(&mut bits, usize::from(row));
            }
            return self.add(bitmap, &bits);
        }
        let mut counts = [0; STRIPS];
        for &row in rows {
            counts[usize::from(row) / STRIP] += 1;
        }
        let slot = if rows.is_empty() {
            Slot::EMPTY
        } else {
            self.list(rows.iter().copied())
        };
        self.enter(bitmap, slot, counts);
    }

    fn list(&mut self, rows: impl Iterator<Item = u16>) -> Slot {
        self.few.extend(rows);
        let end = u32::try_from(self.few.len()).expect("short lists");
        self.few_starts.push(end);
        Slot::of(Slot::LIST, self.few_starts.len() - 2)
    }

    /// Only living rows are in a bitmap: where as many are in it as live, all are.
    fn enter(&mut self, bitmap: u32, slot: Slot, counts: [u32; STRIPS]) {
        let strips = |is_in: &dyn Fn(usize) -> bool| {
            (0..STRIPS).fold(0, |strips, strip| strips | u8::from(is_in(strip)) << strip)
        };
        self.entries[bitmap as usize] = Entry {
            slot,
            any: strips(&|strip| counts[strip] > 0),
            all: strips(&|strip| counts[strip] > 0 && counts[strip] == self.living[strip]),
        };
    }

    /// A block of these bitmaps and nothing else.
    fn done(self) -> Block {
        Block {
            entries: self.entries.into(),
            dense: self.dense.into(),
            few: self.few.into(),
            few_starts: self.few_starts.into(),
            tie_keys: Box::default(),
            owners: Box::default(),
            classes: Box::default(),
            numbers: Box::default(),
            exceptions: Terms::default(),
            labels: Terms::default(),
        }
    }
}

/// What a row says of some terms.
fn said(terms: &[(u32, u8)], row: usize) -> impl Iterator<Item = Said> {
    terms
        .iter()
        .map(move |&(term, number)| Said::new(term, row, number))
}

/// How many rows there are.
pub(super) fn count(bits: &Bits) -> u32 {
    counts(bits).iter().sum()
}

/// Rows of each strip.
fn counts(bits: &Bits) -> [u32; STRIPS] {
    bits.map(|line| line.0.iter().map(|word| word.count_ones()).sum())
}

/// The rows of a bitmap, in order.
fn rows_of(bits: &Bits) -> impl Iterator<Item = u16> {
    bits.iter().enumerate().flat_map(|(strip, line)| {
        let row = move |row| u16::try_from(STRIP * strip + row).expect("a row of a block");
        line.ones().map(row)
    })
}

impl Summary {
    pub(super) fn new(columns: usize) -> Summary {
        Summary {
            present: vec![[0; STRIPS]; columns],
            least_tie_keys: [u32::MAX; STRIPS],
        }
    }

    /// Finds out anew what there is in a strip.
    fn look_at(
        &mut self,
        strip: usize,
        numbers: &[impl AsRef<Numbers>],
        live: &Bits,
        tie_keys: &[u32],
    ) {
        for (present, numbers) in self.present.iter_mut().zip(numbers) {
            let numbers = &numbers.as_ref()[strip];
            let of_rows = live[strip].ones().map(|row| 1 << numbers[row]);
            present[strip] = of_rows.fold(0, |all, one: u16| all | one);
        }
        let keys = tie_keys.iter().skip(STRIP * strip).take(STRIP);
        self.least_tie_keys[strip] = keys.copied().min().unwrap_or(u32::MAX);
    }
}
