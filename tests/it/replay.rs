//! Scores that were kept are computed again from what they name.

use domain::{Kind, Mandate, OrganisationId, Role};
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::investments::Investment;
use testkit::{Actor, Hub, Reply, hub::PASSWORD, on_both};

use crate::{
    meeting_requests::{asks, path, steps},
    scorecards::{activate, other_card, put},
};

fn invests(hub: &Hub, investor: OrganisationId, startup: OrganisationId, on: &str) {
    let investment = Investment {
        id: hub.id(),
        version: 1,
        external_id: None,
        investor,
        startup,
        announced_on: on.parse().unwrap(),
        stage: Some("financing.seed".parse().unwrap()),
        amount: None,
        lead: true,
    };
    hub.make(|conn, now| {
        store::investments::insert_all(conn, std::slice::from_ref(&investment), now)?;
        store::journal::insert_note(conn, domain::Noun::Investment, investment.id.uuid())
    });
    hub.catch_up();
}

/// Puts a profile with other labels in the place of one's own.
fn moves_on(who: &Actor<'_>) {
    let path = format!("/v1/organisations/{}/profile", who.organisation());
    let read = who.get(&path).assert_status(200);
    let profile = json!({
        "names": {"en": "Moved"}, "languages": ["en"], "sectors": ["energy.storage.batteries"], "home": "US-CA",
    });
    who.with("if-match", read.etag())
        .put(&path, &profile)
        .assert_status(200);
}

/// Kim, with a mandate, and Ada, with one and a record of her own.
fn pair(hub: &Hub) -> (Actor<'_>, Actor<'_>) {
    let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
    for (who, region) in [(&kim, "JP"), (&ada, "kansai")] {
        let wants: Mandate = serde_json::from_value(json!({
            "name": "Lead", "purpose": "fundraising", "criteria": [
                {"strength": "prefer", "on": {"axis": "regions", "any_of": [region]}}
            ],
        }))
        .unwrap();
        hub.document(who.organisation(), &wants);
    }
    let other = hub.organisation("Other", Kind::Startup);
    invests(hub, ada.organisation(), other, "2026-05-01");
    (kim, ada)
}

fn score(who: &Actor<'_>, request: &Reply, query: &str) -> Reply {
    who.get(&path(request, &format!("/score{query}")))
}

/// The parts, as their reader got them.
fn parts(of: &Value) -> String {
    of["contributions"].to_string()
}

#[test]
fn a_kept_score_is_the_same_again_after_everything_has_changed() {
    on_both(|hub| {
        let (kim, ada) = pair(hub);
        let request = asks(&kim, &ada).assert_status(201);
        let asked = kim.get(&path(&request, "")).assert_status(200);

        hub.pass(SignedDuration::from_mins(1));
        moves_on(&kim);
        moves_on(&ada);
        let sold_out: Mandate = serde_json::from_value(json!({
            "name": "Bridge", "purpose": "fundraising", "criteria": [
                {"strength": "must", "on": {"axis": "regions", "any_of": ["US"]}}
            ],
        }))
        .unwrap();
        hub.document(ada.organisation(), &sold_out);
        for startup in 0..4 {
            let startup = hub.organisation(&format!("Later {startup}"), Kind::Startup);
            invests(hub, ada.organisation(), startup, "2026-03-01");
        }
        hub.pass(SignedDuration::from_hours(24 * 40));
        let (kim, ada) = (kim.on_another_device(), ada.on_another_device());
        hub.catch_up();

        let again = score(&kim, &request, "").assert_status(200);
        assert_eq!(again.body["differs"], Value::Null);
        assert_eq!(again.body["same"], true);
        assert_eq!(again.body["points"], asked.body["points"]);
        assert_eq!(again.body["again"]["points"], asked.body["points"]);
        assert_eq!(again.body["again"]["digest"], again.body["digest"]);
        assert_eq!(parts(&again.body["again"]), parts(&asked.body));
        let now = kim.get(&format!(
            "/v1/organisations/{}/matches/{}",
            kim.organisation(),
            ada.organisation()
        ));
        assert_ne!(now.body["items"][0]["points"], asked.body["points"]);
    });
}

#[test]
fn each_judgement_of_a_request_is_found_by_its_day() {
    on_both(|hub| {
        let ((kim, ada), sato) = (pair(hub), hub.staff("Sato"));
        let request = asks(&kim, &ada).assert_status(201);
        let first = request.body["points"].clone();
        let why = json!({"reason": "message_unclear"});
        steps(&sato, &request, "return", &why);
        hub.pass(SignedDuration::from_hours(24));
        let (kim, sato) = (kim.on_another_device(), sato.on_another_device());
        moves_on(&kim);
        hub.catch_up();
        let edited = json!({"message": "Our seed round."});
        let second = steps(&kim, &request, "submit", &edited).body["points"].clone();
        assert_ne!(first, second);

        for (query, version, points) in [
            ("", 3, &second),
            ("?as_of=2026-11-03", 3, &second),
            ("?as_of=2026-11-02", 1, &first),
        ] {
            let again = score(&sato, &request, query).assert_status(200);
            assert_eq!(again.body["version"], version, "{query}");
            assert_eq!(&again.body["again"]["points"], points, "{query}");
            assert_eq!(
                again.body["same"], true,
                "{query}: {}",
                again.body["differs"]
            );
        }
        score(&kim, &request, "?as_of=2026-11-01").assert_error(404, "meeting_request_not_found");
    });
}

