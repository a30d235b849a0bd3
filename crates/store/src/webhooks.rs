//! Webhooks: where other systems are told of what happens.

use diesel::prelude::*;
use domain::{Noun, OrganisationId, PersonId, ProgrammeId, WebhookId};
use jiff::Timestamp;

use crate::{
    Conn, StoreError, on,
    people::one,
    schema::webhooks,
    types::{Instant, Json, Uid},
};

/// Whose webhook it is: it is told what they may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// An organisation.
    Organisation(OrganisationId),
    /// The staff of a programme.
    Programme(ProgrammeId),
}

/// Why nothing is sent to a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disabled {
    /// Its owner wants it so.
    Asked,
    /// It answered 410.
    Gone,
    /// It failed for too long.
    Failing,
}

impl Disabled {
    /// The reason in snake_case.
    pub const fn code(self) -> &'static str {
        match self {
            Disabled::Asked => "asked",
            Disabled::Gone => "gone",
            Disabled::Failing => "failing",
        }
    }
}

/// A webhook.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Whose.
    pub owner: Owner,
    /// Where.
    pub url: String,
    /// What it is for.
    pub description: Option<String>,
    /// The events that it wants; all of them if there are none here.
    pub events: Vec<String>,
    /// What signs, sealed.
    pub secret: String,
    /// What signed before, sealed, and until when it signs too.
    pub previous_secret: Option<(String, Timestamp)>,
    /// Why nothing is sent; it is sent otherwise.
    pub disabled: Option<Disabled>,
    /// Since when nothing has arrived.
    pub failing_since: Option<Timestamp>,
    /// Who made it.
    pub created_by: PersonId,
    /// When.
    pub created_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: u32,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = webhooks, treat_none_as_null = true)]
struct Row {
    id: Uid,
    organisation_id: Option<Uid>,
    programme_id: Option<Uid>,
    url: String,
    description: Option<String>,
    events: Json,
    secret: String,
    previous_secret: Option<String>,
    previous_secret_until: Option<Instant>,
    state: String,
    disabled_because: Option<String>,
    failing_since: Option<Instant>,
    created_by: Uid,
    created_at: Instant,
    version: i32,
}

impl From<&Webhook> for Row {
    fn from(webhook: &Webhook) -> Row {
        let (organisation_id, programme_id) = match webhook.owner {
            Owner::Organisation(id) => (Some(id.into()), None),
            Owner::Programme(id) => (None, Some(id.into())),
        };
        let (previous_secret, until) = webhook.previous_secret.clone().unzip();
        let state = if webhook.disabled.is_some() {
            "disabled"
        } else {
            "active"
        };
        Row {
            id: webhook.id.into(),
            organisation_id,
            programme_id,
            url: webhook.url.clone(),
            description: webhook.description.clone(),
            events: Json(webhook.events.clone().into()),
            secret: webhook.secret.clone(),
            previous_secret,
            previous_secret_until: until.map(Into::into),
            state: state.to_owned(),
            disabled_because: webhook.disabled.map(|why| why.code().to_owned()),
            failing_since: webhook.failing_since.map(Into::into),
            created_by: webhook.created_by.into(),
            created_at: webhook.created_at.into(),
            version: webhook.version.cast_signed(),
        }
    }
}

impl TryFrom<Row> for Webhook {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Webhook, StoreError> {
        let corrupt = || StoreError::Corrupt(Noun::Webhook);
        let owner = match (row.organisation_id, row.programme_id) {
            (Some(id), None) => Owner::Organisation(id.into()),
            (None, Some(id)) => Owner::Programme(id.into()),
            _ => return Err(corrupt()),
        };
        Ok(Webhook {
            id: row.id.into(),
            owner,
            url: row.url,
            description: row.description,
            events: serde_json::from_value(row.events.0).map_err(|_| corrupt())?,
            secret: row.secret,
            previous_secret: row
                .previous_secret
                .zip(row.previous_secret_until.map(Into::into)),
            disabled: match row.disabled_because.as_deref() {
                None => None,
                Some("asked") => Some(Disabled::Asked),
                Some("gone") => Some(Disabled::Gone),
                Some(_) => Some(Disabled::Failing),
            },
            failing_since: row.failing_since.map(Into::into),
            created_by: row.created_by.into(),
            created_at: row.created_at.into(),
            version: row.version.cast_unsigned(),
        })
    }
}

