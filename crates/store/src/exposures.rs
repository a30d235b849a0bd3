//! How often organisations are listed, counted once a day and kept, so that a score can be computed again.

use diesel::prelude::*;
use domain::Noun;
use jiff::{Timestamp, civil::Date};
use serde_json::Value;

use crate::{
    Conn, StoreError, on,
    schema::exposures,
    types::{Instant, Json},
};

/// What was counted on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    /// The day.
    pub as_of: Date,
    /// Levels by organisation.
    pub levels: Value,
    /// Content hash of the card whose lists were counted.
    pub card_hash: String,
}

/// Keeps what was counted; whether it was the first of its day.
pub fn insert(conn: &mut Conn, counted: &Counted, now: Timestamp) -> Result<bool, StoreError> {
    let row = (
        exposures::as_of.eq(counted.as_of.to_string()),
        exposures::levels.eq(Json(counted.levels.clone())),
        exposures::card_hash.eq(&counted.card_hash),
        exposures::counted_at.eq(Instant::from(now)),
    );
    let new = on!(
        conn,
        diesel::insert_into(exposures::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn)
    )?;
    Ok(new == 1)
}

/// Whether it was counted on `day`.
pub fn is_counted(conn: &mut Conn, day: Date) -> Result<bool, StoreError> {
    let of_day = exposures::table.filter(exposures::as_of.eq(day.to_string()));
    Ok(on!(
        conn,
        diesel::select(diesel::dsl::exists(of_day)).get_result(conn)
    )?)
}

/// What is known on `day`: what was counted last, on it or before.
pub fn find_on(conn: &mut Conn, day: Date) -> Result<Option<Counted>, StoreError> {
    let row: Option<(String, Json, String)> = on!(
        conn,
        exposures::table
            .filter(exposures::as_of.le(day.to_string()))
            .order(exposures::as_of.desc())
            .select((exposures::as_of, exposures::levels, exposures::card_hash))
            .first(conn)
            .optional()
    )?;
    row.map(|(as_of, levels, card_hash)| {
        Ok(Counted {
            as_of: as_of
                .parse()
                .map_err(|_| StoreError::Corrupt(Noun::Exposure))?,
            levels: levels.0,
            card_hash,
        })
    })
    .transpose()
}
