//! Calendars: one event for life, at the right instant, for whoever takes part and nobody else.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::json;
use store::{journal, people};
use testkit::{Actor, Reply, on_both};

use super::{accepted, at, event, place};
use crate::meeting_requests::steps;

/// An event as a careful reader takes it: unfolded, its names and values, nothing escaped any more. It shares no code with
/// the writer.
fn events(reply: &Reply) -> Vec<BTreeMap<String, String>> {
    assert_eq!(
        reply.header("content-type"),
        Some("text/calendar; charset=utf-8")
    );
    let text = String::from_utf8(reply.bytes.clone()).unwrap();
    assert!(text.ends_with("\r\n") && !text.replace("\r\n", "").contains(['\r', '\n']));
    assert!(text.split("\r\n").all(|line| line.len() <= 75));
    let mut depth = Vec::new();
    let mut events: Vec<BTreeMap<String, String>> = Vec::new();
    for line in text.replace("\r\n ", "").split_terminator("\r\n") {
        let (name, value) = line.split_once(':').unwrap();
        match name {
            "BEGIN" => {
                depth.push(value.to_owned());
                if value == "VEVENT" {
                    events.push(BTreeMap::new());
                }
            }
            "END" => assert_eq!(depth.pop().as_deref(), Some(value)),
            _ if depth.last().is_some_and(|inner| inner == "VEVENT") => {
                let name = name.split(';').next().unwrap().to_owned();
                let last = events.last_mut().unwrap();
                assert!(last.insert(name, unescaped(value)).is_none(), "{line}");
            }
            "METHOD" => {
                let method = ("METHOD".to_owned(), value.to_owned());
                events.push(BTreeMap::from([method]));
            }
            _ => {}
        }
    }
    assert!(depth.is_empty());
    events
}

fn unescaped(value: &str) -> String {
    let mut letters = value.chars();
    let mut plain = String::new();
    while let Some(letter) = letters.next() {
        match (letter, letter == '\\') {
            (_, true) => match letters.next().unwrap() {
                'n' | 'N' => plain.push('\n'),
                escaped => plain.push(escaped),
            },
            (letter, false) => plain.push(letter),
        }
    }
    plain
}

fn instant(event: &BTreeMap<String, String>, name: &str) -> Timestamp {
    let form = "%Y%m%dT%H%M%SZ";
    let local = jiff::civil::DateTime::strptime(form, &event[name]).unwrap();
    local.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp()
}

/// Method and event of the one meeting.
fn one(who: &Actor<'_>, request: &Reply) -> (String, BTreeMap<String, String>) {
    let path = format!("/v1/meetings/{}/calendar", request.text("/id"));
    let mut found = events(&who.get(&path).assert_status(200));
    assert_eq!(found.len(), 2);
    let event = found.pop().unwrap();
    (found[0]["METHOD"].clone(), event)
}

#[test]
fn an_event_keeps_its_uid_and_its_sequence_rises_until_it_is_cancelled() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        event(hub, &sato);
        place(
            hub,
            &sato,
            &json!({"kind": "room", "name": "Room 2, left; \\ \"the\" 会議室"}),
        );
        let request = accepted(&kim, &ada, &sato);
        let path = format!("/v1/meetings/{}/calendar", request.text("/id"));
        kim.get(&path).assert_error(404, "meeting_not_found");

        steps(&kim, &request, "schedule", &json!({"starts_at": at(0)}));
        let (method, first) = one(&kim, &request);
        steps(&sato, &request, "schedule", &json!({"starts_at": at(90)}));
        let (_, moved) = one(&ada, &request);
        steps(
            &ada,
            &request,
            "cancel",
            &json!({"reason": "plans_changed"}),
        );
        let (last_method, cancelled) = one(&kim, &request);

        assert_eq!(method, "PUBLISH");
        assert_eq!(first["LOCATION"], "Room 2, left; \\ \"the\" 会議室");
        assert_eq!(first["SUMMARY"], "Kim startup × Ada investor");
        assert_eq!(instant(&first, "DTSTART").to_string(), at(0));
        assert_eq!(instant(&first, "DTEND").to_string(), at(30));
        assert_eq!(instant(&moved, "DTSTART").to_string(), at(90));
        let all = [&first, &moved, &cancelled];
        assert_eq!(all.map(|event| event["SEQUENCE"].as_str()), ["0", "1", "2"]);
        let statuses = ["CONFIRMED", "CONFIRMED", "CANCELLED"];
        assert_eq!(all.map(|event| event["STATUS"].as_str()), statuses);
        let uid = format!("{}@nakodo", request.text("/id"));
        assert_eq!(all.map(|event| event["UID"].as_str()), [uid.as_str(); 3]);
        assert_eq!(last_method, "CANCEL");
        assert_eq!(cancelled.get("LOCATION"), None);
    });
}

