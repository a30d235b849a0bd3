//! The match list over HTTP at 13,000 counterparties, beside a static body of the same bytes on the same kind of server,
//! in turn in one run: requests per second, p99 and processor time over 16 connections. Once the same list again and again,
//! as of people who load a page twice, and once each time another's, more than are kept. The list is served with all that
//! stands around every route, the log by default included; the static body with nothing.
//!
//! `cargo bench -p benches --bench http`. Under `cargo test` it makes a small market and one round, for its answer alone.

#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]

use std::{
    net::{SocketAddr, TcpListener},
    sync::{Arc, mpsc},
    time::Duration,
};

use actix_web::{App, HttpResponse, HttpServer, web};
use benches::load::{Load, request};
use domain::{Kind, OrganisationId, Review, StageCode};
use jiff::civil::date;
use serde_json::{Value, json};
use store::{
    documents::{self, Stored},
    investments::{self, Investment},
    organisations::{self, Organisation},
};
use testkit::Hub;
use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

const CONNECTIONS: usize = 16;
const WORKERS: usize = 2;

/// How large the market is, and how long each server is asked.
struct Size {
    investors: usize,
    deals: usize,
    rounds: usize,
    round: Duration,
}

fn main() {
    // Cargo says `--bench` when the bench is to be run and not only to be checked.
    let size = if std::env::args().any(|arg| arg == "--bench") {
        Size {
            investors: 13_000,
            deals: 65_000,
            rounds: 15,
            round: Duration::from_millis(1_300),
        }
    } else {
        Size {
            investors: 60,
            deals: 300,
            rounds: 1,
            round: Duration::from_millis(50),
        }
    };
    let hub = Hub::on_sqlite();
    let startups = fill(&hub, &size);
    let kim = hub.founder("Kim");
    let path = format!(
        "/v1/organisations/{}/matches?kind=investor&limit=20",
        kim.organisation()
    );
    let body = kim.get(&path).assert_status(200);
    check(&body.body, size.investors);

    let list = serve_hub(hub.app().clone());
    let fixed = serve_static(body.bytes.clone());
    let sato = hub.staff("Sato");
    let others = startups
        .iter()
        .map(|id| format!("/v1/organisations/{id}/matches?kind=investor&limit=20"));
    let others = others
        .map(|path| request(list, &path, sato.access_token()))
        .collect();
    let load = |address, requests| Load {
        address,
        requests,
        connections: CONNECTIONS,
        duration: size.round,
    };
    let same = load(list, vec![request(list, &path, kim.access_token())]);
    let others = load(list, others);
    let fixed = load(fixed, vec![request(fixed, "/", kim.access_token())]);
    println!(
        "body {} bytes, {CONNECTIONS} connections, {WORKERS} workers",
        body.bytes.len()
    );
    log_to_nowhere();
    let mut beside: [Vec<Beside>; 2] = Default::default();
    for round in 1..=size.rounds {
        let theirs = fixed.run();
        println!("round {round}: static {theirs}");
        for (which, load) in [&same, &others].into_iter().enumerate() {
            let ours = load.run();
            let found = Beside {
                per_cent: 100.0 * ours.per_second / theirs.per_second,
                processor: ours.processor_us / theirs.processor_us,
                p99s: ours.p99_ms / theirs.p99_ms,
            };
            println!(
                "  {} {ours}: {:.1} % of its requests",
                NAMES[which], found.per_cent,
            );
            beside[which].push(found);
        }
    }
    for (name, beside) in NAMES.iter().zip(&beside) {
        println!(
            "{name}, median, least and most: {} % of its requests, {} times its p99, {} times its processor time",
            spread(beside.iter().map(|found| found.per_cent).collect()),
            spread(beside.iter().map(|found| found.p99s).collect()),
            spread(beside.iter().map(|found| found.processor).collect()),
        );
    }
}

/// A list beside a static body.
struct Beside {
    per_cent: f64,
    p99s: f64,
    processor: f64,
}

/// The median of some figures, the least and the most.
fn spread(mut figures: Vec<f64>) -> String {
    figures.sort_by(f64::total_cmp);
    let [least, middle, most] = [0, figures.len() / 2, figures.len() - 1].map(|at| figures[at]);
    format!("{middle:.1} ({least:.1} to {most:.1})")
}

const NAMES: [&str; 2] = ["the same list", "another's each time"];

/// A log as the server's by default, that is written and not kept.
fn log_to_nowhere() {
    let nowhere = std::fs::File::options().write(true).open("/dev/null");
    let nowhere = Arc::new(nowhere.expect("Linux has it"));
    tracing_subscriber::registry()
        .with(EnvFilter::new("info"))
        .with(tracing_subscriber::fmt::layer().json().with_writer(nowhere))
        .init();
}

