//! `nakodo serve` as a process: alone on SQLite, and several on one PostgreSQL.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    time::{Duration, Instant},
};

use domain::{Kind, Noun, OrganisationId, PersonStatus, Profile, Review, Role};
use serde_json::json;
use store::{Store, documents, journal, organisations, people};
use tempfile::TempDir;
use testkit::{
    Actor, Hub,
    hub::PASSWORD,
    postgres::{announce_missing, cluster},
    process::{Server, enrol, key_file},
    schema::Schema,
};

/// What one replica writes is seen on the others within this time.
const FRESHNESS: Duration = Duration::from_secs(1);

/// How often each change is tried.
const TRIALS: usize = 10;

/// Two replicas on one PostgreSQL, and the database itself.
struct Town {
    store: Store,
    one: Server,
    other: Server,
    _folder: TempDir,
}

impl Town {
    /// `None` without PostgreSQL.
    fn new() -> Option<Town> {
        let Some(cluster) = cluster() else {
            announce_missing();
            return None;
        };
        let url = cluster.create_database(None);
        let folder = tempfile::tempdir().unwrap();
        let key = key_file(folder.path());
        let one = Server::on_postgres(&url, &key);
        let other = Server::on_postgres(&url, &key);
        let store = Store::open(&url, 2).unwrap();
        Some(Town {
            store,
            one,
            other,
            _folder: folder,
        })
    }
}

/// The longest of several times that `trial` measures.
fn longest(mut trial: impl FnMut(usize) -> Duration) -> Duration {
    (0..TRIALS).map(&mut trial).max().unwrap()
}

/// How long it takes until `seen`, which is asked again and again.
fn until(mut seen: impl FnMut() -> bool) -> Duration {
    let started = Instant::now();
    while !seen() {
        assert!(started.elapsed() < FRESHNESS * 10, "not seen at all");
    }
    started.elapsed()
}

fn profile(name: &str) -> Profile {
    let profile = json!({"names": {"en": name}, "home": "JP-27", "languages": ["ja"]});
    serde_json::from_value(profile).unwrap()
}

fn found(store: &Store, name: &str) -> (OrganisationId, documents::Stored) {
    let now = api::Clock::Machine.now();
    let id = domain::Id::from_uuid(api::uuid_at(now));
    let organisation = organisations::Organisation {
        id,
        kind: Kind::Startup,
        external_id: None,
        review: Review::Approved,
        tie_key: 7,
        created_at: now,
        changed_at: now,
        archived_at: None,
        version: 1,
    };
    let stored = documents::Stored {
        id: api::uuid_at(now),
        organisation: id,
        kind: domain::DocumentKind::Profile,
        external_id: None,
        version: 1,
        recorded_at: now,
        body: serde_json::to_value(profile(name)).unwrap(),
    };
    store
        .write(|conn| {
            organisations::insert(conn, &organisation)?;
            documents::insert(conn, &stored, None)?;
            journal::insert_note(conn, Noun::Organisation, id.uuid())
        })
        .unwrap();
    (id, stored)
}

#[test]
fn a_change_is_seen_on_every_replica_within_a_second() {
    let Some(town) = Town::new() else { return };
    let (kim, email) = enrol(&town.store, "Kim");
    let (id, stored) = found(&town.store, "Name 0");
    town.store
        .write(|conn| {
            people::insert_membership(conn, kim, id, Role::Owner, stored.recorded_at)?;
            journal::insert_note(conn, Noun::Membership, kim.uuid())
        })
        .unwrap();
    let bearer = town.one.sign_in(&email);
    until(|| town.other.get("/v1/me", &bearer).status == 200);

    let longest = longest(|trial| {
        let name = format!("Name {}", trial + 1);
        let version = u32::try_from(trial).unwrap() + 1;
        let next = documents::Stored {
            version,
            body: serde_json::to_value(profile(&name)).unwrap(),
            ..stored.clone()
        };
        town.store
            .write(|conn| {
                documents::save(conn, &next, None)?;
                journal::insert_note(conn, Noun::Organisation, id.uuid())
            })
            .unwrap();
        let seen_on = |server: &Server| {
            let me = server.get("/v1/me", &bearer).assert_status(200);
            me.body["memberships"][0]["organisation"]["name"] == *name
        };
        until(|| seen_on(&town.one) && seen_on(&town.other))
    });

    assert!(longest <= FRESHNESS, "{longest:?}");
}

#[test]
fn a_sign_out_on_one_replica_is_a_sign_out_on_the_other_within_a_second() {
    let Some(town) = Town::new() else { return };
    let (_, email) = enrol(&town.store, "Kim");

    let longest = longest(|_| {
        let bearer = town.one.sign_in(&email);
        until(|| town.other.get("/v1/me", &bearer).status == 200);
        let path = "/v1/sessions/current";
        let out = town
            .one
            .send("DELETE", path, &[("authorization", &bearer)], None);
        out.unwrap().assert_status(204);
        until(|| town.other.get("/v1/me", &bearer).status == 401)
    });

    assert!(longest <= FRESHNESS, "{longest:?}");
}

