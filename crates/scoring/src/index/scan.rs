//! The scan: which strips are read, in which order, and what of a block a program reads.

use std::cmp::Reverse;

use super::{
    Index,
    best::{Exact, Sink},
    block::{self, ALL, BLOCK, Bits, Block, NONE, Numbers, Place, STRIPS, Sums},
    bounds::{Bounds, DONE},
    directory::Entry,
    lanes::{Path, STRIP, Table, Width},
    layout::LIVE,
    program::{Level, Number, Program},
    record::{self, strips_of},
    sift::{Add, Sift},
    stands::{InBlock, Stands},
};

/// Strips that are read before all others because they promise most: they make the floor high early. A third of all
/// where there are few.
const FIRST: usize = 24;

/// One program on one index.
pub(super) struct Scan<'a> {
    index: &'a Index,
    program: &'a Program,
    plan: u32,
    exact: Option<Exact<'a>>,
    path: Path,
    width: Width,
    /// Points of a lane with the number 0.
    zero: i32,
    /// By strip: no row of it has more points; [`DONE`] where none is of use.
    bounds: Vec<i32>,
    stands: Stands,
}

/// Memory that is used for one block after the other.
pub(super) struct Scratch {
    next: Ready,
    ready: Ready,
}

/// What is to be read of a block.
struct Ready {
    at: usize,
    /// None once they are read.
    strips: u8,
    /// Of a row that no bitmap has, without look-ups.
    start: i32,
    adds: Vec<ToAdd>,
    bits: Vec<Bits>,
    levels: Vec<Bits>,
    numbers: Vec<Box<Numbers>>,
    /// Points of labels, where the program has any.
    sums: Box<Sums>,
    mask: Bits,
    is_masked: bool,
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
    block: &'a Block,
    /// Rows of it that are no longer there.
    gone: Option<&'a Bits>,
    first_row: u32,
    strips: u8,
    stands: InBlock<'a>,
}

