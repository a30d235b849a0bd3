//! What a clock on a wall shows, and which instant that is.

use std::fmt;

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::{AmbiguousOffset, Offset, TimeZone},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

use super::Tick;

/// A time zone of the IANA database, by its name: `Asia/Tokyo`.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone with this name.
    ///
    /// # Errors
    /// [`BadTime::Zone`] if there is none.
    pub fn named(name: &str) -> Result<Zone, BadTime> {
        let plausible = matches!(name.len(), 1..=64) && name.is_ascii();
        TimeZone::get(name)
            .ok()
            .filter(|zone| {
                plausible && zone.iana_name().is_some_and(|known| known != "Etc/Unknown")
            })
            .map(Zone)
            .ok_or(BadTime::Zone)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    pub(super) fn rules(&self) -> &TimeZone {
        &self.0
    }

    /// What a clock there shows at an instant.
    pub fn shows(&self, instant: Timestamp) -> DateTime {
        self.0.to_datetime(instant)
    }

    /// The instant at which a clock there shows `local`.
    ///
    /// # Errors
    /// [`BadTime::Gap`] if no clock ever shows it; [`BadTime::Overlap`] if it is shown twice and `offset` does not say
    /// which time is meant; [`BadTime::Offset`] if the clock has another offset then.
    pub fn instant(
        &self,
        local: DateTime,
        offset: Option<UtcOffset>,
    ) -> Result<Timestamp, BadTime> {
        let offset = offset.map(|given| given.0);
        let ambiguous = self.0.to_ambiguous_timestamp(local).offset();
        let chosen = match (ambiguous, offset) {
            (AmbiguousOffset::Unambiguous { offset }, None) => offset,
            (AmbiguousOffset::Unambiguous { offset }, Some(given)) if given == offset => offset,
            (AmbiguousOffset::Fold { before, after }, Some(given))
                if given == before || given == after =>
            {
                given
            }
            (AmbiguousOffset::Fold { .. }, None) => return Err(BadTime::Overlap),
            (AmbiguousOffset::Gap { .. }, _) => return Err(BadTime::Gap),
            (_, Some(_)) => return Err(BadTime::Offset),
        };
        chosen.to_timestamp(local).map_err(|_| BadTime::Form)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Zone, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Zone::named(&name).map_err(de::Error::custom)
    }
}

impl PartialSchema for Zone {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(64))
            .description(Some("A time zone of the IANA database"))
            .examples(["Asia/Tokyo"])
            .into()
    }
}

impl ToSchema for Zone {
    fn name() -> std::borrow::Cow<'static, str> {
        "Zone".into()
    }
}

/// An offset from UTC as it stands in a timestamp: `+09:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UtcOffset(Offset);

impl UtcOffset {
    fn parse(text: &str) -> Option<UtcOffset> {
        let sign = match text.as_bytes().first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let (hours, minutes) = text.get(1..)?.split_once(':')?;
        let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
        let seconds = sign * (i32::from(hours) * 60 + i32::from(minutes)) * 60;
        let offset = Offset::from_seconds(seconds).ok()?;
        (hours <= 24 && minutes < 60).then_some(UtcOffset(offset))
    }
}

impl From<Offset> for UtcOffset {
    fn from(offset: Offset) -> UtcOffset {
        UtcOffset(offset)
    }
}

impl fmt::Display for UtcOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.seconds();
        let sign = if seconds < 0 { '-' } else { '+' };
        let minutes = seconds.abs() / 60;
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl Serialize for UtcOffset {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UtcOffset {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<UtcOffset, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        UtcOffset::parse(&text)
            .ok_or_else(|| de::Error::custom("is not an offset from UTC like +09:00"))
    }
}

impl PartialSchema for UtcOffset {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[+-]([01][0-9]|2[0-3]):[0-5][0-9]$"))
            .examples(["-04:00"])
            .into()
    }
}

impl ToSchema for UtcOffset {
    fn name() -> std::borrow::Cow<'static, str> {
        "UtcOffset".into()
    }
}

fn two_digits(text: &str) -> Option<u16> {
    let plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// Why a time is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTime {
    /// No such form.
    #[error("is neither an instant nor a time on a wall")]
    Form,
    /// No such zone.
    #[error("is not a time zone of the IANA database")]
    Zone,
    /// A time on a wall without a zone.
    #[error("has no offset: a zone is needed")]
    NoZone,
    /// The clocks are put forward over it.
    #[error("does not exist there: the clocks are put forward over it")]
    Gap,
    /// The clocks are put back over it.
    #[error("is shown twice there: an offset is needed")]
    Overlap,
    /// Not the offset of the zone at that time.
    #[error("has an offset that the zone does not have then")]
    Offset,
    /// Between two marks of the grid.
    #[error("is not on a five-minute mark")]
    Grid,
}

