//! People, as admins deal with them.

use serde_json::json;
use testkit::{hub::PASSWORD, on_both};

#[test]
fn who_is_suspended_is_out_at_once_and_comes_back_by_signing_in_again() {
    on_both(|hub| {
        let (root, kim) = (hub.admin("Root"), hub.founder("Kim"));
        let path = |step| format!("/v1/people/{}/{step}", kim.id());
        let credentials = json!({"email": kim.email(), "password": PASSWORD});

        root.post(&path("suspend"), &json!({})).assert_status(204);
        kim.post(
            "/v1/organisations",
            &json!({"kind": "startup", "profile": {"names": {"en": "A"}}}),
        )
        .assert_error(401, "unauthenticated");
        kim.get("/v1/me").assert_error(401, "unauthenticated");
        hub.nobody()
            .post("/v1/sessions", &credentials)
            .assert_error(401, "wrong_credentials");
        root.post(&path("reinstate"), &json!({})).assert_status(204);

        kim.get("/v1/me").assert_error(401, "unauthenticated");
        kim.on_another_device().get("/v1/me").assert_status(200);
    });
}

#[test]
fn admins_alone_suspend_and_never_themselves() {
    on_both(|hub| {
        let (root, kim) = (hub.admin("Root"), hub.founder("Kim"));
        let suspend = |id| format!("/v1/people/{id}/suspend");

        hub.staff("Sato")
            .post(&suspend(kim.id()), &json!({}))
            .assert_error(403, "forbidden");
        root.post(&suspend(root.id()), &json!({}))
            .assert_error(403, "forbidden");
        root.post(&suspend(hub.id()), &json!({}))
            .assert_error(404, "person_not_found");
    });
}
