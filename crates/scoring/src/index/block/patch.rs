//! A block after some of its rows changed: one pass over what it has, with the new marks beside it.

use std::sync::Arc;

use super::{ALL, BLOCK, Bits, Block, Marks, NONE, Place, STRIPS, Summary, is_set, said, set};
use crate::{
    index::{
        directory::Entry,
        lanes::STRIP,
        layout::{LIVE, Layout, Values},
        terms::Said,
    },
    ragged::Ragged,
};

/// What is new in some rows of a block.
struct New {
    /// The bitmap and the row.
    marks: Vec<(u32, u16)>,
    exceptions: Vec<Said>,
    labels: Vec<Said>,
}

impl Block {
    /// This block, of which so many rows are used and some have gone, with other values in some rows, which `fill` writes, or
    /// none where one is gone now; with what was and is known of its strips.
    pub(in crate::index) fn with<'t, T: 't>(
        &self,
        layout: &Layout,
        (rows, gone): (usize, Bits),
        (changes, fill): (
            impl Iterator<Item = (usize, Option<&'t T>)>,
            impl Fn(&T, &mut Values),
        ),
        mut summary: Summary,
    ) -> (Block, Summary) {
        let (mut tie_keys, mut owners) = (self.tie_keys.to_vec(), self.owners.to_vec());
        let mut classes = self.classes.to_vec();
        let rows = rows.max(owners.len());
        tie_keys.resize(rows, u32::MAX);
        owners.resize(rows, 0);
        classes.resize(rows, 0);
        let mut numbers = self.numbers.clone();
        let mut is_changed = gone;
        let mut new = New {
            marks: Vec::new(),
            exceptions: Vec::new(),
            labels: Vec::new(),
        };
        let mut values = Values::default();
        for (row, change) in changes {
            set(&mut is_changed, row);
            let Some(change) = change else { continue };
            values.clear();
            fill(change, &mut values);
            (owners[row], tie_keys[row]) = (values.owner, values.tie_key);
            classes[row] = values.class;
            for (column, numbers) in numbers.iter_mut().enumerate() {
                let number = values.number_of(column);
                if number != numbers[row / STRIP][row % STRIP] {
                    Arc::make_mut(numbers)[row / STRIP][row % STRIP] = number;
                }
            }
            new.add(layout, row, &values);
        }
        let new_marks = Ragged::group(self.entries.len(), new.marks.into_iter());
        let mut live = self.live();
        replace(&mut live, &is_changed, new_marks.row(LIVE as usize));
        let mut marks = Marks::new(self.entries.len(), &live, self.dense.len() + 8);
        self.add_to_marks(&is_changed, &new_marks, &mut marks);
        let strips = (0..STRIPS).filter(|&strip| is_changed[strip] != NONE[strip]);
        for strip in strips {
            summary.look_at(strip, &numbers, &marks.live, &tie_keys);
        }
        let block = Block {
            tie_keys: tie_keys.into(),
            owners: owners.into(),
            classes: classes.into(),
            numbers,
            exceptions: self.exceptions.with(&is_changed, new.exceptions),
            labels: self.labels.with(&is_changed, new.labels),
            ..marks.done()
        };
        (block, summary)
    }

    /// Bitmap by bitmap: the rows that did not change, and the new ones.
    fn add_to_marks(&self, is_changed: &Bits, new: &Ragged<u16>, marks: &mut Marks) {
        let stays = |&&row: &&u16| !is_set(is_changed, usize::from(row));
        let mut list: Vec<u16> = Vec::with_capacity(BLOCK);
        for (bitmap, Entry { slot, .. }) in (0_u32..).zip(&self.entries) {
            let here = new.row(bitmap as usize);
            let bits = match slot.place() {
                Place::Empty if here.is_empty() => continue,
                Place::Empty => None,
                Place::Few(few) => {
                    list.extend(self.few(few).iter().filter(stays));
                    None
                }
                Place::Full => Some(&ALL),
                Place::Dense(at) => Some(&self.dense[at]),
            };
            if let Some(bits) = bits {
                let mut bits = *bits;
                replace(&mut bits, is_changed, here);
                marks.add(bitmap, &bits);
            } else {
                if !here.is_empty() {
                    list.extend(here);
                    list.sort_unstable();
                    list.dedup();
                }
                marks.add_few(bitmap, &list);
                list.clear();
            }
        }
    }
}

impl New {
    fn add(&mut self, layout: &Layout, row: usize, values: &Values) {
        let number = u16::try_from(row).expect("a row of a block");
        values.each_mark(layout, |bitmap| self.marks.push((bitmap, number)));
        self.exceptions.extend(said(&values.exceptions, row));
        self.labels.extend(said(&values.labels, row));
    }
}

/// Takes the rows that changed off a bitmap and adds those that are new.
fn replace(bits: &mut Bits, is_changed: &Bits, new: &[u16]) {
    for (line, changed) in bits.iter_mut().zip(is_changed) {
        line.keep(&changed.negated());
    }
    for &row in new {
        set(bits, usize::from(row));
    }
}
