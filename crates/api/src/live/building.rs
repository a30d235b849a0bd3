//! A market that is built anew beside the follower, which goes on meanwhile.

use std::{
    sync::{Arc, atomic::Ordering},
    thread,
    time::{Duration, Instant},
};

use domain::OrganisationId;
use jiff::Timestamp;
use scoring::{Market, parallel};

use super::{
    Live, micros,
    snapshot::{self, Snapshot},
};
use crate::app::App;

/// After a market was built anew, on half of the cores, none is for so many times as long: who changes is ranked meanwhile,
/// what hangs on all together waits. Source: our choice, a tenth of the cores at most.
const REST: u32 = 4;

/// Of so many changes or fewer a market is told while the follower waits, which is a moment. Our choice.
const FEW: usize = 1_000;

/// How often it is told beside the follower at most: each time of what happened during the time before.
const TOLD_MAX: usize = 8;

/// While the follower is behind, a market that is due waits so long at most: what is read meanwhile would make it due again.
/// Our choice.
const PATIENCE: Duration = Duration::from_mins(1);

/// Since when a market is due.
#[derive(Debug, Default)]
pub(super) struct Due(Option<Instant>);

impl Due {
    /// Whether the market is to be built now, where it is due or not, the follower is behind or not, and the last one took
    /// so long. As long is waited for what else changes: where the first of many changes have come, the follower is behind
    /// by then.
    pub(super) fn is_time(
        &mut self,
        now: Instant,
        (is_due, is_behind): (bool, bool),
        took: Duration,
    ) -> bool {
        self.0 = is_due.then(|| self.0.unwrap_or(now));
        self.0.is_some_and(|since| {
            let waited = now.duration_since(since);
            waited >= PATIENCE || !is_behind && waited >= took
        })
    }
}

/// A market built anew, and of what it was told.
#[derive(Debug)]
#[must_use]
pub struct Built {
    market: Market,
    from: Arc<Snapshot>,
    told: Arc<Snapshot>,
}

impl Built {
    /// Tells of what happened until a snapshot, in which so many changed, some more than once; of how many.
    fn tell(&mut self, until: Arc<Snapshot>, changed: Vec<OrganisationId>) -> usize {
        if Arc::ptr_eq(&until, &self.told) {
            return 0;
        }
        let count = changed.len();
        self.market = self.market.with(until.facts_since(&self.told, changed));
        self.told = until;
        count
    }
}

/// Who changed since the market that is being built was told; nobody is noted while none is.
#[derive(Debug, Default)]
pub(super) struct Untold(Option<Vec<OrganisationId>>);

impl Untold {
    fn begin(&mut self) {
        self.0 = Some(Vec::new());
    }

    pub(super) fn note(&mut self, changed: impl Iterator<Item = OrganisationId>) {
        if let Some(untold) = &mut self.0 {
            untold.extend(changed);
        }
    }

    /// Those noted; from now on others are.
    fn take(&mut self) -> Vec<OrganisationId> {
        self.0.replace(Vec::new()).unwrap_or_default()
    }

    fn end(&mut self) -> Vec<OrganisationId> {
        self.0.take().unwrap_or_default()
    }
}

impl Live {
    /// Builds the market anew, if that is due. Meanwhile the snapshot goes on.
    ///
    /// # Panics
    /// Never.
    pub fn build(&self, now: Timestamp) -> Option<Built> {
        let from = self.begin_to_build()?;
        let started = Instant::now();
        let market = from.build_market(snapshot::day_of(now), &from.exposures);
        self.took_micros
            .store(micros(started.elapsed()), Ordering::Relaxed);
        Some(Built {
            market,
            told: from.clone(),
            from,
        })
    }

    /// The snapshot, if its market is to be built anew; who changes is noted from now on.
    fn begin_to_build(&self) -> Option<Arc<Snapshot>> {
        let mut untold = self.turn.lock().expect("no panic while held");
        let from = self.snapshot();
        from.is_due().then(|| {
            untold.begin();
            from
        })
    }

    /// Has the snapshot take a market that was built anew, told of what happened meanwhile.
    ///
    /// # Panics
    /// Never.
    pub fn swap_in(&self, mut built: Built, now: Timestamp) {
        for _ in 0..TOLD_MAX {
            let (until, changed) = {
                let mut untold = self.turn.lock().expect("no panic while held");
                (self.snapshot(), untold.take())
            };
            if built.tell(until, changed) <= FEW {
                break;
            }
        }
        let mut untold = self.turn.lock().expect("no panic while held");
        let current = self.snapshot();
        built.tell(current.clone(), untold.end());
        let next = current.with_market(built.market, &built.from, now);
        self.swap(current, next, now);
    }

    /// Builds the market anew if that is due, and swaps it in.
    pub(crate) fn rebuild(&self, now: Timestamp) {
        let _building = self.building.lock().expect("no panic while held");
        if let Some(built) = self.build(now) {
            self.swap_in(built, now);
        }
    }
}

/// Builds the market anew, and is done only after a rest.
pub(super) fn build_and_rest(app: &App) {
    let started = Instant::now();
    parallel::apart(|| app.live().rebuild(app.now()));
    thread::sleep(REST * started.elapsed());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_market_is_built_when_it_is_due_and_waits_for_a_follower_that_is_behind() {
        let (mut due, start) = (Due::default(), Instant::now());
        let later = start + PATIENCE;

        let took = Duration::from_secs(16);
        let soon = start + took;

        assert!(!due.is_time(start, (false, false), took));
        assert!(!due.is_time(start, (true, false), took));
        let sooner = start + Duration::from_millis(15_999);
        assert!(!due.is_time(sooner, (true, false), took));
        assert!(due.is_time(soon, (true, false), took));
        assert!(!due.is_time(soon, (true, true), took));
        assert!(due.is_time(later, (true, true), took));
        // It was built: what comes then waits anew.
        assert!(!due.is_time(later, (false, true), took));
        assert!(!due.is_time(later, (true, true), took));
        assert!(!due.is_time(later, (true, false), took));
    }
}
