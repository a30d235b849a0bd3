//! Organisations: what is not in their documents.

use std::collections::HashMap;

use diesel::prelude::*;
use domain::{Kind, Noun, OrganisationId, Review, ReviewStep};
use jiff::Timestamp;

use crate::{
    Conn, StoreError, on,
    people::one,
    schema::{audit, organisations},
    types::{Instant, Uid},
};

/// An organisation without its documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// Its primary kind.
    pub kind: Kind,
    /// Its name in another system.
    pub external_id: Option<String>,
    /// Where it stands with the staff's review.
    pub review: Review,
    /// Random, fixed at creation; parts pairs with the same points.
    pub tie_key: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it, or a document of it, last changed.
    pub changed_at: Timestamp,
    /// When it was put away.
    pub archived_at: Option<Timestamp>,
    /// Counts the changes, from 1.
    pub version: u32,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = organisations)]
struct Row {
    id: Uid,
    kind: String,
    external_id: Option<String>,
    review: String,
    tie_key: i64,
    created_at: Instant,
    archived_at: Option<Instant>,
    version: i32,
    changed_at: Instant,
}

impl From<&Organisation> for Row {
    fn from(organisation: &Organisation) -> Row {
        Row {
            id: organisation.id.into(),
            kind: organisation.kind.code().to_owned(),
            external_id: organisation.external_id.clone(),
            review: organisation.review.code().to_owned(),
            tie_key: organisation.tie_key.into(),
            created_at: organisation.created_at.into(),
            archived_at: organisation.archived_at.map(Into::into),
            version: organisation.version.cast_signed(),
            changed_at: organisation.changed_at.into(),
        }
    }
}

impl TryFrom<Row> for Organisation {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Organisation, StoreError> {
        let corrupt = StoreError::Corrupt(Noun::Organisation);
        let review = Review::ALL
            .into_iter()
            .find(|review| review.code() == row.review);
        let (Some(kind), Some(review), Ok(tie_key)) = (
            Kind::from_code(&row.kind),
            review,
            u32::try_from(row.tie_key),
        ) else {
            return Err(corrupt);
        };
        Ok(Organisation {
            id: row.id.into(),
            kind,
            external_id: row.external_id,
            review,
            tie_key,
            created_at: row.created_at.into(),
            archived_at: row.archived_at.map(Into::into),
            version: row.version.cast_unsigned(),
            changed_at: row.changed_at.into(),
        })
    }
}

/// The organisation with this id, archived or not.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none.
pub fn find(conn: &mut Conn, id: OrganisationId) -> Result<Organisation, StoreError> {
    on!(
        conn,
        organisations::table
            .find(Uid::from(id))
            .select(Row::as_select())
            .first(conn)
            .optional()
    )?
    .ok_or(StoreError::NotFound(Noun::Organisation))?
    .try_into()
}

/// The organisation that another system calls `external_id`.
pub fn find_by_external_id(
    conn: &mut Conn,
    external_id: &str,
) -> Result<Option<Organisation>, StoreError> {
    on!(
        conn,
        organisations::table
            .filter(organisations::external_id.eq(external_id))
            .select(Row::as_select())
            .first::<Row>(conn)
            .optional()
    )?
    .map(Organisation::try_from)
    .transpose()
}

/// Organisations after `after` by id, for loading all in pages.
pub fn list_after(
    conn: &mut Conn,
    after: Option<OrganisationId>,
    limit: i64,
) -> Result<Vec<Organisation>, StoreError> {
    let after = after.map(Uid::from);
    let rows: Vec<Row> = on!(conn, {
        let mut query = organisations::table
            .order(organisations::id)
            .limit(limit)
            .select(Row::as_select())
            .into_boxed();
        if let Some(after) = after {
            query = query.filter(organisations::id.gt(after));
        }
        query.load(conn)
    })?;
    rows.into_iter().map(Organisation::try_from).collect()
}

