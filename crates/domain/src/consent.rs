//! Contacts that go abroad: when consent is asked for, and what is shown before.
//!
//! The data lies in `crates/domain/data/consent.toml`, with its sources. [`check`] is called once at start.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Language, RegionCode,
    taxonomy::{Axis, RegionLevel, taxonomy},
};

/// Whose consent: that of a person for their own contacts, or that of the organisation for what it gives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentOf {
    /// 本人の同意
    Person,
    /// 所属団体の同意
    Organisation,
}

impl ConsentOf {
    /// Both.
    pub const ALL: [ConsentOf; 2] = [ConsentOf::Person, ConsentOf::Organisation];

    /// The word in `snake_case`.
    pub const fn code(self) -> &'static str {
        match self {
            ConsentOf::Person => "person",
            ConsentOf::Organisation => "organisation",
        }
    }

    /// The one with this code.
    pub fn from_code(code: &str) -> Option<ConsentOf> {
        ConsentOf::ALL.into_iter().find(|of| of.code() == code)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    exempt: Vec<Exempt>,
    measures: Sentence,
    other: Sentence,
    law: Vec<Law>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exempt {
    source: String,
    from: Vec<RegionCode>,
    to: Vec<RegionCode>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sentence {
    en: String,
    ja: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Law {
    country: RegionCode,
    source: String,
    en: String,
    ja: String,
}

static DATA: LazyLock<Result<File, String>> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("../data/consent.toml"))
        .map_err(|error| format!("consent.toml: {error}"))?;
    let sources = file.exempt.iter().map(|exempt| &exempt.source);
    let mut sources = sources.chain(file.law.iter().map(|law| &law.source));
    if sources.any(String::is_empty) {
        return Err("consent.toml: an entry has no source".to_owned());
    }
    Ok(file)
});

/// What is wrong with the data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Fault(String);

/// Reads the data.
///
/// # Errors
/// [`Fault`] says what is wrong with it.
pub fn check() -> Result<(), Fault> {
    match &*DATA {
        Ok(_) => Ok(()),
        Err(fault) => Err(Fault(fault.clone())),
    }
}

/// The country of a place.
pub fn country_of(place: RegionCode) -> Option<RegionCode> {
    let regions = taxonomy(Axis::Regions);
    std::iter::once(&place.index())
        .chain(regions.ancestors(place.index()))
        .find(|index| regions.term(**index).level == Some(RegionLevel::Country))
        .and_then(|index| RegionCode::from_index(*index))
}

/// The country into which contacts go that need consent on the way from one home to another. None within a country, where
/// a home is not known, and where the law holds the other country's protection for as good.
pub fn needed(from: Option<RegionCode>, to: Option<RegionCode>) -> Option<RegionCode> {
    let (from, to) = (country_of(from?)?, country_of(to?)?);
    let exempt = DATA.as_ref().is_ok_and(|file| {
        let mut rules = file.exempt.iter();
        rules.any(|rule| rule.from.contains(&from) && rule.to.contains(&to))
    });
    (from != to && !exempt).then_some(to)
}

/// The law of a country in summary, and what the recipient does.
pub fn notice(country: RegionCode, language: Language) -> (&'static str, &'static str) {
    let Ok(file) = &*DATA else { return ("", "") };
    let said = |en: &'static str, ja: &'static str| match language {
        Language::En => en,
        Language::Ja => ja,
    };
    let law = file.law.iter().find(|law| law.country == country);
    let law = law.map_or_else(
        || said(&file.other.en, &file.other.ja),
        |law| said(&law.en, &law.ja),
    );
    (law, said(&file.measures.en, &file.measures.ja))
}

/// The name of the text that is shown for a country: another edition has another.
pub fn text_of(country: RegionCode) -> String {
    let version = DATA.as_ref().map_or("", |file| file.version.as_str());
    format!("{version}/{}", country.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consent_is_asked_for_where_the_border_is_one_for_personal_data() {
        let place = |code: &str| (!code.is_empty()).then(|| code.parse().unwrap());
        for (from, to, asked) in [
            ("JP-27", "JP-13", ""),
            ("JP-27", "US-MA", "US"),
            ("US-MA", "JP-27", "JP"),
            ("JP-27", "DE", ""),
            ("DE", "JP-27", ""),
            ("JP", "GB", ""),
            ("JP", "TW", "TW"),
            ("DE", "FR", ""),
            ("GB", "JP", "JP"),
            ("JP", "", ""),
            ("", "US", ""),
        ] {
            let found = needed(place(from), place(to));
            assert_eq!(found, place(asked), "{from} to {to}");
        }
    }

    #[test]
    fn every_country_is_told_of_in_both_languages() {
        assert_eq!(check(), Ok(()));
        for country in ["US", "TW", "BR"] {
            let country = country.parse().unwrap();
            let (en, ja) = (notice(country, Language::En), notice(country, Language::Ja));
            assert!(!en.0.is_empty() && !ja.0.is_empty() && en != ja);
            assert!(text_of(country).starts_with("2026-"));
        }
    }
}
