//! The contract: OpenAPI 3.1 from the handlers, and the page that shows it without a network.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        Info,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::error::{Code, FieldError, Problem};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Nakodo",
        description = "Ranks startups, investors, incubators and the others of an innovation hub, says why, and carries each introduction from the request to the meeting.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Problem, FieldError, Code)),
    security(("bearer" = [])),
    modifiers(&Bearer)
)]
pub(crate) struct Contract;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, contract: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .build();
        if let Some(components) = contract.components.as_mut() {
            components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
        }
        let Info { version, .. } = &mut contract.info;
        env!("CARGO_PKG_VERSION").clone_into(version);
    }
}
