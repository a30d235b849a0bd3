//! Who belongs to an organisation.

use actix_web::{HttpRequest, HttpResponse, delete, get};
use domain::{Name, Noun, OrganisationId, PersonId, Principal, Role, of};
use serde::Serialize;
use serde_json::json;
use store::{Conn, journal, people};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    answer::PageOf,
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{PathId, Signed, path_id},
    limits,
    routes::organisations::{
        access::{Seen, find_seen, is_in_good_standing},
        record::Writer,
    },
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_members).service(delete_member);
}

/// A member.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MemberView {
    /// Who.
    person: PersonId,
    /// The name.
    name: Name,
    /// As what.
    role: Role,
}

/// The members of an organisation: for themselves and for staff of its programmes.
#[utoipa::path(
    tag = "members",
    params(("id" = OrganisationId, Path)),
    responses((status = 200, body = PageOf<MemberView>), ApiError)
)]
#[get("/organisations/{id}/members")]
pub(crate) async fn list_members(
    caller: Signed,
    id: PathId<of::Organisation>,
    app: App,
) -> ApiResult<HttpResponse> {
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let items: Vec<MemberView> = app
        .read_as(&caller, move |conn, me| {
            find_seen(conn, &snapshot, me, id.0, now)?;
            if !snapshot.is_staff_for(me, id.0) && me.role_in(id.0).is_none() {
                return Err(Code::Forbidden.into());
            }
            let members = people::list_members(conn, id.0)?;
            Ok(members
                .into_iter()
                .map(|(person, role)| MemberView {
                    person: person.id,
                    name: person.name,
                    role,
                })
                .collect())
        })
        .await?;
    let next_cursor = None;
    Ok(HttpResponse::Ok().json(PageOf { items, next_cursor }))
}

/// Take somebody out of an organisation. Its owners do, and admins; its last owner stays.
#[utoipa::path(
    tag = "members",
    params(("id" = OrganisationId, Path), ("person" = PersonId, Path)),
    responses((status = 204), ApiError)
)]
#[delete("/organisations/{id}/members/{person}")]
pub(crate) async fn delete_member(
    caller: Signed,
    id: PathId<of::Organisation>,
    request: HttpRequest,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let person = path_id::<of::Person>(&request, "person");
    app.write_as(&caller, move |conn, me| {
        let seen = find_seen(conn, &snapshot, me, id.0, now)?;
        require_owner(&seen, me)?;
        let person = person.map_err(|_| ApiError::not_found(Noun::Membership))?;
        let writer = Writer {
            person: me.person,
            now,
        };
        remove(conn, seen, person, writer)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Its owners, while it is in good standing, and admins.
///
/// # Errors
/// 403 for everybody else.
pub(crate) fn require_owner(seen: &Seen, me: &Principal) -> ApiResult<()> {
    let organisation = &seen.listed.organisation;
    let owns =
        me.role_in(organisation.id) == Some(Role::Owner) && is_in_good_standing(organisation);
    if owns || me.admin {
        Ok(())
    } else {
        Err(Code::Forbidden.into())
    }
}

fn remove(conn: &mut Conn, seen: Seen, person: PersonId, writer: Writer) -> ApiResult<()> {
    let mut organisation = seen.listed.organisation;
    // A version of the organisation for every change of its members: of two owners who remove each other at the same
    // time, one loses the race.
    let detail = json!({"person": person});
    writer.step(conn, &mut organisation, "member_removed", detail)?;
    people::delete_membership(conn, person, organisation.id)?;
    let left = people::list_members(conn, organisation.id)?;
    if !left.iter().any(|(_, role)| *role == Role::Owner) {
        return Err(Code::LastOwner.into());
    }
    Ok(journal::insert_note(conn, Noun::Membership, person.uuid())?)
}
