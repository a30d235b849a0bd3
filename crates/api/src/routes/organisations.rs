//! Organisations: made by those who belong to them or by staff, seen as far as each may, listed for review.

pub(crate) mod access;
pub(crate) mod close;
pub(crate) mod record;
mod review;
mod upsert;
pub(crate) mod view;

use actix_web::{HttpRequest, HttpResponse, get, http::StatusCode, post};
use domain::{
    DocumentKind, Kind, Line, Noun, OrganisationId, Principal, Profile, Review, Role, Tier,
    document::check, of,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Conn, journal, organisations, organisations::Organisation, people};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    answer::{self, Made, PageOf, is_since, versioned},
    app::App,
    auth::{cursor::Cursor, secrets::random_bytes},
    error::{ApiError, ApiResult, Code},
    extract::{Body, IdempotencyKey, PageSize, PathId, Query, Reader, Signed},
    limits,
    live::Listed,
    routes::me::OrganisationRef,
};
use access::{Seen, find_seen, require_hub_staff};
use record::Writer;
use view::OrganisationView;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(upsert::upsert_organisation)
        .service(create_organisation)
        .service(list_organisations)
        .service(show_organisation)
        .service(review::submit_organisation)
        .service(review::approve_organisation)
        .service(review::reject_organisation)
        .service(review::suspend_organisation)
        .service(review::archive_organisation);
}

/// A new organisation.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOrganisation {
    /// Its primary kind, for life.
    kind: Kind,
    /// Its name in another system; staff of the hub alone may give one.
    #[serde(default)]
    external_id: Option<Line<200>>,
    /// Nobody becomes its owner yet; for staff of the hub alone.
    #[serde(default)]
    unclaimed: bool,
    /// What it is.
    profile: Profile,
}

/// Make an organisation and become its owner. It is a draft until it is handed in.
#[utoipa::path(
    tag = "organisations",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = NewOrganisation,
    responses((status = 201, body = OrganisationView), ApiError)
)]
#[post("/organisations")]
pub(crate) async fn create_organisation(
    caller: Signed,
    key: IdempotencyKey,
    new: Body<NewOrganisation>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let Body { value: new, hash } = new;
    let inner = app.clone();
    answer::create(&app, &caller, key, hash, move |conn, me| {
        if new.unclaimed || new.external_id.is_some() {
            require_hub_staff(&inner.live().snapshot(), me)?;
        }
        check(&new.profile).map_err(|fault| within("profile", fault))?;
        let seen = insert(conn, &inner, me, &new)?;
        let body = OrganisationView::of(conn, &seen, reader.0)?;
        Ok(Made {
            location: format!("/v1/organisations/{}", body.id),
            version: Some(body.version),
            body,
        })
    })
    .await
}

/// The fault of a document that lies in a field of a body.
pub(crate) fn within(field: &str, fault: domain::document::Fault) -> ApiError {
    ApiError::body(format!("{field}.{}", fault.field), fault.message)
}

fn insert(conn: &mut Conn, app: &App, me: &Principal, new: &NewOrganisation) -> ApiResult<Seen> {
    let writer = Writer {
        person: me.person,
        now: app.now(),
    };
    let external_id = new.external_id.as_ref().map(ToString::to_string);
    let organisation = draft(app, new.kind, external_id, Review::Draft);
    organisations::insert(conn, &organisation)?;
    let id = organisation.id;
    let detail = json!({"kind": new.kind, "unclaimed": new.unclaimed});
    writer.note_organisation(conn, id, 1, "created", detail)?;
    let body = serde_json::to_value(&new.profile).map_err(ApiError::internal)?;
    let profile = writer.first(app.new_uuid(), id, DocumentKind::Profile, body);
    writer.insert(conn, &profile)?;
    if !new.unclaimed {
        people::insert_membership(conn, me.person, id, Role::Owner, writer.now)?;
        journal::insert_note(conn, Noun::Membership, me.person.uuid())?;
    }
    Ok(Seen {
        listed: Listed::of(organisation, vec![profile.clone()]),
        documents: vec![profile],
        tier: Tier::Staff,
    })
}

