//! What this process knows by heart: one immutable snapshot of the hub, swapped as a whole.
//!
//! A thread follows the change log and swaps in a new snapshot; it is at most a second behind the database. Match lists
//! and deal flow read it and nothing else.

mod snapshot;

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use store::{Store, StoreError, change_log};
use tokio::sync::Notify;

pub use snapshot::{Listed, Snapshot};

use crate::app::App;

/// How often the change log is read without being asked to.
const POLL: Duration = Duration::from_millis(250);

/// The snapshot, and the means to have it follow.
#[derive(Debug)]
pub struct Live {
    snapshot: ArcSwap<Snapshot>,
    nudge: Notify,
    /// When the snapshot was last known to be current, in microseconds since 1970.
    current_at: AtomicI64,
}

impl Live {
    /// The snapshot of the database as it is.
    ///
    /// # Errors
    /// What the database answered.
    pub(crate) fn load(store: &Store, now: Timestamp) -> Result<Live, StoreError> {
        let snapshot = store.read(|conn| Snapshot::load(conn, now))?;
        Ok(Live {
            snapshot: ArcSwap::from_pointee(snapshot),
            nudge: Notify::new(),
            current_at: AtomicI64::new(now.as_microsecond()),
        })
    }

    /// The snapshot as it is now; it never changes under its reader.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// Something was written here: read the change log at once.
    pub(crate) fn nudge(&self) {
        self.nudge.notify_one();
    }

    /// How long ago the snapshot was known to be current.
    pub(crate) fn age(&self, now: Timestamp) -> Duration {
        let micros = now.as_microsecond() - self.current_at.load(Ordering::Relaxed);
        Duration::from_micros(u64::try_from(micros).unwrap_or_default())
    }

    /// Reads the change log and swaps in what follows from it.
    ///
    /// # Errors
    /// What the database answered; the snapshot stays as it was.
    pub fn follow(&self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        let before = self.snapshot();
        let after = store.read(|conn| {
            let (notes, point) = change_log::list_since(conn, before.point())?;
            let new_day = before.as_of() != snapshot::day_of(now);
            if notes.is_empty() && !new_day {
                return Ok::<_, StoreError>(None);
            }
            before.after(conn, &notes, point, now).map(Some)
        })?;
        if let Some(after) = after {
            self.snapshot.store(Arc::new(after));
        }
        self.current_at
            .store(now.as_microsecond(), Ordering::Relaxed);
        Ok(())
    }
}

/// Follows the change log until the future is dropped.
pub async fn follow(app: App) {
    loop {
        let wait = tokio::time::sleep(POLL);
        tokio::select! {
            () = wait => {}
            () = app.live().nudge.notified() => {}
        }
        let follower = app.clone();
        let done = tokio::task::spawn_blocking(move || {
            follower.live().follow(follower.store(), follower.now())
        })
        .await;
        match done {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(error = %error, "the snapshot could not follow"),
            Err(error) => tracing::error!(error = %error, "the follower panicked"),
        }
    }
}
