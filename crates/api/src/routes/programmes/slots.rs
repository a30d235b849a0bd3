//! The slots of a programme: the times at which its meetings can be.

use actix_web::{HttpRequest, HttpResponse, delete, get, http::StatusCode, post};
use domain::{
    Id, Noun, ProgrammeId, SlotId, of,
    schedule::{Series, Span, Zone, slots_of},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    journal::{self, Change},
    meeting_requests,
    slots::{self, Slot},
};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    answer::PageOf,
    app::{App, uuid_at},
    error::{ApiError, ApiResult, Code},
    extract::{Body, PathId, Query, Signed, path_id},
    limits,
};

use super::{find_known, find_staffed};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_slots)
        .service(create_slots)
        .service(delete_slot);
}

/// Series at most in one body.
const SERIES_MAX: usize = 20;

/// Slots in one answer at most.
const LISTED_MAX: i64 = 1_000;

/// How far a list looks ahead, and at most.
const LOOK_AHEAD: SignedDuration = SignedDuration::from_hours(24 * 31);

/// A slot.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SlotView {
    /// Its id.
    id: SlotId,
    /// When it begins.
    starts_at: Timestamp,
    /// When it ends.
    ends_at: Timestamp,
}

impl From<&Slot> for SlotView {
    fn from(slot: &Slot) -> SlotView {
        SlotView {
            id: slot.id,
            starts_at: slot.span.starts_at(),
            ends_at: slot.span.ends_at(),
        }
    }
}

/// Slots to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSlots {
    /// The zone whose clocks the days and times are read from.
    zone: Zone,
    /// Slots of one length, one after the other.
    #[schema(min_items = 1, max_items = 20)]
    series: Vec<Series>,
}

impl NewSlots {
    fn spans(&self) -> ApiResult<Vec<Span>> {
        if self.series.is_empty() {
            return Err(ApiError::body("series", "is empty"));
        }
        if self.series.len() > SERIES_MAX {
            let message = format!("has more than {SERIES_MAX} entries");
            return Err(ApiError::body("series", message));
        }
        Ok(slots_of(&self.series, &self.zone)?)
    }
}

/// Which slots.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SlotsQuery {
    /// Those that begin at or after this instant; from now on, otherwise.
    from: Option<Timestamp>,
    /// Those that begin before this instant; a month later, otherwise and at most.
    until: Option<Timestamp>,
}

impl SlotsQuery {
    fn window(&self, now: Timestamp) -> ApiResult<Span> {
        let from = self.from.unwrap_or(now);
        let last = from.saturating_add(LOOK_AHEAD).unwrap_or(from);
        let until = self.until.unwrap_or(last).min(last);
        Span::within(from, until).ok_or_else(|| {
            ApiError::field(Code::InvalidQuery, "until", "is not after its beginning")
        })
    }
}

/// The slots of a programme, earliest first; at most 1,000.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path), SlotsQuery),
    responses((status = 200, body = PageOf<SlotView>), ApiError)
)]
#[get("/programmes/{id}/slots")]
pub(crate) async fn list_slots(
    caller: Signed,
    id: PathId<of::Programme>,
    query: Query<SlotsQuery>,
    app: App,
) -> ApiResult<HttpResponse> {
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let items: Vec<SlotView> = app
        .read_as(&caller, move |conn, me| {
            find_known(conn, &snapshot, me, id.0)?;
            let window = query.0.window(now)?;
            let slots = slots::list_in(conn, id.0, window, LISTED_MAX)?;
            Ok(slots.iter().map(Into::into).collect())
        })
        .await?;
    let next_cursor = None;
    Ok(HttpResponse::Ok().json(PageOf { items, next_cursor }))
}

/// Add slots: all of them, or none if one overlaps another. For staff of the programme.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path)),
    request_body = NewSlots,
    responses((status = 201, body = PageOf<SlotView>), ApiError)
)]
#[post("/programmes/{id}/slots")]
pub(crate) async fn create_slots(
    caller: Signed,
    id: PathId<of::Programme>,
    new: Body<NewSlots>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot, event) = (app.now(), app.live().snapshot(), app.new_uuid());
    let items: Vec<SlotView> = app
        .write_as(&caller, move |conn, me| {
            find_staffed(conn, &snapshot, me, id.0)?;
            let spans = new.value.spans()?;
            let slot = |span| Slot {
                id: Id::from_uuid(uuid_at(now)),
                span,
            };
            let slots: Vec<Slot> = spans.into_iter().map(slot).collect();
            slots::insert_all(conn, id.0, &slots, now)?;
            let change = Change {
                action: "created",
                noun: Noun::Slot,
                id: event,
                version: 1,
                person: Some(me.person),
                party: None,
                detail: json!({"programme": id.0, "slots": slots.len()}),
            };
            journal::insert(conn, &change, now)?;
            Ok(slots.iter().map(Into::into).collect())
        })
        .await?;
    let next_cursor = None;
    Ok(HttpResponse::build(StatusCode::CREATED).json(PageOf { items, next_cursor }))
}

/// Take a slot away, unless a meeting is booked in it. For staff of the programme.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path), ("slot" = SlotId, Path)),
    responses((status = 204), ApiError)
)]
#[delete("/programmes/{id}/slots/{slot}")]
pub(crate) async fn delete_slot(
    caller: Signed,
    id: PathId<of::Programme>,
    request: HttpRequest,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let slot = path_id::<of::Slot>(&request, "slot");
    app.write_as(&caller, move |conn, me| {
        find_staffed(conn, &snapshot, me, id.0)?;
        let slot = slots::find(conn, id.0, slot?)?;
        if meeting_requests::is_scheduled_over(conn, id.0, slot.span)? {
            return Err(Code::SlotInUse.into());
        }
        slots::delete(conn, id.0, slot.id)?;
        let change = Change {
            action: "deleted",
            noun: Noun::Slot,
            id: slot.id.uuid(),
            version: 1,
            person: Some(me.person),
            party: None,
            detail: json!({"programme": id.0}),
        };
        Ok(journal::insert(conn, &change, now)?)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
