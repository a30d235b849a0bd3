//! Lanes of AVX2 and AVX-512.
//!
//! AVX-512 adds where a mask says so: one instruction per vector. AVX2 first spreads the bits of the mask over lanes.

use pulp::{
    NullaryFnOnce, cast,
    x86::{V3, V4},
};
use std::arch::x86_64::{__m128i, __m256i, __m512i, _MM_HINT_T0};

use super::{BITS, Job, Lanes, Line, STRIP, Table, Width, wrap};

/// A job on lanes, as `pulp` calls it inside a function with the instructions.
struct On<L, J>(L, J);

impl<L: Lanes, J: Job> NullaryFnOnce for On<L, J> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.1.run(self.0);
    }
}

pub(super) fn run_avx2(vectors: V3, width: Width, job: impl Job) {
    match width {
        Width::Bits16 => vectors.vectorize(On(Avx2Lanes16(vectors), job)),
        Width::Bits32 => vectors.vectorize(On(Avx2Lanes32(vectors), job)),
    }
}

pub(super) fn run_avx512(vectors: V4, width: Width, job: impl Job) {
    match width {
        Width::Bits16 => vectors.vectorize(On(Avx512Lanes16(vectors), job)),
        Width::Bits32 => vectors.vectorize(On(Avx512Lanes32(vectors), job)),
    }
}

/// Only a hint: a processor is free to do nothing.
#[inline(always)]
pub(super) fn fetch<T>(vectors: V3, what: &T) {
    let start = std::ptr::from_ref(what).cast();
    vectors.sse._mm_prefetch::<_MM_HINT_T0>(start);
}

#[inline(always)]
fn translate(vectors: V3, numbers: &[u8; STRIP], table: &[u8; 16], into: &mut [u8; STRIP]) {
    let table = vectors.avx2._mm256_broadcastsi128_si256(cast(*table));
    let numbers = numbers.as_chunks::<32>().0;
    for (to, &numbers) in into.as_chunks_mut::<32>().0.iter_mut().zip(numbers) {
        *to = cast(vectors.avx2._mm256_shuffle_epi8(table, cast(numbers)));
    }
}

#[inline(always)]
fn numbers_at_least(vectors: V3, numbers: &[u8; STRIP], least: u8) -> Line {
    let mut found = Line::NONE;
    let least = vectors.avx._mm256_set1_epi8(least.cast_signed());
    for (word, &numbers) in found.0.iter_mut().zip(numbers.as_chunks::<32>().0) {
        let numbers: __m256i = cast(numbers);
        let greater = vectors.avx2._mm256_max_epu8(numbers, least);
        let is_number = vectors.avx2._mm256_cmpeq_epi8(numbers, greater);
        *word = vectors.avx2._mm256_movemask_epi8(is_number).cast_unsigned();
    }
    found
}

/// `points` in both halves of a word.
#[inline(always)]
fn twice(points: i32) -> i32 {
    cast([wrap(points); 2])
}

#[inline(always)]
fn halves(word: u32) -> [u16; 2] {
    cast(word)
}

/// The values of `N` rows from row `first` on.
#[inline(always)]
fn some<T: Copy, const N: usize>(values: &[T; STRIP], first: usize) -> [T; N] {
    let some = values[first..].first_chunk();
    *some.expect("a strip is cut evenly")
}

#[derive(Clone, Copy)]
struct Avx512Lanes16(V4);

impl Lanes for Avx512Lanes16 {
    type Sums = [__m512i; 16];
    const PARTS: usize = 1;
    const GREATEST: i32 = 32_767;

    #[inline(always)]
    fn fetch(self, line: &Line) {
        fetch(*self.0, line);
    }

    #[inline(always)]
    fn start(self, points: i32) -> Self::Sums {
        [self.0.avx512f._mm512_set1_epi32(twice(points)); 16]
    }

    #[inline(always)]
    fn add_where(self, sums: &mut Self::Sums, line: &Line, _: usize, points: i32) {
        let points = self.0.avx512f._mm512_set1_epi32(twice(points));
        for (sum, &mask) in sums.iter_mut().zip(&line.0) {
            *sum = (self.0.avx512bw)._mm512_mask_add_epi16(*sum, mask, *sum, points);
        }
    }

