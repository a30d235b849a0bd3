//! Programmes プログラム: their policy, and the table that says which kind sees and asks which.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::ToSchema;

use crate::{Calendar, Kind, Line, RegionCode, Texts};

/// What a programme decides. Append-only versions; a request keeps the version it was judged by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    /// Its name.
    pub name: Texts<Line<200>>,
    /// When staff look at a request before the counterpart does.
    pub review: ReviewPolicy,
    /// How long each party has.
    #[serde(default)]
    pub deadlines: Deadlines,
    /// What staff tick before they approve.
    #[serde(default)]
    pub checklist: Vec<CheckItem>,
    /// Exceptions from the default table of who sees and asks whom; the last that fits counts.
    #[serde(default)]
    pub kind_table: Vec<KindRule>,
    /// Days after a decline in which the same pair is not matched for the same purpose.
    #[serde(default = "Programme::cooling_days")]
    pub cooling_days: u16,
    /// How much may be asked, and whose days count.
    #[serde(default)]
    pub manners: Manners,
    /// How meetings get their time.
    #[serde(default)]
    pub booking: Booking,
}

impl Programme {
    /// The code of the programme that holds every reviewed organisation.
    pub const HUB: &'static str = "hub";

    const fn cooling_days() -> u16 {
        180
    }

    /// How `asker` stands to `counterpart` in this programme.
    pub fn access(&self, asker: Kind, counterpart: Kind) -> Access {
        self.kind_table
            .iter()
            .rev()
            .find(|rule| rule.asker == asker && rule.counterpart == counterpart)
            .map_or_else(|| default_access(asker, counterpart), |rule| rule.access)
    }
}

/// When staff look at a request before the counterpart does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "when", rename_all = "snake_case", deny_unknown_fields)]
pub enum ReviewPolicy {
    /// Always.
    Always,
    /// Below so many points of the pair.
    BelowScore {
        /// Points of the scorecard.
        points: i32,
    },
    /// Never: the policy itself approves.
    Never,
}

impl ReviewPolicy {
    /// Whether staff look at a request of a pair with so many points.
    pub const fn asks_staff(self, points: i32) -> bool {
        match self {
            ReviewPolicy::Always => true,
            ReviewPolicy::BelowScore { points: bound } => points < bound,
            ReviewPolicy::Never => false,
        }
    }
}

/// How much may be asked at once, and where the staff work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Manners {
    /// Requests of one organisation that may wait for an answer at once. Accepting is never limited.
    pub open_max: u16,
    /// Exceptions for a kind of asker; the last that fits counts.
    pub quotas: Vec<Quota>,
    /// Requests and fresh introductions that an organisation is taken to have room for at once.
    pub received_max: u16,
    /// Where the staff work: whose holidays count for them.
    pub office: Option<RegionCode>,
    /// The month in which a fiscal year 年度 begins: 1 to 12.
    #[serde(deserialize_with = "a_month")]
    #[schema(minimum = 1, maximum = 12)]
    pub fiscal_year_starts_in: i8,
}

impl Default for Manners {
    /// Our choice: ten at once, as partnering events have it; staff in Japan, whose fiscal year begins in April.
    fn default() -> Self {
        Manners {
            open_max: 10,
            quotas: Vec::new(),
            received_max: 20,
            office: "JP".parse().ok(),
            fiscal_year_starts_in: 4,
        }
    }
}

impl Manners {
    /// Requests of an organisation of this kind that may wait for an answer at once.
    pub fn open_max(&self, asker: Kind) -> u16 {
        let mut fitting = self.quotas.iter().rev();
        fitting
            .find(|quota| quota.asker == asker)
            .map_or(self.open_max, |quota| quota.open_max)
    }
}

/// How many requests of an organisation of a kind may wait for an answer at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Who asks.
    pub asker: Kind,
    /// How many.
    pub open_max: u16,
}

fn a_month<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i8, D::Error> {
    match i8::deserialize(deserializer)? {
        month @ 1..=12 => Ok(month),
        _ => Err(de::Error::custom("is not between 1 and 12")),
    }
}

/// What a day of a deadline is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    /// 24 hours.
    #[default]
    Days,
    /// A business day of whom the request waits for; the deadline is the end of the last one, there.
    BusinessDays,
}

/// Days until a request expires, at least one, counted from the entry into each state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Deadlines {
    /// For staff.
    #[serde(deserialize_with = "a_day_or_more")]
    #[schema(minimum = 1)]
    pub staff_days: u16,
    /// For the requester, after a return.
    #[serde(deserialize_with = "a_day_or_more")]
    #[schema(minimum = 1)]
    pub requester_days: u16,
    /// For the counterpart.
    #[serde(deserialize_with = "a_day_or_more")]
    #[schema(minimum = 1)]
    pub counterpart_days: u16,
    /// What a day is.
    #[serde(default)]
    pub counted_in: Counting,
}

impl Default for Deadlines {
    /// Our choice: a week for staff, two for each side, as in partnering systems, in business days.
    fn default() -> Self {
        Deadlines {
            staff_days: 5,
            requester_days: 10,
            counterpart_days: 10,
            counted_in: Counting::BusinessDays,
        }
    }
}

/// How meetings get their time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Booking {
    /// Whether in its slots alone.
    #[serde(default)]
    pub times: Times,
    /// For whom an offered time is held until it is answered.
    #[serde(default)]
    pub hold: HoldPolicy,
    /// Hours for which it is held.
    #[serde(
        default = "Booking::hold_hours",
        deserialize_with = "an_hour_to_a_month"
    )]
    #[schema(minimum = 1, maximum = 744)]
    pub hold_hours: u16,
    /// From then on times stand, for a printed agenda: the sides neither offer nor fix one, staff may.
    #[serde(default)]
    pub frozen_from: Option<Timestamp>,
}

