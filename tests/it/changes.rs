//! What would change a match: each change that is named gives, when it is made, what was said.

use domain::{Kind, Mandate, Round, Visibility};
use serde_json::{Value, json};
use testkit::{Actor, Hub, Reply, on_both};

fn mandate(json: Value) -> Mandate {
    serde_json::from_value(json).unwrap()
}

/// Kim, who says little of herself, and an investor who looks for much.
fn pair(hub: &Hub) -> (Actor<'_>, domain::OrganisationId) {
    let kim = hub.founder("Kim");
    put(
        &kim,
        "profile",
        &json!({"names": {"en": "Kim"}, "home": "JP-27"}),
    );
    let round: Round = serde_json::from_value(json!({
        "stage": "financing.seed", "opened_on": "2026-09-01",
    }))
    .unwrap();
    hub.document(kim.organisation(), &round);
    hub.document(
        kim.organisation(),
        &mandate(
            json!({"name": "US lead", "purpose": "fundraising", "active": false, "criteria": [
                {"strength": "prefer", "on": {"axis": "regions", "any_of": ["US"]}},
            ]}),
        ),
    );
    let ada = hub.organisation_like(
        Kind::Investor,
        &json!({"names": {"en": "Ada"}, "home": "US-CA", "languages": ["ja"], "offers": ["manufacturing.gmp"]}),
    );
    hub.document(
        ada,
        &mandate(json!({
            "name": "Lead", "purpose": "fundraising", "criteria": [
                {"strength": "prefer", "on": {"axis": "sectors", "any_of": ["life_science"]}},
            ],
            "terms": {
                "first_cheque": {"min": 50_000_000, "max": 500_000_000, "currency": "USD"},
                "instruments": ["j_kiss"], "entity_countries": ["JP"],
            },
        })),
    );
    (kim, ada)
}

fn changes(who: &Actor<'_>, other: domain::OrganisationId) -> Reply {
    who.get(&format!(
        "/v1/organisations/{}/matches/{other}/changes?purpose=fundraising",
        who.organisation()
    ))
}

fn points(who: &Actor<'_>, other: domain::OrganisationId) -> Value {
    let path = format!(
        "/v1/organisations/{}/matches/{other}?purpose=fundraising",
        who.organisation()
    );
    who.get(&path).assert_status(200).body["items"][0]["points"].clone()
}

/// Puts a document in the place of the one that is there.
fn put(who: &Actor<'_>, rest: &str, document: &Value) {
    let path = format!("/v1/organisations/{}/{rest}", who.organisation());
    let tag = who.get(&path).etag().to_owned();
    who.with("if-match", &tag)
        .put(&path, document)
        .assert_status(200);
}

/// Makes the change, as a client would.
fn make(who: &Actor<'_>, rest: &str, before: &Value, change: &Value) {
    let mut document = before.clone();
    let (field, value) = (change["field"].as_str().unwrap(), &change["value"]);
    match (field, change["action"].as_str().unwrap()) {
        ("amount", _) => {
            assert_eq!(value, "500k_1m");
            document["amount"] = json!({"minor_units": 60_000_000, "currency": "USD"});
        }
        (_, "set") => document[field] = value.clone(),
        ("criteria", "add") => {
            let criteria = document["criteria"].as_array_mut().unwrap();
            let same = criteria
                .iter_mut()
                .find(|criterion| criterion["on"]["axis"] == value["axis"]);
            match same {
                Some(criterion) => {
                    let labels = criterion["on"]["any_of"].as_array_mut().unwrap();
                    labels.push(value["any_of"][0].clone());
                }
                None => criteria.push(json!({"strength": "prefer", "on": value})),
            }
        }
        ("criteria", "prefer") => {
            let at = usize::try_from(value.as_u64().unwrap()).unwrap();
            document["criteria"][at]["strength"] = json!("prefer");
        }
        _ => {
            if document[field].is_null() {
                document[field] = json!([]);
            }
            document[field].as_array_mut().unwrap().push(value.clone());
        }
    }
    put(who, rest, &document);
}

