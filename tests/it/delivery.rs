//! Webhooks of a real process: nothing that was committed is lost to `kill -9`, and a slow receiver holds nobody up.
//!
//! The short form commits 60 events around two kills. The long form, `just webhooks`, commits 5,000 around 20, and measures
//! how much later a receiver gets its events while another one hangs.

use std::{
    collections::{BTreeMap, BTreeSet},
    os::unix::process::ExitStatusExt as _,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use domain::{Noun, OrganisationId};
use serde_json::json;
use store::{
    Store, StoreError,
    journal::{self, Change},
};
use tempfile::TempDir;
use testkit::{
    postgres::{announce_missing, cluster},
    process::{Server, enrol, key_file},
    receiver::{Behaviour, Message, Receiver},
    schema::Schema,
};

#[expect(
    clippy::disallowed_methods,
    reason = "the length of the test is chosen by who runs it"
)]
fn is_long() -> bool {
    std::env::var("NAKODO_TEST_LENGTH").is_ok_and(|length| length == "long")
}

/// Where the data is, and how a server on it is started.
struct Place {
    folder: TempDir,
    url: String,
}

impl Place {
    /// A new place on each database that is there.
    fn all() -> Vec<Place> {
        let folder = || tempfile::tempdir().unwrap();
        let here = folder();
        let url = format!("sqlite://{}", here.path().join("nakodo.db").display());
        let mut all = vec![Place { folder: here, url }];
        match cluster() {
            Some(cluster) => all.push(Place {
                folder: folder(),
                url: cluster.create_database(None),
            }),
            None => announce_missing(),
        }
        all
    }

    fn start(&self) -> Server {
        let key = self.folder.path().join("key.pem");
        if !key.exists() {
            key_file(self.folder.path());
        }
        let key = key.display().to_string();
        let arguments = [
            "--database-url",
            &self.url,
            "--signing-key-file",
            &key,
            "--webhook-networks=127.0.0.0/8",
            "--log=warn",
        ];
        Server::start(&arguments).unwrap_or_else(|refused| panic!("{}", refused.said))
    }

    fn run(&self, sql: &str) {
        Schema::of(&self.url).run(sql);
    }

    fn ask(&self, question: &str) -> Vec<String> {
        Schema::of(&self.url).ask(question)
    }
}

/// An organisation that wants to be told of what is saved of it.
fn listener(store: &Store, server: &Server, name: &str, url: &str) -> OrganisationId {
    let (_, email) = enrol(store, name);
    let bearer = server.sign_in(&email);
    // Who was made past the API is known to the server within a second; on a cluster that others use too, a little later.
    wait_until("known", || server.get("/v1/me", &bearer).status == 200);
    let send = |path: &str, body: serde_json::Value| {
        let made = server.send("POST", path, &[("authorization", &*bearer)], Some(&body));
        made.unwrap().assert_status(201)
    };
    let profile = json!({"names": {"en": name}, "home": "JP-27", "languages": ["ja"]});
    let made = send(
        "/v1/organisations",
        json!({"kind": "startup", "profile": profile}),
    );
    let id: OrganisationId = made.text("/id").parse().unwrap();
    let wanted = json!(["organisation.saved"]);
    send(
        "/v1/webhooks",
        json!({"organisation": id, "url": url, "events": wanted}),
    );
    id
}

fn saved(of: OrganisationId, version: u32) -> Change {
    Change {
        action: "saved",
        noun: Noun::Organisation,
        id: of.uuid(),
        version,
        person: None,
        party: None,
        detail: json!({}),
    }
}

fn commit(store: &Store, change: &Change) {
    let now = api::Clock::Machine.now();
    let done: Result<(), StoreError> = store.write(|conn| journal::insert(conn, change, now));
    done.unwrap();
}

fn version(message: &Message) -> u32 {
    let version = message.json()["data"]["version"].as_u64().unwrap();
    u32::try_from(version).unwrap()
}

/// Whether the receiver kept it, though the sender may not know.
fn is_taken(behaviour: Behaviour) -> bool {
    matches!(
        behaviour,
        Behaviour::Take | Behaviour::Endless | Behaviour::Hang(_)
    )
}

/// Waits until `done`; a busy machine gets its time.
fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < Duration::from_mins(20), "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// The first version of the events; those that were never committed begin at a million.
const FIRST: u32 = 1_000;

