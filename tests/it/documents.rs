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

/// The fields by which professionals filter, all of them filled in.
fn full_profile() -> Value {
    json!({
        "names": {"en": "Kim", "ja": "キム", "reading": "キム"},
        "also_acts_as": ["incubator", "manufacturer"],
        "corporate_number": "7000012050002",
        "incubation": {
            "benches": 24, "area_m2": 800, "biosafety_level": 2, "cell_processing_facility": true,
            "free_from": "2026-10-01", "term_months": 36,
            "monthly_fee": {"minor_units": 120_000, "currency": "JPY"}, "equity_taken": 300,
            "eligibility": [
                {"rule": "founded_within_years", "years": 5},
                {"rule": "home_in", "regions": ["kansai"]},
                {"rule": "sector_in", "sectors": ["life_science"]},
                {"rule": "employees_at_most", "employees": 30},
                {"rule": "raised_at_most", "amount": {"minor_units": 500_000_000, "currency": "JPY"}}
            ],
            "calls": [{"opens_on": "2026-10-01", "closes_on": "2026-10-31"}],
            "visa_help": true, "soft_landing_help": true
        },
        "manufacturing": {
            "licences": ["gmp", "gctp", "cell_processing"], "cell_sources": ["autologous", "ips"],
            "scale": "clinical", "next_free_slot": "2027-01-15", "technology_transfer": true,
            "regions_supplied": ["JP", "TW"]
        }
    })
}

fn full_mandate() -> Value {
    json!({
        "name": "Cells, lead", "purpose": "fundraising", "kinds": ["startup"], "active": true,
        "from": "2026-01-01", "until": "2026-12-31", "derived": false,
        "criteria": [
            {"strength": "must", "private": false, "on": {"axis": "sectors", "any_of": ["life_science"]}},
            {"strength": "avoid", "private": true, "on": {"axis": "regions", "any_of": ["US"]}}
        ],
        "terms": {
            "fund": "Fund II", "vintage": 2024, "deployable_until": "2029-03-31", "actively_investing": true,
            "first_cheque": {"min": 50_000_000, "max": 300_000_000, "currency": "JPY"}, "reserves": 5000,
            "roles": ["lead", "co_lead", "follow"], "ownership": {"min": 500, "max": 2000},
            "board": "observer", "instruments": ["preferred_shares", "j_kiss"],
            "entity_countries": ["JP", "US"], "local_co_lead_needed": true,
            "intents": ["strategic", "financial"], "amed_certified": true, "decision_weeks": 12,
            "languages": ["ja", "en"]
        }
    })
}

fn full_asset() -> Value {
    json!({
        "codename": "NKD-101", "modality": "cell_therapy.ips_derived", "indications": ["oncology.gastric_cancer"],
        "mechanism": {"en": "Kills tumours.", "ja": "腫瘍を壊す。"},
        "development": [{"region": "JP", "stage": "regenerative.trial_phase_1"}],
        "ip_status": "pct", "designations": ["orphan", "sakigake"], "rights_free": ["US", "TW"],
        "next_milestone": {"what": {"en": "First patient"}, "on": "2027-03-01"},
        "grants": [{"funder": "amed", "amount": {"minor_units": 90_000_000, "currency": "JPY"}, "granted": true,
            "fiscal_year": 2026}]
    })
}

fn full_round() -> Value {
    json!({
        "stage": "financing.series_a", "opened_on": "2026-09-01", "closes_on": "2027-03-31", "closed": false,
        "instruments": ["preferred_shares", "j_kiss", "safe", "convertible_note"],
        "amount": {"minor_units": 800_000_000, "currency": "JPY"},
        "minimum": {"minor_units": 10_000_000, "currency": "JPY"},
        "committed": {"minor_units": 200_000_000, "currency": "JPY"},
        "lead": "sought", "use_of_funds": {"en": "The first trial."}, "entity_country": "JP",
        "tranches": [{"amount": {"minor_units": 400_000_000, "currency": "JPY"}, "condition": {"en": "First patient."}}],
        "grants": [{"funder": "nedo", "granted": false}],
        "existing_investors": [{"name": "Angels of Osaka"}]
    })
}

