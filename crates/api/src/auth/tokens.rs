//! Access tokens: signed JWTs of fifteen minutes that say who and in which session, never what they may do.
//!
//! Every check that needs no database is here. Whether the person still exists, the session still stands and the
//! generation is still theirs is for the caller to look up.

use super::{keys::SigningKeys, secrets::random_bytes};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, Header, Validation};
use recent::Recent;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

mod recent;

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod forge;

/// How long an access token is good, and the longest that any may be good.
pub const ACCESS_TOKEN_SECONDS: i64 = 15 * 60;

/// How far the clocks of two replicas may differ.
const LEEWAY_SECONDS: i64 = 5;

/// Longer tokens are refused unread; ours have about 500 characters.
const TOKEN_LENGTH_MAX: usize = 4_096;

const ISSUER: &str = "nakodo";
const AUDIENCE: &str = "nakodo-api";

/// The media type that sets access tokens apart from all others, RFC 9068.
const TYPE: &str = "at+jwt";

/// Makes and checks access tokens.
#[derive(Debug)]
pub struct AccessTokens {
    keys: Arc<SigningKeys>,
    validation: Validation,
    recent: Recent,
}

impl AccessTokens {
    /// Tokens signed by the first of `keys` and accepted from all of them.
    pub fn new(keys: Arc<SigningKeys>) -> AccessTokens {
        let mut validation = Validation::new(Algorithm::EdDSA);
        // Required also means well formed, which for times is: not negative.
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        // The library would ask the system clock and take fractions; `check_times` does neither.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        AccessTokens {
            keys,
            validation,
            recent: Recent::default(),
        }
    }

    /// A token for `who`, good from `now` for [`ACCESS_TOKEN_SECONDS`].
    ///
    /// # Panics
    /// Never: a key that was read can sign.
    pub fn mint(&self, who: &Principal, now: Timestamp) -> String {
        let signer = self.keys.signer();
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(signer.kid.clone());
        let payload = Payload::new(who, now.as_second());
        jsonwebtoken::encode(&header, &payload, &signer.encoding)
            .expect("a key that was read can sign")
    }

    /// What the token says, if it was made here and is good at `now`.
    ///
    /// # Errors
    /// [`Unauthorised`] for every other text, without saying why. Nothing is fetched, whatever the token names.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, Unauthorised> {
        if token.len() > TOKEN_LENGTH_MAX {
            return Err(Unauthorised);
        }
        let payload = match self.recent.find(token) {
            Some(payload) => payload,
            None => self.read(token)?,
        };
        payload.check_times(now.as_second())?;
        payload.claims()
    }

    /// What a token says that one of the keys signed.
    fn read(&self, token: &str) -> Result<Arc<Payload>, Unauthorised> {
        let key = self.keys.find(&key_id(token)?).ok_or(Unauthorised)?;
        let payload = jsonwebtoken::decode::<Payload>(token, &key.decoding, &self.validation)
            .map_err(|_| Unauthorised)?
            .claims;
        let payload = Arc::new(payload);
        self.recent.keep(token, payload.clone());
        Ok(payload)
    }
}

/// Whom a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The person who signed in.
    pub person: Uuid,
    /// The session they opened.
    pub session: Uuid,
    /// The person's token generation. It is counted up to sign them out everywhere.
    pub generation: i64,
}

/// What a token said that passed every check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The person who signed in.
    pub person: Uuid,
    /// The session they opened.
    pub session: Uuid,
    /// The person's token generation when the token was made.
    pub generation: i64,
    /// The token's own id, `jti`.
    pub token: Uuid,
    /// When it was made, in whole seconds.
    pub issued_at: Timestamp,
    /// When it ends, in whole seconds.
    pub expires_at: Timestamp,
}

/// A token that is not good. Deliberately without a reason: the answer must be the same for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not signed in")]
pub struct Unauthorised;

/// The only header members there may be. Anything else (`crit`, `b64`, `jku`, `jwk`, `x5u`, `x5c`, `zip`, `enc` …)
/// and any member given twice is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
    kid: String,
}

/// The id of the key that the token names, once its header is in order.
fn key_id(token: &str) -> Result<String, Unauthorised> {
    let (header, _) = token.split_once('.').ok_or(Unauthorised)?;
    let json = URL_SAFE_NO_PAD.decode(header).map_err(|_| Unauthorised)?;
    let header: StrictHeader = serde_json::from_slice(&json).map_err(|_| Unauthorised)?;
    if header.alg == "EdDSA" && header.typ == TYPE {
        Ok(header.kid)
    } else {
        Err(Unauthorised)
    }
}

/// The payload on the wire; times are Unix seconds. Unknown and repeated members are refused, so a new claim needs one
/// release that reads it before one that writes it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    iss: String,
    aud: String,
    sub: Uuid,
    sid: Uuid,
    jti: Uuid,
    iat: i64,
    nbf: i64,
    exp: i64,
    #[serde(rename = "gen")]
    generation: i64,
}

