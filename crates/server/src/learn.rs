//! `nakodo learn`: a scorecard from what happened, in the hub or in a benchmark.

mod hub;

use std::{path::PathBuf, sync::Mutex, time::Duration};

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{civil::Date, tz::TimeZone};
use scoring::{History, Learned};

use crate::{config::Database, evaluate::bench::Bench};

/// What is drawn is drawn from this seed.
pub(crate) const SEED: u64 = 1;

#[derive(Debug, Args)]
pub(crate) struct LearnArgs {
    /// Folder of a ranking benchmark: `rounds.csv.gz`, `investments.csv.gz`, `startups_world_nc.csv.gz`,
    /// `investors.csv.gz`. [default: the introductions of the hub's own database]
    #[arg(long, requires = "before")]
    pub(crate) bench: Option<PathBuf>,
    /// Learn from what is dated before this day. Of a benchmark: six half-years, each judged by what lay before it.
    /// [default: today, for the hub's own database]
    #[arg(long)]
    pub(crate) before: Option<Date>,
    /// What is drawn is drawn from this seed: the same seed, the same card.
    #[arg(long, default_value_t = SEED)]
    pub(crate) seed: u64,
    /// Say too how a card learned without the last half-year ranks it, beside the one made by hand: twice the work.
    #[arg(long, requires = "bench")]
    pub(crate) held_out: bool,
    /// File for the card.
    #[arg(long)]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) database: Database,
}

/// Learns, writes the card, and tells how it came about.
pub(crate) fn run(args: &LearnArgs) -> anyhow::Result<String> {
    let now = api::Clock::Machine.now();
    let today = now.to_zoned(TimeZone::UTC).date();
    let before = args.before.unwrap_or(today);
    let mut held_out = String::new();
    let learned = match &args.bench {
        Some(folder) => {
            let history = Bench::open(folder)?.history;
            if args.held_out {
                held_out = with_bar(|progress| {
                    Ok(scoring::held_out(&history, before, args.seed, progress)?)
                })?;
            }
            learned(&history, before, args.seed)?
        }
        None => hub::learned(&args.database.open()?, before, args.seed, now)?,
    };
    std::fs::write(&args.out, &learned.text)
        .with_context(|| format!("{} cannot be written", args.out.display()))?;
    Ok(learned.report + &held_out)
}

/// The card that everything before `day` teaches, with a progress bar.
pub(crate) fn learned(history: &History, day: Date, seed: u64) -> anyhow::Result<Learned> {
    with_bar(|progress| Ok(scoring::learn(history, day, seed, progress)?))
}

/// Works with a progress bar.
fn with_bar<T>(
    work: impl FnOnce(&(dyn Fn(&str, f64) + Sync)) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let bar = ProgressBar::new(100);
    let style = ProgressStyle::with_template("{msg:34} {wide_bar} {elapsed}");
    bar.set_style(style.context("the template of the bar is valid")?);
    bar.enable_steady_tick(Duration::from_millis(200));
    let bar = Mutex::new(bar);
    let learned = work(&|what, share| {
        let bar = bar.lock().expect("no panic while held");
        bar.set_message(what.to_owned());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 100"
        )]
        bar.set_position((100.0 * share) as u64);
    })?;
    bar.lock().expect("no panic while held").finish_and_clear();
    Ok(learned)
}
