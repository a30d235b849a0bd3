//! Answer links: staff give them to a counterpart without an account.

use actix_web::{HttpRequest, HttpResponse, delete, get, http::header, post};
use domain::{
    AnswerLinkId, EmailAddress, Language, MeetingRequest, MeetingRequestId, Name, Noun, Principal,
    State, of,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    Conn,
    answer_links::{self, AnswerLink},
    deliveries, meeting_requests,
};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    answer::PageOf,
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{Body, Nothing, PathId, Signed, path_id},
    limits,
    live::Snapshot,
    requests::{answers, rights::Eyes},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(create_answer_link)
        .service(list_answer_links)
        .service(send_answer_link)
        .service(delete_answer_link);
}

/// To whom a link is given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAnswerLink {
    /// Their address, shown to the other side once they accept.
    email: EmailAddress,
    /// Their name.
    name: Name,
    /// In which language they are written to.
    language: Language,
    /// Whether the hub sends it to them by mail; otherwise whoever made it passes it on.
    #[serde(default)]
    send: bool,
}

/// A link with its path, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnswerLinkView {
    /// Its id.
    id: AnswerLinkId,
    /// The path of the page, to be put behind the address of the hub. Only a hash of its secret is kept.
    path: String,
    /// Until when it is good.
    expires_at: Timestamp,
}

/// A link that was given.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GivenAnswerLink {
    /// Its id.
    id: AnswerLinkId,
    /// To whom.
    email: EmailAddress,
    /// What they are called.
    name: Name,
    /// In which language they are written to.
    language: Language,
    /// When.
    created_at: Timestamp,
    /// Until when it is good.
    expires_at: Timestamp,
    /// When the request was answered through it.
    answered_at: Option<Timestamp>,
    /// When it was taken back.
    revoked_at: Option<Timestamp>,
    /// How often it was sent by mail.
    mails: u32,
    /// When it was sent last.
    mailed_at: Option<Timestamp>,
    /// How that mail stands: `waiting`, `delivered`, `failed` (given up), or `dropped` (the link was not good any more).
    #[serde(skip_serializing_if = "Option::is_none")]
    mail: Option<String>,
}

impl GivenAnswerLink {
    fn of(conn: &mut Conn, link: AnswerLink) -> ApiResult<GivenAnswerLink> {
        Ok(GivenAnswerLink {
            id: link.id,
            email: link.email,
            name: link.name,
            language: link.language,
            created_at: link.created_at,
            expires_at: link.expires_at,
            answered_at: link.answered_at,
            revoked_at: link.revoked_at,
            mails: link.mails,
            mailed_at: link.mailed_at,
            mail: deliveries::find_state_of_link(conn, link.id)?,
        })
    }
}

/// The request, if the caller is on the staff of its programme and of neither side's house.
fn find_staffed(
    conn: &mut Conn,
    snapshot: &Snapshot,
    me: &Principal,
    id: MeetingRequestId,
) -> ApiResult<MeetingRequest> {
    let request = meeting_requests::find(conn, id)?;
    let eyes = Eyes::of(me, &request)?;
    if eyes.staff && !snapshot.has_conflict(me, &request) {
        Ok(request)
    } else {
        Err(Code::Forbidden.into())
    }
}

/// Give a link to a counterpart without an account, by which it answers on a page of its own.
///
/// For staff of the programme, while the request waits for a counterpart that has no members. `Idempotency-Key` is not
/// honoured: the secret is never kept.
#[utoipa::path(
    tag = "meeting-requests",
    params(("id" = MeetingRequestId, Path)),
    request_body = NewAnswerLink,
    responses((status = 201, body = AnswerLinkView), ApiError)
)]
#[post("/meeting-requests/{id}/answer-links")]
pub(crate) async fn create_answer_link(
    caller: Signed,
    id: PathId<of::MeetingRequest>,
    new: Body<NewAnswerLink>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot, giving) = (app.now(), app.live().snapshot(), app.clone());
    let link = app
        .write_as(&caller, move |conn, me| {
            let request = find_staffed(conn, &snapshot, me, id.0)?;
            require_unclaimed(conn, &request, &new.value.email, now)?;
            let NewAnswerLink {
                email,
                name,
                language,
                send,
            } = new.value;
            let to = answers::Addressee {
                email,
                name,
                language,
            };
            let link = answers::give(conn, &giving, &request, to, (me.person, None), now)?;
            if send {
                return answers::mail(conn, &request, link, (Some(me.person), None), now);
            }
            Ok(link)
        })
        .await?;
    let view = AnswerLinkView {
        id: link.id,
        path: answers::path(&app, link.id),
        expires_at: link.expires_at,
    };
    Ok(HttpResponse::Created()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(view))
}

