//! Slots and places: made by staff, never in each other's way, kept while they are used.

use serde_json::json;
use testkit::on_both;

use super::{accepted, at, event, place};
use crate::meeting_requests::steps;

#[test]
fn slots_of_a_programme_do_not_overlap_and_all_of_a_body_are_made_or_none() {
    on_both(|hub| {
        let (kim, sato) = (hub.founder("Kim"), hub.staff("Sato"));
        event(hub, &sato);
        let path = format!("/v1/programmes/{}/slots", hub.hub_programme());
        let list = |from: i64, until: i64| {
            let window = format!("{path}?from={}&until={}", at(from), at(until));
            let slots = kim.get(&window).assert_status(200);
            slots.body["items"].as_array().unwrap().len()
        };
        let add = |from: &str, count: u16| {
            let series = json!({"on": "2026-12-08", "from": from, "count": count, "minutes": 20});
            sato.post(&path, &json!({"zone": "Asia/Tokyo", "series": [series]}))
        };

        assert_eq!(list(0, 240), 8);
        add("09:00", 4).assert_error(409, "slot_overlaps");
        assert_eq!(list(-120, 240), 8);
        add("09:00", 3).assert_status(201);

        assert_eq!(list(-120, 240), 11);
        let gap = json!({"on": "2027-03-14", "from": "02:30", "count": 1, "minutes": 20});
        let refused = sato.post(&path, &json!({"zone": "America/New_York", "series": [gap]}));
        refused.assert_error(422, "invalid_body");
        assert_eq!(refused.fields(), ["series[0].from"]);
    });
}

#[test]
fn a_slot_or_a_place_with_a_meeting_stays() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        event(hub, &sato);
        let table = place(hub, &sato, &json!({"kind": "table", "name": "Table 1"}));
        let request = accepted(&kim, &ada, &sato);
        steps(&kim, &request, "schedule", &json!({"starts_at": at(0)}));
        let programme = format!("/v1/programmes/{}", hub.hub_programme());
        let slots = sato.get(&format!("{programme}/slots?from={}", at(0)));
        let slot = format!("{programme}/slots/{}", slots.text("/items/0/id"));
        let table = format!("{programme}/places/{table}");

        sato.delete(&slot).assert_error(409, "slot_in_use");
        sato.delete(&table).assert_error(409, "place_in_use");
        steps(
            &kim,
            &request,
            "cancel",
            &json!({"reason": "plans_changed"}),
        );

        sato.delete(&slot).assert_status(204);
        sato.delete(&slot).assert_error(404, "slot_not_found");
        sato.delete(&table).assert_status(204);
        sato.delete(&table).assert_error(404, "place_not_found");
        place(hub, &sato, &json!({"kind": "table", "name": "Table 1"}));
    });
}

#[test]
fn a_place_is_what_its_kind_says() {
    on_both(|hub| {
        let sato = hub.staff("Sato");
        let path = format!("/v1/programmes/{}/places", hub.hub_programme());
        for (new, field) in [
            (json!({"kind": "table", "name": "A", "seats": 2}), "seats"),
            (json!({"kind": "room", "name": "A", "seats": 0}), "seats"),
            (
                json!({"kind": "room", "name": "A", "link": "https://x.example"}),
                "link",
            ),
            (json!({"kind": "virtual", "name": "A"}), "link"),
            (
                json!({"kind": "virtual", "name": "A", "link": "javascript:1"}),
                "link",
            ),
            (json!({"kind": "sofa", "name": "A"}), "kind"),
        ] {
            let refused = sato.post(&path, &new);
            refused.assert_error(422, "invalid_body");
            assert_eq!(refused.fields(), [field], "{new}");
        }
        let room = json!({"kind": "room", "name": "A", "seats": 3});
        sato.post(&path, &room).assert_status(201);
        sato.post(&path, &room)
            .assert_error(409, "place_name_taken");
    });
}
