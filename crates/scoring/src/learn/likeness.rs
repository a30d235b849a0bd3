//! What makes past deals tell of new ones: the cells of [`Likeness`], found from who came in.
//!
//! Whom a startup meets is drawn as a deal of the past is drawn: each deal of a candidate weighs e^(Σ of its cells), times
//! what its investor is worth (how much it did, lately and ever, and whether it incubates), and the candidate of the deal
//! comes in. So the probability of a candidate is the sum over its deals, and the cells that make those who came in
//! likely are found by the same steps as points are. This is a mixture of multinomials with tied weights, as in soft
//! nearest-neighbour classification (Goldberger et al. 2004). What the investor is worth is fitted beside the cells and not kept: points say it.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use domain::SectorCode;
use ndarray::Array1;

use super::descent::Descent;
use crate::{
    History, Market, Trial,
    card::Likeness,
    factor::{Factor, LEVELS_MAX},
    factors::{
        UNKNOWN,
        similar::{Respect, Trades},
    },
    market::Row,
    pair::record::holder_levels,
    ragged::Ragged,
    record::{Raising, Round, Where},
};

/// How strongly a cell is drawn to 0. Source: our measurements, see `benches/RANKING.md`.
const RIDGE: f64 = 1.0;

/// The loss hardly moves after so many steps. Source: as above.
const STEPS_MAX: usize = 40;

/// What an investor is worth by itself, whatever its deals are like.
const HOLDER: [Factor; 3] = [Factor::Activity, Factor::Deals, Factor::AlsoIncubates];

/// The cells that make what happened in `trials` likely.
///
/// A sum of 1 is what half of those who came in had.
pub(super) fn learn(
    history: &History,
    trials: &[Trial],
    progress: &(dyn Fn(&str, f64) + Sync),
) -> Likeness {
    let places = Places::new();
    let windows = in_parallel(trials, |trial| Window::read(history, trial));
    let objective = |cells: &Array1<f64>| {
        let (loss, slope, _) = evaluate(&windows, &places, cells);
        let penalty = RIDGE * cells.dot(cells);
        (loss + penalty, slope + 2.0 * RIDGE * cells)
    };
    let descent = Descent {
        cells: places.count,
        steps_max: STEPS_MAX,
        is_bounded: &|_| false,
    };
    let (cells, ..) = descent.run(&objective, &|share| {
        progress("what makes deals alike", share);
    });
    let (.., mut sums) = evaluate(&windows, &places, &cells);
    sums.sort_by(f32::total_cmp);
    let middle = sums.get(sums.len() / 2).copied().unwrap_or(0.0);
    places.likeness(&cells, f64::from(middle))
}

/// Where the cells of each respect stand among all.
struct Places {
    first: [usize; Respect::ALL.len()],
    holders: usize,
    count: usize,
}

impl Places {
    fn new() -> Places {
        let mut count = 0;
        let first = Respect::ALL.map(|respect| {
            let first = count;
            count += (1 + respect.asked().len()) * respect.of_deal().len();
            first
        });
        Places {
            first,
            holders: count,
            count: count + HOLDER.len() * LEVELS_MAX,
        }
    }

    /// The cell for whatever is asked for, and the one for what is; the same where it makes no difference.
    fn of(&self, respect: Respect, asked: u8, of_deal: u8) -> (usize, Option<usize>) {
        let (first, columns) = (self.first[respect as usize], respect.of_deal().len());
        let any = first + usize::from(of_deal);
        let own = !respect.asked().is_empty();
        (any, own.then(|| any + (1 + usize::from(asked)) * columns))
    }

    fn cell(&self, cells: &[f32], respect: Respect, asked: u8, of_deal: u8) -> f32 {
        let (any, own) = self.of(respect, asked, of_deal);
        cells[any] + own.map_or(0.0, |own| cells[own])
    }

    fn add(&self, slope: &mut [f64], (respect, asked, of_deal): (Respect, u8, u8), part: f32) {
        let (any, own) = self.of(respect, asked, of_deal);
        slope[any] += f64::from(part);
        if let Some(own) = own {
            slope[own] += f64::from(part);
        }
    }

