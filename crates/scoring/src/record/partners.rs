//! Who invested together with whom.

use super::First;
use crate::{
    factors::partners::{self, ONE},
    ragged::Ragged,
};

/// Who invested in which startup, both ways round, by row.
#[derive(Debug)]
pub(crate) struct Partners {
    /// By row of the startup: rows of its investors, in order.
    investors: Ragged<u32>,
    /// By row of the investor: rows of the startups.
    startups: Ragged<u32>,
    /// Rows of startups with [`Partners::CROWD`] investors or more.
    crowded: Vec<u32>,
    /// Startups that anybody invested in.
    startup_count: u32,
}

/// By number of an organisation, in their order: a sum in parts of [`ONE`]; of others it is 0.
#[derive(Debug)]
pub(crate) struct Sums(Vec<(u32, u64)>);

/// Numbers whose sums lie together while they are added up.
const PAGE: u32 = 1024;

impl Sums {
    /// Adds up what numbers below `numbers` are given: page by page, for it is much where investors have many startups.
    fn of(numbers: usize, given: &[(u32, u64)]) -> Sums {
        let with_page = given.iter().map(|&given| (given.0 / PAGE, given));
        let by_page = Ragged::group(numbers.div_ceil(PAGE as usize), with_page);
        let (mut sums, mut is_given) = ([0; PAGE as usize], [0_u64; PAGE as usize / 64]);
        let mut all = Vec::with_capacity(given.len());
        for (page, first) in (0..by_page.len()).zip((0..).step_by(PAGE as usize)) {
            for &(number, part) in by_page.row(page) {
                let at = (number % PAGE) as usize;
                sums[at] += part;
                is_given[at / 64] |= 1 << (at % 64);
            }
            for (word, from) in is_given.iter_mut().zip((0..).step_by(64)) {
                while *word != 0 {
                    let at = from + word.trailing_zeros();
                    *word &= *word - 1;
                    all.push((first + at, std::mem::take(&mut sums[at as usize])));
                }
            }
        }
        Sums(all)
    }

    /// The sum of a number, where it is not 0.
    pub(crate) fn find(&self, number: u32) -> Option<u64> {
        let at = self.0.binary_search_by_key(&number, |&(number, _)| number);
        at.ok().map(|at| self.0[at].1)
    }

    /// Each number with its sum.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, u64)> {
        self.0.iter().copied()
    }
}

/// What somebody shared with the earlier investors of a startup.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shared {
    /// Earlier investors of the startup.
    pub(crate) earlier: u32,
    /// Σ over them of the share of their startups that both invested in, in parts of [`ONE`].
    pub(crate) sum: u64,
    /// What a stranger with as many startups would have, in parts of [`ONE`].
    pub(crate) expected: u64,
}

impl Partners {
    /// So many investors are more than a column tells apart.
    pub(crate) const CROWD: usize = 15;

