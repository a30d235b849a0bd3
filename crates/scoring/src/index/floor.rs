//! What a plan cannot but read, where nothing is skipped by its points: what memory alone would need for an answer.

use std::sync::Arc;

use super::{
    Index, Plan,
    block::{BLOCK, Block, STRIPS},
    bounds::{Bounds, DONE},
    lanes::Path,
    program::{Level, Number, Program},
};

impl Index {
    /// Bytes of all bitmaps, numbers and terms that `plan` reads in the strips in which a row may be listed, each once, and
    /// so many beside each row.
    pub fn bytes_read(&self, plan: &Plan, beside_each: usize) -> usize {
        let program = &Program::new(plan, &self.layout);
        let bounds = Bounds {
            index: self,
            program,
            path: Path::best(),
        };
        let (bitmaps, columns) = (bitmaps(program), columns(program));
        let of_block = |(block, bounds): (&Arc<Block>, &[i32])| {
            let strips = bounds.iter().filter(|&&bound| bound != DONE).count();
            let lines = bitmaps
                .iter()
                .map(|&bitmap| block.bytes_of(bitmap))
                .sum::<usize>();
            // A block lies in memory as a whole; of it the strips that are open are read.
            let of_rows = (columns.len() + beside_each) * BLOCK;
            (lines + of_rows + terms(program, block)) * strips / STRIPS
        };
        self.blocks
            .iter()
            .zip(bounds.find().0.chunks(STRIPS))
            .map(of_block)
            .sum()
    }
}

/// Every bitmap that is added or masked, once.
fn bitmaps(program: &Program) -> Vec<u32> {
    let singles = program.singles.iter().map(|&(bitmap, _)| bitmap);
    let unions = program
        .unions
        .iter()
        .flat_map(|(union, _)| union.iter().copied());
    let levels = program.levels.iter().filter_map(|level| match level {
        Level::Union(union) => Some(union.iter().copied()),
        Level::AtLeast(..) => None,
    });
    let clauses = program.clauses.iter().flatten().map(|&(bitmap, _)| bitmap);
    let all = singles.chain(unions).chain(levels.flatten()).chain(clauses);
    crate::sorted(all.collect())
}

/// Every column of numbers, once.
fn columns(program: &Program) -> Vec<u16> {
    let looked_up = program
        .lookups
        .iter()
        .filter_map(|(number, _)| match number {
            Number::Narrow(column) => Some(*column),
            Number::Record(_) => None,
        });
    let by = program.records.iter().map(|record| record.by.0);
    crate::sorted(looked_up.chain(by).collect())
}

/// Bytes of the terms and labels that are asked for.
fn terms(program: &Program, block: &Block) -> usize {
    let terms = program.records.iter().flat_map(|record| {
        let mentions = record.mentions.iter().map(|(term, _)| term);
        record.terms.iter().chain(mentions)
    });
    let terms = terms.map(|&term| block.exceptions.of_term(term).bytes());
    let given = program.records.iter().flat_map(|record| &record.labels);
    let shares = program.shares.iter().flat_map(|shares| shares.iter());
    let labels = given
        .map(|&(label, _)| label)
        .chain(shares.map(|&(label, _)| label));
    let labels = crate::sorted(labels.collect());
    let labels = labels
        .iter()
        .map(|&label| block.labels.of_term(label).bytes());
    terms.chain(labels).sum()
}
