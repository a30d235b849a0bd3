//! The meeting request 面談依頼 and its life: one state machine, values in, values out.

mod entry;
mod step;
#[cfg(test)]
mod tests;
mod vocabulary;

use jiff::Timestamp;

pub use entry::Entry;
pub use step::{Actor, Move, Reason, Step};
pub use vocabulary::{Party, Purpose, State, Subject};

use crate::{
    Attendance, Booked, Line, Meeting, MeetingRequestId, Offices, OrganisationId, PersonId,
    Presence, Programme, ProgrammeId, Prose,
};

/// One side of a request: an organisation and the person named for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The person whose contacts are shown on acceptance. Of the counterpart it is known at acceptance at the latest.
    pub person: Option<PersonId>,
}

/// Who approved a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    /// A staff member.
    Staff(PersonId),
    /// The programme's policy in this version.
    Policy(u32),
}

/// A request for an introduction.
#[derive(Clone, Debug, PartialEq)]
pub struct MeetingRequest {
    /// Its id, for life.
    pub id: MeetingRequestId,
    /// The programme it belongs to.
    pub programme: ProgrammeId,
    /// The side that asks.
    pub from: Side,
    /// The side that is asked.
    pub to: Side,
    /// What for.
    pub purpose: Purpose,
    /// What about.
    pub subject: Option<Subject>,
    /// What the requester writes.
    pub message: Prose<4000>,
    /// The person who asked.
    pub requested_by: PersonId,
    /// Who let it through to the counterpart.
    pub approval: Option<Approval>,
    /// The person who accepted.
    pub accepted_by: Option<PersonId>,
    /// Why it stands where it stands, if it was returned, rejected, declined or cancelled.
    pub reason: Option<Reason>,
    /// The request that this one takes the place of.
    pub replaces: Option<MeetingRequestId>,
    /// When and where they meet; kept when it was cancelled.
    pub meeting: Option<Meeting>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: u32,
    /// The state it entered last; what holds now says [`MeetingRequest::state_at`].
    pub entry: Entry,
}

/// What a requester asks for.
#[derive(Clone, Debug)]
#[expect(
    missing_docs,
    reason = "the fields are those of MeetingRequest, documented there"
)]
pub struct Ask {
    pub id: MeetingRequestId,
    pub programme: ProgrammeId,
    pub from: Side,
    pub to: Side,
    pub purpose: Purpose,
    pub subject: Option<Subject>,
    pub message: Prose<4000>,
    pub requested_by: PersonId,
    pub replaces: Option<MeetingRequestId>,
}

/// The policy of a programme as it is in force, and the points of the pair under the card in force.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// The programme.
    pub programme: &'a Programme,
    /// Its version.
    pub version: u32,
    /// Points of the pair.
    pub points: i32,
    /// Whose business days count for whom.
    pub offices: Offices,
}

impl Judged<'_> {
    /// When the time of `party` is over, if a request begins to wait for them now. Nobody waits for the clock or the hub.
    pub fn deadline(&self, party: Party, now: Timestamp) -> Timestamp {
        let deadlines = self.programme.deadlines;
        let (days, office) = match party {
            Party::Requester => (deadlines.requester_days, self.offices.requester),
            Party::Counterpart => (deadlines.counterpart_days, self.offices.counterpart),
            Party::Staff | Party::Clock | Party::System => {
                (deadlines.staff_days, self.offices.staff)
            }
        };
        deadlines.after(now, days, office)
    }
}

/// Why a step may not be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The table has no such step.
    #[error("{party:?} may not {step:?} in {state:?}")]
    NotInTable {
        /// State at the time.
        state: State,
        /// The step.
        step: Step,
        /// Who tried.
        party: Party,
    },
    /// One person asked, approved or accepted already.
    #[error("request, approval and acceptance need three different persons")]
    SamePerson,
    /// A party acts through a person, the clock and the system without one.
    #[error("a party acts through a person, the clock and the system act without one")]
    Person,
    /// Staff act on behalf of one of the two sides alone, and never accept for the counterpart.
    #[error("staff may not take this step on behalf of the party")]
    OnBehalf,
    /// The step needs one of its reasons, or takes none.
    #[error("the step needs one of its reasons, or takes none")]
    Reason,
    /// A required item of the check list is not ticked, or a tick is not on the list.
    #[error("the check list asks for {0}")]
    CheckList(String),
    /// A step that fixes a time needs one that is to come.
    #[error("the meeting needs a time that is to come")]
    Time,
    /// The programme's times stand; staff alone change them.
    #[error("the times of the programme stand")]
    Frozen,
    /// A meeting is held once it has begun, and nobody has stayed away before it is over.
    #[error("the meeting has not got so far yet")]
    TooEarly,
    /// Who came must be said, and who says so was there.
    #[error("who came must be said, by a side that was there")]
    Attendance(Party),
}

