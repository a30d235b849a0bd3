//! The life of an organisation: handed in, taken in or not, suspended, put away.

use actix_web::{HttpResponse, http::StatusCode, post};
use domain::{NotInReview, OrganisationId, Reason, Review, ReviewStep, Role, of};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    access::{find_reviewable, find_seen, find_writable, is_hub_staff},
    close::close_requests,
    record::Writer,
    view::OrganisationView,
};
use crate::{
    answer::versioned,
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{Body, IfMatch, Nothing, PathId, Reader, Signed},
    limits,
};

/// A step with what goes with it.
struct Asked {
    id: OrganisationId,
    if_match: IfMatch,
    step: ReviewStep,
    detail: Value,
}

async fn take(app: App, caller: Signed, reader: Reader, asked: Asked) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let view = app
        .write_as(&caller, move |conn, me| {
            let find = match asked.step {
                ReviewStep::Submit => find_writable,
                _ => find_reviewable,
            };
            let mut seen = find(conn, &snapshot, me, asked.id, now)?;
            let organisation = &mut seen.listed.organisation;
            asked.if_match.allow(organisation.version)?;
            let (state, step) = (organisation.review, asked.step);
            if organisation.archived_at.is_some() {
                return Err(NotInReview { state, step }.into());
            }
            organisation.review = state.apply(step)?;
            let writer = Writer {
                person: me.person,
                now,
            };
            writer.step(conn, organisation, step.done(), asked.detail)?;
            if step == ReviewStep::Suspend {
                close_requests(conn, &snapshot, asked.id, Reason::PartySuspended, now)?;
            }
            OrganisationView::of(conn, &seen, reader.0)
        })
        .await?;
    Ok(versioned(StatusCode::OK, view.version, &view))
}

/// Hand an organisation in for the staff's review.
///
/// Its members do, while it is a draft or was rejected; staff do for one that nobody has claimed.
#[utoipa::path(
    tag = "organisations",
    params(("id" = OrganisationId, Path), ("If-Match" = Option<String>, Header)),
    request_body = Nothing, responses((status = 200, body = OrganisationView), ApiError)
)]
#[post("/organisations/{id}/submit")]
pub(crate) async fn submit_organisation(
    caller: Signed,
    id: PathId<of::Organisation>,
    if_match: IfMatch,
    _: Body<Nothing>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    let asked = Asked {
        id: id.0,
        if_match,
        step: ReviewStep::Submit,
        detail: json!({}),
    };
    take(app, caller, reader, asked).await
}

/// Take an organisation in: from now on it is listed and matched. Staff of the hub do, who do not belong to its house.
#[utoipa::path(
    tag = "organisations",
    params(("id" = OrganisationId, Path), ("If-Match" = Option<String>, Header)),
    request_body = Nothing, responses((status = 200, body = OrganisationView), ApiError)
)]
#[post("/organisations/{id}/approve")]
pub(crate) async fn approve_organisation(
    caller: Signed,
    id: PathId<of::Organisation>,
    if_match: IfMatch,
    _: Body<Nothing>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    let asked = Asked {
        id: id.0,
        if_match,
        step: ReviewStep::Approve,
        detail: json!({}),
    };
    take(app, caller, reader, asked).await
}

/// Why an organisation is not taken in.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RejectReason {
    /// 情報不足
    Incomplete,
    /// 対象外
    NotAFit,
    /// 重複
    Duplicate,
    /// 法令・規程
    Compliance,
    /// その他
    Other,
}

/// A rejection.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rejection {
    /// Why; shown to its members.
    reason: RejectReason,
}

/// Do not take an organisation in. Its members may hand it in again.
#[utoipa::path(
    tag = "organisations",
    params(("id" = OrganisationId, Path), ("If-Match" = Option<String>, Header)),
    request_body = Rejection,
    responses((status = 200, body = OrganisationView), ApiError)
)]
#[post("/organisations/{id}/reject")]
pub(crate) async fn reject_organisation(
    caller: Signed,
    id: PathId<of::Organisation>,
    if_match: IfMatch,
    rejection: Body<Rejection>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    let asked = Asked {
        id: id.0,
        if_match,
        step: ReviewStep::Reject,
        detail: json!({"reason": rejection.value.reason}),
    };
    take(app, caller, reader, asked).await
}

/// Take an organisation off every list. Its open requests are closed; its members may read and not write.
#[utoipa::path(
    tag = "organisations",
    params(("id" = OrganisationId, Path), ("If-Match" = Option<String>, Header)),
    request_body = Nothing, responses((status = 200, body = OrganisationView), ApiError)
)]
#[post("/organisations/{id}/suspend")]
pub(crate) async fn suspend_organisation(
    caller: Signed,
    id: PathId<of::Organisation>,
    if_match: IfMatch,
    _: Body<Nothing>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    let asked = Asked {
        id: id.0,
        if_match,
        step: ReviewStep::Suspend,
        detail: json!({}),
    };
    take(app, caller, reader, asked).await
}

/// Put an organisation away, for good. Its owners do, or staff. Its open requests are closed.
#[utoipa::path(
    tag = "organisations",
    params(("id" = OrganisationId, Path), ("If-Match" = Option<String>, Header)),
    request_body = Nothing, responses((status = 200, body = OrganisationView), ApiError)
)]
#[post("/organisations/{id}/archive")]
pub(crate) async fn archive_organisation(
    caller: Signed,
    id: PathId<of::Organisation>,
    if_match: IfMatch,
    _: Body<Nothing>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let view = app
        .write_as(&caller, move |conn, me| {
            let mut seen = find_seen(conn, &snapshot, me, id.0, now)?;
            let organisation = &mut seen.listed.organisation;
            let owns =
                me.role_in(id.0) == Some(Role::Owner) && organisation.review != Review::Suspended;
            if !owns && !is_hub_staff(&snapshot, me) {
                return Err(Code::Forbidden.into());
            }
            if organisation.archived_at.is_some() {
                let details = json!({"review": "archived"});
                return Err(ApiError::from(Code::ReviewState).with_details(details));
            }
            if_match.allow(organisation.version)?;
            organisation.archived_at = Some(now);
            let writer = Writer {
                person: me.person,
                now,
            };
            writer.step(conn, organisation, "archived", json!({}))?;
            close_requests(conn, &snapshot, id.0, Reason::PartyArchived, now)?;
            OrganisationView::of(conn, &seen, reader.0)
        })
        .await?;
    Ok(versioned(StatusCode::OK, view.version, &view))
}
