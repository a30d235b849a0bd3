//! Small markets: few labels, few regions, many ties.

use std::collections::HashSet;

use domain::{
    AmountBand, Condition, Criterion, Deadlines, Instrument, InvestorTerms, Kind, KindRule,
    LanguageTag, Mandate, MandateId, Money, MoneyRange, OrganisationId, Programme, Purpose,
    ReviewPolicy, Strength, Texts,
    taxonomy::{Code, OnAxis},
};
use jiff::civil::{Date, date};
use proptest::{
    collection::vec,
    option,
    prelude::{Just, Strategy, any},
    sample::{select, subsequence},
};

use crate::{Among, Ask, Card, Deal, Facts, Market, RoundFacts};

pub(super) const TODAY: Date = date(2026, 4, 1);

const SECTORS: [&str; 6] = [
    "life_science",
    "life_science.biopharma",
    "life_science.biopharma.drug_discovery",
    "life_science.biopharma.regenerative_medicine",
    "life_science.medical_devices.imaging",
    "energy.storage.batteries",
];
const MODALITIES: [&str; 3] = [
    "biologics",
    "biologics.antibody_fragment",
    "small_molecule_drugs",
];
const INDICATIONS: [&str; 3] = ["oncology", "oncology.lung_cancer", "oncology.breast_cancer"];
const STAGES: [&str; 4] = [
    "financing.seed",
    "financing.pre_series_a",
    "financing.series_b",
    "therapeutics.non_clinical",
];
const REGIONS: [&str; 6] = ["JP", "JP-27", "JP-13", "kansai", "US-CA", "SG"];
const CAPABILITIES: [&str; 3] = [
    "manufacturing",
    "manufacturing.gmp",
    "testing.quality_control",
];

pub(super) fn id(number: u32) -> OrganisationId {
    let text = format!("00000000-0000-7000-8000-{number:012x}");
    text.parse().unwrap()
}

pub(super) fn mandate_id(number: u32) -> MandateId {
    MandateId::from_uuid(id(number).uuid())
}

pub(super) fn codes<A: OnAxis>(texts: &[&str]) -> Vec<Code<A>> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// A mandate about everybody with these criteria.
pub(super) fn mandate(criteria: Vec<Criterion>) -> Mandate {
    Mandate {
        name: "Lead".parse().unwrap(),
        purpose: Purpose::Fundraising,
        kinds: Vec::new(),
        active: true,
        from: None,
        until: None,
        criteria,
        terms: None,
        derived: false,
    }
}

pub(super) fn criterion(strength: Strength, on: Condition) -> Criterion {
    Criterion {
        strength,
        private: false,
        on,
    }
}

/// A programme in which everybody sees everybody.
pub(super) fn open_programme() -> Programme {
    let rule = |asker| {
        Kind::ALL.map(|counterpart| KindRule {
            asker,
            counterpart,
            access: domain::Access::Open,
        })
    };
    Programme {
        kind_table: Kind::ALL.into_iter().flat_map(rule).collect(),
        ..programme()
    }
}

/// A programme with the default table.
pub(super) fn programme() -> Programme {
    Programme {
        name: Texts::default(),
        review: ReviewPolicy::Always,
        deadlines: Deadlines::default(),
        checklist: Vec::new(),
        kind_table: Vec::new(),
        cooling_days: 0,
        manners: domain::Manners::default(),
        booking: domain::Booking::default(),
    }
}

/// A question of one organisation for a kind, with nobody left out.
pub(super) struct Question {
    pub(super) programme: Programme,
    pub(super) cooling: HashSet<OrganisationId>,
}

impl Question {
    pub(super) fn open() -> Question {
        Question {
            programme: open_programme(),
            cooling: HashSet::new(),
        }
    }

    pub(super) fn ask(&self, asker: OrganisationId, kind: Kind) -> Ask<'_> {
        Ask {
            asker,
            kind,
            mandate: None,
            purpose: None,
            table: &self.programme,
            members: None,
            cooling: &self.cooling,
            among: Among::Strangers,
        }
    }
}

