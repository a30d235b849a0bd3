//! Consent before contacts go abroad, and that it can be withdrawn.

use domain::{Kind, OrganisationId, Role};
use serde_json::{Value, json};
use testkit::{Actor, Hub, Reply, on_both};

use crate::meeting_requests::{body, path, step, steps};

/// An investor's partner at home in a region.
fn investor_in<'a>(hub: &'a Hub, name: &str, home: &str) -> (Actor<'a>, OrganisationId) {
    let person = hub.person(name);
    let of = hub.organisation_like(
        Kind::Investor,
        &json!({"names": {"en": format!("{name} Partners")}, "home": home, "languages": ["en"]}),
    );
    hub.join(&person, of, Role::Owner);
    (person, of)
}

fn consents(who: &Actor<'_>, of: OrganisationId, to: OrganisationId) -> Reply {
    who.get(&format!("/v1/organisations/{of}/consents/{to}"))
}

fn agree(who: &Actor<'_>, of: OrganisationId, to: OrganisationId) -> Vec<String> {
    let shown = consents(who, of, to).assert_status(200);
    let given = ["person", "organisation"].map(|subject| {
        let agreed = json!({"of": subject, "text": shown.text("/notice/text")});
        let at = format!("/v1/organisations/{of}/consents/{to}");
        let made = who.post(&at, &agreed).assert_status(201);
        made.text("/id").to_owned()
    });
    given.into()
}

#[test]
fn nobodys_contacts_go_abroad_before_each_has_seen_where_to_and_agreed() {
    on_both(|hub| {
        let (kim, sato) = (hub.founder("Kim"), hub.staff("Sato"));
        let (ada, fund) = investor_in(hub, "Ada", "US-MA");
        let asked = body(kim.organisation(), fund);
        let request = kim.post("/v1/meeting-requests", &asked).assert_status(201);
        steps(&sato, &request, "approve", &json!({}));

        let refused = step(&ada, &request, "accept", &json!({}));
        refused.assert_error(409, "consent_missing");
        assert_eq!(
            refused.fields(),
            [
                "consents.requester.person",
                "consents.requester.organisation",
                "consents.counterpart.person",
                "consents.counterpart.organisation",
            ]
        );
        let japanese = step(
            &ada.with("accept-language", "ja"),
            &request,
            "accept",
            &json!({}),
        );
        assert_eq!(japanese.text("/fields/0/message"), "必須です");
        agree(&kim, kim.organisation(), fund);
        let refused = step(&ada, &request, "accept", &json!({}));
        assert_eq!(
            refused.fields(),
            [
                "consents.counterpart.person",
                "consents.counterpart.organisation"
            ]
        );
        agree(&ada, fund, kim.organisation());

        let accepted = steps(&ada, &request, "accept", &json!({}));
        assert_eq!(accepted.text("/contacts/requester/email"), kim.email());
    });
}

#[test]
fn a_withdrawn_consent_hides_the_contacts_everywhere_again() {
    on_both(|hub| {
        let (kim, sato) = (hub.founder("Kim"), hub.staff("Sato"));
        let (ada, fund) = investor_in(hub, "Ada", "US-MA");
        let contacts: domain::Contacts =
            serde_json::from_value(json!({"email": "desk@kim.example"})).unwrap();
        hub.document(kim.organisation(), &contacts);
        let mut asked = body(kim.organisation(), fund);
        asked["message"] = json!("Write to side@kim.example");
        let request = kim.post("/v1/meeting-requests", &asked).assert_status(201);
        steps(&sato, &request, "approve", &json!({}));
        let given = agree(&kim, kim.organisation(), fund);
        agree(&ada, fund, kim.organisation());
        steps(&ada, &request, "accept", &json!({}));
        let sees = |needle: &str| {
            let own = format!("/v1/organisations/{}", kim.organisation());
            let list = "/v1/meeting-requests".to_owned();
            let places = [
                path(&request, ""),
                list,
                own.clone(),
                format!("{own}/contacts"),
            ];
            places.map(|place| {
                let reply = ada.get(&place);
                String::from_utf8_lossy(&reply.bytes).contains(needle)
            })
        };
        assert_eq!(sees("desk@kim.example"), [true; 4]);
        assert!(sees(kim.email())[0] && sees("side@kim.example")[0]);

        for consent in &given {
            ada.delete(&format!("/v1/consents/{consent}"))
                .assert_error(404, "consent_not_found");
        }
        kim.delete(&format!("/v1/consents/{}", given[0]))
            .assert_status(204);
        kim.delete(&format!("/v1/consents/{}", given[0]))
            .assert_error(404, "consent_not_found");

        for needle in ["desk@kim.example", kim.email(), "side@kim.example"] {
            assert_eq!(sees(needle), [false; 4], "{needle}");
        }
        // Her own contacts are still hers to see, and the other side's too.
        let seen = kim.get(&path(&request, ""));
        assert_eq!(seen.text("/contacts/counterpart/email"), ada.email());
        agree(&kim, kim.organisation(), fund);
        assert!(sees(kim.email())[0]);
    });
}

