//! What [`Past::similar`] gives, for many pairs: what they have in common is worked out once, when it is first needed.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::{Made, Past, Raising, Seekers, Sought};
use crate::{
    card::Likeness,
    factors::similar::{self, PLACES, Sum, Trades},
};

/// Any number of records beside one round that is asked for.
pub(crate) struct ManyRecords<'a> {
    past: &'a Past,
    likeness: &'a Likeness,
    sought: Sought<'a>,
    /// By sector of a deal: its level in what is asked for beside the sum.
    levels: &'a [u8],
    /// By trades: what they count, and the highest of those levels; none before anybody asked.
    trades: Vec<Option<(i32, u8)>>,
    /// By startup: what it weighs and how near it is.
    startups: Vec<Weighed>,
    /// By round: what it weighs.
    rounds: Vec<u32>,
    /// By nearness: what it counts.
    places: [i32; PLACES.len()],
}

/// A startup of deals.
#[derive(Clone, Copy, Default)]
struct Weighed {
    /// 0, which none weighs, before anybody asked.
    weight: u32,
    near: u8,
    level: u8,
}

impl<'a> ManyRecords<'a> {
    pub(crate) fn new(
        past: &'a Past,
        sought: Sought<'a>,
        likeness: &'a Likeness,
        levels: &'a [u8],
    ) -> Self {
        let raising = sought.raising;
        let weight = |&round| similar::weight(likeness.round(raising, round));
        ManyRecords {
            past,
            likeness,
            sought,
            levels,
            trades: vec![None; past.trades.len()],
            startups: vec![Weighed::default(); past.startups.len()],
            rounds: past.rounds.values().iter().map(weight).collect(),
            places: places_of(likeness, raising),
        }
    }

    /// How many deals of a record are like what is asked for, how near the nearest was, and the highest level of their
    /// sectors.
    pub(crate) fn similar(&mut self, deals: &[Made]) -> (Sum, u8, u8) {
        let (mut sum, mut nearest, mut highest) = (Sum::default(), 0, 0);
        for made in deals {
            let mut startup = self.startups[made.startup as usize];
            if startup.weight == 0 {
                startup = self.weigh(made.startup);
            }
            sum.add(startup.weight, self.rounds[made.round as usize]);
            nearest = startup.near.max(nearest);
            highest = startup.level.max(highest);
        }
        (sum, nearest, highest)
    }

    /// Finds out what a startup weighs.
    #[cold]
    fn weigh(&mut self, number: u32) -> Weighed {
        let startup = self.past.startups[number];
        let (place, sectors) = self.past.known_of(startup);
        let near = self.sought.here.nearness(place);
        let trades = &mut self.trades[startup.trades as usize];
        let (trades, level) = *trades.get_or_insert_with(|| {
            let trades = Trades::of(self.sought.sectors, sectors);
            let levels = sectors
                .iter()
                .map(|of| self.levels[usize::from(of.index())]);
            (self.likeness.trades(trades), levels.max().unwrap_or(0))
        });
        let weighed = Weighed {
            weight: similar::weight(self.places[usize::from(near)] + trades),
            near,
            level,
        };
        self.startups[number as usize] = weighed;
        weighed
    }
}

/// By nearness: what it counts.
fn places_of(likeness: &Likeness, raising: Raising) -> [i32; PLACES.len()] {
    std::array::from_fn(|near| likeness.place(raising, u8::try_from(near).expect("few levels")))
}

/// One record beside any number of those who ask.
pub(crate) struct OneRecord<'a> {
    past: &'a Past,
    deals: &'a [Made],
    likeness: &'a Likeness,
    seekers: &'a Seekers,
    /// By trades of who asks, by deal: what the trades count.
    trades: HashMap<u32, Box<[i32]>, FixedState>,
    /// By place of who asks, by deal: how near it is.
    near: HashMap<u32, Box<[u8]>, FixedState>,
    /// By what is raised, by deal: what the round weighs.
    rounds: HashMap<(u8, u8, u8), Box<[u32]>, FixedState>,
    /// By what is raised and where, by nearness: what the place counts.
    places: HashMap<(u8, u8, u8), [i32; PLACES.len()], FixedState>,
}

impl<'a> OneRecord<'a> {
    pub(crate) fn new(
        past: &'a Past,
        row: usize,
        likeness: &'a Likeness,
        seekers: &'a Seekers,
    ) -> Self {
        OneRecord {
            past,
            deals: past.deals(row),
            likeness,
            seekers,
            trades: HashMap::default(),
            near: HashMap::default(),
            rounds: HashMap::default(),
            places: HashMap::default(),
        }
    }

    /// How many deals of the record are like what is asked for by who has this number, and how near the nearest was.
    pub(crate) fn similar(&mut self, number: u32) -> (Sum, u8) {
        let (past, likeness, deals) = (self.past, self.likeness, self.deals);
        let seeker = self.seekers.numbered(number);
        let sought = self.seekers.sought(seeker);
        let (startup, raising) = (seeker.startup, seeker.raising);
        let trades = self.trades.entry(startup.trades).or_insert_with(|| {
            let trades = |made: Made| Trades::of(sought.sectors, past.startup(made).1);
            let count = |&made| likeness.trades(trades(made));
            deals.iter().map(count).collect()
        });
        let near = self.near.entry(startup.place).or_insert_with(|| {
            let near = |&made| sought.here.nearness(past.startup(made).0);
            deals.iter().map(near).collect()
        });
        let round = (raising.stage, raising.amount, raising.earlier);
        let rounds = self.rounds.entry(round).or_insert_with(|| {
            let weight = |&made| similar::weight(likeness.round(raising, past.round(made)));
            deals.iter().map(weight).collect()
        });
        let place = (raising.stage, raising.country, raising.area);
        let places = self.places.entry(place);
        let places = places.or_insert_with(|| places_of(likeness, raising));
        let (mut sum, mut nearest) = (Sum::default(), 0);
        for ((&near, &trades), &round) in near.iter().zip(&**trades).zip(&**rounds) {
            sum.add(similar::weight(places[usize::from(near)] + trades), round);
            nearest = near.max(nearest);
        }
        (sum, nearest)
    }
}
