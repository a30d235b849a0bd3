//! What an organisation is: its kind, its profile, what it offers, whom it hides from.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    CapabilityCode, IndicationCode, LanguageTag, Line, ModalityCode, Money, Name, OrganisationId,
    Prose, RegionCode, SectorCode, StageCode, Texts, Tier,
};

/// The kind of an organisation 種別.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// スタートアップ
    Startup,
    /// 投資家
    Investor,
    /// インキュベーター
    Incubator,
    /// 事業会社
    Corporate,
    /// 医療機関
    MedicalInstitution,
    /// 大学・研究機関
    University,
    /// 製造受託
    Manufacturer,
    /// 支援機関
    SupportOrganisation,
    /// 行政・規制当局
    Authority,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 9] = [
        Kind::Startup,
        Kind::Investor,
        Kind::Incubator,
        Kind::Corporate,
        Kind::MedicalInstitution,
        Kind::University,
        Kind::Manufacturer,
        Kind::SupportOrganisation,
        Kind::Authority,
    ];

    /// The kind in snake_case, as on the wire and in the database.
    pub const fn code(self) -> &'static str {
        match self {
            Kind::Startup => "startup",
            Kind::Investor => "investor",
            Kind::Incubator => "incubator",
            Kind::Corporate => "corporate",
            Kind::MedicalInstitution => "medical_institution",
            Kind::University => "university",
            Kind::Manufacturer => "manufacturer",
            Kind::SupportOrganisation => "support_organisation",
            Kind::Authority => "authority",
        }
    }

    /// The kind with this code.
    pub fn from_code(code: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Where an organisation stands with the staff's review 審査. Only an approved one is matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Review {
    /// Being written by its members.
    Draft,
    /// Handed in, waiting for staff.
    Submitted,
    /// Reviewed: listed and matched.
    Approved,
    /// Not taken in.
    Rejected,
    /// Taken off every list by staff.
    Suspended,
}

impl Review {
    /// Every state.
    pub const ALL: [Review; 5] = [
        Review::Draft,
        Review::Submitted,
        Review::Approved,
        Review::Rejected,
        Review::Suspended,
    ];

    /// The state in snake_case.
    pub const fn code(self) -> &'static str {
        match self {
            Review::Draft => "draft",
            Review::Submitted => "submitted",
            Review::Approved => "approved",
            Review::Rejected => "rejected",
            Review::Suspended => "suspended",
        }
    }
}

/// The names of an organisation, in the languages it uses, with the Japanese reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "RawNames")]
pub struct Names {
    /// In English.
    #[serde(skip_serializing_if = "Option::is_none")]
    en: Option<Name>,
    /// In Japanese.
    #[serde(skip_serializing_if = "Option::is_none")]
    ja: Option<Name>,
    /// As registered, where that is neither.
    #[serde(skip_serializing_if = "Option::is_none")]
    original: Option<Name>,
    /// Reading of the Japanese name in kana (フリガナ).
    #[serde(skip_serializing_if = "Option::is_none")]
    reading: Option<Name>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNames {
    #[serde(default)]
    en: Option<Name>,
    #[serde(default)]
    ja: Option<Name>,
    #[serde(default)]
    original: Option<Name>,
    #[serde(default)]
    reading: Option<Name>,
}

/// No name is given in any language.
#[derive(Debug, thiserror::Error)]
#[error("needs a name in en, ja or original")]
pub struct Nameless;

impl TryFrom<RawNames> for Names {
    type Error = Nameless;
    fn try_from(raw: RawNames) -> Result<Self, Nameless> {
        let texts = Texts {
            en: raw.en,
            ja: raw.ja,
            original: raw.original,
        };
        Names::new(texts, raw.reading)
    }
}

impl Names {
    /// These names.
    ///
    /// # Errors
    /// [`Nameless`] if no language is given.
    pub fn new(texts: Texts<Name>, reading: Option<Name>) -> Result<Names, Nameless> {
        if texts.is_empty() {
            return Err(Nameless);
        }
        let Texts { en, ja, original } = texts;
        Ok(Names {
            en,
            ja,
            original,
            reading,
        })
    }

    /// The name for a reader of `language`.
    pub fn in_language(&self, language: crate::Language) -> &str {
        let (first, second) = match language {
            crate::Language::En => (&self.en, &self.ja),
            crate::Language::Ja => (&self.ja, &self.en),
        };
        first
            .as_ref()
            .or(second.as_ref())
            .or(self.original.as_ref())
            .map(Name::as_str)
            .expect("the constructor saw one of them")
    }

