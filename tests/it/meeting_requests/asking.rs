//! Who may ask whom, for what, and how often.

use domain::{
    Affiliation, AffiliationKind, BlockList, Id, Kind, Noun, OrganisationId, Programme, Role,
    Texts, Visibility,
};
use serde_json::{Value, json};
use store::{affiliations, journal, meeting_requests, programmes};
use testkit::{Actor, Hub, Reply, on_both};

use super::{asks, body, path, steps};

fn post(who: &Actor<'_>, body: &Value) -> Reply {
    who.post("/v1/meeting-requests", body)
}

fn one_house(hub: &Hub, from: OrganisationId, to: OrganisationId) {
    hub.make(|conn, now| {
        let link = Affiliation {
            from,
            to,
            kind: AffiliationKind::ParentOf,
        };
        affiliations::insert(conn, Id::from_uuid(api::uuid_at(now)), link, now)?;
        journal::insert_note(conn, Noun::Affiliation, from.uuid())
    });
    hub.catch_up();
}

fn mandate(private: bool) -> domain::Mandate {
    serde_json::from_value(json!({
        "name": "US only", "purpose": "fundraising", "criteria": [
            {"strength": "must", "private": private, "on": {"axis": "regions", "any_of": ["US"]}}
        ],
    }))
    .expect("a mandate")
}

#[test]
fn nobody_asks_on_the_part_of_somebody_elses_organisation() {
    on_both(|hub| {
        let (kim, ada, noor) = (hub.founder("Kim"), hub.investor("Ada"), hub.founder("Noor"));

        let body = body(kim.organisation(), ada.organisation());

        post(&noor, &body).assert_error(404, "organisation_not_found");
        post(&hub.staff("Sato"), &body).assert_error(404, "organisation_not_found");
        post(&hub.nobody(), &body).assert_error(401, "unauthenticated");
    });
}

#[test]
fn whom_one_may_not_see_is_as_one_that_is_not_there() {
    on_both(|hub| {
        let (kim, rival) = (hub.founder("Kim"), hub.founder("Rival"));
        let investor = |name: &str| hub.organisation(name, Kind::Investor);
        let (hidden, blocking, blocked) = (
            investor("Hidden"),
            investor("Blocking"),
            investor("Blocked"),
        );
        let hide = Visibility {
            hidden: true,
            ..Visibility::default()
        };
        hub.document(hidden, &hide);
        let block = |whom| BlockList {
            organisations: vec![whom],
            names: Vec::new(),
        };
        hub.document(blocking, &block(kim.organisation()));
        hub.document(kim.organisation(), &block(blocked));

        let unknown = hub.id::<domain::of::Organisation>();
        let whom = [unknown, rival.organisation(), hidden, blocking, blocked];
        let answers = whom.map(|to| post(&kim, &body(kim.organisation(), to)));

        for answer in &answers {
            answer.assert_error(404, "organisation_not_found");
            assert_eq!(answer.bytes.len(), answers[0].bytes.len());
            assert_eq!(answer.body["detail"], answers[0].body["detail"]);
        }
    });
}

#[test]
fn a_rule_that_keeps_a_pair_apart_is_named_as_far_as_the_asker_may_know() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        let investor = |name: &str| hub.organisation(name, Kind::Investor);
        let (parent, choosy, private) =
            (investor("Parent"), investor("Choosy"), investor("Private"));
        one_house(hub, parent, kim.organisation());
        hub.document(choosy, &mandate(false));
        hub.document(private, &mandate(true));

        for (to, code) in [
            (kim.organisation(), "own_house"),
            (parent, "own_house"),
            (choosy, "must"),
            (private, "not_available"),
        ] {
            let refused = post(&kim, &body(kim.organisation(), to));
            refused.assert_error(409, "not_matchable");
            assert_eq!(refused.text("/details/code"), code);
        }
    });
}

#[test]
fn both_sides_must_be_in_the_programme() {
    on_both(|hub| {
        let (kim, ada, noor) = (hub.founder("Kim"), hub.investor("Ada"), hub.founder("Noor"));
        let programme = hub.make(|conn, now| {
            let hub = programmes::find_by_code(conn, Programme::HUB)?;
            let stored = programmes::Stored {
                id: Id::from_uuid(api::uuid_at(now)),
                code: "regen".to_owned(),
                version: 1,
                programme: Programme {
                    name: Texts::default(),
                    ..hub.programme
                },
            };
            programmes::insert(conn, &stored, None, now)?;
            programmes::insert_member(conn, stored.id, kim.organisation(), now)?;
            journal::insert_note(conn, Noun::Programme, stored.id.uuid())?;
            Ok(stored.id)
        });
        hub.catch_up();
        let within = |who: &Actor<'_>, programme: &Value| {
            let mut body = body(who.organisation(), ada.organisation());
            body["programme"] = programme.clone();
            post(who, &body)
        };

        let outside = within(&kim, &json!(programme));
        outside.assert_error(409, "not_matchable");
        assert_eq!(outside.text("/details/code"), "outside_programme");
        within(&noor, &json!(programme)).assert_error(404, "programme_not_found");
        let nowhere = hub.id::<domain::of::Programme>();
        within(&kim, &json!(nowhere)).assert_error(404, "programme_not_found");
        hub.make(|conn, now| {
            programmes::insert_member(conn, programme, ada.organisation(), now)?;
            journal::insert_note(conn, Noun::Programme, programme.uuid())
        });
        hub.catch_up();

        within(&kim, &json!(programme)).assert_status(201);
    });
}

