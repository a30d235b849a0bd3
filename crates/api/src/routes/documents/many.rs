//! The documents of which an organisation has any number: assets, rounds, mandates.

use actix_web::{HttpRequest, HttpResponse, delete, get, http::StatusCode, post, put};
use domain::{
    Asset, AssetId, Document, DocumentKind, Mandate, MandateId, OrganisationId, Round, RoundId,
    document::{ENTRIES_MAX, check},
    of,
};
use jiff::Timestamp;
use serde::Deserialize;
use store::documents;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::{
    answer::{self, Made, PageOf, is_since, versioned},
    app::App,
    error::{ApiError, ApiResult},
    extract::{Body, IdempotencyKey, IfMatch, PathId, Query, Signed, path_id},
    limits,
    routes::organisations::{
        access::{find_seen, find_writable},
        record::Writer,
        view::DocumentView,
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_assets)
        .service(create_asset)
        .service(show_asset)
        .service(save_asset)
        .service(delete_asset)
        .service(list_rounds)
        .service(create_round)
        .service(show_round)
        .service(save_round)
        .service(delete_round)
        .service(list_mandates)
        .service(create_mandate)
        .service(show_mandate)
        .service(save_mandate)
        .service(delete_mandate);
}

macro_rules! many {
    ($(
        $document:ident $id:ident $path:literal $each:literal
        $(#[$list_doc:meta])* $list:ident
        $(#[$create_doc:meta])* $create:ident
        $(#[$show_doc:meta])* $show:ident
        $(#[$save_doc:meta])* $save:ident
        $(#[$delete_doc:meta])* $delete:ident;
    )*) => {$(
        $(#[$list_doc])*
        #[utoipa::path(
            tag = "documents",
            params(("id" = OrganisationId, Path), DocumentQuery),
            responses((status = 200, body = PageOf<DocumentView>), ApiError)
        )]
        #[get($path)]
        pub(crate) async fn $list(
            caller: Signed,
            id: PathId<of::Organisation>,
            query: Query<DocumentQuery>,
            app: App,
        ) -> ApiResult<HttpResponse> {
            list(&app, &caller, (id.0, DocumentKind::$document), query.0).await
        }

        $(#[$create_doc])*
        #[utoipa::path(
            tag = "documents",
            params(("id" = OrganisationId, Path), ("Idempotency-Key" = Option<String>, Header)),
            request_body = $document,
            responses((status = 201, body = DocumentView), ApiError)
        )]
        #[post($path)]
        pub(crate) async fn $create(
            caller: Signed,
            id: PathId<of::Organisation>,
            key: IdempotencyKey,
            document: Body<$document>,
            request: HttpRequest,
            app: App,
        ) -> ApiResult<HttpResponse> {
            let path = request.path().to_owned();
            create(&app, &caller, (id.0, path), key, document).await
        }

        $(#[$show_doc])*
        #[utoipa::path(
            tag = "documents",
            params(("id" = OrganisationId, Path), ("document" = $id, Path)),
            responses((status = 200, body = DocumentView), ApiError)
        )]
        #[get($each)]
        pub(crate) async fn $show(
            caller: Signed,
            id: PathId<of::Organisation>,
            request: HttpRequest,
            app: App,
        ) -> ApiResult<HttpResponse> {
            let place = place::<of::$document>(id.0, &request, DocumentKind::$document)?;
            show(&app, &caller, place).await
        }

        $(#[$save_doc])*
        #[utoipa::path(
            tag = "documents",
            params(
                ("id" = OrganisationId, Path),
                ("document" = $id, Path),
                ("If-Match" = String, Header),
            ),
            request_body = $document,
            responses((status = 200, body = DocumentView), ApiError)
        )]
        #[put($each)]
        pub(crate) async fn $save(
            caller: Signed,
            id: PathId<of::Organisation>,
            if_match: IfMatch,
            document: Body<$document>,
            request: HttpRequest,
            app: App,
        ) -> ApiResult<HttpResponse> {
            let place = place::<of::$document>(id.0, &request, DocumentKind::$document)?;
            save(&app, &caller, place, if_match, document.value).await
        }

        $(#[$delete_doc])*
        #[utoipa::path(
            tag = "documents",
            params(
                ("id" = OrganisationId, Path),
                ("document" = $id, Path),
                ("If-Match" = String, Header),
            ),
            responses((status = 204), ApiError)
        )]
        #[delete($each)]
        pub(crate) async fn $delete(
            caller: Signed,
            id: PathId<of::Organisation>,
            if_match: IfMatch,
            request: HttpRequest,
            app: App,
        ) -> ApiResult<HttpResponse> {
            let place = place::<of::$document>(id.0, &request, DocumentKind::$document)?;
            archive(&app, &caller, place, if_match).await
        }
    )*};
}

