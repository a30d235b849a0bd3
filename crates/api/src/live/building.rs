//! A market that is built anew beside the follower, which goes on meanwhile.

use std::sync::Arc;

use jiff::Timestamp;
use scoring::Market;

use super::{
    Live,
    snapshot::{self, Snapshot},
};
use crate::app::App;

/// A market is built anew on all cores, so that it then rests for so many times as long: who changes is ranked meanwhile,
/// what hangs on all together waits. Source: our choice, a tenth of the cores at most.
const REST: u32 = 9;

/// Of so many changes or fewer a market is told while the follower waits, which is a moment. Our choice.
const FEW: usize = 1_000;

/// How often it is told beside the follower at most: each time of what happened during the time before.
const TOLD_MAX: usize = 8;

/// A market built anew, and of what it was told.
#[derive(Debug)]
#[must_use]
pub struct Built {
    market: Market,
    from: Arc<Snapshot>,
    told: Arc<Snapshot>,
}

impl Built {
    /// Tells of what happened until a snapshot; of how many organisations.
    fn tell(&mut self, until: Arc<Snapshot>) -> usize {
        let changed = until.changed_since(&self.told);
        let count = changed.len();
        self.market = self.market.with(until.facts_since(&self.told, changed));
        self.told = until;
        count
    }
}

impl Live {
    /// Builds the market anew, if that is due. Meanwhile the snapshot goes on.
    pub fn build(&self, now: Timestamp) -> Option<Built> {
        let from = self.snapshot();
        let market = from
            .is_due()
            .then(|| from.build_market(snapshot::day_of(now), &from.exposures))?;
        Some(Built {
            market,
            told: from.clone(),
            from,
        })
    }

    /// Has the snapshot take a market that was built anew, told of what happened meanwhile.
    ///
    /// # Panics
    /// Never.
    pub fn swap_in(&self, mut built: Built, now: Timestamp) {
        for _ in 0..TOLD_MAX {
            if built.tell(self.snapshot()) <= FEW {
                break;
            }
        }
        let _turn = self.turn.lock().expect("no panic while held");
        let current = self.snapshot();
        built.tell(current.clone());
        let next = current.with_market(built.market, &built.from, now);
        self.keep(current, now);
        self.snapshot.store(Arc::new(next));
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
pub(super) async fn build_and_rest(app: App) {
    let started = tokio::time::Instant::now();
    let built = tokio::task::spawn_blocking(move || app.live().rebuild(app.now())).await;
    if let Err(error) = built {
        tracing::error!(error = %error, "the builder of markets panicked");
    }
    tokio::time::sleep(REST * started.elapsed()).await;
}
