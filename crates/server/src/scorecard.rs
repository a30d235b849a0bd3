//! `nakodo scorecard`: a card as people read it, whether it is in order, and what another pays otherwise.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Subcommand;
use scoring::Card;

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
    }
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