impl Booking {
    const fn hold_hours() -> u16 {
        72
    }

    /// Whether the sides may still fix times at `now`.
    pub fn is_frozen(&self, now: Timestamp) -> bool {
        self.frozen_from.is_some_and(|from| from <= now)
    }

    /// Until when a time that is offered at `now` is held.
    pub fn held_until(&self, now: Timestamp) -> Timestamp {
        now.saturating_add(SignedDuration::from_hours(self.hold_hours.into()))
            .expect("a signed duration has no calendar units")
    }
}

impl Default for Booking {
    /// Our choice: free times, held for who offers them, for three days.
    fn default() -> Self {
        Booking {
            times: Times::Free,
            hold: HoldPolicy::RequesterOnly,
            hold_hours: Booking::hold_hours(),
            frozen_from: None,
        }
    }
}

/// When the meetings of a programme can be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Times {
    /// Whenever both can.
    #[default]
    Free,
    /// In the programme's slots alone.
    Slots,
}

/// For whom an offered time is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HoldPolicy {
    /// For nobody: who answers first has it.
    None,
    /// For the side that offers it.
    #[default]
    RequesterOnly,
    /// For both sides, and the place.
    Both,
}

fn an_hour_to_a_month<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    match u16::deserialize(deserializer)? {
        hours @ 1..=744 => Ok(hours),
        _ => Err(de::Error::custom("is not between 1 and 744")),
    }
}

/// With none, a request would be expired as soon as it is there.
fn a_day_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    match u16::deserialize(deserializer)? {
        0 => Err(de::Error::custom("is less than one day")),
        days => Ok(days),
    }
}

impl Deadlines {
    /// When so many days that begin now are over, for somebody who works by this calendar.
    pub fn after(self, now: Timestamp, days: u16, office: &Calendar) -> Timestamp {
        match self.counted_in {
            Counting::Days => days_after(now, days),
            Counting::BusinessDays => office.end_of(office.day_after(now, days)),
        }
    }
}

/// So many days of 24 hours after `now`.
fn days_after(now: Timestamp, days: u16) -> Timestamp {
    now.saturating_add(SignedDuration::from_hours(24 * i64::from(days)))
        .expect("a signed duration has no calendar units")
}

/// Something staff tick before they approve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckItem {
    /// Its code: `antisocial_forces`.
    pub code: Line<60>,
    /// What it says.
    pub label: Texts<Line<300>>,
    /// Whether nothing is approved without it.
    #[serde(default)]
    pub required: bool,
}

/// An exception from the default table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KindRule {
    /// Who asks.
    pub asker: Kind,
    /// Who is asked.
    pub counterpart: Kind,
    /// What holds.
    pub access: Access,
}

/// How one kind stands to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Sees and asks.
    Open,
    /// Sees and asks those that opted in.
    OptedIn,
    /// Sees and asks where one of the two offers what the other needs, or offers anything at all.
    Offers,
    /// Sees, and does not ask: a preview says so before anything is sent.
    Seen,
    /// Neither sees nor asks.
    Closed,
}

/// The default table: startups see and ask every other kind; investors, incubators and corporates see and ask startups,
/// and each other where the other opted in; the rest are seen and ask as their offers say.
fn default_access(asker: Kind, counterpart: Kind) -> Access {
    use Kind::{Corporate, Incubator, Investor, Startup};
    match (asker, counterpart) {
        (Startup, Startup) => Access::Closed,
        (Investor | Incubator | Corporate, Startup)
        | (Startup, Investor | Incubator | Corporate) => Access::Open,
        (Investor | Incubator | Corporate, Investor | Incubator | Corporate) => Access::OptedIn,
        _ => Access::Offers,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_startup_never_sees_a_startup_and_a_programme_may_open_a_door() {
        let mut programme = Programme {
            name: Texts::default(),
            review: ReviewPolicy::Always,
            deadlines: Deadlines::default(),
            checklist: Vec::new(),
            kind_table: Vec::new(),
            cooling_days: 0,
            manners: Manners::default(),
            booking: Booking::default(),
        };
        let access = |programme: &Programme| programme.access(Kind::Startup, Kind::Startup);
        assert_eq!(access(&programme), Access::Closed);

        programme.kind_table.push(KindRule {
            asker: Kind::Startup,
            counterpart: Kind::Startup,
            access: Access::OptedIn,
        });

        assert_eq!(access(&programme), Access::OptedIn);
    }

    #[test]
    fn staff_look_at_what_the_policy_says() {
        let below = ReviewPolicy::BelowScore { points: 500 };

        assert!(ReviewPolicy::Always.asks_staff(9_999));
        assert!(!ReviewPolicy::Never.asks_staff(-9_999));
        assert!(below.asks_staff(499) && !below.asks_staff(500));
    }

    #[test]
    fn a_deadline_is_at_least_a_day_away() {
        let deadlines = |staff_days: u16| {
            serde_json::from_value::<Deadlines>(serde_json::json!({
                "staff_days": staff_days, "requester_days": 1, "counterpart_days": 1
            }))
        };

        assert!(deadlines(1).is_ok());
        assert!(
            deadlines(0)
                .unwrap_err()
                .to_string()
                .contains("less than one day")
        );
    }
}
