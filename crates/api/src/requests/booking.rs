//! When the two sides can meet, and what a request occupies: the one way to a booked or held time.
//!
//! Whether a time is free is not decided here: the schema refuses what is taken. Here is what a request asks for, which
//! times may be chosen at all, and what to offer to those who came late.

mod open;

use std::collections::HashMap;

use domain::{
    Actor, Booked, Booking, HoldPolicy, Line, MeetingRequest, MeetingRequestId, Move, Noun, Party,
    PlaceId, Principal, Programme, State, Step, Times, schedule::Span,
};
use jiff::Timestamp;
use serde_json::json;
use store::{
    Conn, StoreError, availability, meeting_requests,
    occupied::{self, Claims, Resource},
    offers::{self, Offer},
    participants, places, programmes,
};
use uuid::Uuid;

use crate::{
    error::{ApiError, ApiResult, Code},
    live::Snapshot,
};

pub(crate) use open::{OpenTime, open_times, too_late};

/// A time that somebody chooses.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// When.
    pub span: Span,
    /// Where; a free place of the programme, if it has places and this says nothing.
    pub place: Option<PlaceId>,
    /// Where, in words.
    pub venue: Option<Line<300>>,
    /// The requests that may lose a time that they hold.
    pub displace: Vec<MeetingRequestId>,
}

/// Who chooses.
#[derive(Clone, Copy, Debug)]
pub struct Chooser<'a> {
    /// Rights.
    pub me: &'a Principal,
    /// On whose part.
    pub party: Party,
}

