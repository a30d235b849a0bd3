//! The steps of a meeting request: one route each, one way through all of them.

use actix_web::{HttpResponse, http::StatusCode, post};
use domain::{Line, MeetingRequestId, Move, PersonId, Prose, Reason, Step};
use serde::Deserialize;
use store::meeting_requests;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    answer::versioned,
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{Body, IfMatch, PathId, Reader, Signed},
    limits,
    requests::{
        self,
        rights::{self, Eyes, ForSide, OnBehalf},
    },
};

use super::view::{MeetingRequestView, Reading};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(approve_meeting_request)
        .service(reject_meeting_request)
        .service(return_meeting_request)
        .service(submit_meeting_request)
        .service(withdraw_meeting_request)
        .service(accept_meeting_request)
        .service(decline_meeting_request)
        .service(cancel_meeting_request);
}

/// A step as it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    made: Move,
    note: Option<Prose<2000>>,
    on_behalf: Option<OnBehalf>,
}

/// What a body asks for.
trait StepBody {
    fn wanted(self, step: Step) -> ApiResult<Wanted>;
}

/// What staff ticked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApprovalBody {
    /// Codes of the programme's check list.
    #[serde(default)]
    ticks: Vec<Line<60>>,
}

/// Why staff do not let it through.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefusalBody {
    /// Why.
    reason: Reason,
    /// In words; shown to the requester.
    #[serde(default)]
    note: Option<Prose<2000>>,
}

/// The request once more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubmissionBody {
    /// The edited message; as it was, otherwise.
    #[serde(default)]
    message: Option<Prose<4000>>,
    /// The side for which staff take the step.
    #[serde(default)]
    on_behalf_of: Option<ForSide>,
    /// Why staff take the step; shown to the side.
    #[serde(default)]
    because: Option<Prose<1000>>,
}

/// A step that needs no reason.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WithdrawalBody {
    /// The side for which staff take the step.
    #[serde(default)]
    on_behalf_of: Option<ForSide>,
    /// Why staff take the step; shown to the side.
    #[serde(default)]
    because: Option<Prose<1000>>,
}

/// Who meets the requester.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcceptanceBody {
    /// The member whose contacts are shown; the caller otherwise.
    #[serde(default)]
    person: Option<PersonId>,
    /// Nobody accepts for somebody else: refused.
    #[serde(default)]
    on_behalf_of: Option<ForSide>,
    /// Goes with `on_behalf_of`.
    #[serde(default)]
    because: Option<Prose<1000>>,
}

/// Why a side ends it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndBody {
    /// Why.
    reason: Reason,
    /// In words; shown to both sides.
    #[serde(default)]
    note: Option<Prose<2000>>,
    /// The side for which staff take the step.
    #[serde(default)]
    on_behalf_of: Option<ForSide>,
    /// Why staff take the step; shown to the side.
    #[serde(default)]
    because: Option<Prose<1000>>,
}

fn on_behalf(of: Option<ForSide>, because: Option<Prose<1000>>) -> ApiResult<Option<OnBehalf>> {
    match (of, because) {
        (Some(of), Some(because)) => Ok(Some(OnBehalf { of, because })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(ApiError::body("because", "is needed")),
        (None, Some(_)) => Err(ApiError::body("on_behalf_of", "is needed")),
    }
}

impl StepBody for ApprovalBody {
    fn wanted(self, step: Step) -> ApiResult<Wanted> {
        let made = Move {
            ticks: self.ticks,
            ..Move::bare(step)
        };
        Ok(Wanted {
            made,
            note: None,
            on_behalf: None,
        })
    }
}

impl StepBody for RefusalBody {
    fn wanted(self, step: Step) -> ApiResult<Wanted> {
        Ok(Wanted {
            made: Move::because(step, self.reason),
            note: self.note,
            on_behalf: None,
        })
    }
}

impl StepBody for SubmissionBody {
    fn wanted(self, step: Step) -> ApiResult<Wanted> {
        let made = Move {
            message: self.message,
            ..Move::bare(step)
        };
        Ok(Wanted {
            made,
            note: None,
            on_behalf: on_behalf(self.on_behalf_of, self.because)?,
        })
    }
}

impl StepBody for WithdrawalBody {
    fn wanted(self, step: Step) -> ApiResult<Wanted> {
        Ok(Wanted {
            made: Move::bare(step),
            note: None,
            on_behalf: on_behalf(self.on_behalf_of, self.because)?,
        })
    }
}

impl StepBody for AcceptanceBody {
    fn wanted(self, step: Step) -> ApiResult<Wanted> {
        let made = Move {
            person: self.person,
            ..Move::bare(step)
        };
        Ok(Wanted {
            made,
            note: None,
            on_behalf: on_behalf(self.on_behalf_of, self.because)?,
        })
    }
}

impl StepBody for EndBody {
    fn wanted(self, step: Step) -> ApiResult<Wanted> {
        Ok(Wanted {
            made: Move::because(step, self.reason),
            note: self.note,
            on_behalf: on_behalf(self.on_behalf_of, self.because)?,
        })
    }
}

macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident $path:literal $step:ident $body:ident;)*) => {$(
        $(#[$doc])*
        #[utoipa::path(
            tag = "meeting-requests",
            params(("id" = MeetingRequestId, Path), ("If-Match" = Option<String>, Header)),
            request_body = $body,
            responses((status = 200, body = MeetingRequestView), ApiError)
        )]
        #[post($path)]
        pub(crate) async fn $name(
            caller: Signed,
            id: PathId<domain::of::MeetingRequest>,
            if_match: IfMatch,
            body: Body<$body>,
            reader: Reader,
            app: App,
        ) -> ApiResult<HttpResponse> {
            let wanted = body.value.wanted(Step::$step)?;
            take(&app, &caller, (id.0, if_match), wanted, reader).await
        }
    )*};
}

