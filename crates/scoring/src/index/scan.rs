//! The scan: which strips are read, in which order, and what of a block a program reads.

use std::cmp::Reverse;

use super::{
    Index,
    best::Sink,
    block::{self, ALL, BLOCK, Bits, Block, NONE, Numbers, Place, STRIPS},
    bounds::{Bounds, DONE},
    directory::Entry,
    lanes::{Path, STRIP, Table, Width},
    layout::LIVE,
    plan::{Level, Number, Program},
    record::{self, strips_of},
    sift::{Add, Sift},
};

/// Strips that are read before all others because they promise most: they make the floor high early. A third of all
/// where there are few.
const FIRST: usize = 24;

/// One program on one index.
pub(super) struct Scan<'a> {
    index: &'a Index,
    program: &'a Program,
    plan: u32,
    path: Path,
    width: Width,
    /// Points of a lane with the number 0.
    zero: i32,
    /// By strip: no row of it has more points; [`DONE`] where none is of use.
    bounds: Vec<i32>,
}

/// Memory that is used for one block after the other.
pub(super) struct Scratch {
    adds: Vec<ToAdd>,
    bits: Vec<Bits>,
    levels: Vec<Bits>,
    numbers: Vec<Box<Numbers>>,
    mask: Bits,
}

/// A bitmap of which a block has rows, and what it adds.
struct ToAdd {
    at: At,
    points: i32,
    any: u8,
    all: u8,
}

/// Where its bits are.
#[derive(Clone, Copy)]
enum At {
    Block(usize),
    Scratch(usize),
}

/// A block that is being read.
struct Reading<'a> {
    at: usize,
    block: &'a Block,
    first_row: u32,
    strips: u8,
}

