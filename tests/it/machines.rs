//! Other systems act within scopes, as far as their person may, and follow what changed.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::{Actor, Hub, on_both};

use crate::meeting_requests as requests;

fn token(of: &Actor<'_>, scopes: &Value) -> (String, String) {
    let body =
        json!({"organisation": of.organisation(), "name": "CRM", "scopes": scopes, "days": 2});
    let made = of.post("/v1/machine-tokens", &body).assert_status(201);
    (
        made.text("/machine_token/id").to_owned(),
        made.text("/token").to_owned(),
    )
}

fn asks(from: &Actor<'_>, to: &Actor<'_>, purpose: &str) -> String {
    let body = json!({
        "from": from.organisation(), "to": to.organisation(), "purpose": purpose, "message": "Let us meet.",
    });
    let made = from.post("/v1/meeting-requests", &body).assert_status(201);
    made.text("/id").to_owned()
}

#[test]
fn a_machine_acts_for_its_organisation_until_it_is_revoked_or_too_old() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let (id, secret) = token(&kim, &json!(["requests_read", "requests_write"]));
        let (_, other) = token(&kim, &json!(["requests_read"]));
        hub.catch_up();
        let machine = hub.nobody().with_token(&secret);

        let request = asks(&kim.with_token(&secret), &ada, "fundraising");
        machine
            .get(&format!("/v1/meeting-requests/{request}"))
            .assert_status(200);
        machine
            .get("/v1/startups")
            .assert_error(403, "scope_missing");
        let refused = hub.nobody().with_token(&other);
        refused
            .post("/v1/meeting-requests", &json!({}))
            .assert_error(403, "scope_missing");
        kim.delete(&format!("/v1/machine-tokens/{id}"))
            .assert_status(204);
        machine
            .get("/v1/meeting-requests")
            .assert_error(401, "unauthenticated");
        hub.pass(SignedDuration::from_hours(49));

        refused
            .get("/v1/meeting-requests")
            .assert_error(401, "unauthenticated");
        let mut database = testkit::schema::Schema::of(hub.database_url());
        assert!(
            database
                .ask("SELECT hash AS line FROM machine_tokens")
                .iter()
                .all(|hash| !hash.contains("nkm_"))
        );
    });
}

#[test]
fn a_machine_may_no_more_than_its_person_may_now() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        let (_, secret) = token(&kim, &json!(["organisations_read"]));
        hub.catch_up();
        let machine = hub.nobody().with_token(&secret);
        let path = format!("/v1/organisations/{}/contacts", kim.organisation());
        let visible = format!("/v1/organisations/{}", kim.organisation());
        machine.get(&visible).assert_status(200);
        assert_ne!(machine.get(&path).status, 403);

        hub.make(|conn, _| {
            store::people::delete_membership(conn, kim.id(), kim.organisation())?;
            store::journal::insert_note(conn, domain::Noun::Membership, kim.id().uuid())
        });

        machine
            .get(&visible)
            .assert_error(404, "organisation_not_found");
    });
}

#[test]
fn a_token_for_a_named_person_is_made_by_admins_and_the_person_is_told() {
    on_both(|hub| {
        let (kim, admin, sato) = (hub.founder("Kim"), hub.admin("Root"), hub.staff("Sato"));
        let body =
            json!({"person": sato.id(), "name": "Desk", "scopes": ["requests_read"], "days": 1});

        kim.post("/v1/machine-tokens", &body)
            .assert_error(403, "forbidden");
        let made = admin.post("/v1/machine-tokens", &body).assert_status(201);
        hub.catch_up();
        hub.deliver();

        let machine = hub.nobody().with_token(made.text("/token"));
        machine.get("/v1/approvals").assert_status(200);
        assert_eq!(hub.mail().to(sato.email()).len(), 1);
        let listed = sato.get("/v1/machine-tokens").assert_status(200);
        assert_eq!(listed.text("/items/0/name"), "Desk");
        assert!(listed.body["items"][0].get("token").is_none());
        let bad = json!({"name": "X", "scopes": [], "days": 1, "person": sato.id()});
        admin
            .post("/v1/machine-tokens", &bad)
            .assert_error(422, "invalid_body");
    });
}

/// What the feed tells from this cursor on, page by page, and the cursor after it.
fn changes(who: &Actor<'_>, cursor: Option<String>) -> (BTreeSet<(String, String)>, String) {
    let (mut all, mut cursor) = (BTreeSet::new(), cursor);
    loop {
        let query = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
        let page = who
            .get(&format!("/v1/changes?limit=2{query}"))
            .assert_status(200);
        for item in page.body["items"].as_array().unwrap() {
            all.insert((
                item["noun"].as_str().unwrap().to_owned(),
                item["id"].as_str().unwrap().to_owned(),
            ));
        }
        let next = page.text("/next_cursor").to_owned();
        if page.body["more"] == json!(false) {
            return (all, next);
        }
        cursor = Some(next);
    }
}

fn request(id: &str) -> (String, String) {
    ("meeting_request".to_owned(), id.to_owned())
}

