//! What the rows of a block say of a great many terms, of which each speaks of few: by term.

use super::{
    block::{Bits, STRIPS, is_set},
    lanes::STRIP,
};

/// For each term that a row of the block speaks of, those rows and the number that each has for it.
#[derive(Debug, Default)]
pub(super) struct Terms {
    keys: Box<[u32]>,
    /// `rows[starts[term]..starts[term + 1]]`, in order.
    starts: Box<[u32]>,
    rows: Box<[u16]>,
    numbers: Box<[u8]>,
    /// By term, by strip: bit n where a row has the number n.
    present: Box<[Present]>,
}

/// By strip of a block, a bit for each number.
pub(super) type Present = [u16; STRIPS];

/// A term, a row and a number, 0 to 15, packed in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Said(u64);

impl Said {
    pub(super) fn new(term: u32, row: usize, number: u8) -> Said {
        assert!(number < 16, "the number {number} is too high");
        assert!(row < 1 << 12, "row {row} of a block");
        Said(u64::from(term) << 16 | (row as u64) << 4 | u64::from(number))
    }

    fn term(self) -> u32 {
        u32::try_from(self.0 >> 16).expect("32 bits")
    }

    fn row(self) -> u16 {
        u16::try_from(self.0 >> 4 & 0xFFF).expect("12 bits")
    }

    fn number(self) -> u8 {
        u8::try_from(self.0 & 15).expect("4 bits")
    }
}

impl Terms {
    pub(super) fn of(said: Vec<Said>) -> Terms {
        let said = crate::sorted(said);
        let mut terms = Growing::with_capacity(said.len());
        terms.push_all(&said);
        terms.done()
    }

    /// The same with what `is_changed` rows say now.
    pub(super) fn with(&self, is_changed: &Bits, said: Vec<Said>) -> Terms {
        let said = crate::sorted(said);
        let mut new = &said[..];
        let mut before = |end: (u32, u16)| {
            let count = new.partition_point(|said| (said.term(), said.row()) < end);
            let (here, behind) = new.split_at(count);
            new = behind;
            here
        };
        let mut terms = Growing::with_capacity(self.rows.len() + said.len());
        for (at, (&term, run)) in self.keys.iter().zip(self.starts.windows(2)).enumerate() {
            let run = run[0] as usize..run[1] as usize;
            let (rows, numbers) = (&self.rows[run.clone()], &self.numbers[run]);
            terms.push_all(before((term, 0)));
            let of_term = before((term, u16::MAX));
            let stays = |&row: &u16| !is_set(is_changed, usize::from(row));
            if of_term.is_empty() && rows.iter().all(stays) {
                terms.push_run(term, rows, numbers, self.present[at]);
                continue;
            }
            let old = rows.iter().zip(numbers).filter(|(row, _)| stays(row));
            let old = old.map(|(&row, &number)| Said::new(term, usize::from(row), number));
            let both = crate::sorted(old.chain(of_term.iter().copied()).collect());
            terms.push_all(&both);
        }
        terms.push_all(before((u32::MAX, u16::MAX)));
        terms.done()
    }

    /// Rows that speak of `term`, in order, and their numbers.
    pub(super) fn of_term(&self, term: u32) -> (&[u16], &[u8]) {
        match self.keys.binary_search(&term) {
            Err(_) => (&[], &[]),
            Ok(at) => {
                let run = self.starts[at] as usize..self.starts[at + 1] as usize;
                (&self.rows[run.clone()], &self.numbers[run])
            }
        }
    }

    /// Calls `take` for each of some terms, in order, that rows speak of: with what comes with it, those rows and their
    /// numbers.
    pub(super) fn each<T: Copy>(&self, terms: &[(u32, T)], mut take: impl FnMut(T, &[u16], &[u8])) {
        self.each_place(terms, |with, at| {
            let run = self.starts[at] as usize..self.starts[at + 1] as usize;
            take(with, &self.rows[run.clone()], &self.numbers[run]);
        });
    }

    /// The same with what each strip has of it.
    pub(super) fn each_present<T: Copy>(
        &self,
        terms: &[(u32, T)],
        mut take: impl FnMut(T, Present),
    ) {
        self.each_place(terms, |with, at| take(with, self.present[at]));
    }

    fn each_place<T: Copy>(&self, terms: &[(u32, T)], mut take: impl FnMut(T, usize)) {
        let mut at = 0;
        for &(term, with) in terms {
            // The next one is most often near.
            let mut step = 1;
            while self.keys.get(at + step).is_some_and(|&key| key < term) {
                at += step;
                step *= 2;
            }
            let near = &self.keys[at..self.keys.len().min(at + step + 1)];
            at += near.partition_point(|&key| key < term);
            if self.keys.get(at) == Some(&term) {
                take(with, at);
            }
        }
    }

    /// The numbers that rows have for `term`.
    pub(super) fn present(&self, term: u32) -> Present {
        let at = self.keys.binary_search(&term);
        at.map_or([0; STRIPS], |at| self.present[at])
    }

    /// The number that a row has for `term`.
    pub(super) fn number(&self, term: u32, row: usize) -> Option<u8> {
        let (rows, numbers) = self.of_term(term);
        let row = u16::try_from(row).expect("a row of a block");
        let at = rows.binary_search(&row).ok()?;
        Some(numbers[at])
    }

    /// Bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.keys)
            + size_of_val(&*self.starts)
            + size_of_val(&*self.rows)
            + size_of_val(&*self.numbers)
            + size_of_val(&*self.present)
    }
}

/// Terms that are written in order.
struct Growing {
    keys: Vec<u32>,
    starts: Vec<u32>,
    rows: Vec<u16>,
    numbers: Vec<u8>,
    present: Vec<Present>,
}

impl Growing {
    fn with_capacity(count: usize) -> Growing {
        Growing {
            keys: Vec::new(),
            starts: Vec::new(),
            rows: Vec::with_capacity(count),
            numbers: Vec::with_capacity(count),
            present: Vec::new(),
        }
    }

    fn push_all(&mut self, said: &[Said]) {
        for said in said {
            self.push(said.term(), said.row(), said.number());
        }
    }

    /// A term that comes new, with all its rows.
    fn push_run(&mut self, term: u32, rows: &[u16], numbers: &[u8], present: Present) {
        self.keys.push(term);
        self.starts.push(self.end());
        self.present.push(present);
        self.rows.extend(rows);
        self.numbers.extend(numbers);
    }

    fn push(&mut self, term: u32, row: u16, number: u8) {
        if self.keys.last() != Some(&term) {
            self.keys.push(term);
            self.starts.push(self.end());
            self.present.push([0; STRIPS]);
        }
        let present = self.present.last_mut().expect("just pushed");
        present[usize::from(row) / STRIP] |= 1 << number;
        self.rows.push(row);
        self.numbers.push(number);
    }

    fn end(&self) -> u32 {
        u32::try_from(self.rows.len()).expect("few terms in a block")
    }

    fn done(mut self) -> Terms {
        self.starts.push(self.end());
        Terms {
            keys: self.keys.into(),
            starts: self.starts.into(),
            rows: self.rows.into(),
            numbers: self.numbers.into(),
            present: self.present.into(),
        }
    }
}
