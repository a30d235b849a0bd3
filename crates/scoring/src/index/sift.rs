//! The innermost steps: sums over a strip on whatever lanes there are, and what of it reaches the floor.
#![expect(
    clippy::inline_always,
    reason = "a vector instruction is one only inside the function that may use it"
)]

use super::{
    best::{Exact, Floor, Found, Sink},
    block::{self, Bits, Block, Numbers},
    lanes::{Job, Lanes, Line, STRIP, Table, WORDS},
    record::strips_of,
};

/// A bitmap of a block, and what it adds.
#[derive(Clone, Copy)]
pub(super) struct Add<'a> {
    pub(super) bits: &'a Bits,
    pub(super) points: i32,
    /// Strips in which any row has it.
    pub(super) any: u8,
    /// Strips in which every living row has it.
    pub(super) all: u8,
}

/// The sums of part of a strip.
#[inline(always)]
fn sum<L: Lanes>(lanes: L, start: i32, adds: &[(&Line, i32)], part: usize) -> L::Sums {
    let mut sums = lanes.start(start);
    for &(line, points) in adds {
        lanes.add_where(&mut sums, line, part, points);
    }
    sums
}

/// Offers what reaches the floor in some strips of a block.
pub(super) struct Sift<'a> {
    /// Of a row that no bitmap has, without look-ups.
    pub(super) start: i32,
    pub(super) adds: &'a [Add<'a>],
    pub(super) lookups: &'a [(&'a Numbers, &'a Table)],
    pub(super) sums: Option<&'a block::Sums>,
    /// Points of a lane with the number 0.
    pub(super) zero: i32,
    pub(super) mask: &'a Bits,
    pub(super) strips: u8,
    pub(super) block: &'a Block,
    pub(super) least_tie_keys: &'a [u32],
    pub(super) first_row: u32,
    pub(super) plan: u32,
    pub(super) exact: Option<Exact<'a>>,
    pub(super) sink: &'a mut dyn Sink,
}

/// So many adds need no memory of their own.
const USUAL: usize = 48;

/// Rows whose points are worked out together, so that memory is waited for once.
const TOGETHER: usize = 32;

impl Job for Sift<'_> {
    #[inline(always)]
    fn run<L: Lanes>(mut self, lanes: L) {
        let mut few = [(&Line::NONE, 0); USUAL];
        let mut many = Vec::new();
        let adds = if self.adds.len() <= USUAL {
            &mut few[..]
        } else {
            many.resize(self.adds.len(), (&Line::NONE, 0));
            &mut many[..]
        };
        let mut points = [0; STRIP];
        for strip in strips_of(self.strips) {
            self.fetch_next(lanes, strip);
            let Some(least) = self.least(strip, L::GREATEST) else {
                continue;
            };
            let (start, adds) = self.choose(strip, adds);
            let mut found = Line::NONE;
            let mut any = 0;
            for part in 0..L::PARTS {
                let mut sums = sum(lanes, start, adds, part);
                for &(numbers, table) in self.lookups {
                    lanes.add_looked_up(&mut sums, &numbers[strip], part, table);
                }
                if let Some(points) = self.sums {
                    lanes.add_each(&mut sums, &points[strip], part);
                }
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
                self.offer(strip, &found, &points);
            }
        }
    }
}

impl<'a> Sift<'a> {
    /// What the strip after this one reads is on its way while this one is added up.
    #[inline(always)]
    fn fetch_next<L: Lanes>(&self, lanes: L, strip: usize) {
        let rest = self.strips & !(u8::MAX >> (7 - strip));
        if rest != 0 {
            let next = rest.trailing_zeros() as usize;
            for add in self
                .adds
                .iter()
                .filter(|add| (add.any & !add.all) >> next & 1 == 1)
            {
                lanes.fetch(&add.bits[next]);
            }
        }
    }

    /// The least number of a lane that is of use in a strip; none where no lane holds it.
    #[inline(always)]
    fn least(&self, strip: usize, greatest: i32) -> Option<i32> {
        let floor = self.sink.floor();
        let is_tie_lost = self.least_tie_keys[strip] > floor.tie_key;
        let least = i64::from(floor.points) + i64::from(is_tie_lost) - i64::from(self.zero);
        let least = least.max(-i64::from(greatest) - 1);
        i32::try_from(least).ok().filter(|&least| least <= greatest)
    }

