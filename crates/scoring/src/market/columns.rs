//! What the index holds of an organisation under one of its mandates: everything that a question may ask for, as codes,
//! numbers and flags.

mod asked;
mod fill;
mod layout;

use std::sync::Arc;

use domain::{
    CapabilityCode, Condition, Kind, Purpose, RegionCode,
    taxonomy::{Code, OnAxis},
};

use super::{Organisation, Row};
use crate::{
    aim::Aim,
    factor::{FACTORS, Factor},
    factors::{language::Spoken, region},
    index::{Flag, Layout, Narrow, Nested},
    record::{Aspect, Place, Records},
};

/// What a criterion can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Axis {
    Sectors,
    Modalities,
    Indications,
    Stages,
    Regions,
    Offers,
    Needs,
    Languages,
}

impl Axis {
    pub(crate) const ALL: [Axis; 8] = [
        Axis::Sectors,
        Axis::Modalities,
        Axis::Indications,
        Axis::Stages,
        Axis::Regions,
        Axis::Offers,
        Axis::Needs,
        Axis::Languages,
    ];
}

/// The columns of a market's index. Where a row says what an organisation is, the value that is asked for is what was
/// wanted; where it says what a mandate wants, the value is what the asker is.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    pub(crate) layout: Layout,
    regions: Vec<RegionCode>,
    countries: Vec<RegionCode>,
    languages: Vec<Spoken>,
    /// By kind: it acts as that; it does and opted in; it does and offers something.
    pub(crate) acts: [[Flag; 3]; Kind::ALL.len()],
    /// A row without a mandate.
    pub(crate) bare: Flag,
    /// A row of an [intricate](Aim::is_intricate) mandate.
    pub(crate) intricate: Flag,
    /// By kind and purpose, see [`about`]: the row's mandate is about it; some mandate is, in the row without.
    pub(crate) about: Vec<[Flag; 2]>,
    /// By axis: what the organisation is, and from which level on it lies within what is wanted.
    pub(crate) is: [(Nested, u8); Axis::ALL.len()],
    /// By axis: the mandate has a `must`, and what that demands. A second one on an axis makes the mandate
    /// [intricate](Aim::is_intricate).
    pub(crate) must: [(Flag, Nested); Axis::ALL.len()],
    /// By axis: what the mandate excludes.
    pub(crate) avoid: [Nested; Axis::ALL.len()],
    /// Sectors, modalities, indications and stages that the mandate wants.
    pub(crate) wanted: [Nested; 4],
    /// Regions that the mandate targets.
    pub(crate) targets: Nested,
    /// The home, or that the mandate speaks of regions.
    pub(crate) home: Nested,
    /// What it has for others, and what it wants of them, by the mandate's word or else the profile's.
    pub(crate) supply: Nested,
    pub(crate) demand: Nested,
    /// Bands of first cheques.
    pub(crate) cheques: Nested,
    /// Band of the round.
    pub(crate) band: Nested,
    pub(crate) instruments: Terms,
    pub(crate) entity_countries: Terms,
    /// By factor: its level, where the organisation alone decides it.
    numbers: [Option<Narrow>; FACTORS],
    /// By respect: the level of a term that its record does not have.
    never: [Narrow; Aspect::ALL.len()],
    /// By respect: what a startup is asked for; see [`asked`].
    asked: [Narrow; Aspect::ALL.len()],
    numbers_of_terms: Arc<asked::Numbers>,
    /// How many invested in it; [`Partners::CROWD`](crate::record::Partners::CROWD) for as many or more.
    pub(crate) investors: Narrow,
    /// What is left of its deals, as [`activity::left`](crate::factors::activity::left) says.
    pub(crate) left: Narrow,
    /// By respect: the number of its first term.
    first_terms: [u32; Aspect::ALL.len()],
}

/// What an investor's terms accept of a round, in one column. Whose round it is depends on the pair, so a value says
/// which of the codes it reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) column: Nested,
    count: u16,
}

impl Terms {
    /// The mandate of the row accepts this; the asker's round issues it.
    pub(crate) fn accepted(code: u16) -> u16 {
        code
    }

