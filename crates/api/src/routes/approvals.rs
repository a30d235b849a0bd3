//! The queue of the staff 承認待ち: what waits for them, oldest first, with what they need to decide.

use actix_web::{HttpRequest, HttpResponse, get};
use domain::{
    Language, MeetingRequest, MeetingRequestId, Noun, Principal, ProgrammeId, Purpose, State,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Conn, meeting_requests, programmes};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    app::App,
    auth::cursor::Cursor,
    error::{ApiError, ApiResult, Code},
    extract::{PageSize, Query, Reader, Signed},
    routes::{
        matches::ContributionView,
        meeting_requests::{
            binding, place,
            view::{MeetingRequestView, Reading},
        },
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_approvals);
}

/// What is due within this time is counted as due soon.
const SOON: SignedDuration = SignedDuration::from_hours(24);

/// Which approvals.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ApprovalQuery {
    /// Of this programme; of all whose staff the caller belongs to otherwise.
    programme: Option<ProgrammeId>,
    /// Requests on a page.
    #[serde(default)]
    limit: PageSize,
    /// From the page before.
    #[param(max_length = 2048)]
    cursor: Option<String>,
}

/// A request that waits for staff. Score, points, contributions and deadline stand in the request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApprovalView {
    /// The request.
    request: MeetingRequestView,
    /// Whole hours since it was made.
    age_hours: i64,
    /// From then on it is expired.
    deadline_at: Option<Timestamp>,
    /// How well the two fit, between 0 and 1.
    score: Option<f64>,
    /// The points of the pair.
    points: Option<i32>,
    /// What the points are made of.
    contributions: Vec<ContributionView>,
    /// The other requests between the two, either way, newest first.
    pair_history: Vec<PairRequest>,
    /// What the programme asks staff to tick.
    checklist: Vec<CheckItemView>,
    /// The caller belongs to the house of a side and may not decide.
    conflict_of_interest: bool,
}

/// Another request between the two.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PairRequest {
    /// Its id.
    id: MeetingRequestId,
    /// Where it stands.
    state: State,
    /// What it was for.
    purpose: Purpose,
    /// When it last changed.
    changed_at: Timestamp,
}

/// An item of a check list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckItemView {
    /// What is ticked.
    code: String,
    /// What it says, in the reader's language.
    label: String,
    /// Nothing is approved without it.
    required: bool,
}

/// How much waits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApprovalCounts {
    /// Requests that wait for staff.
    awaiting: i64,
    /// Of those, due within 24 hours.
    overdue_soon: i64,
    /// By programme.
    by_programme: Vec<ProgrammeCount>,
}

/// How much waits in a programme.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProgrammeCount {
    /// Which.
    programme: ProgrammeId,
    /// Requests that wait for its staff.
    awaiting: i64,
}

/// A page of the queue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApprovalList {
    /// What waits, oldest first.
    items: Vec<ApprovalView>,
    /// How much waits in all.
    counts: ApprovalCounts,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

