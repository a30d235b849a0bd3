//! Invitations by link.

use domain::Role;
use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::{Actor, Hub, hub::PASSWORD, on_both};

/// The token of an invitation of `email` to the organisation of `owner`.
fn invite(owner: &Actor<'_>, email: &str, role: &str) -> String {
    let body = json!({"email": email, "organisation": owner.organisation(), "role": role});
    let made = owner.post("/v1/invitations", &body).assert_status(201);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    made.text("/token").to_owned()
}

fn newcomer(token: &str) -> Value {
    json!({"token": token, "name": "Lee", "password": PASSWORD, "language": "ja"})
}

fn accept(hub: &Hub, body: &Value) -> testkit::Reply {
    hub.nobody().post("/v1/invitations/accept", body)
}

#[test]
fn somebody_new_accepts_signs_in_and_is_a_member() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        let token = invite(&kim, "Lee@new.example", "member");

        let accepted = accept(hub, &newcomer(&token)).assert_status(201);

        assert_eq!(accepted.text("/role"), "member");
        let credentials = json!({"email": "lee@new.example", "password": PASSWORD});
        let tokens = hub.nobody().post("/v1/sessions", &credentials);
        let lee = hub.nobody().with_token(tokens.text("/access_token"));
        let me = lee.get("/v1/me").assert_status(200);
        assert_eq!(
            me.text("/memberships/0/organisation/id"),
            kim.organisation().to_string()
        );
        accept(hub, &newcomer(&token)).assert_error(404, "invitation_not_found");
    });
}

#[test]
fn who_has_an_account_signs_in_to_accept_and_nobody_else_does() {
    on_both(|hub| {
        let (kim, lee, ben) = (hub.founder("Kim"), hub.person("Lee"), hub.person("Ben"));
        let token = invite(&kim, lee.email(), "owner");
        let body = json!({"token": token});

        accept(hub, &newcomer(&token)).assert_error(401, "unauthenticated");
        ben.post("/v1/invitations/accept", &body)
            .assert_error(403, "forbidden");
        lee.post("/v1/invitations/accept", &body).assert_status(201);

        let me = lee.get("/v1/me");
        assert_eq!(me.text("/memberships/0/role"), "owner");
    });
}

#[test]
fn an_owner_who_is_invited_as_a_member_stays_an_owner() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        let token = invite(&kim, kim.email(), "member");

        kim.post("/v1/invitations/accept", &json!({"token": token}))
            .assert_status(201);

        assert_eq!(kim.get("/v1/me").text("/memberships/0/role"), "owner");
    });
}

#[test]
fn a_link_is_good_for_fourteen_days() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        let token = invite(&kim, "lee@new.example", "member");

        hub.pass(SignedDuration::from_hours(24 * 14));

        accept(hub, &newcomer(&token)).assert_error(404, "invitation_not_found");
    });
}

#[test]
fn members_do_not_invite_and_staff_of_a_programme_invite_onto_its_staff() {
    on_both(|hub| {
        let (kim, lee) = (hub.founder("Kim"), hub.person("Lee"));
        hub.join(&lee, kim.organisation(), Role::Member);
        let member =
            json!({"email": "a@new.example", "organisation": kim.organisation(), "role": "owner"});
        let staff = json!({"email": "lee@new.example", "programme": hub.hub_programme()});

        lee.post("/v1/invitations", &member)
            .assert_error(403, "forbidden");
        kim.post("/v1/invitations", &staff)
            .assert_error(403, "forbidden");
        let made = hub.staff("Sato").post("/v1/invitations", &staff);
        let token = made.assert_status(201).text("/token").to_owned();

        let accepted = accept(hub, &newcomer(&token)).assert_status(201);
        assert_eq!(accepted.text("/programme"), hub.hub_programme().to_string());
    });
}

#[test]
fn an_invitation_is_to_one_thing_and_a_newcomer_says_who_they_are() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        let id = kim.organisation();
        for (body, field) in [
            (json!({"email": "a@b.example"}), "organisation"),
            (json!({"email": "a@b.example", "organisation": id}), "role"),
            (
                json!({"email": "a@b.example", "organisation": id, "role": "owner", "programme": id}),
                "organisation",
            ),
            (
                json!({"email": "nobody", "organisation": id, "role": "owner"}),
                "email",
            ),
        ] {
            let answer = kim.post("/v1/invitations", &body);
            answer.assert_error(422, "invalid_body");
            assert_eq!(answer.fields(), [field], "{body}");
        }

        let token = invite(&kim, "lee@new.example", "member");
        for field in ["name", "password", "language"] {
            let mut body = newcomer(&token);
            body.as_object_mut().unwrap().remove(field);
            let answer = accept(hub, &body);
            answer.assert_error(422, "invalid_body");
            assert_eq!(answer.fields(), [field]);
        }
        let mut short = newcomer(&token);
        short["password"] = json!("short");
        assert_eq!(accept(hub, &short).fields(), ["password"]);
    });
}
