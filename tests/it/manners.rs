//! Manners: how much is asked at once, by when an answer is due, who is reminded, and what is kept to oneself.

use std::thread;

use domain::{Access, Counting, Deadlines, Kind, OrganisationId, Quota, ReviewPolicy};
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::{StoreError, seats};
use testkit::{Actor, Hub, Reply, on_both, schema::Schema};

use crate::meeting_requests::{body, id, path, policy, step, steps};

fn ask(who: &Actor<'_>, to: OrganisationId) -> Reply {
    who.post("/v1/meeting-requests", &body(who.organisation(), to))
}

fn preview(who: &Actor<'_>, to: OrganisationId) -> Reply {
    let from = who.organisation();
    who.get(&format!(
        "/v1/organisations/{from}/meeting-requests/preview?to={to}&purpose=fundraising"
    ))
}

fn codes(preview: &Reply) -> Vec<&str> {
    let obstacles = preview.body["obstacles"].as_array().unwrap().iter();
    obstacles.map(|one| one["code"].as_str().unwrap()).collect()
}

fn investors(hub: &Hub, count: usize) -> Vec<OrganisationId> {
    (0..count)
        .map(|number| hub.organisation(&format!("Fund {number}"), Kind::Investor))
        .collect()
}

fn open_max(hub: &Hub, startups: u16) {
    policy(hub, |programme| {
        programme.manners.quotas = vec![Quota {
            asker: Kind::Startup,
            open_max: startups,
        }];
    });
}

fn business_days(hub: &Hub) {
    policy(hub, |programme| {
        programme.deadlines = Deadlines {
            staff_days: 1,
            requester_days: 1,
            counterpart_days: 10,
            counted_in: Counting::BusinessDays,
        };
    });
}

/// The events of the outbox that begin so, in order, of every request.
fn events(hub: &Hub, start: &str) -> Vec<String> {
    let question =
        format!("SELECT event AS line FROM outbox WHERE event LIKE '{start}%' ORDER BY seq");
    Schema::of(hub.database_url()).ask(&question)
}

fn sweep(hub: &Hub) {
    api::sweep_once(hub.app()).expect("a sweep");
}

#[test]
fn no_more_requests_wait_at_once_than_the_quota_of_the_kind_allows() {
    on_both(|hub| {
        let (kim, sato) = (hub.founder("Kim"), hub.staff("Sato"));
        let ada = hub.investor("Ada");
        let to = investors(hub, 4);
        open_max(hub, 2);

        let first = ask(&kim, ada.organisation()).assert_status(201);
        let second = ask(&kim, to[0]).assert_status(201);
        let refused = ask(&kim, to[1]);
        refused.assert_error(409, "quota_reached");
        assert_eq!(refused.body["details"], json!({"open_max": 2}));
        assert_eq!(
            preview(&kim, to[1]).body["quota"],
            json!({"open_max": 2, "open": 2, "left": 0})
        );

        steps(&kim, &second, "withdraw", &json!({}));
        ask(&kim, to[1]).assert_status(201);
        steps(&sato, &first, "approve", &json!({}));
        ask(&kim, to[2]).assert_error(409, "quota_reached");
        steps(&ada, &first, "accept", &json!({}));
        ask(&kim, to[2]).assert_status(201);
    });
}

#[test]
fn accepting_is_never_limited() {
    on_both(|hub| {
        let (ada, sato) = (hub.investor("Ada"), hub.staff("Sato"));
        policy(hub, |programme| {
            programme.manners.quotas = vec![Quota {
                asker: Kind::Investor,
                open_max: 0,
            }];
        });

        for name in ["Kim", "Lee", "Noor"] {
            let request = ask(&hub.founder(name), ada.organisation()).assert_status(201);
            steps(&sato, &request, "approve", &json!({}));
            steps(&ada, &request, "accept", &json!({}));
        }

        let startup = hub.organisation("Late", Kind::Startup);
        ask(&ada, startup).assert_error(409, "quota_reached");
    });
}

#[test]
fn time_alone_gives_the_quota_back() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        let to = investors(hub, 2);
        open_max(hub, 1);
        ask(&kim, to[0]).assert_status(201);

        hub.pass(SignedDuration::from_hours(24 * 7));
        let kim = kim.on_another_device();

        assert_eq!(preview(&kim, to[1]).body["quota"]["left"], 1);
        ask(&kim, to[1]).assert_status(201);
    });
}

