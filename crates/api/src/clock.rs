//! The time, and ids that carry it: asked for here and nowhere else.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::Timestamp;

/// A clock.
#[derive(Clone, Debug)]
pub enum Clock {
    /// That of the machine.
    Machine,
    /// One that stands until a test moves it: microseconds since 1970.
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `now`.
    pub fn set(now: Timestamp) -> Clock {
        Clock::Set(Arc::new(AtomicI64::new(now.as_microsecond())))
    }

    /// The time, to the microsecond, as the database keeps it.
    pub fn now(&self) -> Timestamp {
        let micros = match self {
            #[expect(
                clippy::disallowed_methods,
                reason = "the one place that asks the machine"
            )]
            Clock::Machine => Timestamp::now().as_microsecond(),
            Clock::Set(micros) => micros.load(Ordering::SeqCst),
        };
        Timestamp::from_microsecond(micros).expect("a time that a clock can show")
    }
}