steps! {
    /// Approve: let the request through to the counterpart.
    ///
    /// For staff of its programme who belong to neither side's house.
    approve_meeting_request "/meeting-requests/{id}/approve" Approve ApprovalBody;
    /// Reject: the request ends here.
    ///
    /// For staff of its programme who belong to neither side's house.
    reject_meeting_request "/meeting-requests/{id}/reject" Reject RefusalBody;
    /// Return: the requester is asked for changes.
    ///
    /// For staff of its programme who belong to neither side's house.
    return_meeting_request "/meeting-requests/{id}/return" Return RefusalBody;
    /// Submit a returned request again. It is judged anew and gets a new deadline.
    submit_meeting_request "/meeting-requests/{id}/submit" Submit SubmissionBody;
    /// Withdraw: the requester ends it before it was answered.
    withdraw_meeting_request "/meeting-requests/{id}/withdraw" Withdraw WithdrawalBody;
    /// Accept: both sides see the contacts of the two named people.
    ///
    /// For members of the counterpart alone; who asked or approved does not accept.
    accept_meeting_request "/meeting-requests/{id}/accept" Accept AcceptanceBody;
    /// Decline: the counterpart says no.
    decline_meeting_request "/meeting-requests/{id}/decline" Decline EndBody;
    /// Cancel an accepted request. The contacts are hidden again.
    cancel_meeting_request "/meeting-requests/{id}/cancel" Cancel EndBody;
}

/// Takes the step in one transaction. A race that was lost is run once more on what the winner left.
async fn take(
    app: &App,
    caller: &Signed,
    (id, if_match): (MeetingRequestId, IfMatch),
    wanted: Wanted,
    reader: Reader,
) -> ApiResult<HttpResponse> {
    limits::writes(app, &caller.person.to_string()).await?;
    let first = take_once(app, caller, (id, if_match), wanted.clone(), reader).await;
    let view = match first {
        Err(lost) if lost.code == Code::Stale => {
            take_once(app, caller, (id, if_match), wanted, reader).await?
        }
        done => done?,
    };
    Ok(versioned(StatusCode::OK, view.version, &view))
}

async fn take_once(
    app: &App,
    caller: &Signed,
    (id, if_match): (MeetingRequestId, IfMatch),
    wanted: Wanted,
    reader: Reader,
) -> ApiResult<MeetingRequestView> {
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let Wanted {
        made,
        note,
        on_behalf,
    } = wanted;
    app.write_as(caller, move |conn, me| {
        let request = meeting_requests::find(conn, id)?;
        Eyes::of(me, &request)?;
        let actor = rights::actor(&snapshot, me, &request, made.step, on_behalf)?;
        if_match.allow(request.version)?;
        let moved = requests::take(conn, &snapshot, request, made, &actor, note, now)?;
        let reading = Reading {
            snapshot: &snapshot,
            me,
            language: reader.0,
            now,
        };
        reading.of(conn, &moved)
    })
    .await
}
