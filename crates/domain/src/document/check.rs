//! What a document needs beyond the shape of its fields. Checked when it is written, not when it is read: what was
//! taken once stays readable.

use serde_json::Value;

use super::Document;
use crate::{
    Asset, Condition, Criterion, Mandate, Profile, RegionCode, Round, StageCode, Visibility,
    taxonomy::RegionLevel,
};

/// The most entries of any list in a document. Our choice.
pub const ENTRIES_MAX: usize = 100;

/// The code of the financing ladder.
const FINANCING: &str = "financing";

/// A field that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {message}")]
pub struct Fault {
    /// Its path: `criteria[2].on`.
    pub field: String,
    /// What is wrong.
    pub message: String,
}

impl Fault {
    fn new(field: impl Into<String>, message: impl Into<String>) -> Fault {
        Fault {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// Checks a document whole: its own rules, and that no list in it is too long.
///
/// # Errors
/// [`Fault`] names the first field that does not fit.
pub fn check<T: Document>(document: &T) -> Result<(), Fault> {
    document.check()?;
    let value = serde_json::to_value(document).expect("a document is plain data");
    bounded(&value, "")
}

fn bounded(value: &Value, path: &str) -> Result<(), Fault> {
    match value {
        Value::Array(entries) if entries.len() > ENTRIES_MAX => {
            let message = format!("has more than {ENTRIES_MAX} entries");
            Err(Fault::new(path, message))
        }
        Value::Array(entries) => entries
            .iter()
            .enumerate()
            .try_for_each(|(index, entry)| bounded(entry, &format!("{path}[{index}]"))),
        Value::Object(fields) => fields.iter().try_for_each(|(name, field)| {
            let dot = if path.is_empty() { "" } else { "." };
            bounded(field, &format!("{path}{dot}{name}"))
        }),
        _ => Ok(()),
    }
}

fn is_rung(stage: StageCode) -> bool {
    stage.term().ordinal.is_some()
}

fn is_financing(stage: StageCode) -> bool {
    stage.ladder().code() == FINANCING
}

fn is_country(region: RegionCode) -> bool {
    region.term().level == Some(RegionLevel::Country)
}

const NO_COUNTRY: &str = "is not a country";

pub(super) fn profile(profile: &Profile) -> Result<(), Fault> {
    if let Some(index) = profile.stages.iter().position(|stage| !is_rung(*stage)) {
        let field = format!("stages[{index}]");
        return Err(Fault::new(field, "is a ladder, not a step of one"));
    }
    let calls = profile.incubation.iter().flat_map(|offer| &offer.calls);
    match calls
        .enumerate()
        .find(|(_, call)| call.closes_on < call.opens_on)
    {
        Some((index, _)) => Err(Fault::new(
            format!("incubation.calls[{index}].closes_on"),
            "is before the first day",
        )),
        None => Ok(()),
    }
}

pub(super) fn visibility(visibility: &Visibility) -> Result<(), Fault> {
    visibility
        .check()
        .map_err(|why| Fault::new("raised", why.to_string()))
}

pub(super) fn asset(asset: &Asset) -> Result<(), Fault> {
    let wrong = |stage| !is_rung(stage) || is_financing(stage);
    match asset.development.iter().position(|step| wrong(step.stage)) {
        Some(index) => Err(Fault::new(
            format!("development[{index}].stage"),
            "is not a step of a development ladder",
        )),
        None => Ok(()),
    }
}

pub(super) fn round(round: &Round) -> Result<(), Fault> {
    if !is_rung(round.stage) || !is_financing(round.stage) {
        return Err(Fault::new("stage", "is not a step of the financing ladder"));
    }
    if round
        .entity_country
        .is_some_and(|entity| !is_country(entity))
    {
        return Err(Fault::new("entity_country", NO_COUNTRY));
    }
    match round.closes_on {
        Some(closes_on) if closes_on < round.opened_on => {
            Err(Fault::new("closes_on", "is before the first day"))
        }
        _ => Ok(()),
    }
}

pub(super) fn mandate(mandate: &Mandate) -> Result<(), Fault> {
    if let (Some(from), Some(until)) = (mandate.from, mandate.until)
        && until < from
    {
        return Err(Fault::new("until", "is before the first day"));
    }
    let terms = mandate.terms.iter();
    let mut accepted = terms.flat_map(|terms| &terms.entity_countries);
    if let Some(index) = accepted.position(|entity| !is_country(*entity)) {
        let field = format!("terms.entity_countries[{index}]");
        return Err(Fault::new(field, NO_COUNTRY));
    }
    match mandate.criteria.iter().position(names_nothing) {
        Some(index) => Err(Fault::new(
            format!("criteria[{index}].on.any_of"),
            "is empty",
        )),
        None => Ok(()),
    }
}

fn names_nothing(criterion: &Criterion) -> bool {
    match &criterion.on {
        Condition::Sectors(codes) => codes.is_empty(),
        Condition::Modalities(codes) => codes.is_empty(),
        Condition::Indications(codes) => codes.is_empty(),
        Condition::Stages(codes) => codes.is_empty(),
        Condition::Regions(codes) => codes.is_empty(),
        Condition::Offers(codes) | Condition::Needs(codes) => codes.is_empty(),
        Condition::Languages(tags) => tags.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The field that is wrong with a document, if any.
    fn fault<T: Document>(document: Value) -> Option<String> {
        let document: T = serde_json::from_value(document).unwrap();
        check(&document).err().map(|fault| fault.field)
    }

    #[test]
    fn a_round_stands_on_the_financing_ladder_and_an_asset_on_another() {
        let round = |stage| fault::<Round>(json!({"stage": stage, "opened_on": "2026-01-01"}));
        let asset = |stage| {
            fault::<Asset>(
                json!({"codename": "A", "modality": "cell_therapy.ips_derived",
                "development": [{"region": "JP", "stage": stage}]}),
            )
        };
        let elsewhere = StageCode::all()
            .find(|stage| is_rung(*stage) && !is_financing(*stage))
            .unwrap();

        assert_eq!(round("financing.seed"), None);
        assert_eq!(round("financing"), Some("stage".to_owned()));
        assert_eq!(round(elsewhere.code()), Some("stage".to_owned()));
        assert_eq!(asset(elsewhere.code()), None);
        for wrong in ["financing.seed", elsewhere.ladder().code()] {
            assert_eq!(asset(wrong), Some("development[0].stage".to_owned()));
        }
    }

    #[test]
    fn a_mandate_ends_after_it_begins_and_each_criterion_names_something() {
        let mandate = |more: Value| {
            let mut whole = json!({"name": "US lead", "purpose": "fundraising"});
            let fields = more.as_object().unwrap().clone();
            whole.as_object_mut().unwrap().extend(fields);
            fault::<Mandate>(whole)
        };
        let regions =
            |codes: Value| json!({"strength": "must", "on": {"axis": "regions", "any_of": codes}});

        let period = json!({"from": "2026-05-01", "until": "2026-04-30"});
        assert_eq!(mandate(period), Some("until".to_owned()));
        let empty = json!({"criteria": [regions(json!(["US"])), regions(json!([]))]});
        assert_eq!(mandate(empty), Some("criteria[1].on.any_of".to_owned()));
        let long = json!({"criteria": [regions(json!(vec!["US"; ENTRIES_MAX + 1]))]});
        assert_eq!(mandate(long), Some("criteria[0].on.any_of".to_owned()));
        let full = json!({"criteria": [regions(json!(vec!["US"; ENTRIES_MAX]))]});
        assert_eq!(mandate(full), None);
    }

    #[test]
    fn a_profile_names_steps_and_not_whole_ladders() {
        let profile = |stage| fault::<Profile>(json!({"names": {"en": "A"}, "stages": [stage]}));

        assert_eq!(profile("financing.seed"), None);
        assert_eq!(profile("financing"), Some("stages[0]".to_owned()));
    }
}
