//! The change log as the replicas read it: what changed since a point, in commit order, nothing left out.

use std::collections::BTreeSet;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool, Text},
};
use uuid::Uuid;

use crate::{
    Conn, StoreError,
    types::{Uid, UuidT},
};

/// A point in the log. On PostgreSQL a transaction with a lower number may commit later than one with a higher, so the
/// point names the transaction too, and never goes past one that is not over, be it in another database of the cluster.
/// Rows beyond it are read all the same, and remembered, so that nobody waits for a long transaction elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Point {
    xid: i64,
    seq: i64,
    /// The rows beyond the point that were read.
    ahead: BTreeSet<i64>,
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
    /// Whether every transaction up to this row's is over.
    #[diesel(sql_type = Bool)]
    settled: bool,
}

/// A place in the log for those who read it page by page: behind it everything is over.
pub type Place = (i64, i64);

/// The place after everything that is over now.
pub fn find_end(conn: &mut Conn) -> Result<Place, StoreError> {
    let head = find_head(conn)?;
    Ok((head.xid, head.seq))
}

/// Up to `limit` notes after a place, with their places, of transactions before which nothing can come any more.
pub fn list_settled(
    conn: &mut Conn,
    (xid, seq): Place,
    limit: i64,
) -> Result<Vec<(Place, Note)>, StoreError> {
    let rows: Vec<Row> = match conn {
        // Served by the index change_log_order.
        Conn::Pg(conn) => diesel::sql_query(
            "SELECT xid::text::bigint AS xid, seq, noun, id, true AS settled
             FROM change_log WHERE (xid, seq) > ($1::text::xid8, $2)
                 AND xid < pg_snapshot_xmin(pg_current_snapshot())
             ORDER BY xid, seq LIMIT $3",
        )
        .bind::<Text, _>(xid.to_string())
        .bind::<BigInt, _>(seq)
        .bind::<BigInt, _>(limit)
        .load(&mut **conn)?,
        Conn::Sqlite(conn) => diesel::sql_query(
            "SELECT xid, seq, noun, id, 1 AS settled FROM change_log WHERE seq > ? ORDER BY seq LIMIT ?",
        )
        .bind::<BigInt, _>(seq)
        .bind::<BigInt, _>(limit)
        .load(&mut **conn)?,
    };
    let notes = rows.into_iter().map(|row| {
        let note = Note {
            noun: row.noun,
            id: row.id.0,
        };
        ((row.xid, row.seq), note)
    });
    Ok(notes.collect())
}

#[derive(QueryableByName)]
struct Head {
    #[diesel(sql_type = BigInt)]
    xid: i64,
    #[diesel(sql_type = BigInt)]
    seq: i64,
}

/// Notes at most in one reading, without those that were read before.
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
        ahead: BTreeSet::new(),
    })
}

/// What was written after a point of the log.
#[derive(Debug)]
pub struct Since {
    /// The notes that were not read before, at most 10,000.
    pub notes: Vec<Note>,
    /// The point after them.
    pub point: Point,
    /// Whether that is all there was.
    pub is_all: bool,
}

/// The notes after `point` that were not read before, and the point after them.
pub fn list_since(conn: &mut Conn, point: &Point) -> Result<Since, StoreError> {
    // Each reading gets on, however many of the rows were read before.
    let rows_max = NOTES_MAX + point.ahead.len();
    let limit = i64::try_from(rows_max).expect("fewer than a machine can hold");
    let rows: Vec<Row> = match conn {
        // Served by the index change_log_order.
        Conn::Pg(conn) => diesel::sql_query(
            "SELECT xid::text::bigint AS xid, seq, noun, id,
                    xid < pg_snapshot_xmin(pg_current_snapshot()) AS settled
             FROM change_log WHERE (xid, seq) > ($1::text::xid8, $2)
             ORDER BY xid, seq LIMIT $3",
        )
        .bind::<Text, _>(point.xid.to_string())
        .bind::<BigInt, _>(point.seq)
        .bind::<BigInt, _>(limit)
        .load(&mut **conn)?,
        // One writer: numbers are given in commit order.
        Conn::Sqlite(conn) => diesel::sql_query(
            "SELECT xid, seq, noun, id, 1 AS settled FROM change_log WHERE seq > ? ORDER BY seq LIMIT ?",
        )
        .bind::<BigInt, _>(point.seq)
        .bind::<BigInt, _>(limit)
        .load(&mut **conn)?,
    };
    let is_all = rows.len() < rows_max;
    let (settled, ahead): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| row.settled);
    let (xid, seq) = settled
        .last()
        .map_or((point.xid, point.seq), |row| (row.xid, row.seq));
    let next = Point {
        xid,
        seq,
        ahead: ahead.into_iter().map(|row| row.seq).collect(),
    };
    let notes = rows
        .into_iter()
        .filter(|row| !point.ahead.contains(&row.seq))
        .map(|row| Note {
            noun: row.noun,
            id: row.id.0,
        })
        .collect();
    Ok(Since {
        notes,
        point: next,
        is_all,
    })
}