#[test]
fn a_score_that_was_kept_otherwise_says_in_what_it_differs() {
    on_both(|hub| {
        let (kim, ada) = pair(hub);
        let request = asks(&kim, &ada).assert_status(201);
        let id = crate::meeting_requests::id(&request);
        hub.make(|conn, _| {
            let mut kept = store::judgements::find(conn, id)?.unwrap();
            kept.explanation["match"]["points"] = json!(kept.points + 7);
            store::judgements::insert(conn, id, 2, &kept)
        });

        let again = score(&kim, &request, "").assert_status(200);

        assert_eq!(again.body["same"], false);
        assert_eq!(again.body["differs"], json!(["points"]));
        assert_ne!(again.body["again"]["digest"], again.body["digest"]);
    });
}

#[test]
fn what_rests_on_somebody_who_was_erased_is_gone() {
    on_both(|hub| {
        let ((kim, ada), sato) = (pair(hub), hub.staff("Sato"));
        let request = asks(&kim, &ada).assert_status(201);
        let second = hub.person("Second");
        hub.join(&second, kim.organisation(), Role::Owner);
        score(&second, &request, "").assert_status(200);

        let erasure = json!({"password": PASSWORD, "confirm": "erase"});
        kim.post("/v1/me/erase", &erasure).assert_status(204);

        for who in [&second, &sato] {
            score(who, &request, "").assert_error(410, "erased");
        }
    });
}

#[test]
fn the_other_side_is_not_told_the_score() {
    on_both(|hub| {
        let ((kim, ada), sato) = (pair(hub), hub.staff("Sato"));
        let request = asks(&kim, &ada).assert_status(201);
        score(&ada, &request, "").assert_error(404, "meeting_request_not_found");
        steps(&sato, &request, "approve", &json!({}));

        score(&ada, &request, "").assert_error(403, "forbidden");
        score(&sato, &request, "").assert_status(200);
    });
}

fn stood(who: &Actor<'_>, asker: &Actor<'_>, other: &Actor<'_>, query: &str) -> Reply {
    let (asker, other) = (asker.organisation(), other.organisation());
    who.get(&format!(
        "/v1/organisations/{asker}/matches/{other}/score?{query}"
    ))
}

#[test]
fn a_pair_is_the_same_again_as_it_was_told_at_a_moment_of_the_past() {
    on_both(|hub| {
        let ((kim, ada), sato) = (pair(hub), hub.staff("Sato"));
        let told = |kim: &Actor<'_>| {
            let path = format!(
                "/v1/organisations/{}/matches/{}",
                kim.organisation(),
                ada.organisation()
            );
            kim.get(&path).assert_status(200).body
        };
        let then = told(&kim);
        let moment = hub.now();
        hub.pass(SignedDuration::from_mins(1));
        moves_on(&kim);
        moves_on(&ada);
        let admin = hub.admin("Root");
        let card = json!(put(&admin, &other_card()).assert_status(201).text("/id"));
        activate(&admin, hub.hub_programme(), &card).assert_status(201);
        let other = hub.organisation("Later", Kind::Startup);
        invests(hub, ada.organisation(), other, "2026-09-01");
        hub.pass(SignedDuration::from_hours(24 * 40));
        let (kim, sato) = (kim.on_another_device(), sato.on_another_device());
        hub.catch_up();
        assert_ne!(told(&kim)["items"][0]["points"], then["items"][0]["points"]);

        let again = stood(&sato, &kim, &ada, &format!("at={moment}"));
        let again = again.assert_status(200).body;
        assert_eq!(again["as_of"], "2026-11-02");
        assert_eq!(again["scorecard"], then["scorecard"]);
        assert_eq!(parts(&again["match"]), parts(&then["items"][0]));
        assert_eq!(again["statistics"], then["statistics"]);
        // As that day ended: when the card had changed, and both had moved on.
        let later = stood(&sato, &kim, &ada, "as_of=2026-11-02").assert_status(200);
        assert_eq!(later.body["scorecard"], card);
        assert_eq!(later.body["as_of"], "2026-11-02");
        assert_ne!(parts(&later.body["match"]), parts(&then["items"][0]));
        for (query, field) in [
            ("at=2027-01-01T00:00:00Z", "at"),
            ("as_of=2027-01-01", "as_of"),
        ] {
            let refused = stood(&sato, &kim, &ada, query);
            refused.assert_error(400, "invalid_query");
            assert_eq!(refused.body["fields"][0]["field"], field);
        }
        stood(&sato, &kim, &ada, "as_of=2020-01-01").assert_error(404, "not_available");
    });
}
