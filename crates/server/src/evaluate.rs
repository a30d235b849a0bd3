//! `nakodo evaluate`: how well a scorecard ranks what really happened, on a window of a ranking benchmark.
//!
//! The lists are those of the server: the same crate, the same call, with nothing dated on or after the window's first
//! day but the rounds that ask.

pub(crate) mod bench;
mod calibration;
mod report;
#[cfg(test)]
mod tests;

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use anyhow::Context;
use clap::{Args, ValueEnum};
use domain::{Kind, OrganisationId, Programme};
use scoring::{Among, Ask, Card, Exposure, History, Market, open_programme, rank};

use crate::{learn, scorecard};
use bench::{Bench, Window};

/// How deep a run is written.
const RUN_DEPTH: usize = 200;

/// Below every pair that is ranked.
const UNLISTED: i32 = i32::MIN / 2;

/// Never to be offered.
const EXCLUDED: i32 = i32::MIN;

/// What is ranked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Task {
    /// Each startup that raises asks for investors.
    #[value(name = "A")]
    Investors,
    /// Each investor asks for startups that raise.
    #[value(name = "B")]
    Startups,
    /// Startups without a record that raise seed money ask for accelerators.
    #[value(name = "C")]
    Accelerators,
}

#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// Folder with `rounds.csv.gz`, `investments.csv.gz`, `startups_world_nc.csv.gz`, `investors.csv.gz` and `windows`.
    #[arg(long)]
    pub(crate) bench: PathBuf,
    /// Name of a folder in `windows`.
    #[arg(long)]
    pub(crate) window: String,
    /// What is ranked: A startups ask for investors, B investors for startups, C seed startups for accelerators.
    #[arg(long, value_enum)]
    pub(crate) task: Task,
    /// The scorecard. Without one, a card is learned from what lies before the window.
    #[arg(long)]
    pub(crate) card: Option<PathBuf>,
    /// Points that an investor loses for each half step of the logarithm of how often it would have been listed for the
    /// half-year before, over an even share; it gains as many below. In place of the card's own price on exposure.
    #[arg(long, value_name = "POINTS", allow_negative_numbers = true)]
    pub(crate) price: Option<i32>,
    /// A factor that is left out: all its levels are worth what nothing known is. May be given several times.
    #[arg(long, value_name = "FACTOR")]
    pub(crate) without: Vec<String>,
    /// Write the run: `round_id,investor_id,score`, the score being the points, best first.
    #[arg(long)]
    pub(crate) run: Option<PathBuf>,
    /// Write the run as TREC reads it.
    #[arg(long)]
    pub(crate) trec: Option<PathBuf>,
}

/// Ranks the window and tells how well.
pub(crate) fn run(args: &EvaluateArgs) -> anyhow::Result<String> {
    let bench = Bench::open(&args.bench)?;
    let window = bench.window(&args.window)?;
    let card = match &args.card {
        Some(path) => scorecard::read(path)?,
        None => learn::learned(&bench.history, window.opens, learn::SEED)?.card,
    };
    let card = match args.price {
        Some(points) => card
            .with_exposure_price(points)
            .with_context(|| format!("--price {points} leaves the range of a card's cells"))?,
        None => card,
    };
    let card = args.without.iter().try_fold(card, |card, factor| {
        let without = card.without(factor);
        without.with_context(|| format!("--without: there is no factor `{factor}`"))
    })?;
    let mut market = bench.history.market(
        window.opens,
        window.queries.iter().map(|query| &query.raised),
    );
    if card.prices_exposure() {
        market = market.with_exposure(&exposure(&bench.history, &card, &window, args.task));
    }
    let points = Points::of(&market, &card, &window, args.task);
    let ranked = points.run(&window, args.task);
    if let Some(path) = &args.run {
        write(path, &run_file(&ranked, &window))?;
    }
    if let Some(path) = &args.trec {
        write(path, &trec_file(&ranked, &window, args.task))?;
    }
    let mut report = match args.task {
        Task::Investors => report::investors(&points, &window),
        Task::Startups => report::startups(&points, &window),
        Task::Accelerators => report::accelerators(&points, &window),
    };
    if args.task == Task::Investors && card.is_calibrated() {
        report.push_str(&calibration::report(&points, &bench, &window));
    }
    Ok(report)
}

