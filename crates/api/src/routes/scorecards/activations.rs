//! Which scorecard is in force for a programme, since when.

use actix_web::{HttpResponse, get, post};
use domain::{Line, PersonId, Principal, Programme, ProgrammeId, of};
use jiff::Timestamp;
use scoring::Card;
use serde::{Deserialize, Serialize};
use store::{
    programmes,
    scorecards::{self as stored, Activation},
};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{checked, find};
use crate::{
    answer::{self, Made},
    app::App,
    error::{ApiError, ApiResult},
    extract::{Body, IdempotencyKey, PathId, Signed},
    limits,
    routes::programmes::{find_staffed, require_admin},
    scorecards::{self, InForce},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_scorecard_activations)
        .service(activate_scorecard);
}

/// A card that was put in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActivationView {
    /// Counts the activations of the programme, from 1.
    number: u32,
    /// Content hash of the card; none: the programme follows the hub, the hub the card that ships.
    scorecard: Option<String>,
    /// Why.
    note: Option<String>,
    /// By whom; nobody from the command line.
    activated_by: Option<PersonId>,
    /// When.
    activated_at: Timestamp,
}

impl From<Activation> for ActivationView {
    fn from(activation: Activation) -> ActivationView {
        ActivationView {
            number: activation.number,
            scorecard: activation.hash,
            note: activation.note,
            activated_by: activation.by,
            activated_at: activation.at,
        }
    }
}

/// What is in force, and what was.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActivationList {
    /// Content hash of the card in force: the programme's own, else the hub's, else the one that ships.
    in_force: String,
    /// The activations, the latest first, at most 200.
    items: Vec<ActivationView>,
}

/// Which scorecard is in force for a programme, and which were. For its staff.
#[utoipa::path(
    tag = "scorecards",
    params(("id" = ProgrammeId, Path)),
    responses((status = 200, body = ActivationList), ApiError)
)]
#[get("/programmes/{id}/scorecard-activations")]
pub(crate) async fn list_scorecard_activations(
    caller: Signed,
    id: PathId<of::Programme>,
    app: App,
) -> ApiResult<HttpResponse> {
    let snapshot = app.live().snapshot();
    let list = app
        .read_as(&caller, move |conn, me| {
            let programme = find_staffed(conn, &snapshot, me, id.0)?;
            let all = stored::list_activations(conn, id.0)?;
            Ok(ActivationList {
                in_force: snapshot.card(&programme).hash().to_owned(),
                items: all.into_iter().map(ActivationView::from).collect(),
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(list))
}

/// A card to be put in force.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewActivation {
    /// Content hash of a card that was put here; null: the programme follows the hub again, the hub the card that ships.
    #[schema(nullable)]
    scorecard: Option<String>,
    /// Why.
    #[serde(default)]
    note: Option<Line<300>>,
}

/// Put a scorecard in force for a programme: for its staff; for the hub: for admins.
///
/// From the next second on every list and every new request of the programme is scored by it; requests that were made keep
/// what they were scored by. See what would change first: `…/scorecard-preview`.
#[utoipa::path(
    tag = "scorecards",
    params(("id" = ProgrammeId, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = NewActivation,
    responses((status = 201, body = ActivationView), ApiError)
)]
#[post("/programmes/{id}/scorecard-activations")]
pub(crate) async fn activate_scorecard(
    caller: Signed,
    id: PathId<of::Programme>,
    key: IdempotencyKey,
    new: Body<NewActivation>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, event, snapshot) = (app.now(), app.new_uuid(), app.live().snapshot());
    let Body { value: new, hash } = new;
    answer::create(&app, &caller, key, hash, move |conn, me| {
        let programme = find_staffed(conn, &snapshot, me, id.0)?;
        require_decider(me, &programme)?;
        if let Some(hash) = &new.scorecard {
            let (_, put) = find(conn, &checked(hash)?)?;
            if put.is_none() && hash == Card::default_card().hash() {
                scorecards::put_default(conn, event, now)?;
            }
        }
        let wanted = InForce {
            hash: new.scorecard.clone(),
            note: new.note.as_ref().map(ToString::to_string),
            by: Some(me.person),
        };
        let activation = scorecards::activate(conn, id.0, wanted, now)?;
        Ok(Made {
            location: format!("/v1/programmes/{}/scorecard-activations", id.0),
            version: None,
            body: ActivationView::from(activation),
        })
    })
    .await
}

/// The staff of a programme decide for it; for the hub, which all others follow, admins do.
fn require_decider(me: &Principal, programme: &programmes::Stored) -> ApiResult<()> {
    if programme.code == Programme::HUB {
        return require_admin(me);
    }
    Ok(())
}
