//! Whether an investor's terms accept what a round is.

use super::UNKNOWN;

/// By level.
pub(crate) const LEVELS: &[&str] = &["unknown", "not_accepted", "accepted"];

/// `accepted` if any of `offered` fits any of `accepted`; `unknown` where either side states nothing.
///
/// Source: our choice.
pub(crate) fn level<T: Copy>(
    offered: &[T],
    accepted: &[T],
    fits: impl Fn(T, T) -> bool,
) -> (u8, Option<T>) {
    if offered.is_empty() || accepted.is_empty() {
        return (UNKNOWN, None);
    }
    let taken = |&&offered: &&T| accepted.iter().any(|&accepted| fits(offered, accepted));
    match offered.iter().find(taken) {
        Some(&offered) => (2, Some(offered)),
        None => (1, Some(offered[0])),
    }
}
