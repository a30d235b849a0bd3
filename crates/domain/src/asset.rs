//! What a life-science organisation owns パイプライン・資産.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{IndicationCode, Line, ModalityCode, Prose, RegionCode, StageCode, Texts};

/// A product in the making.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    /// Its name inside the organisation: `NKD-101`.
    pub codename: Line<100>,
    /// Product class and modality.
    pub modality: ModalityCode,
    /// What it treats or finds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indications: Vec<IndicationCode>,
    /// How it works, as far as that is not confidential.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub mechanism: Texts<Prose<2000>>,
    /// How far it has come, per jurisdiction.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub development: Vec<Development>,
    /// Where its patents stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_status: Option<IpStatus>,
    /// What regulators have granted it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub designations: Vec<Designation>,
    /// Territories whose rights are free.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rights_free: Vec<RegionCode>,
    /// What comes next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_milestone: Option<Milestone>,
    /// Public money it received or applied for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<crate::Grant>,
}

/// How far an asset has come in one jurisdiction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Development {
    /// The jurisdiction.
    pub region: RegionCode,
    /// A step of the development ladder of its product class.
    pub stage: StageCode,
}

/// Where patents stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IpStatus {
    /// Nothing filed.
    None,
    /// Filed in one country.
    Filed,
    /// Filed internationally (PCT).
    Pct,
    /// Granted somewhere.
    Granted,
    /// Licensed in from others.
    LicensedIn,
}

/// What a regulator has granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Designation {
    /// Orphan drug 希少疾病用.
    Orphan,
    /// 先駆的医薬品等
    Sakigake,
    /// FDA breakthrough therapy or device.
    Breakthrough,
    /// FDA fast track.
    FastTrack,
    /// FDA regenerative medicine advanced therapy.
    Rmat,
    /// EMA priority medicines.
    Prime,
    /// Paediatric 小児用.
    Paediatric,
}

/// The next step that changes an asset's worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Milestone {
    /// What.
    pub what: Texts<Line<300>>,
    /// When.
    pub on: Date,
}
