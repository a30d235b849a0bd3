//! The documents of organisations: versions, preconditions, rules, and who reads what.

use serde_json::{Value, json};
use testkit::{Actor, Hub, on_both};

fn place(actor: &Actor<'_>, rest: &str) -> String {
    format!("/v1/organisations/{}/{rest}", actor.organisation())
}

fn profile(name: &str) -> Value {
    json!({"names": {"en": name}, "home": "JP-27"})
}

fn round() -> Value {
    json!({"stage": "financing.seed", "opened_on": "2026-09-01"})
}

#[test]
fn a_profile_is_written_by_those_who_read_its_last_version() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        let path = place(&kim, "profile");
        let tag = kim.get(&path).etag().to_owned();

        kim.put(&path, &profile("New"))
            .assert_error(428, "precondition_required");
        let saved = kim
            .with("if-match", &tag)
            .put(&path, &profile("New"))
            .assert_status(200);
        assert_ne!(saved.etag(), tag);
        kim.with("if-match", &tag)
            .put(&path, &profile("Late"))
            .assert_error(412, "precondition_failed");

        assert_eq!(kim.get(&path).text("/document/names/en"), "New");
        assert_eq!(kim.get(&path).etag(), saved.etag());
    });
}

#[test]
fn the_first_contacts_need_no_version_and_the_next_do() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        let path = place(&kim, "contacts");
        kim.get(&path).assert_error(404, "contacts_not_found");

        kim.with("if-match", "\"1\"")
            .put(&path, &json!({"phone": "1"}))
            .assert_error(412, "precondition_failed");
        let first = kim
            .with("if-none-match", "*")
            .put(&path, &json!({"phone": "1"}))
            .assert_status(201);
        kim.with("if-none-match", "*")
            .put(&path, &json!({"phone": "2"}))
            .assert_error(412, "precondition_failed");
        kim.put(&path, &json!({"phone": "2"}))
            .assert_error(428, "precondition_required");

        kim.with("if-match", first.etag())
            .put(&path, &json!({"phone": "2"}))
            .assert_status(200);
    });
}

#[test]
fn an_asset_a_round_and_a_mandate_live_from_a_post_to_a_delete() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        for (noun, code, document) in [
            (
                "assets",
                "asset",
                json!({"codename": "NKD-1", "modality": "cell_therapy.ips_derived"}),
            ),
            ("rounds", "round", round()),
            (
                "mandates",
                "mandate",
                json!({"name": "Lead", "purpose": "fundraising"}),
            ),
        ] {
            let list = place(&kim, noun);
            let made = kim.post(&list, &document).assert_status(201);
            let path = made.header("location").unwrap().to_owned();
            assert_eq!(kim.get(&path).body, made.body);
            assert_eq!(kim.get(&list).body["items"], json!([made.body]));
            kim.put(&path, &document)
                .assert_error(428, "precondition_required");
            let tag = kim
                .with("if-match", made.etag())
                .put(&path, &made.body["document"])
                .assert_status(200);
            kim.delete(&path).assert_error(428, "precondition_required");
            kim.with("if-match", made.etag())
                .delete(&path)
                .assert_error(412, "precondition_failed");

            kim.with("if-match", tag.etag())
                .delete(&path)
                .assert_status(204);

            kim.get(&path)
                .assert_error(404, &format!("{code}_not_found"));
            assert_eq!(kim.get(&list).body["items"], json!([]));
        }
    });
}

