//! Notices お知らせ: how a person wants to be told of what happens.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, ToSpan, civil::Time, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// An IANA time zone by its name: `Asia/Tokyo`.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

/// Not the name of a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not the name of an IANA time zone such as Asia/Tokyo")]
pub struct NotAZone;

impl Zone {
    /// The zone of the hub's city, for people who have not said theirs. Our choice.
    pub const USUAL: &str = "Asia/Tokyo";

    /// The zone of people who have not said theirs.
    ///
    /// # Panics
    /// Never: the zone is in the database that is compiled in.
    pub fn usual() -> Zone {
        Zone::USUAL.parse().expect("the zone is compiled in")
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The first instant after `now` when clocks of the zone show `time`; in a gap, the instant after it.
    pub fn next(&self, time: Time, now: Timestamp) -> Timestamp {
        let today = now.to_zoned(self.zone.clone()).date();
        for days in 0..=2 {
            let day = today.saturating_add(days.days());
            let at = day.to_datetime(time).to_zoned(self.zone.clone());
            if let Ok(at) = at
                && at.timestamp() > now
            {
                return at.timestamp();
            }
        }
        now
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl FromStr for Zone {
    type Err = NotAZone;
    fn from_str(name: &str) -> Result<Zone, NotAZone> {
        let zone = TimeZone::get(name).map_err(|_| NotAZone)?;
        // As the database spells it, whatever case was sent.
        let name = zone.iana_name().ok_or(NotAZone)?.to_owned();
        Ok(Zone { name, zone })
    }
}

impl Serialize for Zone {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(de::Error::custom)
    }
}

impl PartialSchema for Zone {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("The name of an IANA time zone."))
            .examples(["Asia/Tokyo", "America/New_York"])
            .into()
    }
}
impl ToSchema for Zone {}

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
    pub fn usual() -> NoticeSettings {
        NoticeSettings {
            zone: Zone::usual(),
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
    fn a_zone_is_known_by_its_iana_name_alone() {
        for (text, name) in [
            ("Asia/Tokyo", Some("Asia/Tokyo")),
            ("asia/tokyo", Some("Asia/Tokyo")),
            ("UTC", Some("UTC")),
            ("", None),
            ("JST", None),
            ("+09:00", None),
            ("Asia/Osaka", None),
            ("../../etc/passwd", None),
        ] {
            let zone = text.parse::<Zone>();
            assert_eq!(zone.as_ref().map(Zone::name).ok(), name, "{text}");
        }
    }

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
            let zone: Zone = zone.parse().unwrap();
            let at = zone.next(time(8, 0, 0, 0), now.parse().unwrap());
            assert_eq!(
                at,
                next.parse::<Timestamp>().unwrap(),
                "{zone:?} after {now}"
            );
        }
    }
}
