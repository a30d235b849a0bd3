//! Who may learn what: every column of every table has its class.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use testkit::{hub::Hub, schema::Schema};

/// What a column may be. The tiers are those of the design; the others never leave the hub.
///
/// `public` everybody · `listed` members who may see the organisation · `approved` and `accepted` the counterpart of a
/// request that got so far · `staff` own members and staff · `secret` nobody, in no output · `internal` says nothing of
/// anybody · `document` holds fields that each have a tier of their own in `domain::disclosure`.
const CLASSES: &[&str] = &[
    "public", "listed", "approved", "accepted", "staff", "secret", "internal", "document",
];

/// How the names of columns end that hold what must never be shown.
const SECRET: &[&str] = &["password_hash", ".hash", "request_hash"];

/// Ends as a secret does and is none: the name of a public artefact.
const ARTEFACTS: &[&str] = &["scorecards.hash", "statistics.hash"];

fn classes() -> BTreeMap<String, String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/columns.toml");
    let tables: BTreeMap<String, BTreeMap<String, String>> =
        toml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let columns = tables.into_iter().flat_map(|(table, columns)| {
        let name = move |(column, class)| (format!("{table}.{column}"), class);
        columns.into_iter().map(name)
    });
    columns.collect()
}

#[test]
fn every_column_of_both_databases_has_its_class() {
    let classes = classes();
    let listed: BTreeSet<&str> = classes.keys().map(String::as_str).collect();

    for hub in [Some(Hub::on_sqlite()), Hub::on_postgres()]
        .into_iter()
        .flatten()
    {
        let facts = Schema::of(hub.database_url()).facts();

        assert_eq!(facts.column_names(), listed, "migrations/columns.toml");
    }
    for (column, class) in &classes {
        assert!(CLASSES.contains(&class.as_str()), "{column} = {class}");
    }
}

#[test]
fn what_opens_a_door_is_secret() {
    let classes = classes();

    let secret = classes.iter().filter(|(column, _)| {
        SECRET.iter().any(|end| column.ends_with(end)) && !ARTEFACTS.contains(&column.as_str())
    });

    let secret: Vec<_> = secret.collect();
    assert!(secret.len() >= 4, "{secret:?}");
    for (column, class) in secret {
        assert_eq!(class, "secret", "{column}");
    }
}

#[test]
fn how_to_reach_a_person_is_shown_on_acceptance_alone() {
    let classes = classes();

    for column in ["people.email", "people.phone"] {
        assert_eq!(classes[column], "accepted", "{column}");
    }
}