/// Send a link by mail, the first time or again. The letter is in the language of the link, and opening it changes nothing.
///
/// For staff of the programme, while the link is good. How it went stands in the list of links.
#[utoipa::path(
    tag = "meeting-requests",
    params(("id" = MeetingRequestId, Path), ("link" = AnswerLinkId, Path)),
    request_body = Nothing,
    responses((status = 202, body = GivenAnswerLink), ApiError)
)]
#[post("/meeting-requests/{id}/answer-links/{link}/send")]
pub(crate) async fn send_answer_link(
    caller: Signed,
    id: PathId<of::MeetingRequest>,
    request: HttpRequest,
    _: Body<Nothing>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let link = path_id::<of::AnswerLink>(&request, "link");
    let view = app
        .write_as(&caller, move |conn, me| {
            let request = find_staffed(conn, &snapshot, me, id.0)?;
            let link = answer_links::find(conn, link?)?;
            if link.request != request.id {
                return Err(ApiError::not_found(Noun::AnswerLink));
            }
            require_unclaimed(conn, &request, &link.email, now)?;
            if answers::closed(conn, &link, &request, now)?.is_some() {
                return Err(Code::Stale.into());
            }
            let mailed = answers::mail(conn, &request, link, (Some(me.person), None), now)?;
            GivenAnswerLink::of(conn, mailed)
        })
        .await?;
    Ok(HttpResponse::Accepted().json(view))
}

/// Who can sign in does so.
fn require_unclaimed(
    conn: &mut Conn,
    request: &MeetingRequest,
    email: &EmailAddress,
    now: Timestamp,
) -> ApiResult<()> {
    let state = request.state_at(now);
    if state != State::AwaitingCounterpart {
        let details = json!({"state": state});
        return Err(ApiError::from(Code::InvalidTransition).with_details(details));
    }
    if answers::is_unclaimed(conn, request, email)? {
        Ok(())
    } else {
        Err(Code::HasAccount.into())
    }
}

/// The links that were given for a request, the latest first. For staff of its programme.
#[utoipa::path(
    tag = "meeting-requests",
    params(("id" = MeetingRequestId, Path)),
    responses((status = 200, body = PageOf<GivenAnswerLink>), ApiError)
)]
#[get("/meeting-requests/{id}/answer-links")]
pub(crate) async fn list_answer_links(
    caller: Signed,
    id: PathId<of::MeetingRequest>,
    app: App,
) -> ApiResult<HttpResponse> {
    let snapshot = app.live().snapshot();
    let items: Vec<GivenAnswerLink> = app
        .read_as(&caller, move |conn, me| {
            let request = find_staffed(conn, &snapshot, me, id.0)?;
            let links = answer_links::list(conn, request.id)?.into_iter();
            let views = links.map(|link| GivenAnswerLink::of(conn, link));
            views.collect()
        })
        .await?;
    let next_cursor = None;
    Ok(HttpResponse::Ok().json(PageOf { items, next_cursor }))
}

/// Take a link back. For staff of the programme.
#[utoipa::path(
    tag = "meeting-requests",
    params(("id" = MeetingRequestId, Path), ("link" = AnswerLinkId, Path)),
    responses((status = 204), ApiError)
)]
#[delete("/meeting-requests/{id}/answer-links/{link}")]
pub(crate) async fn delete_answer_link(
    caller: Signed,
    id: PathId<of::MeetingRequest>,
    request: HttpRequest,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let link = path_id::<of::AnswerLink>(&request, "link");
    app.write_as(&caller, move |conn, me| {
        let request = find_staffed(conn, &snapshot, me, id.0)?;
        let link = link?;
        answer_links::save_revoked(conn, request.id, link, now)?;
        let link = answer_links::find(conn, link)?;
        let by = (Some(me.person), None);
        answers::note(conn, &request, &link, ("revoked", 1), by, now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
