//! Links between organisations.

use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use domain::{
    Affiliation, AffiliationId, AffiliationKind, Language, Noun, OrganisationId, Principal, Role,
    Tier, of,
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use store::{
    Conn, affiliations,
    journal::{self, Change},
};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    answer::{self, Made, PageOf},
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{Body, IdempotencyKey, PathId, Reader, Signed, path_id},
    limits,
    live::Snapshot,
    routes::{
        me::OrganisationRef,
        organisations::access::{find_seen, is_hub_staff, is_in_good_standing},
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_affiliations)
        .service(create_affiliation)
        .service(delete_affiliation);
}

/// A link between two organisations: `from` is the parent of `to`, was spun out of it, has its place in it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AffiliationView {
    /// Its id.
    id: AffiliationId,
    /// Whose.
    from: OrganisationRef,
    /// To whom.
    to: OrganisationRef,
    /// How.
    kind: AffiliationKind,
}

impl AffiliationView {
    fn of(
        snapshot: &Snapshot,
        id: AffiliationId,
        link: Affiliation,
        language: Language,
    ) -> Option<Self> {
        Some(AffiliationView {
            id,
            from: OrganisationRef::of(snapshot, link.from, language)?,
            to: OrganisationRef::of(snapshot, link.to, language)?,
            kind: link.kind,
        })
    }
}

/// The links of an organisation, as far as the caller may see who is at the other end.
#[utoipa::path(
    tag = "affiliations",
    params(("id" = OrganisationId, Path)),
    responses((status = 200, body = PageOf<AffiliationView>), ApiError)
)]
#[get("/organisations/{id}/affiliations")]
pub(crate) async fn list_affiliations(
    caller: Signed,
    id: PathId<of::Organisation>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let items: Vec<AffiliationView> = app
        .read_as(&caller, move |conn, me| {
            let tier = find_seen(conn, &snapshot, me, id.0, now)?.tier;
            let mut links = affiliations::list(conn, Some(id.0))?;
            if tier < Tier::Staff {
                links.retain(|(_, link)| sees(&snapshot, me, other_side(*link, id.0)));
            }
            Ok(links
                .into_iter()
                .filter_map(|(id, link)| AffiliationView::of(&snapshot, id, link, reader.0))
                .collect())
        })
        .await?;
    let next_cursor = None;
    Ok(HttpResponse::Ok().json(PageOf { items, next_cursor }))
}

fn other_side(link: Affiliation, one: OrganisationId) -> OrganisationId {
    if link.from == one { link.to } else { link.from }
}

fn sees(snapshot: &Snapshot, me: &Principal, id: OrganisationId) -> bool {
    let listed = snapshot.organisation(id);
    listed.is_some_and(|listed| snapshot.may_see(me, listed, &[]).is_some())
}

/// Link an organisation with another that the caller may see. Owners of the organisation do, and staff of the
/// hub.
#[utoipa::path(
    tag = "affiliations",
    params(("id" = OrganisationId, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = Affiliation,
    responses((status = 201, body = AffiliationView), ApiError)
)]
#[post("/organisations/{id}/affiliations")]
pub(crate) async fn create_affiliation(
    caller: Signed,
    id: PathId<of::Organisation>,
    key: IdempotencyKey,
    link: Body<Affiliation>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot, new) = (app.now(), app.live().snapshot(), app.new_id());
    let Body { value: link, hash } = link;
    answer::create(&app, &caller, key, hash, move |conn, me| {
        let seen = find_seen(conn, &snapshot, me, id.0, now)?;
        let owns =
            me.role_in(id.0) == Some(Role::Owner) && is_in_good_standing(&seen.listed.organisation);
        if !owns && !is_hub_staff(&snapshot, me) {
            return Err(Code::Forbidden.into());
        }
        require_two_sides(conn, &snapshot, me, (id.0, link), now)?;
        affiliations::insert(conn, new, link, now)?;
        note(conn, me, (new, link), ("created", 1), now)?;
        let body = AffiliationView::of(&snapshot, new, link, reader.0)
            .ok_or_else(|| ApiError::from(Code::Unavailable))?;
        Ok(Made {
            location: format!("/v1/organisations/{}/affiliations/{new}", id.0),
            version: None,
            body,
        })
    })
    .await
}

/// One side is the organisation, the other is another that the caller may see.
fn require_two_sides(
    conn: &mut Conn,
    snapshot: &Snapshot,
    me: &Principal,
    (own, link): (OrganisationId, Affiliation),
    now: Timestamp,
) -> ApiResult<()> {
    if link.from == link.to {
        return Err(ApiError::body("to", "must differ"));
    }
    if link.from != own && link.to != own {
        return Err(ApiError::body("from", "must be one side"));
    }
    let other = other_side(link, own);
    let field = if other == link.to { "to" } else { "from" };
    match find_seen(conn, snapshot, me, other, now) {
        Err(error) if error.code == Code::OrganisationNotFound => {
            Err(ApiError::body(field, "no such organisation"))
        }
        seen => seen.map(drop),
    }
}

/// End a link. Owners of either side do, and staff of the hub.
#[utoipa::path(
    tag = "affiliations",
    params(("id" = OrganisationId, Path), ("affiliation" = AffiliationId, Path)),
    responses((status = 204), ApiError)
)]
#[delete("/organisations/{id}/affiliations/{affiliation}")]
pub(crate) async fn delete_affiliation(
    caller: Signed,
    id: PathId<of::Organisation>,
    request: HttpRequest,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let link = path_id::<of::Affiliation>(&request, "affiliation");
    app.write_as(&caller, move |conn, me| {
        let tier = find_seen(conn, &snapshot, me, id.0, now)?.tier;
        let link = link?;
        let found = affiliations::list(conn, Some(id.0))?
            .into_iter()
            .find(|(known, _)| *known == link)
            .filter(|(_, found)| {
                tier == Tier::Staff || sees(&snapshot, me, other_side(*found, id.0))
            })
            .ok_or_else(|| ApiError::not_found(Noun::Affiliation))?;
        let owns = |side| me.role_in(side) == Some(Role::Owner);
        if !is_hub_staff(&snapshot, me) && !owns(found.1.from) && !owns(found.1.to) {
            return Err(Code::Forbidden.into());
        }
        affiliations::save_ended(conn, link, now)?;
        note(conn, me, found, ("ended", 2), now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn note(
    conn: &mut Conn,
    me: &Principal,
    (id, link): (AffiliationId, Affiliation),
    (action, version): (&'static str, u32),
    now: Timestamp,
) -> ApiResult<()> {
    let change = Change {
        action,
        noun: Noun::Affiliation,
        id: id.uuid(),
        version,
        person: Some(me.person),
        party: None,
        detail: json!(link),
    };
    Ok(journal::insert(conn, &change, now)?)
}
