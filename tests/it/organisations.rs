//! Organisations: made, seen as far as each may, reviewed, put away.

use domain::{
    AffiliationKind, BlockList, Contacts, Kind, MeetingRequest, Purpose, Role, Round, Visibility,
};
use serde_json::{Value, json};
use store::{affiliations, journal, meeting_requests, people, programmes};
use testkit::{Actor, Hub, Reply, on_both};

fn startup(name: &str) -> Value {
    json!({"kind": "startup", "profile": {"names": {"en": name}, "home": "JP-27"}})
}

fn create(actor: &Actor<'_>, body: &Value) -> Reply {
    actor.post("/v1/organisations", body).assert_status(201)
}

fn path(id: impl std::fmt::Display) -> String {
    format!("/v1/organisations/{id}")
}

fn step(actor: &Actor<'_>, organisation: &str, step: &str) -> Reply {
    actor.post(
        &format!("/v1/organisations/{organisation}/{step}"),
        &json!({}),
    )
}

/// A request of `from`'s organisation to `to`'s, let through by the policy.
fn ask(hub: &Hub, from: &Actor<'_>, to: &Actor<'_>) -> domain::MeetingRequestId {
    let id = hub.id();
    hub.make(|conn, now| {
        let stored = programmes::find_by_code(conn, domain::Programme::HUB)?;
        let policy = domain::Programme {
            review: domain::ReviewPolicy::Never,
            ..stored.programme
        };
        let ask = domain::Ask {
            id,
            programme: stored.id,
            from: domain::Side {
                organisation: from.organisation(),
                person: Some(from.id()),
            },
            to: domain::Side {
                organisation: to.organisation(),
                person: None,
            },
            purpose: Purpose::Fundraising,
            subject: None,
            message: "May we meet?".parse().unwrap(),
            requested_by: from.id(),
            replaces: None,
        };
        let judged = domain::Judged {
            programme: &policy,
            version: stored.version,
            points: 0,
        };
        meeting_requests::insert(conn, &MeetingRequest::ask(ask, judged, now))
    });
    id
}

/// The counterpart accepts.
fn accept(hub: &Hub, id: domain::MeetingRequestId, by: &Actor<'_>) {
    hub.make(|conn, now| {
        let request = meeting_requests::find(conn, id)?;
        let stored = programmes::find(conn, request.programme)?;
        let judged = domain::Judged {
            programme: &stored.programme,
            version: stored.version,
            points: 0,
        };
        let actor = domain::Actor {
            party: domain::Party::Counterpart,
            person: Some(by.id()),
            on_behalf: None,
        };
        let made = domain::Move::bare(domain::Step::Accept);
        let accepted = request.apply(made, &actor, judged, now).unwrap();
        meeting_requests::save(conn, &accepted)
    });
}

#[test]
fn who_makes_an_organisation_owns_it_and_it_is_a_draft_that_others_do_not_see() {
    on_both(|hub| {
        let (kim, ada) = (hub.person("Kim"), hub.investor("Ada"));

        let made = create(&kim, &startup("Cell"));

        let place = made.header("location").unwrap().to_owned();
        assert_eq!(place, path(made.text("/id")));
        assert_eq!(kim.get(&place).body, made.body);
        assert_eq!(made.text("/review"), "draft");
        let me = kim.get("/v1/me");
        assert_eq!(me.text("/memberships/0/role"), "owner");
        ada.get(&place).assert_error(404, "organisation_not_found");
    });
}

#[test]
fn a_repeat_under_one_idempotency_key_makes_one_organisation() {
    on_both(|hub| {
        let kim = hub.person("Kim").with("idempotency-key", "one");

        let (first, again) = (
            create(&kim, &startup("Cell")),
            create(&kim, &startup("Cell")),
        );

        assert_eq!(first.bytes, again.bytes);
        kim.post("/v1/organisations", &startup("Other"))
            .assert_error(422, "idempotency_key_reused");
    });
}

#[test]
fn staff_alone_make_an_organisation_that_nobody_owns() {
    on_both(|hub| {
        let (kim, sato) = (hub.person("Kim"), hub.staff("Sato"));
        let mut body = startup("Cell");
        body["unclaimed"] = json!(true);

        kim.post("/v1/organisations", &body)
            .assert_error(403, "forbidden");
        create(&sato, &body);

        assert_eq!(sato.get("/v1/me").body["memberships"], json!([]));
    });
}

#[test]
fn the_review_goes_from_draft_over_a_rejection_to_the_list() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.person("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let id = create(&kim, &startup("Cell")).text("/id").to_owned();

        step(&sato, &id, "approve").assert_error(409, "review_state");
        let submitted = step(&kim, &id, "submit").assert_status(200);
        assert_eq!(submitted.text("/review"), "submitted");
        let queue = sato.get("/v1/organisations?review=submitted");
        assert_eq!(queue.text("/items/0/id"), id);
        let no = json!({"reason": "incomplete"});
        sato.post(&format!("{}/reject", path(&id)), &no)
            .assert_status(200);
        assert_eq!(kim.get(&path(&id)).text("/review_reason"), "incomplete");
        step(&kim, &id, "submit").assert_status(200);
        step(&sato, &id, "approve").assert_status(200);

        let seen = ada.get(&path(&id)).assert_status(200);
        assert_eq!(seen.text("/name"), "Cell");
        assert_eq!(seen.body["review"], Value::Null);
    });
}

