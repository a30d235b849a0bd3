//! People 利用者: who signs in, and what they may act for.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{EmailAddress, Language, Line, Name, OrganisationId, PersonId, ProgrammeId};

/// What a person may do in an organisation.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Acts for it.
    Member,
    /// Acts for it, and says who its members are.
    Owner,
}

impl Role {
    /// The role in snake_case.
    pub const fn code(self) -> &'static str {
        match self {
            Role::Member => "member",
            Role::Owner => "owner",
        }
    }
}

/// Whether a person may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PersonStatus {
    /// Yes.
    Active,
    /// Not for now: staff stopped it.
    Suspended,
    /// Never again: the person asked to be forgotten.
    Erased,
}

impl PersonStatus {
    /// The status in snake_case.
    pub const fn code(self) -> &'static str {
        match self {
            PersonStatus::Active => "active",
            PersonStatus::Suspended => "suspended",
            PersonStatus::Erased => "erased",
        }
    }
}

/// A person.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Who.
    pub id: PersonId,
    /// The address with which the person signs in; shown to the other side of an accepted request alone.
    pub email: EmailAddress,
    /// The name.
    pub name: Name,
    /// The language in which the person is written to.
    pub language: Language,
    /// Telephone; shown as the address is.
    pub phone: Option<Line<40>>,
    /// Counts the changes, from 1.
    pub version: u32,
}

/// What a person may do: read from the database, never from a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Who.
    pub person: PersonId,
    /// Whether the person may sign in.
    pub status: PersonStatus,
    /// Tokens of an earlier generation are void: it rises with a change of password and a sign-out everywhere.
    pub generation: i64,
    /// May do what staff of every programme may, and grant it.
    pub admin: bool,
    /// The organisations the person may act for.
    pub memberships: Vec<(OrganisationId, Role)>,
    /// The programmes whose staff the person belongs to.
    pub staff_of: Vec<ProgrammeId>,
}

impl Principal {
    /// The role in an organisation.
    pub fn role_in(&self, organisation: OrganisationId) -> Option<Role> {
        self.memberships
            .iter()
            .find(|(id, _)| *id == organisation)
            .map(|(_, role)| *role)
    }

    /// Whether the person is staff of the programme.
    pub fn is_staff_of(&self, programme: ProgrammeId) -> bool {
        self.admin || self.staff_of.contains(&programme)
    }

    /// Whether the person is staff of any programme.
    pub fn is_staff(&self) -> bool {
        self.admin || !self.staff_of.is_empty()
    }
}
