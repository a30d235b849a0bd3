//! Who asks for investors, by number: those who are the same to every record have one number.

use domain::SectorCode;

use super::{Raising, Sought, Startup, Where};
use crate::numbered::Numbered;

/// The number of who asks in a way that nobody did when the numbers were given.
pub(crate) const UNNUMBERED: u32 = u32::MAX;

/// All who may ask.
#[derive(Debug, Default)]
pub(crate) struct Seekers {
    places: Numbered<Where>,
    trades: Numbered<Box<[SectorCode]>>,
    all: Numbered<Seeker>,
}

/// One who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Seeker {
    pub(super) startup: Startup,
    pub(super) raising: Raising,
}

impl Seekers {
    pub(crate) fn of<'a>(all: impl Iterator<Item = Sought<'a>>) -> Seekers {
        let mut seekers = Seekers::default();
        all.for_each(|sought| seekers.add(&sought));
        seekers
    }

    /// Those of several, in order.
    pub(crate) fn concat(parts: Vec<Seekers>) -> Seekers {
        let mut parts = parts.into_iter();
        let mut whole = parts.next().unwrap_or_default();
        for part in parts {
            for &seeker in part.all.values() {
                whole.add(&part.sought(seeker));
            }
        }
        whole
    }

    fn add(&mut self, sought: &Sought<'_>) {
        let startup = Startup {
            place: self.places.number(&sought.here),
            trades: self.trades.number(sought.sectors),
        };
        let raising = sought.raising;
        self.all.number(&Seeker { startup, raising });
    }

    /// The number of who asks for this; [`UNNUMBERED`] where it has none.
    pub(crate) fn number(&self, sought: &Sought<'_>) -> u32 {
        let find = || {
            let place = self.places.find(&sought.here)?;
            let trades = self.trades.find(sought.sectors)?;
            let raising = sought.raising;
            let startup = Startup { place, trades };
            self.all.find(&Seeker { startup, raising })
        };
        find().unwrap_or(UNNUMBERED)
    }

    /// The sectors of who has this number.
    pub(crate) fn sectors(&self, number: u32) -> &[SectorCode] {
        &self.trades[self.all[number].startup.trades]
    }

    /// What who has this number raises.
    pub(crate) fn raising(&self, number: u32) -> Raising {
        self.all[number].raising
    }

    /// How many numbers there are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// How many places and trades there are: numbers are lower.
    pub(super) fn places_and_trades(&self) -> (usize, usize) {
        (self.places.len(), self.trades.len())
    }

    pub(super) fn numbered(&self, number: u32) -> Seeker {
        self.all[number]
    }

    /// What one asks for.
    pub(super) fn sought(&self, seeker: Seeker) -> Sought<'_> {
        Sought {
            here: self.places[seeker.startup.place],
            sectors: &self.trades[seeker.startup.trades],
            raising: seeker.raising,
        }
    }

    /// Bytes they take.
    pub(crate) fn bytes(&self) -> usize {
        self.places.bytes() + self.trades.bytes() + self.all.bytes()
    }
}
