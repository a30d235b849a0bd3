//! Meeting requests as a use case: to ask, and to take a step. Handlers and the demo's loader share it.
//!
//! Who may do what stands in [`rights`]; what may happen, in `domain`. Each function runs in its caller's transaction
//! and leaves the request, the step, the judgement and the journal in step with each other.

pub mod answers;
pub mod booking;
pub mod consent;
mod fit;
pub(crate) mod manners;
mod record;
pub(crate) mod reminders;
pub(crate) mod replay;
pub(crate) mod rights;

pub(crate) use fit::{has_submitted, programme_of, require_visible};

use domain::{
    Actor, Judged as InForce, MeetingRequest, MeetingRequestId, Move, OrganisationId, Party,
    PersonId, ProgrammeId, Prose, Purpose, Side, Step, Subject,
};
use jiff::Timestamp;
use scoring::KeptOff;
use serde_json::json;
use store::{
    Conn,
    meeting_requests::{self, Taken},
    programmes, seats,
};

use crate::{
    error::{ApiError, ApiResult, Code},
    live::{Judged, Snapshot},
};

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The side that asks.
    pub from: OrganisationId,
    /// The side that is asked.
    pub to: OrganisationId,
    /// In which programme; the whole hub otherwise.
    pub programme: Option<ProgrammeId>,
    /// What for.
    pub purpose: Purpose,
    /// What about: an asset, a round or a need of the side that asks.
    pub subject: Option<Subject>,
    /// What is written to the other side.
    pub message: Prose<4000>,
    /// Whose contacts are shown on acceptance: a member of the side that asks; who asks, otherwise.
    pub person: Option<PersonId>,
    /// An earlier request of the same side that this one takes the place of.
    pub replaces: Option<MeetingRequestId>,
}

/// Makes a request.
///
/// Due expiries of the pair are written down first, so that time alone makes room for a new request.
///
/// # Errors
/// 404 for a counterpart that the asker may not see and for a programme that the asker is not in; 409 for a pair that a
/// rule keeps apart, or that has an open request for the purpose; 422 for a subject or a person of somebody else.
pub fn ask(
    conn: &mut Conn,
    snapshot: &Snapshot,
    asked: Asked,
    requested_by: PersonId,
    now: Timestamp,
    id: MeetingRequestId,
) -> ApiResult<MeetingRequest> {
    let programme = fit::programme_of(conn, snapshot, asked.programme, asked.from)?;
    fit::require_visible(snapshot, asked.from, asked.to)?;
    fit::require_own(conn, snapshot, &asked)?;
    expire_due(conn, snapshot, (asked.from, asked.to), now)?;
    let seat = manners::find_seat(conn, snapshot, &programme, asked.from, now)?;
    let judged = judge(snapshot, (asked.from, asked.to), &programme, asked.purpose)?;
    let person = asked.person.unwrap_or(requested_by);
    fit::require_member(conn, person, asked.from)?;
    let ask = domain::Ask {
        id,
        programme: programme.id,
        from: Side {
            organisation: asked.from,
            person: Some(person),
        },
        to: Side {
            organisation: asked.to,
            person: None,
        },
        purpose: asked.purpose,
        subject: asked.subject,
        message: asked.message,
        requested_by,
        replaces: asked.replaces,
    };
    let sides = (asked.from, asked.to);
    let in_force = in_force(snapshot, &programme, sides, judged.judgement.points);
    let request = MeetingRequest::ask(ask, in_force, now);
    meeting_requests::insert(conn, &request)?;
    let seat = seat.ok_or_else(|| manners::quota_reached(snapshot, &programme, asked.from))?;
    seats::insert(conn, (programme.id, asked.from), seat, request.id)?;
    reminders::plan(conn, &request, None)?;
    record::keep_judgement(conn, &request, judged, now)?;
    let made = Taken {
        version: request.version,
        step: None,
        party: Party::Requester,
        person: Some(requested_by),
        on_behalf: None,
        reason: None,
        note: None,
        ticks: Vec::new(),
        at: now,
    };
    record::write_down(conn, &request, &made)?;
    Ok(request)
}

