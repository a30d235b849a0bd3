//! The documents of organisations in append-only versions.
//!
//! A document's body is JSON: the hub reads organisations whole, into memory, and no statement looks inside a body.
//! What must be unique or must hold between rows stands in columns beside it.

use std::collections::BTreeMap;

use diesel::prelude::*;
use domain::{DocumentKind, OrganisationId, PersonId};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Conn, StoreError, on, organisations,
    people::one,
    schema::{document_versions, documents},
    types::{Instant, Json, JsonText, Uid},
};

/// A document in its current version, its body as JSON unless `B` says otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored<B = Value> {
    /// Its id: that of the asset, round or mandate.
    pub id: Uuid,
    /// Whose it is.
    pub organisation: OrganisationId,
    /// Its kind.
    pub kind: DocumentKind,
    /// Its name in another system.
    pub external_id: Option<String>,
    /// Counts the changes, from 1.
    pub version: u32,
    /// When the version was written.
    pub recorded_at: Timestamp,
    /// The document.
    pub body: B,
}

/// The body of a document as the database has it: it is read once, as what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(String);

/// The body of a document.
pub trait Body {
    /// The document.
    ///
    /// # Errors
    /// If it is none of its kind.
    fn read<T: DeserializeOwned>(self) -> serde_json::Result<T>;
}

impl Body for Value {
    fn read<T: DeserializeOwned>(self) -> serde_json::Result<T> {
        serde_json::from_value(self)
    }
}

impl Body for Text {
    fn read<T: DeserializeOwned>(self) -> serde_json::Result<T> {
        serde_json::from_str(&self.0)
    }
}

impl From<Json> for Value {
    fn from(json: Json) -> Value {
        json.0
    }
}

impl From<JsonText> for Text {
    fn from(text: JsonText) -> Text {
        Text(text.0)
    }
}

/// Whether a document was put away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Archived {
    /// It counts.
    No,
    /// It was put away.
    Yes,
}

type Row<J> = (Uid, Uid, String, Option<String>, i32, Instant, J);

fn stored<J, B: From<J>>(row: Row<J>) -> Result<Stored<B>, StoreError> {
    let (id, organisation, kind, external_id, version, recorded_at, body) = row;
    let kind =
        DocumentKind::from_code(&kind).ok_or(StoreError::Corrupt(domain::Noun::Organisation))?;
    Ok(Stored {
        id: id.0,
        organisation: organisation.into(),
        kind,
        external_id,
        version: version.cast_unsigned(),
        recorded_at: recorded_at.into(),
        body: body.into(),
    })
}

/// The current versions that are not archived, their bodies read as `$json`, narrowed by `$narrow`, by organisation and
/// id.
macro_rules! current {
    ($conn:ident, $json:ty, |$query:ident| $narrow:expr) => {{
        let rows: Vec<Row<$json>> = on!($conn, {
            let $query = documents::table
                .inner_join(
                    document_versions::table.on(document_versions::document_id
                        .eq(documents::id)
                        .and(document_versions::version.eq(documents::version))),
                )
                .filter(documents::archived_at.is_null())
                .order((documents::organisation_id, documents::id))
                .select((
                    documents::id,
                    documents::organisation_id,
                    documents::kind,
                    documents::external_id,
                    documents::version,
                    document_versions::recorded_at,
                    document_versions::body,
                ));
            $narrow.load($conn)
        })?;
        rows.into_iter().map(stored).collect::<Result<Vec<_>, _>>()
    }};
}

/// The document of this kind that the organisation has one of.
///
/// # Errors
/// [`StoreError::NotFound`] if it was not written yet.
pub fn find_single(
    conn: &mut Conn,
    organisation: OrganisationId,
    kind: DocumentKind,
) -> Result<Stored, StoreError> {
    let organisation = Uid::from(organisation);
    let found = current!(conn, Json, |query| query
        .filter(documents::organisation_id.eq(organisation))
        .filter(documents::kind.eq(kind.code()))
        .limit(1))?;
    found
        .into_iter()
        .next()
        .ok_or(StoreError::NotFound(kind.noun()))
}