    /// The round of a row without mandate issues this; the asker's mandate accepts it.
    pub(crate) fn issued_bare(self, code: u16) -> u16 {
        self.count + code
    }

    /// The round of a row with a mandate issues this; the asker's mandate accepts it, in any row.
    pub(crate) fn issued(self, code: u16) -> u16 {
        2 * self.count + code
    }
}

/// Purposes, and one more for whichever.
const PURPOSES: usize = Purpose::Other as usize + 2;

/// The place of mandates about a kind for a purpose, or for any, in [`Columns::about`].
pub(crate) fn about(kind: Kind, purpose: Option<Purpose>) -> usize {
    kind as usize * PURPOSES + purpose.map_or(PURPOSES - 1, |purpose| purpose as usize)
}

impl Columns {
    /// Whether every code of an organisation has its place.
    pub(crate) fn hold(&self, organisation: &Organisation) -> bool {
        regions(organisation).all(|region| self.regions.binary_search(&region).is_ok())
            && countries(organisation).all(|code| self.countries.binary_search(&code).is_ok())
            && languages(organisation).all(|spoken| self.languages.binary_search(&spoken).is_ok())
    }

    /// Rows whose keys are near are alike: they act as the same, deal as much, and want or do the same.
    ///
    /// ```text
    /// kind | has no mandate | deals, most first | sector | region
    /// ```
    pub(crate) fn key(records: &Records, row: Row<'_>) -> u64 {
        let aim = row.organisation.investing().next();
        let sectors = aim.map_or(row.sectors(), |aim| &aim.sectors);
        let regions = aim.map_or(&[][..], |aim| &aim.regions);
        let region = regions.first().copied().or(row.home());
        let parts = [
            row.primary_kind().map_or(0, |kind| 1 + kind as u16),
            u16::from(aim.is_none()),
            u16::try_from(40 - records.deals(row.at()).min(40)).expect("at most 40"),
            sectors.first().map_or(0, |sector| 1 + sector.index()),
            region.map_or(0, |region| 1 + region.index()),
        ];
        parts
            .into_iter()
            .fold(0, |key, part| key << 12 | u64::from(part))
    }

    /// The column of a factor's level, where an organisation alone decides it.
    pub(crate) fn number(&self, factor: Factor) -> Narrow {
        self.numbers[factor as usize].expect("one of those that stand alone")
    }

    /// The column of the level of what a record does not have.
    pub(crate) fn never(&self, aspect: Aspect) -> Narrow {
        self.never[aspect as usize]
    }

    /// The number of a term of records.
    pub(crate) fn term(&self, aspect: Aspect, place: Place) -> u32 {
        self.first_terms[aspect as usize] + place.0
    }

    /// How near `place` lies to `target`, both known to the market.
    pub(crate) fn near(&self, place: RegionCode, target: RegionCode) -> u8 {
        match (self.region(place), self.region(target)) {
            (Some(place), Some(target)) => self.layout.level(self.targets, place, target),
            _ => region::level(place, target),
        }
    }

    pub(crate) fn region(&self, region: RegionCode) -> Option<u16> {
        position(&self.regions, &region)
    }

    /// The value of a home in the column [`Columns::home`].
    pub(crate) fn home_of(&self, home: Option<RegionCode>) -> u16 {
        let nowhere = || u16::try_from(self.regions.len()).expect("few regions");
        home.and_then(|home| self.region(home))
            .unwrap_or_else(nowhere)
    }

    pub(crate) fn country(&self, country: RegionCode) -> Option<u16> {
        position(&self.countries, &country)
    }

    /// What an organisation is on an axis.
    pub(crate) fn codes(&self, axis: Axis, of: &Organisation) -> Vec<u16> {
        match axis {
            Axis::Sectors => indexes(&of.sectors),
            Axis::Modalities => indexes(&of.modalities),
            Axis::Indications => indexes(&of.indications),
            Axis::Stages => indexes(&of.stages),
            Axis::Regions => self.places(of.home.as_slice()),
            Axis::Offers => indexes(&of.offers),
            Axis::Needs => indexes(&of.needs),
            Axis::Languages => self.spoken(of.languages.iter().copied()).collect(),
        }
    }

