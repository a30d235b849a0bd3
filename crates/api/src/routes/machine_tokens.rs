//! Machine tokens 連携トークン: other systems act for an organisation or for a named person, within scopes.

use actix_web::{HttpResponse, delete, get, http::header, post};
use domain::{
    Line, MachineTokenId, Noun, OrganisationId, PersonId, PersonStatus, Principal, Role, Scope, of,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    Conn,
    journal::{self, Change},
    machine_tokens::{self, MachineToken},
    people,
};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    answer::PageOf,
    app::App,
    auth::secrets::{OpaqueToken, TokenKind},
    error::{ApiError, ApiResult},
    extract::{Body, PathId, Signed},
    limits,
    live::Snapshot,
    routes::{members::require_owner, organisations::access::find_seen, programmes::require_admin},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_machine_tokens)
        .service(create_machine_token)
        .service(revoke_machine_token);
}

/// How long a token is good at most, in days. Our choice.
const DAYS_MAX: u16 = 400;

/// A token of another system. The token itself was shown when it was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MachineTokenView {
    /// Its id.
    id: MachineTokenId,
    /// What the other system is called.
    name: String,
    /// Whose rights it has, and who is named as having done what it does.
    person: PersonId,
    /// The one organisation that it acts for; everything that the person may otherwise.
    organisation: Option<OrganisationId>,
    /// What it may do.
    scopes: Vec<Scope>,
    /// Who made it.
    created_by: PersonId,
    /// When.
    created_at: Timestamp,
    /// Until when it is good.
    expires_at: Timestamp,
    /// When it was last used, to the minute.
    last_used_at: Option<Timestamp>,
}

impl From<MachineToken> for MachineTokenView {
    fn from(token: MachineToken) -> MachineTokenView {
        MachineTokenView {
            id: token.id,
            name: token.name,
            person: token.person,
            organisation: token.organisation,
            scopes: token.scopes,
            created_by: token.created_by,
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
        }
    }
}

/// A new machine token, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewMachineTokenView {
    /// What is known of it.
    machine_token: MachineTokenView,
    /// For `Authorization: Bearer …`. Only its hash is kept.
    token: String,
}

/// A token for an organisation, or for a named person.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMachineToken {
    /// What the other system is called.
    name: Line<100>,
    /// To act for this organisation, with the rights of the caller in it. For its owners.
    #[serde(default)]
    organisation: Option<OrganisationId>,
    /// To act for this person, with all rights but those of an admin. For admins; the person is told.
    #[serde(default)]
    person: Option<PersonId>,
    /// What it may do.
    #[schema(min_items = 1, max_items = 7)]
    scopes: Vec<Scope>,
    /// For how many days.
    #[schema(minimum = 1, maximum = 400)]
    days: u16,
}

impl NewMachineToken {
    /// # Errors
    /// 422 for scopes or days that there cannot be.
    fn checked(mut self) -> ApiResult<NewMachineToken> {
        if !(1..=DAYS_MAX).contains(&self.days) {
            let message = format!("is not between 1 and {DAYS_MAX}");
            return Err(ApiError::body("days", message));
        }
        self.scopes.sort_unstable();
        self.scopes.dedup();
        if self.scopes.is_empty() {
            return Err(ApiError::body("scopes", "is empty"));
        }
        Ok(self)
    }
}

/// Whether the caller may see the token and end it: who made it, whom it acts for, owners of its organisation, admins.
fn keeps(me: &Principal, token: &MachineToken) -> bool {
    let owns = |id| me.role_in(id) == Some(Role::Owner);
    me.admin
        || token.person == me.person
        || token.created_by == me.person
        || token.organisation.is_some_and(owns)
}

/// Whose rights the token has, if the caller may give it.
fn person_of(
    conn: &mut Conn,
    snapshot: &Snapshot,
    me: &Principal,
    new: &NewMachineToken,
    now: Timestamp,
) -> ApiResult<PersonId> {
    match (new.organisation, new.person) {
        (Some(id), None) => {
            let seen = find_seen(conn, snapshot, me, id, now)?;
            require_owner(&seen, me)?;
            Ok(me.person)
        }
        (None, Some(id)) => {
            require_admin(me)?;
            let person = people::find_principal(conn, id)?;
            if person.status != PersonStatus::Active {
                return Err(ApiError::body("person", "is not active"));
            }
            Ok(id)
        }
        _ => Err(ApiError::body(
            "organisation",
            "needs either an organisation or a person",
        )),
    }
}

