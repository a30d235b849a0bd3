//! The meeting request 面談依頼 and its life: one state machine, values in, values out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    AssetId, CapabilityCode, Line, MeetingRequestId, OrganisationId, PersonId, Programme,
    ProgrammeId, Prose, RoundId, programme::days_after,
};

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
#[serde(tag = "about", content = "id", rename_all = "snake_case")]
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
    pub const ALL: [State; 9] = [
        State::AwaitingStaff,
        State::Returned,
        State::AwaitingCounterpart,
        State::Accepted,
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
            State::Rejected => "rejected",
            State::Declined => "declined",
            State::Withdrawn => "withdrawn",
            State::Expired => "expired",
            State::Cancelled => "cancelled",
        }
    }

    /// Whether nothing can happen to a request in this state any more.
    pub const fn is_end(self) -> bool {
        match self {
            State::AwaitingStaff
            | State::Returned
            | State::AwaitingCounterpart
            | State::Accepted => false,
            State::Rejected
            | State::Declined
            | State::Withdrawn
            | State::Expired
            | State::Cancelled => true,
        }
    }

    /// Whether the two named people see each other's contacts.
    pub const fn shows_contacts(self) -> bool {
        matches!(self, State::Accepted)
    }

    /// Whether the counterpart has got to know of a request that stands here after staff let it through.
    pub const fn is_past_staff(self) -> bool {
        matches!(self, State::AwaitingCounterpart | State::Accepted)
    }
}

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
}

impl Step {
    /// Every step.
    pub const ALL: [Step; 10] = [
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

/// One side of a request: an organisation and the person named for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The person whose contacts are shown on acceptance. Of the counterpart it is known at acceptance at the latest.
    pub person: Option<PersonId>,
}

/// Who approved a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    /// A staff member.
    Staff(PersonId),
    /// The programme's policy in this version.
    Policy(u32),
}

/// A request for an introduction.
#[derive(Clone, Debug, PartialEq)]
pub struct MeetingRequest {
    /// Its id, for life.
    pub id: MeetingRequestId,
    /// The programme it belongs to.
    pub programme: ProgrammeId,
    /// The side that asks.
    pub from: Side,
    /// The side that is asked.
    pub to: Side,
    /// What for.
    pub purpose: Purpose,
    /// What about.
    pub subject: Option<Subject>,
    /// What the requester writes.
    pub message: Prose<4000>,
    /// The person who asked.
    pub requested_by: PersonId,
    /// Who let it through to the counterpart.
    pub approval: Option<Approval>,
    /// The person who accepted.
    pub accepted_by: Option<PersonId>,
    /// Why it was last returned, rejected, declined or cancelled.
    pub reason: Option<Reason>,
    /// The request that this one takes the place of.
    pub replaces: Option<MeetingRequestId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: u32,
    /// The state it entered last; what holds now says [`MeetingRequest::state_at`].
    pub entry: Entry,
}

/// A state as it was entered, with the deadline that came with it. The state at a time is
/// [`MeetingRequest::state_at`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    state: State,
    /// From then on the request is expired; none in states that wait for nobody.
    deadline_at: Option<Timestamp>,
}

/// What a requester asks for.
#[derive(Clone, Debug)]
#[expect(
    missing_docs,
    reason = "the fields are those of MeetingRequest, documented there"
)]
pub struct Ask {
    pub id: MeetingRequestId,
    pub programme: ProgrammeId,
    pub from: Side,
    pub to: Side,
    pub purpose: Purpose,
    pub subject: Option<Subject>,
    pub message: Prose<4000>,
    pub requested_by: PersonId,
    pub replaces: Option<MeetingRequestId>,
}

/// The policy of a programme as it is in force, and the points of the pair under the card in force.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// The programme.
    pub programme: &'a Programme,
    /// Its version.
    pub version: u32,
    /// Points of the pair.
    pub points: i32,
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

