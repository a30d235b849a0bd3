//! What becomes of the open requests of an organisation that leaves.

use domain::{Actor, Judged, Move, Noun, OrganisationId, Party, Reason, Step};
use jiff::Timestamp;
use serde_json::json;
use store::{
    Conn,
    journal::{self, Change},
    meeting_requests::{self, Taken},
    programmes,
};

use crate::error::ApiResult;

/// Closes every open request of the organisation, on the part of the hub itself.
///
/// # Errors
/// 409 if somebody took a step in one of them at the same time.
pub(crate) fn close_requests(
    conn: &mut Conn,
    organisation: OrganisationId,
    reason: Reason,
    now: Timestamp,
) -> ApiResult<()> {
    let system = Actor {
        party: Party::System,
        person: None,
        on_behalf: None,
    };
    loop {
        let open = meeting_requests::list_open_of(conn, organisation, now)?;
        if open.is_empty() {
            return Ok(());
        }
        for request in open {
            let stored = programmes::find(conn, request.programme)?;
            let judged = Judged {
                programme: &stored.programme,
                version: stored.version,
                points: 0,
            };
            let closed = request.apply(Move::because(Step::Close, reason), &system, judged, now)?;
            meeting_requests::save(conn, &closed)?;
            meeting_requests::insert_step(conn, closed.id, &taken(closed.version, reason, now))?;
            journal::insert(conn, &change(&closed, reason), now)?;
        }
    }
}

fn taken(version: u32, reason: Reason, now: Timestamp) -> Taken {
    Taken {
        version,
        step: Some(Step::Close),
        party: Party::System,
        person: None,
        on_behalf: None,
        reason: Some(reason),
        note: None,
        ticks: Vec::new(),
        at: now,
    }
}

fn change(closed: &domain::MeetingRequest, reason: Reason) -> Change {
    let (state, _) = closed.entry.kept();
    Change {
        action: Step::Close.code(),
        noun: Noun::MeetingRequest,
        id: closed.id.uuid(),
        version: closed.version,
        person: None,
        party: Some(Party::System),
        detail: json!({
            "state": state,
            "programme": closed.programme,
            "from": closed.from.organisation,
            "to": closed.to.organisation,
            "purpose": closed.purpose,
            "reason": reason,
        }),
    }
}
