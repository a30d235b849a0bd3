//! How scorecards are shown.

use domain::{Kind, PersonId};
use jiff::Timestamp;
use scoring::{Card, Difference, Priced, PricedTable};
use serde::Serialize;
use store::scorecards::Put;
use utoipa::ToSchema;

/// A scorecard in one line.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScorecardLine {
    /// Content hash: its id.
    id: String,
    /// Its name; none where this version cannot read it.
    name: Option<String>,
    /// What it is for.
    note: Option<String>,
    /// Who put it here; nobody for the card that ships, and from the command line.
    put_by: Option<PersonId>,
    /// When.
    put_at: Timestamp,
}

impl ScorecardLine {
    pub(super) fn of(put: &Put) -> ScorecardLine {
        ScorecardLine {
            id: put.hash.clone(),
            name: Card::parse(&put.text)
                .ok()
                .map(|card| card.name().to_owned()),
            note: put.note.clone(),
            put_by: put.by,
            put_at: put.at,
        }
    }
}

/// A scorecard.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScorecardView {
    /// Content hash: its id.
    id: String,
    /// Its name.
    name: String,
    /// Whether its score is the probability of what it predicts.
    calibrated: bool,
    /// The event that it predicts.
    predicts: Option<String>,
    /// What it is for; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// Who put it here; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    put_by: Option<PersonId>,
    /// When; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    put_at: Option<Timestamp>,
    /// The default first, then what each pair of kinds pays otherwise.
    sections: Vec<SectionView>,
    /// The text as it was put here.
    text: String,
}

impl ScorecardView {
    pub(super) fn of(card: &Card, put: Option<&Put>, is_staff: bool) -> ScorecardView {
        let told = put.filter(|_| is_staff);
        ScorecardView {
            id: card.hash().to_owned(),
            name: card.name().to_owned(),
            calibrated: card.is_calibrated(),
            predicts: card.predicts().map(str::to_owned),
            note: told.and_then(|put| put.note.clone()),
            put_by: told.and_then(|put| put.by),
            put_at: told.map(|put| put.at),
            sections: card.sections().into_iter().map(SectionView::from).collect(),
            text: put.map_or(Card::DEFAULT_TEXT, |put| &put.text).to_owned(),
        }
    }
}

/// What a card pays between two kinds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SectionView {
    /// The kind that asks; none in the default.
    asker: Option<Kind>,
    /// The kind asked for; none in the default.
    counterpart: Option<Kind>,
    /// Every factor of the default; of a section, those that it pays otherwise.
    factors: Vec<FactorView>,
    /// Tables of two factors.
    tables: Vec<TableView>,
}

impl From<Priced> for SectionView {
    fn from(priced: Priced) -> SectionView {
        let factors = priced.factors.into_iter();
        SectionView {
            asker: priced.kinds.map(|(asker, _)| asker),
            counterpart: priced.kinds.map(|(_, counterpart)| counterpart),
            factors: factors
                .map(|(factor, levels)| FactorView {
                    factor,
                    levels: levels.into_iter().map(LevelView::from).collect(),
                })
                .collect(),
            tables: priced.tables.into_iter().map(TableView::from).collect(),
        }
    }
}

/// What the levels of a factor are worth.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FactorView {
    /// The factor.
    factor: &'static str,
    /// Its levels, from 0.
    levels: Vec<LevelView>,
}

/// What a level is worth.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LevelView {
    /// The level.
    level: &'static str,
    /// Thousandths of log-odds.
    points: i32,
}

impl From<(&'static str, i32)> for LevelView {
    fn from((level, points): (&'static str, i32)) -> LevelView {
        LevelView { level, points }
    }
}

/// What levels of two factors are worth together.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TableView {
    /// The two factors.
    factors: [&'static str; 2],
    /// The cells that are worth something.
    cells: Vec<CellView>,
}

impl From<PricedTable> for TableView {
    fn from(table: PricedTable) -> TableView {
        let cells = table.cells.into_iter();
        TableView {
            factors: table.factors,
            cells: cells
                .map(|(levels, points)| CellView { levels, points })
                .collect(),
        }
    }
}

/// A cell of a table.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CellView {
    /// A level of each factor.
    levels: [&'static str; 2],
    /// What they are worth.
    points: i32,
}

/// A cell in which two cards differ.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DifferenceView {
    /// `default`, or the kinds of asker and counterpart.
    section: String,
    /// The factor; two joined by ` × ` for a table.
    factor: String,
    /// The level; two joined by ` × ` for a table.
    level: String,
    /// Points on the card that it is compared with.
    before: i32,
    /// Points on this one.
    after: i32,
}

impl From<Difference> for DifferenceView {
    fn from(difference: Difference) -> DifferenceView {
        DifferenceView {
            section: difference.section,
            factor: difference.factor,
            level: difference.level,
            before: difference.before,
            after: difference.after,
        }
    }
}
