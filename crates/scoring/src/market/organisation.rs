//! One organisation on the day of a market: what rules and factors read of it.

use domain::{
    AmountBand, CapabilityCode, IndicationCode, Instrument, Kind, ModalityCode, OrganisationId,
    RegionCode, SectorCode, StageCode,
};
use jiff::civil::Date;

use crate::{
    Facts, Places,
    aim::Aim,
    factors::{UNKNOWN, language::Spoken, raise, topic},
    kinds::KindSet,
    record::{Aspect, Place, Raising, Records, Sought, Target, Term, Where, country_of},
    sorted,
};

/// An organisation with its mandates and its round in force.
#[derive(Clone, Debug)]
pub(crate) struct Organisation {
    pub(crate) id: OrganisationId,
    pub(crate) tie_key: u32,
    pub(crate) primary_kind: Option<Kind>,
    pub(crate) kinds: KindSet,
    pub(crate) home: Option<RegionCode>,
    pub(crate) country: Option<RegionCode>,
    pub(crate) places: Places,
    here: Where,
    /// Tells what records read of it from anything else.
    pub(crate) described: Term,
    pub(crate) languages: Box<[Spoken]>,
    pub(crate) sectors: Box<[SectorCode]>,
    pub(crate) modalities: Box<[ModalityCode]>,
    pub(crate) indications: Box<[IndicationCode]>,
    pub(crate) needs: Box<[CapabilityCode]>,
    pub(crate) offers: Box<[CapabilityCode]>,
    pub(crate) stages: Box<[StageCode]>,
    pub(crate) round: Option<OpenRound>,
    /// Mandates in force, in the order of their ids.
    pub(crate) aims: Box<[Aim]>,
    pub(crate) house: Option<u32>,
    pub(crate) hidden: bool,
    pub(crate) opted_in: bool,
    pub(crate) blocked: Box<[OrganisationId]>,
    /// The band of how much it was asked lately.
    pub(crate) load: u8,
    /// The level of how often it would be listed.
    pub(crate) exposure: u8,
    /// Words that records are asked for.
    topics: Box<[Term]>,
    /// Those words.
    pub(crate) topic_names: Box<[Box<str>]>,
    /// Where the records keep what they are asked for, respect by respect, and where each respect ends.
    asked: Box<[Place]>,
    asked_ends: [u32; Aspect::ALL.len()],
}

/// The round in force.
#[derive(Clone, Debug)]
pub(crate) struct OpenRound {
    pub(crate) stage: Option<StageCode>,
    pub(crate) band: Option<AmountBand>,
    pub(crate) entity_country: Option<RegionCode>,
    pub(crate) instruments: Box<[Instrument]>,
}

