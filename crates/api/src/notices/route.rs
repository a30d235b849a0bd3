//! From the outbox to deliveries: each event becomes one delivery per recipient, in the transaction that takes it off.

use domain::{NoticeKind, Noun, PersonId, Rhythm, next_morning};
use jiff::{SignedDuration, Timestamp, civil::time};
use serde_json::{Map, Value, json};
use store::{
    Conn, answer_links,
    deliveries::{self, Delivery, Recipient},
    notice_settings,
    outbox::{self, Event},
    webhooks,
};

use super::{
    audience::{Concern, concern_of},
    events::{Audience, EVENTS},
};
use crate::{
    app::{App, uuid_at},
    error::ApiResult,
    live::Snapshot,
    requests::answers,
};

/// Events routed in one transaction.
const BATCH: i64 = 100;

/// What happened longer ago is no news: nobody gets a mail of it. So what is imported, or was missed, stays quiet.
const NEWS_FOR: SignedDuration = SignedDuration::from_hours(72);

/// What of an event's detail is told to other systems: ids of what they may read. Everything else they read themselves,
/// with their own rights.
const TOLD_IDS: &[&str] = &[
    "request",
    "organisation",
    "programme",
    "from",
    "to",
    "meeting",
];

/// Routes the events that wait; how many it were.
///
/// # Errors
/// What the database answered.
pub fn route_once(app: &App) -> ApiResult<usize> {
    let mut routed = 0;
    loop {
        if !app.store().read(outbox::is_waiting)? {
            return Ok(routed);
        }
        // The snapshot knows who belongs where; it is read after the events are there.
        let now = app.now();
        app.live().catch_up(app.store(), now)?;
        let snapshot = app.live().snapshot();
        let in_batch = app
            .store()
            .write(|conn| route_batch(conn, app, &snapshot, now))?;
        routed += in_batch;
        if in_batch == 0 {
            return Ok(routed);
        }
    }
}

fn route_batch(
    conn: &mut Conn,
    app: &App,
    snapshot: &Snapshot,
    now: Timestamp,
) -> ApiResult<usize> {
    let events = outbox::claim(conn, BATCH)?;
    for event in &events {
        let concern = concern_of(conn, event)?;
        if let Some(request) = concern.request.as_ref().filter(|_| passes_on(event, now)) {
            // What it writes is an event of its own, routed next.
            answers::reach_unclaimed(conn, (app, snapshot), request, now)?;
        }
        let mut all = to_people(conn, snapshot, event, &concern, now)?;
        all.extend(to_guests(conn, event, &concern, now)?);
        all.extend(to_webhooks(conn, snapshot, event, &concern, now)?);
        deliveries::insert(conn, &all)?;
    }
    let seqs: Vec<i64> = events.iter().map(|event| event.seq).collect();
    outbox::save_routed(conn, &seqs, now)?;
    Ok(events.len())
}

fn delivery(
    event: &Event,
    recipient: Recipient,
    body: Value,
    at: (Timestamp, Timestamp),
) -> Delivery {
    let (now, next_at) = at;
    Delivery {
        id: domain::Id::from_uuid(uuid_at(now)),
        outbox_seq: Some(event.seq),
        recipient,
        event: event.event.clone(),
        noun: event.noun.clone(),
        subject: event.subject,
        body,
        next_at,
        attempts: 0,
        created_at: now,
    }
}

fn is_news(event: &Event, now: Timestamp) -> bool {
    now.duration_since(event.at) <= NEWS_FOR
}

/// Whether the event may have let a request through to its counterpart.
fn passes_on(event: &Event, now: Timestamp) -> bool {
    let steps = ["created", "submit", "approve"];
    let step = event.event.strip_prefix("meeting_request.");
    step.is_some_and(|step| steps.contains(&step)) && is_news(event, now)
}

