//! What a startup raises 調達ラウンド.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Money, Name, OrganisationId, Prose, RegionCode, StageCode, Texts};

/// A round of financing, open or past.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Round {
    /// A step of the financing ladder.
    pub stage: StageCode,
    /// First day on which investors were asked, or the day it was announced.
    pub opened_on: Date,
    /// Day on which it closed or is to close.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_on: Option<Date>,
    /// Whether it is over.
    #[serde(default)]
    pub closed: bool,
    /// What is issued.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instruments: Vec<Instrument>,
    /// What is raised in all. Others see its band until a request is approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Smallest cheque that is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Money>,
    /// Committed so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed: Option<Money>,
    /// Whether a lead is sought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<Lead>,
    /// What the money is for.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub use_of_funds: Texts<Prose<2000>>,
    /// Country whose law governs the issuing entity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_country: Option<RegionCode>,
    /// Parts in which the money comes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tranches: Vec<Tranche>,
    /// Public money beside it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
    /// Who already holds shares.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub existing_investors: Vec<Holder>,
}

/// What is issued to an investor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Instrument {
    /// 普通株
    CommonShares,
    /// 優先株
    PreferredShares,
    /// J-KISS convertible equity.
    JKiss,
    /// Simple agreement for future equity.
    Safe,
    /// 転換社債, convertible note.
    ConvertibleNote,
    /// ベンチャーデット
    VentureDebt,
    /// 新株予約権
    Warrants,
}

/// Whether a round has its lead investor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lead {
    /// One is sought.
    Sought,
    /// One is found.
    Found,
    /// None is needed.
    NotNeeded,
}

/// A part of a round's money and what it waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Tranche {
    /// How much.
    pub amount: Money,
    /// The condition.
    pub condition: Texts<Prose<500>>,
}

/// Public money.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Who gives it.
    pub funder: Funder,
    /// How much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Whether it is granted; otherwise applied for.
    #[serde(default)]
    pub granted: bool,
    /// The fiscal year (年度) it begins in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fiscal_year: Option<i16>,
}

/// A giver of public money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Funder {
    /// 日本医療研究開発機構
    Amed,
    /// 新エネルギー・産業技術総合開発機構
    Nedo,
    /// 科学技術振興機構
    Jst,
    /// A prefecture or city.
    LocalGovernment,
    /// The European Union.
    Eu,
    /// US National Institutes of Health.
    Nih,
    /// US small-business programmes (SBIR, STTR).
    Sbir,
    /// Another.
    Other,
}

/// An existing investor: registered here, or by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Holder {
    /// Registered.
    Organisation {
        /// Who.
        organisation: OrganisationId,
    },
    /// Not registered.
    Name {
        /// Who.
        name: Name,
    },
}
