//! From the request to the contacts, and what time does.

use domain::{Approval, Noun, Reason, ReviewPolicy, State, Step};
use jiff::SignedDuration;
use serde_json::json;
use store::{journal, judgements, meeting_requests};
use testkit::on_both;

use super::{asks, id, path, policy, step, steps};

const WEEK: SignedDuration = SignedDuration::from_hours(24 * 7);

#[test]
fn a_founder_asks_staff_approve_the_investor_accepts_and_both_see_the_contacts() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));

        let request = asks(&kim, &ada).assert_status(201);
        assert_eq!(request.text("/state"), "awaiting_staff");
        assert_eq!(
            request.header("location"),
            Some(path(&request, "").as_str())
        );
        steps(&sato, &request, "approve", &json!({}));
        let accepted = steps(&ada, &request, "accept", &json!({}));

        assert_eq!(accepted.text("/state"), "accepted");
        for side in [&kim, &ada] {
            let seen = side.get(&path(&request, "")).assert_status(200);
            assert_eq!(seen.text("/contacts/requester/email"), kim.email());
            assert_eq!(seen.text("/contacts/counterpart/email"), ada.email());
            assert_eq!(seen.text("/contacts/counterpart/phone"), "+81-6-0000-0000");
            assert_eq!(seen.etag(), "\"3\"");
        }
    });
}

#[test]
fn every_step_leaves_its_row_its_audit_and_its_judgement() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));

        let request = asks(&kim, &ada).assert_status(201);
        steps(
            &sato,
            &request,
            "return",
            &json!({"reason": "message_unclear", "note": "Which round?"}),
        );
        steps(
            &kim,
            &request,
            "submit",
            &json!({"message": "Our seed round."}),
        );
        steps(&sato, &request, "approve", &json!({}));

        let (history, audit, judged, kept) = hub.make(|conn, _| {
            Ok((
                meeting_requests::list_steps(conn, id(&request))?,
                journal::list_for(conn, Noun::MeetingRequest, id(&request).uuid())?,
                judgements::find(conn, id(&request))?.expect("a judgement"),
                meeting_requests::find(conn, id(&request))?,
            ))
        });
        let taken: Vec<Option<Step>> = history.iter().map(|taken| taken.step).collect();
        let expected = [
            None,
            Some(Step::Return),
            Some(Step::Submit),
            Some(Step::Approve),
        ];
        assert_eq!(taken, expected);
        assert_eq!(history[1].reason, Some(Reason::MessageUnclear));
        let actions: Vec<(&str, u32)> = audit
            .iter()
            .map(|row| (row.action.as_str(), row.version))
            .collect();
        assert_eq!(
            actions,
            [("created", 1), ("return", 2), ("submit", 3), ("approve", 4)]
        );
        assert!(!format!("{audit:?}").contains("Which round?"));
        assert_eq!(kept.message.as_str(), "Our seed round.");
        assert_eq!(Some(kept.approval), Some(Some(Approval::Staff(sato.id()))));
        let seen = kim.get(&path(&request, ""));
        assert_eq!(seen.body["points"], judged.points);
        let parts = seen.body["contributions"]
            .as_array()
            .expect("contributions");
        let sum: i64 = parts
            .iter()
            .map(|part| part["points"].as_i64().expect("points"))
            .sum();
        assert_eq!(seen.body["points"], sum);
    });
}

#[test]
fn past_its_deadline_a_request_is_expired_though_nobody_wrote_it_down() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let request = asks(&kim, &ada).assert_status(201);

        hub.pass(WEEK);
        let (kim, sato) = (kim.on_another_device(), sato.on_another_device());

        let seen = kim.get(&path(&request, "")).assert_status(200);
        assert_eq!((seen.text("/state"), seen.etag()), ("expired", "\"1\""));
        assert_eq!(seen.body["actions"], json!([]));
        step(&sato, &request, "approve", &json!({})).assert_error(409, "invalid_transition");
        step(&kim, &request, "withdraw", &json!({})).assert_error(409, "invalid_transition");
        for (state, found) in [("expired", 1), ("awaiting_staff", 0)] {
            let list = kim.get(&format!("/v1/meeting-requests?state={state}"));
            assert_eq!(list.body["items"].as_array().map(Vec::len), Some(found));
        }
    });
}

#[test]
fn an_expired_request_makes_room_for_the_next() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let first = asks(&kim, &ada).assert_status(201);
        asks(&kim, &ada).assert_error(409, "open_request_exists");

        hub.pass(WEEK);
        let kim = kim.on_another_device();
        let second = asks(&kim, &ada).assert_status(201);

        let stored = hub.make(|conn, _| meeting_requests::find(conn, id(&first)));
        assert_eq!(stored.entry.kept(), (State::Expired, None));
        assert_eq!(kim.get(&path(&second, "")).text("/state"), "awaiting_staff");
    });
}

