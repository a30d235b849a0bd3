//! People, for admins: who may sign in.

use actix_web::{HttpResponse, post};
use domain::{Noun, PersonId, PersonStatus, of};
use serde_json::json;
use store::{
    journal::{self, Change},
    people, sessions,
};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{Body, Nothing, PathId, Signed},
    limits,
    routes::programmes::require_admin,
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(suspend_person).service(reinstate_person);
}

/// Keep a person from signing in: every token of theirs is void within a second. For admins, of others.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), request_body = Nothing, responses((status = 204), ApiError))]
#[post("/people/{id}/suspend")]
pub(crate) async fn suspend_person(
    caller: Signed,
    id: PathId<of::Person>,
    _: Body<Nothing>,
    app: App,
) -> ApiResult<HttpResponse> {
    save(&app, &caller, id.0, (PersonStatus::Suspended, "suspended")).await
}

/// Let a person sign in again. For admins.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), request_body = Nothing, responses((status = 204), ApiError))]
#[post("/people/{id}/reinstate")]
pub(crate) async fn reinstate_person(
    caller: Signed,
    id: PathId<of::Person>,
    _: Body<Nothing>,
    app: App,
) -> ApiResult<HttpResponse> {
    save(&app, &caller, id.0, (PersonStatus::Active, "reinstated")).await
}

async fn save(
    app: &App,
    caller: &Signed,
    id: PersonId,
    (status, action): (PersonStatus, &'static str),
) -> ApiResult<HttpResponse> {
    limits::writes(app, &caller.person.to_string()).await?;
    let now = app.now();
    app.write_as(caller, move |conn, me| {
        require_admin(me)?;
        if id == me.person {
            return Err(Code::Forbidden.into());
        }
        let person = people::find_principal(conn, id)?;
        if person.status == PersonStatus::Erased {
            return Err(ApiError::not_found(Noun::Person));
        }
        people::save_status(conn, id, status)?;
        sessions::save_all_revoked(conn, id, now)?;
        let change = Change {
            action,
            noun: Noun::Person,
            id: id.uuid(),
            // As with a sign-out everywhere: the generation counts what voids the tokens.
            version: u32::try_from(person.generation + 1).unwrap_or(u32::MAX),
            person: Some(me.person),
            party: None,
            detail: json!({}),
        };
        Ok(journal::insert(conn, &change, now)?)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