impl MeetingRequest {
    /// A new request; whether staff look at it first says the policy.
    pub fn ask(ask: Ask, judged: Judged<'_>, now: Timestamp) -> MeetingRequest {
        let Ask {
            id,
            programme,
            from,
            to,
            purpose,
            subject,
            message,
            requested_by,
            replaces,
        } = ask;
        let (entry, approval) = Entry::by_policy(judged, now);
        MeetingRequest {
            id,
            programme,
            from,
            to,
            purpose,
            subject,
            message,
            requested_by,
            approval,
            accepted_by: None,
            reason: None,
            replaces,
            meeting: None,
            created_at: now,
            changed_at: now,
            version: 1,
            entry,
        }
    }

    /// The state at `now`. Past its deadline a request is expired, whether or not anybody wrote that down.
    pub fn state_at(&self, now: Timestamp) -> State {
        match self.entry.deadline_at {
            Some(deadline) if deadline <= now => State::Expired,
            _ => self.entry.state,
        }
    }

    /// The request after `actor` makes `made`, or why that may not happen.
    ///
    /// This is the whole table of the request's life.
    ///
    /// # Errors
    /// [`Refused`], which names what was refused.
    pub fn apply(
        self,
        made: Move,
        actor: &Actor,
        judged: Judged<'_>,
        now: Timestamp,
    ) -> Result<MeetingRequest, Refused> {
        use Party::{Clock, Counterpart, Requester, Staff, System};
        let (state, step, party) = (self.state_at(now), made.step, actor.party);
        let due = self.entry.state != state;
        let entry = match (state, step, party) {
            (State::AwaitingStaff, Step::Approve, Staff) => {
                Entry::until(State::AwaitingCounterpart, Counterpart, judged, now)
            }
            (State::AwaitingStaff, Step::Reject, Staff) => Entry::forever(State::Rejected),
            (State::AwaitingStaff, Step::Return, Staff) => {
                Entry::until(State::Returned, Requester, judged, now)
            }
            (State::Returned, Step::Submit, Requester) => Entry::by_policy(judged, now).0,
            (
                State::AwaitingStaff | State::Returned | State::AwaitingCounterpart,
                Step::Withdraw,
                Requester,
            ) => Entry::forever(State::Withdrawn),
            // The one move out of a state that time has already ended: writing that down.
            (State::Expired, Step::Expire, Clock) if due => Entry::forever(State::Expired),
            (State::AwaitingCounterpart, Step::Accept, Counterpart) => {
                Entry::forever(State::Accepted)
            }
            (State::AwaitingCounterpart, Step::Decline, Counterpart) => {
                Entry::forever(State::Declined)
            }
            (State::Accepted | State::Scheduled, Step::Cancel, Requester | Counterpart | Staff) => {
                Entry::forever(State::Cancelled)
            }
            // What is offered, and what is no longer, changes neither the state nor its deadline.
            (State::AwaitingStaff | State::AwaitingCounterpart, Step::Offer, Requester)
            | (State::Accepted | State::Scheduled, Step::Offer, Requester | Counterpart)
            | (
                State::AwaitingStaff
                | State::AwaitingCounterpart
                | State::Accepted
                | State::Scheduled,
                Step::Displace,
                System,
            ) => self.entry,
            (
                State::Accepted | State::Scheduled,
                Step::Schedule,
                Requester | Counterpart | Staff,
            ) => Entry::forever(State::Scheduled),
            (State::Scheduled, Step::Hold, Requester | Counterpart | Staff)
            | (State::Held, Step::Correct, Staff) => Entry::forever(State::Held),
            (
                State::AwaitingStaff
                | State::Returned
                | State::AwaitingCounterpart
                | State::Accepted
                | State::Scheduled,
                Step::Close,
                Staff | System,
            ) => Entry::forever(State::Cancelled),
            (state, step, party) => return Err(Refused::NotInTable { state, step, party }),
        };
        actor.check(step)?;
        self.check(&made, actor, judged.programme)?;
        self.check_time(&made, actor, judged.programme, now)?;
        Ok(self.moved(entry, made, actor, judged, now))
    }

