//! An organisation and its documents as an answer shows them: each document as far as the reader's tier goes.

use domain::{DocumentKind, Kind, Language, Noun, OrganisationId, Review, Tier, Visibility};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use store::{Conn, documents::Stored, journal};
use utoipa::ToSchema;
use uuid::Uuid;

use super::access::Seen;
use crate::error::ApiResult;

/// A document of an organisation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DocumentView {
    /// Its id.
    pub(crate) id: Uuid,
    /// Its version, which is its `ETag`.
    pub(crate) version: u32,
    /// Its name in another system; for own members and staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) external_id: Option<String>,
    /// The document without what its owner shows later; to others a round has the band of its amount.
    #[schema(value_type = Object)]
    pub(crate) document: Value,
}

impl DocumentView {
    /// The document as `tier` shows it; `None` before the first tier of its kind.
    pub(crate) fn of(stored: &Stored, visibility: &Visibility, tier: Tier) -> Option<Self> {
        let whole = DocumentView::whole(stored);
        match tier {
            // As it was written, so that what was read can be written back.
            Tier::Staff => Some(whole),
            tier if tier < stored.kind.first_tier() => None,
            tier => Some(DocumentView {
                external_id: None,
                document: visibility.disclose(stored.kind, whole.document, tier),
                ..whole
            }),
        }
    }

    /// The document as its own members and staff see it.
    pub(crate) fn whole(stored: &Stored) -> Self {
        DocumentView {
            id: stored.id,
            version: stored.version,
            external_id: stored.external_id.clone(),
            document: stored.body.clone(),
        }
    }
}

/// An organisation, as far as the reader may see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OrganisationView {
    /// Its id.
    pub(crate) id: OrganisationId,
    /// Its primary kind.
    kind: Kind,
    /// Its name in the reader's language; its id while it has no profile.
    name: String,
    /// Where it stands with the staff's review; for own members and staff, as the next three.
    #[serde(skip_serializing_if = "Option::is_none")]
    review: Option<Review>,
    /// Why it was not taken in, while it is rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    review_reason: Option<String>,
    /// Its name in another system.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    /// When it was put away.
    #[serde(skip_serializing_if = "Option::is_none")]
    archived_at: Option<Timestamp>,
    /// What it is.
    #[schema(value_type = Option<Object>)]
    profile: Option<Value>,
    /// What it owns.
    assets: Vec<DocumentView>,
    /// What it raises.
    rounds: Vec<DocumentView>,
    /// What it looks for.
    mandates: Vec<DocumentView>,
    /// How it is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    contacts: Option<Value>,
    /// Counts the steps of its life.
    pub(crate) version: u32,
}

impl OrganisationView {
    /// The organisation for a reader of `language`.
    ///
    /// # Errors
    /// What the database answered.
    pub(crate) fn of(conn: &mut Conn, seen: &Seen, language: Language) -> ApiResult<Self> {
        let (listed, tier) = (&seen.listed, seen.tier);
        let organisation = &listed.organisation;
        let own = tier == Tier::Staff;
        let views = |kind| {
            let of_kind = seen.documents.iter().filter(move |doc| doc.kind == kind);
            of_kind.filter_map(|doc| DocumentView::of(doc, &listed.visibility, tier))
        };
        let single = |kind| views(kind).next().map(|view| view.document);
        let name = listed.profile.as_ref().map_or_else(
            || organisation.id.to_string(),
            |profile| profile.document.names.in_language(language).to_owned(),
        );
        Ok(OrganisationView {
            id: organisation.id,
            kind: organisation.kind,
            name,
            review: own.then_some(organisation.review),
            review_reason: if own && organisation.review == Review::Rejected {
                last_reason(conn, organisation.id)?
            } else {
                None
            },
            external_id: organisation.external_id.clone().filter(|_| own),
            archived_at: organisation.archived_at,
            profile: single(DocumentKind::Profile),
            assets: views(DocumentKind::Asset).collect(),
            rounds: views(DocumentKind::Round).collect(),
            mandates: views(DocumentKind::Mandate).collect(),
            contacts: single(DocumentKind::Contacts),
            version: organisation.version,
        })
    }
}

/// Why staff rejected it last.
fn last_reason(conn: &mut Conn, id: OrganisationId) -> ApiResult<Option<String>> {
    let rows = journal::list_for(conn, Noun::Organisation, id.uuid())?;
    let last = rows.iter().rev().find(|row| row.action == "rejected");
    Ok(last.and_then(|row| row.detail["reason"].as_str().map(str::to_owned)))
}
