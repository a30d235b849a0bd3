//! What this process knows by heart: one immutable snapshot of the hub, swapped as a whole.
//!
//! A thread follows the change log and swaps in a new snapshot; it is at most a second behind the database. Match lists
//! and deal flow read it and nothing else.

mod building;
mod cards;
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
use tokio::sync::Notify;
use uuid::Uuid;

pub use building::Built;
pub use judge::Judged;
pub use listed::{Kept, Listed};
pub(crate) use snapshot::day_of;
pub use snapshot::{Snapshot, Unindexed};
pub(crate) use visibility::tier_of;

use crate::app::App;

/// How often the change log is read without being asked to.
const POLL: Duration = Duration::from_millis(250);

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
    turn: Mutex<()>,
    /// Held while a market is built anew.
    building: Mutex<()>,
    /// How long that took the last time, in microseconds.
    took_micros: AtomicU64,
    nudge: Notify,
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
            nudge: Notify::new(),
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

    /// Keeps a snapshot that was swapped out, if a cursor may come back for it, and no other for too long.
    fn keep(&self, snapshot: Arc<Snapshot>, now: Timestamp) {
        let mut kept = self.kept.lock().expect("no panic while held");
        if snapshot.is_awaited() {
            kept.push_back((now, snapshot));
        }
        let too_old = |at: Timestamp| now.duration_since(at) > KEPT_FOR;
        while kept.len() > KEPT_MAX || kept.front().is_some_and(|(at, _)| too_old(*at)) {
            kept.pop_front();
        }
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
        self.nudge.notify_one();
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
        let _turn = self.turn.lock().expect("no panic while held");
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
            self.keep(before, now);
            self.snapshot.store(Arc::new(after.indexed()));
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

/// Follows the change log until the future is dropped, and has markets built beside it.
pub async fn follow(app: App) {
    let mut builder: Option<tokio::task::JoinHandle<()>> = None;
    let mut due = building::Due::default();
    let mut is_behind = false;
    loop {
        if !is_behind {
            let wait = tokio::time::sleep(POLL);
            tokio::select! {
                () = wait => {}
                () = app.live().nudge.notified() => {}
            }
        }
        let follower = app.clone();
        let done = tokio::task::spawn_blocking(move || {
            follower.live().catch_up(follower.store(), follower.now())
        })
        .await;
        is_behind = matches!(done, Ok(Ok(true)));
        match done {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(error = %error, "the snapshot could not follow"),
            Err(error) => tracing::error!(error = %error, "the follower panicked"),
        }
        let is_free = builder
            .as_ref()
            .is_none_or(tokio::task::JoinHandle::is_finished);
        let is_due = app.live().snapshot().is_due();
        let took = Duration::from_micros(app.live().took_micros.load(Ordering::Relaxed));
        if due.is_time(Instant::now(), (is_due, is_behind), took) && is_free {
            builder = Some(tokio::spawn(building::build_and_rest(app.clone())));
        }
    }
}
