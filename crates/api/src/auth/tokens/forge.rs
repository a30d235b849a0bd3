//! A forger's workshop for tests: tokens signed with the right key that are wrong in one place.

use super::{AccessTokens, Claims, Principal, SigningKeys, Unauthorised};
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// The moment at which all tests of forged tokens play, in Unix seconds.
pub(super) const NOON: i64 = 1_775_044_800;

/// Whom the forged tokens name.
pub(super) const PRINCIPAL: Principal = Principal {
    person: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_00ad),
    session: Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_005e),
    generation: 3,
};

/// [`NOON`] as a timestamp.
pub(super) fn noon() -> Timestamp {
    Timestamp::from_second(NOON).unwrap()
}

/// A server's key with all that a forger could know of it, and two keys that are not the server's.
pub(super) struct Forge {
    pub(super) ours: Ed25519KeyPair,
    pub(super) theirs: Ed25519KeyPair,
    pub(super) retired: AccessTokens,
    pub(super) jwk: Value,
    server: AccessTokens,
}

impl Forge {
    pub(super) fn new() -> Forge {
        let pem = SigningKeys::generate_pem();
        let keys = SigningKeys::from_pem(&pem).unwrap();
        Forge {
            ours: Ed25519KeyPair::from_pkcs8(pem::parse(&pem).unwrap().contents()).unwrap(),
            theirs: Ed25519KeyPair::generate().unwrap(),
            retired: tokens_of(SigningKeys::from_pem(&SigningKeys::generate_pem()).unwrap()),
            jwk: keys.jwks()["keys"][0].clone(),
            server: tokens_of(keys),
        }
    }

    pub(super) fn verify(&self, token: &str) -> Result<Claims, Unauthorised> {
        self.server.verify(token, noon())
    }

    /// A token as the server makes it.
    pub(super) fn mint(&self) -> String {
        self.server.mint(&PRINCIPAL, noon())
    }

    /// A good token made by hand.
    pub(super) fn token(&self) -> String {
        self.sign_header(&self.header())
    }

    /// Header, payload and signature of [`Forge::token`], encoded.
    pub(super) fn parts(&self) -> (String, String, String) {
        let token = self.token();
        let mut parts = token.split('.').map(str::to_owned);
        let mut next = || parts.next().unwrap();
        (next(), next(), next())
    }

    pub(super) fn header(&self) -> Value {
        json!({"alg": "EdDSA", "typ": "at+jwt", "kid": self.jwk["kid"]})
    }

    pub(super) fn header_with(&self, name: &str, value: &Value) -> Value {
        let mut header = self.header();
        header[name] = value.clone();
        header
    }

    #[expect(clippy::unused_self, reason = "it reads as the twin of `header`")]
    pub(super) fn payload(&self) -> Value {
        json!({
            "iss": "nakodo",
            "aud": "nakodo-api",
            "sub": PRINCIPAL.person,
            "sid": PRINCIPAL.session,
            "jti": Uuid::from_u128(1),
            "iat": NOON,
            "nbf": NOON,
            "exp": NOON + 900,
            "gen": 3,
        })
    }

    pub(super) fn payload_with(&self, name: &str, value: &Value) -> Value {
        let mut payload = self.payload();
        payload[name] = value.clone();
        payload
    }

    /// The good payload as a list, in the order in which the server's struct declares its members.
    pub(super) fn payload_in_order(&self) -> Value {
        let payload = self.payload();
        [
            "iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "gen",
        ]
        .map(|name| payload[name].clone())
        .to_vec()
        .into()
    }

    /// A good payload under this header, signed.
    pub(super) fn sign_header(&self, header: &Value) -> String {
        sign(&self.ours, &header.to_string(), &self.payload().to_string())
    }

    pub(super) fn with_header(&self, name: &str, value: &Value) -> String {
        self.sign_header(&self.header_with(name, value))
    }

    /// This payload under a good header, signed.
    pub(super) fn sign_payload(&self, payload: &Value) -> String {
        sign(&self.ours, &self.header().to_string(), &payload.to_string())
    }

