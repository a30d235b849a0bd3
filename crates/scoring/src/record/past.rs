//! Deals one by one: how many of a record are like what is asked for.

mod told;

use domain::{RegionCode, SectorCode, StageCode};
use jiff::civil::Date;

pub(crate) use told::{Alike, Around};

use super::{Firsts, Target, Term};
use crate::{
    card::Likeness,
    factors::{
        raise,
        similar::{self, Respect, Sum, Trades},
    },
    ragged::Ragged,
};

/// The deals of every row, and the startups they were made in.
#[derive(Debug)]
pub(crate) struct Past {
    /// By row of the investor.
    deals: Ragged<Made>,
    /// By number of the startup that somebody invested in: where it is and what it does.
    startups: Vec<Where>,
    sectors: Ragged<SectorCode>,
    /// By row of the startup: days on which somebody invested in it.
    rounds: Vec<u32>,
}

/// A deal of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    /// Number of the startup; `u32::MAX` where the market does not hold it.
    pub(crate) startup: u32,
    pub(crate) round: Round,
    /// The stage, when, and whether it was led: for sentences alone.
    stage: Option<StageCode>,
    on: Date,
    lead: bool,
}

/// What a round is and when it was, by the levels of each [`Respect`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Round {
    stage: u8,
    amount: u8,
    earlier: u8,
    investors: u8,
    age: u8,
}

/// Where a startup is, each place as a term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Where {
    country: Option<RegionCode>,
    subdivision: Option<Term>,
    area: Option<Term>,
    city: Option<Term>,
}

/// What every deal is held against: a startup and the round it raises.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sought<'a> {
    pub(crate) here: Where,
    pub(crate) sectors: &'a [SectorCode],
    pub(crate) raising: Raising,
}

/// The round that is asked for and where, by the levels of each [`Respect`]. In order, those who raise the same round
/// stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Raising {
    pub(crate) stage: u8,
    pub(crate) amount: u8,
    pub(crate) earlier: u8,
    /// How much of the market is in the country of the startup, and in its area.
    pub(crate) country: u8,
    pub(crate) area: u8,
}

impl Raising {
    /// Whether every round counts the same for both.
    pub(crate) fn is_the_same_round(self, other: Raising) -> bool {
        let round = |raising: Raising| (raising.stage, raising.amount, raising.earlier);
        round(self) == round(other)
    }

    /// What is asked for in a respect.
    pub(crate) fn level(self, respect: Respect) -> u8 {
        match respect {
            Respect::Place | Respect::Stage | Respect::Investors => self.stage,
            Respect::Amount => self.amount,
            Respect::Rounds => self.earlier,
            Respect::PlaceByCountry => self.country,
            Respect::PlaceByArea => self.area,
            Respect::Sector | Respect::Field | Respect::Age => 0,
        }
    }
}

impl Round {
    /// What it is in each respect of a round.
    pub(crate) fn levels(self) -> [(Respect, u8); 5] {
        [
            (Respect::Stage, self.stage),
            (Respect::Amount, self.amount),
            (Respect::Rounds, self.earlier),
            (Respect::Investors, self.investors),
            (Respect::Age, self.age),
        ]
    }
}

impl Past {
    pub(super) fn of<'a>(
        rows: usize,
        firsts: &Firsts<'_>,
        target: &impl Fn(usize) -> Target<'a>,
    ) -> Past {
        let mut past = Past {
            deals: Ragged::default(),
            startups: Vec::new(),
            sectors: Ragged::default(),
            rounds: vec![0; rows],
        };
        let mut numbers: Vec<u32> = Vec::with_capacity(firsts.all.len());
        for of_startup in firsts.all.chunk_by(|a, b| a.startup == b.startup) {
            let Some(row) = of_startup[0].startup else {
                numbers.extend(of_startup.iter().map(|_| u32::MAX));
                continue;
            };
            let target = target(row as usize);
            let next = u32::try_from(past.startups.len()).expect("fewer than 2^32 startups");
            numbers.extend(of_startup.iter().map(|_| next));
            past.startups.push(Where::of(&target));
            past.sectors.push(target.sectors.iter().copied());
            let rounds = of_startup.iter().map(|first| first.earlier + 1).max();
            past.rounds[row as usize] =
                u32::try_from(rounds.unwrap_or(0)).expect("fewer than 2^32 days");
        }
        let made = |&place: &u32| {
            let first = &firsts.all[place as usize];
            let deal = first.deal;
            Made {
                startup: numbers[place as usize],
                round: Round {
                    stage: raise::stage(deal.stage),
                    amount: raise::amount(deal.band),
                    earlier: raise::rounds(first.earlier),
                    investors: raise::investors(first.joined as usize),
                    age: similar::age(first.age),
                },
                stage: deal.stage,
                on: deal.on,
                lead: deal.lead,
            }
        };
        let of_row = |row| firsts.places_of_investor(row).iter().map(made);
        past.deals = Ragged::collect((0..rows).map(of_row));
        past
    }

    /// Rounds of a startup that somebody new invested in.
    pub(crate) fn rounds(&self, startup: usize) -> usize {
        self.rounds
            .get(startup)
            .map_or(0, |&rounds| rounds as usize)
    }

    /// The deals of `row`.
    pub(crate) fn deals(&self, row: usize) -> &[Made] {
        self.deals.row(row)
    }

    /// Where a startup is, by its number in a deal, and what it does; nothing where the market does not hold it.
    pub(crate) fn startup(&self, number: u32) -> (Where, &[SectorCode]) {
        match self.startups.get(number as usize) {
            Some(&place) => (place, self.sectors.row(number as usize)),
            None => (Where::default(), &[]),
        }
    }

    /// Bytes they take.
    pub(crate) fn bytes(&self) -> usize {
        self.deals.bytes()
            + size_of_val(&self.startups[..])
            + self.sectors.bytes()
            + size_of_val(&self.rounds[..])
    }

    /// How many deals of `row` are like what is asked for.
    pub(crate) fn similar(&self, row: usize, sought: &Sought<'_>, likeness: &Likeness) -> Sum {
        let mut sum = Sum::default();
        for made in self.deals(row) {
            let (there, sectors) = self.startup(made.startup);
            let near = sought.here.nearness(there);
            let trades = Trades::of(sought.sectors, sectors);
            sum.add(
                similar::weight(likeness.startup(sought.raising, near, trades)),
                similar::weight(likeness.round(sought.raising, made.round)),
            );
        }
        sum
    }
}

impl Where {
    pub(crate) fn of(target: &Target<'_>) -> Where {
        let term = |name: &Option<String>| name.as_deref().map(Term::of);
        let Some(places) = target.places else {
            return Where {
                country: target.country,
                ..Where::default()
            };
        };
        Where {
            country: target.country,
            subdivision: term(&places.subdivision),
            area: term(&places.area),
            city: term(&places.city),
        }
    }

    /// How near it is, by level of [`similar::PLACES`].
    pub(crate) fn nearness(self, other: Where) -> u8 {
        let same = |a: Option<Term>, b: Option<Term>| a.is_some() && a == b;
        if same(self.city, other.city) {
            5
        } else if same(self.area, other.area) {
            4
        } else if same(self.subdivision, other.subdivision) {
            3
        } else if self.country.is_none() || other.country.is_none() {
            0
        } else if self.country == other.country {
            2
        } else {
            1
        }
    }
}
