//! The meeting 面談: an accepted request with time and place, who else takes part, and who came.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Line, PlaceId, schedule::Span};

/// Time and place of a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booked {
    /// From when until when.
    pub span: Span,
    /// In which place of the programme.
    pub place: Option<PlaceId>,
    /// Where, in words, outside the programme's places.
    pub venue: Option<Line<300>>,
}

/// A meeting, as part of its request: it has the request's id for life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// Counts its times and places, from 1.
    pub revision: u32,
    /// When and where.
    pub booked: Booked,
    /// Who came; known once it was held.
    pub attendance: Option<Attendance>,
}

/// Who came, by side. Any member of a side counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Attendance {
    /// Of the side that asked.
    pub requester: Presence,
    /// Of the side that was asked.
    pub counterpart: Presence,
}

impl Attendance {
    /// Both came.
    pub const BOTH: Attendance = Attendance {
        requester: Presence::Present,
        counterpart: Presence::Present,
    };

    /// Whether somebody stayed away.
    pub fn has_no_show(self) -> bool {
        [self.requester, self.counterpart].contains(&Presence::NoShow)
    }
}

/// Whether a side came.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// 出席
    Present,
    /// 不参加
    NoShow,
}

impl Presence {
    /// The presence in snake_case.
    pub const fn code(self) -> &'static str {
        match self {
            Presence::Present => "present",
            Presence::NoShow => "no_show",
        }
    }
}

/// As what somebody of neither side takes part 同席者.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ParticipantRole {
    /// 通訳
    Interpreter,
    /// アドバイザー
    Adviser,
    /// コンシェルジュ
    Concierge,
    /// 医療機関担当者
    HospitalRepresentative,
    /// 規制当局担当者
    RegulatorRepresentative,
}

impl ParticipantRole {
    /// The role in snake_case.
    pub const fn code(self) -> &'static str {
        match self {
            ParticipantRole::Interpreter => "interpreter",
            ParticipantRole::Adviser => "adviser",
            ParticipantRole::Concierge => "concierge",
            ParticipantRole::HospitalRepresentative => "hospital_representative",
            ParticipantRole::RegulatorRepresentative => "regulator_representative",
        }
    }
}

/// What kind of place.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// テーブル: one meeting at a time
    Table,
    /// 会議室: several meetings at a time, if it is large enough
    Room,
    /// オンライン: a link
    Virtual,
}

impl PlaceKind {
    /// The kind in snake_case.
    pub const fn code(self) -> &'static str {
        match self {
            PlaceKind::Table => "table",
            PlaceKind::Room => "room",
            PlaceKind::Virtual => "virtual",
        }
    }
}
