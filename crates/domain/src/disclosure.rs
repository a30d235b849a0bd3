//! Who sees which field: every field of every document has one tier, written down here and nowhere else.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{DocumentKind, Money, Noun, Visibility};

/// From when on a field is shown to others. Each tier includes those before it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// To members who may see the organisation.
    Listed,
    /// To the counterpart of a request that staff approved.
    Approved,
    /// To the counterpart of an accepted request.
    Accepted,
    /// To own members and staff alone.
    Staff,
}

/// The tier of every field of every document, nested fields by path. A field without a row does not compile into the
/// answer: it is treated as [`Tier::Staff`], and a test fails.
const TIERS: &[(DocumentKind, Tier, &[&str])] = &[
    (
        DocumentKind::Profile,
        Tier::Listed,
        &[
            "names",
            "also_acts_as",
            "summary",
            "corporate_number",
            "home",
            "city",
            "languages",
            "sectors",
            "modalities",
            "indications",
            "needs",
            "offers",
            "stages",
            "founded_on",
            "employees",
            "website",
            "incubation",
            "manufacturing",
        ],
    ),
    (
        DocumentKind::Contacts,
        Tier::Accepted,
        &["email", "phone", "address"],
    ),
    (
        DocumentKind::Visibility,
        Tier::Staff,
        &["hidden", "opted_in", "raised"],
    ),
    (
        DocumentKind::BlockList,
        Tier::Staff,
        &["organisations", "names"],
    ),
    (
        DocumentKind::Asset,
        Tier::Listed,
        &[
            "codename",
            "modality",
            "indications",
            "mechanism",
            "development",
            "designations",
            "rights_free",
        ],
    ),
    (
        DocumentKind::Asset,
        Tier::Approved,
        &["ip_status", "next_milestone", "grants"],
    ),
    (
        DocumentKind::Round,
        Tier::Listed,
        &[
            "stage",
            "opened_on",
            "closes_on",
            "closed",
            "instruments",
            "amount_band",
            "lead",
            "use_of_funds",
            "entity_country",
        ],
    ),
    (
        DocumentKind::Round,
        Tier::Approved,
        &[
            "amount",
            "minimum",
            "committed",
            "tranches",
            "grants",
            "existing_investors",
        ],
    ),
    (
        DocumentKind::Mandate,
        Tier::Listed,
        &[
            "name", "purpose", "kinds", "active", "from", "until", "criteria", "terms", "derived",
        ],
    ),
    (DocumentKind::Mandate, Tier::Approved, &["terms.reserves"]),
    (DocumentKind::Mandate, Tier::Staff, &["terms.ownership"]),
];

/// Fields without which a list could not be read; their tier cannot be raised.
const FIXED: &[(DocumentKind, &str)] = &[
    (DocumentKind::Profile, "names"),
    (DocumentKind::Profile, "also_acts_as"),
    (DocumentKind::Round, "stage"),
    (DocumentKind::Round, "opened_on"),
    (DocumentKind::Round, "closed"),
    (DocumentKind::Mandate, "name"),
    (DocumentKind::Mandate, "purpose"),
    (DocumentKind::Mandate, "active"),
    (DocumentKind::Mandate, "derived"),
    (DocumentKind::Asset, "codename"),
    (DocumentKind::Asset, "modality"),
];

/// The tier of a field by default; `None` for a field that does not exist.
pub fn tier_of(kind: DocumentKind, path: &str) -> Option<Tier> {
    TIERS
        .iter()
        .find(|(of, _, paths)| *of == kind && paths.contains(&path))
        .map(|(_, tier, _)| *tier)
}

/// Why a tier may not be set.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRaise {
    /// No such field.
    #[error("there is no field {0}")]
    NoSuchField(String),
    /// Later tiers only.
    #[error("{0} can only be shown later than by default, never earlier")]
    Lowered(String),
    /// Needed in every list.
    #[error("{0} is needed in every list and cannot be shown later")]
    Fixed(String),
}

