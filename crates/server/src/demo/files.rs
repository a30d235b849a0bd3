//! The shapes of the files in `demo/`.

use anyhow::Context;
use domain::{
    AffiliationKind, AmountTier, Asset, Attendance, BlockList, Contacts, EmailAddress, Kind,
    Language, Line, Mandate, Money, Name, OutcomeKind, PlaceKind, Profile, Prose, Purpose, Reason,
    Role, Round, StageCode, Step, Visibility,
    schedule::{DayTime, Zone},
};
use jiff::civil::{Date, Time};
use serde::{Deserialize, de::DeserializeOwned};

/// All files.
pub(super) struct Files {
    pub(super) organisations: Vec<Organisation>,
    pub(super) programmes: Vec<Programme>,
    pub(super) people: Vec<Person>,
    pub(super) affiliations: Vec<Affiliation>,
    pub(super) investments: Vec<Investment>,
    pub(super) requests: Vec<Request>,
}

impl Files {
    pub(super) fn read() -> anyhow::Result<Files> {
        Ok(Files {
            organisations: read(
                "organisations",
                include_str!("../../demo/organisations.json"),
            )?,
            programmes: read("programmes", include_str!("../../demo/programmes.json"))?,
            people: read("people", include_str!("../../demo/people.json"))?,
            affiliations: read("affiliations", include_str!("../../demo/affiliations.json"))?,
            investments: read("investments", include_str!("../../demo/investments.json"))?,
            requests: read("requests", include_str!("../../demo/requests.json"))?,
        })
    }
}

fn read<T: DeserializeOwned>(name: &str, text: &str) -> anyhow::Result<T> {
    serde_json::from_str(text).with_context(|| format!("demo/{name}.json"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Organisation {
    pub(super) external_id: String,
    pub(super) kind: Kind,
    pub(super) profile: Profile,
    pub(super) contacts: Option<Contacts>,
    pub(super) visibility: Option<Visibility>,
    pub(super) block_list: Option<BlockList>,
    #[serde(default)]
    pub(super) assets: Vec<OwnedAsset>,
    #[serde(default)]
    pub(super) rounds: Vec<OwnedRound>,
    #[serde(default)]
    pub(super) mandates: Vec<OwnedMandate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnedAsset {
    pub(super) external_id: String,
    pub(super) asset: Asset,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnedRound {
    pub(super) external_id: String,
    pub(super) round: Round,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnedMandate {
    pub(super) external_id: String,
    pub(super) mandate: Mandate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_field_names,
    reason = "the fields are the names in the file"
)]
pub(super) struct Programme {
    pub(super) code: String,
    pub(super) programme: domain::Programme,
    #[serde(default)]
    pub(super) members: Vec<String>,
    #[serde(default)]
    pub(super) places: Vec<Place>,
    pub(super) slots: Option<Slots>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    pub(super) kind: PlaceKind,
    pub(super) name: Line<200>,
    pub(super) seats: u16,
    pub(super) link: Option<String>,
}

/// Slots of one day, so many days after the moment of loading.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Slots {
    pub(super) in_days: i64,
    pub(super) from: DayTime,
    pub(super) zone: Zone,
    pub(super) count: u16,
    pub(super) minutes: u16,
    pub(super) pause_minutes: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    pub(super) email: EmailAddress,
    pub(super) name: Name,
    pub(super) language: Language,
    pub(super) memberships: Vec<Membership>,
    pub(super) staff_of: Vec<String>,
    pub(super) admin: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Membership {
    pub(super) organisation: String,
    pub(super) role: Role,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Affiliation {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) kind: AffiliationKind,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Investment {
    pub(super) external_id: String,
    pub(super) investor: String,
    pub(super) startup: String,
    pub(super) announced_on: Date,
    pub(super) stage: StageCode,
    pub(super) amount: Option<Money>,
    pub(super) lead: bool,
}

/// A request with what became of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    pub(super) programme: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) purpose: Purpose,
    pub(super) message: Prose<4000>,
    pub(super) requested_by: String,
    pub(super) days_ago: i64,
    #[serde(default)]
    pub(super) steps: Vec<Taken>,
    #[serde(default)]
    pub(super) outcomes: Vec<CameOf>,
}

/// What came of it, by whom it is told.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CameOf {
    pub(super) kind: OutcomeKind,
    pub(super) by: String,
    pub(super) days_ago: i64,
    pub(super) amount: Option<Money>,
    pub(super) amount_tier: Option<AmountTier>,
}

/// A step, by whom; on whose part follows from who they are.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Taken {
    pub(super) step: Step,
    pub(super) by: String,
    pub(super) days_ago: i64,
    pub(super) reason: Option<Reason>,
    #[serde(default)]
    pub(super) ticks: Vec<Line<60>>,
    pub(super) message: Option<Prose<4000>>,
    pub(super) meets: Option<Meets>,
    pub(super) attendance: Option<Attendance>,
}

/// When and where: so many days after the moment of loading, at this time of the day there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Meets {
    pub(super) in_days: i64,
    pub(super) at: Time,
    pub(super) zone: Zone,
    pub(super) minutes: u16,
    pub(super) place: Line<200>,
}
