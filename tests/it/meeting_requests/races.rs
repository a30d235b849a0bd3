//! Two at once: one wins, the other is told.

use serde_json::json;
use testkit::{Reply, on_both};

use super::{asks, path, step, steps};

/// Both at the same time, as nearly as threads can.
fn at_once(one: impl FnOnce() -> Reply + Send, other: impl FnOnce() -> Reply + Send) -> [Reply; 2] {
    std::thread::scope(|scope| {
        let other = scope.spawn(other);
        [one(), other.join().expect("an answer")]
    })
}

fn statuses(replies: &[Reply; 2]) -> [u16; 2] {
    let mut statuses = replies.each_ref().map(|reply| reply.status);
    statuses.sort_unstable();
    statuses
}

#[test]
fn of_two_approvals_at_once_one_counts() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let (sato, ito) = (hub.staff("Sato"), hub.staff("Ito"));
        for _ in 0..5 {
            let request = asks(&kim, &ada).assert_status(201);

            let approve = |who: &testkit::Actor<'_>| step(who, &request, "approve", &json!({}));
            let replies = at_once(|| approve(&sato), || approve(&ito));

            assert_eq!(statuses(&replies), [200, 409]);
            let seen = kim.get(&path(&request, ""));
            assert_eq!(seen.etag(), "\"2\"");
            steps(&kim, &request, "withdraw", &json!({}));
        }
    });
}

#[test]
fn of_an_approval_and_a_withdrawal_at_once_none_is_lost_and_none_is_half_done() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        for _ in 0..5 {
            let request = asks(&kim, &ada).assert_status(201);

            let replies = at_once(
                || step(&sato, &request, "approve", &json!({})),
                || step(&kim, &request, "withdraw", &json!({})),
            );

            // A withdrawal goes through before and after an approval; an approval not after a withdrawal.
            assert_eq!(replies[1].status, 200);
            let seen = kim.get(&path(&request, ""));
            assert_eq!(seen.text("/state"), "withdrawn");
            let steps_taken = if replies[0].status == 200 { 3 } else { 2 };
            assert_eq!(
                seen.body["history"].as_array().map(Vec::len),
                Some(steps_taken)
            );
            assert_eq!(seen.body["version"], steps_taken);
        }
    });
}

#[test]
fn of_two_requests_of_a_pair_at_once_one_is_made() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        for _ in 0..5 {
            let replies = at_once(|| asks(&kim, &ada), || asks(&ada, &kim));

            assert_eq!(statuses(&replies), [201, 409]);
            let (made, by) = if replies[0].status == 201 {
                (&replies[0], &kim)
            } else {
                (&replies[1], &ada)
            };
            steps(by, made, "withdraw", &json!({}));
        }
    });
}

#[test]
fn one_key_at_once_makes_one_request_and_no_other_answer() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        for round in 0..5 {
            let keyed = kim.with("idempotency-key", &format!("round-{round}"));

            let [one, other] = at_once(|| asks(&keyed, &ada), || asks(&keyed, &ada));

            for reply in [&one, &other]
                .into_iter()
                .filter(|reply| reply.status != 201)
            {
                reply.assert_error(409, "idempotency_key_in_flight");
                assert_eq!(reply.header("retry-after"), Some("1"));
            }
            let again = asks(&keyed, &ada).assert_status(201);
            for reply in [&one, &other]
                .into_iter()
                .filter(|reply| reply.status == 201)
            {
                assert_eq!(reply.bytes, again.bytes);
            }
            steps(&kim, &again, "withdraw", &json!({}));
        }
    });
}
