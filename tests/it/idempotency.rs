//! One effect per `Idempotency-Key`, however often, at once, over several processes, and with answers that never arrive.
//!
//! The short form sends 100 keys five times. `NAKODO_TEST_KEYS=2000 cargo test -p testkit --test it idempotency` is the long
//! form.

use std::{
    collections::BTreeSet,
    io::Write as _,
    net::TcpStream,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use store::Store;
use testkit::{
    Reply,
    postgres::{announce_missing, cluster},
    process::{Server, enrol, key_file},
    schema::Schema,
};

/// Keys in the short form.
const KEYS: usize = 100;

/// How often each is sent.
const SENDS: usize = 5;

/// People who send at the same time.
const CLIENTS: usize = 4;

#[expect(
    clippy::disallowed_methods,
    reason = "the length of the test is chosen by who runs it"
)]
fn keys() -> usize {
    std::env::var("NAKODO_TEST_KEYS").map_or(KEYS, |keys| keys.parse().unwrap())
}

/// What was seen of all keys together.
#[derive(Default)]
struct Seen {
    created: AtomicUsize,
    in_flight: AtomicUsize,
    cut: AtomicUsize,
    wrong: Mutex<Vec<String>>,
}

struct Client<'a> {
    servers: &'a [Server],
    bearer: &'a str,
    seen: &'a Seen,
}

fn body(number: usize) -> Value {
    json!({"kind": "startup", "profile": {"names": {"en": format!("Key {number}")}}})
}

impl Client<'_> {
    fn post(&self, server: usize, key: &str, body: &Value) -> Reply {
        let headers = [("authorization", self.bearer), ("idempotency-key", key)];
        let server = &self.servers[server % self.servers.len()];
        server
            .send("POST", "/v1/organisations", &headers, Some(body))
            .expect("an answer")
    }

    /// Sends the whole request, and is gone before there is an answer.
    fn cut(&self, server: usize, key: &str, body: &Value) {
        let server = &self.servers[server % self.servers.len()];
        let mut line = TcpStream::connect(server.address()).expect("it listens");
        let body = body.to_string();
        write!(
            line,
            "POST /v1/organisations HTTP/1.1\r\nhost: hub\r\nauthorization: {}\r\nidempotency-key: {key}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.bearer,
            body.len()
        )
        .expect("it takes the request");
        self.seen.cut.fetch_add(1, Ordering::SeqCst);
    }

    /// One of the five: every fifth loses its answer.
    fn send(&self, number: usize, turn: usize) -> Option<Reply> {
        let key = format!("key-{number}");
        if (number + turn).is_multiple_of(SENDS) {
            self.cut(number + turn, &key, &body(number));
            return None;
        }
        Some(self.post(number + turn, &key, &body(number)))
    }

    /// All five of a key: at once for two keys of five, one after the other otherwise.
    fn send_all(&self, number: usize) {
        let at_once = number % 5 < 2;
        let replies: Vec<Option<Reply>> = if at_once {
            thread::scope(|scope| {
                let sends = (0..SENDS).map(|turn| scope.spawn(move || self.send(number, turn)));
                let sends: Vec<_> = sends.collect();
                sends.into_iter().map(|send| send.join().unwrap()).collect()
            })
        } else {
            (0..SENDS).map(|turn| self.send(number, turn)).collect()
        };
        let last = self.settled(number, &body(number));
        for reply in replies.into_iter().flatten() {
            match reply.status {
                201 if reply.bytes == last.bytes
                    && reply.header("location") == last.header("location") =>
                {
                    self.seen.created.fetch_add(1, Ordering::SeqCst);
                }
                409 if reply.body["code"] == "idempotency_key_in_flight" => {
                    assert!(reply.header("retry-after").is_some());
                    self.seen.in_flight.fetch_add(1, Ordering::SeqCst);
                }
                status => self.wrong(format!("key {number}: {status} {}", reply.body)),
            }
        }
        let other = self.settled(number, &body(number + 1_000_000));
        if other.status != 422 || other.body["code"] != "idempotency_key_reused" {
            self.wrong(format!("key {number} with another body: {}", other.body));
        }
    }

    /// The answer once nobody works on the key any more.
    fn settled(&self, number: usize, body: &Value) -> Reply {
        let started = Instant::now();
        loop {
            let reply = self.post(number, &format!("key-{number}"), body);
            if reply.status != 409 {
                return reply;
            }
            assert!(started.elapsed() < Duration::from_secs(20), "{number}");
            thread::yield_now();
        }
    }

    fn wrong(&self, what: String) {
        self.seen.wrong.lock().unwrap().push(what);
    }
}

fn check(url: &str, servers: &[Server]) {
    let store = Store::open(url, 1).unwrap();
    let (_, email) = enrol(&store, "Kim");
    drop(store);
    let bearer = servers[0].sign_in(&email);
    // A replica knows of somebody within a second.
    let knows = |server: &Server| server.get("/v1/me", &bearer).status == 200;
    let known = Instant::now();
    while !servers.iter().all(knows) {
        assert!(known.elapsed() < Duration::from_secs(10));
    }
    let (seen, next) = (Seen::default(), AtomicUsize::new(0));
    let client = Client {
        servers,
        bearer: &bearer,
        seen: &seen,
    };
    let started = Instant::now();

    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= keys() {
                        break;
                    }
                    client.send_all(number);
                }
            });
        }
    });

    let wrong = seen.wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let mut database = Schema::of(url);
    let mut ask = |question: &str| database.ask(question);
    assert_eq!(
        ask("SELECT CAST(count(*) AS TEXT) AS line FROM organisations"),
        [keys().to_string()]
    );
    let names: BTreeSet<String> = ask("SELECT CAST(body AS TEXT) AS line FROM document_versions")
        .into_iter()
        .collect();
    assert_eq!(names.len(), keys(), "one effect of each key");
    assert_eq!(
        seen.cut.load(Ordering::SeqCst),
        keys(),
        "one answer of five is cut"
    );
    assert!(
        seen.in_flight.load(Ordering::SeqCst) > 0,
        "none was in flight"
    );
    assert!(
        seen.created.load(Ordering::SeqCst) > keys(),
        "none was repeated"
    );
    eprintln!(
        "{} keys, {} sends, {} cut, {} answered alike, {} in flight, {:?}",
        keys(),
        keys() * SENDS,
        seen.cut.load(Ordering::SeqCst),
        seen.created.load(Ordering::SeqCst),
        seen.in_flight.load(Ordering::SeqCst),
        started.elapsed()
    );
}

#[test]
fn three_processes_on_one_postgresql_do_once_what_they_are_sent_five_times() {
    let Some(cluster) = cluster() else {
        return announce_missing();
    };
    let url = cluster.create_database(None);
    let folder = tempfile::tempdir().unwrap();
    let key = key_file(folder.path());
    let start = |_: usize| Server::on_postgres(&url, &key);
    let servers: Vec<Server> = (0..3).map(start).collect();

    check(&url, &servers);
}

#[test]
fn one_process_on_sqlite_does_once_what_it_is_sent_five_times() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_sqlite(folder.path());
    let file: &Path = &folder.path().join("nakodo.db");

    check(&format!("sqlite://{}", file.display()), &[server]);
}