#[test]
fn the_sweeper_writes_down_what_is_due_once_and_forgets_old_keys() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let request = asks(&kim.with("idempotency-key", "once"), &ada).assert_status(201);

        assert_eq!(api::sweep_once(hub.app()).expect("a sweep"), 0);
        hub.pass(WEEK);
        assert_eq!(api::sweep_once(hub.app()).expect("a sweep"), 1);
        assert_eq!(api::sweep_once(hub.app()).expect("a sweep"), 0);

        let (stored, key) = hub.make(|conn, _| {
            Ok((
                meeting_requests::find(conn, id(&request))?,
                store::idempotency_keys::find(conn, kim.id(), "once")?,
            ))
        });
        assert_eq!((stored.version, stored.entry.kept().0), (2, State::Expired));
        assert_eq!(key, None);
    });
}

#[test]
fn a_policy_that_never_reviews_approves_itself_and_is_named() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        policy(hub, |programme| programme.review = ReviewPolicy::Never);

        let request = asks(&kim, &ada).assert_status(201);

        assert_eq!(request.text("/state"), "awaiting_counterpart");
        let stored = hub.make(|conn, _| meeting_requests::find(conn, id(&request)));
        assert_eq!(stored.approval, Some(Approval::Policy(2)));
        steps(&ada, &request, "accept", &json!({}));
    });
}

#[test]
fn staff_look_at_pairs_below_the_score_of_the_policy_alone() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let (noor, ben) = (hub.founder("Noor"), hub.investor("Ben"));
        let review = |points| {
            policy(hub, |programme| {
                programme.review = ReviewPolicy::BelowScore { points };
            });
        };

        review(i32::MAX);
        let low = asks(&kim, &ada).assert_status(201);
        review(i32::MIN);
        let high = asks(&noor, &ben).assert_status(201);

        assert_eq!(low.text("/state"), "awaiting_staff");
        assert_eq!(high.text("/state"), "awaiting_counterpart");
        let stored = hub.make(|conn, _| meeting_requests::find(conn, id(&high)));
        assert_eq!(stored.approval, Some(Approval::Policy(3)));
    });
}

#[test]
fn a_step_that_the_table_does_not_have_changes_nothing() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let request = asks(&kim, &ada).assert_status(201);

        let submit = step(&kim, &request, "submit", &json!({}));
        let cancel = step(
            &kim,
            &request,
            "cancel",
            &json!({"reason": "plans_changed"}),
        );

        submit.assert_error(409, "invalid_transition");
        cancel.assert_error(409, "invalid_transition");
        assert_eq!(
            submit.body["details"],
            json!({"state": "awaiting_staff", "step": "submit"})
        );
        assert_eq!(sato.get(&path(&request, "")).etag(), "\"1\"");
    });
}

#[test]
fn a_reason_is_needed_and_must_fit_the_step() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let request = asks(&kim, &ada).assert_status(201);

        for body in [
            json!({}),
            json!({"reason": "too_early"}),
            json!({"reason": "boredom"}),
        ] {
            let refused = step(&sato, &request, "reject", &body);
            refused.assert_error(422, "invalid_body");
            assert_eq!(refused.fields(), ["reason"], "{body}");
        }

        let rejected = steps(&sato, &request, "reject", &json!({"reason": "not_a_fit"}));
        assert_eq!(rejected.text("/reason"), "not_a_fit");
    });
}

#[test]
fn a_step_on_a_version_that_is_not_the_last_is_refused() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let request = asks(&kim, &ada).assert_status(201);

        let stale = kim.with("if-match", "\"7\"");
        step(&stale, &request, "withdraw", &json!({})).assert_error(412, "precondition_failed");

        let fresh = kim.with("if-match", request.etag());
        steps(&fresh, &request, "withdraw", &json!({}));
    });
}

#[test]
fn after_a_decline_the_pair_rests_for_that_purpose() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let request = asks(&kim, &ada).assert_status(201);
        steps(&sato, &request, "approve", &json!({}));
        steps(&ada, &request, "decline", &json!({"reason": "too_early"}));
        hub.catch_up();

        let again = asks(&kim, &ada);
        again.assert_error(409, "not_matchable");
        assert_eq!(again.text("/details/code"), "cooling");

        let mut other = super::body(kim.organisation(), ada.organisation());
        other["purpose"] = json!("joint_research");
        kim.post("/v1/meeting-requests", &other).assert_status(201);
    });
}
