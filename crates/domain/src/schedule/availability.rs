//! When somebody can be met: hours of the week in their zone, and days that are otherwise.

use std::collections::BTreeSet;

use jiff::{
    Timestamp,
    civil::{Date, Weekday},
    tz::Offset,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{BadTime, DayTime, Span, UtcOffset, Zone, grid::merged};
use crate::document::{ENTRIES_MAX, Fault};

/// When a person, or the people of an organisation, can be met. Within it they are free until something is booked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Availability {
    /// The zone whose clocks the hours are read from.
    pub zone: Zone,
    /// Hours that come every week.
    pub weekly: Vec<WeeklyHours>,
    /// Days on which the weekly hours do not hold.
    #[serde(default)]
    pub exceptions: Vec<DayException>,
    /// Meetings that an organisation takes part in at one time; without it, as many as it has people. For organisations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1000)]
    pub capacity: Option<u16>,
}

/// A day of the week 曜日.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the days of the week")]
pub enum WeekDay {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl From<Weekday> for WeekDay {
    fn from(day: Weekday) -> WeekDay {
        match day {
            Weekday::Monday => WeekDay::Monday,
            Weekday::Tuesday => WeekDay::Tuesday,
            Weekday::Wednesday => WeekDay::Wednesday,
            Weekday::Thursday => WeekDay::Thursday,
            Weekday::Friday => WeekDay::Friday,
            Weekday::Saturday => WeekDay::Saturday,
            Weekday::Sunday => WeekDay::Sunday,
        }
    }
}

/// Hours on days of the week: while the clocks there show a time from `from` to `until`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeeklyHours {
    /// On which days.
    pub days: Vec<WeekDay>,
    /// From.
    pub from: DayTime,
    /// Until.
    pub until: DayTime,
}

/// A day that is otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DayException {
    /// Which day, in the zone.
    pub on: Date,
    /// The hours of that day; none: nobody can be met.
    #[serde(default)]
    pub open: Vec<OpenHours>,
}

/// Hours of one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenHours {
    /// From.
    pub from: DayTime,
    /// The offset from UTC, where the clocks show `from` twice: `-04:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_offset: Option<UtcOffset>,
    /// Until.
    pub until: DayTime,
    /// The offset from UTC, where the clocks show `until` twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_offset: Option<UtcOffset>,
}

impl Availability {
    /// What it needs beyond the shape of its fields.
    ///
    /// # Errors
    /// [`Fault`] names the field: an hour that no clock shows on its day, one that is shown twice and has no offset,
    /// an end that is not after its beginning.
    pub fn check(&self) -> Result<(), Fault> {
        let fault = |field: String, message: &str| Fault {
            field,
            message: message.to_owned(),
        };
        let too_many = format!("has more than {ENTRIES_MAX} entries");
        if self.weekly.len() > ENTRIES_MAX {
            return Err(fault("weekly".to_owned(), &too_many));
        }
        if self.exceptions.len() > 4 * ENTRIES_MAX {
            let message = format!("has more than {} entries", 4 * ENTRIES_MAX);
            return Err(fault("exceptions".to_owned(), &message));
        }
        if matches!(self.capacity, Some(0 | 1001..)) {
            return Err(fault("capacity".to_owned(), "is not between 1 and 1000"));
        }
        for (index, hours) in self.weekly.iter().enumerate() {
            if hours.days.is_empty() {
                return Err(fault(format!("weekly[{index}].days"), "is empty"));
            }
            if hours.days.len() > 7 {
                return Err(fault(
                    format!("weekly[{index}].days"),
                    "has more than 7 entries",
                ));
            }
            if hours.until <= hours.from {
                let field = format!("weekly[{index}].until");
                return Err(fault(field, "is not after its beginning"));
            }
        }
        let mut days = BTreeSet::new();
        for (index, exception) in self.exceptions.iter().enumerate() {
            let within = format!("exceptions[{index}]");
            if !days.insert(exception.on) {
                return Err(fault(format!("{within}.on"), "must differ"));
            }
            if exception.open.len() > ENTRIES_MAX {
                return Err(fault(format!("{within}.open"), &too_many));
            }
            for (place, hours) in exception.open.iter().enumerate() {
                let within = format!("{within}.open[{place}]");
                let named = |(field, why): (&str, BadTime)| {
                    fault(format!("{within}.{field}"), &why.to_string())
                };
                let (from, until) = hours.instants(exception.on, &self.zone).map_err(named)?;
                if until <= from {
                    return Err(fault(
                        format!("{within}.until"),
                        "is not after its beginning",
                    ));
                }
            }
        }
        Ok(())
    }

