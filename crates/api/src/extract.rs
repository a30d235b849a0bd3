//! Extractors: after them nobody validates again. A handler's signature says who may call it, with what.

use std::{
    future::{Future, Ready, ready},
    pin::Pin,
};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderName},
    web::BytesMut,
};
use domain::{
    Id, Language, MachineTokenId, Marker, OrganisationId, PersonId, PersonStatus, Principal,
    SessionId,
};
use futures_util::StreamExt;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use store::Conn;

use crate::{
    app::App,
    auth::{
        scopes::scope_of,
        secrets::{MACHINE_PREFIX, TokenHash},
    },
    border,
    error::{ApiError, ApiResult, Code, FieldError},
};

/// Bytes at most in a body; nothing that the hub takes is nearly so large.
pub const BODY_BYTES_MAX: usize = 512 * 1024;

/// Somebody who is signed in. What they may do stands in [`Signed::principal`], at most a second old; transactions
/// that write read it again with [`Signed::recheck`].
#[derive(Clone, Debug)]
pub struct Signed {
    /// Who.
    pub person: PersonId,
    /// With which sign-in.
    pub session: SessionId,
    generation: i64,
    /// The machine token that was sent in place of a sign-in.
    machine: Option<Machine>,
    /// What they may do, by the snapshot.
    pub principal: Principal,
}

/// Another system that acts for somebody.
#[derive(Clone, Copy, Debug)]
struct Machine {
    id: MachineTokenId,
    organisation: Option<OrganisationId>,
}

impl Signed {
    /// What the caller may do by the database, now, in this transaction.
    ///
    /// # Errors
    /// 401 if the caller may not sign in any more, or the sign-in was ended.
    pub fn recheck(&self, conn: &mut Conn, now: Timestamp) -> ApiResult<Principal> {
        let me = match store::people::find_principal(conn, self.person) {
            Err(store::StoreError::NotFound(_)) => return Err(Code::Unauthenticated.into()),
            found => found?,
        };
        if let Some(machine) = self.machine {
            return machine.recheck(conn, me, now);
        }
        let good = me.status == PersonStatus::Active
            && me.generation == self.generation
            && store::sessions::is_alive(conn, self.session, now)?;
        if good {
            Ok(me)
        } else {
            Err(Code::Unauthenticated.into())
        }
    }
}

impl Machine {
    /// What is left of the person's rights, if the token is still good.
    fn recheck(self, conn: &mut Conn, me: Principal, now: Timestamp) -> ApiResult<Principal> {
        let token = match store::machine_tokens::find(conn, self.id) {
            Err(store::StoreError::NotFound(_)) => return Err(Code::Unauthenticated.into()),
            found => found?,
        };
        if me.status != PersonStatus::Active || token.expires_at <= now {
            return Err(Code::Unauthenticated.into());
        }
        Ok(me.for_machine(self.organisation))
    }
}

/// Who sends a machine token, and may do this with it.
fn machine(app: &App, request: &HttpRequest, token: &str) -> ApiResult<Signed> {
    let (snapshot, now) = (app.live().snapshot(), app.now());
    let found = snapshot
        .machine_token(TokenHash::of(token).as_str())
        .filter(|token| token.expires_at > now)
        .and_then(|token| Some((token, snapshot.principal(token.person)?)))
        .filter(|(_, principal)| principal.status == PersonStatus::Active);
    let Some((token, principal)) = found else {
        return Err(Code::Unauthenticated.into());
    };
    let route = request.match_pattern().unwrap_or_default();
    let scope = scope_of(request.method(), &route);
    if !scope.is_some_and(|scope| token.scopes.contains(&scope)) {
        return Err(Code::ScopeMissing.into());
    }
    app.note_machine_use(token.id, now);
    Ok(Signed {
        person: token.person,
        session: Id::from_uuid(token.id.uuid()),
        generation: principal.generation,
        machine: Some(Machine {
            id: token.id,
            organisation: token.organisation,
        }),
        principal: principal.clone().for_machine(token.organisation),
    })
}

fn signed(request: &HttpRequest) -> ApiResult<Signed> {
    let app = app_of(request)?;
    let unauthenticated = || ApiError::from(Code::Unauthenticated);
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    let (Some(value), None) = (headers.next(), headers.next()) else {
        return Err(unauthenticated());
    };
    let token = value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"))
        .map(|(_, token)| token)
        .ok_or_else(unauthenticated)?;
    if token.starts_with(MACHINE_PREFIX) {
        return machine(app, request, token);
    }
    let claims = app
        .tokens()
        .verify(token, app.now())
        .map_err(|_| unauthenticated())?;
    let (person, session) = (Id::from_uuid(claims.person), Id::from_uuid(claims.session));
    let snapshot = app.live().snapshot();
    let principal = snapshot
        .principal(person)
        .filter(|principal| {
            principal.status == PersonStatus::Active && principal.generation == claims.generation
        })
        .filter(|_| !snapshot.is_revoked(session))
        .ok_or_else(unauthenticated)?;
    Ok(Signed {
        person,
        session,
        generation: claims.generation,
        machine: None,
        principal: principal.clone(),
    })
}

