//! Business days 営業日: the calendars of holidays, and what "within five business days" means for whom.
//!
//! The data lies in `crates/domain/data/calendars`, one file per calendar with its source, and is compiled in. [`check`]
//! is called once at start and says what is wrong with it.

use std::{collections::BTreeSet, sync::LazyLock};

use jiff::{
    Timestamp,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use serde::Deserialize;

use crate::RegionCode;

const FILES: &[(&str, &str)] = &[
    ("jp", include_str!("../data/calendars/jp.toml")),
    ("us", include_str!("../data/calendars/us.toml")),
    ("tw", include_str!("../data/calendars/tw.toml")),
    ("eu", include_str!("../data/calendars/eu.toml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    code: String,
    zone: String,
    countries: Vec<String>,
    source: String,
    first_year: i16,
    last_year: i16,
    working: Vec<Date>,
    closed: Vec<Closed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Closed {
    on: Date,
    name: String,
}

/// What is wrong with a calendar.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("calendars/{file}.toml: {reason}")]
pub struct Fault {
    file: &'static str,
    reason: String,
}

/// Which days are business days, and in which zone a day ends.
#[derive(Debug)]
pub struct Calendar {
    code: &'static str,
    zone: TimeZone,
    countries: Vec<RegionCode>,
    /// The years whose holidays are known; beyond them only weekends are free.
    years: std::ops::RangeInclusive<i16>,
    closed: BTreeSet<Date>,
    working: BTreeSet<Date>,
}

static CALENDARS: LazyLock<Result<Vec<Calendar>, Fault>> =
    LazyLock::new(|| FILES.iter().map(|(code, text)| read(code, text)).collect());

/// Saturdays and Sundays, in UTC: for countries without a calendar of their own.
static WEEKDAYS: LazyLock<Calendar> = LazyLock::new(|| Calendar {
    code: "weekdays",
    zone: TimeZone::UTC,
    countries: Vec::new(),
    years: i16::MIN..=i16::MAX,
    closed: BTreeSet::new(),
    working: BTreeSet::new(),
});

fn read(file: &'static str, text: &str) -> Result<Calendar, Fault> {
    let fault = |reason: String| Fault { file, reason };
    let read: File = toml::from_str(text).map_err(|error| fault(error.to_string()))?;
    if read.code != file || read.source.is_empty() || read.first_year > read.last_year {
        return Err(fault("code, source and years do not fit".to_owned()));
    }
    let years = read.first_year..=read.last_year;
    let mut days = BTreeSet::new();
    for closed in &read.closed {
        if closed.name.is_empty() || !years.contains(&closed.on.year()) || !days.insert(closed.on) {
            return Err(fault(format!(
                "{} has no name, is there twice, or lies outside the years",
                closed.on
            )));
        }
    }
    if let Some(day) = read
        .working
        .iter()
        .find(|day| !is_weekend(**day) || !years.contains(&day.year()))
    {
        return Err(fault(format!("{day} is no day of a weekend")));
    }
    let empty = years
        .clone()
        .find(|year| !days.iter().any(|day| day.year() == *year));
    if let Some(year) = empty {
        return Err(fault(format!("{year} has no holidays")));
    }
    let countries = read.countries.iter().map(|country| {
        country
            .parse()
            .map_err(|_| fault(format!("unknown country {country}")))
    });
    Ok(Calendar {
        code: file,
        zone: TimeZone::get(&read.zone).map_err(|error| fault(error.to_string()))?,
        countries: countries.collect::<Result<_, _>>()?,
        years,
        closed: days,
        working: read.working.into_iter().collect(),
    })
}

/// Reads all calendars.
///
/// # Errors
/// The first [`Fault`].
pub fn check() -> Result<(), Fault> {
    match &*CALENDARS {
        Ok(_) => Ok(()),
        Err(fault) => Err(fault.clone()),
    }
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

impl Calendar {
    /// The calendar of a place; weekends alone where there is none.
    pub fn of(home: Option<RegionCode>) -> &'static Calendar {
        let known = CALENDARS.as_deref().unwrap_or_default();
        let holds = |calendar: &&Calendar| {
            home.is_some_and(|home| {
                calendar
                    .countries
                    .iter()
                    .any(|country| home.is_within(*country))
            })
        };
        known.iter().find(holds).unwrap_or(&WEEKDAYS)
    }

    /// Every calendar from a file.
    pub fn all() -> &'static [Calendar] {
        CALENDARS.as_deref().unwrap_or_default()
    }

    /// Its name: `jp`.
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The IANA name of its zone.
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// The last year whose holidays are known.
    pub const fn last_year(&self) -> i16 {
        *self.years.end()
    }

    /// Whether people work on the day.
    pub fn is_business_day(&self, day: Date) -> bool {
        self.working.contains(&day) || !is_weekend(day) && !self.closed.contains(&day)
    }

    /// The day that it is there.
    pub fn day_of(&self, now: Timestamp) -> Date {
        now.to_zoned(self.zone.clone()).date()
    }

    /// The business day that is `days` business days after the day of `now`, which does not count.
    pub fn day_after(&self, now: Timestamp, days: u16) -> Date {
        let mut day = self.day_of(now);
        let mut left = days;
        while left > 0 {
            let Ok(next) = day.tomorrow() else { break };
            day = next;
            left -= u16::from(self.is_business_day(day));
        }
        day
    }

    /// The instant at which the day is over there.
    pub fn end_of(&self, day: Date) -> Timestamp {
        day.tomorrow()
            .and_then(|next| next.to_zoned(self.zone.clone()))
            .map_or(Timestamp::MAX, |next| next.timestamp())
    }
}

/// Whose business days count for whom: one calendar per party that a request may wait for.
#[derive(Clone, Copy, Debug)]
pub struct Offices {
    /// Of the staff.
    pub staff: &'static Calendar,
    /// Of the side that asks.
    pub requester: &'static Calendar,
    /// Of the side that is asked.
    pub counterpart: &'static Calendar,
}

impl Offices {
    /// The offices of staff and sides at these places.
    pub fn at(
        staff: Option<RegionCode>,
        requester: Option<RegionCode>,
        counterpart: Option<RegionCode>,
    ) -> Offices {
        Offices {
            staff: Calendar::of(staff),
            requester: Calendar::of(requester),
            counterpart: Calendar::of(counterpart),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(region: &str) -> &'static Calendar {
        Calendar::of(Some(region.parse().unwrap()))
    }

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn every_calendar_is_in_order_and_reaches_to_2028() {
        assert_eq!(check(), Ok(()));
        for calendar in Calendar::all() {
            assert!(*calendar.years.start() <= 2025 && calendar.last_year() >= 2028);
        }
        for (text, wrong) in [
            ("code = 'x'", "missing field"),
            (
                "code='jp'\nzone='Asia/Tokyo'\ncountries=['JP']\nsource='x'\nfirst_year=2025\nlast_year=2025\nworking=['2025-01-06']\nclosed=[{on='2025-01-01',name='x'}]",
                "no day of a weekend",
            ),
            (
                "code='jp'\nzone='Asia/Tokyo'\ncountries=['JP']\nsource='x'\nfirst_year=2025\nlast_year=2026\nworking=[]\nclosed=[{on='2025-01-01',name='x'}]",
                "2026 has no holidays",
            ),
            (
                "code='jp'\nzone='Asia/Nowhere'\ncountries=['JP']\nsource='x'\nfirst_year=2025\nlast_year=2025\nworking=[]\nclosed=[{on='2025-01-01',name='x'}]",
                "Asia/Nowhere",
            ),
        ] {
            let fault = read("jp", text).unwrap_err().to_string();
            assert!(fault.contains(wrong), "{fault}");
        }
    }

    #[test]
    fn a_place_has_the_calendar_of_its_country() {
        for (region, code) in [
            ("JP-27", "jp"),
            ("kansai", "jp"),
            ("US-MA", "us"),
            ("TW", "tw"),
            ("DE", "eu"),
            ("GB", "weekdays"),
        ] {
            let found = region.parse().ok().map(|region| Calendar::of(Some(region)));
            assert_eq!(found.map_or("weekdays", Calendar::code), code, "{region}");
        }
        assert_eq!(Calendar::of(None).code(), "weekdays");
    }

    #[test]
    fn known_days_are_free_and_a_make_up_day_is_not() {
        for (region, day, works) in [
            ("JP", "2026-11-03", false),
            ("JP", "2026-09-22", false),
            ("JP", "2027-03-22", false),
            ("JP", "2026-12-30", false),
            ("JP", "2027-01-04", true),
            ("US", "2026-07-03", false),
            ("US", "2026-11-26", false),
            ("US", "2026-11-03", true),
            ("TW", "2025-02-08", true),
            ("TW", "2026-02-18", false),
            ("TW", "2026-09-28", false),
            ("FR", "2026-04-03", false),
            ("FR", "2026-05-01", false),
            ("GB", "2026-12-25", true),
        ] {
            assert_eq!(
                at(region).is_business_day(date(day)),
                works,
                "{region} {day}"
            );
        }
    }

    #[test]
    fn days_are_counted_where_the_recipient_works_and_end_there() {
        // A Monday evening in Osaka; the Tuesday is a holiday in Japan alone.
        let now: Timestamp = "2026-11-02T09:00:00Z".parse().unwrap();
        for (region, days, day, end) in [
            ("JP", 1, "2026-11-04", "2026-11-04T15:00:00Z"),
            ("TW", 1, "2026-11-03", "2026-11-03T16:00:00Z"),
            ("US", 1, "2026-11-03", "2026-11-04T08:00:00Z"),
            ("DE", 1, "2026-11-03", "2026-11-03T23:00:00Z"),
            ("JP", 10, "2026-11-17", "2026-11-17T15:00:00Z"),
            ("US", 18, "2026-11-30", "2026-12-01T08:00:00Z"),
        ] {
            let calendar = at(region);
            let found = calendar.day_after(now, days);
            assert_eq!(found, date(day), "{region}");
            assert_eq!(calendar.end_of(found).to_string(), end, "{region}");
        }
    }
}