    #[inline(always)]
    fn add_looked_up(self, sums: &mut Self::Sums, values: &[u8; STRIP], _: usize, table: &Table) {
        let table: __m512i = cast(table.narrow);
        for (number, sum) in sums.iter_mut().enumerate() {
            let values: __m256i = cast(some::<u8, 32>(values, 32 * number));
            let values = self.0.avx512bw._mm512_cvtepu8_epi16(values);
            let points = self.0.avx512bw._mm512_permutexvar_epi16(values, table);
            *sum = self.0.avx512bw._mm512_add_epi16(*sum, points);
        }
    }

    #[inline(always)]
    fn add_each(self, sums: &mut Self::Sums, points: &[i32; STRIP], _: usize) {
        for (number, sum) in sums.iter_mut().enumerate() {
            let points = some::<i32, 32>(points, 32 * number);
            *sum = self
                .0
                .avx512bw
                ._mm512_add_epi16(*sum, cast(points.map(wrap)));
        }
    }

    #[inline(always)]
    fn at_least(self, sums: &Self::Sums, least: i32, _: usize, found: &mut Line) {
        let least = self.0.avx512f._mm512_set1_epi32(twice(least));
        for (word, &sum) in found.0.iter_mut().zip(sums) {
            *word = self.0.avx512bw._mm512_cmpge_epi16_mask(sum, least);
        }
    }

    #[inline(always)]
    fn write(self, sums: &Self::Sums, _: usize, into: &mut [i32; STRIP]) {
        for (to, &sum) in into.as_chunks_mut().0.iter_mut().zip(sums) {
            let sum: [i16; 32] = cast(sum);
            *to = sum.map(i32::from);
        }
    }

    #[inline(always)]
    fn translate(self, numbers: &[u8; STRIP], table: &[u8; 16], into: &mut [u8; STRIP]) {
        translate(*self.0, numbers, table, into);
    }

    #[inline(always)]
    fn numbers_at_least(self, numbers: &[u8; STRIP], least: u8) -> Line {
        numbers_at_least(*self.0, numbers, least)
    }
}

#[derive(Clone, Copy)]
struct Avx512Lanes32(V4);

impl Lanes for Avx512Lanes32 {
    type Sums = [__m512i; 16];
    const PARTS: usize = 2;
    const GREATEST: i32 = i32::MAX;

    #[inline(always)]
    fn fetch(self, line: &Line) {
        fetch(*self.0, line);
    }

    #[inline(always)]
    fn start(self, points: i32) -> Self::Sums {
        [self.0.avx512f._mm512_set1_epi32(points); 16]
    }

    #[inline(always)]
    fn add_where(self, sums: &mut Self::Sums, line: &Line, part: usize, points: i32) {
        let points = self.0.avx512f._mm512_set1_epi32(points);
        for (sums, &word) in sums.as_chunks_mut().0.iter_mut().zip(&line.0[8 * part..]) {
            let ([low, high], [first, second]) = (halves(word), sums);
            *first = (self.0.avx512f)._mm512_mask_add_epi32(*first, low, *first, points);
            *second = (self.0.avx512f)._mm512_mask_add_epi32(*second, high, *second, points);
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
        let table: __m512i = cast(table.wide);
        for (number, sum) in sums.iter_mut().enumerate() {
            let values: __m128i = cast(some::<u8, 16>(values, 256 * part + 16 * number));
            let values = self.0.avx512f._mm512_cvtepu8_epi32(values);
            let points = self.0.avx512f._mm512_permutexvar_epi32(values, table);
            *sum = self.0.avx512f._mm512_add_epi32(*sum, points);
        }
    }

    #[inline(always)]
    fn add_each(self, sums: &mut Self::Sums, points: &[i32; STRIP], part: usize) {
        for (number, sum) in sums.iter_mut().enumerate() {
            let points = some::<i32, 16>(points, 256 * part + 16 * number);
            *sum = self.0.avx512f._mm512_add_epi32(*sum, cast(points));
        }
    }

    #[inline(always)]
    fn at_least(self, sums: &Self::Sums, least: i32, part: usize, found: &mut Line) {
        let least = self.0.avx512f._mm512_set1_epi32(least);
        let words = found.0[8 * part..].iter_mut();
        for (word, sums) in words.zip(sums.as_chunks::<2>().0) {
            *word = cast(sums.map(|sum| self.0.avx512f._mm512_cmpge_epi32_mask(sum, least)));
        }
    }

    #[inline(always)]
    fn write(self, sums: &Self::Sums, part: usize, into: &mut [i32; STRIP]) {
        let into = into[256 * part..].as_chunks_mut::<16>().0;
        for (to, &sum) in into.iter_mut().zip(sums) {
            *to = cast(sum);
        }
    }
}

#[derive(Clone, Copy)]
struct Avx2Lanes16(V3);

impl Lanes for Avx2Lanes16 {
    type Sums = [__m256i; 8];
    const PARTS: usize = 4;
    const GREATEST: i32 = 32_767;

