//! Accepting an invitation: as somebody new, or as somebody who is here already.

use actix_web::{HttpRequest, HttpResponse, http::header, post};
use domain::{
    Language, Name, Noun, OrganisationId, Person, PersonId, PersonStatus, ProgrammeId, Role,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    Conn,
    invitations::{self, Invitation, Target},
    journal::{self, Change},
    organisations, people,
};
use utoipa::ToSchema;

use super::detail;
use crate::{
    app::{App, off_thread},
    auth::{
        passwords::{self, Password},
        secrets::TokenHash,
    },
    error::{ApiError, ApiResult, Code},
    extract::{Body, CallerAddress, Signed},
    limits,
};

/// The token of an invitation; with it, who accepts, unless they are signed in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acceptance {
    /// From the link.
    #[schema(max_length = 200)]
    token: String,
    /// The name of who is new here.
    #[serde(default)]
    name: Option<Name>,
    /// A password, 10 to 200 characters.
    #[serde(default)]
    #[schema(format = Password, min_length = 10, max_length = 200)]
    password: Option<String>,
    /// The language in which to be written to.
    #[serde(default)]
    language: Option<Language>,
}

/// What somebody may act for from now on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AcceptedView {
    /// Who.
    person: PersonId,
    /// A member of this organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation: Option<OrganisationId>,
    /// As what.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    /// On the staff of this programme.
    #[serde(skip_serializing_if = "Option::is_none")]
    programme: Option<ProgrammeId>,
}

/// Accept an invitation.
///
/// Who is new here sends name, password and language, and can sign in from then on. Who has an account signs in first
/// and sends the token alone.
#[utoipa::path(
    tag = "members",
    security(()),
    request_body = Acceptance,
    responses((status = 201, body = AcceptedView), ApiError)
)]
#[post("/invitations/accept")]
pub(crate) async fn accept_invitation(
    caller: Result<Signed, ApiError>,
    acceptance: Body<Acceptance>,
    address: CallerAddress,
    request: HttpRequest,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &address.0).await?;
    let acceptance = acceptance.value;
    let hash = TokenHash::of(&acceptance.token);
    let view = if request.headers().contains_key(header::AUTHORIZATION) {
        accept_as_self(&app, &caller?, hash).await?
    } else {
        accept_as_new(&app, acceptance, hash).await?
    };
    Ok(HttpResponse::Created().json(view))
}

async fn accept_as_self(app: &App, caller: &Signed, hash: TokenHash) -> ApiResult<AcceptedView> {
    let now = app.now();
    app.write_as(caller, move |conn, me| {
        let invitation = find_open(conn, &hash, now)?;
        if people::find(conn, me.person)?.email != invitation.email {
            return Err(Code::Forbidden.into());
        }
        accept(conn, &invitation, me.person, now)
    })
    .await
}

async fn accept_as_new(
    app: &App,
    acceptance: Acceptance,
    hash: TokenHash,
) -> ApiResult<AcceptedView> {
    let (now, cost, id) = (app.now(), app.cost(), app.new_id());
    // Looked up before the password is hashed, so that a guess at a token costs nothing.
    let lookup = hash.clone();
    app.read(move |conn| {
        let invitation = find_open(conn, &lookup, now)?;
        match people::find_by_email(conn, invitation.email.as_str())? {
            Some((_, Some(_))) => Err(Code::Unauthenticated.into()),
            // Somebody who answered by a link, and cannot sign in yet.
            Some((_, None)) | None => Ok(()),
        }
    })
    .await?;
    let needed = |field| ApiError::body(field, "is needed");
    let name = acceptance.name.ok_or_else(|| needed("name"))?;
    let language = acceptance.language.ok_or_else(|| needed("language"))?;
    let password = acceptance.password.ok_or_else(|| needed("password"))?;
    let password = Password::new(&password).map_err(|why| ApiError::body("password", why))?;
    let password_hash = off_thread(move || Ok(passwords::hash(&password, cost))).await?;
    app.write(move |conn| {
        let invitation = find_open(conn, &hash, now)?;
        let known = people::find_by_email(conn, invitation.email.as_str())?;
        if let Some((known, None)) = known {
            return claim(
                conn,
                &invitation,
                (known, name, language),
                &password_hash,
                now,
            );
        }
        let person = Person {
            id,
            email: invitation.email.clone(),
            name,
            language,
            phone: None,
            version: 1,
        };
        people::insert(conn, &person, Some(&password_hash), false, now)?;
        note_person(conn, id, now)?;
        accept(conn, &invitation, id, now)
    })
    .await
}

/// Makes somebody who answered by a link a person who signs in. What they did so far stays theirs.
fn claim(
    conn: &mut Conn,
    invitation: &Invitation,
    (known, name, language): (Person, Name, Language),
    password_hash: &str,
    now: Timestamp,
) -> ApiResult<AcceptedView> {
    let status = people::find_principal(conn, known.id)?.status;
    if status != PersonStatus::Active {
        return Err(Code::Unauthenticated.into());
    }
    let person = Person {
        name,
        language,
        ..known
    };
    people::save(conn, &person)?;
    people::save_password(conn, person.id, password_hash)?;
    let change = Change {
        action: "claimed",
        noun: Noun::Person,
        id: person.id.uuid(),
        version: person.version + 1,
        person: Some(person.id),
        party: None,
        detail: json!({}),
    };
    journal::insert(conn, &change, now)?;
    accept(conn, invitation, person.id, now)
}

/// The invitation, if it is open and what it is for is still there.
fn find_open(conn: &mut Conn, hash: &TokenHash, now: Timestamp) -> ApiResult<Invitation> {
    let invitation = invitations::find_open(conn, hash.as_str(), now)?;
    if let Target::Organisation(id, _) = invitation.target
        && organisations::find(conn, id)?.archived_at.is_some()
    {
        return Err(ApiError::not_found(Noun::Invitation));
    }
    Ok(invitation)
}

fn accept(
    conn: &mut Conn,
    invitation: &Invitation,
    person: PersonId,
    now: Timestamp,
) -> ApiResult<AcceptedView> {
    invitations::save_accepted(conn, invitation.id, now)?;
    let mut view = AcceptedView {
        person,
        organisation: None,
        role: None,
        programme: None,
    };
    match invitation.target {
        Target::Organisation(id, role) => {
            let before = people::find_principal(conn, person)?.role_in(id);
            // An owner who is invited as a member stays an owner.
            let role = before.map_or(role, |before| before.max(role));
            people::insert_membership(conn, person, id, role, now)?;
            journal::insert_note(conn, Noun::Membership, person.uuid())?;
            (view.organisation, view.role) = (Some(id), Some(role));
        }
        Target::Programme(id) => {
            people::insert_staff_grant(conn, person, id, now)?;
            journal::insert_note(conn, Noun::StaffGrant, person.uuid())?;
            view.programme = Some(id);
        }
    }
    let change = Change {
        action: "accepted",
        noun: Noun::Invitation,
        id: invitation.id.uuid(),
        version: 2,
        person: Some(person),
        party: None,
        detail: detail(invitation.target),
    };
    journal::insert(conn, &change, now)?;
    Ok(view)
}

fn note_person(conn: &mut Conn, person: PersonId, now: Timestamp) -> ApiResult<()> {
    let change = Change {
        action: "created",
        noun: Noun::Person,
        id: person.uuid(),
        version: 1,
        person: Some(person),
        party: None,
        detail: json!({}),
    };
    Ok(journal::insert(conn, &change, now)?)
}
