//! Who takes part beside the two sides: free at the time, and told no more than they need.

use serde_json::{Value, json};
use testkit::{Actor, Reply, on_both};

use super::{accepted, at, event, place};
use crate::meeting_requests::{step, steps};

/// The path of a meeting, or of something of it.
fn meeting(request: &Reply, rest: &str) -> String {
    format!("/v1/meetings/{}{rest}", request.text("/id"))
}

fn adds(who: &Actor<'_>, request: &Reply, person: &Actor<'_>, role: &str) -> Reply {
    let body = json!({"person": person.id(), "role": role});
    who.post(&meeting(request, "/participants"), &body)
}

#[test]
fn an_interpreter_is_in_one_meeting_at_a_time() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let (lee, ben) = (hub.founder("Lee"), hub.investor("Ben"));
        let ito = hub.person("Ito");
        event(hub, &sato);
        let first = accepted(&kim, &ada, &sato);
        let second = accepted(&lee, &ben, &sato);
        steps(&kim, &first, "schedule", &json!({"starts_at": at(0)}));
        steps(&lee, &second, "schedule", &json!({"starts_at": at(0)}));

        adds(&sato, &first, &ito, "interpreter").assert_status(201);
        adds(&sato, &second, &ito, "interpreter").assert_error(409, "time_taken");
        adds(&sato, &first, &ito, "adviser").assert_error(409, "participant_exists");
        // They go along when the meeting moves, and are free again when it is cancelled.
        steps(&sato, &first, "schedule", &json!({"starts_at": at(30)}));
        adds(&sato, &second, &ito, "interpreter").assert_status(201);
        let back = json!({"starts_at": at(0)});
        step(&sato, &first, "schedule", &back).assert_error(409, "time_taken");
        let leave = meeting(&second, &format!("/participants/{}", ito.id()));
        ito.delete(&leave).assert_status(204);
        steps(&sato, &first, "schedule", &back);
        steps(&kim, &first, "cancel", &json!({"reason": "plans_changed"}));

        adds(&sato, &second, &ito, "interpreter").assert_status(201);
    });
}

#[test]
fn who_takes_part_sees_when_and_where_and_between_whom_and_nothing_else() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let (ito, noor) = (hub.person("Ito"), hub.founder("Noor"));
        event(hub, &sato);
        let link = json!({"kind": "virtual", "name": "Link 1", "link": "https://meet.example/1"});
        place(hub, &sato, &link);
        let request = accepted(&kim, &ada, &sato);
        steps(&kim, &request, "schedule", &json!({"starts_at": at(0)}));
        ito.get(&meeting(&request, ""))
            .assert_error(404, "meeting_not_found");
        adds(&sato, &request, &ito, "interpreter").assert_status(201);

        let seen = ito.get(&meeting(&request, "")).assert_status(200);

        assert_eq!(seen.text("/role"), "interpreter");
        assert_eq!(seen.text("/meeting/starts_at"), at(0));
        assert_eq!(seen.text("/meeting/place/link"), "https://meet.example/1");
        assert_eq!(seen.text("/from/name"), "Kim startup");
        let keys: Vec<&String> = seen.body.as_object().unwrap().keys().collect();
        assert_eq!(keys.len(), 7, "{keys:?}");
        let lists = [
            "/v1/meetings?until=2026-12-31T00:00:00Z",
            "/v1/meeting-requests",
        ];
        let said: String = lists
            .map(|path| String::from_utf8(ito.get(path).bytes).unwrap())
            .concat()
            + &String::from_utf8(seen.bytes.clone()).unwrap();
        for hidden in ["people.example", "+81-6", "heart muscle", "fundraising"] {
            assert!(!said.contains(hidden), "{hidden} in {said}");
        }
        let path = format!("/v1/meeting-requests/{}", request.text("/id"));
        ito.get(&path)
            .assert_error(404, "meeting_request_not_found");
        // The sides know who is there and as what, not how to reach them.
        let kims = kim.get(&meeting(&request, "")).assert_status(200);
        assert_eq!(
            kims.body["participants"],
            json!([{"name": "Ito", "role": "interpreter"}])
        );
        noor.get(&meeting(&request, ""))
            .assert_error(404, "meeting_not_found");
        let places = format!("/v1/programmes/{}/places", hub.hub_programme());
        let listed = noor.get(&places).assert_status(200);
        assert_eq!(listed.body["items"][0].get("link"), None);
    });
}

#[test]
fn a_side_brings_its_own_advisers_and_nobody_else() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let colleague = hub.person("Lee");
        hub.join(&colleague, kim.organisation(), domain::Role::Member);
        let stranger = hub.person("Noor");
        event(hub, &sato);
        let request = accepted(&kim, &ada, &sato);
        adds(&kim, &request, &colleague, "adviser").assert_error(404, "meeting_not_found");
        steps(&kim, &request, "schedule", &json!({"starts_at": at(0)}));

        let refused = adds(&kim, &request, &stranger, "adviser");
        assert_eq!(refused.fields(), ["person"]);
        adds(&kim, &request, &colleague, "interpreter").assert_error(403, "forbidden");
        assert_eq!(adds(&sato, &request, &ada, "adviser").fields(), ["person"]);
        let added = adds(&kim, &request, &colleague, "adviser").assert_status(201);

        assert_eq!(added.body["participants"][0]["id"], json!(colleague.id()));
        let meetings = colleague.get("/v1/meetings?until=2026-12-31T00:00:00Z");
        let states: Vec<&Value> = meetings.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| &item["state"])
            .collect();
        assert_eq!(states, ["scheduled"]);
        let remove = meeting(&request, &format!("/participants/{}", colleague.id()));
        ada.delete(&remove).assert_error(422, "invalid_body");
        kim.delete(&remove).assert_status(204);
        kim.delete(&remove)
            .assert_error(404, "participant_not_found");
    });
}
