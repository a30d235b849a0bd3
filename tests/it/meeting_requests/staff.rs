//! What staff may do, for whom, and what keeps them out.

use domain::{Affiliation, AffiliationKind, Id, Kind, Noun, Role};
use serde_json::{Value, json};
use store::{affiliations, journal, people};
use testkit::{Actor, Hub, on_both};

use super::{asks, path, policy, step, steps};

/// Makes somebody staff of the hub.
fn appoint(hub: &Hub, person: &Actor<'_>) {
    let programme = hub.hub_programme();
    hub.make(|conn, now| {
        people::insert_staff_grant(conn, person.id(), programme, now)?;
        journal::insert_note(conn, Noun::StaffGrant, person.id().uuid())
    });
    hub.catch_up();
}

#[test]
fn staff_decide_and_nobody_else() {
    on_both(|hub| {
        let (kim, ada, noor) = (hub.founder("Kim"), hub.investor("Ada"), hub.founder("Noor"));
        let request = asks(&kim, &ada).assert_status(201);
        let unfit = json!({"reason": "not_a_fit"});

        for (name, body) in [
            ("approve", &json!({})),
            ("reject", &unfit),
            ("return", &json!({"reason": "other"})),
        ] {
            step(&kim, &request, name, body).assert_error(403, "forbidden");
            for stranger in [&ada, &noor] {
                step(stranger, &request, name, body).assert_error(404, "meeting_request_not_found");
            }
        }
        step(&kim, &request, "decline", &json!({"reason": "other"})).assert_error(403, "forbidden");
        steps(&hub.admin("Root"), &request, "reject", &unfit);
    });
}

#[test]
fn staff_who_belong_to_the_house_of_a_side_decide_nothing() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let fund = hub.organisation("Fund", Kind::Investor);
        hub.make(|conn, now| {
            let link = Affiliation {
                from: ada.organisation(),
                to: fund,
                kind: AffiliationKind::ManagesFund,
            };
            affiliations::insert(conn, Id::from_uuid(api::uuid_at(now)), link, now)?;
            journal::insert_note(conn, Noun::Affiliation, fund.uuid())
        });
        let request = asks(&kim, &ada).assert_status(201);

        for (name, of) in [
            ("Cousin", fund),
            ("Partner", ada.organisation()),
            ("Founder", kim.organisation()),
        ] {
            let torn = hub.staff(name);
            hub.join(&torn, of, Role::Member);
            let on_behalf = json!({"on_behalf_of": "requester", "because": "By telephone."});
            step(&torn, &request, "approve", &json!({})).assert_error(403, "forbidden");
            step(&torn, &request, "withdraw", &on_behalf).assert_error(403, "forbidden");
        }
        steps(&hub.staff("Sato"), &request, "approve", &json!({}));
    });
}

#[test]
fn three_different_persons_ask_approve_and_accept() {
    on_both(|hub| {
        let (kim, lee, ada) = (hub.founder("Kim"), hub.person("Lee"), hub.investor("Ada"));
        let (sato, ito) = (hub.staff("Sato"), hub.staff("Ito"));
        hub.join(&lee, kim.organisation(), Role::Member);
        let lees = lee.post(
            "/v1/meeting-requests",
            &super::body(kim.organisation(), ada.organisation()),
        );
        let request = lees.assert_status(201);

        // Who asked has left the startup since, and is staff now.
        hub.make(|conn, _| {
            people::delete_membership(conn, lee.id(), kim.organisation())?;
            journal::insert_note(conn, Noun::Membership, lee.id().uuid())
        });
        appoint(hub, &lee);
        step(&lee, &request, "approve", &json!({})).assert_error(409, "same_person");
        steps(&sato, &request, "approve", &json!({}));
        // Who approved has joined the investor since.
        hub.join(&sato, ada.organisation(), Role::Member);
        step(&sato, &request, "accept", &json!({})).assert_error(409, "same_person");
        step(&ito, &request, "accept", &json!({})).assert_error(403, "forbidden");

        steps(&ada, &request, "accept", &json!({}));
    });
}

