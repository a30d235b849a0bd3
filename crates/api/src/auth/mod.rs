//! Sign-in without a database: signing keys, access tokens, passwords, opaque tokens and cursors.
//!
//! Everything here is a function of its arguments; clock, files and tables belong to the callers. The one exception is
//! randomness, and that has one source, `secrets::random_bytes`, beside the key generation of the crypto library.

pub mod cursor;
pub mod keys;
pub mod passwords;
pub mod scopes;
pub mod secrets;
pub mod tokens;
