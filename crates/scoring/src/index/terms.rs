//! What the rows of a block say of a great many terms, of which each speaks of few: by term.

use std::{ops::Range, sync::Arc};

use super::{
    block::{BLOCK, Bits, STRIPS, is_set},
    lanes::STRIP,
};

/// For each term that a row of the block speaks of, those rows and the number that each has for it.
#[derive(Debug, Default)]
pub(super) struct Terms {
    keys: Box<[u32]>,
    /// `keys[firsts[bits]..firsts[bits + 1]]` are those whose bits from `shift` on are these.
    firsts: Box<[u32]>,
    shift: u32,
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

    /// Whether one of these rows speaks of it.
    fn is_said_by_any(self, rows: &Bits) -> bool {
        match self {
            Of::Few(said_by, _) => said_by.iter().any(|&row| is_set(rows, usize::from(row))),
            Of::Many(column) => {
                let mut with_rows = column.iter().enumerate();
                with_rows.any(|(row, &number)| number != SILENT && is_set(rows, row))
            }
        }
    }

    /// What rows say of a term that did not change, and what others say now, in order.
    fn merge_into(self, term: u32, is_changed: &Bits, mut new: &[Said], into: &mut Vec<Said>) {
        self.each(|row, number| {
            let before = new.iter().take_while(|said| said.row() < row).count();
            let (before, behind) = new.split_at(before);
            into.extend(before);
            new = behind;
            if !is_set(is_changed, usize::from(row)) {
                into.push(Said::new(term, usize::from(row), number));
            }
        });
        into.extend(new);
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
        let mut terms = Growing::with_capacity(0, said.len());
        for of_term in said.chunk_by(|a, b| a.term() == b.term()) {
            terms.push_term(of_term);
        }
        terms.done()
    }

    /// The same with what `is_changed` rows say now.
    pub(super) fn with(&self, is_changed: &Bits, said: Vec<Said>) -> Terms {
        let said = crate::sorted(said);
        let mut new = said.chunk_by(|a, b| a.term() == b.term()).peekable();
        let mut terms =
            Growing::with_capacity(self.keys.len() + said.len(), self.rows.len() + said.len());
        let mut of_both: Vec<Said> = Vec::new();
        // From here on all are the same, and not yet written.
        let mut same = 0;
        for (at, &term) in self.keys.iter().enumerate() {
            let is_new = new.peek().is_some_and(|of_term| of_term[0].term() <= term);
            if !is_new && !self.at(at).is_said_by_any(is_changed) {
                continue;
            }
            terms.push_same(self, same..at);
            same = at + 1;
            while let Some(before) = new.next_if(|of_term| of_term[0].term() < term) {
                terms.push_term(before);
            }
            let here = new.next_if(|of_term| of_term[0].term() == term);
            of_both.clear();
            self.at(at)
                .merge_into(term, is_changed, here.unwrap_or_default(), &mut of_both);
            if !of_both.is_empty() {
                terms.push_term(&of_both);
            }
        }
        terms.push_same(self, same..self.keys.len());
        new.for_each(|behind| terms.push_term(behind));
        terms.done()
    }

