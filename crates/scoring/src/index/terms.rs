//! What the rows of a block say of a great many terms, of which each speaks of few: by term.

use std::{ops::Range, sync::Arc};

use super::{
    block::{BLOCK, Bits, Numbers, STRIPS, is_set},
    lanes::STRIP,
    record::strips_of,
};

/// For each term that a row of the block speaks of, those rows and the number that each has for it.
#[derive(Debug, Default)]
pub(super) struct Terms {
    keys: Box<[u32]>,
    /// `keys[firsts[bits]..firsts[bits + 1]]` are those whose bits from `shift` on are these.
    firsts: Box<[u32]>,
    shift: u32,
    /// By term, and one more behind the last.
    of: Box<[OfTerm]>,
    /// What rows say of one term after the other, in order; nothing of a term that has a column.
    said: Box<[OfRow]>,
    /// Of terms that many rows speak of, in order: where the term stands among the keys.
    many: Box<[(u32, Arc<Column>)]>,
}

/// What is known of a term, together: whoever reads one part reads the other soon.
#[derive(Clone, Copy, Debug, Default)]
struct OfTerm {
    present: Present,
    /// Where in [`Terms::said`] it begins.
    start: u32,
}

/// Where a term stands among those of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stand {
    at: u32,
    /// Where it begins and ends in [`Terms::said`], so that who comes back reads nothing between.
    start: u32,
    end: u32,
}

impl Stand {
    /// Of a term that no row speaks of.
    pub(super) const NOWHERE: Stand = Stand {
        at: u32::MAX,
        start: 0,
        end: 0,
    };
}

/// By strip of a block, a bit for each number.
pub(super) type Present = [u16; STRIPS];

/// By row of a block: its number for a term; [`SILENT`] where it does not speak of it.
pub(super) type Column = Numbers;

/// Higher than any number.
const SILENT: u8 = 16;

/// A term that more rows speak of has a column, which takes about as many bytes and is read many rows at a time.
const FEW: usize = BLOCK / 4;

