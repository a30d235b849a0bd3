//! Random lives of a request: after each step the machine agrees with the model, and what is promised holds.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    iter::repeat_n,
    mem::{Discriminant, discriminant},
};

use jiff::{SignedDuration, Timestamp};
use proptest::{
    collection::vec,
    prelude::any,
    test_runner::{Config, TestRunner},
};

use super::{
    super::{Actor, Approval, MeetingRequest, Move, Party, Reason, Refused, State, Step},
    CAST, FOUNDER, TICK, asked, booked, complete, day, judged,
    model::{Attempt, Belief, Carried, EDGES, FROZEN_ON, Given, When},
    programme, prose,
};
use crate::{Attendance, Presence, Programme, ReviewPolicy};

const LIVES: u32 = 2_000;
const STEPS_MAX: usize = 50;

/// The policy sends pairs below no points to staff.
const REVIEW: ReviewPolicy = ReviewPolicy::BelowScore { points: 0 };

/// A number from which choices are read one after the other; zero chooses the first each time.
struct Dice(u64);

impl Dice {
    fn choose<T: Clone>(&mut self, among: &[T]) -> T {
        let sides = among.len() as u64;
        let side = usize::try_from(self.0 % sides).unwrap();
        self.0 /= sides;
        among[side].clone()
    }

    /// How long nobody does anything: mostly shorter than a deadline, sometimes to the microsecond as long.
    fn wait(&mut self) -> SignedDuration {
        let hour = SignedDuration::from_hours(1);
        let week = hour * (24 * 7);
        let moment = SignedDuration::from_micros(1);
        let soon = self.choose(&[SignedDuration::ZERO, hour, hour * 30]);
        let late = self.choose(&[week - moment, week, week * 2]);
        self.choose(&[soon, soon, soon, soon, soon, soon, soon, late])
    }

    /// Half of the attempts follow an edge of the model, mostly one on which the request lives on; the other half is
    /// anything.
    fn attempt(&mut self, state: State) -> Attempt {
        let expiry = (Step::Expire, Party::Clock);
        let mut moves: Vec<_> = EDGES
            .iter()
            .filter(|(from, ..)| *from == state)
            .flat_map(|(_, step, party, to)| {
                repeat_n((*step, *party), if to.is_open() { 6 } else { 1 })
            })
            .collect();
        if moves.is_empty() {
            moves.push(expiry);
        }
        let anything = (self.choose(&Step::ALL), self.choose(&CAST).0);
        let followed = self.choose(&moves);
        let (step, party) = self.choose(&[followed, anything]);
        let of_party: Vec<_> = CAST.iter().filter(|(part, _)| *part == party).collect();
        let usual = self.choose(&of_party).1;
        let anybody = self.choose(&CAST).1;
        let rarely = [false, false, false, false, false, false, false, true];
        Attempt {
            step,
            party,
            person: self.choose(&[usual, usual, usual, anybody]),
            on_behalf: self.choose(&rarely),
            reason: self.choose(&[
                Given::Fitting,
                Given::Fitting,
                Given::Fitting,
                Given::Fitting,
                Given::Nothing,
                Given::Foreign,
            ]),
            carried: self.choose(&[
                Carried::Everything,
                Carried::Everything,
                Carried::Everything,
                Carried::Everything,
                Carried::Everything,
                Carried::NoMessage,
                Carried::NoTick,
                Carried::UnknownTick,
            ]),
            policy_approves: self.choose(&[false, true]),
            when: self.choose(&[
                When::Hours(1),
                When::Hours(1),
                When::Hours(30),
                When::Hours(200),
                When::Hours(-1),
                When::Nothing,
            ]),
            came: self.choose(&[
                Some((true, true)),
                Some((true, true)),
                Some((true, false)),
                Some((false, true)),
                None,
            ]),
        }
    }
}

impl Attempt {
    fn points(&self) -> i32 {
        if self.policy_approves { 0 } else { -1 }
    }

    fn actor(&self) -> Actor {
        Actor {
            party: self.party,
            person: self.person,
            on_behalf: self.on_behalf.then(|| prose("She asked me to.")),
        }
    }

    fn made(&self, now: Timestamp) -> Move {
        let foreign = match self.step {
            Step::Close => Reason::NotAFit,
            _ => Reason::PartyErased,
        };
        let ticks: &[&str] = match self.carried {
            Carried::Everything | Carried::NoMessage => &[TICK],
            Carried::NoTick => &[],
            Carried::UnknownTick => &[TICK, "weather"],
        };
        Move {
            reason: match self.reason {
                Given::Fitting => complete(self.step).reason,
                Given::Nothing => None,
                Given::Foreign => Some(foreign),
            },
            message: (self.carried != Carried::NoMessage).then(|| prose("May we meet?")),
            ticks: ticks.iter().map(|tick| tick.parse().unwrap()).collect(),
            booked: match self.when {
                When::Hours(hours) => Some(booked(now, hours)),
                When::Nothing => None,
            },
            attendance: self.came.map(|(requester, counterpart)| Attendance {
                requester: presence(requester),
                counterpart: presence(counterpart),
            }),
            ..Move::bare(self.step)
        }
    }
}

fn presence(came: bool) -> Presence {
    if came {
        Presence::Present
    } else {
        Presence::NoShow
    }
}

/// What the lives of a run had in them, so that no promise was kept for want of a case.
#[derive(Default)]
struct Seen {
    edges: BTreeSet<(State, Step, Party)>,
    refusals: Vec<Discriminant<Refused>>,
}

