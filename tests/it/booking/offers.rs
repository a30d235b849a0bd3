//! Times that are offered, held, chosen, displaced; and a meeting that moves.

use domain::{HoldPolicy, Noun};
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::journal;
use testkit::{Actor, Hub, Reply, on_both};

use super::{accepted, approved, at, event};
use crate::meeting_requests::{id, path, policy, step, steps};

fn holds(hub: &Hub, hold: HoldPolicy) {
    policy(hub, |programme| programme.booking.hold = hold);
}

fn times(minutes: &[i64]) -> Value {
    let times: Vec<Value> = minutes
        .iter()
        .map(|minutes| json!({"starts_at": at(*minutes)}))
        .collect();
    json!({"times": times})
}

/// The beginnings of the times that `who` can choose on the event's morning.
fn open(who: &Actor<'_>, request: &Reply) -> Vec<String> {
    let window = format!("/times?from={}&until={}", at(0), at(240));
    let list = who.get(&path(request, &window)).assert_status(200);
    let items = list.body["items"].as_array().unwrap().iter();
    items
        .map(|time| time["starts_at"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_requester_offers_times_and_the_counterpart_picks_one_with_the_acceptance() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let request = approved(&kim, &ada, &sato);

        let offered = steps(&kim, &request, "offer", &times(&[0, 60, 120]));
        assert_eq!(offered.body["offers"].as_array().map(Vec::len), Some(3));
        assert_eq!(open(&ada, &request), [at(0), at(60), at(120)]);
        let chosen = json!({"time": {"starts_at": at(60), "venue": "Your office, Umeda"}});
        let scheduled = steps(&ada, &request, "accept", &chosen);

        assert_eq!(scheduled.text("/state"), "scheduled");
        assert_eq!(scheduled.text("/meeting/venue"), "Your office, Umeda");
        assert_eq!(scheduled.text("/meeting/ends_at"), at(90));
        assert_eq!(scheduled.body.get("offers"), None);
        let other = approved(&hub.founder("Lee"), &ada, &sato);
        let refused = json!({"time": {"starts_at": at(180)}});
        step(&ada, &other, "accept", &refused).assert_error(409, "time_not_open");
    });
}

#[test]
fn what_is_shown_can_be_booked_and_nothing_else() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let hours = |zone: &str, from: &str, until: &str| json!({"zone": zone, "weekly": [{"days": ["tuesday"], "from": from, "until": until}]});
        // 10:00 to 12:00 in Osaka, of which the investor in Taipei can the second half.
        let kims = hours("Asia/Tokyo", "10:00", "12:00");
        kim.put("/v1/me/availability", &kims).assert_status(201);
        let adas = hours("Asia/Taipei", "10:00", "12:00");
        let path_of = format!("/v1/organisations/{}/availability", ada.organisation());
        ada.put(&path_of, &adas).assert_status(201);
        let request = accepted(&kim, &ada, &sato);

        let shown = open(&kim, &request);

        assert_eq!(shown, [at(60), at(75), at(90)]);
        for minutes in (0..180).step_by(5) {
            let time = json!({"starts_at": at(minutes)});
            let fits = shown.contains(&at(minutes));
            let answer = step(&kim, &request, "schedule", &time);
            if fits {
                answer.assert_status(200);
                let cancelled = json!({"reason": "plans_changed"});
                steps(&kim, &request, "cancel", &cancelled);
                break;
            }
            answer.assert_error(409, "time_not_open");
            assert_eq!(answer.text("/details/alternatives/0/starts_at"), at(60));
        }
    });
}

