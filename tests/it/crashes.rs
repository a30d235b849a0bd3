//! `kill -9` while it writes: what was acknowledged is there afterwards, and nothing is half written.
//!
//! The short form kills ten servers on SQLite and PostgreSQL three times. The long form kills 100 and 20, with 3,000 and
//! 10,000 acknowledged writes: `NAKODO_TEST_KILLS=100 cargo test -p testkit --test it crashes`.

use std::{
    os::unix::process::ExitStatusExt as _,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use store::{Store, people};
use tempfile::TempDir;
use testkit::{
    postgres::{Cluster, announce_missing},
    process::{Server, enrol, key_file},
    schema::Schema,
};

/// How long it may take until the server works again.
const RECOVERY: Duration = Duration::from_secs(5);

/// Kills in the short form.
const KILLS: u64 = 10;

/// People who write at the same time.
const WRITERS: usize = 4;

#[expect(
    clippy::disallowed_methods,
    reason = "the length of the test is chosen by who runs it"
)]
fn kills() -> u64 {
    std::env::var("NAKODO_TEST_KILLS").map_or(KILLS, |kills| kills.parse().unwrap())
}

/// Writes that are acknowledged between two kills: so many in all that the long form has its thousands.
fn writes_per_kill(long: u64) -> u64 {
    if kills() > KILLS { long } else { 20 }
}

/// Kills of PostgreSQL: a fifth of those of the server, three in the short form.
fn postgres_kills() -> u64 {
    if kills() > KILLS { kills() / 5 } else { 3 }
}

/// Somebody who counts in their own name, `Writer 17`, and knows how far they got.
struct Writer {
    id: domain::PersonId,
    bearer: String,
    /// The number whose writing was begun last.
    begun: AtomicU64,
    /// The number whose writing was acknowledged last.
    acknowledged: AtomicU64,
    /// How many were acknowledged in all.
    count: AtomicU64,
}

impl Writer {
    fn new(store: &Store, server: &Server, name: &str) -> Writer {
        let (id, email) = enrol(store, name);
        Writer {
            id,
            bearer: server.sign_in(&email),
            begun: AtomicU64::new(0),
            acknowledged: AtomicU64::new(0),
            count: AtomicU64::new(0),
        }
    }

    /// Writes the next number; the status, or none where there was no answer.
    fn write(&self, server: &Server) -> Option<u16> {
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let name = json!({"name": format!("Writer {number}"), "language": "en"});
        let headers = [("authorization", &*self.bearer), ("if-match", "*")];
        let status = server
            .send("PUT", "/v1/me", &headers, Some(&name))
            .ok()?
            .status;
        if status == 204 {
            self.acknowledged.store(number, Ordering::SeqCst);
            self.count.fetch_add(1, Ordering::SeqCst);
        }
        Some(status)
    }

    /// Holds the database against what was acknowledged: the number is that one or the one whose answer was lost, and
    /// every change of the version has its row in the audit.
    fn check(&self, store: &Store, url: &str) {
        let person = store.read(|conn| people::find(conn, self.id)).unwrap();
        let (acknowledged, begun) = (
            self.acknowledged.load(Ordering::SeqCst),
            self.begun.load(Ordering::SeqCst),
        );
        let name = person.name.to_string();
        let kept: u64 = name
            .strip_prefix("Writer ")
            .and_then(|number| number.parse().ok())
            .unwrap_or_default();
        assert!(
            (acknowledged..=begun).contains(&kept),
            "{name}, but {acknowledged} was acknowledged of {begun}"
        );
        let question = format!(
            "SELECT CAST(count(*) AS TEXT) AS line FROM audit
             WHERE noun = 'person' AND action = 'updated' AND subject_id = '{}'",
            self.id
        );
        let written: u64 = Schema::of(url).ask(&question)[0].parse().unwrap();
        assert_eq!(written, u64::from(person.version) - 1);
        assert!(written >= self.count.load(Ordering::SeqCst));
    }
}

/// Has all of them write until `end` returns.
fn while_writing<T>(writers: &[Writer], server: &Server, end: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for writer in writers {
            scope.spawn(|| {
                while !over.load(Ordering::SeqCst) {
                    if writer.write(server).is_none() {
                        break;
                    }
                }
            });
        }
        let done = end();
        over.store(true, Ordering::SeqCst);
        done
    })
}

