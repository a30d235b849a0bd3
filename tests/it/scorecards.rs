//! Scorecards: put here, in force for a programme, and what changes with them.

use domain::{Noun, Programme};
use jiff::SignedDuration;
use scoring::Card;
use serde_json::{Value, json};
use store::{exposures, journal, people, programmes};
use testkit::{Actor, Hub, Reply, on_both, schema::Schema};

use crate::meeting_requests::asks;

/// The card that ships, with 250 points less for every pair.
pub(crate) fn other_card() -> String {
    Card::DEFAULT_TEXT
        .replacen("Made by hand", "Far and wide", 1)
        .replacen("\"pair\": 0", "\"pair\": -250", 1)
}

pub(crate) fn put(who: &Actor<'_>, text: &str) -> Reply {
    who.post(
        "/v1/scorecards",
        &json!({"text": text, "note": "For the spring"}),
    )
}

pub(crate) fn activate(who: &Actor<'_>, programme: impl std::fmt::Display, card: &Value) -> Reply {
    let path = format!("/v1/programmes/{programme}/scorecard-activations");
    who.post(
        &path,
        &json!({"scorecard": card, "note": "Agreed in the meeting"}),
    )
}

fn matches(of: &Actor<'_>, more: &str) -> Reply {
    let id = of.organisation();
    of.get(&format!(
        "/v1/organisations/{id}/matches?kind=investor{more}"
    ))
    .assert_status(200)
}

/// A programme of its own with somebody on its staff, and this organisation in it.
fn programme<'a>(hub: &'a Hub, of: &Actor<'_>) -> (Actor<'a>, programmes::Stored) {
    let staff = hub.person("Mori");
    let stored = hub.make(|conn, now| {
        let hub = programmes::find_by_code(conn, Programme::HUB)?;
        let stored = programmes::Stored {
            id: domain::Id::from_uuid(api::uuid_at(now)),
            code: "spring".to_owned(),
            ..hub
        };
        programmes::insert(conn, &stored, None, now)?;
        programmes::insert_member(conn, stored.id, of.organisation(), now)?;
        people::insert_staff_grant(conn, staff.id(), stored.id, now)?;
        journal::insert_note(conn, Noun::Programme, stored.id.uuid())?;
        journal::insert_note(conn, Noun::StaffGrant, staff.id().uuid())?;
        Ok(stored)
    });
    hub.catch_up();
    (staff, stored)
}

#[test]
fn a_card_is_put_here_once_and_read_with_its_sections_and_what_it_pays_otherwise() {
    on_both(|hub| {
        let (sato, kim) = (hub.staff("Sato"), hub.founder("Kim"));

        let first = put(&sato, &other_card()).assert_status(201);
        let again = put(&sato, &other_card()).assert_status(201);

        let id = first.text("/id").to_owned();
        assert_eq!(first.body, again.body);
        assert_eq!(
            first.header("location"),
            Some(&*format!("/v1/scorecards/{id}"))
        );
        let listed = sato.get("/v1/scorecards").assert_status(200);
        assert_eq!(listed.body["items"].as_array().map(Vec::len), Some(1));
        assert_eq!(listed.text("/items/0/note"), "For the spring");
        let shown = kim.get(&format!("/v1/scorecards/{id}")).assert_status(200);
        assert_eq!(shown.text("/text"), other_card());
        assert_eq!(shown.body["put_by"], Value::Null);
        assert_eq!(shown.text("/sections/0/factors/0/factor"), "base");
        assert_eq!(
            shown.body["sections"][0]["factors"][0]["levels"][0]["points"],
            -250
        );
        let path = format!("/v1/scorecards/{id}/differences");
        let differs = sato.get(&path).assert_status(200);
        assert_eq!(differs.body["items"][0]["before"], 0);
        assert_eq!(differs.body["items"][0]["after"], -250);
        kim.get(&path).assert_error(403, "forbidden");
    });
}

