//! A set of kinds in one number.

use domain::Kind;

/// The kinds an organisation acts as, or a mandate is about: one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct KindSet(u16);

impl KindSet {
    /// These kinds.
    pub(crate) fn of(kinds: &[Kind]) -> KindSet {
        KindSet(kinds.iter().fold(0, |bits, &kind| bits | 1 << kind as u16))
    }

    /// Whether no kind is in it.
    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the two share a kind.
    pub(crate) fn meets(self, other: KindSet) -> bool {
        self.0 & other.0 != 0
    }

    /// Its kinds.
    pub(crate) fn iter(self) -> impl Iterator<Item = Kind> {
        Kind::ALL
            .into_iter()
            .filter(move |&kind| self.meets(KindSet::of(&[kind])))
    }
}
