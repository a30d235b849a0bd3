//! Everything that questions are answered from on one day: organisations, records, and the index over both. Never
//! changed once built; a changed market shares with the one before what it can.

mod change;
mod columns;
mod organisation;
mod pages;

use std::{collections::HashMap, sync::Arc};

use domain::{
    CapabilityCode, IndicationCode, Kind, ModalityCode, OrganisationId, RegionCode, SectorCode,
    StageCode,
};
use jiff::civil::Date;

use self::pages::Pages;
pub(crate) use self::{
    columns::{Axis, Columns, Terms, about, demand, indexes, supply},
    organisation::{OpenRound, Organisation},
};
use crate::{
    Deal, Facts, Statistics,
    aim::Aim,
    factors::{UNKNOWN, activity, language::Spoken, topic},
    index::Index,
    kinds::KindSet,
    record::{Records, Target, Term, country_of},
};

/// All organisations on one day.
///
/// Each has a number, and in the index one row for each mandate of it that invests, and one for those whom none of its
/// mandates is about.
#[derive(Clone, Debug)]
pub struct Market {
    as_of: Date,
    statistics: Statistics,
    records: Arc<Records>,
    /// Whether the records were counted from the organisations as they are.
    is_whole: bool,
    numbers: Arc<HashMap<OrganisationId, u32>>,
    /// By number.
    organisations: Pages<Slot>,
    /// The members of each house.
    houses: Arc<HashMap<u32, Vec<u32>>>,
    /// Who is never shown to whom.
    blocked_by: Arc<HashMap<OrganisationId, Vec<u32>>>,
    /// Who has a mandate that is intricate.
    intricate: Arc<Vec<u32>>,
    columns: Arc<Columns>,
    index: Index,
}

/// The place of a number.
#[derive(Clone, Debug, Default)]
struct Slot {
    /// None where one is gone.
    organisation: Option<Arc<Organisation>>,
    /// Its rows in the index, those of mandates in the order of their ids, then the one without; none of one that is
    /// hidden.
    rows: Arc<[u32]>,
}

impl Market {
    /// The market on `as_of`: mandates that count that day, rounds in force, deals dated before it.
    ///
    /// The order of `facts` and `deals` is of no account. Of two facts about one organisation one is taken.
    pub fn build(mut facts: Vec<Facts>, deals: &[Deal], as_of: Date) -> Market {
        facts.sort_by_key(|facts| facts.id);
        facts.dedup_by_key(|facts| facts.id);
        let numbers: HashMap<OrganisationId, u32> =
            facts.iter().map(|facts| facts.id).zip(0..).collect();
        let records = records(&facts, &numbers, deals, as_of);
        let past = deals
            .iter()
            .filter(|deal| activity::age(deal.on, as_of).is_some());
        let past = u32::try_from(past.count()).expect("fewer than 2^32 deals");
        let organisations = Pages::collect(facts.into_iter().map(|facts| Slot {
            organisation: Some(Arc::new(Organisation::of(facts, as_of, &records))),
            rows: Arc::default(),
        }));
        let columns = Arc::new(Columns::of(all(&organisations), &records));
        let mut market = Market {
            as_of,
            statistics: Statistics::of(past, &records, &[]),
            records: Arc::new(records),
            is_whole: true,
            numbers: Arc::new(numbers),
            index: Index::build(columns.layout.clone(), 0, |_, _| {}),
            houses: Arc::default(),
            blocked_by: Arc::default(),
            intricate: Arc::default(),
            organisations,
            columns,
        };
        for at in 0..market.organisations.len() {
            market.link(at);
        }
        market.count_exposures();
        market.index_all();
        market
    }

    /// Whether the records were counted from the organisations as they are now. One that somebody invested in changed
    /// else, or one that dealt came or went: until the market is built anew, the records are those of before.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The same market, in which these organisations would be listed so often: levels of [`Exposure`](crate::Exposure).
    #[must_use]
    pub fn with_exposure(mut self, levels: &HashMap<OrganisationId, u8>) -> Market {
        for at in 0..self.organisations.len() {
            let Some(organisation) = &mut self.organisations.at_mut(at).organisation else {
                continue;
            };
            let level = levels.get(&organisation.id).copied().unwrap_or(UNKNOWN);
            Arc::make_mut(organisation).exposure = level;
        }
        self.count_exposures();
        self.index_all();
        self
    }

    /// Has the statistics name whose exposure is known.
    fn count_exposures(&mut self) {
        let known = all(&self.organisations)
            .map(|organisation| (organisation.id, organisation.exposure))
            .filter(|(_, level)| *level != UNKNOWN);
        let known = crate::sorted(known.collect());
        self.statistics = Statistics::of(self.statistics.deals(), &self.records, &known);
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
        self.numbers.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Whether it holds `organisation`.
    pub fn holds(&self, organisation: OrganisationId) -> bool {
        self.numbers.contains_key(&organisation)
    }

    /// The index over its organisations.
    pub fn index(&self) -> &Index {
        &self.index
    }

    pub(crate) fn records(&self) -> &Records {
        &self.records
    }

    pub(crate) fn columns(&self) -> &Columns {
        &self.columns
    }

    pub(crate) fn number(&self, organisation: OrganisationId) -> Option<u32> {
        self.numbers.get(&organisation).copied()
    }

    pub(crate) fn find(&self, organisation: OrganisationId) -> Option<Row<'_>> {
        let number = self.number(organisation)?;
        self.numbered(number)
    }