    /// The spans within `window` in which they can be met, in order and apart.
    pub fn open_in(&self, window: Span) -> Vec<Span> {
        let mut open = self.exceptions_in(window);
        let (mut from, end) = (window.starts_at(), window.ends_at());
        let rules = self.zone.rules();
        let changes = rules.following(from);
        let changes = changes.map(|change| change.timestamp().min(end));
        // While the offset stays, a clock runs straight: each stretch between two changes is read by one offset.
        for until in changes.take_while(|at| *at < end).chain([end]) {
            let stretch = Stretch {
                from,
                until,
                offset: rules.to_offset(from),
            };
            self.weekly_in(&stretch, &mut open);
            from = until;
        }
        merged(open)
    }

    fn exceptions_in(&self, window: Span) -> Vec<Span> {
        let hours = self.exceptions.iter().flat_map(|exception| {
            exception
                .open
                .iter()
                .map(move |hours| (exception.on, hours))
        });
        hours
            .filter_map(|(on, hours)| hours.instants(on, &self.zone).ok())
            .filter_map(|(from, until)| Span::within(from, until)?.common(window))
            .collect()
    }

    fn weekly_in(&self, stretch: &Stretch, open: &mut Vec<Span>) {
        let shown = |at| stretch.offset.to_datetime(at);
        let (mut day, last) = (shown(stretch.from).date(), shown(stretch.until).date());
        while day <= last {
            let excepted = self.exceptions.iter().any(|exception| exception.on == day);
            let of_day = self
                .weekly
                .iter()
                .filter(|hours| !excepted && hours.days.contains(&day.weekday().into()));
            open.extend(of_day.filter_map(|hours| stretch.cut(day, hours)));
            let Ok(next) = day.tomorrow() else { return };
            day = next;
        }
    }
}

/// Time between two changes of a zone's offset.
struct Stretch {
    from: Timestamp,
    until: Timestamp,
    offset: Offset,
}

impl Stretch {
    fn cut(&self, day: Date, hours: &WeeklyHours) -> Option<Span> {
        let at = |time: DayTime| self.offset.to_timestamp(time.on(day)?).ok();
        let (from, until) = (at(hours.from)?, at(hours.until)?);
        Span::within(from.max(self.from), until.min(self.until))
    }
}

impl OpenHours {
    /// From which instant until which; or which end is no time, and why.
    fn instants(
        &self,
        on: Date,
        zone: &Zone,
    ) -> Result<(Timestamp, Timestamp), (&'static str, BadTime)> {
        let instant = |field, time: DayTime, offset| {
            let local = time.on(on).ok_or((field, BadTime::Form))?;
            match zone.instant(local, offset) {
                // A day may end in a gap: it ends where the gap begins.
                Err(BadTime::Gap) if time.is_end_of_day() => {
                    let ambiguous = zone.rules().to_ambiguous_timestamp(local);
                    ambiguous.compatible().map_err(|_| (field, BadTime::Gap))
                }
                found => found.map_err(|why| (field, why)),
            }
        };
        Ok((
            instant("from", self.from, self.from_offset)?,
            instant("until", self.until, self.until_offset)?,
        ))
    }
}
