//! Who sees what of a request, and when.

use domain::{Contacts, ReviewPolicy};
use serde_json::{Value, json};
use testkit::{Actor, Hub, Reply, on_both};

use super::{asks, body, path, policy, step, steps};

const SECRETS: [&str; 5] = [
    "people.example",
    "+81-6-0000-0000",
    "desk@ada.example",
    "+81-6-1111-1111",
    "Umeda 1-1",
];

/// An investor whose organisation has contacts of its own.
fn ada_with_contacts(hub: &Hub) -> Actor<'_> {
    let ada = hub.investor("Ada");
    let contacts: Contacts = serde_json::from_value(json!({
        "email": "desk@ada.example", "phone": "+81-6-1111-1111", "address": "Umeda 1-1, Osaka",
    }))
    .expect("contacts");
    hub.document(ada.organisation(), &contacts);
    ada
}

#[track_caller]
fn assert_no_contacts(reply: &Reply) {
    let said = String::from_utf8_lossy(&reply.bytes);
    for secret in SECRETS {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
    assert!(reply.body.get("contacts").is_none(), "{said}");
}

/// Everything that `who` can read of the request.
fn reads(who: &Actor<'_>, request: &Reply) -> Vec<Reply> {
    [
        path(request, "").as_str(),
        "/v1/meeting-requests",
        "/v1/approvals",
    ]
    .map(|path| who.get(path))
    .into()
}

#[test]
fn nobody_is_shown_an_address_or_a_number_before_acceptance_nor_after_the_end() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), ada_with_contacts(hub));
        let (sato, root, noor) = (hub.staff("Sato"), hub.admin("Root"), hub.founder("Noor"));
        let everybody = [&kim, &ada, &sato, &root, &noor];
        let check = |answer: &Reply, readers: &[&Actor<'_>]| {
            assert_no_contacts(answer);
            for reader in readers {
                reads(reader, answer).iter().for_each(assert_no_contacts);
            }
        };
        let mut asked = body(kim.organisation(), ada.organisation());
        asked["message"] = json!(format!("Write to me at {}.", kim.email()));

        let request = kim.post("/v1/meeting-requests", &asked).assert_status(201);
        check(&request, &everybody);
        let note = json!({"reason": "confidential", "note": format!("Leave out {}", kim.email())});
        check(&steps(&sato, &request, "return", &note), &everybody);
        check(&steps(&kim, &request, "submit", &json!({})), &everybody);
        check(&steps(&sato, &request, "approve", &json!({})), &everybody);
        let accepted = steps(&ada, &request, "accept", &json!({}));
        check(&request, &[&sato, &root, &noor]);

        let said = String::from_utf8_lossy(&accepted.bytes);
        assert!(SECRETS.iter().all(|secret| said.contains(secret)), "{said}");
        let cancelled = steps(
            &kim,
            &request,
            "cancel",
            &json!({"reason": "plans_changed"}),
        );
        check(&cancelled, &everybody);
    });
}

#[test]
fn to_the_counterpart_a_request_before_approval_is_as_one_that_is_not_there() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let request = asks(&kim, &ada).assert_status(201);
        let nowhere = hub.id::<domain::of::MeetingRequest>();

        let (there, not_there) = (
            ada.get(&path(&request, "")),
            ada.get(&format!("/v1/meeting-requests/{nowhere}")),
        );
        for answer in [&there, &not_there] {
            answer.assert_error(404, "meeting_request_not_found");
            assert_eq!(answer.body["detail"], not_there.body["detail"]);
            assert_eq!(answer.bytes.len(), not_there.bytes.len());
            assert_eq!(answer.header("etag"), None);
        }
        step(&ada, &request, "accept", &json!({})).assert_error(404, "meeting_request_not_found");
        let received = ada.get("/v1/meeting-requests?role=received");
        assert_eq!(received.body["items"], json!([]));
        steps(&sato, &request, "reject", &json!({"reason": "not_a_fit"}));

        let rejected = ada.get(&path(&request, ""));
        rejected.assert_error(404, "meeting_request_not_found");
    });
}

