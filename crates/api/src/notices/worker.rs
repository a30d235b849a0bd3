//! The worker: routes events, sends letters and webhooks, in every replica, each at its own.
//!
//! What one claims the others leave alone; what one claimed and did not finish, because it was killed say, is due again
//! when the claim has run out.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use domain::WebhookId;
use store::{Store, deliveries};
use tokio::task::{JoinSet, spawn_blocking};
use ureq::Agent;

use super::{
    mail, route,
    webhook::{self, Done},
};
use crate::{app::App, error::ApiResult};

/// How often it looks for work without being asked to.
const POLL: Duration = Duration::from_millis(250);

/// Attempts that go on at once, in one process.
const AT_ONCE: usize = 96;

/// Attempts that go on at once to one webhook, so that a slow one does not hold up the others.
const AT_ONCE_TO_ONE: usize = 4;

/// The same for one at which nothing arrives.
const AT_ONCE_TO_FAILING: usize = 1;

/// What this worker has under way.
#[derive(Debug, Default)]
struct UnderWay {
    to: Mutex<HashMap<WebhookId, usize>>,
}

impl UnderWay {
    fn room(&self, webhook: WebhookId, failing: bool) -> usize {
        let under_way = self.to.lock().expect("no panic while held");
        let max = if failing {
            AT_ONCE_TO_FAILING
        } else {
            AT_ONCE_TO_ONE
        };
        max.saturating_sub(under_way.get(&webhook).copied().unwrap_or(0))
    }

    fn room_in_all(&self) -> usize {
        let under_way = self.to.lock().expect("no panic while held");
        AT_ONCE.saturating_sub(under_way.values().sum())
    }

    fn begin(&self, webhook: WebhookId) {
        let mut under_way = self.to.lock().expect("no panic while held");
        *under_way.entry(webhook).or_default() += 1;
    }

    fn end(&self, webhook: WebhookId) {
        let mut under_way = self.to.lock().expect("no panic while held");
        if let Some(count) = under_way.get_mut(&webhook) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(&webhook);
            }
        }
    }
}

/// Delivers until the future is dropped.
pub async fn deliver(app: App) {
    if matches!(app.store(), Store::Sqlite { .. }) {
        // One process: what was claimed before was claimed by one that is gone.
        let starting = app.clone();
        let freed = spawn_blocking(move || starting.store().write(deliveries::delete_claims)).await;
        if let Ok(Err(error)) = freed {
            tracing::warn!(error = %error, "claims of an earlier process could not be let go");
        }
    }
    tokio::join!(
        route_on(app.clone()),
        mail_on(app.clone()),
        webhooks_on(app)
    );
}

async fn route_on(app: App) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(POLL) => {}
            () = app.written().notified() => {}
        }
        on_thread("events could not be routed", &app, route::route_once).await;
    }
}

async fn mail_on(app: App) {
    loop {
        tokio::time::sleep(POLL).await;
        on_thread("letters could not be sent", &app, mail::send_due).await;
    }
}

async fn on_thread(
    what: &'static str,
    app: &App,
    work: impl Fn(&App) -> ApiResult<usize> + Send + 'static,
) {
    let working = app.clone();
    match spawn_blocking(move || work(&working)).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::warn!(code = %error, cause = error.cause, "{what}"),
        Err(error) => tracing::error!(error = %error, "{what}: panicked"),
    }
}

async fn webhooks_on(app: App) {
    let agent = webhook::agent(app.outgoing());
    let mut flying: JoinSet<Done> = JoinSet::new();
    let under_way = Arc::new(UnderWay::default());
    loop {
        let mut ended = Vec::new();
        tokio::select! {
            () = tokio::time::sleep(POLL) => {}
            Some(done) = flying.join_next() => ended.extend(done),
        }
        while let Some(done) = flying.try_join_next() {
            ended.extend(done);
        }
        let (app_, counting) = (app.clone(), under_way.clone());
        let next = spawn_blocking(move || {
            // Nothing is claimed again before it is written down how it ended.
            let recorded = webhook::record(&app_, &ended);
            for done in &ended {
                counting.end(done.parcel.webhook.id);
            }
            recorded?;
            let room = |id, failing| counting.room(id, failing);
            webhook::claim(&app_, room, counting.room_in_all())
        })
        .await;
        match next {
            Ok(Ok(parcels)) => {
                for parcel in parcels {
                    under_way.begin(parcel.webhook.id);
                    let (agent, now) = (agent.clone(), app.now());
                    flying.spawn_blocking(move || webhook::attempt(&agent, parcel, now));
                }
            }
            Ok(Err(error)) => {
                tracing::warn!(code = %error, cause = error.cause, "webhooks could not be sent");
                // The database is away: do not ask it in a tight loop.
                tokio::time::sleep(POLL).await;
            }
            Err(error) => tracing::error!(error = %error, "the worker panicked"),
        }
    }
}

/// Routes and sends all that is due now, one after the other; how many deliveries were tried. For tests and for commands.
///
/// # Errors
/// What the database answered.
pub fn deliver_once(app: &App) -> ApiResult<usize> {
    let agent: Agent = webhook::agent(app.outgoing());
    let mut tried = 0;
    loop {
        route::route_once(app)?;
        let mut in_round = mail::send_due(app)?;
        let parcels = webhook::claim(app, |_, _| AT_ONCE_TO_ONE, AT_ONCE)?;
        let done: Vec<Done> = parcels
            .into_iter()
            .map(|parcel| webhook::attempt(&agent, parcel, app.now()))
            .collect();
        in_round += done.len();
        webhook::record(app, &done)?;
        tried += in_round;
        if in_round == 0 {
            return Ok(tried);
        }
    }
}
