//! The change log as the replicas read it: what changed since a point, in commit order, nothing left out.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};
use uuid::Uuid;

use crate::{
    Conn, StoreError,
    types::{Uid, UuidT},
};

/// A point in the log. On PostgreSQL a transaction with a lower number may commit later than one with a higher, so the
/// point names the transaction too, and only rows of transactions that are all over are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Point {
    xid: i64,
    seq: i64,
}

/// One note: this thing changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The noun in snake_case.
    pub noun: String,
    /// Which.
    pub id: Uuid,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    xid: i64,
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Text)]
    noun: String,
    #[diesel(sql_type = UuidT)]
    id: Uid,
}

#[derive(QueryableByName)]
struct Head {
    #[diesel(sql_type = BigInt)]
    xid: i64,
    #[diesel(sql_type = BigInt)]
    seq: i64,
}

/// Notes at most in one reading.
const NOTES_MAX: usize = 10_000;

/// The point up to which everything is visible in this transaction; read before a full load.
pub fn find_head(conn: &mut Conn) -> Result<Point, StoreError> {
    let head: Head = match conn {
        // Rows of transactions that are not over stay beyond the point.
        Conn::Pg(conn) => diesel::sql_query(
            "SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1) AS xid,
                    9223372036854775807::bigint AS seq",
        )
        .get_result(&mut **conn)?,
        Conn::Sqlite(conn) => {
            diesel::sql_query("SELECT 0 AS xid, coalesce(max(seq), 0) AS seq FROM change_log")
                .get_result(&mut **conn)?
        }
    };
    Ok(Point {
        xid: head.xid,
        seq: head.seq,
    })
}

/// The notes after `point` in commit order, and the point after them; at most 10,000 at once.
pub fn list_since(conn: &mut Conn, point: Point) -> Result<(Vec<Note>, Point), StoreError> {
    let limit = i64::try_from(NOTES_MAX).expect("a small constant");
    let rows: Vec<Row> = match conn {
        // Served by the index change_log_order.
        Conn::Pg(conn) => diesel::sql_query(
            "SELECT xid::text::bigint AS xid, seq, noun, id FROM change_log
             WHERE xid < pg_snapshot_xmin(pg_current_snapshot())
               AND (xid, seq) > ($1::text::xid8, $2)
             ORDER BY xid, seq LIMIT $3",
        )
        .bind::<Text, _>(point.xid.to_string())
        .bind::<BigInt, _>(point.seq)
        .bind::<BigInt, _>(limit)
        .load(&mut **conn)?,
        // One writer: numbers are given in commit order.
        Conn::Sqlite(conn) => diesel::sql_query(
            "SELECT xid, seq, noun, id FROM change_log WHERE seq > ? ORDER BY seq LIMIT ?",
        )
        .bind::<BigInt, _>(point.seq)
        .bind::<BigInt, _>(limit)
        .load(&mut **conn)?,
    };
    let point = rows.last().map_or(point, |row| Point {
        xid: row.xid,
        seq: row.seq,
    });
    let notes = rows
        .into_iter()
        .map(|row| Note {
            noun: row.noun,
            id: row.id.0,
        })
        .collect();
    Ok((notes, point))
}
