//! Token buckets that hold over all replicas.

use diesel::prelude::*;
use jiff::Timestamp;

use crate::{Conn, StoreError, on, schema::rate_limits, types::Instant};

/// How fast a bucket fills, and how much it holds.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// Requests at once.
    pub burst: u32,
    /// Milliseconds until one more is allowed.
    pub refill_ms: u32,
}

const ONE: i64 = 1_000_000;

/// Takes one from the bucket, or says in how many seconds, at least 1, there will be one.
///
/// A caller who is refused pays nothing, so that a patient one gets in.
pub fn save_taken(
    conn: &mut Conn,
    bucket: &str,
    limit: Limit,
    now: Timestamp,
) -> Result<Result<(), u32>, StoreError> {
    let full = i64::from(limit.burst) * ONE;
    let new = (
        rate_limits::bucket.eq(bucket),
        rate_limits::tokens_micro.eq(full),
        rate_limits::updated_at.eq(Instant::from(now)),
    );
    // The insert locks the row on PostgreSQL whether or not it was there; SQLite has one writer.
    let (tokens, updated_at): (i64, Instant) = on!(
        conn,
        diesel::insert_into(rate_limits::table)
            .values(new)
            .on_conflict(rate_limits::bucket)
            .do_update()
            .set(rate_limits::bucket.eq(bucket))
            .returning((rate_limits::tokens_micro, rate_limits::updated_at))
            .get_result(conn)
    )?;
    let passed_ms = (now.as_millisecond() - Timestamp::from(updated_at).as_millisecond()).max(0);
    let gained = passed_ms.saturating_mul(ONE) / i64::from(limit.refill_ms.max(1));
    let tokens = tokens.saturating_add(gained).min(full);
    if tokens < ONE {
        let wait_ms = (ONE - tokens) * i64::from(limit.refill_ms) / ONE;
        let seconds = u32::try_from(wait_ms.div_euclid(1000) + 1).unwrap_or(u32::MAX);
        return Ok(Err(seconds));
    }
    on!(
        conn,
        diesel::update(rate_limits::table.find(bucket))
            .set((
                rate_limits::tokens_micro.eq(tokens - ONE),
                rate_limits::updated_at.eq(Instant::from(now)),
            ))
            .execute(conn)
    )?;
    Ok(Ok(()))
}

/// Forgets buckets untouched since `before`: they are full again.
pub fn delete_before(conn: &mut Conn, before: Timestamp) -> Result<usize, StoreError> {
    Ok(on!(
        conn,
        diesel::delete(
            rate_limits::table.filter(rate_limits::updated_at.lt(Instant::from(before)))
        )
        .execute(conn)
    )?)
}
