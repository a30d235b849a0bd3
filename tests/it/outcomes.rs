//! After the meeting: feedback that stays private, outcomes under one id, reports by fiscal year.

use jiff::SignedDuration;
use serde_json::{Value, json};
use store::outcomes;
use testkit::{Actor, Hub, Reply, on_both, schema::Schema};

use crate::meeting_requests::{asks, path, steps};

fn accepted(hub: &Hub) -> (Actor<'_>, Actor<'_>, Actor<'_>, Reply) {
    let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
    let request = asks(&kim, &ada).assert_status(201);
    steps(&sato, &request, "approve", &json!({}));
    steps(&ada, &request, "accept", &json!({}));
    (kim, ada, sato, request)
}

fn invested(minor_units: i64, tier: &str) -> Value {
    json!({
        "kind": "invested", "happened_on": "2026-10-30", "stage": "financing.seed",
        "amount": {"minor_units": minor_units, "currency": "JPY"}, "amount_tier": tier,
    })
}

#[test]
fn each_side_says_what_it_thought_and_the_other_never_sees_it() {
    on_both(|hub| {
        let (kim, ada, sato, request) = accepted(hub);
        let at = path(&request, "/feedback");
        let no = json!({"verdict": "no", "reasons": ["wrong_stage", "wrong_stage"], "note": "Too early, frankly"});

        ada.put(&at, &no).assert_status(204);
        kim.put(&at, &json!({"verdict": "promising"}))
            .assert_status(204);
        kim.put(&at, &json!({"verdict": "open", "reasons": ["good_fit"]}))
            .assert_status(204);

        let mine = kim.get(&at).assert_status(200);
        assert_eq!(mine.body["items"].as_array().map(Vec::len), Some(1));
        assert_eq!(mine.text("/items/0/verdict"), "open");
        assert_eq!(mine.body["items"][0]["version"], 2);
        assert!(!String::from_utf8_lossy(&mine.bytes).contains("frankly"));
        let both = sato.get(&at).assert_status(200);
        assert_eq!(both.body["items"].as_array().map(Vec::len), Some(2));
        assert_eq!(both.body["items"][0]["reasons"], json!(["wrong_stage"]));
        sato.put(&at, &no).assert_error(403, "forbidden");
    });
}

#[test]
fn what_came_of_it_stands_under_the_id_of_the_request_and_amounts_keep_their_tier() {
    on_both(|hub| {
        let (kim, ada, sato, request) = accepted(hub);
        let at = path(&request, "/outcomes");

        kim.post(
            &at,
            &json!({"kind": "second_meeting", "happened_on": "2026-10-01"}),
        )
        .assert_status(201);
        hub.pass(SignedDuration::from_secs(1));
        ada.post(&at, &invested(50_000_000, "staff"))
            .assert_status(201);

        for (who, shown) in [
            (&kim, Value::Null),
            (&ada, json!(50_000_000)),
            (&sato, json!(50_000_000)),
        ] {
            let seen = who.get(&at).assert_status(200);
            assert_eq!(seen.body["items"][1]["amount"]["minor_units"], shown);
            assert_eq!(seen.body["items"][1]["request"], request.body["id"]);
        }
        let all = hub.make(|conn, _| outcomes::list_all(conn, None, None, 10));
        assert_eq!(all.len(), 2);
        assert_eq!(all[1].to, ada.organisation());
    });
}

