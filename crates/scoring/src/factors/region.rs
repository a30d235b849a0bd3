//! Distance of a home to the regions a mandate targets.

use domain::{
    RegionCode,
    taxonomy::{Containment, containment},
};

use super::UNKNOWN;

/// By level; the steps of [`Containment`] from far to near.
pub(crate) const LEVELS: &[&str] = &[
    "unknown",
    "elsewhere",
    "same_continent",
    "same_subregion",
    "same_country",
    "same_area",
    "within",
    "same",
];

/// How near `place` lies to `target`: the steps of [`containment`]. Source: our choice.
pub(crate) fn level(place: RegionCode, target: RegionCode) -> u8 {
    match containment(place, target) {
        Containment::Same => 7,
        Containment::Within => 6,
        Containment::SameArea => 5,
        Containment::SameCountry => 4,
        Containment::SameSubregion => 3,
        Containment::SameContinent => 2,
        Containment::Elsewhere => 1,
    }
}

/// Levels for regions by their place in the taxonomy, found once per question.
///
/// Containment walks the world's tree; a question asks it for every organisation, of which many share a region.
pub(crate) struct Near(Vec<u8>);

impl Near {
    /// `level(region)` for each of `regions`, the only ones that will be asked for.
    pub(crate) fn of(regions: &[RegionCode], level: impl Fn(RegionCode) -> u8) -> Near {
        let width = regions.iter().map(|region| region.index() + 1).max();
        let mut levels = vec![UNKNOWN; usize::from(width.unwrap_or(0))];
        for &region in regions {
            levels[usize::from(region.index())] = level(region);
        }
        Near(levels)
    }

    /// The level of `region`; `unknown` where none is stated.
    pub(crate) fn level(&self, region: Option<RegionCode>) -> u8 {
        region.map_or(UNKNOWN, |region| self.0[usize::from(region.index())])
    }
}
