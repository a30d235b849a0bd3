//! The kernel: the exact k best of a million rows in a fraction of a millisecond, under any points.
//!
//! # Levels are nests of bitmaps
//!
//! How near the sectors of a row lie to the sector asked for is a level: elsewhere, same family, the very one. The
//! rows at a level *or higher* are a bitmap, and these bitmaps lie in each other like boxes:
//!
//! ```text
//!     row                0 1 2 3 4 5 6 7        points of a level    what a bitmap adds
//!     level              1 2 1 3 2 1 3 2          1  elsewhere  0
//!   ┌ level ≥ 2          . 1 . 1 1 . 1 1          2  family    30     + 30
//!   └─┬ level ≥ 3        . . . 1 . . 1 .          3  the same  100    + 70
//!     points             0 30 0 100 30 0 100 30
//! ```
//!
//! So the points of 512 rows are one masked add for each bitmap: no row is ever looked at alone. A bitmap is the set
//! of rows that hold one of a *set of codes* (the family; the one sector), whichever question made that set: all
//! trees, ladders, regions and cheque bands have this form, and their sets are few. Nothing in a bitmap knows of
//! points, which come with each question and may be negative.
//!
//! # Strips are skipped
//!
//! For each bitmap and strip of 512 rows the directory knows whether *any* row of the strip is in it, and whether
//! *all* are. Σ max(0, add) · any + Σ min(0, add) · all is a bound of the points in a strip, and it is found by the
//! same masked adds, 512 strips at a time. Strips that cannot reach the floor of the list are not read. Bounds that
//! never help cost less than a hundredth of the scan.
//!
//! # What else a row holds
//!
//! Numbers from 0 to 15, looked up in a table of points; a record, which gives the level of any of a great many terms
//! as a default by one of the numbers with few exceptions; flags, which filters read. Two factors may have points
//! for levels that come together: such a table is a nest of nests.
//!
//! A row can be asked for too: its labels, each with the twelfths of the row that it makes. A plan gives points for a
//! twelfth of a label, or a level for it, and they are written to the rows that have the label, found by label in each
//! block. So both ends of a record are here: what a row chose, and what a row is chosen for.
//!
//! What no column holds is worked out for few rows: the plan has a bound of it, and [`Index::best_exactly`] asks for the
//! points of those alone that the bound would list.
//!
//! Rows lie in blocks of 4,096 that never change. [`Index::with`] gives an index that shares all blocks but those in which
//! a row is another one or new. That a row is gone is written beside its block, for a bit of a row instead of a copy of
//! 4,096: what changes at many places is best taken away there and added behind the last row. The order of rows is the
//! caller's: where rows that are alike lie together, bitmaps of a block are empty or full, which costs nothing, and more
//! strips are skipped.
//!
//! [`Plan::levels`], [`Plan::points`] and [`Plan::admits`] are the specification: a few lines that read one row's
//! [`Values`]. No module here knows of organisations, markets or cards.

mod best;
mod block;
mod bounds;
mod directory;
mod floor;
mod lanes;
mod layout;
mod plan;
mod program;
mod record;
mod scan;
mod sift;
mod stands;
mod terms;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use crate::parallel;

use self::{
    best::{Best, Most, Shown, Sink},
    block::{BLOCK, Bits, Block, Open, Summary},
    directory::Directory,
    lanes::Path,
    plan::Source,
    program::Program,
    scan::{Scan, Scratch},
};
pub use self::{
    best::{Exact, Found, Ids, Place},
    layout::{Flag, LEVEL_MAX, Layout, Narrow, Nested, Values},
    plan::{Factor, Plan, Points, Record, Test},
};

/// Rows that are asked for the best of them. Cheap to clone; never changed.
#[derive(Clone, Debug)]
pub struct Index {
    layout: Arc<Layout>,
    blocks: Vec<Arc<Block>>,
    /// By block: the rows that are written there and have gone since.
    gone: Vec<Option<Arc<Bits>>>,
    directory: Arc<Directory>,
    rows: u32,
}

/// What becomes of a block.
enum Next {
    /// Others are written in its place.
    Other((Block, Summary)),
    /// These of its rows are gone.
    Less(Bits),
}

/// Plans whose turn comes together: a block is read from memory once for all of them.
const TOGETHER: usize = 256;

