//! Slots 枠: the times that an event offers to everybody.

use jiff::civil::Date;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{BadTime, DayTime, Span, Tick, UtcOffset, Zone};
use crate::document::Fault;

/// Slots of one length, one after the other, on one day.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// The day, in the zone.
    pub on: Date,
    /// When the first begins.
    pub from: DayTime,
    /// The offset from UTC, where the clocks show `from` twice: `-04:00`.
    #[serde(default)]
    pub from_offset: Option<UtcOffset>,
    /// How many.
    #[schema(minimum = 1, maximum = 288)]
    pub count: u16,
    /// How long each is: 5 minutes to 2 hours, in steps of five.
    #[schema(minimum = 5, maximum = 120, multiple_of = 5)]
    pub minutes: u16,
    /// The pause after each, in steps of five.
    #[serde(default)]
    #[schema(maximum = 240, multiple_of = 5)]
    pub pause_minutes: u16,
}

impl Series {
    /// The most slots in a series: a day of the shortest.
    pub const COUNT_MAX: u16 = 288;
    /// The longest slot.
    pub const MINUTES_MAX: u16 = 120;
    const PAUSE_MAX: u16 = 240;

    fn slots(&self, zone: &Zone) -> Result<Vec<Span>, (&'static str, String)> {
        let whole = |minutes: u16| minutes.is_multiple_of(5);
        if !(5..=Series::MINUTES_MAX).contains(&self.minutes) || !whole(self.minutes) {
            let message = "is not between 5 and 120 in steps of 5";
            return Err(("minutes", message.to_owned()));
        }
        if self.pause_minutes > Series::PAUSE_MAX || !whole(self.pause_minutes) {
            let message = "is not between 0 and 240 in steps of 5";
            return Err(("pause_minutes", message.to_owned()));
        }
        if !(1..=Series::COUNT_MAX).contains(&self.count) {
            return Err(("count", "is not between 1 and 288".to_owned()));
        }
        let first = self
            .from
            .on(self.on)
            .ok_or(BadTime::Form)
            .and_then(|local| zone.instant(local, self.from_offset))
            .and_then(|instant| Tick::at(instant).map_err(|_| BadTime::Grid))
            .map_err(|why| ("from", why.to_string()))?;
        let step = i64::from(self.minutes + self.pause_minutes) / Tick::MINUTES;
        let slot = |number: u16| Span::lasting(first.later(step * i64::from(number)), self.minutes);
        (0..self.count)
            .map(slot)
            .collect::<Result<_, _>>()
            .map_err(|off_grid| ("minutes", off_grid.to_string()))
    }
}

/// The slots of several series, which may not overlap.
///
/// # Errors
/// [`Fault`] names the field that does not fit.
pub fn slots_of(series: &[Series], zone: &Zone) -> Result<Vec<Span>, Fault> {
    let mut slots: Vec<Span> = Vec::new();
    for (index, one) in series.iter().enumerate() {
        let made = one.slots(zone).map_err(|(field, message)| Fault {
            field: format!("series[{index}].{field}"),
            message,
        })?;
        let overlaps = |slot: &Span| slots.iter().any(|other| slot.common(*other).is_some());
        if made.iter().any(overlaps) {
            return Err(Fault {
                field: format!("series[{index}].from"),
                message: "overlaps another series".to_owned(),
            });
        }
        slots.extend(made);
    }
    Ok(slots)
}
