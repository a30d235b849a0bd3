//! The documents of an organisation: each a resource with its own version, which is its `ETag`.
//!
//! One implementation for all kinds; the handlers name kind and path.

mod many;
pub(crate) mod single;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    single::configure(config);
    many::configure(config);
}
