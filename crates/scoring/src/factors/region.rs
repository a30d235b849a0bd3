//! Distance of a home to the regions a mandate targets.

use domain::{
    RegionCode,
    taxonomy::{Containment, containment},
};

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

/// From this level on a place lies in the target.
pub(crate) const WITHIN: u8 = 6;

/// How near `place` lies to `target`: the steps of [`containment`]. Source: our choice.
pub(crate) fn level(place: RegionCode, target: RegionCode) -> u8 {
    match containment(place, target) {
        Containment::Same => 7,
        Containment::Within => WITHIN,
        Containment::SameArea => 5,
        Containment::SameCountry => 4,
        Containment::SameSubregion => 3,
        Containment::SameContinent => 2,
        Containment::Elsewhere => 1,
    }
}
