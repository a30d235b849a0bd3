//! Deliveries: one notice to one recipient, tried until it arrives or is given up.
//!
//! A replica claims what is due until an instant; what it did not record by then is due again, for whoever comes first:
//! at least once, never none.

use diesel::prelude::*;
use domain::{AnswerLinkId, DeliveryId, Id, PersonId, WebhookId};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Conn, StoreError, on,
    schema::{deliveries, delivery_attempts},
    types::{Instant, Json, Uid},
};

/// To whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Recipient {
    /// To a person, by mail.
    Person(PersonId),
    /// To another system.
    Webhook(WebhookId),
    /// To somebody without an account, by mail with this link.
    AnswerLink(AnswerLinkId),
}

/// A notice to one recipient.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its id; the same in every attempt.
    pub id: DeliveryId,
    /// The event in the outbox; none for a trial.
    pub outbox_seq: Option<i64>,
    /// To whom.
    pub recipient: Recipient,
    /// What happened.
    pub event: String,
    /// To what.
    pub noun: String,
    /// To which.
    pub subject: Uuid,
    /// Codes and ids that are told.
    pub body: Value,
    /// When it is tried next.
    pub next_at: Timestamp,
    /// How often it was tried; the number of the attempt that goes on.
    pub attempts: i32,
    /// When it was made.
    pub created_at: Timestamp,
}

/// How a delivery stands.
#[derive(Clone, Debug)]
pub struct Logged {
    /// The delivery.
    pub delivery: Delivery,
    /// `waiting`, `delivered`, `failed` or `dropped`.
    pub state: String,
    /// When it came to its end.
    pub ended_at: Option<Timestamp>,
    /// Its attempts, the first first.
    pub attempts: Vec<Attempt>,
}

/// One attempt.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Which.
    pub attempt: i32,
    /// When it ended.
    pub at: Timestamp,
    /// How, in one word.
    pub outcome: String,
    /// The HTTP status that was answered.
    pub status: Option<i32>,
    /// How long it took.
    pub millis: i32,
}

/// What comes after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It arrived.
    Delivered,
    /// It is tried again.
    Retry(Timestamp),
    /// It is given up.
    Failed,
    /// It is not wanted any more.
    Dropped,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = deliveries)]
struct Row {
    id: Uid,
    outbox_seq: Option<i64>,
    webhook_id: Option<Uid>,
    person_id: Option<Uid>,
    event: String,
    noun: String,
    subject_id: Uid,
    body: Json,
    next_at: Instant,
    attempts: i32,
    created_at: Instant,
    state: String,
    ended_at: Option<Instant>,
    answer_link_id: Option<Uid>,
}

impl From<Row> for Delivery {
    fn from(row: Row) -> Delivery {
        let recipient = match (row.webhook_id, row.person_id, row.answer_link_id) {
            (Some(webhook), ..) => Recipient::Webhook(webhook.into()),
            (None, Some(person), _) => Recipient::Person(person.into()),
            (None, None, Some(link)) => Recipient::AnswerLink(link.into()),
            (None, None, None) => unreachable!("the schema wants one recipient"),
        };
        Delivery {
            id: row.id.into(),
            outbox_seq: row.outbox_seq,
            recipient,
            event: row.event,
            noun: row.noun,
            subject: row.subject_id.0,
            body: row.body.0,
            next_at: row.next_at.into(),
            attempts: row.attempts,
            created_at: row.created_at.into(),
        }
    }
}

/// New deliveries, not tried yet. One event is delivered to each recipient once: the schema refuses a second.
pub fn insert(conn: &mut Conn, all: &[Delivery]) -> Result<(), StoreError> {
    for chunk in all.chunks(200) {
        let rows: Vec<_> = chunk
            .iter()
            .map(|delivery| {
                let (webhook, person, link) = match delivery.recipient {
                    Recipient::Webhook(id) => (Some(Uid::from(id)), None, None),
                    Recipient::Person(id) => (None, Some(Uid::from(id)), None),
                    Recipient::AnswerLink(id) => (None, None, Some(Uid::from(id))),
                };
                (
                    deliveries::id.eq(Uid::from(delivery.id)),
                    deliveries::outbox_seq.eq(delivery.outbox_seq),
                    deliveries::webhook_id.eq(webhook),
                    deliveries::person_id.eq(person),
                    deliveries::answer_link_id.eq(link),
                    deliveries::event.eq(&delivery.event),
                    deliveries::noun.eq(&delivery.noun),
                    deliveries::subject_id.eq(Uid(delivery.subject)),
                    deliveries::body.eq(Json(delivery.body.clone())),
                    deliveries::state.eq("waiting"),
                    deliveries::attempts.eq(0),
                    deliveries::next_at.eq(Instant::from(delivery.next_at)),
                    deliveries::created_at.eq(Instant::from(delivery.created_at)),
                )
            })
            .collect();
        on!(
            conn,
            diesel::insert_into(deliveries::table)
                .values(&rows)
                .execute(conn)
        )?;
    }
    Ok(())
}

