//! Replies 返信: what is said of a request without a step. The state stays as it is.

use actix_web::{HttpRequest, HttpResponse, get, http::StatusCode, post};
use domain::{EmailAddress, MeetingRequestId, Name, Noun, Party, Prose, ReplyId, ReplyKind, of};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    journal::{self, Change},
    meeting_requests,
    replies::{self, Reply, Speaker},
};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{mask::without_addresses, view::Reading};
use crate::{
    answer::{self, Made, PageOf},
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{Body, IdempotencyKey, PathId, Reader, Signed, path_id},
    limits,
    requests::{answers, rights::Eyes},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_replies)
        .service(create_reply)
        .service(answer_reply);
}

/// Something that was said.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReplyView {
    /// Its id.
    id: ReplyId,
    /// What it is.
    kind: ReplyKind,
    /// On whose part.
    party: Party,
    /// What was said; e-mail addresses in it are shown on acceptance.
    text: String,
    /// Times that were proposed.
    times: Vec<Timestamp>,
    /// The colleague who was named; for the side that is asked, and staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    colleague: Option<Colleague>,
    /// When.
    at: Timestamp,
    /// The answer to a question.
    answer: Option<String>,
    /// When it was answered.
    answered_at: Option<Timestamp>,
}

/// Somebody else who is in charge.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Colleague {
    /// The name.
    name: Name,
    /// The address.
    email: EmailAddress,
}

/// What is said.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewReply {
    /// What it is.
    kind: ReplyKind,
    /// In words; needed for a question.
    #[serde(default)]
    text: Option<Prose<2000>>,
    /// Times that are proposed, up to ten.
    #[serde(default)]
    times: Vec<Timestamp>,
    /// Who is in charge, for a referral.
    #[serde(default)]
    colleague: Option<Colleague>,
}

/// Times at most that are proposed at once. Our choice.
const TIMES_MAX: usize = 10;

impl NewReply {
    fn check(&self, now: Timestamp) -> ApiResult<()> {
        let wrong = |field, message| Err(ApiError::body(field, message));
        if self.times.len() > TIMES_MAX {
            return wrong("times", "has more than 10 entries");
        }
        match self.kind {
            ReplyKind::Question if self.text.is_none() => wrong("text", "is needed"),
            ReplyKind::Times if self.text.is_none() && self.times.is_empty() => {
                wrong("times", "is needed")
            }
            ReplyKind::Referral if self.colleague.is_none() => wrong("colleague", "is needed"),
            ReplyKind::Question | ReplyKind::Times if self.colleague.is_some() => {
                wrong("colleague", "cannot be changed")
            }
            ReplyKind::Question | ReplyKind::Referral if !self.times.is_empty() => {
                wrong("times", "cannot be changed")
            }
            _ if self.times.iter().any(|at| *at <= now) => wrong("times", "is over"),
            _ => Ok(()),
        }
    }
}

fn view(reply: Reply, eyes: Eyes, told: bool) -> ReplyView {
    let shown = |text: String| if told { text } else { without_addresses(&text) };
    let (answer, answered_at) = match reply.answer {
        Some((answer, _, at)) => (Some(shown(answer)), Some(at)),
        None => (None, None),
    };
    ReplyView {
        id: reply.id,
        kind: reply.kind,
        party: reply.party,
        text: shown(reply.text),
        times: reply.times,
        colleague: reply
            .colleague
            .filter(|_| eyes.staff || eyes.counterpart)
            .map(|(name, email)| Colleague { name, email }),
        at: reply.at,
        answer,
        answered_at,
    }
}

/// Whether the side that is asked may know of it: not of what staff asked the other side before they let it through.
fn is_for(reply: &Reply, eyes: Eyes) -> bool {
    eyes.requester || eyes.staff || reply.party == Party::Counterpart
}

