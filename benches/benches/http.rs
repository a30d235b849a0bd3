//! The match list over HTTP at 13,000 counterparties, beside a static body of the same bytes on the same kind of server,
//! in turn in one run: requests per second, p99 and processor time over 16 connections. Once the same list again and again,
//! as of people who load a page twice, and once each time another's, more than are kept. The list is served with all that
//! stands around every route, the log by default included; the static body with nothing.
//!
//! `cargo bench -p benches --bench http`. Under `cargo test` it makes a small market and one round, for its answer alone.

#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use actix_web::{App, HttpResponse, HttpServer, web};
use domain::{Kind, OrganisationId, Review, StageCode};
use jiff::civil::date;
use serde_json::{Value, json};
use store::{
    documents::{self, Stored},
    investments::{self, Investment},
    organisations::{self, Organisation},
};
use testkit::{Actor, Hub};
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
    let others = others.map(|path| request(list, &path, &sato)).collect();
    let load = |address, requests| Load {
        address,
        requests,
        duration: size.round,
    };
    let same = load(list, vec![request(list, &path, &kim)]);
    let others = load(list, others);
    let fixed = load(fixed, vec![request(fixed, "/", &kim)]);
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

fn request(address: SocketAddr, path: &str, as_whom: &Actor<'_>) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\r\n",
        as_whom.access_token()
    )
    .into_bytes()
}

/// What all threads of this program used of the processors so far, as Linux counts it: in hundredths of a second.
fn processor_time() -> Duration {
    let line = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name of the program, which may hold anything and ends with the last bracket.
    let (_, fields) = line.rsplit_once(')').unwrap_or_default();
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
    let [user, system] = [11, 12].map(|at| ticks(at).unwrap_or_default());
    Duration::from_millis(10 * (user + system))
}

/// Requests in turn, over and over, on some connections.
struct Load {
    address: SocketAddr,
    requests: Vec<Vec<u8>>,
    duration: Duration,
}

struct Figures {
    per_second: f64,
    p99_ms: f64,
    /// Of server and clients together, for one answer: what other programs on the machine change least.
    processor_us: f64,
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Figures {
            per_second,
            p99_ms,
            processor_us,
        } = self;
        write!(
            f,
            "{per_second:.0}/s p99 {p99_ms:.2} ms, {processor_us:.0} us"
        )
    }
}

impl Load {
    fn run(&self) -> Figures {
        let until = Instant::now() + self.duration;
        let used_before = processor_time();
        let turn = AtomicUsize::new(0);
        let mut times: Vec<Duration> = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CONNECTIONS)
                .map(|_| scope.spawn(|| self.ask(&turn, until)))
                .collect();
            let finished = clients.into_iter().map(std::thread::ScopedJoinHandle::join);
            finished
                .flat_map(|times| times.expect("every answer is whole"))
                .collect()
        });
        times.sort_unstable();
        let p99 = times[times.len() * 99 / 100];
        #[expect(clippy::cast_precision_loss, reason = "far fewer answers than 2^52")]
        let answers = times.len() as f64;
        let used = processor_time().saturating_sub(used_before);
        Figures {
            per_second: answers / self.duration.as_secs_f64(),
            p99_ms: p99.as_secs_f64() * 1000.0,
            processor_us: used.as_secs_f64() * 1_000_000.0 / answers,
        }
    }

    /// Asks until the time is up; the time of each answer, which must be whole.
    fn ask(&self, turn: &AtomicUsize, until: Instant) -> Vec<Duration> {
        let stream = TcpStream::connect(self.address).expect("the server listens");
        stream.set_nodelay(true).expect("a TCP stream");
        let mut writer = stream.try_clone().expect("a TCP stream");
        let mut reader = BufReader::with_capacity(1 << 16, stream);
        let (mut times, mut body, mut line) = (Vec::new(), Vec::new(), String::new());
        while Instant::now() < until {
            let turn = turn.fetch_add(1, Ordering::Relaxed);
            let request = &self.requests[turn % self.requests.len()];
            let asked = Instant::now();
            writer.write_all(request).expect("the server reads");
            line.clear();
            reader.read_line(&mut line).expect("an answer");
            assert!(line.starts_with("HTTP/1.1 200"), "{line}");
            let mut promised = 0;
            loop {
                line.clear();
                reader.read_line(&mut line).expect("a header");
                if line == "\r\n" {
                    break;
                }
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    promised = value.trim().parse().expect("a length");
                }
            }
            assert!(promised > 0, "a list");
            body.resize(promised, 0);
            reader.read_exact(&mut body).expect("the whole body");
            times.push(asked.elapsed());
        }
        assert!(!times.is_empty());
        times
    }
}
