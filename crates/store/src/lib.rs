//! The memory: every statement that the hub sends to SQLite or PostgreSQL.
//!
//! One module per noun; free functions with the connection first, six verbs: `find`, `list`, `insert`, `save`
//! (compare-and-set), `delete`, `count`. The caller opens the transaction ([`Store::read`], [`Store::write`]).
//! No judgement, no HTTP: what may happen is decided by `domain`, what must never happen is refused by the schema.

mod conn;
mod error;
mod schema;
mod types;

pub mod affiliations;
pub mod answer_links;
pub mod audit;
pub mod availability;
pub mod calendar_feeds;
pub mod change_log;
pub mod consents;
pub mod deliveries;
pub mod documents;
pub mod exposures;
pub mod feedback;
pub mod idempotency_keys;
pub mod investments;
pub mod invitations;
pub mod journal;
pub mod judgements;
pub mod machine_tokens;
pub mod marks;
pub mod meeting_requests;
pub mod notice_settings;
pub mod occupied;
pub mod offers;
pub mod organisations;
pub mod outbox;
pub mod outcomes;
pub mod participants;
pub mod people;
pub mod personal;
pub mod places;
pub mod programmes;
pub mod rate_limits;
pub mod receivers;
pub mod reminders;
pub mod replies;
pub mod scorecards;
pub mod seats;
pub mod sessions;
pub mod slots;
pub mod webhooks;

pub use conn::{Conn, OpenError, Store};
pub use error::{Constraint, StoreError};

use conn::on;
