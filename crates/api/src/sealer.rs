//! The sealer: chains the rows of the audit log within a second of their commit, and says each minute in the log where the
//! chain ends, so that its end is known outside the database too.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use store::{
    Store, StoreError,
    audit::{self, Head},
};

use crate::app::App;

/// How often rows are looked for.
const PERIOD: Duration = Duration::from_millis(250);

/// Rows sealed in one transaction at most.
const BATCH: i64 = 1_000;

/// How often the end of the chain is said.
const SAID_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Seals until the future is dropped. Any number of replicas may: one at a time does.
pub async fn seal(app: App) {
    let mut said: Option<(Timestamp, Head)> = None;
    loop {
        tokio::time::sleep(PERIOD).await;
        let sealing = app.clone();
        let done = tokio::task::spawn_blocking(move || seal_once(sealing.store())).await;
        match done {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(error = %error, "the audit log could not be sealed"),
            Err(error) => tracing::error!(error = %error, "the sealer panicked"),
        }
        let now = app.now();
        let due = said
            .as_ref()
            .is_none_or(|(at, _)| now.duration_since(*at) >= SAID_EVERY);
        if due {
            let reading = app.clone();
            let read = move || reading.store().read(audit::find_head);
            if let Ok(Ok(head)) = tokio::task::spawn_blocking(read).await {
                if said.as_ref().is_none_or(|(_, before)| *before != head) {
                    tracing::info!(head = %head, "the audit log is sealed up to here");
                }
                said = Some((now, head));
            }
        }
    }
}

/// Seals all rows that are there now; how many it were.
///
/// # Errors
/// What the database answered.
pub fn seal_once(store: &Store) -> Result<usize, StoreError> {
    let mut sealed = 0;
    loop {
        let waiting = store.read(audit::count_unsealed)?;
        if waiting == 0 {
            return Ok(sealed);
        }
        let in_batch = store.write(|conn| audit::seal(conn, BATCH))?;
        sealed += in_batch;
        if in_batch == 0 {
            return Ok(sealed);
        }
    }
}
