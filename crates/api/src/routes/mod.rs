//! The resources, one file each. [`configure`] is the list of what there is.

mod affiliations;
mod approvals;
mod audit;
mod availability;
mod calendars;
mod changes;
mod consents;
mod deal_flow;
mod documents;
pub(crate) mod health;
mod invitations;
mod machine_tokens;
mod marks;
mod matches;
pub(crate) mod me;
pub(crate) mod meeting_requests;
mod meetings;
mod members;
pub(crate) mod notice_settings;
mod organisations;
mod people;
mod programmes;
pub(crate) mod scorecards;
mod sessions;
mod taxonomies;
mod webhooks;

use utoipa_actix_web::service_config::ServiceConfig;

/// Everything under `/v1`.
pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    sessions::configure(config);
    me::configure(config);
    matches::configure(config);
    deal_flow::configure(config);
    meeting_requests::configure(config);
    meetings::configure(config);
    availability::configure(config);
    calendars::configure(config);
    approvals::configure(config);
    organisations::configure(config);
    documents::configure(config);
    members::configure(config);
    invitations::configure(config);
    affiliations::configure(config);
    programmes::configure(config);
    people::configure(config);
    taxonomies::configure(config);
    notice_settings::configure(config);
    audit::configure(config);
    webhooks::configure(config);
    machine_tokens::configure(config);
    changes::configure(config);
    marks::configure(config);
    consents::configure(config);
    scorecards::configure(config);
}
