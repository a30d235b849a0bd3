//! The edges between the crates, and what may not stand in their source.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// Each crate, and the crates of this workspace that it may use. Scoring and store never meet.
const EDGES: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("scoring", &["domain"]),
    ("store", &["domain"]),
    ("api", &["domain", "scoring", "store"]),
    ("server", &["api", "domain", "scoring", "store"]),
    ("testkit", &["api", "domain", "scoring", "store"]),
    (
        "benches",
        &["api", "domain", "scoring", "server", "store", "testkit"],
    ),
];

/// The crates that compute and nothing else, and all that they may use from outside.
const PURE: &[(&str, &[&str])] = &[
    (
        "domain",
        &[
            "jiff",
            "serde",
            "serde_json",
            "thiserror",
            "toml",
            "unicode-normalization",
            "utoipa",
            "uuid",
        ],
    ),
    (
        "scoring",
        &[
            "fastrand",
            "foldhash",
            "jiff",
            "ndarray",
            "pulp",
            "rayon",
            "serde",
            "serde_json",
            "sha2",
            "thiserror",
        ],
    ),
];

/// How the names of crates begin that do I/O: no pure crate brings one in, not even through another.
const IMPURE: &[&str] = &[
    "actix",
    "async-",
    "diesel",
    "hyper",
    "libsqlite3",
    "mio",
    "pq-sys",
    "r2d2",
    "rand",
    "socket2",
    "tokio",
    "tracing",
    "ureq",
];

/// Begins like an [`IMPURE`] one and is pure: traits alone.
const PURE_AFTER_ALL: &[&str] = &["rand_core"];

/// Texts that stand in no source file, in two halves so that they do not stand in this one.
const NEVER: &[(&str, &str)] = &[
    ("#[al", "low"),
    ("#![al", "low"),
    ("#[ig", "nore"),
    ("to", "do!"),
    ("unimple", "mented!"),
    ("un", "safe "),
    ("TO", "DO"),
    ("FIX", "ME"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// What `cargo metadata` says: the packages by id, and the edges between them with their kinds.
struct Metadata {
    names: BTreeMap<String, String>,
    edges: BTreeMap<String, Vec<(String, Vec<Value>)>>,
    members: BTreeSet<String>,
}

impl Metadata {
    fn read() -> Metadata {
        // For this platform alone: a build fetches nothing else, and a fresh machine has nothing else.
        let host = Command::new("rustc")
            .args(["--print", "host-tuple"])
            .output();
        let platform = String::from_utf8(host.unwrap().stdout).unwrap();
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--offline", "--locked"])
            .args(["--filter-platform", platform.trim()])
            .current_dir(root())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let answer: Value = serde_json::from_slice(&output.stdout).expect(&said);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let list = |value: &Value| value.as_array().unwrap().clone();
        let edges_of = |node: &Value| {
            list(&node["deps"])
                .iter()
                .map(|edge| (text(&edge["pkg"]), list(&edge["dep_kinds"])))
                .collect()
        };
        Metadata {
            names: list(&answer["packages"])
                .iter()
                .map(|package| (text(&package["id"]), text(&package["name"])))
                .collect(),
            edges: list(&answer["resolve"]["nodes"])
                .iter()
                .map(|node| (text(&node["id"]), edges_of(node)))
                .collect(),
            members: list(&answer["workspace_members"])
                .iter()
                .map(text)
                .collect(),
        }
    }

    fn id(&self, name: &str) -> &str {
        self.members
            .iter()
            .find(|id| self.names[*id] == name)
            .unwrap_or_else(|| panic!("there is no crate {name}"))
    }

    /// The packages that the program needs of this one, without those of its tests.
    fn needs<'a>(&'a self, id: &str) -> impl Iterator<Item = &'a str> {
        self.edges[id]
            .iter()
            .filter(|(_, kinds)| kinds.iter().any(|kind| kind["kind"].is_null()))
            .map(|(id, _)| id.as_str())
    }

    fn needs_through_others(&self, name: &str) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut open = vec![self.id(name)];
        while let Some(id) = open.pop() {
            open.extend(self.needs(id).filter(|need| found.insert(*need)));
        }
        found
            .into_iter()
            .map(|id| self.names[id].as_str())
            .collect()
    }
}

#[test]
fn the_crates_use_each_other_only_as_the_table_says() {
    let metadata = Metadata::read();
    let members: BTreeSet<&str> = metadata
        .members
        .iter()
        .map(|id| metadata.names[id].as_str())
        .collect();

    let listed: BTreeSet<&str> = EDGES.iter().map(|(name, _)| *name).collect();

    assert_eq!(members, listed, "a new crate needs a row");
    for (name, allowed) in EDGES {
        let used = metadata.edges[metadata.id(name)]
            .iter()
            .filter(|(id, _)| metadata.members.contains(id))
            .map(|(id, _)| metadata.names[id].as_str());
        for used in used {
            assert!(allowed.contains(&used), "{name} uses {used}");
        }
    }
}

#[test]
fn the_pure_crates_use_pure_crates_alone() {
    let metadata = Metadata::read();

    for (name, allowed) in PURE {
        let direct = metadata
            .needs(metadata.id(name))
            .filter(|id| !metadata.members.contains(*id))
            .map(|id| metadata.names[id].as_str());
        for used in direct {
            assert!(allowed.contains(&used), "{name} uses {used}");
        }
        for used in metadata.needs_through_others(name) {
            let impure = IMPURE.iter().any(|start| used.starts_with(start));
            assert!(
                !impure || PURE_AFTER_ALL.contains(&used),
                "{name} brings in {used}"
            );
        }
    }
}

#[test]
fn no_source_file_silences_a_lint_or_leaves_work_behind() {
    for (file, text) in sources() {
        for (number, line) in text.lines().enumerate() {
            for (start, end) in NEVER {
                let never = format!("{start}{end}");
                assert!(!line.contains(&never), "{file}:{}: {line}", number + 1);
            }
        }
    }
}

#[test]
fn the_only_feature_is_tls_to_postgresql() {
    let condition = ["feature", " = "].concat();

    for (file, text) in sources() {
        for line in text.lines().filter(|line| line.contains("cfg")) {
            let conditions = line.matches(&condition).count();
            let tls = line.matches(&format!("{condition}\"pg-tls\"")).count();
            assert_eq!(conditions, tls, "{file}: {line}");
        }
    }
}

/// Every Rust file of the workspace with its path.
fn sources() -> Vec<(String, String)> {
    let mut open: Vec<PathBuf> = ["crates", "tests", "benches"]
        .map(|folder| root().join(folder))
        .into();
    let mut files = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).unwrap();
            open.extend(entries.map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            files.push((path.display().to_string(), text));
        }
    }
    assert!(files.len() > 50, "{} files are too few", files.len());
    files
}
