//! Attacks on the header: algorithms, keys and types that the forger would like the server to believe.

use super::super::forge::{Forge, encode, sign};
use aws_lc_rs::signature::KeyPair;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

pub(super) fn no_algorithm(forge: &Forge) -> Vec<String> {
    let (_, payload, signature) = forge.parts();
    let mut tokens = vec![format!(
        "{}.{payload}.",
        encode(&forge.header().to_string())
    )];
    for name in ["none", "None", "nOnE", "NONE", ""] {
        let header = encode(&forge.header_with("alg", &json!(name)).to_string());
        tokens.push(format!("{header}.{payload}."));
        tokens.push(format!("{header}.{payload}.{signature}"));
    }
    tokens.push(forge.sign_header(&without(forge.header(), "alg")));
    tokens
}

pub(super) fn hmac_with_public_key(forge: &Forge) -> Vec<String> {
    let public = forge.ours.public_key().as_ref();
    let der = [b"0*0\x05\x06\x03+ep\x03!\0".as_slice(), public].concat();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        STANDARD.encode(&der)
    );
    let x = URL_SAFE_NO_PAD.encode(public);
    let jwk = forge.jwk.to_string();
    let secrets: [&[u8]; 5] = [public, &der, pem.as_bytes(), x.as_bytes(), jwk.as_bytes()];
    let mut tokens = Vec::new();
    for secret in secrets {
        for alg in ["HS256", "EdDSA"] {
            let header = forge.header_with("alg", &json!(alg)).to_string();
            let message = format!(
                "{}.{}",
                encode(&header),
                encode(&forge.payload().to_string())
            );
            let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
            mac.update(message.as_bytes());
            let tag = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
            tokens.push(format!("{message}.{tag}"));
        }
    }
    tokens
}

pub(super) fn other_algorithms(forge: &Forge) -> Vec<String> {
    [
        "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
        "ES384", "ES512", "ES256K", "Ed25519", "Ed448", "EDDSA", "eddsa", "EdDSA ",
    ]
    .map(|alg| forge.sign_header(&forge.header_with("alg", &json!(alg))))
    .to_vec()
}

pub(super) fn own_jwk(forge: &Forge) -> Vec<String> {
    let x = URL_SAFE_NO_PAD.encode(forge.theirs.public_key());
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x});
    let header = forge.header_with("jwk", &jwk).to_string();
    vec![
        sign(&forge.theirs, &header, &forge.payload().to_string()),
        forge.with_header("jwk", &forge.jwk),
        forge.with_header("jwk", &json!(null)),
    ]
}

pub(super) fn own_urls(forge: &Forge) -> Vec<String> {
    let url = json!("http://127.0.0.1:9/keys");
    ["jku", "x5u"]
        .map(|name| forge.with_header(name, &url))
        .to_vec()
}

pub(super) fn own_certificates(forge: &Forge) -> Vec<String> {
    ["x5c", "x5t", "x5t#S256"]
        .into_iter()
        .flat_map(|name| {
            [json!(["MIIB"]), json!("MIIB"), json!([])].map(|v| forge.with_header(name, &v))
        })
        .collect()
}

pub(super) fn kid_is_a_path(forge: &Forge) -> Vec<String> {
    ["../../dev/null", "/etc/passwd", "file:///dev/null"]
        .map(|kid| forge.with_header("kid", &json!(kid)))
        .to_vec()
}

pub(super) fn kid_is_sql(forge: &Forge) -> Vec<String> {
    [
        "' OR 1=1 --",
        "x' UNION SELECT 'key",
        "'; DROP TABLE people; --",
    ]
    .map(|kid| forge.with_header("kid", &json!(kid)))
    .to_vec()
}

pub(super) fn kid_is_odd(forge: &Forge) -> Vec<String> {
    let kid = forge.header()["kid"].clone();
    let upper = json!(format!("{}\0", kid.as_str().unwrap()));
    let long = json!("k".repeat(10_000));
    let mut tokens: Vec<String> = [
        json!("unknown"),
        json!(""),
        json!(0),
        json!(null),
        json!("\0"),
        json!([kid]),
        upper,
        long,
    ]
    .iter()
    .map(|kid| forge.with_header("kid", kid))
    .collect();
    tokens.push(forge.sign_header(&without(forge.header(), "kid")));
    tokens
}

pub(super) fn crit(forge: &Forge) -> Vec<String> {
    [json!(["x"]), json!(["exp"]), json!([]), json!(null)]
        .map(|crit| forge.with_header("crit", &crit))
        .to_vec()
}

pub(super) fn b64(forge: &Forge) -> Vec<String> {
    let mut both = forge.header_with("b64", &json!(false));
    both["crit"] = json!(["b64"]);
    vec![
        forge.with_header("b64", &json!(false)),
        forge.with_header("b64", &json!(true)),
        forge.sign_header(&both),
    ]
}

pub(super) fn other_types(forge: &Forge) -> Vec<String> {
    let mut tokens = [
        json!("JWT"),
        json!("jwt"),
        json!("AT+JWT"),
        json!("application/at+jwt"),
        json!("rt+jwt"),
        json!("refresh"),
        json!("reset"),
        json!("email-verify"),
        json!("webhook"),
        json!(""),
        json!(null),
        json!(["at+jwt"]),
    ]
    .map(|typ| forge.with_header("typ", &typ))
    .to_vec();
    tokens.push(forge.sign_header(&without(forge.header(), "typ")));
    tokens
}

pub(super) fn compressed(forge: &Forge) -> Vec<String> {
    let header = encode(r#"{"alg":"dir","enc":"A256GCM","zip":"DEF","typ":"at+jwt"}"#);
    vec![
        forge.with_header("zip", &json!("DEF")),
        forge.with_header("enc", &json!("A256GCM")),
        forge.with_header("cty", &json!("JWT")),
        format!("{header}..AAAA.{}.AAAA", "A".repeat(2_000)),
    ]
}

fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().unwrap().remove(name).unwrap();
    object
}
