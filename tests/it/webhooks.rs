//! Other systems are told of what happens: signed, at least once, each what its owner may know, and never by a way that leads
//! into the hub's own network.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use api::notices::{Lookup, Targets};
use base64::Engine as _;
use jiff::SignedDuration;
use serde_json::{Value, json};
use standardwebhooks::Webhook as Verifier;
use store::{
    deliveries,
    journal::{self, Change},
};
use testkit::{
    Actor, on_both,
    receiver::{Behaviour, Message, Receiver},
    schema::Schema,
};

/// A webhook of the organisation that the person owns; its id and its secret.
fn webhook(of: &Actor<'_>, url: &str, events: &Value) -> (String, String) {
    let body = json!({"organisation": of.organisation(), "url": url, "events": events});
    let made = of.post("/v1/webhooks", &body).assert_status(201);
    (
        made.text("/webhook/id").to_owned(),
        made.text("/secret").to_owned(),
    )
}

fn asks(from: &Actor<'_>, to: &Actor<'_>, purpose: &str) -> String {
    let body = json!({
        "from": from.organisation(), "to": to.organisation(), "purpose": purpose,
        "message": "The secret words of the message.",
    });
    let made = from.post("/v1/meeting-requests", &body).assert_status(201);
    format!("/v1/meeting-requests/{}", made.text("/id"))
}

fn types(messages: &[Message]) -> Vec<String> {
    let kinds = messages
        .iter()
        .map(|message| message.json()["type"].as_str().unwrap().to_owned());
    let mut kinds: Vec<String> = kinds.collect();
    kinds.sort_unstable();
    kinds
}

/// Whether the library of the Standard Webhooks specification takes the message's signature with this secret. It holds the
/// time against the clock of the machine, so that the message is signed again by it for comparison.
fn is_signed(message: &Message, secret: &str) -> bool {
    let verifier = Verifier::new(secret).unwrap();
    let seconds = message.headers["webhook-timestamp"].parse().unwrap();
    let expected = verifier
        .sign(message.id(), seconds, message.body.as_bytes())
        .unwrap();
    message.headers["webhook-signature"]
        .split(' ')
        .any(|signature| signature == expected)
}

#[test]
fn each_side_is_told_what_it_may_know_signed_and_by_ids_alone() {
    on_both(|hub| {
        let receiver = Receiver::start(|_, _| Behaviour::Take);
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let all = json!(["meeting_request.*"]);
        let (_, secret_of_kim) = webhook(&kim, &receiver.url("/kim"), &all);
        let (_, secret_of_ada) = webhook(&ada, &receiver.url("/ada?key=1"), &all);

        let request = asks(&kim, &ada, "fundraising");
        let unclear = json!({"reason": "message_unclear", "note": "A note."});
        sato.post(&format!("{request}/return"), &unclear)
            .assert_status(200);
        kim.post(
            &format!("{request}/submit"),
            &json!({"message": "Other words."}),
        )
        .assert_status(200);
        sato.post(&format!("{request}/approve"), &json!({}))
            .assert_status(200);
        ada.post(&format!("{request}/accept"), &json!({}))
            .assert_status(200);
        hub.deliver();

        let (to_kim, to_ada): (Vec<Message>, Vec<Message>) = receiver
            .messages()
            .into_iter()
            .partition(|message| message.path == "/kim");
        let steps = ["accept", "approve", "created", "return", "submit"];
        assert_eq!(
            types(&to_kim),
            steps.map(|step| format!("meeting_request.{step}"))
        );
        assert_eq!(
            types(&to_ada),
            ["meeting_request.accept", "meeting_request.approve"]
        );
        for (messages, secret, other) in [
            (&to_kim, &secret_of_kim, &secret_of_ada),
            (&to_ada, &secret_of_ada, &secret_of_kim),
        ] {
            for message in messages {
                assert!(is_signed(message, secret) && !is_signed(message, other));
                let said = message.json();
                let keys: Vec<&str> = said["data"]
                    .as_object()
                    .unwrap()
                    .keys()
                    .map(String::as_str)
                    .collect();
                for key in keys {
                    assert!(
                        ["noun", "id", "version", "from", "to", "programme"].contains(&key),
                        "{said}"
                    );
                }
                assert!(request.ends_with(said["data"]["id"].as_str().unwrap()));
            }
        }
        receiver.stop();
    });
}

