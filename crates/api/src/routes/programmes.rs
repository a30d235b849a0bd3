//! Programmes: their policy, the organisations in them, their staff.

mod exposure;
mod outcomes;
mod places;
mod slots;
mod staff;

use actix_web::{HttpRequest, HttpResponse, delete, get, http::StatusCode, post, put};
use domain::{Language, Noun, OrganisationId, Principal, Programme, ProgrammeId, Tier, of};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{
    Conn,
    journal::{self, Change},
    programmes::{self, Stored},
};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::{
    answer::{self, Made, PageOf, versioned},
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{Body, IdempotencyKey, IfMatch, Nothing, PathId, Reader, Signed, path_id},
    limits,
    live::Snapshot,
    routes::organisations::access::find_seen,
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_programmes)
        .service(create_programme)
        .service(show_programme)
        .service(save_programme)
        .service(add_programme_organisation)
        .service(remove_programme_organisation)
        .service(outcomes::report_outcomes)
        .service(exposure::report_exposure)
        .service(staff::add_programme_staff)
        .service(staff::remove_programme_staff)
        .configure(places::configure)
        .configure(slots::configure);
}

/// A programme.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProgrammeView {
    /// Its id.
    id: ProgrammeId,
    /// Its short name.
    code: String,
    /// Its name in the reader's language; its code without one.
    name: String,
    /// Its version, which is its `ETag`.
    version: u32,
    /// What it decides; for its staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<Programme>,
}

impl ProgrammeView {
    fn of(stored: Stored, me: &Principal, language: Language) -> ProgrammeView {
        let name = stored.programme.name.in_language(language);
        ProgrammeView {
            name: name.map_or_else(|| stored.code.clone(), ToString::to_string),
            id: stored.id,
            code: stored.code,
            version: stored.version,
            policy: me.is_staff_of(stored.id).then_some(stored.programme),
        }
    }
}

/// Whether the person may know of the programme: everybody knows of the hub, staff and those in a programme of it.
fn knows(snapshot: &Snapshot, me: &Principal, stored: &Stored) -> bool {
    let is_in = |organisation| snapshot.is_member(stored.id, organisation);
    stored.code == Programme::HUB
        || me.is_staff_of(stored.id)
        || me.memberships.iter().any(|(own, _)| is_in(*own))
}

/// The programme, if the caller may know of it.
fn find_known(
    conn: &mut Conn,
    snapshot: &Snapshot,
    me: &Principal,
    id: ProgrammeId,
) -> ApiResult<Stored> {
    let stored = programmes::find(conn, id)?;
    if knows(snapshot, me, &stored) {
        Ok(stored)
    } else {
        Err(ApiError::not_found(Noun::Programme))
    }
}

/// The programme, if the caller is on its staff.
///
/// # Errors
/// 404 for one that the caller may not know of; 403 for one whose staff they are not.
pub(crate) fn find_staffed(
    conn: &mut Conn,
    snapshot: &Snapshot,
    me: &Principal,
    id: ProgrammeId,
) -> ApiResult<Stored> {
    let stored = find_known(conn, snapshot, me, id)?;
    if me.is_staff_of(id) {
        Ok(stored)
    } else {
        Err(Code::Forbidden.into())
    }
}

/// The programmes that the caller may know of, by code.
#[utoipa::path(tag = "programmes", responses((status = 200, body = PageOf<ProgrammeView>), ApiError))]
#[get("/programmes")]
pub(crate) async fn list_programmes(
    caller: Signed,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    let snapshot = app.live().snapshot();
    let items: Vec<ProgrammeView> = app
        .read_as(&caller, move |conn, me| {
            let mut all = programmes::list(conn)?;
            all.retain(|stored| knows(&snapshot, me, stored));
            let views = all.into_iter();
            Ok(views
                .map(|stored| ProgrammeView::of(stored, me, reader.0))
                .collect())
        })
        .await?;
    let next_cursor = None;
    Ok(HttpResponse::Ok().json(PageOf { items, next_cursor }))
}

/// One programme.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path)),
    responses((status = 200, body = ProgrammeView), ApiError)
)]
#[get("/programmes/{id}")]
pub(crate) async fn show_programme(
    caller: Signed,
    id: PathId<of::Programme>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    let snapshot = app.live().snapshot();
    let view = app
        .read_as(&caller, move |conn, me| {
            let stored = find_known(conn, &snapshot, me, id.0)?;
            Ok(ProgrammeView::of(stored, me, reader.0))
        })
        .await?;
    Ok(versioned(StatusCode::OK, view.version, &view))
}

/// A new programme.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewProgramme {
    /// Its short name, for life: 1 to 60 lower-case letters, digits and hyphens.
    #[schema(pattern = "^[a-z0-9-]{1,60}$")]
    code: String,
    /// What it decides.
    policy: Programme,
}