    /// In thousandths of a doubling, a sum of e^`middle` being 1.
    fn likeness(&self, cells: &Array1<f64>, middle: f64) -> Likeness {
        let thousandths = |cell: f64| {
            #[expect(clippy::cast_possible_truncation, reason = "a few thousand")]
            let rounded = (1000.0 * cell / std::f64::consts::LN_2).round() as i32;
            rounded
        };
        Likeness::of(|respect| {
            let count = (1 + respect.asked().len()) * respect.of_deal().len();
            let first = self.first[respect as usize];
            let shift = if respect == Respect::Age { middle } else { 0.0 };
            (first..first + count)
                .map(|place| thousandths(cells[place] - shift))
                .collect()
        })
    }
}

/// What a trial asked, and the deals that were known.
struct Window {
    /// Distinct startups of deals: where they are, and which of `trades` they are in.
    startups: Vec<(Where, usize)>,
    trades: Vec<Vec<SectorCode>>,
    /// Distinct rounds of deals.
    rounds: Vec<Round>,
    /// By candidate: the startup and the round of each deal.
    deals: Ragged<(u32, u32)>,
    /// By candidate: levels of [`HOLDER`].
    holders: Vec<[u8; HOLDER.len()]>,
    /// In the order of what is raised.
    questions: Vec<Question>,
}

/// A startup that raised.
struct Question {
    raising: Raising,
    /// By startup of the window: how near it is.
    near: Vec<u8>,
    /// By trades of the window.
    trades: Vec<Trades>,
    /// Candidates that came in.
    chosen: Vec<usize>,
    /// Candidates that had come in before.
    known: Vec<usize>,
}

/// Numbers what it is asked for, each once.
struct Numbers<T>(HashMap<T, u32>, Vec<T>);

impl<T: Clone + Eq + std::hash::Hash> Numbers<T> {
    fn number(&mut self, value: T) -> u32 {
        let next = u32::try_from(self.1.len()).expect("fewer than 2^32");
        *self.0.entry(value.clone()).or_insert_with(|| {
            self.1.push(value);
            next
        })
    }
}

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Numbers(HashMap::new(), Vec::new())
    }
}

impl Window {
    fn read(history: &History, trial: &Trial) -> Window {
        let market = history.market(trial.opens, trial.asked.iter().map(|asked| &asked.raised));
        let found = trial.candidates.iter().filter_map(|&id| market.find(id));
        let candidates: Vec<Row<'_>> = found.collect();
        let (mut startups, mut trades, mut rounds) =
            (Numbers::default(), Numbers::default(), Numbers::default());
        let past = &market.records().past;
        let deals = Ragged::collect(candidates.iter().map(|candidate| {
            let deals = past.deals(candidate.at()).iter().map(|made| {
                let (place, sectors) = past.startup(made.startup);
                let trade = trades.number(sectors.to_vec()) as usize;
                (startups.number((place, trade)), rounds.number(made.round))
            });
            deals.collect::<Vec<_>>()
        }));
        let mut window = Window {
            startups: startups.1,
            trades: trades.1,
            rounds: rounds.1,
            deals,
            holders: candidates.iter().map(|&row| holder(&market, row)).collect(),
            questions: Vec::new(),
        };
        let places = candidates.iter().enumerate();
        let candidates: HashMap<usize, usize> = places
            .map(|(place, candidate)| (candidate.at(), place))
            .collect();
        let asked = trial.asked.iter().filter(|asked| !asked.chosen.is_empty());
        let questions = asked.filter_map(|asked| window.question(&market, asked, &candidates));
        let mut questions: Vec<Question> = questions.collect();
        questions.sort_by_key(|question| question.raising);
        window.questions = questions;
        window
    }