#[test]
fn after_a_change_of_the_secret_both_sign_for_a_day() {
    on_both(|hub| {
        let receiver = Receiver::start(|_, _| Behaviour::Take);
        let kim = hub.founder("Kim");
        let (id, old) = webhook(&kim, &receiver.url("/"), &json!([]));
        let trial = format!("/v1/webhooks/{id}/try");

        let new = kim
            .post(&format!("/v1/webhooks/{id}/rotate-secret"), &json!({}))
            .assert_status(200);
        let new = new.text("/secret");
        hub.deliver();
        let before = receiver.messages().len();
        kim.post(&trial, &json!({})).assert_status(202);
        hub.deliver();
        hub.pass(SignedDuration::from_hours(25));
        kim.on_another_device()
            .post(&trial, &json!({}))
            .assert_status(202);
        hub.deliver();

        let messages = receiver.messages().split_off(before);
        let signed: Vec<(bool, bool)> = messages
            .iter()
            .map(|message| (is_signed(message, &old), is_signed(message, new)))
            .collect();
        assert_eq!(signed, [(true, true), (false, true)]);
        let bytes =
            base64::engine::general_purpose::STANDARD.decode(old.strip_prefix("whsec_").unwrap());
        assert_eq!(bytes.unwrap().len(), 32);
        receiver.stop();
    });
}

