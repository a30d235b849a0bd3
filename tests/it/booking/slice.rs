//! The usual way, and the second who wants the same.

use serde_json::json;
use testkit::on_both;

use super::{accepted, approved, at, event, place};
use crate::meeting_requests::{path, step, steps};

#[test]
fn an_acceptance_that_carries_a_slot_fixes_time_and_place() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        event(hub, &sato);
        place(hub, &sato, &json!({"kind": "table", "name": "Table 1"}));
        let request = approved(&kim, &ada, &sato);

        let time = json!({"starts_at": "2026-12-08T10:30", "zone": "Asia/Tokyo"});
        let scheduled = steps(&ada, &request, "accept", &json!({"time": time}));

        assert_eq!(scheduled.text("/state"), "scheduled");
        assert_eq!(scheduled.text("/meeting/starts_at"), at(30));
        assert_eq!(scheduled.text("/meeting/ends_at"), at(60));
        assert_eq!(scheduled.text("/meeting/place/name"), "Table 1");
        assert_eq!(scheduled.body["meeting"]["revision"], 1);
        let kims = kim.get(&path(&request, ""));
        assert_eq!(kims.text("/contacts/counterpart/email"), ada.email());
        assert_eq!(kims.etag(), "\"4\"");
    });
}

#[test]
fn of_two_who_want_the_same_person_at_one_time_the_second_is_shown_other_times() {
    on_both(|hub| {
        let (kim, lee, ada) = (hub.founder("Kim"), hub.founder("Lee"), hub.investor("Ada"));
        let sato = hub.staff("Sato");
        event(hub, &sato);
        let first = accepted(&kim, &ada, &sato);
        let second = approved(&lee, &ada, &sato);
        steps(&kim, &first, "schedule", &json!({"starts_at": at(0)}));

        let late = step(
            &ada,
            &second,
            "accept",
            &json!({"time": {"starts_at": at(0)}}),
        );

        late.assert_error(409, "time_taken");
        assert_eq!(late.text("/details/alternatives/0/starts_at"), at(30));
        let seen = lee.get(&path(&second, ""));
        assert_eq!(seen.text("/state"), "awaiting_counterpart");
        let again = json!({"time": {"starts_at": at(30)}});
        steps(&ada, &second, "accept", &again);
    });
}

#[test]
fn a_table_takes_one_meeting_at_a_time_and_a_room_as_many_as_it_has_seats() {
    on_both(|hub| {
        let sato = hub.staff("Sato");
        event(hub, &sato);
        let table = place(hub, &sato, &json!({"kind": "table", "name": "Table 1"}));
        let room = json!({"kind": "room", "name": "Room 1", "seats": 2});
        let room = place(hub, &sato, &room);
        let requests: Vec<_> = ["A", "B", "C", "D", "E"]
            .into_iter()
            .map(|name| {
                let (kim, ada) = (
                    hub.founder(&format!("Kim {name}")),
                    hub.investor(&format!("Ada {name}")),
                );
                let request = accepted(&kim, &ada, &sato);
                (kim, request)
            })
            .collect();
        let book = |number: usize, place: &str| {
            let (who, request) = &requests[number];
            let time = json!({"starts_at": at(0), "place": place});
            step(who, request, "schedule", &time)
        };

        let taken = [(0, &table), (1, &table), (2, &room), (3, &room), (4, &room)]
            .map(|(number, place)| book(number, place).status);

        assert_eq!(taken, [200, 409, 200, 200, 409]);
    });
}
