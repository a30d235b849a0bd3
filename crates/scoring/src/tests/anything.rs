//! Markets, cards and questions with some of everything, made by a seed.

use std::collections::HashSet;

use domain::{
    AmountBand, Condition, Criterion, Instrument, InvestorTerms, Kind, KindRule, Mandate,
    OrganisationId, Programme, Purpose, Strength,
    taxonomy::{Code, OnAxis},
};
use fastrand::Rng;

use super::world::{TODAY, cheques, id, language, mandate, mandate_id, programme};
use crate::{
    Among, Ask, Card, Deal, Facts, Places, RoundFacts,
    factor::{FACTORS, Factor},
    factors::{share::TWELFTHS, similar::Respect},
};

const KINDS: [Kind; 4] = [
    Kind::Startup,
    Kind::Investor,
    Kind::Incubator,
    Kind::Manufacturer,
];

const PURPOSES: [Purpose; 2] = [Purpose::Fundraising, Purpose::Incubation];

const WORDS: [&str; 6] = [
    "robots for clinics",
    "robots at sea",
    "iPS cells",
    "細胞の培養",
    "clinics",
    "",
];

/// One in so many.
pub(super) fn one_in(rng: &mut Rng, many: u32) -> bool {
    rng.u32(0..many) == 0
}

fn pick<T: Copy>(rng: &mut Rng, pool: &[T]) -> T {
    pool[rng.usize(0..pool.len())]
}

/// Up to so many, some of them again and again.
fn some<T: Copy>(rng: &mut Rng, pool: &[T], most: usize) -> Vec<T> {
    let count = rng.usize(0..=most);
    (0..count).map(|_| pick(rng, pool)).collect()
}

/// A few labels of an axis: some near each other, some anywhere.
fn labels<A: OnAxis>(rng: &mut Rng, most: usize) -> Vec<Code<A>> {
    let all: Vec<Code<A>> = Code::all().collect();
    let near = &all[..all.len().min(9)];
    let pool = if one_in(rng, 4) { &all[..] } else { near };
    some(rng, pool, most)
}

fn regions(rng: &mut Rng, most: usize) -> Vec<domain::RegionCode> {
    let pool = ["JP", "JP-27", "JP-13", "kansai", "US-CA", "US", "SG", "150"];
    let pool = pool.map(|code| code.parse().unwrap());
    some(rng, &pool, most)
}

/// An organisation of a world of `count`.
pub(super) fn facts(rng: &mut Rng, number: u32, count: u32) -> Facts {
    let mut kinds = vec![pick(rng, &KINDS)];
    kinds.extend(some(rng, &KINDS, 1));
    let mandates = rng.u32(0..3);
    Facts {
        kinds,
        home: regions(rng, 1).pop(),
        places: places(rng),
        texts: vec![pick(rng, &WORDS).to_owned()],
        languages: some(rng, &["en", "ja", "de"], 2)
            .into_iter()
            .map(language)
            .collect(),
        sectors: labels(rng, 4),
        modalities: labels(rng, 2),
        indications: labels(rng, 2),
        needs: labels(rng, 2),
        offers: labels(rng, 2),
        stages: labels(rng, 2),
        rounds: (0..rng.u32(0..3)).map(|_| round(rng)).collect(),
        mandates: (0..mandates)
            .map(|at| (mandate_id(100 * (number + 1) + 7 - at), any_mandate(rng)))
            .collect(),
        house: (!one_in(rng, 3)).then(|| rng.u32(0..count)),
        hidden: one_in(rng, 8),
        opted_in: one_in(rng, 2),
        blocked: some(rng, &[id(0), id(1), id(2), id(3)], 1),
        load: rng.u8(0..6),
        exposure: rng.u8(0..10),
        ..Facts::bare(id(number), rng.u32(0..3), Kind::Startup, 0)
    }
}

fn places(rng: &mut Rng) -> Places {
    let mut place =
        |pool: &[&str]| (!one_in(rng, 3)).then(|| pool[rng.usize(0..pool.len())].to_owned());
    let mut places = Places {
        subdivision: place(&["JP-27", "JP-13"]),
        area: place(&["kansai", "kanto"]),
        city: place(&["JP/osaka", "JP/tokyo", "JP/kobe"]),
    };
    // More cities than a column has numbers for.
    if one_in(rng, 2) {
        places.city = Some(format!("JP/{}", rng.u8(0..40)));
    }
    places
}

fn round(rng: &mut Rng) -> RoundFacts {
    let stages: Vec<domain::StageCode> = labels(rng, 1);
    RoundFacts {
        stage: stages
            .first()
            .copied()
            .filter(|stage| stage.code().starts_with("financing")),
        band: some(rng, &AmountBand::ALL, 1).pop(),
        entity_country: regions(rng, 1).pop(),
        opened_on: TODAY.saturating_sub(jiff::Span::new().days(rng.i64(-5..40))),
        closes_on: None,
        closed: one_in(rng, 4),
        instruments: some(rng, &[Instrument::JKiss, Instrument::Safe], 2),
    }
}

