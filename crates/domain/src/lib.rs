//! The vocabulary of the hub: ids, money, taxonomies, disclosure and the life of a meeting request.
//!
//! One word per idea, the same in the URL, the type, the table and the test:
//!
//! | term | ja | meaning |
//! |---|---|---|
//! | hub | 拠点 | one deployment, one database |
//! | programme | プログラム | a cohort with staff and policy |
//! | organisation | 企業・団体 | what is matched |
//! | affiliation | 関係 | a link between organisations |
//! | person, membership | 利用者, 所属 | a person signs in; a membership ties the person to an organisation |
//! | profile | プロフィール | what an organisation is |
//! | asset | パイプライン・資産 | what a life-science organisation owns |
//! | round | 調達ラウンド | what a startup raises |
//! | mandate | 希望条件 | what an organisation looks for |
//! | match, match list | マッチ, マッチ一覧 | a scored ordered pair; the best of them |
//! | scorecard | スコアカード | the versioned table from levels to points |
//! | meeting request | 面談依頼 | asks for an introduction |
//! | notice | お知らせ | what a person or another system is told of |
//! | webhook, delivery | ウェブフック, 配信 | where another system is told; one notice to one recipient |
//! | machine token | 連携トークン | lets another system act, within scopes |
//! | meeting | 面談 | an accepted request with time and place |
//! | slot, place | 枠, 場所 | when and where a programme lets people meet |
//! | offer | 日程候補 | times that one side offers the other |
//! | participant | 同席者 | somebody of neither side who takes part |
//! | return / decline | 差戻し / 見送り | staff ask for changes / the counterpart says no |
//!
//! No input or output, no clock, no randomness.

mod affiliation;
mod asset;
pub mod consent;
pub mod disclosure;
pub mod document;
mod id;
mod mandate;
mod mark;
mod meeting;
mod meeting_request;
mod money;
mod notice;
pub mod office;
mod organisation;
mod outcome;
mod person;
mod programme;
mod reply;
mod review;
mod round;
pub mod schedule;
mod scope;
pub mod taxonomy;
mod text;

pub use affiliation::{Affiliation, AffiliationKind};
pub use asset::{Asset, Designation, Development, IpStatus, Milestone};
pub use consent::ConsentOf;
pub use disclosure::Tier;
pub use document::{Document, DocumentKind};
pub use id::{
    AffiliationId, AnswerLinkId, AssetId, ConsentId, DeliveryId, Id, InvestmentId, InvitationId,
    MachineTokenId, MandateId, Marker, MeetingId, MeetingRequestId, NotAnId, Noun, OrganisationId,
    OutcomeId, PersonId, PlaceId, ProgrammeId, ReplyId, RoundId, SessionId, SlotId, WebhookId, of,
};
pub use mandate::{
    Board, Condition, Criterion, Intent, InvestorTerms, Mandate, OwnershipRange, RoundRole,
    Strength,
};
pub use mark::Mark;
pub use meeting::{Attendance, Booked, Meeting, ParticipantRole, PlaceKind, Presence};
pub use meeting_request::{
    Actor, Approval, Ask, Entry, Judged, MeetingRequest, Move, Party, Purpose, Reason, Refused,
    Side, State, Step, Subject,
};
pub use money::{AmountBand, Currency, Money, MoneyRange};
pub use notice::{NoticeKind, NoticeSettings, Rhythm, next_morning};
pub use office::{Calendar, Offices};
pub use organisation::{
    BasisPoints, BiosafetyLevel, BlockList, Call, CellSource, Contacts, CorporateNumber,
    Eligibility, EmailAddress, Incubation, Kind, Licence, Manufacturing, Names, Profile, Review,
    Scale, Visibility, Website, fold_name,
};
pub use outcome::{AmountTier, FeedbackReason, Outcome, OutcomeKind, Verdict, fiscal_year};
pub use person::{Person, PersonStatus, Principal, Role};
pub use programme::{
    Access, Booking, CheckItem, Counting, Deadlines, HoldPolicy, KindRule, Manners, Programme,
    Quota, ReviewPolicy, Times,
};
pub use reply::ReplyKind;
pub use review::{NotInReview, ReviewStep};
pub use round::{Funder, Grant, Holder, Instrument, Lead, Round, Tranche};
pub use scope::Scope;
pub use taxonomy::{
    CapabilityCode, IndicationCode, ModalityCode, RegionCode, SectorCode, StageCode,
};
pub use text::{BadText, Language, LanguageTag, Line, Name, Prose, Texts};
