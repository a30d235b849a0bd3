//! Meeting requests 面談依頼: to ask, to look, to list.

mod answer_links;
mod mask;
mod outcomes;
mod preview;
mod replies;
mod score;
mod steps;
mod suggestions;
mod times;
pub(crate) mod view;

use actix_web::{HttpRequest, HttpResponse, get, http::StatusCode, post};
use domain::{
    MeetingRequestId, Noun, OrganisationId, PersonId, Principal, ProgrammeId, Prose, Purpose,
    State, Subject,
};
use jiff::Timestamp;
use serde::Deserialize;
use store::meeting_requests::{self, Eyes, Filter};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    answer::{self, Made, PageOf, versioned},
    app::App,
    auth::cursor::Cursor,
    error::{ApiError, ApiResult, Code},
    extract::{Body, IdempotencyKey, PageSize, PathId, Query, Reader, Signed},
    limits,
    live::Snapshot,
    requests::{self, Asked},
};
use view::{MeetingRequestView, Reading};

pub(crate) use mask::without_addresses;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(create_meeting_request)
        .service(list_meeting_requests)
        .service(show_meeting_request)
        .service(preview::preview_meeting_request)
        .service(suggestions::list_suggestions)
        .service(score::show_score)
        .configure(steps::configure)
        .configure(answer_links::configure)
        .configure(replies::configure)
        .configure(outcomes::configure)
        .configure(times::configure);
}

/// Who asks whom, what for.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMeetingRequest {
    /// The side that asks: an organisation of the caller.
    from: OrganisationId,
    /// The side that is asked.
    to: OrganisationId,
    /// In which programme; the whole hub otherwise.
    #[serde(default)]
    programme: Option<ProgrammeId>,
    /// What for.
    purpose: Purpose,
    /// What about: an asset, a round or a need of the side that asks.
    #[serde(default)]
    subject: Option<Subject>,
    /// What is written to the other side.
    message: Prose<4000>,
    /// The member of the side that asks whose contacts are shown on acceptance; the caller otherwise.
    #[serde(default)]
    person: Option<PersonId>,
    /// An earlier request of the side that asks that this one takes the place of.
    #[serde(default)]
    replaces: Option<MeetingRequestId>,
}

impl From<NewMeetingRequest> for Asked {
    fn from(new: NewMeetingRequest) -> Asked {
        Asked {
            from: new.from,
            to: new.to,
            programme: new.programme,
            purpose: new.purpose,
            subject: new.subject,
            message: new.message,
            person: new.person,
            replaces: new.replaces,
        }
    }
}

/// Ask for an introduction.
///
/// Staff of the programme look at it first, or its policy lets it through. A pair has one open request per programme and
/// purpose. What keeps a pair apart is said in `details.code`, as far as the asker may know.
#[utoipa::path(
    tag = "meeting-requests",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = NewMeetingRequest,
    responses((status = 201, body = MeetingRequestView), ApiError)
)]
#[post("/meeting-requests")]
pub(crate) async fn create_meeting_request(
    caller: Signed,
    key: IdempotencyKey,
    new: Body<NewMeetingRequest>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, id, snapshot) = (app.now(), app.new_id(), app.live().snapshot());
    let Body { value: new, hash } = new;
    answer::create(&app, &caller, key, hash, move |conn, me| {
        require_side(&snapshot, me, &new)?;
        let request = requests::ask(conn, &snapshot, new.clone().into(), me.person, now, id)?;
        let reading = Reading {
            snapshot: &snapshot,
            me,
            language: reader.0,
            now,
        };
        Ok(Made {
            location: format!("/v1/meeting-requests/{id}"),
            version: Some(request.version),
            body: reading.of(conn, &request)?,
        })
    })
    .await
}

/// Whether the caller may ask for the side: a member of it who does not belong to the other side's house as well.
fn require_side(snapshot: &Snapshot, me: &Principal, new: &NewMeetingRequest) -> ApiResult<()> {
    if me.role_in(new.from).is_none() {
        return Err(ApiError::not_found(Noun::Organisation));
    }
    let of_one_house = snapshot.is_one_house(new.from, new.to);
    if !of_one_house && snapshot.has_interest_in(me, new.to) {
        return Err(Code::Forbidden.into());
    }
    Ok(())
}