/// Why a step may not be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The table has no such step.
    #[error("{party:?} may not {step:?} in {state:?}")]
    NotInTable {
        /// State at the time.
        state: State,
        /// The step.
        step: Step,
        /// Who tried.
        party: Party,
    },
    /// One person asked, approved or accepted already.
    #[error("request, approval and acceptance need three different persons")]
    SamePerson,
    /// Staff never accept for the counterpart.
    #[error("staff may not accept on behalf of the counterpart")]
    OnBehalf,
    /// The step needs one of its reasons.
    #[error("the step needs one of its reasons")]
    Reason,
    /// A submission needs the edited message.
    #[error("the step needs an edited message")]
    Message,
    /// A required item of the check list is not ticked, or a tick is not on the list.
    #[error("the check list asks for {0}")]
    CheckList(String),
}

impl MeetingRequest {
    /// A new request; whether staff look at it first says the policy.
    pub fn ask(ask: Ask, judged: Judged<'_>, now: Timestamp) -> MeetingRequest {
        let Ask {
            id,
            programme,
            from,
            to,
            purpose,
            subject,
            message,
            requested_by,
            replaces,
        } = ask;
        let (entry, approval) = Entry::by_policy(judged, now);
        MeetingRequest {
            id,
            programme,
            from,
            to,
            purpose,
            subject,
            message,
            requested_by,
            approval,
            accepted_by: None,
            reason: None,
            replaces,
            created_at: now,
            changed_at: now,
            version: 1,
            entry,
        }
    }

    /// The state at `now`. Past its deadline a request is expired, whether or not anybody wrote that down.
    pub fn state_at(&self, now: Timestamp) -> State {
        match self.entry.deadline_at {
            Some(deadline) if deadline <= now => State::Expired,
            _ => self.entry.state,
        }
    }

    /// The request after `actor` makes `made`, or why that may not happen.
    ///
    /// This is the whole table of the request's life.
    ///
    /// # Errors
    /// [`Refused`], which names what was refused.
    pub fn apply(
        self,
        made: Move,
        actor: &Actor,
        judged: Judged<'_>,
        now: Timestamp,
    ) -> Result<MeetingRequest, Refused> {
        use Party::{Clock, Counterpart, Requester, Staff, System};
        let (state, step, party) = (self.state_at(now), made.step, actor.party);
        let due = self.entry.state != state;
        let days = judged.programme.deadlines;
        let entry = match (state, step, party) {
            (State::AwaitingStaff, Step::Approve, Staff) => {
                Entry::until(State::AwaitingCounterpart, now, days.counterpart_days)
            }
            (State::AwaitingStaff, Step::Reject, Staff) => Entry::forever(State::Rejected),
            (State::AwaitingStaff, Step::Return, Staff) => {
                Entry::until(State::Returned, now, days.requester_days)
            }
            (State::Returned, Step::Submit, Requester) => Entry::by_policy(judged, now).0,
            (
                State::AwaitingStaff | State::Returned | State::AwaitingCounterpart,
                Step::Withdraw,
                Requester,
            ) => Entry::forever(State::Withdrawn),
            // The one move out of a state that time has already ended: writing that down.
            (State::Expired, Step::Expire, Clock) if due => Entry::forever(State::Expired),
            (State::AwaitingCounterpart, Step::Accept, Counterpart) => {
                Entry::forever(State::Accepted)
            }
            (State::AwaitingCounterpart, Step::Decline, Counterpart) => {
                Entry::forever(State::Declined)
            }
            (State::Accepted, Step::Cancel, Requester | Counterpart | Staff) => {
                Entry::forever(State::Cancelled)
            }
            (
                State::AwaitingStaff
                | State::Returned
                | State::AwaitingCounterpart
                | State::Accepted,
                Step::Close,
                Staff | System,
            ) => Entry::forever(State::Cancelled),
            (state, step, party) => return Err(Refused::NotInTable { state, step, party }),
        };
        self.check(&made, actor, judged.programme)?;
        Ok(self.moved(entry, made, actor, judged, now))
    }

