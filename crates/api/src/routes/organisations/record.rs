//! Documents and organisations written together with their journal.

use domain::{DocumentKind, Noun, OrganisationId, PersonId};
use jiff::Timestamp;
use serde_json::{Value, json};
use store::{
    Conn,
    documents::{self, Stored},
    journal::{self, Change},
    organisations::{self, Organisation},
};
use uuid::Uuid;

use crate::error::ApiResult;

/// Who writes, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writer {
    /// Who.
    pub(crate) person: PersonId,
    /// When.
    pub(crate) now: Timestamp,
}

impl Writer {
    /// Keeps a new document.
    ///
    /// # Errors
    /// 409 if the organisation has one already that it may have one of, or one with the same external id.
    pub(crate) fn insert(self, conn: &mut Conn, document: &Stored) -> ApiResult<()> {
        documents::insert(conn, document, Some(self.person))?;
        self.note(conn, document, "created", 1)
    }

    /// Keeps the next version of a document; its number.
    ///
    /// # Errors
    /// 409 if somebody else did so since it was read.
    pub(crate) fn save(self, conn: &mut Conn, document: &Stored) -> ApiResult<u32> {
        documents::save(conn, document, Some(self.person))?;
        let version = document.version + 1;
        self.note(conn, document, "saved", version)?;
        Ok(version)
    }

    /// Puts a document away.
    ///
    /// # Errors
    /// 409 if somebody else changed it since it was read.
    pub(crate) fn archive(self, conn: &mut Conn, document: &Stored) -> ApiResult<()> {
        let Stored {
            kind, id, version, ..
        } = *document;
        documents::save_archived(conn, kind, id, version, self.now)?;
        self.note(conn, document, "archived", version)
    }

    fn note(
        self,
        conn: &mut Conn,
        document: &Stored,
        action: &'static str,
        version: u32,
    ) -> ApiResult<()> {
        let change = Change {
            action,
            noun: document.kind.noun(),
            id: document.id,
            version,
            person: Some(self.person),
            party: None,
            detail: json!({"organisation": document.organisation}),
        };
        journal::insert(conn, &change, self.now)?;
        let organisation = document.organisation.uuid();
        Ok(journal::insert_note(
            conn,
            Noun::Organisation,
            organisation,
        )?)
    }

    /// Keeps a step in the life of an organisation, which becomes the next version.
    ///
    /// # Errors
    /// 409 if somebody else changed it since it was read.
    pub(crate) fn step(
        self,
        conn: &mut Conn,
        organisation: &mut Organisation,
        action: &'static str,
        detail: Value,
    ) -> ApiResult<()> {
        organisations::save(conn, organisation, self.now)?;
        organisation.version += 1;
        let (id, version) = (organisation.id, organisation.version);
        self.note_organisation(conn, id, version, action, detail)
    }

    /// Writes down what happened to an organisation.
    ///
    /// # Errors
    /// What the database answered.
    pub(crate) fn note_organisation(
        self,
        conn: &mut Conn,
        id: OrganisationId,
        version: u32,
        action: &'static str,
        detail: Value,
    ) -> ApiResult<()> {
        let change = Change {
            action,
            noun: Noun::Organisation,
            id: id.uuid(),
            version,
            person: Some(self.person),
            party: None,
            detail,
        };
        Ok(journal::insert(conn, &change, self.now)?)
    }

    /// The first version of a document.
    pub(crate) fn first(
        self,
        id: Uuid,
        organisation: OrganisationId,
        kind: DocumentKind,
        body: Value,
    ) -> Stored {
        Stored {
            id,
            organisation,
            kind,
            external_id: None,
            version: 1,
            recorded_at: self.now,
            body,
        }
    }
}
