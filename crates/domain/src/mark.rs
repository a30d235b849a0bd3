//! What an organisation notes of another for itself.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A private mark on another organisation しるし. It never gets to know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// 気になる: suggested first when somebody else said no.
    Bookmark,
    /// 見送り候補: suggested last, and still found.
    Ignore,
}

impl Mark {
    /// The mark in `snake_case`.
    pub const fn code(self) -> &'static str {
        match self {
            Mark::Bookmark => "bookmark",
            Mark::Ignore => "ignore",
        }
    }

    /// The mark with this code.
    pub fn from_code(code: &str) -> Option<Mark> {
        [Mark::Bookmark, Mark::Ignore]
            .into_iter()
            .find(|mark| mark.code() == code)
    }
}