/// What waits for staff, oldest first.
///
/// For staff: what waits in their programmes.
#[utoipa::path(
    tag = "meeting-requests",
    params(ApprovalQuery),
    responses((status = 200, body = ApprovalList), ApiError)
)]
#[get("/approvals")]
pub(crate) async fn list_approvals(
    caller: Signed,
    query: Query<ApprovalQuery>,
    reader: Reader,
    app: App,
    request: HttpRequest,
) -> ApiResult<HttpResponse> {
    let binding = binding(&caller, &request);
    let after = place(&app, &binding, query.0.cursor.as_deref())?;
    let (now, snapshot, query) = (app.now(), app.live().snapshot(), query.0);
    let sealing = app.clone();
    let list = app
        .read_as(&caller, move |conn, me| {
            let programmes = programmes_of(conn, me, query.programme)?;
            let ids: Vec<ProgrammeId> = programmes.iter().map(|stored| stored.id).collect();
            let limit = query.limit.as_limit() + 1;
            let mut found =
                meeting_requests::list_awaiting_staff(conn, Some(&ids), after, limit, now)?;
            let more = found.len() > query.limit.get();
            found.truncate(query.limit.get());
            let reading = Reading {
                snapshot: &snapshot,
                me,
                language: reader.0,
                now,
            };
            let items: ApiResult<Vec<ApprovalView>> = found
                .iter()
                .map(|request| approval(conn, &reading, &programmes, request))
                .collect();
            let last = found.last().filter(|_| more);
            Ok(ApprovalList {
                items: items?,
                counts: counts(conn, &ids, now)?,
                next_cursor: last
                    .map(|last| Cursor::seal(sealing.cursor_key(), &binding, &last.id)),
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(list))
}

/// The programmes whose queue the caller sees.
fn programmes_of(
    conn: &mut Conn,
    me: &Principal,
    only: Option<ProgrammeId>,
) -> ApiResult<Vec<programmes::Stored>> {
    if !me.is_staff() {
        return Err(Code::Forbidden.into());
    }
    let found: Vec<programmes::Stored> = programmes::list(conn)?
        .into_iter()
        .filter(|stored| me.is_staff_of(stored.id))
        .filter(|stored| only.is_none_or(|only| only == stored.id))
        .collect();
    if only.is_some() && found.is_empty() {
        return Err(ApiError::not_found(Noun::Programme));
    }
    Ok(found)
}

fn approval(
    conn: &mut Conn,
    reading: &Reading<'_>,
    programmes: &[programmes::Stored],
    request: &MeetingRequest,
) -> ApiResult<ApprovalView> {
    let view = reading.of(conn, request)?;
    let (from, to) = (request.from.organisation, request.to.organisation);
    let pair_history = meeting_requests::list_for_pair(conn, from, to)?
        .into_iter()
        .filter(|other| other.id != request.id)
        .map(|other| PairRequest {
            id: other.id,
            state: other.state_at(reading.now),
            purpose: other.purpose,
            changed_at: other.changed_at,
        })
        .collect();
    let age = reading.now.duration_since(request.created_at);
    let programme = programmes
        .iter()
        .find(|stored| stored.id == request.programme);
    Ok(ApprovalView {
        age_hours: age.as_hours(),
        deadline_at: view.deadline_at,
        score: view.score,
        points: view.points,
        contributions: view.contributions.clone().unwrap_or_default(),
        pair_history,
        checklist: programme.map_or_else(Vec::new, |stored| checklist(stored, reading.language)),
        conflict_of_interest: reading.snapshot.has_conflict(reading.me, request),
        request: view,
    })
}

fn checklist(stored: &programmes::Stored, language: Language) -> Vec<CheckItemView> {
    let items = stored.programme.checklist.iter();
    items
        .map(|item| CheckItemView {
            code: item.code.to_string(),
            label: item
                .label
                .in_language(language)
                .map_or_else(|| item.code.to_string(), ToString::to_string),
            required: item.required,
        })
        .collect()
}

fn counts(conn: &mut Conn, ids: &[ProgrammeId], now: Timestamp) -> ApiResult<ApprovalCounts> {
    let soon = now.saturating_add(SOON).unwrap_or(now);
    let sum =
        |counts: &[(ProgrammeId, i64)]| -> i64 { counts.iter().map(|(_, count)| count).sum() };
    let mut count = |due_before| -> ApiResult<Vec<(ProgrammeId, i64)>> {
        let mut counts = meeting_requests::count_awaiting_staff(conn, due_before, now)?;
        counts.retain(|(programme, _)| ids.contains(programme));
        Ok(counts)
    };
    let (all, due) = (count(None)?, count(Some(soon))?);
    Ok(ApprovalCounts {
        awaiting: sum(&all),
        overdue_soon: sum(&due),
        by_programme: all
            .into_iter()
            .map(|(programme, awaiting)| ProgrammeCount {
                programme,
                awaiting,
            })
            .collect(),
    })
}
