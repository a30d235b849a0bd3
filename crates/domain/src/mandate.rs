//! What an organisation looks for 希望条件・投資方針.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    BasisPoints, CapabilityCode, IndicationCode, Instrument, Kind, LanguageTag, Line, ModalityCode,
    MoneyRange, Purpose, RegionCode, SectorCode, StageCode,
};

/// One thing that an organisation looks for: "US lead", "GMP manufacturer".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mandate {
    /// Its name among the organisation's mandates.
    pub name: Line<120>,
    /// What for.
    pub purpose: Purpose,
    /// The kinds of counterpart that it is about; empty: any that the kind table allows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<Kind>,
    /// Switched off, it matches nothing.
    #[serde(default = "on")]
    pub active: bool,
    /// First day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// What the counterpart is to be like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub criteria: Vec<Criterion>,
    /// The terms on which an investor invests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<InvestorTerms>,
    /// Made from the organisation's record, since it states none itself.
    #[serde(default)]
    pub derived: bool,
}

fn on() -> bool {
    true
}

impl Mandate {
    /// Whether the mandate counts on `day`.
    pub fn counts_on(&self, day: Date) -> bool {
        self.active
            && self.from.is_none_or(|from| from <= day)
            && self.until.is_none_or(|until| day <= until)
    }

    /// Whether the mandate is about counterparts that act in one of `kinds`.
    pub fn is_about(&self, kinds: &[Kind]) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|kind| kinds.contains(kind))
    }
}

/// A condition on the counterpart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// How strongly it is meant.
    pub strength: Strength,
    /// A private criterion is shown to nobody and never scored; as `must` or `avoid` it only removes, without a reason.
    #[serde(default)]
    pub private: bool,
    /// The condition.
    pub on: Condition,
}

/// How strongly a criterion is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Who does not meet it is not listed.
    Must,
    /// Who meets it ranks higher.
    Prefer,
    /// Who meets it is not listed.
    Avoid,
}

/// The condition of a criterion; met by a counterpart with any of the labels, or with one below them in the tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(
    tag = "axis",
    content = "any_of",
    rename_all = "snake_case",
    deny_unknown_fields
)]
pub enum Condition {
    /// Industries.
    Sectors(Vec<SectorCode>),
    /// Modalities.
    Modalities(Vec<ModalityCode>),
    /// Indications.
    Indications(Vec<IndicationCode>),
    /// Stages of any ladder.
    Stages(Vec<StageCode>),
    /// Regions: home of the counterpart.
    Regions(Vec<RegionCode>),
    /// Capabilities that the counterpart offers.
    Offers(Vec<CapabilityCode>),
    /// Capabilities that the counterpart needs.
    Needs(Vec<CapabilityCode>),
    /// Languages in which the counterpart can meet.
    Languages(Vec<LanguageTag>),
}

/// The terms on which an investor invests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct InvestorTerms {
    /// The fund it invests from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fund: Option<Line<200>>,
    /// First year of the fund.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vintage: Option<i16>,
    /// Last day of new investments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployable_until: Option<Date>,
    /// Whether it is actively investing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actively_investing: Option<bool>,
    /// Range of the first cheque.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_cheque: Option<MoneyRange>,
    /// Share of the fund kept for later rounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserves: Option<BasisPoints>,
    /// Roles it takes in a round.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoundRole>,
    /// Ownership it aims at. Private: shown to own members and staff alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ownership: Option<OwnershipRange>,
    /// Whether it wants a seat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub board: Option<Board>,
    /// Instruments it buys.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub instruments: Vec<Instrument>,
    /// Countries whose entities it may invest in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entity_countries: Vec<RegionCode>,
    /// Whether it needs a co-lead on the spot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_co_lead_needed: Option<bool>,
    /// Why it invests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub intents: Vec<Intent>,
    /// Certified by AMED for its programme for drug-discovery ventures (認定VC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amed_certified: Option<bool>,
    /// Weeks from the first meeting to a decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_weeks: Option<u8>,
    /// Languages of its documents.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<LanguageTag>,
}

/// A role in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoundRole {
    /// Sets the terms.
    Lead,
    /// Sets them with another.
    CoLead,
    /// Joins.
    Follow,
}

/// A share of ownership, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "RawOwnership")]
pub struct OwnershipRange {
    /// Least, at most `max`.
    min: BasisPoints,
    /// Most.
    max: BasisPoints,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOwnership {
    min: BasisPoints,
    max: BasisPoints,
}

/// The ends are the wrong way round.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("min is greater than max")]
pub struct Reversed;

impl TryFrom<RawOwnership> for OwnershipRange {
    type Error = Reversed;
    fn try_from(raw: RawOwnership) -> Result<Self, Reversed> {
        OwnershipRange::new(raw.min, raw.max)
    }
}

impl OwnershipRange {
    /// From `min` to `max`.
    ///
    /// # Errors
    /// [`Reversed`] if `max` is less than `min`.
    pub fn new(min: BasisPoints, max: BasisPoints) -> Result<OwnershipRange, Reversed> {
        if max < min {
            return Err(Reversed);
        }
        Ok(OwnershipRange { min, max })
    }

    /// The lower end.
    pub const fn min(self) -> BasisPoints {
        self.min
    }

    /// The upper end.
    pub const fn max(self) -> BasisPoints {
        self.max
    }
}

/// A place at the board's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Board {
    /// Wants a seat.
    Seat,
    /// Wants to observe.
    Observer,
    /// Wants neither.
    None,
}

/// Why an investor invests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// For its own business.
    Strategic,
    /// For the return.
    Financial,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mandate(period: &str) -> Mandate {
        let json = format!(r#"{{"name": "US lead", "purpose": "fundraising"{period}}}"#);
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn a_mandate_counts_from_its_first_day_to_its_last() {
        let spring = mandate(r#", "from": "2026-03-01", "until": "2026-05-31""#);
        let counts = |day: &str| spring.counts_on(day.parse().unwrap());

        assert!(counts("2026-03-01") && counts("2026-05-31"));
        assert!(!counts("2026-02-28") && !counts("2026-06-01"));
        let off = mandate(r#", "active": false"#);
        assert!(!off.counts_on("2026-03-01".parse().unwrap()));
    }

    #[test]
    fn a_share_of_ownership_the_wrong_way_round_is_refused() {
        let range = |json| serde_json::from_str::<OwnershipRange>(json);

        assert!(range(r#"{"min": 1000, "max": 1000}"#).is_ok());
        let refused = range(r#"{"min": 2000, "max": 1000}"#).unwrap_err();
        assert!(refused.to_string().contains("min is greater than max"));
        assert!(range(r#"{"min": 0, "max": 10001}"#).is_err());
    }
}
