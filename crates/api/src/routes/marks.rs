//! Marks しるし: what an organisation notes of others for itself. For its members alone; the other side and the staff never
//! get to see one.

use actix_web::{HttpRequest, HttpResponse, delete, get, put};
use domain::{Mark, Noun, OrganisationId, Principal, Prose, of};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    Conn,
    journal::{self, Change},
    marks::{self, Marked},
};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::{
    answer::PageOf,
    app::App,
    error::{ApiError, ApiResult},
    extract::{Body, PathId, Reader, Signed, path_id},
    limits,
    requests::require_visible,
    routes::me::OrganisationRef,
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_marks)
        .service(save_mark)
        .service(delete_mark);
}

/// A mark.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MarkView {
    /// Whom it is on.
    organisation: OrganisationRef,
    /// What it says.
    mark: Mark,
    /// In words.
    note: Option<String>,
    /// When it was made.
    marked_at: Timestamp,
}

/// What is noted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMark {
    /// What it says.
    mark: Mark,
    /// In words.
    #[serde(default)]
    note: Option<Prose<2000>>,
}

/// Marks are for members alone; for everybody else the organisation has none to ask for.
fn require_member(me: &Principal, organisation: OrganisationId) -> ApiResult<()> {
    match me.role_in(organisation) {
        Some(_) => Ok(()),
        None => Err(ApiError::not_found(Noun::Organisation)),
    }
}

/// The marks of an organisation, the latest first. For its members.
#[utoipa::path(
    tag = "marks",
    params(("id" = OrganisationId, Path)),
    responses((status = 200, body = PageOf<MarkView>), ApiError)
)]
#[get("/organisations/{id}/marks")]
pub(crate) async fn list_marks(
    caller: Signed,
    id: PathId<of::Organisation>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    let snapshot = app.live().snapshot();
    let items: Vec<MarkView> = app
        .read_as(&caller, move |conn, me| {
            require_member(me, id.0)?;
            let found = marks::list(conn, id.0)?.into_iter();
            // One that cannot be seen any more is not told of.
            let seen =
                found.filter(|marked| require_visible(&snapshot, id.0, marked.other).is_ok());
            let views = seen.filter_map(|marked| {
                Some(MarkView {
                    organisation: OrganisationRef::of(&snapshot, marked.other, reader.0)?,
                    mark: marked.mark,
                    note: marked.note,
                    marked_at: marked.at,
                })
            });
            Ok(views.collect())
        })
        .await?;
    let next_cursor = None;
    Ok(HttpResponse::Ok().json(PageOf { items, next_cursor }))
}

/// Bookmark an organisation, or say that it is not wanted. It never gets to know.
#[utoipa::path(
    tag = "marks",
    params(("id" = OrganisationId, Path), ("other" = OrganisationId, Path)),
    request_body = NewMark, responses((status = 204), ApiError)
)]
#[put("/organisations/{id}/marks/{other}")]
pub(crate) async fn save_mark(
    caller: Signed,
    id: PathId<of::Organisation>,
    request: HttpRequest,
    new: Body<NewMark>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot, event) = (app.now(), app.live().snapshot(), app.new_uuid());
    let other = path_id::<of::Organisation>(&request, "other");
    app.write_as(&caller, move |conn, me| {
        require_member(me, id.0)?;
        let other = other?;
        if other == id.0 {
            return Err(ApiError::not_found(Noun::Organisation));
        }
        require_visible(&snapshot, id.0, other)?;
        let marked = Marked {
            other,
            mark: new.value.mark,
            note: new.value.note.map(|note| note.to_string()),
            by: me.person,
            at: now,
        };
        marks::save(conn, id.0, &marked)?;
        note(conn, me, ("saved", event), id.0, now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take a mark off.
#[utoipa::path(
    tag = "marks",
    params(("id" = OrganisationId, Path), ("other" = OrganisationId, Path)),
    responses((status = 204), ApiError)
)]
#[delete("/organisations/{id}/marks/{other}")]
pub(crate) async fn delete_mark(
    caller: Signed,
    id: PathId<of::Organisation>,
    request: HttpRequest,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, event) = (app.now(), app.new_uuid());
    let other = path_id::<of::Organisation>(&request, "other");
    app.write_as(&caller, move |conn, me| {
        require_member(me, id.0)?;
        let other = other.map_err(|_| ApiError::not_found(Noun::Mark))?;
        marks::delete(conn, id.0, other)?;
        note(conn, me, ("deleted", event), id.0, now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The journal is told that a mark was made, and not on whom.
fn note(
    conn: &mut Conn,
    me: &Principal,
    (action, event): (&'static str, Uuid),
    organisation: OrganisationId,
    now: Timestamp,
) -> ApiResult<()> {
    let change = Change {
        action,
        noun: Noun::Mark,
        id: event,
        version: 1,
        person: Some(me.person),
        party: None,
        detail: json!({"organisation": organisation}),
    };
    Ok(journal::insert(conn, &change, now)?)
}
