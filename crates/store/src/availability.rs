//! When people, and the people of organisations, can be met.

use std::collections::HashMap;

use diesel::prelude::*;
use domain::{Noun, PersonId, schedule::Availability};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    Conn, StoreError, on,
    people::one,
    schema::availability,
    types::{Instant, Json, Uid},
};

/// Whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// An organisation.
    Organisation(Uuid),
    /// A person.
    Person(Uuid),
}

impl Owner {
    /// The id of either.
    pub const fn id(self) -> Uuid {
        match self {
            Owner::Organisation(id) | Owner::Person(id) => id,
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Owner::Organisation(_) => "organisation",
            Owner::Person(_) => "person",
        }
    }
}

/// As it was said last.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Counts the changes, from 1.
    pub version: u32,
    /// The hours.
    pub availability: Availability,
}

fn read(version: i32, body: Json) -> Result<Stored, StoreError> {
    Ok(Stored {
        version: version.cast_unsigned(),
        availability: serde_json::from_value(body.0)
            .map_err(|_| StoreError::Corrupt(Noun::Availability))?,
    })
}

/// What `owner` said.
///
/// # Errors
/// [`StoreError::NotFound`] if they said nothing.
pub fn find(conn: &mut Conn, owner: Owner) -> Result<Stored, StoreError> {
    let found: Option<(i32, Json)> = on!(
        conn,
        availability::table
            .find(Uid(owner.id()))
            .select((availability::version, availability::body))
            .first(conn)
            .optional()
    )?;
    let (version, body) = found.ok_or(StoreError::NotFound(Noun::Availability))?;
    read(version, body)
}

/// What these people and organisations said, of those who said anything.
pub fn list(conn: &mut Conn, owners: &[Uuid]) -> Result<HashMap<Uuid, Stored>, StoreError> {
    let owners: Vec<Uid> = owners.iter().copied().map(Uid).collect();
    let rows: Vec<(Uid, i32, Json)> = on!(
        conn,
        availability::table
            .filter(availability::owner_id.eq_any(&owners))
            .order(availability::owner_id)
            .select((
                availability::owner_id,
                availability::version,
                availability::body,
            ))
            .load(conn)
    )?;
    rows.into_iter()
        .map(|(owner, version, body)| Ok((owner.0, read(version, body)?)))
        .collect()
}

/// What is said first.
///
/// # Errors
/// [`StoreError::Duplicate`] if something was said before.
pub fn insert(
    conn: &mut Conn,
    owner: Owner,
    said: &Availability,
    by: Option<PersonId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = (
        availability::owner_id.eq(Uid(owner.id())),
        availability::owner.eq(owner.code()),
        availability::version.eq(1),
        availability::recorded_at.eq(Instant::from(now)),
        availability::recorded_by.eq(by.map(Uid::from)),
        availability::body.eq(body(said)),
    );
    on!(
        conn,
        diesel::insert_into(availability::table)
            .values(row)
            .execute(conn)
    )?;
    Ok(())
}

/// What is said from now on, in the version after `version`.
///
/// # Errors
/// [`StoreError::Stale`] if the stored version is not `version`.
pub fn save(
    conn: &mut Conn,
    owner: Owner,
    (version, said): (u32, &Availability),
    by: Option<PersonId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let version = version.cast_signed();
    let changed = on!(
        conn,
        diesel::update(availability::table.find(Uid(owner.id())))
            .filter(availability::version.eq(version))
            .set((
                availability::version.eq(version + 1),
                availability::recorded_at.eq(Instant::from(now)),
                availability::recorded_by.eq(by.map(Uid::from)),
                availability::body.eq(body(said)),
            ))
            .execute(conn)
    )?;
    one(changed, StoreError::Stale(Noun::Availability))
}

fn body(said: &Availability) -> Json {
    Json(serde_json::to_value(said).expect("availability is plain data"))
}
