//! The coded vocabularies that profiles, mandates and filters are written in: sectors, modalities, indications,
//! capabilities, stages and regions.
//!
//! The data lies in `crates/domain/data` and is compiled in; nothing is read at run time. [`check`] is called once at
//! start and lists whatever is wrong with it.

mod code;
mod fault;
mod load;
mod mapping;
mod region;
mod tree;
mod view;

use std::{fmt, sync::LazyLock};

pub use code::{
    Capability, CapabilityCode, Code, Indication, IndicationCode, Modality, ModalityCode, OnAxis,
    Region, RegionCode, Sector, SectorCode, Stage, StageCode, UnknownCode,
};
pub use fault::{Fault, Faults};
pub use mapping::{
    Phase, phases, region_of_country_alpha3, region_of_iso, sector_of_category, stage_of_name,
};
pub use region::{Containment, RegionLevel, containment};
pub use tree::{Label, Taxonomy, Term};
pub use view::{TaxonomyView, TermView};

/// One of the six vocabularies; in URLs and documents in snake case.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// What an organisation does for a living, in three levels.
    Sectors,
    /// Product class, then modality.
    Modalities,
    /// Therapeutic area, then indication.
    Indications,
    /// What is needed and offered, in groups.
    Capabilities,
    /// Ladders of ordered steps: financing, and development per product class.
    Stages,
    /// The world down to ISO 3166-2 subdivisions, and the areas people speak of.
    Regions,
}

impl Axis {
    /// Every axis, in the order of the discriminants.
    pub const ALL: [Axis; 6] = [
        Axis::Sectors,
        Axis::Modalities,
        Axis::Indications,
        Axis::Capabilities,
        Axis::Stages,
        Axis::Regions,
    ];

    /// The name in URLs and documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Axis::Sectors => "sectors",
            Axis::Modalities => "modalities",
            Axis::Indications => "indications",
            Axis::Capabilities => "capabilities",
            Axis::Stages => "stages",
            Axis::Regions => "regions",
        }
    }
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The vocabulary of `axis`.
///
/// Terms with a fault are left out; [`check`] names them.
pub fn taxonomy(axis: Axis) -> &'static Taxonomy {
    &LOADED[axis as usize].0
}

/// Reads all taxonomies and mappings.
///
/// # Errors
/// [`Faults`] lists everything that is wrong with the data: a code twice, an unknown parent or member, a missing
/// label, a mapping to an unknown code.
pub fn check() -> Result<(), Faults> {
    let terms = LOADED.iter().flat_map(|(_, faults)| faults);
    Faults::unless_none(terms.chain(mapping::faults()).cloned().collect())
}

static LOADED: LazyLock<[(Taxonomy, Vec<Fault>); 6]> = LazyLock::new(|| Axis::ALL.map(load::load));

#[cfg(test)]
mod tests;
