//! From the embedded files to taxonomies.

use serde::Deserialize;

use super::{Axis, Fault, Label, Taxonomy, region, tree::Entry};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TermFile {
    terms: Vec<TermLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TermLine {
    code: String,
    en: String,
    ja: String,
}

/// The taxonomy of `axis` with the faults of its files.
pub(super) fn load(axis: Axis) -> (Taxonomy, Vec<Fault>) {
    let entries = match axis {
        Axis::Sectors => dotted("sectors.toml", include_str!("../../data/sectors.toml")),
        Axis::Modalities => dotted(
            "modalities.toml",
            include_str!("../../data/modalities.toml"),
        ),
        Axis::Indications => dotted(
            "indications.toml",
            include_str!("../../data/indications.toml"),
        ),
        Axis::Capabilities => dotted(
            "capabilities.toml",
            include_str!("../../data/capabilities.toml"),
        ),
        Axis::Stages => dotted("stages.toml", include_str!("../../data/stages.toml")),
        Axis::Regions => region::entries(),
    };
    match entries {
        Ok(entries) => Taxonomy::build(axis, entries),
        Err(fault) => (Taxonomy::build(axis, Vec::new()).0, vec![fault]),
    }
}

/// Entries of a file where the part of a code before its last dot is the parent.
fn dotted(file: &'static str, text: &str) -> Result<Vec<Entry>, Fault> {
    let parsed: TermFile = parse(file, text)?;
    Ok(parsed.terms.into_iter().map(entry).collect())
}

fn entry(line: TermLine) -> Entry {
    let parent = line
        .code
        .rsplit_once('.')
        .map(|(parent, _)| parent.to_owned());
    Entry {
        parent,
        code: line.code,
        label: Label {
            en: line.en,
            ja: line.ja,
        },
        also_in: Vec::new(),
        level: None,
    }
}

/// Reads an embedded TOML file.
pub(super) fn parse<T: serde::de::DeserializeOwned>(
    file: &'static str,
    text: &str,
) -> Result<T, Fault> {
    toml::from_str(text).map_err(|error| Fault::Unreadable {
        file,
        reason: error.to_string(),
    })
}