/// Is due: waits, its time has come, and nobody is at it.
macro_rules! due {
    ($now:expr) => {
        deliveries::state
            .eq("waiting")
            .and(deliveries::next_at.le(Instant::from($now)))
            .and(
                deliveries::claimed_until
                    .is_null()
                    .or(deliveries::claimed_until.le(Instant::from($now))),
            )
    };
}

/// The webhooks with something due. Bounded by the webhooks of one hub. Served by the index `deliveries_to_webhook`.
pub fn list_due_webhooks(conn: &mut Conn, now: Timestamp) -> Result<Vec<WebhookId>, StoreError> {
    let ids: Vec<Option<Uid>> = on!(
        conn,
        deliveries::table
            .filter(deliveries::webhook_id.is_not_null())
            .filter(due!(now))
            .select(deliveries::webhook_id)
            .distinct()
            .load(conn)
    )?;
    Ok(ids.into_iter().flatten().map(Id::from).collect())
}

/// Whether a mail is due. Served by the index `deliveries_by_mail`.
pub fn is_mail_due(conn: &mut Conn, now: Timestamp) -> Result<bool, StoreError> {
    let first: Option<Uid> = on!(
        conn,
        deliveries::table
            .filter(deliveries::webhook_id.is_null())
            .filter(due!(now))
            .select(deliveries::id)
            .first(conn)
            .optional()
    )?;
    Ok(first.is_some())
}

/// Which of those that are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// To this webhook.
    Webhook(WebhookId),
    /// To this person.
    Person(PersonId),
    /// To anybody by mail.
    Mail,
}

/// Claims up to `limit` deliveries that are due, the longest due first, until `until`. Each counts as tried.
pub fn claim(
    conn: &mut Conn,
    what: Claim,
    limit: i64,
    now: Timestamp,
    until: Timestamp,
) -> Result<Vec<Delivery>, StoreError> {
    macro_rules! pick {
        () => {{
            let mut query = deliveries::table
                .filter(due!(now))
                .order((deliveries::next_at, deliveries::id))
                .limit(limit)
                .select(deliveries::id)
                .into_boxed();
            query = match what {
                Claim::Webhook(id) => query.filter(deliveries::webhook_id.eq(Uid::from(id))),
                Claim::Person(id) => query.filter(deliveries::person_id.eq(Uid::from(id))),
                Claim::Mail => query.filter(deliveries::webhook_id.is_null()),
            };
            query
        }};
    }
    let ids: Vec<Uid> = match conn {
        Conn::Pg(conn) => {
            // A boxed query cannot be locked: lock the rows by their ids.
            let ids: Vec<Uid> = pick!().load(&mut **conn)?;
            deliveries::table
                .filter(deliveries::id.eq_any(ids))
                .filter(due!(now))
                .select(deliveries::id)
                .for_update()
                .skip_locked()
                .load(&mut **conn)?
        }
        Conn::Sqlite(conn) => pick!().load(&mut **conn)?,
    };
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = on!(
        conn,
        diesel::update(deliveries::table.filter(deliveries::id.eq_any(&ids)))
            .set((
                deliveries::attempts.eq(deliveries::attempts + 1),
                deliveries::claimed_until.eq(Instant::from(until)),
            ))
            .returning(Row::as_returning())
            .get_results(conn)
    )?;
    let mut claimed: Vec<Delivery> = rows.into_iter().map(Into::into).collect();
    claimed.sort_by_key(|delivery| (delivery.next_at, delivery.id));
    Ok(claimed)
}

/// Keeps how the attempt that goes on ended, and what comes after it. An attempt whose claim has run out changes nothing
/// but the log.
pub fn save(
    conn: &mut Conn,
    delivery: &Delivery,
    attempt: &Attempt,
    next: Next,
) -> Result<(), StoreError> {
    let at = Instant::from(attempt.at);
    let row = (
        delivery_attempts::delivery_id.eq(Uid::from(delivery.id)),
        delivery_attempts::attempt.eq(attempt.attempt),
        delivery_attempts::at.eq(at),
        delivery_attempts::outcome.eq(&attempt.outcome),
        delivery_attempts::status.eq(attempt.status),
        delivery_attempts::millis.eq(attempt.millis),
    );
    on!(
        conn,
        diesel::insert_into(delivery_attempts::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn)
    )?;
    let (state, next_at, ended_at) = match next {
        Next::Delivered => ("delivered", delivery.next_at.into(), Some(at)),
        Next::Retry(next_at) => ("waiting", next_at.into(), None),
        Next::Failed => ("failed", delivery.next_at.into(), Some(at)),
        Next::Dropped => ("dropped", delivery.next_at.into(), Some(at)),
    };
    on!(
        conn,
        diesel::update(deliveries::table.find(Uid::from(delivery.id)))
            .filter(deliveries::state.eq("waiting"))
            .filter(deliveries::attempts.eq(delivery.attempts))
            .set((
                deliveries::state.eq(state),
                deliveries::next_at.eq::<Instant>(next_at),
                deliveries::claimed_until.eq(None::<Instant>),
                deliveries::ended_at.eq(ended_at),
            ))
            .execute(conn)
    )?;
    Ok(())
}

