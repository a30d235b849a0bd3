//! How a match is shown.

use domain::{Language, MandateId};
use jiff::civil::Date;
use scoring::{Contribution, Explanation, KeptOff, Match};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{live::Snapshot, routes::me::OrganisationRef};

/// A part of a match's points.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ContributionView {
    /// The factor.
    factor: String,
    /// Its level, by number and name.
    level: u8,
    /// The level's name on the scorecard.
    level_name: String,
    /// What the level is worth; the parts add up to the match's points.
    points: i32,
    /// The reason's code.
    code: String,
    /// What the reason was found in.
    #[schema(value_type = Object)]
    evidence: Value,
    /// The reason in one sentence of the reader's language.
    text: String,
}

impl ContributionView {
    pub(crate) fn of(part: &Contribution, language: Language) -> ContributionView {
        ContributionView {
            factor: part.factor.to_string(),
            level: part.level,
            level_name: part.level_name.to_string(),
            points: part.points,
            code: part.code.to_string(),
            evidence: part.evidence.clone(),
            text: part.text(language),
        }
    }
}

/// A scored pair.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MatchView {
    /// The counterpart.
    organisation: OrganisationRef,
    /// 1 / (1 + exp(−points / 1000)): between 0 and 1. No probability unless the card is calibrated.
    score: f64,
    /// The sum of the contributions: what the list is ordered by. Equal points go to the lower tie key of the
    /// counterpart, a number drawn at random when it was registered, then to the lower id.
    points: i32,
    /// The mandate of the organisation that it fits best.
    my_mandate: Option<MandateId>,
    /// The mandate of the counterpart that it fits best.
    their_mandate: Option<MandateId>,
    /// What the points are made of.
    contributions: Vec<ContributionView>,
}

/// What keeps a pair off the list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeptOffView {
    /// The rule.
    pub(crate) code: &'static str,
    /// The rule in one sentence of the reader's language.
    pub(crate) text: String,
}

impl KeptOffView {
    pub(crate) fn of(rule: KeptOff, language: Language) -> KeptOffView {
        KeptOffView {
            code: rule.code(),
            text: rule.text(language),
        }
    }
}

/// A page of a match list, or one pair.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MatchList {
    /// The matches, best first.
    pub(super) items: Vec<MatchView>,
    /// What keeps the pair off the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kept_off: Option<KeptOffView>,
    /// Content hash of the scorecard.
    pub(super) scorecard: String,
    /// Content hash of the statistics.
    pub(super) statistics: String,
    /// The day as of which records count.
    pub(super) as_of: Date,
    /// The list changed since the page before was made; it goes on from the same place.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) snapshot_changed: bool,
    /// For the next page; null on the last.
    pub(super) next_cursor: Option<String>,
}

impl MatchView {
    pub(crate) fn of(
        snapshot: &Snapshot,
        explained: &Explanation,
        language: Language,
    ) -> Option<MatchView> {
        let Match {
            organisation,
            points,
            my_mandate,
            their_mandate,
            ..
        } = explained.matched;
        Some(MatchView {
            organisation: OrganisationRef::of(snapshot, organisation, language)?,
            score: scoring::score(points),
            points,
            my_mandate,
            their_mandate,
            contributions: explained
                .contributions
                .iter()
                .map(|part| ContributionView::of(part, language))
                .collect(),
        })
    }
}
