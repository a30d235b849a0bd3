//! The door: HTTP, sign-in, OpenAPI and the live snapshot.
//!
//! A handler is the use case: who, which, what, one transaction. What may happen is decided in `domain`, what is better
//! in `scoring`; statements are in `store`. No SQL here, and no judgement.

pub mod auth;

pub mod answer;
mod app;
mod border;
mod calendar;
mod clock;
pub mod error;
pub mod extract;
mod fields;
mod limits;
pub mod live;
mod metrics;
pub mod notices;
mod openapi;
mod other;
mod pages;
pub mod requests;
mod routes;
pub mod scorecards;
mod sealer;
mod sweeper;
mod turns;

use actix_web::{
    App as ActixApp, HttpResponse, HttpServer, dev::Server, http::header, middleware::from_fn, web,
};
use utoipa::OpenApi;
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::SwaggerUi;

pub use app::{App, Limits, Parts, uuid_at};
pub use clock::Clock;
pub use error::{ApiError, Code};
pub use live::{Following, follow};
pub use sealer::{seal, seal_once};
pub use sweeper::{count_exposure, sweep, sweep_once};

macro_rules! hub {
    ($app:expr) => {{
        let (hub, contract) = ActixApp::new()
            .into_utoipa_app()
            .openapi(openapi::Contract::openapi())
            .map(|hub| hub.wrap(from_fn(border::around)).app_data($app))
            .service(routes::health::show_health)
            .service(routes::health::show_readiness)
            .service(routes::health::show_metrics)
            .service(routes::health::show_keys)
            .service(utoipa_actix_web::scope("/v1").configure(routes::configure))
            .split_for_parts();
        (hub, contract)
    }};
}

/// The contract as it stands in `api-spec/openapi.json`.
pub fn contract() -> utoipa::openapi::OpenApi {
    let (_, contract) = hub!(());
    contract
}

/// A server for the hub on `listener`.
///
/// # Errors
/// If the listener cannot be used.
pub fn server(
    app: App,
    listener: std::net::TcpListener,
    workers: usize,
) -> std::io::Result<Server> {
    let server = HttpServer::new(move || {
        let (hub, contract) = hub!(app.clone());
        let known = web::Data::new(other::Known::of(&contract));
        hub.configure(pages::answer::configure)
            .configure(pages::unsubscribe::configure)
            .configure(pages::open::configure)
            .service(SwaggerUi::new("/docs/{_:.*}").url("/openapi.json", contract))
            .route("/docs", web::get().to(docs))
            .app_data(known)
            .default_service(web::to(other::refuse))
    })
    .workers(workers)
    .shutdown_timeout(30)
    .listen(listener)?;
    Ok(server.run())
}

async fn docs() -> HttpResponse {
    HttpResponse::Found()
        .insert_header((header::LOCATION, "/docs/"))
        .finish()
}