/// Lets go of every claim: for a process that knows itself to be the only one.
pub fn delete_claims(conn: &mut Conn) -> Result<(), StoreError> {
    on!(
        conn,
        diesel::update(deliveries::table.filter(deliveries::claimed_until.is_not_null()))
            .set(deliveries::claimed_until.eq(None::<Instant>))
            .execute(conn)
    )?;
    Ok(())
}

/// Gives up what waits for a webhook.
pub fn drop_for_webhook(
    conn: &mut Conn,
    webhook: WebhookId,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(
        conn,
        diesel::update(
            deliveries::table
                .filter(deliveries::webhook_id.eq(Uid::from(webhook)))
                .filter(deliveries::state.eq("waiting"))
        )
        .set((
            deliveries::state.eq("dropped"),
            deliveries::claimed_until.eq(None::<Instant>),
            deliveries::ended_at.eq(Instant::from(now)),
        ))
        .execute(conn)
    )?;
    Ok(())
}

/// Has a delivery of a webhook tried again from the start; `false` if there is none.
pub fn replay(
    conn: &mut Conn,
    webhook: WebhookId,
    id: DeliveryId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let changed = on!(
        conn,
        diesel::update(deliveries::table.find(Uid::from(id)))
            .filter(deliveries::webhook_id.eq(Uid::from(webhook)))
            .set((
                deliveries::state.eq("waiting"),
                deliveries::next_at.eq(Instant::from(now)),
                deliveries::claimed_until.eq(None::<Instant>),
                deliveries::ended_at.eq(None::<Instant>),
            ))
            .execute(conn)
    )?;
    Ok(changed == 1)
}

/// The deliveries of a webhook, the newest first, with their attempts.
pub fn list_for_webhook(
    conn: &mut Conn,
    webhook: WebhookId,
    before: Option<DeliveryId>,
    limit: i64,
) -> Result<Vec<Logged>, StoreError> {
    let rows: Vec<Row> = on!(conn, {
        let mut query = deliveries::table
            .filter(deliveries::webhook_id.eq(Uid::from(webhook)))
            .order(deliveries::id.desc())
            .limit(limit)
            .select(Row::as_select())
            .into_boxed();
        if let Some(before) = before {
            query = query.filter(deliveries::id.lt(Uid::from(before)));
        }
        query.load(conn)
    })?;
    let mut logged = Vec::with_capacity(rows.len());
    for row in rows {
        let (state, ended_at) = (row.state.clone(), row.ended_at.map(Into::into));
        let delivery = Delivery::from(row);
        logged.push(Logged {
            attempts: list_attempts(conn, delivery.id)?,
            delivery,
            state,
            ended_at,
        });
    }
    Ok(logged)
}

/// How the last delivery of an answer link stands: `waiting`, `delivered`, `failed` or `dropped`. None for one that was
/// never sent, or so long ago that it is forgotten. Served by the index
/// `deliveries_once_per_answer_link`.
pub fn find_state_of_link(
    conn: &mut Conn,
    link: AnswerLinkId,
) -> Result<Option<String>, StoreError> {
    Ok(on!(
        conn,
        deliveries::table
            .filter(deliveries::answer_link_id.eq(Uid::from(link)))
            .order(deliveries::outbox_seq.desc())
            .select(deliveries::state)
            .first(conn)
            .optional()
    )?)
}

fn list_attempts(conn: &mut Conn, id: DeliveryId) -> Result<Vec<Attempt>, StoreError> {
    type Found = (i32, Instant, String, Option<i32>, i32);
    let rows: Vec<Found> = on!(
        conn,
        delivery_attempts::table
            .filter(delivery_attempts::delivery_id.eq(Uid::from(id)))
            .order(delivery_attempts::attempt)
            .limit(100)
            .select((
                delivery_attempts::attempt,
                delivery_attempts::at,
                delivery_attempts::outcome,
                delivery_attempts::status,
                delivery_attempts::millis,
            ))
            .load(conn)
    )?;
    Ok(rows
        .into_iter()
        .map(|(attempt, at, outcome, status, millis)| Attempt {
            attempt,
            at: at.into(),
            outcome,
            status,
            millis,
        })
        .collect())
}

/// Forgets up to `limit` deliveries that came to their end before an instant. Served by the index `deliveries_ended`.
pub fn delete_ended_before(
    conn: &mut Conn,
    before: Timestamp,
    limit: i64,
) -> Result<usize, StoreError> {
    let old: Vec<Uid> = on!(
        conn,
        deliveries::table
            .filter(deliveries::ended_at.lt(Instant::from(before)))
            .order(deliveries::ended_at)
            .limit(limit)
            .select(deliveries::id)
            .load(conn)
    )?;
    on!(
        conn,
        diesel::delete(
            delivery_attempts::table.filter(delivery_attempts::delivery_id.eq_any(&old))
        )
        .execute(conn)
    )?;
    Ok(on!(
        conn,
        diesel::delete(deliveries::table.filter(deliveries::id.eq_any(&old))).execute(conn)
    )?)
}
