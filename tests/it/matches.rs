//! Match lists and pairs.

use domain::{BlockList, Kind, Mandate, Visibility};
use serde_json::{Value, json};
use testkit::{Actor, Hub, Reply, on_both};

fn mandate(json: &Value) -> Mandate {
    serde_json::from_value(json.clone()).unwrap()
}

fn matches(of: &Actor<'_>, query: &str) -> Reply {
    of.get(&format!(
        "/v1/organisations/{}/matches?{query}",
        of.organisation()
    ))
    .assert_status(200)
}

fn pair(of: &Actor<'_>, with: impl std::fmt::Display) -> Reply {
    of.get(&format!(
        "/v1/organisations/{}/matches/{with}",
        of.organisation()
    ))
}

/// What an answer tells, byte for byte: its id and the time are its own.
fn told(reply: &Reply) -> (u16, String, Vec<(String, String)>) {
    let text = String::from_utf8(reply.bytes.clone()).unwrap();
    let headers = reply.headers.iter();
    let headers = headers.filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()));
    (
        reply.status,
        text.replace(reply.text("/request_id"), ""),
        headers.cloned().collect(),
    )
}

fn names(list: &Reply) -> Vec<&str> {
    list.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["organisation"]["name"].as_str().unwrap())
        .collect()
}

/// A founder, and `count` investors that differ in where they are at home.
fn market(hub: &Hub, count: usize) -> Actor<'_> {
    for number in 0..count {
        let home = ["JP-27", "JP-13", "JP", "US-CA", "DE"][number % 5];
        hub.organisation_like(
            Kind::Investor,
            &json!({"names": {"en": format!("Investor {number}")}, "home": home}),
        );
    }
    hub.founder("Kim")
}

#[test]
fn the_parts_of_every_match_add_up_to_its_points_and_speak_the_readers_language() {
    on_both(|hub| {
        let kim = market(hub, 5);

        let english = matches(&kim, "kind=investor");
        let japanese = matches(&kim.with("accept-language", "ja"), "kind=investor");

        for item in english.body["items"].as_array().unwrap() {
            let parts = item["contributions"].as_array().unwrap();
            let sum: i64 = parts
                .iter()
                .map(|part| part["points"].as_i64().unwrap())
                .sum();
            assert_eq!(item["points"], sum);
            assert!(
                parts
                    .iter()
                    .all(|part| part["text"].as_str().unwrap().is_ascii())
            );
        }
        let text = japanese.text("/items/0/contributions/0/text");
        assert!(text.ends_with('。'), "{text}");
        assert_eq!(names(&english).len(), 5);
    });
}

#[test]
fn pages_joined_are_the_list_while_the_market_changes() {
    on_both(|hub| {
        let kim = market(hub, 23);
        let whole = matches(&kim, "kind=investor&limit=100");

        let mut joined: Vec<String> = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = matches(&kim, &format!("kind=investor&limit=5{cursor}"));
            joined.extend(names(&page).into_iter().map(str::to_owned));
            hub.organisation("Newcomer", Kind::Investor);
            match page.body["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }

        assert_eq!(joined, names(&whole));
    });
}

#[test]
fn a_cursor_serves_its_owner_and_its_list_alone() {
    on_both(|hub| {
        let (kim, other) = (market(hub, 8), hub.founder("Noor"));
        let page = matches(&kim, "kind=investor&limit=2");
        let cursor = page.text("/next_cursor");

        let list = |of: &Actor<'_>, query: &str| {
            of.get(&format!(
                "/v1/organisations/{}/matches?{query}",
                of.organisation()
            ))
        };

        list(&kim, &format!("kind=incubator&limit=2&cursor={cursor}"))
            .assert_error(400, "invalid_cursor");
        list(&other, &format!("kind=investor&limit=2&cursor={cursor}"))
            .assert_error(400, "invalid_cursor");
        list(&kim, "kind=investor&cursor=forged").assert_error(400, "invalid_cursor");
    });
}

#[test]
fn both_databases_give_the_same_order() {
    let order = |hub: &Hub| {
        let kim = market(hub, 20);
        let list = matches(&kim, "kind=investor&limit=100");
        list.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["points"].as_i64().unwrap())
            .collect::<Vec<_>>()
    };

    let sqlite = order(&Hub::on_sqlite());

    assert!(sqlite.is_sorted_by(|a, b| a >= b));
    match Hub::on_postgres() {
        Some(hub) => assert_eq!(order(&hub), sqlite),
        None => testkit::postgres::announce_missing(),
    }
}

