//! What is taken on the five-minute grid: the one place in which anything is booked or held.
//!
//! `(resource, tick, seat)` is unique in the schema, so nothing is taken twice, whoever writes. A resource is a person, an
//! organisation with a declared capacity, or a place. A tick that is held and not booked is free again when its hold is
//! over, whether or not anybody wrote that down.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use domain::{
    MeetingRequestId, Noun,
    schedule::{Span, Tick},
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    Conn, StoreError, on,
    people::one,
    schema::occupied,
    types::{Instant, Uid},
};

/// Rows in one statement: six values each, well within what both databases take.
const BATCH: usize = 500;

/// What takes place once at a time, or as often as it has seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource {
    /// The person, the organisation, the place.
    pub id: Uuid,
    /// How often.
    pub seats: u16,
}

/// A tick of a resource that a request has, or wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The resource's seats.
    pub seats: u16,
    /// Until when it is held; `None`: booked.
    pub held_until: Option<Timestamp>,
}

/// Everything that a request wants, by resource and tick.
pub type Claims = BTreeMap<(Uuid, Tick), Claim>;

/// Adds the resources over the span. What is booked stays booked; what is held, is held as long as the longest hold.
pub fn claim(
    claims: &mut Claims,
    resources: &[Resource],
    span: Span,
    held_until: Option<Timestamp>,
) {
    for resource in resources {
        for tick in span.ticks() {
            let claim = Claim {
                seats: resource.seats,
                held_until,
            };
            claims
                .entry((resource.id, tick))
                .and_modify(|before| {
                    before.held_until = match (before.held_until, held_until) {
                        (Some(one), Some(other)) => Some(one.max(other)),
                        _ => None,
                    };
                })
                .or_insert(claim);
        }
    }
}

#[derive(Clone, Copy, Queryable, Selectable, Insertable)]
#[diesel(table_name = occupied)]
struct Row {
    resource: Uid,
    tick: i64,
    seat: i32,
    seats: i32,
    request_id: Uid,
    held_until: Option<Instant>,
}

impl Row {
    fn key(&self) -> (Uuid, i64, i32) {
        (self.resource.0, self.tick, self.seat)
    }

    fn is_over(&self, now: Timestamp) -> bool {
        self.held_until
            .is_some_and(|until| until <= Instant::from(now))
    }
}