#[test]
fn who_belongs_to_the_house_of_an_organisation_does_not_review_it() {
    on_both(|hub| {
        let (kim, sato) = (hub.person("Kim"), hub.staff("Sato"));
        let id = create(&kim, &startup("Cell")).text("/id").to_owned();
        step(&kim, &id, "submit").assert_status(200);
        let parent = hub.organisation("Parent", Kind::Corporate);
        hub.join(&sato, parent, Role::Member);
        hub.make(|conn, now| {
            let link = domain::Affiliation {
                from: parent,
                to: id.parse().unwrap(),
                kind: AffiliationKind::ParentOf,
            };
            affiliations::insert(conn, hub.id(), link, now)?;
            journal::insert_note(conn, domain::Noun::Affiliation, parent.uuid())
        });
        hub.catch_up();

        step(&sato, &id, "approve").assert_error(403, "forbidden");
        step(&kim, &id, "approve").assert_error(403, "forbidden");
        step(&hub.admin("Root"), &id, "approve").assert_status(200);
    });
}

#[test]
fn the_queue_of_the_review_is_for_staff_and_its_pages_joined_are_the_list() {
    on_both(|hub| {
        let (kim, sato) = (hub.person("Kim"), hub.staff("Sato"));
        for number in 0..5 {
            let id = create(&kim, &startup(&format!("Cell {number}")));
            step(&kim, id.text("/id"), "submit").assert_status(200);
        }
        kim.get("/v1/organisations?review=submitted")
            .assert_error(403, "forbidden");

        let ids = |list: &Reply| -> Vec<String> {
            let items = list.body["items"].as_array().unwrap();
            items.iter().map(|item| item["id"].to_string()).collect()
        };
        let query = "/v1/organisations?review=submitted";
        let first = sato.get(&format!("{query}&limit=3")).assert_status(200);
        let cursor = first.text("/next_cursor");
        let second = sato.get(&format!("{query}&limit=3&cursor={cursor}"));

        let joined = [ids(&first), ids(&second)].concat();
        assert_eq!(joined, ids(&sato.get(&format!("{query}&limit=100"))));
        assert_eq!(joined.len(), 5);
    });
}

#[test]
fn what_one_may_not_see_is_answered_as_what_is_not_there() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let rival = hub.organisation("Rival", Kind::Startup);
        let hidden = hub.organisation("Hidden", Kind::Investor);
        hub.document(
            hidden,
            &Visibility {
                hidden: true,
                ..Visibility::default()
            },
        );
        let blocking = hub.organisation("Blocking", Kind::Investor);
        hub.document(
            blocking,
            &BlockList {
                organisations: vec![kim.organisation()],
                names: Vec::new(),
            },
        );
        let draft = create(&ada, &startup("Draft")).text("/id").parse().unwrap();
        let nobody: domain::OrganisationId = hub.id();

        let bare = |reply: Reply| {
            let mut body = reply.body;
            body["request_id"] = Value::Null;
            body
        };
        let expected = bare(kim.get(&path(nobody)));
        for unseen in [rival, hidden, blocking, draft] {
            let answer = kim.get(&path(unseen));
            answer.assert_error(404, "organisation_not_found");
            assert_eq!(bare(answer), expected);
        }
        kim.get(&path("nonsense"))
            .assert_error(404, "organisation_not_found");
        kim.get(&path(ada.organisation())).assert_status(200);
    });
}

#[test]
fn a_stranger_without_an_organisation_sees_none() {
    on_both(|hub| {
        let (kim, ada) = (hub.person("Kim"), hub.investor("Ada"));

        kim.get(&path(ada.organisation()))
            .assert_error(404, "organisation_not_found");
        hub.nobody()
            .get(&path(ada.organisation()))
            .assert_error(401, "unauthenticated");
    });
}

#[test]
fn the_other_side_of_a_request_sees_more_with_its_approval_and_contacts_with_its_acceptance() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let round: Round = serde_json::from_value(json!({
            "stage": "financing.seed", "opened_on": "2026-09-01",
            "amount": {"minor_units": 123_456_789, "currency": "JPY"}
        }))
        .unwrap();
        hub.document(kim.organisation(), &round);
        hub.document(
            kim.organisation(),
            &Contacts {
                phone: "+81-6-1111-2222".parse().ok(),
                ..Contacts::default()
            },
        );
        let seen = || ada.get(&path(kim.organisation())).assert_status(200);
        let amount = |reply: &Reply| reply.body["rounds"][0]["document"]["amount"].clone();

        let before = seen();
        assert_eq!(amount(&before), Value::Null);
        assert_eq!(before.text("/rounds/0/document/amount_band"), "500k_1m");
        let request = ask(hub, &kim, &ada);
        let approved = seen();
        assert_eq!(amount(&approved)["minor_units"], 123_456_789);
        assert_eq!(approved.body["contacts"], Value::Null);
        accept(hub, request, &ada);

        assert_eq!(seen().text("/contacts/phone"), "+81-6-1111-2222");
        let stranger = hub.investor("Ben").get(&path(kim.organisation()));
        assert_eq!(amount(&stranger), Value::Null);
    });
}

