//! Exposure: which share of the attention of all who ask goes to whom, if lists cost nobody anything.
//!
//! Each list hands out its asker's attention by a softmax of the points, without what a card asks for load and exposure;
//! an organisation's exposure is its mean share, over an even one. The one step of a congestion price is measured in
//! `benches/RANKING.md`. Everything is whole numbers: the same on every machine.

use std::collections::HashMap;

use domain::{Kind, OrganisationId};

use crate::{Ask, Card, Market, factors::exposure, rank};

/// Thousandths of log-odds in a halving, as parts of 1024: 1024 log₂ e / 1000.
const HALVINGS: (u64, u64) = (147_732, 100_000);

/// 2^(−2^−i) for i from 1, in parts of 2³².
const ROOTS: [u64; 10] = roots();

/// How often each organisation would be listed, by kind asked for.
#[derive(Debug)]
pub struct Exposure {
    /// Sums of shares, in parts of 2³².
    shares: HashMap<(Kind, OrganisationId), u64>,
    lists: HashMap<Kind, u64>,
}

impl Exposure {
    /// The exposure that these lists would give.
    pub fn of<'a>(
        market: &Market,
        card: &Card,
        asks: impl IntoIterator<Item = Ask<'a>>,
    ) -> Exposure {
        let unpriced = card.unpriced();
        let mut exposure = Exposure {
            shares: HashMap::new(),
            lists: HashMap::new(),
        };
        for ask in asks {
            exposure.add(market, &unpriced, &ask);
        }
        exposure
    }

    fn add(&mut self, market: &Market, card: &Card, ask: &Ask<'_>) {
        let list = rank(market, card, ask, None, market.len());
        let Some(most) = list.first().map(|best| best.points) else {
            return;
        };
        let weights: Vec<u64> = list
            .iter()
            .map(|found| weight(most.abs_diff(found.points)))
            .collect();
        let all: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
        for (found, weight) in list.iter().zip(weights) {
            let share = u64::try_from((u128::from(weight) << 32) / all).expect("a share of one");
            *self
                .shares
                .entry((ask.kind, found.organisation))
                .or_default() += share;
        }
        *self.lists.entry(ask.kind).or_default() += 1;
    }

    /// The level of each organisation that was on a list, the highest where it was asked for as several kinds.
    pub fn levels(&self) -> HashMap<OrganisationId, u8> {
        let mut listed: HashMap<Kind, u128> = HashMap::new();
        for (kind, _) in self.shares.keys() {
            *listed.entry(*kind).or_default() += 1;
        }
        let mut levels = HashMap::new();
        for ((kind, organisation), &share) in &self.shares {
            let times = u128::from(share) * listed[kind] / u128::from(self.lists[kind]);
            let level = exposure::level(u64::try_from(times).unwrap_or(u64::MAX));
            let known = levels.entry(*organisation).or_insert(level);
            *known = level.max(*known);
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