fn any_mandate(rng: &mut Rng) -> Mandate {
    let criteria = (0..rng.u32(0..4)).map(|_| criterion(rng)).collect();
    let terms = InvestorTerms {
        first_cheque: (!one_in(rng, 3)).then(|| cheques(10_i64.pow(rng.u32(5..10)))),
        instruments: some(rng, &[Instrument::JKiss, Instrument::Warrants], 2),
        entity_countries: regions(rng, 2),
        actively_investing: one_in(rng, 6).then_some(false),
        ..InvestorTerms::default()
    };
    Mandate {
        purpose: pick(rng, &PURPOSES),
        kinds: some(rng, &KINDS, 2),
        active: !one_in(rng, 8),
        terms: (!one_in(rng, 4)).then_some(terms),
        ..mandate(criteria)
    }
}

fn criterion(rng: &mut Rng) -> Criterion {
    let strengths = [
        Strength::Prefer,
        Strength::Prefer,
        Strength::Must,
        Strength::Avoid,
    ];
    Criterion {
        strength: pick(rng, &strengths),
        private: one_in(rng, 5),
        on: match rng.u32(0..8) {
            0 => Condition::Sectors(labels(rng, 3)),
            1 => Condition::Modalities(labels(rng, 3)),
            2 => Condition::Indications(labels(rng, 3)),
            3 => Condition::Stages(labels(rng, 3)),
            4 => Condition::Regions(regions(rng, 3)),
            5 => Condition::Offers(labels(rng, 3)),
            6 => Condition::Needs(labels(rng, 3)),
            _ => Condition::Languages(
                some(rng, &["en", "ja", "fr"], 2)
                    .into_iter()
                    .map(language)
                    .collect(),
            ),
        },
    }
}

/// Deals between organisations of a world of `count`, and with a few that it does not hold.
pub(super) fn deals(rng: &mut Rng, count: u32) -> Vec<Deal> {
    let deals = rng.u32(0..6 * count);
    // More investors of one startup than a column tells apart.
    let sought = one_in(rng, 3).then(|| rng.u32(0..count));
    (0..deals)
        .map(|_| Deal {
            investor: id(rng.u32(0..count + 2)),
            startup: id(match sought {
                Some(startup) if one_in(rng, 3) => startup,
                _ => rng.u32(0..count + 2),
            }),
            on: TODAY.saturating_sub(jiff::Span::new().days(rng.i64(-30..1500))),
            stage: labels(rng, 1).pop(),
            band: some(rng, &AmountBand::ALL, 1).pop(),
            lead: false,
        })
        .collect()
}

/// A card of points up to `size` either way, with tables of any two factors.
pub(super) fn card(rng: &mut Rng, size: i32) -> Card {
    let sections = [("startup", "investor"), ("investor", "startup")];
    let sections = sections.map(|(asker, counterpart)| {
        let tables = tables(rng, size);
        let factors = factors(rng, size);
        let own = if one_in(rng, 2) {
            format!(r#""likeness": {{{}}},"#, likeness(rng))
        } else {
            String::new()
        };
        format!(
            r#"{{"asker": "{asker}", "counterpart": "{counterpart}", {own}
                "factors": {{{factors}}}, "tables": [{tables}]}}"#
        )
    });
    let (factors, tables) = (factors(rng, size), tables(rng, size));
    let likeness = likeness(rng);
    let text = format!(
        r#"{{"name": "Any", "calibrated": false, "likeness": {{{likeness}}},
            "default": {{"factors": {{{factors}}}, "tables": [{tables}]}},
            "sections": [{}]}}"#,
        sections.join(",")
    );
    Card::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Some cells of some respects, for whatever is asked for and for some of it.