    /// What rows say of `term`.
    pub(super) fn of_term(&self, term: u32) -> Of<'_> {
        let at = self.find(term);
        at.map_or(Of::Few(&[], &[]), |at| self.at(at))
    }

    /// Where a term stands among the keys.
    fn find(&self, term: u32) -> Option<usize> {
        let near = (term >> self.shift) as usize;
        let (&start, &end) = (self.firsts.get(near)?, self.firsts.get(near + 1)?);
        let (start, end) = (start as usize, end as usize);
        let at = self.keys[start..end].binary_search(&term).ok()?;
        Some(start + at)
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
        for &(term, with) in terms {
            if let Some(at) = self.find(term) {
                take(with, at);
            }
        }
    }

    /// The numbers that rows have for `term`.
    pub(super) fn present(&self, term: u32) -> Present {
        self.find(term).map_or([0; STRIPS], |at| self.present[at])
    }

    /// The number that a row has for `term`.
    pub(super) fn number(&self, term: u32, row: usize) -> Option<u8> {
        self.of_term(term).number(row)
    }

    /// Bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.keys)
            + size_of_val(&*self.firsts)
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
    /// With room for so many terms, of which so much is said in all.
    fn with_capacity(terms: usize, said: usize) -> Growing {
        Growing {
            keys: Vec::with_capacity(terms),
            starts: Vec::with_capacity(terms + 1),
            rows: Vec::with_capacity(said),
            numbers: Vec::with_capacity(said),
            many: Vec::new(),
            present: Vec::with_capacity(terms),
        }
    }

    /// A term that comes new, with all its rows.
    fn push_term(&mut self, said: &[Said]) {
        let mut present = [0; STRIPS];
        for said in said {
            present[usize::from(said.row()) / STRIP] |= 1 << said.number();
        }
        self.push(said[0].term(), present);
        if said.len() > FEW {
            let mut column = [SILENT; BLOCK];
            for said in said {
                column[usize::from(said.row())] = said.number();
            }
            let at = index(self.keys.len() - 1);
            self.many.push((at, Arc::new(column)));
        } else {
            self.rows.extend(said.iter().map(|said| said.row()));
            self.numbers.extend(said.iter().map(|said| said.number()));
        }
    }

    /// Some terms that come new, as others have them.
    fn push_same(&mut self, others: &Terms, run: Range<usize>) {
        let (first, before) = (self.keys.len(), index(self.rows.len()));
        let (start, end) = (others.starts[run.start], others.starts[run.end]);
        let starts = others.starts[run.clone()].iter();
        self.starts.extend(starts.map(|at| before + (at - start)));
        self.keys.extend(&others.keys[run.clone()]);
        self.present.extend(&others.present[run.clone()]);
        let of_run = start as usize..end as usize;
        self.rows.extend(&others.rows[of_run.clone()]);
        self.numbers.extend(&others.numbers[of_run]);
        let many = |end: usize| others.many.partition_point(|&(at, _)| (at as usize) < end);
        for (at, column) in &others.many[many(run.start)..many(run.end)] {
            let at = index(first + (*at as usize - run.start));
            self.many.push((at, Arc::clone(column)));
        }
    }

    fn push(&mut self, term: u32, present: Present) {
        self.keys.push(term);
        self.starts.push(index(self.rows.len()));
        self.present.push(present);
    }

    fn done(mut self) -> Terms {
        self.starts.push(index(self.rows.len()));
        let (shift, firsts) = firsts(&self.keys);
        Terms {
            keys: self.keys.into(),
            shift,
            firsts,
            starts: self.starts.into(),
            rows: self.rows.into(),
            numbers: self.numbers.into(),
            many: self.many.into(),
            present: self.present.into(),
        }
    }
}

/// Keys that are looked through for one, about.
const NEAR: usize = 4;

/// Where keys with the same highest bits begin, by those bits, and how many bits are below them.
fn firsts(keys: &[u32]) -> (u32, Box<[u32]>) {
    let Some(&last) = keys.last() else {
        return Default::default();
    };
    let places = (keys.len() / NEAR).max(1);
    let mut shift = 0;
    while shift < u32::BITS - 1 && (last >> shift) as usize >= places {
        shift += 1;
    }
    let mut firsts = Vec::with_capacity(places + 1);
    for (at, &key) in keys.iter().enumerate() {
        while firsts.len() <= (key >> shift) as usize {
            firsts.push(index(at));
        }
    }
    firsts.push(index(keys.len()));
    (shift, firsts.into())
}

fn index(at: usize) -> u32 {
    u32::try_from(at).expect("few terms in a block")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_found_whatever_their_numbers() {
        for keys in [
            vec![0],
            vec![u32::MAX],
            vec![3, u32::MAX],
            vec![5, 1 << 31, u32::MAX - 1],
        ] {
            let said = |&term: &u32| Said::new(term, 7, 2);
            let terms = Terms::of(keys.iter().map(said).collect());

            for term in keys
                .iter()
                .flat_map(|&key| [key.wrapping_sub(1), key, key.wrapping_add(1)])
            {
                let number = keys.contains(&term).then_some(2);
                assert_eq!(terms.number(term, 7), number, "{term} of {keys:?}");
            }
        }
    }
}