impl FromRequest for Signed {
    type Error = ApiError;
    type Future = Ready<ApiResult<Signed>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(signed(request))
    }
}

/// The address of the caller, for limits: the peer's, or the last hop before a trusted proxy.
#[derive(Clone, Debug)]
pub struct CallerAddress(pub String);

impl FromRequest for CallerAddress {
    type Error = ApiError;
    type Future = Ready<ApiResult<CallerAddress>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(app_of(request).map(|app| CallerAddress(address_of(app, request))))
    }
}

pub(crate) fn address_of(app: &App, request: &HttpRequest) -> String {
    let peer = || {
        request
            .peer_addr()
            .map_or_else(|| "unknown".to_owned(), |address| address.ip().to_string())
    };
    if !app.is_behind_proxy() {
        return peer();
    }
    // The proxy appends the peer it saw: only the last entry is its own word.
    request
        .headers()
        .get_all(HeaderName::from_static("x-forwarded-for"))
        .last()
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.rsplit(',').next())
        .and_then(|address| address.trim().parse::<std::net::IpAddr>().ok())
        .map_or_else(peer, |address| address.to_string())
}

/// The language of the reader.
#[derive(Clone, Copy, Debug)]
pub struct Reader(pub Language);

impl FromRequest for Reader {
    type Error = ApiError;
    type Future = Ready<ApiResult<Reader>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Reader(border::accepted(request.headers()))))
    }
}

fn app_of(request: &HttpRequest) -> ApiResult<&App> {
    request
        .app_data::<App>()
        .ok_or_else(|| ApiError::internal("the app is not there"))
}

/// A JSON body. Not JSON: 400; JSON of the wrong shape: 422 with the path of the field; too large: 413; another media
/// type: 415.
#[derive(Debug)]
pub struct Body<T> {
    /// What was sent.
    pub value: T,
    /// SHA-256 of method, path and body, in hex: what an `Idempotency-Key` stands for.
    pub hash: String,
}

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = ApiResult<Body<T>>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let mut payload = payload.take();
        let media_type = request.content_type().to_ascii_lowercase();
        let encoded = request.headers().contains_key(header::CONTENT_ENCODING);
        let mut hash = Sha256::new();
        hash.update(request.method().as_str());
        hash.update(request.path());
        Box::pin(async move {
            if media_type != "application/json" || encoded {
                return Err(Code::UnsupportedMediaType.into());
            }
            let mut bytes = BytesMut::new();
            while let Some(chunk) = payload.next().await {
                let chunk = chunk.map_err(|_| ApiError::from(Code::MalformedJson))?;
                if bytes.len() + chunk.len() > BODY_BYTES_MAX {
                    return Err(Code::BodyTooLarge.into());
                }
                bytes.extend_from_slice(&chunk);
            }
            hash.update(&bytes);
            Ok(Body {
                value: from_json(&bytes)?,
                hash: hex(&hash.finalize()),
            })
        })
    }
}

/// The body of a step that says all by its name: `{}`.
#[derive(Clone, Copy, Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.extend([byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]));
    }
    text
}

fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> ApiResult<T> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if inner.classify() != serde_json::error::Category::Data {
            return Code::MalformedJson.into();
        }
        let message = inner.to_string();
        let message = message
            .rsplit_once(" at line ")
            .map_or(message.as_str(), |(message, _)| message);
        // A missing or unknown field is known by the parent's path: name the field itself.
        let named = ["missing field `", "unknown field `", "duplicate field `"]
            .iter()
            .find_map(|start| message.strip_prefix(start)?.split_once('`'))
            .map(|(name, _)| name);
        let field = match (path.as_str(), named) {
            ("." | "", Some(name)) => name.to_owned(),
            (path, Some(name)) if !path.ends_with(name) => format!("{path}.{name}"),
            (path, _) => path.to_owned(),
        };
        ApiError::body(field, message)
    })?;
    deserializer
        .end()
        .map_err(|_| ApiError::from(Code::MalformedJson))?;
    Ok(value)
}

/// The query of the URL. An unknown parameter, one given twice, and a bad value are 400, with the name of the parameter.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = Ready<ApiResult<Query<T>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let query = request.query_string();
        // Most are in order; only for the others is it found out where they are not.
        let read = T::deserialize(pairs(query)).or_else(|_| read_with_path(query));
        ready(read.map(Query))
    }
}

fn pairs(query: &str) -> serde_urlencoded::Deserializer<'_> {
    serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()))
}