#[test]
fn of_many_requests_at_once_no_more_go_through_than_the_quota_allows() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        let to = investors(hub, 12);
        open_max(hub, 3);
        let lanes: Vec<&[OrganisationId]> = to.chunks(3).collect();

        let statuses: Vec<u16> = thread::scope(|scope| {
            let asking: Vec<_> = lanes
                .iter()
                .map(|lane| {
                    let kim = &kim;
                    scope.spawn(move || {
                        let asked = lane.iter().map(|to| ask(kim, *to).status);
                        asked.collect::<Vec<u16>>()
                    })
                })
                .collect();
            let done = asking.into_iter().flat_map(|lane| lane.join().unwrap());
            done.collect()
        });

        let made = statuses.iter().filter(|status| **status == 201).count();
        let refused = statuses.iter().filter(|status| **status == 409).count();
        assert_eq!((made, refused), (3, 9), "{statuses:?}");
    });
}

#[test]
fn the_schema_gives_no_seat_away_twice() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        let to = investors(hub, 2);
        let first = ask(&kim, to[0]).assert_status(201);
        let second = ask(&kim, to[1]).assert_status(201);
        let of = (hub.hub_programme(), kim.organisation());

        let taken = hub.store().write(|conn| {
            seats::delete(conn, id(&second))?;
            seats::insert(conn, of, 1, id(&second))
        });
        let none = hub.store().write(|conn| {
            seats::delete(conn, id(&first))?;
            seats::insert(conn, of, 0, id(&first))
        });

        assert!(matches!(taken, Err(StoreError::Duplicate(_))), "{taken:?}");
        assert!(matches!(none, Err(StoreError::Refused(_))), "{none:?}");
    });
}

#[test]
fn a_preview_says_what_the_request_would_meet() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let to = investors(hub, 1)[0];

        let open = preview(&kim, to).assert_status(200);
        assert_eq!(open.body["may_ask"], true);
        assert_eq!(open.text("/waits_for"), "staff");
        let request = ask(&kim, ada.organisation()).assert_status(201);
        let asked = preview(&kim, ada.organisation());
        steps(&sato, &request, "approve", &json!({}));
        steps(&ada, &request, "decline", &json!({"reason": "too_early"}));
        let declined = preview(&kim, ada.organisation());
        open_max(hub, 0);
        let nobody_may = preview(&kim, to);

        assert_eq!(codes(&asked), ["open_request_exists"]);
        assert_eq!(codes(&declined), ["cooling"]);
        assert_eq!(declined.text("/cooling_until"), "2027-05-01");
        assert_eq!(declined.body["may_ask"], false);
        assert_eq!(codes(&nobody_may), ["quota_reached"]);
        let text = kim.with("accept-language", "ja");
        let text = preview(&text, to);
        assert!(text.text("/obstacles/0/text").contains("上限"));
    });
}

#[test]
fn whom_one_may_not_see_has_no_preview() {
    on_both(|hub| {
        let (kim, rival, ada) = (
            hub.founder("Kim"),
            hub.founder("Rival"),
            hub.investor("Ada"),
        );

        preview(&kim, rival.organisation()).assert_error(404, "organisation_not_found");
        preview(&kim, hub.id()).assert_error(404, "organisation_not_found");
        let path = format!(
            "/v1/organisations/{}/meeting-requests/preview?to={}&purpose=fundraising",
            kim.organisation(),
            rival.organisation()
        );
        ada.get(&path).assert_error(404, "organisation_not_found");
        kim.get(&format!("{path}&colour=red"))
            .assert_error(400, "invalid_query");
    });
}

#[test]
fn how_the_receiver_answers_is_told_as_bands_from_three_answers_on() {
    on_both(|hub| {
        let (ada, sato) = (hub.investor("Ada"), hub.staff("Sato"));
        policy(hub, |programme| programme.manners.received_max = 6);
        let mut seen = Vec::new();
        for name in ["Kim", "Lee", "Noor", "Omar"] {
            let founder = hub.founder(name);
            seen.push(preview(&founder, ada.organisation()).body["receiver"].clone());
            let request = ask(&founder, ada.organisation()).assert_status(201);
            steps(&sato, &request, "approve", &json!({}));
            hub.pass(SignedDuration::from_mins(2));
            steps(&ada, &request, "accept", &json!({}));
        }

        let band = |answers, capacity| json!({"answers": answers, "capacity": capacity, "invests": "quiet"});
        assert_eq!(
            seen,
            [
                band("unknown", "plenty"),
                band("unknown", "plenty"),
                band("unknown", "plenty"),
                band("within_three_days", "some"),
            ]
        );
    });
}