    /// What a step needs beside its place in the table.
    fn check(&self, made: &Move, actor: &Actor, programme: &Programme) -> Result<(), Refused> {
        let reasons = made.step.reasons();
        let fits = made
            .reason
            .map_or(reasons.is_empty(), |reason| reasons.contains(&reason));
        if !fits {
            return Err(Refused::Reason);
        }
        match made.step {
            Step::Approve if actor.person == Some(self.requested_by) => Err(Refused::SamePerson),
            Step::Approve => check_list(&made.ticks, programme),
            Step::Accept if self.has_acted(actor.person) => Err(Refused::SamePerson),
            _ => Ok(()),
        }
    }

    /// What a step needs that has to do with the meeting.
    fn check_time(
        &self,
        made: &Move,
        actor: &Actor,
        programme: &Programme,
        now: Timestamp,
    ) -> Result<(), Refused> {
        let is_side = matches!(actor.party, Party::Requester | Party::Counterpart);
        match made.step {
            Step::Offer | Step::Schedule if is_side && programme.booking.is_frozen(now) => {
                Err(Refused::Frozen)
            }
            Step::Schedule => match &made.booked {
                Some(booked) if booked.span.starts_at() > now => Ok(()),
                _ => Err(Refused::Time),
            },
            Step::Hold | Step::Correct => self.check_attendance(made, actor.party, now),
            _ => Ok(()),
        }
    }

    fn check_attendance(&self, made: &Move, party: Party, now: Timestamp) -> Result<(), Refused> {
        let (Some(meeting), Some(came)) = (&self.meeting, made.attendance) else {
            return Err(Refused::Attendance(party));
        };
        let own = match party {
            Party::Requester => came.requester,
            Party::Counterpart => came.counterpart,
            Party::Staff | Party::Clock | Party::System => Presence::Present,
        };
        let span = meeting.booked.span;
        let earliest = if came.has_no_show() {
            span.ends_at()
        } else {
            span.starts_at()
        };
        if own == Presence::NoShow {
            Err(Refused::Attendance(party))
        } else if now < earliest {
            Err(Refused::TooEarly)
        } else {
            Ok(())
        }
    }

    fn has_acted(&self, person: Option<PersonId>) -> bool {
        person.is_some_and(|person| {
            person == self.requested_by || self.approval == Some(Approval::Staff(person))
        })
    }

    fn moved(
        self,
        entry: Entry,
        made: Move,
        actor: &Actor,
        judged: Judged<'_>,
        now: Timestamp,
    ) -> MeetingRequest {
        let approval = match (made.step, actor.person) {
            (Step::Approve, Some(person)) => Some(Approval::Staff(person)),
            (Step::Submit, _) => Entry::by_policy(judged, now).1,
            _ => self.approval,
        };
        let accepting = made.step == Step::Accept;
        let to = Side {
            person: if accepting {
                made.person.or(self.to.person).or(actor.person)
            } else {
                self.to.person
            },
            ..self.to
        };
        MeetingRequest {
            to,
            message: match made.message {
                // Nobody but the requester words the request.
                Some(edited) if made.step == Step::Submit => edited,
                _ => self.message,
            },
            approval,
            accepted_by: if accepting {
                actor.person
            } else {
                self.accepted_by
            },
            reason: made.reason,
            meeting: meeting_after(self.meeting, made.step, made.booked, made.attendance),
            changed_at: now,
            version: self.version + 1,
            entry,
            ..self
        }
    }
}

/// The meeting after a step: each time that is fixed makes a revision of it.
fn meeting_after(
    meeting: Option<Meeting>,
    step: Step,
    booked: Option<Booked>,
    attendance: Option<Attendance>,
) -> Option<Meeting> {
    match (step, booked) {
        (Step::Schedule, Some(booked)) => Some(Meeting {
            revision: meeting.map_or(1, |before| before.revision + 1),
            booked,
            attendance: None,
        }),
        (Step::Hold | Step::Correct, _) => meeting.map(|meeting| Meeting {
            attendance,
            ..meeting
        }),
        _ => meeting,
    }
}

fn check_list(ticks: &[Line<60>], programme: &Programme) -> Result<(), Refused> {
    let list = &programme.checklist;
    if let Some(unknown) = ticks
        .iter()
        .find(|tick| list.iter().all(|item| item.code != **tick))
    {
        return Err(Refused::CheckList(unknown.to_string()));
    }
    match list
        .iter()
        .find(|item| item.required && !ticks.contains(&item.code))
    {
        Some(missing) => Err(Refused::CheckList(missing.code.to_string())),
        None => Ok(()),
    }
}
