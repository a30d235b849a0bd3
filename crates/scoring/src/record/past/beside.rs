//! What [`Past::similar`] gives, for many pairs: what they have in common is worked out once, when it is first needed.

use std::{hint::black_box, ops::Range};

use domain::SectorCode;

use super::{Made, Past, Raising, Seekers, Sought, Startup};
use crate::{
    card::Likeness,
    factors::{
        raise,
        scale::names,
        similar::{self, PLACES, Sum, Trades},
    },
};

/// Any number of records beside one round that is asked for.
pub(crate) struct ManyRecords<'a> {
    past: &'a Past,
    likeness: &'a Likeness,
    sought: Sought<'a>,
    /// By sector of a startup: what it has in common with what is asked for.
    trades: Box<[Trade]>,
    /// The same of one without a sector.
    no_trade: Trade,
    /// By number of trades and nearness, as [`Like::weight`] says: what a startup weighs.
    weights: Box<[u32]>,
    /// By startup.
    startups: Box<[Like]>,
    /// By round: what it weighs; 0, which none does, before anybody asked.
    rounds: Box<[u32]>,
    /// Room for some records, each the places of its deals, and for what they come to.
    records: Vec<Option<Range<usize>>>,
    found: Vec<Option<Beside>>,
}

/// What the sectors of a startup have in common with those that are asked for.
#[derive(Clone, Copy)]
struct Trade {
    /// How near they are, by level of the tree of sectors.
    nearness: u8,
    /// The level in what is asked for beside the sum.
    level: u8,
    /// The number of what it counts.
    number: u16,
}

impl Trade {
    /// Of several sectors the first of the nearest counts, and of all the highest level.
    fn with(self, other: Trade) -> Trade {
        let nearest = if other.nearness > self.nearness {
            other
        } else {
            self
        };
        Trade {
            level: self.level.max(other.level),
            ..nearest
        }
    }
}

/// How a startup is like what is asked for, in two bytes: half a million of them are near at hand. From the highest bit on
/// nine for the number of its trades, three for how near it is, and four for the level of its sectors beside the sum.
#[derive(Clone, Copy)]
struct Like(u16);

impl Like {
    /// Before anybody asked.
    const UNKNOWN: Like = Like(0);

    /// Nearnesses, each one more than it is, so that none is unknown.
    const PLACES: usize = 8;

    fn new(trade: Trade, near: u8) -> Like {
        Like(trade.number << 7 | u16::from(1 + near) << 4 | u16::from(trade.level))
    }

    fn is_unknown(self) -> bool {
        self.0 == Like::UNKNOWN.0
    }

    /// Where its weight stands.
    fn weight(self) -> usize {
        usize::from(self.0 >> 4)
    }

    fn near(self) -> u16 {
        (self.0 >> 4 & 7) - 1
    }

    fn level(self) -> u16 {
        self.0 & 15
    }
}

/// What a record comes to beside what is asked for.
pub(crate) struct Beside {
    /// How many deals it has.
    pub(crate) deals: usize,
    /// How many of them are like it.
    pub(crate) sum: Sum,
    /// How near the nearest was.
    pub(crate) near: u8,
    /// The highest level of their sectors.
    pub(crate) level: u8,
}

/// Bytes of a line of memory.
const LINE: usize = 64;

impl<'a> ManyRecords<'a> {
    /// `levels` by sector of a startup: its level in what is asked for beside the sum, below 16.
    pub(crate) fn new(
        past: &'a Past,
        sought: Sought<'a>,
        likeness: &'a Likeness,
        levels: &[u8],
    ) -> Self {
        let mut counts: Vec<i32> = Vec::new();
        let mut trade = |sectors: &[SectorCode], level: u8| {
            let trades = Trades::of(sought.sectors, sectors);
            let count = likeness.trades(trades);
            let known = counts.iter().position(|&known| known == count);
            let number = known.unwrap_or_else(|| {
                counts.push(count);
                counts.len() - 1
            });
            let number = u16::try_from(number).ok().filter(|&number| number < 1 << 9);
            Trade {
                nearness: trades.nearness,
                level,
                number: number.expect("at most one for each sector, of which there are few"),
            }
        };
        let no_trade = trade(&[], 0);
        let sectors = SectorCode::all().zip(levels);
        let trades = sectors.map(|(sector, &level)| trade(&[sector], level));
        let trades = trades.collect();
        let places = places_of(likeness, sought.raising);
        let weights = counts.iter().flat_map(|&count| {
            let place = |near: usize| near.checked_sub(1).and_then(|near| places.get(near));
            let count = move |near| similar::weight(count + place(near).unwrap_or(&0));
            (0..Like::PLACES).map(count)
        });
        ManyRecords {
            past,
            likeness,
            sought,
            trades,
            no_trade,
            weights: weights.collect(),
            startups: vec![Like::UNKNOWN; past.startups.len()].into(),
            rounds: vec![0; past.rounds.len()].into(),
            records: Vec::new(),
            found: Vec::new(),
        }
    }

