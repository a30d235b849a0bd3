//! A hub of a million organisations on a PostgreSQL that this program starts: how soon a replica is ready and how much
//! memory it holds, whether two replicas keep up with ten thousand changes a second, and what they answer alone and behind
//! a proxy, where one of them is killed at last.
//!
//! `cargo bench -p benches --bench scale`, with ` -- ORGANISATIONS SECONDS` for another number of them, and of seconds for which
//! each of the two runs of changes lasts (20). Under `cargo test` the hub is small and each part short, for its answers
//! alone.
//! The proxy is nginx; where there is none, that part is left out and said so.

#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]

use std::{
    collections::BTreeMap,
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    ops::RangeInclusive,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use benches::{
    load::{Load, processor_time, request},
    market::{Size, id, world},
    median,
};
use domain::{DocumentKind, Id, Noun, Programme, RegionCode, Review, Role};
use jiff::Timestamp;
use scoring::{Deal, Facts};
use serde_json::{Value, json};
use store::{
    Store,
    documents::{self, Stored},
    investments::{self, Investment},
    organisations::{self, Organisation},
    people, programmes,
};
use testkit::{
    postgres::{announce_missing, cluster},
    process::{Server, enrol, key_file},
    schema::Schema,
};

/// How large the hub is, and how long each part takes.
struct Scale {
    market: Size,
    /// Turns of changes, ten a second.
    turns: u32,
    /// Organisations that change in each.
    batch: u32,
    rounds: usize,
    round: Duration,
}

/// From one turn of changes to the next.
const TURN: Duration = Duration::from_millis(100);

/// How often it is looked which turns were seen: an answer costs about a millisecond, in which nothing is followed.
const LOOK: Duration = Duration::from_millis(25);

/// So many organisations tell which turns were seen, one after the other: whoever looks is shown all of them.
const TELLING: u32 = 200;

const CONNECTIONS: usize = 16;

fn main() {
    // Cargo says `--bench` when the bench is to be run and not only to be checked.
    let is_bench = std::env::args().any(|arg| arg == "--bench");
    let mut wanted = std::env::args().filter_map(|arg| arg.parse().ok());
    let scale = if is_bench {
        Scale {
            market: half_and_half(wanted.next().unwrap_or(1_000_000)),
            turns: 10 * wanted.next().unwrap_or(20),
            batch: 1_000,
            rounds: 3,
            round: Duration::from_secs(5),
        }
    } else {
        Scale {
            market: half_and_half(600),
            turns: 5,
            batch: 20,
            rounds: 1,
            round: Duration::from_millis(200),
        }
    };
    let Some(cluster) = cluster() else {
        return announce_missing();
    };
    let url = cluster.create_database(None);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let key = key_file(folder.path());
    let start = || Server::on_postgres(&url, &key);
    // It lays the foundation of the hub.
    drop(start());
    let store = Store::open(&url, 2).expect("the database opens");
    let hub = fill(&store, &scale);
    println!("database {} MB", bytes_in(cluster.directory()) / 1_000_000);

    let started = Instant::now();
    let one = start();
    let organisations = scale.market.startups + scale.market.investors;
    let [now, most] = memory(&one);
    println!(
        "{organisations} organisations: ready in {:.1} s; {} MB held, {} MB at most; {} bytes an organisation",
        started.elapsed().as_secs_f64(),
        now / 1_000_000,
        most / 1_000_000,
        now / u64::from(organisations)
    );
    let other = start();
    let sato = Asker::sign_in(&one, &hub.staff, scale.market);
    measure_lists(&one, &sato, "one replica, at rest", &scale);
    let changing = Changing {
        url: &url,
        servers: [&one, &other],
        database: cluster.directory(),
        hub: &hub,
        scale: &scale,
    };
    changing.keep_up(0, None);
    changing.keep_up(scale.turns, Some(&sato));
    measure_lists(&one, &sato, "one replica, after the changes", &scale);
    measure_lists(&other, &sato, "the other", &scale);
    beside_a_proxy(folder.path(), one, &other, &sato, &scale);
}

/// A market of so many organisations, half of them startups, with five deals to each of these.
fn half_and_half(organisations: u32) -> Size {
    let startups = organisations / 2;
    Size {
        startups,
        investors: organisations - startups,
        deals: 5 * startups,
    }
}

/// What the database was filled with, as far as it is asked for.
struct Hub {
    /// An address of the staff.
    staff: String,
    /// That of who owns the startups that tell which turns were seen: one for each.
    owner: String,
    /// Where organisations are at home.
    homes: [RegionCode; 2],
}

/// Writes the market by rule of [`world`] as the product would hold it.
fn fill(store: &Store, scale: &Scale) -> Hub {
    let (facts, deals) = world(scale.market);
    let mut homes = facts.iter().filter_map(|facts| facts.home);
    let first = homes.next().expect("a home");
    let other = homes.find(|&home| home != first).expect("another home");
    let now = api::Clock::Machine.now();
    for some in facts.chunks(5_000) {
        let rows: Vec<Organisation> = some.iter().map(|facts| organisation(facts, now)).collect();
        let documents: Vec<Stored> = some.iter().flat_map(|facts| stored(facts, now)).collect();
        let written = store.write(|conn| {
            organisations::insert_all(conn, &rows)?;
            documents::insert_all(conn, &documents, None)
        });
        written.expect("new organisations");
    }
    for (some, first) in deals.chunks(10_000).zip((0..).step_by(10_000)) {
        let deals = some
            .iter()
            .zip(first..)
            .map(|(deal, number)| invested(deal, number));
        let deals: Vec<Investment> = deals.collect();
        let written = store.write(|conn| investments::insert_all(conn, &deals, now));
        written.expect("new investments");
    }
    let (sato, staff) = enrol(store, "Sato");
    let (kim, owner) = enrol(store, "Kim");
    let written = store.write(|conn| {
        let hub = programmes::find_by_code(conn, Programme::HUB)?.id;
        people::insert_staff_grant(conn, sato, hub, now)?;
        (0..TELLING.min(scale.turns))
            .try_for_each(|turn| people::insert_membership(conn, kim, id(turn), Role::Owner, now))
    });
    written.expect("a member of the staff and an owner");
    Hub {
        staff,
        owner,
        homes: [first, other],
    }
}

fn organisation(facts: &Facts, now: Timestamp) -> Organisation {
    Organisation {
        id: facts.id,
        kind: facts.kinds[0],
        external_id: None,
        review: Review::Approved,
        tie_key: facts.tie_key,
        created_at: now,
        changed_at: now,
        archived_at: None,
        version: 1,
    }
}

/// Profile, round and mandate.
fn stored(facts: &Facts, now: Timestamp) -> Vec<Stored> {
    let profile = json!({
        "names": {"en": format!("Organisation {}", facts.tie_key)},
        "home": facts.home, "languages": facts.languages, "sectors": facts.sectors, "stages": facts.stages,
    });
    let rounds = facts.rounds.iter().map(|round| {
        let body = json!({"stage": round.stage, "opened_on": round.opened_on});
        (DocumentKind::Round, body)
    });
    let mandates = facts.mandates.iter().map(|(_, mandate)| {
        let body = serde_json::to_value(mandate).expect("a mandate is written as JSON");
        (DocumentKind::Mandate, body)
    });
    let all = [(DocumentKind::Profile, profile)].into_iter();
    let all = all.chain(rounds).chain(mandates).zip(1_u128..);
    let document = |((kind, body), number): ((DocumentKind, Value), u128)| Stored {
        // Beside that of the organisation, in another row of numbers.
        id: uuid::Uuid::from_u128(facts.id.uuid().as_u128() | number << 48),
        organisation: facts.id,
        kind,
        external_id: None,
        version: 1,
        recorded_at: now,
        body,
    };
    all.map(document).collect()
}

fn invested(deal: &Deal, number: u32) -> Investment {
    Investment {
        id: Id::from_uuid(uuid::Uuid::from_u128(id(number).uuid().as_u128() | 7 << 48)),
        version: 1,
        external_id: None,
        investor: deal.investor,
        startup: deal.startup,
        announced_on: deal.on,
        stage: deal.stage,
        amount: None,
        lead: deal.lead,
    }
}

/// Resident memory of a process in bytes: now, and at most so far.
fn memory(server: &Server) -> [u64; 2] {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap_or_default();
    ["VmRSS:", "VmHWM:"].map(|name| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        1024 * kilobytes.map_or(0, |number| number.parse().expect("a number"))
    })
}

