//! Webhooks ウェブフック: where other systems are told of what happens, each told what its owner may know.

mod deliveries;

use actix_web::{
    HttpResponse, delete, get,
    http::{StatusCode, header},
    post, put,
};
use domain::{Line, Noun, OrganisationId, PersonId, Principal, ProgrammeId, Role, WebhookId, of};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    Conn,
    journal::{self, Change},
    webhooks::{self, Disabled, Owner, Webhook},
};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    answer::{PageOf, versioned},
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{Body, IfMatch, Nothing, PathId, Signed},
    limits,
    live::Snapshot,
    notices::{secret::WebhookSecret, webhook::detail},
    routes::{members::require_owner, organisations::access::find_seen, programmes::find_staffed},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_webhooks)
        .service(create_webhook)
        .service(show_webhook)
        .service(save_webhook)
        .service(delete_webhook)
        .service(rotate_webhook_secret)
        .service(deliveries::try_webhook)
        .service(deliveries::list_deliveries)
        .service(deliveries::replay_delivery);
}

/// Webhooks of one owner at most.
const PER_OWNER_MAX: usize = 20;

/// Events named by one webhook at most.
const EVENTS_MAX: usize = 50;

/// How long the secret before signs too after a change.
const PREVIOUS_GOOD_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Why nothing is sent.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DisabledView {
    /// Its owner wants it so.
    Asked,
    /// It answered 410.
    Gone,
    /// Nothing arrived for five days.
    Failing,
}

/// A webhook.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookView {
    /// Its id.
    id: WebhookId,
    /// Told what this organisation may know.
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation: Option<OrganisationId>,
    /// Told what the staff of this programme may know.
    #[serde(skip_serializing_if = "Option::is_none")]
    programme: Option<ProgrammeId>,
    /// Where.
    url: String,
    /// What it is for.
    description: Option<String>,
    /// The events that it wants; all of them if there are none here.
    events: Vec<String>,
    /// Whether anything is sent.
    active: bool,
    /// Why nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_because: Option<DisabledView>,
    /// Since when nothing has arrived.
    failing_since: Option<Timestamp>,
    /// Who made it.
    created_by: PersonId,
    /// When.
    created_at: Timestamp,
    /// Counts the changes; its `ETag`.
    version: u32,
}

impl From<Webhook> for WebhookView {
    fn from(webhook: Webhook) -> WebhookView {
        let (organisation, programme) = match webhook.owner {
            Owner::Organisation(id) => (Some(id), None),
            Owner::Programme(id) => (None, Some(id)),
        };
        WebhookView {
            id: webhook.id,
            organisation,
            programme,
            url: webhook.url,
            description: webhook.description,
            events: webhook.events,
            active: webhook.disabled.is_none(),
            disabled_because: webhook.disabled.map(|why| match why {
                Disabled::Asked => DisabledView::Asked,
                Disabled::Gone => DisabledView::Gone,
                Disabled::Failing => DisabledView::Failing,
            }),
            failing_since: webhook.failing_since,
            created_by: webhook.created_by,
            created_at: webhook.created_at,
            version: webhook.version,
        }
    }
}

/// A webhook with its secret, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookSecretView {
    /// The webhook.
    webhook: WebhookView,
    /// What signs, as Standard Webhooks writes it: `whsec_…`.
    secret: String,
}

/// A webhook of an organisation, for its owners, or of a programme, for its staff.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWebhook {
    /// To be told what this organisation may know.
    #[serde(default)]
    organisation: Option<OrganisationId>,
    /// To be told what the staff of this programme may know.
    #[serde(default)]
    programme: Option<ProgrammeId>,
    /// Where: https, on the public internet.
    #[schema(max_length = 2000)]
    url: String,
    /// What it is for.
    #[serde(default)]
    description: Option<Line<200>>,
    /// The events that it wants, `meeting_request.accept` or `meeting_request.*`; all of them if there are none here.
    #[serde(default)]
    #[schema(max_items = 50)]
    events: Vec<String>,
}

/// What of a webhook can be changed.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookChange {
    /// Where: https, on the public internet.
    #[schema(max_length = 2000)]
    url: String,
    /// What it is for.
    #[serde(default)]
    description: Option<Line<200>>,
    /// The events that it wants, `meeting_request.accept` or `meeting_request.*`; all of them if there are none here.
    #[serde(default)]
    #[schema(max_items = 50)]
    events: Vec<String>,
    /// Whether anything is to be sent; `true` enables one that was disabled.
    active: bool,
}

fn checked_url(app: &App, url: &str) -> ApiResult<String> {
    let url = app.outgoing().targets.check(url);
    url.map(String::from)
        .map_err(|why| ApiError::body("url", why))
}

