//! The index: everything that questions are answered from, in columns, never changed once built.

use std::{collections::HashMap, sync::Arc};

use domain::{
    AmountBand, CapabilityCode, IndicationCode, Instrument, Kind, ModalityCode, OrganisationId,
    RegionCode, SectorCode, StageCode,
};
use jiff::civil::Date;

use crate::{
    Deal, Facts, Places, Statistics,
    aim::Aim,
    factors::{activity, language::Spoken, topic},
    kinds::KindSet,
    ragged::Ragged,
    record::{Aspect, Records, Target, Term, country_of},
    sorted,
};

/// All organisations on one day. One value per row in each column; rows are in the order of ids.
#[derive(Debug)]
pub struct Market {
    as_of: Date,
    statistics: Statistics,
    rows: HashMap<OrganisationId, usize>,
    ids: Vec<OrganisationId>,
    tie_keys: Vec<u32>,
    primary_kinds: Vec<Option<Kind>>,
    kinds: Vec<KindSet>,
    homes: Vec<Option<RegionCode>>,
    places: Vec<Places>,
    /// Words of each row that records are asked for, with their terms.
    topics: Ragged<Term>,
    topic_names: HashMap<Term, String>,
    countries: Vec<Option<RegionCode>>,
    languages: Ragged<Spoken>,
    sectors: Ragged<SectorCode>,
    modalities: Ragged<ModalityCode>,
    indications: Ragged<IndicationCode>,
    needs: Ragged<CapabilityCode>,
    offers: Ragged<CapabilityCode>,
    stages: Ragged<StageCode>,
    rounds: Vec<Option<OpenRound>>,
    aims: Ragged<Aim>,
    houses: Vec<u32>,
    hidden: Vec<bool>,
    opted_in: Vec<bool>,
    blocked: Ragged<OrganisationId>,
    records: Arc<Records>,
    /// By row: its place in `records`, where that is another.
    places_in_records: Option<Box<[usize]>>,
    /// Every region that a home or a mandate names, once.
    regions: Vec<RegionCode>,
}

/// The words that the market has least of among those it knows.
fn rarest(topics: &[Term], records: &Records) -> Vec<Term> {
    let choices = records.choices(Aspect::Topic);
    let known = topics
        .iter()
        .filter(|&&term| choices.is_known(term, topic::DEALS_MIN));
    let mut known: Vec<Term> = known.copied().collect();
    known.sort_by_key(|&term| (choices.market(term).with, term));
    known.truncate(topic::ASKED_MAX);
    known
}

/// The round in force.
#[derive(Debug)]
pub(crate) struct OpenRound {
    pub(crate) stage: Option<StageCode>,
    pub(crate) band: Option<AmountBand>,
    pub(crate) entity_country: Option<RegionCode>,
    pub(crate) instruments: Box<[Instrument]>,
}

impl Market {
    /// The market on `as_of`: mandates that count that day, rounds in force, deals dated before it.
    ///
    /// The order of `facts` and `deals` is of no account. Of two facts about one organisation one is taken.
    pub fn build(mut facts: Vec<Facts>, deals: &[Deal], as_of: Date) -> Market {
        facts.sort_by_key(|facts| facts.id);
        facts.dedup_by_key(|facts| facts.id);
        let ids: Vec<OrganisationId> = facts.iter().map(|facts| facts.id).collect();
        let rows: HashMap<OrganisationId, usize> =
            (0..).zip(&ids).map(|(row, &id)| (id, row)).collect();
        let words: Vec<Vec<String>> = facts.iter().map(|f| topic::words(&f.texts)).collect();
        let terms = |words: &Vec<String>| words.iter().map(|word| topic::term(word)).collect();
        let topics: Vec<Vec<Term>> = words.iter().map(terms).collect();
        let row = |id| {
            rows.get(&id)
                .map(|&row| u32::try_from(row).expect("fewer than 2^32 rows"))
        };
        let records = Records::build(ids.len(), deals, as_of, row, |row| Target {
            sectors: &facts[row].sectors,
            country: facts[row].home.and_then(country_of),
            places: Some(&facts[row].places),
            topics: &topics[row],
            ..Target::default()
        });
        let past = deals
            .iter()
            .filter(|deal| activity::age(deal.on, as_of).is_some());
        let past = u32::try_from(past.count()).expect("fewer than 2^32 deals");
        let statistics = Statistics::of(past, &records);
        Market::laid_out(&facts, &words, (Arc::new(records), None), statistics, as_of)
    }

