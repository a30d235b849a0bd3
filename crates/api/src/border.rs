//! The border of the program: every answer gets its request id, every error its body, every failure one line in the log.

use std::panic::AssertUnwindSafe;

use actix_web::{
    Error, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
};
use domain::Language;
use futures_util::FutureExt;
use uuid::Uuid;

use crate::{
    app::App,
    error::{ApiError, Code},
    other,
};

/// The header with the id of the request.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request as it stands in the answer and in the log.
#[derive(Clone, Debug)]
struct RequestId(HeaderValue);

impl RequestId {
    fn of(id: Uuid) -> RequestId {
        let mut buffer = Uuid::encode_buffer();
        let text = id.hyphenated().encode_lower(&mut buffer);
        RequestId(HeaderValue::from_str(text).expect("a UUID is visible ASCII"))
    }

    fn as_str(&self) -> &str {
        self.0.to_str().expect("a UUID is visible ASCII")
    }
}

/// The language of who sent these headers.
pub(crate) fn accepted(headers: &HeaderMap) -> Language {
    let value = headers.get(header::ACCEPT_LANGUAGE);
    language_of(value.and_then(|value| value.to_str().ok()))
}

/// The language of the reader: the first of English and Japanese in `Accept-Language`, by weight; English otherwise.
fn language_of(accept_language: Option<&str>) -> Language {
    let mut best = (0, Language::En);
    for part in accept_language.unwrap_or_default().split(',').take(20) {
        let (tag, weight) = part.split_once(';').unwrap_or((part, "q=1"));
        let weight = weight
            .trim()
            .strip_prefix("q=")
            .and_then(|weight| weight.parse::<f32>().ok())
            .filter(|weight| (0.0..=1.0).contains(weight))
            .map_or(0, |weight| {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "0 to 1000"
                )]
                let thousandths = (weight * 1000.0) as u32;
                thousandths
            });
        let language = match tag.trim().split('-').next().unwrap_or_default() {
            "ja" | "JA" => Language::Ja,
            "en" | "EN" => Language::En,
            _ => continue,
        };
        if weight > best.0 {
            best = (weight, language);
        }
    }
    best.1
}

/// What stands around every route.
///
/// # Errors
/// Those of the routes, as answers.
pub(crate) async fn around(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    let app = request
        .app_data::<App>()
        .cloned()
        .ok_or_else(|| ApiError::internal("the app is not there"))?;
    let id = RequestId::of(app.new_uuid());
    let started = std::time::Instant::now();
    let method = request.method().clone();
    let mut response = match other::refuse_query(&request) {
        Ok(()) => call(request, next, &id).await?,
        Err(error) => request.into_response(error.error_response()),
    };
    let route = response.request().match_pattern();
    let failed = response
        .response_mut()
        .extensions_mut()
        .remove::<ApiError>();
    let mut response = match failed.or_else(|| unknown(&response, &method)) {
        Some(error) => {
            log_cause(&error, &id);
            let language = accepted(response.request().headers());
            response.map_body(|head, _| body_of(head, &error, &id, language))
        }
        None => response,
    };
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id.0.clone());
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-store"),
        );
    }
    let status = response.status();
    let route = route.as_deref().unwrap_or("unknown");
    let took = started.elapsed();
    app.metrics().answered(&method, route, status, took);
    tracing::info!(
        request_id = id.as_str(),
        method = method.as_str(),
        route,
        status = status.as_u16(),
        micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        "answered"
    );
    Ok(response)
}

/// Calls the route. A panic ends the request that met it and nothing else.
async fn call(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    id: &RequestId,
) -> Result<ServiceResponse, Error> {
    let called = AssertUnwindSafe(next.call(request)).catch_unwind().await;
    let response = called.map_err(|_| {
        tracing::error!(request_id = id.as_str(), "a handler panicked");
        ApiError::from(Code::Internal)
    })??;
    Ok(response.map_into_boxed_body())
}

/// Errors that no handler made: no such route, no such method.
fn unknown(response: &ServiceResponse<BoxBody>, method: &Method) -> Option<ApiError> {
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| {
            let kind = kind.as_bytes();
            kind.starts_with(b"application/") || kind.starts_with(b"text/html")
        });
    if is_json {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(Code::NotFound.into()),
        StatusCode::METHOD_NOT_ALLOWED => Some(Code::MethodNotAllowed.into()),
        status if status.is_server_error() => Some(ApiError::internal(format!(
            "{method} answered {status} without a code"
        ))),
        status if status == StatusCode::PAYLOAD_TOO_LARGE => Some(Code::BodyTooLarge.into()),
        status if status.is_client_error() => Some(Code::InvalidHeader.into()),
        _ => None,
    }
}

fn log_cause(error: &ApiError, id: &RequestId) {
    let code = error.code.code();
    match (&error.cause, error.code.status().is_server_error()) {
        (cause, true) => {
            let cause = cause.as_deref().unwrap_or("unknown");
            tracing::error!(request_id = id.as_str(), code, cause, "failed");
        }
        (Some(cause), false) => tracing::debug!(request_id = id.as_str(), code, cause, "refused"),
        (None, false) => {}
    }
}

fn body_of(
    head: &mut actix_web::dev::ResponseHead,
    error: &ApiError,
    id: &RequestId,
    language: Language,
) -> BoxBody {
    let status = error.code.status();
    head.status = status;
    head.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    let problem = error.problem(language, id.as_str().to_owned());
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    BoxBody::new(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_gets_the_language_they_weigh_most() {
        for (header, language) in [
            (None, Language::En),
            (Some("ja"), Language::Ja),
            (Some("ja-JP,en;q=0.5"), Language::Ja),
            (Some("en;q=0.4, ja;q=0.6"), Language::Ja),
            (Some("fr, de;q=0.9"), Language::En),
            (Some("ja;q=0, *"), Language::En),
            (Some(";;q=,,"), Language::En),
        ] {
            assert_eq!(language_of(header), language, "{header:?}");
        }
    }
}