/// Bytes of all files in a folder.
fn bytes_in(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(found) if found.is_dir() => bytes_in(&entry.path()),
        Ok(found) => found.len(),
        // Gone meanwhile.
        Err(_) => 0,
    });
    sizes.sum()
}

/// A member of the staff who asks for the lists of many startups, each once before any comes again.
struct Asker {
    token: String,
    paths: Vec<String>,
}

impl Asker {
    fn sign_in(server: &Server, email: &str, size: Size) -> Asker {
        let bearer = server.sign_in(email);
        let path = |startup| {
            format!(
                "/v1/organisations/{}/matches?kind=investor&limit=20",
                id(startup)
            )
        };
        let step = (size.startups / 1_000).max(1) as usize;
        Asker {
            token: bearer.trim_start_matches("Bearer ").to_owned(),
            paths: (0..size.startups).step_by(step).map(path).collect(),
        }
    }

    fn load(&self, address: SocketAddr, connections: usize, duration: Duration) -> Load {
        let requests = self
            .paths
            .iter()
            .map(|path| request(address, path, &self.token));
        Load {
            address,
            requests: requests.collect(),
            connections,
            duration,
        }
    }
}

fn address(server: &Server) -> SocketAddr {
    server.address().parse().expect("an address and a port")
}

fn measure_lists(server: &Server, asker: &Asker, name: &str, scale: &Scale) {
    let list = server.get(&asker.paths[0], &format!("Bearer {}", asker.token));
    let list = list.assert_status(200);
    assert_eq!(list.body["items"].as_array().map(Vec::len), Some(20));
    for connections in [1, CONNECTIONS] {
        let found = asker.load(address(server), connections, scale.round).run();
        println!(
            "{name}, {connections} at once: {:.0} lists a second, p50 {:.1} ms, p99 {:.1} ms",
            found.per_second, found.p50_ms, found.p99_ms
        );
    }
}

