//! Time as it is booked: the five-minute grid, clocks on walls, availability, slots, and which times two sides can meet.
//!
//! Everything is booked in whole ticks of five minutes in UTC. What a clock on a wall shows becomes an instant here, by
//! the rules of its IANA zone, and nowhere else.

mod availability;
mod grid;
mod series;
#[cfg(test)]
mod tests;
mod wall;

pub use availability::{Availability, DayException, OpenHours, WeekDay, WeeklyHours};
pub use grid::{OffGrid, Span, Tick};
pub use series::{Series, slots_of};
pub use wall::{BadTime, DayTime, UtcOffset, WallTime, Zone};
