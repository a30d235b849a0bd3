//! `nakodo import` as a process: what it counts, what is left when it is killed, and the server beside it.

use std::{
    fmt::Write as _,
    fs,
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use store::{Store, journal, people, programmes};
use tempfile::TempDir;
use testkit::{
    postgres::{announce_missing, cluster},
    process::{Server, enrol, key_file, program},
    schema::Schema,
};

/// Organisations in the file; every third is an investor.
const ORGANISATIONS: u64 = 3000;

/// Rounds in the file.
const ROUNDS: u64 = 500;

/// The startups at the end of the file that are at home in Okinawa.
const IN_OKINAWA: u64 = 10;

/// Kills on each database.
const KILLS: u64 = 5;

/// How long a server may take to say that it is ready while an import writes.
const READY_MAX: Duration = Duration::from_secs(2);

/// After so long a server shows what was imported.
const FRESHNESS: Duration = Duration::from_secs(1);

/// Two files, made anew.
struct Files {
    folder: TempDir,
}

impl Files {
    fn new() -> Files {
        let folder = tempfile::tempdir().unwrap();
        let mut organisations = "external_id,kind,name_en,country,subdivision,sectors\n".to_owned();
        for number in 0..ORGANISATIONS {
            let okinawa = number >= ORGANISATIONS - IN_OKINAWA;
            let kind = if number % 3 == 0 && !okinawa {
                "investor"
            } else {
                "startup"
            };
            let place = if okinawa { "JP-47" } else { "JP-27" };
            writeln!(
                organisations,
                "o-{number},{kind},House {number},JP,{place},fintech"
            )
            .unwrap();
        }
        let mut rounds = "external_id,organisation,date,stage,amount,currency\n".to_owned();
        for number in 0..ROUNDS {
            let startup = number * 3 + 1;
            writeln!(rounds, "r-{number},o-{startup},2024-04-01,seed,1000000,USD").unwrap();
        }
        fs::write(folder.path().join("organisations.csv"), organisations).unwrap();
        fs::write(folder.path().join("rounds.csv"), rounds).unwrap();
        Files { folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// An import of them that has begun. Its transactions are short, so that there are many to be killed in.
    fn import(&self, url: &str) -> Child {
        Command::new(program())
            .args([
                "import",
                "--format=json",
                "--batch-rows=50",
                "--database-url",
                url,
            ])
            .args(["--organisations", &self.path("organisations.csv")])
            .args(["--rounds", &self.path("rounds.csv")])
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

/// The counts of an import that came to its end.
fn counts(import: Child) -> Value {
    let output = import.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["issues"], json!([]));
    report["counts"].clone()
}

fn sqlite(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("nakodo.db").display())
}

/// How many rows there are.
fn count(database: &mut Schema, rows: &str) -> u64 {
    let question = format!("SELECT CAST(count(*) AS text) AS line FROM {rows}");
    database.ask(&question)[0].parse().unwrap()
}

/// Nothing is there in part.
fn assert_whole(database: &mut Schema) {
    for half in [
        "organisations o WHERE NOT EXISTS (
            SELECT 1 FROM documents d WHERE d.organisation_id = o.id AND d.kind = 'profile')",
        "organisations o WHERE NOT EXISTS (
            SELECT 1 FROM programme_members m WHERE m.organisation_id = o.id)",
        "documents d WHERE NOT EXISTS (
            SELECT 1 FROM document_versions v WHERE v.document_id = d.id AND v.version = d.version)",
        "organisations o WHERE NOT EXISTS (
            SELECT 1 FROM change_log c WHERE c.noun = 'organisation' AND c.id = o.id)",
    ] {
        assert_eq!(count(database, half), 0, "{half}");
    }
}

