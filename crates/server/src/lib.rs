//! The `nakodo` program as a library: what `main` calls, and the reader of ranking benchmarks that measurements share with it.

mod audit;
mod config;
mod demo;
mod evaluate;
mod foundation;
mod import;
mod key;
mod learn;
mod match_all;
mod outgoing;
mod scorecard;
mod serve;

use std::process::ExitCode;

use clap::Parser;

use config::{Command, Nakodo};

pub use evaluate::bench::Bench;

/// Does what the arguments of the process say.
pub fn main() -> ExitCode {
    match run(Nakodo::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("nakodo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(nakodo: Nakodo) -> anyhow::Result<()> {
    domain::taxonomy::check()?;
    domain::office::check()?;
    domain::consent::check()?;
    match nakodo.command {
        Command::Serve(serve) => serve::run(&serve),
        Command::Import(import) => {
            let store = import.database.open()?;
            let report = import::run(&import.files, &store, api::Clock::Machine.now())?;
            print(&report.print(import.files.format)?)
        }
        Command::Audit(audit) => audit::run(&audit),
        Command::Evaluate(evaluate) => print(&evaluate::run(&evaluate)?),
        Command::Learn(learn) => print(&learn::run(&learn)?),
        Command::MatchAll(wanted) => print(&match_all::run(&wanted)?),
        Command::Scorecard(command) => print(&scorecard::run(&command)?),
        Command::Openapi => print(&format!("{}\n", api::contract().to_pretty_json()?)),
        Command::SigningKey => print(&api::auth::keys::SigningKeys::generate_pem()),
    }
}

/// Prints what the command was asked for.
fn print(text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}
