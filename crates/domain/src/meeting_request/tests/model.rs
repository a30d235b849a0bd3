//! A second, smaller opinion on the life of a request: edges as data and a list of faults.

use jiff::{SignedDuration, Timestamp};

use super::{
    super::{Approval, MeetingRequest, Party, State, Step},
    FOUNDER,
};
use crate::{PersonId, Presence, schedule::Tick};

/// Where an edge leads to.
#[derive(Clone, Copy, Debug)]
pub(super) enum To {
    State(State),
    /// Where the policy sends it.
    Policy,
    /// Where it is, as long as it would have been there.
    Same,
}

impl To {
    /// Whether the request lives on there.
    pub(super) fn is_open(self) -> bool {
        match self {
            To::State(state) => {
                matches!(state, State::Accepted | State::Scheduled)
                    || DAYS.iter().any(|(waiting, _)| *waiting == state)
            }
            To::Policy | To::Same => true,
        }
    }
}

pub(super) type Edge = (State, Step, Party, To);

/// Every edge between states that hold; a state that time has ended is written down beside it.
pub(super) const EDGES: &[Edge] = {
    use Party::{Counterpart, Requester, Staff, System};
    use State::{
        Accepted, AwaitingCounterpart, AwaitingStaff, Cancelled, Declined, Held, Rejected,
        Returned, Scheduled, Withdrawn,
    };
    const fn to(state: State) -> To {
        To::State(state)
    }
    &[
        (AwaitingStaff, Step::Approve, Staff, to(AwaitingCounterpart)),
        (AwaitingStaff, Step::Reject, Staff, to(Rejected)),
        (AwaitingStaff, Step::Return, Staff, to(Returned)),
        (AwaitingStaff, Step::Withdraw, Requester, to(Withdrawn)),
        (AwaitingStaff, Step::Close, Staff, to(Cancelled)),
        (AwaitingStaff, Step::Close, System, to(Cancelled)),
        (Returned, Step::Submit, Requester, To::Policy),
        (Returned, Step::Withdraw, Requester, to(Withdrawn)),
        (Returned, Step::Close, Staff, to(Cancelled)),
        (Returned, Step::Close, System, to(Cancelled)),
        (AwaitingCounterpart, Step::Accept, Counterpart, to(Accepted)),
        (
            AwaitingCounterpart,
            Step::Decline,
            Counterpart,
            to(Declined),
        ),
        (
            AwaitingCounterpart,
            Step::Withdraw,
            Requester,
            to(Withdrawn),
        ),
        (AwaitingCounterpart, Step::Close, Staff, to(Cancelled)),
        (AwaitingCounterpart, Step::Close, System, to(Cancelled)),
        (Accepted, Step::Cancel, Requester, to(Cancelled)),
        (Accepted, Step::Cancel, Counterpart, to(Cancelled)),
        (Accepted, Step::Cancel, Staff, to(Cancelled)),
        (Accepted, Step::Close, Staff, to(Cancelled)),
        (Accepted, Step::Close, System, to(Cancelled)),
        (AwaitingStaff, Step::Offer, Requester, To::Same),
        (AwaitingStaff, Step::Displace, System, To::Same),
        (AwaitingCounterpart, Step::Offer, Requester, To::Same),
        (AwaitingCounterpart, Step::Displace, System, To::Same),
        (Accepted, Step::Offer, Requester, To::Same),
        (Accepted, Step::Offer, Counterpart, To::Same),
        (Accepted, Step::Displace, System, To::Same),
        (Accepted, Step::Schedule, Requester, to(Scheduled)),
        (Accepted, Step::Schedule, Counterpart, to(Scheduled)),
        (Accepted, Step::Schedule, Staff, to(Scheduled)),
        (Scheduled, Step::Offer, Requester, To::Same),
        (Scheduled, Step::Offer, Counterpart, To::Same),
        (Scheduled, Step::Displace, System, To::Same),
        (Scheduled, Step::Schedule, Requester, to(Scheduled)),
        (Scheduled, Step::Schedule, Counterpart, to(Scheduled)),
        (Scheduled, Step::Schedule, Staff, to(Scheduled)),
        (Scheduled, Step::Hold, Requester, to(Held)),
        (Scheduled, Step::Hold, Counterpart, to(Held)),
        (Scheduled, Step::Hold, Staff, to(Held)),
        (Scheduled, Step::Cancel, Requester, to(Cancelled)),
        (Scheduled, Step::Cancel, Counterpart, to(Cancelled)),
        (Scheduled, Step::Cancel, Staff, to(Cancelled)),
        (Scheduled, Step::Close, Staff, to(Cancelled)),
        (Scheduled, Step::Close, System, to(Cancelled)),
        (Held, Step::Correct, Staff, to(Held)),
    ]
};

