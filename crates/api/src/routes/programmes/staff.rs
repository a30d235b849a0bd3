//! Who is on the staff of a programme.

use actix_web::{HttpRequest, HttpResponse, delete, put};
use domain::{Noun, PersonId, Principal, ProgrammeId, of};
use jiff::Timestamp;
use serde_json::json;
use store::{
    Conn,
    journal::{self, Change},
    people, programmes,
};
use uuid::Uuid;

use super::require_admin;
use crate::{
    app::App,
    error::{ApiError, ApiResult},
    extract::{Body, Nothing, PathId, Signed, path_id},
    limits,
};

/// Put somebody on the staff of a programme. For admins.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path), ("person" = PersonId, Path)),
    request_body = Nothing, responses((status = 204), ApiError)
)]
#[put("/programmes/{id}/staff/{person}")]
pub(crate) async fn add_programme_staff(
    caller: Signed,
    id: PathId<of::Programme>,
    request: HttpRequest,
    _: Body<Nothing>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, event) = (app.now(), app.new_uuid());
    let person = path_id::<of::Person>(&request, "person");
    app.write_as(&caller, move |conn, me| {
        require_admin(me)?;
        programmes::find(conn, id.0)?;
        let person = person?;
        people::find(conn, person)?;
        people::insert_staff_grant(conn, person, id.0, now)?;
        note(conn, me, ("granted", event), (id.0, person), now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take somebody off the staff of a programme. For admins.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path), ("person" = PersonId, Path)),
    responses((status = 204), ApiError)
)]
#[delete("/programmes/{id}/staff/{person}")]
pub(crate) async fn remove_programme_staff(
    caller: Signed,
    id: PathId<of::Programme>,
    request: HttpRequest,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, event) = (app.now(), app.new_uuid());
    let person = path_id::<of::Person>(&request, "person");
    app.write_as(&caller, move |conn, me| {
        require_admin(me)?;
        programmes::find(conn, id.0)?;
        let person = person?;
        people::delete_staff_grant(conn, person, id.0)?;
        note(conn, me, ("revoked", event), (id.0, person), now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A grant has no version: each change of it has an id of its own.
fn note(
    conn: &mut Conn,
    me: &Principal,
    (action, event): (&'static str, Uuid),
    (programme, person): (ProgrammeId, PersonId),
    now: Timestamp,
) -> ApiResult<()> {
    let change = Change {
        action,
        noun: Noun::StaffGrant,
        id: event,
        version: 1,
        person: Some(me.person),
        party: None,
        detail: json!({"programme": programme, "person": person}),
    };
    Ok(journal::insert(conn, &change, now)?)
}