    /// A market of these alone, which it holds, with its records: for trying what another fact would change. What the
    /// records of others hold of them stays as it is.
    pub(crate) fn of_two(&self, mut facts: Vec<Facts>) -> Market {
        facts.retain(|facts| self.holds(facts.id));
        facts.sort_by_key(|facts| facts.id);
        let words: Vec<Vec<String>> = facts.iter().map(|f| topic::words(&f.texts)).collect();
        let places = facts.iter().map(|facts| self.rows[&facts.id]).collect();
        let records = (self.records.clone(), Some(places));
        Market::laid_out(&facts, &words, records, self.statistics.clone(), self.as_of)
    }

    /// The columns of `facts`, which are in the order of ids, each with the words of its texts.
    fn laid_out(
        facts: &[Facts],
        words: &[Vec<String>],
        (records, places_in_records): (Arc<Records>, Option<Box<[usize]>>),
        statistics: Statistics,
        as_of: Date,
    ) -> Market {
        let ids: Vec<OrganisationId> = facts.iter().map(|facts| facts.id).collect();
        let rows: HashMap<OrganisationId, usize> =
            (0..).zip(&ids).map(|(row, &id)| (id, row)).collect();
        let asked = words.iter().map(|words| {
            let terms: Vec<Term> = words.iter().map(|word| topic::term(word)).collect();
            rarest(&terms, &records)
        });
        let asked: Vec<Vec<Term>> = asked.collect();
        let topic_names = asked
            .iter()
            .zip(words)
            .flat_map(|(asked, words)| {
                let named = words.iter().map(|word| (topic::term(word), word.clone()));
                named.filter(|(term, _)| asked.contains(term))
            })
            .collect();
        let aims = facts.iter().map(|facts| aims(facts, as_of));
        Market {
            as_of,
            statistics,
            rows,
            ids,
            tie_keys: facts.iter().map(|facts| facts.tie_key).collect(),
            primary_kinds: facts.iter().map(|f| f.kinds.first().copied()).collect(),
            kinds: facts.iter().map(|f| KindSet::of(&f.kinds)).collect(),
            homes: facts.iter().map(|facts| facts.home).collect(),
            places: facts.iter().map(|facts| facts.places.clone()).collect(),
            topics: Ragged::collect(asked),
            topic_names,
            countries: facts.iter().map(|f| f.home.and_then(country_of)).collect(),
            languages: Ragged::collect(facts.iter().map(spoken)),
            sectors: Ragged::collect(facts.iter().map(|f| sorted(f.sectors.clone()))),
            modalities: Ragged::collect(facts.iter().map(|f| sorted(f.modalities.clone()))),
            indications: Ragged::collect(facts.iter().map(|f| sorted(f.indications.clone()))),
            needs: Ragged::collect(facts.iter().map(|f| sorted(f.needs.clone()))),
            offers: Ragged::collect(facts.iter().map(|f| sorted(f.offers.clone()))),
            stages: Ragged::collect(facts.iter().map(|f| stages(f, as_of))),
            rounds: facts.iter().map(|facts| open_round(facts, as_of)).collect(),
            aims: Ragged::collect(aims),
            houses: facts.iter().map(|facts| facts.house).collect(),
            hidden: facts.iter().map(|facts| facts.hidden).collect(),
            opted_in: facts.iter().map(|facts| facts.opted_in).collect(),
            blocked: Ragged::collect(facts.iter().map(|f| sorted(f.blocked.clone()))),
            records,
            places_in_records,
            regions: regions(facts),
        }
    }

    /// The day on which mandates and rounds are in force, and before which deals count.
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// What the market as a whole did.
    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// How many organisations it holds.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Whether it holds `organisation`.
    pub fn holds(&self, organisation: OrganisationId) -> bool {
        self.rows.contains_key(&organisation)
    }

    pub(crate) fn records(&self) -> &Records {
        &self.records
    }

    pub(crate) fn regions(&self) -> &[RegionCode] {
        &self.regions
    }

    pub(crate) fn find(&self, organisation: OrganisationId) -> Option<Row<'_>> {
        let &at = self.rows.get(&organisation)?;
        Some(Row { market: self, at })
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.ids.len()).map(|at| Row { market: self, at })
    }
}