#[test]
fn a_held_time_is_nobody_elses_until_its_hold_is_over() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let ben = hub.investor("Ben");
        event(hub, &sato);
        let first = accepted(&kim, &ada, &sato);
        let second = accepted(&kim, &ben, &sato);
        let held = steps(&kim, &first, "offer", &times(&[0]));
        assert_eq!(held.body["offers"][0]["held"], true);

        let taken = step(&ben, &second, "schedule", &json!({"starts_at": at(0)}));
        taken.assert_error(409, "time_taken");
        assert!(!open(&ben, &second).contains(&at(0)));
        hub.pass(SignedDuration::from_hours(72));
        let (kim, ada, ben) = (
            kim.on_another_device(),
            ada.on_another_device(),
            ben.on_another_device(),
        );

        assert!(open(&ben, &second).contains(&at(0)));
        steps(&ben, &second, "schedule", &json!({"starts_at": at(0)}));
        let seen = kim.get(&path(&first, ""));
        assert_eq!(seen.body.get("offers"), None);
        step(&ada, &first, "schedule", &json!({"starts_at": at(0)}))
            .assert_error(409, "time_taken");
    });
}

#[test]
fn for_whom_a_time_is_held_says_the_programme() {
    for (hold, kim_is_free, ada_is_free) in [
        (HoldPolicy::None, true, true),
        (HoldPolicy::RequesterOnly, false, true),
        (HoldPolicy::Both, false, false),
    ] {
        on_both(|hub| {
            let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
            let (lee, ben) = (hub.founder("Lee"), hub.investor("Ben"));
            event(hub, &sato);
            holds(hub, hold);
            let offering = accepted(&kim, &ada, &sato);
            let of_kim = accepted(&kim, &ben, &sato);
            let of_ada = accepted(&lee, &ada, &sato);
            steps(&kim, &offering, "offer", &times(&[30]));

            let free = |who: &Actor<'_>, request: &Reply| open(who, request).contains(&at(30));

            let found = (free(&ben, &of_kim), free(&lee, &of_ada));
            assert_eq!(found, (kim_is_free, ada_is_free), "{hold:?}");
        });
    }
}

#[test]
fn who_takes_a_time_from_others_is_shown_whom_first_and_they_are_told() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let ben = hub.investor("Ben");
        event(hub, &sato);
        let first = accepted(&kim, &ada, &sato);
        let second = accepted(&kim, &ben, &sato);
        steps(&kim, &first, "offer", &times(&[0, 30]));
        let wish = json!({"starts_at": at(0)});

        // It is her own time: she may have the other lose it, once she has seen which.
        let asked = step(&kim, &second, "schedule", &wish);
        asked.assert_error(409, "would_displace");
        assert_eq!(
            asked.body["details"]["displaces"],
            json!([first.body["id"]])
        );
        let window = format!("/times?from={}&until={}", at(0), at(30));
        let shown = kim.get(&path(&second, &window));
        assert_eq!(
            shown.body["items"][0]["displaces"],
            json!([first.body["id"]])
        );
        let sure = json!({"starts_at": at(0), "displace": [first.body["id"]]});
        steps(&kim, &second, "schedule", &sure);

        let left = ada.get(&path(&first, ""));
        assert_eq!(left.body["offers"].as_array().map(Vec::len), Some(1));
        assert_eq!(left.text("/offers/0/starts_at"), at(30));
        let last = left.body["history"].as_array().unwrap().last().unwrap();
        assert_eq!(last["step"], "displace");
        let audit =
            hub.make(|conn, _| journal::list_for(conn, Noun::MeetingRequest, id(&first).uuid()));
        assert_eq!(audit.last().unwrap().action, "displace");
        step(&ada, &first, "schedule", &wish).assert_error(409, "time_taken");
    });
}

