//! The few steps of a sum over a strip of rows, on the vectors a processor has: AVX-512, AVX2, or none.
//!
//! A step is written once in [`super::scan`], for any [`Lanes`]; here stands what differs. Lanes are of 16 bits where
//! the bounds of a plan prove that they hold its points, else of 32; both wrap, so only the last sum has to fit.
#![expect(
    clippy::inline_always,
    reason = "a vector instruction is one only inside the function that may use it"
)]

#[cfg(target_arch = "x86_64")]
mod x86;

/// Rows of a strip: one bit each is a cache line.
pub(super) const STRIP: usize = 512;

/// One bit for each row of a strip, row 0 lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(64))]
pub(super) struct Line(pub(super) [u32; WORDS]);

/// Words of a line.
pub(super) const WORDS: usize = STRIP / 32;

impl Line {
    pub(super) const NONE: Line = Line([0; WORDS]);
    pub(super) const ALL: Line = Line([u32::MAX; WORDS]);

    /// With the ones of another.
    pub(super) fn add(&mut self, other: &Line) {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word |= other;
        }
    }

    /// Without what another lacks.
    pub(super) fn keep(&mut self, other: &Line) {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word &= other;
        }
    }

    pub(super) fn negated(&self) -> Line {
        Line(self.0.map(|word| !word))
    }

    /// The positions of its ones, lowest first.
    pub(super) fn ones(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(word, &bits)| {
            let lowest = |bits: &u32| Some(bits & (bits - 1)).filter(|&rest| rest != 0);
            let first = Some(bits).filter(|&bits| bits != 0);
            std::iter::successors(first, lowest)
                .map(move |bits| 32 * word + bits.trailing_zeros() as usize)
        })
    }
}

/// Points by value, 0 to 15.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    /// For lanes of 32 bits.
    pub(super) wide: [i32; 16],
    /// For lanes of 16 bits; the upper half is never read.
    pub(super) narrow: [i16; 32],
}

impl Table {
    pub(super) fn new(points: [i32; 16]) -> Table {
        let mut narrow = [0; 32];
        for (to, from) in narrow.iter_mut().zip(points) {
            *to = wrap(from);
        }
        Table {
            wide: points,
            narrow,
        }
    }
}

/// The low half of a number.
#[inline(always)]
fn wrap(number: i32) -> i16 {
    let [low, high, ..] = number.to_le_bytes();
    i16::from_le_bytes([low, high])
}

/// Sums of points, one for each row of a part of a strip.
pub(super) trait Lanes: Copy {
    type Sums: Copy;
    /// Parts of a strip, of which each fills the registers once.
    const PARTS: usize;
    /// The greatest number a lane holds.
    const GREATEST: i32;

    /// Has a line brought near that is read soon.
    fn fetch(self, line: &Line);
    fn start(self, points: i32) -> Self::Sums;
    /// Adds `points` to the rows of `part` that `line` has.
    fn add_where(self, sums: &mut Self::Sums, line: &Line, part: usize, points: i32);
    /// Adds what `table` has for the value of each row of `part`.
    fn add_looked_up(self, sums: &mut Self::Sums, values: &[u8; STRIP], part: usize, table: &Table);
    /// Adds to each row of `part` points of its own.
    fn add_each(self, sums: &mut Self::Sums, points: &[i32; STRIP], part: usize);
    /// Sets in `found` which rows of `part` have `least` or more.
    fn at_least(self, sums: &Self::Sums, least: i32, part: usize, found: &mut Line);
    fn write(self, sums: &Self::Sums, part: usize, into: &mut [i32; STRIP]);

    /// Writes what `table` has for each number; numbers are 0 to 15.
    #[inline(always)]
    fn translate(self, numbers: &[u8; STRIP], table: &[u8; 16], into: &mut [u8; STRIP]) {
        for (to, &number) in into.iter_mut().zip(numbers) {
            *to = table[usize::from(number & 15)];
        }
    }

    /// The rows whose number is `least` or higher.
    #[inline(always)]
    fn numbers_at_least(self, numbers: &[u8; STRIP], least: u8) -> Line {
        let mut found = Line::NONE;
        for (word, numbers) in found.0.iter_mut().zip(numbers.as_chunks::<32>().0) {
            let bit = |(row, &number): (usize, &u8)| u32::from(number >= least) << row;
            *word = numbers.iter().enumerate().map(bit).sum();
        }
        found
    }
}

/// What is done with lanes, whichever they are.
pub(super) trait Job {
    fn run<L: Lanes>(self, lanes: L);
}

/// The width of lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    Bits16,
    Bits32,
}

/// A set of instructions that this machine has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Path {
    Plain,
    #[cfg(target_arch = "x86_64")]
    Avx2(pulp::x86::V3),
    #[cfg(target_arch = "x86_64")]
    Avx512(pulp::x86::V4),
}