#[test]
fn no_committed_event_is_lost_to_a_killed_process_and_none_is_told_without_its_commit() {
    let (events, kills) = if is_long() { (5_000, 20) } else { (60, 2) };
    for place in Place::all() {
        let receiver = Receiver::start(|number, _| match number % 20 {
            1 => Behaviour::Status(500),
            4 => Behaviour::Reset,
            7 => Behaviour::Status(302),
            10 => Behaviour::Endless,
            13 => Behaviour::Status(429),
            // Longer than the sender waits, now and then.
            16 if number % 400 == 16 => Behaviour::Hang(Duration::from_secs(11)),
            16 => Behaviour::Hang(Duration::from_millis(300)),
            _ => Behaviour::Take,
        });
        let mut server = place.start();
        let store = Store::open(&place.url, 1).unwrap();
        let kim = listener(&store, &server, "Kim", &receiver.url("/kim"));
        let taken = || -> BTreeSet<u32> {
            let messages = receiver.messages().into_iter();
            let kept = messages.filter(|message| is_taken(message.behaviour));
            kept.map(|message| version(&message)).collect()
        };
        // Days pass for whoever waits for another try.
        let pass =
            || place.run("UPDATE deliveries SET next_at = created_at WHERE state = 'waiting'");

        let per_kill = events / (kills + 1);
        let mut committed = 0;
        for kill in 0..=kills {
            let until = if kill == kills {
                events
            } else {
                committed + per_kill
            };
            let come = receiver.messages().len();
            for number in committed..until {
                commit(&store, &saved(kim, FIRST + number));
                // One in five is never committed.
                if number % 5 == 0 {
                    let now = api::Clock::Machine.now();
                    let never: Result<(), StoreError> = store.write(|conn| {
                        journal::insert(conn, &saved(kim, 1_000_000 + number), now)?;
                        Err(StoreError::Dangling)
                    });
                    assert!(never.is_err());
                }
            }
            committed = until;
            if kill < kills {
                // In the middle of the work: some have come, some have not.
                wait_until("some come", || receiver.messages().len() > come + 2);
                server.kill_9();
                assert_eq!(server.wait().signal(), Some(9), "{}", server.log());
                // Nobody is at what the dead process had claimed: its claims run out.
                place.run("UPDATE deliveries SET claimed_until = created_at WHERE claimed_until IS NOT NULL");
                pass();
                server = place.start();
            }
        }
        let last = Mutex::new((Instant::now(), 0));
        wait_until("all come", || {
            let come = taken().len();
            let mut last = last.lock().unwrap();
            if come != last.1 {
                *last = (Instant::now(), come);
            } else if last.0.elapsed() > Duration::from_secs(1) {
                pass();
                last.0 = Instant::now();
            }
            come == usize::try_from(events).unwrap()
        });

        assert_eq!(taken(), (FIRST..FIRST + events).collect());
        let messages = receiver.messages();
        let told: BTreeSet<u32> = messages.iter().map(version).collect();
        assert!(
            told.iter().all(|version| *version < 1_000_000),
            "none without its commit"
        );
        let ids: BTreeMap<&str, u32> = messages
            .iter()
            .map(|message| (message.id(), version(message)))
            .collect();
        assert_eq!(ids.len(), told.len(), "one id for each event");
        let failed = messages
            .iter()
            .filter(|message| message.behaviour != Behaviour::Take)
            .count();
        assert!(
            failed * 5 > messages.len(),
            "{failed} of {}",
            messages.len()
        );
        let outcomes = place.ask(
            "SELECT outcome || ' ' || CAST(count(*) AS TEXT) AS line FROM delivery_attempts GROUP BY outcome ORDER BY outcome",
        );
        assert!(server.is_alive() && !server.log().contains("panicked"));
        eprintln!(
            "{}: {events} events, {kills} kills, {} messages, {failed} of them to a failing receiver; attempts: {outcomes:?}",
            place.url.split(':').next().unwrap_or_default(),
            messages.len(),
        );
        receiver.stop();
    }
}

/// The instant at which each event came, from its commit, at `/quick`.
fn delays(place: &Place, is_slow: bool) -> (Vec<Duration>, usize) {
    let receiver = Receiver::start(|_, path| match path {
        "/slow" => Behaviour::Hang(Duration::from_secs(11)),
        _ => Behaviour::Take,
    });
    let server = place.start();
    let store = Store::open(&place.url, 1).unwrap();
    let name = |who: &str| format!("{who} {is_slow}");
    let kim = listener(&store, &server, &name("Kim"), &receiver.url("/quick"));
    let ben = listener(&store, &server, &name("Ben"), &receiver.url("/slow"));
    let (slow, quick) = if is_long() { (500, 500) } else { (60, 30) };
    if is_slow {
        for number in 0..slow {
            commit(&store, &saved(ben, FIRST + number));
        }
        let is_at_it = |message: &Message| message.path == "/slow";
        wait_until("the slow one hangs", || {
            receiver.messages().iter().any(is_at_it)
        });
    }
    let mut begun = Vec::new();
    for number in 0..quick {
        commit(&store, &saved(kim, FIRST + number));
        begun.push(Instant::now());
        // SQLite has one writer: two processes that both write without a pause would keep each other waiting.
        thread::sleep(Duration::from_millis(50));
    }
    let quick = usize::try_from(quick).unwrap();
    let of_quick = || {
        let mut messages = receiver.messages();
        messages.retain(|message| message.path == "/quick");
        messages
    };
    wait_until("all come", || of_quick().len() >= quick);
    let slow = receiver.messages().len() - of_quick().len();
    let came = of_quick().into_iter().map(|message| {
        let number = usize::try_from(version(&message) - FIRST).unwrap();
        message.at.saturating_duration_since(begun[number])
    });
    let mut came: Vec<Duration> = came.collect();
    came.sort_unstable();
    receiver.stop();
    (came, slow)
}

fn p99(sorted: &[Duration]) -> Duration {
    sorted[(sorted.len() * 99).div_ceil(100) - 1]
}

#[test]
fn a_receiver_that_hangs_is_given_few_at_once_while_the_others_get_all_of_theirs() {
    for place in Place::all() {
        let (alone, _) = delays(&place, false);
        let (beside, slow) = delays(&place, true);

        // Four at once, and one once nothing arrives: the others had theirs before the slow one was through with its.
        assert!(
            slow <= if is_long() { 40 } else { 12 },
            "{slow} to the slow one"
        );
        eprintln!(
            "{}: p99 from commit to receiver {:?}, {:?} beside one that hangs: {:?} more",
            place.url.split(':').next().unwrap_or_default(),
            p99(&alone),
            p99(&beside),
            p99(&beside).saturating_sub(p99(&alone)),
        );
    }
}