/// Fixes the time of a meeting, if it may be chosen: one that the other side offered, one at which both can be met, or
/// any at all for staff.
///
/// # Errors
/// 409 for a time that may not be chosen, that is taken, or that others hold and the chooser did not say may lose it.
pub fn schedule(
    conn: &mut Conn,
    snapshot: &Snapshot,
    request: MeetingRequest,
    (actor, chooser): (&Actor, Chooser<'_>),
    chosen: Chosen,
    now: Timestamp,
) -> ApiResult<MeetingRequest> {
    let stored = programmes::find(conn, request.programme)?;
    let mut locked = chosen.displace.clone();
    locked.push(request.id);
    meeting_requests::lock(conn, &locked)?;
    let parts = Parts::of(conn, &request, stored.programme.booking)?;
    let tried = Move {
        booked: Some(Booked {
            span: chosen.span,
            place: chosen.place,
            venue: chosen.venue.clone(),
        }),
        ..Move::bare(Step::Schedule)
    };
    // What the table refuses is refused as such, whatever is free.
    let pair = (request.from.organisation, request.to.organisation);
    let judged = super::in_force(snapshot, &stored, pair, 0);
    request.clone().apply(tried, actor, judged, now)?;
    open::require(conn, &request, &parts, chooser.party, &chosen, now)?;
    let place = choose_place(conn, &request, &parts, &chosen, now)?;
    displace(
        conn,
        snapshot,
        &request,
        &parts,
        (chooser, &chosen, place),
        now,
    )?;
    let made = Move {
        booked: Some(Booked {
            span: chosen.span,
            place,
            venue: chosen.venue,
        }),
        ..Move::bare(Step::Schedule)
    };
    super::take(conn, snapshot, request, made, actor, None, now)
}

/// Offers times to the other side, in place of those offered before, and holds them as the programme says.
///
/// # Errors
/// 409 if a time that would be held is taken; 422 for a time that is over, or no slot of the programme.
pub fn offer(
    conn: &mut Conn,
    snapshot: &Snapshot,
    request: MeetingRequest,
    actor: &Actor,
    times: Vec<(Span, Option<PlaceId>)>,
    now: Timestamp,
) -> ApiResult<MeetingRequest> {
    let stored = programmes::find(conn, request.programme)?;
    let booking = stored.programme.booking;
    let held = booking.hold != HoldPolicy::None;
    let mut offered: Vec<Offer> = Vec::new();
    for (index, (span, place)) in times.into_iter().enumerate() {
        let field = |name: &str| format!("times[{index}].{name}");
        if span.starts_at() <= now {
            return Err(ApiError::body(field("starts_at"), "is not to come"));
        }
        if offered.iter().any(|other| other.span.from() == span.from()) {
            return Err(ApiError::body(field("starts_at"), "must differ"));
        }
        if booking.times == Times::Slots && !open::is_slot(conn, &request, span)? {
            return Err(ApiError::body(field("starts_at"), "no such slot"));
        }
        if let Some(place) = place {
            require_place(conn, &request, place).map_err(|error| match error.code {
                Code::PlaceNotFound => ApiError::body(field("place"), "no such place"),
                _ => error,
            })?;
        }
        let mut expires_at = span.starts_at();
        if held {
            expires_at = expires_at.min(booking.held_until(now));
        }
        if let Some(deadline) = request.entry.deadline_at() {
            expires_at = expires_at.min(deadline);
        }
        offered.push(Offer {
            party: actor.party,
            span,
            place,
            held,
            expires_at,
        });
    }
    let (id, party) = (request.id, actor.party);
    let made = Move::bare(Step::Offer);
    let tried = request.clone();
    let pair = (request.from.organisation, request.to.organisation);
    let judged = super::in_force(snapshot, &stored, pair, 0);
    tried.apply(made.clone(), actor, judged, now)?;
    meeting_requests::lock(conn, &[id])?;
    offers::save(conn, id, party, &offered)?;
    super::take(conn, snapshot, request, made, actor, None, now)
}

/// Leaves in the database what the request occupies after a step.
pub(super) fn follow(
    conn: &mut Conn,
    request: &MeetingRequest,
    step: Step,
    programme: &Programme,
    now: Timestamp,
) -> ApiResult<()> {
    match step {
        Step::Offer | Step::Displace => settle(conn, request, programme.booking, now),
        Step::Schedule => {
            offers::delete_of(conn, request.id)?;
            settle(conn, request, programme.booking, now)
        }
        Step::Reject
        | Step::Return
        | Step::Withdraw
        | Step::Expire
        | Step::Decline
        | Step::Cancel
        | Step::Close => {
            offers::delete_of(conn, request.id)?;
            Ok(occupied::settle(conn, request.id, &Claims::new(), now)?)
        }
        Step::Approve | Step::Submit | Step::Accept | Step::Hold | Step::Correct => Ok(()),
    }
}

/// Has the request occupy what its meeting and its held offers need.
pub(crate) fn settle(
    conn: &mut Conn,
    request: &MeetingRequest,
    booking: Booking,
    now: Timestamp,
) -> ApiResult<()> {
    let parts = Parts::of(conn, request, booking)?;
    let mut claims = Claims::new();
    if let Some(meeting) = &request.meeting
        && request.state_at(now) == State::Scheduled
    {
        let booked = &meeting.booked;
        occupied::claim(&mut claims, &parts.everybody(), booked.span, None);
        let place = place_of(conn, booked.place)?;
        occupied::claim(&mut claims, &place, booked.span, None);
    }
    for offer in offers::list(conn, request.id, now)? {
        let (resources, place) = match booking.hold {
            HoldPolicy::Both => (parts.everybody(), place_of(conn, offer.place)?),
            _ => (parts.side(offer.party), Vec::new()),
        };
        if offer.held {
            let until = Some(offer.expires_at);
            occupied::claim(&mut claims, &resources, offer.span, until);
            occupied::claim(&mut claims, &place, offer.span, until);
        }
    }
    Ok(occupied::settle(conn, request.id, &claims, now)?)
}

fn place_of(conn: &mut Conn, place: Option<PlaceId>) -> ApiResult<Vec<Resource>> {
    let Some(id) = place else {
        return Ok(Vec::new());
    };
    let place = places::find(conn, id)?;
    Ok(vec![resource_of(&place)])
}

fn resource_of(place: &places::Place) -> Resource {
    Resource {
        id: place.id.uuid(),
        seats: place.seats,
    }
}

/// Who and what a meeting of the request needs, beside its place, and when each can be met.
pub(crate) struct Parts {
    booking: Booking,
    from: Vec<Resource>,
    to: Vec<Resource>,
    others: Vec<Resource>,
    /// Organisation and person of each side.
    sides: [(Uuid, Option<Uuid>); 2],
    hours: HashMap<Uuid, availability::Stored>,
}

impl Parts {
    /// The parts of the request as the database has them.
    pub(crate) fn of(
        conn: &mut Conn,
        request: &MeetingRequest,
        booking: Booking,
    ) -> ApiResult<Parts> {
        let ids = |side: &domain::Side| {
            let person = side.person.map(domain::Id::uuid);
            (side.organisation.uuid(), person)
        };
        let sides = [ids(&request.from), ids(&request.to)];
        let all: Vec<Uuid> = sides
            .iter()
            .flat_map(|(organisation, person)| [Some(*organisation), *person])
            .flatten()
            .collect();
        let hours = availability::list(conn, &all)?;
        let resources = |(organisation, person): (Uuid, Option<Uuid>)| -> Vec<Resource> {
            let declared = hours.get(&organisation);
            let capacity = declared.and_then(|stored| stored.availability.capacity);
            let person = person.map(|id| Resource { id, seats: 1 });
            let organisation = capacity.map(|seats| Resource {
                id: organisation,
                seats,
            });
            person.into_iter().chain(organisation).collect()
        };
        let [from, to] = sides.map(resources);
        let others = participants::list(conn, request.id)?;
        let others = others.iter().map(|other| Resource {
            id: other.person.uuid(),
            seats: 1,
        });
        Ok(Parts {
            booking,
            from,
            to,
            others: others.collect(),
            sides,
            hours,
        })
    }

    fn everybody(&self) -> Vec<Resource> {
        let mut all = [&*self.from, &*self.to, &*self.others].concat();
        all.sort_unstable();
        all.dedup_by_key(|resource| resource.id);
        all
    }

    fn side(&self, party: Party) -> Vec<Resource> {
        match party {
            Party::Requester => self.from.clone(),
            Party::Counterpart => self.to.clone(),
            Party::Staff | Party::Clock | Party::System => Vec::new(),
        }
    }
}

/// The place, if it is one of the request's programme that can be booked.
fn require_place(
    conn: &mut Conn,
    request: &MeetingRequest,
    id: PlaceId,
) -> ApiResult<places::Place> {
    let mut places = places::list(conn, request.programme)?.into_iter();
    places
        .find(|place| place.id == id)
        .ok_or_else(|| ApiError::not_found(Noun::Place))
}

/// The place that was named; else, where meetings are in slots, one that seems free. Requests begin to look at different
/// places, so that not all of them want the first.
fn choose_place(
    conn: &mut Conn,
    request: &MeetingRequest,
    parts: &Parts,
    chosen: &Chosen,
    now: Timestamp,
) -> ApiResult<Option<PlaceId>> {
    if let Some(id) = chosen.place {
        let place = require_place(conn, request, id);
        let place = place.map_err(|error| match error.code {
            Code::PlaceNotFound => ApiError::body("place", "no such place"),
            _ => error,
        })?;
        return Ok(Some(place.id));
    }
    if parts.booking.times == Times::Free || chosen.venue.is_some() {
        return Ok(None);
    }
    let free = open::free_places(conn, request, chosen.span, now)?;
    if let Some(free) = free {
        let first = usize::try_from(request.id.uuid().as_u128() & 0xFFFF).expect("16 bits");
        let place = free.get(first.checked_rem(free.len()).unwrap_or(0));
        return place
            .copied()
            .map(Some)
            .ok_or_else(|| Code::TimeTaken.into());
    }
    Ok(None)
}

/// Has requests lose what they hold at the chosen time, if they may, and the chooser knows of each.
fn displace(
    conn: &mut Conn,
    snapshot: &Snapshot,
    request: &MeetingRequest,
    parts: &Parts,
    (chooser, chosen, place): (Chooser<'_>, &Chosen, Option<PlaceId>),
    now: Timestamp,
) -> ApiResult<()> {
    let mut resources = parts.everybody();
    resources.extend(place_of(conn, place)?);
    let found = open::displaced(conn, request, chooser, &resources, chosen.span, now)?;
    let Some(displaced) = found else {
        return Ok(());
    };
    if displaced.iter().any(|id| !chosen.displace.contains(id)) {
        let details = json!({"displaces": displaced});
        return Err(ApiError::from(Code::WouldDisplace).with_details(details));
    }
    let system = Actor {
        party: Party::System,
        person: None,
        on_behalf: None,
    };
    for id in displaced {
        let other = match meeting_requests::find(conn, id) {
            Err(StoreError::NotFound(_)) => continue,
            found => found?,
        };
        for party in [Party::Requester, Party::Counterpart] {
            let mut kept = offers::list(conn, id, now)?;
            kept.retain(|offer| offer.party == party && offer.span.common(chosen.span).is_none());
            offers::save(conn, id, party, &kept)?;
        }
        let made = Move::bare(Step::Displace);
        super::take(conn, snapshot, other, made, &system, None, now)?;
    }
    Ok(())
}
