//! Pages for people without an account: small, without scripts, in English and Japanese. Not part of the API's contract.
//!
//! Opening a page changes nothing. Acting is two posts: the first shows what would be done, the second does it.

pub(crate) mod answer;
pub(crate) mod form;
mod layout;
pub(crate) mod open;
pub(crate) mod unsubscribe;
pub(crate) mod words;