impl Organisation {
    /// Bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        let labels = size_of_val(&*self.sectors)
            + size_of_val(&*self.modalities)
            + size_of_val(&*self.indications)
            + size_of_val(&*self.needs)
            + size_of_val(&*self.offers)
            + size_of_val(&*self.stages)
            + size_of_val(&*self.languages)
            + size_of_val(&*self.blocked);
        let asked = size_of_val(&*self.topics) + size_of_val(&*self.asked);
        let names = self
            .topic_names
            .iter()
            .map(|name| size_of_val(name) + name.len());
        let places = [
            &self.places.subdivision,
            &self.places.area,
            &self.places.city,
        ];
        let places = places.into_iter().flatten().map(String::capacity);
        let aims = self.aims.iter().map(Aim::bytes);
        size_of::<Self>()
            + labels
            + asked
            + names.sum::<usize>()
            + places.sum::<usize>()
            + aims.sum::<usize>()
    }

    /// What `facts` come to on `as_of`, beside the market's records.
    pub(crate) fn of(facts: Facts, as_of: Date, records: &Records) -> Organisation {
        let lower = topic::lower(&facts.texts);
        let words = topic::words(&lower);
        let described = described(&facts, &words);
        let words = rarest(words, records);
        let mut organisation = Organisation {
            id: facts.id,
            tie_key: facts.tie_key,
            primary_kind: facts.kinds.first().copied(),
            kinds: KindSet::of(&facts.kinds),
            home: facts.home,
            country: facts.home.and_then(country_of),
            languages: sorted(facts.languages.iter().map(Spoken::of).collect()).into(),
            stages: stages(&facts, as_of).into(),
            round: open_round(&facts, as_of),
            aims: aims(&facts, as_of).into(),
            places: facts.places,
            sectors: sorted(facts.sectors).into(),
            modalities: sorted(facts.modalities).into(),
            indications: sorted(facts.indications).into(),
            needs: sorted(facts.needs).into(),
            offers: sorted(facts.offers).into(),
            house: facts.house,
            hidden: facts.hidden,
            opted_in: facts.opted_in,
            blocked: sorted(facts.blocked).into(),
            load: facts.load,
            exposure: facts.exposure,
            topics: words.iter().map(|&(term, _)| term).collect(),
            topic_names: words.into_iter().map(|(_, word)| word.into()).collect(),
            described,
            here: Where::default(),
            asked: Box::default(),
            asked_ends: [0; Aspect::ALL.len()],
        };
        let target = organisation.target();
        let here = Where::of(&target);
        let mut asked: Vec<Place> = Vec::new();
        let ends = Aspect::ALL.map(|aspect| {
            let terms = aspect.asked(&target).into_iter();
            asked.extend(terms.map(|term| records.choices(aspect).place(term)));
            u32::try_from(asked.len()).expect("few labels")
        });
        (organisation.asked, organisation.asked_ends) = (asked.into(), ends);
        organisation.here = here;
        organisation
    }

    /// What records are read for: the organisation as a startup, with its round in force, or else its financing stage.
    pub(crate) fn target(&self) -> Target<'_> {
        let stated = self.stages.iter().copied();
        let mut financing = stated.filter(|stage| stage.code().starts_with("financing"));
        Target {
            sectors: &self.sectors,
            country: self.country,
            places: Some(&self.places),
            stage: self
                .round
                .as_ref()
                .and_then(|round| round.stage)
                .or_else(|| financing.next()),
            band: self.round.as_ref().and_then(|round| round.band),
            topics: &self.topics,
        }
    }

    /// Its mandates under which it makes new investments: others never let anybody pass.
    pub(crate) fn investing(&self) -> impl Iterator<Item = &Aim> {
        self.aims.iter().filter(|aim| aim.invests)
    }

    /// What it has a row for in the index: each of those mandates, and none at all.
    pub(crate) fn sides(&self) -> impl Iterator<Item = Option<&Aim>> {
        self.investing().map(Some).chain([None])
    }

    /// What deals are held against, where it is in this row of the market.
    pub(crate) fn sought(&self, records: &Records, row: usize) -> Sought<'_> {
        let asked = self.target();
        Sought {
            here: self.here,
            sectors: asked.sectors,
            raising: Raising {
                stage: raise::stage(asked.stage),
                amount: raise::amount(asked.band),
                earlier: raise::rounds(records.past.rounds(row)),
                country: self.market_share(records, Aspect::Country),
                area: self.market_share(records, Aspect::Area),
            },
        }
    }

    /// The level of how much of the market's deals are like it in one respect; of several labels the commonest.
    pub(crate) fn market_share(&self, records: &Records, aspect: Aspect) -> u8 {
        let places = self.asked(aspect).iter();
        let share = |&place| raise::market_share(records.choices(aspect).market(place));
        places.map(share).max().unwrap_or(UNKNOWN)
    }

    /// Where the records keep what they are asked for in one respect; several for what is shared out over labels.
    pub(crate) fn asked(&self, aspect: Aspect) -> &[Place] {
        let at = aspect as usize;
        let first = at
            .checked_sub(1)
            .map_or(0, |before| self.asked_ends[before]);
        &self.asked[first as usize..self.asked_ends[at] as usize]
    }
}

/// What records read of an organisation, as one number.
fn described(facts: &Facts, words: &[(Term, &str)]) -> Term {
    let mut text: Vec<u8> = Vec::new();
    let mut add = |part: &[u8]| {
        text.extend(part);
        text.push(u8::MAX);
    };
    for sector in &facts.sectors {
        add(sector.code().as_bytes());
    }
    add(&[]);
    add(facts.home.map_or(&[], |home| home.code().as_bytes()));
    let places = &facts.places;
    for place in [&places.subdivision, &places.area, &places.city] {
        add(&[u8::from(place.is_some())]);
        add(place.as_deref().unwrap_or_default().as_bytes());
    }
    for (term, _) in words {
        add(&term.0.to_le_bytes());
    }
    Term::of_bytes(&text)
}

/// The words that the market has least of among those it knows.
fn rarest<'t>(words: Vec<(Term, &'t str)>, records: &Records) -> Vec<(Term, &'t str)> {
    let choices = records.choices(Aspect::Topic);
    let with_place = words.into_iter().map(|word| (choices.place(word.0), word));
    let mut known: Vec<(Place, (Term, &str))> = with_place
        .filter(|&(place, _)| choices.is_known(place, topic::DEALS_MIN))
        .collect();
    known.sort_by_key(|&(place, (term, _))| (choices.market(place).with, term));
    known.truncate(topic::ASKED_MAX);
    known.into_iter().map(|(_, word)| word).collect()
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