/// The webhook with this id, unless it was put away.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none.
pub fn find(conn: &mut Conn, id: WebhookId) -> Result<Webhook, StoreError> {
    on!(
        conn,
        webhooks::table
            .find(Uid::from(id))
            .filter(webhooks::archived_at.is_null())
            .select(Row::as_select())
            .first(conn)
            .optional()
    )?
    .ok_or(StoreError::NotFound(Noun::Webhook))?
    .try_into()
}

/// The webhooks of these owners, by id. At most 1,000.
pub fn list_for(conn: &mut Conn, owners: &[Owner]) -> Result<Vec<Webhook>, StoreError> {
    let mut organisations: Vec<Option<Uid>> = Vec::new();
    let mut programmes: Vec<Option<Uid>> = Vec::new();
    for owner in owners {
        match owner {
            Owner::Organisation(id) => organisations.push(Some((*id).into())),
            Owner::Programme(id) => programmes.push(Some((*id).into())),
        }
    }
    let rows: Vec<Row> = on!(
        conn,
        webhooks::table
            .filter(webhooks::archived_at.is_null())
            .filter(
                webhooks::organisation_id
                    .eq_any(&organisations)
                    .or(webhooks::programme_id.eq_any(&programmes))
            )
            .order(webhooks::id)
            .limit(1000)
            .select(Row::as_select())
            .load(conn)
    )?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// How many an owner has.
pub fn count_for(conn: &mut Conn, owner: Owner) -> Result<usize, StoreError> {
    Ok(list_for(conn, &[owner])?.len())
}

/// A new webhook.
pub fn insert(conn: &mut Conn, webhook: &Webhook) -> Result<(), StoreError> {
    let row = Row::from(webhook);
    on!(
        conn,
        diesel::insert_into(webhooks::table)
            .values(&row)
            .execute(conn)
    )?;
    Ok(())
}

/// Keeps the webhook, whose version rises by one.
///
/// # Errors
/// [`StoreError::Stale`] if the stored version is not `webhook.version`.
pub fn save(conn: &mut Conn, webhook: &Webhook) -> Result<(), StoreError> {
    let row = Row {
        version: webhook.version.cast_signed() + 1,
        ..webhook.into()
    };
    let changed = on!(
        conn,
        diesel::update(webhooks::table.find(Uid::from(webhook.id)))
            .filter(webhooks::version.eq(webhook.version.cast_signed()))
            .filter(webhooks::archived_at.is_null())
            .set(&row)
            .execute(conn)
    )?;
    one(changed, StoreError::Stale(Noun::Webhook))
}

/// Keeps since when nothing has arrived; no version of its own, for it says nothing of what the owner decided.
pub fn save_failing_since(
    conn: &mut Conn,
    id: WebhookId,
    since: Option<Timestamp>,
) -> Result<(), StoreError> {
    on!(
        conn,
        diesel::update(webhooks::table.find(Uid::from(id)))
            .set(webhooks::failing_since.eq(since.map(Instant::from)))
            .execute(conn)
    )?;
    Ok(())
}

/// Puts the webhook away for good.
///
/// # Errors
/// [`StoreError::Stale`] if the stored version is not `version`.
pub fn save_archived(
    conn: &mut Conn,
    id: WebhookId,
    version: u32,
    now: Timestamp,
) -> Result<(), StoreError> {
    let changed = on!(
        conn,
        diesel::update(webhooks::table.find(Uid::from(id)))
            .filter(webhooks::version.eq(version.cast_signed()))
            .filter(webhooks::archived_at.is_null())
            .set((
                webhooks::archived_at.eq(Instant::from(now)),
                webhooks::version.eq(webhooks::version + 1),
            ))
            .execute(conn)
    )?;
    one(changed, StoreError::Stale(Noun::Webhook))
}