    /// The organisation with this number.
    pub(crate) fn numbered(&self, number: u32) -> Option<Row<'_>> {
        let at = number as usize;
        let organisation = self.organisations.get(at)?.organisation.as_deref()?;
        Some(Row { organisation, at })
    }

    /// Every organisation.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let numbered = self.organisations.iter().enumerate();
        numbered.filter_map(|(at, slot)| {
            let organisation = slot.organisation.as_deref()?;
            Some(Row { organisation, at })
        })
    }

    /// The rows of an organisation in the index; none of one that is hidden.
    pub(crate) fn rows_of(&self, number: u32) -> &[u32] {
        let slot = self.organisations.get(number as usize);
        slot.map_or(&[], |slot| &slot.rows)
    }

    /// Under which of its mandates an organisation is in `row`; none where it is there without.
    pub(crate) fn aim_of(&self, number: u32, row: u32) -> Option<&Aim> {
        let organisation = self.numbered(number)?.organisation;
        let at = self.rows_of(number).iter().position(|&of| of == row)?;
        organisation.investing().nth(at)
    }

    /// The numbers of a house.
    pub(crate) fn house(&self, house: u32) -> &[u32] {
        self.houses.get(&house).map_or(&[], Vec::as_slice)
    }

    /// The numbers of those who are never shown to `organisation`.
    pub(crate) fn blocking(&self, organisation: OrganisationId) -> &[u32] {
        self.blocked_by
            .get(&organisation)
            .map_or(&[], Vec::as_slice)
    }

    /// The numbers of those with an [intricate](Aim::is_intricate) mandate.
    pub(crate) fn intricate(&self) -> &[u32] {
        &self.intricate
    }

    /// How near `place` lies to `target`; unknown where either is.
    pub(crate) fn near(&self, place: Option<RegionCode>, target: Option<RegionCode>) -> u8 {
        let levels = place
            .zip(target)
            .map(|(place, target)| self.columns.near(place, target));
        levels.unwrap_or(UNKNOWN)
    }

    /// Every row anew: organisations that are alike lie together, and behind all the rows without a mandate of those
    /// that have one, which few questions look at.
    fn index_all(&mut self) {
        let mut alike: Vec<Row<'_>> = self.rows().filter(|row| !row.is_hidden()).collect();
        alike.sort_by_cached_key(|&row| Columns::key(&self.records, row));
        let of_mandates = alike.iter().flat_map(|&row| {
            let aims = row.organisation.investing().map(Some);
            let has_none = row.organisation.investing().next().is_none();
            let bare = has_none.then_some(None);
            aims.chain(bare).map(move |aim| (row, aim))
        });
        let has_some = |row: &&Row<'_>| row.organisation.investing().next().is_some();
        let bare = alike.iter().filter(has_some).map(|&row| (row, None));
        let order: Vec<(Row<'_>, Option<&Aim>)> = of_mandates.chain(bare).collect();
        let count = u32::try_from(order.len()).expect("fewer than 2^32 rows");
        let index = Index::build(self.columns.layout.clone(), count, |row, values| {
            let (organisation, aim) = order[row as usize];
            self.columns.fill(&self.records, organisation, aim, values);
        });
        let mut rows = vec![Vec::new(); self.organisations.len()];
        for ((row, _), at) in order.iter().zip(0..) {
            rows[row.at()].push(at);
        }
        self.index = index;
        for (at, rows) in rows.into_iter().enumerate() {
            self.organisations.at_mut(at).rows = rows.into();
        }
    }
}

/// The organisations that are there.
fn all(organisations: &Pages<Slot>) -> impl Iterator<Item = &Organisation> + Clone {
    organisations
        .iter()
        .filter_map(|slot| slot.organisation.as_deref())
}

/// The records of a market of `facts`, by number.
fn records(
    facts: &[Facts],
    numbers: &HashMap<OrganisationId, u32>,
    deals: &[Deal],
    as_of: Date,
) -> Records {
    let topics: Vec<Vec<Term>> = facts
        .iter()
        .map(|facts| {
            let words = topic::words(&facts.texts);
            words.iter().map(|word| topic::term(word)).collect()
        })
        .collect();
    let number = |id| numbers.get(&id).copied();
    Records::build(facts.len(), deals, as_of, number, |row| Target {
        sectors: &facts[row].sectors,
        country: facts[row].home.and_then(country_of),
        places: Some(&facts[row].places),
        topics: &topics[row],
        ..Target::default()
    })
}

/// One organisation of a market.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) organisation: &'a Organisation,
    at: usize,
}

macro_rules! reads {
    ($($name:ident: $field:ident -> [$value:ty];)*) => {
        impl<'a> Row<'a> {
            $(pub(crate) fn $name(self) -> &'a [$value] {
                &self.organisation.$field
            })*
        }
    };
    ($($name:ident: $field:ident -> $value:ty;)*) => {
        impl Row<'_> {
            $(pub(crate) fn $name(self) -> $value {
                self.organisation.$field
            })*
        }
    };
}

reads! {
    id: id -> OrganisationId;
    tie_key: tie_key -> u32;
    primary_kind: primary_kind -> Option<Kind>;
    kinds: kinds -> KindSet;
    home: home -> Option<RegionCode>;
    house: house -> Option<u32>;
    is_hidden: hidden -> bool;
    opted_in: opted_in -> bool;
    load: load -> u8;
    exposure: exposure -> u8;
}

reads! {
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
    /// Its number.
    pub(crate) fn at(self) -> usize {
        self.at
    }

    /// Its number.
    pub(crate) fn number(self) -> u32 {
        u32::try_from(self.at).expect("fewer than 2^32 organisations")
    }

    pub(crate) fn round(self) -> Option<&'a OpenRound> {
        self.organisation.round.as_ref()
    }

    /// The word that is asked for in this place.
    pub(crate) fn topic(self, index: usize) -> Option<&'a str> {
        self.organisation.topic_names.get(index).map(AsRef::as_ref)
    }
}