#[test]
fn a_meeting_keeps_its_time_until_the_other_side_has_chosen_another() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let ben = hub.investor("Ben");
        event(hub, &sato);
        let request = accepted(&kim, &ada, &sato);
        steps(&kim, &request, "schedule", &json!({"starts_at": at(0)}));
        let other = accepted(&kim, &ben, &sato);

        // Nobody moves it alone.
        let alone = json!({"starts_at": at(60)});
        step(&kim, &request, "schedule", &alone).assert_error(409, "time_not_open");
        let offered = steps(&kim, &request, "offer", &times(&[60, 90]));
        assert_eq!(offered.text("/meeting/starts_at"), at(0));
        step(&ben, &other, "schedule", &json!({"starts_at": at(0)}))
            .assert_error(409, "time_taken");
        assert_eq!(open(&ada, &request), [at(60), at(90)]);
        let moved = steps(&ada, &request, "schedule", &json!({"starts_at": at(90)}));

        assert_eq!(moved.text("/meeting/starts_at"), at(90));
        assert_eq!(moved.body["meeting"]["revision"], 2);
        assert_eq!(moved.text("/id"), request.text("/id"));
        steps(&ben, &other, "schedule", &json!({"starts_at": at(0)}));
    });
}

#[test]
fn a_cancelled_meeting_gives_its_time_back_and_says_why() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let lee = hub.founder("Lee");
        event(hub, &sato);
        let request = accepted(&kim, &ada, &sato);
        steps(&kim, &request, "schedule", &json!({"starts_at": at(0)}));
        let other = accepted(&lee, &ada, &sato);

        step(&ada, &request, "cancel", &json!({})).assert_error(422, "invalid_body");
        let reason = json!({"reason": "plans_changed"});
        let cancelled = steps(&ada, &request, "cancel", &reason);

        assert_eq!(cancelled.text("/reason"), "plans_changed");
        assert_eq!(cancelled.body.get("contacts"), None);
        assert_eq!(cancelled.body["meeting"].get("attendance"), None);
        steps(&lee, &other, "schedule", &json!({"starts_at": at(0)}));
    });
}

#[test]
fn from_the_freeze_on_staff_alone_move_meetings() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        event(hub, &sato);
        let request = accepted(&kim, &ada, &sato);
        steps(&kim, &request, "schedule", &json!({"starts_at": at(0)}));
        policy(hub, |programme| {
            programme.booking.frozen_from = Some("2026-11-01T00:00:00Z".parse().unwrap());
        });

        step(&kim, &request, "offer", &times(&[30])).assert_error(409, "schedule_frozen");
        assert_eq!(open(&kim, &request), [""; 0]);
        let moved = steps(&sato, &request, "schedule", &json!({"starts_at": at(30)}));

        assert_eq!(moved.body["meeting"]["revision"], 2);
    });
}

#[test]
fn a_meeting_is_held_once_it_has_begun_and_staff_correct_who_came() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        event(hub, &sato);
        let request = accepted(&kim, &ada, &sato);
        steps(&kim, &request, "schedule", &json!({"starts_at": at(0)}));
        let came = |requester: &str, counterpart: &str| json!({"requester": requester, "counterpart": counterpart});
        step(&ada, &request, "hold", &came("present", "present"))
            .assert_error(409, "meeting_too_early");

        let morning: jiff::Timestamp = at(10).parse().unwrap();
        hub.pass(morning.duration_since(hub.now()));
        let (ada, sato) = (ada.on_another_device(), sato.on_another_device());
        let no_show = came("no_show", "present");
        step(&ada, &request, "hold", &no_show).assert_error(409, "meeting_too_early");
        hub.pass(SignedDuration::from_mins(20));
        let (ada, sato) = (ada.on_another_device(), sato.on_another_device());
        let own = came("present", "no_show");
        assert_eq!(step(&ada, &request, "hold", &own).fields(), ["counterpart"]);
        let held = steps(&ada, &request, "hold", &no_show);
        assert_eq!(held.text("/state"), "held");
        let corrected = steps(&sato, &request, "correct", &came("present", "present"));

        assert_eq!(corrected.text("/meeting/attendance/requester"), "present");
        let seen = ada.get(&path(&request, ""));
        assert_eq!(seen.text("/contacts/requester/email"), kim.email());
        let audit =
            hub.make(|conn, _| journal::list_for(conn, Noun::MeetingRequest, id(&request).uuid()));
        let told: Vec<&Value> = audit
            .iter()
            .map(|row| &row.detail["meeting"]["attendance"]["requester"])
            .collect();
        assert_eq!(told[told.len() - 2..], ["no_show", "present"]);
    });
}

