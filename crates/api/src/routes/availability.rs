//! Availability 対応可能時間: when people, and the people of organisations, can be met. For themselves and staff.

use actix_web::{HttpResponse, get, http::StatusCode, put};
use domain::{Noun, OrganisationId, Principal, Tier, of, schedule::Availability};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use store::{
    Conn, StoreError,
    availability::{self, Owner, Stored},
    journal::{self, Change},
};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    answer::versioned,
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{Body, PathId, Signed},
    limits,
    routes::{
        documents::single::Condition,
        organisations::access::{find_seen, find_writable},
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(show_my_availability)
        .service(save_my_availability)
        .service(show_availability)
        .service(save_availability);
}

/// When somebody can be met.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AvailabilityView {
    /// Counts the changes; its `ETag`.
    version: u32,
    /// The hours.
    availability: Availability,
}

impl From<Stored> for AvailabilityView {
    fn from(stored: Stored) -> AvailabilityView {
        AvailabilityView {
            version: stored.version,
            availability: stored.availability,
        }
    }
}

/// When I can be met.
#[utoipa::path(tag = "availability", responses((status = 200, body = AvailabilityView), ApiError))]
#[get("/me/availability")]
pub(crate) async fn show_my_availability(caller: Signed, app: App) -> ApiResult<HttpResponse> {
    let view: AvailabilityView = app
        .read_as(&caller, move |conn, me| {
            let owner = Owner::Person(me.person.uuid());
            Ok(availability::find(conn, owner)?.into())
        })
        .await?;
    Ok(versioned(StatusCode::OK, view.version, &view))
}

/// Say when I can be met. What is booked already stays booked.
#[utoipa::path(
    tag = "availability",
    params(
        ("If-Match" = Option<String>, Header, description = "The version that you read; needed once there is one"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: only if there is none yet"),
    ),
    request_body = Availability,
    responses((status = 200, body = AvailabilityView), (status = 201, body = AvailabilityView), ApiError)
)]
#[put("/me/availability")]
pub(crate) async fn save_my_availability(
    caller: Signed,
    condition: Condition,
    said: Body<Availability>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let now = app.now();
    let (status, view) = app
        .write_as(&caller, move |conn, me| {
            let said = said.value;
            said.check()?;
            if said.capacity.is_some() {
                return Err(ApiError::body("capacity", "is for organisations"));
            }
            save(
                conn,
                me,
                Owner::Person(me.person.uuid()),
                condition,
                said,
                now,
            )
        })
        .await?;
    Ok(versioned(status, view.version, &view))
}

/// When the people of an organisation can be met: for its members and staff.
#[utoipa::path(
    tag = "availability",
    params(("id" = OrganisationId, Path)),
    responses((status = 200, body = AvailabilityView), ApiError)
)]
#[get("/organisations/{id}/availability")]
pub(crate) async fn show_availability(
    caller: Signed,
    id: PathId<of::Organisation>,
    app: App,
) -> ApiResult<HttpResponse> {
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let view: AvailabilityView = app
        .read_as(&caller, move |conn, me| {
            // Said before it is looked for: who may not read it does not learn whether it is there.
            if find_seen(conn, &snapshot, me, id.0, now)?.tier < Tier::Staff {
                return Err(Code::Forbidden.into());
            }
            let owner = Owner::Organisation(id.0.uuid());
            Ok(availability::find(conn, owner)?.into())
        })
        .await?;
    Ok(versioned(StatusCode::OK, view.version, &view))
}

/// Say when the people of an organisation can be met, and in how many meetings at one time.
#[utoipa::path(
    tag = "availability",
    params(
        ("id" = OrganisationId, Path),
        ("If-Match" = Option<String>, Header, description = "The version that you read; needed once there is one"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: only if there is none yet"),
    ),
    request_body = Availability,
    responses((status = 200, body = AvailabilityView), (status = 201, body = AvailabilityView), ApiError)
)]
#[put("/organisations/{id}/availability")]
pub(crate) async fn save_availability(
    caller: Signed,
    id: PathId<of::Organisation>,
    condition: Condition,
    said: Body<Availability>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let (status, view) = app
        .write_as(&caller, move |conn, me| {
            find_writable(conn, &snapshot, me, id.0, now)?;
            said.value.check()?;
            let owner = Owner::Organisation(id.0.uuid());
            save(conn, me, owner, condition, said.value, now)
        })
        .await?;
    Ok(versioned(status, view.version, &view))
}

/// Keeps what is said, with its audit row and event.
fn save(
    conn: &mut Conn,
    me: &Principal,
    owner: Owner,
    condition: Condition,
    said: Availability,
    now: Timestamp,
) -> ApiResult<(StatusCode, AvailabilityView)> {
    let by = Some(me.person);
    let (status, version) = match availability::find(conn, owner) {
        Err(StoreError::NotFound(_)) => {
            condition.allow_first()?;
            availability::insert(conn, owner, &said, by, now)?;
            (StatusCode::CREATED, 1)
        }
        found => {
            let version = found?.version;
            condition.allow_next(version)?;
            availability::save(conn, owner, (version, &said), by, now)?;
            (StatusCode::OK, version + 1)
        }
    };
    let change = Change {
        action: "saved",
        noun: Noun::Availability,
        id: owner.id(),
        version,
        person: by,
        party: None,
        detail: json!({"capacity": said.capacity}),
    };
    journal::insert(conn, &change, now)?;
    let view = AvailabilityView {
        version,
        availability: said,
    };
    Ok((status, view))
}