impl<'a> Scan<'a> {
    pub(super) fn new(index: &'a Index, path: Path, program: &'a Program, plan: u32) -> Scan<'a> {
        let (least, most) = program.bounds;
        let fits = most.abs_diff(least) < u32::from(u16::MAX);
        let (width, zero) = if fits {
            (Width::Bits16, i32::midpoint(least, most))
        } else {
            (Width::Bits32, 0)
        };
        let bounds = Bounds {
            index,
            program,
            path,
        };
        Scan {
            index,
            program,
            plan,
            path,
            width,
            zero,
            bounds: bounds.find(),
        }
    }

    /// The same, but no strip is skipped.
    pub(super) fn without_bounds(mut self) -> Scan<'a> {
        self.bounds.fill(i32::MAX);
        self
    }

    /// All strips: those that promise most first, then the rest in order.
    pub(super) fn run(&mut self, scratch: &mut Scratch, sink: &mut dyn Sink) {
        self.run_first(scratch, sink);
        for block in 0..self.index.blocks.len() {
            self.run_block(block, scratch, sink);
        }
    }

    /// The strips that promise most.
    pub(super) fn run_first(&mut self, scratch: &mut Scratch, sink: &mut dyn Sink) {
        let count = FIRST.min(self.bounds.len() / 3);
        if count == 0 {
            return;
        }
        let with_strips = self.bounds.iter().map(|&bound| Reverse(bound)).zip(0..);
        let mut first: Vec<(Reverse<i32>, usize)> = with_strips.collect();
        first.select_nth_unstable(count);
        first.truncate(count);
        first.sort_unstable();
        for (_, strip) in first {
            if self.may_hold(strip, sink) {
                self.read(strip / STRIPS, 1 << (strip % STRIPS), scratch, sink);
            }
            self.bounds[strip] = DONE;
        }
    }

    /// The strips of a block that are still of use.
    pub(super) fn run_block(&self, block: usize, scratch: &mut Scratch, sink: &mut dyn Sink) {
        let may_hold = |strip| u8::from(self.may_hold(STRIPS * block + strip, sink)) << strip;
        let strips = (0..STRIPS).map(may_hold).sum();
        if strips != 0 {
            self.read(block, strips, scratch, sink);
        }
    }

    fn may_hold(&self, strip: usize, sink: &dyn Sink) -> bool {
        let Some(&bound) = self.bounds.get(strip) else {
            return false;
        };
        let floor = sink.floor();
        let least_tie_key = self.index.directory.least_tie_keys[strip];
        bound != DONE
            && (bound > floor.points || bound == floor.points && least_tie_key <= floor.tie_key)
    }

    /// Some strips of a block.
    fn read(&self, at: usize, strips: u8, scratch: &mut Scratch, sink: &mut dyn Sink) {
        let reading = Reading {
            at,
            block: &self.index.blocks[at],
            first_row: u32::try_from(BLOCK * at).expect("fewer than 2^32 rows"),
            strips,
        };
        self.find_numbers(&reading, scratch);
        let start = self.find_adds(&reading, scratch);
        self.find_pairs(&reading, scratch);
        let is_masked = self.find_mask(&reading, scratch);
        let block = reading.block;
        let add = |found: &ToAdd| Add {
            bits: match found.at {
                At::Block(at) => &block.dense[at],
                At::Scratch(at) => &scratch.bits[at],
            },
            points: found.points,
            any: found.any,
            all: found.all,
        };
        let lookup = |(number, table)| (numbers(block, number, &scratch.numbers), table);
        let adds: Vec<Add<'_>> = scratch.adds.iter().map(add).collect();
        let lookups = self
            .program
            .lookups
            .iter()
            .map(|(number, table)| (*number, table));
        let lookups: Vec<(&Numbers, &Table)> = lookups.map(lookup).collect();
        let sift = Sift {
            start: start.wrapping_sub(self.zero),
            adds: &adds,
            lookups: &lookups,
            zero: self.zero,
            mask: if is_masked { &scratch.mask } else { &ALL },
            strips,
            block,
            least_tie_keys: &self.index.directory.least_tie_keys[STRIPS * at..STRIPS * (at + 1)],
            first_row: reading.first_row,
            plan: self.plan,
            sink,
        };
        self.path.run(self.width, sift);
    }

    fn entry(&self, bitmap: u32, reading: &Reading<'_>) -> Entry {
        self.index.directory.entry(bitmap, reading.at)
    }

    /// The levels of records.
    fn find_numbers(&self, reading: &Reading<'_>, scratch: &mut Scratch) {
        for (number, record) in self.program.records.iter().enumerate() {
            if scratch.numbers.len() <= number {
                scratch.numbers.push(Box::new([[0; STRIP]; STRIPS]));
            }
            let (first_row, strips) = (reading.first_row, reading.strips);
            let into = &mut scratch.numbers[number];
            record::fill(record, reading.block, first_row, strips, into);
        }
    }

    /// The bitmaps to add, and where the sums start.
    fn find_adds(&self, reading: &Reading<'_>, scratch: &mut Scratch) -> i32 {
        scratch.adds.clear();
        scratch.bits.clear();
        let (block, mut start) = (reading.block, self.program.start);
        for &(bitmap, points) in &self.program.singles {
            let Entry { slot, any, all } = self.entry(bitmap, reading);
            let at = match slot.place() {
                _ if any & reading.strips == 0 => continue,
                _ if all == u8::MAX => {
                    start = start.wrapping_add(points);
                    continue;
                }
                Place::Dense(bits) => At::Block(bits),
                _ => {
                    scratch.bits.push(NONE);
                    block.add_to(slot, scratch.bits.last_mut().expect("just pushed"));
                    At::Scratch(scratch.bits.len() - 1)
                }
            };
            let found = ToAdd {
                at,
                points,
                any,
                all,
            };
            scratch.adds.push(found);
        }
        for (union, points) in &self.program.unions {
            let entries = union.iter().map(|&bitmap| self.entry(bitmap, reading));
            let any = entries.fold(0, |any, entry| any | entry.any);
            if any & reading.strips != 0 {
                let bits = self.union(union, reading);
                scratch.add(&bits, *points, any);
            }
        }
        start
    }

    /// The rows at two levels, of tables.
    fn find_pairs(&self, reading: &Reading<'_>, scratch: &mut Scratch) {
        scratch.levels.clear();
        for level in &self.program.levels {
            let bits = match level {
                Level::Union(union) => self.union(union, reading),
                Level::AtLeast(number, least) => {
                    let numbers = numbers(reading.block, *number, &scratch.numbers);
                    record::at_least(numbers, *least, reading.strips)
                }
            };
            scratch.levels.push(bits);
        }
        for &([a, b], points) in &self.program.pairs {
            let mut bits = scratch.levels[a];
            for (line, other) in bits.iter_mut().zip(&scratch.levels[b]) {
                line.keep(other);
            }
            scratch.add(&bits, points, u8::MAX);
        }
    }

    /// Which rows may be listed; false if all may.
    fn find_mask(&self, reading: &Reading<'_>, scratch: &mut Scratch) -> bool {
        let (block, first_row) = (reading.block, reading.first_row);
        let live = self.entry(LIVE, reading).slot;
        let without = record::rows_in(&self.program.without, first_row, |&row| row);
        let is_full = matches!(live.place(), Place::Full);
        if is_full && self.program.clauses.is_empty() && without.is_empty() {
            return false;
        }
        let mut mask = NONE;
        block.add_to(live, &mut mask);
        for clause in &self.program.clauses {
            let mut passing = NONE;
            for &(bitmap, negated) in clause {
                let slot = self.entry(bitmap, reading).slot;
                if negated {
                    let mut bits = NONE;
                    block.add_to(slot, &mut bits);
                    for (line, bits) in passing.iter_mut().zip(&bits) {
                        line.add(&bits.negated());
                    }
                } else {
                    block.add_to(slot, &mut passing);
                }
            }
            for strip in strips_of(reading.strips) {
                mask[strip].keep(&passing[strip]);
            }
        }
        for &row in without {
            block::unset(&mut mask, (row - first_row) as usize);
        }
        scratch.mask = mask;
        true
    }

    /// The rows of a block that one of the bitmaps has.
    fn union(&self, bitmaps: &[u32], reading: &Reading<'_>) -> Bits {
        let mut union = NONE;
        for &bitmap in bitmaps {
            let slot = self.entry(bitmap, reading).slot;
            match slot.place() {
                Place::Dense(bits) => {
                    for strip in strips_of(reading.strips) {
                        union[strip].add(&reading.block.dense[bits][strip]);
                    }
                }
                _ => reading.block.add_to(slot, &mut union),
            }
        }
        union
    }
}

impl Scratch {
    pub(super) fn new() -> Scratch {
        Scratch {
            adds: Vec::new(),
            bits: Vec::new(),
            levels: Vec::new(),
            numbers: Vec::new(),
            mask: NONE,
        }
    }

    fn add(&mut self, bits: &Bits, points: i32, any: u8) {
        self.adds.push(ToAdd {
            at: At::Scratch(self.bits.len()),
            points,
            any,
            all: 0,
        });
        self.bits.push(*bits);
    }
}

fn numbers<'n>(block: &'n Block, number: Number, records: &'n [Box<Numbers>]) -> &'n Numbers {
    match number {
        Number::Narrow(column) => &block.numbers[usize::from(column)],
        Number::Record(record) => &records[record],
    }
}
