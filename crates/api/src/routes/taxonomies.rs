//! The vocabularies: codes with labels in English and Japanese.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{self, HeaderValue},
    web,
};
use domain::taxonomy::{Axis, TaxonomyView};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    error::{ApiError, ApiResult, Code},
    extract::hex,
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(show_taxonomy);
}

/// Each answer, made once: the bytes and their `ETag`.
static ANSWERS: LazyLock<Vec<(Axis, web::Bytes, String)>> = LazyLock::new(|| {
    Axis::ALL
        .into_iter()
        .map(|axis| {
            let bytes = serde_json::to_vec(&TaxonomyView::of(axis)).expect("plain data");
            let tag = format!("\"{}\"", &hex(&Sha256::digest(&bytes))[..32]);
            (axis, bytes.into(), tag)
        })
        .collect()
});

/// A vocabulary.
///
/// Codes are stable; a code's place in the tree is its `parent`. Steps of a ladder have an `ordinal`.
#[utoipa::path(
    tag = "taxonomies",
    security(()),
    params(("axis" = Axis, Path)),
    responses((status = 200, body = TaxonomyView), (status = 304, description = "Not changed"), ApiError)
)]
#[get("/taxonomies/{axis}")]
pub(crate) async fn show_taxonomy(request: HttpRequest) -> ApiResult<HttpResponse> {
    let asked = request.match_info().get("axis").unwrap_or_default();
    let (_, bytes, tag) = ANSWERS
        .iter()
        .find(|(axis, ..)| axis.as_str() == asked)
        .ok_or(ApiError::from(Code::NotFound))?;
    let same = request
        .headers()
        .get_all(header::IF_NONE_MATCH)
        .any(|given| HeaderValue::from_str(tag).is_ok_and(|tag| tag == *given));
    let mut answer = if same {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    answer
        .insert_header((header::ETAG, tag.as_str()))
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"));
    Ok(if same {
        answer.finish()
    } else {
        answer.content_type("application/json").body(bytes.clone())
    })
}