/// What was said of a request, oldest first.
#[utoipa::path(
    tag = "meeting-requests",
    params(("id" = MeetingRequestId, Path)),
    responses((status = 200, body = PageOf<ReplyView>), ApiError)
)]
#[get("/meeting-requests/{id}/replies")]
pub(crate) async fn list_replies(
    caller: Signed,
    id: PathId<of::MeetingRequest>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let items: Vec<ReplyView> = app
        .read_as(&caller, move |conn, me| {
            let request = meeting_requests::find(conn, id.0)?;
            let eyes = Eyes::of(me, &request)?;
            let reading = Reading {
                snapshot: &snapshot,
                me,
                language: reader.0,
                now,
            };
            let told = reading.tells_all(conn, &request, eyes)?;
            let said = replies::list(conn, request.id)?.into_iter();
            let for_me = said.filter(|reply| is_for(reply, eyes));
            Ok(for_me.map(|reply| view(reply, eyes, told)).collect())
        })
        .await?;
    let next_cursor = None;
    Ok(HttpResponse::Ok().json(PageOf { items, next_cursor }))
}

/// Ask a question, propose times, or name a colleague. The request stays where it stands.
///
/// For members of the side that is asked, once it knows of the request, and for staff, who ask the side that asks.
#[utoipa::path(
    tag = "meeting-requests",
    params(("id" = MeetingRequestId, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = NewReply,
    responses((status = 201, body = ReplyView), ApiError)
)]
#[post("/meeting-requests/{id}/replies")]
pub(crate) async fn create_reply(
    caller: Signed,
    id: PathId<of::MeetingRequest>,
    key: IdempotencyKey,
    new: Body<NewReply>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot, reply) = (app.now(), app.live().snapshot(), app.new_id());
    let Body { value: new, hash } = new;
    answer::create(&app, &caller, key, hash, move |conn, me| {
        let request = meeting_requests::find(conn, id.0)?;
        let eyes = Eyes::of(me, &request)?;
        let acts = |side, other| me.role_in(side).is_some() && !snapshot.has_interest_in(me, other);
        let (from, to) = (request.from.organisation, request.to.organisation);
        let party = if eyes.counterpart && acts(to, from) {
            Party::Counterpart
        } else if eyes.staff
            && new.kind == ReplyKind::Question
            && !snapshot.has_conflict(me, &request)
        {
            Party::Staff
        } else {
            return Err(Code::Forbidden.into());
        };
        let state = request.state_at(now);
        if state.is_end() {
            let details = json!({"state": state});
            return Err(ApiError::from(Code::InvalidTransition).with_details(details));
        }
        new.check(now)?;
        let said = Reply {
            id: reply,
            request: request.id,
            kind: new.kind,
            party,
            by: Speaker::Person(me.person),
            text: new
                .text
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            times: new.times.clone(),
            colleague: new.colleague.clone().map(|named| (named.name, named.email)),
            at: now,
            answer: None,
        };
        answers::say(conn, &request, &said)?;
        Ok(Made {
            location: format!("/v1/meeting-requests/{}/replies", request.id),
            version: None,
            body: view(said, eyes, false),
        })
    })
    .await
}

/// What a question is answered with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplyAnswer {
    /// The answer.
    text: Prose<2000>,
}

/// Answer a question, once. For members of the side that asked for the introduction.
#[utoipa::path(
    tag = "meeting-requests",
    params(("id" = MeetingRequestId, Path), ("reply" = ReplyId, Path)),
    request_body = ReplyAnswer,
    responses((status = 204), ApiError)
)]
#[post("/meeting-requests/{id}/replies/{reply}/answer")]
pub(crate) async fn answer_reply(
    caller: Signed,
    id: PathId<of::MeetingRequest>,
    request: HttpRequest,
    answer: Body<ReplyAnswer>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let reply = path_id::<of::Reply>(&request, "reply");
    app.write_as(&caller, move |conn, me| {
        let request = meeting_requests::find(conn, id.0)?;
        let eyes = Eyes::of(me, &request)?;
        if !eyes.requester || snapshot.has_interest_in(me, request.to.organisation) {
            return Err(Code::Forbidden.into());
        }
        let reply = reply?;
        let text = answer.value.text;
        replies::save_answer(conn, (request.id, reply), text.as_str(), me.person, now)?;
        let change = Change {
            action: "answered",
            noun: Noun::Reply,
            id: reply.uuid(),
            version: 2,
            person: Some(me.person),
            party: Some(Party::Requester),
            detail: json!({"request": request.id, "programme": request.programme}),
        };
        Ok(journal::insert(conn, &change, now)?)
    })
    .await?;
    Ok(HttpResponse::build(StatusCode::NO_CONTENT).finish())
}
