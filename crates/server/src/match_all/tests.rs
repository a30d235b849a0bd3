//! The lists of the demo hub: whole, broken off, and gone on with.

use std::fs;

use api::auth::passwords::Cost;
use store::Store;
use tempfile::TempDir;

use super::*;

/// The demo hub, and a folder for its lists.
struct World {
    folder: TempDir,
    snapshot: Snapshot,
}

impl World {
    fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("nakodo.db").display());
        let store = Store::open(&url, 2).unwrap();
        let now = "2026-11-24T09:00:00Z".parse().unwrap();
        store
            .write(|conn| crate::foundation::lay(conn, now))
            .unwrap();
        crate::demo::fill(&store, now, Cost::TEST).unwrap();
        let snapshot = store
            .read(|conn| Snapshot::read(conn, now))
            .unwrap()
            .indexed();
        World { folder, snapshot }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn wanted(&self, name: &str) -> MatchAll {
        MatchAll {
            kind: Kind::Investor,
            k: 5,
            programme: Programme::HUB.to_owned(),
            out: self.path(name),
            force: false,
            database: Database {
                database_url: None,
                data_dir: self.folder.path().to_owned(),
                database_connections: 2,
            },
        }
    }

    fn make(&self, name: &str) -> String {
        match_all(&self.wanted(name), &self.snapshot, (7, 3)).unwrap()
    }

    /// A run whose question is that of `name`, killed when `part` was written.
    fn kill(&self, name: &str, part: &[u8]) {
        let wanted = self.wanted(name);
        let lists = Lists {
            snapshot: &self.snapshot,
            programme: self.snapshot.hub().unwrap(),
            kind: wanted.kind,
            k: wanted.k,
        };
        drop(Part::begin(&wanted.out, &lists.question(), &[]).unwrap());
        fs::write(self.path(&format!("{name}.part")), part).unwrap();
    }

    fn askers(&self) -> Vec<OrganisationId> {
        let hub = self.snapshot.hub().unwrap();
        self.snapshot.askers(hub, Kind::Investor)
    }
}

#[test]
fn the_file_holds_the_list_of_everybody_who_may_ask_in_order() {
    let world = World::new();
    let hub = world.snapshot.hub().unwrap();

    let told = world.make("lists.csv");

    let mut expected = part::HEADER.to_owned();
    for asker in world.askers() {
        let list = world.snapshot.list(hub, (asker, Kind::Investor), 5);
        for (rank, found) in (1..).zip(list) {
            let (other, points) = (found.organisation, found.points);
            let score = score(points);
            writeln!(expected, "{asker},{rank},{other},{points},{score:.6}").unwrap();
        }
    }
    let rows = expected.lines().count() - 1;
    assert!(rows > 100, "{rows}");
    assert_eq!(world.read("lists.csv"), expected);
    assert!(told.contains(&format!("{rows} rows")), "{told}");
    assert!(!world.path("lists.csv.part").exists());
    assert!(!world.path("lists.csv.part.json").exists());
}

#[test]
fn a_run_that_was_killed_anywhere_goes_on_to_the_same_bytes() {
    let world = World::new();
    world.make("whole.csv");
    let whole = world.read("whole.csv");
    let middle = whole.len() / 2;
    let end_of_line = middle + whole[middle..].find('\n').unwrap() + 1;

    for (number, cut) in [
        middle,
        end_of_line,
        0,
        10,
        part::HEADER.len(),
        whole.len() - 1,
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("{number}.csv");
        world.kill(&name, &whole.as_bytes()[..cut]);
        world.make(&name);

        assert_eq!(world.read(&name), whole, "cut at {cut}");
    }
}

#[test]
fn what_was_done_is_not_done_again() {
    let world = World::new();
    world.make("whole.csv");
    let whole = world.read("whole.csv");
    let cut = whole.len() * 2 / 3;
    world.kill("lists.csv", &whole.as_bytes()[..cut]);
    let wanted = world.wanted("lists.csv");
    let lists = Lists {
        snapshot: &world.snapshot,
        programme: world.snapshot.hub().unwrap(),
        kind: wanted.kind,
        k: wanted.k,
    };

    let (part, done) = Part::begin(&wanted.out, &lists.question(), &world.askers()).unwrap();

    let kept = world.read("lists.csv.part");
    assert!(done > world.askers().len() / 2, "{done}");
    assert!(whole.starts_with(&kept) && kept.len() > cut / 2);
    let again = Part::begin(&wanted.out, &lists.question(), &world.askers());
    assert!(again.unwrap_err().to_string().contains("another run"));
    drop(part);
}

#[test]
fn what_another_question_left_is_begun_anew() {
    let world = World::new();
    world.make("whole.csv");
    let whole = world.read("whole.csv");
    let other = whole.replace(",1,", ",9,");
    world.kill("lists.csv", &other.as_bytes()[..other.len() / 2]);
    let beside = world.read("lists.csv.part.json");
    let beside = beside.replace("\"k\": 5", "\"k\": 6");
    fs::write(world.path("lists.csv.part.json"), beside).unwrap();
    world.kill(
        "noise.csv",
        b"asker,rank,organisation,points,score\nnobody,1\n",
    );

    world.make("lists.csv");
    world.make("noise.csv");

    assert_eq!(world.read("lists.csv"), whole);
    assert_eq!(world.read("noise.csv"), whole);
}

#[test]
fn the_same_hub_has_the_same_hash_and_another_day_another() {
    let world = World::new();
    let url = format!("sqlite://{}", world.path("nakodo.db").display());
    let store = Store::open(&url, 2).unwrap();
    let hash = |now: &str| {
        let now = now.parse().unwrap();
        let snapshot = store
            .read(|conn| Snapshot::read(conn, now))
            .unwrap()
            .indexed();
        snapshot.lists_hash(snapshot.hub().unwrap())
    };

    let [once, again, tomorrow] = [
        "2026-11-24T09:00:00Z",
        "2026-11-24T10:00:00Z",
        "2026-11-25T09:00:00Z",
    ]
    .map(hash);

    assert_eq!(once, again);
    assert_ne!(once, tomorrow);
}

#[test]
fn a_file_that_is_there_is_replaced_by_force_alone_and_parquet_is_refused() {
    let world = World::new();
    fs::write(world.path("lists.csv"), "mine").unwrap();

    let refused = |name: &str| run(&world.wanted(name)).unwrap_err().to_string();
    let [there, parquet] = ["lists.csv", "lists.parquet"].map(refused);
    run(&MatchAll {
        force: true,
        ..world.wanted("lists.csv")
    })
    .unwrap();

    assert!(there.contains("--force"), "{there}");
    assert!(parquet.contains("CSV"), "{parquet}");
    assert!(world.read("lists.csv").starts_with(part::HEADER));
}

#[test]
fn an_error_while_writing_ends_every_thread() {
    let blocks: Vec<usize> = (0..100).collect();

    let failed = in_order(
        &blocks,
        3,
        |block| block,
        |block| match block {
            50 => bail!("the disk is full"),
            _ => Ok(()),
        },
    );

    assert_eq!(failed.unwrap_err().to_string(), "the disk is full");
}