/// Ten batches of changes a second.
struct Changing<'a> {
    url: &'a str,
    servers: [&'a Server; 2],
    /// The folder of the database.
    database: &'a Path,
    hub: &'a Hub,
    scale: &'a Scale,
}

impl Changing<'_> {
    /// How many changes a second are taken in, how long it takes until each is on each replica, and what it costs: with
    /// nothing beside them, or with one who asks for lists all along. Turns are numbered after the `first`.
    fn keep_up(&self, first: u32, asker: Option<&Asker>) {
        let scale = self.scale;
        let bearer = self.servers[0].sign_in(&self.hub.owner);
        let committed: Mutex<BTreeMap<u32, Instant>> = Mutex::default();
        let done = AtomicBool::new(false);
        let turns = first + 1..=first + scale.turns;
        let used_before = self.used();
        let seen = thread::scope(|scope| {
            let watches = self
                .servers
                .map(|server| scope.spawn(|| watch(server, &bearer, turns.clone())));
            let lists = asker.map(|asker| {
                let load = asker.load(address(self.servers[0]), 1, scale.round);
                let done = &done;
                scope.spawn(move || ask_on(&load, done))
            });
            let started = Instant::now();
            let mut database = Schema::of(self.url);
            for (turn, number) in turns.clone().zip(1..) {
                database.run(&changes(turn, scale, self.hub.homes));
                let now = Instant::now();
                let mut committed = committed.lock().expect("no panic while held");
                committed.insert(turn, now);
                drop(committed);
                thread::sleep((TURN * number).saturating_sub(started.elapsed()));
            }
            let seconds = started.elapsed().as_secs_f64();
            let seen = watches.map(|watch| watch.join().expect("the last change is seen"));
            let until_seen = started.elapsed().as_secs_f64();
            done.store(true, Ordering::Relaxed);
            let count = f64::from(scale.turns * (scale.batch + 1));
            println!(
                "{:.0} changes a second for {seconds:.0} s, {:.0} taken in by both",
                count / seconds,
                count / until_seen,
            );
            match lists.map(|lists| lists.join().expect("every list is whole")) {
                Some(p99) => println!("  lists of one client meanwhile p99 {p99:.0} ms"),
                None => println!("  nobody asked for lists meanwhile"),
            }
            let used = std::iter::zip(self.used(), used_before);
            let used = used.map(|(now, before)| {
                1_000_000.0 * now.saturating_sub(before).as_secs_f64() / count
            });
            let used: Vec<f64> = used.collect();
            println!("  processor time a change, one, the other, the database: {used:.0?} us");
            seen
        });
        let committed = committed.into_inner().expect("no panic while held");
        for (seen, name) in seen.iter().zip(["one", "the other"]) {
            let late = seen
                .iter()
                .map(|(turn, at)| at.saturating_duration_since(committed[turn]));
            let mut late: Vec<f64> = late.map(|late| 1000.0 * late.as_secs_f64()).collect();
            let third = late.len().div_ceil(3);
            let thirds: Vec<f64> = late
                .chunks(third)
                .map(|late| median(late.iter().copied()))
                .collect();
            late.sort_by(f64::total_cmp);
            println!(
                "  on {name} after {:.0} ms (p50; of each third of the time {thirds:.0?}), {:.0} ms (p99), {:.0} ms at most",
                late[late.len() / 2],
                late[late.len() * 99 / 100],
                late[late.len() - 1]
            );
        }
        let [now, most] = memory(self.servers[0]).map(|bytes| bytes / 1_000_000);
        println!("  memory of one after that: {now} MB, {most} MB at most");
    }

    /// What both servers and the database used of the processors so far.
    fn used(&self) -> [Duration; 3] {
        let [one, other] = self.servers.map(|server| processor_time(server.id()));
        [one, other, used_by_database(self.database)]
    }
}

