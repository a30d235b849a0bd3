//! The log of what was sent to a webhook: how each attempt ended; a trial, and a replay.

use actix_web::{HttpRequest, HttpResponse, get, http::StatusCode, post};
use domain::{DeliveryId, Noun, WebhookId, of};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::deliveries::{self, Attempt, Delivery, Logged, Recipient};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::find_kept;
use crate::{
    answer::PageOf,
    app::App,
    auth::cursor::Cursor,
    error::{ApiError, ApiResult, Code},
    extract::{Body, Nothing, PageSize, PathId, Query, Signed, path_id},
    limits,
    routes::meeting_requests::binding,
};

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryQuery {
    /// Deliveries on a page.
    #[serde(default)]
    limit: PageSize,
    /// From the page before.
    #[param(max_length = 2048)]
    cursor: Option<String>,
}

/// A notice to one webhook, and how it went.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryView {
    /// Its id; with `msg_` before it, the `webhook-id` of every attempt.
    id: DeliveryId,
    /// What happened.
    event: String,
    /// To what.
    noun: String,
    /// To which.
    subject: Uuid,
    /// `waiting`, `delivered`, `failed` or `dropped`.
    state: String,
    /// When it was made.
    created_at: Timestamp,
    /// When it is tried next, while it waits.
    next_at: Option<Timestamp>,
    /// When it came to its end.
    ended_at: Option<Timestamp>,
    /// Its attempts, the first first.
    attempts: Vec<AttemptView>,
}

/// An attempt. What the receiver answered is not kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttemptView {
    /// Which.
    attempt: i32,
    /// When it ended.
    at: Timestamp,
    /// How, in one word: `delivered`, `refused`, `redirect`, `too_slow`, `no_connection`, `forbidden_address`, …
    outcome: String,
    /// The HTTP status that was answered.
    status: Option<i32>,
    /// How long it took.
    millis: i32,
}

impl From<Attempt> for AttemptView {
    fn from(attempt: Attempt) -> AttemptView {
        AttemptView {
            attempt: attempt.attempt,
            at: attempt.at,
            outcome: attempt.outcome,
            status: attempt.status,
            millis: attempt.millis,
        }
    }
}

impl From<Logged> for DeliveryView {
    fn from(logged: Logged) -> DeliveryView {
        let delivery = logged.delivery;
        DeliveryView {
            id: delivery.id,
            event: delivery.event,
            noun: delivery.noun,
            subject: delivery.subject,
            next_at: logged.ended_at.is_none().then_some(delivery.next_at),
            state: logged.state,
            created_at: delivery.created_at,
            ended_at: logged.ended_at,
            attempts: logged.attempts.into_iter().map(Into::into).collect(),
        }
    }
}

/// What was sent to a webhook, newest first. Kept for 30 days.
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path), DeliveryQuery), responses((status = 200, body = PageOf<DeliveryView>), ApiError))]
#[get("/webhooks/{id}/deliveries")]
pub(crate) async fn list_deliveries(
    caller: Signed,
    id: PathId<of::Webhook>,
    query: Query<DeliveryQuery>,
    app: App,
    request: HttpRequest,
) -> ApiResult<HttpResponse> {
    let (binding, query) = (binding(&caller, &request), query.0);
    let before: Option<DeliveryId> = query
        .cursor
        .map(|cursor| Cursor::open(app.cursor_key(), &binding, &cursor))
        .transpose()
        .map_err(|_| Code::InvalidCursor)?;
    let sealing = app.clone();
    let page = app
        .read_as(&caller, move |conn, me| {
            let webhook = find_kept(conn, me, id.0)?;
            let limit = query.limit.as_limit() + 1;
            let mut found = deliveries::list_for_webhook(conn, webhook.id, before, limit)?;
            let more = found.len() > query.limit.get();
            found.truncate(query.limit.get());
            let last = found.last().filter(|_| more).map(|last| last.delivery.id);
            Ok(PageOf {
                items: found.into_iter().map(DeliveryView::from).collect(),
                next_cursor: last.map(|last| Cursor::seal(sealing.cursor_key(), &binding, &last)),
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Send a trial to a webhook: an event `webhook.trial` that tells of nothing.
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path)), request_body = Nothing, responses((status = 202, body = DeliveryView), ApiError))]
#[post("/webhooks/{id}/try")]
pub(crate) async fn try_webhook(
    caller: Signed,
    id: PathId<of::Webhook>,
    _: Body<Nothing>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, new_id) = (app.now(), app.new_id());
    let delivery = app
        .write_as(&caller, move |conn, me| {
            let webhook = find_kept(conn, me, id.0)?;
            if webhook.disabled.is_some() {
                return Err(Code::WebhookDisabled.into());
            }
            let event = "webhook.trial";
            let data =
                json!({"noun": Noun::Webhook.code(), "id": webhook.id, "version": webhook.version});
            let delivery = Delivery {
                id: new_id,
                outbox_seq: None,
                recipient: Recipient::Webhook(webhook.id),
                event: event.to_owned(),
                noun: Noun::Webhook.code().to_owned(),
                subject: webhook.id.uuid(),
                body: json!({"type": event, "timestamp": now, "data": data}),
                next_at: now,
                attempts: 0,
                created_at: now,
            };
            deliveries::insert(conn, std::slice::from_ref(&delivery))?;
            Ok(delivery)
        })
        .await?;
    let logged = Logged {
        delivery,
        state: "waiting".to_owned(),
        ended_at: None,
        attempts: Vec::new(),
    };
    Ok(HttpResponse::build(StatusCode::ACCEPTED).json(DeliveryView::from(logged)))
}

/// Send a delivery again, whatever became of it. It keeps its id, so that the receiver can tell.
#[utoipa::path(
    tag = "webhooks",
    params(("id" = WebhookId, Path), ("delivery" = DeliveryId, Path)),
    request_body = Nothing,
    responses((status = 202), ApiError)
)]
#[post("/webhooks/{id}/deliveries/{delivery}/replay")]
pub(crate) async fn replay_delivery(
    caller: Signed,
    id: PathId<of::Webhook>,
    _: Body<Nothing>,
    app: App,
    request: HttpRequest,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let delivery: DeliveryId = path_id(&request, "delivery")?;
    let now = app.now();
    app.write_as(&caller, move |conn, me| {
        let webhook = find_kept(conn, me, id.0)?;
        if webhook.disabled.is_some() {
            return Err(Code::WebhookDisabled.into());
        }
        if deliveries::replay(conn, webhook.id, delivery, now)? {
            Ok(())
        } else {
            Err(ApiError::not_found(Noun::Delivery))
        }
    })
    .await?;
    Ok(HttpResponse::Accepted().finish())
}
