//! What is sent to other systems: signed as Standard Webhooks says, to checked addresses alone, tried for days.

use std::{
    io::Read,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{Noun, WebhookId};
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::Sha256;
use store::{
    Conn,
    deliveries::{self, Attempt, Delivery, Next},
    journal::{self, Change},
    webhooks::{self, Disabled, Owner, Webhook},
};
use ureq::{
    Agent,
    config::Config,
    http::Uri,
    tls::TlsConfig,
    unversioned::{
        resolver::{ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};
use url::Url;

use super::{Outgoing, address::Targets, secret::WebhookSecret};
use crate::{app::App, auth::keys::SigningKeys, error::ApiResult};

/// How long an attempt may take, from the look-up of the name to the head of the answer.
const ATTEMPT_MAX: Duration = Duration::from_secs(10);

/// How long a claim is good: longer than an attempt may take.
pub(crate) const CLAIMED_FOR: SignedDuration = SignedDuration::from_secs(25);

/// Bytes of an answer that are read, and thrown away.
const ANSWER_BYTES_MAX: u64 = 16 * 1024;

/// How long after which attempt it is tried again; the last holds for all that come after it.
/// Source: the schedule that the Standard Webhooks specification recommends.
const RETRIES: [SignedDuration; 9] = [
    SignedDuration::from_secs(5),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(5),
    SignedDuration::from_hours(10),
    SignedDuration::from_hours(14),
    SignedDuration::from_hours(20),
    SignedDuration::from_hours(24),
];

/// A delivery that has not arrived by then is given up. Our choice.
const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(120);

/// A webhook at which nothing has arrived for so long is disabled.
const FAILING_MAX: SignedDuration = SignedDuration::from_hours(120);

/// Looks names up, and lets nothing but checked addresses through.
#[derive(Debug)]
struct Checked {
    targets: Targets,
}

impl Resolver for Checked {
    fn resolve(
        &self,
        uri: &Uri,
        _: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let url = Url::parse(&uri.to_string()).map_err(|_| ureq::Error::HostNotFound)?;
        let found = within(self.targets.clone(), url, *timeout.after)?;
        let mut addresses = self.empty();
        for address in found.into_iter().take(16) {
            addresses.push(address);
        }
        Ok(addresses)
    }
}

/// The look-up of the machine knows no time-out, so it gets a thread that nobody waits for longer than `patience`.
fn within(targets: Targets, url: Url, patience: Duration) -> std::io::Result<Vec<SocketAddr>> {
    let (sender, found) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        // Nobody waits any more if it took too long.
        drop(sender.send(targets.addresses_of(&url)));
    });
    found
        .recv_timeout(patience)
        .unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
}

/// What sends: no redirects, no proxy, no cookies, TLS by the roots of the machine and those that were added.
pub(crate) fn agent(outgoing: &Outgoing) -> Agent {
    let targets = outgoing.targets.clone();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = TlsConfig::builder()
        .root_certs(outgoing.authorities.for_webhooks())
        .unversioned_rustls_crypto_provider(provider)
        .build();
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .tls_config(tls)
        .timeout_global(Some(ATTEMPT_MAX))
        // A kept connection may belong to an address that would not be let through any more.
        .max_idle_connections(0)
        .max_response_header_size(ANSWER_HEAD_MAX)
        .user_agent(concat!("Nakodo/", env!("CARGO_PKG_VERSION")))
        .build();
    Agent::with_parts(config, DefaultConnector::default(), Checked { targets })
}

/// Bytes of the head of an answer at most.
const ANSWER_HEAD_MAX: usize = 16 * 1024;

/// A delivery with everything that is needed to send it.
pub(crate) struct Parcel {
    /// The delivery.
    pub(crate) delivery: Delivery,
    /// To where.
    pub(crate) webhook: Webhook,
    /// What signs: the secret, and the one before while it is good.
    secrets: Vec<WebhookSecret>,
}

impl Parcel {
    /// The delivery to this webhook; nothing if its secret cannot be opened any more.
    pub(crate) fn of(
        keys: &SigningKeys,
        delivery: Delivery,
        webhook: Webhook,
        now: Timestamp,
    ) -> Parcel {
        let whose = webhook.id.to_string();
        let before = webhook.previous_secret.iter();
        let before = before.filter(|(_, until)| *until > now);
        let sealed = std::iter::once(&webhook.secret).chain(before.map(|(secret, _)| secret));
        let secrets = sealed
            .filter_map(|sealed| WebhookSecret::open(keys, &whose, sealed))
            .collect();
        Parcel {
            delivery,
            webhook,
            secrets,
        }
    }
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    outcome: &'static str,
    status: Option<u16>,
    millis: u128,
}

/// An attempt that is over, to be written down.
pub(crate) struct Done {
    pub(crate) parcel: Parcel,
    pub(crate) ended: Ended,
}

/// Sends it once.
pub(crate) fn attempt(agent: &Agent, parcel: Parcel, now: Timestamp) -> Done {
    let started = Instant::now();
    let (outcome, status) = send(agent, &parcel, now);
    let ended = Ended {
        outcome,
        status,
        millis: started.elapsed().as_millis(),
    };
    Done { parcel, ended }
}

fn send(agent: &Agent, parcel: &Parcel, now: Timestamp) -> (&'static str, Option<u16>) {
    if parcel.secrets.is_empty() {
        return ("secret_lost", None);
    }
    let id = format!("msg_{}", parcel.delivery.id);
    let seconds = now.as_second().to_string();
    let body = parcel.delivery.body.to_string();
    let signatures: Vec<String> = parcel
        .secrets
        .iter()
        .map(|secret| signature(secret, &id, &seconds, &body))
        .collect();
    let answer = agent
        .post(&parcel.webhook.url)
        .header("content-type", "application/json")
        .header("webhook-id", &id)
        .header("webhook-timestamp", &seconds)
        .header("webhook-signature", signatures.join(" "))
        .send(body.as_bytes());
    match answer {
        Ok(answer) => {
            let status = answer.status().as_u16();
            // Read a little, so that a well-behaved receiver sees its answer taken; an endless one is cut off.
            let mut reader = answer.into_body().into_reader().take(ANSWER_BYTES_MAX);
            drop(std::io::copy(&mut reader, &mut std::io::sink()));
            let outcome = match status {
                200..=299 => "delivered",
                300..=399 => "redirect",
                410 => "gone",
                _ => "refused",
            };
            (outcome, Some(status))
        }
        Err(error) => (failure(&error), None),
    }
}

/// Standard Webhooks, version 1: HMAC-SHA-256 over id, time and body.
fn signature(secret: &WebhookSecret, id: &str, seconds: &str, body: &str) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.bytes()).expect("HMAC takes keys of any length");
    for part in [id, ".", seconds, ".", body] {
        mac.update(part.as_bytes());
    }
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

