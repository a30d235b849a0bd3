//! The judgement: who fits whom, how well, and why.
//!
//! [`Market`] is the index of one day; [`rank()`] answers a question ([`Ask`]) from it with a [`Card`], [`explain`]
//! says why. Factors turn a pair into levels, the card alone knows what a level is worth, rules keep pairs off a
//! list and never touch points. Every number that decides an order is an integer.
//!
//! No input or output, clock, randomness, or knowledge of HTTP and SQL.

mod aim;
mod ask;
mod band;
mod card;
mod changes;
mod explain;
mod exposure;
mod factor;
mod factors;
mod facts;
mod history;
pub mod index;
mod kinds;
mod learn;
mod market;
pub mod measure;
mod numbered;
mod pair;
pub mod parallel;
mod ragged;
mod rank;
mod record;
mod rules;
mod statistics;
mod text;

#[cfg(test)]
mod tests;

pub use ask::{Among, Ask};
pub use band::Band;
pub use card::{Card, CardError, Difference, Priced, PricedTable};
pub use changes::{Change, Helps, Outlook, Sides, changes};
pub use explain::{Contribution, Explained, Explanation, Level, Speaks, explain};
pub use exposure::Exposure;
pub use factor::FACTORS_VERSION;
pub use factors::load::{DAYS as LOAD_DAYS, level as load_level};
pub use facts::{Deal, Facts, Places, RoundFacts};
pub use history::{Asked, History, Raised, Trial, open_programme};
pub use learn::{
    ACCEPTED_MIN, Introduction, Learned, MEASURED_MIN, NothingHappened, TooLittle, held_out, learn,
    learn_introductions,
};
pub use market::Market;
pub use rank::{Match, rank, score};
#[doc(hidden)]
pub use rank::{bytes_read, rank_by_rows};
pub use rules::{KeptOff, Whose};
pub use statistics::{FX_YEAR, Statistics};
pub use text::Reason;

/// `values` in order, each once.
fn sorted<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort_unstable();
    values.dedup();
    values
}