#[test]
fn a_suspended_person_is_refused_by_every_replica_within_a_second() {
    let Some(town) = Town::new() else { return };

    let longest = longest(|trial| {
        let (id, email) = enrol(&town.store, &format!("Kim {trial}"));
        let bearer = town.one.sign_in(&email);
        until(|| town.other.get("/v1/me", &bearer).status == 200);
        town.store
            .write(|conn| {
                people::save_status(conn, id, PersonStatus::Suspended)?;
                journal::insert_note(conn, Noun::Person, id.uuid())
            })
            .unwrap();
        let refused = |server: &Server| server.get("/v1/me", &bearer).status == 401;
        until(|| refused(&town.one) && refused(&town.other))
    });

    assert!(longest <= FRESHNESS, "{longest:?}");
}

#[test]
fn a_long_transaction_elsewhere_holds_up_no_change() {
    let (Some(cluster), Some(hub)) = (cluster(), Hub::on_postgres()) else {
        return announce_missing();
    };
    let mut elsewhere = Schema::of(&cluster.create_database(None));
    elsewhere.run("BEGIN; SELECT pg_current_xact_id()");
    // More than is read at once, none of it behind what everybody has seen.
    Schema::of(hub.database_url()).run(
        "INSERT INTO change_log (noun, id)
         SELECT 'organisation', gen_random_uuid() FROM generate_series(1, 25000)",
    );

    let kim = hub.founder("Kim");
    let me = kim.get("/v1/me").assert_status(200);

    assert_eq!(me.text("/memberships/0/organisation/name"), "Kim startup");
}

#[test]
fn a_transaction_that_ends_late_is_not_passed_over() {
    let Some(hub) = Hub::on_postgres() else {
        return announce_missing();
    };
    let (kim, lee) = (hub.staff("Kim"), hub.staff("Lee"));
    let programme = hub.hub_programme().uuid();
    let dismiss = |id: domain::PersonId| {
        let id = id.uuid();
        format!(
            "DELETE FROM staff_grants WHERE person_id = '{id}' AND programme_id = '{programme}';
             INSERT INTO change_log (noun, id) VALUES ('staff_grant', '{id}');"
        )
    };
    let is_staff = |person: &Actor<'_>| {
        let snapshot = hub.app().live().snapshot();
        !snapshot.principal(person.id()).unwrap().staff_of.is_empty()
    };
    let mut late = Schema::of(hub.database_url());
    let mut soon = Schema::of(hub.database_url());

    late.run(&format!("BEGIN; {}", dismiss(kim.id())));
    soon.run(&dismiss(lee.id()));
    hub.catch_up();
    assert_eq!([&kim, &lee].map(is_staff), [true, false]);
    late.run("COMMIT");
    hub.catch_up();

    assert_eq!([&kim, &lee].map(is_staff), [false, false]);
}

#[test]
fn two_that_start_at_once_on_an_empty_database_both_come_up() {
    let Some(cluster) = cluster() else {
        return announce_missing();
    };
    let folder = tempfile::tempdir().unwrap();
    let key = key_file(folder.path());
    for _ in 0..5 {
        let url = cluster.create_database(None);

        let ready = std::thread::scope(|scope| {
            let start = || Server::on_postgres(&url, &key).get("/readyz", "").status;
            let starts = [(); 3].map(|()| scope.spawn(start));
            starts.map(|start| start.join().unwrap())
        });

        assert_eq!(ready, [200; 3]);
    }
}

#[test]
fn without_a_signing_key_there_is_no_start_on_postgresql() {
    let Some(cluster) = cluster() else {
        return announce_missing();
    };
    let url = cluster.create_database(None);

    let refused = Server::start(&["--database-url", &url]).unwrap_err();

    assert_eq!(refused.status.code(), Some(1));
    assert!(refused.said.contains("--signing-key-file"), "{refused:?}");
    assert!(!refused.said.contains("panicked"), "{refused:?}");
}

#[test]
fn the_signing_key_is_made_once_and_only_its_owner_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let key: PathBuf = folder.path().join("signing_key.pem");
    let first = Server::on_sqlite(folder.path());
    let store = Store::open(&sqlite_url(&folder), 1).unwrap();
    let (_, email) = enrol(&store, "Kim");
    let bearer = first.sign_in(&email);
    let made = std::fs::read_to_string(&key).unwrap();
    drop(first);

    let second = Server::on_sqlite(folder.path());

    assert_eq!(second.get("/v1/me", &bearer).text("/name"), "Kim");
    assert_eq!(std::fs::read_to_string(&key).unwrap(), made);
    let mode = std::fs::metadata(&key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{mode:o}");
}

#[test]
fn a_server_told_to_end_answers_what_it_had_begun_and_ends_well() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::on_sqlite(folder.path());
    let store = Store::open(&sqlite_url(&folder), 1).unwrap();
    let (_, email) = enrol(&store, "Kim");
    let body = json!({"email": email, "password": PASSWORD}).to_string();
    let (begin, rest) = body.split_at(10);
    let mut begun = TcpStream::connect(server.address()).unwrap();
    write!(
        begun,
        "POST /v1/sessions HTTP/1.1\r\nhost: hub\r\ncontent-type: application/json\r\nconnection: close\r\n\
         expect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .unwrap();
    // The interim answer shows that the server has begun with the request.
    let mut interim = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    begun.read_exact(&mut interim).unwrap();
    write!(begun, "{begin}").unwrap();

    server.terminate();
    until(|| TcpStream::connect(server.address()).is_err());
    write!(begun, "{rest}").unwrap();
    let mut answer = String::new();
    begun.read_to_string(&mut answer).unwrap();

    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(server.wait().code(), Some(0));
}

fn sqlite_url(folder: &TempDir) -> String {
    format!("sqlite://{}", folder.path().join("nakodo.db").display())
}