/// Has the request occupy exactly these claims: takes what it lacks, then gives back what it no longer needs.
///
/// Whether a seat is free is not asked: the schema says so. Only where a resource has several seats, one that seems free
/// is chosen. Everything is taken in one order, so that two requests never wait for each other.
///
/// # Errors
/// [`StoreError::Duplicate`] of `occupied_once` if another request has one of them. Nothing is to be kept then: roll back.
pub fn settle(
    conn: &mut Conn,
    request: MeetingRequestId,
    claims: &Claims,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut own = rows_of(conn, request)?;
    // A hold of its own that is over is taken anew like anybody's.
    own.retain(|row| !row.is_over(now));
    let had: BTreeMap<(Uuid, i64), Row> = own
        .iter()
        .map(|row| ((row.resource.0, row.tick), *row))
        .collect();
    let lacking: Vec<(Uuid, Tick, Claim)> = claims
        .iter()
        .filter(|((resource, tick), _)| !had.contains_key(&(*resource, tick.number())))
        .map(|((resource, tick), claim)| (*resource, *tick, *claim))
        .collect();
    if !lacking.is_empty() {
        take(conn, request, &lacking, now)?;
    }
    for row in &own {
        let tick = Tick::numbered(row.tick);
        let claim = tick.and_then(|tick| claims.get(&(row.resource.0, tick)));
        match claim {
            None => delete(conn, row)?,
            Some(claim) if claim.held_until.map(Instant::from) != row.held_until => {
                save_hold(conn, row, claim.held_until)?;
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn take(
    conn: &mut Conn,
    request: MeetingRequestId,
    lacking: &[(Uuid, Tick, Claim)],
    now: Timestamp,
) -> Result<(), StoreError> {
    let resources: BTreeSet<Uuid> = lacking.iter().map(|(id, ..)| *id).collect();
    let resources: Vec<Uuid> = resources.into_iter().collect();
    let ticks: Vec<Tick> = lacking.iter().map(|(_, tick, _)| *tick).collect();
    let (Some(first), Some(last)) = (ticks.iter().min(), ticks.iter().max()) else {
        return Ok(());
    };
    let there = rows_in(conn, &resources, *first, *last)?;
    let (over, there): (Vec<Row>, Vec<Row>) = there.into_iter().partition(|row| row.is_over(now));
    for row in &over {
        delete(conn, row)?;
    }
    let taken: BTreeSet<(Uuid, i64, i32)> = there.iter().map(Row::key).collect();
    let rows: Vec<Row> = lacking
        .iter()
        .map(|(resource, tick, claim)| {
            let seats = i32::from(claim.seats);
            let seems_free = |seat: &i32| !taken.contains(&(*resource, tick.number(), *seat));
            Row {
                resource: Uid(*resource),
                tick: tick.number(),
                // Of a single seat, and of seats that are all taken, the schema decides.
                seat: (0..seats).find(seems_free).unwrap_or(0),
                seats,
                request_id: request.into(),
                held_until: claim.held_until.map(Into::into),
            }
        })
        .collect();
    for chunk in rows.chunks(BATCH) {
        on!(
            conn,
            diesel::insert_into(occupied::table)
                .values(chunk)
                .execute(conn)
        )?;
    }
    Ok(())
}

fn rows_of(conn: &mut Conn, request: MeetingRequestId) -> Result<Vec<Row>, StoreError> {
    Ok(on!(
        conn,
        occupied::table
            .filter(occupied::request_id.eq(Uid::from(request)))
            .order((occupied::resource, occupied::tick, occupied::seat))
            .select(Row::as_select())
            .load(conn)
    )?)
}

/// Everything that is taken of these resources between two ticks, the last included.
fn rows_in(
    conn: &mut Conn,
    resources: &[Uuid],
    first: Tick,
    last: Tick,
) -> Result<Vec<Row>, StoreError> {
    let resources: Vec<Uid> = resources.iter().copied().map(Uid).collect();
    Ok(on!(
        conn,
        occupied::table
            .filter(occupied::resource.eq_any(&resources))
            .filter(occupied::tick.between(first.number(), last.number()))
            .order((occupied::resource, occupied::tick, occupied::seat))
            .select(Row::as_select())
            .load(conn)
    )?)
}

/// Gives the row back, if it is still the one that was read.
fn delete(conn: &mut Conn, row: &Row) -> Result<(), StoreError> {
    let of_request = occupied::table
        .filter(occupied::resource.eq(row.resource))
        .filter(occupied::tick.eq(row.tick))
        .filter(occupied::seat.eq(row.seat))
        .filter(occupied::request_id.eq(row.request_id));
    match row.held_until {
        Some(until) => on!(
            conn,
            diesel::delete(of_request.filter(occupied::held_until.eq(until))).execute(conn)
        ),
        None => on!(
            conn,
            diesel::delete(of_request.filter(occupied::held_until.is_null())).execute(conn)
        ),
    }?;
    Ok(())
}

/// Holds the row longer, or books it: unless its hold was over and somebody else took it away meanwhile.
fn save_hold(conn: &mut Conn, row: &Row, held_until: Option<Timestamp>) -> Result<(), StoreError> {
    let changed = on!(
        conn,
        diesel::update(
            occupied::table
                .filter(occupied::resource.eq(row.resource))
                .filter(occupied::tick.eq(row.tick))
                .filter(occupied::seat.eq(row.seat))
                .filter(occupied::request_id.eq(row.request_id))
        )
        .set(occupied::held_until.eq(held_until.map(Instant::from)))
        .execute(conn)
    )?;
    one(changed, StoreError::Stale(Noun::MeetingRequest))
}

/// What is taken of a resource in one tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Of which resource.
    pub resource: Uuid,
    /// When.
    pub tick: Tick,
    /// By which request.
    pub request: MeetingRequestId,
    /// Whether it is held and not booked.
    pub is_held: bool,
}

/// Everything that is taken of these resources in the span at `now`.
pub fn list_in(
    conn: &mut Conn,
    resources: &[Uuid],
    span: Span,
    now: Timestamp,
) -> Result<Vec<Taken>, StoreError> {
    let mut taken = Vec::new();
    for some in resources.chunks(BATCH) {
        let rows = rows_in(conn, some, span.from(), span.until().later(-1))?;
        let rows = rows.into_iter().filter(|row| !row.is_over(now));
        taken.extend(rows.filter_map(|row| {
            Some(Taken {
                resource: row.resource.0,
                tick: Tick::numbered(row.tick)?,
                request: row.request_id.into(),
                is_held: row.held_until.is_some(),
            })
        }));
    }
    Ok(taken)
}

/// How many ticks of the resource are booked, or held at `now`, that are not over.
pub fn count_after(conn: &mut Conn, resource: Uuid, now: Timestamp) -> Result<i64, StoreError> {
    let held = || {
        occupied::held_until
            .assume_not_null()
            .gt(Instant::from(now))
    };
    Ok(on!(
        conn,
        occupied::table
            .filter(occupied::resource.eq(Uid(resource)))
            .filter(occupied::tick.ge(Tick::floor(now).number()))
            .filter(occupied::held_until.is_null().or(held()))
            .count()
            .get_result(conn)
    )?)
}

/// Forgets holds that are over at `now`, at most `limit`; how many.
pub fn delete_over(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<usize, StoreError> {
    let over: Vec<Row> = on!(
        conn,
        occupied::table
            .filter(occupied::held_until.le(Instant::from(now)))
            .order((occupied::resource, occupied::tick, occupied::seat))
            .limit(limit)
            .select(Row::as_select())
            .load(conn)
    )?;
    for row in &over {
        delete(conn, row)?;
    }
    Ok(over.len())
}
