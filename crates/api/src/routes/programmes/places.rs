//! The places of a programme: tables, rooms, links.

use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use domain::{Line, Noun, PlaceId, PlaceKind, ProgrammeId, of};
use serde::Deserialize;
use serde_json::json;
use store::{
    journal::{self, Change},
    occupied, places,
};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    answer::{self, Made, PageOf},
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{Body, IdempotencyKey, PathId, Signed, path_id},
    limits,
    routes::meetings::view::PlaceView,
};

use super::{find_known, find_staffed};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_places)
        .service(create_place)
        .service(delete_place);
}

/// Meetings at most in one place at one time.
const SEATS_MAX: u16 = 1000;

/// A new place.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPlace {
    /// What kind.
    kind: PlaceKind,
    /// What stands on its sign. No two places of a programme have the same name.
    name: Line<200>,
    /// Meetings that it takes at one time, for a room or a link; one, otherwise.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1000)]
    seats: Option<u16>,
    /// Where to click, for a virtual one; for those who meet there.
    #[serde(default)]
    link: Option<domain::Website>,
}

impl NewPlace {
    fn place(self, id: PlaceId, programme: ProgrammeId) -> ApiResult<places::Place> {
        let seats = self.seats.unwrap_or(1);
        if !(1..=SEATS_MAX).contains(&seats) {
            return Err(ApiError::body("seats", "is not between 1 and 1000"));
        }
        if self.kind == PlaceKind::Table && seats != 1 {
            let message = "is for places of the kind room or virtual";
            return Err(ApiError::body("seats", message));
        }
        match (self.kind, &self.link) {
            (PlaceKind::Virtual, None) => return Err(ApiError::body("link", "is needed")),
            (PlaceKind::Table | PlaceKind::Room, Some(_)) => {
                return Err(ApiError::body("link", "is for places of the kind virtual"));
            }
            _ => {}
        }
        Ok(places::Place {
            id,
            programme,
            kind: self.kind,
            name: self.name,
            seats,
            link: self.link.map(String::from),
        })
    }
}

/// The places of a programme, by name.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path)),
    responses((status = 200, body = PageOf<PlaceView>), ApiError)
)]
#[get("/programmes/{id}/places")]
pub(crate) async fn list_places(
    caller: Signed,
    id: PathId<of::Programme>,
    app: App,
) -> ApiResult<HttpResponse> {
    let snapshot = app.live().snapshot();
    let items: Vec<PlaceView> = app
        .read_as(&caller, move |conn, me| {
            find_known(conn, &snapshot, me, id.0)?;
            let places = places::list(conn, id.0)?;
            let view = if me.is_staff_of(id.0) {
                PlaceView::whole
            } else {
                PlaceView::listed
            };
            Ok(places.iter().map(view).collect())
        })
        .await?;
    let next_cursor = None;
    Ok(HttpResponse::Ok().json(PageOf { items, next_cursor }))
}

/// Add a place. For staff of the programme.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = NewPlace,
    responses((status = 201, body = PlaceView), ApiError)
)]
#[post("/programmes/{id}/places")]
pub(crate) async fn create_place(
    caller: Signed,
    id: PathId<of::Programme>,
    key: IdempotencyKey,
    new: Body<NewPlace>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot, place) = (app.now(), app.live().snapshot(), app.new_id());
    let Body { value: new, hash } = new;
    let programme = id.0;
    answer::create(&app, &caller, key, hash, move |conn, me| {
        find_staffed(conn, &snapshot, me, programme)?;
        let new = new.clone().place(place, programme)?;
        places::insert(conn, &new, now)?;
        let change = Change {
            action: "created",
            noun: Noun::Place,
            id: place.uuid(),
            version: 1,
            person: Some(me.person),
            party: None,
            detail: json!({"programme": programme, "kind": new.kind, "seats": new.seats}),
        };
        journal::insert(conn, &change, now)?;
        Ok(Made {
            location: format!("/v1/programmes/{programme}/places/{place}"),
            version: None,
            body: PlaceView::whole(&new),
        })
    })
    .await
}

/// Put a place away, unless a meeting is booked there. For staff of the programme.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path), ("place" = PlaceId, Path)),
    responses((status = 204), ApiError)
)]
#[delete("/programmes/{id}/places/{place}")]
pub(crate) async fn delete_place(
    caller: Signed,
    id: PathId<of::Programme>,
    request: HttpRequest,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let place = path_id::<of::Place>(&request, "place");
    app.write_as(&caller, move |conn, me| {
        find_staffed(conn, &snapshot, me, id.0)?;
        let place = place?;
        places::save_archived(conn, id.0, place, now)?;
        if occupied::count_after(conn, place.uuid(), now)? > 0 {
            return Err(Code::PlaceInUse.into());
        }
        let change = Change {
            action: "archived",
            noun: Noun::Place,
            id: place.uuid(),
            version: 2,
            person: Some(me.person),
            party: None,
            detail: json!({"programme": id.0}),
        };
        Ok(journal::insert(conn, &change, now)?)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