/// The machine tokens that I made, that act for me, or that act for an organisation that I own.
#[utoipa::path(tag = "machine-tokens", responses((status = 200, body = PageOf<MachineTokenView>), ApiError))]
#[get("/machine-tokens")]
pub(crate) async fn list_machine_tokens(caller: Signed, app: App) -> ApiResult<HttpResponse> {
    let items = app
        .read_as(&caller, |conn, me| {
            let own = me.memberships.iter();
            let own = own.filter(|(_, role)| *role == Role::Owner);
            let own: Vec<OrganisationId> = own.map(|(id, _)| *id).collect();
            let found = machine_tokens::list_for(conn, me.person, &own)?;
            Ok(found.into_iter().map(MachineTokenView::from).collect())
        })
        .await?;
    let page: PageOf<MachineTokenView> = PageOf {
        items,
        next_cursor: None,
    };
    Ok(HttpResponse::Ok().json(page))
}

/// Let another system act.
///
/// Within the scopes, and never further than the person's own rights, which are read anew at each request: when the person
/// leaves the organisation, the token is good for nothing any more. `Idempotency-Key` is not honoured: the token is never
/// kept.
#[utoipa::path(tag = "machine-tokens", request_body = NewMachineToken, responses((status = 201, body = NewMachineTokenView), ApiError))]
#[post("/machine-tokens")]
pub(crate) async fn create_machine_token(
    caller: Signed,
    new: Body<NewMachineToken>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot, id) = (app.now(), app.live().snapshot(), app.new_id());
    let new = new.value.checked()?;
    let (token, hash) = OpaqueToken::generate(TokenKind::Machine);
    let made = app
        .write_as(&caller, move |conn, me| {
            let good_for = SignedDuration::from_hours(24 * i64::from(new.days));
            let token = MachineToken {
                id,
                hash: hash.as_str().to_owned(),
                name: new.name.to_string(),
                person: person_of(conn, &snapshot, me, &new, now)?,
                organisation: new.organisation,
                scopes: new.scopes.clone(),
                created_by: me.person,
                created_at: now,
                expires_at: now.saturating_add(good_for).unwrap_or(now),
                last_used_at: None,
            };
            machine_tokens::insert(conn, &token)?;
            note(conn, me, &token, ("created", 1), now)?;
            Ok(token)
        })
        .await?;
    let view = NewMachineTokenView {
        machine_token: made.into(),
        token: token.reveal(),
    };
    Ok(HttpResponse::Created()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(view))
}

fn note(
    conn: &mut Conn,
    me: &Principal,
    token: &MachineToken,
    (action, version): (&'static str, u32),
    now: Timestamp,
) -> ApiResult<()> {
    let change = Change {
        action,
        noun: Noun::MachineToken,
        id: token.id.uuid(),
        version,
        person: Some(me.person),
        party: None,
        detail: json!({
            "organisation": token.organisation,
            "person": token.person,
            "scopes": token.scopes,
        }),
    };
    Ok(journal::insert(conn, &change, now)?)
}

/// End a machine token: it is void within a second, and for every write at once.
#[utoipa::path(tag = "machine-tokens", params(("id" = MachineTokenId, Path)), responses((status = 204), ApiError))]
#[delete("/machine-tokens/{id}")]
pub(crate) async fn revoke_machine_token(
    caller: Signed,
    id: PathId<of::MachineToken>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let now = app.now();
    app.write_as(&caller, move |conn, me| {
        let token = machine_tokens::find(conn, id.0)?;
        if !keeps(me, &token) {
            return Err(ApiError::not_found(Noun::MachineToken));
        }
        machine_tokens::save_revoked(conn, id.0, now)?;
        note(conn, me, &token, ("revoked", 2), now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
