//! What is learned from: questions of the past, with the levels of those who were chosen and of some who were not.

use std::{
    collections::{BTreeMap, HashSet},
    thread,
};

use domain::{Kind, OrganisationId};
use fastrand::Rng;
use serde_json::Value;

use super::deals::{Between, Window};
use crate::{
    Among, Ask, Card, History, Market, Trial,
    ask::Question,
    factor::{FACTORS, Factor, LEVELS_MAX},
    history::open_programme,
    market::Row,
    pair::{self, Sink},
    rank::{self, best_match},
    rules::{self, Passing},
};

/// Of those not chosen, so many that the hand-made card holds best. Source: our measurements, see `benches/RANKING.md`.
const BEST: usize = 60;

/// And so many of the others, drawn.
const DRAWN: usize = 140;

/// Questions with their pairs, in flat columns.
#[derive(Debug)]
pub(super) struct Lesson {
    pub(super) kinds: (Kind, Kind),
    /// Where the pairs of each question begin, and the end of all.
    pub(super) starts: Vec<usize>,
    /// Whether each pair came together.
    pub(super) chosen: Vec<bool>,
    /// How many pairs each stands for.
    pub(super) weights: Vec<f32>,
    /// Where the entries of each pair begin, and the end of all.
    pub(super) entries: Vec<u32>,
    /// Cell of each entry: factor × [`LEVELS_MAX`] + level.
    pub(super) cells: Vec<u16>,
    /// Share of each entry in twelfths.
    pub(super) shares: Vec<u8>,
    /// By question: the cells of what is the same in all its pairs, of factors of which that is so in every question, and
    /// that tell questions apart.
    pub(super) given: Vec<Vec<u16>>,
    /// How many questions there are at the end of each trial.
    pub(super) trials: Vec<usize>,
    /// Whose record speaks of whom in each pair, until the deals are read.
    between: Vec<Between>,
}

/// A question of the past.
pub(super) struct Past<'a> {
    pub(super) ask: Ask<'a>,
    pub(super) chosen: Vec<OrganisationId>,
    /// Those that said no: read always, and not drawn.
    pub(super) passed: Vec<OrganisationId>,
    /// All who could have been chosen.
    pub(super) others: &'a [OrganisationId],
}

impl Lesson {
    /// What startups and what investors asked in `trials`, with the deals behind the pairs.
    pub(super) fn read(
        history: &History,
        trials: &[Trial],
        card: &Card,
        seed: u64,
        progress: &(dyn Fn(&str, f64) + Sync),
    ) -> [(Lesson, Vec<Window>); 2] {
        let done = std::sync::atomic::AtomicUsize::new(0);
        let read = |trial: &Trial| {
            let lessons = read_trial(history, trial, card, seed);
            let done = 1 + done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            #[expect(clippy::cast_precision_loss, reason = "a few trials")]
            progress("reading the past", done as f64 / trials.len() as f64);
            lessons
        };
        // Two at a time: a market each.
        let pairs = trials.chunks(2).flat_map(|two| {
            thread::scope(|scope| {
                let running: Vec<_> = two
                    .iter()
                    .map(|trial| scope.spawn(|| read(trial)))
                    .collect();
                let finished = running.into_iter().map(thread::ScopedJoinHandle::join);
                finished
                    .map(|lessons| lessons.expect("no panic in a trial"))
                    .collect::<Vec<_>>()
            })
        });
        let mut all = Lesson::both().map(|lesson| (lesson, Vec::new()));
        for lessons in pairs {
            for ((all, windows), (lesson, window)) in all.iter_mut().zip(lessons) {
                all.append(lesson);
                windows.push(window);
            }
        }
        all.map(|(lesson, windows)| (lesson.without_constants(), windows))
    }

    /// What startups ask, and what investors.
    fn both() -> [Lesson; 2] {
        [
            Lesson::empty((Kind::Startup, Kind::Investor)),
            Lesson::empty((Kind::Investor, Kind::Startup)),
        ]
    }

    pub(super) fn empty(kinds: (Kind, Kind)) -> Lesson {
        Lesson {
            kinds,
            starts: vec![0],
            chosen: Vec::new(),
            weights: Vec::new(),
            entries: vec![0],
            cells: Vec::new(),
            shares: Vec::new(),
            given: Vec::new(),
            trials: Vec::new(),
            between: Vec::new(),
        }
    }

    pub(super) fn questions(&self) -> usize {
        self.starts.len() - 1
    }

    pub(super) fn pairs(&self) -> usize {
        self.chosen.len()
    }

    /// The cells of a pair with their shares.
    pub(super) fn pair(&self, pair: usize) -> impl Iterator<Item = (u16, u8)> {
        let range = self.entries[pair] as usize..self.entries[pair + 1] as usize;
        self.cells[range.clone()]
            .iter()
            .copied()
            .zip(self.shares[range].iter().copied())
    }