/// Days that each waiting state lasts, as the programme of these tests has it.
const DAYS: [(State, i64); 3] = [
    (State::AwaitingStaff, 7),
    (State::Returned, 10),
    (State::AwaitingCounterpart, 14),
];

/// Which reason comes with a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// One of its own; none if it has none.
    Fitting,
    Nothing,
    /// One of another step.
    Foreign,
}

/// What comes with a step beside its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    /// A message and the required tick.
    Everything,
    NoMessage,
    NoTick,
    UnknownTick,
}

/// The day from which on the times of the programme of these tests stand.
pub(super) const FROZEN_ON: i64 = 12;

/// The time that comes with a step that fixes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// Half an hour, so many hours later.
    Hours(i64),
    Nothing,
}

/// A step somebody tries.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) step: Step,
    pub(super) party: Party,
    pub(super) person: Option<PersonId>,
    pub(super) on_behalf: bool,
    pub(super) reason: Given,
    pub(super) carried: Carried,
    /// Whether the policy approves a request that is handed in now.
    pub(super) policy_approves: bool,
    pub(super) when: When,
    /// Who came, of requester and counterpart.
    pub(super) came: Option<(bool, bool)>,
}

/// What the model believes of a request.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Belief {
    pub(super) entered: State,
    deadline: Option<Timestamp>,
    version: u32,
    pub(super) approval: Option<Approval>,
    pub(super) accepted_by: Option<PersonId>,
    /// Revision, beginning and end of the meeting.
    pub(super) meeting: Option<(u32, Timestamp, Timestamp)>,
    came: Option<(bool, bool)>,
}

impl Belief {
    pub(super) fn of(request: &MeetingRequest) -> Belief {
        let (entered, deadline) = request.entry.kept();
        Belief {
            entered,
            deadline,
            version: request.version,
            approval: request.approval,
            accepted_by: request.accepted_by,
            meeting: request.meeting.as_ref().map(|meeting| {
                let span = meeting.booked.span;
                (meeting.revision, span.starts_at(), span.ends_at())
            }),
            came: request
                .meeting
                .as_ref()
                .and_then(|meeting| meeting.attendance)
                .map(|came| {
                    let there = |presence| presence == Presence::Present;
                    (there(came.requester), there(came.counterpart))
                }),
        }
    }

    pub(super) fn new(policy_approves: bool, now: Timestamp) -> Belief {
        let blank = Belief {
            entered: State::AwaitingStaff,
            deadline: None,
            version: 0,
            approval: None,
            accepted_by: None,
            meeting: None,
            came: None,
        };
        blank.handed_in(policy_approves, now)
    }

    /// The state that holds at `now`.
    pub(super) fn state(&self, now: Timestamp) -> State {
        let over = self.deadline.is_some_and(|deadline| now >= deadline);
        if over { State::Expired } else { self.entered }
    }

