//! What the side that is asked, and staff, say of a request without taking a step.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is said 返信.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplyKind {
    /// 質問: the side that asked answers it.
    Question,
    /// 日程の提案
    Times,
    /// 担当者の紹介: somebody else is in charge.
    Referral,
}

impl ReplyKind {
    /// Every kind.
    pub const ALL: [ReplyKind; 3] = [ReplyKind::Question, ReplyKind::Times, ReplyKind::Referral];

    /// The kind in `snake_case`.
    pub const fn code(self) -> &'static str {
        match self {
            ReplyKind::Question => "question",
            ReplyKind::Times => "times",
            ReplyKind::Referral => "referral",
        }
    }

    /// The kind with this code.
    pub fn from_code(code: &str) -> Option<ReplyKind> {
        ReplyKind::ALL.into_iter().find(|kind| kind.code() == code)
    }
}
