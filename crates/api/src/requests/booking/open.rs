//! The times that may be chosen. What is shown and what can be booked are one set, made here.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    MeetingRequest, MeetingRequestId, Party, PlaceId, State, Times,
    schedule::{Span, Tick},
};
use jiff::{SignedDuration, Timestamp};
use store::{
    Conn, meeting_requests,
    occupied::{self, Resource, Taken},
    offers, places, programmes, replies, slots,
};
use uuid::Uuid;

use crate::error::{ApiError, ApiResult, Code};

use super::{Chooser, Chosen, Parts, resource_of};

/// Free times begin on quarters of an hour.
const QUARTER: i64 = 15 / Tick::MINUTES;

/// A time that was proposed without its length is for so many minutes at most. Our choice.
const PROPOSED_MINUTES_MAX: u16 = 60;

/// Slots looked at for one answer at most.
const SLOTS_MAX: i64 = 2_000;

/// A time that may be chosen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OpenTime {
    /// When.
    pub(crate) span: Span,
    /// Whether the other side offered it.
    pub(crate) offered: bool,
    /// The places that are free then, if the programme has places.
    pub(crate) places: Vec<PlaceId>,
    /// The requests that would lose what they hold then.
    pub(crate) displaces: Vec<MeetingRequestId>,
}

/// The times in `window` that the chooser can fix, or, before the request is accepted, could offer; by time.
pub(crate) fn open_times(
    conn: &mut Conn,
    request: &MeetingRequest,
    chooser: Chooser<'_>,
    (window, minutes): (Span, u16),
    now: Timestamp,
) -> ApiResult<Vec<OpenTime>> {
    let booking = programmes::find(conn, request.programme)?.programme.booking;
    let parts = Parts::of(conn, request, booking)?;
    let candidates = candidates(conn, request, &parts, chooser.party, (window, minutes), now)?;
    let Some(hull) = hull(&candidates) else {
        return Ok(Vec::new());
    };
    let places = places::list(conn, request.programme)?;
    let mut resources = parts.everybody();
    resources.extend(places.iter().map(resource_of));
    let board = Board::read(conn, request.id, &resources, hull, now)?;
    let mut times = Vec::new();
    for (span, offered) in candidates {
        let Some(held) = board.in_the_way(&parts.everybody(), span) else {
            continue;
        };
        let mut displaces = Vec::new();
        if !held.is_empty() {
            match displaceable(conn, chooser, request, &held)? {
                Some(ids) => displaces = ids,
                None => continue,
            }
        }
        let free: Vec<PlaceId> = places
            .iter()
            .filter(|place| board.is_free(&[resource_of(place)], span))
            .map(|place| place.id)
            .collect();
        if booking.times == Times::Slots && !places.is_empty() && free.is_empty() {
            continue;
        }
        times.push(OpenTime {
            span,
            offered,
            places: free,
            displaces,
        });
    }
    Ok(times)
}

/// Whether the time may be chosen, taken or not.
///
/// # Errors
/// 409 `time_not_open` if it may not.
pub(super) fn require(
    conn: &mut Conn,
    request: &MeetingRequest,
    parts: &Parts,
    party: Party,
    chosen: &Chosen,
    now: Timestamp,
) -> ApiResult<()> {
    let span = chosen.span;
    if party == Party::Staff {
        let fits = parts.booking.times == Times::Free || is_slot(conn, request, span)?;
        return if fits {
            Ok(())
        } else {
            Err(Code::TimeNotOpen.into())
        };
    }
    let minutes = u16::try_from(span.minutes()).unwrap_or(u16::MAX);
    let found = candidates(conn, request, parts, party, (span, minutes), now)?;
    if found.contains_key(&span) {
        Ok(())
    } else {
        Err(Code::TimeNotOpen.into())
    }
}

/// Whether the span is a slot of the request's programme.
pub(super) fn is_slot(conn: &mut Conn, request: &MeetingRequest, span: Span) -> ApiResult<bool> {
    let found = slots::list_in(conn, request.programme, span, 1)?;
    Ok(found.first().is_some_and(|slot| slot.span == span))
}

