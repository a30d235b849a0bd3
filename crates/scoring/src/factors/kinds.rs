//! Whether an investor incubates too: accelerators and the like choose otherwise than funds.

use domain::Kind;

use crate::kinds::KindSet;

/// By level.
pub(crate) const LEVELS: &[&str] = &["no", "yes"];

/// Whether the kinds hold that of an incubator.
pub(crate) fn also_incubates(kinds: KindSet) -> u8 {
    u8::from(kinds.meets(KindSet::of(&[Kind::Incubator])))
}
