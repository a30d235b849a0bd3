//! Reminders before the time of a request is over: at one third, at two thirds and shortly before. They are planned when
//! a request enters a state that waits. And questions what came of a meeting, planned once, when it is held, and counted
//! from the day on which it was: no later step moves them, and an outcome that is the end of the way closes what is left.
//! Both become events when they are due, each once; of two that are due at once the later alone.

use domain::{Attendance, MeetingRequest, Noun, Party, State, Step};
use jiff::{SignedDuration, Span, Timestamp, tz::TimeZone};
use serde_json::json;
use store::{
    Conn,
    journal::{self, Change},
    meeting_requests, outcomes,
    reminders::{self, Reminder},
};

use crate::error::ApiResult;

/// How long before the deadline the last reminder is sent, if so much of the last third is left.
const SHORTLY: SignedDuration = SignedDuration::from_hours(24);

/// The kinds of reminders before a deadline, and the events that they become.
const KINDS: [(&str, &str); 3] = [
    ("one_third", "reminded_at_one_third"),
    ("two_thirds", "reminded_at_two_thirds"),
    ("shortly_before", "reminded_shortly_before"),
];

/// The kinds of reminders of what came of a meeting, the events that they become, and the months from the meeting until
/// then.
const FOLLOW_UPS: [(&str, &str, i64); 3] = [
    ("after_3_months", "followed_up_after_3_months", 3),
    ("after_6_months", "followed_up_after_6_months", 6),
    ("after_12_months", "followed_up_after_12_months", 12),
];

/// When somebody is reminded who has from `from` to `deadline`.
pub(crate) fn instants(from: Timestamp, deadline: Timestamp) -> [Timestamp; 3] {
    let micros = deadline.duration_since(from).as_micros();
    let after = |sixths: i128| {
        let micros = i64::try_from(micros * sixths / 6).unwrap_or(i64::MAX);
        let passed = SignedDuration::from_micros(micros);
        from.saturating_add(passed).unwrap_or(deadline)
    };
    let shortly = deadline.saturating_sub(SHORTLY).unwrap_or(deadline);
    [after(2), after(4), shortly.max(after(5))]
}

/// Plans the reminders of a request anew after a step: those of a state that it left are not sent. Who came may be
/// corrected without asking anew what came of it.
pub(super) fn plan(conn: &mut Conn, request: &MeetingRequest, step: Option<Step>) -> ApiResult<()> {
    if step == Some(Step::Correct) {
        return Ok(());
    }
    let planned = match (request.entry.kept(), &request.meeting) {
        ((_, Some(deadline)), _) => {
            let due = instants(request.changed_at, deadline);
            let kinds = KINDS.iter().map(|(kind, _)| *kind).zip(due);
            kinds.collect()
        }
        ((State::Held, None), Some(meeting)) => {
            follow_ups(meeting.booked.span.starts_at(), request.changed_at)
        }
        _ => Vec::new(),
    };
    let planned: Vec<Reminder> = planned
        .into_iter()
        .map(|(kind, due_at)| Reminder {
            request: request.id,
            kind: kind.to_owned(),
            version: request.version,
            due_at,
        })
        .collect();
    Ok(reminders::save(conn, request.id, &planned)?)
}

/// When it is asked what came of a meeting that began at `met`: of what is over already when that is said, nobody asks.
fn follow_ups(met: Timestamp, said: Timestamp) -> Vec<(&'static str, Timestamp)> {
    let after = |months: i64| {
        let met = met.to_zoned(TimeZone::UTC);
        met.saturating_add(Span::new().months(months)).timestamp()
    };
    let all = FOLLOW_UPS
        .iter()
        .map(|(kind, _, months)| (*kind, after(*months)));
    all.filter(|(_, due)| *due > said).collect()
}

/// Sends a due reminder: writes its event, if it still holds and no later reminder is due as well. Whether it was sent.
///
/// # Errors
/// What the database answered.
pub(crate) fn send(conn: &mut Conn, due: &Reminder, now: Timestamp) -> ApiResult<bool> {
    if !reminders::delete(conn, due)? {
        return Ok(false);
    }
    let request = meeting_requests::find(conn, due.request)?;
    let later = reminders::list_of(conn, due.request)?;
    if later.iter().any(|later| later.due_at <= now) {
        return Ok(false);
    }
    let Some(action) = action(conn, &request, due, now)? else {
        return Ok(false);
    };
    let change = Change {
        action,
        noun: Noun::MeetingRequest,
        id: request.id.uuid(),
        version: request.version,
        person: None,
        party: Some(Party::Clock),
        detail: json!({
            "state": request.entry.kept().0,
            "waits_for": waits_for(request.state_at(now)),
            "deadline_at": request.entry.deadline_at(),
            "programme": request.programme,
            "from": request.from.organisation,
            "to": request.to.organisation,
        }),
    };
    journal::insert(conn, &change, now)?;
    Ok(true)
}

/// The event that a reminder becomes, if it still holds: before a deadline, while the request waits as it did; after a
/// meeting, unless a side stayed away or it has come to an end already.
fn action(
    conn: &mut Conn,
    request: &MeetingRequest,
    due: &Reminder,
    now: Timestamp,
) -> ApiResult<Option<&'static str>> {
    let state = request.state_at(now);
    if let Some((_, action)) = KINDS.iter().find(|(kind, _)| *kind == due.kind) {
        let waits = waits_for(state).is_some() && request.version == due.version;
        return Ok(waits.then_some(*action));
    }
    let came = request.meeting.as_ref().and_then(|met| met.attendance);
    if state != State::Held || came.is_none_or(Attendance::has_no_show) {
        return Ok(None);
    }
    let come = outcomes::list(conn, request.id)?;
    if come
        .iter()
        .any(|said| !said.withdrawn && said.outcome.kind.is_end())
    {
        return Ok(None);
    }
    let found = FOLLOW_UPS.iter().find(|(kind, ..)| *kind == due.kind);
    Ok(found.map(|(_, action, _)| *action))
}

/// For whom a request waits that stands here.
pub(crate) const fn waits_for(state: State) -> Option<Party> {
    match state {
        State::AwaitingStaff => Some(Party::Staff),
        State::Returned => Some(Party::Requester),
        State::AwaitingCounterpart => Some(Party::Counterpart),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reminders_come_in_order_and_before_the_deadline() {
        let from: Timestamp = "2026-11-02T09:00:00Z".parse().unwrap();
        for (hours, due) in [
            (24 * 9, [72, 144, 192]),
            (24, [8, 16, 20]),
            (24 * 30, [240, 480, 696]),
        ] {
            let hour = |hours| from + SignedDuration::from_hours(hours);

            assert_eq!(instants(from, hour(hours)), due.map(hour), "{hours}");
        }
    }
}
