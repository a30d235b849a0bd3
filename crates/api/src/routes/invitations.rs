//! Invitations by link: into an organisation, or onto the staff of a programme.

mod accept;

use actix_web::{HttpResponse, http::header, post};
use domain::{EmailAddress, InvitationId, Noun, OrganisationId, Principal, ProgrammeId, Role};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{
    Conn,
    invitations::{self, Invitation, Target},
    journal::{self, Change},
};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    app::App,
    auth::secrets::{OpaqueToken, TokenKind},
    error::{ApiError, ApiResult, Code},
    extract::{Body, Signed},
    limits,
    live::Snapshot,
    routes::{
        members::require_owner,
        organisations::access::{find_seen, require_hub_staff},
        programmes::find_staffed,
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(create_invitation)
        .service(accept::accept_invitation);
}

/// How long the link of an invitation is good. Our choice.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(24 * 14);

/// Who is invited to what: an organisation with a role, or a programme.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewInvitation {
    /// The address of who is invited.
    email: EmailAddress,
    /// Into this organisation.
    #[serde(default)]
    organisation: Option<OrganisationId>,
    /// As what.
    #[serde(default)]
    role: Option<Role>,
    /// Onto the staff of this programme.
    #[serde(default)]
    programme: Option<ProgrammeId>,
}

impl NewInvitation {
    fn target(&self) -> ApiResult<Target> {
        match (self.organisation, self.role, self.programme) {
            (Some(organisation), Some(role), None) => Ok(Target::Organisation(organisation, role)),
            (None, None, Some(programme)) => Ok(Target::Programme(programme)),
            (Some(_), None, None) => Err(ApiError::body("role", "is needed")),
            _ => Err(ApiError::body(
                "organisation",
                "needs either an organisation with a role or a programme",
            )),
        }
    }
}

/// An invitation with its token, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvitationView {
    /// Its id.
    id: InvitationId,
    /// For the link. Only its hash is kept.
    token: String,
    /// Until when it is good.
    expires_at: Timestamp,
}

/// Invite somebody.
///
/// Owners invite into their organisation, staff of the hub into any; staff of a programme onto its staff. The link is
/// good once, for 14 days. `Idempotency-Key` is not honoured: the token is never kept.
#[utoipa::path(tag = "members", request_body = NewInvitation, responses((status = 201, body = InvitationView), ApiError))]
#[post("/invitations")]
pub(crate) async fn create_invitation(
    caller: Signed,
    new: Body<NewInvitation>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot, id) = (app.now(), app.live().snapshot(), app.new_id());
    let target = new.value.target()?;
    let (token, hash) = OpaqueToken::generate(TokenKind::Invitation);
    let expires_at = now.saturating_add(GOOD_FOR).unwrap_or(now);
    app.write_as(&caller, move |conn, me| {
        require_may_invite(conn, &snapshot, me, target, now)?;
        let invitation = Invitation {
            id,
            email: new.value.email,
            target,
            invited_by: Some(me.person),
            expires_at,
        };
        invitations::insert(conn, &invitation, hash.as_str(), now)?;
        let change = Change {
            action: "created",
            noun: Noun::Invitation,
            id: id.uuid(),
            version: 1,
            person: Some(me.person),
            party: None,
            detail: detail(target),
        };
        Ok(journal::insert(conn, &change, now)?)
    })
    .await?;
    let view = InvitationView {
        id,
        token: token.reveal(),
        expires_at,
    };
    Ok(HttpResponse::Created()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(view))
}

fn require_may_invite(
    conn: &mut Conn,
    snapshot: &Snapshot,
    me: &Principal,
    target: Target,
    now: Timestamp,
) -> ApiResult<()> {
    match target {
        Target::Programme(id) => find_staffed(conn, snapshot, me, id).map(drop),
        Target::Organisation(id, _) => {
            let seen = find_seen(conn, snapshot, me, id, now)?;
            if seen.listed.organisation.archived_at.is_some() {
                return Err(Code::Forbidden.into());
            }
            require_owner(&seen, me).or_else(|_| require_hub_staff(snapshot, me))
        }
    }
}

/// What the journal says of a target.
fn detail(target: Target) -> Value {
    match target {
        Target::Organisation(id, role) => json!({"organisation": id, "role": role}),
        Target::Programme(id) => json!({"programme": id}),
    }
}
