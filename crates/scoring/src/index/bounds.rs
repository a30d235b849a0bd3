//! Bounds of the points in a strip, from what the directory knows of it.
//!
//! Σ max(0, points) where any row of the strip is in a bitmap, and Σ min(0, points) where all are: the masked adds of
//! the scan, with strips in place of rows.

use super::{
    Index,
    block::STRIPS,
    lanes::{Line, Path, STRIP, Table, Width},
    layout::LIVE,
    program::{Level, Number, Program},
    record,
    sift::Sums,
    stands::Stands,
};

/// The bound of a strip that need not be read.
pub(super) const DONE: i32 = i32::MIN;

/// Of a program on an index.
pub(super) struct Bounds<'a> {
    pub(super) index: &'a Index,
    pub(super) program: &'a Program,
    pub(super) path: Path,
}

impl Bounds<'_> {
    /// By strip: no row that is listed has more points; [`DONE`] where none is. And where the terms of the program stand.
    pub(super) fn find(&self) -> (Vec<i32>, Stands) {
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
            for (both, b) in both.iter_mut().zip(level(b)) {
                both.keep(&b);
            }
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
        let sums = Sums {
            start: program.start,
            adds: &adds,
            into: &mut bounds,
        };
        self.path.run(Width::Bits32, sums);
        let mut bounds = bounds.into_flattened();
        bounds.truncate(STRIPS * self.index.blocks.len());
        let open = self.open();
        let is_open =
            |strip: usize| open[strip / STRIP].0[strip % STRIP / 32] >> (strip % 32) & 1 == 1;
        let blocks = 0..self.index.blocks.len();
        let blocks: Vec<bool> = blocks
            .map(|at| (STRIPS * at..STRIPS * (at + 1)).any(is_open))
            .collect();
        let stands = Stands::find(program, &self.index.blocks, &blocks);
        for (number, table) in &program.lookups {
            self.raise(&mut bounds, (&blocks, &stands), *number, table);
        }
        for (number, shares) in program.shares.iter().enumerate() {
            for (at, bounds) in bounds.chunks_mut(STRIPS).enumerate() {
                if blocks[at] {
                    let shares = (&**shares, stands.of_block(at).of_shares(number));
                    let most = record::most_of_shares(shares, &self.index.blocks[at]);
                    for (bound, most) in bounds.iter_mut().zip(most) {
                        *bound += most;
                    }
                }
            }
        }
        for (strip, bound) in bounds.iter_mut().enumerate() {
            if !is_open(strip) {
                *bound = DONE;
            }
        }
        (bounds, stands)
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
                to.add(from);
            }
        }
        union
    }

    /// The strips in which a row may pass every clause.
    fn open(&self) -> Vec<Line> {
        let directory = &self.index.directory;
        let mut open = directory.any(LIVE).to_vec();
        if let Some(rows) = &self.program.among {
            let mut among = vec![Line::NONE; open.len()];
            for strip in rows.iter().map(|&row| row as usize / STRIP) {
                if let Some(line) = among.get_mut(strip / STRIP) {
                    line.0[strip % STRIP / 32] |= 1 << (strip % 32);
                }
            }
            for (open, among) in open.iter_mut().zip(&among) {
                open.keep(among);
            }
        }
        for clause in &self.program.clauses {
            let mut passing = vec![Line::NONE; open.len()];
            for &(bitmap, negated) in clause {
                for (at, to) in passing.iter_mut().enumerate() {
                    let line = if negated {
                        directory.all(bitmap)[at].negated()
                    } else {
                        directory.any(bitmap)[at]
                    };
                    to.add(&line);
                }
            }
            for (line, passing) in open.iter_mut().zip(&passing) {
                line.keep(passing);
            }
        }
        open
    }

    /// Adds to each bound of some blocks the most that a look-up gives in its strip.
    fn raise(
        &self,
        bounds: &mut [i32],
        (is_open, stands): (&[bool], &Stands),
        number: Number,
        table: &Table,
    ) {
        let directory = &self.index.directory;
        let (column, record) = match number {
            Number::Narrow(column) => (column, None),
            Number::Record(number) => {
                let record = &self.program.records[number];
                (record.by.0, Some((number, record)))
            }
        };
        let points = |number: usize| match record {
            None => table.wide[number],
            Some((_, record)) => table.wide[usize::from(record.otherwise[number])],
        };
        let of_numbers = most_of(std::array::from_fn(points));
        let of_levels = most_of(table.wide);
        let present = &directory.present[usize::from(column)];
        for (at, bounds) in bounds.chunks_mut(STRIPS).enumerate() {
            if !is_open[at] {
                continue;
            }
            let block = &self.index.blocks[at];
            let exceptional = |(number, record)| {
                let stands = stands.of_block(at).of_record(number);
                record::exceptional((record, stands), block, at)
            };
            let levels = record.map_or([0; STRIPS], exceptional);
            let present = &present[STRIPS * at..STRIPS * (at + 1)];
            for ((bound, &present), levels) in bounds.iter_mut().zip(present).zip(levels) {
                if present != 0 {
                    let of_levels = most(&of_levels, levels);
                    *bound += most(&of_numbers, present).max(of_levels);
                }
            }
        }
    }
}

/// The most points that a number of a set has.
fn most(most: &[[i32; 256]; 2], set: u16) -> i32 {
    let [low, high] = set.to_le_bytes().map(usize::from);
    most[0][low].max(most[1][high])
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
