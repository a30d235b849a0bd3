//! After the meeting: what each side thought of it, and what came of it. One id, that of the request, all the way.

use actix_web::{HttpResponse, get, http::StatusCode, post, put};
use domain::{
    AmountTier, FeedbackReason, MeetingRequest, MeetingRequestId, Money, Noun, Outcome, OutcomeId,
    OutcomeKind, Party, Principal, Prose, StageCode, Verdict, of,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    Conn,
    feedback::{self, Feedback},
    journal::{self, Change},
    meeting_requests,
    outcomes::{self, Recorded},
};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    answer::{self, Made, PageOf, is_since, versioned},
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{Body, IdempotencyKey, IfMatch, PathId, Query, Reader, Signed},
    limits,
    live::Snapshot,
    requests::rights::Eyes,
};

use super::{mask::without_addresses, view::Reading};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(show_feedback)
        .service(save_feedback)
        .service(list_outcomes)
        .service(create_outcome)
        .service(correct_outcome);
}

/// What a side thought of the meeting.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedbackView {
    /// Which side.
    side: Party,
    /// How it found it.
    verdict: Verdict,
    /// Why.
    reasons: Vec<FeedbackReason>,
    /// In words.
    note: Option<String>,
    /// When.
    at: Timestamp,
    /// Counts the changes.
    version: u32,
}

/// What a side thinks of the meeting.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewFeedback {
    /// How it found it.
    verdict: Verdict,
    /// Why, up to ten.
    #[serde(default)]
    reasons: Vec<FeedbackReason>,
    /// In words; for the side itself and staff.
    #[serde(default)]
    note: Option<Prose<2000>>,
}

/// The sides on which the caller belongs to the request.
fn side_of(snapshot: &Snapshot, me: &Principal, request: &MeetingRequest) -> Option<Party> {
    let (from, to) = (request.from.organisation, request.to.organisation);
    let on = |own, other| me.role_in(own).is_some() && !snapshot.has_interest_in(me, other);
    if on(from, to) {
        Some(Party::Requester)
    } else if on(to, from) {
        Some(Party::Counterpart)
    } else {
        None
    }
}

/// An introduction that was made: accepted, and not cancelled.
fn require_made(request: &MeetingRequest, now: Timestamp) -> ApiResult<()> {
    let state = request.state_at(now);
    if state.shows_contacts() {
        return Ok(());
    }
    Err(ApiError::from(Code::InvalidTransition).with_details(json!({"state": state})))
}

/// What was thought of the meeting: one's own side; both for staff. The sides never see each other's.
#[utoipa::path(
    tag = "outcomes",
    params(("id" = MeetingRequestId, Path)),
    responses((status = 200, body = PageOf<FeedbackView>), ApiError)
)]
#[get("/meeting-requests/{id}/feedback")]
pub(crate) async fn show_feedback(
    caller: Signed,
    id: PathId<of::MeetingRequest>,
    app: App,
) -> ApiResult<HttpResponse> {
    let snapshot = app.live().snapshot();
    let items: Vec<FeedbackView> = app
        .read_as(&caller, move |conn, me| {
            let request = meeting_requests::find(conn, id.0)?;
            let eyes = Eyes::of(me, &request)?;
            let own = side_of(&snapshot, me, &request);
            let all = eyes.staff && !snapshot.has_conflict(me, &request);
            let given = feedback::list(conn, request.id)?.into_iter();
            let seen = given.filter(|given| all || Some(given.side) == own);
            let views = seen.map(|given| FeedbackView {
                side: given.side,
                verdict: given.verdict,
                reasons: given.reasons,
                note: given.note,
                at: given.at,
                version: given.version,
            });
            Ok(views.collect())
        })
        .await?;
    let next_cursor = None;
    Ok(HttpResponse::Ok().json(PageOf { items, next_cursor }))
}

