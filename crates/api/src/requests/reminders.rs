//! Reminders before the time of a request is over: at one third, at two thirds and shortly before. They are planned when
//! a request enters a state that waits, and become events when they are due, each once.

use domain::{MeetingRequest, Noun, Party, State};
use jiff::{SignedDuration, Span, Timestamp, tz::TimeZone};
use serde_json::json;
use store::{
    Conn,
    journal::{self, Change},
    meeting_requests,
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

/// The kinds of reminders of what came of an introduction, the events that they become, and the months until then.
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

/// Plans the reminders of a request anew: those of a state that it left are not sent.
pub(super) fn plan(conn: &mut Conn, request: &MeetingRequest) -> ApiResult<()> {
    let planned = match request.entry.deadline_at() {
        Some(deadline) => {
            let due = instants(request.changed_at, deadline);
            let kinds = KINDS.iter().zip(due);
            let reminders = kinds.map(|((kind, _), due_at)| Reminder {
                request: request.id,
                kind: (*kind).to_owned(),
                version: request.version,
                due_at,
            });
            reminders.collect()
        }
        None if request.entry.kept().0.shows_contacts() => {
            let months = |months: i64| {
                let now = request.changed_at.to_zoned(TimeZone::UTC);
                let due = now.saturating_add(Span::new().months(months));
                due.timestamp()
            };
            let kinds = FOLLOW_UPS.iter();
            let reminders = kinds.map(|(kind, _, after)| Reminder {
                request: request.id,
                kind: (*kind).to_owned(),
                version: request.version,
                due_at: months(*after),
            });
            reminders.collect()
        }
        None => Vec::new(),
    };
    Ok(reminders::save(conn, request.id, &planned)?)
}

/// Sends a due reminder: writes its event, if the request still waits and no later reminder is due as well. Whether it
/// was sent.
///
/// # Errors
/// What the database answered.
pub(crate) fn send(conn: &mut Conn, due: &Reminder, now: Timestamp) -> ApiResult<bool> {
    if !reminders::delete(conn, due)? {
        return Ok(false);
    }
    let request = meeting_requests::find(conn, due.request)?;
    let later = reminders::list_of(conn, due.request)?;
    let outdone = later.iter().any(|later| later.due_at <= now);
    let state = request.state_at(now);
    let before = KINDS.iter().find(|(kind, _)| *kind == due.kind);
    let after = FOLLOW_UPS.iter().find(|(kind, ..)| *kind == due.kind);
    let action = match (before, after, waits_for(state)) {
        (Some((_, action)), _, Some(_)) => *action,
        (_, Some((_, action, _)), None) if state.shows_contacts() => *action,
        _ => return Ok(false),
    };
    if outdone || request.version != due.version {
        return Ok(false);
    }
    let change = Change {
        action,
        noun: Noun::MeetingRequest,
        id: request.id.uuid(),
        version: request.version,
        person: None,
        party: Some(Party::Clock),
        detail: json!({
            "state": request.entry.kept().0,
            "waits_for": waits_for(state),
            "deadline_at": request.entry.deadline_at(),
            "programme": request.programme,
            "from": request.from.organisation,
            "to": request.to.organisation,
        }),
    };
    journal::insert(conn, &change, now)?;
    Ok(true)
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