/// A time as somebody says it: an instant (`2026-11-01T01:30:00-04:00`), or what a clock on a wall shows
/// (`2026-11-01T01:30`), which is an instant with a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WallTime(String);

impl WallTime {
    /// The mark of the grid that is meant.
    ///
    /// # Errors
    /// [`BadTime`], which says why it is none.
    pub fn tick(&self, zone: Option<&Zone>) -> Result<Tick, BadTime> {
        Tick::at(self.instant(zone)?).map_err(|_| BadTime::Grid)
    }

    fn instant(&self, zone: Option<&Zone>) -> Result<Timestamp, BadTime> {
        if let Ok(instant) = self.0.parse::<Timestamp>() {
            return match zone {
                Some(zone) if !self.has_offset_of(zone, instant) => Err(BadTime::Offset),
                _ => Ok(instant),
            };
        }
        let local: DateTime = self.0.parse().map_err(|_| BadTime::Form)?;
        zone.ok_or(BadTime::NoZone)?.instant(local, None)
    }

    /// Whether the offset is the zone's, or `Z`, which is no offset of any place.
    fn has_offset_of(&self, zone: &Zone, instant: Timestamp) -> bool {
        let local = self.0.get(..19).or_else(|| self.0.get(..16));
        let shown = local.and_then(|local| local.parse::<DateTime>().ok());
        self.0.ends_with(['Z', 'z']) || shown.is_none_or(|shown| zone.shows(instant) == shown)
    }
}

impl<'de> Deserialize<'de> for WallTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<WallTime, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let plain = |letter: char| letter.is_ascii_digit() || "-:+TtZz. ".contains(letter);
        let fits = text.len() <= 40
            && text.chars().all(plain)
            && (text.parse::<Timestamp>().is_ok() || text.parse::<DateTime>().is_ok());
        if fits {
            Ok(WallTime(text.into_owned()))
        } else {
            Err(de::Error::custom(BadTime::Form))
        }
    }
}

impl PartialSchema for WallTime {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(40))
            .description(Some(
                "An instant (RFC 3339, with an offset), or a time on a wall without one, for which a zone is needed",
            ))
            .examples(["2026-12-08T10:00:00+09:00", "2026-12-08T10:00"])
            .into()
    }
}

impl ToSchema for WallTime {
    fn name() -> std::borrow::Cow<'static, str> {
        "WallTime".into()
    }
}

/// A time of the day on a five-minute mark, `00:00` to `24:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayTime(u16);

impl DayTime {
    const MINUTES: u16 = 24 * 60;

    /// What a clock shows on `day`; `24:00` is the next day's beginning.
    pub(super) fn on(self, day: Date) -> Option<DateTime> {
        let (day, minute) = if self.0 == DayTime::MINUTES {
            (day.tomorrow().ok()?, 0)
        } else {
            (day, self.0)
        };
        let part = |value: u16| i8::try_from(value).ok();
        Some(day.at(part(minute / 60)?, part(minute % 60)?, 0, 0))
    }

    pub(super) fn is_end_of_day(self) -> bool {
        self.0 == DayTime::MINUTES
    }

    fn parse(text: &str) -> Option<DayTime> {
        let (hour, minute) = text.split_once(':')?;
        let (hour, minute) = (two_digits(hour)?, two_digits(minute)?);
        let minutes = hour * 60 + minute;
        let fits = minute < 60 && minutes <= DayTime::MINUTES && minute % 5 == 0;
        fits.then_some(DayTime(minutes))
    }
}

impl fmt::Display for DayTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Serialize for DayTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DayTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<DayTime, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        DayTime::parse(&text).ok_or_else(|| {
            de::Error::custom("is not a time of day on a five-minute mark, 00:00 to 24:00")
        })
    }
}

impl PartialSchema for DayTime {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^(([01][0-9]|2[0-3]):[0-5][05]|24:00)$"))
            .examples(["09:30"])
            .into()
    }
}

impl ToSchema for DayTime {
    fn name() -> std::borrow::Cow<'static, str> {
        "DayTime".into()
    }
}
