//! How a match is shown.

use std::borrow::Cow;

use domain::{Language, MandateId};
use jiff::civil::Date;
use scoring::{Band, Card, Contribution, Explanation, KeptOff, Match, Reason, Speaks};
use serde::{Serialize, Serializer};
use serde_json::Value;
use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};

use crate::{live::Snapshot, routes::me::OrganisationRef};

/// A part of a match's points, for a reader of one language.
#[derive(Clone, Debug)]
pub(crate) struct ContributionView {
    part: Contribution,
    language: Language,
}

impl ContributionView {
    /// Every part of an explanation.
    pub(crate) fn all(explained: Explanation, language: Language) -> Vec<ContributionView> {
        let parts = explained.contributions.into_iter();
        parts
            .map(|part| ContributionView { part, language })
            .collect()
    }
}

impl Serialize for ContributionView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Part::of(&self.part, self.language).serialize(serializer)
    }
}

impl utoipa::PartialSchema for ContributionView {
    fn schema() -> RefOr<Schema> {
        Part::schema()
    }
}

impl ToSchema for ContributionView {
    fn name() -> Cow<'static, str> {
        "ContributionView".into()
    }
}

/// A part of a match's points.
#[derive(Serialize, ToSchema)]
struct Part<'a> {
    /// The factor.
    factor: &'a str,
    /// Its level.
    level: u8,
    /// The level's name on the scorecard.
    level_name: &'a str,
    /// What the level is worth; the parts add up to the match's points.
    points: i32,
    /// Whether it speaks `for` or `against` the pair: whether it gives more or less than if nothing were known.
    #[schema(value_type = String, pattern = "^(for|against|neither)$")]
    speaks: Speaks,
    /// The reason's code.
    code: &'a str,
    /// What the reason was found in; a member that is not known is left out, `own` where the record or round is the
    /// other side's.
    #[serde(skip_serializing_if = "Known::is_nothing")]
    #[schema(value_type = Option<Object>)]
    evidence: Known<'a>,
    /// The reason in one sentence of the reader's language.
    #[serde(serialize_with = "written")]
    #[schema(value_type = String)]
    text: Reason<'a>,
}

impl Part<'_> {
    fn of(part: &Contribution, language: Language) -> Part<'_> {
        Part {
            factor: &part.factor,
            level: part.level,
            level_name: &part.level_name,
            points: part.points,
            speaks: part.speaks(),
            code: &part.code,
            evidence: Known(&part.evidence),
            text: part.text(language),
        }
    }
}

/// Writes a sentence straight into the answer.
fn written<S: Serializer>(text: &Reason<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(text)
}

/// Evidence without the members that say nothing.
struct Known<'a>(&'a Value);

impl Known<'_> {
    fn is_nothing(&self) -> bool {
        match self.0 {
            Value::Null | Value::Bool(false) => true,
            Value::Object(members) => members.values().all(|value| Known(value).is_nothing()),
            _ => false,
        }
    }
}

impl Serialize for Known<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Value::Object(members) = self.0 else {
            return self.0.serialize(serializer);
        };
        let known = members.iter().map(|(name, value)| (name, Known(value)));
        serializer.collect_map(known.filter(|(_, value)| !value.is_nothing()))
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
    /// With every part of the explanation.
    pub(crate) fn of(
        snapshot: &Snapshot,
        explained: Explanation,
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
            band: explained.band,
            score: scoring::score(points),
            points,
            my_mandate,
            their_mandate,
            contributions: ContributionView::all(explained, language),
        })
    }
}