fn read_with_path<T: DeserializeOwned>(query: &str) -> ApiResult<T> {
    serde_path_to_error::deserialize(pairs(query)).map_err(|error| {
        let path = error.path().to_string();
        let message = error.into_inner().to_string();
        let named = message.split('`').nth(1).unwrap_or_default().to_owned();
        let field = if path == "." || path.is_empty() {
            named
        } else {
            path
        };
        ApiError {
            fields: vec![FieldError { field, message }],
            ..Code::InvalidQuery.into()
        }
    })
}

/// The id in a path. What is no id names nothing: 404, as an id that nobody has.
#[derive(Debug)]
pub struct PathId<T>(pub Id<T>);

impl<T: Marker + 'static> FromRequest for PathId<T> {
    type Error = ApiError;
    type Future = Ready<ApiResult<PathId<T>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(path_id(request, "id").map(PathId))
    }
}

/// A second id in a path, under its own name in the route: `{asset}`, `{person}`, `{other}`.
///
/// # Errors
/// 404 for what is no id.
pub(crate) fn path_id<T: Marker>(request: &HttpRequest, name: &str) -> ApiResult<Id<T>> {
    request
        .match_info()
        .get(name)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| ApiError::not_found(T::NOUN))
}

/// The version that a caller read, from `If-Match`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// No header.
    Absent,
    /// `*`: any version, but one must be there.
    Any,
    /// `"7"`.
    Version(u32),
    /// A tag that is no version of anything here.
    Other,
}

impl IfMatch {
    /// Checks a version against the header.
    ///
    /// # Errors
    /// 428 without the header; 412 if it does not fit.
    pub fn require(self, version: u32) -> ApiResult<()> {
        match self {
            IfMatch::Absent => Err(Code::PreconditionRequired.into()),
            given => given.allow(version),
        }
    }

    /// Checks a version against the header, if there is one.
    ///
    /// # Errors
    /// 412 if it does not fit.
    pub fn allow(self, version: u32) -> ApiResult<()> {
        match self {
            IfMatch::Absent | IfMatch::Any => Ok(()),
            IfMatch::Version(given) if given == version => Ok(()),
            IfMatch::Version(_) | IfMatch::Other => Err(Code::PreconditionFailed.into()),
        }
    }
}

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<ApiResult<IfMatch>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let given = request.headers().get(header::IF_MATCH).map(|value| {
            let value = value.to_str().unwrap_or_default().trim();
            if value == "*" {
                return IfMatch::Any;
            }
            value
                .strip_prefix('"')
                .and_then(|value| value.strip_suffix('"'))
                .and_then(|version| version.parse().ok())
                .map_or(IfMatch::Other, IfMatch::Version)
        });
        ready(Ok(given.unwrap_or(IfMatch::Absent)))
    }
}

/// The `Idempotency-Key` of a creating request: 1 to 255 visible ASCII characters.
#[derive(Clone, Debug)]
pub struct IdempotencyKey(pub Option<String>);

impl FromRequest for IdempotencyKey {
    type Error = ApiError;
    type Future = Ready<ApiResult<IdempotencyKey>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        const NAME: HeaderName = HeaderName::from_static("idempotency-key");
        let Some(value) = request.headers().get(NAME) else {
            return ready(Ok(IdempotencyKey(None)));
        };
        let key = value.to_str().unwrap_or_default();
        let fits = matches!(key.len(), 1..=255) && key.bytes().all(|byte| byte.is_ascii_graphic());
        ready(if fits {
            Ok(IdempotencyKey(Some(key.to_owned())))
        } else {
            let message = "is not 1 to 255 visible ASCII characters";
            Err(ApiError::field(
                Code::InvalidHeader,
                "Idempotency-Key",
                message,
            ))
        })
    }
}

/// A page of a list: how many, and from where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(u8);

impl PageSize {
    /// The most items on a page.
    pub const MAX: u8 = 100;

    /// Items on a page.
    pub const fn get(self) -> usize {
        self.0 as usize
    }

    /// As a database counts.
    pub const fn as_limit(self) -> i64 {
        self.0 as i64
    }
}

impl Default for PageSize {
    /// 20, as the design's examples.
    fn default() -> Self {
        PageSize(20)
    }
}

impl<'de> serde::Deserialize<'de> for PageSize {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let size = u64::deserialize(deserializer)?;
        match u8::try_from(size) {
            Ok(size @ 1..=PageSize::MAX) => Ok(PageSize(size)),
            _ => Err(serde::de::Error::custom(format!(
                "is not between 1 and {}",
                PageSize::MAX
            ))),
        }
    }
}

impl utoipa::PartialSchema for PageSize {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::Type::Integer)
            .minimum(Some(1))
            .maximum(Some(f64::from(PageSize::MAX)))
            .default(Some(20.into()))
            .into()
    }
}
impl utoipa::ToSchema for PageSize {}