impl Payload {
    fn new(who: &Principal, now: i64) -> Payload {
        Payload {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: who.person,
            sid: who.session,
            jti: uuid::Builder::from_random_bytes(random_bytes()).into_uuid(),
            iat: now,
            nbf: now,
            exp: now + ACCESS_TOKEN_SECONDS,
            generation: who.generation,
        }
    }

    /// `iat` and `nbf` have come, `exp` has not, and there are at most [`ACCESS_TOKEN_SECONDS`] between them.
    fn check_times(&self, now: i64) -> Result<(), Unauthorised> {
        let has_come = |time: i64| time <= now.saturating_add(LEEWAY_SECONDS);
        let is_over = self.exp.saturating_add(LEEWAY_SECONDS) <= now;
        let lifetime = self.exp.saturating_sub(self.iat);
        let good = has_come(self.iat)
            && has_come(self.nbf)
            && !is_over
            && (1..=ACCESS_TOKEN_SECONDS).contains(&lifetime);
        if good { Ok(()) } else { Err(Unauthorised) }
    }

    fn claims(&self) -> Result<Claims, Unauthorised> {
        let time = |second| Timestamp::from_second(second).map_err(|_| Unauthorised);
        Ok(Claims {
            person: self.sub,
            session: self.sid,
            generation: self.generation,
            token: self.jti,
            issued_at: time(self.iat)?,
            expires_at: time(self.exp)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    const WHO: Principal = Principal {
        person: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_00ad),
        session: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_005e),
        generation: 3,
    };

    fn noon() -> Timestamp {
        "2026-04-01T12:00:00Z".parse().unwrap()
    }

    fn tokens(pem: &str) -> AccessTokens {
        AccessTokens::new(Arc::new(SigningKeys::from_pem(pem).unwrap()))
    }

    #[test]
    fn a_token_that_was_used_is_refused_all_the_same_once_it_is_over() {
        let tokens = tokens(&SigningKeys::generate_pem());
        let token = tokens.mint(&WHO, noon());
        let verify = |minutes: i64| tokens.verify(&token, noon() + minutes.minutes()).is_ok();

        let good = [0, 7, 14, 16, 10, 20].map(verify);

        assert_eq!(good, [true, true, true, false, true, false]);
        let changed = token.replacen('.', ".A", 1);
        assert_eq!(tokens.verify(&changed, noon()), Err(Unauthorised));
    }

    #[test]
    fn a_token_says_who_signed_in_and_until_when() {
        let tokens = tokens(&SigningKeys::generate_pem());

        let claims = tokens.verify(&tokens.mint(&WHO, noon()), noon()).unwrap();

        assert_eq!(claims.person, WHO.person);
        assert_eq!(claims.session, WHO.session);
        assert_eq!(claims.generation, WHO.generation);
        assert_eq!(claims.issued_at, noon());
        assert_eq!(claims.expires_at, noon() + 15.minutes());
    }

    #[test]
    fn no_two_tokens_have_the_same_id() {
        let tokens = tokens(&SigningKeys::generate_pem());
        let id = || {
            tokens
                .verify(&tokens.mint(&WHO, noon()), noon())
                .unwrap()
                .token
        };

        assert_ne!(id(), id());
    }

    #[test]
    fn a_token_is_good_for_fifteen_minutes_and_the_leeway() {
        let tokens = tokens(&SigningKeys::generate_pem());
        let token = tokens.mint(&WHO, noon());
        let good_after = |seconds: i64| tokens.verify(&token, noon() + seconds.seconds()).is_ok();

        let moments = [-6, -5, 0, 900, 904, 905, 86_400].map(|second| (second, good_after(second)));

        assert_eq!(
            moments,
            [
                (-6, false),
                (-5, true),
                (0, true),
                (900, true),
                (904, true),
                (905, false),
                (86_400, false),
            ]
        );
    }

    #[test]
    fn a_token_outlives_the_rotation_of_its_key_while_that_key_stays_in_the_list() {
        let (old, new) = (SigningKeys::generate_pem(), SigningKeys::generate_pem());
        let token = tokens(&old).mint(&WHO, noon());

        assert!(
            tokens(&format!("{new}{old}"))
                .verify(&token, noon())
                .is_ok()
        );
        assert_eq!(tokens(&new).verify(&token, noon()), Err(Unauthorised));
    }

    #[test]
    fn a_token_names_its_type_and_key_and_no_permission() {
        let keys = SigningKeys::generate_pem();
        let token = tokens(&keys).mint(&WHO, noon());
        let part = |index| {
            let part = token.split('.').nth(index).unwrap();
            let json = URL_SAFE_NO_PAD.decode(part).unwrap();
            serde_json::from_slice::<serde_json::Map<_, serde_json::Value>>(&json).unwrap()
        };

        let (header, payload) = (part(0), part(1));

        assert_eq!(header["typ"], "at+jwt");
        assert_eq!(header["alg"], "EdDSA");
        assert_eq!(
            header["kid"],
            SigningKeys::from_pem(&keys).unwrap().jwks()["keys"][0]["kid"]
        );
        assert_eq!(
            payload.keys().collect::<Vec<_>>(),
            [
                "aud", "exp", "gen", "iat", "iss", "jti", "nbf", "sid", "sub"
            ]
        );
    }
}