/// One organisation of a market.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    market: &'a Market,
    at: usize,
}

macro_rules! columns {
    ($($name:ident: $column:ident -> [$value:ty];)*) => {
        impl<'a> Row<'a> {
            $(pub(crate) fn $name(self) -> &'a [$value] {
                self.market.$column.row(self.at)
            })*
        }
    };
    ($($name:ident: $column:ident -> $value:ty;)*) => {
        impl Row<'_> {
            $(pub(crate) fn $name(self) -> $value {
                self.market.$column[self.at]
            })*
        }
    };
}

columns! {
    id: ids -> OrganisationId;
    tie_key: tie_keys -> u32;
    primary_kind: primary_kinds -> Option<Kind>;
    kinds: kinds -> KindSet;
    home: homes -> Option<RegionCode>;
    country: countries -> Option<RegionCode>;
    house: houses -> u32;
    is_hidden: hidden -> bool;
    opted_in: opted_in -> bool;
}

columns! {
    languages: languages -> [Spoken];
    sectors: sectors -> [SectorCode];
    modalities: modalities -> [ModalityCode];
    indications: indications -> [IndicationCode];
    needs: needs -> [CapabilityCode];
    offers: offers -> [CapabilityCode];
    stages: stages -> [StageCode];
    aims: aims -> [Aim];
    blocked: blocked -> [OrganisationId];
}

impl<'a> Row<'a> {
    /// Its place in the columns of records.
    pub(crate) fn at(self) -> usize {
        let places = self.market.places_in_records.as_ref();
        places.map_or(self.at, |places| places[self.at])
    }

    pub(crate) fn round(self) -> Option<&'a OpenRound> {
        self.market.rounds[self.at].as_ref()
    }

    /// What records are read for: the organisation as a startup, with its round in force, or else its financing stage.
    pub(crate) fn target(self) -> Target<'a> {
        let stated = self.stages().iter().copied();
        let mut financing = stated.filter(|stage| stage.code().starts_with("financing"));
        Target {
            sectors: self.sectors(),
            country: self.country(),
            places: Some(&self.market.places[self.at]),
            stage: self
                .round()
                .and_then(|round| round.stage)
                .or_else(|| financing.next()),
            band: self.round().and_then(|round| round.band),
            topics: self.market.topics.row(self.at),
        }
    }

    /// The word that is asked for in this place.
    pub(crate) fn topic(self, index: usize) -> Option<&'a str> {
        let term = self.market.topics.row(self.at).get(index)?;
        self.market.topic_names.get(term).map(String::as_str)
    }
}

/// Mandates in force, in the order of their ids.
fn aims(facts: &Facts, as_of: Date) -> Vec<Aim> {
    let mandates = facts.mandates.iter();
    let mut aims: Vec<Aim> = mandates
        .filter_map(|(id, mandate)| Aim::on(as_of, *id, mandate))
        .collect();
    aims.sort_by_key(|aim| aim.id);
    aims
}

fn spoken(facts: &Facts) -> Vec<Spoken> {
    sorted(facts.languages.iter().map(Spoken::of).collect())
}

/// The stages of the profile; on the financing ladder the round in force knows better.
fn stages(facts: &Facts, as_of: Date) -> Vec<StageCode> {
    let Some(raised) = facts.round_on(as_of).and_then(|round| round.stage) else {
        return sorted(facts.stages.clone());
    };
    let others = |stage: &StageCode| stage.ladder() != raised.ladder();
    let mut stages: Vec<StageCode> = facts.stages.iter().copied().filter(others).collect();
    stages.push(raised);
    sorted(stages)
}

fn open_round(facts: &Facts, as_of: Date) -> Option<OpenRound> {
    facts.round_on(as_of).map(|round| OpenRound {
        stage: round.stage,
        band: round.band,
        entity_country: round.entity_country,
        instruments: round.instruments.clone().into(),
    })
}

fn regions(facts: &[Facts]) -> Vec<RegionCode> {
    let homes = facts.iter().filter_map(|facts| facts.home);
    let criteria = facts
        .iter()
        .flat_map(|facts| &facts.mandates)
        .flat_map(|(_, mandate)| &mandate.criteria);
    let targets = criteria.flat_map(|criterion| match &criterion.on {
        domain::Condition::Regions(codes) => codes.as_slice(),
        _ => &[],
    });
    sorted(homes.chain(targets.copied()).collect())
}
