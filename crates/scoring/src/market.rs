//! Everything that questions are answered from on one day: organisations, records, and the index over both. Never
//! changed once built; a changed market shares with the one before what it can.

mod change;
mod columns;
mod organisation;
mod pages;
mod pairs;
mod rows;

use std::{cmp::Reverse, collections::HashMap, sync::Arc};

use domain::{
    CapabilityCode, Condition, IndicationCode, Kind, ModalityCode, OrganisationId, RegionCode,
    SectorCode, StageCode,
};
use jiff::civil::Date;

pub(crate) use self::{
    columns::{Axis, Columns, Terms, about, demand, indexes, supply},
    organisation::{OpenRound, Organisation},
};
use self::{pages::Pages, pairs::Pairs, rows::Rows};
use crate::{
    Deal, Facts, Statistics,
    aim::Aim,
    factors::{UNKNOWN, activity, language::Spoken, topic},
    index::{Index, Values},
    kinds::KindSet,
    parallel,
    ragged::Ragged,
    record::{Records, Seekers, Target, Term, country_of},
};

/// All organisations on one day.
///
/// Each has a number, and in the index one row for each mandate of it that invests, and one for those whom none of its
/// mandates is about. All that grows with their number lies in pages and blocks that a changed market
/// ([`Market::with`]) shares with the one before, so that a change costs what it touches.
#[derive(Clone, Debug)]
pub struct Market {
    as_of: Date,
    statistics: Statistics,
    records: Arc<Records>,
    /// Whether the records were counted from the organisations as they are.
    is_whole: bool,
    numbers: Pairs<OrganisationId>,
    /// By number.
    organisations: Pages<Slot>,
    /// The members of each house.
    houses: Pairs<u32>,
    /// Who is never shown to whom.
    blocked_by: Pairs<OrganisationId>,
    columns: Arc<Columns>,
    /// Who asks, by number, as it was when the market was built: the class of a row.
    seekers: Arc<Seekers>,
    index: Index,
    /// Rows of startups that so many invested in that no column says how many, in order.
    crowded: Arc<[Crowded]>,
}

/// A row of a startup with [`Partners::CROWD`](crate::record::Partners::CROWD) investors or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Crowded {
    pub(crate) row: u32,
    /// The number of the startup.
    pub(crate) number: u32,
    pub(crate) investors: u32,
}

/// The place of a number.
#[derive(Clone, Debug, Default)]
struct Slot {
    /// None where one is gone.
    organisation: Option<Arc<Organisation>>,
    /// Its rows in the index, those of mandates in the order of their ids, then the one without; none of one that is
    /// hidden.
    rows: Rows,
}

/// So many rows that are gone are never many.
const ROWS_FEW: u32 = 4096;

/// Organisations that a thread reads before it takes others.
const TURN: usize = 4096;

impl Market {
    /// The market on `as_of`: mandates that count that day, rounds in force, deals dated before it.
    ///
    /// The order of `facts` and `deals` is of no account. Of two facts about one organisation one is taken.
    pub fn build(mut facts: Vec<Facts>, deals: &[Deal], as_of: Date) -> Market {
        if !facts.is_sorted_by_key(|facts| facts.id) {
            facts.sort_by_cached_key(|facts| facts.id);
        }
        facts.dedup_by_key(|facts| facts.id);
        put_together(&mut facts, deals);
        let records = records(&facts, deals, as_of);
        let past = deals
            .iter()
            .filter(|deal| activity::age(deal.on, as_of).is_some());
        let past = u32::try_from(past.count()).expect("fewer than 2^32 deals");
        let organisations = organisations(facts, as_of, &records);
        let columns = Columns::of(all(&organisations), &records);
        let seekers = seekers(&organisations, &records);
        let numbered = || (0..).zip(all(&organisations));
        let houses = numbered().filter_map(|(number, of)| Some((of.house?, number)));
        let blocked =
            numbered().flat_map(|(number, of)| of.blocked.iter().map(move |&by| (by, number)));
        let mut market = Market {
            as_of,
            statistics: statistics(past, &records, &organisations),
            is_whole: true,
            numbers: Pairs::collect(numbered().map(|(number, of)| (of.id, number))),
            houses: Pairs::collect(houses),
            blocked_by: Pairs::collect(blocked),
            index: Index::build(columns.layout.clone(), 0, |_, _| {}),
            records: Arc::new(records),
            columns: Arc::new(columns),
            seekers: Arc::new(seekers),
            organisations,
            crowded: Arc::default(),
        };
        market.index_all();
        market
    }

