//! The steps of a meeting request: one route each, one way through all of them.

use actix_web::{HttpResponse, http::StatusCode, post};
use domain::{
    Actor, Attendance, Line, MeetingRequest, MeetingRequestId, Move, PersonId, Presence, Principal,
    Prose, Reason, Step,
};
use jiff::Timestamp;
use serde::Deserialize;
use store::{Conn, meeting_requests};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    answer::versioned,
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{Body, IfMatch, PathId, Reader, Signed},
    limits,
    live::Snapshot,
    requests::{
        self,
        booking::{self, Chooser},
        rights::{self, Eyes, ForSide, OnBehalf},
    },
};

use super::{
    times::{OFFERS_MAX, OfferBody, ScheduleBody, Start, Wish},
    view::{MeetingRequestView, Reading},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(approve_meeting_request)
        .service(reject_meeting_request)
        .service(return_meeting_request)
        .service(submit_meeting_request)
        .service(withdraw_meeting_request)
        .service(accept_meeting_request)
        .service(decline_meeting_request)
        .service(cancel_meeting_request)
        .service(offer_meeting_times)
        .service(schedule_meeting)
        .service(hold_meeting)
        .service(correct_attendance);
}

/// A step as it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    made: Move,
    note: Option<Prose<2000>>,
    on_behalf: Option<OnBehalf>,
    /// The time that is chosen.
    wish: Option<Wish>,
    /// The times that are offered.
    offers: Vec<Start>,
}

impl Wanted {
    fn bare(made: Move) -> Wanted {
        Wanted {
            made,
            note: None,
            on_behalf: None,
            wish: None,
            offers: Vec::new(),
        }
    }

    /// The path of the chosen time in the body.
    fn path_of_wish(&self) -> &'static str {
        if self.made.step == Step::Accept {
            TIME
        } else {
            ""
        }
    }
}

/// Where an acceptance carries its time.
const TIME: &str = "time.";

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
    /// When the two meet, if that is fixed with the acceptance: both go through, or neither.
    #[serde(default)]
    time: Option<ScheduleBody>,
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
        Ok(Wanted::bare(made))
    }
}

impl StepBody for RefusalBody {
    fn wanted(self, step: Step) -> ApiResult<Wanted> {
        Ok(Wanted {
            note: self.note,
            ..Wanted::bare(Move::because(step, self.reason))
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
            on_behalf: on_behalf(self.on_behalf_of, self.because)?,
            ..Wanted::bare(made)
        })
    }
}

impl StepBody for WithdrawalBody {
    fn wanted(self, step: Step) -> ApiResult<Wanted> {
        Ok(Wanted {
            on_behalf: on_behalf(self.on_behalf_of, self.because)?,
            ..Wanted::bare(Move::bare(step))
        })
    }
}

impl StepBody for AcceptanceBody {
    fn wanted(self, step: Step) -> ApiResult<Wanted> {
        let made = Move {
            person: self.person,
            ..Move::bare(step)
        };
        let wish = self.time.map(|time| time.wish(TIME)).transpose()?;
        Ok(Wanted {
            on_behalf: on_behalf(self.on_behalf_of, self.because)?,
            wish,
            ..Wanted::bare(made)
        })
    }
}

impl StepBody for EndBody {
    fn wanted(self, step: Step) -> ApiResult<Wanted> {
        Ok(Wanted {
            note: self.note,
            on_behalf: on_behalf(self.on_behalf_of, self.because)?,
            ..Wanted::bare(Move::because(step, self.reason))
        })
    }
}

/// Who came.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttendanceBody {
    /// Of the side that asked.
    requester: Presence,
    /// Of the side that was asked.
    counterpart: Presence,
}

impl StepBody for AttendanceBody {
    fn wanted(self, step: Step) -> ApiResult<Wanted> {
        Ok(Wanted::bare(Move {
            attendance: Some(Attendance {
                requester: self.requester,
                counterpart: self.counterpart,
            }),
            ..Move::bare(step)
        }))
    }
}

impl StepBody for ScheduleBody {
    fn wanted(self, step: Step) -> ApiResult<Wanted> {
        Ok(Wanted {
            wish: Some(self.wish("")?),
            ..Wanted::bare(Move::bare(step))
        })
    }
}

