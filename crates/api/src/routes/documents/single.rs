//! The documents of which an organisation has one each: profile, contacts, visibility, block list.

use actix_web::{HttpRequest, HttpResponse, get, http::StatusCode, http::header, put};
use domain::{
    BlockList, Contacts, Document, DocumentKind, OrganisationId, Profile, Visibility,
    document::check, of,
};
use store::{StoreError, documents};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    answer::versioned,
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{Body, IfMatch, PathId, Signed},
    limits,
    routes::organisations::{
        access::{find_seen, find_writable},
        record::Writer,
        view::DocumentView,
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(show_profile)
        .service(save_profile)
        .service(show_contacts)
        .service(save_contacts)
        .service(show_visibility)
        .service(save_visibility)
        .service(show_block_list)
        .service(save_block_list);
}

macro_rules! single {
    ($(
        $document:ident $path:literal
        $(#[$show_doc:meta])* $show:ident
        $(#[$save_doc:meta])* $save:ident;
    )*) => {$(
        $(#[$show_doc])*
        #[utoipa::path(
            tag = "documents",
            params(("id" = OrganisationId, Path)),
            responses((status = 200, body = DocumentView), ApiError)
        )]
        #[get($path)]
        pub(crate) async fn $show(
            caller: Signed,
            id: PathId<of::Organisation>,
            app: App,
        ) -> ApiResult<HttpResponse> {
            show(&app, &caller, id.0, DocumentKind::$document).await
        }

        $(#[$save_doc])*
        #[utoipa::path(
            tag = "documents",
            params(
                ("id" = OrganisationId, Path),
                ("If-Match" = Option<String>, Header, description = "The version that you read; needed once there is one"),
                ("If-None-Match" = Option<String>, Header, description = "`*`: only if there is none yet"),
            ),
            request_body = $document,
            responses((status = 200, body = DocumentView), (status = 201, body = DocumentView), ApiError)
        )]
        #[put($path)]
        pub(crate) async fn $save(
            caller: Signed,
            id: PathId<of::Organisation>,
            condition: Condition,
            document: Body<$document>,
            app: App,
        ) -> ApiResult<HttpResponse> {
            save(&app, &caller, id.0, condition, document.value).await
        }
    )*};
}

single! {
    Profile "/organisations/{id}/profile"
        /// What an organisation is.
        show_profile
        /// Say what an organisation is.
        save_profile;
    Contacts "/organisations/{id}/contacts"
        /// How an organisation is reached: for its members, staff, and the other side of an accepted request.
        show_contacts
        /// Say how an organisation is reached.
        save_contacts;
    Visibility "/organisations/{id}/visibility"
        /// Who sees what of an organisation: for its members and staff.
        show_visibility
        /// Say who sees what. A field is only ever shown later than by default.
        save_visibility;
    BlockList "/organisations/{id}/block-list"
        /// Whom an organisation is never shown to: for its members and staff.
        show_block_list
        /// Say whom an organisation is never shown to, registered or not.
        save_block_list;
}

/// What must hold for a document to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Condition {
    if_match: IfMatch,
    if_none: IfNone,
}

/// Whether a document may be there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IfNone {
    Absent,
    Any,
}

impl actix_web::FromRequest for Condition {
    type Error = ApiError;
    type Future = std::future::Ready<ApiResult<Condition>>;

    fn from_request(request: &HttpRequest, payload: &mut actix_web::dev::Payload) -> Self::Future {
        let given = request.headers().get(header::IF_NONE_MATCH);
        let if_none = given.map_or(IfNone::Absent, |_| IfNone::Any);
        let if_match = IfMatch::from_request(request, payload).into_inner();
        std::future::ready(if_match.map(|if_match| Condition { if_match, if_none }))
    }
}

impl Condition {
    /// For a document in this version.
    pub(crate) fn allow_next(self, version: u32) -> ApiResult<()> {
        if self.if_none == IfNone::Any {
            return Err(Code::PreconditionFailed.into());
        }
        self.if_match.require(version)
    }

    /// For a document that is not there.
    pub(crate) fn allow_first(self) -> ApiResult<()> {
        match self.if_match {
            IfMatch::Absent => Ok(()),
            _ => Err(Code::PreconditionFailed.into()),
        }
    }
}

async fn show(
    app: &App,
    caller: &Signed,
    id: OrganisationId,
    kind: DocumentKind,
) -> ApiResult<HttpResponse> {
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let view = app
        .read_as(caller, move |conn, me| {
            let seen = find_seen(conn, &snapshot, me, id, now)?;
            // Said before it is looked for: who may not read it does not learn whether it is there.
            if seen.tier < kind.first_tier() {
                return Err(Code::Forbidden.into());
            }
            let mut documents = seen.documents.iter();
            let stored = documents.find(|stored| stored.kind == kind);
            let stored = stored.ok_or_else(|| ApiError::not_found(kind.noun()))?;
            DocumentView::of(stored, &seen.listed.visibility, seen.tier)
                .ok_or_else(|| Code::Forbidden.into())
        })
        .await?;
    Ok(versioned(StatusCode::OK, view.version, &view))
}

async fn save<T: Document>(
    app: &App,
    caller: &Signed,
    id: OrganisationId,
    condition: Condition,
    document: T,
) -> ApiResult<HttpResponse> {
    limits::writes(app, &caller.person.to_string()).await?;
    let (now, snapshot, first) = (app.now(), app.live().snapshot(), app.new_uuid());
    let (status, view) = app
        .write_as(caller, move |conn, me| {
            find_writable(conn, &snapshot, me, id, now)?;
            check(&document)?;
            let body = serde_json::to_value(&document).map_err(ApiError::internal)?;
            let person = me.person;
            let writer = Writer { person, now };
            let (status, kept) = match documents::find_single(conn, id, T::KIND) {
                Err(StoreError::NotFound(_)) => {
                    condition.allow_first()?;
                    let new = writer.first(first, id, T::KIND, body);
                    writer.insert(conn, &new)?;
                    (StatusCode::CREATED, new)
                }
                found => {
                    let mut found = found?;
                    condition.allow_next(found.version)?;
                    found.body = body;
                    found.recorded_at = now;
                    found.version = writer.save(conn, &found)?;
                    (StatusCode::OK, found)
                }
            };
            Ok((status, DocumentView::whole(&kept)))
        })
        .await?;
    Ok(versioned(status, view.version, &view))
}