    /// What is to be believed after `attempt`; `None` if it must be refused.
    pub(super) fn after(&self, attempt: &Attempt, now: Timestamp) -> Option<Belief> {
        let state = self.state(now);
        if self.is_faulty(attempt) || self.is_untimely(attempt, now) {
            return None;
        }
        if (state, attempt.step, attempt.party) == (State::Expired, Step::Expire, Party::Clock) {
            return (self.entered != state).then(|| self.entering(state, now));
        }
        let (.., to) = EDGES.iter().find(|(from, step, party, _)| {
            (*from, *step, *party) == (state, attempt.step, attempt.party)
        })?;
        let mut next = match to {
            To::Policy => self.handed_in(attempt.policy_approves, now),
            To::State(to) => self.entering(*to, now),
            To::Same => Belief {
                version: self.version + 1,
                ..self.clone()
            },
        };
        if let (Step::Schedule, When::Hours(hours)) = (attempt.step, attempt.when) {
            let from = Tick::ceil(now + SignedDuration::from_hours(hours)).instant();
            let revision = self.meeting.map_or(1, |(before, ..)| before + 1);
            next.meeting = Some((revision, from, from + SignedDuration::from_mins(30)));
        }
        if matches!(attempt.step, Step::Hold | Step::Correct) {
            next.came = attempt.came;
        }
        if attempt.step == Step::Approve {
            next.approval = attempt.person.map(Approval::Staff);
        }
        if attempt.step == Step::Accept {
            next.accepted_by = attempt.person;
        }
        Some(next)
    }

    /// Whether something beside the table speaks against the attempt.
    fn is_faulty(&self, attempt: &Attempt) -> bool {
        let Attempt { step, party, .. } = *attempt;
        let is_side = matches!(party, Party::Requester | Party::Counterpart);
        let needs_reason = matches!(
            step,
            Step::Reject | Step::Return | Step::Decline | Step::Cancel | Step::Close
        );
        let asked = attempt.person == Some(FOUNDER);
        let approved =
            self.approval.is_some() && attempt.person.map(Approval::Staff) == self.approval;
        let faults = [
            attempt.person.is_some() != (is_side || party == Party::Staff),
            attempt.on_behalf && !is_side,
            attempt.on_behalf && step == Step::Accept,
            needs_reason && attempt.reason == Given::Nothing,
            attempt.reason == Given::Foreign,
            step == Step::Approve
                && matches!(attempt.carried, Carried::NoTick | Carried::UnknownTick),
            step == Step::Approve && asked,
            step == Step::Accept && (asked || approved),
        ];
        faults.contains(&true)
    }

    /// Whether the time, or who came, speaks against the attempt.
    fn is_untimely(&self, attempt: &Attempt, now: Timestamp) -> bool {
        let is_side = matches!(attempt.party, Party::Requester | Party::Counterpart);
        let frozen = now >= super::day(FROZEN_ON) && is_side;
        match attempt.step {
            Step::Offer => frozen,
            Step::Schedule => frozen || !matches!(attempt.when, When::Hours(hours) if hours > 0),
            Step::Hold | Step::Correct => {
                let (Some((_, from, until)), Some((requester, counterpart))) =
                    (self.meeting, attempt.came)
                else {
                    return true;
                };
                let away = (attempt.party == Party::Requester && !requester)
                    || (attempt.party == Party::Counterpart && !counterpart);
                let all_there = requester && counterpart;
                away || now < if all_there { from } else { until }
            }
            _ => false,
        }
    }

    fn entering(&self, state: State, now: Timestamp) -> Belief {
        let lasts = DAYS.iter().find(|(waiting, _)| *waiting == state);
        Belief {
            entered: state,
            deadline: lasts.map(|(_, days)| now + SignedDuration::from_hours(24 * days)),
            version: self.version + 1,
            ..self.clone()
        }
    }

    fn handed_in(&self, policy_approves: bool, now: Timestamp) -> Belief {
        if policy_approves {
            Belief {
                approval: Some(Approval::Policy(3)),
                ..self.entering(State::AwaitingCounterpart, now)
            }
        } else {
            Belief {
                approval: None,
                ..self.entering(State::AwaitingStaff, now)
            }
        }
    }
}