#[test]
fn what_professionals_filter_by_is_kept_whole_and_shown_as_far_as_its_tier() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let path = place(&kim, "profile");
        kim.with("if-match", "*")
            .put(&path, &full_profile())
            .assert_status(200);
        assert_eq!(kim.get(&path).body["document"], full_profile());
        for (noun, document, withheld) in [
            (
                "mandates",
                full_mandate(),
                &["/terms/reserves", "/terms/ownership"][..],
            ),
            (
                "assets",
                full_asset(),
                &["/ip_status", "/next_milestone", "/grants"],
            ),
            (
                "rounds",
                full_round(),
                &[
                    "/amount",
                    "/minimum",
                    "/committed",
                    "/tranches",
                    "/grants",
                    "/existing_investors",
                ],
            ),
        ] {
            let made = kim.post(&place(&kim, noun), &document).assert_status(201);
            let path = made.header("location").unwrap();
            assert_eq!(kim.get(path).body["document"], document);

            let shown = ada.get(path).assert_status(200).body["document"].clone();

            for pointer in withheld {
                assert!(document.pointer(pointer).is_some(), "{pointer}");
                assert_eq!(shown.pointer(pointer), None, "{pointer}");
            }
            let others = |value: &Value| value.as_object().unwrap().len();
            let top = withheld
                .iter()
                .filter(|pointer| pointer.matches('/').count() == 1);
            let made_when_shown = usize::from(noun == "rounds");
            assert_eq!(
                others(&shown),
                others(&document) - top.count() + made_when_shown
            );
            if noun == "mandates" {
                assert_eq!(shown["criteria"], json!([document["criteria"][0]]));
                assert_eq!(others(&shown["terms"]), others(&document["terms"]) - 2);
            }
        }
    });
}

#[test]
fn a_coded_field_takes_its_codes_and_names_itself_otherwise() {
    on_both(|hub| {
        let kim = hub.founder("Kim").with("if-match", "*");
        let mandate =
            |pointer: &str, value: Value| ("mandates", full_mandate(), pointer.to_owned(), value);
        let asset =
            |pointer: &str, value: Value| ("assets", full_asset(), pointer.to_owned(), value);
        let round =
            |pointer: &str, value: Value| ("rounds", full_round(), pointer.to_owned(), value);
        let profile =
            |pointer: &str, value: Value| ("profile", full_profile(), pointer.to_owned(), value);

        for (noun, mut document, pointer, bad) in [
            mandate("/terms/roles/0", json!("boss")),
            mandate("/terms/reserves", json!(10_001)),
            mandate("/terms/ownership/max", json!(10_001)),
            mandate("/terms/board", json!("chair")),
            mandate("/terms/instruments/1", json!("barter")),
            mandate("/terms/entity_countries/1", json!("JP-27")),
            mandate("/terms/intents/0", json!("fun")),
            mandate("/terms/first_cheque/currency", json!("YEN")),
            mandate("/terms/decision_weeks", json!(-1)),
            mandate("/terms/languages/0", json!("日本語")),
            mandate("/terms/vintage", json!("2024")),
            mandate("/purpose", json!("gossip")),
            mandate("/criteria/0/on/any_of/0", json!("alchemy")),
            asset("/modality", json!("magic")),
            asset("/indications/0", json!("boredom")),
            asset("/ip_status", json!("stolen")),
            asset("/designations/0", json!("best")),
            asset("/rights_free/0", json!("XX")),
            asset("/grants/0/funder", json!("uncle")),
            round("/instruments/0", json!("barter")),
            round("/lead", json!("maybe")),
            round("/entity_country", json!("kansai")),
            round("/amount/currency", json!("YEN")),
            round("/amount/minor_units", json!(1.5)),
            round("/tranches/0/amount/minor_units", json!(-1)),
            profile("/also_acts_as/0", json!("circus")),
            profile("/corporate_number", json!("7000012050003")),
            profile("/incubation/biosafety_level", json!(5)),
            profile("/incubation/equity_taken", json!(10_001)),
            profile("/incubation/calls/0/closes_on", json!("2026-09-30")),
            profile("/manufacturing/licences/0", json!("gdp")),
            profile("/manufacturing/cell_sources/0", json!("martian")),
            profile("/manufacturing/scale", json!("huge")),
            profile("/manufacturing/regions_supplied/0", json!("Japan")),
        ] {
            *document.pointer_mut(&pointer).unwrap() = bad;
            let path = place(&kim, noun);

            let answer = if noun == "profile" {
                kim.put(&path, &document)
            } else {
                kim.post(&path, &document)
            };

            answer.assert_error(422, "invalid_body");
            let named = answer.fields()[0].replace(['.', '['], "/").replace(']', "");
            assert!(pointer[1..].starts_with(&named), "{pointer}: {named}");
        }
        assert_eq!(kim.get(&place(&kim, "mandates")).body["items"], json!([]));
    });
}