/// The default card with a two-factor table.
pub(super) fn card_with_table() -> Card {
    let text = include_str!("../../cards/default.json");
    let table = r#""tables": [{"factors": ["region.home", "track_record.activity"], "cells":
        {"elsewhere": {"from_0.84": -77, "from_0.42": 31}, "same": {"unknown": -5}}}],
        "factors": {"base""#;
    Card::parse(
        &text
            .replacen(r#""factors": {"#, "@", 1)
            .replace("@\n      \"base\"", table),
    )
    .unwrap()
}

/// A market of startups and investors, with deals between them.
pub(super) fn markets() -> impl Strategy<Value = (Vec<Facts>, Vec<Deal>)> {
    vec(facts(), 2..20).prop_flat_map(|mut facts| {
        for (number, facts) in (0u32..).zip(&mut facts) {
            facts.id = id(number);
            facts.house = Some(number);
            for (index, (id, _)) in (0..).zip(&mut facts.mandates) {
                *id = mandate_id(100 * (number + 1) + index);
            }
        }
        let count = u32::try_from(facts.len()).unwrap();
        (Just(facts), vec(deal(count), 0..40))
    })
}

pub(super) fn market((facts, deals): &(Vec<Facts>, Vec<Deal>)) -> Market {
    Market::build(facts.clone(), deals, TODAY)
}

fn deal(count: u32) -> impl Strategy<Value = Deal> {
    let days = -30..1500_i64;
    (0..count, 0..count, days, option::of(select(&STAGES[..3]))).prop_map(
        |(investor, startup, days, stage)| Deal {
            investor: id(investor),
            startup: id(startup),
            on: TODAY.saturating_sub(jiff::SignedDuration::from_hours(24 * days)),
            stage: stage.map(|stage| stage.parse().unwrap()),
            band: None,
            lead: false,
        },
    )
}

fn some<A: OnAxis>(pool: &'static [&'static str]) -> impl Strategy<Value = Vec<Code<A>>> {
    subsequence(pool, 0..=pool.len().min(3)).prop_map(|texts| codes(&texts))
}

fn facts() -> impl Strategy<Value = Facts> {
    let kind = select(vec![Kind::Startup, Kind::Investor, Kind::Incubator]);
    let languages = subsequence(vec!["en", "ja"], 0..=2);
    let labels = (some(&SECTORS), some(&MODALITIES), some(&INDICATIONS));
    let abilities = (some(&CAPABILITIES), some(&CAPABILITIES), some(&STAGES));
    let home = option::of(select(&REGIONS[..]));
    let mandates = vec(mandates(), 0..3);
    let who = (kind, 0..3_u32, any::<bool>());
    (
        who,
        home,
        languages,
        labels,
        abilities,
        vec(round(), 0..2),
        mandates,
    )
        .prop_map(
            |(who, home, languages, labels, abilities, rounds, mandates)| Facts {
                home: home.map(|home| home.parse().unwrap()),
                languages: languages.into_iter().map(language).collect(),
                sectors: labels.0,
                modalities: labels.1,
                indications: labels.2,
                needs: abilities.0,
                offers: abilities.1,
                stages: abilities.2,
                rounds,
                mandates: mandates
                    .into_iter()
                    .map(|mandate| (mandate_id(0), mandate))
                    .collect(),
                opted_in: who.2,
                ..Facts::bare(id(0), who.1, who.0, 0)
            },
        )
}

pub(super) fn language(tag: &str) -> LanguageTag {
    LanguageTag::try_from(tag.to_owned()).unwrap()
}

fn round() -> impl Strategy<Value = RoundFacts> {
    let instruments = subsequence(vec![Instrument::JKiss, Instrument::Safe], 0..=2);
    let band = option::of(select(&AmountBand::ALL[..]));
    (
        select(&STAGES[..3]),
        band,
        option::of(select(&REGIONS[..1])),
        instruments,
    )
        .prop_map(|(stage, band, country, instruments)| RoundFacts {
            stage: Some(stage.parse().unwrap()),
            band,
            entity_country: country.map(|country| country.parse().unwrap()),
            opened_on: date(2026, 1, 1),
            closes_on: None,
            closed: false,
            instruments,
        })
}

fn mandates() -> impl Strategy<Value = Mandate> {
    let strength = select(vec![
        Strength::Prefer,
        Strength::Prefer,
        Strength::Must,
        Strength::Avoid,
    ]);
    let condition = proptest::prop_oneof![
        some(&SECTORS).prop_map(Condition::Sectors),
        some(&MODALITIES).prop_map(Condition::Modalities),
        some(&STAGES).prop_map(Condition::Stages),
        some(&REGIONS).prop_map(Condition::Regions),
        some(&CAPABILITIES).prop_map(Condition::Offers),
    ];
    let criterion = (strength, proptest::bool::weighted(0.2), condition);
    let criterion = criterion.prop_map(|(strength, private, on)| Criterion {
        strength,
        private,
        on,
    });
    (vec(criterion, 0..3), option::of(0..3_i64)).prop_map(|(criteria, cheque)| Mandate {
        terms: cheque.map(|size| InvestorTerms {
            first_cheque: Some(cheques(10_i64.pow(7) * (size + 1))),
            instruments: vec![Instrument::JKiss],
            ..InvestorTerms::default()
        }),
        ..mandate(criteria)
    })
}

/// First cheques from this many cents of a dollar to ten times as much.
pub(super) fn cheques(least: i64) -> MoneyRange {
    let least = Money::new(least, "USD".parse().unwrap()).unwrap();
    MoneyRange::new(least, 10 * least.minor_units()).unwrap()
}
