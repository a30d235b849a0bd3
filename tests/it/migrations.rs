//! The two sets of migrations make one schema, and `store` sees it as it is.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use testkit::{
    hub::Hub,
    postgres::{Cluster, announce_missing, cluster},
    schema::{Facts, Schema},
};

/// A type of `crates/store/src/schema.rs`, and what it is in PostgreSQL and in SQLite.
const TYPES: &[(&str, &str, &str)] = &[
    ("UuidT", "uuid", "TEXT"),
    ("InstantT", "timestamptz", "INTEGER"),
    ("JsonT", "jsonb", "TEXT"),
    ("Text", "text", "TEXT"),
    ("Bool", "bool", "INTEGER"),
    ("BigInt", "int8", "INTEGER"),
    ("Integer", "int4", "INTEGER"),
];

/// The database fills and reads this column by itself: the snapshot of transactions, which SQLite has no need of.
const NOT_IN_STORE: &str = "change_log.xid";

/// The order in which PostgreSQL's change log is read. SQLite has one writer, so its key is that order.
const POSTGRES_ALONE: &str = "change_log (xid, seq) | ";

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../migrations")
        .join(name)
}

fn migrated(mut schema: Schema, name: &str) -> (Schema, Facts) {
    schema.migrate(&folder(name), "up.sql");
    let facts = schema.facts();
    (schema, facts)
}

fn on_sqlite() -> (Schema, Facts) {
    migrated(Schema::in_memory(), "sqlite")
}

fn on_postgres(cluster: &Cluster) -> (Schema, Facts) {
    migrated(Schema::of(&cluster.create_database(None)), "postgres")
}

/// The facts of both, or nothing without PostgreSQL.
fn twins() -> Option<(Facts, Facts)> {
    let Some(cluster) = cluster() else {
        announce_missing();
        return None;
    };
    let (sqlite, postgres) = (on_sqlite().1, on_postgres(cluster).1);
    assert!(
        sqlite.columns.len() > 100,
        "{} columns",
        sqlite.columns.len()
    );
    Some((sqlite, postgres))
}

/// `schema.rs` as lines like those of [`Facts::columns`], with its own types.
fn seen_by_store() -> BTreeSet<String> {
    let file = folder("../crates/store/src/schema.rs");
    let text = fs::read_to_string(file).unwrap();
    let mut table = String::new();
    let mut columns = BTreeSet::new();
    for line in text.lines().map(str::trim) {
        if let Some((name, kind)) = line
            .strip_suffix(',')
            .and_then(|line| line.split_once(" -> "))
        {
            let kind = match kind.strip_prefix("Nullable<") {
                Some(inner) => inner.replace('>', " null"),
                None => kind.to_owned(),
            };
            columns.insert(format!("{table}.{name} {kind}"));
        } else if let Some((name, _)) = line
            .strip_suffix(" {")
            .and_then(|line| line.split_once(" ("))
        {
            name.clone_into(&mut table);
        }
    }
    columns
}

fn translated(columns: &BTreeSet<String>, types: &BTreeMap<&str, &str>) -> BTreeSet<String> {
    let translate = |line: &String| {
        let mut words: Vec<&str> = line.split(' ').collect();
        words[1] = types[words[1]];
        words.join(" ")
    };
    columns.iter().map(translate).collect()
}

fn without(lines: &BTreeSet<String>, start: &str) -> BTreeSet<String> {
    let kept = lines.iter().filter(|line| !line.starts_with(start));
    let kept: BTreeSet<String> = kept.cloned().collect();
    assert_eq!(kept.len() + 1, lines.len(), "{start} is gone");
    kept
}

#[test]
fn the_twins_have_the_same_names() {
    let names = |name| -> BTreeSet<PathBuf> {
        let migrations = fs::read_dir(folder(name)).unwrap();
        migrations
            .flat_map(|migration| fs::read_dir(migration.unwrap().path()).unwrap())
            .map(|file| {
                let path = file.unwrap().path();
                path.strip_prefix(folder(name)).unwrap().to_owned()
            })
            .collect()
    };

    let (sqlite, postgres) = (names("sqlite"), names("postgres"));

    assert!(sqlite.len() >= 2);
    assert_eq!(sqlite, postgres);
}

#[test]
fn both_databases_have_the_columns_that_the_store_sees() {
    let Some((sqlite, postgres)) = twins() else {
        return;
    };
    let seen = seen_by_store();

    let in_postgres = TYPES.iter().map(|row| (row.0, row.1)).collect();
    let in_sqlite = TYPES.iter().map(|row| (row.0, row.2)).collect();

    assert_eq!(
        without(&postgres.columns, NOT_IN_STORE),
        translated(&seen, &in_postgres)
    );
    assert_eq!(
        without(&sqlite.columns, NOT_IN_STORE),
        translated(&seen, &in_sqlite)
    );
}

#[test]
fn both_databases_have_the_same_keys_and_indexes() {
    let Some((sqlite, postgres)) = twins() else {
        return;
    };

    assert_eq!(sqlite.primary_keys, postgres.primary_keys);
    assert_eq!(sqlite.foreign_keys, postgres.foreign_keys);
    assert_eq!(sqlite.indexes, without(&postgres.indexes, POSTGRES_ALONE));
    let partial = sqlite.indexes.iter().filter(|line| !line.ends_with("| "));
    assert!(partial.count() >= 5);
}

#[test]
fn both_databases_refuse_the_same_values() {
    let Some((sqlite, postgres)) = twins() else {
        return;
    };
    let of_kind = |kind: &str| -> BTreeSet<String> {
        let columns = postgres.columns.iter().map(|line| line.split(' '));
        columns
            .filter_map(|mut words| words.next().zip(words.next()))
            .filter(|(_, found)| *found == kind)
            .map(|(column, _)| column.to_owned())
            .collect()
    };
    let stand_in = |kind: &str| -> BTreeSet<String> {
        let lines = sqlite.checks.iter();
        lines
            .filter_map(|line| line.strip_suffix(&format!(" {kind} | ")))
            .map(str::to_owned)
            .collect()
    };

    let shared = sqlite
        .checks
        .iter()
        .filter(|line| !line.ends_with(" json | ") && !line.ends_with(" bool | "));

    assert_eq!(shared.cloned().collect::<BTreeSet<_>>(), postgres.checks);
    assert_eq!(stand_in("json"), of_kind("jsonb"));
    assert_eq!(stand_in("bool"), of_kind("bool"));
}

#[test]
fn up_and_down_and_up_again_makes_the_same_schema() {
    let mut worlds = vec![("sqlite", on_sqlite())];
    if let Some(cluster) = cluster() {
        worlds.push(("postgres", on_postgres(cluster)));
    }

    for (name, (mut schema, first)) in worlds {
        schema.migrate(&folder(name), "down.sql");
        let nothing = schema.facts();
        schema.migrate(&folder(name), "up.sql");

        assert_eq!(nothing, Facts::default());
        assert_eq!(schema.facts(), first);
    }
}

#[test]
fn the_server_makes_the_schema_of_the_files() {
    for hub in [Some(Hub::on_sqlite()), Hub::on_postgres()]
        .into_iter()
        .flatten()
    {
        let made = Schema::of(hub.database_url()).facts();

        let written = match cluster() {
            Some(cluster) if hub.database_url().starts_with("postgres://") => {
                on_postgres(cluster).1
            }
            _ => on_sqlite().1,
        };

        assert_eq!(made, written);
    }
}
