//! Sign-in: sessions, refresh tokens that are good once, and sign-out.

use actix_web::{HttpResponse, delete, http::header, post};
use domain::{EmailAddress, Noun, PersonId, PersonStatus};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    Conn,
    journal::{self, Change},
    people,
    sessions::{self, Session, Spent},
};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    app::{App, off_thread},
    auth::{
        passwords::{self, Password},
        secrets::{OpaqueToken, TokenHash, TokenKind},
        tokens::{self, ACCESS_TOKEN_SECONDS},
    },
    error::{ApiError, ApiResult, Code},
    extract::{Body, CallerAddress, Signed},
    limits,
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(create_session)
        .service(refresh_session)
        .service(delete_session)
        .service(delete_sessions);
}

/// A session ends at the latest so long after the sign-in, however often it is refreshed. Our choice.
const SESSION_LIFETIME: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    /// The address.
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// The password.
    #[schema(format = Password, max_length = 1000)]
    password: String,
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refresh {
    /// The token that the last answer carried. It is good once.
    #[schema(max_length = 200)]
    refresh_token: String,
}

/// The tokens of a session.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tokens {
    /// For the header `Authorization: Bearer …`.
    access_token: String,
    /// For `POST /v1/sessions/refresh`, once.
    refresh_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// Seconds until the access token is void.
    expires_in: i64,
}

/// Sign in.
#[utoipa::path(tag = "sign-in", security(()), request_body = Credentials, responses((status = 201, body = Tokens), ApiError))]
#[post("/sessions")]
pub(crate) async fn create_session(
    credentials: Body<Credentials>,
    address: CallerAddress,
    app: App,
) -> ApiResult<HttpResponse> {
    let Credentials { email, password } = credentials.value;
    let email = email.trim().to_lowercase();
    limits::sign_in(&app, &email, &address.0).await?;
    // What is no address is nobody's, and not every text can be asked a database for.
    let found = match email.parse::<EmailAddress>() {
        Ok(_) => {
            app.read(move |conn| Ok(people::find_by_email(conn, &email)?))
                .await?
        }
        Err(_) => None,
    };
    let person = off_thread(move || {
        let hash = found.as_ref().and_then(|(_, hash)| hash.as_deref());
        // A text that can be no password is as wrong as any other, and costs the same work.
        let fits = match Password::new(&password) {
            Ok(password) => passwords::verify(&password, hash),
            Err(_) => false,
        };
        match found {
            Some((person, _)) if fits => Ok(person.id),
            _ => Err(Code::WrongCredentials.into()),
        }
    })
    .await?;
    let now = app.now();
    let session = Session {
        id: app.new_id(),
        person,
        expires_at: now.saturating_add(SESSION_LIFETIME).unwrap_or(now),
        revoked_at: None,
    };
    let tokens = {
        let app = app.clone();
        app.clone()
            .write(move |conn| open(conn, &app, &session, now))
            .await?
    };
    Ok(answer(HttpResponse::Created(), &tokens))
}

fn open(conn: &mut Conn, app: &App, session: &Session, now: Timestamp) -> ApiResult<Tokens> {
    let me = people::find_principal(conn, session.person)?;
    if me.status != PersonStatus::Active {
        return Err(Code::WrongCredentials.into());
    }
    let (refresh, hash) = OpaqueToken::generate(TokenKind::Refresh);
    sessions::insert(conn, session, hash.as_str(), now)?;
    note(conn, "created", session, 1, now)?;
    Ok(tokens_of(app, session, me.generation, refresh, now))
}

fn tokens_of(
    app: &App,
    session: &Session,
    generation: i64,
    refresh: OpaqueToken,
    now: Timestamp,
) -> Tokens {
    let who = tokens::Principal {
        person: session.person.uuid(),
        session: session.id.uuid(),
        generation,
    };
    Tokens {
        access_token: app.tokens().mint(&who, now),
        refresh_token: refresh.reveal(),
        token_type: "Bearer",
        expires_in: ACCESS_TOKEN_SECONDS,
    }
}

fn answer(mut with: actix_web::HttpResponseBuilder, tokens: &Tokens) -> HttpResponse {
    with.insert_header((header::CACHE_CONTROL, "no-store"))
        .json(tokens)
}

