//! The scan: the points of every row that may still be listed, strip by strip.

use std::cmp::Reverse;

use super::{
    Index,
    best::{Found, Sink},
    block::{self, ALL, BLOCK, Bits, Block, NONE, Numbers, Place, STRIPS, Slot},
    lanes::{Job, Lanes, Line, Path, STRIP, Table, WORDS, Width},
    layout::LIVE,
    plan::{Level, Number, Program, Record},
};

/// Strips that are read before all others because they promise most: they make the floor high early.
const FIRST: usize = 24;

/// Masked sums over lines: `start` + Σ points of the lines that have a row + Σ of the look-ups.
struct Sum<'a> {
    start: i32,
    adds: &'a [(&'a [Line], i32)],
    lookups: &'a [(&'a Numbers, &'a Table)],
}

impl Sum<'_> {
    /// The sums of a part of line `at`.
    #[inline(always)]
    fn part<L: Lanes>(&self, lanes: L, at: usize, part: usize) -> L::Sums {
        let mut sums = lanes.start(self.start);
        for &(lines, points) in self.adds {
            lanes.add_where(&mut sums, &lines[at], part, points);
        }
        for &(numbers, table) in self.lookups {
            lanes.add_looked_up(&mut sums, &numbers[at], part, table);
        }
        sums
    }
}

/// Offers what reaches the floor in the strips of one block.
struct Offers<'a> {
    sum: Sum<'a>,
    /// Points of a lane with the number 0.
    zero: i32,
    mask: &'a Bits,
    strips: u8,
    block: &'a Block,
    first_row: u32,
    plan: u32,
    sink: &'a mut dyn Sink,
    least_tie_keys: &'a [u32],
}

impl Job for Offers<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let mut points = [0; STRIP];
        for strip in bits(self.strips) {
            let floor = self.sink.floor();
            let beaten = self.least_tie_keys[strip] > floor.tie_key;
            let least = i64::from(floor.points) + i64::from(beaten) - i64::from(self.zero);
            let Ok(least) = i32::try_from(least.max(i64::from(-L::GREATEST) - 1)) else {
                return;
            };
            if least > L::GREATEST {
                continue;
            }
            let mut found = Line::NONE;
            let mut any = 0;
            for part in 0..L::PARTS {
                let sums = self.sum.part(lanes, strip, part);
                lanes.at_least(&sums, least, part, &mut found);
                let words = WORDS / L::PARTS * part..WORDS / L::PARTS * (part + 1);
                let mask = &self.mask[strip].0[words.clone()];
                let mut here = 0;
                for (found, mask) in found.0[words].iter_mut().zip(mask) {
                    *found &= mask;
                    here |= *found;
                }
                if here != 0 {
                    lanes.write(&sums, part, &mut points);
                }
                any |= here;
            }
            if any != 0 {
                offer(
                    self.sink,
                    self.block,
                    self.plan,
                    (self.first_row, STRIP * strip),
                    (&found, &points, self.zero),
                );
            }
        }
    }
}

#[inline(never)]
fn offer(
    sink: &mut dyn Sink,
    block: &Block,
    plan: u32,
    (first_row, first): (u32, usize),
    (found, points, zero): (&Line, &[i32; STRIP], i32),
) {
    for row in found.ones() {
        let at = first + row;
        sink.offer(Found {
            points: points[row] + zero,
            tie_key: block.tie_keys[at],
            owner: block.owners[at],
            row: first_row + u32::try_from(at).expect("a row of a block"),
            plan,
        });
    }
}

/// Writes the sums of lines.
struct Sums<'a> {
    sum: Sum<'a>,
    into: &'a mut [[i32; STRIP]],
}

impl Job for Sums<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        for (at, into) in self.into.iter_mut().enumerate() {
            for part in 0..L::PARTS {
                let sums = self.sum.part(lanes, at, part);
                lanes.write(&sums, part, into);
            }
        }
    }
}

/// The ones of a byte.
fn bits(byte: u8) -> impl Iterator<Item = usize> {
    (0..STRIPS).filter(move |strip| byte >> strip & 1 == 1)
}

/// One program on one index.
pub(super) struct Scan<'a> {
    index: &'a Index,
    program: &'a Program,
    plan: u32,
    path: Path,
    width: Width,
    zero: i32,
    /// By strip: no row of it has more points; [`DONE`] where none is of use.
    bounds: Vec<i32>,
}

/// The bound of a strip that need not be read any more.
const DONE: i32 = i32::MIN;

/// Memory that is used for one block after the other.
#[derive(Default)]
pub(super) struct Scratch {
    bits: Vec<Bits>,
    levels: Vec<Bits>,
    numbers: Vec<Box<Numbers>>,
    mask: Vec<Bits>,
    adds: Vec<(At, i32)>,
}

