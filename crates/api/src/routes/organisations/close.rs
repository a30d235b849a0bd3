//! What becomes of the open requests of an organisation that leaves.

use domain::{Actor, Move, OrganisationId, Party, Reason, Step};
use jiff::Timestamp;
use store::{Conn, meeting_requests};

use crate::{error::ApiResult, live::Snapshot, requests};

/// Closes every open request of the organisation, on the part of the hub itself.
///
/// # Errors
/// 409 if somebody took a step in one of them at the same time.
pub(crate) fn close_requests(
    conn: &mut Conn,
    snapshot: &Snapshot,
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
            let close = Move::because(Step::Close, reason);
            requests::take(conn, snapshot, request, close, &system, None, now)?;
        }
    }
}
