//! What another system may do with a machine token 連携トークン: the scopes, and how they narrow what a person may.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{OrganisationId, Principal};

/// A thing that a machine token may do, as far as its person may.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Read organisations, their documents, affiliations and programmes.
    OrganisationsRead,
    /// Change organisations, their documents and affiliations.
    OrganisationsWrite,
    /// Read match lists.
    MatchesRead,
    /// Read meeting requests and what waits for the staff.
    RequestsRead,
    /// Make meeting requests and take their steps.
    RequestsWrite,
    /// Follow what changes.
    ChangesRead,
    /// Read the audit log.
    AuditRead,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Scope; 7] = [
        Scope::OrganisationsRead,
        Scope::OrganisationsWrite,
        Scope::MatchesRead,
        Scope::RequestsRead,
        Scope::RequestsWrite,
        Scope::ChangesRead,
        Scope::AuditRead,
    ];
}

impl Principal {
    /// What is left of the person's rights for a machine: never those of an admin; for one organisation, only what a
    /// membership in it gives.
    #[must_use]
    pub fn for_machine(mut self, only: Option<OrganisationId>) -> Principal {
        self.admin = false;
        if let Some(only) = only {
            self.memberships.retain(|(id, _)| *id == only);
            self.staff_of.clear();
        }
        self
    }
}
