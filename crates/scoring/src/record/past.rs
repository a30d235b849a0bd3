//! Deals one by one: how many of a record are like what is asked for.

mod told;

use domain::{AmountBand, RegionCode, SectorCode, StageCode};
use jiff::civil::Date;

pub(crate) use told::{Alike, Around};

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
    /// When, and whether it was led: for sentences alone.
    on: Date,
    lead: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Where {
    country: Option<RegionCode>,
    subdivision: Option<Term>,
    area: Option<Term>,
    city: Option<Term>,
}

/// How like every startup is to the one that is asked for, and every stage and amount to its round: found once for a
/// question, read for every deal.
#[derive(Debug)]
pub(crate) struct Likeness {
    near: Vec<Near>,
    elsewhere: Near,
    stages: Vec<u8>,
    stage_unknown: bool,
    band: Option<AmountBand>,
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
                    on: first.deal.on,
                    lead: first.deal.lead,
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
        self.rounds[startup] as usize
    }

    /// Every startup beside `asked`.
    pub(crate) fn likeness(&self, asked: &Target<'_>) -> Likeness {
        let here = Where::of(asked);
        let near = |row: usize| {
            similar::near(
                here.nearness(self.startups[row]),
                similar::sector(asked.sectors, self.sectors.row(row)),
            )
        };
        Likeness {
            near: (0..self.startups.len()).map(near).collect(),
            elsewhere: similar::near(similar::Place::Unknown, None),
            stages: StageCode::all()
                .map(|stage| similar::stage(asked.stage, Some(stage)))
                .collect(),
            stage_unknown: asked.stage.is_none(),
            band: asked.band,
        }
    }

    /// How many deals of `row` are like what was asked for.
    pub(crate) fn similar(&self, row: usize, likeness: &Likeness) -> Sums {
        let mut sums = Sums::default();
        for made in self.deals.row(row) {
            let near = likeness.near.get(made.startup as usize).copied();
            let stage = match made.stage {
                Some(stage) if !likeness.stage_unknown => {
                    likeness.stages[usize::from(stage.index())]
                }
                _ => similar::stage(None, None),
            };
            sums.add(
                near.unwrap_or(likeness.elsewhere),
                stage,
                similar::amount(likeness.band, made.band),
                made.weight,
            );
        }
        sums
    }

    /// The same for one startup that is asked for, without looking at all.
    pub(crate) fn similar_to(&self, row: usize, asked: &Target<'_>) -> Sums {
        let here = Where::of(asked);
        let mut sums = Sums::default();
        for made in self.deals.row(row) {
            let near = match self.startups.get(made.startup as usize) {
                Some(&there) => similar::near(
                    here.nearness(there),
                    similar::sector(asked.sectors, self.sectors.row(made.startup as usize)),
                ),
                None => similar::near(similar::Place::Unknown, None),
            };
            sums.add(
                near,
                similar::stage(asked.stage, made.stage),
                similar::amount(asked.band, made.band),
                made.weight,
            );
        }
        sums
    }
}

impl Where {
    fn of(target: &Target<'_>) -> Where {
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
