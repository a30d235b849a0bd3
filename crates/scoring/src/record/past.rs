//! Deals one by one: how many of a record are like what is asked for.

mod beside;
mod seekers;
mod told;

use domain::{RegionCode, SectorCode, StageCode};
use jiff::civil::Date;

pub(crate) use self::{
    beside::{ManyRecords, OneRecord},
    seekers::{Seekers, UNNUMBERED},
    told::{Alike, Around},
};

use super::{Firsts, Target, Term, firsts::First};
use crate::{
    card::Likeness,
    factors::{
        raise,
        similar::{self, Respect, Sum, Trades},
    },
    numbered::Numbered,
    ragged::Ragged,
};

/// The deals of every row, and the startups they were made in.
#[derive(Debug)]
pub(crate) struct Past {
    /// By row of the investor: the startups of its deals, by their numbers.
    deals: Ragged<u32>,
    /// In the order of all deals: their rounds, by their numbers.
    of_rounds: Vec<u16>,
    /// In the same order.
    told: Vec<Stated>,
    /// Startups that somebody invested in, those that are the same to records once; first that nothing is known.
    startups: Vec<Known>,
    /// What rounds were, each form once.
    rounds: Numbered<Round>,
    /// Where startups are: each place once, first that nothing is known.
    places: Numbered<Where>,
    /// The sectors they are in: each set of them once, first that nothing is known.
    trades: Numbered<Box<[SectorCode]>>,
    /// By row of the startup: days on which somebody invested in it.
    round_counts: Vec<u32>,
}

/// A deal of a record, by the numbers of its startup and its round: all that likeness reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    startup: u32,
    round: u16,
}

/// Every form of a round has a number: none has no investor.
const _: () = {
    let forms = raise::STAGES.len() * raise::AMOUNTS.len() * raise::ROUNDS.len();
    assert!(forms * (raise::INVESTORS.len() - 1) * similar::AGES.len() <= 1 << u16::BITS);
};

/// What else is known of a deal: for sentences alone.
#[derive(Clone, Copy, Debug)]
struct Stated {
    stage: Option<StageCode>,
    on: Date,
    lead: bool,
}

/// A startup, by the numbers of its place and its trades.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Startup {
    place: u32,
    trades: u32,
}

/// A startup with its sectors, so that most often nothing else has to be read of it.
#[derive(Clone, Copy, Debug)]
struct Known {
    startup: Startup,
    /// The index of each sector, filled up with [`Known::NONE`]; nothing but that where they are more.
    sectors: [u16; 4],
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

impl Known {
    const NONE: u16 = u16::MAX;

    fn new(startup: Startup, trades: &Numbered<Box<[SectorCode]>>) -> Known {
        let mut sectors = [Known::NONE; 4];
        let all = &trades[startup.trades];
        if all.len() <= sectors.len() {
            for (to, sector) in sectors.iter_mut().zip(all) {
                *to = sector.index();
            }
        }
        Known { startup, sectors }
    }

    /// The index of each of its sectors, if they are few.
    fn few_sectors(&self) -> Option<impl Iterator<Item = u16>> {
        let is_told = self.sectors[0] != Known::NONE;
        let sectors = self.sectors.into_iter();
        is_told.then(|| sectors.take_while(|&sector| sector != Known::NONE))
    }
}

impl Round {
    fn of(first: &First<'_>) -> Round {
        Round {
            stage: raise::stage(first.deal.stage),
            amount: raise::amount(first.deal.band),
            earlier: raise::rounds(first.earlier),
            investors: raise::investors(first.joined as usize),
            age: similar::age(first.age),
        }
    }

