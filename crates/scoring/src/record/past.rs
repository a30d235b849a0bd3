//! Deals one by one: how many of a record are like what is asked for.

use domain::{AmountBand, RegionCode, SectorCode, StageCode};
use jiff::civil::Date;

use super::{First, Target, Term};
use crate::{
    factors::similar::{self, Near, Sums},
    ragged::Ragged,
};

/// The deals of every row, and the startups they were made in.
#[derive(Debug)]
pub(crate) struct Past {
    /// By row of the investor.
    deals: Ragged<Made>,
    /// By row of the startup: where it is and what it does; of an investor nothing.
    startups: Vec<Where>,
    sectors: Ragged<SectorCode>,
    /// By row of the startup: days on which somebody invested in it.
    rounds: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Made {
    /// Row of the startup; `u32::MAX` where the market does not hold it.
    startup: u32,
    stage: Option<StageCode>,
    band: Option<AmountBand>,
    /// What its age leaves of it.
    weight: u32,
}

/// Where a startup is, each place as a term.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Where {
    country: Option<RegionCode>,
    subdivision: Option<Term>,
    area: Option<Term>,
    city: Option<Term>,
}

/// What every deal is held against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Likeness<'a> {
    here: Where,
    sectors: &'a [SectorCode],
    stage: Option<StageCode>,
    band: Option<AmountBand>,
}

impl<'a> Likeness<'a> {
    /// To a startup at `here`, and to its round.
    pub(crate) fn to(here: Where, asked: &Target<'a>) -> Likeness<'a> {
        Likeness {
            here,
            sectors: asked.sectors,
            stage: asked.stage,
            band: asked.band,
        }
    }
}

impl Past {
    pub(super) fn of<'a>(
        rows: usize,
        firsts: &[First<'_>],
        target: &impl Fn(usize) -> Target<'a>,
    ) -> Past {
        let mut made = vec![Vec::new(); rows];
        for first in firsts {
            if let Some(row) = first.investor {
                made[row as usize].push(Made {
                    startup: first.startup.unwrap_or(u32::MAX),
                    stage: first.deal.stage,
                    band: first.deal.band,
                    weight: similar::weight(first.age),
                });
            }
        }
        let mut days: Vec<(u32, Date)> = firsts
            .iter()
            .filter_map(|first| Some((first.startup?, first.deal.on)))
            .collect();
        days.sort_unstable();
        days.dedup();
        let mut rounds = vec![0; rows];
        for (startup, _) in days {
            rounds[startup as usize] += 1;
        }
        Past {
            rounds,
            deals: Ragged::collect(made),
            startups: (0..rows).map(|row| Where::of(&target(row))).collect(),
            sectors: Ragged::collect((0..rows).map(|row| target(row).sectors.to_vec())),
        }
    }

    /// Rounds of a startup that somebody new invested in.
    pub(crate) fn rounds(&self, startup: usize) -> usize {
        self.rounds
            .get(startup)
            .map_or(0, |&rounds| rounds as usize)
    }

    /// How many deals of `row` are like what was asked for.
    pub(crate) fn similar(&self, row: usize, asked: &Likeness<'_>) -> Sums {
        let mut sums = Sums::default();
        for made in self.deals.row(row) {
            sums.add(
                self.near(made, asked),
                similar::stage(asked.stage, made.stage),
                similar::amount(asked.band, made.band),
                made.weight,
            );
        }
        sums
    }

    fn near(&self, made: &Made, asked: &Likeness<'_>) -> Near {
        let Some(&there) = self.startups.get(made.startup as usize) else {
            return similar::near(similar::Place::Unknown, None);
        };
        let sectors = self.sectors.row(made.startup as usize);
        similar::near(
            asked.here.nearness(there),
            similar::sector(asked.sectors, sectors),
        )
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

    fn nearness(self, other: Where) -> similar::Place {
        let same = |a: Option<Term>, b: Option<Term>| a.is_some() && a == b;
        if same(self.city, other.city) {
            similar::Place::City
        } else if same(self.area, other.area) {
            similar::Place::Area
        } else if same(self.subdivision, other.subdivision) {
            similar::Place::Subdivision
        } else if self.country.is_none() || other.country.is_none() {
            similar::Place::Unknown
        } else if self.country == other.country {
            similar::Place::Country
        } else {
            similar::Place::Elsewhere
        }
    }
}
