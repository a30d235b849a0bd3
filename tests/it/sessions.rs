//! Sign-in, refresh and sign-out.

use serde_json::json;
use testkit::{Reply, hub::PASSWORD, on_both};

#[test]
fn a_person_signs_in_and_learns_who_they_are() {
    on_both(|hub| {
        let kim = hub.founder("Kim");

        let me = kim.get("/v1/me").assert_status(200);

        assert_eq!(me.text("/name"), "Kim");
        assert_eq!(me.text("/memberships/0/organisation/name"), "Kim startup");
        assert_eq!(me.text("/memberships/0/role"), "owner");
    });
}

#[test]
fn a_wrong_password_and_an_unknown_address_are_answered_alike() {
    on_both(|hub| {
        let kim = hub.person("Kim");

        let wrong = json!({"email": kim.email(), "password": "not the password"});
        let unknown = json!({"email": "nobody@people.example", "password": PASSWORD});
        let answers = [&wrong, &unknown].map(|body| hub.nobody().post("/v1/sessions", body));

        for answer in &answers {
            answer.assert_error(401, "wrong_credentials");
        }
        assert_eq!(answers[0].body["detail"], answers[1].body["detail"]);
    });
}

#[test]
fn a_refresh_token_is_good_once_and_a_copy_ends_the_session() {
    on_both(|hub| {
        let kim = hub.person("Kim");
        let stolen = json!({"refresh_token": kim.refresh_token()});
        let fresh = hub
            .nobody()
            .post("/v1/sessions/refresh", &stolen)
            .assert_status(200);

        hub.nobody()
            .post("/v1/sessions/refresh", &stolen)
            .assert_error(401, "wrong_refresh_token");

        let next = json!({"refresh_token": fresh.text("/refresh_token")});
        hub.nobody()
            .post("/v1/sessions/refresh", &next)
            .assert_error(401, "wrong_refresh_token");
        kim.with_token(fresh.text("/access_token"))
            .get("/v1/me")
            .assert_error(401, "unauthenticated");
    });
}

#[test]
fn signing_out_everywhere_voids_every_token_and_signing_out_here_one() {
    on_both(|hub| {
        let desk = hub.person("Kim");
        let (phone, tablet) = (desk.on_another_device(), desk.on_another_device());

        phone.delete("/v1/sessions/current").assert_status(204);
        phone.get("/v1/me").assert_error(401, "unauthenticated");
        desk.get("/v1/me").assert_status(200);
        desk.delete("/v1/sessions").assert_status(204);

        for device in [&desk, &tablet] {
            device.get("/v1/me").assert_error(401, "unauthenticated");
        }
    });
}

#[test]
fn a_guesser_of_passwords_is_told_to_wait() {
    on_both(|hub| {
        let kim = hub.person("Kim");
        let guess = json!({"email": kim.email(), "password": "guess after guess"});

        let guesses: Vec<Reply> = (0..12)
            .map(|_| hub.nobody().post("/v1/sessions", &guess))
            .collect();

        let last = &guesses[11];

        last.assert_error(429, "too_many_requests");
        let wait: u32 = last.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=3600).contains(&wait), "{wait}");
    });
}
