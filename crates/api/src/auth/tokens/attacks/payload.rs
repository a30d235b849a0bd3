//! Attacks on the payload: claims that are missing, odd or told twice, most of them truly signed.

use super::super::forge::{Forge, NOON, encode, sign};
use serde_json::{Value, json};

pub(super) fn exp_missing(forge: &Forge) -> Vec<String> {
    vec![forge.without("exp")]
}

pub(super) fn exp_is_no_time(forge: &Forge) -> Vec<String> {
    forge.with_no_time("exp")
}

pub(super) fn exp_is_past(forge: &Forge) -> Vec<String> {
    [NOON - 6, NOON - 5]
        .map(|exp| forge.with_lifetime(exp - 900, exp))
        .to_vec()
}

pub(super) fn exp_is_too_far(forge: &Forge) -> Vec<String> {
    [NOON + 901, NOON + 86_400, i64::MAX]
        .map(|exp| forge.with_lifetime(NOON, exp))
        .to_vec()
}

pub(super) fn nbf(forge: &Forge) -> Vec<String> {
    let mut tokens = forge.with_no_time("nbf");
    tokens.extend([forge.without("nbf"), forge.with("nbf", &json!(NOON + 6))]);
    tokens
}

pub(super) fn iat(forge: &Forge) -> Vec<String> {
    let mut tokens = forge.with_no_time("iat");
    tokens.extend([
        forge.without("iat"),
        forge.with_lifetime(NOON + 6, NOON + 900),
        forge.with_lifetime(NOON + 4, NOON + 4),
        forge.with_lifetime(NOON + 4, NOON + 3),
    ]);
    tokens
}

pub(super) fn iss(forge: &Forge) -> Vec<String> {
    forge.with_no_name("iss")
}

pub(super) fn aud(forge: &Forge) -> Vec<String> {
    forge.with_no_name("aud")
}

pub(super) fn sub(forge: &Forge) -> Vec<String> {
    forge.with_no_id("sub")
}

pub(super) fn edited(forge: &Forge) -> Vec<String> {
    let (header, _, signature) = forge.parts();
    [
        ("gen", json!(99)),
        ("exp", json!(NOON + 899)),
        ("role", json!("admin")),
    ]
    .map(|(name, value)| encode(&forge.payload_with(name, &value).to_string()))
    .map(|payload| format!("{header}.{payload}.{signature}"))
    .to_vec()
}

pub(super) fn role(forge: &Forge) -> Vec<String> {
    vec![
        forge.with("role", &json!("admin")),
        forge.with("staff", &json!(true)),
    ]
}

pub(super) fn members_twice(forge: &Forge) -> Vec<String> {
    let (header, payload) = (forge.header().to_string(), forge.payload().to_string());
    let more = |json: &str, member: &str| json.replacen('{', &format!("{{{member},"), 1);
    let mut tokens: Vec<String> = [
        r#""alg":"none""#,
        r#""alg":"EdDSA""#,
        r#""kid":"x""#,
        r#""typ":"JWT""#,
    ]
    .map(|member| sign(&forge.ours, &more(&header, member), &payload))
    .to_vec();
    tokens.extend(
        [
            r#""sub":"x""#,
            r#""exp":1"#,
            r#""\u0065xp":1"#,
            r#""gen":3"#,
            r#""x":1,"x":2"#,
        ]
        .map(|member| sign(&forge.ours, &header, &more(&payload, member))),
    );
    let values = |object: Value| json!(object.as_object().unwrap().values().collect::<Vec<_>>());
    tokens.extend([
        sign(&forge.ours, &values(forge.header()).to_string(), &payload),
        sign(&forge.ours, &header, &values(forge.payload()).to_string()),
        sign(&forge.ours, &header, &forge.payload_in_order().to_string()),
        sign(&forge.ours, &format!("{header}{header}"), &payload),
        sign(&forge.ours, &header, &format!("{payload}{payload}")),
    ]);
    tokens
}

pub(super) fn other_ids(forge: &Forge) -> Vec<String> {
    let mut tokens = [forge.with_no_id("jti"), forge.with_no_id("sid")].concat();
    tokens.push(forge.without("gen"));
    tokens.extend(
        [json!("3"), json!(3.0), json!(null), json!(1_u64 << 63)]
            .map(|odd| forge.with("gen", &odd)),
    );
    tokens
}
