//! Booking: from an accepted request to a time and a place that nobody else has.

mod calendars;
mod contention;
mod offers;
mod participants;
mod programmes;
mod schema;
mod slice;

use domain::{Programme, Times};
use serde_json::{Value, json};
use testkit::{Actor, Hub, Reply};

use crate::meeting_requests::{asks, policy, steps};

/// The morning of the tests' event, five weeks after they begin.
pub(crate) const MORNING: &str = "2026-12-08T01:00:00Z";

/// The instant so many minutes after the event's first slot begins.
pub(crate) fn at(minutes: i64) -> String {
    let morning: jiff::Timestamp = MORNING.parse().unwrap();
    (morning + jiff::SignedDuration::from_mins(minutes)).to_string()
}

/// Meetings of the hub are in slots: eight half hours on one morning, in Osaka.
pub(crate) fn event(hub: &Hub, staff: &Actor<'_>) {
    policy(hub, |programme: &mut Programme| {
        programme.booking.times = Times::Slots;
    });
    let path = format!("/v1/programmes/{}/slots", hub.hub_programme());
    let series = json!({"on": "2026-12-08", "from": "10:00", "count": 8, "minutes": 30});
    let body = json!({"zone": "Asia/Tokyo", "series": [series]});
    staff.post(&path, &body).assert_status(201);
}

/// A place of the hub; its id.
pub(crate) fn place(hub: &Hub, staff: &Actor<'_>, place: &Value) -> String {
    let path = format!("/v1/programmes/{}/places", hub.hub_programme());
    let made = staff.post(&path, place).assert_status(201);
    made.text("/id").to_owned()
}

/// A request that the staff let through.
pub(crate) fn approved(who: &Actor<'_>, whom: &Actor<'_>, staff: &Actor<'_>) -> Reply {
    let request = asks(who, whom).assert_status(201);
    steps(staff, &request, "approve", &json!({}));
    request
}

/// A request that was accepted.
pub(crate) fn accepted(who: &Actor<'_>, whom: &Actor<'_>, staff: &Actor<'_>) -> Reply {
    let request = approved(who, whom, staff);
    steps(whom, &request, "accept", &json!({}));
    request
}
