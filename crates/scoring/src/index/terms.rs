//! What the rows of a block say of a great many terms, of which each speaks of few: by term.

use std::sync::Arc;

use super::{
    block::{BLOCK, Bits, STRIPS, is_set},
    lanes::STRIP,
};

/// For each term that a row of the block speaks of, those rows and the number that each has for it.
#[derive(Debug, Default)]
pub(super) struct Terms {
    keys: Box<[u32]>,
    /// `rows[starts[term]..starts[term + 1]]`, in order; nothing of a term that has a column.
    starts: Box<[u32]>,
    rows: Box<[u16]>,
    numbers: Box<[u8]>,
    /// Of terms that many rows speak of, in order: where the term stands among the keys.
    many: Box<[(u32, Arc<Column>)]>,
    /// By term, by strip: bit n where a row has the number n.
    present: Box<[Present]>,
}

/// By strip of a block, a bit for each number.
pub(super) type Present = [u16; STRIPS];

/// By row of a block: its number for a term; [`SILENT`] where it does not speak of it.
pub(super) type Column = [u8; BLOCK];

/// Higher than any number.
const SILENT: u8 = 16;

/// A term that more rows speak of has a column, which takes about as many bytes and is read many rows at a time.
const FEW: usize = BLOCK / 4;

/// What rows say of a term.
#[derive(Clone, Copy, Debug)]
pub(super) enum Of<'a> {
    /// Those that speak of it, in order, and the number of each.
    Few(&'a [u16], &'a [u8]),
    /// All rows.
    Many(&'a Column),
}

impl Of<'_> {
    /// The rows that speak of it, in order, each with its number.
    pub(super) fn each(self, mut take: impl FnMut(u16, u8)) {
        match self {
            Of::Few(rows, numbers) => {
                for (&row, &number) in rows.iter().zip(numbers) {
                    take(row, number);
                }
            }
            Of::Many(column) => {
                for (row, &number) in (0..).zip(column) {
                    if number != SILENT {
                        take(row, number);
                    }
                }
            }
        }
    }

    /// Writes to each row that speaks of it what becomes of its number.
    pub(super) fn write(self, into: &mut [u8; BLOCK], level: impl Fn(u8) -> u8) {
        match self {
            Of::Few(rows, numbers) => {
                for (&row, &number) in rows.iter().zip(numbers) {
                    into[usize::from(row) % BLOCK] = level(number);
                }
            }
            Of::Many(column) => {
                for (to, &number) in into.iter_mut().zip(column) {
                    *to = if number == SILENT { *to } else { level(number) };
                }
            }
        }
    }

    /// The number of a row that speaks of it.
    fn number(self, row: usize) -> Option<u8> {
        match self {
            Of::Few(rows, numbers) => {
                let row = u16::try_from(row).expect("a row of a block");
                let at = rows.binary_search(&row).ok()?;
                Some(numbers[at])
            }
            Of::Many(column) => Some(column[row]).filter(|&number| number != SILENT),
        }
    }

    /// Bytes it takes.
    pub(super) fn bytes(self) -> usize {
        match self {
            Of::Few(rows, numbers) => size_of_val(rows) + size_of_val(numbers),
            Of::Many(column) => size_of_val(column),
        }
    }
}

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
        for (at, &term) in self.keys.iter().enumerate() {
            terms.push_all(before((term, 0)));
            let of_term = before((term, u16::MAX));
            let (mut old, mut all_stay) = (Vec::new(), true);
            self.at(at).each(|row, number| {
                let stays = !is_set(is_changed, usize::from(row));
                all_stay &= stays;
                old.extend(stays.then(|| Said::new(term, usize::from(row), number)));
            });
            if of_term.is_empty() && all_stay {
                terms.push_same(self, at);
                continue;
            }
            old.extend(of_term);
            terms.push_all(&crate::sorted(old));
        }
        terms.push_all(before((u32::MAX, u16::MAX)));
        terms.done()
    }

    /// What rows say of `term`.
    pub(super) fn of_term(&self, term: u32) -> Of<'_> {
        let at = self.keys.binary_search(&term);
        at.map_or(Of::Few(&[], &[]), |at| self.at(at))
    }

    fn at(&self, at: usize) -> Of<'_> {
        let run = self.starts[at] as usize..self.starts[at + 1] as usize;
        if run.is_empty() {
            let many = self.many.binary_search_by_key(&at, |(at, _)| *at as usize);
            return Of::Many(&self.many[many.expect("every key has rows")].1);
        }
        Of::Few(&self.rows[run.clone()], &self.numbers[run])
    }

    /// Calls `take` for each of some terms, in order, that rows speak of: with what comes with it, and what they say.
    pub(super) fn each<T: Copy>(&self, terms: &[(u32, T)], mut take: impl FnMut(T, Of<'_>)) {
        self.each_place(terms, |with, at| take(with, self.at(at)));
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
        self.of_term(term).number(row)
    }

    /// Bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.keys)
            + size_of_val(&*self.starts)
            + size_of_val(&*self.rows)
            + size_of_val(&*self.numbers)
            + size_of_val(&*self.present)
            + self.many.len() * (size_of::<(u32, Arc<Column>)>() + size_of::<Column>())
    }
}

/// Terms that are written in order.
struct Growing {
    keys: Vec<u32>,
    starts: Vec<u32>,
    rows: Vec<u16>,
    numbers: Vec<u8>,
    many: Vec<(u32, Arc<Column>)>,
    present: Vec<Present>,
}

impl Growing {
    fn with_capacity(count: usize) -> Growing {
        Growing {
            keys: Vec::new(),
            starts: Vec::new(),
            rows: Vec::with_capacity(count),
            numbers: Vec::with_capacity(count),
            many: Vec::new(),
            present: Vec::new(),
        }
    }

    /// Some terms that come new, in order, each with all its rows.
    fn push_all(&mut self, said: &[Said]) {
        for of_term in said.chunk_by(|a, b| a.term() == b.term()) {
            let mut present = [0; STRIPS];
            for said in of_term {
                present[usize::from(said.row()) / STRIP] |= 1 << said.number();
            }
            self.push(of_term[0].term(), present);
            if of_term.len() > FEW {
                let mut column = [SILENT; BLOCK];
                for said in of_term {
                    column[usize::from(said.row())] = said.number();
                }
                self.push_column(Arc::new(column));
            } else {
                self.rows.extend(of_term.iter().map(|said| said.row()));
                self.numbers
                    .extend(of_term.iter().map(|said| said.number()));
            }
        }
    }

    /// A term that comes new, as others have it.
    fn push_same(&mut self, others: &Terms, at: usize) {
        self.push(others.keys[at], others.present[at]);
        let known = others
            .many
            .binary_search_by_key(&at, |(at, _)| *at as usize);
        match (known, others.at(at)) {
            (Ok(known), _) => self.push_column(Arc::clone(&others.many[known].1)),
            (_, Of::Few(rows, numbers)) => {
                self.rows.extend(rows);
                self.numbers.extend(numbers);
            }
            _ => unreachable!("a column is known"),
        }
    }

    fn push(&mut self, term: u32, present: Present) {
        self.keys.push(term);
        self.starts.push(self.end());
        self.present.push(present);
    }

    fn push_column(&mut self, column: Arc<Column>) {
        let at = u32::try_from(self.keys.len() - 1).expect("few terms in a block");
        self.many.push((at, column));
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
            many: self.many.into(),
            present: self.present.into(),
        }
    }
}
