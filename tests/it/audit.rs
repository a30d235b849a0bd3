//! The audit log is one chain: it does not fork, and whatever is done to it afterwards is found.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::Noun;
use serde_json::json;
use store::{
    Store, StoreError,
    audit::{self, Fault, Filter, Head, VerifyError},
    journal::{self, Change},
};
use testkit::{Hub, on_both, schema::Schema};
use uuid::Uuid;

/// How large the proofs are: a short form in the test command, `NAKODO_TEST_LENGTH=long` for the whole.
#[expect(
    clippy::disallowed_methods,
    reason = "the length of the test is chosen by who runs it"
)]
fn scale(short: usize, long: usize) -> usize {
    match std::env::var("NAKODO_TEST_LENGTH").as_deref() {
        Ok("long") => long,
        _ => short,
    }
}

fn change(id: Uuid, version: u32) -> Change {
    Change {
        action: "saved",
        noun: Noun::Organisation,
        id,
        version,
        person: None,
        party: None,
        detail: json!({"z": [1, null, "日本"], "a": {"b": 0.5, "a": true}}),
    }
}

fn write(hub: &Hub, rows: u32) {
    let id = api::uuid_at(hub.now());
    hub.make(|conn, now| {
        for version in 1..=rows {
            journal::insert(conn, &change(id, version), now)?;
        }
        Ok(())
    });
}

fn sealed(store: &Store) -> Vec<audit::Sealed> {
    store
        .read(|conn| audit::list_sealed(conn, &Filter::default(), 0, 1_000_000))
        .unwrap_or_else(|error: StoreError| panic!("{error}"))
}

/// Takes the guards of the schema away, as somebody would who holds the database itself.
fn unguard(database: &mut Schema) {
    database.run(match database {
        Schema::Postgres(_) => {
            "ALTER TABLE audit DISABLE TRIGGER ALL; DROP INDEX audit_position; DROP INDEX audit_no_fork; DROP INDEX audit_once"
        }
        Schema::Sqlite(_) => {
            "DROP TRIGGER audit_insert_append_only; DROP TRIGGER audit_update_append_only; \
             DROP TRIGGER audit_delete_append_only; DROP INDEX audit_position; DROP INDEX audit_no_fork; DROP INDEX audit_once"
        }
    });
}

#[test]
fn what_was_sealed_is_one_chain_in_the_order_of_writing() {
    on_both(|hub| {
        write(hub, 5);

        assert_eq!(api::seal_once(hub.store()).unwrap(), 5);

        let rows = sealed(hub.store());
        let positions: Vec<i64> = rows.iter().map(|row| row.position).collect();
        assert_eq!(positions, [1, 2, 3, 4, 5]);
        for pair in rows.windows(2) {
            assert_eq!(pair[1].previous_seal, pair[0].seal);
        }
        let (head, unsealed) = audit::verify(hub.store(), &[]).unwrap();
        assert_eq!((head.position, unsealed), (5, 0));
    });
}

#[test]
fn the_schema_refuses_to_change_or_delete_a_row_of_the_audit_log() {
    on_both(|hub| {
        write(hub, 3);
        api::seal_once(hub.store()).unwrap();
        write(hub, 1);
        let mut database = Schema::of(hub.database_url());

        for sql in [
            "UPDATE audit SET action = 'x' WHERE position = 2",
            "UPDATE audit SET seal = 'x' WHERE position = 2",
            "UPDATE audit SET position = NULL, previous_seal = NULL, seal = NULL WHERE position = 3",
            "UPDATE audit SET action = 'x' WHERE seal IS NULL",
            "DELETE FROM audit WHERE position = 2",
            "DELETE FROM audit WHERE seal IS NULL",
            "DELETE FROM audit",
        ] {
            let refused =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| database.run(sql)));
            let said = refused.expect_err(sql);
            let said = said.downcast_ref::<String>().unwrap();
            assert!(
                said.contains("append-only") || said.contains("append_only"),
                "{said}"
            );
        }
        assert_eq!(api::seal_once(hub.store()).unwrap(), 1);
        audit::verify(hub.store(), &[]).unwrap();
    });
}

#[test]
fn the_chain_does_not_fork_however_many_write_and_seal() {
    let (writers, rows) = (scale(16, 64), scale(800, 20_000));
    on_both(|hub| {
        let versions = AtomicU64::new(0);
        let each = u64::try_from(rows).unwrap();
        let stores: Vec<Store> = (0..3).map(|_| another_process(hub)).collect();

        std::thread::scope(|scope| {
            for writer in 0..writers {
                let (store, versions) = (&stores[writer % stores.len()], &versions);
                let (id, now) = (api::uuid_at(hub.now()), hub.now());
                scope.spawn(move || {
                    loop {
                        let version = versions.fetch_add(1, Ordering::SeqCst);
                        if version >= each {
                            break;
                        }
                        let version = u32::try_from(version).unwrap();
                        eventually(|| {
                            store.write(|conn| journal::insert(conn, &change(id, version), now))
                        });
                        if version % 50 == 0 {
                            eventually(|| api::seal_once(store));
                        }
                    }
                });
            }
        });
        eventually(|| api::seal_once(hub.store()));

        let (head, unsealed) = audit::verify(hub.store(), &[]).unwrap();
        assert_eq!((head.position, unsealed), (i64::try_from(rows).unwrap(), 0));
    });
}