    /// What the records of some rows come to: of a few at once, so that memory is waited for once. None of whoever is of no
    /// use `by_count` of its deals, or `by_rounds` where each startup counts once; both are told the place among the rows.
    pub(crate) fn similar(
        &mut self,
        rows: impl Iterator<Item = usize>,
        by_count: impl Fn(usize, usize) -> bool,
        by_rounds: impl Fn(usize, usize, Sum) -> bool,
    ) -> &[Option<Beside>] {
        let past = self.past;
        let mut records = std::mem::take(&mut self.records);
        records.clear();
        records.extend(rows.enumerate().map(|(at, row)| {
            let deals = past.deals.places(row);
            by_count(at, deals.len()).then_some(deals)
        }));
        fetch(&past.of_rounds, records.iter().flatten());
        for (at, record) in records.iter_mut().enumerate() {
            record.take_if(|deals| !by_rounds(at, deals.len(), self.rounds(deals.clone())));
        }
        fetch(past.deals.values(), records.iter().flatten());
        self.found.clear();
        for deals in &records {
            let beside = deals.clone().map(|deals| self.beside(deals));
            self.found.push(beside);
        }
        self.records = records;
        &self.found
    }

    /// What the rounds of some deals come to.
    #[inline]
    fn rounds(&mut self, deals: Range<usize>) -> Sum {
        let rounds = self.past.of_rounds[deals].iter();
        let weights = rounds.map(|&round| u64::from(self.weight_of(round)));
        Sum::of_rounds(weights.sum())
    }

    #[inline]
    fn beside(&mut self, deals: Range<usize>) -> Beside {
        let (mut sum, mut near, mut level) = (Sum::default(), 0, 0);
        let startups = &self.past.deals.values()[deals.clone()];
        for (&startup, &round) in startups.iter().zip(&self.past.of_rounds[deals]) {
            let mut like = self.startups[startup as usize];
            if like.is_unknown() {
                like = self.like(startup);
            }
            sum.add(self.weights[like.weight()], self.weight_of(round));
            near = like.near().max(near);
            level = like.level().max(level);
        }
        let byte = |bits: u16| bits.to_le_bytes()[0];
        Beside {
            deals: startups.len(),
            sum,
            near: byte(near),
            level: byte(level),
        }
    }

    /// What a round weighs.
    #[inline]
    fn weight_of(&mut self, round: u16) -> u32 {
        match self.rounds[usize::from(round)] {
            0 => self.round(round),
            weight => weight,
        }
    }

    /// Finds out how a startup is like what is asked for.
    #[cold]
    fn like(&mut self, number: u32) -> Like {
        let known = &self.past.startups[number as usize];
        let Startup { place, trades } = known.startup;
        let near = self.sought.here.nearness(self.past.places[place]);
        let best = |best: Trade, sector: u16| best.with(self.trades[usize::from(sector)]);
        let trade = if let Some(few) = known.few_sectors() {
            few.fold(self.no_trade, best)
        } else {
            let sectors = self.past.trades[trades].iter();
            sectors
                .map(|sector| sector.index())
                .fold(self.no_trade, best)
        };
        let like = Like::new(trade, near);
        self.startups[number as usize] = like;
        like
    }

    /// Finds out what a round weighs.
    #[cold]
    fn round(&mut self, number: u16) -> u32 {
        let round = self.past.rounds[u32::from(number)];
        let weight = similar::weight(self.likeness.round(self.sought.raising, round));
        self.rounds[usize::from(number)] = weight;
        weight
    }
}

/// Reads a value of every line of memory in these places, before any is needed.
fn fetch<'p, T: Copy + Into<u32>>(values: &[T], places: impl Iterator<Item = &'p Range<usize>>) {
    let lines = places.flat_map(|places| {
        let values = &values[places.clone()];
        values
            .iter()
            .step_by(LINE / size_of::<T>())
            .chain(values.last())
    });
    black_box(lines.fold(0, |all, &value| all ^ value.into()));
}