#[test]
fn staff_correct_an_outcome_and_every_version_stays() {
    on_both(|hub| {
        let (kim, ada, sato, request) = accepted(hub);
        let at = path(&request, "/outcomes");
        let made = ada.post(&at, &invested(50, "accepted")).assert_status(201);
        let one = format!("/v1/outcomes/{}", made.text("/id"));
        let corrected = json!({"outcome": invested(60, "accepted"), "because": "A typing error"});

        let any = |who: &Actor<'_>| who.with("if-match", "*").put(&one, &corrected);
        any(&ada).assert_error(403, "forbidden");
        any(&hub.founder("Noor")).assert_error(404, "outcome_not_found");
        sato.put(&one, &corrected)
            .assert_error(428, "precondition_required");
        let first = sato.with("if-match", made.etag());
        let seen = first.put(&one, &corrected).assert_status(200);
        first
            .put(&one, &corrected)
            .assert_error(412, "precondition_failed");

        assert_eq!(seen.body["version"], 2);
        let shown = kim.get(&at);
        assert_eq!(shown.body["items"][0]["amount"]["minor_units"], 60);
        assert_eq!(shown.text("/items/0/because"), "A typing error");
        let versions = Schema::of(hub.database_url()).ask(
            "SELECT CAST(amount_minor AS TEXT) AS line FROM outcome_versions ORDER BY version",
        );
        assert_eq!(versions, ["50", "60"]);
        let audit = Schema::of(hub.database_url())
            .ask("SELECT action AS line FROM audit WHERE noun = 'outcome' ORDER BY seq");
        assert_eq!(audit, ["created", "corrected"]);
    });
}

#[test]
fn a_bad_outcome_names_its_field_and_nothing_comes_of_what_was_not_accepted() {
    on_both(|hub| {
        let (kim, ada, sato, request) = accepted(hub);
        let at = path(&request, "/outcomes");

        for (field, change) in [
            ("happened_on", json!("2027-01-01")),
            ("kind", json!("friendship")),
            ("amount", json!({"minor_units": 1, "currency": "JPY"})),
            ("stage", json!("financing.seed")),
        ] {
            let mut bad = json!({"kind": "cda_nda", "happened_on": "2026-10-01"});
            bad[field] = change;
            let refused = kim.post(&at, &bad);
            refused.assert_error(422, "invalid_body");
            assert_eq!(refused.fields(), [field]);
        }
        let open = asks(&hub.founder("Noor"), &ada).assert_status(201);
        sato.post(
            &path(&open, "/outcomes"),
            &json!({"kind": "cda_nda", "happened_on": "2026-10-01"}),
        )
        .assert_error(409, "invalid_transition");
        kim.get(&path(&open, "/outcomes"))
            .assert_error(404, "meeting_request_not_found");
    });
}

#[test]
fn a_report_counts_by_fiscal_year_and_tells_what_may_be_published() {
    on_both(|hub| {
        let (kim, ada, sato, request) = accepted(hub);
        let at = path(&request, "/outcomes");
        ada.post(&at, &invested(50, "listed")).assert_status(201);
        ada.post(&at, &invested(70, "accepted")).assert_status(201);
        let mut before = invested(30, "listed");
        before["happened_on"] = json!("2026-03-31");
        ada.post(&at, &before).assert_status(201);

        let report = format!("/v1/programmes/{}/outcomes", hub.hub_programme());
        let seen = sato.get(&report).assert_status(200);
        kim.get(&report).assert_error(403, "forbidden");

        assert_eq!(seen.body["fiscal_year_starts_in"], 4);
        let year = |number: usize| &seen.body["years"][number];
        assert_eq!(
            (&year(0)["fiscal_year"], &year(1)["fiscal_year"]),
            (&json!(2026), &json!(2025))
        );
        assert_eq!(
            year(0)["kinds"][0],
            json!({"kind": "invested", "count": 2, "amounts": [
                {"currency": "JPY", "minor_units": 120, "listed_minor_units": 50}]})
        );
        let one = sato.get(&format!("{report}?fiscal_year=2025"));
        assert_eq!(one.body["years"].as_array().map(Vec::len), Some(1));
    });
}

/// A meeting of the two that was held: it began an hour before, and so much more before it is said that it was.
fn held(hub: &Hub, said_after: SignedDuration) -> (Actor<'_>, Actor<'_>, Actor<'_>, Reply) {
    let (kim, ada, sato, request) = accepted(hub);
    let starts_at = hub.now() + SignedDuration::from_hours(24);
    let time = json!({"starts_at": starts_at.to_string()});
    steps(&sato, &request, "schedule", &time);
    hub.pass(SignedDuration::from_hours(25) + said_after);
    let kim = kim.on_another_device();
    let (ada, sato) = (ada.on_another_device(), sato.on_another_device());
    let came = json!({"requester": "present", "counterpart": "present"});
    steps(&kim, &request, "hold", &came);
    (kim, ada, sato, request)
}