#[test]
fn a_bad_card_is_refused_with_the_line_and_what_is_wrong_in_the_readers_language() {
    on_both(|hub| {
        let sato = hub.staff("Sato");
        let unknown = Card::DEFAULT_TEXT.replacen("\"base\"", "\"basis\"", 1);
        let broken = Card::DEFAULT_TEXT.replacen("\"base\":", "\"base\"", 1);
        let nul = Card::DEFAULT_TEXT.replacen("Made by", "Made\\u0000by", 1);

        let english = put(&sato, &unknown);
        let japanese = put(&sato.with("accept-language", "ja"), &unknown);

        assert_eq!(english.fields(), ["text"]);
        assert_eq!(
            english.text("/fields/0/message"),
            "line 50: there is no factor `basis`"
        );
        assert_eq!(
            japanese.text("/fields/0/message"),
            "50行目: この要素はありません: `basis`"
        );
        for text in [&broken, &nul, "", "{}", "[]"] {
            put(&sato, text).assert_error(422, "invalid_body");
        }
    });
}

#[test]
fn a_card_in_force_scores_lists_pairs_and_requests_of_its_programme_alone_and_the_old_one_stays() {
    on_both(|hub| {
        let (kim, ada, admin) = (hub.founder("Kim"), hub.investor("Ada"), hub.admin("Root"));
        let (mori, spring) = programme(hub, &kim);
        hub.make(|conn, now| {
            programmes::insert_member(conn, spring.id, ada.organisation(), now)?;
            journal::insert_note(conn, Noun::Programme, spring.id.uuid())
        });
        hub.catch_up();
        let card = put(&mori, &other_card())
            .assert_status(201)
            .text("/id")
            .to_owned();
        let within = format!("&programme={}", spring.id);
        let before = matches(&kim, &within);

        activate(&mori, spring.id, &json!(card)).assert_status(201);
        hub.catch_up();

        let after = matches(&kim, &within);
        let points = |list: &Reply| list.body["items"][0]["points"].as_i64().unwrap();
        assert_eq!(after.text("/scorecard"), card);
        assert_eq!(points(&after), points(&before) - 250);
        assert_ne!(after.etag(), before.etag());
        assert_eq!(
            matches(&kim, "").text("/scorecard"),
            Card::default_card().hash()
        );
        let request = json!({
            "from": kim.organisation(), "to": ada.organisation(), "programme": spring.id,
            "purpose": "fundraising", "message": "We would like to meet.",
        });
        let made = kim
            .post("/v1/meeting-requests", &request)
            .assert_status(201);
        let id = made.text("/id").parse().unwrap();
        let kept = hub
            .make(|conn, _| store::judgements::find(conn, id))
            .unwrap();
        assert_eq!(kept.card_hash, card);
        assert_eq!(i64::from(kept.points), points(&after));

        activate(&mori, spring.id, &Value::Null).assert_status(201);
        hub.catch_up();

        assert_eq!(points(&matches(&kim, &within)), points(&before));
        let path = format!("/v1/programmes/{}/scorecard-activations", spring.id);
        let history = admin.get(&path).assert_status(200);
        assert_eq!(history.text("/in_force"), Card::default_card().hash());
        assert_eq!(history.body["items"][1]["scorecard"], card);
        assert_eq!(history.body["items"][1]["activated_by"], json!(mori.id()));
    });
}

#[test]
fn programmes_without_a_card_follow_the_hub_for_which_admins_decide() {
    on_both(|hub| {
        let (kim, sato, admin) = (hub.founder("Kim"), hub.staff("Sato"), hub.admin("Root"));
        hub.investor("Ada");
        let (mori, spring) = programme(hub, &kim);
        let card = put(&sato, &other_card())
            .assert_status(201)
            .text("/id")
            .to_owned();
        let of_hub = hub.hub_programme();

        activate(&sato, of_hub, &json!(card)).assert_error(403, "forbidden");
        activate(&mori, of_hub, &json!(card)).assert_error(403, "forbidden");
        activate(&admin, of_hub, &json!("f".repeat(64))).assert_error(404, "scorecard_not_found");
        activate(&admin, of_hub, &json!(card)).assert_status(201);
        hub.catch_up();

        for more in [String::new(), format!("&programme={}", spring.id)] {
            assert_eq!(matches(&kim, &more).text("/scorecard"), card);
        }
        activate(&mori, spring.id, &json!(Card::default_card().hash())).assert_status(201);
        hub.catch_up();
        let own = matches(&kim, &format!("&programme={}", spring.id));
        assert_eq!(own.text("/scorecard"), Card::default_card().hash());
        let audited =
            hub.make(|conn, _| journal::list_for(conn, Noun::Scorecard, spring.id.uuid()));
        assert_eq!(audited[0].action, "activated");
        assert_eq!(audited[0].detail["scorecard"], Card::default_card().hash());
    });
}