#[test]
fn who_is_hidden_blocks_or_has_a_private_criterion_is_not_available_and_nobody_can_tell_which() {
    on_both(|hub| {
        let kim = market(hub, 2);
        let investor = |name: &str| hub.organisation(name, Kind::Investor);
        let [hidden, blocking, by_name, private, later] =
            ["Hidden", "Blocking", "By name", "Private", "Later"].map(investor);
        hub.document(
            hidden,
            &Visibility {
                hidden: true,
                ..Visibility::default()
            },
        );
        hub.document(
            blocking,
            &BlockList {
                organisations: vec![kim.organisation()],
                names: Vec::new(),
            },
        );
        hub.document(
            by_name,
            &BlockList {
                organisations: Vec::new(),
                names: vec!["ＫＩＭ startup, Inc.".parse().unwrap()],
            },
        );
        hub.document(
            private,
            &mandate(&json!({
                "name": "Elsewhere", "purpose": "fundraising", "criteria": [
                    {"strength": "must", "private": true, "on": {"axis": "regions", "any_of": ["US"]}}
                ],
            })),
        );

        hub.document(
            later,
            &mandate(&json!({
                "name": "Elsewhere", "purpose": "fundraising", "criteria": [
                    {"strength": "must", "on": {"axis": "regions", "any_of": ["US"]}}
                ],
            })),
        );
        let raised = json!({"raised": {"mandate.criteria": "accepted"}});
        hub.document(
            later,
            &serde_json::from_value::<Visibility>(raised).unwrap(),
        );

        let nobody = hub.id::<domain::of::Organisation>();
        let answers =
            [hidden, blocking, by_name, private, later, nobody].map(|other| pair(&kim, other));

        for answer in &answers {
            answer.assert_error(404, "not_available");
            assert_eq!(told(answer), told(&answers[0]));
        }
        assert_eq!(names(&matches(&kim, "kind=investor")).len(), 2);
    });
}

#[test]
fn a_pair_off_the_list_says_which_open_rule_keeps_it_off() {
    on_both(|hub| {
        let kim = market(hub, 0);
        let choosy = hub.organisation("Choosy", Kind::Investor);
        hub.document(
            choosy,
            &mandate(&json!({
                "name": "US only", "purpose": "fundraising", "criteria": [
                    {"strength": "must", "on": {"axis": "regions", "any_of": ["US"]}}
                ],
            })),
        );

        let answer = pair(&kim, choosy).assert_status(200);

        assert_eq!(answer.body["items"], json!([]));
        assert_eq!(answer.text("/kept_off/code"), "must");
    });
}

#[test]
fn one_mandate_can_be_asked_for_alone() {
    on_both(|hub| {
        let kim = market(hub, 5);
        let us_lead = hub.document(
            kim.organisation(),
            &mandate(&json!({
                "name": "US lead", "purpose": "fundraising", "kinds": ["investor"], "criteria": [
                    {"strength": "must", "on": {"axis": "regions", "any_of": ["US"]}}
                ],
            })),
        );
        hub.document(
            kim.organisation(),
            &mandate(&json!({"name": "Anybody", "purpose": "fundraising", "kinds": ["investor"]})),
        );

        let all = matches(&kim, "kind=investor");
        let one = matches(&kim, &format!("kind=investor&mandate={us_lead}"));

        assert_eq!(names(&all).len(), 5);
        assert_eq!(names(&one), ["Investor 3"]);
        assert_eq!(one.text("/items/0/my_mandate"), us_lead.to_string());
    });
}

#[test]
fn a_match_list_is_for_its_side_and_staff() {
    on_both(|hub| {
        let (kim, stranger) = (market(hub, 3), hub.founder("Noor"));
        let path = format!(
            "/v1/organisations/{}/matches?kind=investor",
            kim.organisation()
        );
        let nowhere = format!(
            "/v1/organisations/{}/matches?kind=investor",
            hub.id::<domain::of::Organisation>()
        );

        hub.staff("Sato").get(&path).assert_status(200);
        stranger
            .get(&path)
            .assert_error(404, "organisation_not_found");
        stranger
            .get(&nowhere)
            .assert_error(404, "organisation_not_found");
        hub.nobody().get(&path).assert_error(401, "unauthenticated");
    });
}

#[test]
fn an_unchanged_list_is_not_sent_twice_and_another_reader_gets_their_own() {
    on_both(|hub| {
        let kim = market(hub, 3);
        let path = format!(
            "/v1/organisations/{}/matches?kind=investor",
            kim.organisation()
        );
        let tag = kim.get(&path).etag().to_owned();

        kim.with("if-none-match", &tag)
            .get(&path)
            .assert_status(304);
        kim.with("if-none-match", &tag)
            .with("accept-language", "ja")
            .get(&path)
            .assert_status(200);
        hub.organisation("Newcomer", Kind::Investor);

        kim.with("if-none-match", &tag)
            .get(&path)
            .assert_status(200);
    });
}

#[test]
fn a_question_with_a_bad_parameter_names_it() {
    on_both(|hub| {
        let kim = market(hub, 0);
        let ask = |query: &str| {
            kim.get(&format!(
                "/v1/organisations/{}/matches?{query}",
                kim.organisation()
            ))
        };

        for (query, field) in [
            ("", "kind"),
            ("kind=bank", "kind"),
            ("kind=investor&limit=0", "limit"),
            ("kind=investor&limit=101", "limit"),
            ("kind=investor&as_of=2013-13-01", "as_of"),
            ("kind=investor&colour=red", "colour"),
            ("kind=investor&mandate=1", "mandate"),
        ] {
            let answer = ask(query);
            answer.assert_error(400, "invalid_query");
            assert_eq!(answer.fields(), [field], "{query}");
        }
    });
}

