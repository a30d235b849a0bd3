//! The past deals behind the pairs of a lesson: how much they are like what was asked for, by any cells of likeness.
//!
//! A deal weighs e^(Σ of its cells), and a pair has the sum over the deals of its investor. The cells themselves are found
//! in `joint`.

use domain::SectorCode;

use super::cells::Cells;
use crate::{
    Market,
    card::Likeness,
    factors::similar::{self, PLACE, PLACES, Respect, Sum, Trades},
    numbered::Numbered,
    ragged::Ragged,
    record::{Raising, Round, Where},
};

/// What every sum is more than, so that none has the logarithm −∞.
const FLOOR: f32 = 1e-6;

/// An investor and a startup, by their rows in the market of a trial.
pub(super) type Between = (u32, u32);

/// What one trial asked, and the deals that were known.
#[derive(Debug)]
pub(super) struct Window {
    /// Distinct startups of deals: where they are, and which of the distinct trades they are in.
    startups: Vec<(Where, usize)>,
    /// Distinct rounds of deals.
    rounds: Vec<Round>,
    /// By investor: the startup and the round of each deal.
    deals: Ragged<(u32, u32)>,
    /// In the order of what is raised.
    asked: Vec<Asked>,
    pairs: usize,
}

/// A startup that raised.
#[derive(Debug)]
struct Asked {
    raising: Raising,
    /// By startup of the window: how near it is.
    near: Vec<u8>,
    /// By distinct trades of the window.
    trades: Vec<Trades>,
    /// The investors it is held beside, and the numbers of the pairs.
    pairs: Vec<(u32, u32)>,
}

impl Window {
    /// The deals behind `pairs`.
    pub(super) fn read(market: &Market, pairs: &[Between]) -> Window {
        let past = &market.records().past;
        let (mut investors, mut raised) = (Numbered::default(), Numbered::default());
        let mut by_asked: Vec<Vec<(u32, u32)>> = Vec::new();
        for (pair, &(investor, startup)) in (0..).zip(pairs) {
            let asked = raised.number(&startup) as usize;
            by_asked.resize_with(by_asked.len().max(asked + 1), Vec::new);
            by_asked[asked].push((investors.number(&investor), pair));
        }
        let mut startups: Numbered<(Where, usize)> = Numbered::default();
        let mut trades: Numbered<Box<[SectorCode]>> = Numbered::default();
        let mut rounds: Numbered<Round> = Numbered::default();
        let deals = Ragged::collect(investors.values().iter().map(|&investor: &u32| {
            let deals = past.deals(investor as usize).map(|made| {
                let (place, sectors) = past.startup(made);
                let trade = trades.number(sectors) as usize;
                let startup = startups.number(&(place, trade));
                (startup, rounds.number(&past.round(made)))
            });
            deals.collect::<Vec<_>>()
        }));
        let asked = raised
            .values()
            .iter()
            .zip(by_asked)
            .filter_map(|(&row, pairs)| {
                let startup = market.numbered(row)?;
                let sought = startup.organisation.sought(market.records(), startup.at());
                let startups = startups.values().iter();
                let near = startups.map(|(place, _)| sought.here.nearness(*place));
                let trades = trades
                    .values()
                    .iter()
                    .map(|other| Trades::of(sought.sectors, other));
                Some(Asked {
                    raising: sought.raising,
                    near: near.collect(),
                    trades: trades.collect(),
                    pairs,
                })
            });
        let mut asked: Vec<Asked> = asked.collect();
        asked.sort_by_key(|asked| asked.raising);
        Window {
            startups: startups.values().to_vec(),
            rounds: rounds.values().to_vec(),
            deals,
            asked,
            pairs: pairs.len(),
        }
    }

    pub(super) fn pairs(&self) -> usize {
        self.pairs
    }

    /// By pair: the sum of what its deals weigh.
    pub(super) fn sums(&self, cells: &Cells, values: &[f32]) -> Vec<f32> {
        let mut sums = vec![FLOOR; self.pairs];
        for alike in self.alike() {
            let rounds = self.round_weights(cells, values, alike[0].raising);
            for asked in alike {
                let (startups, ..) = self.startup_weights(cells, values, asked);
                for &(investor, pair) in &asked.pairs {
                    let deals = self.deals.row(investor as usize).iter();
                    let weight = |&(startup, round): &(u32, u32)| {
                        startups[startup as usize] * rounds[round as usize]
                    };
                    sums[pair as usize] += deals.map(weight).sum::<f32>();
                }
            }
        }
        sums
    }

