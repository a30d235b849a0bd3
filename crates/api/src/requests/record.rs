//! What is written down beside a request: what it was judged by, its steps, audit and events.

use domain::{Meeting, MeetingRequest, Noun, Step};
use jiff::Timestamp;
use serde_json::{Value, json};
use store::{
    Conn,
    journal::{self, Change},
    judgements,
    meeting_requests::{self, Taken},
};

use crate::{error::ApiResult, live::Judged};

/// Keeps what the request was judged by, at its version.
pub(super) fn keep_judgement(
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
pub(super) fn write_down(
    conn: &mut Conn,
    request: &MeetingRequest,
    taken: &Taken,
) -> ApiResult<()> {
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

/// Time, place and who came; where they meet in words is no code.
fn meeting(meeting: &Meeting) -> Value {
    json!({
        "revision": meeting.revision,
        "starts_at": meeting.booked.span.starts_at(),
        "ends_at": meeting.booked.span.ends_at(),
        "place": meeting.booked.place,
        "attendance": meeting.attendance,
    })
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
        "meeting": request.meeting.as_ref().map(meeting),
    })
}