#[test]
fn the_counterpart_sees_neither_points_nor_what_happened_before_approval() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let request = asks(&kim, &ada).assert_status(201);
        let back = json!({"reason": "message_unclear", "note": "Say which round."});
        steps(&sato, &request, "return", &back);
        let returned = kim.get(&path(&request, ""));
        assert_eq!(returned.text("/history/1/note"), "Say which round.");
        steps(
            &kim,
            &request,
            "submit",
            &json!({"message": "Our seed round."}),
        );
        steps(&sato, &request, "approve", &json!({}));

        let seen = ada.get(&path(&request, "")).assert_status(200);

        let steps_seen: Vec<&Value> = seen.body["history"]
            .as_array()
            .expect("a history")
            .iter()
            .map(|taken| &taken["step"])
            .collect();
        assert_eq!(steps_seen, ["approve"]);
        for hidden in ["score", "points", "contributions", "replaces"] {
            assert!(seen.body.get(hidden).is_none(), "{hidden}");
        }
        assert_eq!(seen.text("/message"), "Our seed round.");
        assert_eq!(seen.body["actions"], json!(["accept", "decline"]));
        let kims = kim.get(&path(&request, ""));
        assert_eq!(kims.body["history"].as_array().map(Vec::len), Some(4));
        assert_eq!(kims.body["actions"], json!(["withdraw", "offer"]));
    });
}

#[test]
fn what_a_policy_let_through_has_no_history_for_the_counterpart() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        policy(hub, |programme| programme.review = ReviewPolicy::Never);
        let request = asks(&kim, &ada).assert_status(201);

        let seen = ada.get(&path(&request, "")).assert_status(200);
        assert_eq!(seen.body["history"], json!([]));
        steps(&kim, &request, "withdraw", &json!({}));

        let seen = ada.get(&path(&request, "")).assert_status(200);
        assert_eq!(seen.text("/history/0/step"), "withdraw");
        assert_eq!(seen.text("/state"), "withdrawn");
    });
}

#[test]
fn lists_hold_what_the_reader_may_see_page_after_page() {
    on_both(|hub| {
        let (kim, sato) = (hub.founder("Kim"), hub.staff("Sato"));
        let investors = ["Ada", "Ben", "Cho"].map(|name| hub.investor(name));
        let requests = investors
            .each_ref()
            .map(|investor| asks(&kim, investor).assert_status(201));
        steps(&sato, &requests[1], "approve", &json!({}));
        let ids = |reply: &Reply| -> Vec<Value> {
            let items = reply.body["items"].as_array().expect("items");
            items.iter().map(|item| item["id"].clone()).collect()
        };
        let list = |who: &Actor<'_>, query: &str| {
            who.get(&format!("/v1/meeting-requests?{query}"))
                .assert_status(200)
        };

        let first = list(&kim, "role=sent&limit=2");
        let cursor = first.text("/next_cursor");
        let second = list(&kim, &format!("role=sent&limit=2&cursor={cursor}"));
        let mut all = [ids(&first), ids(&second)].concat();
        assert_eq!((all.len(), &second.body["next_cursor"]), (3, &Value::Null));
        let mut newest_first = all.clone();
        newest_first.sort_by(|a, b| b.as_str().cmp(&a.as_str()));
        assert_eq!(all, newest_first);
        all.sort_by_key(Value::to_string);
        let mut made: Vec<Value> = requests
            .iter()
            .map(|made| made.body["id"].clone())
            .collect();
        made.sort_by_key(Value::to_string);
        assert_eq!(all, made);

        assert_eq!(ids(&list(&kim, "role=received")).len(), 0);
        assert_eq!(ids(&list(&kim, "state=awaiting_counterpart")).len(), 1);
        assert_eq!(ids(&list(&investors[0], "")).len(), 0);
        assert_eq!(ids(&list(&investors[1], "role=received")).len(), 1);
        assert_eq!(ids(&list(&sato, "")).len(), 3);
        let of_ben = format!("organisation={}", investors[1].organisation());
        assert_eq!(ids(&list(&sato, &of_ben)).len(), 1);
        assert_eq!(ids(&list(&hub.founder("Noor"), &of_ben)).len(), 0);
        sato.get(&format!(
            "/v1/meeting-requests?role=sent&limit=2&cursor={cursor}"
        ))
        .assert_error(400, "invalid_cursor");
    });
}