/// What rows say of a term.
#[derive(Clone, Copy, Debug)]
pub(super) enum Of<'a> {
    /// Those that speak of it, in order.
    Few(&'a [OfRow]),
    /// All rows.
    Many(&'a Column),
}

/// A row of a block and its number, 0 to 15, packed in this order.
#[derive(Clone, Copy, Debug)]
pub(super) struct OfRow(u16);

impl OfRow {
    fn new(said: Said) -> OfRow {
        OfRow(said.row() << 4 | u16::from(said.number()))
    }

    fn row(self) -> u16 {
        self.0 >> 4
    }

    fn number(self) -> u8 {
        self.0.to_le_bytes()[0] & 15
    }
}

impl Of<'_> {
    /// The rows that speak of it, in order, each with its number.
    pub(super) fn each(self, mut take: impl FnMut(u16, u8)) {
        match self {
            Of::Few(said) => {
                for said in said {
                    take(said.row(), said.number());
                }
            }
            Of::Many(column) => {
                for (row, &number) in (0..).zip(column.as_flattened()) {
                    if number != SILENT {
                        take(row, number);
                    }
                }
            }
        }
    }

    /// Writes to each row of some strips that speaks of it what becomes of its number.
    pub(super) fn write(self, into: &mut Numbers, strips: u8, level: impl Fn(u8) -> u8) {
        match self {
            Of::Few(said) => {
                let into = into.as_flattened_mut();
                for said in said {
                    into[usize::from(said.row()) % BLOCK] = level(said.number());
                }
            }
            Of::Many(column) => {
                for strip in strips_of(strips) {
                    for (to, &number) in into[strip].iter_mut().zip(&column[strip]) {
                        *to = if number == SILENT { *to } else { level(number) };
                    }
                }
            }
        }
    }

    /// Whether one of these rows speaks of it.
    fn is_said_by_any(self, rows: &Bits) -> bool {
        match self {
            Of::Few(said) => {
                let mut said = said.iter();
                said.any(|said| is_set(rows, usize::from(said.row())))
            }
            Of::Many(column) => {
                let mut with_rows = column.as_flattened().iter().enumerate();
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
            Of::Few(said) => {
                let by_row = |said: &OfRow| usize::from(said.row());
                let at = said.binary_search_by_key(&row, by_row).ok()?;
                Some(said[at].number())
            }
            Of::Many(column) => {
                let number = column[row / STRIP][row % STRIP];
                Some(number).filter(|&number| number != SILENT)
            }
        }
    }

    /// Bytes it takes.
    pub(super) fn bytes(self) -> usize {
        match self {
            Of::Few(said) => size_of_val(said),
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
            Growing::with_capacity(self.keys.len() + said.len(), self.said.len() + said.len());
        let mut of_both: Vec<Said> = Vec::new();
        // From here on all are the same, and not yet written.
        let mut same = 0;
        for (at, &term) in self.keys.iter().enumerate() {
            let is_new = new.peek().is_some_and(|of_term| of_term[0].term() <= term);
            if !is_new && !self.at(self.stand(at)).is_said_by_any(is_changed) {
                continue;
            }
            terms.push_same(self, same..at);
            same = at + 1;
            while let Some(before) = new.next_if(|of_term| of_term[0].term() < term) {
                terms.push_term(before);
            }
            let here = new.next_if(|of_term| of_term[0].term() == term);
            of_both.clear();
            let before = self.at(self.stand(at));
            before.merge_into(term, is_changed, here.unwrap_or_default(), &mut of_both);
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
        self.at(self.find(term, self.near(term)))
    }

    /// What rows say of the term that stands there.
    pub(super) fn at(&self, stand: Stand) -> Of<'_> {
        if stand == Stand::NOWHERE {
            return Of::Few(&[]);
        }
        match &self.said[stand.start as usize..stand.end as usize] {
            [] => {
                let many = self.many.binary_search_by_key(&stand.at, |&(at, _)| at);
                Of::Many(&self.many[many.expect("every key has rows")].1)
            }
            few => Of::Few(few),
        }
    }

    /// The numbers that rows have for the term that stands there.
    pub(super) fn present(&self, stand: Stand) -> Present {
        let of = self.of.get(stand.at as usize);
        of.map_or([0; STRIPS], |of| of.present)
    }

    /// What is read first of the term that stands there.
    pub(super) fn first(&self, stand: Stand) -> Option<&OfRow> {
        self.said.get(stand.start as usize)
    }

    /// The keys among which a term is.
    pub(super) fn near(&self, term: u32) -> Range<u32> {
        let near = (term >> self.shift) as usize;
        let bounds = self.firsts.get(near).zip(self.firsts.get(near + 1));
        bounds.map_or(0..0, |(&start, &end)| start..end)
    }

    /// Where a term stands that is near.
    pub(super) fn find(&self, term: u32, near: Range<u32>) -> Stand {
        let keys = &self.keys[near.start as usize..near.end as usize];
        let at = keys.binary_search(&term);
        at.map_or(Stand::NOWHERE, |at| self.stand(near.start as usize + at))
    }

    fn stand(&self, at: usize) -> Stand {
        Stand {
            at: index(at),
            start: self.of[at].start,
            end: self.of[at + 1].start,
        }
    }

    /// The number that a row has for `term`.
    pub(super) fn number(&self, term: u32, row: usize) -> Option<u8> {
        self.of_term(term).number(row)
    }

    /// Bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.keys)
            + size_of_val(&*self.firsts)
            + size_of_val(&*self.of)
            + size_of_val(&*self.said)
            + self.many.len() * (size_of::<(u32, Arc<Column>)>() + size_of::<Column>())
    }
}

/// Terms that are written in order.
struct Growing {
    keys: Vec<u32>,
    of: Vec<OfTerm>,
    said: Vec<OfRow>,
    many: Vec<(u32, Arc<Column>)>,
}

impl Growing {
    /// With room for so many terms, of which so much is said in all.
    fn with_capacity(terms: usize, said: usize) -> Growing {
        Growing {
            keys: Vec::with_capacity(terms),
            of: Vec::with_capacity(terms + 1),
            said: Vec::with_capacity(said),
            many: Vec::new(),
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
            let mut column = [[SILENT; STRIP]; STRIPS];
            for said in said {
                let row = usize::from(said.row());
                column[row / STRIP][row % STRIP] = said.number();
            }
            let at = index(self.keys.len() - 1);
            self.many.push((at, Arc::new(column)));
        } else {
            self.said.extend(said.iter().copied().map(OfRow::new));
        }
    }

    /// Some terms that come new, as others have them.
    fn push_same(&mut self, others: &Terms, run: Range<usize>) {
        let (first, before) = (self.keys.len(), index(self.said.len()));
        let (start, end) = (others.of[run.start].start, others.of[run.end].start);
        self.keys.extend(&others.keys[run.clone()]);
        self.of
            .extend(others.of[run.clone()].iter().map(|of| OfTerm {
                start: before + (of.start - start),
                ..*of
            }));
        self.said.extend(&others.said[start as usize..end as usize]);
        let many = |end: usize| others.many.partition_point(|&(at, _)| (at as usize) < end);
        for (at, column) in &others.many[many(run.start)..many(run.end)] {
            let at = index(first + (*at as usize - run.start));
            self.many.push((at, Arc::clone(column)));
        }
    }

    fn push(&mut self, term: u32, present: Present) {
        self.keys.push(term);
        let start = index(self.said.len());
        self.of.push(OfTerm { present, start });
    }

    fn done(mut self) -> Terms {
        self.of.push(OfTerm {
            present: [0; STRIPS],
            start: index(self.said.len()),
        });
        let (shift, firsts) = firsts(&self.keys);
        Terms {
            keys: self.keys.into(),
            shift,
            firsts,
            of: self.of.into(),
            said: self.said.into(),
            many: self.many.into(),
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
