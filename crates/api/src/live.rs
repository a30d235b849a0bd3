//! What this process knows by heart: one immutable snapshot of the hub, swapped as a whole.
//!
//! A thread follows the change log and swaps in a new snapshot; it is at most a second behind the database. Match lists
//! and deal flow read it and nothing else.

mod building;
mod cards;
mod following;
mod houses;
mod judge;
mod listed;
mod lists;
mod market;
mod prices;
mod sees;
mod snapshot;
mod visibility;
mod watched;

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp, civil::Date};
use scoring::Market;
use store::{Store, StoreError, change_log};
use uuid::Uuid;

use building::Untold;
use following::Nudge;

pub use building::Built;
pub use following::{Following, follow};
pub use judge::Judged;
pub use listed::{Kept, Listed};
pub(crate) use snapshot::day_of;
pub use snapshot::{Snapshot, Unindexed};
pub(crate) use visibility::tier_of;

/// How long a cursor finds the snapshot it was given out on.
const KEPT_FOR: SignedDuration = SignedDuration::from_mins(5);

/// Snapshots kept for cursors at most. They share what did not change between them.
const KEPT_MAX: usize = 4;

/// Indexes of other days at most.
const OTHER_DAYS_MAX: usize = 3;

/// An index of another day than its snapshot's.
#[derive(Debug)]
struct OtherDay {
    /// The index of the snapshot that it was built from.
    beside: Arc<Market>,
    day: Date,
    market: Arc<Market>,
}

/// The snapshot, and the means to have it follow.
#[derive(Debug)]
pub struct Live {
    snapshot: ArcSwap<Snapshot>,
    /// Held while a next snapshot is made of the last one and swapped in. Readers never wait for it.
    turn: Mutex<Untold>,
    /// Held while a market is built anew.
    building: Mutex<()>,
    /// How long that took the last time, in microseconds.
    took_micros: AtomicU64,
    nudge: Nudge,
    /// When the change log was last read, in microseconds since 1970.
    read_at: AtomicI64,
    /// When the snapshot was last known to be current.
    current_at: AtomicI64,
    /// Snapshots that a cursor may still continue, the newest last.
    kept: Mutex<VecDeque<(Timestamp, Arc<Snapshot>)>>,
    /// Indexes of other days, the last asked for last.
    other_days: Mutex<VecDeque<OtherDay>>,
}

impl Live {
    /// The snapshot of the database as it is.
    ///
    /// # Errors
    /// What the database answered.
    pub(crate) fn load(store: &Store, now: Timestamp) -> Result<Live, StoreError> {
        let read = store.read(|conn| Snapshot::read(conn, now))?;
        let started = Instant::now();
        let snapshot = read.indexed();
        Ok(Live {
            snapshot: ArcSwap::from_pointee(snapshot),
            turn: Mutex::default(),
            building: Mutex::default(),
            took_micros: AtomicU64::new(micros(started.elapsed())),
            nudge: Nudge::default(),
            read_at: AtomicI64::new(now.as_microsecond()),
            current_at: AtomicI64::new(now.as_microsecond()),
            kept: Mutex::default(),
            other_days: Mutex::default(),
        })
    }

    /// The snapshot as it is now; it never changes under its reader.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// The snapshot that a cursor was given out on, if it is still kept.
    pub(crate) fn snapshot_with(&self, serial: Uuid) -> Option<Arc<Snapshot>> {
        let current = self.snapshot();
        if current.serial() == serial {
            return Some(current);
        }
        let kept = self.kept.lock().expect("no panic while held");
        kept.iter()
            .find(|(_, snapshot)| snapshot.serial() == serial)
            .map(|(_, snapshot)| snapshot.clone())
    }