/// The times that begin in `window`, whoever is free, and whether the other side offered each.
fn candidates(
    conn: &mut Conn,
    request: &MeetingRequest,
    parts: &Parts,
    party: Party,
    (window, minutes): (Span, u16),
    now: Timestamp,
) -> ApiResult<BTreeMap<Span, bool>> {
    let booking = parts.booking;
    let is_side = party != Party::Staff;
    if is_side && booking.is_frozen(now) {
        return Ok(BTreeMap::new());
    }
    let mut found = BTreeMap::new();
    // A time that is fixed is changed with the other side, or by staff: what both could is no consent to that.
    if !is_side || request.state_at(now) != State::Scheduled {
        let spans = match booking.times {
            Times::Slots => {
                let slots = slots::list_in(conn, request.programme, window, SLOTS_MAX)?;
                let slots = slots.into_iter().map(|slot| slot.span);
                slots.filter(|span| parts.can(*span)).collect()
            }
            Times::Free => parts.quarters(window, minutes),
        };
        found.extend(spans.into_iter().map(|span| (span, false)));
    }
    for offer in offers::list(conn, request.id, now)? {
        let begins_within =
            window.from() <= offer.span.from() && offer.span.from() < window.until();
        if offer.party != party && begins_within {
            found.insert(offer.span, true);
        }
    }
    if party == Party::Requester && request.state_at(now) == State::Accepted {
        let proposed = proposed(conn, request, (window, minutes), booking.times)?;
        found.extend(proposed.into_iter().map(|span| (span, true)));
    }
    found.retain(|span, _| span.starts_at() > now);
    Ok(found)
}

/// The times that begin in `window` of those that the side that was asked proposed in a reply, through a link say, of the
/// length that is asked for; in slots, those at which one begins.
fn proposed(
    conn: &mut Conn,
    request: &MeetingRequest,
    (window, minutes): (Span, u16),
    times: Times,
) -> ApiResult<Vec<Span>> {
    if minutes > PROPOSED_MINUTES_MAX {
        return Ok(Vec::new());
    }
    let said = replies::list(conn, request.id)?;
    let said = said
        .into_iter()
        .filter(|reply| reply.party == Party::Counterpart);
    let mut spans = Vec::new();
    for at in said.flat_map(|reply| reply.times) {
        let Ok(from) = Tick::at(at) else { continue };
        let Ok(span) = Span::lasting(from, minutes) else {
            continue;
        };
        if from < window.from() || window.until() <= from {
            continue;
        }
        match times {
            Times::Free => spans.push(span),
            Times::Slots => {
                let slots = slots::list_in(conn, request.programme, span, 1)?;
                let slots = slots.into_iter().map(|slot| slot.span);
                spans.extend(slots.filter(|slot| slot.from() == from));
            }
        }
    }
    Ok(spans)
}

impl Parts {
    /// What each of the four said, of those who said anything.
    fn said(&self) -> impl Iterator<Item = &domain::schedule::Availability> {
        self.hours.values().map(|stored| &stored.availability)
    }

    /// Whether the time is within the hours of everybody who has any.
    fn can(&self, span: Span) -> bool {
        self.said().all(|hours| hours.open_in(span).contains(&span))
    }

    /// Whether both sides said when they can be met.
    fn have_hours(&self) -> bool {
        self.sides.iter().all(|(organisation, person)| {
            let said = |id: &Uuid| self.hours.contains_key(id);
            said(organisation) || person.as_ref().is_some_and(said)
        })
    }

    /// The times of this length that begin in the window on quarters of an hour, within everybody's hours; none unless both
    /// sides have hours.
    fn quarters(&self, window: Span, minutes: u16) -> Vec<Span> {
        let mut spans = Vec::new();
        if !self.have_hours() {
            return spans;
        }
        let wide = window.widened(SignedDuration::from_mins(minutes.into()));
        let open: Vec<Vec<Span>> = self.said().map(|hours| hours.open_in(wide)).collect();
        let fits = |span: &Span| {
            open.iter()
                .all(|hours| hours.iter().any(|open| open.holds(*span)))
        };
        let quarters = window
            .ticks()
            .filter(|tick| tick.number().rem_euclid(QUARTER) == 0);
        spans.extend(
            quarters
                .filter_map(|from| Span::lasting(from, minutes).ok())
                .filter(fits),
        );
        spans
    }
}

fn hull(candidates: &BTreeMap<Span, bool>) -> Option<Span> {
    let from = candidates.keys().map(|span| span.from()).min()?;
    let until = candidates.keys().map(|span| span.until()).max()?;
    Span::new(from, until)
}

/// What is taken of some resources, by others than one request.
struct Board(BTreeMap<(Uuid, Tick), Vec<Taken>>);