    /// How a loss moves with each cell that moves with the sum of each pair as `pulls` says.
    pub(super) fn slope(&self, cells: &Cells, values: &[f32], pulls: &[f32]) -> Vec<f64> {
        let mut slope = vec![0.0; cells.count];
        for alike in self.alike() {
            let raising = alike[0].raising;
            let rounds = self.round_weights(cells, values, raising);
            let mut by_round = vec![0.0; rounds.len()];
            for asked in alike {
                self.pull(
                    cells,
                    values,
                    asked,
                    (pulls, &rounds),
                    &mut by_round,
                    &mut slope,
                );
            }
            for (round, pull) in self.rounds.iter().zip(by_round) {
                for (respect, level) in round.levels() {
                    cells.add(&mut slope, (respect, raising.level(respect), level), pull);
                }
            }
        }
        slope
    }

    /// By pair: the level of its sum, as a list has it.
    pub(super) fn levels(&self, likeness: &Likeness) -> Vec<u8> {
        let mut levels = vec![0; self.pairs];
        for asked in &self.asked {
            let raising = asked.raising;
            let of_startup = |(&(_, trade), &near): (&(Where, usize), &u8)| {
                similar::weight(likeness.startup(raising, near, asked.trades[trade]))
            };
            let startups: Vec<u32> = self
                .startups
                .iter()
                .zip(&asked.near)
                .map(of_startup)
                .collect();
            let of_round = |round: &Round| similar::weight(likeness.round(raising, *round));
            let rounds: Vec<u32> = self.rounds.iter().map(of_round).collect();
            for &(investor, pair) in &asked.pairs {
                let mut sum = Sum::default();
                for &(startup, round) in self.deals.row(investor as usize) {
                    sum.add(startups[startup as usize], rounds[round as usize]);
                }
                levels[pair as usize] = sum.level();
            }
        }
        levels
    }

    /// Those who raise the same, together: what each round is worth to them is the same too.
    fn alike(&self) -> impl Iterator<Item = &[Asked]> {
        self.asked
            .chunk_by(|one, other| one.raising.is_the_same_round(other.raising))
    }

    fn round_weights(&self, cells: &Cells, values: &[f32], raising: Raising) -> Vec<f32> {
        let weight = |round: &Round| {
            let levels = round.levels().into_iter();
            let cells = levels.map(|(respect, level)| {
                cells.value(values, respect, raising.level(respect), level)
            });
            cells.sum::<f32>().exp()
        };
        self.rounds.iter().map(weight).collect()
    }

    /// By startup of the window, by its place and its trades.
    fn startup_weights(&self, cells: &Cells, values: &[f32], asked: &Asked) -> (Vec<f32>, usize) {
        let cell = |respect, asked, level| cells.value(values, respect, asked, level);
        let near = (0..).take(PLACES.len()).map(|level| {
            let cells = PLACE.map(|respect| cell(respect, asked.raising.level(respect), level));
            cells.iter().sum::<f32>().exp()
        });
        let near: Vec<f32> = near.collect();
        let trade = |trades: &Trades| {
            let field = cell(Respect::Field, trades.fields.0, trades.fields.1);
            (cell(Respect::Sector, 0, trades.nearness) + field).exp()
        };
        let trades: Vec<f32> = asked.trades.iter().map(trade).collect();
        let startups = self.startups.iter().zip(&asked.near);
        let weight = |((_, trade), &level): (&(Where, usize), &u8)| {
            near[usize::from(level)] * trades[*trade]
        };
        (startups.map(weight).collect(), near.len())
    }

    /// Adds to `slope` what the startups of deals have of it, and to `by_round` what each round has.
    fn pull(
        &self,
        cells: &Cells,
        values: &[f32],
        asked: &Asked,
        (pulls, rounds): (&[f32], &[f32]),
        by_round: &mut [f32],
        slope: &mut [f64],
    ) {
        let (startups, places) = self.startup_weights(cells, values, asked);
        let mut by_startup = vec![0.0_f32; startups.len()];
        for &(investor, pair) in &asked.pairs {
            let pull = pulls[pair as usize];
            if pull == 0.0 {
                continue;
            }
            for &(startup, round) in self.deals.row(investor as usize) {
                let (startup, round) = (startup as usize, round as usize);
                let part = pull * startups[startup] * rounds[round];
                by_startup[startup] += part;
                by_round[round] += part;
            }
        }
        let mut by_place = vec![0.0; places];
        let mut by_trade = vec![0.0; asked.trades.len()];
        for (((_, trade), &level), pull) in self.startups.iter().zip(&asked.near).zip(by_startup) {
            by_place[usize::from(level)] += pull;
            by_trade[*trade] += pull;
        }
        for (level, pull) in (0..).zip(by_place) {
            for respect in PLACE {
                cells.add(slope, (respect, asked.raising.level(respect), level), pull);
            }
        }
        for (trades, pull) in asked.trades.iter().zip(by_trade) {
            let (mine, theirs) = trades.fields;
            cells.add(slope, (Respect::Sector, 0, trades.nearness), pull);
            cells.add(slope, (Respect::Field, mine, theirs), pull);
        }
    }
}