/// What the processes of a PostgreSQL used of the processors so far.
fn used_by_database(folder: &Path) -> Duration {
    let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
    let started = read(&folder.join("data/postmaster.pid"));
    let first = started.lines().next().unwrap_or_default();
    let others = read(Path::new(&format!("/proc/{first}/task/{first}/children")));
    let all = others.split_whitespace().chain([first]);
    let all = all.filter_map(|process| process.parse().ok());
    all.map(processor_time).sum()
}

/// Asks until it is said to be done; the worst p99, in milliseconds.
fn ask_on(load: &Load, done: &AtomicBool) -> f64 {
    let mut worst: f64 = 0.0;
    while !done.load(Ordering::Relaxed) {
        worst = worst.max(load.run().p99_ms);
    }
    worst
}

/// Another home for a batch of organisations, one of those that others have, and another name for one that nothing else changes: a replica that is
/// behind reads what is there by then, whichever note has it read.
fn changes(turn: u32, scale: &Scale, homes: [RegionCode; 2]) -> String {
    let others = scale.market.startups + scale.market.investors - scale.turns;
    let first = scale.turns + (turn * scale.batch) % (others - scale.batch);
    let home = homes[turn as usize % 2];
    let named = (turn - 1) % TELLING.min(scale.turns);
    let of = |first, last, patch: Value| {
        let these = format!("BETWEEN '{}' AND '{}'", id(first), id(last));
        format!(
            "UPDATE documents SET version = version + 1 WHERE kind = 'profile' AND organisation_id {these};
             INSERT INTO document_versions (document_id, version, recorded_at, body)
                 SELECT d.id, d.version, now(), v.body || '{patch}' FROM documents d
                 JOIN document_versions v ON v.document_id = d.id AND v.version = d.version - 1
                 WHERE d.kind = 'profile' AND d.organisation_id {these};
             INSERT INTO change_log (noun, id) SELECT '{}', id FROM organisations WHERE id {these};",
            Noun::Organisation.code()
        )
    };
    format!(
        "BEGIN; {} {} COMMIT;",
        of(first, first + scale.batch - 1, json!({"home": home})),
        of(
            named,
            named,
            json!({"names": {"en": format!("Turn {turn}")}})
        )
    )
}

/// When each of these turns was first seen on this replica, until the last is. A later turn of the same organisation shows the
/// earlier ones too.
fn watch(server: &Server, bearer: &str, turns: RangeInclusive<u32>) -> BTreeMap<u32, Instant> {
    let mut seen = BTreeMap::new();
    while seen.len() < turns.clone().count() {
        let me = server.get("/v1/me", bearer).assert_status(200);
        let now = Instant::now();
        let memberships = me.body["memberships"].as_array().expect("a list");
        let names = memberships.iter().map(|of| &of["organisation"]["name"]);
        let named = names.filter_map(|name| name.as_str()?.strip_prefix("Turn "));
        for turn in named {
            let turn = turn.parse().expect("a number");
            let all = (*turns.start()..=turn).rev();
            for earlier in all.step_by(TELLING as usize) {
                seen.entry(earlier).or_insert(now);
            }
        }
        thread::sleep(LOOK);
    }
    seen
}