/// Where a bitmap to add stands.
#[derive(Clone, Copy)]
enum At {
    Block(usize),
    Scratch(usize),
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
        let mut scan = Scan {
            index,
            program,
            plan,
            path,
            width,
            zero,
            bounds: Vec::new(),
        };
        scan.bounds = scan.bounds();
        scan
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
        if self.bounds.len() <= 2 * FIRST {
            return;
        }
        let mut first: Vec<(Reverse<i32>, usize)> = self
            .bounds
            .iter()
            .map(|&bound| Reverse(bound))
            .zip(0..)
            .collect();
        first.select_nth_unstable(FIRST);
        first.truncate(FIRST);
        first.sort_unstable();
        for (_, strip) in first {
            if self.may_hold(strip, sink) {
                self.visit(strip / STRIPS, 1 << (strip % STRIPS), scratch, sink);
            }
            self.bounds[strip] = DONE;
        }
    }

    /// The strips of a block that are still of use.
    pub(super) fn run_block(&self, block: usize, scratch: &mut Scratch, sink: &mut dyn Sink) {
        let mut strips = 0;
        for strip in 0..STRIPS {
            strips |= u8::from(self.may_hold(STRIPS * block + strip, sink)) << strip;
        }
        if strips != 0 {
            self.visit(block, strips, scratch, sink);
        }
    }

    fn may_hold(&self, strip: usize, sink: &dyn Sink) -> bool {
        let (bound, floor) = (self.bounds[strip], sink.floor());
        let least_tie_key = self.index.directory.least_tie_keys[strip];
        bound != DONE
            && (bound > floor.points || bound == floor.points && least_tie_key <= floor.tie_key)
    }

    fn visit(&self, at: usize, strips: u8, scratch: &mut Scratch, sink: &mut dyn Sink) {
        let block = &*self.index.blocks[at];
        let program = self.program;
        let first_row = u32::try_from(BLOCK * at).expect("fewer than 2^32 rows");
        let mut start = program.start.wrapping_sub(self.zero);
        for (number, record) in program.records.iter().enumerate() {
            if scratch.numbers.len() <= number {
                scratch.numbers.push(Box::new([[0; STRIP]; STRIPS]));
            }
            fill(
                record,
                block,
                first_row,
                strips,
                &mut scratch.numbers[number],
            );
        }
        scratch.adds.clear();
        scratch.bits.clear();
        for &(bitmap, points) in &program.singles {
            match self.slot(bitmap, at).place() {
                Place::Empty => {}
                Place::Full => start = start.wrapping_add(points),
                Place::Dense(bits) => scratch.adds.push((At::Block(bits), points)),
                Place::Few(_) => {
                    let mut bits = NONE;
                    block.read(self.slot(bitmap, at), &mut bits);
                    scratch.add(bits, points);
                }
            }
        }
        for (union, points) in &program.unions {
            let bits = self.union(union, at, block, strips);
            scratch.add(bits, *points);
        }
        scratch.levels.clear();
        for level in &program.levels {
            let bits = match level {
                Level::Union(union) => self.union(union, at, block, strips),
                Level::AtLeast(number, least) => {
                    at_least(numbers(block, *number, &scratch.numbers), *least, strips)
                }
            };
            scratch.levels.push(bits);
        }
        for &([a, b], points) in &program.pairs {
            let mut bits = NONE;
            and(&mut bits, [&scratch.levels[a], &scratch.levels[b]], strips);
            scratch.add(bits, points);
        }
        scratch.mask.clear();
        let live = self.slot(LIVE, at);
        let without = rows_in(&program.without, first_row, |&row| row);
        let mask = match live.place() {
            Place::Full if program.clauses.is_empty() && without.is_empty() => &ALL,
            Place::Dense(bits) if program.clauses.is_empty() && without.is_empty() => {
                &block.dense[bits]
            }
            _ => {
                let mut mask = NONE;
                block.read(live, &mut mask);
                for clause in &program.clauses {
                    self.keep(clause, at, block, strips, &mut mask);
                }
                for &row in without {
                    block::unset(&mut mask, (row - first_row) as usize);
                }
                scratch.mask.push(mask);
                &scratch.mask[0]
            }
        };
        let adds: Vec<(&[Line], i32)> = scratch
            .adds
            .iter()
            .map(|&(at, points)| match at {
                At::Block(at) => (&block.dense[at][..], points),
                At::Scratch(at) => (&scratch.bits[at][..], points),
            })
            .collect();
        let lookups: Vec<(&Numbers, &Table)> = program
            .lookups
            .iter()
            .map(|(number, table)| (numbers(block, *number, &scratch.numbers), table))
            .collect();
        let tie_keys = &self.index.directory.least_tie_keys[STRIPS * at..STRIPS * (at + 1)];
        self.path.run(
            self.width,
            Offers {
                sum: Sum {
                    start,
                    adds: &adds,
                    lookups: &lookups,
                },
                zero: self.zero,
                mask,
                strips,
                block,
                first_row,
                plan: self.plan,
                sink,
                least_tie_keys: tie_keys,
            },
        );
    }

    #[inline]
    fn slot(&self, bitmap: u32, block: usize) -> Slot {
        self.index.directory.slot(bitmap, block)
    }

    /// The rows of a block that one of the bitmaps has.
    fn union(&self, bitmaps: &[u32], at: usize, block: &Block, strips: u8) -> Bits {
        let mut union = NONE;
        for &bitmap in bitmaps {
            match self.slot(bitmap, at).place() {
                Place::Empty => {}
                Place::Full => return ALL,
                Place::Dense(bits) => or(&mut union, &block.dense[bits], strips),
                Place::Few(list) => {
                    for &row in block.few(list) {
                        block::set(&mut union, usize::from(row));
                    }
                }
            }
        }
        union
    }

    /// Keeps in `mask` the rows that pass a clause.
    fn keep(&self, clause: &[(u32, bool)], at: usize, block: &Block, strips: u8, mask: &mut Bits) {
        let mut passing = NONE;
        for &(bitmap, negated) in clause {
            let mut bits = NONE;
            block.read(self.slot(bitmap, at), &mut bits);
            if negated {
                for word in bits.iter_mut().flat_map(|line| &mut line.0) {
                    *word = !*word;
                }
            }
            or(&mut passing, &bits, strips);
        }
        let before = *mask;
        and(mask, [&before, &passing], strips);
    }

    /// By strip: no row has more points. Σ max(0, points) where any row has a bitmap, and min(0, points) where all do.
    fn bounds(&self) -> Vec<i32> {
        let (program, directory) = (self.program, &self.index.directory);
        let lines = directory.any(LIVE).len();
        let mut unions: Vec<(Vec<Line>, i32)> = Vec::new();
        for (union, points) in &program.unions {
            unions.push((self.known(union, *points > 0), *points));
        }
        for ([a, b], points) in &program.pairs {
            let level = |level: &usize| match &program.levels[*level] {
                Level::Union(union) => self.known(union, *points > 0),
                Level::AtLeast(..) if *points > 0 => vec![Line::ALL; lines],
                Level::AtLeast(..) => vec![Line::NONE; lines],
            };
            let mut both = level(a);
            and(&mut both, [&level(a), &level(b)], u8::MAX);
            unions.push((both, *points));
        }
        let singles = program.singles.iter().map(|&(bitmap, points)| {
            let known = if points > 0 {
                directory.any(bitmap)
            } else {
                directory.all(bitmap)
            };
            (known, points)
        });
        let unions = unions.iter().map(|(lines, points)| (&lines[..], *points));
        let adds: Vec<(&[Line], i32)> = singles.chain(unions).collect();
        let mut bounds = vec![[0; STRIP]; lines];
        let sum = Sum {
            start: program.start,
            adds: &adds,
            lookups: &[],
        };
        let into = &mut bounds;
        self.path.run(Width::Bits32, Sums { sum, into });
        let mut bounds = bounds.into_flattened();
        bounds.truncate(STRIPS * self.index.blocks.len());
        for (number, table) in &program.lookups {
            self.raise(&mut bounds, *number, table);
        }
        let open = self.open();
        for (strip, bound) in bounds.iter_mut().enumerate() {
            if open[strip / STRIP].0[strip % STRIP / 32] >> (strip % 32) & 1 == 0 {
                *bound = DONE;
            }
        }
        bounds
    }

    /// The strips in which any row may be in one of the bitmaps, or where every row is.
    fn known(&self, bitmaps: &[u32], any: bool) -> Vec<Line> {
        let directory = &self.index.directory;
        let mut union = vec![Line::NONE; directory.any(LIVE).len()];
        for &bitmap in bitmaps {
            let lines = if any {
                directory.any(bitmap)
            } else {
                directory.all(bitmap)
            };
            for (to, from) in union.iter_mut().zip(lines) {
                or_line(to, from);
            }
        }
        union
    }

    /// The strips in which a row may pass every clause.
    fn open(&self) -> Vec<Line> {
        let directory = &self.index.directory;
        let mut open = directory.any(LIVE).to_vec();
        for clause in &self.program.clauses {
            let mut passing = vec![Line::NONE; open.len()];
            for &(bitmap, negated) in clause {
                for (at, to) in passing.iter_mut().enumerate() {
                    let mut line = directory.any(bitmap)[at];
                    if negated {
                        line = Line(directory.all(bitmap)[at].0.map(|word| !word));
                    }
                    or_line(to, &line);
                }
            }
            for (line, passing) in open.iter_mut().zip(&passing) {
                for (to, from) in line.0.iter_mut().zip(passing.0) {
                    *to &= from;
                }
            }
        }
        open
    }

    /// Adds to each bound the most that a look-up gives in its strip.
    fn raise(&self, bounds: &mut [i32], number: Number, table: &Table) {
        let directory = &self.index.directory;
        let (column, record) = match number {
            Number::Narrow(column) => (column, None),
            Number::Record(record) => {
                let record = &self.program.records[record];
                (record.by.0, Some(record))
            }
        };
        let points = |number: usize| match record {
            None => table.wide[number],
            Some(record) => table.wide[usize::from(record.otherwise[number])],
        };
        let most = most_of(std::array::from_fn(points));
        let of_any_level = table.wide.into_iter().max().unwrap_or(0);
        let present = &directory.present[usize::from(column)];
        for (at, bounds) in bounds.chunks_mut(STRIPS).enumerate() {
            if record.is_some_and(|record| has_exceptions(record, &self.index.blocks[at], at)) {
                bounds.iter_mut().for_each(|bound| *bound += of_any_level);
                continue;
            }
            for (bound, present) in bounds.iter_mut().zip(&present[STRIPS * at..]) {
                let [low, high] = present.to_le_bytes().map(usize::from);
                if *present != 0 {
                    *bound += most[0][low].max(most[1][high]);
                }
            }
        }
    }
}

