//! Steps, the reasons they need, and what they carry.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Party, Refused};
use crate::{Attendance, Booked, Line, PersonId, Prose};

/// A step 手続き.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// 承認
    Approve,
    /// 却下
    Reject,
    /// 差戻し
    Return,
    /// 再提出
    Submit,
    /// 取下げ
    Withdraw,
    /// 期限切れ
    Expire,
    /// 承諾
    Accept,
    /// 見送り
    Decline,
    /// 取消し
    Cancel,
    /// 終了, since a party left
    Close,
    /// 日程候補の提示
    Offer,
    /// 日程候補の解除, since another meeting took the time
    Displace,
    /// 日程確定
    Schedule,
    /// 実施
    Hold,
    /// 出欠の訂正
    Correct,
}

impl Step {
    /// Every step.
    pub const ALL: [Step; 15] = [
        Step::Approve,
        Step::Reject,
        Step::Return,
        Step::Submit,
        Step::Withdraw,
        Step::Expire,
        Step::Accept,
        Step::Decline,
        Step::Cancel,
        Step::Close,
        Step::Offer,
        Step::Displace,
        Step::Schedule,
        Step::Hold,
        Step::Correct,
    ];

    /// The step in snake_case.
    pub const fn code(self) -> &'static str {
        match self {
            Step::Approve => "approve",
            Step::Reject => "reject",
            Step::Return => "return",
            Step::Submit => "submit",
            Step::Withdraw => "withdraw",
            Step::Expire => "expire",
            Step::Accept => "accept",
            Step::Decline => "decline",
            Step::Cancel => "cancel",
            Step::Close => "close",
            Step::Offer => "offer",
            Step::Displace => "displace",
            Step::Schedule => "schedule",
            Step::Hold => "hold",
            Step::Correct => "correct",
        }
    }

    /// The reasons of which one is required for the step; empty where none is.
    pub const fn reasons(self) -> &'static [Reason] {
        use Reason as R;
        match self {
            Step::Reject => &[
                R::NotAFit,
                R::ConflictOfInterest,
                R::Compliance,
                R::Duplicate,
                R::Incomplete,
                R::Other,
            ],
            Step::Return => &[
                R::MessageUnclear,
                R::Incomplete,
                R::WrongCounterpart,
                R::Confidential,
                R::Other,
            ],
            Step::Decline => &[
                R::NotInFocus,
                R::TooEarly,
                R::TooLate,
                R::NoCapacity,
                R::ConflictOfInterest,
                R::AlreadyKnown,
                R::Other,
            ],
            Step::Cancel => &[
                R::NoLongerNeeded,
                R::PlansChanged,
                R::NoTimeFound,
                R::Compliance,
                R::Other,
            ],
            Step::Close => &[R::PartyArchived, R::PartySuspended, R::PartyErased],
            _ => &[],
        }
    }
}

/// Why 理由. Which reasons fit which step says [`Step::reasons`].
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// 条件に合わない
    NotAFit,
    /// 利益相反
    ConflictOfInterest,
    /// 法令・社内規程
    Compliance,
    /// 重複
    Duplicate,
    /// 情報不足
    Incomplete,
    /// 依頼文が不明確
    MessageUnclear,
    /// 相手先が適切でない
    WrongCounterpart,
    /// 機密情報を含む
    Confidential,
    /// 投資・事業領域外
    NotInFocus,
    /// 時期尚早
    TooEarly,
    /// 時期を過ぎている
    TooLate,
    /// 対応余力なし
    NoCapacity,
    /// 既に接点あり
    AlreadyKnown,
    /// 不要になった
    NoLongerNeeded,
    /// 予定変更
    PlansChanged,
    /// 日程が合わない
    NoTimeFound,
    /// 当事者が退会
    PartyArchived,
    /// 当事者が停止
    PartySuspended,
    /// 当事者の情報が削除
    PartyErased,
    /// その他
    Other,
}

impl Reason {
    /// The reason in `snake_case`.
    pub const fn code(self) -> &'static str {
        match self {
            Reason::NotAFit => "not_a_fit",
            Reason::ConflictOfInterest => "conflict_of_interest",
            Reason::Compliance => "compliance",
            Reason::Duplicate => "duplicate",
            Reason::Incomplete => "incomplete",
            Reason::MessageUnclear => "message_unclear",
            Reason::WrongCounterpart => "wrong_counterpart",
            Reason::Confidential => "confidential",
            Reason::NotInFocus => "not_in_focus",
            Reason::TooEarly => "too_early",
            Reason::TooLate => "too_late",
            Reason::NoCapacity => "no_capacity",
            Reason::AlreadyKnown => "already_known",
            Reason::NoLongerNeeded => "no_longer_needed",
            Reason::PlansChanged => "plans_changed",
            Reason::NoTimeFound => "no_time_found",
            Reason::PartyArchived => "party_archived",
            Reason::PartySuspended => "party_suspended",
            Reason::PartyErased => "party_erased",
            Reason::Other => "other",
        }
    }
}

/// Who takes a step, and on whose part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// On whose part.
    pub party: Party,
    /// The person; none for the clock and the system.
    pub person: Option<PersonId>,
    /// Set when a staff member takes the step for the party: why. Shown to the party.
    pub on_behalf: Option<Prose<1000>>,
}

impl Actor {
    /// Whether such an actor may take `step` at all, wherever the request stands.
    pub(super) fn check(&self, step: Step) -> Result<(), Refused> {
        let (is_person, is_side) = match self.party {
            Party::Requester | Party::Counterpart => (true, true),
            Party::Staff => (true, false),
            Party::Clock | Party::System => (false, false),
        };
        if self.person.is_some() != is_person {
            return Err(Refused::Person);
        }
        if self.on_behalf.is_some() && (!is_side || step == Step::Accept) {
            return Err(Refused::OnBehalf);
        }
        Ok(())
    }
}

/// A step with what it carries.
#[derive(Clone, Debug)]
pub struct Move {
    /// The step.
    pub step: Step,
    /// Why, where the step needs a reason.
    pub reason: Option<Reason>,
    /// The edited message of a submission.
    pub message: Option<Prose<4000>>,
    /// The person named by the counterpart on acceptance, if not the one who accepts.
    pub person: Option<PersonId>,
    /// The codes staff ticked.
    pub ticks: Vec<Line<60>>,
    /// When and where, of a step that fixes it.
    pub booked: Option<Booked>,
    /// Who came, of a step that says so.
    pub attendance: Option<Attendance>,
}

impl Move {
    /// The step alone.
    pub fn bare(step: Step) -> Move {
        Move {
            step,
            reason: None,
            message: None,
            person: None,
            ticks: Vec::new(),
            booked: None,
            attendance: None,
        }
    }

    /// The step with its reason.
    pub fn because(step: Step, reason: Reason) -> Move {
        Move {
            reason: Some(reason),
            ..Move::bare(step)
        }
    }
}