/// Make a programme. For admins.
#[utoipa::path(
    tag = "programmes",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = NewProgramme,
    responses((status = 201, body = ProgrammeView), ApiError)
)]
#[post("/programmes")]
pub(crate) async fn create_programme(
    caller: Signed,
    key: IdempotencyKey,
    new: Body<NewProgramme>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, id) = (app.now(), app.new_id());
    let Body { value: new, hash } = new;
    answer::create(&app, &caller, key, hash, move |conn, me| {
        require_admin(me)?;
        let NewProgramme { code, policy } = new.clone();
        check(&code, &policy)?;
        let stored = Stored {
            id,
            code,
            version: 1,
            programme: policy,
        };
        programmes::insert(conn, &stored, Some(me.person), now)?;
        note(conn, me, ("created", id.uuid(), 1), json!({}), now)?;
        Ok(Made {
            location: format!("/v1/programmes/{id}"),
            version: Some(1),
            body: ProgrammeView::of(stored, me, reader.0),
        })
    })
    .await
}

/// Admins.
///
/// # Errors
/// 403 for everybody else.
pub(crate) fn require_admin(me: &Principal) -> ApiResult<()> {
    if me.admin {
        Ok(())
    } else {
        Err(Code::Forbidden.into())
    }
}

/// Entries at most in a check list and in a table of kinds. Our choice: more than there are pairs of kinds.
const ENTRIES_MAX: usize = 100;

fn check(code: &str, policy: &Programme) -> ApiResult<()> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !matches!(code.len(), 1..=60) || !code.bytes().all(allowed) {
        let message = "is not lower-case letters, digits and hyphens, 1 to 60";
        return Err(ApiError::body("code", message));
    }
    check_policy("policy.", policy)
}

fn check_policy(within: &str, policy: &Programme) -> ApiResult<()> {
    let message = format!("has more than {ENTRIES_MAX} entries");
    for (field, length) in [
        ("checklist", policy.checklist.len()),
        ("kind_table", policy.kind_table.len()),
    ] {
        if length > ENTRIES_MAX {
            return Err(ApiError::body(format!("{within}{field}"), message));
        }
    }
    Ok(())
}

/// Change what a programme decides, from now on: requests keep the version they were judged by. For its staff.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path), ("If-Match" = String, Header)),
    request_body = Programme,
    responses((status = 200, body = ProgrammeView), ApiError)
)]
#[put("/programmes/{id}")]
pub(crate) async fn save_programme(
    caller: Signed,
    id: PathId<of::Programme>,
    if_match: IfMatch,
    policy: Body<Programme>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let view = app
        .write_as(&caller, move |conn, me| {
            let mut stored = find_staffed(conn, &snapshot, me, id.0)?;
            if_match.require(stored.version)?;
            check_policy("", &policy.value)?;
            stored.programme = policy.value;
            programmes::save(conn, &stored, Some(me.person), now)?;
            stored.version += 1;
            let change = ("saved", id.0.uuid(), stored.version);
            note(conn, me, change, json!({}), now)?;
            Ok(ProgrammeView::of(stored, me, reader.0))
        })
        .await?;
    Ok(versioned(StatusCode::OK, view.version, &view))
}

/// Take an organisation into a programme.
///
/// For its staff, where they may see all of the organisation already: as staff of the hub or members of it. Whom they
/// take in, they see wholly.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path), ("organisation" = OrganisationId, Path)),
    request_body = Nothing, responses((status = 204), ApiError)
)]
#[put("/programmes/{id}/organisations/{organisation}")]
pub(crate) async fn add_programme_organisation(
    caller: Signed,
    id: PathId<of::Programme>,
    request: HttpRequest,
    _: Body<Nothing>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot, event) = (app.now(), app.live().snapshot(), app.new_uuid());
    let organisation = path_id::<of::Organisation>(&request, "organisation");
    app.write_as(&caller, move |conn, me| {
        find_staffed(conn, &snapshot, me, id.0)?;
        let organisation = organisation?;
        let seen = find_seen(conn, &snapshot, me, organisation, now)?;
        if seen.tier < Tier::Staff {
            return Err(Code::Forbidden.into());
        }
        programmes::insert_member(conn, id.0, organisation, now)?;
        let detail = json!({"programme": id.0, "organisation": organisation});
        note(conn, me, ("organisation_added", event, 1), detail, now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take an organisation out of a programme. For its staff.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path), ("organisation" = OrganisationId, Path)),
    responses((status = 204), ApiError)
)]
#[delete("/programmes/{id}/organisations/{organisation}")]
pub(crate) async fn remove_programme_organisation(
    caller: Signed,
    id: PathId<of::Programme>,
    request: HttpRequest,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot, event) = (app.now(), app.live().snapshot(), app.new_uuid());
    let organisation = path_id::<of::Organisation>(&request, "organisation");
    app.write_as(&caller, move |conn, me| {
        find_staffed(conn, &snapshot, me, id.0)?;
        let organisation = organisation?;
        programmes::delete_member(conn, id.0, organisation)?;
        let detail = json!({"programme": id.0, "organisation": organisation});
        note(conn, me, ("organisation_removed", event, 1), detail, now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Writes down what happened to a programme. What makes no version of it has an id of its own.
fn note(
    conn: &mut Conn,
    me: &Principal,
    (action, id, version): (&'static str, Uuid, u32),
    detail: Value,
    now: Timestamp,
) -> ApiResult<()> {
    let change = Change {
        action,
        noun: Noun::Programme,
        id,
        version,
        person: Some(me.person),
        party: None,
        detail,
    };
    Ok(journal::insert(conn, &change, now)?)
}
