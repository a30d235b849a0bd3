//! An organisation of a snapshot, with its documents read.

use std::sync::Arc;

use domain::{
    Asset, BlockList, Contacts, Document, DocumentKind, Kind, Mandate, Profile, Review, Round,
    Visibility,
};
use store::{
    documents::{Body, Head, Stored},
    organisations::Organisation,
};
use uuid::Uuid;

/// A document with its id and version. One that did not change is the same in a snapshot and the next.
#[derive(Debug)]
pub struct Kept<T> {
    /// Its id.
    pub id: Uuid,
    /// Its version.
    pub version: u32,
    /// The document.
    pub document: Arc<T>,
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Kept<T> {
        Kept {
            document: self.document.clone(),
            ..*self
        }
    }
}

/// An organisation with everything that is known of it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// What is not in its documents.
    pub organisation: Organisation,
    /// What it is; none while its members have not written it.
    pub profile: Option<Kept<Profile>>,
    /// Who sees what.
    pub visibility: Visibility,
    /// Whom it is never shown to.
    pub block_list: BlockList,
    /// How it is reached.
    pub contacts: Option<Kept<Contacts>>,
    /// What it owns.
    pub assets: Vec<Kept<Asset>>,
    /// What it raises.
    pub rounds: Vec<Kept<Round>>,
    /// What it looks for.
    pub mandates: Vec<Kept<Mandate>>,
}

impl Listed {
    /// The organisation with its documents.
    pub(crate) fn of(organisation: Organisation, documents: Vec<Stored<impl Body>>) -> Listed {
        let mut listed = Listed::bare(organisation);
        for stored in documents {
            listed.take(stored);
        }
        listed
    }

    /// The organisation without documents.
    pub(super) fn bare(organisation: Organisation) -> Listed {
        Listed {
            organisation,
            profile: None,
            visibility: Visibility::default(),
            block_list: BlockList::default(),
            contacts: None,
            assets: Vec::new(),
            rounds: Vec::new(),
            mandates: Vec::new(),
        }
    }

    /// Takes a document, behind the others of its kind.
    pub(super) fn take(&mut self, stored: Stored<impl Body>) {
        let (id, version) = (stored.id, stored.version);
        match stored.kind {
            DocumentKind::Profile => self.profile = read(id, version, stored.body),
            DocumentKind::Contacts => self.contacts = read(id, version, stored.body),
            DocumentKind::Visibility => {
                self.visibility = read(id, version, stored.body)
                    .map(|kept| Arc::unwrap_or_clone(kept.document))
                    .unwrap_or_default();
            }
            DocumentKind::BlockList => {
                self.block_list = read(id, version, stored.body)
                    .map(|kept| Arc::unwrap_or_clone(kept.document))
                    .unwrap_or_default();
            }
            DocumentKind::Asset => self.assets.extend(read(id, version, stored.body)),
            DocumentKind::Round => self.rounds.extend(read(id, version, stored.body)),
            DocumentKind::Mandate => self.mandates.extend(read(id, version, stored.body)),
        }
    }

    /// Takes over a document from what the organisation was before, if it held that in this version. Who sees what, and whom
    /// it is never shown to, are always read anew.
    pub(super) fn take_over(&mut self, before: &Listed, head: &Head) -> bool {
        fn held<T>(all: &[Kept<T>], head: &Head) -> Option<Kept<T>> {
            let is_it = |kept: &&Kept<T>| kept.id == head.id && kept.version == head.version;
            all.iter().find(is_it).cloned()
        }
        fn extend<T>(all: &mut Vec<Kept<T>>, held: Option<Kept<T>>) -> bool {
            let count = all.len();
            all.extend(held);
            all.len() > count
        }
        match head.kind {
            DocumentKind::Profile => {
                self.profile = held(before.profile.as_slice(), head);
                self.profile.is_some()
            }
            DocumentKind::Contacts => {
                self.contacts = held(before.contacts.as_slice(), head);
                self.contacts.is_some()
            }
            DocumentKind::Asset => extend(&mut self.assets, held(&before.assets, head)),
            DocumentKind::Round => extend(&mut self.rounds, held(&before.rounds, head)),
            DocumentKind::Mandate => extend(&mut self.mandates, held(&before.mandates, head)),
            DocumentKind::Visibility | DocumentKind::BlockList => false,
        }
    }

    /// Puts what it has several of in the order of their ids.
    pub(super) fn sort(&mut self) {
        self.assets.sort_by_key(|kept| kept.id);
        self.rounds.sort_by_key(|kept| kept.id);
        self.mandates.sort_by_key(|kept| kept.id);
    }

    /// Whether others may see it at all: reviewed, not put away, not hidden, with a profile.
    pub fn is_listed(&self) -> bool {
        self.organisation.review == Review::Approved
            && self.organisation.archived_at.is_none()
            && !self.visibility.hidden
            && self.profile.is_some()
    }

    /// The kinds in which it acts, the primary first.
    pub fn kinds(&self) -> Vec<Kind> {
        let also = self
            .profile
            .iter()
            .flat_map(|profile| &profile.document.also_acts_as);
        let mut kinds = vec![self.organisation.kind];
        for kind in also {
            if !kinds.contains(kind) {
                kinds.push(*kind);
            }
        }
        kinds
    }
}

/// A document that cannot be read any more is left out and said in the log; the rest of the hub goes on.
fn read<T: Document>(id: Uuid, version: u32, body: impl Body) -> Option<Kept<T>> {
    match body.read() {
        Ok(document) => Some(Kept {
            id,
            version,
            document: Arc::new(document),
        }),
        Err(error) => {
            tracing::error!(%id, version, kind = T::KIND.code(), line = error.line(), "unreadable");
            None
        }
    }
}