    /// Writes to `chosen` what is in part of the rows of a strip; what is in all of them makes its start.
    #[inline(always)]
    fn choose<'c>(
        &self,
        strip: usize,
        chosen: &'c mut [(&'a Line, i32)],
    ) -> (i32, &'c [(&'a Line, i32)]) {
        let (mut start, mut count) = (self.start, 0);
        for add in self.adds {
            let (any, all) = (add.any >> strip & 1, add.all >> strip & 1);
            start = start.wrapping_add(add.points.wrapping_mul(i32::from(all)));
            chosen[count] = (&add.bits[strip], add.points);
            count += usize::from(any & !all);
        }
        (start, &chosen[..count])
    }

    /// Offers the rows that were found: where there are many, the most promising first, so that the floor rises.
    #[inline(never)]
    fn offer(&mut self, strip: usize, found: &Line, points: &[i32; STRIP]) {
        let Some(high) = self.sink.guess(found, points) else {
            return self.offer_rows(strip, found, points);
        };
        let first = reaching(found, points, high);
        self.offer_rows(strip, &first, points);
        let floor = self.sink.floor().points.saturating_sub(self.zero);
        let mut rest = reaching(found, points, floor);
        rest.keep(&first.negated());
        self.offer_rows(strip, &rest, points);
    }

    /// Offers the rows that reach the floor, a few at a time: what is read of them is on its way for all of these at once.
    fn offer_rows(&mut self, strip: usize, rows: &Line, points: &[i32; STRIP]) {
        let mut floor = self.sink.floor();
        let mut some = [Found::default(); TOGETHER];
        let mut count = 0;
        for (word, &bits) in rows.0.iter().enumerate() {
            let mut bits = bits;
            while bits != 0 {
                let row = (32 * word + bits.trailing_zeros() as usize) % STRIP;
                bits &= bits - 1;
                let (at, points) = (STRIP * strip + row, points[row]);
                let above = i64::from(points) + i64::from(self.zero) - i64::from(floor.points);
                if above < 0 || above == 0 && self.block.tie_keys[at] > floor.tie_key {
                    continue;
                }
                some[count] = self.found(at, points);
                count += 1;
                if count == TOGETHER {
                    floor = self.offer_some(&mut some, floor);
                    count = 0;
                }
            }
        }
        self.offer_some(&mut some[..count], floor);
    }

    fn found(&self, at: usize, points: i32) -> Found {
        Found {
            points: points + self.zero,
            tie_key: self.block.tie_keys[at],
            owner: self.block.owners[at],
            row: self.first_row + u32::try_from(at).expect("a row of a block"),
            class: self.block.classes[at],
            plan: self.plan,
        }
    }

    /// Offers some rows; the floor after that.
    fn offer_some(&mut self, some: &mut [Found], floor: Floor) -> Floor {
        if let Some(exact) = self.exact {
            let mut bounds = [0; TOGETHER];
            for (bound, found) in bounds.iter_mut().zip(&*some) {
                *bound = found.points;
            }
            exact(some, floor.points);
            for (bound, found) in bounds.into_iter().zip(&*some) {
                debug_assert!(found.points <= bound, "{bound} is no bound of {found:?}");
            }
        }
        for &found in some.iter().filter(|found| found.points >= floor.points) {
            self.sink.offer(found);
        }
        self.sink.floor()
    }
}

/// Those of some rows that have `least` points or more.
fn reaching(rows: &Line, points: &[i32; STRIP], least: i32) -> Line {
    let mut reaching = *rows;
    for (word, points) in reaching.0.iter_mut().zip(points.as_chunks::<32>().0) {
        let bit = |(row, &points): (usize, &i32)| u32::from(points >= least) << row;
        *word &= points.iter().enumerate().map(bit).sum::<u32>();
    }
    reaching
}

/// Writes the sums of whole lines.
pub(super) struct Sums<'a> {
    pub(super) start: i32,
    /// By line of `into`.
    pub(super) adds: &'a [(&'a [Line], i32)],
    pub(super) into: &'a mut [[i32; STRIP]],
}

impl Job for Sums<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let mut adds: Vec<(&Line, i32)> = Vec::with_capacity(self.adds.len());
        for (at, into) in self.into.iter_mut().enumerate() {
            adds.clear();
            adds.extend(
                self.adds
                    .iter()
                    .map(|&(lines, points)| (&lines[at], points)),
            );
            for part in 0..L::PARTS {
                let sums = sum(lanes, self.start, &adds, part);
                lanes.write(&sums, part, into);
            }
        }
    }
}
