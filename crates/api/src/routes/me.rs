//! The caller: who they are and what they may act for.

mod personal;

use actix_web::{HttpResponse, get, http::StatusCode, put};
use domain::{
    EmailAddress, Kind, Language, Line, Name, Noun, OrganisationId, PersonId, ProgrammeId, Role,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    journal::{self, Change},
    people,
};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    answer::versioned,
    app::{App, off_thread},
    auth::passwords::{self, Password},
    error::{ApiError, ApiResult, Code},
    extract::{Body, IfMatch, Reader, Signed},
    limits,
    live::Snapshot,
    routes::sessions::end_all,
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(show_me)
        .service(save_me)
        .service(save_password)
        .service(personal::export_me)
        .service(personal::erase_me);
}

/// An organisation, in one line.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OrganisationRef {
    /// Its id.
    pub(crate) id: OrganisationId,
    /// Its primary kind.
    pub(crate) kind: Kind,
    /// Its name in the reader's language; its id while it has no profile.
    pub(crate) name: String,
}

impl OrganisationRef {
    /// The organisation in one line, for a reader of `language`.
    pub(crate) fn of(snapshot: &Snapshot, id: OrganisationId, language: Language) -> Option<Self> {
        let listed = snapshot.organisation(id)?;
        let name = listed.profile.as_ref().map_or_else(
            || id.to_string(),
            |profile| profile.document.names.in_language(language).to_owned(),
        );
        Some(OrganisationRef {
            id,
            kind: listed.organisation.kind,
            name,
        })
    }
}

/// A membership of the caller.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MembershipView {
    /// In which organisation.
    organisation: OrganisationRef,
    /// As what.
    role: Role,
}

/// A programme whose staff the caller belongs to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StaffGrantView {
    /// Its id.
    programme: ProgrammeId,
    /// Its short name.
    code: String,
}

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    /// Who.
    id: PersonId,
    /// The name.
    name: Name,
    /// The address with which the caller signs in.
    email: EmailAddress,
    /// Telephone, for the other side of an accepted request.
    phone: Option<Line<40>>,
    /// The language in which the caller is written to.
    language: Language,
    /// May do what staff of every programme may.
    admin: bool,
    /// What the caller may act for.
    memberships: Vec<MembershipView>,
    /// Whose staff the caller belongs to.
    staff_grants: Vec<StaffGrantView>,
    /// Counts the changes.
    version: u32,
}

/// Who am I, and what may I act for?
#[utoipa::path(tag = "me", responses((status = 200, body = Me), ApiError))]
#[get("/me")]
pub(crate) async fn show_me(caller: Signed, reader: Reader, app: App) -> ApiResult<HttpResponse> {
    let snapshot = app.live().snapshot();
    let (person, me) = app
        .read_as(&caller, |conn, me| {
            Ok((people::find(conn, me.person)?, me.clone()))
        })
        .await?;
    let memberships = me
        .memberships
        .iter()
        .filter_map(|(id, role)| {
            Some(MembershipView {
                organisation: OrganisationRef::of(&snapshot, *id, reader.0)?,
                role: *role,
            })
        })
        .collect();
    let staff_grants = snapshot
        .programmes()
        .iter()
        .filter(|stored| me.staff_of.contains(&stored.id))
        .map(|stored| StaffGrantView {
            programme: stored.id,
            code: stored.code.clone(),
        })
        .collect();
    let view = Me {
        id: person.id,
        name: person.name,
        email: person.email,
        phone: person.phone,
        language: person.language,
        admin: me.admin,
        memberships,
        staff_grants,
        version: person.version,
    };
    Ok(versioned(StatusCode::OK, view.version, &view))
}

/// What the caller says of themselves.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MeChange {
    /// The name.
    name: Name,
    /// Telephone.
    #[serde(default)]
    phone: Option<Line<40>>,
    /// The language in which to be written to.
    language: Language,
}

/// Change my name, telephone and language.
#[utoipa::path(tag = "me", params(("If-Match" = String, Header)), request_body = MeChange, responses((status = 204), ApiError))]
#[put("/me")]
pub(crate) async fn save_me(
    caller: Signed,
    if_match: IfMatch,
    change: Body<MeChange>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, change) = (app.now(), change.value);
    app.write_as(&caller, move |conn, me| {
        let mut person = people::find(conn, me.person)?;
        if_match.require(person.version)?;
        person.name = change.name;
        person.phone = change.phone;
        person.language = change.language;
        people::save(conn, &person)?;
        let change = Change {
            action: "updated",
            noun: Noun::Person,
            id: me.person.uuid(),
            version: person.version + 1,
            person: Some(me.person),
            party: None,
            detail: json!({}),
        };
        Ok(journal::insert(conn, &change, now)?)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The old password and the new.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    /// The password so far.
    #[schema(format = Password, max_length = 1000)]
    old: String,
    /// The password from now on: 10 to 200 characters.
    #[schema(format = Password, min_length = 10, max_length = 200)]
    new: String,
}

/// Change my password. Every session ends; sign in again.
#[utoipa::path(tag = "me", request_body = PasswordChange, responses((status = 204), ApiError))]
#[put("/me/password")]
pub(crate) async fn save_password(
    caller: Signed,
    change: Body<PasswordChange>,
    app: App,
) -> ApiResult<HttpResponse> {
    let PasswordChange { old, new } = change.value;
    limits::sign_in(&app, &caller.person.to_string(), &caller.person.to_string()).await?;
    let new = Password::new(&new).map_err(|why| ApiError::body("new", why))?;
    let (now, cost, id) = (app.now(), app.cost(), caller.person);
    let kept = app
        .read(move |conn| {
            let email = people::find(conn, id)?.email;
            Ok(people::find_by_email(conn, email.as_str())?.and_then(|(_, hash)| hash))
        })
        .await?;
    let hash = off_thread(move || {
        let fits = Password::new(&old).is_ok_and(|old| passwords::verify(&old, kept.as_deref()));
        if fits {
            Ok(passwords::hash(&new, cost))
        } else {
            Err(Code::WrongCredentials.into())
        }
    })
    .await?;
    app.write_as(&caller, move |conn, me| {
        people::save_password(conn, me.person, &hash)?;
        end_all(conn, me.person, me.generation + 1, now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