    fn question(
        &self,
        market: &Market,
        asked: &crate::history::Asked,
        candidates: &HashMap<usize, usize>,
    ) -> Option<Question> {
        let startup = market.find(asked.raised.startup)?;
        let records = market.records();
        let sought = startup
            .organisation
            .sought(records.past.rounds(startup.at()));
        let of_row = |row: usize| candidates.get(&row).copied();
        let investors = records.partners.investors(startup.at()).iter();
        Some(Question {
            raising: sought.raising,
            near: self
                .startups
                .iter()
                .map(|(place, _)| sought.here.nearness(*place))
                .collect(),
            trades: self
                .trades
                .iter()
                .map(|other| Trades::of(sought.sectors, other))
                .collect(),
            chosen: asked
                .chosen
                .iter()
                .filter_map(|&id| of_row(market.find(id)?.at()))
                .collect(),
            known: investors.filter_map(|&row| of_row(row as usize)).collect(),
        })
    }

    /// Σ over questions of −log of the mean probability of those chosen, with its slope by cell; and the logarithm of the
    /// sum of each of those chosen.
    fn evaluate(&self, places: &Places, cells: &[f32]) -> (f64, Vec<f64>, Vec<f32>) {
        let worth: Vec<f32> = self
            .holders
            .iter()
            .map(|levels| {
                let cells = levels.iter().enumerate().map(|(which, &level)| {
                    cells[places.holders + which * LEVELS_MAX + usize::from(level)]
                });
                cells.sum::<f32>().exp()
            })
            .collect();
        let mut pass = Pass {
            window: self,
            places,
            cells,
            worth,
            loss: 0.0,
            slope: vec![0.0; places.count],
            sums: Vec::new(),
        };
        for alike in self
            .questions
            .chunk_by(|one, other| one.raising == other.raising)
        {
            pass.take(alike);
        }
        (pass.loss, pass.slope, pass.sums)
    }
}

/// One look at all questions of a window.
struct Pass<'a> {
    window: &'a Window,
    places: &'a Places,
    cells: &'a [f32],
    /// By candidate.
    worth: Vec<f32>,
    loss: f64,
    slope: Vec<f64>,
    sums: Vec<f32>,
}

