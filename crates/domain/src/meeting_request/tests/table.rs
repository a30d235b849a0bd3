//! Every state × step × party, as one text to be read beside the table of the design.

use std::fmt::Write;

use super::{
    super::{MeetingRequest, Party, Refused, State, Step},
    asked, complete, complete_at, day, judged, programme, usual, walked,
};
use crate::ReviewPolicy;

const REFUSED: &str = "·";

/// The steps that lead from a new request to a state.
fn way_to(state: State) -> &'static [(Step, Party)] {
    use Party::{Counterpart, Requester, Staff};
    const APPROVED: (Step, Party) = (Step::Approve, Staff);
    match state {
        // Expired is not entered but waited for.
        State::AwaitingStaff | State::Expired => &[],
        State::Returned => &[(Step::Return, Staff)],
        State::AwaitingCounterpart => &[APPROVED],
        State::Accepted => &[APPROVED, (Step::Accept, Counterpart)],
        State::Scheduled => &[
            APPROVED,
            (Step::Accept, Counterpart),
            (Step::Schedule, Requester),
        ],
        State::Held => &[
            APPROVED,
            (Step::Accept, Counterpart),
            (Step::Schedule, Requester),
            (Step::Hold, Counterpart),
        ],
        State::Rejected => &[(Step::Reject, Staff)],
        State::Declined => &[APPROVED, (Step::Decline, Counterpart)],
        State::Withdrawn => &[(Step::Withdraw, Requester)],
        State::Cancelled => &[
            APPROVED,
            (Step::Accept, Counterpart),
            (Step::Cancel, Requester),
        ],
    }
}

/// Requests in every state, and on which day they are tried: expired ones both written down and not.
fn specimens() -> Vec<(String, MeetingRequest, i64)> {
    let programme = programme(ReviewPolicy::Always);
    let judged = judged(&programme, 0);
    let in_state = |state| walked(asked(judged), judged, way_to(state));
    let due = |state: State| {
        let name = format!("expired since due, stored as {}", state.code());
        (name, in_state(state), 14)
    };
    let written = in_state(State::AwaitingStaff)
        .apply(
            complete(Step::Expire),
            &usual(Party::Clock),
            judged,
            day(14),
        )
        .unwrap();
    State::ALL
        .into_iter()
        .map(|state| match state {
            State::Expired => ("expired, written down".to_owned(), written.clone(), 14),
            _ => (state.code().to_owned(), in_state(state), 1),
        })
        .chain([
            due(State::AwaitingStaff),
            due(State::Returned),
            due(State::AwaitingCounterpart),
        ])
        .collect()
}

/// Where the step leads and how long that state may last, or [`REFUSED`] where the table has no such step.
fn cell(request: &MeetingRequest, step: Step, party: Party, on: i64) -> String {
    let programme = programme(ReviewPolicy::Always);
    let moved = request.clone().apply(
        complete_at(step, day(on)),
        &usual(party),
        judged(&programme, 0),
        day(on),
    );
    match moved {
        Ok(moved) => {
            let (state, deadline) = moved.entry.kept();
            let days = deadline.map(|until| until.duration_since(day(on)).as_hours() / 24);
            days.map_or_else(
                || state.code().to_owned(),
                |days| format!("{} {days}d", state.code()),
            )
        }
        Err(refused) => {
            let state = request.state_at(day(on));
            assert_eq!(refused, Refused::NotInTable { state, step, party });
            REFUSED.to_owned()
        }
    }
}

#[test]
fn the_table_of_moves_is_the_one_that_was_reviewed() {
    let mut table = String::new();
    for (name, request, on) in specimens() {
        writeln!(table, "# {name}").unwrap();
        writeln!(table, "{}", row("", Party::ALL.map(Party::code))).unwrap();
        let mut refused = Vec::new();
        for step in Step::ALL {
            let cells = Party::ALL.map(|party| cell(&request, step, party, on));
            if cells.iter().all(|cell| cell == REFUSED) {
                refused.push(step.code());
            } else {
                let cells = cells.each_ref().map(String::as_str);
                writeln!(table, "{}", row(step.code(), cells)).unwrap();
            }
        }
        writeln!(table, "refused to all: {}\n", refused.join(", ")).unwrap();
    }

    insta::assert_snapshot!("table_of_moves", table);
}

fn row(head: &str, cells: [&str; 5]) -> String {
    let [requester, counterpart, staff, clock, system] = cells;
    let line = format!("{head:9} {requester:24} {counterpart:11} {staff:24} {clock:9} {system}");
    line.trim_end().to_owned()
}

#[test]
fn every_code_is_the_word_that_serde_writes() {
    fn word(value: impl serde::Serialize) -> String {
        let json = serde_json::to_value(value).unwrap();
        json.as_str().unwrap().to_owned()
    }

    for purpose in super::Purpose::ALL {
        assert_eq!(word(purpose), purpose.code());
    }
    for state in State::ALL {
        assert_eq!(word(state), state.code());
    }
    for step in Step::ALL {
        assert_eq!(word(step), step.code());
    }
    for party in Party::ALL {
        assert_eq!(word(party), party.code());
    }
}
