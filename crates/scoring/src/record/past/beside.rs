//! What [`Past::similar`] gives, for many pairs: what they have in common is worked out once, when it is first needed.

use std::collections::HashMap;

use domain::SectorCode;
use foldhash::fast::FixedState;

use super::{Made, Past, Round, Seeker, Sought};
use crate::{
    card::Likeness,
    factors::similar::{self, PLACES, Sum, Trades},
};

/// Any number of records beside one round that is asked for.
pub(crate) struct ManyRecords<'a> {
    past: &'a Past,
    likeness: &'a Likeness,
    sought: Sought<'a>,
    /// By place of a deal: one more than how near it is; 0 before anybody asked.
    near: Vec<u8>,
    /// By trades of a deal, by nearness: what its startup weighs; 0, which none does, before anybody asked.
    startups: Vec<[u32; PLACES.len()]>,
    /// By number of a round: what it weighs; 0 before anybody asked.
    rounds: Vec<u32>,
    numbers: Numbers,
}

/// Numbers rounds: a digit for each respect.
struct Numbers([usize; 5]);

impl Numbers {
    fn new() -> Numbers {
        let any = Round::default();
        Numbers(any.levels().map(|(respect, _)| respect.of_deal().len()))
    }

    fn count(&self) -> usize {
        self.0.iter().product()
    }

    fn of(&self, round: Round) -> usize {
        let digits = std::iter::zip(round.levels(), self.0);
        digits.fold(0, |number, ((_, level), count)| {
            count * number + usize::from(level)
        })
    }
}

impl<'a> ManyRecords<'a> {
    pub(crate) fn new(past: &'a Past, sought: Sought<'a>, likeness: &'a Likeness) -> Self {
        let numbers = Numbers::new();
        ManyRecords {
            past,
            likeness,
            sought,
            near: vec![0; past.places.len()],
            startups: vec![[0; PLACES.len()]; past.trades.len()],
            rounds: vec![0; numbers.count()],
            numbers,
        }
    }

    /// How many deals of `row` are like what is asked for.
    pub(crate) fn similar(&mut self, row: usize) -> Sum {
        let past = self.past;
        let mut sum = Sum::default();
        for made in past.deals(row) {
            sum.add(self.startup(made), self.round(made.round));
        }
        sum
    }

    #[inline]
    fn startup(&mut self, made: &Made) -> u32 {
        let near = &mut self.near[made.place as usize];
        if *near == 0 {
            *near = 1 + self
                .sought
                .here
                .nearness(self.past.places[made.place as usize]);
        }
        let near = *near - 1;
        let weight = &mut self.startups[made.trades as usize][usize::from(near)];
        if *weight == 0 {
            let trades = Trades::of(
                self.sought.sectors,
                self.past.trades.row(made.trades as usize),
            );
            *weight = similar::weight(self.likeness.startup(self.sought.raising, near, trades));
        }
        *weight
    }

    #[inline]
    fn round(&mut self, round: Round) -> u32 {
        let weight = &mut self.rounds[self.numbers.of(round)];
        if *weight == 0 {
            *weight = similar::weight(self.likeness.round(self.sought.raising, round));
        }
        *weight
    }
}

/// One record beside any number of startups and their rounds.
pub(crate) struct OneRecord<'a> {
    past: &'a Past,
    likeness: &'a Likeness,
    row: usize,
    /// By sectors of who asks, by deal: what the trades count.
    trades: HashMap<Box<[SectorCode]>, Box<[i32]>>,
    /// By what is raised, by deal: what the round weighs.
    rounds: HashMap<(u8, u8, u8), Box<[u32]>>,
    /// What was found, for all who are the same: asked a million times for one list.
    known: HashMap<Seeker, Sum, FixedState>,
    /// By what is raised and where, by nearness: what the place counts.
    places: HashMap<(u8, u8, u8), [i32; PLACES.len()]>,
}

impl<'a> OneRecord<'a> {
    pub(crate) fn new(past: &'a Past, row: usize, likeness: &'a Likeness) -> Self {
        OneRecord {
            past,
            likeness,
            row,
            trades: HashMap::new(),
            rounds: HashMap::new(),
            known: HashMap::default(),
            places: HashMap::new(),
        }
    }

    /// [`OneRecord::similar`] for one who asks by number; of those who are the same it is found once.
    pub(crate) fn similar_to(&mut self, seeker: Seeker) -> Sum {
        if let Some(&known) = self.known.get(&seeker) {
            return known;
        }
        let sought = Sought {
            here: self.past.places[seeker.place as usize],
            sectors: self.past.trades.row(seeker.trades as usize),
            raising: seeker.raising,
        };
        let sum = self.similar(&sought);
        self.known.insert(seeker, sum);
        sum
    }

    /// How many deals of the record are like what is asked for.
    pub(crate) fn similar(&mut self, sought: &Sought<'_>) -> Sum {
        let (past, likeness) = (self.past, self.likeness);
        let (deals, raising) = (past.deals(self.row), sought.raising);
        if !self.trades.contains_key(sought.sectors) {
            let of_deal = |made: &Made| {
                let other = past.trades.row(made.trades as usize);
                likeness.trades(Trades::of(sought.sectors, other))
            };
            let counts = deals.iter().map(of_deal).collect();
            self.trades.insert(sought.sectors.into(), counts);
        }
        let trades = &self.trades[sought.sectors];
        let rounds = self
            .rounds
            .entry((raising.stage, raising.amount, raising.earlier))
            .or_insert_with(|| {
                let weight = |made: &Made| similar::weight(likeness.round(raising, made.round));
                deals.iter().map(weight).collect()
            });
        let places = self
            .places
            .entry((raising.stage, raising.country, raising.area))
            .or_insert_with(|| {
                std::array::from_fn(|near| {
                    likeness.place(raising, u8::try_from(near).expect("few levels"))
                })
            });
        let mut sum = Sum::default();
        for ((made, trades), &round) in deals.iter().zip(trades).zip(&*rounds) {
            let near = sought.here.nearness(past.places[made.place as usize]);
            sum.add(similar::weight(places[usize::from(near)] + trades), round);
        }
        sum
    }
}