    /// Swaps in the next snapshot. The one before is kept if a cursor may come back for it; none for too long, and none of
    /// which the next one shares too little.
    fn swap(&self, before: Arc<Snapshot>, next: Snapshot, now: Timestamp) {
        let mut kept = self.kept.lock().expect("no panic while held");
        if before.is_awaited() {
            kept.push_back((now, before));
        }
        let is_over = |(at, snapshot): &(Timestamp, Arc<Snapshot>)| {
            now.duration_since(*at) > KEPT_FOR || next.is_far_from(snapshot)
        };
        while kept.len() > KEPT_MAX || kept.front().is_some_and(is_over) {
            kept.pop_front();
        }
        drop(kept);
        self.snapshot.store(Arc::new(next));
    }

    /// The index of `snapshot` for a day: its own, or one built when it is first asked for.
    ///
    /// # Errors
    /// What the database answered, where it was asked how often organisations were listed by that day.
    pub(crate) fn market(
        &self,
        store: &Store,
        snapshot: &Snapshot,
        day: Date,
    ) -> Result<Arc<Market>, StoreError> {
        if day == snapshot.as_of() {
            return Ok(snapshot.market().clone());
        }
        // Held while building, so that a day that many ask for is built once.
        let mut days = self.other_days.lock().expect("no panic while held");
        let known = days
            .iter()
            .find(|other| Arc::ptr_eq(&other.beside, snapshot.market()) && other.day == day);
        if let Some(known) = known {
            return Ok(known.market.clone());
        }
        let levels = store.read(|conn| prices::levels_on(conn, day))?;
        let market = Arc::new(snapshot.build_market(day, &levels));
        if days.len() >= OTHER_DAYS_MAX {
            days.pop_front();
        }
        days.push_back(OtherDay {
            beside: snapshot.market().clone(),
            day,
            market: market.clone(),
        });
        Ok(market)
    }

    /// Something was written here: read the change log at once.
    pub(crate) fn nudge(&self) {
        self.nudge.give();
    }

    /// How long ago the snapshot was known to be current.
    pub(crate) fn age(&self, now: Timestamp) -> Duration {
        since(&self.current_at, now)
    }

    /// How long ago the change log was read.
    pub(crate) fn unread_for(&self, now: Timestamp) -> Duration {
        since(&self.read_at, now)
    }

    /// Reads the change log and swaps in what follows from it, down to the last record of a deal.
    ///
    /// # Errors
    /// What the database answered; the snapshot stays as it was.
    pub fn follow(&self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        while self.catch_up(store, now)? {}
        self.rebuild(now);
        Ok(())
    }

    /// Reads the change log and swaps in what follows from it for those who changed. What hangs on all organisations
    /// together, or on the day, follows with the next market that is built anew ([`Live::build`]). Whether the log has more
    /// than is read at once: then the snapshot is not yet current.
    ///
    /// # Errors
    /// What the database answered; the snapshot stays as it was.
    ///
    /// # Panics
    /// Never.
    pub fn catch_up(&self, store: &Store, now: Timestamp) -> Result<bool, StoreError> {
        let mut untold = self.turn.lock().expect("no panic while held");
        let before = self.snapshot();
        let (after, is_all) = store.read(|conn| {
            let since = change_log::list_since(conn, before.point())?;
            let new_day = before.as_of() != snapshot::day_of(now) && !before.is_due();
            if since.notes.is_empty() && since.point == *before.point() && !new_day {
                return Ok::<_, StoreError>((None, since.is_all));
            }
            let after = before.after(conn, &since.notes, since.point, now)?;
            Ok((Some(after), since.is_all))
        })?;
        if let Some(after) = after {
            untold.note(after.changed());
            self.swap(before, after.indexed(), now);
        }
        let now = now.as_microsecond();
        self.read_at.store(now, Ordering::Relaxed);
        if is_all {
            self.current_at.store(now, Ordering::Relaxed);
        }
        Ok(!is_all)
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn since(moment: &AtomicI64, now: Timestamp) -> Duration {
    let micros = now.as_microsecond() - moment.load(Ordering::Relaxed);
    Duration::from_micros(u64::try_from(micros).unwrap_or_default())
}
