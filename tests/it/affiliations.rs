//! Links between organisations.

use domain::{Kind, Visibility};
use serde_json::{Value, json};
use testkit::{Actor, on_both};

fn place(of: &Actor<'_>) -> String {
    format!("/v1/organisations/{}/affiliations", of.organisation())
}

#[test]
fn an_owner_links_an_organisation_and_either_side_ends_the_link() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let link =
            json!({"from": ada.organisation(), "to": kim.organisation(), "kind": "parent_of"});

        let made = kim.post(&place(&kim), &link).assert_status(201);
        kim.post(&place(&kim), &link)
            .assert_error(409, "already_affiliated");

        assert_eq!(ada.get(&place(&ada)).body["items"], json!([made.body]));
        let path = format!("{}/{}", place(&ada), made.text("/id"));
        ada.delete(&path).assert_status(204);
        ada.delete(&path).assert_error(404, "affiliation_not_found");
        assert_eq!(kim.get(&place(&kim)).body["items"], json!([]));
        kim.post(&place(&kim), &link).assert_status(201);
    });
}

#[test]
fn a_link_has_two_sides_one_of_them_own_and_the_other_to_be_seen() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let rival = hub.organisation("Rival", Kind::Startup);
        let nobody: domain::OrganisationId = hub.id();
        let own = kim.organisation();
        let link = |from, to| {
            let link = json!({"from": from, "to": to, "kind": "resident_of"});
            kim.post(&place(&kim), &link)
        };
        let bare = |reply: testkit::Reply| {
            let mut body = reply.body;
            body["request_id"] = Value::Null;
            body
        };

        assert_eq!(link(own, own).fields(), ["to"]);
        assert_eq!(link(ada.organisation(), rival).fields(), ["from"]);
        let (hidden, absent) = (link(own, rival), link(own, nobody));
        hidden.assert_error(422, "invalid_body");
        assert_eq!(hidden.fields(), ["to"]);
        assert_eq!(bare(hidden), bare(absent));
    });
}

#[test]
fn others_see_the_links_to_whom_they_may_see() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        for (name, hidden) in [("Open", false), ("Hidden", true)] {
            let other = hub.organisation(name, Kind::Incubator);
            let link = json!({"from": kim.organisation(), "to": other, "kind": "resident_of"});
            kim.post(&place(&kim), &link).assert_status(201);
            let visibility = Visibility {
                hidden,
                opted_in: true,
                ..Visibility::default()
            };
            hub.document(other, &visibility);
        }

        let seen = ada.get(&place(&kim)).assert_status(200);

        assert_eq!(seen.body["items"].as_array().unwrap().len(), 1);
        assert_eq!(seen.text("/items/0/to/name"), "Open");
        let own = kim.get(&place(&kim));
        assert_eq!(own.body["items"].as_array().unwrap().len(), 2);
    });
}