impl Index {
    /// An index of `rows` rows; `fill` writes the values of each into a cleared [`Values`]. Blocks are written by as many
    /// threads as there are cores.
    pub fn build(layout: Layout, rows: u32, fill: impl Fn(u32, &mut Values) + Sync) -> Index {
        let written = parallel::map(parallel::ranges(rows as usize, BLOCK), |range| {
            let mut open = Open::new(&layout, range.len());
            let mut values = Values::default();
            for (at, row) in range.enumerate() {
                values.clear();
                fill(u32::try_from(row).expect("below a u32"), &mut values);
                open.write(&layout, at, &values);
            }
            open.pack()
        });
        let columns = usize::from(layout.narrow);
        let mut directory = Directory::new(layout.bitmaps as usize, columns, written.len());
        let mut packed = Vec::with_capacity(written.len());
        for (at, (block, summary)) in written.into_iter().enumerate() {
            directory.write(at, None, (&block.entries, &summary));
            packed.push(Arc::new(block));
        }
        Index {
            layout: Arc::new(layout),
            gone: vec![None; packed.len()],
            blocks: packed,
            directory: Arc::new(directory),
            rows,
        }
    }

    /// This index with other values in some rows, which `fill` writes into a cleared [`Values`], or none where a row is
    /// gone. Of two changes to a row the later one counts; rows behind the last one are added, and what is left out between
    /// is gone. Blocks are written by as many threads as there are cores.
    #[must_use]
    pub fn with<T: Sync>(
        &self,
        changes: &[(u32, Option<T>)],
        fill: impl Fn(&T, &mut Values) + Sync,
    ) -> Index {
        let mut next = self.clone();
        let mut by_row: BTreeMap<usize, Option<&T>> = BTreeMap::new();
        for (row, change) in changes {
            by_row.insert(*row as usize, change.as_ref());
            next.rows = next.rows.max(row + 1);
        }
        let blocks = (next.rows as usize).div_ceil(BLOCK);
        let touched = by_row.keys().map(|row| row / BLOCK);
        let touched = crate::sorted(touched.chain(self.blocks.len()..blocks).collect());
        let written = parallel::map(touched, |at| {
            let rows = (next.rows as usize - BLOCK * at).min(BLOCK);
            let changes = by_row.range(BLOCK * at..BLOCK * (at + 1));
            let changes = changes.map(|(row, change)| (row % BLOCK, *change));
            let are_gone = changes.clone().all(|(_, change)| change.is_none());
            if are_gone && let Some(block) = self.blocks.get(at) {
                let live = block.live();
                let rows = changes.clone().map(|(row, _)| row);
                let gone = self.without(at, rows.filter(|&row| block::is_set(&live, row)));
                // Written anew where most have gone, so that they are not read for ever.
                if 2 * block::count(&gone) <= block::count(&live) {
                    return (at, Next::Less(gone));
                }
            }
            (at, Next::Other(self.write_block(at, rows, changes, &fill)))
        });
        if blocks > self.directory.room() {
            next.directory = Arc::new(self.directory.grown(blocks + blocks / 4));
        }
        let directory = Arc::make_mut(&mut next.directory);
        for (at, written) in written {
            let (block, summary) = match written {
                Next::Other(written) => written,
                Next::Less(gone) => {
                    next.gone[at] = Some(Arc::new(gone));
                    continue;
                }
            };
            let before = next.blocks.get(at).map(|before| &*before.entries);
            directory.write(at, before, (&block.entries, &summary));
            if at == next.blocks.len() {
                next.blocks.push(Arc::new(block));
                next.gone.push(None);
            } else {
                next.blocks[at] = Arc::new(block);
                next.gone[at] = None;
            }
        }
        next
    }

    /// The rows of a block that have gone, with some more.
    fn without(&self, at: usize, rows: impl Iterator<Item = usize>) -> Bits {
        let mut gone = self.gone[at].as_deref().copied().unwrap_or(block::NONE);
        rows.for_each(|row| block::set(&mut gone, row));
        gone
    }

