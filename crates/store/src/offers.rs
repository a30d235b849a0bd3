//! Times that one side of a request offers the other.

use diesel::prelude::*;
use domain::{MeetingRequestId, Noun, Party, PlaceId, schedule::Span};
use jiff::Timestamp;

use crate::{
    Conn, StoreError,
    meeting_requests::span,
    on,
    schema::offers,
    types::{Instant, Uid},
};

/// An offered time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// By which side.
    pub party: Party,
    /// When.
    pub span: Span,
    /// Where.
    pub place: Option<PlaceId>,
    /// Whether it is held until it expires.
    pub held: bool,
    /// From then on it is none any more.
    pub expires_at: Timestamp,
}

/// Has these be what `party` offers, in place of what it offered before.
pub fn save(
    conn: &mut Conn,
    request: MeetingRequestId,
    party: Party,
    offered: &[Offer],
) -> Result<(), StoreError> {
    on!(
        conn,
        diesel::delete(
            offers::table
                .filter(offers::request_id.eq(Uid::from(request)))
                .filter(offers::party.eq(party.code()))
        )
        .execute(conn)
    )?;
    let rows: Vec<_> = offered
        .iter()
        .map(|offer| {
            (
                offers::request_id.eq(Uid::from(request)),
                offers::party.eq(party.code()),
                offers::from_tick.eq(offer.span.from().number()),
                offers::until_tick.eq(offer.span.until().number()),
                offers::place_id.eq(offer.place.map(Uid::from)),
                offers::held.eq(offer.held),
                offers::expires_at.eq(Instant::from(offer.expires_at)),
            )
        })
        .collect();
    on!(
        conn,
        diesel::insert_into(offers::table)
            .values(&rows)
            .execute(conn)
    )?;
    Ok(())
}

/// Takes back everything that either side offers.
pub fn delete_of(conn: &mut Conn, request: MeetingRequestId) -> Result<(), StoreError> {
    on!(
        conn,
        diesel::delete(offers::table.filter(offers::request_id.eq(Uid::from(request))))
            .execute(conn)
    )?;
    Ok(())
}

/// What is offered at `now`, by time; at most what each side may offer.
pub fn list(
    conn: &mut Conn,
    request: MeetingRequestId,
    now: Timestamp,
) -> Result<Vec<Offer>, StoreError> {
    type Row = (String, i64, i64, Option<Uid>, bool, Instant);
    let rows: Vec<Row> = on!(
        conn,
        offers::table
            .filter(offers::request_id.eq(Uid::from(request)))
            .filter(offers::expires_at.gt(Instant::from(now)))
            .order((offers::from_tick, offers::party))
            .limit(1000)
            .select((
                offers::party,
                offers::from_tick,
                offers::until_tick,
                offers::place_id,
                offers::held,
                offers::expires_at,
            ))
            .load(conn)
    )?;
    rows.into_iter()
        .map(|(party, from, until, place, held, expires_at)| {
            Ok(Offer {
                party: if party == Party::Requester.code() {
                    Party::Requester
                } else {
                    Party::Counterpart
                },
                span: span(from, until).ok_or(StoreError::Corrupt(Noun::MeetingRequest))?,
                place: place.map(Into::into),
                held,
                expires_at: expires_at.into(),
            })
        })
        .collect()
}