    /// What it is in a respect of a round; 0 in any other.
    pub(crate) fn level(self, respect: Respect) -> u8 {
        let levels = self.levels().into_iter();
        levels
            .filter(|(of, _)| *of == respect)
            .map(|(_, level)| level)
            .sum()
    }

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
            of_rounds: Vec::new(),
            told: Vec::new(),
            startups: Vec::new(),
            rounds: Numbered::default(),
            places: Numbered::default(),
            trades: Numbered::default(),
            round_counts: vec![0; rows],
        };
        let mut startups: Numbered<Startup> = Numbered::default();
        let number = |past: &mut Past, place: Where, sectors: &[SectorCode]| Startup {
            place: past.places.number(&place),
            trades: past.trades.number(sectors),
        };
        startups.number(&number(&mut past, Where::default(), &[]));
        let mut made: Vec<Made> = Vec::with_capacity(firsts.all.len());
        for of_startup in firsts.all.chunk_by(|a, b| a.startup == b.startup) {
            let mut startup = 0;
            if let Some(row) = of_startup[0].startup {
                let target = target(row as usize);
                startup = startups.number(&number(&mut past, Where::of(&target), target.sectors));
                let rounds = of_startup.iter().map(|first| first.earlier + 1).max();
                past.round_counts[row as usize] =
                    u32::try_from(rounds.unwrap_or(0)).expect("fewer than 2^32 days");
            }
            made.extend(of_startup.iter().map(|first| {
                let round = past.rounds.number(&Round::of(first));
                let round = u16::try_from(round).expect("one of the forms of rounds");
                Made { startup, round }
            }));
        }
        let places = |row| firsts.places_of_investor(row).iter();
        let of_row = |row| places(row).map(|&place| made[place as usize]);
        past.deals = Ragged::collect((0..rows).map(|row| of_row(row).map(|made| made.startup)));
        past.of_rounds = (0..rows).flat_map(of_row).map(|made| made.round).collect();
        let stated = |&place: &u32| {
            let deal = firsts.all[place as usize].deal;
            Stated {
                stage: deal.stage,
                on: deal.on,
                lead: deal.lead,
            }
        };
        let startups = startups.values().iter();
        past.startups = startups
            .map(|&startup| Known::new(startup, &past.trades))
            .collect();
        past.told = (0..rows).flat_map(|row| places(row).map(stated)).collect();
        past
    }

    /// Rounds of a startup that somebody new invested in.
    pub(crate) fn rounds(&self, startup: usize) -> usize {
        self.round_counts
            .get(startup)
            .map_or(0, |&count| count as usize)
    }

    /// The deals of `row`.
    pub(crate) fn deals(&self, row: usize) -> impl ExactSizeIterator<Item = Made> {
        let rounds = &self.of_rounds[self.deals.places(row)];
        let deals = self.deals.row(row).iter().zip(rounds);
        deals.map(|(&startup, &round)| Made { startup, round })
    }

    /// The sectors that the startups of a record are in, each once.
    pub(crate) fn sectors(&self, row: usize) -> Vec<SectorCode> {
        let of_deals = self.deals(row);
        let sectors = of_deals.flat_map(|made| self.startup(made).1);
        crate::sorted(sectors.copied().collect())
    }

    /// Where the startup of a deal is, and what it does; nothing where the market does not hold it.
    pub(crate) fn startup(&self, made: Made) -> (Where, &[SectorCode]) {
        let startup = self.startups[made.startup as usize].startup;
        (self.places[startup.place], &self.trades[startup.trades])
    }

    /// What the round of a deal was.
    pub(crate) fn round(&self, made: Made) -> Round {
        self.rounds[u32::from(made.round)]
    }

    /// Bytes of which startups all deals were made in, and of which rounds.
    pub(crate) fn bytes_of_deals(&self) -> usize {
        size_of_val(self.deals.values()) + size_of_val(&self.of_rounds[..])
    }

    /// Bytes they take.
    pub(crate) fn bytes(&self) -> usize {
        self.deals.bytes()
            + size_of_val(&self.of_rounds[..])
            + size_of_val(&self.told[..])
            + size_of_val(&self.startups[..])
            + self.rounds.bytes()
            + self.places.bytes()
            + self.trades.bytes()
            + size_of_val(&self.round_counts[..])
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
                similar::weight(likeness.round(sought.raising, self.round(made))),
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

    /// How near it is, by level of [`similar::PLACES`]: never near in another country.
    pub(crate) fn nearness(self, other: Where) -> u8 {
        let same = |a: Option<Term>, b: Option<Term>| a.is_some() && a == b;
        if self.country.is_none() || other.country.is_none() {
            0
        } else if self.country != other.country {
            1
        } else if same(self.city, other.city) {
            5
        } else if same(self.area, other.area) {
            4
        } else if same(self.subdivision, other.subdivision) {
            3
        } else {
            2
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_in_another_country_is_not_near_whatever_else_is_the_same() {
        let here = |country: &str| Where {
            country: country.parse().ok(),
            subdivision: Some(Term::of("JP-27")),
            area: Some(Term::of("kansai")),
            city: Some(Term::of("JP/osaka")),
        };
        let other = Where {
            city: Some(Term::of("JP/kobe")),
            subdivision: Some(Term::of("JP-28")),
            ..here("JP")
        };

        assert_eq!(here("JP").nearness(here("JP")), 5);
        assert_eq!(here("JP").nearness(other), 4);
        assert_eq!(here("JP").nearness(here("US")), 1);
        assert_eq!(here("JP").nearness(here("")), 0);
    }
}