    /// A block with some of its rows changed, or a new one behind the last.
    fn write_block<'t, T: 't>(
        &self,
        at: usize,
        rows: usize,
        changes: impl Iterator<Item = (usize, Option<&'t T>)>,
        fill: impl Fn(&T, &mut Values),
    ) -> (Block, Summary) {
        if let Some(block) = self.blocks.get(at) {
            let summary = self.directory.summary(at);
            let gone = self.without(at, std::iter::empty());
            return block.with(&self.layout, (rows, gone), (changes, fill), summary);
        }
        let mut open = Open::new(&self.layout, rows);
        let mut values = Values::default();
        for (row, change) in changes {
            if let Some(change) = change {
                values.clear();
                fill(change, &mut values);
                open.write(&self.layout, row, &values);
            }
        }
        open.pack()
    }

    /// The rows with a property, each with its owner.
    pub fn rows_with(&self, flag: Flag) -> Vec<(u32, u32)> {
        let mut found = Vec::new();
        let all = self.blocks.iter().zip(&self.gone).enumerate();
        for (at, (block, gone)) in all.filter(|(at, _)| self.directory.has_any(flag.0, *at)) {
            let is_there = |row: &u16| {
                let is_gone = |gone: &Arc<Bits>| block::is_set(gone, usize::from(*row));
                !gone.as_ref().is_some_and(is_gone)
            };
            let rows = block.rows(block.entries[flag.0 as usize].slot);
            found.extend(rows.into_iter().filter(is_there).map(|row| {
                let number = BLOCK * at + usize::from(row);
                let number = u32::try_from(number).expect("fewer than 2^32 rows");
                (number, block.owners[usize::from(row)])
            }));
        }
        found
    }

    /// The number of a row.
    pub fn number(&self, column: Narrow, row: u32) -> u8 {
        let row = row as usize;
        self.blocks[row / BLOCK].number(usize::from(column.0), row % BLOCK)
    }

    /// Its columns.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// How many rows it has, those that are gone among them: the number of the next one.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// How many of its rows are there: all, in an index built anew.
    pub fn living(&self) -> u32 {
        let written = self.blocks.iter().map(|block| block::count(&block.live()));
        let gone = self.gone.iter().flatten().map(|gone| block::count(gone));
        written.sum::<u32>() - gone.sum::<u32>()
    }

    /// Bytes it takes, those shared with others among them.
    pub fn bytes(&self) -> usize {
        let blocks = self.blocks.iter().map(|block| block.bytes());
        let gone = self.gone.iter().flatten().count() * size_of::<Bits>();
        blocks.sum::<usize>() + size_of_val(&self.gone[..]) + gone + self.directory.bytes()
    }

    /// The `k` best rows under any of `plans`, each owner once: in the order of points, most first, then of tie keys,
    /// then of ids, lower first. Only owners whose best row comes after the place `after`, where one is given.
    ///
    /// Exact: what sorting all rows by [`Plan::points`] would give. Of two rows of an owner with equal points that
    /// of the lower plan, then the lower row, is listed.
    pub fn best(&self, plans: &[Plan], k: usize, after: Option<Place>, ids: Ids<'_>) -> Vec<Found> {
        self.best_by(Path::best(), plans, None, (k, after), ids)
    }

    /// [`Index::best`] where some points are dear to find: those of the plans are bounds, and `exact` is asked for the
    /// points of each row that a bound would list.
    ///
    /// Exact, as long as no row has more points than the bound.
    pub fn best_exactly(
        &self,
        plans: &[Plan],
        exact: Exact<'_>,
        (k, after): (usize, Option<Place>),
        ids: Ids<'_>,
    ) -> Vec<Found> {
        self.best_by(Path::best(), plans, Some(exact), (k, after), ids)
    }

    /// The points of everybody: by owner, of whom there are so many, the most that a row has under any of `plans`; none where
    /// no row is admitted. `exact` as in [`Index::best_exactly`].
    pub fn most(
        &self,
        plans: &[Plan],
        exact: Option<Exact<'_>>,
        owners: usize,
    ) -> Vec<Option<i32>> {
        let mut most = Most {
            by_owner: vec![None; owners],
        };
        let mut scratch = Scratch::new();
        for (plan, number) in plans.iter().zip(0..) {
            let program = Program::new(plan, &self.layout);
            let scan = Scan::new(self, Path::best(), &program, number);
            scan.exactly(exact).run(&mut scratch, &mut most);
        }
        most.by_owner
    }

    /// What [`Index::best`] gives for one plan from the first row, found by reading every row: the measure of what
    /// skipping saves, and costs where it saves nothing.
    pub fn best_of_all_read(&self, plan: &Plan, k: usize, ids: Ids<'_>) -> Vec<Found> {
        let (program, gone) = (Program::new(plan, &self.layout), HashSet::new());
        let scan = Scan::new(self, Path::best(), &program, 0);
        let mut best = Best::new(k, None, &gone, ids);
        scan.without_bounds().run(&mut Scratch::new(), &mut best);
        best.into_list()
    }

    fn best_by(
        &self,
        path: Path,
        plans: &[Plan],
        exact: Option<Exact<'_>>,
        (k, after): (usize, Option<Place>),
        ids: Ids<'_>,
    ) -> Vec<Found> {
        let program = |plan| Program::new(plan, &self.layout);
        let programs: Vec<Program> = plans.iter().map(program).collect();
        let mut scratch = Scratch::new();
        let mut run = |sink: &mut dyn Sink| {
            for (number, program) in (0..).zip(&programs) {
                let scan = Scan::new(self, path, program, number);
                scan.exactly(exact).run(&mut scratch, sink);
            }
        };
        let mut gone = HashSet::new();
        if let Some(place) = after {
            let owners = HashSet::new();
            let mut shown = Shown { place, ids, owners };
            run(&mut shown);
            gone = shown.owners;
        }
        let mut best = Best::new(k, after, &gone, ids);
        run(&mut best);
        best.into_list()
    }

    /// The `k` best rows under each of `plans` apart, as [`Index::best`] would give them; many plans go over a block
    /// while it is near.
    pub fn best_of_each(&self, plans: &[Plan], k: usize, ids: Ids<'_>) -> Vec<Vec<Found>> {
        let (path, gone) = (Path::best(), HashSet::new());
        let mut scratch = Scratch::new();
        let mut lists = Vec::with_capacity(plans.len());
        for plans in plans.chunks(TOGETHER) {
            let program = |plan| Program::new(plan, &self.layout);
            let programs: Vec<Program> = plans.iter().map(program).collect();
            let mut turns: Vec<(Scan<'_>, Best<'_>)> = programs
                .iter()
                .map(|program| {
                    let scan = Scan::new(self, path, program, 0);
                    (scan, Best::new(k, None, &gone, ids))
                })
                .collect();
            for (scan, best) in &mut turns {
                scan.run_first(&mut scratch, best);
            }
            for block in 0..self.blocks.len() {
                for (scan, best) in &mut turns {
                    scan.run_block(block, &mut scratch, best);
                    scan.finish(&mut scratch, best);
                }
            }
            lists.extend(turns.into_iter().map(|(_, best)| best.into_list()));
        }
        lists
    }

    /// The level of every factor of `plan` for a row, read from the bitmaps: what an explanation needs.
    pub fn levels(&self, plan: &Plan, row: u32) -> Vec<u8> {
        let factors = (0..plan.factors.len()).map(Factor);
        factors
            .map(|factor| self.level(plan, factor, row))
            .collect()
    }

    /// The same of one factor.
    pub fn level(&self, plan: &Plan, factor: Factor, row: u32) -> u8 {
        let (at, row_in_block) = (row as usize / BLOCK, row as usize % BLOCK);
        let block = &self.blocks[at];
        match &plan.factors[factor.0].0 {
            Source::Nested(column, values) => {
                let steps = program::steps(plan, &self.layout, factor);
                let steps = u8::try_from(steps).expect("at most 15");
                let is_at = |least: &u8| {
                    let bitmaps = program::union(&self.layout, *column, values, *least);
                    bitmaps
                        .iter()
                        .any(|&bitmap| block.has(block.entries[bitmap as usize].slot, row_in_block))
                };
                (1..=steps).rev().find(is_at).unwrap_or(0)
            }
            Source::Narrow(column) => block.number(usize::from(column.0), row_in_block),
            Source::Record(record) => {
                let otherwise = block.number(usize::from(record.by.0), row_in_block);
                let exception = |term| block.exceptions.number(term, row_in_block);
                let has = |term| block.labels.number(term, row_in_block).is_some();
                record.level(row, otherwise, exception, has)
            }
        }
    }
}