impl Scratch {
    fn add(&mut self, bits: Bits, points: i32) {
        self.adds.push((At::Scratch(self.bits.len()), points));
        self.bits.push(bits);
    }
}

/// For every set of numbers 0 to 7, and of 8 to 15, the most points that one of them has.
fn most_of(points: [i32; 16]) -> [[i32; 256]; 2] {
    std::array::from_fn(|half| {
        let mut most = [i32::MIN; 256];
        for set in 1..256_usize {
            let (rest, lowest) = (set & (set - 1), set.trailing_zeros() as usize);
            most[set] = most[rest].max(points[8 * half + lowest]);
        }
        most
    })
}

fn has_exceptions(record: &Record, block: &Block, at: usize) -> bool {
    let first_row = u32::try_from(BLOCK * at).expect("fewer than 2^32 rows");
    let given = rows_in(&record.given, first_row, |&(row, _)| row);
    !given.is_empty()
        || record
            .terms
            .iter()
            .any(|&term| !block.exceptions(term).0.is_empty())
}

/// Those of a list in the order of rows that lie in a block.
fn rows_in<T>(list: &[T], first_row: u32, row: impl Fn(&T) -> u32) -> &[T] {
    let rest = &list[list.partition_point(|item| row(item) < first_row)..];
    let in_block = |item: &T| ((row(item) - first_row) as usize) < BLOCK;
    &rest[..rest.partition_point(in_block)]
}

