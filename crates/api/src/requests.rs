//! Meeting requests as a use case: to ask, and to take a step. Handlers and the demo's loader share it.
//!
//! Who may do what stands in [`rights`]; what may happen, in `domain`. Each function runs in its caller's transaction
//! and leaves the request, the step, the judgement and the journal in step with each other.

pub(crate) mod rights;

use domain::{
    Actor, DocumentKind, Judged as InForce, MeetingRequest, MeetingRequestId, Move, Noun,
    OrganisationId, Party, PersonId, PersonStatus, Programme, ProgrammeId, Prose, Purpose, Refused,
    Side, Step, Subject,
};
use jiff::Timestamp;
use scoring::KeptOff;
use serde_json::{Value, json};
use store::{
    Conn, StoreError, documents,
    journal::{self, Change},
    judgements,
    meeting_requests::{self, Taken},
    people, programmes,
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
    let programme = programme_of(conn, snapshot, asked.programme, asked.from)?;
    require_visible(snapshot, asked.from, asked.to)?;
    require_own(conn, snapshot, &asked)?;
    expire_due(conn, snapshot, (asked.from, asked.to), now)?;
    let judged = judge(snapshot, (asked.from, asked.to), &programme, asked.purpose)?;
    let person = asked.person.unwrap_or(requested_by);
    require_member(conn, person, asked.from)?;
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
    let request = MeetingRequest::ask(ask, in_force(&programme, judged.judgement.points), now);
    meeting_requests::insert(conn, &request)?;
    keep_judgement(conn, &request, judged, now)?;
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
    write_down(conn, &request, &made)?;
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
    let pair = (request.from.organisation, request.to.organisation);
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
    if made.step == Step::Accept
        && let Some(person) = made.person
    {
        require_member(conn, person, request.to.organisation)?;
    }
    if made.step == Step::Approve && has_submitted(conn, &request, actor.person)? {
        return Err(Refused::SamePerson.into());
    }
    // Points decide where a submission goes, and nothing else: no other step is judged.
    let (moved, judged) = if made.step == Step::Submit {
        // What the table refuses is refused as such, whatever the rules say of the pair by now.
        request
            .clone()
            .apply(made.clone(), actor, in_force(&programme, 0), now)?;
        let judged = judge(snapshot, pair, &programme, request.purpose)?;
        let points = judged.judgement.points;
        let moved = request.apply(made, actor, in_force(&programme, points), now)?;
        (moved, Some(judged))
    } else {
        let moved = request.apply(made, actor, in_force(&programme, 0), now)?;
        (moved, None)
    };
    meeting_requests::save(conn, &moved)?;
    if let Some(judged) = judged {
        keep_judgement(conn, &moved, judged, now)?;
    }
    taken.version = moved.version;
    write_down(conn, &moved, &taken)?;
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

pub(crate) fn in_force(stored: &programmes::Stored, points: i32) -> InForce<'_> {
    InForce {
        programme: &stored.programme,
        version: stored.version,
        points,
    }
}

/// The programme as the database has it, if the asker is in it: what one is not in does not exist.
fn programme_of(
    conn: &mut Conn,
    snapshot: &Snapshot,
    id: Option<ProgrammeId>,
    asker: OrganisationId,
) -> ApiResult<programmes::Stored> {
    let found = match id {
        Some(id) => programmes::find(conn, id)?,
        None => programmes::find_by_code(conn, Programme::HUB)?,
    };
    if found.code == Programme::HUB || snapshot.is_member(found.id, asker) {
        Ok(found)
    } else {
        Err(ApiError::not_found(Noun::Programme))
    }
}

/// Whom the asker does not see, and whom it does not want to be seen by, does not exist for it. Itself it sees: that
/// both are one house is said by the rules.
fn require_visible(snapshot: &Snapshot, from: OrganisationId, to: OrganisationId) -> ApiResult<()> {
    let (asker, other) = (snapshot.organisation(from), snapshot.organisation(to));
    let visible = from == to
        || asker
            .zip(other)
            .is_some_and(|(asker, other)| snapshot.sees(asker, other) && !asker.hides_from(other));
    if visible {
        Ok(())
    } else {
        Err(ApiError::not_found(Noun::Organisation))
    }
}

