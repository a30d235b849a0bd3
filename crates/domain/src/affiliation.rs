//! Links between organisations 関係. Own-organisation and conflict rules follow them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::OrganisationId;

/// How one organisation belongs to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AffiliationKind {
    /// Is the parent of. 親会社
    ParentOf,
    /// Manages the fund. ファンド運用
    ManagesFund,
    /// Was spun out of. 発スタートアップ
    SpinOutOf,
    /// Has its place in. 入居
    ResidentOf,
}

impl AffiliationKind {
    /// Every kind.
    pub const ALL: [AffiliationKind; 4] = [
        AffiliationKind::ParentOf,
        AffiliationKind::ManagesFund,
        AffiliationKind::SpinOutOf,
        AffiliationKind::ResidentOf,
    ];

    /// The kind in snake_case.
    pub const fn code(self) -> &'static str {
        match self {
            AffiliationKind::ParentOf => "parent_of",
            AffiliationKind::ManagesFund => "manages_fund",
            AffiliationKind::SpinOutOf => "spin_out_of",
            AffiliationKind::ResidentOf => "resident_of",
        }
    }

    /// Whether the two count as one house: they are not matched, and who belongs to one has an interest in the other.
    /// A resident is no part of its landlord.
    pub const fn is_one_house(self) -> bool {
        matches!(
            self,
            AffiliationKind::ParentOf | AffiliationKind::ManagesFund | AffiliationKind::SpinOutOf
        )
    }
}

/// A link between two organisations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Affiliation {
    /// Whose.
    pub from: OrganisationId,
    /// To whom.
    pub to: OrganisationId,
    /// How.
    pub kind: AffiliationKind,
}
