//! Changes worth trying: what the other side lists as its own or as what it looks for.

use domain::{
    AmountBand, Condition, Instrument, Mandate, MandateId, RegionCode, Strength,
    taxonomy::{Code, OnAxis},
};
use jiff::civil::Date;

use super::Change;
use crate::{Facts, record::country_of};

/// Changes of `me` that could bring it nearer to `they`, each once, in a fixed order.
pub(super) fn of(me: &Facts, they: &Facts, day: Date) -> Vec<Change> {
    let mut found = Found(Vec::new());
    for (_, mandate) in they.mandates.iter().filter(|(_, m)| m.counts_on(day)) {
        let open = mandate
            .criteria
            .iter()
            .filter(|criterion| criterion.strength != Strength::Avoid);
        for criterion in open {
            found.profile(me, &criterion.on);
        }
    }
    for label in stated(they) {
        found.profile(me, &label);
    }
    // What one needs the other offers.
    found.profile(me, &Condition::Needs(they.offers.clone()));
    found.profile(me, &Condition::Offers(they.needs.clone()));
    if let Some(round) = me.round_at(day) {
        found.round(me, they, (round, day));
    }
    for (id, mandate) in &me.mandates {
        found.mandate((*id, mandate), they);
    }
    found.0
}

/// What an organisation states of itself that another may have too.
fn stated(of: &Facts) -> [Condition; 4] {
    [
        Condition::Sectors(of.sectors.clone()),
        Condition::Modalities(of.modalities.clone()),
        Condition::Indications(of.indications.clone()),
        Condition::Languages(of.languages.clone()),
    ]
}

struct Found(Vec<Change>);

impl Found {
    fn push(&mut self, change: Change) {
        if !self.0.contains(&change) {
            self.0.push(change);
        }
    }

    /// Each label that the profile lacks.
    fn profile(&mut self, me: &Facts, labels: &Condition) {
        let lacking = match labels {
            Condition::Sectors(codes) => each(codes, &me.sectors, Condition::Sectors),
            Condition::Modalities(codes) => each(codes, &me.modalities, Condition::Modalities),
            Condition::Indications(codes) => each(codes, &me.indications, Condition::Indications),
            Condition::Stages(codes) => each(codes, &me.stages, Condition::Stages),
            Condition::Offers(codes) => each(codes, &me.offers, Condition::Offers),
            Condition::Needs(codes) => each(codes, &me.needs, Condition::Needs),
            Condition::Languages(tags) => {
                let lacks = tags.iter().filter(|tag| !me.languages.contains(tag));
                lacks
                    .map(|tag| Condition::Languages(vec![tag.clone()]))
                    .collect()
            }
            Condition::Regions(_) => Vec::new(),
        };
        for label in lacking {
            self.push(Change::Profile(label));
        }
    }

    fn round(&mut self, me: &Facts, they: &Facts, (at, day): (usize, Date)) {
        let round = &me.rounds[at];
        let terms = they.mandates.iter().filter(|(_, m)| m.counts_on(day));
        for terms in terms.filter_map(|(_, mandate)| mandate.terms.as_ref()) {
            if let Some(range) = terms.first_cheque {
                let (least, greatest) = (range.min().band(), range.max().band());
                let fitting = AmountBand::ALL.into_iter();
                let fitting = fitting.filter(|band| (least..=greatest).contains(band));
                // The nearest to what is raised; the least where nothing is stated.
                let away = |band: &AmountBand| {
                    let stated = round.band.unwrap_or(least);
                    (*band as usize).abs_diff(stated as usize)
                };
                let nearest = fitting.min_by_key(away);
                if let Some(band) = nearest.filter(|band| round.band != Some(*band)) {
                    self.push(Change::Amount(at, band));
                }
            }
            let lacks = |instrument: &&Instrument| !round.instruments.contains(instrument);
            for &instrument in terms.instruments.iter().filter(lacks) {
                self.push(Change::Instrument(at, instrument));
            }
            let country = me.home.and_then(country_of);
            if let Some(country) = country.filter(|_| round.entity_country.is_none()) {
                self.push(Change::EntityCountry(at, country));
            }
        }
    }

    fn mandate(&mut self, (id, mandate): (MandateId, &Mandate), they: &Facts) {
        if !mandate.active {
            self.push(Change::On(id));
        }
        let around = they.home.into_iter().flat_map(RegionCode::and_around);
        let seek = [
            Condition::Sectors(they.sectors.clone()),
            Condition::Modalities(they.modalities.clone()),
            Condition::Indications(they.indications.clone()),
            Condition::Stages(they.stages.clone()),
            Condition::Regions(around.collect()),
            Condition::Offers(they.offers.clone()),
            Condition::Needs(they.needs.clone()),
        ];
        for labels in &seek {
            for label in single(labels) {
                let sought = mandate.criteria.iter().any(|criterion| {
                    !criterion.private
                        && criterion.strength != Strength::Avoid
                        && single(&criterion.on).contains(&label)
                });
                if !sought {
                    self.push(Change::Seek(id, label));
                }
            }
        }
        for (at, criterion) in mandate.criteria.iter().enumerate() {
            match criterion.strength {
                Strength::Must => self.push(Change::Prefer(id, at)),
                Strength::Avoid => self.push(Change::Allow(id, at)),
                Strength::Prefer => {}
            }
        }
    }
}

/// Each label that is lacking, in a condition of its own.
fn each<A: OnAxis>(
    labels: &[Code<A>],
    mine: &[Code<A>],
    on: impl Fn(Vec<Code<A>>) -> Condition,
) -> Vec<Condition> {
    let lacks = labels.iter().filter(|label| !mine.contains(label));
    lacks.map(|&label| on(vec![label])).collect()
}

/// Each label in a condition of its own.
fn single(labels: &Condition) -> Vec<Condition> {
    match labels {
        Condition::Sectors(codes) => each(codes, &[], Condition::Sectors),
        Condition::Modalities(codes) => each(codes, &[], Condition::Modalities),
        Condition::Indications(codes) => each(codes, &[], Condition::Indications),
        Condition::Stages(codes) => each(codes, &[], Condition::Stages),
        Condition::Regions(codes) => each(codes, &[], Condition::Regions),
        Condition::Offers(codes) => each(codes, &[], Condition::Offers),
        Condition::Needs(codes) => each(codes, &[], Condition::Needs),
        Condition::Languages(tags) => {
            let each = tags
                .iter()
                .map(|tag| Condition::Languages(vec![tag.clone()]));
            each.collect()
        }
    }
}