fn checked_events(mut events: Vec<String>) -> ApiResult<Vec<String>> {
    if events.len() > EVENTS_MAX {
        let message = format!("has more than {EVENTS_MAX} entries");
        return Err(ApiError::body("events", message));
    }
    let is_word = |word: &str| {
        (1..=64).contains(&word.len())
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    for (index, event) in events.iter().enumerate() {
        let good = event
            .split_once('.')
            .is_some_and(|(noun, action)| is_word(noun) && (action == "*" || is_word(action)));
        if !good {
            let message = "is not an event such as meeting_request.accept or meeting_request.*";
            return Err(ApiError::body(format!("events[{index}]"), message));
        }
    }
    events.sort_unstable();
    events.dedup();
    Ok(events)
}

/// Whether the caller looks after what this owner has.
fn keeps(me: &Principal, owner: Owner) -> bool {
    me.admin
        || match owner {
            Owner::Organisation(id) => me.role_in(id) == Some(Role::Owner),
            Owner::Programme(id) => me.is_staff_of(id),
        }
}

/// The webhook, if the caller looks after it.
///
/// # Errors
/// 404 for everybody else's.
fn find_kept(conn: &mut Conn, me: &Principal, id: WebhookId) -> ApiResult<Webhook> {
    let webhook = webhooks::find(conn, id)?;
    if keeps(me, webhook.owner) {
        Ok(webhook)
    } else {
        Err(ApiError::not_found(Noun::Webhook))
    }
}

fn note(
    conn: &mut Conn,
    me: &Principal,
    webhook: &Webhook,
    (action, version): (&'static str, u32),
    now: Timestamp,
) -> ApiResult<()> {
    let change = Change {
        action,
        noun: Noun::Webhook,
        id: webhook.id.uuid(),
        version,
        person: Some(me.person),
        party: None,
        detail: detail(webhook, json!({})),
    };
    Ok(journal::insert(conn, &change, now)?)
}

/// The webhooks that I look after.
///
/// Those of the organisations that the caller owns and of the programmes whose staff they belong to.
#[utoipa::path(tag = "webhooks", responses((status = 200, body = PageOf<WebhookView>), ApiError))]
#[get("/webhooks")]
pub(crate) async fn list_webhooks(caller: Signed, app: App) -> ApiResult<HttpResponse> {
    let snapshot = app.live().snapshot();
    let items = app
        .read_as(&caller, move |conn, me| {
            let own = me.memberships.iter();
            let own = own.filter(|(_, role)| *role == Role::Owner);
            let own = own.map(|(id, _)| Owner::Organisation(*id));
            let staffed = snapshot.programmes().iter();
            let staffed = staffed.filter(|stored| me.is_staff_of(stored.id));
            let owners: Vec<Owner> = own
                .chain(staffed.map(|stored| Owner::Programme(stored.id)))
                .collect();
            let found = webhooks::list_for(conn, &owners)?;
            Ok(found.into_iter().map(WebhookView::from).collect())
        })
        .await?;
    let page: PageOf<WebhookView> = PageOf {
        items,
        next_cursor: None,
    };
    Ok(HttpResponse::Ok().json(page))
}

/// The owner that is named, if the caller looks after it.
fn owner_of(
    conn: &mut Conn,
    snapshot: &Snapshot,
    me: &Principal,
    new: &NewWebhook,
    now: Timestamp,
) -> ApiResult<Owner> {
    match (new.organisation, new.programme) {
        (Some(id), None) => {
            let seen = find_seen(conn, snapshot, me, id, now)?;
            require_owner(&seen, me)?;
            Ok(Owner::Organisation(id))
        }
        (None, Some(id)) => {
            find_staffed(conn, snapshot, me, id)?;
            Ok(Owner::Programme(id))
        }
        _ => Err(ApiError::body(
            "organisation",
            "needs either an organisation or a programme",
        )),
    }
}

/// Have another system told of what happens.
///
/// What is sent is signed as [Standard Webhooks](https://www.standardwebhooks.com) says and holds ids alone; the rest is
/// read with the rights of whoever reads it. At least once: a repeat has the same `webhook-id`. `Idempotency-Key` is not
/// honoured: the secret is never kept in the open.
#[utoipa::path(tag = "webhooks", request_body = NewWebhook, responses((status = 201, body = WebhookSecretView), ApiError))]
#[post("/webhooks")]
pub(crate) async fn create_webhook(
    caller: Signed,
    new: Body<NewWebhook>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot, id): (_, _, WebhookId) = (app.now(), app.live().snapshot(), app.new_id());
    let new = new.value;
    let (url, events) = (
        checked_url(&app, &new.url)?,
        checked_events(new.events.clone())?,
    );
    let secret = WebhookSecret::generate();
    let sealed = secret.seal(app.keys(), &id.to_string());
    let webhook = app
        .write_as(&caller, move |conn, me| {
            let owner = owner_of(conn, &snapshot, me, &new, now)?;
            if webhooks::count_for(conn, owner)? >= PER_OWNER_MAX {
                return Err(Code::TooManyWebhooks.into());
            }
            let webhook = Webhook {
                id,
                owner,
                url,
                description: new.description.as_ref().map(ToString::to_string),
                events,
                secret: sealed,
                previous_secret: None,
                disabled: None,
                failing_since: None,
                created_by: me.person,
                created_at: now,
                version: 1,
            };
            webhooks::insert(conn, &webhook)?;
            note(conn, me, &webhook, ("created", 1), now)?;
            Ok(webhook)
        })
        .await?;
    let view = WebhookSecretView {
        webhook: webhook.into(),
        secret: secret.reveal(),
    };
    Ok(HttpResponse::Created()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::LOCATION, format!("/v1/webhooks/{id}")))
        .json(view))
}