/// Takes a step, if the request's life allows it. That `actor` is who they say they are was checked by the caller.
///
/// # Errors
/// 409 for a step that the table does not have, for a person who acted already, and for a lost race; 422 for a reason,
/// a tick or a person that does not fit.
pub fn take(
    conn: &mut Conn,
    snapshot: &Snapshot,
    request: MeetingRequest,
    made: Move,
    actor: &Actor,
    note: Option<Prose<2000>>,
    now: Timestamp,
) -> ApiResult<MeetingRequest> {
    let programme = programmes::find(conn, request.programme)?;
    fit::require_step(conn, &request, &made, actor)?;
    let mut taken = Taken {
        version: 0,
        step: Some(made.step),
        party: actor.party,
        person: actor.person,
        on_behalf: actor.on_behalf.as_ref().map(ToString::to_string),
        reason: made.reason,
        note: note.map(|note| note.to_string()),
        ticks: made.ticks.iter().map(ToString::to_string).collect(),
        at: now,
    };
    let pair = (request.from.organisation, request.to.organisation);
    // Points decide where a submission goes, and nothing else: no other step is judged.
    let mut judged = None;
    if made.step == Step::Submit {
        // What the table refuses is refused as such, whatever the rules say of the pair by now.
        let tried = request.clone();
        tried.apply(
            made.clone(),
            actor,
            in_force(snapshot, &programme, pair, 0),
            now,
        )?;
        judged = Some(judge(snapshot, pair, &programme, request.purpose)?);
    }
    let accepting = made.step == Step::Accept;
    let points = judged.as_ref().map_or(0, |judged| judged.judgement.points);
    let in_force = in_force(snapshot, &programme, pair, points);
    let moved = request.apply(made, actor, in_force, now)?;
    if accepting {
        consent::require(conn, snapshot, &moved)?;
    }
    meeting_requests::save(conn, &moved)?;
    if moved.entry.deadline_at().is_none() {
        seats::delete(conn, moved.id)?;
    }
    reminders::plan(conn, &moved, taken.step)?;
    if let Some(judged) = judged {
        record::keep_judgement(conn, &moved, judged, now)?;
    }
    taken.version = moved.version;
    record::write_down(conn, &moved, &taken)?;
    if let Some(step) = taken.step {
        booking::follow(conn, &moved, step, &programme.programme, now)?;
    }
    Ok(moved)
}

/// Writes down that time has ended a request.
///
/// # Errors
/// 409 if it has not, or somebody wrote it down before.
pub(crate) fn expire(
    conn: &mut Conn,
    snapshot: &Snapshot,
    due: MeetingRequest,
    now: Timestamp,
) -> ApiResult<MeetingRequest> {
    let clock = Actor {
        party: Party::Clock,
        person: None,
        on_behalf: None,
    };
    let expire = Move::bare(Step::Expire);
    take(conn, snapshot, due, expire, &clock, None, now)
}

fn expire_due(
    conn: &mut Conn,
    snapshot: &Snapshot,
    (from, to): (OrganisationId, OrganisationId),
    now: Timestamp,
) -> ApiResult<()> {
    for due in meeting_requests::list_due_for_pair(conn, from, to, now)? {
        expire(conn, snapshot, due, now)?;
    }
    Ok(())
}

/// The policy as it is in force for a pair.
pub(crate) fn in_force<'a>(
    snapshot: &Snapshot,
    stored: &'a programmes::Stored,
    (from, to): (OrganisationId, OrganisationId),
    points: i32,
) -> InForce<'a> {
    InForce {
        offices: manners::offices(snapshot, &stored.programme, from, to),
        programme: &stored.programme,
        version: stored.version,
        points,
    }
}

/// The pair under the card in force. The rules ask for the counterpart's place in the programme; the asker's was asked
/// for before.
fn judge(
    snapshot: &Snapshot,
    (from, to): (OrganisationId, OrganisationId),
    programme: &programmes::Stored,
    purpose: Purpose,
) -> ApiResult<Judged> {
    snapshot
        .judge(from, to, programme, purpose)
        .map_err(not_matchable)
}

/// What keeps the pair apart, as far as the asker may know: the rules answer `not_available` for what is private.
fn not_matchable(kept_off: KeptOff) -> ApiError {
    let details = serde_json::to_value(kept_off).unwrap_or_else(|_| json!({}));
    ApiError::from(Code::NotMatchable).with_details(details)
}