/// Say what one's side thinks of the meeting; saying it again takes the place of what was said.
#[utoipa::path(
    tag = "outcomes",
    params(("id" = MeetingRequestId, Path)),
    request_body = NewFeedback, responses((status = 204), ApiError)
)]
#[put("/meeting-requests/{id}/feedback")]
pub(crate) async fn save_feedback(
    caller: Signed,
    id: PathId<of::MeetingRequest>,
    new: Body<NewFeedback>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot, event) = (app.now(), app.live().snapshot(), app.new_uuid());
    let NewFeedback {
        verdict,
        mut reasons,
        note,
    } = new.value;
    reasons.sort_unstable();
    reasons.dedup();
    app.write_as(&caller, move |conn, me| {
        let request = meeting_requests::find(conn, id.0)?;
        Eyes::of(me, &request)?;
        let side = side_of(&snapshot, me, &request).ok_or(Code::Forbidden)?;
        require_made(&request, now)?;
        let given = feedback::list(conn, request.id)?;
        let before = given.iter().find(|given| given.side == side);
        let given = Feedback {
            side,
            verdict,
            reasons,
            note: note.map(|note| note.to_string()),
            by: me.person,
            at: now,
            version: before.map_or(1, |before| before.version + 1),
        };
        feedback::save(conn, request.id, &given)?;
        let change = Change {
            action: "given",
            noun: Noun::Feedback,
            id: event,
            version: given.version,
            person: Some(me.person),
            party: Some(side),
            detail: json!({"request": request.id, "programme": request.programme}),
        };
        Ok(journal::insert(conn, &change, now)?)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What came of an introduction.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutcomeView {
    /// Its id.
    pub(crate) id: OutcomeId,
    /// The introduction that it came of.
    request: MeetingRequestId,
    /// What.
    kind: OutcomeKind,
    /// On which day.
    happened_on: Date,
    /// How much; as far as the reader may know.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Money>,
    /// In which round.
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<StageCode>,
    /// To whom the amount is shown.
    amount_tier: AmountTier,
    /// In words; e-mail addresses in it are shown to the sides while their contacts are.
    note: Option<String>,
    /// It was taken back.
    withdrawn: bool,
    /// On whose part it stands here.
    party: Party,
    /// Why it was corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<String>,
    /// When.
    recorded_at: Timestamp,
    /// Counts the corrections, from 1.
    version: u32,
}

/// As whom somebody reads an outcome.
#[derive(Clone, Copy)]
struct Beholder {
    staff: bool,
    side: Option<Party>,
    /// The side that said it first, to whom its own amount is always shown.
    said: Party,
    /// Whether the contacts of both are shown to the reader.
    told: bool,
}

impl OutcomeView {
    /// What people wrote is shown as they wrote it where the contacts are: addresses in it are replaced otherwise.
    fn of(recorded: Recorded, beholder: Beholder) -> OutcomeView {
        let shown_words = |text: String| {
            if beholder.told {
                text
            } else {
                without_addresses(&text)
            }
        };
        let tier = recorded.outcome.amount_tier;
        let shown =
            beholder.staff || tier <= AmountTier::Accepted || beholder.side == Some(beholder.said);
        OutcomeView {
            id: recorded.id,
            request: recorded.request,
            kind: recorded.outcome.kind,
            happened_on: recorded.outcome.happened_on,
            amount: recorded.outcome.amount.filter(|_| shown),
            stage: recorded.outcome.stage,
            amount_tier: tier,
            note: recorded.note.map(shown_words),
            withdrawn: recorded.withdrawn,
            party: recorded.party,
            because: recorded.because.map(shown_words),
            recorded_at: recorded.at,
            version: recorded.version,
        }
    }
}

/// What came of an introduction.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOutcome {
    /// What.
    kind: OutcomeKind,
    /// On which day: today at the latest.
    happened_on: Date,
    /// How much.
    #[serde(default)]
    amount: Option<Money>,
    /// In which round; of a term sheet or an investment.
    #[serde(default)]
    stage: Option<StageCode>,
    /// To whom the amount is shown; to both sides otherwise.
    #[serde(default)]
    amount_tier: Option<AmountTier>,
    /// In words; for both sides and staff.
    #[serde(default)]
    note: Option<Prose<2000>>,
}

impl NewOutcome {
    fn checked(&self, now: Timestamp) -> ApiResult<Outcome> {
        let tomorrow = now.to_zoned(jiff::tz::TimeZone::UTC).date().tomorrow();
        if tomorrow.is_ok_and(|tomorrow| self.happened_on > tomorrow) {
            return Err(ApiError::body("happened_on", "is not over yet"));
        }
        if self.amount.is_some() && !self.kind.has_amount() {
            return Err(ApiError::body("amount", "does not belong to this kind"));
        }
        if self.stage.is_some() && !self.kind.has_stage() {
            return Err(ApiError::body("stage", "does not belong to this kind"));
        }
        Ok(Outcome {
            kind: self.kind,
            happened_on: self.happened_on,
            amount: self.amount,
            stage: self.stage,
            amount_tier: self.amount_tier.unwrap_or(AmountTier::Accepted),
        })
    }
}

/// Which outcomes.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OutcomesQuery {
    /// Said or corrected at this instant or later.
    updated_since: Option<Timestamp>,
}

/// What came of an introduction, oldest first. For both sides and staff; amounts as far as their tier allows.
#[utoipa::path(
    tag = "outcomes",
    params(("id" = MeetingRequestId, Path), OutcomesQuery),
    responses((status = 200, body = PageOf<OutcomeView>), ApiError)
)]
#[get("/meeting-requests/{id}/outcomes")]
pub(crate) async fn list_outcomes(
    caller: Signed,
    id: PathId<of::MeetingRequest>,
    query: Query<OutcomesQuery>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let items: Vec<OutcomeView> = app
        .read_as(&caller, move |conn, me| {
            let request = meeting_requests::find(conn, id.0)?;
            let eyes = Eyes::of(me, &request)?;
            let side = side_of(&snapshot, me, &request);
            let reading = Reading {
                snapshot: &snapshot,
                me,
                language: reader.0,
                now,
            };
            let told = eyes.staff || reading.tells_all(conn, &request, eyes)?;
            let since = query.0.updated_since;
            let found = outcomes::list(conn, request.id)?.into_iter();
            let found = found.filter(|recorded| is_since(recorded.at, since));
            let views = found.map(|recorded| {
                let said = recorded.party;
                let beholder = Beholder {
                    staff: eyes.staff,
                    side,
                    said,
                    told,
                };
                OutcomeView::of(recorded, beholder)
            });
            Ok(views.collect())
        })
        .await?;
    let next_cursor = None;
    Ok(HttpResponse::Ok().json(PageOf { items, next_cursor }))
}

