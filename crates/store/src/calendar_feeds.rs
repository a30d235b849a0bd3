//! Calendar feeds: each person has at most one that lives, found by the hash of its token.

use diesel::prelude::*;
use domain::{Noun, PersonId};
use jiff::Timestamp;

use crate::{
    Conn, StoreError, on,
    people::one,
    schema::calendar_feeds,
    types::{Instant, Uid},
};

/// A new feed.
///
/// # Errors
/// [`StoreError::Duplicate`] if the person has one that lives.
pub fn insert(
    conn: &mut Conn,
    hash: &str,
    person: PersonId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = (
        calendar_feeds::hash.eq(hash),
        calendar_feeds::person_id.eq(Uid::from(person)),
        calendar_feeds::created_at.eq(Instant::from(now)),
    );
    on!(
        conn,
        diesel::insert_into(calendar_feeds::table)
            .values(row)
            .execute(conn)
    )?;
    Ok(())
}

/// Ends the feed of the person.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none that lives.
pub fn save_revoked(conn: &mut Conn, person: PersonId, now: Timestamp) -> Result<(), StoreError> {
    let changed = on!(
        conn,
        diesel::update(calendar_feeds::table)
            .filter(calendar_feeds::person_id.eq(Uid::from(person)))
            .filter(calendar_feeds::revoked_at.is_null())
            .set(calendar_feeds::revoked_at.eq(Instant::from(now)))
            .execute(conn)
    )?;
    one(changed, StoreError::NotFound(Noun::CalendarFeed))
}

/// Whose living feed has the token with this hash.
///
/// # Errors
/// [`StoreError::NotFound`] if it is nobody's.
pub fn find_person(conn: &mut Conn, hash: &str) -> Result<PersonId, StoreError> {
    let found: Option<Uid> = on!(
        conn,
        calendar_feeds::table
            .find(hash)
            .filter(calendar_feeds::revoked_at.is_null())
            .select(calendar_feeds::person_id)
            .first(conn)
            .optional()
    )?;
    found
        .map(Into::into)
        .ok_or(StoreError::NotFound(Noun::CalendarFeed))
}