/// How often the candidates would have been listed for those who raised in the half-year before the window, by what is
/// known when it opens. Startups have no exposure: investors ask for those that raise now.
fn exposure(
    history: &History,
    card: &Card,
    window: &Window,
    task: Task,
) -> HashMap<OrganisationId, u8> {
    let kind = match task {
        Task::Investors => Kind::Investor,
        Task::Accelerators => Kind::Incubator,
        Task::Startups => return HashMap::new(),
    };
    let before = history.trials(window.opens, 1);
    let asked = || before.iter().flat_map(|trial| &trial.asked);
    let market = history.market(window.opens, asked().map(|asked| &asked.raised));
    let members = window
        .candidates
        .iter()
        .map(|one| one.organisation)
        .collect();
    let programme = open_programme();
    let asks = asked().map(|asked| question(asked.raised.startup, kind, &programme, &members));
    Exposure::of(&market, card, asks).levels()
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

/// The points of every query (row) with every candidate (column).
struct Points {
    width: usize,
    points: Vec<i32>,
}

impl Points {
    fn of(market: &Market, card: &Card, window: &Window, task: Task) -> Points {
        let width = window.candidates.len();
        let mut points = Points {
            width,
            points: vec![UNLISTED; width * window.queries.len()],
        };
        match task {
            Task::Investors => points.ask_for(Kind::Investor, market, card, window),
            Task::Accelerators => points.ask_for(Kind::Incubator, market, card, window),
            Task::Startups => points.ask_for_startups(market, card, window),
        }
        for (number, query) in window.queries.iter().enumerate() {
            for &place in &query.prior {
                points.points[number * width + place] = EXCLUDED;
            }
        }
        points
    }

    fn ask_for(&mut self, kind: Kind, market: &Market, card: &Card, window: &Window) {
        let places: HashMap<OrganisationId, usize> = (0..)
            .zip(&window.candidates)
            .map(|(place, candidate)| (candidate.organisation, place))
            .collect();
        let members: HashSet<OrganisationId> = places.keys().copied().collect();
        let programme = open_programme();
        for (number, query) in window.queries.iter().enumerate() {
            let ask = question(query.raised.startup, kind, &programme, &members);
            for found in rank(market, card, &ask, None, self.width) {
                self.points[number * self.width + places[&found.organisation]] = found.points;
            }
        }
    }

    fn ask_for_startups(&mut self, market: &Market, card: &Card, window: &Window) {
        let numbers: HashMap<OrganisationId, usize> = (0..)
            .zip(&window.queries)
            .map(|(number, query)| (query.raised.startup, number))
            .collect();
        let members: HashSet<OrganisationId> = numbers.keys().copied().collect();
        let programme = open_programme();
        for (place, candidate) in window.candidates.iter().enumerate() {
            let ask = question(candidate.organisation, Kind::Startup, &programme, &members);
            for found in rank(market, card, &ask, None, window.queries.len()) {
                self.points[numbers[&found.organisation] * self.width + place] = found.points;
            }
        }
    }

    fn row(&self, query: usize) -> &[i32] {
        &self.points[query * self.width..][..self.width]
    }

    fn column(&self, place: usize) -> Vec<i32> {
        self.points
            .iter()
            .skip(place)
            .step_by(self.width)
            .copied()
            .collect()
    }

    /// The same, in which nobody is offered `excluded`.
    fn without(&self, excluded: &[usize]) -> Points {
        let mut points = self.points.clone();
        for row in points.chunks_mut(self.width) {
            for &place in excluded {
                row[place] = EXCLUDED;
            }
        }
        Points {
            width: self.width,
            points,
        }
    }

    /// The pairs that are ranked, best first: by investor for startups, by round else.
    fn run(&self, window: &Window, task: Task) -> Vec<Ranked> {
        let by_investor = task == Task::Startups;
        let lists = if by_investor {
            self.width
        } else {
            window.queries.len()
        };
        let mut ranked = Vec::new();
        for list in 0..lists {
            let points = if by_investor {
                self.column(list)
            } else {
                self.row(list).to_vec()
            };
            let best = best(&points, RUN_DEPTH).into_iter();
            let listed = best.filter(|&other| points[other] > UNLISTED);
            ranked.extend(listed.map(|other| {
                let (query, place) = if by_investor {
                    (other, list)
                } else {
                    (list, other)
                };
                Ranked {
                    list,
                    query,
                    place,
                    points: points[other],
                }
            }));
        }
        ranked
    }
}

/// A pair of a run.
struct Ranked {
    list: usize,
    query: usize,
    place: usize,
    points: i32,
}

fn run_file(ranked: &[Ranked], window: &Window) -> String {
    let mut text = "round_id,investor_id,score\n".to_owned();
    for pair in ranked {
        let (round, investor) = names(pair, window);
        let _ = writeln!(text, "{round},{investor},{}", pair.points);
    }
    text
}

/// Question, Q0, document, rank, score, name of the run; what TREC's tools read.
fn trec_file(ranked: &[Ranked], window: &Window, task: Task) -> String {
    let mut text = String::new();
    let (mut list, mut rank) = (usize::MAX, 0);
    for pair in ranked {
        rank = if pair.list == list { rank + 1 } else { 1 };
        list = pair.list;
        let (round, investor) = names(pair, window);
        let (topic, document) = match task {
            Task::Startups => (investor, round),
            Task::Investors | Task::Accelerators => (round, investor),
        };
        let _ = writeln!(text, "{topic} Q0 {document} {rank} {} nakodo", pair.points);
    }
    text
}

fn names<'a>(pair: &Ranked, window: &'a Window) -> (&'a str, &'a str) {
    (
        &window.queries[pair.query].round_id,
        &window.candidates[pair.place].investor_id,
    )
}

/// The places of the `most` highest points, best first, of equal ones the first.
fn best(points: &[i32], most: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by_key(|&place| (Reverse(points[place]), place));
    order.truncate(most);
    order
}

fn question<'a>(
    asker: OrganisationId,
    kind: Kind,
    programme: &'a Programme,
    members: &'a HashSet<OrganisationId>,
) -> Ask<'a> {
    static NOBODY: LazyLock<HashSet<OrganisationId>> = LazyLock::new(HashSet::new);
    Ask {
        asker,
        kind,
        mandate: None,
        purpose: None,
        table: programme,
        members: Some(members),
        cooling: &NOBODY,
        among: Among::Strangers,
    }
}