    /// Every spelling of the name, readings included.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        [&self.en, &self.ja, &self.original, &self.reading]
            .into_iter()
            .flatten()
            .map(Name::as_str)
    }
}

/// What an organisation is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Names.
    pub names: Names,
    /// Other kinds in which it acts: a corporate that invests, a hospital that manufactures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_acts_as: Vec<Kind>,
    /// What it does, in a few sentences.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub summary: Texts<Prose<5000>>,
    /// 法人番号, the 13-digit corporate number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corporate_number: Option<CorporateNumber>,
    /// Where it is at home.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<RegionCode>,
    /// The city, as people write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<Line<100>>,
    /// Languages in which it can hold a meeting.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<LanguageTag>,
    /// Industries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sectors: Vec<SectorCode>,
    /// Product classes and modalities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modalities: Vec<ModalityCode>,
    /// Therapeutic areas and indications.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indications: Vec<IndicationCode>,
    /// What it needs from others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<CapabilityCode>,
    /// What it offers to others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<CapabilityCode>,
    /// Where it stands on its ladders: financing, development.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageCode>,
    /// When it was founded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub founded_on: Option<Date>,
    /// People employed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub employees: Option<u32>,
    /// Its site on the web.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<Website>,
    /// What it offers as an incubator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incubation: Option<Incubation>,
    /// What it offers as a manufacturer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manufacturing: Option<Manufacturing>,
}

/// Room and help for young companies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Incubation {
    /// Benches that can be rented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub benches: Option<u32>,
    /// Floor area that can be rented, in square metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area_m2: Option<u32>,
    /// Highest biosafety level, 1 to 4.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 4)]
    pub biosafety_level: Option<BiosafetyLevel>,
    /// Whether there is a cell-processing facility (CPF).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell_processing_facility: Option<bool>,
    /// From when there is room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_from: Option<Date>,
    /// Longest stay, in months.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term_months: Option<u16>,
    /// Fee per month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly_fee: Option<Money>,
    /// Equity taken, in basis points (1/100 %).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equity_taken: Option<BasisPoints>,
    /// Who may apply: every rule must hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub eligibility: Vec<Eligibility>,
    /// When it takes applications.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Call>,
    /// Help with visas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visa_help: Option<bool>,
    /// Help for companies from abroad to settle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soft_landing_help: Option<bool>,
}

/// A rule of an incubator about who may apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
pub enum Eligibility {
    /// Founded at most so many years ago.
    FoundedWithinYears {
        /// Years.
        years: u8,
    },
    /// At home in one of these.
    HomeIn {
        /// Regions.
        regions: Vec<RegionCode>,
    },
    /// Active in one of these.
    SectorIn {
        /// Sectors.
        sectors: Vec<SectorCode>,
    },
    /// At most so many people.
    EmployeesAtMost {
        /// People.
        employees: u32,
    },
    /// Raised at most so much so far.
    RaisedAtMost {
        /// The bound.
        amount: Money,
    },
}

/// A time in which applications are taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// First day.
    pub opens_on: Date,
    /// Last day.
    pub closes_on: Date,
}

/// What a contract manufacturer can do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Manufacturing {
    /// Licences it holds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub licences: Vec<Licence>,
    /// Sources of the cells it works with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cell_sources: Vec<CellSource>,
    /// Largest scale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// Next free slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_free_slot: Option<Date>,
    /// Whether it takes over a process from others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub technology_transfer: Option<bool>,
    /// Regions it may supply.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regions_supplied: Vec<RegionCode>,
}

/// A manufacturing licence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Licence {
    /// Good manufacturing practice.
    Gmp,
    /// Good gene, cellular and tissue-based products manufacturing practice.
    Gctp,
    /// Specific cell processing (特定細胞加工物製造).
    CellProcessing,
}

/// Where cells come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CellSource {
    /// The patient's own.
    Autologous,
    /// A donor's.
    Allogeneic,
    /// Induced pluripotent stem cells.
    Ips,
    /// Embryonic stem cells.
    Es,
    /// Of another species.
    Xenogeneic,
}

/// Scale of manufacture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Research.
    Research,
    /// Clinical trials.
    Clinical,
    /// The market.
    Commercial,
}

