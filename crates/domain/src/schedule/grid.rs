//! The grid: instants in whole steps of five minutes.

use jiff::{SignedDuration, Timestamp};

/// A mark of the five-minute grid: how many lie between it and 1970, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tick(i64);

/// The instant lies between two marks of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not on a five-minute mark")]
pub struct OffGrid;

impl Tick {
    /// Minutes from one mark to the next.
    pub const MINUTES: i64 = 5;
    const SECONDS: i64 = Tick::MINUTES * 60;
    /// The last mark: some days before the end of the year 9999, so that a few ticks more are still a time.
    const MAX: i64 = 253_402_000_000 / Tick::SECONDS;

    /// The mark with this number, as a database kept it.
    pub const fn numbered(number: i64) -> Option<Tick> {
        if number >= -Tick::MAX && number <= Tick::MAX {
            Some(Tick(number))
        } else {
            None
        }
    }

    /// The mark at an instant.
    ///
    /// # Errors
    /// [`OffGrid`] for every other instant.
    pub fn at(instant: Timestamp) -> Result<Tick, OffGrid> {
        let floor = Tick::floor(instant);
        if floor.instant() == instant {
            Ok(floor)
        } else {
            Err(OffGrid)
        }
    }

    /// The last mark that is not after the instant.
    pub fn floor(instant: Timestamp) -> Tick {
        // Seconds are cut towards zero, and marks before 1970 are never booked: micros settle it for both.
        let micros = instant.as_microsecond();
        let number = micros.div_euclid(Tick::SECONDS * 1_000_000);
        Tick(number.clamp(-Tick::MAX, Tick::MAX))
    }

    /// The first mark that is not before the instant.
    pub fn ceil(instant: Timestamp) -> Tick {
        let floor = Tick::floor(instant);
        if floor.instant() < instant {
            floor.later(1)
        } else {
            floor
        }
    }

    /// Its number.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// Its instant.
    ///
    /// # Panics
    /// Never: a mark is within the years that a timestamp knows.
    pub fn instant(self) -> Timestamp {
        Timestamp::from_second(self.0 * Tick::SECONDS).expect("a mark lies within known years")
    }

    /// The mark so many ticks later; the last one, past the end of time.
    #[must_use]
    pub fn later(self, ticks: i64) -> Tick {
        Tick(self.0.saturating_add(ticks).clamp(-Tick::MAX, Tick::MAX))
    }
}

/// A stretch of whole ticks, at least one: from the first mark, until the other, which is no longer in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    from: Tick,
    until: Tick,
}

impl Span {
    /// From one mark until another; `None` unless time passes between them.
    pub fn new(from: Tick, until: Tick) -> Option<Span> {
        (from < until).then_some(Span { from, until })
    }

    /// So many minutes from a mark on.
    ///
    /// # Errors
    /// [`OffGrid`] if the minutes are no whole ticks, or none.
    pub fn lasting(from: Tick, minutes: u16) -> Result<Span, OffGrid> {
        let minutes = i64::from(minutes);
        if minutes % Tick::MINUTES != 0 {
            return Err(OffGrid);
        }
        Span::new(from, from.later(minutes / Tick::MINUTES)).ok_or(OffGrid)
    }

    /// The first mark.
    pub const fn from(self) -> Tick {
        self.from
    }

    /// The mark after the last tick.
    pub const fn until(self) -> Tick {
        self.until
    }

    /// When it begins.
    pub fn starts_at(self) -> Timestamp {
        self.from.instant()
    }

    /// When it ends.
    pub fn ends_at(self) -> Timestamp {
        self.until.instant()
    }

    /// How long it is.
    pub fn minutes(self) -> i64 {
        (self.until.0 - self.from.0) * Tick::MINUTES
    }

    /// Its ticks, in order.
    pub fn ticks(self) -> impl Iterator<Item = Tick> {
        (self.from.0..self.until.0).map(Tick)
    }

    /// Whether the other lies in it whole.
    pub fn holds(self, other: Span) -> bool {
        self.from <= other.from && other.until <= self.until
    }

    /// What the two have in common.
    pub fn common(self, other: Span) -> Option<Span> {
        Span::new(self.from.max(other.from), self.until.min(other.until))
    }

    /// The whole ticks between two instants.
    pub fn within(from: Timestamp, until: Timestamp) -> Option<Span> {
        Span::new(Tick::ceil(from), Tick::floor(until))
    }

    /// The span with so much before and after.
    #[must_use]
    pub fn widened(self, by: SignedDuration) -> Span {
        let ticks = by.as_mins() / Tick::MINUTES;
        Span {
            from: self.from.later(-ticks),
            until: self.until.later(ticks),
        }
    }
}

/// Spans in order, those that touch or overlap made one.
pub(super) fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut whole: Vec<Span> = Vec::new();
    for span in spans {
        match whole.last_mut() {
            Some(last) if span.from <= last.until => last.until = last.until.max(span.until),
            _ => whole.push(span),
        }
    }
    whole
}