    /// What a step needs beside its place in the table.
    fn check(&self, made: &Move, actor: &Actor, programme: &Programme) -> Result<(), Refused> {
        let reasons = made.step.reasons();
        if !reasons.is_empty() && !made.reason.is_some_and(|reason| reasons.contains(&reason)) {
            return Err(Refused::Reason);
        }
        match made.step {
            Step::Submit if made.message.is_none() => Err(Refused::Message),
            Step::Approve if actor.person == Some(self.requested_by) => Err(Refused::SamePerson),
            Step::Approve => check_list(&made.ticks, programme),
            Step::Accept if actor.on_behalf.is_some() => Err(Refused::OnBehalf),
            Step::Accept if self.has_acted(actor.person) => Err(Refused::SamePerson),
            _ => Ok(()),
        }
    }

    fn has_acted(&self, person: Option<PersonId>) -> bool {
        person.is_some_and(|person| {
            person == self.requested_by || self.approval == Some(Approval::Staff(person))
        })
    }

    fn moved(
        self,
        entry: Entry,
        made: Move,
        actor: &Actor,
        judged: Judged<'_>,
        now: Timestamp,
    ) -> MeetingRequest {
        let approval = match (made.step, actor.person) {
            (Step::Approve, Some(person)) => Some(Approval::Staff(person)),
            (Step::Submit, _) => Entry::by_policy(judged, now).1,
            _ => self.approval,
        };
        let accepting = made.step == Step::Accept;
        let to = Side {
            person: if accepting {
                made.person.or(self.to.person).or(actor.person)
            } else {
                self.to.person
            },
            ..self.to
        };
        MeetingRequest {
            to,
            message: made.message.unwrap_or(self.message),
            approval,
            accepted_by: if accepting {
                actor.person
            } else {
                self.accepted_by
            },
            reason: made.reason,
            changed_at: now,
            version: self.version + 1,
            entry,
            ..self
        }
    }
}

fn check_list(ticks: &[Line<60>], programme: &Programme) -> Result<(), Refused> {
    let list = &programme.checklist;
    if let Some(unknown) = ticks
        .iter()
        .find(|tick| list.iter().all(|item| item.code != **tick))
    {
        return Err(Refused::CheckList(unknown.to_string()));
    }
    match list
        .iter()
        .find(|item| item.required && !ticks.contains(&item.code))
    {
        Some(missing) => Err(Refused::CheckList(missing.code.to_string())),
        None => Ok(()),
    }
}

impl Entry {
    /// The entry that a database kept.
    pub const fn restored(state: State, deadline_at: Option<Timestamp>) -> Entry {
        Entry { state, deadline_at }
    }

    /// State and deadline, for keeping.
    pub const fn kept(self) -> (State, Option<Timestamp>) {
        (self.state, self.deadline_at)
    }

    /// From when on the request is expired; none in states that wait for nobody.
    pub const fn deadline_at(self) -> Option<Timestamp> {
        self.deadline_at
    }

    const fn forever(state: State) -> Entry {
        Entry {
            state,
            deadline_at: None,
        }
    }

    fn until(state: State, now: Timestamp, days: u16) -> Entry {
        Entry {
            state,
            deadline_at: Some(days_after(now, days)),
        }
    }

    /// Where a request goes that is handed in now, and the approval that the policy gives it.
    fn by_policy(judged: Judged<'_>, now: Timestamp) -> (Entry, Option<Approval>) {
        let days = judged.programme.deadlines;
        if judged.programme.review.asks_staff(judged.points) {
            let entry = Entry::until(State::AwaitingStaff, now, days.staff_days);
            (entry, None)
        } else {
            let entry = Entry::until(State::AwaitingCounterpart, now, days.counterpart_days);
            (entry, Some(Approval::Policy(judged.version)))
        }
    }
}
