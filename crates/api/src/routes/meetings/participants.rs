//! Who takes part beside the two sides 同席者: interpreters, advisers, concierges, representatives.

use actix_web::{HttpRequest, HttpResponse, delete, http::StatusCode, post};
use domain::{
    Id, MeetingRequest, MeetingRequestId, Noun, ParticipantRole, PersonId, PersonStatus, Principal,
    of,
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use store::{
    Conn, StoreError,
    journal::{self, Change},
    meeting_requests,
    participants::{self, Participant},
    people, programmes,
};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::{
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{Body, PathId, Reader, Signed, path_id},
    limits,
    live::Snapshot,
    requests::booking,
};

use super::{
    Standing, find_seen, is_staff_for, require_scheduled,
    view::{MeetingView, Viewer},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(add_participant).service(remove_participant);
}

/// Somebody who is to take part.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewParticipant {
    /// Who: anybody who can sign in, for staff; a member of one's own organisation, for a side.
    person: PersonId,
    /// As what; a side brings advisers alone.
    role: ParticipantRole,
}

/// People at most beside the two sides.
const PARTICIPANTS_MAX: usize = 20;

/// Have somebody take part in a meeting. They must be free then.
#[utoipa::path(
    tag = "meetings",
    params(("id" = MeetingRequestId, Path)),
    request_body = NewParticipant,
    responses((status = 201, body = MeetingView), ApiError)
)]
#[post("/meetings/{id}/participants")]
pub(crate) async fn add_participant(
    caller: Signed,
    id: PathId<of::Meeting>,
    new: Body<NewParticipant>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot, event) = (app.now(), app.live().snapshot(), app.new_uuid());
    let new = new.value;
    let view = app
        .write_as(&caller, move |conn, me| {
            let request = find_locked(conn, me, Id::from_uuid(id.0.uuid()))?;
            require_may_add(conn, &snapshot, me, &request, new)?;
            require_scheduled(&request, now)?;
            let participant = Participant {
                person: new.person,
                role: new.role,
                added_by: me.person,
            };
            participants::insert(conn, request.id, &participant, now)?;
            let change = ("added", event, new.person);
            follow(conn, me, &request, change, now)?;
            let viewer = Viewer {
                snapshot: &snapshot,
                me,
                language: reader.0,
                now,
            };
            viewer.of(conn, &request)
        })
        .await?;
    Ok(HttpResponse::build(StatusCode::CREATED).json(view))
}

/// Have somebody take part no longer. Their time is free again.
///
/// For staff, for a side of its own members, and for oneself.
#[utoipa::path(
    tag = "meetings",
    params(("id" = MeetingRequestId, Path), ("person" = PersonId, Path)),
    responses((status = 204), ApiError)
)]
#[delete("/meetings/{id}/participants/{person}")]
pub(crate) async fn remove_participant(
    caller: Signed,
    id: PathId<of::Meeting>,
    request: HttpRequest,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot, event) = (app.now(), app.live().snapshot(), app.new_uuid());
    let person = path_id::<of::Person>(&request, "person");
    app.write_as(&caller, move |conn, me| {
        let request = find_locked(conn, me, Id::from_uuid(id.0.uuid()))?;
        let person = person.map_err(|_| ApiError::not_found(Noun::Participant))?;
        if person != me.person && !is_staff_for(&snapshot, me, &request) {
            require_colleague(conn, me, &request, person)?;
        }
        require_scheduled(&request, now)?;
        participants::delete(conn, request.id, person)?;
        follow(conn, me, &request, ("removed", event, person), now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The meeting, locked: its time stays as long as this transaction takes.
fn find_locked(conn: &mut Conn, me: &Principal, id: MeetingRequestId) -> ApiResult<MeetingRequest> {
    meeting_requests::lock(conn, &[id])?;
    Ok(find_seen(conn, me, id)?.0)
}

fn require_may_add(
    conn: &mut Conn,
    snapshot: &Snapshot,
    me: &Principal,
    request: &MeetingRequest,
    new: NewParticipant,
) -> ApiResult<()> {
    if !is_staff_for(snapshot, me, request) {
        if new.role != ParticipantRole::Adviser {
            return Err(Code::Forbidden.into());
        }
        require_colleague(conn, me, request, new.person)?;
    }
    let found = match people::find_principal(conn, new.person) {
        Err(StoreError::NotFound(_)) => None,
        found => Some(found?),
    };
    if found.is_none_or(|found| found.status != PersonStatus::Active) {
        return Err(ApiError::body("person", "no such person"));
    }
    let named = [request.from.person, request.to.person];
    if named.contains(&Some(new.person)) {
        return Err(ApiError::body("person", "must differ"));
    }
    if participants::list(conn, request.id)?.len() >= PARTICIPANTS_MAX {
        let message = format!("has more than {PARTICIPANTS_MAX} entries");
        return Err(ApiError::body("person", message));
    }
    Ok(())
}

/// A side brings, and takes back, its own members.
fn require_colleague(
    conn: &mut Conn,
    me: &Principal,
    request: &MeetingRequest,
    person: PersonId,
) -> ApiResult<()> {
    let sides = [request.from.organisation, request.to.organisation];
    let own = sides.into_iter().find(|side| me.role_in(*side).is_some());
    let (Some(own), Some(Standing::Party(_))) = (own, super::standing(conn, me, request)?) else {
        return Err(Code::Forbidden.into());
    };
    match people::find_principal(conn, person) {
        Ok(found) if found.role_in(own).is_some() => Ok(()),
        Ok(_) | Err(StoreError::NotFound(_)) => Err(ApiError::body("person", "no such member")),
        Err(error) => Err(error.into()),
    }
}

/// Takes or gives back the time, and writes down who did it.
fn follow(
    conn: &mut Conn,
    me: &Principal,
    request: &MeetingRequest,
    (action, event, person): (&'static str, Uuid, PersonId),
    now: Timestamp,
) -> ApiResult<()> {
    let programme = programmes::find(conn, request.programme)?.programme;
    booking::settle(conn, request, programme.booking, now)?;
    let change = Change {
        action,
        noun: Noun::Participant,
        id: event,
        version: 1,
        person: Some(me.person),
        party: None,
        detail: json!({"meeting_request": request.id, "participant": person}),
    };
    Ok(journal::insert(conn, &change, now)?)
}