    pub(super) fn with(&self, name: &str, value: &Value) -> String {
        self.sign_payload(&self.payload_with(name, value))
    }

    pub(super) fn without(&self, name: &str) -> String {
        let mut payload = self.payload();
        payload.as_object_mut().unwrap().remove(name).unwrap();
        self.sign_payload(&payload)
    }

    pub(super) fn with_lifetime(&self, from: i64, until: i64) -> String {
        let mut payload = self.payload();
        payload["iat"] = json!(from);
        payload["nbf"] = json!(from.min(NOON));
        payload["exp"] = json!(until);
        self.sign_payload(&payload)
    }

    /// Tokens whose time `name` is no whole number of seconds in range.
    pub(super) fn with_no_time(&self, name: &str) -> Vec<String> {
        let near = NOON + 1;
        [
            "\"never\"".to_owned(),
            "\"9999999999\"".to_owned(),
            format!("\"{near}\""),
            format!("{near}.0"),
            format!("{near}e0"),
            format!("[{near}]"),
            "[]".to_owned(),
            "{}".to_owned(),
            "true".to_owned(),
            "null".to_owned(),
            "1e308".to_owned(),
            "1e999".to_owned(),
            "-1".to_owned(),
            "-0".to_owned(),
            "9223372036854775808".to_owned(),
            "18446744073709551616".to_owned(),
            "-9223372036854775808".to_owned(),
        ]
        .map(|text| self.with_raw(name, &text))
        .to_vec()
    }

    /// Tokens whose issuer or audience `name` is not exactly the right word.
    pub(super) fn with_no_name(&self, name: &str) -> Vec<String> {
        let right = self.payload()[name].clone();
        let word = right.as_str().unwrap();
        let mut tokens: Vec<String> = [
            json!([right]),
            json!([right, "evil"]),
            json!(["evil", right]),
            json!([]),
            json!({}),
            json!({word: true}),
            json!(null),
            json!(true),
            json!(""),
            json!("evil"),
            json!(word.to_uppercase()),
            json!(format!("{word} ")),
            json!(format!("{word}\0")),
            json!(format!("{word}/")),
        ]
        .iter()
        .map(|value| self.with(name, value))
        .collect();
        tokens.push(self.without(name));
        tokens
    }

    /// Tokens whose `name` is not the text of a UUID.
    pub(super) fn with_no_id(&self, name: &str) -> Vec<String> {
        let right = self.payload()[name].clone();
        let mut tokens: Vec<String> = [
            json!(1),
            json!(null),
            json!(""),
            json!("admin"),
            json!([right]),
        ]
        .iter()
        .map(|value| self.with(name, value))
        .collect();
        tokens.push(self.without(name));
        tokens
    }

    /// A good token in the alphabet of plain base64. Its payload is chosen so that the alphabets differ.
    pub(super) fn with_plus_and_slash(&self) -> String {
        let token = (0..10_000)
            .map(|second| self.with("nbf", &json!(NOON - second)))
            .find(|token| token.contains('-') && token.contains('_'))
            .unwrap();
        token.replace('-', "+").replace('_', "/")
    }

    /// A token that is good but for its length, which is at least `length` and at most three more.
    pub(super) fn of_length(&self, length: usize) -> String {
        let token = self.token();
        let blanks = " ".repeat((length - token.len()) * 3 / 4);
        let payload = format!("{}{blanks}", self.payload());
        sign(&self.ours, &self.header().to_string(), &payload)
    }

    fn with_raw(&self, name: &str, value: &str) -> String {
        let marked = self.payload_with(name, &json!("here")).to_string();
        let payload = marked.replace("\"here\"", value);
        sign(&self.ours, &self.header().to_string(), &payload)
    }
}

/// Base64url without padding.
pub(super) fn encode(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// A token of exactly these two texts with a true Ed25519 signature.
pub(super) fn sign(key: &Ed25519KeyPair, header: &str, payload: &str) -> String {
    let message = format!("{}.{}", encode(header), encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn tokens_of(keys: SigningKeys) -> AccessTokens {
    AccessTokens::new(Arc::new(keys))
}
