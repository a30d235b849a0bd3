//! What is kept of a person: to take along, and to be forgotten.

use domain::Role;
use serde_json::json;
use testkit::{hub::PASSWORD, on_both, schema::Schema};

use crate::meeting_requests::{asks, path, steps};

#[test]
fn a_person_takes_along_all_that_is_kept_of_them_and_nothing_of_others() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let request = asks(&kim, &ada).assert_status(201);
        steps(&sato, &request, "approve", &json!({}));
        steps(&ada, &request, "accept", &json!({}));
        let marks = format!(
            "/v1/organisations/{}/marks/{}",
            kim.organisation(),
            ada.organisation()
        );
        kim.put(&marks, &json!({"mark": "bookmark", "note": "My note"}))
            .assert_status(204);

        let export = kim.get("/v1/me/export").assert_status(200);

        assert_eq!(export.text("/person/email"), kim.email());
        assert_eq!(export.text("/meeting_requests/0/id"), request.text("/id"));
        assert!(
            export
                .text("/meeting_requests/0/message")
                .contains("heart muscle")
        );
        assert_eq!(export.text("/records/marks/0/note"), "My note");
        assert_eq!(export.text("/records/memberships/0/role"), "owner");
        for kind in [
            "sessions",
            "steps",
            "audit",
            "invitations",
            "replies",
            "consents",
            "availability",
            "calendar_feeds",
            "meetings_helped_at",
        ] {
            assert!(export.body["records"][kind].is_array(), "{kind}");
        }
        let said = String::from_utf8_lossy(&export.bytes);
        for other in [ada.email(), sato.email()] {
            assert!(!said.contains(other), "{other}");
        }
        hub.nobody()
            .get("/v1/me/export")
            .assert_error(401, "unauthenticated");
    });
}

#[test]
fn an_erased_person_is_nobody_any_more_and_the_audit_still_holds() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let lee = hub.person("Lee");
        hub.join(&lee, kim.organisation(), Role::Owner);
        let request = asks(&kim, &ada).assert_status(201);
        steps(&sato, &request, "approve", &json!({}));
        steps(&ada, &request, "accept", &json!({}));
        let ask = |column: &str, table: &str| {
            let question = format!("SELECT CAST({column} AS TEXT) AS line FROM {table}");
            Schema::of(hub.database_url()).ask(&question)
        };
        kim.post("/v1/me/calendar-feed", &json!({}))
            .assert_status(201);
        let hours = json!({"zone": "Asia/Tokyo", "weekly": []});
        kim.put("/v1/me/availability", &hours).assert_status(201);
        let audit = ask("count(*)", "audit WHERE noun = 'meeting_request'");

        let erase = |password: &str, confirm: &str| {
            let body = json!({"password": password, "confirm": confirm});
            kim.post("/v1/me/erase", &body)
        };
        let unsure = erase(PASSWORD, "yes");
        unsure.assert_error(422, "invalid_body");
        assert_eq!(unsure.fields(), ["confirm"]);
        erase("wrong password", "erase").assert_error(401, "wrong_credentials");
        erase(PASSWORD, "erase").assert_status(204);

        hub.catch_up();
        kim.get("/v1/me").assert_error(401, "unauthenticated");
        hub.nobody()
            .post(
                "/v1/sessions",
                &json!({"email": kim.email(), "password": PASSWORD}),
            )
            .assert_error(401, "wrong_credentials");
        let seen = ada.get(&path(&request, "")).assert_status(200);
        assert_eq!(seen.text("/state"), "cancelled");
        assert_eq!(seen.text("/reason"), "party_erased");
        for table in ["people", "invitations", "answer_links"] {
            assert!(!ask("email", table).iter().any(|email| email == kim.email()));
        }
        assert_eq!(ask("count(*)", "calendar_feeds"), ["0"]);
        assert_eq!(ask("count(*)", "availability"), ["0"]);
        assert!(!ask("name", "people").iter().any(|name| name == "Kim"));
        let after = ask("count(*)", "audit WHERE noun = 'meeting_request'");
        assert!(after[0].parse::<u32>().unwrap() > audit[0].parse::<u32>().unwrap());
        let staff = sato.get(&path(&request, "")).assert_status(200);
        assert_eq!(staff.text("/history/0/person/name"), "Erased");
        lee.get(&path(&request, "")).assert_status(200);
    });
}

#[test]
fn the_last_owner_leaves_nobody_behind() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        let erase = json!({"password": PASSWORD, "confirm": "erase"});

        kim.post("/v1/me/erase", &erase)
            .assert_error(409, "last_owner");

        kim.get("/v1/me").assert_status(200);
    });
}
