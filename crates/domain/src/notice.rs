//! Notices お知らせ: how a person wants to be told of what happens.

use jiff::{Timestamp, ToSpan, civil::Time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::schedule::Zone;

/// The zone of the hub's city, for people who have not said theirs. Our choice.
const USUAL_ZONE: &str = "Asia/Tokyo";

/// The first instant after `now` when clocks of the zone show `time` once: not on a day that leaves it out or has it twice.
pub fn next_morning(zone: &Zone, time: Time, now: Timestamp) -> Timestamp {
    let today = zone.shows(now).date();
    let days = (0..=3).map(|days| today.saturating_add(days.days()));
    days.filter_map(|day| zone.instant(day.to_datetime(time), None).ok())
        .find(|at| *at > now)
        .unwrap_or(now)
}

/// When a person is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rhythm {
    /// At once.
    Immediate,
    /// Once a day, in the morning of the person's zone, all in one mail.
    Daily,
}

impl Rhythm {
    /// The rhythm in snake_case.
    pub const fn code(self) -> &'static str {
        match self {
            Rhythm::Immediate => "immediate",
            Rhythm::Daily => "daily",
        }
    }
}

/// What kind of thing a notice is about. A person can be spared each kind.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// What waits for the staff to decide.
    Approvals,
    /// How meeting requests go on.
    MeetingRequests,
    /// Meetings: times, places, changes.
    Meetings,
    /// Deadlines that come near.
    Reminders,
    /// Reviews and other news of the own organisation.
    Organisation,
    /// What concerns the technical links to other systems.
    Machines,
}

impl NoticeKind {
    /// Every kind.
    pub const ALL: &[NoticeKind] = &[
        NoticeKind::Approvals,
        NoticeKind::MeetingRequests,
        NoticeKind::Meetings,
        NoticeKind::Reminders,
        NoticeKind::Organisation,
        NoticeKind::Machines,
    ];

    /// The kind in snake_case.
    pub const fn code(self) -> &'static str {
        match self {
            NoticeKind::Approvals => "approvals",
            NoticeKind::MeetingRequests => "meeting_requests",
            NoticeKind::Meetings => "meetings",
            NoticeKind::Reminders => "reminders",
            NoticeKind::Organisation => "organisation",
            NoticeKind::Machines => "machines",
        }
    }
}

/// How a person wants to be told of what happens.
#[derive(Clone, Debug, PartialEq)]
pub struct NoticeSettings {
    /// The zone in which times are written.
    pub zone: Zone,
    /// When.
    pub rhythm: Rhythm,
    /// The kinds of which the person wants no mail.
    pub muted: Vec<NoticeKind>,
    /// Counts the changes; 0 before the first.
    pub version: u32,
}

impl NoticeSettings {
    /// Those of a person who has not said anything.
    ///
    /// # Panics
    /// Never: the zone is in the database that is compiled in.
    pub fn usual() -> NoticeSettings {
        NoticeSettings {
            zone: Zone::named(USUAL_ZONE).expect("the zone is compiled in"),
            rhythm: Rhythm::Immediate,
            muted: Vec::new(),
            version: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;

    #[test]
    fn the_next_morning_is_that_of_the_zone() {
        for (zone, now, next) in [
            ("Asia/Tokyo", "2026-11-02T09:00:00Z", "2026-11-02T23:00:00Z"),
            ("Asia/Tokyo", "2026-11-02T23:00:00Z", "2026-11-03T23:00:00Z"),
            (
                "America/New_York",
                "2026-10-31T13:00:00Z",
                "2026-11-01T13:00:00Z",
            ),
            (
                "America/New_York",
                "2026-10-30T13:00:00Z",
                "2026-10-31T12:00:00Z",
            ),
            (
                "Asia/Kathmandu",
                "2026-11-02T00:00:00Z",
                "2026-11-02T02:15:00Z",
            ),
        ] {
            let zone = Zone::named(zone).unwrap();
            let at = next_morning(&zone, time(8, 0, 0, 0), now.parse().unwrap());
            assert_eq!(
                at,
                next.parse::<Timestamp>().unwrap(),
                "{} after {now}",
                zone.name()
            );
        }
    }
}
