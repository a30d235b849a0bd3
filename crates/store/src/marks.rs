//! What an organisation noted of others for itself: bookmarks, and whom it would rather not see. Never shown to those.

use diesel::prelude::*;
use domain::{Mark, Noun, OrganisationId, PersonId};
use jiff::Timestamp;

use crate::{
    Conn, StoreError, on,
    people::one,
    schema::marks,
    types::{Instant, Uid},
};

/// A mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// Whom it is on.
    pub other: OrganisationId,
    /// What it says.
    pub mark: Mark,
    /// In words.
    pub note: Option<String>,
    /// Who made it.
    pub by: PersonId,
    /// When.
    pub at: Timestamp,
}

/// Puts a mark of `organisation` on another, in the place of what was there.
pub fn save(
    conn: &mut Conn,
    organisation: OrganisationId,
    marked: &Marked,
) -> Result<(), StoreError> {
    let values = || {
        (
            marks::mark.eq(marked.mark.code()),
            marks::note.eq(marked.note.as_deref()),
            marks::marked_by.eq(Uid::from(marked.by)),
            marks::marked_at.eq(Instant::from(marked.at)),
        )
    };
    let row = (
        marks::organisation_id.eq(Uid::from(organisation)),
        marks::other_id.eq(Uid::from(marked.other)),
        values(),
    );
    on!(
        conn,
        diesel::insert_into(marks::table)
            .values(row)
            .on_conflict((marks::organisation_id, marks::other_id))
            .do_update()
            .set(values())
            .execute(conn)
    )?;
    Ok(())
}

/// The marks of an organisation, the latest first, at most 1,000.
pub fn list(conn: &mut Conn, organisation: OrganisationId) -> Result<Vec<Marked>, StoreError> {
    let rows: Vec<(Uid, String, Option<String>, Uid, Instant)> = on!(
        conn,
        marks::table
            .filter(marks::organisation_id.eq(Uid::from(organisation)))
            .order((marks::marked_at.desc(), marks::other_id))
            .limit(1000)
            .select((
                marks::other_id,
                marks::mark,
                marks::note,
                marks::marked_by,
                marks::marked_at
            ))
            .load(conn)
    )?;
    rows.into_iter()
        .map(|(other, mark, note, by, at)| {
            Ok(Marked {
                other: other.into(),
                mark: Mark::from_code(&mark).ok_or(StoreError::Corrupt(Noun::Mark))?,
                note,
                by: by.into(),
                at: at.into(),
            })
        })
        .collect()
}

/// Takes a mark off.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none.
pub fn delete(
    conn: &mut Conn,
    organisation: OrganisationId,
    other: OrganisationId,
) -> Result<(), StoreError> {
    let deleted = on!(
        conn,
        diesel::delete(marks::table.find((Uid::from(organisation), Uid::from(other))))
            .execute(conn)
    )?;
    one(deleted, StoreError::NotFound(Noun::Mark))
}