#[test]
fn a_feed_holds_the_meetings_of_its_owner_and_nobodys_contacts() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let (lee, ito) = (hub.founder("Lee"), hub.person("Ito"));
        event(hub, &sato);
        let mine = accepted(&kim, &ada, &sato);
        let other = accepted(&lee, &ada, &sato);
        steps(&kim, &mine, "schedule", &json!({"starts_at": at(0)}));
        steps(&lee, &other, "schedule", &json!({"starts_at": at(30)}));
        let interpreter = json!({"person": ito.id(), "role": "interpreter"});
        let path = format!("/v1/meetings/{}/participants", other.text("/id"));
        sato.post(&path, &interpreter).assert_status(201);
        let feed = |who: &Actor<'_>| {
            let made = who
                .post("/v1/me/calendar-feed", &json!({}))
                .assert_status(201);
            let path = made.text("/path").to_owned();
            hub.nobody().get(&path).assert_status(200)
        };

        let summaries = [&kim, &ada, &lee, &ito, &sato].map(|who| {
            let read = feed(who);
            let said = String::from_utf8_lossy(&read.bytes).into_owned();
            assert!(
                !said.contains("people.example") && !said.contains("+81"),
                "{said}"
            );
            let found = events(&read);
            let summaries = found
                .iter()
                .filter_map(|event| event.get("SUMMARY").cloned());
            summaries.collect::<Vec<_>>()
        });

        let (first, second) = ("Kim startup × Ada investor", "Lee startup × Ada investor");
        assert_eq!(summaries[0], [first]);
        assert_eq!(summaries[1], [first, second]);
        assert_eq!(summaries[2], [second]);
        assert_eq!(summaries[3], [second]);
        assert_eq!(summaries[4], [""; 0]);
    });
}

#[test]
fn the_address_of_a_feed_is_shown_once_and_can_be_voided() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        kim.delete("/v1/me/calendar-feed")
            .assert_error(404, "calendar_feed_not_found");
        let make = || {
            let made = kim
                .post("/v1/me/calendar-feed", &json!({}))
                .assert_status(201);
            assert_eq!(made.header("cache-control"), Some("no-store"));
            made.text("/path").to_owned()
        };
        let read = |path: &str| hub.nobody().get(path).status;

        let first = make();
        let second = make();
        assert_eq!([&first, &second].map(|path| read(path)), [404, 200]);
        kim.delete("/v1/me/calendar-feed").assert_status(204);
        assert_eq!(read(&second), 404);
        let third = make();
        assert_eq!(read(&third), 200);
        hub.make(|conn, _| {
            people::save_status(conn, kim.id(), domain::PersonStatus::Suspended)?;
            journal::insert_note(conn, domain::Noun::Person, kim.id().uuid())
        });

        assert_eq!(read(&third), 404);
        let token = third.rsplit('/').next().unwrap();
        assert_eq!(token.len(), 47);
        let guess = format!("/v1/calendars/{}", token.replace(['a', 'b'], "c"));
        hub.nobody()
            .get(&guess)
            .assert_error(404, "calendar_feed_not_found");
    });
}