fn likeness(rng: &mut Rng) -> String {
    let cells = |rng: &mut Rng, names: &[&str]| {
        let some: Vec<&&str> = names.iter().filter(|_| !one_in(rng, 3)).collect();
        let cells = some
            .into_iter()
            .map(|name| format!(r#""{name}": {}"#, rng.i32(-6_000..=3_000)));
        cells.collect::<Vec<_>>().join(",")
    };
    let table = |rng: &mut Rng, respect: Respect| {
        let asked = respect.asked().iter().filter(|_| one_in(rng, 3));
        let asked: Vec<&str> = ["any"].into_iter().chain(asked.copied()).collect();
        let rows = asked
            .into_iter()
            .map(|asked| format!(r#""{asked}": {{{}}}"#, cells(rng, respect.of_deal())));
        format!(
            r#""{}": {{{}}}"#,
            respect.name(),
            rows.collect::<Vec<_>>().join(",")
        )
    };
    let tables = Respect::ALL.into_iter().map(|respect| table(rng, respect));
    tables.collect::<Vec<_>>().join(",")
}

/// In one card of two likeness decides most.
fn factors(rng: &mut Rng, size: i32) -> String {
    let is_led = one_in(rng, 2);
    let cells = |rng: &mut Rng, factor: Factor| {
        let levels = factor.levels();
        let leads = is_led && factor == Factor::Similar;
        let size = if is_led && !leads { size / 100 } else { size };
        let flat = !leads && one_in(rng, 4);
        let points = |rng: &mut Rng| rng.i32(-size..=size) * TWELFTHS;
        let mut cells: Vec<i32> = vec![points(rng); levels.len()];
        if !flat {
            for cell in &mut cells {
                *cell = points(rng);
            }
        }
        if leads {
            cells[1..].sort_unstable();
        }
        if factor.can_be_unknown() {
            let mut known = cells[1..].to_vec();
            known.sort_unstable();
            cells[0] = cells[0].min(known[(known.len() - 1) / 2]);
        }
        let cells = levels
            .iter()
            .zip(cells)
            .map(|(level, points)| format!(r#""{level}": {points}"#));
        let cells: Vec<String> = cells.collect();
        format!(r#""{}": {{{}}}"#, factor.name(), cells.join(","))
    };
    let all: Vec<String> = Factor::ALL
        .into_iter()
        .map(|factor| cells(rng, factor))
        .collect();
    all.join(",")
}

fn tables(rng: &mut Rng, size: i32) -> String {
    let whole: Vec<Factor> = Factor::ALL
        .into_iter()
        .filter(|factor| !factor.is_shared_out())
        .collect();
    let table = |rng: &mut Rng| {
        let a = rng.usize(0..whole.len());
        let b = (a + rng.usize(1..whole.len())) % whole.len();
        let [a, b] = [a, b].map(|at| whole[at]);
        let row = |rng: &mut Rng| {
            let cells = b.levels().iter().map(|level| {
                let points = rng.i32(-size..=size);
                format!(r#""{level}": {points}"#)
            });
            cells.collect::<Vec<_>>().join(",")
        };
        let rows: Vec<String> = a
            .levels()
            .iter()
            .map(|level| format!(r#""{level}": {{{}}}"#, row(rng)))
            .collect();
        format!(
            r#"{{"factors": ["{}", "{}"], "cells": {{{}}}}}"#,
            a.name(),
            b.name(),
            rows.join(",")
        )
    };
    let count = rng.usize(0..FACTORS / 8);
    let all: Vec<String> = (0..count).map(|_| table(rng)).collect();
    all.join(",")
}

/// What a question of a world refers to.
pub(super) struct Around {
    programme: Programme,
    members: HashSet<OrganisationId>,
    cooling: HashSet<OrganisationId>,
}

impl Around {
    pub(super) fn of(rng: &mut Rng, count: u32) -> Around {
        let mut ids = |one_of: u32| {
            let all = (0..count).map(id).filter(|_| one_in(rng, one_of));
            all.collect()
        };
        let (members, cooling) = (ids(2), ids(10));
        let accesses = [
            domain::Access::Open,
            domain::Access::OptedIn,
            domain::Access::Offers,
            domain::Access::Closed,
        ];
        let rule = |asker| KINDS.map(|counterpart| (asker, counterpart));
        let pairs = KINDS.into_iter().flat_map(rule);
        let kind_table = pairs.map(|(asker, counterpart)| KindRule {
            asker,
            counterpart,
            access: if one_in(rng, 2) {
                domain::Access::Open
            } else {
                pick(rng, &accesses)
            },
        });
        Around {
            programme: Programme {
                kind_table: kind_table.collect(),
                ..programme()
            },
            members,
            cooling,
        }
    }

    /// A question of anybody for anybody.
    pub(super) fn ask(&self, rng: &mut Rng, facts: &[Facts]) -> Ask<'_> {
        let asker = &facts[rng.usize(0..facts.len())];
        let mandate = asker.mandates.first().map(|(id, _)| *id);
        Ask {
            asker: asker.id,
            kind: pick(rng, &KINDS),
            mandate: mandate.filter(|_| one_in(rng, 4)),
            purpose: one_in(rng, 2).then(|| pick(rng, &PURPOSES)),
            table: &self.programme,
            members: one_in(rng, 3).then_some(&self.members),
            cooling: &self.cooling,
            among: if one_in(rng, 2) {
                Among::Strangers
            } else {
                Among::Everybody
            },
        }
    }
}