#[test]
fn every_pair_of_kinds_that_the_table_brings_together_has_its_list() {
    on_both(|hub| {
        let staff = hub.staff("Sato");
        let mut all = Vec::new();
        for kind in Kind::ALL {
            for number in 1..=2 {
                let profile = json!({"names": {"en": format!("{} {number}", kind.code())},
                    "home": "JP-27", "offers": ["manufacturing.gmp"], "needs": ["manufacturing.gmp"]});
                let id = hub.organisation_like(kind, &profile);
                let open = json!({"opted_in": true});
                hub.document(id, &serde_json::from_value::<Visibility>(open).unwrap());
                let seeks = json!({"name": "Anybody", "purpose": "other", "criteria": [
                    {"strength": "prefer", "on": {"axis": "regions", "any_of": ["JP"]}}]});
                hub.document(id, &mandate(&seeks));
                all.push((kind, id));
            }
        }

        let mut lists = 0;
        for (asker, id) in all.iter().step_by(2) {
            for kind in Kind::ALL {
                let path = format!("/v1/organisations/{id}/matches?kind={}", kind.code());
                let list = staff.get(&path).assert_status(200);
                let closed = (*asker, kind) == (Kind::Startup, Kind::Startup);
                let expected = match (closed, kind == *asker) {
                    (true, _) => 0,
                    (false, true) => 1,
                    (false, false) => 2,
                };
                assert_eq!(names(&list).len(), expected, "{asker:?} {kind:?}");
                for item in list.body["items"].as_array().unwrap() {
                    assert_eq!(item["organisation"]["kind"], kind.code());
                    let parts = item["contributions"].as_array().unwrap();
                    let asked_for = |part: &Value| {
                        part["factor"] == "region.theirs_in_my_mandate"
                            && part["level_name"] == "within"
                    };
                    assert!(parts.iter().any(asked_for), "{item}");
                }
                lists += 1;
            }
        }
        assert_eq!(lists, 81);
    });
}

#[test]
fn a_list_as_of_a_day_knows_nothing_of_that_day_and_later() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let other = hub.organisation("Other", Kind::Startup);
        let invested = store::investments::Investment {
            id: hub.id(),
            version: 1,
            external_id: None,
            investor: ada.organisation(),
            startup: other,
            announced_on: "2012-06-01".parse().unwrap(),
            stage: None,
            amount: None,
            lead: false,
        };
        hub.make(|conn, now| {
            store::investments::insert_all(conn, std::slice::from_ref(&invested), now)?;
            store::journal::insert_note(conn, domain::Noun::Investment, invested.id.uuid())
        });
        let level = |day: &str| {
            let list = matches(&kim, &format!("kind=investor&as_of={day}"));
            assert_eq!(list.text("/as_of"), day);
            let parts = list.body["items"][0]["contributions"].clone();
            let parts = parts.as_array().unwrap().iter();
            let mut activity = parts.filter(|part| part["factor"] == "track_record.activity");
            activity.next().unwrap()["level_name"].clone()
        };

        assert_eq!(level("2012-05-31"), "unknown");
        assert_eq!(level("2012-06-01"), "unknown");
        assert_eq!(level("2012-06-02"), "from_0.84");
    });
}

#[test]
fn a_cursor_goes_on_with_the_snapshot_that_it_was_given_out_on() {
    on_both(|hub| {
        let kim = market(hub, 12);
        let first = matches(&kim, "kind=investor&limit=5");
        let cursor = first.text("/next_cursor").to_owned();
        for name in ["Newcomer", "Another", "A third"] {
            hub.organisation(name, Kind::Investor);
        }

        let rest = matches(&kim, &format!("kind=investor&limit=50&cursor={cursor}"));

        assert_eq!(rest.body["snapshot_changed"], Value::Null);
        assert_eq!(names(&first).len() + names(&rest).len(), 12);
        assert_eq!(names(&matches(&kim, "kind=investor&limit=50")).len(), 15);
    });
}

#[test]
fn a_cursor_older_than_its_snapshot_goes_on_by_its_key_and_says_so() {
    on_both(|hub| {
        let kim = market(hub, 12);
        let first = matches(&kim, "kind=investor&limit=5");
        let cursor = first.text("/next_cursor").to_owned();
        hub.pass(jiff::SignedDuration::from_mins(6));
        hub.organisation("Newcomer", Kind::Investor);
        hub.pass(jiff::SignedDuration::from_mins(6));
        hub.organisation("Another", Kind::Investor);

        let path = format!("kind=investor&limit=5&cursor={cursor}");
        let second = matches(&kim, &path);

        assert_eq!(first.body["snapshot_changed"], Value::Null);
        assert_eq!(second.body["snapshot_changed"], true);
        let before = names(&first);
        assert!(names(&second).iter().all(|name| !before.contains(name)));
        assert!(!names(&second).is_empty());
    });
}
