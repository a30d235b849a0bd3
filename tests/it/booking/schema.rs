//! What the schema refuses on both databases, whoever writes past the API; and that its change kept what was there.

use std::path::Path;

use domain::{MeetingRequestId, schedule::Tick};
use jiff::Timestamp;
use store::{
    StoreError, calendar_feeds, meeting_requests,
    occupied::{self, Claim, Claims},
};
use testkit::{Hub, on_both, schema::Schema};
use uuid::Uuid;

use super::accepted;
use crate::meeting_requests::id;

/// One tick of one resource.
fn claims(resource: u128, seats: u16, held_until: Option<Timestamp>) -> Claims {
    let tick = Tick::numbered(6_000_000).unwrap();
    let claim = Claim { seats, held_until };
    Claims::from([((Uuid::from_u128(resource), tick), claim)])
}

fn settle(hub: &Hub, request: MeetingRequestId, claims: &Claims) -> Result<(), StoreError> {
    hub.store()
        .write(|conn| occupied::settle(conn, request, claims, hub.now()))
}

#[test]
fn a_seat_is_of_one_request_until_it_is_given_back_or_its_hold_is_over() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let lee = hub.founder("Lee");
        let one = id(&accepted(&kim, &ada, &sato));
        let other = id(&accepted(&lee, &ada, &sato));
        let third = id(&accepted(&hub.founder("Noor"), &ada, &sato));
        let wanted = claims(1, 1, None);
        let is_taken = |done: Result<(), StoreError>| matches!(done, Err(StoreError::Duplicate(_)));

        settle(hub, one, &wanted).unwrap();
        settle(hub, one, &wanted).unwrap();
        assert!(is_taken(settle(hub, other, &wanted)));
        settle(hub, one, &Claims::new()).unwrap();
        settle(hub, other, &wanted).unwrap();
        settle(hub, other, &Claims::new()).unwrap();

        let until = hub.now() + jiff::SignedDuration::from_hours(1);
        settle(hub, one, &claims(1, 1, Some(until))).unwrap();
        assert!(is_taken(settle(hub, other, &wanted)));
        hub.pass(jiff::SignedDuration::from_hours(1));
        settle(hub, other, &wanted).unwrap();
        assert!(is_taken(settle(hub, one, &wanted)));

        // Two seats, two requests; nobody sits on a third.
        settle(hub, one, &claims(2, 2, None)).unwrap();
        settle(hub, other, &claims(2, 2, None)).unwrap();
        assert!(is_taken(settle(hub, third, &claims(2, 2, None))));
    });
}

#[test]
fn no_row_says_what_no_meeting_is() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let request = id(&accepted(&kim, &ada, &sato));
        let refused = |columns: &str| {
            let sql = format!("UPDATE meeting_requests SET {columns} WHERE id = '{request}'");
            let mut database = Schema::of(hub.database_url());
            let tried = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                database.run(&sql);
            }));
            tried.is_err()
        };
        let time = "revision = 1, from_tick = 10, until_tick = 12";
        for columns in [
            "state = 'scheduled'".to_owned(),
            "revision = 1, from_tick = 10".to_owned(),
            "revision = 1, from_tick = 12, until_tick = 12".to_owned(),
            format!("{time}, state = 'held'"),
            format!("{time}, requester_presence = 'present', counterpart_presence = 'present'"),
            format!("{time}, state = 'held', requester_presence = 'present'"),
        ] {
            assert!(refused(&columns), "{columns}");
        }
        assert!(!refused(&format!("{time}, state = 'scheduled'")));
        let kept = hub.make(|conn, _| meeting_requests::find(conn, request));
        assert_eq!(kept.meeting.map(|meeting| meeting.revision), Some(1));
    });
}

#[test]
fn a_person_has_one_feed_that_lives() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        hub.make(|conn, now| calendar_feeds::insert(conn, "a", kim.id(), now));

        let second: Result<(), StoreError> = hub
            .store()
            .write(|conn| calendar_feeds::insert(conn, "b", kim.id(), hub.now()));

        assert!(
            matches!(second, Err(StoreError::Duplicate(_))),
            "{second:?}"
        );
    });
}

#[test]
fn what_was_in_the_table_before_is_in_it_after_and_after_the_way_back() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/sqlite");
    let sql = |migration: &str, file: &str| {
        std::fs::read_to_string(folder.join(migration).join(file)).unwrap()
    };
    let booking = "2026-11-24-100001_booking";
    let mut database = Schema::in_memory();
    database.run("PRAGMA foreign_keys = ON");
    database.run(&sql("0001_foundation", "up.sql"));
    database.run(
        "INSERT INTO people VALUES ('p', 'p@x', 'P', 'en', NULL, NULL, 0, 'active', 0, 0, 1),
                                   ('q', 'q@x', 'Q', 'en', NULL, NULL, 0, 'active', 0, 0, 1);
         INSERT INTO programmes VALUES ('g', 'hub', 1, 0);
         INSERT INTO organisations VALUES ('a', 'startup', NULL, 'approved', 1, 0, NULL, 1),
                                          ('b', 'investor', NULL, 'approved', 2, 0, NULL, 1);
         INSERT INTO meeting_requests VALUES ('r', 'g', 'a', 'b', 'a', 'b', 'p', 'q', 'other', NULL, 'Hello', 'p', NULL, 1,
                                              'q', NULL, NULL, 'accepted', NULL, 0, 0, 3);
         INSERT INTO meeting_requests VALUES ('s', 'g', 'a', 'b', 'a', 'b', 'p', NULL, 'licensing', NULL, 'Again', 'p', NULL,
                                              NULL, NULL, NULL, 'r', 'awaiting_staff', 9, 0, 0, 1);
         INSERT INTO meeting_request_steps VALUES ('r', 1, 'create', 'requester', 'p', NULL, NULL, NULL, '[]', 0)",
    );
    let rows = |database: &mut Schema| {
        database.ask("SELECT id || state || message || coalesce(replaces, '') AS line FROM meeting_requests ORDER BY id")
    };
    let before = rows(&mut database);

    for file in ["up.sql", "down.sql", "up.sql"] {
        database.run(&format!("BEGIN IMMEDIATE; {} COMMIT", sql(booking, file)));

        assert_eq!(rows(&mut database), before, "{file}");
        let broken = database.ask("SELECT \"table\" AS line FROM pragma_foreign_key_check");
        assert_eq!(broken, [""; 0], "{file}");
    }
}
