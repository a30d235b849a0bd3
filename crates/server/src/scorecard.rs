//! `nakodo scorecard`: a card as people read it, whether it is in order, what another pays otherwise, and putting it in
//! force.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context;
use api::scorecards::{self, InForce};
use clap::{Args, Subcommand};
use domain::{Line, Noun, Programme};
use jiff::Timestamp;
use scoring::Card;
use store::{StoreError, programmes, scorecards::Put};

use crate::config::Database;

#[derive(Debug, Subcommand)]
pub(crate) enum Scorecard {
    /// Print a card: the one that a hub starts with, or a file.
    Show {
        /// File with a card.
        card: Option<PathBuf>,
    },
    /// Say whether a card is in order: its name and content hash, or what is wrong and on which line.
    Check {
        /// File with a card.
        card: PathBuf,
    },
    /// Print each cell that the second card pays otherwise than the first.
    Diff {
        /// File with the first card.
        before: PathBuf,
        /// File with the second.
        after: PathBuf,
    },
    /// Put a card in force in the database, for the hub or for one programme. The one before stays kept.
    ///
    /// Servers that run meanwhile rank by it within a second. The audit log names it as done from the command line.
    Activate(Activate),
}

#[derive(Debug, Args)]
pub(crate) struct Activate {
    /// File with the card.
    pub(crate) card: PathBuf,
    /// The programme, by id or short name.
    #[arg(long, default_value = Programme::HUB)]
    pub(crate) programme: String,
    /// Why, for those who look at the history.
    #[arg(long)]
    pub(crate) note: Option<Line<300>>,
    #[command(flatten)]
    pub(crate) database: Database,
}

/// What was asked for.
pub(crate) fn run(command: &Scorecard) -> anyhow::Result<String> {
    match command {
        Scorecard::Show { card: None } => Ok(Card::DEFAULT_TEXT.to_owned()),
        Scorecard::Show { card: Some(path) } => {
            read(path)?;
            text(path)
        }
        Scorecard::Check { card } => {
            let card = read(card)?;
            let event = card.predicts().map_or_else(
                || "made by hand: its score is no probability".to_owned(),
                |event| format!("calibrated: its score is the probability that {event}"),
            );
            Ok(format!("{}\n{}\n{event}\n", card.name(), card.hash()))
        }
        Scorecard::Diff { before, after } => {
            let (before, after) = (read(before)?, read(after)?);
            let mut lines = String::new();
            for difference in before.differences(&after) {
                let _ = writeln!(lines, "{difference}");
            }
            Ok(lines)
        }
        Scorecard::Activate(wanted) => activate(wanted, api::Clock::Machine.now()),
    }
}

fn activate(wanted: &Activate, now: Timestamp) -> anyhow::Result<String> {
    let text = text(&wanted.card)?;
    let card = scorecards::read(&text).with_context(|| wanted.card.display().to_string())?;
    let note = wanted.note.as_ref().map(ToString::to_string);
    let put = Put {
        hash: card.hash().to_owned(),
        text,
        note: note.clone(),
        by: None,
        at: now,
    };
    let store = wanted.database.open()?;
    let (code, number) = store.write(|conn| {
        let known = programmes::list(conn)?.into_iter();
        let named = |stored: &programmes::Stored| {
            stored.code == wanted.programme || stored.id.to_string() == wanted.programme
        };
        let programme = known
            .into_iter()
            .find(named)
            .ok_or(StoreError::NotFound(Noun::Programme))?;
        scorecards::put(conn, &put, api::uuid_at(now))?;
        let in_force = InForce {
            hash: Some(put.hash.clone()),
            note,
            by: None,
        };
        let activation = scorecards::activate(conn, programme.id, in_force, now)?;
        Ok::<_, StoreError>((programme.code, activation.number))
    })?;
    let hash = card.hash();
    let name = card.name();
    Ok(format!(
        "{name}\n{hash}\nin force for {code}, number {number}\n"
    ))
}

/// The card in a file.
pub(crate) fn read(path: &Path) -> anyhow::Result<Card> {
    Card::parse(&text(path)?).with_context(|| path.display().to_string())
}

fn text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    /// A folder with the card a hub starts with, and one that pays one cell otherwise.
    fn cards() -> (TempDir, PathBuf, PathBuf) {
        let folder = TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name);
        let other = Card::DEFAULT_TEXT.replacen("\"pair\": 0", "\"pair\": -250", 1);
        std::fs::write(path("a.json"), Card::DEFAULT_TEXT).unwrap();
        std::fs::write(path("b.json"), other).unwrap();
        let (a, b) = (path("a.json"), path("b.json"));
        (folder, a, b)
    }

    #[test]
    fn two_cards_are_compared_cell_by_cell() {
        let (_folder, before, after) = cards();

        let same = run(&Scorecard::Diff {
            before: before.clone(),
            after: before.clone(),
        })
        .unwrap();
        let other = run(&Scorecard::Diff { before, after }).unwrap();

        assert_eq!(same, "");
        assert_eq!(other.lines().next(), Some("default: base pair: 0 -> -250"));
        assert!(
            other.contains("startup asks for investor: base pair: 0 -> -250"),
            "{other}"
        );
    }

    #[test]
    fn a_card_that_is_in_order_tells_its_hash_and_another_its_line() {
        let (folder, card, _) = cards();
        let bad = folder.path().join("bad.json");
        std::fs::write(
            &bad,
            Card::DEFAULT_TEXT.replacen("\"base\"", "\"basis\"", 1),
        )
        .unwrap();

        let told = run(&Scorecard::Check { card: card.clone() }).unwrap();
        let refused = run(&Scorecard::Check { card: bad }).unwrap_err();

        assert!(told.contains(Card::default_card().hash()) && told.contains("no probability"));
        assert!(
            format!("{refused:#}").contains("no factor `basis` at line"),
            "{refused:#}"
        );
        assert_eq!(
            run(&Scorecard::Show { card: Some(card) }).unwrap(),
            Card::DEFAULT_TEXT
        );
        assert_eq!(
            run(&Scorecard::Show { card: None }).unwrap(),
            Card::DEFAULT_TEXT
        );
    }
}
