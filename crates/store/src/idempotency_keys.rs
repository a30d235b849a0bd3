//! Idempotency keys: the answer to a creating request is kept with its effect, in one transaction.

use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{Bool, Text},
};
use domain::PersonId;
use jiff::Timestamp;

use crate::{
    Conn, StoreError, on,
    schema::idempotency_keys,
    types::{Instant, Uid},
};

/// What was answered the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Hash of the route and the body that were sent with the key.
    pub request_hash: String,
    /// HTTP status.
    pub status: u16,
    /// The body, byte for byte, with what else belongs to the answer.
    pub answer: String,
}

/// The answer kept for this key of this person.
pub fn find(conn: &mut Conn, person: PersonId, key: &str) -> Result<Option<Answer>, StoreError> {
    let row: Option<(String, i32, String)> = on!(
        conn,
        idempotency_keys::table
            .find((Uid::from(person), key))
            .select((
                idempotency_keys::request_hash,
                idempotency_keys::status,
                idempotency_keys::answer,
            ))
            .first(conn)
            .optional()
    )?;
    Ok(row.map(|(request_hash, status, answer)| Answer {
        request_hash,
        status: u16::try_from(status).unwrap_or(500),
        answer,
    }))
}

/// Takes the key for this transaction, over all replicas; whether nobody else has it. SQLite has one writer, who has it.
pub fn lock(conn: &mut Conn, person: PersonId, key: &str) -> Result<bool, StoreError> {
    let Conn::Pg(conn) = conn else {
        return Ok(true);
    };
    let both = format!("{person}/{key}");
    let question = diesel::select(
        sql::<Bool>("pg_try_advisory_xact_lock(hashtextextended(")
            .bind::<Text, _>(both)
            .sql(", 0))"),
    );
    Ok(question.get_result(&mut **conn)?)
}

/// Keeps the answer beside its effect. A second effect under the same key is refused by the schema.
///
/// # Errors
/// [`StoreError::Duplicate`] if another request with the key was faster.
pub fn insert(
    conn: &mut Conn,
    person: PersonId,
    key: &str,
    answer: &Answer,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = (
        idempotency_keys::person_id.eq(Uid::from(person)),
        idempotency_keys::key.eq(key),
        idempotency_keys::request_hash.eq(&answer.request_hash),
        idempotency_keys::status.eq(i32::from(answer.status)),
        idempotency_keys::answer.eq(&answer.answer),
        idempotency_keys::created_at.eq(Instant::from(now)),
    );
    on!(
        conn,
        diesel::insert_into(idempotency_keys::table)
            .values(row)
            .execute(conn)
    )?;
    Ok(())
}

/// Forgets keys older than `before`.
pub fn delete_before(conn: &mut Conn, before: Timestamp) -> Result<usize, StoreError> {
    Ok(on!(
        conn,
        diesel::delete(
            idempotency_keys::table.filter(idempotency_keys::created_at.lt(Instant::from(before)))
        )
        .execute(conn)
    )?)
}