#[test]
fn each_change_gives_when_it_is_made_the_points_that_were_said() {
    on_both(|hub| {
        let (kim, ada) = pair(hub);
        let told = changes(&kim, ada).assert_status(200);
        let before = points(&kim, ada);
        assert_eq!(told.body["points"], before);
        let all = told.body["changes"].as_array().unwrap();
        assert_eq!(all.len(), 5, "{}", told.body);

        for change in all {
            let rest = match (change["document"].as_str().unwrap(), change["id"].as_str()) {
                ("profile", _) => "profile".to_owned(),
                (kind, id) => format!("{kind}s/{}", id.unwrap()),
            };
            let path = format!("/v1/organisations/{}/{rest}", kim.organisation());
            let document = kim.get(&path).body["document"].clone();

            make(&kim, &rest, &document, change);

            let after = points(&kim, ada);
            assert_eq!(after, change["points"], "{change}");
            let gained = after.as_i64().unwrap() - before.as_i64().unwrap();
            assert_eq!(change["points_gained"], gained);
            put(&kim, &rest, &document);
            assert_eq!(points(&kim, ada), before);
        }
    });
}

#[test]
fn a_rule_that_a_change_would_satisfy_says_which() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        let choosy = hub.organisation("Choosy", Kind::Investor);
        hub.document(
            choosy,
            &mandate(json!({"name": "Devices", "purpose": "fundraising", "criteria": [
                {"strength": "must", "on": {"axis": "modalities", "any_of": ["small_molecule_drugs"]}},
            ]})),
        );

        let told = changes(&kim, choosy).assert_status(200);
        let japanese = changes(&kim.with("accept-language", "ja"), choosy);

        assert_eq!(told.text("/kept_off/code"), "must");
        assert_eq!(told.body["points"], Value::Null);
        assert_eq!(told.body["changes"].as_array().unwrap().len(), 1);
        assert_eq!(told.text("/changes/0/field"), "modalities");
        assert!(
            japanese
                .text("/changes/0/text")
                .starts_with("該当する場合は")
        );
        let path = format!("/v1/organisations/{}/profile", kim.organisation());
        let profile = kim.get(&path).body["document"].clone();
        make(&kim, "profile", &profile, &told.body["changes"][0]);
        assert_eq!(points(&kim, choosy), told.body["changes"][0]["points"]);
    });
}

#[test]
fn what_nobody_is_told_of_a_pair_nobody_is_told_of_what_would_change_it() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        let [hidden, private] =
            ["Hidden", "Private"].map(|name| hub.organisation(name, Kind::Investor));
        let invisible = json!({"hidden": true});
        hub.document(
            hidden,
            &serde_json::from_value::<Visibility>(invisible).unwrap(),
        );
        hub.document(
            private,
            &mandate(json!({"name": "US", "purpose": "fundraising", "criteria": [
                {"strength": "must", "private": true, "on": {"axis": "regions", "any_of": ["US"]}},
            ]})),
        );
        let nobody = hub.id::<domain::of::Organisation>();
        let path = |other| format!("/v1/organisations/{}/matches/{other}", kim.organisation());
        let told = |reply: &Reply| {
            let text = String::from_utf8(reply.bytes.clone()).unwrap();
            text.replace(reply.text("/request_id"), "")
        };

        let known = told(&kim.get(&path(nobody)));

        for other in [hidden, private, nobody] {
            let answer = kim.get(&format!("{}/changes", path(other)));
            answer.assert_error(404, "not_available");
            assert_eq!(told(&answer), known);
        }
    });
}

#[test]
fn what_the_asker_does_not_list_is_not_proposed() {
    on_both(|hub| {
        let (kim, ada) = pair(hub);
        let fields = |reply: &Reply| -> Vec<String> {
            let all = reply.body["changes"].as_array().unwrap().iter();
            all.map(|change| change["field"].as_str().unwrap().to_owned())
                .collect()
        };
        assert!(fields(&changes(&kim, ada)).contains(&"sectors".to_owned()));

        let raised =
            json!({"raised": {"profile.sectors": "accepted", "mandate.criteria": "accepted"}});
        hub.document(
            kim.organisation(),
            &serde_json::from_value::<Visibility>(raised).unwrap(),
        );

        let left = fields(&changes(&kim, ada));
        assert!(!left.is_empty());
        assert!(
            !left
                .iter()
                .any(|field| ["sectors", "criteria", "active"].contains(&field.as_str()))
        );
    });
}