/// How an organisation can be reached; shown to the counterpart of an accepted request alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Contacts {
    /// Electronic mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailAddress>,
    /// Telephone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Line<40>>,
    /// Postal address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Prose<500>>,
}

/// Who may see an organisation, and from when on each field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Visibility {
    /// Seen by own members and staff alone.
    pub hidden: bool,
    /// Open to the other investors, incubators and corporates.
    pub opted_in: bool,
    /// Fields shown later than usual: `profile.employees` → `approved`. A tier is only ever raised.
    pub raised: BTreeMap<Line<100>, Tier>,
}

/// Whom an organisation is never shown to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BlockList {
    /// Registered organisations.
    pub organisations: Vec<OrganisationId>,
    /// Names, registered or not; compared without regard to case, width and spaces.
    pub names: Vec<Name>,
}

impl BlockList {
    /// Whether the list names this organisation.
    pub fn holds(&self, id: OrganisationId, names: &Names) -> bool {
        self.organisations.contains(&id)
            || self.names.iter().any(|blocked| {
                let blocked = fold_name(blocked.as_str());
                names.all().any(|name| fold_name(name) == blocked)
            })
    }
}

/// A name without regard to case, width, spaces, punctuation and the usual legal forms, for comparing.
pub fn fold_name(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let folded: String = name.nfkc().flat_map(char::to_lowercase).collect();
    let mut bare = folded.clone();
    for form in [
        "株式会社",
        "合同会社",
        "有限会社",
        "(株)",
        "inc.",
        "co., ltd.",
        "co.,ltd.",
        "ltd.",
        "llc",
        "gmbh",
        "k.k.",
    ] {
        bare = bare.replace(form, "");
    }
    let letters: String = bare
        .chars()
        .filter(|character| character.is_alphanumeric())
        .collect();
    if letters.is_empty() { folded } else { letters }
}

/// The 13-digit Japanese corporate number, its check digit verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^[1-9][0-9]{12}$")]
pub struct CorporateNumber(Box<str>);

/// The text is no corporate number.
#[derive(Debug, thiserror::Error)]
#[error("is not a corporate number (法人番号): 13 digits with the right check digit")]
pub struct NotACorporateNumber;

impl TryFrom<String> for CorporateNumber {
    type Error = NotACorporateNumber;

    /// The first digit is 9 − (Σ digit × weight mod 9), weights 1 and 2 in turn from the right.
    /// Source: 法人番号の指定等に関する省令, article 2.
    fn try_from(text: String) -> Result<Self, NotACorporateNumber> {
        let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(10)).collect();
        let digits = digits.ok_or(NotACorporateNumber)?;
        let [check, rest @ ..] = digits.as_slice() else {
            return Err(NotACorporateNumber);
        };
        let sum: u32 = rest
            .iter()
            .rev()
            .zip([1, 2].into_iter().cycle())
            .map(|(digit, weight)| digit * weight)
            .sum();
        if rest.len() == 12 && *check == 9 - sum % 9 {
            Ok(CorporateNumber(text.into()))
        } else {
            Err(NotACorporateNumber)
        }
    }
}

impl From<CorporateNumber> for String {
    fn from(number: CorporateNumber) -> String {
        number.0.into()
    }
}

/// An address on the web: http or https, no user part, at most 500 characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "Line<500>", into = "String")]
#[schema(value_type = String, max_length = 500, pattern = "^https?://[^@\\s]+$")]
pub struct Website(Line<500>);

/// The text is no web address.
#[derive(Debug, thiserror::Error)]
#[error("is not an address that begins with https:// or http://")]
pub struct NotAWebsite;

impl TryFrom<Line<500>> for Website {
    type Error = NotAWebsite;
    fn try_from(line: Line<500>) -> Result<Self, NotAWebsite> {
        let text = line.as_str();
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"));
        let fits = rest.is_some_and(|rest| {
            !rest.is_empty() && !rest.contains(['@', ' ', '"', '<', '>', '\\'])
        });
        if fits {
            Ok(Website(line))
        } else {
            Err(NotAWebsite)
        }
    }
}

impl From<Website> for String {
    fn from(website: Website) -> String {
        website.0.as_str().to_owned()
    }
}

/// An address of electronic mail, kept in lower case; shape only, whether it receives is seen when it is used.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "Line<254>", into = "String")]
#[schema(value_type = String, format = Email, max_length = 254)]
pub struct EmailAddress(Box<str>);