#[test]
fn the_feed_tells_each_what_changed_of_what_they_may_see() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let stranger = hub.founder("Stranger");
        let people = [&kim, &ada, &sato, &stranger];
        settle(hub);
        let cursors = people.map(|who| changes(who, None).1);

        let id = asks(&kim, &ada, "fundraising");
        settle(hub);
        let mut rounds = Vec::new();
        let mut after = Vec::new();
        for (who, cursor) in people.into_iter().zip(cursors) {
            let (seen, cursor) = changes(who, Some(cursor));
            rounds.push(seen.contains(&request(&id)));
            after.push(cursor);
        }
        sato.post(&format!("/v1/meeting-requests/{id}/approve"), &json!({}))
            .assert_status(200);
        settle(hub);
        let approved: Vec<bool> = people
            .into_iter()
            .zip(after)
            .map(|(who, cursor)| changes(who, Some(cursor)).0.contains(&request(&id)))
            .collect();

        assert_eq!(rounds, [true, false, true, false]);
        assert_eq!(approved, [true, true, true, false]);
        let now = kim.get("/v1/changes?from=now").assert_status(200);
        assert_eq!(now.body["items"], json!([]));
        let others = now.text("/next_cursor");
        ada.get(&format!("/v1/changes?cursor={others}"))
            .assert_error(400, "invalid_cursor");
    });
}

/// Transactions of other tests in the same cluster hold the feed up: waits for them, so that nothing is missed.
fn settle(hub: &Hub) {
    hub.settle();
}

#[test]
fn updated_since_leaves_out_what_has_not_changed_since() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let old = asks(&kim, &ada, "fundraising");
        let touched = asks(&kim, &ada, "licensing");
        hub.pass(SignedDuration::from_mins(5));
        let since = hub.now();
        sato.post(
            &format!("/v1/meeting-requests/{touched}/approve"),
            &json!({}),
        )
        .assert_status(200);

        let listed = kim
            .get(&format!("/v1/meeting-requests?updated_since={since}"))
            .assert_status(200);

        let ids: Vec<&str> = listed.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, [touched.as_str()]);
        hub.pass(SignedDuration::from_hours(24 * 40));
        let kim = kim.on_another_device();
        let listed = kim
            .get(&format!("/v1/meeting-requests?updated_since={since}"))
            .assert_status(200);
        assert!(
            listed.body["items"]
                .as_array()
                .unwrap()
                .iter()
                .any(|item| item["id"] == json!(old)),
            "it has expired"
        );
    });
}

#[test]
fn what_changed_since_is_asked_of_every_list_that_a_machine_polls() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let request = requests::asks(&kim, &ada).assert_status(201);
        requests::steps(&sato, &request, "approve", &json!({}));
        requests::steps(&ada, &request, "accept", &json!({}));
        let time = json!({"starts_at": "2026-12-08T01:00:00Z"});
        requests::steps(&sato, &request, "schedule", &time);
        let round = json!({"stage": "financing.seed", "opened_on": "2026-09-01"});
        let rounds = format!("/v1/organisations/{}/rounds", kim.organisation());
        kim.post(&rounds, &round).assert_status(201);
        let outcomes = requests::path(&request, "/outcomes");
        let nda = json!({"kind": "cda_nda", "happened_on": "2026-11-01"});
        kim.post(&outcomes, &nda).assert_status(201);
        let meetings = "/v1/meetings?from=2026-12-01T00:00:00Z";
        let lists = [
            "/v1/organisations?".to_owned(),
            "/v1/startups?".to_owned(),
            format!("{rounds}?"),
            format!("{outcomes}?"),
            format!("{meetings}&"),
            "/v1/meeting-requests?".to_owned(),
        ];
        let before = hub.now();
        hub.pass(SignedDuration::from_mins(1));
        let after = hub.now();
        let counts = |kim: &Actor<'_>, sato: &Actor<'_>, since: jiff::Timestamp| {
            lists.each_ref().map(|list| {
                let who = if list.contains("/v1/meetings") {
                    kim
                } else {
                    sato
                };
                let seen = who.get(&format!("{list}updated_since={since}"));
                seen.assert_status(200).body["items"]
                    .as_array()
                    .unwrap()
                    .len()
            })
        };

        assert_eq!(counts(&kim, &sato, before), [2, 1, 1, 1, 1, 1]);
        assert_eq!(counts(&kim, &sato, after), [0; 6]);
        // A document of hers, a step and a correction: each list tells of its own.
        let profile = format!("/v1/organisations/{}/profile", kim.organisation());
        let written = kim.get(&profile).assert_status(200);
        kim.with("if-match", written.etag())
            .put(&profile, &written.body["document"])
            .assert_status(200);
        assert_eq!(counts(&kim, &sato, after), [1, 1, 0, 0, 0, 0]);
        requests::steps(
            &sato,
            &request,
            "schedule",
            &json!({"starts_at": "2026-12-09T01:00:00Z"}),
        );
        kim.post(&outcomes, &nda).assert_status(201);
        assert_eq!(counts(&kim, &sato, after), [1, 1, 0, 1, 1, 1]);
        for list in &lists {
            let bad = sato.get(&format!("{list}updated_since=yesterday"));
            bad.assert_error(400, "invalid_query");
            assert_eq!(bad.fields(), ["updated_since"], "{list}");
        }
    });
}
