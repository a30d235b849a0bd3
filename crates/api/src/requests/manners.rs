//! How much may be asked: seats of an asker, whose business days count, and what an asker is told before it asks.

use domain::{Kind, Offices, OrganisationId, Programme, RegionCode};
use jiff::Timestamp;
use serde_json::json;
use store::{Conn, meeting_requests, programmes::Stored, seats};

use crate::{
    error::{ApiError, ApiResult, Code},
    live::Snapshot,
};

/// Where an organisation is at home.
pub(crate) fn home(snapshot: &Snapshot, organisation: OrganisationId) -> Option<RegionCode> {
    let listed = snapshot.organisation(organisation)?;
    listed.profile.as_ref()?.document.home
}

/// Whose business days count between two organisations.
pub(crate) fn offices(
    snapshot: &Snapshot,
    programme: &Programme,
    from: OrganisationId,
    to: OrganisationId,
) -> Offices {
    let home = |organisation| home(snapshot, organisation);
    Offices::at(programme.manners.office, home(from), home(to))
}

/// Requests of the organisation that may wait for an answer at once.
pub(crate) fn open_max(snapshot: &Snapshot, programme: &Stored, asker: OrganisationId) -> u16 {
    let kind = snapshot
        .organisation(asker)
        .map_or(Kind::Startup, |listed| listed.organisation.kind);
    programme.programme.manners.open_max(kind)
}

/// A free seat of the asker, after what time has ended was written down; none where as many wait as may.
///
/// # Errors
/// What the database answered.
pub(super) fn find_seat(
    conn: &mut Conn,
    snapshot: &Snapshot,
    programme: &Stored,
    asker: OrganisationId,
    now: Timestamp,
) -> ApiResult<Option<i32>> {
    seats::lock(conn, asker)?;
    for id in seats::list_requests(conn, programme.id, asker)? {
        let seated = meeting_requests::find(conn, id)?;
        if seated.state_at(now) != seated.entry.kept().0 {
            super::expire(conn, snapshot, seated, now)?;
        }
    }
    let taken = seats::list(conn, programme.id, asker)?;
    let mut all = 1..=i32::from(open_max(snapshot, programme, asker));
    Ok(all.find(|seat| !taken.contains(seat)))
}

/// As many requests wait as may.
pub(super) fn quota_reached(
    snapshot: &Snapshot,
    programme: &Stored,
    asker: OrganisationId,
) -> ApiError {
    let open_max = open_max(snapshot, programme, asker);
    ApiError::from(Code::QuotaReached).with_details(json!({"open_max": open_max}))
}