/// The asset, round or mandate with this id, of this organisation.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none, or it is another's.
pub fn find(
    conn: &mut Conn,
    organisation: OrganisationId,
    kind: DocumentKind,
    id: Uuid,
) -> Result<Stored, StoreError> {
    let organisation = Uid::from(organisation);
    let found = current!(conn, Json, |query| query
        .filter(documents::id.eq(Uid(id)))
        .filter(documents::organisation_id.eq(organisation))
        .filter(documents::kind.eq(kind.code()))
        .limit(1))?;
    found
        .into_iter()
        .next()
        .ok_or(StoreError::NotFound(kind.noun()))
}

/// The document of this kind that another system calls `external_id`.
pub fn find_by_external_id(
    conn: &mut Conn,
    organisation: OrganisationId,
    kind: DocumentKind,
    external_id: &str,
) -> Result<Option<Stored>, StoreError> {
    let organisation = Uid::from(organisation);
    let found = current!(conn, Json, |query| query
        .filter(documents::organisation_id.eq(organisation))
        .filter(documents::kind.eq(kind.code()))
        .filter(documents::external_id.eq(external_id))
        .limit(1))?;
    Ok(found.into_iter().next())
}

/// Every document of the organisation, by id; at most 1,000.
pub fn list_for(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Stored>, StoreError> {
    let organisation = Uid::from(organisation);
    current!(conn, Json, |query| query
        .filter(documents::organisation_id.eq(organisation))
        .limit(1000))
}

/// That a document is there, and in which version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub organisation: OrganisationId,
    /// Its kind.
    pub kind: DocumentKind,
    /// Counts the changes, from 1.
    pub version: u32,
}

/// Which documents these organisations have, by organisation and id. A version says the same for ever.
pub fn list_heads(
    conn: &mut Conn,
    organisations: &[OrganisationId],
) -> Result<Vec<Head>, StoreError> {
    let mut all = Vec::new();
    for ids in organisations.chunks(500) {
        let ids: Vec<Uid> = ids.iter().copied().map(Uid::from).collect();
        let rows: Vec<(Uid, Uid, String, i32)> = on!(
            conn,
            documents::table
                .filter(documents::organisation_id.eq_any(&ids))
                .filter(documents::archived_at.is_null())
                .order((documents::organisation_id, documents::id))
                .select((
                    documents::id,
                    documents::organisation_id,
                    documents::kind,
                    documents::version,
                ))
                .load(conn)
        )?;
        for (id, organisation, kind, version) in rows {
            let kind = DocumentKind::from_code(&kind);
            all.push(Head {
                id: id.0,
                organisation: organisation.into(),
                kind: kind.ok_or(StoreError::Corrupt(domain::Noun::Organisation))?,
                version: version.cast_unsigned(),
            });
        }
    }
    Ok(all)
}

/// The documents with these ids, by organisation and id.
pub fn list_by_ids(conn: &mut Conn, ids: &[Uuid]) -> Result<Vec<Stored<Text>>, StoreError> {
    let mut all = Vec::new();
    for ids in ids.chunks(500) {
        let ids: Vec<Uid> = ids.iter().copied().map(Uid).collect();
        all.extend(current!(conn, JsonText, |query| query
            .filter(documents::id.eq_any(&ids)))?);
    }
    Ok(all)
}

/// Every document of these organisations, by organisation and id.
pub fn list_for_all(
    conn: &mut Conn,
    organisations: &[OrganisationId],
) -> Result<Vec<Stored<Text>>, StoreError> {
    let mut all = Vec::new();
    for ids in organisations.chunks(500) {
        let ids: Vec<Uid> = ids.iter().copied().map(Uid::from).collect();
        all.extend(current!(conn, JsonText, |query| query
            .filter(documents::organisation_id.eq_any(&ids)))?);
    }
    Ok(all)
}