/// An organisation in its first version.
pub(crate) fn draft(
    app: &App,
    kind: Kind,
    external_id: Option<String>,
    review: Review,
) -> Organisation {
    Organisation {
        id: app.new_id(),
        kind,
        external_id,
        review,
        tie_key: u32::from_ne_bytes(random_bytes()),
        created_at: app.now(),
        changed_at: app.now(),
        archived_at: None,
        version: 1,
    }
}

/// An organisation, as far as the caller may see it. What they may not see does not exist.
#[utoipa::path(
    tag = "organisations",
    params(("id" = OrganisationId, Path)),
    responses((status = 200, body = OrganisationView), ApiError)
)]
#[get("/organisations/{id}")]
pub(crate) async fn show_organisation(
    caller: Signed,
    id: PathId<of::Organisation>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let view = app
        .read_as(&caller, move |conn, me| {
            let seen = find_seen(conn, &snapshot, me, id.0, now)?;
            OrganisationView::of(conn, &seen, reader.0)
        })
        .await?;
    Ok(versioned(StatusCode::OK, view.version, &view))
}

/// Which organisations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrganisationQuery {
    /// Where they stand with the review; in any state otherwise.
    review: Option<Review>,
    /// Changed, or with a document that changed, at this instant or later.
    updated_since: Option<jiff::Timestamp>,
    /// Organisations on a page.
    #[serde(default)]
    limit: PageSize,
    /// From the page before.
    #[param(max_length = 2048)]
    cursor: Option<String>,
}

/// An organisation in the list of staff.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewedView {
    /// Id, kind and name.
    #[serde(flatten)]
    organisation: OrganisationRef,
    /// Where it stands with the review.
    review: Review,
    /// Its name in another system.
    external_id: Option<String>,
    /// When it was made.
    created_at: jiff::Timestamp,
    /// When it, or a document of it, last changed.
    changed_at: jiff::Timestamp,
    /// Counts the steps of its life.
    version: u32,
}

/// Organisations, oldest first: the queue of the review. For staff: those in their programmes.
#[utoipa::path(
    tag = "organisations",
    params(OrganisationQuery),
    responses((status = 200, body = PageOf<ReviewedView>), ApiError)
)]
#[get("/organisations")]
pub(crate) async fn list_organisations(
    caller: Signed,
    query: Query<OrganisationQuery>,
    reader: Reader,
    app: App,
    request: HttpRequest,
) -> ApiResult<HttpResponse> {
    if !caller.principal.is_staff() {
        return Err(Code::Forbidden.into());
    }
    let binding = format!(
        "{}|{}|{}",
        caller.person,
        request.path(),
        answer::without_paging(request.query_string())
    );
    let after: Option<OrganisationId> = query
        .0
        .cursor
        .as_ref()
        .map(|cursor| Cursor::open(app.cursor_key(), &binding, cursor))
        .transpose()
        .map_err(|_| ApiError::from(Code::InvalidCursor))?;
    let snapshot = app.live().snapshot();
    let mut found: Vec<&Organisation> = snapshot
        .organisations()
        .map(|listed| &listed.organisation)
        .filter(|found| after.is_none_or(|after| found.id > after))
        .filter(|found| found.archived_at.is_none())
        .filter(|found| snapshot.is_staff_for(&caller.principal, found.id))
        .filter(|found| query.0.review.is_none_or(|review| review == found.review))
        .filter(|found| is_since(found.changed_at, query.0.updated_since))
        .collect();
    found.sort_unstable_by_key(|found| found.id);
    let size = query.0.limit.get();
    let more = found.len() > size;
    found.truncate(size);
    let last = found.last().filter(|_| more);
    let next_cursor = last.map(|last| Cursor::seal(app.cursor_key(), &binding, &last.id));
    let items: Vec<ReviewedView> = found
        .into_iter()
        .filter_map(|found| {
            Some(ReviewedView {
                organisation: OrganisationRef::of(&snapshot, found.id, reader.0)?,
                review: found.review,
                external_id: found.external_id.clone(),
                created_at: found.created_at,
                changed_at: found.changed_at,
                version: found.version,
            })
        })
        .collect();
    Ok(HttpResponse::Ok().json(PageOf { items, next_cursor }))
}