/// By nearness: what it counts.
fn places_of(likeness: &Likeness, raising: Raising) -> [i32; PLACES.len()] {
    std::array::from_fn(|near| likeness.place(raising, u8::try_from(near).expect("few levels")))
}

/// One record beside any number of those who ask.
pub(crate) struct OneRecord<'a> {
    past: &'a Past,
    deals: Box<[Made]>,
    likeness: &'a Likeness,
    seekers: &'a Seekers,
    /// By trades of who asks, by deal: what the trades count.
    trades: Found<i32>,
    /// By place of who asks, by deal: how near it is.
    near: Found<u8>,
    /// By what is raised, by deal: what the round weighs.
    rounds: Found<u32>,
    /// By what is raised and where, by nearness: what the place counts.
    places: Found<i32>,
}

/// So many values for each number, found when they are first asked for.
struct Found<T> {
    each: usize,
    /// By number: where its values end; 0 where they were not found.
    ends: Vec<u32>,
    values: Vec<T>,
}

impl<T> Found<T> {
    fn new(numbers: usize, each: usize) -> Self {
        Found {
            each,
            ends: vec![0; numbers],
            values: Vec::new(),
        }
    }

    fn of(&mut self, number: u32, find: impl FnOnce(&mut Vec<T>)) -> &[T] {
        let end = &mut self.ends[number as usize];
        if *end == 0 {
            find(&mut self.values);
            *end = u32::try_from(self.values.len()).expect("fewer than 2^32");
        }
        let end = *end as usize;
        &self.values[end - self.each..end]
    }
}

/// The number of three levels.
fn packed(levels: [u8; 3]) -> u32 {
    let digit = |number, level| number << LEVEL_BITS | u32::from(level);
    levels.into_iter().fold(0, digit)
}

/// Bits of a level of what is raised.
const LEVEL_BITS: u32 = 4;

/// Every level has its bits.
const _: () = {
    let all = 1 << LEVEL_BITS;
    assert!(raise::STAGES.len() <= all && raise::AMOUNTS.len() <= all);
    assert!(raise::ROUNDS.len() <= all && names::MARKET_SHARE.len() <= all);
};

impl<'a> OneRecord<'a> {
    pub(crate) fn new(
        past: &'a Past,
        row: usize,
        likeness: &'a Likeness,
        seekers: &'a Seekers,
    ) -> Self {
        let deals: Box<[Made]> = past.deals(row).collect();
        let (places, trades) = seekers.places_and_trades();
        let packed = 1 << (3 * LEVEL_BITS);
        OneRecord {
            past,
            likeness,
            seekers,
            trades: Found::new(trades, deals.len()),
            near: Found::new(places, deals.len()),
            rounds: Found::new(packed, deals.len()),
            places: Found::new(packed, PLACES.len()),
            deals,
        }
    }

    /// How many deals of the record are like what is asked for by who has this number, and how near the nearest was.
    pub(crate) fn similar(&mut self, number: u32) -> (Sum, u8) {
        let (past, likeness, deals) = (self.past, self.likeness, &*self.deals);
        let seeker = self.seekers.numbered(number);
        let sought = self.seekers.sought(seeker);
        let (startup, raising) = (seeker.startup, seeker.raising);
        let trades = self.trades.of(startup.trades, |found| {
            let trades = |&made| Trades::of(sought.sectors, past.startup(made).1);
            found.extend(deals.iter().map(|made| likeness.trades(trades(made))));
        });
        let near = self.near.of(startup.place, |found| {
            let near = |&made| sought.here.nearness(past.startup(made).0);
            found.extend(deals.iter().map(near));
        });
        let round = packed([raising.stage, raising.amount, raising.earlier]);
        let rounds = self.rounds.of(round, |found| {
            let weight = |&made| similar::weight(likeness.round(raising, past.round(made)));
            found.extend(deals.iter().map(weight));
        });
        let place = packed([raising.stage, raising.country, raising.area]);
        let places = self.places.of(place, |found| {
            found.extend(places_of(likeness, raising));
        });
        let (mut sum, mut nearest) = (Sum::default(), 0);
        for ((&near, &trades), &round) in near.iter().zip(trades).zip(rounds) {
            sum.add(similar::weight(places[usize::from(near)] + trades), round);
            nearest = near.max(nearest);
        }
        (sum, nearest)
    }
}
