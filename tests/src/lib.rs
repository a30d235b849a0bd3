//! The harness of the tests: a real hub on each database, people who act in it over HTTP, and their answers.
//!
//! ```no_run
//! use testkit::on_both;
//!
//! on_both(|hub| {
//!     let kim = hub.founder("Kim");
//!     kim.get("/v1/me").assert_status(200);
//! });
//! ```

pub mod actor;
mod folk;
mod http;
pub mod hub;
pub mod mail;
pub mod postgres;
pub mod process;
pub mod receiver;
pub mod reply;
pub mod schema;
pub mod wire;

pub use actor::Actor;
pub use hub::{Hub, on_both};
pub use reply::Reply;