fn failure(error: &ureq::Error) -> &'static str {
    match error {
        ureq::Error::Timeout(_) => "too_slow",
        ureq::Error::HostNotFound => "no_address",
        ureq::Error::Io(error) => match error.kind() {
            std::io::ErrorKind::PermissionDenied => "forbidden_address",
            std::io::ErrorKind::NotFound => "no_address",
            std::io::ErrorKind::TimedOut => "too_slow",
            _ => "no_connection",
        },
        ureq::Error::ConnectionFailed => "no_connection",
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => "no_trust",
        _ => "no_answer",
    }
}

/// Writes down how attempts ended, and what follows for their webhooks.
///
/// # Errors
/// What the database answered.
pub(crate) fn record(app: &App, all: &[Done]) -> ApiResult<()> {
    if all.is_empty() {
        return Ok(());
    }
    let now = app.now();
    app.store().write(|conn| {
        for done in all {
            record_one(conn, done, now)?;
        }
        Ok(())
    })
}

fn record_one(conn: &mut Conn, done: &Done, now: Timestamp) -> ApiResult<()> {
    let (delivery, ended) = (&done.parcel.delivery, done.ended);
    let attempt = Attempt {
        attempt: delivery.attempts,
        at: now,
        outcome: ended.outcome.to_owned(),
        status: ended.status.map(i32::from),
        millis: i32::try_from(ended.millis).unwrap_or(i32::MAX),
    };
    let arrived = ended.outcome == "delivered";
    let made = usize::try_from(delivery.attempts).unwrap_or(usize::MAX);
    let wait = RETRIES[made.clamp(1, RETRIES.len()) - 1];
    // By age, not by the number of attempts: an attempt that a killed worker had begun counts for nothing.
    let next = match ended.outcome {
        "delivered" => Next::Delivered,
        "gone" | "secret_lost" => Next::Failed,
        _ if now.duration_since(delivery.created_at) >= GIVEN_UP_AFTER => Next::Failed,
        _ => Next::Retry(now.saturating_add(jittered(wait, delivery)).unwrap_or(now)),
    };
    deliveries::save(conn, delivery, &attempt, next)?;
    let id = done.parcel.webhook.id;
    let webhook = match webhooks::find(conn, id) {
        Err(store::StoreError::NotFound(_)) => return Ok(()),
        found => found?,
    };
    if arrived {
        if webhook.failing_since.is_some() {
            webhooks::save_failing_since(conn, id, None)?;
        }
        return Ok(());
    }
    let since = webhook.failing_since.unwrap_or(now);
    if webhook.failing_since.is_none() {
        webhooks::save_failing_since(conn, id, Some(now))?;
    }
    if ended.outcome == "gone" {
        disable(conn, webhook, Disabled::Gone, now)?;
    } else if now.duration_since(since) >= FAILING_MAX {
        disable(conn, webhook, Disabled::Failing, now)?;
    }
    Ok(())
}