/// The same database as another replica has it; SQLite has one process, and so one pool.
fn another_process(hub: &Hub) -> Store {
    match hub.store() {
        Store::Sqlite { .. } => hub.store().clone(),
        Store::Pg(_) => Store::open(hub.database_url(), 4).unwrap(),
    }
}

/// Tries again while the database is too busy.
fn eventually<T>(work: impl Fn() -> Result<T, StoreError>) -> T {
    loop {
        match work() {
            Err(StoreError::Unavailable(_)) => {}
            done => return done.unwrap(),
        }
    }
}

/// Ways to tamper with row `at` of `rows`, one statement or several each.
fn tamperings(at: usize, rows: usize) -> Vec<(String, i64)> {
    let first = i64::try_from(at).unwrap();
    let other = i64::try_from((at * 7 + 3) % rows + 1).unwrap();
    let other = if other == first {
        first % i64::try_from(rows).unwrap() + 1
    } else {
        other
    };
    let lower = first.min(other);
    let person = "'0190a000-0000-7000-8000-00000000000a'";
    let swap = |column: &str| {
        format!(
            "UPDATE audit SET {column} = CASE position WHEN {first} THEN \
             (SELECT b.{column} FROM audit b WHERE b.position = {other}) ELSE \
             (SELECT b.{column} FROM audit b WHERE b.position = {first}) END WHERE position IN ({first}, {other})"
        )
    };
    vec![
        (
            format!("UPDATE audit SET action = action || 'x' WHERE position = {first}"),
            first,
        ),
        (
            format!("UPDATE audit SET noun = 'person' WHERE position = {first}"),
            first,
        ),
        (
            format!("UPDATE audit SET version = version + 1000000 WHERE position = {first}"),
            first,
        ),
        (
            format!("UPDATE audit SET person_id = {person} WHERE position = {first}"),
            first,
        ),
        (
            format!("UPDATE audit SET party = 'staff' WHERE position = {first}"),
            first,
        ),
        (
            format!("UPDATE audit SET subject_id = {person} WHERE position = {first}"),
            first,
        ),
        (
            format!("UPDATE audit SET detail = '{{}}' WHERE position = {first}"),
            first,
        ),
        (
            format!("UPDATE audit SET seal = previous_seal WHERE position = {first}"),
            first,
        ),
        (
            format!("UPDATE audit SET previous_seal = seal WHERE position = {first}"),
            first,
        ),
        (
            format!("UPDATE audit SET position = NULL WHERE position = {first}"),
            first,
        ),
        (
            format!("UPDATE audit SET position = position + 1 WHERE position >= {first}"),
            first,
        ),
        (format!("DELETE FROM audit WHERE position = {first}"), first),
        (swap("version"), lower),
        (
            format!(
                "INSERT INTO audit (at, action, noun, subject_id, version, detail, position, previous_seal, seal) \
                 SELECT at, 'put in', noun, subject_id, 9000000 + version, detail, position, previous_seal, seal \
                 FROM audit WHERE position = {first}"
            ),
            first,
        ),
        (
            format!("DELETE FROM audit WHERE position >= {first}"),
            first,
        ),
    ]
}

#[test]
fn whatever_is_done_to_a_sealed_row_is_found_and_the_first_bad_row_is_named() {
    let (rows, rounds) = (40, scale(3, 67));
    on_both(|hub| {
        write(hub, u32::try_from(rows).unwrap());
        api::seal_once(hub.store()).unwrap();
        let (anchor, _) = audit::verify(hub.store(), &[]).unwrap();
        let mut database = Schema::of(hub.database_url());
        unguard(&mut database);
        database.run("CREATE TABLE kept AS SELECT * FROM audit");
        let restore = match &database {
            Schema::Postgres(_) => {
                "DELETE FROM audit; INSERT INTO audit OVERRIDING SYSTEM VALUE SELECT * FROM kept"
            }
            Schema::Sqlite(_) => "DELETE FROM audit; INSERT INTO audit SELECT * FROM kept",
        };
        let mut tried = 0;

        for round in 0..rounds {
            for (sql, bad) in tamperings(1 + (round * 13) % rows, rows) {
                database.run(&sql);
                let found = audit::verify(hub.store(), std::slice::from_ref(&anchor));
                let Err(VerifyError::Broken(fault)) = found else {
                    panic!("not found: {sql}: {found:?}");
                };
                assert_names(&fault, bad, &sql);
                database.run(restore);
                tried += 1;
            }
        }

        audit::verify(hub.store(), &[anchor]).unwrap();
        assert_eq!(tried, rounds * tamperings(1, rows).len());
        database.run("DROP TABLE kept");
    });
}

