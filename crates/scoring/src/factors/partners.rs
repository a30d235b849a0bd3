//! Who invested before together with the startup's earlier investors.
//!
//! Σ over the earlier investors p of (startups that both invested in) / (startups of p + 5). Once as it is; once over
//! what a stranger with as many startups would share, so that the great do not win by being great.
//! Source: the public study of rounds 2005 to 2013 that the default card follows.

use super::{
    UNKNOWN,
    scale::{self, OCTAVE, log2},
};
use crate::record::Shared;

/// Startups that are added to those of an earlier investor, so that one shared startup makes no partnership.
pub(crate) const SHRINKAGE: u64 = 5;

/// Parts of one.
pub(crate) const ONE: u64 = 1 << 20;

const ONE_BITS: i32 = 20;

/// 0.003 and 0.01: added so that nothing shared is no −∞. Source: as above.
const FLOOR: u64 = 3 * ONE / 1000;
const FLOOR_OF_LIFT: u64 = ONE / 100;

/// The level of what is shared; `unknown` without earlier investors.
pub(crate) fn shared(found: Shared) -> u8 {
    if found.earlier == 0 {
        return UNKNOWN;
    }
    scale::PARTNERS.level(log2(found.sum + FLOOR) - ONE_BITS * OCTAVE)
}

/// The level of what is shared over what a stranger would share; `unknown` without earlier investors.
pub(crate) fn lift(found: Shared) -> u8 {
    if found.earlier == 0 {
        return UNKNOWN;
    }
    let (is, expected) = (found.sum + FLOOR_OF_LIFT, found.expected + FLOOR_OF_LIFT);
    scale::PARTNER_LIFT.level(log2(is) - log2(expected))
}
