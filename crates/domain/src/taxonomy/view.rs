//! The taxonomies as the API sends them.

use super::{Axis, Label, RegionLevel, Taxonomy, taxonomy};

/// A whole vocabulary, parents before children.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct TaxonomyView {
    /// Which one.
    pub axis: Axis,
    /// Its terms.
    pub items: Vec<TermView>,
}

/// One term.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct TermView {
    /// Stable identifier, used in documents and filters.
    pub code: &'static str,
    /// The term directly above; absent for a root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<&'static str>,
    /// Name in English and Japanese.
    pub label: &'static Label,
    /// 0 for a root.
    pub depth: u8,
    /// Stages only: the place on its ladder, 0 for the first rung.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ordinal: Option<u8>,
    /// Regions only: how wide it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<RegionLevel>,
    /// Regions only: areas and blocs it belongs to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<&'static str>,
}

impl TaxonomyView {
    /// All of `axis`.
    pub fn of(axis: Axis) -> TaxonomyView {
        let taxonomy = taxonomy(axis);
        let items = (0u16..).zip(taxonomy.terms());
        TaxonomyView {
            axis,
            items: items.map(|(index, _)| TermView::of(axis, index)).collect(),
        }
    }
}

impl TermView {
    /// The term at `index` of `axis`.
    ///
    /// # Panics
    /// When `index` is not from that taxonomy.
    pub fn of(axis: Axis, index: u16) -> TermView {
        let taxonomy = taxonomy(axis);
        let term = taxonomy.term(index);
        TermView {
            code: &term.code,
            parent: term
                .parent
                .map(|parent| taxonomy.term(parent).code.as_str()),
            label: &term.label,
            depth: term.depth,
            ordinal: term.ordinal,
            level: term.level,
            areas: areas(taxonomy, index),
        }
    }
}

fn areas(taxonomy: &'static Taxonomy, index: u16) -> Vec<&'static str> {
    let above = taxonomy.ancestors(index).iter();
    above
        .map(|&above| taxonomy.term(above))
        .filter(|term| term.level.is_some_and(RegionLevel::is_area))
        .map(|term| term.code.as_str())
        .collect()
}