/// Every document of this kind of these organisations, archived or not, by organisation and id; with each, whether it
/// is archived.
pub fn list_of_kind(
    conn: &mut Conn,
    organisations: &[OrganisationId],
    kind: DocumentKind,
) -> Result<Vec<(Stored, Archived)>, StoreError> {
    let mut all = Vec::new();
    for ids in organisations.chunks(500) {
        let ids: Vec<Uid> = ids.iter().copied().map(Uid::from).collect();
        let rows: Vec<(Row<Json>, Option<Instant>)> = on!(
            conn,
            documents::table
                .inner_join(
                    document_versions::table.on(document_versions::document_id
                        .eq(documents::id)
                        .and(document_versions::version.eq(documents::version))),
                )
                .filter(documents::organisation_id.eq_any(&ids))
                .filter(documents::kind.eq(kind.code()))
                .order((documents::organisation_id, documents::id))
                .select((
                    (
                        documents::id,
                        documents::organisation_id,
                        documents::kind,
                        documents::external_id,
                        documents::version,
                        document_versions::recorded_at,
                        document_versions::body,
                    ),
                    documents::archived_at,
                ))
                .load(conn)
        )?;
        for (row, archived_at) in rows {
            let archived = archived_at.map_or(Archived::No, |_| Archived::Yes);
            all.push((stored(row)?, archived));
        }
    }
    Ok(all)
}

/// The versions that these organisations' documents had at `at`, without those put away by then, by organisation and id.
/// `exact` names versions that are taken whatever the time: by document.
pub fn list_known(
    conn: &mut Conn,
    organisations: &[OrganisationId],
    at: Timestamp,
    exact: &BTreeMap<Uuid, u32>,
) -> Result<Vec<Stored<Text>>, StoreError> {
    let mut known: Vec<Stored<Text>> = Vec::new();
    for ids in organisations.chunks(500) {
        let ids: Vec<Uid> = ids.iter().copied().map(Uid::from).collect();
        let rows: Vec<(Row<JsonText>, Option<Instant>)> = on!(
            conn,
            documents::table
                .inner_join(
                    document_versions::table.on(document_versions::document_id.eq(documents::id)),
                )
                .filter(documents::organisation_id.eq_any(&ids))
                .order((
                    documents::organisation_id,
                    documents::id,
                    document_versions::version,
                ))
                .select((
                    (
                        documents::id,
                        documents::organisation_id,
                        documents::kind,
                        documents::external_id,
                        document_versions::version,
                        document_versions::recorded_at,
                        document_versions::body,
                    ),
                    documents::archived_at,
                ))
                .load(conn)
        )?;
        for (row, archived_at) in rows {
            let version = stored(row)?;
            let put_away = archived_at.is_some_and(|then| Timestamp::from(then) <= at);
            let was_there = version.recorded_at <= at && !put_away;
            let named = exact.get(&version.id);
            let counts = named.map_or(was_there, |&named| version.version == named);
            match known.last_mut() {
                _ if !counts => {}
                Some(last) if last.id == version.id => *last = version,
                _ => known.push(version),
            }
        }
    }
    Ok(known)
}

