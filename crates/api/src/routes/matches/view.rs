//! How a match is shown.

use domain::{Language, MandateId};
use jiff::civil::Date;
use scoring::{Band, Card, Contribution, Explanation, KeptOff, Match, Speaks};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{live::Snapshot, routes::me::OrganisationRef};

/// A part of a match's points.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ContributionView {
    /// The factor.
    factor: String,
    /// Its level.
    level: u8,
    /// The level's name on the scorecard.
    level_name: String,
    /// What the level is worth; the parts add up to the match's points.
    points: i32,
    /// Whether it speaks `for` or `against` the pair: whether it gives more or less than if nothing were known.
    #[schema(value_type = String, pattern = "^(for|against|neither)$")]
    speaks: Speaks,
    /// The reason's code.
    code: String,
    /// What the reason was found in; a member that is not known is left out, `own` where the record or round is the
    /// other side's.
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schema(value_type = Option<Object>)]
    evidence: Value,
    /// The reason in one sentence of the reader's language.
    text: String,
}

impl ContributionView {
    /// The parts that have points or speak for or against, labels of which the same is said together.
    pub(crate) fn telling(explained: &Explanation, language: Language) -> Vec<ContributionView> {
        let parts = explained.telling();
        parts
            .iter()
            .map(|part| ContributionView::of(part, language))
            .collect()
    }

    /// Every part.
    fn whole(explained: &Explanation, language: Language) -> Vec<ContributionView> {
        let parts = explained.contributions.iter();
        parts
            .map(|part| ContributionView::of(part, language))
            .collect()
    }

    fn of(part: &Contribution, language: Language) -> ContributionView {
        ContributionView {
            factor: part.factor.to_string(),
            level: part.level,
            level_name: part.level_name.to_string(),
            points: part.points,
            speaks: part.speaks(),
            code: part.code.to_string(),
            evidence: known(&part.evidence),
            text: part.text(language),
        }
    }
}

/// The members of evidence that say something; null for none.
fn known(evidence: &Value) -> Value {
    let Value::Object(members) = evidence else {
        return evidence.clone();
    };
    let says = |value: &Value| !matches!(value, Value::Null | Value::Bool(false));
    let said = members
        .iter()
        .map(|(name, value)| (name.clone(), known(value)));
    let said: serde_json::Map<_, _> = said.filter(|(_, value)| says(value)).collect();
    if said.is_empty() {
        Value::Null
    } else {
        Value::Object(said)
    }
}

/// A band, and what it means under the scorecard.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct BandView {
    /// `strong`, `good` or `possible`.
    #[schema(value_type = String, pattern = "^(strong|good|possible)$")]
    pub(crate) band: Band,
    /// What it means, in the reader's language.
    pub(crate) meaning: String,
}

impl BandView {
    pub(crate) fn of(band: Band, card: &Card, language: Language) -> BandView {
        BandView {
            band,
            meaning: band.meaning(card, language),
        }
    }

    /// Every band, the best first.
    pub(super) fn all(card: &Card, language: Language) -> Vec<BandView> {
        let bands = Band::ALL.into_iter();
        bands
            .map(|band| BandView::of(band, card, language))
            .collect()
    }
}

/// How much is told of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// The parts that have points or speak for or against, labels of which the same is said together: they add up too.
    Telling,
    /// Every factor, also those that are worth nothing.
    Whole,
}

/// A scored pair.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MatchView {
    /// The counterpart.
    organisation: OrganisationRef,
    /// How well the two fit; `bands` say what it means.
    #[schema(value_type = String, pattern = "^(strong|good|possible)$")]
    band: Band,
    /// 1 / (1 + exp(−points / 1000)): between 0 and 1. No probability unless the card is calibrated.
    score: f64,
    /// The sum of the contributions: what the list is ordered by. Equal points go to the lower tie key of the
    /// counterpart, a number drawn at random when it was registered, then to the lower id.
    points: i32,
    /// The mandate of the organisation that it fits best.
    #[serde(skip_serializing_if = "Option::is_none")]
    my_mandate: Option<MandateId>,
    /// The mandate of the counterpart that it fits best.
    #[serde(skip_serializing_if = "Option::is_none")]
    their_mandate: Option<MandateId>,
    /// What the points are made of, the loudest first: what gives more or less than if nothing were known, then the rest.
    /// A list leaves out what is worth nothing, and labels of which the same is said stand in one part, whose evidence has
    /// a list for the label.
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
    /// What the bands mean under the scorecard.
    pub(super) bands: Vec<BandView>,
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
        detail: Detail,
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
            band: explained.band,
            score: scoring::score(points),
            points,
            my_mandate,
            their_mandate,
            contributions: match detail {
                Detail::Telling => ContributionView::telling(explained, language),
                Detail::Whole => ContributionView::whole(explained, language),
            },
        })
    }
}