/// The fault names the position, or says that there are more rows than positions.
fn assert_names(fault: &Fault, bad: i64, sql: &str) {
    let named = match *fault {
        Fault::Missing { position }
        | Fault::Unlinked { position, .. }
        | Fault::Changed { position, .. }
        | Fault::NotTheAnchor { position } => position,
        Fault::Doubled => bad,
    };
    // A row put in beside another is met before it or after it.
    let near = sql.starts_with("INSERT") && (bad..=bad + 1).contains(&named);
    assert!(named == bad || near, "{sql}: {fault}");
}

#[test]
fn a_chain_that_was_written_anew_does_not_fit_the_head_that_was_kept() {
    on_both(|hub| {
        write(hub, 4);
        api::seal_once(hub.store()).unwrap();
        let (head, _) = audit::verify(hub.store(), &[]).unwrap();
        let kept: Head = head.to_string().parse().unwrap();
        let mut database = Schema::of(hub.database_url());
        unguard(&mut database);

        database.run(
            "UPDATE audit SET action = 'y', position = NULL, previous_seal = NULL, seal = NULL",
        );
        api::seal_once(hub.store()).unwrap();

        audit::verify(hub.store(), &[]).unwrap();
        let found = audit::verify(hub.store(), &[kept]);
        let Err(VerifyError::Broken(Fault::NotTheAnchor { position: 4 })) = found else {
            panic!("{found:?}");
        };
    });
}

#[test]
fn staff_of_the_hub_page_through_the_audit_log() {
    on_both(|hub| {
        let (kim, staff) = (hub.founder("Kim"), hub.staff("Sato"));
        kim.with("if-match", "*")
            .put("/v1/me", &json!({"name": "Kim", "language": "ja"}))
            .assert_status(204);
        kim.with("if-match", "*")
            .put("/v1/me", &json!({"name": "Kim", "language": "en"}))
            .assert_status(204);
        api::seal_once(hub.store()).unwrap();

        let first = staff
            .get(&format!(
                "/v1/audit?person={}&noun=person&limit=1",
                kim.id()
            ))
            .assert_status(200);
        let cursor = first.text("/next_cursor").to_owned();
        let second = staff
            .get(&format!(
                "/v1/audit?person={}&noun=person&limit=1&cursor={cursor}",
                kim.id()
            ))
            .assert_status(200);

        assert_eq!(first.text("/items/0/action"), "updated");
        assert_eq!(second.text("/items/0/action"), "updated");
        assert_ne!(
            first.body["items"][0]["position"],
            second.body["items"][0]["position"]
        );
        assert!(second.body["next_cursor"].is_null());
        let overlong = staff.get(&format!("/v1/audit?noun={}", "n".repeat(65)));
        overlong.assert_error(400, "invalid_query");
        assert_eq!(overlong.fields(), ["noun"]);
        kim.get("/v1/audit").assert_error(403, "forbidden");
        staff
            .get("/v1/audit?cursor=x")
            .assert_error(400, "invalid_cursor");
    });
}

#[test]
fn who_reads_the_audit_log_or_a_report_is_written_down_in_it() {
    on_both(|hub| {
        let (kim, staff) = (hub.founder("Kim"), hub.staff("Sato"));
        let report = format!("/v1/programmes/{}/outcomes", hub.hub_programme());

        staff
            .get(&format!("/v1/audit?noun=person&person={}", kim.id()))
            .assert_status(200);
        staff
            .get(&format!("{report}?fiscal_year=2026"))
            .assert_status(200);
        // Who may not leaves no trace of having read.
        kim.get("/v1/audit").assert_error(403, "forbidden");
        kim.get(&report).assert_error(403, "forbidden");
        staff
            .get("/v1/audit?limit=0")
            .assert_error(400, "invalid_query");
        api::seal_once(hub.store()).unwrap();

        let seen = staff.get(&format!("/v1/audit?person={}", staff.id()));
        let rows = seen.assert_status(200).body["items"].clone();
        let told: Vec<(&str, &str)> = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                (
                    row["noun"].as_str().unwrap(),
                    row["action"].as_str().unwrap(),
                )
            })
            .filter(|(noun, _)| ["audit", "outcome"].contains(noun))
            .collect();
        assert_eq!(told, [("audit", "read"), ("outcome", "reported")]);
        let read = rows
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["noun"] == "audit")
            .unwrap();
        assert_eq!(read["detail"]["asked"]["person"], json!(kim.id()));
        assert_eq!(read["detail"]["asked"]["noun"], "person");
        // It is told to nobody else.
        let events = Schema::of(hub.database_url())
            .ask("SELECT event AS line FROM outbox WHERE noun = 'audit'");
        assert!(events.is_empty());
    });
}
