//! What a record tells in a sentence: how many deals, how many of them led, since when.

use domain::{RegionCode, SectorCode, StageCode};
use jiff::civil::Date;

use super::{Made, Past, Stated, Where};
use crate::{factors::tree, record::Target};

/// Deals that are spoken of together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// How many.
    pub(crate) deals: u32,
    /// Of those, led.
    pub(crate) led: u32,
    /// Day of the first.
    pub(crate) first: Date,
    /// Day of the last.
    pub(crate) last: Date,
}

/// Deals that are alike in what is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Alike {
    pub(crate) told: Told,
    pub(crate) sector: Option<SectorCode>,
    pub(crate) stage: Option<StageCode>,
    pub(crate) place: Option<Around>,
}

/// How wide a place is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Around {
    /// The area around a city, or else the prefecture or state.
    Area,
    /// The country.
    Country(RegionCode),
}

/// What deals must have in common, the narrowest first.
const NARROWING: [(bool, bool, Wide); 9] = [
    (true, true, Wide::Area),
    (true, true, Wide::Country),
    (true, false, Wide::Area),
    (true, true, Wide::World),
    (true, false, Wide::Country),
    (true, false, Wide::World),
    (false, true, Wide::Area),
    (false, true, Wide::Country),
    (false, true, Wide::World),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wide {
    Area,
    Country,
    World,
}

impl Past {
    /// All deals of `row`.
    pub(crate) fn told(&self, row: usize) -> Option<Told> {
        self.told_of(row, |_, _| true)
    }

    /// The deals of `row` that have most in common with what is asked for: of the narrowest kind of which there are two,
    /// else one.
    pub(crate) fn alike(&self, row: usize, asked: &Target<'_>) -> Option<Alike> {
        let mut single = None;
        for (by_sector, by_stage, wide) in NARROWING {
            let found = self.narrowed(row, asked, (by_sector, by_stage, wide));
            match found {
                Some(found) if found.told.deals > 1 => return Some(found),
                Some(_) => single = single.or(found),
                None => {}
            }
        }
        single
    }

    fn narrowed(
        &self,
        row: usize,
        asked: &Target<'_>,
        (by_sector, by_stage, wide): (bool, bool, Wide),
    ) -> Option<Alike> {
        let here = Where::of(asked);
        let stage = asked.stage.filter(|_| by_stage);
        let place = match wide {
            Wide::Area => Some(Around::Area),
            Wide::Country => Some(Around::Country(here.country?)),
            Wide::World => None,
        };
        if by_stage && stage.is_none() {
            return None;
        }
        let sectors = asked.sectors.iter().map(|&sector| Some(sector));
        let sectors: Vec<Option<SectorCode>> = if by_sector {
            sectors.collect()
        } else {
            vec![None]
        };
        let alike = sectors.into_iter().filter_map(|sector| {
            let told = self.told_of(row, |made, stated| {
                stage.is_none_or(|stage| stated.stage == Some(stage))
                    && self.is_at(made, here, place)
                    && sector.is_none_or(|sector| self.is_in(made, sector))
            })?;
            Some(Alike {
                told,
                sector,
                stage,
                place,
            })
        });
        // Of equal numbers the first sector.
        alike.reduce(|best, next| {
            if next.told.deals > best.told.deals {
                next
            } else {
                best
            }
        })
    }

    fn is_at(&self, made: Made, here: Where, place: Option<Around>) -> bool {
        let Some(place) = place else { return true };
        let (there, _) = self.startup(made);
        match place {
            Around::Country(country) => there.country == Some(country),
            Around::Area if here.area.is_some() => there.area == here.area,
            Around::Area => here.subdivision.is_some() && there.subdivision == here.subdivision,
        }
    }

    fn is_in(&self, made: Made, sector: SectorCode) -> bool {
        let (_, stated) = self.startup(made);
        stated.iter().any(|&label| tree::is_within(label, sector))
    }

    fn told_of(&self, row: usize, counts: impl Fn(Made, &Stated) -> bool) -> Option<Told> {
        let mut told: Option<Told> = None;
        let deals = self.deals(row).zip(&self.told[self.deals.places(row)]);
        for (_, stated) in deals.filter(|(made, stated)| counts(*made, stated)) {
            let sum = told.get_or_insert(Told {
                deals: 0,
                led: 0,
                first: stated.on,
                last: stated.on,
            });
            sum.deals += 1;
            sum.led += u32::from(stated.lead);
            sum.first = sum.first.min(stated.on);
            sum.last = sum.last.max(stated.on);
        }
        told
    }
}