impl Visibility {
    /// Checks that every raised field exists, may be raised, and is raised.
    ///
    /// # Errors
    /// [`BadRaise`], naming the first field that breaks a rule.
    pub fn check(&self) -> Result<(), BadRaise> {
        for (path, tier) in &self.raised {
            let path = path.as_str();
            let (kind, field) = path
                .split_once('.')
                .and_then(|(noun, field)| Some((DocumentKind::from_code(noun)?, field)))
                .ok_or_else(|| BadRaise::NoSuchField(path.to_owned()))?;
            let default =
                tier_of(kind, field).ok_or_else(|| BadRaise::NoSuchField(path.to_owned()))?;
            if FIXED.contains(&(kind, field)) {
                return Err(BadRaise::Fixed(path.to_owned()));
            }
            if *tier < default {
                return Err(BadRaise::Lowered(path.to_owned()));
            }
        }
        Ok(())
    }

    /// The tier of a field under this visibility.
    pub fn tier(&self, kind: DocumentKind, path: &str) -> Tier {
        let default = tier_of(kind, path).unwrap_or(Tier::Staff);
        let raised = self
            .raised
            .iter()
            .find(|(raised, _)| {
                raised
                    .as_str()
                    .strip_prefix(kind.noun().code())
                    .and_then(|rest| rest.strip_prefix('.'))
                    == Some(path)
            })
            .map(|(_, tier)| *tier);
        raised.map_or(default, |raised| raised.max(default))
    }

    /// The document as somebody may see it who has reached `tier`: fields of later tiers are absent, a round's amount
    /// stands as its band, private criteria are gone.
    ///
    /// # Panics
    /// If `document` is not an object: documents are structs.
    pub fn disclose(&self, kind: DocumentKind, document: Value, tier: Tier) -> Value {
        let Value::Object(mut fields) = document else {
            panic!("a document is an object");
        };
        if kind == DocumentKind::Round {
            add_band(&mut fields);
        }
        let nested = |path: &str, value: Value| match value {
            Value::Object(inner) if kind == DocumentKind::Mandate && path == "terms" => inner
                .into_iter()
                .filter(|(field, _)| {
                    let path = format!("terms.{field}");
                    tier_of(kind, &path).is_none() || self.tier(kind, &path) <= tier
                })
                .collect::<Map<_, _>>()
                .into(),
            Value::Array(criteria) if kind == DocumentKind::Mandate && path == "criteria" => {
                let private = |criterion: &Value| criterion["private"] == Value::Bool(true);
                criteria
                    .into_iter()
                    .filter(|criterion| tier == Tier::Staff || !private(criterion))
                    .collect::<Vec<_>>()
                    .into()
            }
            value => value,
        };
        fields
            .into_iter()
            .filter(|(path, _)| self.tier(kind, path) <= tier)
            .map(|(path, value)| {
                let value = nested(&path, value);
                (path, value)
            })
            .collect::<Map<_, _>>()
            .into()
    }
}

fn add_band(round: &mut Map<String, Value>) {
    let amount = round
        .get("amount")
        .and_then(|amount| serde_json::from_value::<Money>(amount.clone()).ok());
    if let Some(amount) = amount {
        let band = serde_json::to_value(amount.band()).expect("a band is a string");
        round.insert("amount_band".to_owned(), band);
    }
}

impl DocumentKind {
    /// The tier from which on anything of such a document is shown.
    ///
    /// # Panics
    /// Never: every kind has a row in the table.
    pub fn first_tier(self) -> Tier {
        let tiers = TIERS.iter().filter(|(kind, ..)| *kind == self);
        tiers
            .map(|(_, tier, _)| *tier)
            .min()
            .expect("every kind has a row in the table")
    }