impl Reading<'_> {
    fn entry(&self, bitmap: u32) -> Entry {
        self.block.entries[bitmap as usize]
    }

    /// The rows of a block that one of the bitmaps has.
    fn union(&self, bitmaps: &[u32]) -> Bits {
        let mut union = NONE;
        for &bitmap in bitmaps {
            let slot = self.entry(bitmap).slot;
            match slot.place() {
                Place::Dense(bits) => {
                    for strip in strips_of(self.strips) {
                        union[strip].add(&self.block.dense[bits][strip]);
                    }
                }
                _ => self.block.add_to(slot, &mut union),
            }
        }
        union
    }
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
        let (bounds, stands) = bounds.find();
        Scan {
            index,
            program,
            plan,
            exact: None,
            path,
            width,
            zero,
            bounds,
            stands,
        }
    }

    /// The same, but the points are bounds of what `exact` says.
    pub(super) fn exactly(self, exact: Option<Exact<'a>>) -> Scan<'a> {
        Scan { exact, ..self }
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
        self.finish(scratch, sink);
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
        // Those of a block are read together, when the best of them is.
        let mut blocks: Vec<(usize, u8)> = Vec::with_capacity(count);
        for (_, strip) in first {
            let (block, strip) = (strip / STRIPS, 1 << (strip % STRIPS));
            match blocks.iter_mut().find(|(of, _)| *of == block) {
                Some((_, strips)) => *strips |= strip,
                None => blocks.push((block, strip)),
            }
        }
        for (block, strips) in blocks {
            self.run_strips(block, strips, scratch, sink);
            for strip in strips_of(strips) {
                self.bounds[STRIPS * block + strip] = DONE;
            }
        }
        self.finish(scratch, sink);
    }

    /// The strips of a block that are still of use.
    pub(super) fn run_block(&self, block: usize, scratch: &mut Scratch, sink: &mut dyn Sink) {
        self.run_strips(block, u8::MAX, scratch, sink);
    }

    fn run_strips(&self, block: usize, strips: u8, scratch: &mut Scratch, sink: &mut dyn Sink) {
        let may_hold = |strip| u8::from(self.may_hold(STRIPS * block + strip, sink)) << strip;
        let strips = strips_of(strips).map(may_hold).sum();
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

    /// Some strips of a block: finds what is to be read there, and while that is on its way reads the block before.
    fn read(&self, at: usize, strips: u8, scratch: &mut Scratch, sink: &mut dyn Sink) {
        let reading = Reading {
            block: &self.index.blocks[at],
            gone: self.index.gone[at].as_deref(),
            first_row: u32::try_from(BLOCK * at).expect("fewer than 2^32 rows"),
            strips,
            stands: self.stands.of_block(at),
        };
        reading.stands.fetch(self.path, reading.block);
        let found = &mut scratch.next;
        found.start = self.find_adds(&reading, found);
        self.find_numbers(&reading, found);
        self.find_sums(&reading, found);
        self.find_pairs(&reading, found);
        found.is_masked = self.find_mask(&reading, found);
        (found.at, found.strips) = (at, strips);
        let first = strips.trailing_zeros() as usize;
        for add in &found.adds {
            if let At::Block(at) = add.at {
                self.path.fetch(&reading.block.dense[at][first]);
            }
        }
        self.finish(scratch, sink);
        std::mem::swap(&mut scratch.next, &mut scratch.ready);
    }

    /// Reads the block that is ready, if one is.
    pub(super) fn finish(&self, scratch: &mut Scratch, sink: &mut dyn Sink) {
        let ready = &mut scratch.ready;
        let strips = std::mem::take(&mut ready.strips);
        if strips != 0 {
            self.sift(ready, strips, sink);
        }
    }

    fn sift(&self, ready: &Ready, strips: u8, sink: &mut dyn Sink) {
        let block = &*self.index.blocks[ready.at];
        let add = |add: &ToAdd| Add {
            bits: match add.at {
                At::Block(at) => &block.dense[at],
                At::Scratch(at) => &ready.bits[at],
            },
            points: add.points,
            any: add.any,
            all: add.all,
        };
        let adds: Vec<Add<'_>> = ready.adds.iter().map(add).collect();
        let lookup = |(number, table)| (numbers(block, number, &ready.numbers), table);
        let lookups = self
            .program
            .lookups
            .iter()
            .map(|(number, table)| (*number, table));
        let lookups: Vec<(&Numbers, &Table)> = lookups.map(lookup).collect();
        let of_block = STRIPS * ready.at..STRIPS * (ready.at + 1);
        let sift = Sift {
            start: ready.start.wrapping_sub(self.zero),
            adds: &adds,
            lookups: &lookups,
            sums: (!self.program.shares.is_empty()).then_some(&*ready.sums),
            zero: self.zero,
            mask: if ready.is_masked { &ready.mask } else { &ALL },
            strips,
            block,
            least_tie_keys: &self.index.directory.least_tie_keys[of_block],
            first_row: u32::try_from(BLOCK * ready.at).expect("fewer than 2^32 rows"),
            plan: self.plan,
            exact: self.exact,
            sink,
        };
        self.path.run(self.width, sift);
    }

    /// The levels of records.
    fn find_numbers(&self, reading: &Reading<'_>, found: &mut Ready) {
        for (number, record) in self.program.records.iter().enumerate() {
            if found.numbers.len() <= number {
                found.numbers.push(Box::new([[0; STRIP]; STRIPS]));
            }
            let block = (reading.block, reading.first_row);
            let into = &mut found.numbers[number];
            let record = (record, reading.stands.of_record(number));
            record::fill(self.path, record, block, reading.strips, into);
        }
    }

    /// The points of labels.
    fn find_sums(&self, reading: &Reading<'_>, found: &mut Ready) {
        if self.program.shares.is_empty() {
            return;
        }
        for strip in strips_of(reading.strips) {
            found.sums[strip].fill(0);
        }
        for (number, shares) in self.program.shares.iter().enumerate() {
            let shares = (&**shares, reading.stands.of_shares(number));
            record::add_shares(shares, reading.block, &mut found.sums);
        }
    }

    /// The bitmaps to add, and where the sums start.
    fn find_adds(&self, reading: &Reading<'_>, found: &mut Ready) -> i32 {
        found.adds.clear();
        found.bits.clear();
        let (block, mut start) = (reading.block, self.program.start);
        for &(bitmap, points) in &self.program.singles {
            let Entry { slot, any, all } = reading.entry(bitmap);
            let at = match slot.place() {
                _ if any & reading.strips == 0 => continue,
                _ if all == u8::MAX => {
                    start = start.wrapping_add(points);
                    continue;
                }
                Place::Dense(bits) => At::Block(bits),
                _ => {
                    found.bits.push(NONE);
                    block.add_to(slot, found.bits.last_mut().expect("just pushed"));
                    At::Scratch(found.bits.len() - 1)
                }
            };
            let add = ToAdd {
                at,
                points,
                any,
                all,
            };
            found.adds.push(add);
        }
        for (union, points) in &self.program.unions {
            let entries = union.iter().map(|&bitmap| reading.entry(bitmap));
            let any = entries.fold(0, |any, entry| any | entry.any);
            if any & reading.strips != 0 {
                let bits = reading.union(union);
                found.add(&bits, *points, any);
            }
        }
        start
    }

    /// The rows at two levels, of tables.
    fn find_pairs(&self, reading: &Reading<'_>, found: &mut Ready) {
        found.levels.clear();
        for level in &self.program.levels {
            let bits = match level {
                Level::Union(union) => reading.union(union),
                Level::AtLeast(number, least) => {
                    let numbers = numbers(reading.block, *number, &found.numbers);
                    record::at_least(self.path, numbers, *least, reading.strips)
                }
            };
            found.levels.push(bits);
        }
        for &([a, b], points) in &self.program.pairs {
            let mut bits = found.levels[a];
            for (line, other) in bits.iter_mut().zip(&found.levels[b]) {
                line.keep(other);
            }
            found.add(&bits, points, u8::MAX);
        }
    }

    /// Which rows may be listed; false if all may.
    fn find_mask(&self, reading: &Reading<'_>, found: &mut Ready) -> bool {
        let (block, first_row) = (reading.block, reading.first_row);
        let live = reading.entry(LIVE).slot;
        let without = record::rows_in(&self.program.without, first_row, |&row| row);
        let is_full = matches!(live.place(), Place::Full) && reading.gone.is_none();
        let takes_all = self.program.clauses.is_empty() && self.program.among.is_none();
        if is_full && takes_all && without.is_empty() {
            return false;
        }
        let mut mask = NONE;
        block.add_to(live, &mut mask);
        for (line, gone) in mask.iter_mut().zip(reading.gone.into_iter().flatten()) {
            line.keep(&gone.negated());
        }
        for clause in &self.program.clauses {
            let all_pass = |&(bitmap, negated): &(u32, bool)| {
                let entry = reading.entry(bitmap);
                if negated {
                    entry.any & reading.strips == 0
                } else {
                    entry.all & reading.strips == reading.strips
                }
            };
            if clause.iter().any(all_pass) {
                continue;
            }
            let mut passing = NONE;
            for &(bitmap, negated) in clause {
                let slot = reading.entry(bitmap).slot;
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
        if let Some(among) = &self.program.among {
            let mut bits = NONE;
            for &row in record::rows_in(among, first_row, |&row| row) {
                block::set(&mut bits, (row - first_row) as usize);
            }
            for (line, among) in mask.iter_mut().zip(&bits) {
                line.keep(among);
            }
        }
        for &row in without {
            block::unset(&mut mask, (row - first_row) as usize);
        }
        found.mask = mask;
        true
    }
}

impl Scratch {
    pub(super) fn new() -> Scratch {
        Scratch {
            next: Ready::new(),
            ready: Ready::new(),
        }
    }
}

impl Ready {
    fn new() -> Ready {
        Ready {
            at: 0,
            strips: 0,
            start: 0,
            adds: Vec::new(),
            bits: Vec::new(),
            levels: Vec::new(),
            numbers: Vec::new(),
            sums: Box::new([[0; STRIP]; STRIPS]),
            mask: NONE,
            is_masked: false,
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