/// Sweeps twice; the questions that were asked so far, in order.
fn asked(hub: &Hub) -> Vec<String> {
    for _ in 0..2 {
        api::sweep_once(hub.app()).expect("a sweep");
    }
    let question = "SELECT event AS line FROM outbox WHERE event LIKE '%followed_up%' ORDER BY seq";
    let events = Schema::of(hub.database_url()).ask(question);
    let ends = events.iter().map(|event| event.rsplit("up_").next());
    ends.map(|end| end.unwrap_or_default().to_owned()).collect()
}

const fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

#[test]
fn three_six_and_twelve_months_after_the_meeting_somebody_asks_what_came_of_it() {
    on_both(|hub| {
        // Met on 3 November 2026, which is said ten days late; the pieces of time end a day before and a day after each
        // question.
        let (_, ada, sato, request) = held(hub, days(10));
        let mut seen = Vec::new();

        for (number, pass) in [81, 2, 87, 2, 182, 2, 400].into_iter().enumerate() {
            hub.pass(days(pass));
            seen.push(asked(hub).len());
            let (ada, sato) = (ada.on_another_device(), sato.on_another_device());
            // What happens between moves nothing: a correction, feedback, a step on the way.
            if number == 0 {
                let came = json!({"requester": "present", "counterpart": "present"});
                steps(&sato, &request, "correct", &came);
            }
            let nda = json!({"kind": "cda_nda", "happened_on": hub.now().to_string()[..10]});
            ada.post(&path(&request, "/outcomes"), &nda)
                .assert_status(201);
            ada.put(&path(&request, "/feedback"), &json!({"verdict": "open"}))
                .assert_status(204);
        }

        assert_eq!(seen, [0, 1, 1, 2, 2, 3, 3]);
        assert_eq!(
            asked(hub),
            ["after_3_months", "after_6_months", "after_12_months"]
        );
    });
}

#[test]
fn an_introduction_that_nobody_met_on_is_not_asked_about_and_one_without_one_side_neither() {
    on_both(|hub| {
        accepted(hub);
        let (noor, ben, sato) = (hub.founder("Noor"), hub.investor("Ben"), hub.staff("Ito"));
        let alone = asks(&noor, &ben).assert_status(201);
        steps(&sato, &alone, "approve", &json!({}));
        steps(&ben, &alone, "accept", &json!({}));
        let starts_at = (hub.now() + SignedDuration::from_hours(24)).to_string();
        steps(&sato, &alone, "schedule", &json!({"starts_at": starts_at}));
        hub.pass(SignedDuration::from_hours(48));
        let came = json!({"requester": "present", "counterpart": "no_show"});
        steps(&noor.on_another_device(), &alone, "hold", &came);

        hub.pass(days(93));
        assert!(asked(hub).is_empty());
        // They had met after all.
        let came = json!({"requester": "present", "counterpart": "present"});
        steps(&sato.on_another_device(), &alone, "correct", &came);
        hub.pass(days(91));

        assert_eq!(asked(hub), ["after_6_months"]);
    });
}

#[test]
fn what_is_the_end_of_the_way_closes_the_questions_that_are_left_and_opens_them_when_taken_back() {
    on_both(|hub| {
        let (_, ada, sato, request) = held(hub, days(0));
        hub.pass(days(93));
        assert_eq!(asked(hub), ["after_3_months"]);

        let made = ada
            .on_another_device()
            .post(&path(&request, "/outcomes"), &invested(50, "accepted"))
            .assert_status(201);
        hub.pass(days(91));
        let closed = asked(hub).len();
        let back = json!({"outcome": invested(50, "accepted"), "withdrawn": true, "because": "It fell through"});
        let one = format!("/v1/outcomes/{}", made.text("/id"));
        let sato = sato.on_another_device();
        sato.with("if-match", "*")
            .put(&one, &back)
            .assert_status(200);
        hub.pass(days(184));

        assert_eq!(closed, 1);
        assert_eq!(asked(hub), ["after_3_months", "after_12_months"]);
    });
}
