//! The mapping file: which column becomes which field, and which code becomes which of ours.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, bail};
use serde::Deserialize;

use super::template::Templates;

/// The fields of organisations, in the order of the documentation.
pub(super) const ORGANISATION_FIELDS: &[&str] = &[
    "external_id",
    "kind",
    "also_acts_as",
    "name",
    "name_en",
    "name_ja",
    "name_reading",
    "summary",
    "summary_en",
    "summary_ja",
    "corporate_number",
    "country",
    "subdivision",
    "city",
    "languages",
    "sectors",
    "tags",
    "modalities",
    "indications",
    "stages",
    "founded_on",
    "employees",
    "website",
];

/// The fields of members.
pub(super) const MEMBER_FIELDS: &[&str] = &[
    "email",
    "name",
    "language",
    "password",
    "organisation",
    "role",
    "programme",
];

/// The fields of rounds.
pub(super) const ROUND_FIELDS: &[&str] = &[
    "external_id",
    "organisation",
    "date",
    "closes_on",
    "stage",
    "amount",
    "currency",
    "closed",
];

/// The fields of investments.
pub(super) const INVESTMENT_FIELDS: &[&str] = &[
    "external_id",
    "round",
    "investor",
    "startup",
    "date",
    "stage",
    "amount",
    "currency",
    "lead",
];

/// How every file of an import is read.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Mapping {
    organisations: Vec<FileMapping>,
    members: Vec<FileMapping>,
    rounds: Vec<FileMapping>,
    investments: Vec<FileMapping>,
}

/// How one file is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FileMapping {
    /// The name of the file, `*` for anything. Without it, mappings go to files in the order of both.
    file: Option<String>,
    /// In which its bytes are text.
    pub(super) encoding: Encoding,
    /// Between the columns of CSV; a tab for `.tsv`, else a comma.
    pub(super) delimiter: Option<char>,
    /// Between the values of a field that holds several.
    pub(super) separator: Separator,
    /// The countries whose subdivisions are ISO 3166-2 here; all where it is not given.
    pub(super) iso_subdivisions_of: Option<Vec<String>>,
    /// Field → text with `{column}` in it.
    pub(super) fields: BTreeMap<String, Templates>,
    /// Field → value in the file → value that is meant; an empty one means none.
    pub(super) codes: BTreeMap<String, BTreeMap<String, String>>,
}

/// The encoding of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Encoding {
    /// UTF-8 if the first 64 KiB are that, else `Shift_JIS`.
    #[default]
    Auto,
    /// UTF-8.
    #[serde(alias = "utf8")]
    Utf8,
    /// `Shift_JIS` as Windows writes it.
    #[serde(alias = "shift_jis", alias = "cp932", alias = "sjis")]
    ShiftJis,
}

/// What stands between several values of one field.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Separator(pub(super) String);

impl Default for Separator {
    fn default() -> Separator {
        Separator("|".to_owned())
    }
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Organisations.
    Organisations,
    /// People with their memberships and staff grants.
    Members,
    /// Rounds.
    Rounds,
    /// Investments.
    Investments,
}

impl Content {
    /// What it may be mapped to.
    pub(super) const fn fields(self) -> &'static [&'static str] {
        match self {
            Content::Organisations => ORGANISATION_FIELDS,
            Content::Members => MEMBER_FIELDS,
            Content::Rounds => ROUND_FIELDS,
            Content::Investments => INVESTMENT_FIELDS,
        }
    }

    /// Its word, in the mapping and in the report.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Content::Organisations => "organisations",
            Content::Members => "members",
            Content::Rounds => "rounds",
            Content::Investments => "investments",
        }
    }
}

impl Mapping {
    /// Reads the file.
    pub(super) fn load(path: &Path) -> anyhow::Result<Mapping> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("the mapping {} cannot be read", path.display()))?;
        Mapping::parse(&text).with_context(|| format!("in the mapping {}", path.display()))
    }

    /// Reads the text and checks the names of the fields.
    pub(super) fn parse(text: &str) -> anyhow::Result<Mapping> {
        let mapping: Mapping = toml::from_str(text)?;
        for content in [
            Content::Organisations,
            Content::Members,
            Content::Rounds,
            Content::Investments,
        ] {
            for file in mapping.of(content) {
                file.check(content)?;
            }
        }
        Ok(mapping)
    }

    fn of(&self, content: Content) -> &[FileMapping] {
        match content {
            Content::Organisations => &self.organisations,
            Content::Members => &self.members,
            Content::Rounds => &self.rounds,
            Content::Investments => &self.investments,
        }
    }

    /// How the file at `path`, the one at `place` of its content, is read: by its name, else by its place, else each
    /// field from the column of its name.
    pub(super) fn for_file(&self, content: Content, path: &Path, place: usize) -> FileMapping {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let mappings = self.of(content);
        let by_name = mappings.iter().find(|mapping| {
            mapping
                .file
                .as_deref()
                .is_some_and(|file| fits(file, &name))
        });
        let by_place = || {
            mappings
                .iter()
                .filter(|mapping| mapping.file.is_none())
                .nth(place)
        };
        by_name.or_else(by_place).cloned().unwrap_or_default()
    }
}

impl FileMapping {
    fn check(&self, content: Content) -> anyhow::Result<()> {
        for field in self.fields.keys().chain(self.codes.keys()) {
            if !content.fields().contains(&field.as_str()) {
                bail!(
                    "{} have no field `{field}`; they have {}",
                    content.word(),
                    content.fields().join(", ")
                );
            }
        }
        Ok(())
    }

    /// Takes each field from the column of its name where nothing else is said.
    pub(super) fn complete(&mut self, content: Content, columns: Option<&[String]>) {
        if !self.fields.is_empty() {
            return;
        }
        for field in content.fields() {
            let there = columns.is_none_or(|columns| columns.iter().any(|column| column == field));
            if there {
                self.fields
                    .insert((*field).to_owned(), Templates::column(field));
            }
        }
    }

    /// Whether any of these fields is mapped.
    pub(super) fn names_any(&self, fields: &[&str]) -> bool {
        fields.iter().any(|field| self.fields.contains_key(*field))
    }
}

/// Whether `name` fits `pattern`, in which each `*` stands for anything.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(rest) = name.strip_prefix(head) else {
        return false;
    };
    rest.char_indices()
        .map(|(at, _)| at)
        .chain([rest.len()])
        .any(|at| fits(tail, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_that_is_documented_can_be_read() {
        Mapping::parse(include_str!("example.toml")).unwrap();
    }

    #[test]
    fn a_field_that_does_not_exist_is_named_with_those_that_do() {
        let error = Mapping::parse("[[rounds]]\nfields = { amout = \"{usd}\" }").unwrap_err();

        assert!(
            error
                .to_string()
                .starts_with("rounds have no field `amout`; they have external_id"),
            "{error}"
        );
    }

    #[test]
    fn a_file_finds_its_mapping_by_name_and_else_by_place() {
        let mapping = Mapping::parse(
            r#"
            [[organisations]]
            file = "start*.csv*"
            fields = { kind = "startup" }
            [[organisations]]
            fields = { kind = "investor" }
            "#,
        )
        .unwrap();
        let kind = |name: &str, place| {
            let found = mapping.for_file(Content::Organisations, Path::new(name), place);
            format!("{:?}", found.fields.get("kind"))
        };

        assert!(kind("/data/startups.csv.gz", 7).contains("startup"));
        assert!(kind("funds.jsonl", 0).contains("investor"));
        assert_eq!(kind("funds.jsonl", 1), "None");
    }
}