#[test]
fn a_withdrawn_consent_hides_the_venue_and_what_else_was_written_from_the_other_side() {
    on_both(|hub| {
        let (kim, sato) = (hub.founder("Kim"), hub.staff("Sato"));
        let (ada, fund) = investor_in(hub, "Ada", "US-MA");
        let lee = hub.person("Lee");
        let request = kim
            .post("/v1/meeting-requests", &body(kim.organisation(), fund))
            .assert_status(201);
        steps(&sato, &request, "approve", &json!({}));
        let given = agree(&kim, kim.organisation(), fund);
        agree(&ada, fund, kim.organisation());
        steps(&ada, &request, "accept", &json!({}));
        let venue = "Call me: +81-90-0000-1111";
        let time = json!({"starts_at": "2026-12-08T01:00:00Z", "venue": venue});
        steps(&sato, &request, "schedule", &time);
        let interpreter = json!({"person": lee.id(), "role": "interpreter"});
        let meeting = format!("/v1/meetings/{}", request.text("/id"));
        sato.post(&format!("{meeting}/participants"), &interpreter)
            .assert_status(201);
        let nda =
            json!({"kind": "cda_nda", "happened_on": "2026-11-01", "note": "Ask side@kim.example"});
        kim.post(&path(&request, "/outcomes"), &nda)
            .assert_status(201);
        let feed = |who: &Actor<'_>| {
            let made = who.post("/v1/me/calendar-feed", &json!({}));
            let made = made.assert_status(201);
            made.text("/path").to_owned()
        };
        let (feed_of_ada, feed_of_lee) = (feed(&ada), feed(&lee));
        let sees = |who: &Actor<'_>, feed: &str| {
            let places = [
                meeting.clone(),
                "/v1/meetings?until=2026-12-30T00:00:00Z".to_owned(),
                format!("{meeting}/calendar"),
                feed.to_owned(),
            ];
            places.map(|place| {
                let reply = who.get(&place).assert_status(200);
                let text = String::from_utf8_lossy(&reply.bytes).replace("\r\n ", "");
                text.contains("+81-90-0000-1111")
            })
        };
        let reads = |who: &Actor<'_>, place: &str, needle: &str| {
            let reply = who.get(&path(&request, place)).assert_status(200);
            String::from_utf8_lossy(&reply.bytes).contains(needle)
        };
        assert_eq!(sees(&ada, &feed_of_ada), [true; 4]);
        assert_eq!(sees(&lee, &feed_of_lee), [true; 4]);
        assert!(reads(&ada, "", venue) && reads(&ada, "/outcomes", "side@kim.example"));

        kim.delete(&format!("/v1/consents/{}", given[0]))
            .assert_status(204);

        assert_eq!(sees(&ada, &feed_of_ada), [false; 4]);
        assert_eq!(sees(&lee, &feed_of_lee), [false; 4]);
        assert!(!reads(&ada, "", venue) && !reads(&ada, "/outcomes", "side@kim.example"));
        // Who withdrew knows where they meet, and so do staff.
        assert!(reads(&kim, "", venue) && reads(&sato, "", venue));
        agree(&kim, kim.organisation(), fund);
        assert_eq!(sees(&ada, &feed_of_ada), [true; 4]);
    });
}

#[test]
fn within_a_country_and_where_the_law_says_so_nobody_is_asked() {
    on_both(|hub| {
        let (kim, sato) = (hub.founder("Kim"), hub.staff("Sato"));

        for (name, home, country) in [
            ("Ada", "JP-13", None),
            ("Ben", "DE", None),
            ("Cho", "TW", Some("TW")),
        ] {
            let (partner, fund) = investor_in(hub, name, home);
            let shown = consents(&kim, kim.organisation(), fund).assert_status(200);
            assert_eq!(shown.body["notice"]["country"], json!(country), "{name}");
            let asked = body(kim.organisation(), fund);
            let request = kim.post("/v1/meeting-requests", &asked).assert_status(201);
            steps(&sato, &request, "approve", &json!({}));
            let accepted = step(&partner, &request, "accept", &json!({}));
            let expected = if country.is_some() { 409 } else { 200 };
            assert_eq!(accepted.status, expected, "{name}");
        }
    });
}

#[test]
fn what_was_shown_is_kept_word_for_word_and_no_other_text_can_be_agreed_to() {
    on_both(|hub| {
        let (kim, noor) = (hub.founder("Kim"), hub.founder("Noor"));
        let (_, fund) = investor_in(hub, "Ada", "US-CA");
        let at = format!("/v1/organisations/{}/consents/{fund}", kim.organisation());
        let shown = kim.get(&at).assert_status(200);

        let wrong = kim.post(&at, &json!({"of": "person", "text": "2020-01/US"}));
        wrong.assert_error(422, "invalid_body");
        assert_eq!(wrong.fields(), ["text"]);
        noor.get(&at).assert_error(404, "organisation_not_found");
        let agreed = json!({"of": "person", "text": shown.text("/notice/text")});
        let first = kim.post(&at, &agreed).assert_status(201);
        let again = kim.post(&at, &agreed).assert_status(201);

        assert_eq!(first.body["id"], again.body["id"]);
        assert_eq!(kim.get(&at).body["missing"], json!(["organisation"]));
        let export = kim.get("/v1/me/export").assert_status(200);
        let kept: &Value = &export.body["records"]["consents"][0];
        assert_eq!(kept["shown"]["law"], shown.body["notice"]["law"]);
    });
}
