//! Answers through a link: what somebody without an account may do, and as whom.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    Actor, AnswerLinkId, MeetingRequest, Move, Noun, Party, Person, PersonId, ReplyKind, State,
    Step,
};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::json;
use sha2::Sha256;
use store::{
    Conn,
    answer_links::{self, AnswerLink},
    journal::{self, Change},
    meeting_requests, people,
    replies::{self, Reply, Speaker},
};

use super::consent;
use crate::{
    app::App,
    auth::secrets::TokenHash,
    error::{ApiError, ApiResult, Code},
    live::Snapshot,
    pages::form::Act,
};

/// What the secret of a link is derived with.
const LABEL: &[u8] = b"nakodo answer link 1";

/// The secret of a link: its id, signed with a key of the hub. Nothing of it is kept but a hash, so whoever may read the
/// database cannot answer; and who sends mail makes it again from the id.
fn secret(app: &App, id: AnswerLinkId) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(app.cursor_key()).expect("HMAC takes keys of any length");
    mac.update(LABEL);
    mac.update(id.uuid().as_bytes());
    let signed = [
        id.uuid().as_bytes().as_slice(),
        &mac.finalize().into_bytes(),
    ]
    .concat();
    format!("nka_{}", URL_SAFE_NO_PAD.encode(signed))
}

/// The path of a link's page, below the address of the hub. Not to be logged.
pub fn path(app: &App, id: AnswerLinkId) -> String {
    format!("/answer/{}", secret(app, id))
}

/// What is kept of a link's secret.
pub(crate) fn hash(app: &App, id: AnswerLinkId) -> TokenHash {
    TokenHash::of(&secret(app, id))
}

/// Why nothing can be done through a link any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// Its time is over.
    Expired,
    /// Staff took it back.
    Revoked,
    /// The request was answered through it.
    Answered,
    /// The request does not wait for the side any more.
    Over(State),
    /// The organisation has members of its own by now, or the person an account.
    Claimed,
}

/// The link with this secret, its request, and what keeps anybody from answering through it.
///
/// # Errors
/// 404 for a secret that nobody was given.
pub(crate) fn open(
    conn: &mut Conn,
    secret: &str,
    now: Timestamp,
) -> ApiResult<(AnswerLink, MeetingRequest, Option<Closed>)> {
    let link = answer_links::find_by_hash(conn, TokenHash::of(secret).as_str())?;
    let request = meeting_requests::find(conn, link.request)?;
    let state = request.state_at(now);
    let closed = if link.expires_at <= now {
        Some(Closed::Expired)
    } else if link.revoked_at.is_some() {
        Some(Closed::Revoked)
    } else if link.answered_at.is_some() {
        Some(Closed::Answered)
    } else if state != State::AwaitingCounterpart {
        Some(Closed::Over(state))
    } else if !people::list_members(conn, request.to.organisation)?.is_empty()
        || has_account(conn, &link)?
    {
        Some(Closed::Claimed)
    } else {
        None
    };
    Ok((link, request, closed))
}

fn has_account(conn: &mut Conn, link: &AnswerLink) -> ApiResult<bool> {
    let found = people::find_by_email(conn, link.email.as_str())?;
    Ok(found.is_some_and(|(_, password)| password.is_some()))
}

