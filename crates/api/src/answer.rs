//! The shapes of answers: pages, versions, and creations that happen once however often they are sent.

mod kept;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use domain::Principal;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{
    Conn,
    idempotency_keys::{self, Answer},
};
use utoipa::ToSchema;

use crate::{
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{IdempotencyKey, Signed},
};

pub(crate) use kept::Answers;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageOf<T> {
    /// The items.
    pub items: Vec<T>,
    /// For the next page; absent on the last.
    pub next_cursor: Option<String>,
}

/// An answer with the version of what it shows, which is its `ETag`.
pub(crate) fn versioned(status: StatusCode, version: u32, body: &impl Serialize) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::ETAG, etag(version)))
        .json(body)
}

/// The `ETag` of a version.
pub(crate) fn etag(version: u32) -> String {
    format!("\"{version}\"")
}

/// The query without what differs from page to page.
pub(crate) fn without_paging(query: &str) -> String {
    let mut pairs: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.starts_with("cursor=") && !pair.starts_with("limit="))
        .collect();
    pairs.sort_unstable();
    pairs.join("&")
}

/// What a creating request made.
pub(crate) struct Made<T> {
    /// Where it is: `/v1/organisations/…`.
    pub(crate) location: String,
    /// Its version, where it has one.
    pub(crate) version: Option<u32>,
    /// How it looks.
    pub(crate) body: T,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    location: String,
    version: Option<u32>,
    body: String,
}

impl Kept {
    fn answer(self) -> HttpResponse {
        let mut answer = HttpResponse::Created();
        answer.insert_header((header::LOCATION, self.location));
        if let Some(version) = self.version {
            answer.insert_header((header::ETAG, etag(version)));
        }
        answer.content_type("application/json").body(self.body)
    }
}

/// Creates something in one transaction, once per `Idempotency-Key` of the caller: a repeat is answered byte for byte
/// as the first time, another request under the same key is refused, and so is a repeat while the first is being worked on.
///
/// # Errors
/// Those of `work`; 422 for a key that was used for another request, 409 for one that is in use now.
pub(crate) async fn create<T: Serialize>(
    app: &App,
    caller: &Signed,
    key: IdempotencyKey,
    request_hash: String,
    work: impl Fn(&mut Conn, &Principal) -> ApiResult<Made<T>> + Clone + Send + 'static,
) -> ApiResult<HttpResponse> {
    // Two requests with one key at once: the schema lets one in, whether by the key or by what the work makes, and the
    // other finds its answer in the second round.
    let _in_flight = match &key.0 {
        Some(key) => Some(app.take_key(caller.person, key).ok_or_else(in_flight)?),
        None => None,
    };
    let keyed = key.0.is_some();
    let is_conflict = |error: &ApiError| error.code.status() == StatusCode::CONFLICT;
    let mut refused = ApiError::from(Code::Stale);
    for _ in 0..2 {
        let (key, hash, now) = (key.0.clone(), request_hash.clone(), app.now());
        let work = work.clone();
        let made = app
            .write_as(caller, move |conn, me| {
                if let Some(key) = &key
                    && !idempotency_keys::lock(conn, me.person, key)?
                {
                    return Err(in_flight());
                }
                if let Some(key) = &key
                    && let Some(kept) = idempotency_keys::find(conn, me.person, key)?
                {
                    return replay(&kept, &hash);
                }
                let made = work(conn, me)?;
                let kept = Kept {
                    location: made.location,
                    version: made.version,
                    body: serde_json::to_string(&made.body).map_err(ApiError::internal)?,
                };
                if let Some(key) = &key {
                    let answer = Answer {
                        request_hash: hash,
                        status: StatusCode::CREATED.as_u16(),
                        answer: serde_json::to_string(&kept).map_err(ApiError::internal)?,
                    };
                    idempotency_keys::insert(conn, me.person, key, &answer, now)?;
                }
                Ok(kept)
            })
            .await;
        match made {
            Err(error) if error.code == Code::KeyInFlight => return Err(error),
            Err(error) if error.code == Code::Stale || keyed && is_conflict(&error) => {
                refused = error;
            }
            made => return made.map(Kept::answer),
        }
    }
    Err(refused)
}

/// Another request with the key is being worked on, here or on another replica.
fn in_flight() -> ApiError {
    ApiError {
        retry_after: Some(1),
        ..Code::KeyInFlight.into()
    }
}

fn replay(kept: &Answer, hash: &str) -> ApiResult<Kept> {
    if kept.request_hash != hash {
        return Err(Code::KeyReused.into());
    }
    serde_json::from_str(&kept.answer).map_err(ApiError::internal)
}

/// Whether something changed at `since` or later, if that is asked.
pub(crate) fn is_since(changed_at: Timestamp, since: Option<Timestamp>) -> bool {
    since.is_none_or(|since| changed_at >= since)
}
