//! A state as it was entered, with its deadline.

use jiff::Timestamp;

use super::{Approval, Judged, Party, State};

/// A state as it was entered, with the deadline that came with it. The state at a time is
/// [`MeetingRequest::state_at`](super::MeetingRequest::state_at).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub(super) state: State,
    /// From then on the request is expired; none in states that wait for nobody.
    pub(super) deadline_at: Option<Timestamp>,
}

impl Entry {
    /// The entry that a database kept.
    pub const fn restored(state: State, deadline_at: Option<Timestamp>) -> Entry {
        Entry { state, deadline_at }
    }

    /// State and deadline, for keeping.
    pub const fn kept(self) -> (State, Option<Timestamp>) {
        (self.state, self.deadline_at)
    }

    /// From when on the request is expired; none in states that wait for nobody.
    pub const fn deadline_at(self) -> Option<Timestamp> {
        self.deadline_at
    }

    pub(super) const fn forever(state: State) -> Entry {
        Entry {
            state,
            deadline_at: None,
        }
    }

    /// A state in which the request waits for `party`, by whose business days its time is counted.
    pub(super) fn until(state: State, party: Party, judged: Judged<'_>, now: Timestamp) -> Entry {
        Entry {
            state,
            deadline_at: Some(judged.deadline(party, now)),
        }
    }

    /// Where a request goes that is handed in now, and the approval that the policy gives it.
    pub(super) fn by_policy(judged: Judged<'_>, now: Timestamp) -> (Entry, Option<Approval>) {
        if judged.programme.review.asks_staff(judged.points) {
            let entry = Entry::until(State::AwaitingStaff, Party::Staff, judged, now);
            (entry, None)
        } else {
            let entry = Entry::until(State::AwaitingCounterpart, Party::Counterpart, judged, now);
            (entry, Some(Approval::Policy(judged.version)))
        }
    }
}
