//! In what respects records are kept: each gives the terms of a startup and its round.

use std::sync::LazyLock;

use domain::{AmountBand, SectorCode};

use super::Target;
use crate::factors::{
    lift::{DEAL, Shrinkage},
    scale::{self, Scale},
};

/// Something a record is kept for, by its name: 64 bits of FNV-1a. The same on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Term(pub(crate) u64);

impl Term {
    pub(crate) fn of(name: &str) -> Term {
        Term::of_bytes(name.as_bytes())
    }

    /// That of its code.
    pub(crate) fn of_sector(sector: SectorCode) -> Term {
        static ALL: LazyLock<Vec<Term>> = LazyLock::new(|| {
            SectorCode::all()
                .map(|code| Term::of(code.code()))
                .collect()
        });
        ALL[usize::from(sector.index())]
    }

    pub(crate) fn of_bytes(name: &[u8]) -> Term {
        let mix = |hash: u64, &byte: &u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        Term(name.iter().fold(0xCBF2_9CE4_8422_2325, mix))
    }
}

/// A respect in which an investor's choices are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aspect {
    Sector,
    Topic,
    Stage,
    Country,
    Subdivision,
    Area,
    City,
    Amount,
}

/// How much of a deal counts for a round so many bands away. Source: our choice; a band is a factor of two or so.
const NEAR_BANDS: [u32; 5] = [DEAL, 9, 4, 2, 1];

impl Aspect {
    /// Every respect, in the order of the discriminants.
    pub(crate) const ALL: [Aspect; 8] = [
        Aspect::Sector,
        Aspect::Topic,
        Aspect::Stage,
        Aspect::Country,
        Aspect::Subdivision,
        Aspect::Area,
        Aspect::City,
        Aspect::Amount,
    ];

    /// Where a startup is, from wide to narrow.
    pub(crate) const PLACES: [Aspect; 4] = [
        Aspect::Country,
        Aspect::Subdivision,
        Aspect::Area,
        Aspect::City,
    ];

    /// Whether a record mentions in the index all that it chose, for the bound of how like its deals are; else only what is
    /// at another level than what it never chose.
    pub(crate) fn mentions_all(self) -> bool {
        self == Aspect::Sector || Aspect::PLACES.contains(&self)
    }

    /// Whether it is of the round that was raised, not of the startup.
    pub(super) fn is_of_round(self) -> bool {
        matches!(self, Aspect::Stage | Aspect::Amount)
    }

    /// What is asked for of a startup and its round; several for what is shared out over labels.
    pub(crate) fn asked(self, target: &Target<'_>) -> Vec<Term> {
        let place = |place: Option<&String>| place.map(|name| Term::of(name)).into_iter().collect();
        let places = target.places;
        match self {
            Aspect::Sector => target
                .sectors
                .iter()
                .map(|&code| Term::of_sector(code))
                .collect(),
            Aspect::Topic => target.topics.to_vec(),
            Aspect::Stage => target
                .stage
                .map(|code| Term::of(code.code()))
                .into_iter()
                .collect(),
            Aspect::Country => target
                .country
                .map(|code| Term::of(code.code()))
                .into_iter()
                .collect(),
            Aspect::Subdivision => place(places.and_then(|places| places.subdivision.as_ref())),
            Aspect::Area => place(places.and_then(|places| places.area.as_ref())),
            Aspect::City => place(places.and_then(|places| places.city.as_ref())),
            Aspect::Amount => target.band.map(band).into_iter().collect(),
        }
    }

    /// What a deal counts for, each term once, in sixteenths: sectors count for all that they lie in, an amount for those
    /// near it.
    pub(super) fn counted(self, target: &Target<'_>) -> Vec<(Term, u32)> {
        let mut terms: Vec<(Term, u32)> = match self {
            Aspect::Sector => {
                let around = target.sectors.iter().flat_map(|sector| sector.and_around());
                around.map(|code| (Term::of_sector(code), DEAL)).collect()
            }
            Aspect::Amount => target.band.map(near_bands).unwrap_or_default(),
            _ => self
                .asked(target)
                .into_iter()
                .map(|term| (term, DEAL))
                .collect(),
        };
        terms.sort_unstable();
        terms.dedup_by_key(|(term, _)| *term);
        terms
    }

    /// Deals of an average investor that are added to a record. Source: the public study of rounds 2005 to 2013 that the
    /// default card follows.
    pub(crate) fn shrinkage(self) -> Shrinkage {
        Shrinkage(match self {
            Aspect::Stage => 3,
            Aspect::Country => 2,
            _ => 5,
        })
    }

    /// On which a lift becomes a level.
    pub(crate) fn scale(self) -> Scale {
        match self {
            Aspect::Sector | Aspect::Topic => scale::SECTOR,
            Aspect::Stage => scale::STAGE,
            Aspect::Country | Aspect::Subdivision | Aspect::Area => scale::PLACE,
            Aspect::City => scale::CITY,
            Aspect::Amount => scale::AMOUNT,
        }
    }
}

fn band(band: AmountBand) -> Term {
    Term(band as u64)
}

fn near_bands(of: AmountBand) -> Vec<(Term, u32)> {
    let near = |other: AmountBand| {
        let away = (other as usize).abs_diff(of as usize);
        Some((band(other), *NEAR_BANDS.get(away)?))
    };
    AmountBand::ALL.into_iter().filter_map(near).collect()
}
