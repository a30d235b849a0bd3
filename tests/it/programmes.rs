//! Programmes: made by admins, run by their staff, known to those in them.

use serde_json::{Value, json};
use testkit::{Actor, Reply, on_both};

fn policy(name: &str) -> Value {
    json!({"name": {"en": name}, "review": {"when": "always"}})
}

fn create(admin: &Actor<'_>, code: &str) -> Reply {
    let body = json!({"code": code, "policy": policy("Regen")});
    admin.post("/v1/programmes", &body)
}

#[test]
fn a_programme_is_known_to_those_in_it_and_its_policy_to_its_staff() {
    on_both(|hub| {
        let (root, kim, sato) = (hub.admin("Root"), hub.founder("Kim"), hub.person("Sato"));
        let made = create(&root, "regen").assert_status(201);
        let path = made.header("location").unwrap();
        let nothing = json!({});

        kim.get(path).assert_error(404, "programme_not_found");
        root.put(&format!("{path}/staff/{}", sato.id()), &nothing)
            .assert_status(204);
        root.put(
            &format!("{path}/organisations/{}", kim.organisation()),
            &nothing,
        )
        .assert_status(204);

        let seen = kim.get(path).assert_status(200);
        assert_eq!(seen.text("/name"), "Regen");
        assert_eq!(seen.body["policy"], Value::Null);
        assert_eq!(sato.get(path).text("/policy/review/when"), "always");
        let codes = |of: &Actor<'_>| {
            let list = of.get("/v1/programmes");
            let items = list.body["items"].as_array().unwrap().clone();
            items
                .iter()
                .map(|item| item["code"].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(codes(&kim), ["hub", "regen"]);
        sato.delete(&format!("{path}/organisations/{}", kim.organisation()))
            .assert_status(204);
        kim.get(path).assert_error(404, "programme_not_found");
        root.delete(&format!("{path}/staff/{}", sato.id()))
            .assert_status(204);
        sato.get(path).assert_error(404, "programme_not_found");
    });
}

#[test]
fn its_staff_change_a_programme_in_the_version_they_read() {
    on_both(|hub| {
        let sato = hub.staff("Sato");
        let path = format!("/v1/programmes/{}", hub.hub_programme());
        let tag = sato.get(&path).etag().to_owned();

        sato.put(&path, &policy("New"))
            .assert_error(428, "precondition_required");
        let saved = sato
            .with("if-match", &tag)
            .put(&path, &policy("New"))
            .assert_status(200);
        assert_eq!(saved.text("/name"), "New");

        sato.with("if-match", &tag)
            .put(&path, &policy("Late"))
            .assert_error(412, "precondition_failed");
        hub.founder("Kim")
            .with("if-match", saved.etag())
            .put(&path, &policy("Mine"))
            .assert_error(403, "forbidden");
    });
}

#[test]
fn a_code_of_a_programme_is_its_own_and_plain() {
    on_both(|hub| {
        let root = hub.admin("Root");

        create(&root, "regen").assert_status(201);
        create(&root, "regen").assert_error(409, "programme_code_taken");
        for code in ["", "Regen", "a b", "再生", &"a".repeat(61)] {
            let answer = create(&root, code);
            answer.assert_error(422, "invalid_body");
            assert_eq!(answer.fields(), ["code"], "{code}");
        }
        create(&hub.staff("Sato"), "mine").assert_error(403, "forbidden");
    });
}

#[test]
fn staff_see_the_organisations_of_their_programmes_and_let_nobody_in_whom_they_do_not_see() {
    on_both(|hub| {
        let (root, kim, ada) = (hub.admin("Root"), hub.founder("Kim"), hub.investor("Ada"));
        let (sato, mori) = (hub.person("Sato"), hub.staff("Mori"));
        let made = create(&root, "regen").assert_status(201);
        let path = made.header("location").unwrap().to_owned();
        root.put(&format!("{path}/staff/{}", sato.id()), &json!({}))
            .assert_status(204);
        let of = |actor: &Actor<'_>| format!("/v1/organisations/{}", actor.organisation());
        let lists = |staff: &Actor<'_>, whose: &Actor<'_>, kind: &str| {
            let list = format!("{}/matches?kind={kind}", of(whose));
            let pair = format!(
                "{}/matches/{}",
                of(whose),
                hub.id::<domain::of::Organisation>()
            );
            (staff.get(&list), staff.get(&pair))
        };

        let enter = |who: &Actor<'_>| {
            let place = format!("{path}/organisations/{}", who.organisation());
            (sato.put(&place, &json!({})), root.put(&place, &json!({})))
        };
        let (refused, done) = enter(&kim);
        refused.assert_error(404, "organisation_not_found");
        done.assert_status(204);

        lists(&sato, &kim, "investor").0.assert_status(200);
        for reply in <[Reply; 2]>::from(lists(&sato, &ada, "startup")) {
            reply.assert_error(404, "organisation_not_found");
        }
        sato.get(&of(&ada))
            .assert_error(404, "organisation_not_found");
        sato.get(&format!("{}/members", of(&kim)))
            .assert_status(200);
        sato.get(&format!("{}/members", of(&ada)))
            .assert_error(404, "organisation_not_found");
        let names = |staff: &Actor<'_>, path: &str| {
            let items = staff.get(path).assert_status(200).body["items"].clone();
            let names = items.as_array().unwrap().iter();
            let mut names: Vec<String> = names
                .map(|item| item["name"].as_str().unwrap().to_owned())
                .collect();
            names.sort_unstable();
            names
        };
        assert_eq!(names(&sato, "/v1/organisations"), ["Kim startup"]);
        assert_eq!(names(&sato, "/v1/investors"), Vec::<String>::new());
        assert_eq!(names(&sato, "/v1/startups"), ["Kim startup"]);
        for whose in [&kim, &ada] {
            mori.get(&of(whose)).assert_status(200);
        }
        lists(&mori, &ada, "startup").0.assert_status(200);
        assert_eq!(
            names(&mori, "/v1/organisations"),
            ["Ada investor", "Kim startup"]
        );
    });
}