impl Board {
    fn read(
        conn: &mut Conn,
        own: MeetingRequestId,
        resources: &[Resource],
        span: Span,
        now: Timestamp,
    ) -> ApiResult<Board> {
        let ids: Vec<Uuid> = resources.iter().map(|resource| resource.id).collect();
        let mut board: BTreeMap<_, Vec<Taken>> = BTreeMap::new();
        for taken in occupied::list_in(conn, &ids, span, now)? {
            if taken.request != own {
                board
                    .entry((taken.resource, taken.tick))
                    .or_default()
                    .push(taken);
            }
        }
        Ok(Board(board))
    }

    /// The holds without which the span would be free for all of these; `None` if something is booked.
    fn in_the_way(&self, resources: &[Resource], span: Span) -> Option<Vec<Taken>> {
        let mut held = Vec::new();
        for resource in resources {
            for tick in span.ticks() {
                let Some(taken) = self.0.get(&(resource.id, tick)) else {
                    continue;
                };
                if taken.len() < usize::from(resource.seats) {
                    continue;
                }
                let holds: Vec<Taken> = taken.iter().copied().filter(|one| one.is_held).collect();
                if holds.is_empty() {
                    return None;
                }
                held.extend(holds);
            }
        }
        Some(held)
    }

    fn is_free(&self, resources: &[Resource], span: Span) -> bool {
        self.in_the_way(resources, span)
            .is_some_and(|held| held.is_empty())
    }
}

/// The places of the programme in which a seat seems free; `None` if it has no places.
pub(super) fn free_places(
    conn: &mut Conn,
    request: &MeetingRequest,
    span: Span,
    now: Timestamp,
) -> ApiResult<Option<Vec<PlaceId>>> {
    let places = places::list(conn, request.programme)?;
    if places.is_empty() {
        return Ok(None);
    }
    let resources: Vec<Resource> = places.iter().map(resource_of).collect();
    let board = Board::read(conn, request.id, &resources, span, now)?;
    let free = places
        .iter()
        .filter(|place| board.is_free(&[resource_of(place)], span));
    Ok(Some(free.map(|place| place.id).collect()))
}

/// The requests that would lose what they hold; `None` if nothing is held, or if what is in the way may not be displaced,
/// which the schema then says.
pub(super) fn displaced(
    conn: &mut Conn,
    request: &MeetingRequest,
    chooser: Chooser<'_>,
    resources: &[Resource],
    span: Span,
    now: Timestamp,
) -> ApiResult<Option<Vec<MeetingRequestId>>> {
    let board = Board::read(conn, request.id, resources, span, now)?;
    match board.in_the_way(resources, span) {
        Some(held) if !held.is_empty() => displaceable(conn, chooser, request, &held),
        _ => Ok(None),
    }
}

/// The requests that hold these, if the chooser may have them lose it: staff in their programme may; a side may where it
/// is its own time that is held, in requests of its own.
fn displaceable(
    conn: &mut Conn,
    chooser: Chooser<'_>,
    request: &MeetingRequest,
    held: &[Taken],
) -> ApiResult<Option<Vec<MeetingRequestId>>> {
    let ids: BTreeSet<MeetingRequestId> = held.iter().map(|taken| taken.request).collect();
    let own = match chooser.party {
        Party::Requester => request.from,
        _ => request.to,
    };
    for id in &ids {
        let other = meeting_requests::find(conn, *id)?;
        let of_own = [other.from, other.to]
            .iter()
            .any(|side| side.organisation == own.organisation);
        let may = match chooser.party {
            Party::Staff => chooser.me.is_staff_of(other.programme),
            _ => of_own && held.iter().all(|taken| is_of(own, taken)),
        };
        if !may {
            return Ok(None);
        }
    }
    Ok(Some(ids.into_iter().collect()))
}

/// Whether it is the side's own person or organisation that is held.
fn is_of(side: domain::Side, taken: &Taken) -> bool {
    taken.resource == side.organisation.uuid()
        || side
            .person
            .is_some_and(|person| person.uuid() == taken.resource)
}

/// As an error's details: what could be chosen instead.
pub(crate) fn alternatives(times: &[OpenTime]) -> serde_json::Value {
    let times: Vec<_> = times
        .iter()
        .filter(|time| time.displaces.is_empty())
        .take(5)
        .map(|time| {
            serde_json::json!({
                "starts_at": time.span.starts_at(),
                "ends_at": time.span.ends_at(),
                "places": time.places,
            })
        })
        .collect();
    serde_json::json!({"alternatives": times})
}

/// A time that came too late, with what could be chosen instead.
pub(crate) fn too_late(error: ApiError, times: &[OpenTime]) -> ApiError {
    error.with_details(alternatives(times))
}
