//! Exposure: which share of the attention of all who ask goes to whom, if lists cost nobody anything.
//!
//! Each list hands out its asker's attention by a softmax of the points, without what a card asks for load and exposure;
//! an organisation's exposure is its mean share, over an even one. The one step of a congestion price is measured in
//! `benches/RANKING.md`. Everything is whole numbers: the same on every machine.

use std::collections::HashMap;

use domain::{Kind, OrganisationId};

use crate::{Ask, Card, Market, ask::Question, factors::exposure, rank};

/// Thousandths of log-odds in a halving, as parts of 1024: 1024 log₂ e / 1000.
const HALVINGS: (u64, u64) = (147_732, 100_000);

/// 2^(−2^−i) for i from 1, in parts of 2³².
const ROOTS: [u64; 10] = roots();

/// How often each organisation would be listed, by kind asked for.
#[derive(Debug)]
pub struct Exposure<'m> {
    market: &'m Market,
    by_kind: HashMap<Kind, Listed>,
}

/// How often each organisation would be listed by those who ask for one kind.
#[derive(Debug)]
struct Listed {
    /// By number: the sum of its shares, in parts of 2³²; none of one that was on no list.
    shares: Vec<Option<u64>>,
    lists: u64,
}

impl<'m> Exposure<'m> {
    /// The exposure that these lists would give.
    pub fn of<'a>(
        market: &'m Market,
        card: &Card,
        asks: impl IntoIterator<Item = Ask<'a>>,
    ) -> Exposure<'m> {
        let unpriced = card.unpriced();
        let mut exposure = Exposure {
            market,
            by_kind: HashMap::new(),
        };
        for ask in asks {
            exposure.add(&unpriced, &ask);
        }
        exposure
    }

    fn add(&mut self, card: &Card, ask: &Ask<'_>) {
        let Some(question) = Question::new(self.market, card, ask) else {
            return;
        };
        let points = rank::everybody(&question);
        let Some(most) = points.iter().copied().max().flatten() else {
            return;
        };
        let weight = |points: i32| weight(most.abs_diff(points));
        let weights = points.iter().flatten().map(|&points| weight(points));
        let all: u128 = weights.map(u128::from).sum();
        let listed = self.by_kind.entry(ask.kind).or_insert_with(|| Listed {
            shares: vec![None; points.len()],
            lists: 0,
        });
        listed.lists += 1;
        for (sum, points) in listed.shares.iter_mut().zip(points) {
            if let Some(points) = points {
                let share = (u128::from(weight(points)) << 32) / all;
                let share = u64::try_from(share).expect("a share of one");
                *sum = Some(sum.unwrap_or_default() + share);
            }
        }
    }

    /// The level of each organisation that was on a list, the highest where it was asked for as several kinds.
    pub fn levels(&self) -> HashMap<OrganisationId, u8> {
        let mut levels = HashMap::new();
        for listed in self.by_kind.values() {
            let counted = listed.shares.iter().flatten().count() as u128;
            for (number, share) in (0..).zip(&listed.shares) {
                let (Some(share), Some(row)) = (share, self.market.numbered(number)) else {
                    continue;
                };
                let times = u128::from(*share) * counted / u128::from(listed.lists);
                let level = exposure::level(u64::try_from(times).unwrap_or(u64::MAX));
                let known = levels.entry(row.id()).or_insert(level);
                *known = level.max(*known);
            }
        }
        levels
    }
}

/// e^(−behind / 1000) in parts of 2³².
fn weight(behind: u32) -> u64 {
    let halvings = u64::from(behind) * HALVINGS.0 / HALVINGS.1;
    let (whole, part) = (halvings >> 10, halvings & 1023);
    if whole >= 32 {
        return 0;
    }
    let mut weight = 1_u64 << 32;
    for (place, root) in ROOTS.iter().enumerate() {
        if (part >> (9 - place)) & 1 == 1 {
            weight = (weight * root) >> 32;
        }
    }
    weight >> whole
}

const fn roots() -> [u64; 10] {
    let mut roots = [0; 10];
    let mut root = 1_u64 << 31;
    let mut place = 0;
    while place < 10 {
        root = (root << 32).isqrt();
        roots[place] = root;
        place += 1;
    }
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weight_of_a_place_falls_as_the_exponential() {
        for behind in [0_u32, 1, 500, 693, 1000, 5000, 12_000, 40_000] {
            let exact = (-f64::from(behind) / 1000.0).exp();
            #[expect(clippy::cast_precision_loss, reason = "compared to a thousandth")]
            let is = weight(behind) as f64 / exposure::ONE as f64;
            assert!((is - exact).abs() < 1e-3, "{behind}: {is} is not {exact}");
        }
    }
}
