//! Where the terms that a program asks for stand in each block: found once, of many blocks at a time, so that memory is
//! waited for once.

use std::{array, ops::Range, sync::Arc};

use super::{
    block::Block,
    lanes::Path,
    plan::Record,
    program::Program,
    terms::{Stand, Terms},
};

/// Blocks that are searched together, so that memory is waited for once.
const TOGETHER: usize = 16;

/// By block, by term of the program.
pub(super) struct Stands {
    /// The terms of the records, one after the other, and then the labels of the shares.
    asked: Vec<(Said, u32)>,
    of_blocks: Vec<Stand>,
    of_records: Vec<Range<usize>>,
    of_shares: Vec<Range<usize>>,
}

/// Those of one block.
#[derive(Clone, Copy)]
pub(super) struct InBlock<'a> {
    stands: &'a Stands,
    of_block: &'a [Stand],
}

/// What of a row is asked for.
#[derive(Clone, Copy)]
enum Said {
    Exceptions,
    Labels,
}

impl Said {
    fn of(self, block: &Block) -> &Terms {
        match self {
            Said::Exceptions => &block.exceptions,
            Said::Labels => &block.labels,
        }
    }
}

impl Stands {
    /// In those of some blocks that are open.
    pub(super) fn find(program: &Program, blocks: &[Arc<Block>], is_open: &[bool]) -> Stands {
        let mut asked: Vec<(Said, u32)> = Vec::new();
        let mut ask = |said: Said, terms: Vec<u32>| {
            let first = asked.len();
            asked.extend(terms.into_iter().map(|term| (said, term)));
            first..asked.len()
        };
        let of_record = |record: &Record| match &record.labels[..] {
            [] => ask(Said::Exceptions, exceptions(record)),
            labels => ask(Said::Labels, terms(labels)),
        };
        let of_records = program.records.iter().map(of_record).collect();
        let of_shares = program.shares.iter();
        let of_shares = of_shares.map(|shares| ask(Said::Labels, terms(shares)));
        let of_shares = of_shares.collect();
        let mut of_blocks = vec![Stand::NOWHERE; blocks.len() * asked.len()];
        let open = (0..blocks.len()).filter(|&at| is_open[at]);
        for some in open.collect::<Vec<usize>>().chunks(TOGETHER) {
            for (term, &(said, number)) in asked.iter().enumerate() {
                // Each step of the way for all of them, so that none waits for another.
                let of = |at: usize| some.get(at).map(|&at| said.of(&blocks[at]));
                let near: [_; TOGETHER] = array::from_fn(|at| of(at).map(|of| of.near(number)));
                let found: [_; TOGETHER] = array::from_fn(|at| {
                    of(at)
                        .zip(near[at].clone())
                        .map(|(of, near)| of.find(number, near))
                });
                for (&at, stand) in some.iter().zip(found.into_iter().flatten()) {
                    of_blocks[at * asked.len() + term] = stand;
                }
            }
        }
        Stands {
            asked,
            of_blocks,
            of_records,
            of_shares,
        }
    }

    pub(super) fn of_block(&self, block: usize) -> InBlock<'_> {
        InBlock {
            stands: self,
            of_block: &self.of_blocks[self.asked.len() * block..][..self.asked.len()],
        }
    }
}

/// The terms of a record that has no labels.
fn exceptions(record: &Record) -> Vec<u32> {
    [&record.terms[..], &terms(&record.mentions)].concat()
}

fn terms<T>(with: &[(u32, T)]) -> Vec<u32> {
    with.iter().map(|&(term, _)| term).collect()
}

impl<'a> InBlock<'a> {
    /// Has brought near what is read first of each.
    pub(super) fn fetch(self, path: Path, block: &Block) {
        for (&(said, _), &stand) in self.stands.asked.iter().zip(self.of_block) {
            if let Some(first) = said.of(block).first(stand) {
                path.fetch(first);
            }
        }
    }

    /// Of the terms, labels or mentions of a record.
    pub(super) fn of_record(self, record: usize) -> &'a [Stand] {
        &self.of_block[self.stands.of_records[record].clone()]
    }

    /// Of the labels of shares.
    pub(super) fn of_shares(self, shares: usize) -> &'a [Stand] {
        &self.of_block[self.stands.of_shares[shares].clone()]
    }
}