#[test]
fn a_declared_capacity_is_never_exceeded() {
    on_both(|hub| {
        let (ada, sato) = (hub.investor("Ada"), hub.staff("Sato"));
        event(hub, &sato);
        let hours = json!({"zone": "Asia/Tokyo", "capacity": 2,
            "weekly": [{"days": ["tuesday"], "from": "00:00", "until": "24:00"}]});
        let path_of = format!("/v1/organisations/{}/availability", ada.organisation());
        ada.put(&path_of, &hours).assert_status(201);
        let colleagues = ["B", "C"].map(|name| {
            let colleague = hub.person(name);
            hub.join(&colleague, ada.organisation(), domain::Role::Member);
            colleague
        });
        let accepting = [&ada, &colleagues[0], &colleagues[1]];

        let mut founders = ["Kim", "Lee", "Noor"].into_iter();
        let taken = accepting.map(|who| {
            let founder = hub.founder(founders.next().unwrap());
            let request = approved(&founder, &ada, &sato);
            let time = json!({"time": {"starts_at": at(0)}});
            step(who, &request, "accept", &time).status
        });

        assert_eq!(taken, [200, 200, 409]);
    });
}

#[test]
fn bad_times_name_their_field_in_both_languages() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let request = accepted(&kim, &ada, &sato);
        let say = |body: Value, language: &str| {
            let reader = kim.with("accept-language", language);
            step(&reader, &request, "schedule", &body)
        };
        for (body, field) in [
            (
                json!({"starts_at": "2027-03-28T02:30", "zone": "Europe/Berlin"}),
                "starts_at",
            ),
            (
                json!({"starts_at": "2027-10-31T02:30", "zone": "Europe/Berlin"}),
                "starts_at",
            ),
            (json!({"starts_at": "2027-10-31T02:30"}), "zone"),
            (json!({"starts_at": "2027-10-31T02:31Z"}), "starts_at"),
            (json!({"starts_at": "2020-10-31T02:30Z"}), "starts_at"),
            (json!({"starts_at": "soon"}), "starts_at"),
            (json!({"starts_at": at(0), "zone": "Mars/Olympus"}), "zone"),
            (json!({"starts_at": at(0), "minutes": 7}), "minutes"),
            (json!({"starts_at": at(0), "place": kim.id()}), "place"),
        ] {
            // What is no place of the programme is said once the time is one that may be chosen.
            let who = if field == "place" { &sato } else { &kim };
            let refused = step(who, &request, "schedule", &body);
            refused.assert_error(422, "invalid_body");
            assert_eq!(refused.fields(), [field], "{body}");
        }
        let gap = json!({"starts_at": "2027-03-28T02:30", "zone": "Europe/Berlin"});
        let (en, ja) = (say(gap.clone(), "en"), say(gap, "ja"));
        assert!(
            en.text("/fields/0/message")
                .contains("clocks are put forward")
        );
        assert!(ja.text("/fields/0/message").contains("夏時間"));
        let offers = json!({"times": [{"starts_at": at(0)}, {"starts_at": "2020-10-31T02:30Z"}]});
        let refused = step(&kim, &request, "offer", &offers);
        assert_eq!(refused.fields(), ["times[1].starts_at"]);
        let accept = json!({"time": {"starts_at": "2020-10-31T02:30Z"}});
        let other = approved(&kim, &hub.investor("Ben"), &sato);
        let late = step(&hub.investor("X"), &other, "accept", &accept);
        assert_eq!(late.status, 404);
    });
}