#[test]
fn staff_act_for_a_side_with_a_reason_that_the_side_is_shown() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let request = asks(&kim, &ada).assert_status(201);
        let because = "Ada said so on the telephone.";
        let decline = |body: &Value| step(&sato, &request, "decline", body);
        steps(&sato, &request, "approve", &json!({}));

        let bare = json!({"reason": "too_early", "on_behalf_of": "counterpart"});
        assert_eq!(decline(&bare).fields(), ["because"]);
        let whole =
            json!({"reason": "too_early", "on_behalf_of": "counterpart", "because": because});
        decline(&json!({"reason": "too_early"})).assert_error(403, "forbidden");
        decline(&whole).assert_status(200);

        let last = |who: &Actor<'_>| {
            let seen = who.get(&path(&request, "")).assert_status(200);
            seen.body["history"]
                .as_array()
                .and_then(|steps| steps.last().cloned())
                .expect("a step")
        };
        assert_eq!(last(&ada)["on_behalf"], because);
        assert_eq!(last(&ada)["party"], "counterpart");
        assert_eq!(last(&sato)["person"]["name"], "Sato");
        assert_eq!(last(&kim)["on_behalf"], Value::Null);
        assert_eq!(last(&ada)["person"], Value::Null);
    });
}

#[test]
fn nobody_accepts_for_somebody_else() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let request = asks(&kim, &ada).assert_status(201);
        steps(&sato, &request, "approve", &json!({}));

        for side in ["counterpart", "requester"] {
            let body = json!({"on_behalf_of": side, "because": "By telephone."});
            let other = hub.staff(&format!("Ito {side}"));
            step(&other, &request, "accept", &body).assert_error(403, "forbidden");
            step(&kim, &request, "withdraw", &body).assert_error(403, "forbidden");
        }
    });
}

#[test]
fn who_submitted_for_the_requester_does_not_approve() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let (sato, ito) = (hub.staff("Sato"), hub.staff("Ito"));
        let request = asks(&kim, &ada).assert_status(201);
        steps(&sato, &request, "return", &json!({"reason": "incomplete"}));

        let on_behalf = json!({"on_behalf_of": "requester", "because": "Kim wrote by mail."});
        steps(&sato, &request, "submit", &on_behalf);

        step(&sato, &request, "approve", &json!({})).assert_error(409, "same_person");
        let sees = |who: &Actor<'_>| who.get(&path(&request, "")).body["actions"].clone();
        assert_eq!(sees(&sato), json!(["reject", "return"]));
        assert_eq!(sees(&ito), json!(["approve", "reject", "return"]));
        steps(&ito, &request, "approve", &json!({}));
    });
}

#[test]
fn nothing_is_approved_without_the_required_ticks() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let item = json!({
            "code": "antisocial_forces", "required": true,
            "label": {"en": "No ties to antisocial forces", "ja": "反社会的勢力との関係なし"},
        });
        policy(hub, |programme| {
            programme.checklist = vec![serde_json::from_value(item).expect("an item")];
        });
        let request = asks(&kim, &ada).assert_status(201);

        for ticks in [json!([]), json!(["antisocial_forces", "colour"])] {
            let refused = step(&sato, &request, "approve", &json!({"ticks": ticks}));
            refused.assert_error(422, "invalid_body");
            assert_eq!(refused.fields(), ["ticks"]);
        }
        let approve = json!({"ticks": ["antisocial_forces"]});
        let approved = steps(&sato, &request, "approve", &approve);

        assert_eq!(approved.body["history"][1]["ticks"], approve["ticks"]);
        let seen = kim.get(&path(&request, ""));
        assert_eq!(seen.body["history"][1]["ticks"], Value::Null);
        assert_eq!(seen.body["history"][1]["person"], Value::Null);
    });
}
