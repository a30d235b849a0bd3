//! The life of a request: its whole table, its guards, and random lives beside a model.

mod guards;
mod lives;
mod model;
mod table;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Actor, Ask, Judged, MeetingRequest, Move, Party, Purpose, Side, Step};
use crate::{
    Attendance, Booked, Booking, CheckItem, Counting, Deadlines, Id, Manners, Offices, PersonId,
    Programme, Prose, ReviewPolicy, Texts,
    schedule::{Span, Tick},
};

const FOUNDER: PersonId = PersonId::from_uuid(Uuid::from_u128(1));
const COLLEAGUE: PersonId = PersonId::from_uuid(Uuid::from_u128(2));
const INVESTOR: PersonId = PersonId::from_uuid(Uuid::from_u128(3));
const PARTNER: PersonId = PersonId::from_uuid(Uuid::from_u128(4));
const STAFF: PersonId = PersonId::from_uuid(Uuid::from_u128(5));
const SECOND_STAFF: PersonId = PersonId::from_uuid(Uuid::from_u128(6));

/// Everybody who takes steps, on the part on which they usually do.
const CAST: [(Party, Option<PersonId>); 8] = [
    (Party::Requester, Some(FOUNDER)),
    (Party::Requester, Some(COLLEAGUE)),
    (Party::Counterpart, Some(INVESTOR)),
    (Party::Counterpart, Some(PARTNER)),
    (Party::Staff, Some(STAFF)),
    (Party::Staff, Some(SECOND_STAFF)),
    (Party::Clock, None),
    (Party::System, None),
];

const TICK: &str = "antisocial_forces";

fn actor(party: Party, person: Option<PersonId>) -> Actor {
    Actor {
        party,
        person,
        on_behalf: None,
    }
}

/// The first of the cast who acts on this part.
fn usual(party: Party) -> Actor {
    let (_, person) = CAST.into_iter().find(|(part, _)| *part == party).unwrap();
    actor(party, person)
}

fn prose<const MAX: usize>(text: &str) -> Prose<MAX> {
    text.parse().unwrap()
}

fn day(number: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * number)
}

/// Staff have 7 days, the requester 10, the counterpart 14; one tick is required.
fn programme(review: ReviewPolicy) -> Programme {
    Programme {
        name: Texts::default(),
        review,
        deadlines: Deadlines {
            staff_days: 7,
            requester_days: 10,
            counterpart_days: 14,
            counted_in: Counting::Days,
        },
        checklist: vec![CheckItem {
            code: TICK.parse().unwrap(),
            label: Texts::default(),
            required: true,
        }],
        kind_table: Vec::new(),
        cooling_days: 180,
        manners: Manners::default(),
        booking: Booking::default(),
    }
}

/// Version 3 of the programme, and a pair with so many points.
fn judged(programme: &Programme, points: i32) -> Judged<'_> {
    Judged {
        programme,
        version: 3,
        points,
        offices: Offices::at(None, None, None),
    }
}

/// The founder's request, made on day 0.
fn asked(judged: Judged<'_>) -> MeetingRequest {
    let side = |number, person| Side {
        organisation: Id::from_uuid(Uuid::from_u128(number)),
        person,
    };
    let ask = Ask {
        id: Id::from_uuid(Uuid::from_u128(10)),
        programme: Id::from_uuid(Uuid::from_u128(11)),
        from: side(12, Some(FOUNDER)),
        to: side(13, None),
        purpose: Purpose::Fundraising,
        subject: None,
        message: prose("We would like to meet."),
        requested_by: FOUNDER,
        replaces: None,
    };
    MeetingRequest::ask(ask, judged, day(0))
}

/// The step with everything it may need, taken on day 0.
fn complete(step: Step) -> Move {
    complete_at(step, day(0))
}

/// Half an hour, so many hours after.
fn booked(now: Timestamp, hours: i64) -> Booked {
    let from = Tick::ceil(now + SignedDuration::from_hours(hours));
    Booked {
        span: Span::lasting(from, 30).unwrap(),
        place: None,
        venue: None,
    }
}

/// The step with everything it may need; a time that it fixes is twelve hours later.
fn complete_at(step: Step, now: Timestamp) -> Move {
    Move {
        booked: (step == Step::Schedule).then(|| booked(now, 12)),
        attendance: matches!(step, Step::Hold | Step::Correct).then_some(Attendance::BOTH),
        reason: step.reasons().first().copied(),
        message: (step == Step::Submit).then(|| prose("May we meet?")),
        ticks: if step == Step::Approve {
            vec![TICK.parse().unwrap()]
        } else {
            Vec::new()
        },
        ..Move::bare(step)
    }
}

/// The request after these steps, each complete, taken on day 0 by the usual person; what needs the meeting to be over, on
/// day 1.
fn walked(request: MeetingRequest, judged: Judged<'_>, steps: &[(Step, Party)]) -> MeetingRequest {
    steps.iter().fold(request, |request, (step, party)| {
        let on = i64::from(*step == Step::Hold);
        request
            .apply(complete(*step), &usual(*party), judged, day(on))
            .unwrap()
    })
}
