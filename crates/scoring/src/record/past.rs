//! Deals one by one: how many of a record are like what is asked for.

mod beside;
mod told;

use domain::{RegionCode, SectorCode, StageCode};
use jiff::civil::Date;

pub(crate) use self::{
    beside::{ManyRecords, OneRecord},
    told::{Alike, Around},
};

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
    /// Where startups are that somebody invested in: each place once, in order, first that nothing is known.
    places: Vec<Where>,
    /// The sectors they are in: each set of them once, in order, first that nothing is known.
    trades: Ragged<SectorCode>,
    /// By row of the startup: days on which somebody invested in it.
    rounds: Vec<u32>,
}

/// A deal of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    /// Where the startup is, and what it does; 0 where the market does not hold it.
    place: u32,
    trades: u32,
    pub(crate) round: Round,
    /// The stage, when, and whether it was led: for sentences alone.
    stage: Option<StageCode>,
    on: Date,
    lead: bool,
}

/// What a round is and when it was, by the levels of each [`Respect`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Round {
    stage: u8,
    amount: u8,
    earlier: u8,
    investors: u8,
    age: u8,
}

/// Where a startup is, each place as a term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// What every deal is held against, by number; the same for all who are the same in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Seeker {
    place: u32,
    trades: u32,
    raising: Raising,
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
        let of_startups = || firsts.all.chunk_by(|a, b| a.startup == b.startup);
        let held = || of_startups().filter_map(|firsts| firsts[0].startup);
        let targets = || held().map(|row| target(row as usize));
        let places = targets().map(|target| Where::of(&target));
        let places = crate::sorted(places.chain([Where::default()]).collect());
        let trades = targets().map(|target| target.sectors).chain([&[][..]]);
        let trades = crate::sorted(trades.collect()).into_iter();
        let mut past = Past {
            deals: Ragged::default(),
            places,
            trades: Ragged::collect(trades.map(|sectors| sectors.iter().copied())),
            rounds: vec![0; rows],
        };
        let mut numbers: Vec<(u32, u32)> = Vec::with_capacity(firsts.all.len());
        for of_startup in of_startups() {
            let Some(row) = of_startup[0].startup else {
                numbers.extend(of_startup.iter().map(|_| (0, 0)));
                continue;
            };
            let target = target(row as usize);
            let known = past.numbers(Where::of(&target), target.sectors);
            let known = known.expect("every place and all trades are there");
            numbers.extend(of_startup.iter().map(|_| known));
            let rounds = of_startup.iter().map(|first| first.earlier + 1).max();
            past.rounds[row as usize] =
                u32::try_from(rounds.unwrap_or(0)).expect("fewer than 2^32 days");
        }
        let made = |&place: &u32| {
            let first = &firsts.all[place as usize];
            let deal = first.deal;
            let (place, trades) = numbers[place as usize];
            Made {
                place,
                trades,
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

    /// Where the startup of a deal is, and what it does; nothing where the market does not hold it.
    pub(crate) fn startup(&self, made: &Made) -> (Where, &[SectorCode]) {
        let sectors = self.trades.row(made.trades as usize);
        (self.places[made.place as usize], sectors)
    }

    /// Who asks, by the numbers of its place and its trades; none where no deal was made there, or in such trades.
    pub(crate) fn seeker(&self, sought: &Sought<'_>) -> Option<Seeker> {
        let (place, trades) = self.numbers(sought.here, sought.sectors)?;
        Some(Seeker {
            place,
            trades,
            raising: sought.raising,
        })
    }

    fn numbers(&self, place: Where, sectors: &[SectorCode]) -> Option<(u32, u32)> {
        let place = self.places.binary_search(&place).ok()?;
        let trades = self.trades.binary_search(sectors).ok()?;
        let number = |at| u32::try_from(at).expect("fewer than 2^32 startups");
        Some((number(place), number(trades)))
    }

    /// Bytes they take.
    pub(crate) fn bytes(&self) -> usize {
        self.deals.bytes()
            + size_of_val(&self.places[..])
            + self.trades.bytes()
            + size_of_val(&self.rounds[..])
    }

    /// How many deals of `row` are like what is asked for: the specification, of which [`ManyRecords`] and [`OneRecord`] are
    /// faster forms.
    pub(crate) fn similar(&self, row: usize, sought: &Sought<'_>, likeness: &Likeness) -> Sum {
        let mut sum = Sum::default();
        for made in self.deals(row) {
            let (there, sectors) = self.startup(made);
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