#[test]
fn a_page_that_goes_on_after_another_card_came_in_force_keeps_the_order_it_began_with() {
    on_both(|hub| {
        let (kim, admin) = (hub.founder("Kim"), hub.admin("Root"));
        for name in ["Ada", "Ben", "Chi"] {
            hub.investor(name);
        }
        let first = matches(&kim, "&limit=1");
        let card = put(&admin, &other_card())
            .assert_status(201)
            .text("/id")
            .to_owned();

        activate(&admin, hub.hub_programme(), &json!(card)).assert_status(201);
        hub.catch_up();

        let cursor = format!("&limit=1&cursor={}", first.text("/next_cursor"));
        let next = matches(&kim, &cursor);
        assert_eq!(next.text("/scorecard"), first.text("/scorecard"));
        assert_ne!(next.body["snapshot_changed"], true);
        assert_eq!(matches(&kim, "&limit=1").text("/scorecard"), card);
    });
}

#[test]
fn before_a_card_is_in_force_its_staff_see_how_lists_would_change() {
    on_both(|hub| {
        let (kim, sato) = (hub.founder("Kim"), hub.staff("Sato"));
        hub.investor("Ada");
        hub.investor("Ben");
        let card = put(&sato, &other_card())
            .assert_status(201)
            .text("/id")
            .to_owned();
        let path = |card: &str| {
            let hub = hub.hub_programme();
            format!("/v1/programmes/{hub}/scorecard-preview?scorecard={card}")
        };

        let preview = sato.get(&path(&card)).assert_status(200);

        assert_eq!(preview.text("/scorecard"), card);
        assert_eq!(preview.body["overlap_20"], 1.0);
        assert_eq!(preview.body["lists"], preview.body["unchanged"]);
        assert_eq!(preview.body["moves"], json!([]));
        assert!(preview.body["lists"].as_u64() > Some(0));
        for (name, home) in [("Near", "JP-27"), ("Far", "US-CA")] {
            let profile = json!({"names": {"en": name}, "home": home});
            hub.organisation_like(domain::Kind::Investor, &profile);
        }
        hub.catch_up();
        let far = Card::DEFAULT_TEXT.replacen("\"elsewhere\": -300", "\"elsewhere\": 5000", 1);
        let far = put(&sato, &far).assert_status(201).text("/id").to_owned();
        let turned = sato.get(&path(&far)).assert_status(200).body;
        let moves = turned["moves"].as_array().unwrap();
        let to_the_top = |moved: &&Value| moved["counterpart"]["name"] == "Far";
        let moved = moves.iter().find(to_the_top).unwrap();
        assert_eq!(moved["after"], 1);
        assert!(moved["before"].as_u64() > Some(1));
        assert!(turned["unchanged"].as_u64() < turned["lists"].as_u64());
        kim.get(&path(&card)).assert_error(403, "forbidden");
        sato.get(&path("nothing"))
            .assert_error(404, "scorecard_not_found");
    });
}

#[test]
fn neither_a_card_nor_what_was_in_force_can_be_changed_or_taken_away() {
    on_both(|hub| {
        let admin = hub.admin("Root");
        let card = put(&admin, &other_card())
            .assert_status(201)
            .text("/id")
            .to_owned();
        activate(&admin, hub.hub_programme(), &json!(card)).assert_status(201);

        for sql in [
            "UPDATE scorecard_texts SET note = 'x'",
            "DELETE FROM scorecard_texts",
            "UPDATE scorecard_activations SET card_hash = NULL",
            "DELETE FROM scorecard_activations",
        ] {
            let url = hub.database_url().to_owned();
            let refused = std::panic::catch_unwind(move || Schema::of(&url).run(sql));
            assert!(refused.is_err(), "{sql}");
        }
    });
}