/// A request with the model beside it, and the steps that it took.
struct Life<'a> {
    programme: &'a Programme,
    now: Timestamp,
    request: MeetingRequest,
    belief: Belief,
    taken: Vec<(Step, Party)>,
}

impl Life<'_> {
    fn begin(programme: &Programme, policy_approves: bool) -> Life<'_> {
        let points = if policy_approves { 0 } else { -1 };
        Life {
            programme,
            now: day(0),
            request: asked(judged(programme, points)),
            belief: Belief::new(policy_approves, day(0)),
            taken: Vec::new(),
        }
    }

    fn try_step(&mut self, roll: u64, seen: &mut Seen) {
        let mut dice = Dice(roll);
        self.now += dice.wait();
        let state = self.belief.state(self.now);
        let attempt = dice.attempt(state);
        let judged = judged(self.programme, attempt.points());
        let expected = self.belief.after(&attempt, self.now);

        let request = self.request.clone();
        let moved = request.apply(attempt.made(self.now), &attempt.actor(), judged, self.now);

        assert_eq!(
            moved.as_ref().ok().map(Belief::of),
            expected,
            "{attempt:?} in {state:?} gave {moved:?}"
        );
        match moved {
            Ok(moved) => {
                seen.edges.insert((state, attempt.step, attempt.party));
                self.taken.push((attempt.step, attempt.party));
                self.check_move(&moved, state, attempt.step);
                self.request = moved;
                self.belief = Belief::of(&self.request);
            }
            Err(why) if seen.refusals.contains(&discriminant(&why)) => {}
            Err(why) => seen.refusals.push(discriminant(&why)),
        }
        self.check();
    }

    /// What holds of every move.
    fn check_move(&self, moved: &MeetingRequest, from: State, step: Step) {
        let written_down = (from, step) == (State::Expired, Step::Expire);
        let corrected = (from, step) == (State::Held, Step::Correct);
        assert!(
            !from.is_end() || written_down || corrected,
            "an end state was left"
        );
        assert_eq!(moved.version, self.request.version + 1);
        assert_eq!(moved.changed_at, self.now);
        assert!(step == Step::Submit || moved.message == self.request.message);
        let before = (
            &self.request.id,
            self.request.from,
            self.request.to.organisation,
        );
        assert_eq!((&moved.id, moved.from, moved.to.organisation), before);
    }

    /// What holds at every time.
    fn check(&self) {
        let (request, state) = (&self.request, self.request.state_at(self.now));
        assert_eq!(state, self.belief.state(self.now));
        assert_eq!(request.version as usize, 1 + self.taken.len());
        let met = matches!(state, State::Accepted | State::Scheduled | State::Held);
        assert_eq!(state.shows_contacts(), met);
        let (entered, deadline) = request.entry.kept();
        let waits = !entered.is_end() && !met;
        let waits = waits || entered != state;
        assert_eq!(deadline.is_some(), waits);
        if entered.is_past_staff() {
            assert!(request.approval.is_some(), "nobody let it through");
        }
        if met {
            self.check_accepted();
        }
        self.check_meeting(state);
    }

    /// A meeting has a time from the first that was fixed on, and who came is known exactly of one that was held.
    fn check_meeting(&self, state: State) {
        let meeting = self.request.meeting.as_ref();
        let fixed = self
            .taken
            .iter()
            .filter(|(step, _)| *step == Step::Schedule);
        let revision = meeting.map_or(0, |meeting| meeting.revision as usize);
        assert_eq!(revision, fixed.count());
        if matches!(state, State::Scheduled | State::Held) {
            assert!(meeting.is_some());
        }
        let attendance = meeting.and_then(|meeting| meeting.attendance);
        assert_eq!(attendance.is_some(), state == State::Held);
        if let Some(meeting) = meeting {
            let span = meeting.booked.span;
            assert!(span.starts_at() < span.ends_at());
        }
    }

    fn check_accepted(&self) {
        let step = |step| self.taken.iter().position(|(taken, _)| *taken == step);
        let accepted = step(Step::Accept).unwrap();
        assert_eq!(self.taken[accepted].1, Party::Counterpart);
        let acceptor = self.request.accepted_by.unwrap();
        assert_ne!(acceptor, FOUNDER);
        assert!(self.request.to.person.is_some());
        if let Some(Approval::Staff(approver)) = self.request.approval {
            assert_ne!(approver, FOUNDER);
            assert_ne!(approver, acceptor);
            assert!(step(Step::Approve).unwrap() < accepted);
        }
    }
}

#[test]
fn whatever_happens_a_request_lives_by_the_model() {
    let mut programme = programme(REVIEW);
    programme.booking.frozen_from = Some(day(FROZEN_ON));
    let seen = RefCell::new(Seen::default());
    let lives = (any::<bool>(), vec(any::<u64>(), 1..=STEPS_MAX));

    let run = TestRunner::new(Config::with_cases(LIVES)).run(&lives, |(policy_approves, rolls)| {
        let mut life = Life::begin(&programme, policy_approves);
        for roll in rolls {
            life.try_step(roll, &mut seen.borrow_mut());
        }
        Ok(())
    });

    run.unwrap();
    let Seen { edges, refusals } = seen.into_inner();
    assert_eq!(
        edges.len(),
        EDGES.len() + 1,
        "of the edges only {edges:?} were taken"
    );
    assert_eq!(refusals.len(), 10, "some guard never refused: {refusals:?}");
}
