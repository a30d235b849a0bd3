//! The slots of a programme.

use diesel::prelude::*;
use domain::{Noun, ProgrammeId, SlotId, schedule::Span};
use jiff::Timestamp;

use crate::{
    Conn, StoreError,
    meeting_requests::span,
    on,
    people::one,
    schema::{slot_ticks, slots},
    types::{Instant, Uid},
};

/// A slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its id.
    pub id: SlotId,
    /// When.
    pub span: Span,
}

/// New slots of a programme.
///
/// # Errors
/// [`StoreError::Duplicate`] if one overlaps a slot of the programme.
pub fn insert_all(
    conn: &mut Conn,
    programme: ProgrammeId,
    new: &[Slot],
    now: Timestamp,
) -> Result<(), StoreError> {
    let rows: Vec<_> = new
        .iter()
        .map(|slot| {
            (
                slots::id.eq(Uid::from(slot.id)),
                slots::programme_id.eq(Uid::from(programme)),
                slots::from_tick.eq(slot.span.from().number()),
                slots::until_tick.eq(slot.span.until().number()),
                slots::created_at.eq(Instant::from(now)),
            )
        })
        .collect();
    for chunk in rows.chunks(500) {
        on!(
            conn,
            diesel::insert_into(slots::table)
                .values(chunk)
                .execute(conn)
        )?;
    }
    let mut ticks: Vec<(i64, Uid)> = new
        .iter()
        .flat_map(|slot| {
            slot.span
                .ticks()
                .map(|tick| (tick.number(), slot.id.into()))
        })
        .collect();
    ticks.sort_unstable_by_key(|(tick, _)| *tick);
    for chunk in ticks.chunks(500) {
        let rows: Vec<_> = chunk
            .iter()
            .map(|(tick, slot)| {
                (
                    slot_ticks::programme_id.eq(Uid::from(programme)),
                    slot_ticks::tick.eq(tick),
                    slot_ticks::slot_id.eq(slot),
                )
            })
            .collect();
        on!(
            conn,
            diesel::insert_into(slot_ticks::table)
                .values(&rows)
                .execute(conn)
        )?;
    }
    Ok(())
}

/// The slots of a programme that begin in the span, by time; at most `limit`.
pub fn list_in(
    conn: &mut Conn,
    programme: ProgrammeId,
    within: Span,
    limit: i64,
) -> Result<Vec<Slot>, StoreError> {
    let rows: Vec<(Uid, i64, i64)> = on!(
        conn,
        slots::table
            .filter(slots::programme_id.eq(Uid::from(programme)))
            .filter(slots::from_tick.ge(within.from().number()))
            .filter(slots::from_tick.lt(within.until().number()))
            .order(slots::from_tick)
            .limit(limit)
            .select((slots::id, slots::from_tick, slots::until_tick))
            .load(conn)
    )?;
    rows.into_iter()
        .map(|(id, from, until)| {
            Ok(Slot {
                id: id.into(),
                span: span(from, until).ok_or(StoreError::Corrupt(Noun::Slot))?,
            })
        })
        .collect()
}

/// The slot with this id.
///
/// # Errors
/// [`StoreError::NotFound`] if the programme has none.
pub fn find(conn: &mut Conn, programme: ProgrammeId, id: SlotId) -> Result<Slot, StoreError> {
    let found: Option<(i64, i64)> = on!(
        conn,
        slots::table
            .find(Uid::from(id))
            .filter(slots::programme_id.eq(Uid::from(programme)))
            .select((slots::from_tick, slots::until_tick))
            .first(conn)
            .optional()
    )?;
    let (from, until) = found.ok_or(StoreError::NotFound(Noun::Slot))?;
    Ok(Slot {
        id,
        span: span(from, until).ok_or(StoreError::Corrupt(Noun::Slot))?,
    })
}

/// Takes a slot away.
///
/// # Errors
/// [`StoreError::NotFound`] if the programme has none.
pub fn delete(conn: &mut Conn, programme: ProgrammeId, id: SlotId) -> Result<(), StoreError> {
    let slot = Uid::from(id);
    let programme = Uid::from(programme);
    on!(
        conn,
        diesel::delete(
            slot_ticks::table
                .filter(slot_ticks::programme_id.eq(programme))
                .filter(slot_ticks::slot_id.eq(slot))
        )
        .execute(conn)
    )?;
    let gone = on!(
        conn,
        diesel::delete(
            slots::table
                .find(slot)
                .filter(slots::programme_id.eq(programme))
        )
        .execute(conn)
    )?;
    one(gone, StoreError::NotFound(Noun::Slot))
}
