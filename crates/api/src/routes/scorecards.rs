//! Scorecards: put here, read, compared. Which is in force where stands with the programmes.

mod activations;
pub(crate) mod preview;
mod view;

use actix_web::{HttpRequest, HttpResponse, get, post};
use domain::{Line, Noun, Principal};
use scoring::Card;
use serde::{Deserialize, Serialize};
use store::{
    Conn, StoreError,
    scorecards::{self as stored, Put},
};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    answer::{self, Made, PageOf},
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{Body, IdempotencyKey, Query, Signed},
    limits, scorecards,
};
use view::{DifferenceView, ScorecardLine, ScorecardView};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_scorecards)
        .service(put_scorecard)
        .service(show_scorecard)
        .service(list_scorecard_differences)
        .configure(activations::configure)
        .service(preview::preview_scorecard);
}

/// Staff of any programme, and admins.
fn require_staff(me: &Principal) -> ApiResult<()> {
    if me.admin || !me.staff_of.is_empty() {
        Ok(())
    } else {
        Err(Code::Forbidden.into())
    }
}

/// The hash in a path. What is none names no card.
fn hash_in(request: &HttpRequest) -> ApiResult<String> {
    let hash = request.match_info().get("id").unwrap_or_default();
    checked(hash)
}

fn checked(hash: &str) -> ApiResult<String> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if hash.len() == 64 && hash.bytes().all(is_digit) {
        Ok(hash.to_owned())
    } else {
        Err(ApiError::not_found(Noun::Scorecard))
    }
}

/// The text of a card that was put here, or of the one that ships.
fn find(conn: &mut Conn, hash: &str) -> ApiResult<(Card, Option<Put>)> {
    let put = match stored::find(conn, hash) {
        Err(StoreError::NotFound(_)) if hash == Card::default_card().hash() => None,
        found => Some(found?),
    };
    let text = put.as_ref().map_or(Card::DEFAULT_TEXT, |put| &put.text);
    let card = Card::parse(text).map_err(|_| ApiError::from(Code::ScorecardNotReadable))?;
    Ok((card, put))
}

/// The scorecards that were put here, the latest first, at most 200. For staff.
#[utoipa::path(tag = "scorecards", responses((status = 200, body = PageOf<ScorecardLine>), ApiError))]
#[get("/scorecards")]
pub(crate) async fn list_scorecards(caller: Signed, app: App) -> ApiResult<HttpResponse> {
    let items = app
        .read_as(&caller, |conn, me| {
            require_staff(me)?;
            let all = stored::list(conn)?;
            Ok(all.iter().map(ScorecardLine::of).collect::<Vec<_>>())
        })
        .await?;
    let next_cursor = None;
    Ok(HttpResponse::Ok().json(PageOf { items, next_cursor }))
}

/// A scorecard to be put here.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewScorecard {
    /// The card as its file has it. What is wrong in it is named by the line of this text.
    text: String,
    /// What it is for.
    #[serde(default)]
    note: Option<Line<300>>,
}

/// Put a scorecard here. For staff.
///
/// It is in force nowhere until it is activated. The same content is the same card, put here once: who sends it again is
/// shown the first.
#[utoipa::path(
    tag = "scorecards",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = NewScorecard,
    responses((status = 201, body = ScorecardView), ApiError)
)]
#[post("/scorecards")]
pub(crate) async fn put_scorecard(
    caller: Signed,
    key: IdempotencyKey,
    new: Body<NewScorecard>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, event) = (app.now(), app.new_uuid());
    let Body { value: new, hash } = new;
    answer::create(&app, &caller, key, hash, move |conn, me| {
        require_staff(me)?;
        let card = scorecards::read(&new.text).map_err(|bad| ApiError::body("text", bad))?;
        let put = Put {
            hash: card.hash().to_owned(),
            text: new.text.clone(),
            note: new.note.as_ref().map(ToString::to_string),
            by: Some(me.person),
            at: now,
        };
        scorecards::put(conn, &put, event)?;
        let kept = stored::find(conn, &put.hash)?;
        Ok(Made {
            location: format!("/v1/scorecards/{}", put.hash),
            version: None,
            body: ScorecardView::of(&card, Some(&kept), true),
        })
    })
    .await
}

/// One scorecard: its text, and its sections as people read them. For everybody who is signed in: nothing scored is
/// secret.
#[utoipa::path(
    tag = "scorecards",
    params(("id" = String, Path, description = "Content hash of the card")),
    responses((status = 200, body = ScorecardView), ApiError)
)]
#[get("/scorecards/{id}")]
pub(crate) async fn show_scorecard(
    caller: Signed,
    request: HttpRequest,
    app: App,
) -> ApiResult<HttpResponse> {
    let hash = hash_in(&request)?;
    let view = app
        .read_as(&caller, move |conn, me| {
            let (card, put) = find(conn, &hash)?;
            let is_staff = require_staff(me).is_ok();
            Ok(ScorecardView::of(&card, put.as_ref(), is_staff))
        })
        .await?;
    Ok(HttpResponse::Ok().json(view))
}

/// With which card.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DifferenceQuery {
    /// Content hash of the card that it is compared with; the one that ships otherwise.
    from: Option<String>,
}

/// What a card pays otherwise than another.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DifferenceList {
    /// Cell by cell, in the order of sections, factors and levels.
    items: Vec<DifferenceView>,
}

/// Each cell that a card pays otherwise than another. For staff.
#[utoipa::path(
    tag = "scorecards",
    params(("id" = String, Path, description = "Content hash of the card"), DifferenceQuery),
    responses((status = 200, body = DifferenceList), ApiError)
)]
#[get("/scorecards/{id}/differences")]
pub(crate) async fn list_scorecard_differences(
    caller: Signed,
    request: HttpRequest,
    query: Query<DifferenceQuery>,
    app: App,
) -> ApiResult<HttpResponse> {
    let (hash, from) = (hash_in(&request), query.0.from);
    let items = app
        .read_as(&caller, move |conn, me| {
            require_staff(me)?;
            let (after, _) = find(conn, &hash?)?;
            let from = from.as_deref().unwrap_or(Card::default_card().hash());
            let (before, _) = find(conn, &checked(from)?)?;
            let differences = before.differences(&after);
            Ok(differences.into_iter().map(DifferenceView::from).collect())
        })
        .await?;
    Ok(HttpResponse::Ok().json(DifferenceList { items }))
}
