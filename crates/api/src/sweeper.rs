//! The sweeper: writes down what time has done already, and forgets what is too old to matter.
//!
//! Nothing depends on it being on time: a request past its deadline is expired whether or not that was written down.
//! Any number of replicas may sweep at once, since each expiry is a compare-and-set.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use domain::Noun;
use jiff::{SignedDuration, Timestamp};
use store::{
    answer_links, deliveries, exposures, idempotency_keys, journal, machine_tokens,
    meeting_requests, occupied, rate_limits, reminders,
};

use crate::{
    app::{App, off_thread},
    error::{ApiResult, Code},
    requests,
};

/// How often.
const PERIOD: Duration = Duration::from_mins(1);

/// Expiries looked for at once.
const BATCH: i64 = 200;

/// How long an `Idempotency-Key` is good for.
const KEYS_KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);

/// No bucket takes longer to fill up: the slowest is refilled within a few hours.
const BUCKETS_KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);

/// How long the log of what was delivered is kept. Our choice.
const DELIVERIES_KEPT_FOR: SignedDuration = SignedDuration::from_hours(24 * 30);

/// While exposure is counted, the rest after each list, in times of what it took. Our choice: a tenth of a core, so that what
/// is counted once a day is in nobody's way.
const REST: u32 = 9;

/// Deliveries forgotten at once.
const DELIVERIES_AT_ONCE: i64 = 1_000;

/// Sweeps every minute until the future is dropped, and beside that counts exposure, which takes long where there are many
/// organisations.
pub async fn sweep(app: App) {
    let wanted = Arc::new(());
    let is_wanted = Arc::downgrade(&wanted);
    let is_wanted = move || is_wanted.strong_count() > 0;
    tokio::join!(
        each_minute(&app, |app| sweep_once(app).map(drop)),
        each_minute(&app, move |app| {
            let mut begun: Option<Instant> = None;
            count_exposure(app, || {
                if let Some(begun) = begun {
                    thread::sleep(REST * begun.elapsed());
                }
                begun = Some(Instant::now());
                is_wanted()
            })
        }),
    );
}

async fn each_minute(app: &App, work: impl Fn(&App) -> ApiResult<()> + Clone + Send + 'static) {
    loop {
        tokio::time::sleep(PERIOD).await;
        let (app, work) = (app.clone(), work.clone());
        if let Err(error) = off_thread(move || work(&app)).await {
            tracing::warn!(code = %error, cause = error.cause, "the sweeper could not finish");
        }
    }
}

/// Sweeps now; how many requests it wrote down as expired.
///
/// # Errors
/// What the database answered.
pub fn sweep_once(app: &App) -> ApiResult<usize> {
    let now = app.now();
    let mut written = 0;
    loop {
        let in_batch = expire_batch(app, now)?;
        written += in_batch;
        // A batch without progress holds rows that other replicas are at: next minute shows what is left.
        if in_batch == 0 {
            break;
        }
    }
    remind(app, now)?;
    forget_holds(app, now)?;
    let before = |age| now.saturating_sub(age).unwrap_or(now);
    app.store().write(|conn| {
        idempotency_keys::delete_before(conn, before(KEYS_KEPT_FOR))?;
        answer_links::delete_drafts_before(conn, before(KEYS_KEPT_FOR))?;
        rate_limits::delete_before(conn, before(BUCKETS_KEPT_FOR))?;
        deliveries::delete_ended_before(conn, before(DELIVERIES_KEPT_FOR), DELIVERIES_AT_ONCE)?;
        for (token, at) in app.take_machine_uses() {
            machine_tokens::save_used(conn, token, at)?;
        }
        ApiResult::Ok(())
    })?;
    Ok(written)
}

/// Sends the reminders that are due. Each is one transaction: of two replicas one sends it.
fn remind(app: &App, now: Timestamp) -> ApiResult<()> {
    loop {
        let due = app
            .store()
            .read(|conn| reminders::list_due(conn, now, BATCH))?;
        if due.is_empty() {
            return Ok(());
        }
        for reminder in due {
            app.store()
                .write(|conn| requests::reminders::send(conn, &reminder, now))?;
        }
    }
}

/// Forgets holds that are over: whoever wants their time finds it free already.
fn forget_holds(app: &App, now: Timestamp) -> ApiResult<()> {
    loop {
        let gone = app
            .store()
            .write(|conn| ApiResult::Ok(occupied::delete_over(conn, now, BATCH)?))?;
        if gone == 0 {
            return Ok(());
        }
    }
}

/// Counts once a day how often organisations are listed, as long as that is wanted, which is asked before each list. Of two
/// replicas one is first, and both follow what it counted: the other one leaves off.
///
/// # Errors
/// What the database answered.
pub fn count_exposure(app: &App, mut is_wanted: impl FnMut() -> bool) -> ApiResult<()> {
    let today = app.live().snapshot().as_of();
    let is_counted = || {
        let store = app.store();
        store.read(|conn| exposures::is_counted(conn, today))
    };
    if is_counted()? {
        return Ok(());
    }
    let sample = app.live().snapshot().sample();
    // A database that does not answer now may do so at the end.
    let is_open = || is_wanted() && !is_counted().unwrap_or(false);
    let Some(counted) = sample.and_then(|sample| sample.count(is_open)) else {
        return Ok(());
    };
    let event = app.new_uuid();
    app.store().write(|conn| {
        if exposures::insert(conn, &counted, app.now())? {
            journal::insert_note(conn, Noun::Exposure, event)?;
        }
        ApiResult::Ok(())
    })?;
    app.live().nudge();
    Ok(())
}

fn expire_batch(app: &App, now: Timestamp) -> ApiResult<usize> {
    let due = app
        .store()
        .read(|conn| meeting_requests::list_due(conn, now, BATCH))?;
    let snapshot = app.live().snapshot();
    let mut written = 0;
    for request in due {
        let expired = app
            .store()
            .write(|conn| requests::expire(conn, &snapshot, request, now));
        match expired {
            Ok(_) => written += 1,
            Err(error) if matches!(error.code, Code::Stale | Code::InvalidTransition) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(written)
}