#[test]
fn who_was_asked_often_and_who_is_listed_often_costs_what_the_card_says() {
    on_both(|hub| {
        let (kim, ada, admin) = (hub.founder("Kim"), hub.investor("Ada"), hub.admin("Root"));
        let text = Card::DEFAULT_TEXT.replacen(
            "\"factors\": {",
            "\"factors\": {\"load\": {\"below_3\": 0, \"from_3\": -300, \"from_6\": -400, \"from_12\": -500, \"from_24\": -600, \"from_48\": -700},",
            1,
        );
        for number in 0..3 {
            asks(&hub.founder(&format!("Founder {number}")), &ada).assert_status(201);
        }
        let card = put(&admin, &text).assert_status(201).text("/id").to_owned();
        activate(&admin, hub.hub_programme(), &json!(card)).assert_status(201);
        hub.catch_up();
        let before = matches(&kim, "");

        hub.pass(SignedDuration::from_hours(24));
        hub.catch_up();
        let kim = kim.on_another_device();
        let after = matches(&kim, "");

        let points = |list: &Reply| list.body["items"][0]["points"].as_i64().unwrap();
        assert_eq!(points(&after), points(&before) - 300);
        let today = hub.app().live().snapshot().as_of();
        api::count_exposure(hub.app(), || false).unwrap();
        assert!(!hub.make(|conn, _| exposures::is_counted(conn, today)));
        // Another replica has counted before the second list.
        let mut lists = 0;
        api::count_exposure(hub.app(), || {
            lists += 1;
            if lists == 2 {
                api::count_exposure(hub.app(), || true).unwrap();
            }
            true
        })
        .unwrap();
        assert_eq!(lists, 3);
        hub.catch_up();
        let counted = hub.make(|conn, _| exposures::find_on(conn, today)).unwrap();
        assert_eq!(counted.as_of, today);
        assert!(counted.levels[ada.organisation().to_string()].is_number());
        let listed = matches(&kim, "");
        assert_ne!(listed.text("/statistics"), after.text("/statistics"));
        assert_eq!(points(&listed), points(&after));
        let pair = format!(
            "/v1/organisations/{}/matches/{}",
            kim.organisation(),
            ada.organisation()
        );
        // A list leaves out what is worth nothing, a pair does not.
        let pair = kim.get(&pair).assert_status(200);
        let parts = pair.body["items"][0]["contributions"].as_array().unwrap();
        let of = |factor: &str| parts.iter().find(|part| part["factor"] == factor).unwrap();
        assert_eq!(of("load")["code"], "asked_now_and_then");
        assert_eq!(of("exposure")["code"], "listed_as_others");
    });
}

#[test]
fn staff_see_who_is_listed_and_asked_how_often_in_their_programme_and_who_never_is() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        hub.investor("Ben");
        asks(&kim, &ada).assert_status(201);
        let (mori, spring) = programme(hub, &kim);
        let (from, until) = ("2020-01-01", "2100-01-01");
        let path = |programme: domain::ProgrammeId, more: &str| {
            format!("/v1/programmes/{programme}/exposure?from={from}&until={until}{more}")
        };

        let report = sato
            .get(&path(hub.hub_programme(), ""))
            .assert_status(200)
            .body;
        let own = mori.get(&path(spring.id, "")).assert_status(200).body;
        let table = sato.get(&path(hub.hub_programme(), "&format=csv"));

        let of_kind = |kind: &str| {
            let kinds = report["by_kind"].as_array().unwrap();
            kinds.iter().find(|of| of["kind"] == kind).unwrap().clone()
        };
        assert_eq!(of_kind("investor")["places"]["organisations"], 2);
        assert_eq!(of_kind("investor")["places"]["coverage"], 1.0);
        assert_eq!(of_kind("investor")["places"]["gini"], 0.0);
        assert_eq!(report["requests"], 1);
        assert_eq!(report["requests_spread"]["top_1_percent_share"], 1.0);
        assert_eq!(report["newcomers"]["share"], 1.0);
        assert_eq!(report["never_shown"], json!([]));
        assert_eq!(own["requests"], 0);
        assert_eq!(own["lists"], 0);
        assert_eq!(own["never_shown"][0]["name"], "Kim startup");
        assert_eq!(own["never_shown"].as_array().map(Vec::len), Some(1));
        let text = String::from_utf8(table.assert_status(200).bytes).unwrap();
        assert_eq!(text.lines().count(), 4);
        assert!(text.contains(&format!("\"{}\"", ada.organisation())));
        let backwards = format!(
            "/v1/programmes/{}/exposure?from={until}&until={from}",
            spring.id
        );
        mori.get(&backwards).assert_error(400, "invalid_query");
    });
}