fn acknowledged(writers: &[Writer]) -> u64 {
    let counts = writers.iter().map(|writer| &writer.count);
    counts.map(|count| count.load(Ordering::SeqCst)).sum()
}

/// Asks until `done`.
fn wait_until(what: &str, limit: Duration, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < limit, "{what}: not in {limit:?}");
        thread::yield_now();
    }
}

fn is_ready(server: &Server) -> bool {
    server
        .send("GET", "/readyz", &[], None)
        .is_ok_and(|answer| answer.status == 200)
}

fn url(folder: &TempDir) -> String {
    format!("sqlite://{}", folder.path().join("nakodo.db").display())
}

#[test]
fn a_killed_server_keeps_all_that_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::on_sqlite(folder.path());
    let store = Store::open(&url(&folder), 1).unwrap();
    let names = (0..WRITERS).map(|number| format!("Kim {number}"));
    let writers: Vec<Writer> = names
        .map(|name| Writer::new(&store, &server, &name))
        .collect();
    // No other process keeps the write-ahead log in order while the server is dead.
    drop(store);

    for round in 0..kills() {
        let before = acknowledged(&writers);
        while_writing(&writers, &server, || {
            let goal = before + writes_per_kill(30) + round % 7;
            wait_until("writes", RECOVERY * 4, || acknowledged(&writers) >= goal);
            server.kill_9();
        });
        assert_eq!(server.wait().signal(), Some(9), "{}", server.log());

        let started = Instant::now();
        server = Server::on_sqlite(folder.path());
        wait_until("ready", RECOVERY, || is_ready(&server));
        assert!(started.elapsed() <= RECOVERY, "{:?}", started.elapsed());
        let store = Store::open(&url(&folder), 1).unwrap();
        for writer in &writers {
            writer.check(&store, &url(&folder));
            server.get("/v1/me", &writer.bearer).assert_status(200);
        }
    }

    assert!(acknowledged(&writers) >= kills() * writes_per_kill(30));
    eprintln!("{} kills, {} acknowledged", kills(), acknowledged(&writers));
    let mut file = Schema::of(&url(&folder));
    let question = "SELECT integrity_check AS line FROM pragma_integrity_check";
    assert_eq!(file.ask(question), ["ok"]);
}

#[test]
fn without_its_database_the_server_says_so_and_recovers_by_itself() {
    let Some(cluster) = Cluster::start_private() else {
        return announce_missing();
    };
    let url = cluster.create_database(None);
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::on_postgres(&url, &key_file(folder.path()));
    let store = Store::open(&url, 1).unwrap();
    let names = (0..WRITERS).map(|number| format!("Kim {number}"));
    let writers: Vec<Writer> = names
        .map(|name| Writer::new(&store, &server, &name))
        .collect();
    drop(store);

    for _ in 0..postgres_kills() {
        let goal = acknowledged(&writers) + writes_per_kill(500);
        while_writing(&writers, &server, || {
            wait_until("writes", RECOVERY * 8, || acknowledged(&writers) >= goal);
            cluster.kill_9();
        });
        assert!(Store::open(&url, 1).is_err(), "the database was killed");
        for path in ["/readyz", "/v1/me"] {
            let answer = server.get(path, &writers[0].bearer);
            answer.assert_error(503, "unavailable");
            assert!(answer.header("retry-after").is_some(), "{path}");
        }
        server.get("/healthz", "").assert_status(200);

        cluster.restart();
        let works = |writer: &Writer| writer.write(&server) == Some(204);
        wait_until("ready", RECOVERY, || is_ready(&server));
        wait_until("writes", RECOVERY, || writers.iter().all(works));

        let store = Store::open(&url, 1).unwrap();
        for writer in &writers {
            writer.check(&store, &url);
        }
    }

    assert!(acknowledged(&writers) >= postgres_kills() * writes_per_kill(500));
    eprintln!(
        "{} kills, {} acknowledged",
        postgres_kills(),
        acknowledged(&writers)
    );
    assert!(server.is_alive(), "{}", server.log());
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
