//! Sign-ins, and the refresh tokens that keep them alive: each is good once.

use diesel::prelude::*;
use domain::{Noun, PersonId, SessionId};
use jiff::Timestamp;

use crate::{
    Conn, StoreError, on,
    people::one,
    schema::{refresh_tokens, sessions},
    types::{Instant, Uid},
};

/// A sign-in of a person on one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub person: PersonId,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
}

/// What became of a refresh token that was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    /// It was good, and is spent now.
    Now(Session),
    /// It was spent before: somebody has a copy.
    Before(Session),
}

/// A new session with its first refresh token.
pub fn insert(
    conn: &mut Conn,
    session: &Session,
    token_hash: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = (
        sessions::id.eq(Uid::from(session.id)),
        sessions::person_id.eq(Uid::from(session.person)),
        sessions::created_at.eq(Instant::from(now)),
        sessions::expires_at.eq(Instant::from(session.expires_at)),
    );
    on!(
        conn,
        diesel::insert_into(sessions::table)
            .values(row)
            .execute(conn)
    )?;
    insert_refresh_token(conn, session, token_hash, now)
}

/// The next refresh token of a session. The schema allows one that is not spent.
pub fn insert_refresh_token(
    conn: &mut Conn,
    session: &Session,
    token_hash: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = (
        refresh_tokens::hash.eq(token_hash),
        refresh_tokens::session_id.eq(Uid::from(session.id)),
        refresh_tokens::issued_at.eq(Instant::from(now)),
        refresh_tokens::expires_at.eq(Instant::from(session.expires_at)),
    );
    on!(
        conn,
        diesel::insert_into(refresh_tokens::table)
            .values(row)
            .execute(conn)
    )?;
    Ok(())
}

/// Spends a refresh token; of two that try at once, one finds it spent before.
///
/// # Errors
/// [`StoreError::NotFound`] for a token that was never issued.
pub fn save_spent(conn: &mut Conn, token_hash: &str, now: Timestamp) -> Result<Spent, StoreError> {
    let changed = on!(
        conn,
        diesel::update(refresh_tokens::table.find(token_hash))
            .filter(refresh_tokens::spent_at.is_null())
            .set(refresh_tokens::spent_at.eq(Instant::from(now)))
            .execute(conn)
    )?;
    let row: Option<(Uid, Uid, Instant, Option<Instant>)> = on!(
        conn,
        refresh_tokens::table
            .inner_join(sessions::table)
            .filter(refresh_tokens::hash.eq(token_hash))
            .select((
                sessions::id,
                sessions::person_id,
                sessions::expires_at,
                sessions::revoked_at,
            ))
            .first(conn)
            .optional()
    )?;
    let (id, person, expires_at, revoked_at) = row.ok_or(StoreError::NotFound(Noun::Session))?;
    let session = Session {
        id: id.into(),
        person: person.into(),
        expires_at: expires_at.into(),
        revoked_at: revoked_at.map(Into::into),
    };
    Ok(if changed == 1 {
        Spent::Now(session)
    } else {
        Spent::Before(session)
    })
}

/// Ends a session.
///
/// # Errors
/// [`StoreError::NotFound`] if it is not alive.
pub fn save_revoked(conn: &mut Conn, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
    let changed = on!(
        conn,
        diesel::update(sessions::table.find(Uid::from(id)))
            .filter(sessions::revoked_at.is_null())
            .set(sessions::revoked_at.eq(Instant::from(now)))
            .execute(conn)
    )?;
    one(changed, StoreError::NotFound(Noun::Session))
}

/// Ends every session of a person.
pub fn save_all_revoked(
    conn: &mut Conn,
    person: PersonId,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(
        conn,
        diesel::update(sessions::table)
            .filter(sessions::person_id.eq(Uid::from(person)))
            .filter(sessions::revoked_at.is_null())
            .set(sessions::revoked_at.eq(Instant::from(now)))
            .execute(conn)
    )?;
    Ok(())
}

/// Whether the session is alive at `now`.
pub fn is_alive(conn: &mut Conn, id: SessionId, now: Timestamp) -> Result<bool, StoreError> {
    let alive: i64 = on!(
        conn,
        sessions::table
            .find(Uid::from(id))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(Instant::from(now)))
            .count()
            .get_result(conn)
    )?;
    Ok(alive == 1)
}

/// The sessions ended since `since`, by id: access tokens older than that are void by their age.
pub fn list_revoked_since(conn: &mut Conn, since: Timestamp) -> Result<Vec<SessionId>, StoreError> {
    let ids: Vec<Uid> = on!(
        conn,
        sessions::table
            .filter(sessions::revoked_at.ge(Some(Instant::from(since))))
            .order(sessions::id)
            .select(sessions::id)
            .load(conn)
    )?;
    Ok(ids.into_iter().map(Into::into).collect())
}
