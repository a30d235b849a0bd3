//! Meeting requests: the way to an introduction, and everything that is not let through.

mod asking;
mod disclosure;
mod life;
mod races;
mod schema;
mod staff;

use domain::{MeetingRequestId, Noun, OrganisationId, Programme};
use serde_json::{Value, json};
use store::{journal, programmes};
use testkit::{Actor, Hub, Reply};

/// The path of a request, or of one of its steps.
pub(crate) fn path(request: &Reply, step: &str) -> String {
    format!("/v1/meeting-requests/{}{step}", request.text("/id"))
}

/// A fundraising request.
pub(crate) fn body(from: OrganisationId, to: OrganisationId) -> Value {
    json!({
        "from": from,
        "to": to,
        "purpose": "fundraising",
        "message": "We grow heart muscle from iPS cells and raise our seed round.",
    })
}

/// The organisation of one asks to meet that of the other.
pub(crate) fn asks(who: &Actor<'_>, whom: &Actor<'_>) -> Reply {
    let body = body(who.organisation(), whom.organisation());
    who.post("/v1/meeting-requests", &body)
}

/// Takes a step.
pub(crate) fn step(who: &Actor<'_>, request: &Reply, step: &str, body: &Value) -> Reply {
    who.post(&path(request, &format!("/{step}")), body)
}

/// A step that goes through.
#[track_caller]
pub(crate) fn steps(who: &Actor<'_>, request: &Reply, name: &str, body: &Value) -> Reply {
    step(who, request, name, body).assert_status(200)
}

/// Changes the policy of the hub.
pub(crate) fn policy(hub: &Hub, change: impl FnOnce(&mut Programme)) {
    hub.make(|conn, now| {
        let mut stored = programmes::find_by_code(conn, Programme::HUB)?;
        change(&mut stored.programme);
        programmes::save(conn, &stored, None, now)?;
        journal::insert_note(conn, Noun::Programme, stored.id.uuid())
    });
    hub.catch_up();
}

/// The id of a request.
pub(crate) fn id(request: &Reply) -> MeetingRequestId {
    request.text("/id").parse().expect("an id")
}