impl StepBody for OfferBody {
    fn wanted(self, step: Step) -> ApiResult<Wanted> {
        if self.times.len() > OFFERS_MAX {
            let message = format!("has more than {OFFERS_MAX} entries");
            return Err(ApiError::body("times", message));
        }
        let times = self.times.iter().enumerate();
        let offers = times.map(|(index, time)| time.start(&format!("times[{index}].")));
        Ok(Wanted {
            offers: offers.collect::<ApiResult<_>>()?,
            ..Wanted::bare(Move::bare(step))
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
    /// Cancel an accepted request, with its meeting. The contacts are hidden again, the time is free again.
    cancel_meeting_request "/meeting-requests/{id}/cancel" Cancel EndBody;
    /// Offer times to the other side, which chooses one by `schedule` or with its acceptance.
    ///
    /// They take the place of those offered before, and are held as the programme says. A meeting that has a time keeps it
    /// until the other side has chosen another.
    offer_meeting_times "/meeting-requests/{id}/offer" Offer OfferBody;
    /// Fix the time of the meeting, or fix it anew: its revision rises.
    ///
    /// A side chooses a time that the other side offered, or, as long as none is fixed, one at which both can be met. Staff
    /// place it at any free time. A time that was taken meanwhile is 409 `time_taken`, one that others hold and that the
    /// caller may take from them 409 `would_displace`.
    schedule_meeting "/meeting-requests/{id}/schedule" Schedule ScheduleBody;
    /// Say that the meeting was held, and who came.
    ///
    /// Once it has begun; that a side did not come, once it is over, by the other side or staff.
    hold_meeting "/meeting-requests/{id}/hold" Hold AttendanceBody;
    /// Correct who came. For staff of the programme who belong to neither side's house.
    correct_attendance "/meeting-requests/{id}/correct" Correct AttendanceBody;
}

/// Lost races for a place are run again as long as the time is free: each was won by somebody else.
const TRIES_MAX: usize = 50;

/// Takes the step in one transaction. A race that was lost is run once more on what the winner left; one for a place, as
/// long as there is another.
async fn take(
    app: &App,
    caller: &Signed,
    (id, if_match): (MeetingRequestId, IfMatch),
    wanted: Wanted,
    reader: Reader,
) -> ApiResult<HttpResponse> {
    limits::writes(app, &caller.person.to_string()).await?;
    let mut stale = false;
    for _ in 0..TRIES_MAX {
        let tried = take_once(app, caller, (id, if_match), wanted.clone(), reader).await;
        let error = match tried {
            Ok(view) => return Ok(versioned(StatusCode::OK, view.version, &view)),
            Err(error) => error,
        };
        match error.code {
            Code::Stale if !stale => stale = true,
            Code::TimeTaken | Code::TimeNotOpen if wanted.wish.is_some() => {
                look_again(app, caller, id, &wanted, error).await?;
            }
            _ => return Err(error),
        }
    }
    Err(Code::TimeTaken.into())
}

/// Nothing, if the wish can be tried again; else the error with what could be chosen instead.
async fn look_again(
    app: &App,
    caller: &Signed,
    id: MeetingRequestId,
    wanted: &Wanted,
    error: ApiError,
) -> ApiResult<()> {
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let Some(wish) = wanted.wish.clone() else {
        return Err(error);
    };
    let person = wanted.made.person;
    let (is_open, open) = app
        .read_as(caller, move |conn, me| {
            let mut request = meeting_requests::find(conn, id)?;
            Eyes::of(me, &request)?;
            request.to.person = person.or(request.to.person);
            let party = rights::party_in(&snapshot, me, &request)?;
            wish.looked_at_again(conn, &request, Chooser { me, party }, now)
        })
        .await?;
    if is_open && error.code == Code::TimeTaken {
        Ok(())
    } else {
        Err(booking::too_late(error, &open))
    }
}

async fn take_once(
    app: &App,
    caller: &Signed,
    (id, if_match): (MeetingRequestId, IfMatch),
    wanted: Wanted,
    reader: Reader,
) -> ApiResult<MeetingRequestView> {
    let (now, snapshot) = (app.now(), app.live().snapshot());
    app.write_as(caller, move |conn, me| {
        let request = meeting_requests::find(conn, id)?;
        Eyes::of(me, &request)?;
        let on_behalf = wanted.on_behalf.clone();
        let actor = rights::actor(&snapshot, me, &request, wanted.made.step, on_behalf)?;
        if_match.allow(request.version)?;
        let moved = go(conn, &snapshot, (me, &actor), request, &wanted, now)?;
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

/// Takes the step, and with an acceptance that carries a time the next.
fn go(
    conn: &mut Conn,
    snapshot: &Snapshot,
    (me, actor): (&Principal, &Actor),
    mut request: MeetingRequest,
    wanted: &Wanted,
    now: Timestamp,
) -> ApiResult<MeetingRequest> {
    let made = wanted.made.clone();
    match made.step {
        Step::Offer => {
            let starts = wanted.offers.iter();
            let times = starts.map(|start| start.span(conn, &request, now));
            let times = times.collect::<ApiResult<_>>()?;
            return booking::offer(conn, snapshot, request, actor, times, now);
        }
        Step::Schedule => {}
        _ => {
            let note = wanted.note.clone();
            request = requests::take(conn, snapshot, request, made, actor, note, now)?;
        }
    }
    let Some(wish) = &wanted.wish else {
        return Ok(request);
    };
    let party = actor.party;
    let chosen = wish.chosen(conn, &request, now)?;
    booking::schedule(
        conn,
        snapshot,
        request,
        (actor, Chooser { me, party }),
        chosen,
        now,
    )
    .map_err(|error| error.within(wanted.path_of_wish()))
}
