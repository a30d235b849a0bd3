//! The documents of an organisation: each a resource with its own version, kept append-only.

mod check;

use serde::{Serialize, de::DeserializeOwned};

pub use check::{ENTRIES_MAX, Fault, check};

use crate::{Asset, BlockList, Contacts, Mandate, Profile, Round, Visibility};

/// The kind of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// What the organisation is. One each.
    Profile,
    /// How it is reached. One each.
    Contacts,
    /// Who sees what. One each.
    Visibility,
    /// Whom it is never shown to. One each.
    BlockList,
    /// What it owns. Any number.
    Asset,
    /// What it raises. Any number.
    Round,
    /// What it looks for. Any number.
    Mandate,
}

impl DocumentKind {
    /// Every kind.
    pub const ALL: [DocumentKind; 7] = [
        DocumentKind::Profile,
        DocumentKind::Contacts,
        DocumentKind::Visibility,
        DocumentKind::BlockList,
        DocumentKind::Asset,
        DocumentKind::Round,
        DocumentKind::Mandate,
    ];

    /// The kind in snake_case.
    pub const fn code(self) -> &'static str {
        self.noun().code()
    }

    /// The kind with this code.
    pub fn from_code(code: &str) -> Option<DocumentKind> {
        DocumentKind::ALL
            .into_iter()
            .find(|kind| kind.code() == code)
    }

    /// Whether an organisation has at most one such document.
    pub const fn is_single(self) -> bool {
        !matches!(
            self,
            DocumentKind::Asset | DocumentKind::Round | DocumentKind::Mandate
        )
    }
}

/// A type that is kept as a document.
pub trait Document: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// Its kind.
    const KIND: DocumentKind;

    /// The rules of its own, beyond the shape of its fields; [`check()`] asks for them.
    ///
    /// # Errors
    /// [`Fault`] names the first field that does not fit.
    fn check(&self) -> Result<(), Fault> {
        Ok(())
    }
}

impl Document for Profile {
    const KIND: DocumentKind = DocumentKind::Profile;

    fn check(&self) -> Result<(), Fault> {
        check::profile(self)
    }
}

impl Document for Contacts {
    const KIND: DocumentKind = DocumentKind::Contacts;
}
impl Document for Visibility {
    const KIND: DocumentKind = DocumentKind::Visibility;

    fn check(&self) -> Result<(), Fault> {
        check::visibility(self)
    }
}

impl Document for BlockList {
    const KIND: DocumentKind = DocumentKind::BlockList;
}
impl Document for Asset {
    const KIND: DocumentKind = DocumentKind::Asset;

    fn check(&self) -> Result<(), Fault> {
        check::asset(self)
    }
}

impl Document for Round {
    const KIND: DocumentKind = DocumentKind::Round;

    fn check(&self) -> Result<(), Fault> {
        check::round(self)
    }
}

impl Document for Mandate {
    const KIND: DocumentKind = DocumentKind::Mandate;

    fn check(&self) -> Result<(), Fault> {
        check::mandate(self)
    }
}