    fn append(&mut self, other: Lesson) {
        let (pairs, entries) = (self.chosen.len(), self.cells.len());
        self.starts
            .extend(other.starts[1..].iter().map(|start| start + pairs));
        let shift = u32::try_from(entries).expect("fewer than 2^32 entries");
        self.entries
            .extend(other.entries[1..].iter().map(|entry| entry + shift));
        self.chosen.extend(other.chosen);
        self.weights.extend(other.weights);
        self.trials.push(self.questions());
        self.cells.extend(other.cells);
        self.shares.extend(other.shares);
    }

    /// Without the factors that tell no two pairs of any question apart, which are what is given: they say nothing of who
    /// is chosen.
    pub(super) fn without_constants(self) -> Lesson {
        let mut tells = [false; FACTORS];
        for question in self.starts.windows(2) {
            let mut first = [None; FACTORS];
            for pair in question[0]..question[1] {
                let mut sums = [0_u32; FACTORS];
                for (cell, share) in self.pair(pair) {
                    let factor = usize::from(cell) / LEVELS_MAX;
                    sums[factor] += (1 + u32::from(cell)) * u32::from(share);
                }
                for factor in 0..FACTORS {
                    tells[factor] |= *first[factor].get_or_insert(sums[factor]) != sums[factor];
                }
            }
        }
        let mut kept = Lesson::empty(self.kinds);
        kept.starts.clone_from(&self.starts);
        let is_given = |&(cell, _): &(u16, u8)| {
            let factor = usize::from(cell) / LEVELS_MAX;
            let factor = (factor, Factor::ALL[factor]);
            !tells[factor.0] && !factor.1.is_price() && !factor.1.is_shared_out()
        };
        kept.given = self.starts[..self.questions()]
            .iter()
            .map(|&first| {
                self.pair(first)
                    .filter(is_given)
                    .map(|(cell, _)| cell)
                    .collect()
            })
            .collect();
        // What is the same in all questions too says nothing at all.
        let mut of_factor = [None; FACTORS];
        let mut differs = [false; FACTORS];
        for &cell in kept.given.iter().flatten() {
            let factor = usize::from(cell) / LEVELS_MAX;
            differs[factor] |= *of_factor[factor].get_or_insert(cell) != cell;
        }
        for cells in &mut kept.given {
            cells.retain(|cell| differs[usize::from(*cell) / LEVELS_MAX]);
        }
        for pair in 0..self.pairs() {
            for (cell, share) in self.pair(pair) {
                let factor = usize::from(cell) / LEVELS_MAX;
                if tells[factor] && !Factor::ALL[factor].is_price() {
                    kept.cells.push(cell);
                    kept.shares.push(share);
                }
            }
            kept.entries
                .push(u32::try_from(kept.cells.len()).expect("fewer than 2^32 entries"));
        }
        Lesson {
            chosen: self.chosen,
            weights: self.weights,
            trials: self.trials,
            between: self.between,
            ..kept
        }
    }

    /// The same with these levels of a factor that has one in each pair; where it is unknown it stays so.
    pub(super) fn relevel(&mut self, factor: Factor, levels: &[u8]) {
        let first = factor as usize * LEVELS_MAX;
        for (pair, &level) in levels.iter().enumerate() {
            let entries = self.entries[pair] as usize..self.entries[pair + 1] as usize;
            for cell in &mut self.cells[entries] {
                if (first + 1..first + LEVELS_MAX).contains(&usize::from(*cell)) {
                    *cell =
                        u16::try_from(first + usize::from(level)).expect("fewer than 2^16 cells");
                }
            }
        }
    }

    fn push(&mut self, levels: &Levels, chosen: bool, weight: f32) {
        for &(factor, level, share) in &levels.levels {
            let cell = factor as usize * LEVELS_MAX + usize::from(level);
            self.cells
                .push(u16::try_from(cell).expect("fewer than 2^16 cells"));
            self.shares.push(share);
        }
        self.entries
            .push(u32::try_from(self.cells.len()).expect("fewer than 2^32 entries"));
        self.chosen.push(chosen);
        self.weights.push(weight);
        self.between.push(levels.between);
    }

