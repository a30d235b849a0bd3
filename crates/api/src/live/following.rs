//! The thread that follows the change log, and the one beside it that builds markets.
//!
//! Both are threads of their own and not whichever is free: an allocator keeps for each thread what it freed, so that what
//! a snapshot holds, written by one thread and dropped by the next, would come to a multiple of itself
//! (`benches/SCALE.md`).

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, PoisonError, Weak, atomic::Ordering},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::building::{self, Due};
use crate::app::App;

/// How often the change log is read without being asked to.
const POLL: Duration = Duration::from_millis(250);

/// Says that there is something to be read.
#[derive(Debug, Default)]
pub(super) struct Nudge {
    is_given: Mutex<bool>,
    given: Condvar,
}

impl Nudge {
    pub(super) fn give(&self) {
        *self.is_given.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.given.notify_one();
    }

    /// Waits until one is given, or was since the last wait; not for longer than this.
    fn wait(&self, at_most: Duration) {
        let is_given = self.is_given.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .given
            .wait_timeout_while(is_given, at_most, |is_given| !*is_given);
        *waited.unwrap_or_else(PoisonError::into_inner).0 = false;
    }
}

/// The change log is followed as long as this is held.
#[derive(Debug)]
#[must_use]
pub struct Following {
    _wanted: Arc<()>,
}

/// Follows the change log, and has markets built beside it.
///
/// # Errors
/// If the machine has no thread left.
pub fn follow(app: App) -> io::Result<Following> {
    let wanted = Arc::new(());
    let is_wanted = Arc::downgrade(&wanted);
    let thread = thread::Builder::new().name("follower".to_owned());
    thread.spawn(move || follow_while(&is_wanted, &app))?;
    Ok(Following { _wanted: wanted })
}

fn follow_while(wanted: &Weak<()>, app: &App) {
    let live = app.live();
    let mut builder: Option<JoinHandle<()>> = None;
    let mut due = Due::default();
    let mut is_behind = false;
    while wanted.strong_count() > 0 {
        if !is_behind {
            live.nudge.wait(POLL);
        }
        let done = catch_unwind(AssertUnwindSafe(|| live.catch_up(app.store(), app.now())));
        is_behind = matches!(done, Ok(Ok(true)));
        match done {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(error = %error, "the snapshot could not follow"),
            Err(_) => tracing::error!("the follower panicked"),
        }
        let ended = builder.take_if(|builder| builder.is_finished());
        if ended.is_some_and(|builder| builder.join().is_err()) {
            tracing::error!("the builder of markets panicked");
        }
        let is_due = live.snapshot().is_due();
        let took = Duration::from_micros(live.took_micros.load(Ordering::Relaxed));
        if due.is_time(Instant::now(), (is_due, is_behind), took) && builder.is_none() {
            let app = app.clone();
            let thread = thread::Builder::new().name("builder".to_owned());
            match thread.spawn(move || building::build_and_rest(&app)) {
                Ok(started) => builder = Some(started),
                Err(error) => tracing::warn!(%error, "no thread to build a market"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nudge_is_not_lost_where_nobody_waits_for_it_and_counts_once() {
        let nudge = Nudge::default();
        nudge.give();
        nudge.give();

        let started = Instant::now();
        nudge.wait(Duration::from_mins(1));
        assert!(started.elapsed() < Duration::from_secs(30));

        let started = Instant::now();
        nudge.wait(Duration::from_millis(20));
        assert!(started.elapsed() >= Duration::from_millis(20));
    }
}
