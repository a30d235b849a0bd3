//! `nakodo match-all`: the best counterparts of everybody who may ask, in one file.
//!
//! What a run has found stays in `FILE.part` when it breaks off. A run with the same question goes on from there, and
//! its file is, byte by byte, that of a run that never broke off.

mod part;
#[cfg(test)]
mod tests;

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
};

use anyhow::{Context, bail};
use api::live::Snapshot;
use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use domain::{Kind, OrganisationId, Programme};
use indicatif::{ProgressBar, ProgressStyle};
use scoring::score;
use store::programmes::Stored;

use crate::config::Database;
use part::{Part, Question};

/// Organisations whose lists are made at once, on one thread: less than a second of work, some hundred kilobytes of rows.
const BLOCK: usize = 256;

#[derive(Debug, Args)]
pub(crate) struct MatchAll {
    /// What the counterparts act as.
    #[arg(long, value_parser = kinds())]
    pub(crate) kind: Kind,
    /// Counterparts of each organisation at most.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) k: u16,
    /// The programme whose organisations ask, by id or short name: its members, its rules, its card.
    #[arg(long, default_value = Programme::HUB)]
    pub(crate) programme: String,
    /// File for the lists, CSV in UTF-8: `asker,rank,organisation,points,score`, by the asker's id, best first. Until it
    /// is whole it is FILE.part, with its question in FILE.part.json.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Replace the file if it is there already.
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) database: Database,
}

/// Every kind, by its code.
fn kinds() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new(Kind::ALL.map(Kind::code))
        .map(|code| Kind::from_code(&code).expect("it is one of the codes"))
}

/// Makes every list of today, and tells how many.
pub(crate) fn run(wanted: &MatchAll) -> anyhow::Result<String> {
    check_file(&wanted.out, wanted.force)?;
    let store = wanted.database.open()?;
    let now = api::Clock::Machine.now();
    let snapshot = store.read(|conn| Snapshot::read(conn, now))?.indexed();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    match_all(wanted, &snapshot, (BLOCK, threads))
}

fn check_file(out: &Path, force: bool) -> anyhow::Result<()> {
    let shown = out.display();
    let ending = out.extension().unwrap_or_default();
    if ending.eq_ignore_ascii_case("parquet") {
        bail!("{shown}: lists are written as CSV alone; name a file that ends otherwise");
    }
    if out.is_dir() {
        bail!("{shown} is a folder");
    }
    if !force && out.exists() {
        bail!("{shown} is there already; --force replaces it");
    }
    Ok(())
}

fn match_all(
    wanted: &MatchAll,
    snapshot: &Snapshot,
    (block, threads): (usize, usize),
) -> anyhow::Result<String> {
    let lists = Lists {
        snapshot,
        programme: programme(snapshot, &wanted.programme)?,
        kind: wanted.kind,
        k: wanted.k,
    };
    let askers = snapshot.askers(lists.programme, wanted.kind);
    let (mut part, done) = Part::begin(&wanted.out, &lists.question(), &askers)?;
    let bar = bar(askers.len(), done)?;
    let left: Vec<&[OrganisationId]> = askers[done..].chunks(block).collect();
    in_order(
        &left,
        threads,
        |askers| (askers.len(), lists.rows(askers)),
        |(lists, rows)| {
            part.append(&rows)?;
            bar.inc(lists as u64);
            Ok(())
        },
    )?;
    bar.finish_and_clear();
    let rows = part.finish()?;
    let hash = snapshot.card(lists.programme).hash();
    let (kind, code) = (wanted.kind.code(), &lists.programme.code);
    Ok(format!(
        "{}\n{rows} rows: the best {} as {kind} for each of {} organisations in {code}\nscorecard {hash}\nas of {}\n",
        wanted.out.display(),
        wanted.k,
        askers.len(),
        snapshot.as_of(),
    ))
}

fn programme<'a>(snapshot: &'a Snapshot, named: &str) -> anyhow::Result<&'a Stored> {
    let is_named = |stored: &&Stored| stored.code == named || stored.id.to_string() == named;
    let found = snapshot.programmes().iter().find(is_named);
    found.with_context(|| format!("there is no programme `{named}`"))
}

/// The lists that are made.
struct Lists<'a> {
    snapshot: &'a Snapshot,
    programme: &'a Stored,
    kind: Kind,
    k: u16,
}

impl Lists<'_> {
    fn question(&self) -> Question {
        Question {
            nakodo: env!("CARGO_PKG_VERSION").to_owned(),
            kind: self.kind,
            k: self.k,
            programme: self.programme.id,
            scorecard: self.snapshot.card(self.programme).hash().to_owned(),
            as_of: self.snapshot.as_of(),
            statistics: self.snapshot.market().statistics().hash().to_owned(),
            hub: self.snapshot.lists_hash(self.programme),
        }
    }

    /// The rows of some askers. The score has six decimals; the order is that of the points.
    fn rows(&self, askers: &[OrganisationId]) -> String {
        let mut rows = String::new();
        for &asker in askers {
            let list = self
                .snapshot
                .list(self.programme, (asker, self.kind), self.k.into());
            for (rank, found) in (1..).zip(list) {
                let (organisation, points) = (found.organisation, found.points);
                let score = score(points);
                let _ = writeln!(rows, "{asker},{rank},{organisation},{points},{score:.6}");
            }
        }
        rows
    }
}

/// A bar on the standard error, by organisations; nothing where that is no terminal.
fn bar(askers: usize, done: usize) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} (ETA {eta})")
        .context("the template of the bar is valid")?;
    let bar = ProgressBar::new(askers as u64).with_style(style);
    bar.set_position(done as u64);
    bar.reset_eta();
    Ok(bar)
}

/// Does the work of every block on all threads, and hands on what came of it in the order of the blocks. Each thread
/// keeps one result at most: who is ahead waits.
fn in_order<B: Copy + Sync, T: Send>(
    blocks: &[B],
    threads: usize,
    work: impl Fn(B) -> T + Sync,
    mut take: impl FnMut(T) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    thread::scope(|scope| {
        let begin = |first: usize| {
            let (send, receive) = mpsc::sync_channel(0);
            let work = &work;
            scope.spawn(move || {
                let mine = blocks.iter().skip(first).step_by(threads);
                // Nobody takes any more after an error: the rest is left.
                let _ = mine
                    .map(|&block| work(block))
                    .try_for_each(|came| send.send(came));
            });
            receive
        };
        let threads: Vec<_> = (0..threads).map(begin).collect();
        for (_, thread) in blocks.iter().zip(threads.iter().cycle()) {
            // A thread that ends early has panicked, which the scope passes on.
            let Ok(came) = thread.recv() else { break };
            take(came)?;
        }
        Ok(())
    })
}