    #[inline(always)]
    fn fetch(self, line: &Line) {
        fetch(self.0, line);
    }

    #[inline(always)]
    fn start(self, points: i32) -> Self::Sums {
        [self.0.avx._mm256_set1_epi32(twice(points)); 8]
    }

    #[inline(always)]
    fn add_where(self, sums: &mut Self::Sums, line: &Line, part: usize, points: i32) {
        let (bits, points): (__m256i, _) =
            (cast(BITS), self.0.avx._mm256_set1_epi32(twice(points)));
        for (sums, &word) in sums
            .as_chunks_mut::<2>()
            .0
            .iter_mut()
            .zip(&line.0[4 * part..])
        {
            for (sum, mask) in sums.iter_mut().zip(halves(word)) {
                let mask = self.0.avx._mm256_set1_epi16(mask.cast_signed());
                let mask = self.0.avx2._mm256_and_si256(mask, bits);
                let mask = self.0.avx2._mm256_cmpeq_epi16(mask, bits);
                let points = self.0.avx2._mm256_and_si256(mask, points);
                *sum = self.0.avx2._mm256_add_epi16(*sum, points);
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
        let low: [u8; 16] = std::array::from_fn(|value| table.narrow[value].to_le_bytes()[0]);
        let high: [u8; 16] = std::array::from_fn(|value| table.narrow[value].to_le_bytes()[1]);
        let (low, high): (__m128i, __m128i) = (cast(low), cast(high));
        for (number, sum) in sums.iter_mut().enumerate() {
            let values: __m128i = cast(some::<u8, 16>(values, 128 * part + 16 * number));
            let low = self.0.ssse3._mm_shuffle_epi8(low, values);
            let high = self.0.ssse3._mm_shuffle_epi8(high, values);
            let first = self.0.sse2._mm_unpacklo_epi8(low, high);
            let second = self.0.sse2._mm_unpackhi_epi8(low, high);
            let points = self.0.avx._mm256_set_m128i(second, first);
            *sum = self.0.avx2._mm256_add_epi16(*sum, points);
        }
    }

    #[inline(always)]
    fn add_each(self, sums: &mut Self::Sums, points: &[i32; STRIP], part: usize) {
        for (number, sum) in sums.iter_mut().enumerate() {
            let points = some::<i32, 16>(points, 128 * part + 16 * number);
            *sum = self.0.avx2._mm256_add_epi16(*sum, cast(points.map(wrap)));
        }
    }

    #[inline(always)]
    fn at_least(self, sums: &Self::Sums, least: i32, part: usize, found: &mut Line) {
        let least = self.0.avx._mm256_set1_epi32(twice(least));
        let words = found.0[4 * part..].iter_mut();
        for (word, &[first, second]) in words.zip(sums.as_chunks::<2>().0) {
            let first = self.0.avx2._mm256_cmpgt_epi16(least, first);
            let second = self.0.avx2._mm256_cmpgt_epi16(least, second);
            let less = self.0.avx2._mm256_packs_epi16(first, second);
            let less = (self.0.avx2)._mm256_permute4x64_epi64::<0b11_01_10_00>(less);
            *word = !self.0.avx2._mm256_movemask_epi8(less).cast_unsigned();
        }
    }

    #[inline(always)]
    fn write(self, sums: &Self::Sums, part: usize, into: &mut [i32; STRIP]) {
        let into = into[128 * part..].as_chunks_mut::<16>().0;
        for (to, &sum) in into.iter_mut().zip(sums) {
            let sum: [i16; 16] = cast(sum);
            *to = sum.map(i32::from);
        }
    }

    #[inline(always)]
    fn translate(self, numbers: &[u8; STRIP], table: &[u8; 16], into: &mut [u8; STRIP]) {
        translate(self.0, numbers, table, into);
    }

    #[inline(always)]
    fn numbers_at_least(self, numbers: &[u8; STRIP], least: u8) -> Line {
        numbers_at_least(self.0, numbers, least)
    }
}

#[derive(Clone, Copy)]
struct Avx2Lanes32(V3);

impl Lanes for Avx2Lanes32 {
    type Sums = [__m256i; 8];
    const PARTS: usize = 8;
    const GREATEST: i32 = i32::MAX;

    #[inline(always)]
    fn fetch(self, line: &Line) {
        fetch(self.0, line);
    }

    #[inline(always)]
    fn start(self, points: i32) -> Self::Sums {
        [self.0.avx._mm256_set1_epi32(points); 8]
    }

    #[inline(always)]
    fn add_where(self, sums: &mut Self::Sums, line: &Line, part: usize, points: i32) {
        const BITS: [i32; 8] = [1, 2, 4, 8, 16, 32, 64, 128];
        let (bits, points): (__m256i, _) = (cast(BITS), self.0.avx._mm256_set1_epi32(points));
        for (sums, word) in sums
            .as_chunks_mut::<4>()
            .0
            .iter_mut()
            .zip(&line.0[2 * part..])
        {
            for (sum, mask) in sums.iter_mut().zip(word.to_le_bytes()) {
                let mask = self.0.avx._mm256_set1_epi32(i32::from(mask));
                let mask = self.0.avx2._mm256_and_si256(mask, bits);
                let mask = self.0.avx2._mm256_cmpeq_epi32(mask, bits);
                let points = self.0.avx2._mm256_and_si256(mask, points);
                *sum = self.0.avx2._mm256_add_epi32(*sum, points);
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
        for (number, sum) in sums.iter_mut().enumerate() {
            let values: [u8; 8] = some(values, 64 * part + 8 * number);
            let points = values.map(|value| table.wide[usize::from(value & 15)]);
            *sum = self.0.avx2._mm256_add_epi32(*sum, cast(points));
        }
    }

    #[inline(always)]
    fn add_each(self, sums: &mut Self::Sums, points: &[i32; STRIP], part: usize) {
        for (number, sum) in sums.iter_mut().enumerate() {
            let points = some::<i32, 8>(points, 64 * part + 8 * number);
            *sum = self.0.avx2._mm256_add_epi32(*sum, cast(points));
        }
    }

    #[inline(always)]
    fn at_least(self, sums: &Self::Sums, least: i32, part: usize, found: &mut Line) {
        let least = self.0.avx._mm256_set1_epi32(least);
        let words = found.0[2 * part..].iter_mut();
        for (word, sums) in words.zip(sums.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(sums.map(|sum| {
                let less = self.0.avx2._mm256_cmpgt_epi32(least, sum);
                let less = self.0.avx._mm256_movemask_ps(cast(less));
                !less.to_le_bytes()[0]
            }));
        }
    }

    #[inline(always)]
    fn write(self, sums: &Self::Sums, part: usize, into: &mut [i32; STRIP]) {
        let into = into[64 * part..].as_chunks_mut::<8>().0;
        for (to, &sum) in into.iter_mut().zip(sums) {
            *to = cast(sum);
        }
    }
}
