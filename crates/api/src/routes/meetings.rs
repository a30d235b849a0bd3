//! Meetings 面談: what everybody who takes part may see of them, and no more.

mod participants;
pub(crate) mod view;

use actix_web::{HttpResponse, get};
use domain::{
    MeetingRequest, MeetingRequestId, Noun, ParticipantRole, Principal, ProgrammeId, State, of,
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use store::{Conn, meeting_requests, participants as others, people};
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    answer::{PageOf, is_since},
    app::App,
    calendar::{self, Method},
    error::{ApiError, ApiResult, Code},
    extract::{PathId, Query, Reader, Signed},
    live::Snapshot,
    requests::rights::Eyes,
    routes::{calendars, programmes::find_staffed},
};
use view::{MeetingView, Viewer};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_meetings)
        .service(show_meeting)
        .service(show_meeting_calendar)
        .configure(participants::configure);
}

/// Meetings in one answer at most.
const LISTED_MAX: i64 = 1_000;

/// The longest window.
const WINDOW_MAX: SignedDuration = SignedDuration::from_hours(24 * 366);

/// Which meetings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MeetingsQuery {
    /// Those that end after this instant; from now on, otherwise.
    from: Option<Timestamp>,
    /// Those that begin before this instant, at most a year later; a month later, otherwise.
    until: Option<Timestamp>,
    /// All of this programme, for its staff; those in which the caller takes part, otherwise.
    programme: Option<ProgrammeId>,
    /// Of those, the ones whose request changed at this instant or later.
    updated_since: Option<Timestamp>,
}

impl MeetingsQuery {
    fn window(&self, now: Timestamp) -> ApiResult<(Timestamp, Timestamp)> {
        let bad = |message| ApiError::field(Code::InvalidQuery, "until", message);
        let month = SignedDuration::from_hours(24 * 31);
        let from = self.from.unwrap_or(now);
        let later = from.saturating_add(month).unwrap_or(from);
        let until = self.until.unwrap_or(later);
        if until <= from {
            return Err(bad("is not after its beginning"));
        }
        if until.duration_since(from) > WINDOW_MAX {
            return Err(bad("is more than 366 days later"));
        }
        Ok((from, until))
    }
}

/// Meetings by time; cancelled ones too.
#[utoipa::path(
    tag = "meetings",
    params(MeetingsQuery),
    responses((status = 200, body = PageOf<MeetingView>), ApiError)
)]
#[get("/meetings")]
pub(crate) async fn list_meetings(
    caller: Signed,
    query: Query<MeetingsQuery>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let items: Vec<MeetingView> = app
        .read_as(&caller, move |conn, me| {
            let window = query.0.window(now)?;
            let found = match query.0.programme {
                Some(programme) => {
                    find_staffed(conn, &snapshot, me, programme)?;
                    meeting_requests::list_meetings_in(conn, programme, window, LISTED_MAX)?
                }
                None => meeting_requests::list_meetings_of(conn, me.person, window, LISTED_MAX)?,
            };
            let viewer = Viewer {
                snapshot: &snapshot,
                me,
                language: reader.0,
                now,
            };
            let since = query.0.updated_since;
            let changed = found
                .iter()
                .filter(|request| is_since(request.changed_at, since));
            let views = changed.map(|request| viewer.of(conn, request));
            views.collect()
        })
        .await?;
    let next_cursor = None;
    Ok(HttpResponse::Ok().json(PageOf { items, next_cursor }))
}

/// One meeting, for those who take part, their organisations, and staff.
#[utoipa::path(
    tag = "meetings",
    params(("id" = MeetingRequestId, Path)),
    responses((status = 200, body = MeetingView), ApiError)
)]
#[get("/meetings/{id}")]
pub(crate) async fn show_meeting(
    caller: Signed,
    id: PathId<of::Meeting>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let view: MeetingView = app
        .read_as(&caller, move |conn, me| {
            let (request, _) = find_seen(conn, me, domain::Id::from_uuid(id.0.uuid()))?;
            let viewer = Viewer {
                snapshot: &snapshot,
                me,
                language: reader.0,
                now,
            };
            viewer.of(conn, &request)
        })
        .await?;
    Ok(HttpResponse::Ok().json(view))
}

/// One meeting as a calendar (RFC 5545): the same `UID` for life, a `SEQUENCE` that rises, `METHOD:CANCEL` once cancelled.
#[utoipa::path(
    tag = "meetings",
    params(("id" = MeetingRequestId, Path)),
    responses((status = 200, body = String, content_type = "text/calendar"), ApiError)
)]
#[get("/meetings/{id}/calendar")]
pub(crate) async fn show_meeting_calendar(
    caller: Signed,
    id: PathId<of::Meeting>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let text = app
        .read_as(&caller, move |conn, me| {
            let (request, standing) = find_seen(conn, me, domain::Id::from_uuid(id.0.uuid()))?;
            let name = people::find(conn, me.person)?.name;
            let seen = (&request, standing.eyes());
            let event = calendars::event(conn, &snapshot, seen, reader.0, now)?;
            let method = if event.cancelled {
                Method::Cancel
            } else {
                Method::Publish
            };
            Ok(calendar::write(&name, method, &[event]))
        })
        .await?;
    Ok(calendars::answer(text))
}

/// As what somebody sees a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// As a side, or as staff.
    Party(Eyes),
    /// As somebody else who takes part.
    Participant(ParticipantRole),
}

impl Standing {
    /// The eyes of a side, or of staff.
    pub(crate) const fn eyes(self) -> Option<Eyes> {
        match self {
            Standing::Party(eyes) => Some(eyes),
            Standing::Participant(_) => None,
        }
    }
}

/// The request of the meeting, if the caller may know of it: as a side, staff, or somebody who takes part.
///
/// # Errors
/// 404 for everybody else, and while no time was ever fixed.
pub(crate) fn find_seen(
    conn: &mut Conn,
    me: &Principal,
    id: MeetingRequestId,
) -> ApiResult<(MeetingRequest, Standing)> {
    let absent = || ApiError::not_found(Noun::Meeting);
    let request = match meeting_requests::find(conn, id) {
        Err(store::StoreError::NotFound(_)) => return Err(absent()),
        found => found?,
    };
    if request.meeting.is_none() {
        return Err(absent());
    }
    let standing = standing(conn, me, &request)?.ok_or_else(absent)?;
    Ok((request, standing))
}

/// As what the caller sees the meeting; `None` for a stranger.
fn standing(
    conn: &mut Conn,
    me: &Principal,
    request: &MeetingRequest,
) -> ApiResult<Option<Standing>> {
    if let Ok(eyes) = Eyes::of(me, request) {
        return Ok(Some(Standing::Party(eyes)));
    }
    let others = others::list(conn, request.id)?;
    let own = others.iter().find(|other| other.person == me.person);
    Ok(own.map(|own| Standing::Participant(own.role)))
}

/// The meeting and its programme's snapshot must still be open for a change of who takes part.
fn require_scheduled(request: &MeetingRequest, now: Timestamp) -> ApiResult<()> {
    let state = request.state_at(now);
    if state == State::Scheduled {
        Ok(())
    } else {
        let details = serde_json::json!({"state": state});
        Err(ApiError::from(Code::InvalidTransition).with_details(details))
    }
}

/// Whether the caller is staff of the meeting's programme and belongs to neither side's house.
fn is_staff_for(snapshot: &Snapshot, me: &Principal, request: &MeetingRequest) -> bool {
    me.is_staff_of(request.programme) && !snapshot.has_conflict(me, request)
}