#[test]
fn a_repeat_under_one_idempotency_key_makes_one_round() {
    on_both(|hub| {
        let kim = hub.founder("Kim").with("idempotency-key", "round");
        let path = place(&kim, "rounds");

        let (first, again) = (kim.post(&path, &round()), kim.post(&path, &round()));

        assert_eq!((first.status, again.status), (201, 201));
        assert_eq!(first.bytes, again.bytes);
        let list = kim.get(&path);
        assert_eq!(list.body["items"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn a_rule_that_a_document_breaks_names_the_field() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        let region = |codes: Value| json!([{"strength": "must", "on": {"axis": "regions", "any_of": codes}}]);
        let mandate =
            |criteria: Value| json!({"name": "A", "purpose": "fundraising", "criteria": criteria});

        for (noun, document, field) in [
            (
                "rounds",
                json!({"stage": "financing", "opened_on": "2026-09-01"}),
                "stage",
            ),
            (
                "mandates",
                mandate(region(json!([]))),
                "criteria[0].on.any_of",
            ),
            (
                "mandates",
                mandate(region(json!(vec!["US"; 101]))),
                "criteria[0].on.any_of",
            ),
            (
                "mandates",
                json!({"name": "A", "purpose": "fundraising", "from": "2026-02-01", "until": "2026-01-01"}),
                "until",
            ),
            (
                "assets",
                json!({"codename": "A", "modality": "cell_therapy.ips_derived",
                    "development": [{"region": "JP", "stage": "financing.seed"}]}),
                "development[0].stage",
            ),
        ] {
            let answer = kim
                .with("accept-language", "ja")
                .post(&place(&kim, noun), &document);
            answer.assert_error(422, "invalid_body");
            assert_eq!(answer.fields(), [field]);
            assert!(!answer.text("/fields/0/message").is_ascii());
        }
        let lowered = kim.put(
            &place(&kim, "visibility"),
            &json!({"raised": {"contacts.email": "listed"}}),
        );
        lowered.assert_error(422, "invalid_body");
        assert_eq!(lowered.fields(), ["raised"]);
    });
}

#[test]
fn others_read_documents_as_far_as_their_tier_and_write_none() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let mut exact = round();
        exact["amount"] = json!({"minor_units": 123_456_789, "currency": "JPY"});
        kim.post(&place(&kim, "rounds"), &exact).assert_status(201);
        kim.put(&place(&kim, "contacts"), &json!({"phone": "1"}))
            .assert_status(201);
        kim.put(&place(&kim, "visibility"), &json!({"opted_in": true}))
            .assert_status(201);
        kim.put(&place(&kim, "block-list"), &json!({"names": ["Rival"]}))
            .assert_status(201);

        let rounds = ada.get(&place(&kim, "rounds")).assert_status(200);
        let shown = &rounds.body["items"][0]["document"];
        assert_eq!(shown["amount"], Value::Null);
        assert_eq!(shown["amount_band"], "500k_1m");
        let id = rounds.text("/items/0/id");
        let one = ada.get(&place(&kim, &format!("rounds/{id}")));
        assert_eq!(one.body, rounds.body["items"][0]);
        for noun in ["contacts", "visibility", "block-list"] {
            ada.get(&place(&kim, noun)).assert_error(403, "forbidden");
            hub.staff(&format!("Sato {noun}"))
                .get(&place(&kim, noun))
                .assert_status(200);
        }
        ada.post(&place(&kim, "rounds"), &round())
            .assert_error(403, "forbidden");
        stranger(hub)
            .post(&place(&kim, "rounds"), &round())
            .assert_error(404, "organisation_not_found");
    });
}

fn stranger(hub: &Hub) -> Actor<'_> {
    hub.founder("Noor")
}

#[test]
fn a_document_of_another_organisation_is_not_found_here() {
    on_both(|hub| {
        let (kim, noor) = (hub.founder("Kim"), hub.founder("Noor"));
        let made = kim
            .post(&place(&kim, "rounds"), &round())
            .assert_status(201);

        let elsewhere = place(&noor, &format!("rounds/{}", made.text("/id")));
        noor.get(&elsewhere).assert_error(404, "round_not_found");
        noor.with("if-match", "*")
            .delete(&elsewhere)
            .assert_error(404, "round_not_found");
        let as_asset = place(&kim, &format!("assets/{}", made.text("/id")));
        kim.get(&as_asset).assert_error(404, "asset_not_found");
    });
}
