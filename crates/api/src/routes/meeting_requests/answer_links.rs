//! Answer links: staff give them to a counterpart without an account.

use actix_web::{HttpRequest, HttpResponse, delete, get, http::header, post};
use domain::{
    AnswerLinkId, EmailAddress, Language, MeetingRequest, MeetingRequestId, Name, Noun, Principal,
    State, of,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    Conn,
    answer_links::{self, AnswerLink},
    journal::{self, Change},
    meeting_requests, people,
};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    answer::PageOf,
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{Body, PathId, Signed, path_id},
    limits,
    live::Snapshot,
    requests::{answers, rights::Eyes},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(create_answer_link)
        .service(list_answer_links)
        .service(delete_answer_link);
}

/// How long a link is good. Our choice: longer than a counterpart has to answer.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(24 * 30);

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
    let (now, snapshot, link) = (app.now(), app.live().snapshot(), app.new_id());
    let expires_at = now.saturating_add(GOOD_FOR).unwrap_or(Timestamp::MAX);
    let hash = answers::hash(&app, link);
    app.write_as(&caller, move |conn, me| {
        let request = find_staffed(conn, &snapshot, me, id.0)?;
        require_unclaimed(conn, &request, &new.value, now)?;
        let NewAnswerLink {
            email,
            name,
            language,
        } = new.value;
        let kept = AnswerLink {
            id: link,
            request: request.id,
            email,
            name,
            language,
            created_by: me.person,
            created_at: now,
            expires_at,
            answered_at: None,
            person: None,
            revoked_at: None,
        };
        answer_links::insert(conn, &kept, hash.as_str())?;
        note(conn, me, (&request, link), "created", now)
    })
    .await?;
    let view = AnswerLinkView {
        id: link,
        path: answers::path(&app, link),
        expires_at,
    };
    Ok(HttpResponse::Created()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(view))
}

/// Who can sign in does so.
fn require_unclaimed(
    conn: &mut Conn,
    request: &MeetingRequest,
    new: &NewAnswerLink,
    now: Timestamp,
) -> ApiResult<()> {
    let state = request.state_at(now);
    if state != State::AwaitingCounterpart {
        let details = json!({"state": state});
        return Err(ApiError::from(Code::InvalidTransition).with_details(details));
    }
    let has_account = people::find_by_email(conn, new.email.as_str())?
        .is_some_and(|(_, password)| password.is_some());
    if has_account || !people::list_members(conn, request.to.organisation)?.is_empty() {
        return Err(Code::HasAccount.into());
    }
    Ok(())
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
            let views = links.map(|link| GivenAnswerLink {
                id: link.id,
                email: link.email,
                name: link.name,
                language: link.language,
                created_at: link.created_at,
                expires_at: link.expires_at,
                answered_at: link.answered_at,
                revoked_at: link.revoked_at,
            });
            Ok(views.collect())
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
        note(conn, me, (&request, link), "revoked", now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn note(
    conn: &mut Conn,
    me: &Principal,
    (request, link): (&MeetingRequest, AnswerLinkId),
    action: &'static str,
    now: Timestamp,
) -> ApiResult<()> {
    let change = Change {
        action,
        noun: Noun::AnswerLink,
        id: link.uuid(),
        version: 1,
        person: Some(me.person),
        party: None,
        detail: json!({"request": request.id, "programme": request.programme}),
    };
    Ok(journal::insert(conn, &change, now)?)
}