/// Those with a link: of the link that the event is of, each that was sent and may still be good, or, of a meeting, the one
/// by which it was accepted.
fn to_guests(
    conn: &mut Conn,
    event: &Event,
    concern: &Concern,
    now: Timestamp,
) -> ApiResult<Vec<Delivery>> {
    let line = EVENTS
        .iter()
        .find(|line| line.to == Audience::Guest && line.fits(&event.event, concern.state()));
    let (Some(line), Some(request)) = (line, &concern.request) else {
        return Ok(Vec::new());
    };
    if !is_news(event, now) {
        return Ok(Vec::new());
    }
    let of_one = event.noun == Noun::AnswerLink.code();
    let mut links = answer_links::list(conn, request.id)?;
    // One that was taken back meanwhile is dropped when the letter is to be written, and logged so.
    links.retain(|link| {
        if of_one {
            link.id.uuid() == event.subject
        } else {
            let accepted = link.person.is_some() && link.person == request.to.person;
            let waits = link.mails > 0 && link.answered_at.is_none();
            let fits = if line.is_of_meeting() {
                accepted
            } else {
                waits
            };
            fits && link.revoked_at.is_none()
        }
    });
    let body = json!({"line": line.event, "to": line.to.code(), "detail": event.body});
    let deliveries = links.iter().map(|link| {
        let recipient = Recipient::AnswerLink(link.id);
        delivery(event, recipient, body.clone(), (now, now))
    });
    Ok(deliveries.collect())
}

fn to_people(
    conn: &mut Conn,
    snapshot: &Snapshot,
    event: &Event,
    concern: &Concern,
    now: Timestamp,
) -> ApiResult<Vec<Delivery>> {
    let mut all: Vec<Delivery> = Vec::new();
    if !is_news(event, now) {
        return Ok(all);
    }
    let lines = EVENTS.iter();
    for line in lines.filter(|line| line.fits(&event.event, concern.state())) {
        let doer = outbox::find_doer(conn, event)?;
        for person in concern.people(snapshot, line.to, doer) {
            let recipient = Recipient::Person(person);
            if all.iter().any(|other| other.recipient == recipient) {
                continue;
            }
            if let Some(next_at) = wanted_at(conn, person, line.kind, now)? {
                let body = json!({"line": line.event, "to": line.to.code(), "detail": event.body});
                all.push(delivery(event, recipient, body, (now, next_at)));
            }
        }
    }
    Ok(all)
}

/// When the person wants to be told of this kind, if at all.
fn wanted_at(
    conn: &mut Conn,
    person: PersonId,
    kind: NoticeKind,
    now: Timestamp,
) -> ApiResult<Option<Timestamp>> {
    let settings = notice_settings::find(conn, person)?;
    if settings.muted.contains(&kind) {
        return Ok(None);
    }
    Ok(Some(match settings.rhythm {
        Rhythm::Immediate => now,
        Rhythm::Daily => next_morning(&settings.zone, time(8, 0, 0, 0), now),
    }))
}

fn to_webhooks(
    conn: &mut Conn,
    snapshot: &Snapshot,
    event: &Event,
    concern: &Concern,
    now: Timestamp,
) -> ApiResult<Vec<Delivery>> {
    let owners = concern.owners(snapshot);
    if owners.is_empty() {
        return Ok(Vec::new());
    }
    let found = webhooks::list_for(conn, &owners)?;
    let wanted = found
        .into_iter()
        .filter(|webhook| webhook.disabled.is_none() && wants(&webhook.events, &event.event));
    Ok(wanted
        .map(|webhook| {
            delivery(
                event,
                Recipient::Webhook(webhook.id),
                payload(event),
                (now, now),
            )
        })
        .collect())
}

/// Whether a webhook that wants `events` wants this one: none named is all, `meeting_request.*` all of a noun.
fn wants(events: &[String], event: &str) -> bool {
    let fits = |wanted: &String| match wanted.strip_suffix('*') {
        Some(start) => event.starts_with(start),
        None => wanted == event,
    };
    events.is_empty() || events.iter().any(fits)
}

/// What is sent: type, time, and ids alone.
fn payload(event: &Event) -> Value {
    let ids = TOLD_IDS.iter().filter_map(|key| {
        let id = event.body[*key].as_str()?;
        id.parse::<uuid::Uuid>().ok()?;
        Some(((*key).to_owned(), json!(id)))
    });
    let mut data: Map<String, Value> = ids.collect();
    data.insert("noun".to_owned(), json!(event.noun));
    data.insert("id".to_owned(), json!(event.subject));
    data.insert("version".to_owned(), json!(event.version));
    json!({"type": event.event, "timestamp": event.at, "data": data})
}