    /// What the documents of this kind are called.
    pub const fn noun(self) -> Noun {
        match self {
            DocumentKind::Profile => Noun::Profile,
            DocumentKind::Contacts => Noun::Contacts,
            DocumentKind::Visibility => Noun::Visibility,
            DocumentKind::BlockList => Noun::BlockList,
            DocumentKind::Asset => Noun::Asset,
            DocumentKind::Round => Noun::Round,
            DocumentKind::Mandate => Noun::Mandate,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;
    use utoipa::PartialSchema;

    use super::*;
    use crate::{Asset, BlockList, Contacts, Document, InvestorTerms, Mandate, Profile, Round};

    fn fields_of<T: PartialSchema>() -> BTreeSet<String> {
        let schema = serde_json::to_value(T::schema()).unwrap();
        let properties = schema["properties"].as_object().unwrap();
        properties.keys().cloned().collect()
    }

    /// Every field of a document has one tier, and every tier a field, but for those that are `made` when shown.
    #[track_caller]
    fn check_tiers<T: Document + PartialSchema>(made: &[&str]) {
        let rows: Vec<&str> = TIERS
            .iter()
            .filter(|(kind, ..)| *kind == T::KIND)
            .flat_map(|(.., paths)| paths.iter().copied())
            .collect();
        let once: BTreeSet<&str> = rows.iter().copied().collect();
        assert_eq!(once.len(), rows.len(), "a field has two tiers: {rows:?}");

        let mut fields = fields_of::<T>();
        fields.extend(made.iter().map(|&path| path.to_owned()));
        assert_eq!(fields, once.into_iter().map(str::to_owned).collect());
    }

    #[test]
    fn every_field_of_every_document_has_one_tier() {
        check_tiers::<Profile>(&[]);
        check_tiers::<Contacts>(&[]);
        check_tiers::<Visibility>(&[]);
        check_tiers::<BlockList>(&[]);
        check_tiers::<Asset>(&[]);
        check_tiers::<Round>(&["amount_band"]);
        check_tiers::<Mandate>(&["terms.reserves", "terms.ownership"]);

        let terms = fields_of::<InvestorTerms>();
        assert!(terms.contains("reserves") && terms.contains("ownership"));
        let kinds: BTreeSet<_> = TIERS.iter().map(|(kind, ..)| *kind).collect();
        assert_eq!(kinds, DocumentKind::ALL.into());
        for (kind, field) in FIXED {
            assert!(tier_of(*kind, field).is_some(), "{field}");
        }
    }

    #[test]
    fn a_rounds_amount_is_a_band_until_a_request_is_approved() {
        let round = json!({"stage": "seed", "opened_on": "2026-01-01",
            "amount": {"minor_units": 300_000_000, "currency": "JPY"}});
        let shown = |tier| Visibility::default().disclose(DocumentKind::Round, round.clone(), tier);

        assert_eq!(shown(Tier::Listed)["amount_band"], "1m_2m");
        assert_eq!(shown(Tier::Listed)["amount"], Value::Null);
        assert_eq!(shown(Tier::Approved)["amount"], round["amount"]);
    }

    #[test]
    fn private_criteria_and_ownership_are_for_own_members_and_staff() {
        let mandate = json!({"criteria": [{"private": true}, {"private": false}],
            "terms": {"ownership": {"min": 1, "max": 2}, "vintage": 2024}});
        let shown =
            |tier| Visibility::default().disclose(DocumentKind::Mandate, mandate.clone(), tier);

        let others = shown(Tier::Accepted);
        assert_eq!(others["criteria"], json!([{"private": false}]));
        assert_eq!(others["terms"], json!({"vintage": 2024}));
        assert_eq!(shown(Tier::Staff), mandate);
    }

    #[test]
    fn an_organisation_may_show_a_field_later_but_never_earlier() {
        let raise = |path: &str, tier| {
            let raised = [(path.parse().unwrap(), tier)].into();
            Visibility {
                raised,
                ..Visibility::default()
            }
        };

        let later = raise("profile.employees", Tier::Accepted);
        assert_eq!(later.check(), Ok(()));
        let shown = later.disclose(
            DocumentKind::Profile,
            json!({"employees": 3, "home": "JP"}),
            Tier::Approved,
        );
        assert_eq!(shown, json!({"home": "JP"}));
        for (path, tier) in [
            ("contacts.email", Tier::Listed),
            ("profile.secret", Tier::Staff),
            ("profile.names", Tier::Staff),
            ("nothing", Tier::Staff),
        ] {
            assert!(raise(path, tier).check().is_err(), "{path}");
        }
    }

    #[test]
    fn a_field_without_a_tier_is_shown_to_nobody_outside() {
        let shown = Visibility::default().disclose(
            DocumentKind::Profile,
            json!({"forgotten": 1}),
            Tier::Accepted,
        );

        assert_eq!(shown, json!({}));
    }
}
