//! The places of a programme: tables, rooms, links.

use diesel::prelude::*;
use domain::{Line, Noun, PlaceId, PlaceKind, ProgrammeId};
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Conn, StoreError, on,
    people::one,
    schema::places,
    types::{Instant, Uid},
};

/// A place.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Its id.
    pub id: PlaceId,
    /// Of which programme.
    pub programme: ProgrammeId,
    /// What kind.
    pub kind: PlaceKind,
    /// What stands on its sign.
    pub name: Line<200>,
    /// Meetings that it takes at one time.
    pub seats: u16,
    /// Where to click, of a virtual one.
    pub link: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = places)]
struct Row {
    id: Uid,
    programme_id: Uid,
    kind: String,
    name: String,
    seats: i32,
    link: Option<String>,
}

impl TryFrom<Row> for Place {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Place, StoreError> {
        let corrupt = || StoreError::Corrupt(Noun::Place);
        Ok(Place {
            id: row.id.into(),
            programme: row.programme_id.into(),
            kind: serde_json::from_value(Value::String(row.kind)).map_err(|_| corrupt())?,
            name: row.name.parse().map_err(|_| corrupt())?,
            seats: row.seats.try_into().map_err(|_| corrupt())?,
            link: row.link,
        })
    }
}

/// A new place.
///
/// # Errors
/// [`StoreError::Duplicate`] if the programme has one of this name.
pub fn insert(conn: &mut Conn, place: &Place, now: Timestamp) -> Result<(), StoreError> {
    let row = (
        places::id.eq(Uid::from(place.id)),
        places::programme_id.eq(Uid::from(place.programme)),
        places::kind.eq(place.kind.code()),
        places::name.eq(place.name.as_str()),
        places::seats.eq(i32::from(place.seats)),
        places::link.eq(place.link.as_deref()),
        places::created_at.eq(Instant::from(now)),
    );
    on!(
        conn,
        diesel::insert_into(places::table).values(row).execute(conn)
    )?;
    Ok(())
}

/// Puts a place away: nothing new is booked there.
///
/// # Errors
/// [`StoreError::NotFound`] if the programme has no such place any more.
pub fn save_archived(
    conn: &mut Conn,
    programme: ProgrammeId,
    id: PlaceId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let changed = on!(
        conn,
        diesel::update(places::table.find(Uid::from(id)))
            .filter(places::programme_id.eq(Uid::from(programme)))
            .filter(places::archived_at.is_null())
            .set(places::archived_at.eq(Instant::from(now)))
            .execute(conn)
    )?;
    one(changed, StoreError::NotFound(Noun::Place))
}

/// The places of a programme that can be booked, by name; at most 1,000.
pub fn list(conn: &mut Conn, programme: ProgrammeId) -> Result<Vec<Place>, StoreError> {
    let rows: Vec<Row> = on!(
        conn,
        places::table
            .filter(places::programme_id.eq(Uid::from(programme)))
            .filter(places::archived_at.is_null())
            .order((places::name, places::id))
            .limit(1000)
            .select(Row::as_select())
            .load(conn)
    )?;
    rows.into_iter().map(Place::try_from).collect()
}

/// The place with this id, put away or not.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none.
pub fn find(conn: &mut Conn, id: PlaceId) -> Result<Place, StoreError> {
    on!(
        conn,
        places::table
            .find(Uid::from(id))
            .select(Row::as_select())
            .first(conn)
            .optional()
    )?
    .ok_or(StoreError::NotFound(Noun::Place))?
    .try_into()
}