/// Does what was confirmed. The request after it.
///
/// # Errors
/// 409 if the request has moved on, or a consent is missing.
pub(crate) fn perform(
    conn: &mut Conn,
    (app, snapshot): (&App, &Snapshot),
    (link, request): (&AnswerLink, MeetingRequest),
    act: Act,
    now: Timestamp,
) -> ApiResult<MeetingRequest> {
    let mut reply = Reply {
        id: app.new_id(),
        request: request.id,
        kind: ReplyKind::Question,
        party: Party::Counterpart,
        by: Speaker::Link(link.id),
        text: String::new(),
        times: Vec::new(),
        colleague: None,
        at: now,
        answer: None,
    };
    match act {
        Act::Accept { phone, agreed } => {
            let person = guest(conn, app, link, phone, now)?;
            consent::agree_as_guest(
                conn,
                (app, snapshot),
                (&request, person),
                agreed.as_deref(),
                now,
            )?;
            let made = Move::bare(Step::Accept);
            step(conn, snapshot, (link, person), (request, made, None), now)
        }
        Act::Decline { reason, note } => {
            let person = guest(conn, app, link, None, now)?;
            let made = Move::because(Step::Decline, reason);
            step(conn, snapshot, (link, person), (request, made, note), now)
        }
        Act::Question { text } => {
            reply.text = text.to_string();
            say(conn, &request, &reply).map(|()| request)
        }
        Act::Times { text, times } => {
            reply.kind = ReplyKind::Times;
            reply.text = text.map(|text| text.to_string()).unwrap_or_default();
            reply.times = times;
            say(conn, &request, &reply).map(|()| request)
        }
        Act::Refer { name, email, text } => {
            reply.kind = ReplyKind::Referral;
            reply.text = text.map(|text| text.to_string()).unwrap_or_default();
            reply.colleague = Some((name, email));
            say(conn, &request, &reply).map(|()| request)
        }
    }
}

/// Takes the step and uses the link up.
fn step(
    conn: &mut Conn,
    snapshot: &Snapshot,
    (link, person): (&AnswerLink, PersonId),
    (request, made, note): (MeetingRequest, Move, Option<domain::Prose<2000>>),
    now: Timestamp,
) -> ApiResult<MeetingRequest> {
    let actor = Actor {
        party: Party::Counterpart,
        person: Some(person),
        on_behalf: None,
    };
    answer_links::save_answered(conn, link.id, person, now)?;
    let moved = super::take(conn, snapshot, request, made, &actor, note, now)?;
    let change = Change {
        action: "answered",
        noun: Noun::AnswerLink,
        id: link.id.uuid(),
        version: 1,
        person: Some(person),
        party: Some(Party::Counterpart),
        detail: json!({"request": moved.id, "programme": moved.programme}),
    };
    journal::insert(conn, &change, now)?;
    Ok(moved)
}

/// Keeps what was said, and tells the others that it was.
///
/// # Errors
/// What the database answered.
pub(crate) fn say(conn: &mut Conn, request: &MeetingRequest, reply: &Reply) -> ApiResult<()> {
    replies::insert(conn, reply)?;
    let change = Change {
        action: "created",
        noun: Noun::Reply,
        id: reply.id.uuid(),
        version: 1,
        person: match reply.by {
            Speaker::Person(person) => Some(person),
            Speaker::Link(_) => None,
        },
        party: Some(reply.party),
        detail: json!({
            "request": request.id,
            "kind": reply.kind,
            "programme": request.programme,
            "from": request.from.organisation,
            "to": request.to.organisation,
        }),
    };
    Ok(journal::insert(conn, &change, reply.at)?)
}

/// The person of the link. One who answers for the first time is written down, cannot sign in, and becomes a member by
/// accepting an invitation to the same address.
fn guest(
    conn: &mut Conn,
    app: &App,
    link: &AnswerLink,
    phone: Option<domain::Line<40>>,
    now: Timestamp,
) -> ApiResult<PersonId> {
    match people::find_by_email(conn, link.email.as_str())? {
        Some((_, Some(_))) => Err(ApiError::from(Code::Stale)),
        Some((person, None)) => {
            if phone.is_some() && phone != person.phone {
                people::save(
                    conn,
                    &Person {
                        phone,
                        ..person.clone()
                    },
                )?;
            }
            Ok(person.id)
        }
        None => {
            let person = Person {
                id: app.new_id(),
                email: link.email.clone(),
                name: link.name.clone(),
                language: link.language,
                phone,
                version: 1,
            };
            people::insert(conn, &person, None, false, now)?;
            let change = Change {
                action: "created",
                noun: Noun::Person,
                id: person.id.uuid(),
                version: 1,
                person: Some(person.id),
                party: None,
                detail: json!({"answer_link": link.id}),
            };
            journal::insert(conn, &change, now)?;
            Ok(person.id)
        }
    }
}