    /// The pairs of one question; nothing where none of those chosen could have been offered.
    pub(super) fn ask(&mut self, market: &Market, card: &Card, past: &Past<'_>, rng: &mut Rng) {
        let Some(question) = Question::new(market, card, &past.ask) else {
            return;
        };
        let before = self.pairs();
        let chosen: HashSet<OrganisationId> = past.chosen.iter().copied().collect();
        for &organisation in &past.chosen {
            if let Some(levels) = Levels::of(&question, market, organisation) {
                self.push(&levels, true, 1.0);
            }
        }
        if self.pairs() == before {
            return;
        }
        for &organisation in &past.passed {
            if let Some(levels) = Levels::of(&question, market, organisation) {
                self.push(&levels, false, 1.0);
            }
        }
        let known: HashSet<OrganisationId> = chosen.iter().chain(&past.passed).copied().collect();
        let best = rank::rank(market, card, &past.ask, None, BEST + known.len());
        let best: Vec<OrganisationId> = best
            .into_iter()
            .map(|found| found.organisation)
            .filter(|organisation| !known.contains(organisation))
            .take(BEST)
            .collect();
        let taken: HashSet<OrganisationId> = best.iter().copied().collect();
        let free = |organisation: &&OrganisationId| {
            !known.contains(organisation) && !taken.contains(organisation)
        };
        let mut rest: Vec<OrganisationId> = past.others.iter().filter(free).copied().collect();
        let count = rest.len();
        rng.shuffle(&mut rest);
        rest.truncate(DRAWN);
        #[expect(clippy::cast_precision_loss, reason = "thousands")]
        let weight = count as f32 / rest.len().max(1) as f32;
        for (organisation, weight) in best
            .into_iter()
            .map(|id| (id, 1.0))
            .chain(rest.into_iter().map(|id| (id, weight)))
        {
            if let Some(levels) = Levels::of(&question, market, organisation) {
                self.push(&levels, false, weight);
            }
        }
        self.starts.push(self.pairs());
    }
}

fn read_trial(history: &History, trial: &Trial, card: &Card, seed: u64) -> [(Lesson, Window); 2] {
    let market = history.market(trial.opens, trial.asked.iter().map(|asked| &asked.raised));
    let programme = open_programme();
    let nobody = HashSet::new();
    let startups: Vec<OrganisationId> = trial
        .asked
        .iter()
        .map(|asked| asked.raised.startup)
        .collect();
    let members: [HashSet<OrganisationId>; 2] =
        [&trial.candidates, &startups].map(|all| all.iter().copied().collect());
    let mut rng = Rng::with_seed(
        seed ^ u64::from(trial.opens.year().unsigned_abs()) << 8
            ^ u64::from(trial.opens.month().unsigned_abs()),
    );
    let mut lessons = Lesson::both();
    let mut went_into: BTreeMap<OrganisationId, Vec<OrganisationId>> = BTreeMap::new();
    let ask = |asker, kind, members| Ask {
        asker,
        kind,
        mandate: None,
        purpose: None,
        table: &programme,
        members: Some(members),
        cooling: &nobody,
        among: Among::Strangers,
    };
    for asked in trial.asked.iter().filter(|asked| !asked.chosen.is_empty()) {
        let startup = asked.raised.startup;
        for &investor in &asked.chosen {
            went_into.entry(investor).or_default().push(startup);
        }
        let past = Past {
            ask: ask(startup, Kind::Investor, &members[0]),
            chosen: asked.chosen.clone(),
            passed: Vec::new(),
            others: &trial.candidates,
        };
        lessons[0].ask(&market, card, &past, &mut rng);
    }
    for (investor, chosen) in went_into {
        let past = Past {
            ask: ask(investor, Kind::Startup, &members[1]),
            chosen,
            passed: Vec::new(),
            others: &startups,
        };
        lessons[1].ask(&market, card, &past, &mut rng);
    }
    lessons.map(|mut lesson| {
        let between = std::mem::take(&mut lesson.between);
        let window = Window::read(&market, &between);
        (lesson, window)
    })
}

/// The levels of a pair with their shares.
struct Levels {
    levels: Vec<(Factor, u8, u8)>,
    between: Between,
}

impl Levels {
    fn of(
        question: &Question<'_>,
        market: &Market,
        organisation: OrganisationId,
    ) -> Option<Levels> {
        let they = market.find(organisation)?;
        let mut passing = Passing::default();
        rules::judge(question, they, &mut passing).ok()?;
        let (_, (mine, theirs)) = best_match(question, they, &passing);
        let (investor, startup) = question.record(they);
        let row = |row: Row<'_>| u32::try_from(row.at()).expect("fewer than 2^32 rows");
        let mut levels = Levels {
            levels: Vec::new(),
            between: (row(investor), row(startup)),
        };
        pair::weigh_profiles(question, they, &mut levels);
        pair::weigh_mandates(question, they, mine, theirs, &mut levels);
        Some(levels)
    }
}

impl Sink for Levels {
    fn take(&mut self, factor: Factor, level: u8, share: u8, _: impl FnOnce() -> Value) {
        self.levels.push((factor, level, share));
    }
}