#[test]
fn archiving_closes_open_requests_and_leaves_members_to_read() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let request = ask(hub, &kim, &ada);
        let id = kim.organisation().to_string();

        step(&ada, &id, "archive").assert_error(403, "forbidden");
        step(&kim, &id, "archive").assert_status(200);

        hub.make(|conn, now| {
            let closed = meeting_requests::find(conn, request)?;
            assert_eq!(closed.state_at(now), domain::State::Cancelled);
            assert_eq!(closed.reason, Some(domain::Reason::PartyArchived));
            let steps = meeting_requests::list_steps(conn, request)?;
            assert_eq!(steps[0].party, domain::Party::System);
            let rows = journal::list_for(conn, domain::Noun::MeetingRequest, request.uuid())?;
            assert_eq!(rows[0].action, "close");
            Ok(())
        });
        ada.get(&path(&id))
            .assert_error(404, "organisation_not_found");
        let own = kim.get(&path(&id)).assert_status(200);
        assert!(own.body["archived_at"].is_string());
        kim.put(&format!("{}/contacts", path(&id)), &json!({}))
            .assert_error(403, "forbidden");
        step(&kim, &id, "archive").assert_error(409, "review_state");
    });
}

#[test]
fn members_of_a_suspended_organisation_read_and_do_not_write() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let id = kim.organisation().to_string();

        step(&sato, &id, "suspend").assert_status(200);

        assert_eq!(kim.get(&path(&id)).text("/review"), "suspended");
        kim.put(&format!("{}/contacts", path(&id)), &json!({}))
            .assert_error(403, "forbidden");
        step(&kim, &id, "archive").assert_error(403, "forbidden");
        ada.get(&path(&id))
            .assert_error(404, "organisation_not_found");
        step(&sato, &id, "approve").assert_status(200);
        ada.get(&path(&id)).assert_status(200);
    });
}

#[test]
fn another_system_keeps_an_organisation_in_step_and_unchanged_it_writes_nothing() {
    on_both(|hub| {
        let sato = hub.staff("Sato");
        let place = "/v1/organisations/by-external-id/crm%2F7";
        let mut record = startup("Cell");
        record["rounds"] = json!([{"external_id": "r1", "document":
            {"stage": "financing.seed", "opened_on": "2026-09-01"}}]);
        hub.person("Kim")
            .put(place, &record)
            .assert_error(403, "forbidden");

        let made = sato.put(place, &record).assert_status(201);
        assert_eq!(made.text("/external_id"), "crm/7");
        assert_eq!(made.text("/review"), "submitted");
        let audited = || {
            let id: domain::OrganisationId = made.text("/id").parse().unwrap();
            let round: uuid::Uuid = made.text("/rounds/0/id").parse().unwrap();
            hub.make(|conn, _| {
                let organisation = journal::list_for(conn, domain::Noun::Organisation, id.uuid())?;
                let round = journal::list_for(conn, domain::Noun::Round, round)?;
                Ok((organisation.len(), round.len()))
            })
        };
        let again = sato.put(place, &record).assert_status(200);
        assert_eq!(again.body, made.body);
        assert_eq!(audited(), (1, 1));
        record["rounds"][0]["document"]["closed"] = json!(true);
        let changed = sato.put(place, &record).assert_status(200);

        assert_eq!(changed.body["rounds"][0]["version"], 2);
        assert_eq!(changed.body["rounds"][0]["document"]["closed"], true);
        assert_eq!(audited(), (1, 2));
        record["kind"] = json!("investor");
        let refused = sato.put(place, &record);
        refused.assert_error(422, "invalid_body");
        assert_eq!(refused.fields(), ["kind"]);
    });
}

#[test]
fn a_bad_field_is_named_and_nothing_is_written() {
    on_both(|hub| {
        let kim = hub.person("Kim");

        for (body, field) in [
            (
                json!({"kind": "bank", "profile": {"names": {"en": "A"}}}),
                "kind",
            ),
            (json!({"kind": "startup"}), "profile"),
            (
                json!({"kind": "startup", "profile": {"names": {}}}),
                "profile.names",
            ),
            (
                json!({"kind": "startup", "profile": {"names": {"en": "A\u{0}"}}}),
                "profile.names.en",
            ),
            (
                json!({"kind": "startup", "profile": {"names": {"en": "A"}, "stages": ["financing"]}}),
                "profile.stages[0]",
            ),
        ] {
            let answer = kim.post("/v1/organisations", &body);
            answer.assert_error(422, "invalid_body");
            assert_eq!(answer.fields(), [field], "{body}");
        }

        let memberships = hub
            .make(|conn, _| people::find_principal(conn, kim.id()))
            .memberships;
        assert!(memberships.is_empty());
    });
}
