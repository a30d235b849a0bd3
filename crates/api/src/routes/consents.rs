//! Consents: before contacts of an organisation and its people go abroad, each is shown where to, and agrees.

use actix_web::{HttpRequest, HttpResponse, delete, get, http::StatusCode, post};
use domain::{ConsentId, ConsentOf, Noun, OrganisationId, Principal, of};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{
    Conn,
    consents::{self, Consent},
    meeting_requests,
};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{Body, PathId, Reader, Signed, path_id},
    limits,
    live::Snapshot,
    requests::{consent, require_visible, rights::Eyes},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(show_consents)
        .service(create_consent)
        .service(delete_consent);
}

/// What is shown before somebody agrees.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticeView {
    /// The country into which contacts go: ISO 3166-1.
    country: &'static str,
    /// Its name.
    country_name: String,
    /// Its law in summary.
    law: &'static str,
    /// What the recipient does.
    measures: &'static str,
    /// The name of this text, to be sent back by who agrees.
    text: String,
}

/// A consent in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConsentView {
    /// Its id.
    id: ConsentId,
    /// Whether of the person or of the organisation.
    of: ConsentOf,
    /// Into which country.
    country: String,
    /// Which text was shown.
    text: String,
    /// When it was agreed to.
    agreed_at: Timestamp,
}

impl From<Consent> for ConsentView {
    fn from(consent: Consent) -> ConsentView {
        ConsentView {
            id: consent.id,
            of: consent.subject,
            country: consent.country,
            text: consent.text,
            agreed_at: consent.agreed_at,
        }
    }
}

/// What is asked for between two organisations, and what was given.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConsentsView {
    /// What is shown; none where no consent is asked for.
    notice: Option<NoticeView>,
    /// Consents that are missing before the caller's contacts may go there.
    missing: Vec<ConsentOf>,
    /// Those in force: of the organisation, and of the caller.
    given: Vec<ConsentView>,
}

/// What somebody agrees to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewConsent {
    /// For themselves, or for the organisation.
    of: ConsentOf,
    /// The text that was shown.
    #[schema(max_length = 100)]
    text: String,
}

/// A member of the organisation, who may know of the other: it is listed for them, or asks them.
fn require_pair(
    conn: &mut Conn,
    snapshot: &Snapshot,
    me: &Principal,
    (id, other): (OrganisationId, OrganisationId),
) -> ApiResult<()> {
    let hidden = || ApiError::not_found(Noun::Organisation);
    me.role_in(id).ok_or_else(hidden)?;
    if id != other && require_visible(snapshot, id, other).is_ok() {
        return Ok(());
    }
    let met = meeting_requests::list_for_pair(conn, id, other)?;
    let knows = met.iter().any(|request| Eyes::of(me, request).is_ok());
    if knows { Ok(()) } else { Err(hidden()) }
}

/// What is shown before contacts go to the other organisation, and who agreed. For members.
#[utoipa::path(
    tag = "consents",
    params(("id" = OrganisationId, Path), ("other" = OrganisationId, Path)),
    responses((status = 200, body = ConsentsView), ApiError)
)]
#[get("/organisations/{id}/consents/{other}")]
pub(crate) async fn show_consents(
    caller: Signed,
    id: PathId<of::Organisation>,
    request: HttpRequest,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    let snapshot = app.live().snapshot();
    let other = path_id::<of::Organisation>(&request, "other");
    let view = app
        .read_as(&caller, move |conn, me| {
            let other = other?;
            require_pair(conn, &snapshot, me, (id.0, other))?;
            let missing = consent::missing(conn, &snapshot, (id.0, me.person), other)?;
            let given = consents::list_in_force(conn, id.0, other)?.into_iter();
            let known = given.filter(|consent| {
                consent.subject == ConsentOf::Organisation || consent.person == me.person
            });
            let notice = consent::notice(&snapshot, id.0, other, reader.0);
            Ok(ConsentsView {
                notice: notice.map(|notice| NoticeView {
                    country: notice.country,
                    country_name: notice.country_name,
                    law: notice.law,
                    measures: notice.measures,
                    text: notice.text,
                }),
                missing,
                given: known.map(ConsentView::from).collect(),
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Agree, for oneself or for the organisation, that contacts go to the other one. Agreeing twice is agreeing once.
#[utoipa::path(
    tag = "consents",
    params(("id" = OrganisationId, Path), ("other" = OrganisationId, Path)),
    request_body = NewConsent,
    responses((status = 201, body = ConsentView), ApiError)
)]
#[post("/organisations/{id}/consents/{other}")]
pub(crate) async fn create_consent(
    caller: Signed,
    id: PathId<of::Organisation>,
    request: HttpRequest,
    new: Body<NewConsent>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let other = path_id::<of::Organisation>(&request, "other");
    let view: ConsentView = app
        .write_as(&caller, move |conn, me| {
            let other = other?;
            require_pair(conn, &snapshot, me, (id.0, other))?;
            let notice = consent::notice(&snapshot, id.0, other, reader.0);
            let notice = notice
                .filter(|notice| notice.text == new.value.text)
                .ok_or_else(|| ApiError::body("text", "no such text is shown here now"))?;
            let by = (id.0, new.value.of, me.person);
            let given = consent::agree(conn, by, other, &notice, now)?;
            Ok(given.into())
        })
        .await?;
    Ok(HttpResponse::build(StatusCode::CREATED).json(view))
}

/// Withdraw a consent: contacts are hidden again at once. One's own, or that of one's organisation.
#[utoipa::path(
    tag = "consents",
    params(("id" = ConsentId, Path)),
    responses((status = 204), ApiError)
)]
#[delete("/consents/{id}")]
pub(crate) async fn delete_consent(
    caller: Signed,
    id: PathId<of::Consent>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let now = app.now();
    app.write_as(&caller, move |conn, me| {
        let given = consents::find(conn, id.0)?;
        let own = match given.subject {
            ConsentOf::Person => given.person == me.person,
            ConsentOf::Organisation => me.role_in(given.organisation).is_some(),
        };
        if !own {
            return Err(Code::ConsentNotFound.into());
        }
        consents::save_withdrawn(conn, id.0, now)?;
        consent::note(conn, &given, "withdrawn", me.person, now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