/// What one replica answers, what it answers behind a proxy and what two do, and what is lost when one of two is killed.
fn beside_a_proxy(folder: &Path, mut one: Server, other: &Server, asker: &Asker, scale: &Scale) {
    let replicas = [address(&one), address(other)];
    let (Some(single), Some(double)) = (
        Proxy::start(&folder.join("single"), &replicas[..1]),
        Proxy::start(&folder.join("double"), &replicas),
    ) else {
        return println!("no nginx: nothing was measured behind a proxy");
    };
    let ways = [
        ("one replica", replicas[0]),
        ("one behind the proxy", single.address),
        ("two behind the proxy", double.address),
    ];
    for round in 1..=scale.rounds {
        for (name, address) in ways {
            let found = asker.load(address, CONNECTIONS, scale.round).run();
            println!(
                "round {round}: {name}: {:.0} lists a second, p50 {:.0} ms, p99 {:.0} ms",
                found.per_second, found.p50_ms, found.p99_ms
            );
        }
    }
    let until = Instant::now() + scale.round;
    let (whole, lost) = thread::scope(|scope| {
        let clients: [_; 4] = std::array::from_fn(|client| {
            let requests = asker.load(double.address, 1, scale.round).requests;
            scope.spawn(move || {
                let mut counts = (0, 0);
                for request in requests.iter().cycle().skip(client) {
                    if Instant::now() > until {
                        break;
                    }
                    if is_answered(double.address, request) {
                        counts.0 += 1;
                    } else {
                        counts.1 += 1;
                    }
                }
                counts
            })
        });
        thread::sleep(scale.round / 3);
        one.kill_9();
        let all = clients.map(|client| client.join().expect("a client does not panic"));
        all.iter()
            .fold((0, 0), |sum, counts| (sum.0 + counts.0, sum.1 + counts.1))
    });
    assert!(!one.is_alive());
    println!("one of two killed: {whole} lists answered, {lost} lost");
}

/// Whether a request gets a whole list.
fn is_answered(address: SocketAddr, request: &[u8]) -> bool {
    use std::io::{BufRead as _, Write as _};
    let Ok(mut stream) = TcpStream::connect(address) else {
        return false;
    };
    let mut line = String::new();
    let sent = stream.write_all(request);
    sent.is_ok()
        && std::io::BufReader::new(stream).read_line(&mut line).is_ok()
        && line.starts_with("HTTP/1.1 200")
}

/// A running nginx. Dropping it ends it.
struct Proxy {
    child: Child,
    address: SocketAddr,
}

impl Proxy {
    /// Before these replicas: whoever has least to do is asked, and another one where one cannot be reached. `None`
    /// without nginx.
    fn start(folder: &Path, replicas: &[SocketAddr]) -> Option<Proxy> {
        fs::create_dir(folder).expect("a folder of its own");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = port.expect("a free port");
        let servers = replicas
            .iter()
            .map(|replica| format!("server {replica} max_fails=1 fail_timeout=10s;"));
        let configuration = format!(
            "worker_processes 1; daemon off; pid nginx.pid; error_log stderr crit;
             events {{ worker_connections 256; }}
             http {{
                 access_log off;
                 client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fast; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
                 upstream replicas {{ least_conn; {} keepalive 32; }}
                 server {{
                     listen {address};
                     location / {{
                         proxy_pass http://replicas; proxy_http_version 1.1; proxy_set_header Connection '';
                         proxy_next_upstream error timeout;
                         proxy_buffers 16 16k;
                     }}
                 }}
             }}",
            servers.collect::<String>()
        );
        let file = folder.join("nginx.conf");
        fs::write(&file, configuration).expect("the folder can be written to");
        let child = Command::new("nginx")
            .arg("-p")
            .arg(folder)
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .spawn()
            .ok()?;
        let proxy = Proxy { child, address };
        let until = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < until, "nginx does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        Some(proxy)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Asked and not killed, so that it ends its worker.
        let id = self.child.id().to_string();
        drop(
            Command::new("/bin/sh")
                .args(["-c", "kill -s TERM \"$0\"", &id])
                .status(),
        );
        drop(self.child.wait());
    }
}