#[test]
fn a_deadline_is_counted_in_the_business_days_of_who_has_to_answer() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        let abroad = hub.organisation_like(
            Kind::Investor,
            &json!({"names": {"en": "Abroad"}, "home": "US-MA", "languages": ["en"]}),
        );
        let at_home = investors(hub, 1)[0];
        policy(hub, |programme| programme.review = ReviewPolicy::Never);
        business_days(hub);

        for (to, day, end, calendar) in [
            (at_home, "2026-11-17", "2026-11-17T15:00:00Z", "jp"),
            (abroad, "2026-11-17", "2026-11-18T08:00:00Z", "us"),
        ] {
            let shown = preview(&kim, to);
            assert_eq!(shown.text("/deadlines/0/on"), day);
            assert_eq!(shown.text("/deadlines/0/calendar"), calendar);
            let request = ask(&kim, to).assert_status(201);
            assert_eq!(request.text("/deadline_at"), end);
            assert_eq!(shown.text("/deadlines/0/at"), end);
        }
    });
}

#[test]
fn the_staff_have_their_own_holidays() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        business_days(hub);

        // The Tuesday is the Day of Culture.
        let request = ask(&kim, investors(hub, 1)[0]).assert_status(201);

        assert_eq!(request.text("/deadline_at"), "2026-11-04T15:00:00Z");
    });
}

#[test]
fn who_has_to_answer_is_reminded_three_times_and_once_each() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        ask(&kim, investors(hub, 1)[0]).assert_status(201);
        let hours = SignedDuration::from_hours;

        let mut seen = Vec::new();
        for pass in [55, 2, 54, 2, 30, 2, 1] {
            hub.pass(hours(pass));
            sweep(hub);
            sweep(hub);
            seen.push(events(hub, "meeting_request.reminded").len());
        }

        assert_eq!(seen, [0, 1, 1, 2, 2, 3, 3]);
        assert_eq!(
            events(hub, "meeting_request.reminded"),
            [
                "meeting_request.reminded_at_one_third",
                "meeting_request.reminded_at_two_thirds",
                "meeting_request.reminded_shortly_before",
            ]
        );
    });
}

#[test]
fn nobody_is_reminded_of_what_is_over_nor_twice_by_a_late_sweeper() {
    on_both(|hub| {
        let (kim, sato) = (hub.founder("Kim"), hub.staff("Sato"));
        let to = investors(hub, 3);
        let hours = SignedDuration::from_hours;
        let answered = ask(&kim, to[0]).assert_status(201);
        steps(&sato, &answered, "reject", &json!({"reason": "not_a_fit"}));
        ask(&kim, to[1]).assert_status(201);

        hub.pass(hours(130));
        sweep(hub);
        let late = events(hub, "meeting_request.reminded");
        hub.pass(hours(500));
        ask(&kim.on_another_device(), to[2]).assert_status(201);
        hub.pass(hours(500));
        sweep(hub);

        assert_eq!(late, ["meeting_request.reminded_at_two_thirds"]);
        assert_eq!(events(hub, "meeting_request.reminded"), late);
    });
}

#[test]
fn a_mark_is_seen_by_the_members_of_who_made_it_alone() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let rival = hub.founder("Rival");
        let marks = format!("/v1/organisations/{}/marks", kim.organisation());
        let on = |other: OrganisationId| format!("{marks}/{other}");

        let note = json!({"mark": "bookmark", "note": "Met at the forum"});
        kim.put(&on(ada.organisation()), &note).assert_status(204);
        kim.put(&on(rival.organisation()), &note)
            .assert_error(404, "organisation_not_found");
        let ignore = json!({"mark": "ignore"});
        kim.put(&on(ada.organisation()), &ignore).assert_status(204);

        let seen = kim.get(&marks).assert_status(200);
        assert_eq!(seen.text("/items/0/mark"), "ignore");
        assert_eq!(seen.body["items"].as_array().map(Vec::len), Some(1));
        for other in [&ada, &sato] {
            other
                .get(&marks)
                .assert_error(404, "organisation_not_found");
        }
        kim.delete(&on(ada.organisation())).assert_status(204);
        kim.delete(&on(ada.organisation()))
            .assert_error(404, "mark_not_found");
    });
}