#[test]
fn what_fails_is_tried_again_for_days_with_the_same_id_and_logged() {
    on_both(|hub| {
        let behaviours = [
            Behaviour::Status(500),
            Behaviour::Reset,
            Behaviour::Status(302),
            Behaviour::Status(429),
            Behaviour::Take,
        ];
        let receiver = Receiver::start(move |number, _| behaviours[number]);
        let kim = hub.founder("Kim");
        let (id, secret) = webhook(&kim, &receiver.url("/"), &json!(["none.*"]));
        kim.post(&format!("/v1/webhooks/{id}/try"), &json!({}))
            .assert_status(202);

        for minutes in [0, 1, 6, 40, 150] {
            hub.pass(SignedDuration::from_mins(minutes));
            hub.deliver();
        }

        let messages = receiver.messages();
        assert_eq!(messages.len(), 5);
        let ids: BTreeSet<&str> = messages.iter().map(Message::id).collect();
        assert_eq!(ids.len(), 1);
        let times: BTreeSet<&str> = messages
            .iter()
            .map(|message| message.headers["webhook-timestamp"].as_str())
            .collect();
        assert_eq!(times.len(), 5);
        assert!(messages.iter().all(|message| is_signed(message, &secret)));
        assert_eq!(receiver.connections(), 5, "a redirect is not followed");
        let kim = kim.on_another_device();
        let log = kim
            .get(&format!("/v1/webhooks/{id}/deliveries"))
            .assert_status(200);
        let outcomes: Vec<&str> = log.body["items"][0]["attempts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|attempt| attempt["outcome"].as_str().unwrap())
            .collect();
        assert_eq!(
            outcomes,
            [
                "refused",
                "no_connection",
                "redirect",
                "refused",
                "delivered"
            ]
        );
        assert_eq!(log.text("/items/0/state"), "delivered");
        receiver.stop();
    });
}

#[test]
fn a_delivery_can_be_replayed() {
    on_both(|hub| {
        let receiver = Receiver::start(|_, _| Behaviour::Take);
        let kim = hub.founder("Kim");
        let (id, _) = webhook(&kim, &receiver.url("/"), &json!(["none.*"]));
        let trial = kim
            .post(&format!("/v1/webhooks/{id}/try"), &json!({}))
            .assert_status(202);
        hub.deliver();

        let replay = format!("/v1/webhooks/{id}/deliveries/{}/replay", trial.text("/id"));
        kim.post(&replay, &json!({})).assert_status(202);
        hub.deliver();

        let messages = receiver.messages();
        assert_eq!(messages.len(), 2);
        assert_eq!(messages[0].id(), messages[1].id());
        receiver.stop();
    });
}

#[test]
fn a_webhook_that_is_gone_or_fails_for_five_days_is_disabled_and_its_owner_is_told() {
    on_both(|hub| {
        let receiver =
            Receiver::start(|_, path| Behaviour::Status(if path == "/gone" { 410 } else { 503 }));
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let (gone, _) = webhook(&kim, &receiver.url("/gone"), &json!(["none.*"]));
        let (failing, _) = webhook(&ada, &receiver.url("/failing"), &json!(["none.*"]));
        kim.post(&format!("/v1/webhooks/{gone}/try"), &json!({}))
            .assert_status(202);
        ada.post(&format!("/v1/webhooks/{failing}/try"), &json!({}))
            .assert_status(202);

        hub.deliver();
        let told_kim = hub.mail().to(kim.email()).len();
        let mut hours = 0;
        while hub.mail().to(ada.email()).is_empty() && hours < 240 {
            hours += 10;
            hub.pass(SignedDuration::from_hours(10));
            hub.deliver();
        }

        assert!(hours >= 120, "{hours}");
        assert_eq!((told_kim, hub.mail().to(ada.email()).len()), (1, 1));
        for (who, id, why) in [(&kim, &gone, "gone"), (&ada, &failing, "failing")] {
            let who = who.on_another_device();
            let shown = who.get(&format!("/v1/webhooks/{id}")).assert_status(200);
            assert_eq!(
                (
                    shown.body["active"].as_bool(),
                    shown.text("/disabled_because")
                ),
                (Some(false), why)
            );
            who.post(&format!("/v1/webhooks/{id}/try"), &json!({}))
                .assert_error(409, "webhook_disabled");
            let enable = json!({"url": receiver.url("/"), "active": true, "events": []});
            who.with("if-match", "*")
                .put(&format!("/v1/webhooks/{id}"), &enable)
                .assert_status(200);
            who.post(&format!("/v1/webhooks/{id}/try"), &json!({}))
                .assert_status(202);
        }
        receiver.stop();
    });
}

/// URLs that lead where nobody may be led, on the port of a listener of this machine.
fn hostile_urls(port: u16) -> Vec<String> {
    let hosts = [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "127.255.255.254",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "0",
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.254",
        "169.254.169.254",
        "169.254.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "192.168.255.255",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:10.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::1]",
        "[fe80::1]",
        "[febf::1]",
        "[fec0::1]",
        "[fc00::1]",
        "[fd00::1]",
        "[fd00:ec2::254]",
        "[ff02::1]",
        "[ff0e::1]",
        "[2001:db8::1]",
        "[2001::1]",
        "[2002:7f00:1::]",
        "[100::1]",
        "[3fff::1]",
        "[5f00::1]",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "hub.local",
        "metadata",
        "metadata.google.internal",
        "hub.example",
        "HUB.EXAMPLE.",
        "１２７.０.０.１",
        "127。0。0。1",
        "[fe80::1%25lo]",
    ];
    let mut urls: Vec<String> = hosts
        .iter()
        .map(|host| format!("https://{host}:{port}/"))
        .collect();
    urls.extend(hosts.iter().take(3).map(|host| format!("https://{host}/")));
    urls.extend([
        format!("https://good.example@127.0.0.1:{port}/"),
        format!("http://127.0.0.1:{port}/"),
        "https://example.org:22/".to_owned(),
        "https://example.org:25/".to_owned(),
        "https://example.org:5432/".to_owned(),
        "https://example.org:6379/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "gopher://127.0.0.1/".to_owned(),
        "ftp://example.org/".to_owned(),
        "javascript:alert(1)".to_owned(),
        format!("https://example.org/{}", "x".repeat(2_000)),
        "https://example.org/#fragment".to_owned(),
        "https://exa mple.org/".to_owned(),
        "//example.org/".to_owned(),
        String::new(),
    ]);
    urls
}

/// No network but the public internet.
fn strict(lookup: Lookup) -> Targets {
    Targets {
        lookup,
        allowed: Vec::new(),
        own_host: Some("hub.example".to_owned()),
    }
}

#[test]
fn no_hostile_url_makes_a_connection_when_it_is_made_known_or_when_it_is_sent_to() {
    let canary = Receiver::start(|_, _| Behaviour::Take);
    let urls = hostile_urls(canary.port());
    assert!(urls.len() >= 80, "{}", urls.len());
    on_both(|hub| {
        let hub = &hub.another_leading_to(strict(Lookup::Machine));
        let kim = hub.founder("Kim");

        for url in &urls {
            let body = json!({"organisation": kim.organisation(), "url": url});
            let refused = kim.post("/v1/webhooks", &body);
            refused.assert_error(422, "invalid_body");
            assert_eq!(refused.fields()[0], "url", "{url}");
        }
        // As if they had been let in.
        let mut database = Schema::of(hub.database_url());
        let (id, _) = webhook(&kim, "https://example.org/", &json!(["none.*"]));
        for url in &urls {
            database.run(&format!(
                "UPDATE webhooks SET url = '{url}' WHERE id = '{id}'"
            ));
            kim.post(&format!("/v1/webhooks/{id}/try"), &json!({}))
                .assert_status(202);
            hub.deliver();
        }

        assert_eq!(canary.connections(), 0);
        let tried = database.ask("SELECT outcome AS line FROM delivery_attempts");
        assert_eq!(tried.len(), urls.len());
        assert!(
            tried.iter().all(|outcome| outcome != "delivered"),
            "{tried:?}"
        );
    });
    canary.stop();
}

#[test]
fn a_name_that_changes_its_mind_between_look_ups_leads_nowhere() {
    let canary = Receiver::start(|_, _| Behaviour::Take);
    on_both(|hub| {
        let asked = Arc::new(AtomicUsize::new(0));
        let asking = asked.clone();
        let hub = &hub.another_leading_to(strict(Lookup::Set(Arc::new(move |_| {
            // Never the same twice: public, private, both.
            let public = "203.0.114.1".parse().unwrap();
            let private = "127.0.0.1".parse().unwrap();
            match asking.fetch_add(1, Ordering::SeqCst) % 2 {
                0 => vec![private],
                _ => vec![public, private],
            }
        }))));
        let kim = hub.founder("Kim");
        let url = format!("https://rebinding.example:{}/", 8443);
        let (id, _) = webhook(&kim, &url, &json!(["none.*"]));

        for _ in 0..4 {
            kim.post(&format!("/v1/webhooks/{id}/try"), &json!({}))
                .assert_status(202);
        }
        hub.deliver();

        assert!(asked.load(Ordering::SeqCst) >= 4);
        let mut database = Schema::of(hub.database_url());
        let outcomes = database.ask("SELECT outcome AS line FROM delivery_attempts");
        assert_eq!(outcomes, vec!["forbidden_address"; 4]);
    });
    assert_eq!(canary.connections(), 0);
    canary.stop();
}

/// Ends the workers of a hub in the middle of their work, as a kill does: what they had claimed is never written down.
fn kill_and_restart(app: &api::App, times: usize, until: impl Fn() -> bool) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    for _ in 0..times {
        let worker = runtime.spawn(api::notices::deliver(app.clone()));
        std::thread::sleep(Duration::from_millis(120));
        worker.abort();
        assert!(runtime.block_on(worker).unwrap_err().is_cancelled());
    }
    let worker = runtime.spawn(api::notices::deliver(app.clone()));
    let started = Instant::now();
    while !until() {
        assert!(
            started.elapsed() < Duration::from_mins(10),
            "not all was delivered"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    worker.abort();
    runtime.shutdown_background();
}

/// Whether the receiver said that it has it.
fn is_taken(behaviour: Behaviour) -> bool {
    matches!(
        behaviour,
        Behaviour::Take | Behaviour::Endless | Behaviour::Hang(_)
    )
}

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

#[test]
fn every_event_arrives_at_least_once_though_a_third_fails_and_workers_are_killed() {
    let (events, kills) = (scale(150, 5_000), scale(3, 20));
    on_both(|hub| {
        let seen: std::sync::Mutex<BTreeMap<String, usize>> = std::sync::Mutex::default();
        let (quiet, idle) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let receiver = Receiver::start(|number, path| match (path, number % 20) {
            ("/slow", _) => Behaviour::Hang(Duration::from_secs(2)),
            (_, 1) => Behaviour::Status(500),
            (_, 4) => Behaviour::Reset,
            (_, 7) => Behaviour::Status(302),
            (_, 10) => Behaviour::Endless,
            (_, 13) => Behaviour::Status(429),
            (_, 16) => Behaviour::Hang(Duration::from_millis(300)),
            _ => Behaviour::Take,
        });
        let (kim, ben) = (hub.founder("Kim"), hub.investor("Ben"));
        let wanted = json!(["organisation.saved"]);
        webhook(&kim, &receiver.url("/kim"), &wanted);
        webhook(&ben, &receiver.url("/slow"), &wanted);
        let note = |id: domain::OrganisationId, version: u32| Change {
            action: "saved",
            noun: domain::Noun::Organisation,
            id: id.uuid(),
            version: 1_000 + version,
            person: None,
            party: None,
            detail: json!({}),
        };
        let events = u32::try_from(events).unwrap();
        for version in 0..events {
            hub.make(|conn, now| journal::insert(conn, &note(kim.organisation(), version), now));
            // One in five is never committed.
            if version % 5 == 0 {
                let never: Result<(), store::StoreError> = hub.store().write(|conn| {
                    journal::insert(
                        conn,
                        &note(kim.organisation(), 1_000_000 + version),
                        hub.now(),
                    )?;
                    Err(store::StoreError::Dangling)
                });
                assert!(never.is_err());
            }
        }
        for version in 0..8 {
            hub.make(|conn, now| journal::insert(conn, &note(ben.organisation(), version), now));
        }

        kill_and_restart(hub.app(), kills, || {
            // Retries and lapsed claims wait for the clock, which a test moves: by hours when nothing comes any more.
            let come = receiver.messages().len();
            let waited = if come == quiet.swap(come, Ordering::SeqCst) {
                idle.fetch_add(1, Ordering::SeqCst)
            } else {
                idle.swap(0, Ordering::SeqCst)
            };
            let quickly = waited > 20;
            hub.pass(if quickly {
                SignedDuration::from_mins(30)
            } else {
                SignedDuration::from_millis(250)
            });
            let delivered = receiver
                .messages()
                .into_iter()
                .filter(|message| message.path == "/kim");
            let mut seen = seen.lock().unwrap();
            seen.clear();
            for message in delivered.filter(|message| is_taken(message.behaviour)) {
                *seen
                    .entry(message.json()["data"]["version"].to_string())
                    .or_default() += 1;
            }
            seen.len() == usize::try_from(events).unwrap()
        });

        let seen = seen.lock().unwrap();
        let expected: BTreeSet<String> = (0..events)
            .map(|version| (1_000 + version).to_string())
            .collect();
        assert_eq!(
            seen.keys().cloned().collect::<BTreeSet<_>>(),
            expected,
            "none without its commit"
        );
        let failed = receiver
            .messages()
            .iter()
            .filter(|message| message.behaviour != Behaviour::Take)
            .count();
        assert!(failed * 10 > receiver.messages().len(), "{failed} failed");
        let ids: BTreeMap<String, String> = receiver
            .messages()
            .iter()
            .filter(|message| message.path == "/kim")
            .map(|message| {
                (
                    message.id().to_owned(),
                    message.json()["data"]["version"].to_string(),
                )
            })
            .collect();
        assert_eq!(ids.len(), expected.len(), "one id for each event");
        receiver.stop();
    });
}

#[test]
fn a_slow_endpoint_does_not_take_the_places_of_the_others() {
    on_both(|hub| {
        let receiver = Receiver::start(|_, path| {
            if path == "/slow" {
                Behaviour::Hang(Duration::from_secs(6))
            } else {
                Behaviour::Take
            }
        });
        let (kim, ben) = (hub.founder("Kim"), hub.investor("Ben"));
        let (slow, _) = webhook(&ben, &receiver.url("/slow"), &json!(["none.*"]));
        let (quick, _) = webhook(&kim, &receiver.url("/quick"), &json!(["none.*"]));
        for _ in 0..120 {
            ben.post(&format!("/v1/webhooks/{slow}/try"), &json!({}))
                .assert_status(202);
        }
        for _ in 0..10 {
            kim.post(&format!("/v1/webhooks/{quick}/try"), &json!({}))
                .assert_status(202);
        }

        kill_and_restart(hub.app(), 0, || {
            receiver
                .messages()
                .iter()
                .filter(|message| message.path == "/quick")
                .count()
                == 10
        });

        let slow = receiver
            .messages()
            .iter()
            .filter(|message| message.path == "/slow")
            .count();
        assert!(
            slow <= 4,
            "{slow} to the slow one before the others had theirs"
        );
        receiver.stop();
    });
}

#[test]
fn two_workers_never_have_the_same_delivery() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        let (id, _) = webhook(&kim, "http://127.0.0.1:9/", &json!(["none.*"]));
        for _ in 0..30 {
            kim.post(&format!("/v1/webhooks/{id}/try"), &json!({}))
                .assert_status(202);
        }
        let (now, id) = (hub.now(), id.parse().unwrap());
        let until = now + SignedDuration::from_secs(30);
        let claim = || {
            let what = deliveries::Claim::Webhook(id);
            let claimed = hub
                .store()
                .write(|conn| deliveries::claim(conn, what, 3, now, until));
            claimed.unwrap_or_else(|error: store::StoreError| panic!("{error}"))
        };

        let claimed: Vec<_> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| (0..20).flat_map(|_| claim()).collect::<Vec<_>>()))
                .collect();
            workers
                .into_iter()
                .flat_map(|worker| worker.join().unwrap())
                .collect()
        });

        let ids: BTreeSet<_> = claimed.iter().map(|delivery| delivery.id).collect();
        assert_eq!((claimed.len(), ids.len()), (30, 30));
        hub.pass(SignedDuration::from_secs(31));
        let lapsed = hub.store().write(|conn| {
            deliveries::claim(conn, deliveries::Claim::Webhook(id), 50, hub.now(), until)
        });
        assert_eq!(
            lapsed
                .unwrap_or_else(|error: store::StoreError| panic!("{error}"))
                .len(),
            30
        );
    });
}
