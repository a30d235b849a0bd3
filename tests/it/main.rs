//! The promises of the hub, kept over real HTTP on both databases.

#![expect(clippy::unwrap_used, reason = "all of it is tests, their helpers too")]

mod access_tokens;
mod affiliations;
mod answer_letters;
mod answers;
mod approvals;
mod audit;
mod authorisation;
mod booking;
mod canaries;
mod changes;
mod consents;
mod contract;
mod crashes;
mod deal_flow;
mod delivery;
mod disclosure;
mod documents;
mod encryption;
mod hostile;
mod idempotency;
mod imports;
mod invitations;
mod layout;
mod live;
mod machines;
mod manners;
mod match_all;
mod matches;
mod meeting_requests;
mod members;
mod migrations;
mod notices;
mod organisations;
mod outcomes;
mod people;
mod personal;
mod postgres_is_here;
#[cfg(feature = "pg-tls")]
mod postgres_tls;
mod programmes;
mod replay;
mod replicas;
mod scorecards;
mod sessions;
mod webhooks;
