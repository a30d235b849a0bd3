//! What the schema refuses on both databases, whoever writes past the API.

use domain::{
    Approval, Ask, Entry, Judged, MeetingRequest, PersonId, Programme, Purpose, Side, State,
};
use store::{StoreError, meeting_requests, programmes};
use testkit::{Actor, Hub, on_both};

fn request(hub: &Hub, from: &Actor<'_>, to: &Actor<'_>) -> MeetingRequest {
    let programme = hub.make(|conn, _| programmes::find_by_code(conn, Programme::HUB));
    let side = |actor: &Actor<'_>, person| Side {
        organisation: actor.organisation(),
        person,
    };
    let ask = Ask {
        id: hub.id(),
        programme: programme.id,
        from: side(from, Some(from.id())),
        to: side(to, None),
        purpose: Purpose::Fundraising,
        subject: None,
        message: "Shall we meet?".parse().expect("a message"),
        requested_by: from.id(),
        replaces: None,
    };
    let judged = Judged {
        programme: &programme.programme,
        version: programme.version,
        points: 0,
        offices: domain::Offices::at(None, None, None),
    };
    MeetingRequest::ask(ask, judged, hub.now())
}

/// The request as somebody might write it past every check.
fn forged(
    request: &MeetingRequest,
    state: State,
    approval: Option<Approval>,
    accepted_by: Option<PersonId>,
) -> MeetingRequest {
    let deadline = request.entry.deadline_at().filter(|_| {
        matches!(
            state,
            State::AwaitingStaff | State::Returned | State::AwaitingCounterpart
        )
    });
    let mut forged = request.clone();
    forged.version += 1;
    forged.entry = Entry::restored(state, deadline);
    forged.approval = approval;
    forged.accepted_by = accepted_by;
    forged.to.person = accepted_by;
    forged
}

#[test]
fn a_second_open_request_of_a_pair_is_refused_either_way() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let first = request(hub, &kim, &ada);
        hub.make(|conn, _| meeting_requests::insert(conn, &first));

        for second in [request(hub, &kim, &ada), request(hub, &ada, &kim)] {
            let refused: Result<(), StoreError> = hub
                .store()
                .write(|conn| meeting_requests::insert(conn, &second));
            assert!(
                matches!(refused, Err(StoreError::Duplicate(_))),
                "{refused:?}"
            );
        }
    });
}

#[test]
fn no_row_says_what_the_machine_never_does() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let made = request(hub, &kim, &ada);
        hub.make(|conn, _| meeting_requests::insert(conn, &made));
        let by = |person: &Actor<'_>| Some(Approval::Staff(person.id()));
        let (waits, accepted) = (State::AwaitingCounterpart, State::Accepted);

        for (what, forged) in [
            ("approved by nobody", forged(&made, waits, None, None)),
            (
                "approved by who asked",
                forged(&made, waits, by(&kim), None),
            ),
            (
                "accepted without approval",
                forged(&made, accepted, None, Some(ada.id())),
            ),
            (
                "accepted by nobody",
                forged(&made, accepted, by(&sato), None),
            ),
            (
                "accepted by who asked",
                forged(&made, accepted, by(&sato), Some(kim.id())),
            ),
            (
                "accepted by who approved",
                forged(&made, accepted, by(&sato), Some(sato.id())),
            ),
        ] {
            let refused: Result<(), StoreError> = hub
                .store()
                .write(|conn| meeting_requests::save(conn, &forged));
            assert!(
                matches!(refused, Err(StoreError::Refused(_))),
                "{what}: {refused:?}"
            );
        }
        let good = forged(&made, accepted, by(&sato), Some(ada.id()));
        hub.make(|conn, _| meeting_requests::save(conn, &good));
    });
}

#[test]
fn a_version_is_saved_once() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let made = request(hub, &kim, &ada);
        let withdrawn = forged(&made, State::Withdrawn, None, None);
        hub.make(|conn, _| {
            meeting_requests::insert(conn, &made)?;
            meeting_requests::save(conn, &withdrawn)
        });

        let again: Result<(), StoreError> = hub
            .store()
            .write(|conn| meeting_requests::save(conn, &withdrawn));

        assert!(matches!(again, Err(StoreError::Stale(_))), "{again:?}");
    });
}