/// A market like that of the ranking benchmark: places and sectors skewed, records of 5 deals on average.
fn fill(hub: &Hub, size: &Size) -> Vec<OrganisationId> {
    let mut dice = Dice(1);
    let mut investors: Vec<OrganisationId> = Vec::new();
    let mut startups: Vec<OrganisationId> = Vec::new();
    let (mut rows, mut profiles) = (Vec::new(), Vec::new());
    for number in 0..size.investors + size.investors / 10 {
        let kind = if number < size.investors {
            Kind::Investor
        } else {
            Kind::Startup
        };
        let id: OrganisationId = hub.id();
        if kind == Kind::Investor {
            investors.push(id);
        } else {
            startups.push(id);
        }
        rows.push(Organisation {
            id,
            kind,
            external_id: None,
            review: Review::Approved,
            tie_key: dice.roll(u32::MAX),
            created_at: hub.now(),
            changed_at: hub.now(),
            archived_at: None,
            version: 1,
        });
        profiles.push(Stored {
            id: api::uuid_at(hub.now()),
            organisation: id,
            kind: domain::DocumentKind::Profile,
            external_id: None,
            version: 1,
            recorded_at: hub.now(),
            body: profile(number, &mut dice),
        });
    }
    let deals: Vec<Investment> = (0..size.deals)
        .map(|_| Investment {
            id: hub.id(),
            version: 1,
            external_id: None,
            investor: *dice.choose(&investors),
            startup: *dice.choose(&startups),
            announced_on: date(2024, 1 + i8::try_from(dice.roll(12)).expect("a month"), 1),
            stage: StageCode::all().find(|stage| stage.code() == "financing.seed"),
            amount: None,
            lead: false,
        })
        .collect();
    hub.make(|conn, now| {
        organisations::insert_all(conn, &rows)?;
        documents::insert_all(conn, &profiles, None)?;
        investments::insert_all(conn, &deals, now)?;
        for id in &rows {
            store::journal::insert_note(conn, domain::Noun::Organisation, id.id.uuid())?;
        }
        store::journal::insert_note(conn, domain::Noun::Investment, uuid::Uuid::nil())
    });
    hub.catch_up();
    startups
}

fn profile(number: usize, dice: &mut Dice) -> Value {
    const HOMES: [&str; 8] = [
        "US-CA", "US-NY", "US-MA", "JP-27", "JP-13", "GB", "DE", "IL",
    ];
    const SECTORS: [&str; 5] = ["software", "life_science", "fintech", "energy", "mobility"];
    json!({
        "names": {"en": format!("Organisation {number}")},
        "home": dice.choose(&HOMES),
        "sectors": [dice.choose(&SECTORS)],
        "languages": ["en"],
    })
}

/// The answer is a whole list, in order, whose parts add up.
fn check(list: &Value, investors: usize) {
    let items = list["items"].as_array().expect("a list");
    assert_eq!(items.len(), investors.min(20));
    let points: Vec<i64> = items
        .iter()
        .map(|item| item["points"].as_i64().expect("points"))
        .collect();
    assert!(points.is_sorted_by(|a, b| a >= b), "{points:?}");
    for item in items {
        let parts = item["contributions"].as_array().expect("parts");
        let sum: i64 = parts
            .iter()
            .map(|part| part["points"].as_i64().expect("points"))
            .sum();
        assert_eq!(item["points"], sum);
    }
}

/// A small generator of repeatable numbers (xorshift64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from(self.0 % u64::from(sides)).expect("less than the sides")
    }

    fn choose<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.roll(u32::try_from(of.len()).expect("a short list")) as usize]
    }
}

fn serve_hub(app: api::App) -> SocketAddr {
    run(move |listener| api::server(app, listener, WORKERS).expect("the listener serves"))
}

fn serve_static(body: Vec<u8>) -> SocketAddr {
    let body = web::Bytes::from(body);
    run(move |listener| {
        HttpServer::new(move || {
            let body = body.clone();
            App::new().route(
                "/",
                web::get().to(move || {
                    let body = body.clone();
                    async move {
                        HttpResponse::Ok()
                            .content_type("application/json")
                            .body(body)
                    }
                }),
            )
        })
        .workers(WORKERS)
        .listen(listener)
        .expect("the listener serves")
        .run()
    })
}

/// Runs a server on a free port until the program ends.
fn run(make: impl FnOnce(TcpListener) -> actix_web::dev::Server + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (ready, started) = mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = make(listener);
            ready.send(()).expect("main waits");
            server.await.expect("the server ends well");
        });
    });
    started.recv().expect("the server starts");
    address
}