many! {
    Asset AssetId "/organisations/{id}/assets" "/organisations/{id}/assets/{document}"
        /// What an organisation owns.
        list_assets
        /// Add an asset.
        create_asset
        /// One asset.
        show_asset
        /// Write an asset anew.
        save_asset
        /// Put an asset away.
        delete_asset;
    Round RoundId "/organisations/{id}/rounds" "/organisations/{id}/rounds/{document}"
        /// What an organisation raises, and raised.
        list_rounds
        /// Add a round.
        create_round
        /// One round.
        show_round
        /// Write a round anew.
        save_round
        /// Put a round away.
        delete_round;
    Mandate MandateId "/organisations/{id}/mandates" "/organisations/{id}/mandates/{document}"
        /// What an organisation looks for.
        list_mandates
        /// Add a mandate.
        create_mandate
        /// One mandate.
        show_mandate
        /// Write a mandate anew.
        save_mandate
        /// Put a mandate away.
        delete_mandate;
}

/// Which documents.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DocumentQuery {
    /// Written at this instant or later. What was put away is not listed: `/v1/changes` tells of it.
    updated_since: Option<Timestamp>,
}

/// Which document of which organisation.
#[derive(Clone, Copy, Debug)]
struct Place {
    organisation: OrganisationId,
    kind: DocumentKind,
    id: Uuid,
}

fn place<M: domain::Marker>(
    organisation: OrganisationId,
    request: &HttpRequest,
    kind: DocumentKind,
) -> ApiResult<Place> {
    Ok(Place {
        organisation,
        kind,
        id: path_id::<M>(request, "document")?.uuid(),
    })
}

async fn list(
    app: &App,
    caller: &Signed,
    (id, kind): (OrganisationId, DocumentKind),
    query: DocumentQuery,
) -> ApiResult<HttpResponse> {
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let items: Vec<DocumentView> = app
        .read_as(caller, move |conn, me| {
            let seen = find_seen(conn, &snapshot, me, id, now)?;
            let of_kind = seen.documents.iter().filter(|stored| stored.kind == kind);
            let since = query.updated_since;
            Ok(of_kind
                .filter(|stored| is_since(stored.recorded_at, since))
                .filter_map(|stored| DocumentView::of(stored, &seen.listed.visibility, seen.tier))
                .collect())
        })
        .await?;
    let next_cursor = None;
    Ok(HttpResponse::Ok().json(PageOf { items, next_cursor }))
}

async fn create<T: Document>(
    app: &App,
    caller: &Signed,
    (id, path): (OrganisationId, String),
    key: IdempotencyKey,
    document: Body<T>,
) -> ApiResult<HttpResponse> {
    limits::writes(app, &caller.person.to_string()).await?;
    let Body { value, hash } = document;
    let (now, snapshot, new) = (app.now(), app.live().snapshot(), app.new_uuid());
    answer::create(app, caller, key, hash, move |conn, me| {
        let seen = find_writable(conn, &snapshot, me, id, now)?;
        check(&value)?;
        let there = seen.documents.iter().filter(|kept| kept.kind == T::KIND);
        if there.count() >= ENTRIES_MAX {
            let field = path.rsplit('/').next().unwrap_or_default();
            let message = format!("has more than {ENTRIES_MAX} entries");
            return Err(ApiError::body(field, message));
        }
        let person = me.person;
        let writer = Writer { person, now };
        let body = serde_json::to_value(&value).map_err(ApiError::internal)?;
        let stored = writer.first(new, id, T::KIND, body);
        writer.insert(conn, &stored)?;
        Ok(Made {
            location: format!("{path}/{new}"),
            version: Some(1),
            body: DocumentView::whole(&stored),
        })
    })
    .await
}

async fn show(app: &App, caller: &Signed, place: Place) -> ApiResult<HttpResponse> {
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let view = app
        .read_as(caller, move |conn, me| {
            let seen = find_seen(conn, &snapshot, me, place.organisation, now)?;
            let found = documents::find(conn, place.organisation, place.kind, place.id)?;
            DocumentView::of(&found, &seen.listed.visibility, seen.tier)
                .ok_or_else(|| ApiError::not_found(place.kind.noun()))
        })
        .await?;
    Ok(versioned(StatusCode::OK, view.version, &view))
}

async fn save<T: Document>(
    app: &App,
    caller: &Signed,
    place: Place,
    if_match: IfMatch,
    document: T,
) -> ApiResult<HttpResponse> {
    limits::writes(app, &caller.person.to_string()).await?;
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let view = app
        .write_as(caller, move |conn, me| {
            find_writable(conn, &snapshot, me, place.organisation, now)?;
            let mut found = documents::find(conn, place.organisation, place.kind, place.id)?;
            if_match.require(found.version)?;
            check(&document)?;
            found.body = serde_json::to_value(&document).map_err(ApiError::internal)?;
            found.recorded_at = now;
            let person = me.person;
            found.version = Writer { person, now }.save(conn, &found)?;
            Ok(DocumentView::whole(&found))
        })
        .await?;
    Ok(versioned(StatusCode::OK, view.version, &view))
}

async fn archive(
    app: &App,
    caller: &Signed,
    place: Place,
    if_match: IfMatch,
) -> ApiResult<HttpResponse> {
    limits::writes(app, &caller.person.to_string()).await?;
    let (now, snapshot) = (app.now(), app.live().snapshot());
    app.write_as(caller, move |conn, me| {
        find_writable(conn, &snapshot, me, place.organisation, now)?;
        let found = documents::find(conn, place.organisation, place.kind, place.id)?;
        if_match.require(found.version)?;
        let person = me.person;
        Writer { person, now }.archive(conn, &found)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