impl Pass<'_> {
    /// Questions that raise the same: what each round is worth to them is the same too.
    fn take(&mut self, questions: &[Question]) {
        let raising = questions[0].raising;
        let (places, cells) = (self.places, self.cells);
        let worth = |round: &Round| {
            let levels = round.levels().into_iter();
            let cells = levels
                .map(|(respect, level)| places.cell(cells, respect, raising.level(respect), level));
            cells.sum::<f32>().exp()
        };
        let rounds: Vec<f32> = self.window.rounds.iter().map(worth).collect();
        let mut pull = vec![0.0; rounds.len()];
        for question in questions {
            self.ask(question, &rounds, &mut pull);
        }
        for (round, &pull) in self.window.rounds.iter().zip(&pull) {
            for (respect, level) in round.levels() {
                let cell = (respect, raising.level(respect), level);
                places.add(&mut self.slope, cell, pull);
            }
        }
    }

    fn ask(&mut self, question: &Question, rounds: &[f32], round_pull: &mut [f32]) {
        let (window, places) = (self.window, self.places);
        let cell = |respect, asked, level| places.cell(self.cells, respect, asked, level);
        let stage = question.raising.stage;
        let near: Vec<f32> = (0..)
            .take(Respect::Place.of_deal().len())
            .map(|level| cell(Respect::Place, stage, level).exp())
            .collect();
        let trades: Vec<f32> = question
            .trades
            .iter()
            .map(|trades| {
                let field = cell(Respect::Field, trades.fields.0, trades.fields.1);
                (cell(Respect::Sector, 0, trades.nearness) + field).exp()
            })
            .collect();
        let startups: Vec<f32> = window
            .startups
            .iter()
            .zip(&question.near)
            .map(|((_, trade), &level)| near[usize::from(level)] * trades[*trade])
            .collect();
        let pulls = self.choose(question, &startups, rounds);
        let mut pull = vec![0.0_f32; startups.len()];
        for (candidate, share) in pulls
            .into_iter()
            .enumerate()
            .filter(|(_, share)| *share != 0.0)
        {
            for &(startup, round) in window.deals.row(candidate) {
                let (startup, round) = (startup as usize, round as usize);
                let part = share * startups[startup] * rounds[round];
                pull[startup] += part;
                round_pull[round] += part;
            }
        }
        let mut by_level = vec![0.0; near.len()];
        let mut by_trade = vec![0.0; trades.len()];
        for (((_, trade), &level), pull) in window.startups.iter().zip(&question.near).zip(pull) {
            by_level[usize::from(level)] += pull;
            by_trade[*trade] += pull;
        }
        for (level, pull) in (0..).zip(by_level) {
            places.add(&mut self.slope, (Respect::Place, stage, level), pull);
        }
        for (trades, pull) in question.trades.iter().zip(by_trade) {
            let (mine, theirs) = trades.fields;
            places.add(&mut self.slope, (Respect::Sector, 0, trades.nearness), pull);
            places.add(&mut self.slope, (Respect::Field, mine, theirs), pull);
        }
    }

    /// By candidate: how the loss moves with the weight of one of its deals.
    fn choose(&mut self, question: &Question, startups: &[f32], rounds: &[f32]) -> Vec<f32> {
        let sums: Vec<f32> = (0..self.worth.len())
            .map(|candidate| {
                let deals = self.window.deals.row(candidate).iter();
                let weight = |&(startup, round): &(u32, u32)| {
                    startups[startup as usize] * rounds[round as usize]
                };
                deals.map(weight).sum::<f32>() + f32::MIN_POSITIVE
            })
            .collect();
        let mut likely: Vec<f32> = sums
            .iter()
            .zip(&self.worth)
            .map(|(sum, worth)| sum * worth)
            .collect();
        for &known in &question.known {
            likely[known] = 0.0;
        }
        let all: f32 = likely.iter().sum();
        #[expect(clippy::cast_precision_loss, reason = "a few")]
        let share = 1.0 / question.chosen.len() as f32;
        let mut miss: Vec<f32> = likely.iter().map(|likely| likely / all).collect();
        for &chosen in &question.chosen {
            self.loss -= f64::from(share) * f64::from((likely[chosen] / all).max(1e-30)).ln();
            self.sums.push(sums[chosen].ln());
            miss[chosen] -= share;
        }
        for (levels, &miss) in self.window.holders.iter().zip(&miss) {
            for (which, &level) in levels.iter().enumerate() {
                let place = self.places.holders + which * LEVELS_MAX + usize::from(level);
                self.slope[place] += f64::from(miss);
            }
        }
        miss.iter()
            .zip(&sums)
            .map(|(miss, sum)| miss / sum)
            .collect()
    }
}

/// What an investor is, whatever its deals are like.
fn holder(market: &Market, holder: Row<'_>) -> [u8; HOLDER.len()] {
    let levels = holder_levels(market.records(), holder.at(), holder.organisation);
    HOLDER.map(|factor| {
        let mut of = levels.iter().filter(|(other, _)| *other == factor);
        of.next().map_or(UNKNOWN, |(_, level)| *level)
    })
}

/// Of all windows together, in their order whatever the number of threads.
fn evaluate(
    windows: &[Window],
    places: &Places,
    cells: &Array1<f64>,
) -> (f64, Array1<f64>, Vec<f32>) {
    #[expect(clippy::cast_possible_truncation, reason = "cells of a few units")]
    let cells: Vec<f32> = cells.iter().map(|&cell| cell as f32).collect();
    let mut all = (0.0, Array1::zeros(places.count), Vec::new());
    for (loss, slope, sums) in in_parallel(windows, |window| window.evaluate(places, &cells)) {
        all.0 += loss;
        all.1 += &Array1::from_vec(slope);
        all.2.extend(sums);
    }
    all
}

/// What `work` makes of each item, in order, found on all cores, the last first: windows grow with time.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let left = AtomicUsize::new(items.len());
    let one = || {
        let mut done = Vec::new();
        while let Ok(number) = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            left.checked_sub(1)
        }) {
            done.push((number - 1, work(&items[number - 1])));
        }
        done
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut found = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        let finished = running
            .into_iter()
            .map(|thread| thread.join().expect("no panic in a window"));
        finished.flatten().collect::<Vec<_>>()
    });
    found.sort_by_key(|(number, _)| *number);
    found.into_iter().map(|(_, made)| made).collect()
}