    pub(super) fn of(rows: usize, firsts: &[First<'_>]) -> Partners {
        let known = firsts
            .iter()
            .filter_map(|first| Some((first.startup?, first.investor?)));
        let both = known.clone().map(|(startup, investor)| (investor, startup));
        let investors = Ragged::group(rows, known);
        let counts = (0_u32..).zip((0..rows).map(|row| investors.row(row).len()));
        let startup_count = counts.clone().filter(|&(_, count)| count > 0).count();
        let crowded = counts.filter(|&(_, count)| count >= Partners::CROWD);
        Partners {
            crowded: crowded.map(|(row, _)| row).collect(),
            startup_count: u32::try_from(startup_count).expect("fewer than 2^32 rows"),
            startups: Ragged::group(rows, both),
            investors,
        }
    }

    /// The rows that invested in `startup`, in order.
    pub(crate) fn investors(&self, startup: usize) -> &[u32] {
        self.investors.row(startup)
    }

    /// The rows that `investor` invested in.
    pub(crate) fn startups(&self, investor: usize) -> &[u32] {
        self.startups.row(investor)
    }

    /// Whether `investor` invested in `startup`.
    pub(crate) fn is_between(&self, investor: usize, startup: usize) -> bool {
        let row = u32::try_from(investor).expect("fewer than 2^32 rows");
        self.investors(startup).binary_search(&row).is_ok()
    }

    /// By row: Σ over the investors of `startup` of the share of their startups that both invested in.
    pub(crate) fn with_investors_of(&self, startup: usize) -> Sums {
        let partners = self.investors(startup).iter();
        let shared = partners.flat_map(|&partner| {
            let share = self.share_of(partner);
            let startups = self.startups(partner as usize).iter();
            startups.map(move |&startup| (self.investors(startup as usize), share))
        });
        let count = shared.clone().map(|(investors, _)| investors.len()).sum();
        let mut given = Vec::with_capacity(count);
        for (investors, share) in shared {
            given.extend(investors.iter().map(|&row| (row, share)));
        }
        self.add_up(&given)
    }

    /// By row: the share of that investor's startups that `investor` invested in too.
    pub(crate) fn with(&self, investor: usize) -> Sums {
        let mut given = Vec::new();
        for &startup in self.startups(investor) {
            let partners = self.investors(startup as usize).iter();
            given.extend(partners.map(|&partner| (partner, self.share_of(partner))));
        }
        self.add_up(&given)
    }

    /// By row of the startup: Σ over its investors of the share of their startups that was `shared`.
    pub(crate) fn startups_of(&self, shared: &Sums) -> Sums {
        let mut given = Vec::new();
        for (partner, share) in shared.iter() {
            let startups = self.startups(partner as usize).iter();
            given.extend(startups.map(|&startup| (startup, share)));
        }
        self.add_up(&given)
    }

    fn add_up(&self, given: &[(u32, u64)]) -> Sums {
        Sums::of(self.investors.len(), given)
    }

    /// Rows of startups with [`Partners::CROWD`] investors or more.
    pub(crate) fn crowded(&self) -> &[u32] {
        &self.crowded
    }

    /// Whether `startup` has so many.
    pub(crate) fn is_crowded(&self, startup: usize) -> bool {
        self.investors(startup).len() >= Partners::CROWD
    }

    /// What `investor` shared with the investors of `startup`, its `sum` given.
    pub(crate) fn shared(&self, investor: usize, startup: usize, sum: u64) -> Shared {
        self.shared_with(investor, self.investors(startup).len(), sum)
    }

    /// What `investor` shared with so many investors of a startup, its `sum` given.
    pub(crate) fn shared_with(&self, investor: usize, earlier: usize, sum: u64) -> Shared {
        let earlier = earlier as u64;
        let own = self.startups.row(investor).len() as u64;
        Shared {
            earlier: u32::try_from(earlier).expect("fewer than 2^32 rows"),
            sum,
            expected: earlier * own * ONE / u64::from(self.startup_count.max(1)),
        }
    }

    /// What is shared with the investors of `startup` by somebody who invested in nothing: nobody who shared nothing is
    /// nearer to having shared something.
    pub(crate) fn shared_by_nobody(&self, startup: usize) -> Shared {
        let earlier = self.investors(startup).len();
        Shared {
            earlier: u32::try_from(earlier).expect("fewer than 2^32 rows"),
            ..Shared::default()
        }
    }

    /// Bytes they take.
    pub(crate) fn bytes(&self) -> usize {
        self.investors.bytes() + self.startups.bytes()
    }

    /// One startup of an investor, as a share of all its startups and [`partners::SHRINKAGE`] more.
    fn share_of(&self, investor: u32) -> u64 {
        ONE / (self.startups.row(investor as usize).len() as u64 + partners::SHRINKAGE)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn what_numbers_are_given_is_added_up_in_their_order() {
        let numbers = 3 * PAGE + 7;
        // Steps that meet every number of a page again and again, and some pages never.
        let given: Vec<(u32, u64)> = (0..5_000_u32)
            .map(|turn| {
                (
                    turn * 37 % PAGE + 2 * PAGE * (turn % 2),
                    u64::from(turn) + 1,
                )
            })
            .chain([(numbers - 1, 9)])
            .collect();
        let mut plain: BTreeMap<u32, u64> = BTreeMap::new();
        for &(number, part) in &given {
            *plain.entry(number).or_default() += part;
        }

        let sums = Sums::of(numbers as usize, &given);

        assert_eq!(sums.iter().collect::<BTreeMap<u32, u64>>(), plain);
        assert!(sums.iter().is_sorted());
        for number in 0..numbers {
            assert_eq!(sums.find(number), plain.get(&number).copied(), "{number}");
        }
    }
}
