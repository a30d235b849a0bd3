//! A language both sides can meet in.

use domain::LanguageTag;

use super::UNKNOWN;

/// By level.
pub(crate) const LEVELS: &[&str] = &["unknown", "none", "shared"];

/// A primary language subtag, packed: `zh` of `zh-TW`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spoken([u8; 3]);

impl Spoken {
    /// The language of `tag`, without script or region.
    pub(crate) fn of(tag: &LanguageTag) -> Spoken {
        let mut packed = [0; 3];
        for (to, from) in packed.iter_mut().zip(tag.primary().bytes()) {
            *to = from;
        }
        Spoken(packed)
    }

    /// The subtag.
    pub(crate) fn text(&self) -> &str {
        let end = self.0.iter().position(|&byte| byte == 0).unwrap_or(3);
        str::from_utf8(&self.0[..end]).expect("a language tag is ASCII")
    }
}

/// Whether the two share a language, and the first that they do. Source: our choice.
pub(crate) fn level(mine: &[Spoken], theirs: &[Spoken]) -> (u8, Option<Spoken>) {
    if mine.is_empty() || theirs.is_empty() {
        return (UNKNOWN, None);
    }
    match mine.iter().find(|language| theirs.contains(language)) {
        Some(&shared) => (2, Some(shared)),
        None => (1, None),
    }
}
