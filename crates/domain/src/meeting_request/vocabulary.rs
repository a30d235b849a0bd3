//! The words of a meeting request: what for, what about, where it stands, on whose part.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{AssetId, CapabilityCode, RoundId};

/// What an introduction is for 目的.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// 資金調達・投資
    Fundraising,
    /// 入居・アクセラレーション
    Incubation,
    /// 製造委託
    Manufacturing,
    /// 治験・臨床研究
    ClinicalTrial,
    /// 共同研究
    JointResearch,
    /// ライセンス
    Licensing,
    /// 実証・顧客
    PilotCustomer,
    /// 薬事相談
    RegulatoryAdvice,
    /// 海外展開・拠点
    MarketEntry,
    /// その他
    Other,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Purpose; 10] = [
        Purpose::Fundraising,
        Purpose::Incubation,
        Purpose::Manufacturing,
        Purpose::ClinicalTrial,
        Purpose::JointResearch,
        Purpose::Licensing,
        Purpose::PilotCustomer,
        Purpose::RegulatoryAdvice,
        Purpose::MarketEntry,
        Purpose::Other,
    ];

    /// The purpose in snake_case.
    pub const fn code(self) -> &'static str {
        match self {
            Purpose::Fundraising => "fundraising",
            Purpose::Incubation => "incubation",
            Purpose::Manufacturing => "manufacturing",
            Purpose::ClinicalTrial => "clinical_trial",
            Purpose::JointResearch => "joint_research",
            Purpose::Licensing => "licensing",
            Purpose::PilotCustomer => "pilot_customer",
            Purpose::RegulatoryAdvice => "regulatory_advice",
            Purpose::MarketEntry => "market_entry",
            Purpose::Other => "other",
        }
    }
}

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(
    tag = "about",
    content = "id",
    rename_all = "snake_case",
    deny_unknown_fields
)]
pub enum Subject {
    /// An asset of the requester.
    Asset(AssetId),
    /// A round of the requester.
    Round(RoundId),
    /// A need of the requester.
    Need(CapabilityCode),
}

/// A state of a request 状態.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// スタッフ確認待ち
    AwaitingStaff,
    /// 差戻し
    Returned,
    /// 相手先の回答待ち
    AwaitingCounterpart,
    /// 承諾
    Accepted,
    /// 日程確定
    Scheduled,
    /// 実施済み
    Held,
    /// 却下
    Rejected,
    /// 見送り
    Declined,
    /// 取下げ
    Withdrawn,
    /// 期限切れ
    Expired,
    /// 取消し
    Cancelled,
}

impl State {
    /// Every state.
    pub const ALL: [State; 11] = [
        State::AwaitingStaff,
        State::Returned,
        State::AwaitingCounterpart,
        State::Accepted,
        State::Scheduled,
        State::Held,
        State::Rejected,
        State::Declined,
        State::Withdrawn,
        State::Expired,
        State::Cancelled,
    ];

    /// The state in snake_case.
    pub const fn code(self) -> &'static str {
        match self {
            State::AwaitingStaff => "awaiting_staff",
            State::Returned => "returned",
            State::AwaitingCounterpart => "awaiting_counterpart",
            State::Accepted => "accepted",
            State::Scheduled => "scheduled",
            State::Held => "held",
            State::Rejected => "rejected",
            State::Declined => "declined",
            State::Withdrawn => "withdrawn",
            State::Expired => "expired",
            State::Cancelled => "cancelled",
        }
    }

    /// Whether a request in this state stands there for good. Of a meeting that was held, staff may still correct who came.
    pub const fn is_end(self) -> bool {
        match self {
            State::AwaitingStaff
            | State::Returned
            | State::AwaitingCounterpart
            | State::Accepted
            | State::Scheduled => false,
            State::Held
            | State::Rejected
            | State::Declined
            | State::Withdrawn
            | State::Expired
            | State::Cancelled => true,
        }
    }

    /// Whether the two named people see each other's contacts.
    pub const fn shows_contacts(self) -> bool {
        matches!(self, State::Accepted | State::Scheduled | State::Held)
    }

    /// Whether the counterpart has got to know of a request that stands here after staff let it through.
    pub const fn is_past_staff(self) -> bool {
        matches!(self, State::AwaitingCounterpart) || self.shows_contacts()
    }
}

/// On whose part a step is taken.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The side that asked.
    Requester,
    /// The side that is asked.
    Counterpart,
    /// Staff of the programme.
    Staff,
    /// Time.
    Clock,
    /// The hub itself.
    System,
}

impl Party {
    /// Every party.
    pub const ALL: [Party; 5] = [
        Party::Requester,
        Party::Counterpart,
        Party::Staff,
        Party::Clock,
        Party::System,
    ];

    /// The party in snake_case.
    pub const fn code(self) -> &'static str {
        match self {
            Party::Requester => "requester",
            Party::Counterpart => "counterpart",
            Party::Staff => "staff",
            Party::Clock => "clock",
            Party::System => "system",
        }
    }
}