/// The text is no mail address.
#[derive(Debug, thiserror::Error)]
#[error("is not an e-mail address")]
pub struct NotAnEmailAddress;

impl EmailAddress {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for EmailAddress {
    /// Personal data: never in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

impl std::str::FromStr for EmailAddress {
    type Err = NotAnEmailAddress;
    fn from_str(text: &str) -> Result<Self, NotAnEmailAddress> {
        let line: Line<254> = text.parse().map_err(|_| NotAnEmailAddress)?;
        line.try_into()
    }
}

impl TryFrom<Line<254>> for EmailAddress {
    type Error = NotAnEmailAddress;
    fn try_from(line: Line<254>) -> Result<Self, NotAnEmailAddress> {
        let text = line.as_str().to_lowercase();
        let allowed = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        let fits = text.split_once('@').is_some_and(|(local, host)| {
            matches!(local.len(), 1..=64)
                && local.chars().all(allowed)
                && host.contains('.')
                && host.split('.').all(|label| {
                    !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-')
                })
        });
        if fits {
            Ok(EmailAddress(text.into()))
        } else {
            Err(NotAnEmailAddress)
        }
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> String {
        address.0.into()
    }
}

/// Hundredths of a percent, 0 to 10,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "u16", into = "u16")]
#[schema(value_type = u16, maximum = 10_000)]
pub struct BasisPoints(u16);

/// A biosafety level, 1 to 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "u16", into = "u16")]
#[schema(value_type = u16, minimum = 1, maximum = 4)]
pub struct BiosafetyLevel(u16);

/// A number outside its range.
#[derive(Debug, thiserror::Error)]
#[error("{asked} is not between {min} and {max}")]
pub struct OutOfRange {
    asked: u16,
    min: u16,
    max: u16,
}

macro_rules! bounded {
    ($name:ident, $min:literal, $max:literal) => {
        impl TryFrom<u16> for $name {
            type Error = OutOfRange;
            fn try_from(asked: u16) -> Result<Self, OutOfRange> {
                match asked {
                    $min..=$max => Ok($name(asked)),
                    _ => Err(OutOfRange {
                        asked,
                        min: $min,
                        max: $max,
                    }),
                }
            }
        }
        impl From<$name> for u16 {
            fn from(number: $name) -> u16 {
                number.0
            }
        }
    };
}
bounded!(BasisPoints, 0, 10_000);
bounded!(BiosafetyLevel, 1, 4);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corporate_number_has_the_right_check_digit() {
        // The National Tax Agency's own number.
        assert!(CorporateNumber::try_from("7000012050002".to_owned()).is_ok());
        for wrong in [
            "7000012050003",
            "700001205000",
            "70000120500021",
            "七000012050002",
            "",
        ] {
            assert!(
                CorporateNumber::try_from(wrong.to_owned()).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_block_list_finds_a_name_however_it_is_written() {
        let list = BlockList {
            names: vec!["株式会社ＯＳＡＫＡ　セル".parse().unwrap()],
            ..BlockList::default()
        };
        let names = |json| serde_json::from_str::<Names>(json).unwrap();
        let id = OrganisationId::from_uuid(uuid::Uuid::nil());

        assert!(list.holds(id, &names(r#"{"ja":"Osakaセル"}"#)));
        assert!(!list.holds(id, &names(r#"{"ja":"Kobeセル"}"#)));
    }

    #[test]
    fn an_address_is_shaped_like_one_and_never_printed() {
        let address: EmailAddress = "Kim@Example.JP".parse().unwrap();

        assert_eq!(address.as_str(), "kim@example.jp");
        assert_eq!(format!("{address:?}"), "EmailAddress(…)");
        for wrong in [
            "kim",
            "kim@",
            "@example.jp",
            "kim@host",
            "a b@c.d",
            "a@b..c",
            "a@b@c.d",
        ] {
            assert!(wrong.parse::<EmailAddress>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_website_is_http_and_names_no_user() {
        let website = |text: &str| Website::try_from(text.parse::<Line<500>>().unwrap());

        assert!(website("https://example.jp/").is_ok());
        for wrong in [
            "javascript:alert(1)",
            "https://",
            "https://a@b.c",
            "ftp://a.b",
        ] {
            assert!(website(wrong).is_err(), "{wrong}");
        }
    }
}