/// A webhook.
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path)), responses((status = 200, body = WebhookView), ApiError))]
#[get("/webhooks/{id}")]
pub(crate) async fn show_webhook(
    caller: Signed,
    id: PathId<of::Webhook>,
    app: App,
) -> ApiResult<HttpResponse> {
    let webhook = app
        .read_as(&caller, move |conn, me| find_kept(conn, me, id.0))
        .await?;
    let view = WebhookView::from(webhook);
    Ok(versioned(StatusCode::OK, view.version, &view))
}

/// Change a webhook, stop it, or enable it again.
///
/// What waited for one that was disabled is not sent any more; single deliveries can be replayed.
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path), ("If-Match" = String, Header)), request_body = WebhookChange, responses((status = 200, body = WebhookView), ApiError))]
#[put("/webhooks/{id}")]
pub(crate) async fn save_webhook(
    caller: Signed,
    id: PathId<of::Webhook>,
    if_match: IfMatch,
    change: Body<WebhookChange>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, change) = (app.now(), change.value);
    let (url, events) = (
        checked_url(&app, &change.url)?,
        checked_events(change.events.clone())?,
    );
    let webhook = app
        .write_as(&caller, move |conn, me| {
            let mut webhook = find_kept(conn, me, id.0)?;
            if_match.require(webhook.version)?;
            webhook.url = url;
            webhook.events = events;
            webhook.description = change.description.as_ref().map(ToString::to_string);
            webhook.disabled = match (change.active, webhook.disabled) {
                (true, _) => None,
                (false, before) => Some(before.unwrap_or(Disabled::Asked)),
            };
            if change.active {
                webhook.failing_since = None;
            }
            webhooks::save(conn, &webhook)?;
            webhook.version += 1;
            note(conn, me, &webhook, ("saved", webhook.version), now)?;
            Ok(webhook)
        })
        .await?;
    let view = WebhookView::from(webhook);
    Ok(versioned(StatusCode::OK, view.version, &view))
}

/// Put a webhook away for good.
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path), ("If-Match" = String, Header)), responses((status = 204), ApiError))]
#[delete("/webhooks/{id}")]
pub(crate) async fn delete_webhook(
    caller: Signed,
    id: PathId<of::Webhook>,
    if_match: IfMatch,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let now = app.now();
    app.write_as(&caller, move |conn, me| {
        let webhook = find_kept(conn, me, id.0)?;
        if_match.require(webhook.version)?;
        webhooks::save_archived(conn, webhook.id, webhook.version, now)?;
        store::deliveries::drop_for_webhook(conn, webhook.id, now)?;
        note(conn, me, &webhook, ("archived", webhook.version + 1), now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Give a webhook a new secret.
///
/// For 24 hours both sign, so that the receiver can change over without losing anything.
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path)), request_body = Nothing, responses((status = 200, body = WebhookSecretView), ApiError))]
#[post("/webhooks/{id}/rotate-secret")]
pub(crate) async fn rotate_webhook_secret(
    caller: Signed,
    id: PathId<of::Webhook>,
    _: Body<Nothing>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let now = app.now();
    let secret = WebhookSecret::generate();
    let sealed = secret.seal(app.keys(), &id.0.to_string());
    let webhook = app
        .write_as(&caller, move |conn, me| {
            let mut webhook = find_kept(conn, me, id.0)?;
            let until = now.saturating_add(PREVIOUS_GOOD_FOR).unwrap_or(now);
            let before = std::mem::replace(&mut webhook.secret, sealed);
            webhook.previous_secret = Some((before, until));
            webhooks::save(conn, &webhook)?;
            webhook.version += 1;
            note(conn, me, &webhook, ("secret_rotated", webhook.version), now)?;
            Ok(webhook)
        })
        .await?;
    let view = WebhookSecretView {
        webhook: webhook.into(),
        secret: secret.reveal(),
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(view))
}
