//! One file per family of factors: formula, levels with named boundaries, source. Pure functions of a few codes.

pub(crate) mod accepted;
pub(crate) mod activity;
pub(crate) mod cheque;
pub(crate) mod exposure;
pub(crate) mod home;
pub(crate) mod kinds;
pub(crate) mod language;
pub(crate) mod lift;
pub(crate) mod load;
pub(crate) mod partners;
pub(crate) mod raise;
pub(crate) mod region;
pub(crate) mod scale;
pub(crate) mod share;
pub(crate) mod similar;
pub(crate) mod stage;
pub(crate) mod topic;
pub(crate) mod tree;
pub(crate) mod usual;

use domain::taxonomy::Code;

/// A level, and the two labels it rests on: what there is, and what was looked for.
pub(crate) type Found<A> = (u8, Option<(Code<A>, Code<A>)>);

/// The level of what is not stated.
pub(crate) const UNKNOWN: u8 = 0;