/// New documents in their first versions, all in two statements per 500.
///
/// # Errors
/// [`StoreError::Duplicate`] as [`insert`] has it.
pub fn insert_all(
    conn: &mut Conn,
    all: &[Stored],
    recorded_by: Option<PersonId>,
) -> Result<(), StoreError> {
    for chunk in all.chunks(500) {
        let heads: Vec<_> = chunk
            .iter()
            .map(|document| {
                (
                    documents::id.eq(Uid(document.id)),
                    documents::organisation_id.eq(Uid::from(document.organisation)),
                    documents::kind.eq(document.kind.code()),
                    documents::external_id.eq(document.external_id.as_deref()),
                    documents::version.eq(1),
                )
            })
            .collect();
        let versions: Vec<_> = chunk
            .iter()
            .map(|document| {
                (
                    document_versions::document_id.eq(Uid(document.id)),
                    document_versions::version.eq(1),
                    document_versions::recorded_at.eq(Instant::from(document.recorded_at)),
                    document_versions::recorded_by.eq(recorded_by.map(Uid::from)),
                    document_versions::body.eq(Json(document.body.clone())),
                )
            })
            .collect();
        on!(conn, {
            diesel::insert_into(documents::table)
                .values(&heads)
                .execute(conn)?;
            diesel::insert_into(document_versions::table)
                .values(&versions)
                .execute(conn)
        })?;
        let of: Vec<Uid> = chunk
            .iter()
            .map(|document| document.organisation.into())
            .collect();
        if let Some(latest) = chunk.iter().map(|document| document.recorded_at).max() {
            organisations::save_changed(conn, &of, latest)?;
        }
    }
    Ok(())
}

/// A new document in its first version.
///
/// # Errors
/// [`StoreError::Duplicate`] if the organisation has one already that it may have one of, or one with the same
/// external id.
pub fn insert(
    conn: &mut Conn,
    document: &Stored,
    recorded_by: Option<PersonId>,
) -> Result<(), StoreError> {
    let row = (
        documents::id.eq(Uid(document.id)),
        documents::organisation_id.eq(Uid::from(document.organisation)),
        documents::kind.eq(document.kind.code()),
        documents::external_id.eq(document.external_id.as_deref()),
        documents::version.eq(1),
    );
    on!(
        conn,
        diesel::insert_into(documents::table)
            .values(row)
            .execute(conn)
    )?;
    insert_version(conn, document, 1, recorded_by)
}

/// The next version of a document.
///
/// # Errors
/// [`StoreError::Stale`] if the stored version is not `document.version`.
pub fn save(
    conn: &mut Conn,
    document: &Stored,
    recorded_by: Option<PersonId>,
) -> Result<(), StoreError> {
    let version = document.version.cast_signed();
    let changed = on!(
        conn,
        diesel::update(documents::table.find(Uid(document.id)))
            .filter(documents::version.eq(version))
            .filter(documents::archived_at.is_null())
            .set(documents::version.eq(version + 1))
            .execute(conn)
    )?;
    one(changed, StoreError::Stale(document.kind.noun()))?;
    insert_version(conn, document, version + 1, recorded_by)
}

fn insert_version(
    conn: &mut Conn,
    document: &Stored,
    version: i32,
    recorded_by: Option<PersonId>,
) -> Result<(), StoreError> {
    let row = (
        document_versions::document_id.eq(Uid(document.id)),
        document_versions::version.eq(version),
        document_versions::recorded_at.eq(Instant::from(document.recorded_at)),
        document_versions::recorded_by.eq(recorded_by.map(Uid::from)),
        document_versions::body.eq(Json(document.body.clone())),
    );
    on!(
        conn,
        diesel::insert_into(document_versions::table)
            .values(row)
            .execute(conn)
    )?;
    organisations::save_changed(conn, &[document.organisation.into()], document.recorded_at)
}

/// Puts an asset, round or mandate away; its versions stay.
///
/// # Errors
/// [`StoreError::Stale`] if the stored version is not `version`.
pub fn save_archived(
    conn: &mut Conn,
    kind: DocumentKind,
    id: Uuid,
    version: u32,
    now: Timestamp,
) -> Result<(), StoreError> {
    let changed = on!(
        conn,
        diesel::update(documents::table.find(Uid(id)))
            .filter(documents::version.eq(version.cast_signed()))
            .filter(documents::archived_at.is_null())
            .set(documents::archived_at.eq(Instant::from(now)))
            .execute(conn)
    )?;
    one(changed, StoreError::Stale(kind.noun()))?;
    let of: Uid = on!(
        conn,
        documents::table
            .find(Uid(id))
            .select(documents::organisation_id)
            .first(conn)
    )?;
    organisations::save_changed(conn, &[of], now)
}