    /// What a criterion names. What nobody is has no code.
    pub(crate) fn named(&self, on: &Condition) -> (Axis, Vec<u16>) {
        match on {
            Condition::Sectors(codes) => (Axis::Sectors, indexes(codes)),
            Condition::Modalities(codes) => (Axis::Modalities, indexes(codes)),
            Condition::Indications(codes) => (Axis::Indications, indexes(codes)),
            Condition::Stages(codes) => (Axis::Stages, indexes(codes)),
            Condition::Regions(codes) => (Axis::Regions, self.places(codes)),
            Condition::Offers(codes) => (Axis::Offers, indexes(codes)),
            Condition::Needs(codes) => (Axis::Needs, indexes(codes)),
            Condition::Languages(tags) => {
                let spoken = self.spoken(tags.iter().map(Spoken::of));
                (Axis::Languages, spoken.collect())
            }
        }
    }

    pub(crate) fn places(&self, regions: &[RegionCode]) -> Vec<u16> {
        self.each_place(regions).collect()
    }

    fn each_place(&self, regions: &[RegionCode]) -> impl Iterator<Item = u16> {
        regions.iter().filter_map(|&region| self.region(region))
    }

    fn spoken(&self, languages: impl Iterator<Item = Spoken>) -> impl Iterator<Item = u16> {
        languages.filter_map(|spoken| position(&self.languages, &spoken))
    }
}

/// What it wants to be offered: its mandate's word, else the needs of its profile.
pub(crate) fn demand<'a>(who: &'a Organisation, aim: Option<&'a Aim>) -> &'a [CapabilityCode] {
    let stated = aim.map(|aim| &*aim.demand);
    stated
        .filter(|codes| !codes.is_empty())
        .unwrap_or(&who.needs)
}

/// What it has for others: its mandate's word, else the offers of its profile.
pub(crate) fn supply<'a>(who: &'a Organisation, aim: Option<&'a Aim>) -> &'a [CapabilityCode] {
    let stated = aim.map(|aim| &*aim.supply);
    stated
        .filter(|codes| !codes.is_empty())
        .unwrap_or(&who.offers)
}

pub(crate) fn indexes<A: OnAxis>(codes: &[Code<A>]) -> Vec<u16> {
    each_index(codes).collect()
}

fn each_index<A: OnAxis>(codes: &[Code<A>]) -> impl Iterator<Item = u16> {
    codes.iter().map(|code| code.index())
}

fn position<T: Ord>(all: &[T], one: &T) -> Option<u16> {
    let at = all.binary_search(one).ok()?;
    Some(u16::try_from(at).expect("fewer than 2^16 codes"))
}

/// Every region that its home or one of its mandates names.
fn regions(organisation: &Organisation) -> impl Iterator<Item = RegionCode> {
    let aims = || organisation.aims.iter();
    let ruled = aims()
        .flat_map(|aim| &aim.rules)
        .flat_map(|rule| match &rule.on {
            Condition::Regions(codes) => codes.as_slice(),
            _ => &[],
        });
    let targets = aims().flat_map(|aim| &aim.regions);
    organisation
        .home
        .into_iter()
        .chain(targets.chain(ruled).copied())
}

/// Every country that its round or one of its mandates names for the issuing entity.
fn countries(organisation: &Organisation) -> impl Iterator<Item = RegionCode> {
    let accepted = organisation
        .aims
        .iter()
        .flat_map(|aim| &aim.entity_countries);
    let round = organisation
        .round
        .iter()
        .filter_map(|round| round.entity_country);
    accepted.copied().chain(round)
}

/// Every language that it speaks or one of its mandates names.
fn languages(organisation: &Organisation) -> impl Iterator<Item = Spoken> {
    let rules = organisation.aims.iter().flat_map(|aim| &aim.rules);
    let named = rules.flat_map(|rule| match &rule.on {
        Condition::Languages(tags) => tags.as_slice(),
        _ => &[],
    });
    organisation
        .languages
        .iter()
        .copied()
        .chain(named.map(Spoken::of))
}