/// A tenth more or less, so that what failed together does not come back together; by the id, not by chance.
fn jittered(wait: SignedDuration, delivery: &Delivery) -> SignedDuration {
    let thousandths = i64::try_from(delivery.id.uuid().as_u128() % 201).unwrap_or(100) - 100;
    wait + SignedDuration::from_millis(
        i64::try_from(wait.as_millis()).unwrap_or(0) / 1000 * thousandths,
    )
}

/// Sends nothing there any more, and has its owner told.
fn disable(conn: &mut Conn, webhook: Webhook, why: Disabled, now: Timestamp) -> ApiResult<()> {
    if webhook.disabled.is_some() {
        return Ok(());
    }
    let webhook = Webhook {
        disabled: Some(why),
        ..webhook
    };
    webhooks::save(conn, &webhook)?;
    deliveries::drop_for_webhook(conn, webhook.id, now)?;
    let change = Change {
        action: "disabled",
        noun: Noun::Webhook,
        id: webhook.id.uuid(),
        version: webhook.version + 1,
        person: None,
        party: None,
        detail: detail(&webhook, json!({"because": why.code()})),
    };
    Ok(journal::insert(conn, &change, now)?)
}

/// What the journal says of a webhook, with `more`.
pub(crate) fn detail(webhook: &Webhook, more: serde_json::Value) -> serde_json::Value {
    let mut detail = more;
    match webhook.owner {
        Owner::Organisation(id) => detail["organisation"] = json!(id),
        Owner::Programme(id) => detail["programme"] = json!(id),
    }
    // Host alone: the path may hold a secret of the receiver.
    let host = Url::parse(&webhook.url).ok();
    detail["what"] = json!(host.as_ref().and_then(Url::host_str).unwrap_or_default());
    detail
}

/// The webhooks to which something is due, with how many may be sent to each: few to one that is failing.
pub(crate) fn claim(
    app: &App,
    capacity: impl Fn(WebhookId, bool) -> usize,
    in_all: usize,
) -> ApiResult<Vec<Parcel>> {
    let now = app.now();
    let due = app
        .store()
        .read(|conn| deliveries::list_due_webhooks(conn, now))?;
    let free = |id| capacity(id, false) > 0;
    if in_all == 0 || !due.iter().any(|id| free(*id)) {
        return Ok(Vec::new());
    }
    let until = now.saturating_add(CLAIMED_FOR).unwrap_or(now);
    let keys = app.keys();
    app.store().write(|conn| {
        let mut parcels = Vec::new();
        for id in due {
            let webhook = match webhooks::find(conn, id) {
                Err(store::StoreError::NotFound(_)) => {
                    deliveries::drop_for_webhook(conn, id, now)?;
                    continue;
                }
                found => found?,
            };
            if webhook.disabled.is_some() {
                deliveries::drop_for_webhook(conn, id, now)?;
                continue;
            }
            let room = capacity(id, webhook.failing_since.is_some()).min(in_all - parcels.len());
            let Some(room) = i64::try_from(room).ok().filter(|room| *room > 0) else {
                continue;
            };
            let what = deliveries::Claim::Webhook(id);
            let claimed = deliveries::claim(conn, what, room, now, until)?;
            parcels.extend(
                claimed
                    .into_iter()
                    .map(|delivery| Parcel::of(keys, delivery, webhook.clone(), now)),
            );
        }
        Ok(parcels)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_grow_and_the_last_comes_before_it_is_given_up() {
        let all: SignedDuration = RETRIES
            .iter()
            .fold(SignedDuration::ZERO, |sum, wait| sum + *wait);

        assert!(all < GIVEN_UP_AFTER, "{all:?}");
        assert!(RETRIES.is_sorted());
    }
}
