//! Distance from home to home, where no mandate of the pair speaks of regions.

/// By level: those of [`super::region`], and one more where a mandate has spoken.
pub(crate) const LEVELS: &[&str] = &[
    "unknown",
    "elsewhere",
    "same_continent",
    "same_subregion",
    "same_country",
    "same_area",
    "within",
    "same",
    "mandate_speaks",
];

/// A mandate of the pair targets regions, so homes say nothing more.
pub(crate) const MANDATE_SPEAKS: u8 = 8;
