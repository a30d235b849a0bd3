//! What is kept of the caller: to take along, and to be forgotten.

use actix_web::{HttpResponse, get, post};
use domain::{Actor, Move, Noun, Party, PersonId, Principal, Reason, Role, Step};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{
    Conn,
    journal::{self, Change},
    people, personal, sessions,
};
use utoipa::ToSchema;

use crate::{
    app::{App, off_thread},
    auth::passwords::{self, Password},
    error::{ApiError, ApiResult, Code},
    extract::{Body, Signed},
    limits,
    live::Snapshot,
    requests,
};

/// Everything that is kept of the caller.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Export {
    /// When it was put together.
    exported_at: Timestamp,
    /// Name, address, telephone, language.
    #[schema(value_type = Object)]
    person: Value,
    /// The introductions in which the caller asked, approved, accepted or is named.
    #[schema(value_type = Vec<Object>)]
    meeting_requests: Vec<Value>,
    /// Everything else, by kind: memberships, grants, sign-ins, invitations, steps, replies, consents, marks, feedback,
    /// outcomes, documents written, audit.
    #[schema(value_type = Object)]
    records: Value,
}

/// Everything that is kept of me, as JSON.
#[utoipa::path(tag = "me", responses((status = 200, body = Export), ApiError))]
#[get("/me/export")]
pub(crate) async fn export_me(caller: Signed, app: App) -> ApiResult<HttpResponse> {
    let now = app.now();
    let export = app
        .read_as(&caller, move |conn, me| {
            let person = people::find(conn, me.person)?;
            let found = personal::list_requests(conn, me.person)?.into_iter();
            let meeting_requests = found.map(|request| as_mine(&request, me.person, now));
            let records = personal::export(conn, me.person, person.email.as_str())?;
            Ok(Export {
                exported_at: now,
                person: json!({
                    "id": person.id, "name": person.name, "email": person.email,
                    "phone": person.phone, "language": person.language, "version": person.version,
                }),
                meeting_requests: meeting_requests.collect(),
                records: records.into(),
            })
        })
        .await?;
    let disposition = "attachment; filename=\"nakodo-export.json\"";
    Ok(HttpResponse::Ok()
        .insert_header(("content-disposition", disposition))
        .json(export))
}

/// A request as far as it is about the person; what they wrote, if they did.
fn as_mine(request: &domain::MeetingRequest, me: PersonId, now: Timestamp) -> Value {
    let mine = request.requested_by == me;
    json!({
        "id": request.id,
        "state": request.state_at(now),
        "purpose": request.purpose,
        "from": request.from.organisation,
        "to": request.to.organisation,
        "created_at": request.created_at,
        "asked": mine,
        "approved": request.approval == Some(domain::Approval::Staff(me)),
        "accepted": request.accepted_by == Some(me),
        "named": request.from.person == Some(me) || request.to.person == Some(me),
        "message": mine.then(|| request.message.as_str()),
    })
}

/// That the caller means it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Erasure {
    /// The password.
    #[schema(format = Password, max_length = 1000)]
    password: String,
    /// The word `erase`.
    #[schema(pattern = "^erase$")]
    confirm: String,
}

/// Forget me, for good.
///
/// Name, address and telephone go, and with them sign-ins, memberships and what the caller wrote in words. Open introductions
/// in which the caller is named are closed. That somebody did something, and when, stays in the audit. The last owner of an
/// organisation names another first, or puts it away.
#[utoipa::path(tag = "me", request_body = Erasure, responses((status = 204), ApiError))]
#[post("/me/erase")]
pub(crate) async fn erase_me(
    caller: Signed,
    erasure: Body<Erasure>,
    app: App,
) -> ApiResult<HttpResponse> {
    let Erasure { password, confirm } = erasure.value;
    if confirm != "erase" {
        return Err(ApiError::body("confirm", "must be the word erase"));
    }
    limits::sign_in(&app, &caller.person.to_string(), &caller.person.to_string()).await?;
    let (now, id, snapshot) = (app.now(), caller.person, app.live().snapshot());
    let kept = app
        .read(move |conn| {
            let email = people::find(conn, id)?.email;
            Ok(people::find_by_email(conn, email.as_str())?.and_then(|(_, hash)| hash))
        })
        .await?;
    off_thread(move || {
        let fits = Password::new(&password)
            .is_ok_and(|password| passwords::verify(&password, kept.as_deref()));
        if fits {
            Ok(())
        } else {
            Err(Code::WrongCredentials.into())
        }
    })
    .await?;
    app.write_as(&caller, move |conn, me| erase(conn, &snapshot, me, now))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn erase(conn: &mut Conn, snapshot: &Snapshot, me: &Principal, now: Timestamp) -> ApiResult<()> {
    for (organisation, role) in &me.memberships {
        let others = people::list_members(conn, *organisation)?;
        let left = others
            .iter()
            .any(|(person, role)| person.id != me.person && *role == Role::Owner);
        if *role == Role::Owner && !left {
            let details = json!({"organisation": organisation});
            return Err(ApiError::from(Code::LastOwner).with_details(details));
        }
    }
    close_requests(conn, snapshot, me.person, now)?;
    let email = people::find(conn, me.person)?.email;
    sessions::save_all_revoked(conn, me.person, now)?;
    personal::erase(conn, me.person, email.as_str(), now)?;
    let version = people::find(conn, me.person)?.version;
    let change = Change {
        action: "erased",
        noun: Noun::Person,
        id: me.person.uuid(),
        version,
        person: Some(me.person),
        party: None,
        detail: json!({}),
    };
    Ok(journal::insert(conn, &change, now)?)
}

/// Closes the open requests in which the person is named, or which they asked for.
fn close_requests(
    conn: &mut Conn,
    snapshot: &Snapshot,
    person: PersonId,
    now: Timestamp,
) -> ApiResult<()> {
    let system = Actor {
        party: Party::System,
        person: None,
        on_behalf: None,
    };
    for request in personal::list_requests(conn, person)? {
        let named = [
            request.from.person,
            request.to.person,
            Some(request.requested_by),
        ];
        if !named.contains(&Some(person)) || request.state_at(now).is_end() {
            continue;
        }
        let close = Move::because(Step::Close, Reason::PartyErased);
        requests::take(conn, snapshot, request, close, &system, None, now)?;
    }
    Ok(())
}
