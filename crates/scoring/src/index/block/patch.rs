//! A block after some of its rows changed: one pass over what it has, with the new marks beside it.

use super::{ALL, BLOCK, Bits, Block, Marks, NONE, Place, Summary, rows_of, set, unset};
use crate::index::{
    directory::Entry,
    lanes::STRIP,
    layout::{LIVE, Layout, Values},
    terms::Said,
};

/// What is new in some rows of a block.
struct New {
    /// The bitmap and the row, in order.
    marks: Vec<(u32, u16)>,
    exceptions: Vec<Said>,
}

impl Block {
    /// This block, of which so many rows are used, with other values in some rows or none where one is gone; with what
    /// was and is known of its strips.
    pub(in crate::index) fn with(
        &self,
        layout: &Layout,
        rows: usize,
        changes: &[(usize, Option<&Values>)],
        mut summary: Summary,
    ) -> (Block, Summary) {
        let (mut tie_keys, mut owners) = (self.tie_keys.to_vec(), self.owners.to_vec());
        let rows = rows.max(owners.len());
        tie_keys.resize(rows, u32::MAX);
        owners.resize(rows, 0);
        let mut numbers = self.numbers.clone();
        let mut is_changed = NONE;
        let mut new = New {
            marks: Vec::new(),
            exceptions: Vec::new(),
        };
        for &(row, values) in changes {
            set(&mut is_changed, row);
            let Some(values) = values else { continue };
            (owners[row], tie_keys[row]) = (values.owner, values.tie_key);
            for (column, numbers) in numbers.iter_mut().enumerate() {
                numbers[row / STRIP][row % STRIP] = values.number_of(column);
            }
            new.add(layout, row, values);
        }
        new.marks.sort_unstable();
        new.marks.dedup();
        let mut marks = Marks::new(self.entries.len(), &self.live_with(&is_changed, &new));
        self.add_to_marks(&is_changed, &new, &mut marks);
        let strips = (0..super::STRIPS).filter(|&strip| is_changed[strip] != NONE[strip]);
        for strip in strips {
            summary.look_at(strip, &numbers, &marks.live, &tie_keys);
        }
        let block = Block {
            tie_keys: tie_keys.into(),
            owners: owners.into(),
            numbers,
            exceptions: self.exceptions.with(&is_changed, new.exceptions),
            ..marks.done()
        };
        (block, summary)
    }

    fn live_with(&self, is_changed: &Bits, new: &New) -> Bits {
        let mut live = NONE;
        self.add_to(self.entries[LIVE as usize].slot, &mut live);
        without(&mut live, is_changed);
        let lives = new.marks.iter().take_while(|(bitmap, _)| *bitmap == LIVE);
        for &(_, row) in lives {
            set(&mut live, usize::from(row));
        }
        live
    }

    /// Bitmap by bitmap: the rows that did not change, and the new ones.
    fn add_to_marks(&self, is_changed: &Bits, new: &New, marks: &mut Marks) {
        let mut rest = &new.marks[..];
        let mut list: Vec<u16> = Vec::with_capacity(BLOCK);
        for (bitmap, Entry { slot, .. }) in (0_u32..).zip(&self.entries) {
            let count = rest.iter().take_while(|(of, _)| *of == bitmap).count();
            let (here, behind) = rest.split_at(count);
            rest = behind;
            let here = here.iter().map(|&(_, row)| row);
            let mut bits = match slot.place() {
                Place::Empty if count == 0 => continue,
                Place::Empty | Place::Few(_) => {
                    list.clear();
                    if let Place::Few(few) = slot.place() {
                        let stays = |&&row: &&u16| !super::is_set(is_changed, usize::from(row));
                        list.extend(self.few(few).iter().filter(stays));
                    }
                    list.extend(here);
                    list.sort_unstable();
                    marks.add_few(bitmap, &list);
                    continue;
                }
                Place::Full => ALL,
                Place::Dense(at) => self.dense[at],
            };
            without(&mut bits, is_changed);
            for row in here {
                set(&mut bits, usize::from(row));
            }
            marks.add(bitmap, &bits);
        }
    }
}

impl New {
    fn add(&mut self, layout: &Layout, row: usize, values: &Values) {
        let number = u16::try_from(row).expect("a row of a block");
        values.each_mark(layout, |bitmap| self.marks.push((bitmap, number)));
        let said = values.exceptions.iter();
        let said = said.map(|&(term, level)| Said::new(term, row, level));
        self.exceptions.extend(said);
    }
}

fn without(bits: &mut Bits, rows: &Bits) {
    for row in rows_of(rows) {
        unset(bits, usize::from(row));
    }
}