/// Say what came of an introduction. For members of either side, and staff.
#[utoipa::path(
    tag = "outcomes",
    params(("id" = MeetingRequestId, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = NewOutcome,
    responses((status = 201, body = OutcomeView), ApiError)
)]
#[post("/meeting-requests/{id}/outcomes")]
pub(crate) async fn create_outcome(
    caller: Signed,
    id: PathId<of::MeetingRequest>,
    key: IdempotencyKey,
    new: Body<NewOutcome>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot, outcome_id) = (app.now(), app.live().snapshot(), app.new_id());
    let Body { value: new, hash } = new;
    answer::create(&app, &caller, key, hash, move |conn, me| {
        let request = meeting_requests::find(conn, id.0)?;
        let eyes = Eyes::of(me, &request)?;
        let may_as_staff = eyes.staff && !snapshot.has_conflict(me, &request);
        let side = side_of(&snapshot, me, &request);
        let party = side
            .or(may_as_staff.then_some(Party::Staff))
            .ok_or(Code::Forbidden)?;
        require_made(&request, now)?;
        let recorded = Recorded {
            id: outcome_id,
            request: request.id,
            version: 1,
            outcome: new.checked(now)?,
            note: new.note.as_ref().map(ToString::to_string),
            withdrawn: false,
            party,
            because: None,
            by: me.person,
            at: now,
        };
        outcomes::insert(conn, &recorded)?;
        note(conn, me, (&request, &recorded), "created", now)?;
        let beholder = Beholder {
            staff: eyes.staff,
            side,
            said: party,
            told: true,
        };
        Ok(Made {
            location: format!("/v1/meeting-requests/{}/outcomes", request.id),
            version: Some(1),
            body: OutcomeView::of(recorded, beholder),
        })
    })
    .await
}

/// An outcome as it should stand, and why it did not.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutcomeCorrection {
    /// What really came of it.
    outcome: NewOutcome,
    /// Nothing came of it.
    #[serde(default)]
    withdrawn: bool,
    /// Why it is corrected; shown to both sides.
    because: Prose<1000>,
}

/// Correct what was said. For staff of the programme; every version stays.
#[utoipa::path(
    tag = "outcomes",
    params(("id" = OutcomeId, Path), ("If-Match" = String, Header)),
    request_body = OutcomeCorrection,
    responses((status = 200, body = OutcomeView), ApiError)
)]
#[put("/outcomes/{id}")]
pub(crate) async fn correct_outcome(
    caller: Signed,
    id: PathId<of::Outcome>,
    if_match: IfMatch,
    correction: Body<OutcomeCorrection>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let view = app
        .write_as(&caller, move |conn, me| {
            let before = outcomes::find(conn, id.0)?;
            let request = meeting_requests::find(conn, before.request)?;
            let hidden = |_| ApiError::not_found(Noun::Outcome);
            let eyes = Eyes::of(me, &request).map_err(hidden)?;
            if !eyes.staff || snapshot.has_conflict(me, &request) {
                return Err(Code::Forbidden.into());
            }
            if_match.require(before.version)?;
            let OutcomeCorrection {
                outcome,
                withdrawn,
                because,
            } = correction.value;
            let recorded = Recorded {
                version: before.version + 1,
                outcome: outcome.checked(now)?,
                note: outcome.note.map(|note| note.to_string()),
                withdrawn,
                because: Some(because.to_string()),
                by: me.person,
                at: now,
                ..before
            };
            outcomes::save(conn, &recorded)?;
            note(conn, me, (&request, &recorded), "corrected", now)?;
            let beholder = Beholder {
                staff: true,
                side: None,
                said: recorded.party,
                told: true,
            };
            Ok(OutcomeView::of(recorded, beholder))
        })
        .await?;
    Ok(versioned(StatusCode::OK, view.version, &view))
}

/// Amounts and words stay out of the journal.
fn note(
    conn: &mut Conn,
    me: &Principal,
    (request, recorded): (&MeetingRequest, &Recorded),
    action: &'static str,
    now: Timestamp,
) -> ApiResult<()> {
    let change = Change {
        action,
        noun: Noun::Outcome,
        id: recorded.id.uuid(),
        version: recorded.version,
        person: Some(me.person),
        party: Some(if action == "created" {
            recorded.party
        } else {
            Party::Staff
        }),
        detail: json!({
            "request": request.id,
            "programme": request.programme,
            "kind": recorded.outcome.kind,
            "withdrawn": recorded.withdrawn,
        }),
    };
    Ok(journal::insert(conn, &change, now)?)
}
