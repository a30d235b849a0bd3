//! Whether the program runs and can work, its figures, and its public keys.

use actix_web::{HttpResponse, get, http::header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::{App, off_thread},
    error::{ApiError, ApiResult, Code},
};

/// How the program is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    status: &'static str,
}

/// Whether the program runs.
#[utoipa::path(tag = "operations", security(()), responses((status = 200, body = Health)))]
#[get("/healthz")]
pub(crate) async fn show_health() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok" })
}

/// How long ago the change log may have been read before the program is not ready. One that has much to read is ready: it
/// answers, and all replicas have the same to read.
const UNREAD_MAX: std::time::Duration = std::time::Duration::from_secs(10);

/// Whether the program can work: the database answers, and the snapshot follows it.
#[utoipa::path(tag = "operations", security(()), responses((status = 200, body = Health), ApiError))]
#[get("/readyz")]
pub(crate) async fn show_readiness(app: App) -> ApiResult<HttpResponse> {
    let store = app.store().clone();
    off_thread(move || Ok(store.ping()?)).await?;
    if app.live().unread_for(app.now()) > UNREAD_MAX {
        return Err(Code::Unavailable.into());
    }
    Ok(HttpResponse::Ok().json(Health { status: "ok" }))
}

/// Figures for Prometheus.
#[utoipa::path(tag = "operations", security(()), responses((status = 200, body = String, content_type = "text/plain")))]
#[get("/metrics")]
pub(crate) async fn show_metrics(app: App) -> HttpResponse {
    let text = app.metrics().render(app.live().age(app.now()));
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4")
        .body(text)
}

/// The public keys with which access tokens can be checked, as a JWK set (RFC 7517).
#[utoipa::path(tag = "operations", security(()), responses((status = 200, body = Object)))]
#[get("/.well-known/jwks.json")]
pub(crate) async fn show_keys(app: App) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .json(app.keys().jwks())
}