fn note(
    conn: &mut Conn,
    action: &'static str,
    session: &Session,
    version: u32,
    now: Timestamp,
) -> ApiResult<()> {
    let change = Change {
        action,
        noun: Noun::Session,
        id: session.id.uuid(),
        version,
        person: Some(session.person),
        party: None,
        detail: json!({}),
    };
    Ok(journal::insert(conn, &change, now)?)
}

/// Exchange a refresh token for new tokens.
///
/// A refresh token is good once. Handing one in a second time ends the session: somebody else has a copy.
#[utoipa::path(tag = "sign-in", security(()), request_body = Refresh, responses((status = 200, body = Tokens), ApiError))]
#[post("/sessions/refresh")]
pub(crate) async fn refresh_session(
    refresh: Body<Refresh>,
    address: CallerAddress,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &address.0).await?;
    let hash = TokenHash::of(&refresh.value.refresh_token);
    let now = app.now();
    // A copy that comes back ends the session, and that must be kept: so the refusal is a value, not an error.
    let outcome = {
        let app = app.clone();
        app.clone()
            .write(move |conn| exchange(conn, &app, &hash, now))
            .await?
    };
    let tokens = outcome.ok_or(ApiError::from(Code::WrongRefreshToken))?;
    Ok(answer(HttpResponse::Ok(), &tokens))
}

fn exchange(
    conn: &mut Conn,
    app: &App,
    hash: &TokenHash,
    now: Timestamp,
) -> ApiResult<Option<Tokens>> {
    let session = match sessions::save_spent(conn, hash.as_str(), now) {
        Err(store::StoreError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
        Ok(Spent::Before(session)) => {
            if session.revoked_at.is_none() {
                sessions::save_revoked(conn, session.id, now)?;
                note(conn, "token_reused", &session, 2, now)?;
            }
            return Ok(None);
        }
        Ok(Spent::Now(session)) => session,
    };
    let me = people::find_principal(conn, session.person)?;
    let over = session.revoked_at.is_some() || session.expires_at <= now;
    if over || me.status != PersonStatus::Active {
        return Ok(None);
    }
    let (refresh, hash) = OpaqueToken::generate(TokenKind::Refresh);
    sessions::insert_refresh_token(conn, &session, hash.as_str(), now)?;
    Ok(Some(tokens_of(app, &session, me.generation, refresh, now)))
}

/// Sign out here: this session's tokens are void within a second.
#[utoipa::path(tag = "sign-in", responses((status = 204), ApiError))]
#[delete("/sessions/current")]
pub(crate) async fn delete_session(caller: Signed, app: App) -> ApiResult<HttpResponse> {
    let (now, session) = (app.now(), session_of(&caller, app.now()));
    app.write_as(&caller, move |conn, _| {
        sessions::save_revoked(conn, session.id, now)?;
        note(conn, "signed_out", &session, 2, now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Sign out everywhere: every token of the caller is void within a second.
#[utoipa::path(tag = "sign-in", responses((status = 204), ApiError))]
#[delete("/sessions")]
pub(crate) async fn delete_sessions(caller: Signed, app: App) -> ApiResult<HttpResponse> {
    let now = app.now();
    app.write_as(&caller, move |conn, me| {
        end_all(conn, me.person, me.generation, now)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends every session of a person and voids every token.
pub(crate) fn end_all(
    conn: &mut Conn,
    person: PersonId,
    generation: i64,
    now: Timestamp,
) -> ApiResult<()> {
    sessions::save_all_revoked(conn, person, now)?;
    people::save_next_generation(conn, person)?;
    let change = Change {
        action: "signed_out_everywhere",
        noun: Noun::Person,
        id: person.uuid(),
        version: u32::try_from(generation + 1).unwrap_or(u32::MAX),
        person: Some(person),
        party: None,
        detail: json!({}),
    };
    Ok(journal::insert(conn, &change, now)?)
}

fn session_of(caller: &Signed, now: Timestamp) -> Session {
    Session {
        id: caller.session,
        person: caller.person,
        expires_at: now,
        revoked_at: None,
    }
}
