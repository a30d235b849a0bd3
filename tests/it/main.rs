//! The promises of the hub, kept over real HTTP on both databases.

mod deal_flow;
mod matches;
mod postgres_is_here;
#[cfg(feature = "pg-tls")]
mod postgres_tls;
mod sessions;
