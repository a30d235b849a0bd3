//! Meetings 面談: what everybody who takes part may see of them, and no more.

pub(crate) mod view;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn configure(_config: &mut ServiceConfig<'_>) {}