/// Whether reviewed organisations were reviewed at `at` already or still: those of which a later step of the review says
/// otherwise than [`Organisation::review`] does now, with what they were then.
///
/// What a step of the review makes of an organisation says what it was before: only an approved one is suspended, and no
/// approved one is submitted, approved or rejected.
pub fn list_reviewed_later(
    conn: &mut Conn,
    at: Timestamp,
) -> Result<HashMap<OrganisationId, Review>, StoreError> {
    let steps = ReviewStep::ALL.map(ReviewStep::done);
    let rows: Vec<(Uid, String)> = on!(
        conn,
        audit::table
            .filter(audit::noun.eq(Noun::Organisation.code()))
            .filter(audit::at.gt(Instant::from(at)))
            .filter(audit::action.eq_any(steps))
            .order(audit::seq.desc())
            .select((audit::subject_id, audit::action))
            .load(conn)
    )?;
    // The last in this order is the first in time.
    let before = rows.into_iter().map(|(id, action)| {
        let suspended = action == ReviewStep::Suspend.done();
        let then = if suspended {
            Review::Approved
        } else {
            Review::Submitted
        };
        (OrganisationId::from(id), then)
    });
    Ok(before.collect())
}

/// The organisations among `ids`, by id.
pub fn list_by_ids(
    conn: &mut Conn,
    ids: &[OrganisationId],
) -> Result<Vec<Organisation>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(500) {
        let ids: Vec<Uid> = ids.iter().copied().map(Uid::from).collect();
        let rows: Vec<Row> = on!(
            conn,
            organisations::table
                .filter(organisations::id.eq_any(&ids))
                .order(organisations::id)
                .select(Row::as_select())
                .load(conn)
        )?;
        for row in rows {
            found.push(row.try_into()?);
        }
    }
    Ok(found)
}

/// The organisations that other systems call so, archived or not, by external id.
pub fn list_by_external_ids(
    conn: &mut Conn,
    external_ids: &[String],
) -> Result<Vec<Organisation>, StoreError> {
    let mut found = Vec::with_capacity(external_ids.len());
    for chunk in external_ids.chunks(500) {
        let rows: Vec<Row> = on!(
            conn,
            organisations::table
                .filter(organisations::external_id.eq_any(chunk))
                .order(organisations::external_id)
                .select(Row::as_select())
                .load(conn)
        )?;
        for row in rows {
            found.push(row.try_into()?);
        }
    }
    Ok(found)
}

/// New organisations, all in one statement per 500.
///
/// # Errors
/// [`StoreError::Duplicate`] if another has the same `external_id`.
pub fn insert_all(conn: &mut Conn, organisations: &[Organisation]) -> Result<(), StoreError> {
    for chunk in organisations.chunks(500) {
        let rows: Vec<Row> = chunk.iter().map(Row::from).collect();
        on!(
            conn,
            diesel::insert_into(organisations::table)
                .values(&rows)
                .execute(conn)
        )?;
    }
    Ok(())
}

/// A new organisation.
///
/// # Errors
/// [`StoreError::Duplicate`] if another has the same `external_id`.
pub fn insert(conn: &mut Conn, organisation: &Organisation) -> Result<(), StoreError> {
    let row = Row::from(organisation);
    on!(
        conn,
        diesel::insert_into(organisations::table)
            .values(&row)
            .execute(conn)
    )?;
    Ok(())
}

/// Keeps review, external id and archiving; the version rises by one.
///
/// # Errors
/// [`StoreError::Stale`] if the stored version is not `organisation.version`.
pub fn save(
    conn: &mut Conn,
    organisation: &Organisation,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = Row::from(organisation);
    let changed = on!(
        conn,
        diesel::update(organisations::table.find(row.id))
            .filter(organisations::version.eq(row.version))
            .set((
                organisations::review.eq(&row.review),
                organisations::external_id.eq(&row.external_id),
                organisations::archived_at.eq(row.archived_at),
                organisations::version.eq(row.version + 1),
                organisations::changed_at.eq(Instant::from(now)),
            ))
            .execute(conn)
    )?;
    one(changed, StoreError::Stale(Noun::Organisation))
}

/// Notes that documents of these organisations changed.
pub(crate) fn save_changed(conn: &mut Conn, ids: &[Uid], now: Timestamp) -> Result<(), StoreError> {
    let now = Instant::from(now);
    on!(
        conn,
        diesel::update(organisations::table.filter(organisations::id.eq_any(ids)))
            .filter(organisations::changed_at.lt(now))
            .set(organisations::changed_at.eq(now))
            .execute(conn)
    )?;
    Ok(())
}

/// How many organisations there are.
pub fn count(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(on!(conn, organisations::table.count().get_result(conn))?)
}