#[test]
fn after_a_no_the_bookmarked_come_first_and_the_unwanted_last() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let to = investors(hub, 4);
        let request = ask(&kim, ada.organisation()).assert_status(201);
        let suggestions = || kim.get(&path(&request, "/suggestions")).assert_status(200);
        assert_eq!(suggestions().body, json!({"items": []}));
        for (other, mark) in [(to[1], "ignore"), (to[3], "bookmark")] {
            let at = format!("/v1/organisations/{}/marks/{other}", kim.organisation());
            kim.put(&at, &json!({"mark": mark})).assert_status(204);
        }
        ask(&kim, to[0]).assert_status(201);

        steps(&sato, &request, "approve", &json!({}));
        steps(
            &ada,
            &request,
            "decline",
            &json!({"reason": "not_in_focus"}),
        );

        let found = suggestions();
        let ids: Vec<&str> = found.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["organisation"]["id"].as_str().unwrap())
            .collect();
        let expected: Vec<String> = [to[3], to[2], to[1]].map(|id| id.to_string()).into();
        assert_eq!(ids, expected);
        assert_eq!(found.text("/items/0/mark"), "bookmark");
        ada.get(&path(&request, "/suggestions"))
            .assert_error(404, "meeting_request_not_found");
    });
}

#[test]
fn a_policy_names_what_is_wrong_with_it() {
    on_both(|hub| {
        let sato = hub.staff("Sato").with("if-match", "*");
        let at = format!("/v1/programmes/{}", hub.hub_programme());
        let saved = |manners: Value| {
            let policy =
                json!({"name": {"en": "Hub"}, "review": {"when": "always"}, "manners": manners});
            sato.put(&at, &policy)
        };

        let refused = saved(json!({"fiscal_year_starts_in": 13}));
        refused.assert_error(422, "invalid_body");
        assert_eq!(refused.fields(), ["manners.fiscal_year_starts_in"]);
        saved(json!({"open_max": 3, "office": "JP-27"})).assert_status(200);
    });
}

#[test]
fn a_step_that_is_refused_keeps_the_seat() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        let to = investors(hub, 2);
        open_max(hub, 1);
        let request = ask(&kim, to[0]).assert_status(201);

        step(&kim, &request, "submit", &json!({})).assert_error(409, "invalid_transition");

        ask(&kim, to[1]).assert_error(409, "quota_reached");
    });
}

#[test]
fn who_is_seen_and_not_to_be_asked_is_shown_and_said_so_before_anything_is_sent() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let shown = format!("/v1/organisations/{}", ada.organisation());
        let pair = format!(
            "/v1/organisations/{}/matches/{}",
            kim.organisation(),
            ada.organisation()
        );
        let rule = |access: Access| {
            policy(hub, |programme| {
                programme.kind_table.push(domain::KindRule {
                    asker: Kind::Startup,
                    counterpart: Kind::Investor,
                    access,
                });
            });
        };

        rule(Access::Seen);
        kim.get(&shown).assert_status(200);
        let flow = kim.get("/v1/investors").assert_status(200);
        assert_eq!(flow.text("/items/0/id"), ada.organisation().to_string());
        let matches = format!(
            "/v1/organisations/{}/matches?kind=investor",
            kim.organisation()
        );
        assert_eq!(
            kim.get(&matches).assert_status(200).body["items"],
            json!([])
        );
        let why = kim.get(&pair).assert_status(200);
        assert_eq!(why.text("/kept_off/code"), "kind_table");
        let before = preview(&kim, ada.organisation()).assert_status(200);
        assert_eq!(before.body["may_ask"], false);
        assert_eq!(codes(&before), ["kind_table"]);
        let refused = ask(&kim, ada.organisation());
        refused.assert_error(409, "not_matchable");
        assert_eq!(refused.text("/details/code"), "kind_table");
        // The other way round it is as before: an investor asks a startup.
        ask(&ada, kim.organisation()).assert_status(201);

        rule(Access::Closed);
        kim.get(&shown).assert_error(404, "organisation_not_found");
        kim.get(&pair).assert_error(404, "not_available");
        ask(&kim, ada.organisation()).assert_error(404, "organisation_not_found");
    });
}