/// Subject and replaced request must be the asker's own.
fn require_own(conn: &mut Conn, snapshot: &Snapshot, asked: &Asked) -> ApiResult<()> {
    let (kind, id) = match asked.subject {
        Some(Subject::Asset(id)) => (DocumentKind::Asset, Some(id.uuid())),
        Some(Subject::Round(id)) => (DocumentKind::Round, Some(id.uuid())),
        Some(Subject::Need(need)) => {
            let profile = snapshot
                .organisation(asked.from)
                .and_then(|listed| listed.profile.as_ref());
            if profile.is_none_or(|kept| !kept.document.needs.contains(&need)) {
                return Err(ApiError::body("subject.id", "no such need"));
            }
            (DocumentKind::Profile, None)
        }
        None => (DocumentKind::Profile, None),
    };
    if let Some(id) = id {
        match documents::find(conn, asked.from, kind, id) {
            Err(StoreError::NotFound(noun)) => {
                let message = format!("no such {}", noun.code());
                return Err(ApiError::body("subject.id", message));
            }
            found => found.map(drop)?,
        }
    }
    let Some(replaces) = asked.replaces else {
        return Ok(());
    };
    match meeting_requests::find(conn, replaces) {
        Ok(before) if before.from.organisation == asked.from => Ok(()),
        Ok(_) | Err(StoreError::NotFound(_)) => {
            Err(ApiError::body("replaces", "no such meeting_request"))
        }
        Err(error) => Err(error.into()),
    }
}

/// A named person must be a member of their side, and must be able to sign in.
fn require_member(
    conn: &mut Conn,
    person: PersonId,
    organisation: OrganisationId,
) -> ApiResult<()> {
    let fits = match people::find_principal(conn, person) {
        Err(StoreError::NotFound(_)) => false,
        found => {
            let found = found?;
            found.status == PersonStatus::Active && found.role_in(organisation).is_some()
        }
    };
    if fits {
        Ok(())
    } else {
        Err(ApiError::body("person", "no such member"))
    }
}

fn has_submitted(
    conn: &mut Conn,
    request: &MeetingRequest,
    person: Option<PersonId>,
) -> ApiResult<bool> {
    let steps = meeting_requests::list_steps(conn, request.id)?;
    Ok(steps
        .iter()
        .any(|taken| taken.step == Some(Step::Submit) && taken.person == person))
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

/// Keeps what the request was judged by, at its version.
fn keep_judgement(
    conn: &mut Conn,
    request: &MeetingRequest,
    judged: Judged,
    now: Timestamp,
) -> ApiResult<()> {
    let (card_hash, card) = judged.card;
    judgements::insert_scorecard(conn, &card_hash, card, now)?;
    let (statistics_hash, as_of, statistics) = judged.statistics;
    judgements::insert_statistics(conn, &statistics_hash, as_of, statistics, now)?;
    let (id, version) = (request.id, request.version);
    Ok(judgements::insert(conn, id, version, &judged.judgement)?)
}

/// Writes the step's row, the audit row and the event.
fn write_down(conn: &mut Conn, request: &MeetingRequest, taken: &Taken) -> ApiResult<()> {
    meeting_requests::insert_step(conn, request.id, taken)?;
    let (state, _) = request.entry.kept();
    let change = Change {
        action: taken.step.map_or("created", Step::code),
        noun: Noun::MeetingRequest,
        id: request.id.uuid(),
        version: taken.version,
        person: taken.person,
        party: Some(taken.party),
        detail: detail(request, taken, state),
    };
    Ok(journal::insert(conn, &change, taken.at)?)
}

fn detail(request: &MeetingRequest, taken: &Taken, state: domain::State) -> Value {
    json!({
        "state": state,
        "programme": request.programme,
        "from": request.from.organisation,
        "to": request.to.organisation,
        "purpose": request.purpose,
        "reason": taken.reason,
        "on_behalf": taken.on_behalf.is_some(),
        "ticks": taken.ticks,
    })
}
