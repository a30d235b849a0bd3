//! Who belongs to an organisation.

use domain::Role;
use testkit::on_both;

#[test]
fn members_know_each_other_and_others_see_nobody() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let lee = hub.person("Lee");
        hub.join(&lee, kim.organisation(), Role::Member);
        let path = format!("/v1/organisations/{}/members", kim.organisation());

        let list = lee.get(&path).assert_status(200);

        let items = list.body["items"].as_array().unwrap();
        let roles: Vec<_> = items
            .iter()
            .map(|item| {
                (
                    item["name"].as_str().unwrap(),
                    item["role"].as_str().unwrap(),
                )
            })
            .collect();
        assert!(roles.contains(&("Kim", "owner")) && roles.contains(&("Lee", "member")));
        assert!(!String::from_utf8_lossy(&list.bytes).contains('@'));
        ada.get(&path).assert_error(403, "forbidden");
        hub.founder("Noor")
            .get(&path)
            .assert_error(404, "organisation_not_found");
    });
}

#[test]
fn an_owner_removes_a_member_at_once_and_the_last_owner_stays() {
    on_both(|hub| {
        let (kim, lee) = (hub.founder("Kim"), hub.person("Lee"));
        hub.join(&lee, kim.organisation(), Role::Member);
        let own = format!("/v1/organisations/{}", kim.organisation());
        let member = |person| format!("{own}/members/{person}");

        lee.delete(&member(kim.id())).assert_error(403, "forbidden");
        kim.delete(&member(lee.id())).assert_status(204);
        kim.delete(&member(lee.id()))
            .assert_error(404, "membership_not_found");
        kim.delete(&member(kim.id()))
            .assert_error(409, "last_owner");

        lee.get(&own).assert_error(404, "organisation_not_found");
        kim.get(&own).assert_status(200);
    });
}