impl Path {
    /// All that this machine has.
    #[cfg(test)]
    pub(super) fn all() -> Vec<Path> {
        #[cfg(target_arch = "x86_64")]
        let vectors = [
            pulp::x86::V3::try_new().map(Path::Avx2),
            pulp::x86::V4::try_new().map(Path::Avx512),
        ];
        #[cfg(not(target_arch = "x86_64"))]
        let vectors = [None];
        std::iter::once(Path::Plain)
            .chain(vectors.into_iter().flatten())
            .collect()
    }

    /// The best that this machine has.
    pub(super) fn best() -> Path {
        #[cfg(target_arch = "x86_64")]
        {
            if let Some(vectors) = pulp::x86::V4::try_new() {
                return Path::Avx512(vectors);
            }
            if let Some(vectors) = pulp::x86::V3::try_new() {
                return Path::Avx2(vectors);
            }
        }
        Path::Plain
    }

    /// Has the line of memory brought near in which something begins that is read soon.
    pub(super) fn fetch<T>(self, what: &T) {
        match self {
            // There is no such hint.
            Path::Plain => _ = what,
            #[cfg(target_arch = "x86_64")]
            Path::Avx2(vectors) => x86::fetch(vectors, what),
            #[cfg(target_arch = "x86_64")]
            Path::Avx512(vectors) => x86::fetch(*vectors, what),
        }
    }

    pub(super) fn run(self, width: Width, job: impl Job) {
        match (self, width) {
            (Path::Plain, Width::Bits16) => job.run(Plain16),
            (Path::Plain, Width::Bits32) => job.run(Plain32),
            #[cfg(target_arch = "x86_64")]
            (Path::Avx2(vectors), width) => x86::run_avx2(vectors, width, job),
            #[cfg(target_arch = "x86_64")]
            (Path::Avx512(vectors), width) => x86::run_avx512(vectors, width, job),
        }
    }
}

/// Each bit of a half word.
const BITS: [u16; 16] = {
    let mut bits = [1; 16];
    let mut at = 1;
    while at < 16 {
        bits[at] = bits[at - 1] << 1;
        at += 1;
    }
    bits
};

macro_rules! plain {
    ($name:ident, $lane:ty, $narrowed:expr, $table:ident) => {
        /// Lanes on a machine of which nothing is known.
        #[derive(Clone, Copy)]
        struct $name;

        impl Lanes for $name {
            type Sums = [$lane; 32];
            const PARTS: usize = WORDS;
            const GREATEST: i32 = <$lane>::MAX as i32;

            #[inline(always)]
            fn fetch(self, _: &Line) {}

            #[inline(always)]
            fn start(self, points: i32) -> Self::Sums {
                [$narrowed(points); 32]
            }

            #[inline(always)]
            fn add_where(self, sums: &mut Self::Sums, line: &Line, part: usize, points: i32) {
                // Without a branch, and in halves, the compiler finds vectors of its own.
                let points = $narrowed(points);
                let [a, b, c, d] = line.0[part].to_le_bytes();
                let halves = [[a, b], [c, d]].map(u16::from_le_bytes);
                for (sums, half) in sums.as_chunks_mut::<16>().0.iter_mut().zip(halves) {
                    for (sum, bit) in sums.iter_mut().zip(BITS) {
                        let has = <$lane>::from(half & bit != 0);
                        *sum = sum.wrapping_add(points & has.wrapping_neg());
                    }
                }
            }

            #[inline(always)]
            fn add_looked_up(
                self,
                sums: &mut Self::Sums,
                values: &[u8; STRIP],
                part: usize,
                table: &Table,
            ) {
                for (sum, &value) in sums.iter_mut().zip(&values[32 * part..]) {
                    *sum = sum.wrapping_add(table.$table[usize::from(value & 15)]);
                }
            }

            #[inline(always)]
            fn add_each(self, sums: &mut Self::Sums, points: &[i32; STRIP], part: usize) {
                for (sum, &points) in sums.iter_mut().zip(&points[32 * part..]) {
                    *sum = sum.wrapping_add($narrowed(points));
                }
            }

            #[inline(always)]
            fn at_least(self, sums: &Self::Sums, least: i32, part: usize, found: &mut Line) {
                let least = $narrowed(least);
                let bit = |(row, &sum): (usize, &$lane)| u32::from(sum >= least) << row;
                found.0[part] = sums.iter().enumerate().map(bit).sum();
            }

            #[inline(always)]
            fn write(self, sums: &Self::Sums, part: usize, into: &mut [i32; STRIP]) {
                for (to, &sum) in into[32 * part..].iter_mut().zip(sums) {
                    *to = i32::from(sum);
                }
            }
        }
    };
}

plain!(Plain16, i16, wrap, narrow);
plain!(Plain32, i32, std::convert::identity, wide);
