//! What a step needs beside its place in the table.

use super::{
    super::{Actor, Approval, Entry, MeetingRequest, Move, Party, Reason, Refused, State, Step},
    FOUNDER, INVESTOR, PARTNER, STAFF, TICK, actor, asked, complete, day, judged, programme, prose,
    usual, walked,
};
use crate::{Programme, ReviewPolicy};

const APPROVED: &[(Step, Party)] = &[(Step::Approve, Party::Staff)];
const ACCEPTED: &[(Step, Party)] = &[
    (Step::Approve, Party::Staff),
    (Step::Accept, Party::Counterpart),
];
const RETURNED: &[(Step, Party)] = &[(Step::Return, Party::Staff)];

fn reviewed() -> Programme {
    programme(ReviewPolicy::Always)
}

/// What comes of a step on day 1 after others.
fn after(before: &[(Step, Party)], made: Move, actor: &Actor) -> Result<MeetingRequest, Refused> {
    let programme = reviewed();
    let judged = judged(&programme, 0);
    walked(asked(judged), judged, before).apply(made, actor, judged, day(1))
}

#[track_caller]
fn refuses(before: &[(Step, Party)], made: Move, actor: &Actor, why: Refused) {
    assert_eq!(after(before, made, actor), Err(why));
}

#[test]
fn who_asked_or_approved_does_not_approve_or_accept() {
    let as_staff = actor(Party::Staff, Some(FOUNDER));
    refuses(&[], complete(Step::Approve), &as_staff, Refused::SamePerson);

    for person in [FOUNDER, STAFF] {
        let as_counterpart = actor(Party::Counterpart, Some(person));
        refuses(
            APPROVED,
            complete(Step::Accept),
            &as_counterpart,
            Refused::SamePerson,
        );
    }
}

#[test]
fn a_party_acts_through_a_person_and_the_clock_through_none() {
    let nobody = actor(Party::Staff, None);
    refuses(&[], complete(Step::Approve), &nobody, Refused::Person);

    let somebody = actor(Party::System, Some(STAFF));
    refuses(&[], complete(Step::Close), &somebody, Refused::Person);
}

#[test]
fn staff_act_on_behalf_of_a_side_but_never_accept() {
    let on_behalf = |party| Actor {
        on_behalf: Some(prose("She asked me to on the phone.")),
        ..actor(party, Some(STAFF))
    };

    for (before, step, party) in [
        (RETURNED, Step::Submit, Party::Requester),
        (RETURNED, Step::Withdraw, Party::Requester),
        (APPROVED, Step::Decline, Party::Counterpart),
        (ACCEPTED, Step::Cancel, Party::Counterpart),
    ] {
        assert!(after(before, complete(step), &on_behalf(party)).is_ok());
    }
    let counterpart = on_behalf(Party::Counterpart);
    refuses(
        APPROVED,
        complete(Step::Accept),
        &counterpart,
        Refused::OnBehalf,
    );
    let staff = on_behalf(Party::Staff);
    refuses(&[], complete(Step::Approve), &staff, Refused::OnBehalf);
}

#[test]
fn a_step_takes_one_of_its_own_reasons_and_no_other() {
    let (staff, founder) = (usual(Party::Staff), usual(Party::Requester));

    refuses(&[], Move::bare(Step::Reject), &staff, Refused::Reason);
    for (step, by) in [(Step::Reject, &staff), (Step::Withdraw, &founder)] {
        let made = Move::because(step, Reason::PartyErased);
        refuses(&[], made, by, Refused::Reason);
    }

    let rejected = after(&[], Move::because(Step::Reject, Reason::Duplicate), &staff).unwrap();
    assert_eq!(rejected.reason, Some(Reason::Duplicate));
}

#[test]
fn the_reasons_of_each_step_are_those_that_were_reviewed() {
    let listed = Step::ALL
        .into_iter()
        .filter(|step| !step.reasons().is_empty())
        .map(|step| format!("{}: {:?}", step.code(), step.reasons()))
        .collect::<Vec<_>>()
        .join("\n");

    insta::assert_snapshot!(listed, @r"
    reject: [NotAFit, ConflictOfInterest, Compliance, Duplicate, Incomplete, Other]
    return: [MessageUnclear, Incomplete, WrongCounterpart, Confidential, Other]
    decline: [NotInFocus, TooEarly, TooLate, NoCapacity, ConflictOfInterest, AlreadyKnown, Other]
    cancel: [NoLongerNeeded, PlansChanged, NoTimeFound, Compliance, Other]
    close: [PartyArchived, PartySuspended, PartyErased]
    ");
}

#[test]
fn a_returned_request_comes_back_with_an_edited_message_and_new_deadline() {
    let founder = usual(Party::Requester);

    let submitted = after(RETURNED, complete(Step::Submit), &founder).unwrap();

    assert_eq!(submitted.message, prose("May we meet?"));
    assert_eq!(submitted.reason, None);
    assert_eq!(
        submitted.entry,
        Entry::restored(State::AwaitingStaff, Some(day(8)))
    );
}

#[test]
fn nobody_but_the_requester_words_the_request() {
    let made = Move {
        message: Some(prose("Something else.")),
        ..complete(Step::Approve)
    };

    let approved = after(&[], made, &usual(Party::Staff)).unwrap();

    assert_eq!(approved.message, prose("We would like to meet."));
}

#[test]
fn staff_approve_with_the_required_ticks_and_no_unknown_one() {
    let ticked = |ticks: &[&str]| Move {
        ticks: ticks.iter().map(|tick| tick.parse().unwrap()).collect(),
        ..Move::bare(Step::Approve)
    };
    let staff = usual(Party::Staff);

    refuses(
        &[],
        ticked(&[]),
        &staff,
        Refused::CheckList(TICK.to_owned()),
    );
    let unknown = Refused::CheckList("weather".to_owned());
    refuses(&[], ticked(&[TICK, "weather"]), &staff, unknown);
    assert!(after(&[], ticked(&[TICK]), &staff).is_ok());
}

#[test]
fn the_policy_in_force_approves_what_it_does_not_send_to_staff() {
    let programme = programme(ReviewPolicy::BelowScore { points: 500 });

    let (poor, good) = (
        asked(judged(&programme, 499)),
        asked(judged(&programme, 500)),
    );

    assert_eq!(poor.state_at(day(0)), State::AwaitingStaff);
    assert_eq!(poor.approval, None);
    assert_eq!(good.state_at(day(0)), State::AwaitingCounterpart);
    assert_eq!(good.approval, Some(Approval::Policy(3)));
}

#[test]
fn a_request_is_expired_from_the_instant_of_its_deadline_on() {
    let programme = reviewed();
    let request = asked(judged(&programme, 0));
    let moment = jiff::SignedDuration::from_micros(1);

    assert_eq!(request.state_at(day(7) - moment), State::AwaitingStaff);
    assert_eq!(request.state_at(day(7)), State::Expired);
}

#[test]
fn the_counterpart_is_the_person_named_else_the_one_who_accepts() {
    let accepted = |person| {
        let made = Move {
            person,
            ..complete(Step::Accept)
        };
        after(APPROVED, made, &usual(Party::Counterpart)).unwrap()
    };

    assert_eq!(accepted(None).to.person, Some(INVESTOR));
    assert_eq!(accepted(Some(PARTNER)).to.person, Some(PARTNER));
    assert_eq!(accepted(Some(PARTNER)).accepted_by, Some(INVESTOR));
}
