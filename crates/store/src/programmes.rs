//! Programmes in append-only versions, and the organisations in them.

use diesel::prelude::*;
use domain::{Noun, OrganisationId, PersonId, Programme, ProgrammeId};
use jiff::Timestamp;

use crate::{
    Conn, StoreError, on,
    people::one,
    schema::{programme_members, programme_versions, programmes},
    types::{Instant, Json, Uid},
};

/// A programme in its current version.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Its id.
    pub id: ProgrammeId,
    /// Its short name in URLs and files: `hub`, `regen-2026`.
    pub code: String,
    /// Counts the changes, from 1.
    pub version: u32,
    /// Its policy.
    pub programme: Programme,
}

/// Every programme, by code; at most 1,000.
pub fn list(conn: &mut Conn) -> Result<Vec<Stored>, StoreError> {
    type Row = (Uid, String, i32, Json);
    let rows: Vec<Row> = on!(
        conn,
        programmes::table
            .inner_join(
                programme_versions::table.on(programme_versions::programme_id
                    .eq(programmes::id)
                    .and(programme_versions::version.eq(programmes::version))),
            )
            .order(programmes::code)
            .limit(1000)
            .select((
                programmes::id,
                programmes::code,
                programmes::version,
                programme_versions::body,
            ))
            .load(conn)
    )?;
    rows.into_iter().map(stored).collect()
}

fn stored((id, code, version, body): (Uid, String, i32, Json)) -> Result<Stored, StoreError> {
    Ok(Stored {
        id: id.into(),
        code,
        version: version.cast_unsigned(),
        programme: serde_json::from_value(body.0)
            .map_err(|_| StoreError::Corrupt(Noun::Programme))?,
    })
}

/// The versions that programmes had at `at`, by code.
pub fn list_known(conn: &mut Conn, at: Timestamp) -> Result<Vec<Stored>, StoreError> {
    type Row = (Uid, String, i32, Json);
    let rows: Vec<Row> = on!(
        conn,
        programmes::table
            .inner_join(
                programme_versions::table.on(programme_versions::programme_id.eq(programmes::id)),
            )
            .filter(programme_versions::recorded_at.le(Instant::from(at)))
            .order((programmes::code, programme_versions::version))
            .limit(10_000)
            .select((
                programmes::id,
                programmes::code,
                programme_versions::version,
                programme_versions::body,
            ))
            .load(conn)
    )?;
    let mut known: Vec<Stored> = Vec::new();
    for row in rows {
        let next = stored(row)?;
        match known.last_mut() {
            Some(last) if last.id == next.id => *last = next,
            _ => known.push(next),
        }
    }
    Ok(known)
}

/// The programme with this id.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none.
pub fn find(conn: &mut Conn, id: ProgrammeId) -> Result<Stored, StoreError> {
    list(conn)?
        .into_iter()
        .find(|stored| stored.id == id)
        .ok_or(StoreError::NotFound(Noun::Programme))
}

/// The programme with this code.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none.
pub fn find_by_code(conn: &mut Conn, code: &str) -> Result<Stored, StoreError> {
    list(conn)?
        .into_iter()
        .find(|stored| stored.code == code)
        .ok_or(StoreError::NotFound(Noun::Programme))
}

/// A new programme in its first version.
///
/// # Errors
/// [`StoreError::Duplicate`] if another has the code.
pub fn insert(
    conn: &mut Conn,
    stored: &Stored,
    recorded_by: Option<PersonId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = (
        programmes::id.eq(Uid::from(stored.id)),
        programmes::code.eq(&stored.code),
        programmes::version.eq(1),
        programmes::created_at.eq(Instant::from(now)),
    );
    on!(
        conn,
        diesel::insert_into(programmes::table)
            .values(row)
            .execute(conn)
    )?;
    insert_version(conn, stored, 1, recorded_by, now)
}

/// The next version of a programme.
///
/// # Errors
/// [`StoreError::Stale`] if the stored version is not `stored.version`.
pub fn save(
    conn: &mut Conn,
    stored: &Stored,
    recorded_by: Option<PersonId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let version = stored.version.cast_signed();
    let changed = on!(
        conn,
        diesel::update(programmes::table.find(Uid::from(stored.id)))
            .filter(programmes::version.eq(version))
            .set(programmes::version.eq(version + 1))
            .execute(conn)
    )?;
    one(changed, StoreError::Stale(Noun::Programme))?;
    insert_version(conn, stored, version + 1, recorded_by, now)
}

fn insert_version(
    conn: &mut Conn,
    stored: &Stored,
    version: i32,
    recorded_by: Option<PersonId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let body = serde_json::to_value(&stored.programme).expect("a programme is plain data");
    let row = (
        programme_versions::programme_id.eq(Uid::from(stored.id)),
        programme_versions::version.eq(version),
        programme_versions::recorded_at.eq(Instant::from(now)),
        programme_versions::recorded_by.eq(recorded_by.map(Uid::from)),
        programme_versions::body.eq(Json(body)),
    );
    on!(
        conn,
        diesel::insert_into(programme_versions::table)
            .values(row)
            .execute(conn)
    )?;
    Ok(())
}

/// Takes the organisation into the programme.
pub fn insert_member(
    conn: &mut Conn,
    programme: ProgrammeId,
    organisation: OrganisationId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = (
        programme_members::programme_id.eq(Uid::from(programme)),
        programme_members::organisation_id.eq(Uid::from(organisation)),
        programme_members::created_at.eq(Instant::from(now)),
    );
    on!(
        conn,
        diesel::insert_into(programme_members::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn)
    )?;
    Ok(())
}

/// Takes the organisations into the programme, all in one statement per 500.
pub fn insert_members(
    conn: &mut Conn,
    programme: ProgrammeId,
    organisations: &[OrganisationId],
    now: Timestamp,
) -> Result<(), StoreError> {
    for chunk in organisations.chunks(500) {
        let rows: Vec<_> = chunk
            .iter()
            .map(|organisation| {
                (
                    programme_members::programme_id.eq(Uid::from(programme)),
                    programme_members::organisation_id.eq(Uid::from(*organisation)),
                    programme_members::created_at.eq(Instant::from(now)),
                )
            })
            .collect();
        on!(
            conn,
            diesel::insert_into(programme_members::table)
                .values(&rows)
                .on_conflict_do_nothing()
                .execute(conn)
        )?;
    }
    Ok(())
}

/// Takes the organisation out of the programme.
///
/// # Errors
/// [`StoreError::NotFound`] if it was not in it.
pub fn delete_member(
    conn: &mut Conn,
    programme: ProgrammeId,
    organisation: OrganisationId,
) -> Result<(), StoreError> {
    let gone = on!(
        conn,
        diesel::delete(
            programme_members::table.find((Uid::from(programme), Uid::from(organisation)))
        )
        .execute(conn)
    )?;
    one(gone, StoreError::NotFound(Noun::Organisation))
}

/// Who is in which programme, by programme and organisation. Bounded by the organisations of one hub.
pub fn list_members(conn: &mut Conn) -> Result<Vec<(ProgrammeId, OrganisationId)>, StoreError> {
    let rows: Vec<(Uid, Uid)> = on!(
        conn,
        programme_members::table
            .order((
                programme_members::programme_id,
                programme_members::organisation_id,
            ))
            .select((
                programme_members::programme_id,
                programme_members::organisation_id,
            ))
            .load(conn)
    )?;
    Ok(rows
        .into_iter()
        .map(|(programme, organisation)| (programme.into(), organisation.into()))
        .collect())
}
