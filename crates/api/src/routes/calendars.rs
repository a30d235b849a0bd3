//! Calendar feeds: a private address for each person, from which a calendar program reads their meetings.

use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    http::header::{self, HeaderValue},
    post,
};
use domain::{Language, MeetingRequest, Noun, PersonStatus, State};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::json;
use store::{
    Conn, StoreError, calendar_feeds,
    journal::{self, Change},
    meeting_requests, people, places,
};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    app::App,
    auth::secrets::{OpaqueToken, TokenHash, TokenKind},
    calendar::{self, Event, Method, Organiser},
    error::{ApiError, ApiResult, Code},
    extract::{Body, Nothing, Signed},
    limits,
    live::Snapshot,
    requests::{consent, rights::Eyes},
    routes::me::OrganisationRef,
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(create_calendar_feed)
        .service(delete_calendar_feed)
        .service(show_calendar_feed);
}

/// How far a feed looks back, and ahead.
const BACK: SignedDuration = SignedDuration::from_hours(24 * 90);
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 366);

/// Meetings in a feed at most.
const EVENTS_MAX: i64 = 1_000;

/// The address of a feed, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CalendarFeedView {
    /// The path from which a calendar program reads. Whoever has it reads the meetings: only a hash of it is kept.
    path: String,
}

/// Make the address of my calendar; one from before is void.
///
/// `Idempotency-Key` is not honoured: the address is never kept.
#[utoipa::path(tag = "me", request_body = Nothing, responses((status = 201, body = CalendarFeedView), ApiError))]
#[post("/me/calendar-feed")]
pub(crate) async fn create_calendar_feed(
    caller: Signed,
    _: Body<Nothing>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, event) = (app.now(), app.new_uuid());
    let (token, hash) = OpaqueToken::generate(TokenKind::Calendar);
    app.write_as(&caller, move |conn, me| {
        match calendar_feeds::save_revoked(conn, me.person, now) {
            Ok(()) | Err(StoreError::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
        calendar_feeds::insert(conn, hash.as_str(), me.person, now)?;
        note(conn, me.person, ("created", event), now)
    })
    .await?;
    let view = CalendarFeedView {
        path: format!("/v1/calendars/{}", token.reveal()),
    };
    Ok(HttpResponse::Created()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(view))
}

/// Void the address of my calendar.
#[utoipa::path(tag = "me", responses((status = 204), ApiError))]
#[delete("/me/calendar-feed")]
pub(crate) async fn delete_calendar_feed(caller: Signed, app: App) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, event) = (app.now(), app.new_uuid());
    app.write_as(&caller, move |conn, me| {
        calendar_feeds::save_revoked(conn, me.person, now)?;
        note(conn, me.person, ("revoked", event), now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn note(
    conn: &mut Conn,
    person: domain::PersonId,
    (action, event): (&'static str, uuid::Uuid),
    now: Timestamp,
) -> ApiResult<()> {
    let change = Change {
        action,
        noun: Noun::CalendarFeed,
        id: event,
        version: 1,
        person: Some(person),
        party: None,
        detail: json!({}),
    };
    Ok(journal::insert(conn, &change, now)?)
}

/// The meetings of whoever made this address, for a calendar program.
///
/// Nobody signs in here: the address is the secret. One that is void, and one of somebody who may not sign in any more, does
/// not exist.
#[utoipa::path(
    tag = "meetings",
    security(()),
    params(("token" = String, Path)),
    responses((status = 200, body = String, content_type = "text/calendar"), ApiError)
)]
#[get("/calendars/{token}")]
pub(crate) async fn show_calendar_feed(request: HttpRequest, app: App) -> ApiResult<HttpResponse> {
    let hash = TokenHash::of(request.match_info().get("token").unwrap_or_default());
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let text = app
        .read(move |conn| {
            let person = calendar_feeds::find_person(conn, hash.as_str())?;
            let me = people::find_principal(conn, person)?;
            if me.status != PersonStatus::Active {
                return Err(ApiError::not_found(Noun::CalendarFeed));
            }
            let person = people::find(conn, person)?;
            let window = (
                now.saturating_sub(BACK).unwrap_or(now),
                now.saturating_add(AHEAD).unwrap_or(now),
            );
            let found = meeting_requests::list_meetings_of(conn, person.id, window, EVENTS_MAX)?;
            let events: ApiResult<Vec<Event>> = found
                .iter()
                .map(|request| {
                    let seen = (request, Eyes::of(&me, request).ok());
                    event(conn, &snapshot, seen, person.language, now)
                })
                .collect();
            Ok(calendar::write(&person.name, Method::Publish, &events?))
        })
        .await?;
    Ok(answer(text))
}

/// The meeting as a calendar shows it to a side or to anybody else who takes part (`None`): when, where, between whom;
/// nobody's contacts.
pub(crate) fn event(
    conn: &mut Conn,
    snapshot: &Snapshot,
    (request, reader): (&MeetingRequest, Option<Eyes>),
    language: Language,
    now: Timestamp,
) -> ApiResult<Event> {
    let meeting = request.meeting.as_ref();
    let meeting = meeting.ok_or_else(|| ApiError::not_found(Noun::Meeting))?;
    let cancelled = request.state_at(now) == State::Cancelled;
    let booked = &meeting.booked;
    let place = match booked.place {
        Some(id) if !cancelled => Some(places::find(conn, id)?),
        _ => None,
    };
    let name = |id| {
        let found = OrganisationRef::of(snapshot, id, language);
        found.ok_or(ApiError::from(Code::Unavailable))
    };
    let (from, to) = (
        name(request.from.organisation)?.name,
        name(request.to.organisation)?.name,
    );
    let programme = snapshot.programme(request.programme);
    let programme = programme.ok_or(ApiError::from(Code::Unavailable))?;
    let title = programme.programme.name.in_language(language);
    let shown = consent::shows_words(conn, snapshot, request, reader, now)?;
    let venue = booked.venue.as_ref().filter(|_| shown);
    let wheres = [
        place.as_ref().map(|place| place.name.to_string()),
        venue.map(ToString::to_string),
    ];
    let location: Vec<String> = wheres.into_iter().flatten().collect();
    Ok(Event {
        id: request.id,
        sequence: meeting.revision - u32::from(!cancelled),
        cancelled,
        changed_at: request.changed_at,
        starts_at: booked.span.starts_at(),
        ends_at: booked.span.ends_at(),
        summary: format!("{from} × {to}"),
        location: (!location.is_empty()).then(|| location.join(", ")),
        link: place.and_then(|place| place.link),
        organiser: Organiser {
            id: request.programme.uuid(),
            name: title.map_or_else(|| programme.code.clone(), ToString::to_string),
        },
    })
}

/// A calendar as an answer.
pub(crate) fn answer(text: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/calendar; charset=utf-8")
        .insert_header((
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"nakodo.ics\""),
        ))
        .body(text)
}