    /// Whether the records were counted from the organisations as they are now. One that somebody invested in changed
    /// else, or one that dealt came or went: until the market is built anew, the records are those of before.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Whether so many rows of its index are gone that it is worth to be built anew: a quarter, where there are many.
    pub fn is_worn(&self) -> bool {
        let gone = self.index.rows() - self.index.living();
        gone > self.index.rows() / 4 + ROWS_FEW
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
        let deals = self.statistics.deals();
        self.statistics = statistics(deals, &self.records, &self.organisations);
        self.index_all();
        self
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
        self.len() == 0
    }

    /// Whether it holds `organisation`.
    pub fn holds(&self, organisation: OrganisationId) -> bool {
        self.number(organisation).is_some()
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

    pub(crate) fn seekers(&self) -> &Seekers {
        &self.seekers
    }

    /// Rows of startups that so many invested in that no column says how many, in order.
    pub(crate) fn crowded(&self) -> &[Crowded] {
        &self.crowded
    }

    /// How many numbers were given, those of organisations that are gone among them.
    pub(crate) fn numbers_given(&self) -> usize {
        self.organisations.len()
    }

    pub(crate) fn number(&self, organisation: OrganisationId) -> Option<u32> {
        self.numbers.of(organisation).next()
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
        slot.map_or(&[], |slot| slot.rows.as_slice())
    }

    /// Under which of its mandates an organisation is in `row`; none where it is there without.
    pub(crate) fn aim_of(&self, number: u32, row: u32) -> Option<&Aim> {
        let organisation = self.numbered(number)?.organisation;
        let at = self.rows_of(number).iter().position(|&of| of == row)?;
        organisation.investing().nth(at)
    }

    /// The numbers of a house.
    pub(crate) fn house(&self, house: u32) -> impl Iterator<Item = u32> {
        self.houses.of(house)
    }

    /// The numbers of those who are never shown to `organisation`.
    pub(crate) fn blocking(&self, organisation: OrganisationId) -> impl Iterator<Item = u32> {
        self.blocked_by.of(organisation)
    }

    /// The rows of [intricate](Aim::is_intricate) mandates, with those mandates.
    pub(crate) fn intricate(&self) -> impl Iterator<Item = (u32, &Aim)> {
        let rows = self.index.rows_with(self.columns.intricate).into_iter();
        rows.filter_map(|(row, number)| Some((row, self.aim_of(number, row)?)))
    }

    /// Bytes it takes, those shared with others among them.
    pub fn bytes(&self) -> usize {
        let organisations = all(&self.organisations).map(Organisation::bytes);
        organisations.sum::<usize>()
            + self.organisations.bytes()
            + self.numbers.bytes()
            + self.houses.bytes()
            + self.blocked_by.bytes()
            + self.records.bytes()
            + self.seekers.bytes()
            + self.index.bytes()
            + size_of_val(&self.crowded[..])
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
        let alike = self.alike();
        let alike = alike.iter().filter_map(|&number| self.numbered(number));
        let (mut order, mut bare) = (Vec::with_capacity(self.len()), Vec::new());
        for row in alike {
            let before = order.len();
            order.extend(row.organisation.investing().map(|aim| (row, Some(aim))));
            if order.len() == before {
                order.push((row, None));
            } else {
                bare.push((row, None));
            }
        }
        order.append(&mut bare);
        let count = u32::try_from(order.len()).expect("fewer than 2^32 rows");
        let index = Index::build(self.columns.layout.clone(), count, |row, values| {
            let (organisation, aim) = order[row as usize];
            self.fill(organisation, aim, values);
        });
        let mut rows = vec![Rows::default(); self.organisations.len()];
        for ((row, _), at) in order.iter().zip(0..) {
            rows[row.at()].push(at);
        }
        self.index = index;
        for (at, rows) in rows.into_iter().enumerate() {
            self.organisations.at_mut(at).rows = rows;
        }
        let crowded = self.records.partners.crowded().iter();
        let crowded = crowded.flat_map(|&number| self.crowded_rows(number));
        self.crowded = crate::sorted(crowded.collect()).into();
    }

    /// The rows of a startup that many invested in.
    fn crowded_rows(&self, number: u32) -> impl Iterator<Item = Crowded> {
        let investors = self.records.partners.investors(number as usize).len();
        let rows = self.rows_of(number).iter();
        rows.map(move |&row| Crowded {
            row,
            number,
            investors: u32::try_from(investors).expect("fewer than 2^32 rows"),
        })
    }

    /// Writes the row of an organisation under one of its mandates, or under none.
    fn fill(&self, row: Row<'_>, aim: Option<&Aim>, to: &mut Values) {
        let sought = row.organisation.sought(&self.records, row.at());
        to.class = self.seekers.number(&sought);
        self.columns.fill(&self.records, row, aim, to);
    }

    /// The numbers of those that are shown, in the order of what they are.
    fn alike(&self) -> Vec<u32> {
        let ranges = parallel::ranges(self.organisations.len(), TURN);
        let keys = parallel::map(ranges, |range| {
            let numbers = range.filter_map(|at| u32::try_from(at).ok());
            let shown = numbers
                .filter_map(|number| self.numbered(number))
                .filter(|row| !row.is_hidden());
            let keyed = shown.map(|row| (Columns::key(&self.records, row), row.number()));
            keyed.collect::<Vec<(u64, u32)>>()
        });
        let keyed = crate::sorted(keys.concat());
        keyed.into_iter().map(|(_, number)| number).collect()
    }
}

/// Puts organisations that will lie near each other in the index beside each other: what a list reads of them then lies
/// together in memory. Of no account for any answer.
fn put_together(facts: &mut [Facts], deals: &[Deal]) {
    let mut counts: HashMap<OrganisationId, u16> = HashMap::new();
    for deal in deals {
        let count = counts.entry(deal.investor).or_default();
        *count = count.saturating_add(1);
    }
    facts.sort_by_cached_key(|facts| {
        let mandate = facts.mandates.first().map(|(_, mandate)| mandate);
        let wanted = mandate.and_then(|mandate| {
            let mut named = mandate.criteria.iter().map(|criterion| &criterion.on);
            named.find_map(|on| match on {
                Condition::Sectors(sectors) => sectors.first().copied(),
                _ => None,
            })
        });
        (
            facts.kinds.first().copied(),
            mandate.is_none(),
            Reverse(counts.get(&facts.id).copied()),
            wanted.or_else(|| facts.sectors.iter().min().copied()),
            facts.home,
            facts.id,
        )
    });
}

/// The organisations that are there.
fn all(organisations: &Pages<Slot>) -> impl Iterator<Item = &Organisation> + Clone {
    organisations
        .iter()
        .filter_map(|slot| slot.organisation.as_deref())
}

/// The market's statistics, which name whose exposure is known.
fn statistics(deals: u32, records: &Records, organisations: &Pages<Slot>) -> Statistics {
    let known = all(organisations)
        .map(|organisation| (organisation.id, organisation.exposure))
        .filter(|(_, level)| *level != UNKNOWN);
    Statistics::of(deals, records, &crate::sorted(known.collect()))
}

/// Organisations of these facts, in their order.
fn organisations(mut facts: Vec<Facts>, as_of: Date, records: &Records) -> Pages<Slot> {
    let mut turns = Vec::new();
    while !facts.is_empty() {
        let first = facts.len().saturating_sub(TURN);
        turns.push(facts.split_off(first));
    }
    turns.reverse();
    let found = parallel::map(turns, |facts| {
        let slot = |facts| {
            let organisation = Organisation::of(facts, as_of, records);
            Slot {
                organisation: Some(Arc::new(organisation)),
                rows: Rows::default(),
            }
        };
        facts.into_iter().map(slot).collect::<Vec<_>>()
    });
    Pages::collect(found.into_iter().flatten())
}

/// All organisations as those who ask for investors.
fn seekers(organisations: &Pages<Slot>, records: &Records) -> Seekers {
    let ranges = parallel::ranges(organisations.len(), TURN);
    let parts = parallel::map(ranges, |range| {
        let organisation = |at| organisations.get(at)?.organisation.as_deref();
        Seekers::of(range.filter_map(|at| Some(organisation(at)?.sought(records, at))))
    });
    Seekers::concat(parts)
}

/// The records of a market of `facts`, whose places are the numbers.
fn records(facts: &[Facts], deals: &[Deal], as_of: Date) -> Records {
    let topics = parallel::map(parallel::ranges(facts.len(), TURN), |range| {
        Ragged::collect(facts[range].iter().map(|facts| {
            let lower = topic::lower(&facts.texts);
            let words = topic::words(&lower);
            words
                .into_iter()
                .map(|(term, _)| term)
                .collect::<Vec<Term>>()
        }))
    });
    let topics = Ragged::concat(topics);
    let numbers: HashMap<OrganisationId, u32> =
        facts.iter().map(|facts| facts.id).zip(0..).collect();
    let number = |id| numbers.get(&id).copied();
    Records::build(facts.len(), deals, as_of, number, |row| Target {
        sectors: &facts[row].sectors,
        country: facts[row].home.and_then(country_of),
        places: Some(&facts[row].places),
        topics: topics.row(row),
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