#[test]
fn a_person_of_both_sides_acts_for_neither() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let both = hub.person("Both");
        hub.join(&both, kim.organisation(), Role::Member);
        hub.join(&both, ada.organisation(), Role::Member);

        let ask = post(&both, &body(kim.organisation(), ada.organisation()));
        ask.assert_error(403, "forbidden");
        let request = asks(&kim, &ada).assert_status(201);
        steps(&sato, &request, "approve", &json!({}));

        for (step, body) in [
            ("accept", json!({})),
            ("withdraw", json!({})),
            ("decline", json!({"reason": "too_early"})),
        ] {
            let refused = super::step(&both, &request, step, &body);
            refused.assert_error(403, "forbidden");
        }
        let seen = both.get(&path(&request, "")).assert_status(200);
        assert_eq!(seen.body["actions"], json!([]));
    });
}

#[test]
fn a_pair_has_one_open_request_for_a_purpose_whoever_asks() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let first = asks(&kim, &ada).assert_status(201);

        asks(&kim, &ada).assert_error(409, "open_request_exists");
        asks(&ada, &kim).assert_error(409, "open_request_exists");
        let mut other = body(ada.organisation(), kim.organisation());
        other["purpose"] = json!("joint_research");
        post(&ada, &other).assert_status(201);
        steps(&kim, &first, "withdraw", &json!({}));

        let mut next = body(kim.organisation(), ada.organisation());
        next["replaces"] = first.body["id"].clone();
        let next = post(&kim, &next).assert_status(201);
        assert_eq!(next.body["replaces"], first.body["id"]);
    });
}

#[test]
fn a_request_is_about_something_of_ones_own() {
    on_both(|hub| {
        let (kim, ada, noor) = (hub.founder("Kim"), hub.investor("Ada"), hub.founder("Noor"));
        let round: domain::Round =
            serde_json::from_value(json!({"stage": "financing.seed", "opened_on": "2026-10-01"}))
                .expect("a round");
        let mine = hub.document(kim.organisation(), &round);
        let theirs = hub.document(noor.organisation(), &round);
        let about = |subject: &Value| {
            let mut body = body(kim.organisation(), ada.organisation());
            body["subject"] = subject.clone();
            post(&kim, &body)
        };

        for subject in [
            json!({"about": "round", "id": theirs}),
            json!({"about": "asset", "id": mine}),
        ] {
            let refused = about(&subject);
            refused.assert_error(422, "invalid_body");
            assert_eq!(refused.fields(), ["subject.id"], "{subject}");
        }
        let subject = json!({"about": "round", "id": mine});
        assert_eq!(about(&subject).assert_status(201).body["subject"], subject);
    });
}

#[test]
fn the_named_person_is_a_member_of_the_side() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let (lee, bea) = (hub.person("Lee"), hub.person("Bea"));
        hub.join(&lee, kim.organisation(), Role::Member);
        hub.join(&bea, ada.organisation(), Role::Member);
        let naming = |person: &Actor<'_>| {
            let mut body = body(kim.organisation(), ada.organisation());
            body["person"] = json!(person.id());
            post(&kim, &body)
        };

        let stranger = naming(&sato);
        stranger.assert_error(422, "invalid_body");
        assert_eq!(stranger.fields(), ["person"]);
        let request = naming(&lee).assert_status(201);
        steps(&sato, &request, "approve", &json!({}));
        let stranger = super::step(&ada, &request, "accept", &json!({"person": lee.id()}));
        assert_eq!(stranger.fields(), ["person"]);

        let accepted = steps(&ada, &request, "accept", &json!({"person": bea.id()}));
        assert_eq!(accepted.text("/contacts/requester/email"), lee.email());
        assert_eq!(accepted.text("/contacts/counterpart/email"), bea.email());
    });
}

#[test]
fn a_request_sent_again_under_its_key_is_answered_as_the_first_time() {
    on_both(|hub| {
        let (kim, ada, noor) = (hub.founder("Kim"), hub.investor("Ada"), hub.founder("Noor"));
        let keyed = kim.with("idempotency-key", "7f3a");

        let first = asks(&keyed, &ada).assert_status(201);
        let again = asks(&keyed, &ada).assert_status(201);
        let mut other = body(kim.organisation(), ada.organisation());
        other["message"] = json!("Something else.");
        let reused = post(&keyed, &other);
        let of_another = asks(&noor.with("idempotency-key", "7f3a"), &ada).assert_status(201);

        assert_eq!(first.bytes, again.bytes);
        assert_eq!(first.etag(), again.etag());
        reused.assert_error(422, "idempotency_key_reused");
        assert_ne!(first.text("/id"), of_another.text("/id"));
        let mine = kim.get("/v1/meeting-requests");
        assert_eq!(mine.body["items"].as_array().map(Vec::len), Some(1));
    });
}

#[test]
fn a_bad_body_names_its_field_and_leaves_nothing_behind() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let good = body(kim.organisation(), ada.organisation());

        for (field, value) in [
            ("purpose", json!("friendship")),
            ("message", json!("")),
            ("message", json!("a\u{0}b")),
            ("message", json!("x".repeat(4001))),
            ("to", json!("not an id")),
            ("colour", json!("red")),
            ("replaces", json!(hub.id::<domain::of::MeetingRequest>())),
        ] {
            let mut bad = good.clone();
            bad[field] = value;
            let refused = post(&kim, &bad);
            refused.assert_error(422, "invalid_body");
            assert_eq!(refused.fields(), [field]);
        }

        let kept = hub.make(|conn, _| {
            meeting_requests::list_for_pair(conn, kim.organisation(), ada.organisation())
        });
        assert_eq!(kept, []);
        post(&kim, &good).assert_status(201);
    });
}