/// One meeting request, as far as the caller may know it.
#[utoipa::path(
    tag = "meeting-requests",
    params(("id" = MeetingRequestId, Path)),
    responses((status = 200, body = MeetingRequestView), ApiError)
)]
#[get("/meeting-requests/{id}")]
pub(crate) async fn show_meeting_request(
    caller: Signed,
    id: PathId<domain::of::MeetingRequest>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let view = app
        .read_as(&caller, move |conn, me| {
            let request = meeting_requests::find(conn, id.0)?;
            let reading = Reading {
                snapshot: &snapshot,
                me,
                language: reader.0,
                now,
            };
            reading.of(conn, &request)
        })
        .await?;
    Ok(versioned(StatusCode::OK, view.version, &view))
}

/// On which side the caller stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RoleInRequest {
    /// The side that asked.
    Sent,
    /// The side that was asked.
    Received,
}

/// Which requests.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MeetingRequestQuery {
    /// Sent or received by the organisation, or by the organisations of the caller; both otherwise.
    #[param(inline)]
    role: Option<RoleInRequest>,
    /// Where they stand now.
    state: Option<State>,
    /// Of this organisation.
    organisation: Option<OrganisationId>,
    /// Changed at this instant or later.
    updated_since: Option<Timestamp>,
    /// Requests on a page.
    #[serde(default)]
    limit: PageSize,
    /// From the page before.
    #[param(max_length = 2048)]
    cursor: Option<String>,
}

impl MeetingRequestQuery {
    fn filter(&self, me: &Principal) -> Filter {
        let member_of: Vec<OrganisationId> = me.memberships.iter().map(|(id, _)| *id).collect();
        let side = |role: RoleInRequest| {
            (self.role == Some(role)).then(|| match self.organisation {
                Some(organisation) => vec![organisation],
                None => member_of.clone(),
            })
        };
        Filter {
            from: side(RoleInRequest::Sent),
            to: side(RoleInRequest::Received),
            party: self.organisation.filter(|_| self.role.is_none()),
            state: self.state,
            changed_since: self.updated_since,
            eyes: Eyes {
                staff_of: (!me.admin).then(|| me.staff_of.clone()),
                member_of,
            },
        }
    }
}

/// The meeting requests that the caller may see, newest first.
#[utoipa::path(
    tag = "meeting-requests",
    params(MeetingRequestQuery),
    responses((status = 200, body = PageOf<MeetingRequestView>), ApiError)
)]
#[get("/meeting-requests")]
pub(crate) async fn list_meeting_requests(
    caller: Signed,
    query: Query<MeetingRequestQuery>,
    reader: Reader,
    app: App,
    request: HttpRequest,
) -> ApiResult<HttpResponse> {
    let binding = binding(&caller, &request);
    let before = place(&app, &binding, query.0.cursor.as_deref())?;
    let (now, snapshot, size) = (app.now(), app.live().snapshot(), query.0.limit);
    let (items, last) = app
        .read_as(&caller, move |conn, me| {
            let filter = query.0.filter(me);
            let mut found =
                meeting_requests::list(conn, &filter, before, size.as_limit() + 1, now)?;
            let more = found.len() > size.get();
            found.truncate(size.get());
            let last = found.last().filter(|_| more).map(|last| last.id);
            let reading = Reading {
                snapshot: &snapshot,
                me,
                language: reader.0,
                now,
            };
            let views: ApiResult<Vec<MeetingRequestView>> = found
                .iter()
                .map(|request| reading.of(conn, request))
                .collect();
            Ok((views?, last))
        })
        .await?;
    let next_cursor = last.map(|last| Cursor::seal(app.cursor_key(), &binding, &last));
    Ok(HttpResponse::Ok().json(PageOf { items, next_cursor }))
}

/// What a cursor of this caller and question is bound to.
pub(super) fn binding(caller: &Signed, request: &HttpRequest) -> String {
    format!(
        "{}|{}|{}",
        caller.person,
        request.path(),
        answer::without_paging(request.query_string())
    )
}

/// Where the page starts: the last request of the page before.
pub(super) fn place(
    app: &App,
    binding: &str,
    cursor: Option<&str>,
) -> ApiResult<Option<MeetingRequestId>> {
    cursor
        .map(|cursor| Cursor::open(app.cursor_key(), binding, cursor))
        .transpose()
        .map_err(|_| Code::InvalidCursor.into())
}