/// Writes the level of a record for each row of some strips.
fn fill(record: &Record, block: &Block, first_row: u32, strips: u8, into: &mut Numbers) {
    let by = &block.numbers[usize::from(record.by.0)];
    for strip in bits(strips) {
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

fn numbers<'n>(block: &'n Block, number: Number, records: &'n [Box<Numbers>]) -> &'n Numbers {
    match number {
        Number::Narrow(column) => &block.numbers[usize::from(column)],
        Number::Record(record) => &records[record],
    }
}

/// The rows of some strips whose number is `least` or higher.
fn at_least(numbers: &Numbers, least: u8, strips: u8) -> Bits {
    let mut bits_found = NONE;
    for strip in bits(strips) {
        let words = bits_found[strip].0.iter_mut();
        for (word, numbers) in words.zip(numbers[strip].as_chunks::<32>().0) {
            for (row, &number) in numbers.iter().enumerate() {
                *word |= u32::from(number >= least) << row;
            }
        }
    }
    bits_found
}

fn or(to: &mut Bits, from: &Bits, strips: u8) {
    for strip in bits(strips) {
        or_line(&mut to[strip], &from[strip]);
    }
}

fn or_line(to: &mut Line, from: &Line) {
    for (to, from) in to.0.iter_mut().zip(from.0) {
        *to |= from;
    }
}

fn and(to: &mut [Line], [a, b]: [&[Line]; 2], strips: u8) {
    for (strip, (to, (a, b))) in to.iter_mut().zip(a.iter().zip(b)).enumerate() {
        if strip < STRIPS && strips >> strip & 1 == 0 {
            continue;
        }
        for (to, (a, b)) in to.0.iter_mut().zip(a.0.iter().zip(b.0)) {
            *to = a & b;
        }
    }
}