/// Kills imports again and again, and has one come to its end.
fn kill_and_complete(url: &str) {
    let files = Files::new();
    drop(Store::open(url, 1).unwrap());
    let mut database = Schema::of(url);

    for kill in 0..KILLS {
        let before = count(&mut database, "organisations");
        // Not always at the same place of a transaction.
        let goal = before + 100 + 57 * kill;
        let mut import = files.import(url);
        let started = Instant::now();
        while count(&mut database, "organisations") < goal {
            assert!(started.elapsed() < Duration::from_mins(1), "{goal} never");
        }
        import.kill().unwrap();
        assert_eq!(import.wait().unwrap().signal(), Some(9));
        let after = count(&mut database, "organisations");
        assert!(goal <= after && after < ORGANISATIONS, "{after}");
        assert_whole(&mut database);
    }

    let there = count(&mut database, "organisations");
    let first = counts(files.import(url));
    let [created, unchanged] =
        ["created", "unchanged"].map(|word| first["organisations"][word].as_u64().unwrap());
    // PostgreSQL may end a transaction well whose importer was killed as it asked for that.
    assert!(unchanged >= there, "{unchanged} of {there}");
    assert_eq!(created + unchanged, ORGANISATIONS);
    assert_eq!(first["rounds"]["created"], ROUNDS);
    let second = counts(files.import(url));
    for (content, rows) in [("organisations", ORGANISATIONS), ("rounds", ROUNDS)] {
        let unchanged = json!({"created": 0, "updated": 0, "unchanged": rows, "refused": 0});
        assert_eq!(second[content], unchanged, "{content}");
    }
    assert_eq!(count(&mut database, "organisations"), ORGANISATIONS);
    assert_eq!(count(&mut database, "documents"), ORGANISATIONS + ROUNDS);
    assert_eq!(
        count(&mut database, "document_versions"),
        ORGANISATIONS + ROUNDS
    );
    assert_whole(&mut database);
}

#[test]
fn a_killed_import_leaves_nothing_in_part_and_is_completed_by_the_next_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = sqlite(folder.path());

    kill_and_complete(&url);

    let question = "SELECT integrity_check AS line FROM pragma_integrity_check";
    assert_eq!(Schema::of(&url).ask(question), ["ok"]);
}

#[test]
fn a_killed_import_leaves_nothing_in_part_and_is_completed_by_the_next_on_postgres() {
    let Some(cluster) = cluster() else {
        return announce_missing();
    };

    kill_and_complete(&cluster.create_database(None));
}

/// Somebody of the staff of the hub, signed in.
fn staff(store: &Store, server: &Server) -> String {
    let (id, email) = enrol(store, "Sato");
    store
        .write(|conn| {
            let hub = programmes::find_by_code(conn, domain::Programme::HUB)?;
            people::insert_staff_grant(conn, id, hub.id, api::Clock::Machine.now())?;
            journal::insert_note(conn, domain::Noun::StaffGrant, id.uuid())
        })
        .unwrap();
    server.sign_in(&email)
}

/// A server that serves while an import writes into its database.
fn serve_while_importing(server: &Server, url: &str) {
    let files = Files::new();
    let store = Store::open(url, 1).unwrap();
    let bearer = staff(&store, server);
    let shown = || {
        let found = server.get("/v1/startups?regions=JP-47&limit=100", &bearer);
        found.body["items"].as_array().map_or(0, Vec::len)
    };

    let mut import = files.import(url);
    let mut asked = 0;
    while import.try_wait().unwrap().is_none() {
        let started = Instant::now();
        let ready = server.send("GET", "/readyz", &[], None).unwrap();
        assert_eq!(ready.status, 200);
        assert!(started.elapsed() < READY_MAX, "{:?}", started.elapsed());
        asked += 1;
    }

    let ended = Instant::now();
    assert_eq!(counts(import)["organisations"]["created"], ORGANISATIONS);
    while shown() != usize::try_from(IN_OKINAWA).unwrap() {
        assert!(ended.elapsed() < FRESHNESS * 10, "not shown at all");
    }
    assert!(ended.elapsed() <= FRESHNESS, "{:?}", ended.elapsed());
    assert!(asked > 5, "{asked}");
}

#[test]
fn a_server_stays_usable_while_an_import_writes_and_shows_it_within_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on_sqlite(folder.path());
    serve_while_importing(&server, &sqlite(folder.path()));

    let Some(cluster) = cluster() else {
        return announce_missing();
    };
    let url = cluster.create_database(None);
    let server = Server::on_postgres(&url, &key_file(folder.path()));
    serve_while_importing(&server, &url);
}
