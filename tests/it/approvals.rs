//! The queue of the staff: what waits for them, oldest first, with what they need to decide.

use domain::Role;
use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::{Actor, Reply, on_both};

use crate::meeting_requests::{asks, body, policy, steps};

fn queue(who: &Actor<'_>, query: &str) -> Reply {
    who.get(&format!("/v1/approvals?{query}"))
        .assert_status(200)
}

fn ids(list: &Reply) -> Vec<&str> {
    let items = list.body["items"].as_array().expect("items");
    items
        .iter()
        .map(|item| item["request"]["id"].as_str().expect("an id"))
        .collect()
}

#[test]
fn staff_see_what_waits_oldest_first_and_nobody_else_sees_the_queue() {
    on_both(|hub| {
        let (kim, sato) = (hub.founder("Kim"), hub.staff("Sato"));
        let mut asked = Vec::new();
        for name in ["Ada", "Ben", "Cho"] {
            let investor = hub.investor(name);
            hub.pass(SignedDuration::from_mins(1));
            asked.push(asks(&kim, &investor).assert_status(201));
        }

        let first = queue(&sato, "limit=2");
        let second = queue(
            &sato,
            &format!("limit=2&cursor={}", first.text("/next_cursor")),
        );

        let seen = [ids(&first), ids(&second)].concat();
        let made: Vec<&str> = asked.iter().map(|request| request.text("/id")).collect();
        assert_eq!(seen, made);
        assert_eq!(second.body["next_cursor"], Value::Null);
        for stranger in [&kim, &hub.person("Passer-by")] {
            stranger.get("/v1/approvals").assert_error(403, "forbidden");
        }
        hub.nobody()
            .get("/v1/approvals")
            .assert_error(401, "unauthenticated");
    });
}

#[test]
fn an_item_says_what_staff_need_to_decide() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let item = json!({
            "code": "export_control", "required": true,
            "label": {"en": "Export control", "ja": "安全保障貿易管理"},
        });
        policy(hub, |programme| {
            programme.checklist = vec![serde_json::from_value(item).expect("an item")];
        });
        let before = asks(&kim, &ada).assert_status(201);
        steps(&kim, &before, "withdraw", &json!({}));
        let request = asks(&kim, &ada).assert_status(201);
        hub.pass(SignedDuration::from_hours(50));
        let sato = sato.on_another_device();

        let list = queue(&sato.with("accept-language", "ja"), "");

        let item = &list.body["items"][0];
        assert_eq!(item["request"]["id"], request.body["id"]);
        assert_eq!(item["age_hours"], 50);
        assert_eq!(item["deadline_at"], "2026-11-09T09:00:00Z");
        assert_eq!(item["points"], request.body["points"]);
        assert!(
            item["contributions"]
                .as_array()
                .is_some_and(|parts| !parts.is_empty())
        );
        assert_eq!(item["pair_history"][0]["id"], before.body["id"]);
        assert_eq!(item["pair_history"][0]["state"], "withdrawn");
        assert_eq!(
            item["checklist"],
            json!([{"code": "export_control", "label": "安全保障貿易管理", "required": true}])
        );
        assert_eq!(item["conflict_of_interest"], false);
    });
}

#[test]
fn counts_say_how_much_waits_and_how_much_is_due_within_a_day() {
    on_both(|hub| {
        let (kim, ada, ben) = (hub.founder("Kim"), hub.investor("Ada"), hub.investor("Ben"));
        let sato = hub.staff("Sato");
        asks(&kim, &ada).assert_status(201);
        hub.pass(SignedDuration::from_hours(24 * 6 + 1));
        let (kim, sato) = (kim.on_another_device(), sato.on_another_device());
        let mut other = body(kim.organisation(), ben.organisation());
        other["purpose"] = json!("other");
        kim.post("/v1/meeting-requests", &other).assert_status(201);

        let programme = hub.hub_programme();
        let counts = queue(&sato, "").body["counts"].clone();
        assert_eq!(
            counts,
            json!({
                "awaiting": 2, "overdue_soon": 1,
                "by_programme": [{"programme": programme, "awaiting": 2}],
            })
        );
        hub.pass(SignedDuration::from_hours(24));
        let sato = sato.on_another_device();

        let later = queue(&sato, &format!("programme={programme}"));
        assert_eq!(later.body["counts"]["awaiting"], 1);
        assert_eq!(ids(&later).len(), 1);
        let elsewhere = hub.id::<domain::of::Programme>();
        sato.get(&format!("/v1/approvals?programme={elsewhere}"))
            .assert_error(404, "programme_not_found");
    });
}

#[test]
fn staff_who_belong_to_a_side_are_warned() {
    on_both(|hub| {
        let (kim, ada, torn) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Torn"));
        hub.join(&torn, ada.organisation(), Role::Member);
        asks(&kim, &ada).assert_status(201);

        let list = queue(&torn, "");

        assert_eq!(list.body["items"][0]["conflict_of_interest"], true);
        assert_eq!(list.body["items"][0]["request"]["actions"], json!([]));
    });
}
