//! What forgers send: one table of attacks, each of which must get the same refusal.

use super::{
    TOKEN_LENGTH_MAX, Unauthorised,
    forge::{Forge, NOON, PRINCIPAL, encode, noon, sign},
};
use aws_lc_rs::signature::KeyPair;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD},
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Number and name of an attack, and the tokens that try it.
type Row = (u8, &'static str, fn(&Forge) -> Vec<String>);

/// Tokens can show these; a row that stands in [`ELSEWHERE`] too has a half that they cannot.
const TABLE: &[Row] = &[
    (1, "no algorithm", no_algorithm),
    (2, "HMAC with our public key", hmac_with_public_key),
    (3, "another algorithm in the header", other_algorithms),
    (4, "own jwk", own_jwk),
    (5, "jku and x5u of the attacker", own_urls),
    (6, "x5c of the attacker", own_certificates),
    (7, "kid is a path", kid_is_a_path),
    (8, "kid is SQL", kid_is_sql),
    (9, "kid is odd", kid_is_odd),
    (10, "crit", crit),
    (11, "b64", b64),
    (12, "exp missing", exp_missing),
    (13, "exp is no time", exp_is_no_time),
    (14, "exp is past the leeway", exp_is_past),
    (15, "exp is too far", exp_is_too_far),
    (16, "nbf in the future or no time", nbf),
    (17, "iat in the future or no time", iat),
    (18, "iss missing, wrong or a list", iss),
    (19, "aud missing, wrong or a list", aud),
    (20, "sub missing or no id", sub),
    (21, "token of another type", other_types),
    (22, "payload edited and not signed again", edited),
    (23, "role in the token", role),
    (24, "members twice or without names", members_twice),
    (25, "jti, sid or gen missing or odd", other_ids),
    (26, "key that was taken out of rotation", retired_key),
    (27, "key of another environment", other_environment),
    (28, "too few or too many parts", wrong_parts),
    (29, "compressed or encrypted", compressed),
    (30, "base64 of another kind", other_base64),
    (31, "cut or flipped", cut_or_flipped),
    (32, "degenerate signatures", degenerate_signatures),
    (33, "huge", huge),
];

/// What a token alone cannot show, and where it is shown.
const ELSEWHERE: &[(u8, &str, &str)] = &[
    (
        20,
        "sub is a deleted person",
        "needs the database: tests/it",
    ),
    (
        23,
        "role of another time",
        "tokens carry no role; what the database says is tested in tests/it",
    ),
    (
        25,
        "revoked session, old generation",
        "needs the database: tests/it",
    ),
    (
        34,
        "two Authorization headers, token in query or cookie",
        "needs a request: tests/it",
    ),
    (
        35,
        "refresh token used twice",
        "needs the database: tests/it",
    ),
    (
        36,
        "no secret or a sample as signing key",
        "keys.rs, a_key_that_keeps_no_secret_is_refused",
    ),
];

#[test]
fn every_forged_token_gets_the_same_refusal() {
    let forge = Forge::new();

    for (number, name, tokens) in TABLE {
        let tokens = tokens(&forge);

        assert!(!tokens.is_empty(), "row {number} tries nothing");
        for token in tokens {
            let start: String = token.chars().take(600).collect();
            assert_eq!(
                forge.verify(&token),
                Err(Unauthorised),
                "row {number}, {name}: {start}"
            );
        }
    }
}

#[test]
fn a_token_signed_by_hand_is_accepted_while_nothing_is_wrong_with_it() {
    let forge = Forge::new();

    for token in [
        forge.token(),
        forge.with("nbf", &json!(NOON - 60)),
        forge.with("gen", &json!(-1)),
        forge.of_length(TOKEN_LENGTH_MAX),
    ] {
        assert_eq!(
            forge.verify(&token).map(|claims| claims.person),
            Ok(PRINCIPAL.person)
        );
    }
}

#[test]
fn all_rows_of_the_table_are_tried_here_or_said_to_be_tried_elsewhere() {
    let here = TABLE.iter().map(|(number, ..)| *number);
    let elsewhere = ELSEWHERE.iter().map(|(number, ..)| *number);

    let rows: BTreeSet<u8> = here.chain(elsewhere).collect();

    assert_eq!(rows, (1..=36).collect());
}

#[test]
fn no_token_with_a_flipped_bit_or_an_end_cut_off_is_accepted() {
    let forge = Forge::new();
    let token = forge.mint();
    let flipped = (0..token.len() * 7).map(|bit| flip(&token, bit / 7, bit % 7));
    let cut = (1..token.len()).flat_map(|at| [token[..at].to_owned(), token[at..].to_owned()]);

    let mutants: BTreeSet<String> = flipped.chain(cut).collect();

    assert!(forge.verify(&token).is_ok());
    assert!(mutants.len() > 2_000, "{} mutants", mutants.len());
    assert!(!mutants.contains(&token));
    for mutant in mutants {
        assert_eq!(forge.verify(&mutant), Err(Unauthorised), "{mutant}");
    }
}

/// The text with one of the seven low bits of one byte flipped, so that it stays ASCII.
fn flip(token: &str, at: usize, bit: usize) -> String {
    let mut bytes = token.as_bytes().to_vec();
    bytes[at] ^= 1 << bit;
    String::from_utf8(bytes).unwrap()
}

fn no_algorithm(forge: &Forge) -> Vec<String> {
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

fn hmac_with_public_key(forge: &Forge) -> Vec<String> {
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
            let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret).unwrap();
            mac.update(message.as_bytes());
            let tag = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
            tokens.push(format!("{message}.{tag}"));
        }
    }
    tokens
}

fn other_algorithms(forge: &Forge) -> Vec<String> {
    [
        "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
        "ES384", "ES512", "ES256K", "Ed25519", "Ed448", "EDDSA", "eddsa", "EdDSA ",
    ]
    .map(|alg| forge.sign_header(&forge.header_with("alg", &json!(alg))))
    .to_vec()
}

fn own_jwk(forge: &Forge) -> Vec<String> {
    let x = URL_SAFE_NO_PAD.encode(forge.theirs.public_key());
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x});
    let header = forge.header_with("jwk", &jwk).to_string();
    vec![
        sign(&forge.theirs, &header, &forge.payload().to_string()),
        forge.with_header("jwk", &forge.jwk),
        forge.with_header("jwk", &json!(null)),
    ]
}

fn own_urls(forge: &Forge) -> Vec<String> {
    let url = json!("http://127.0.0.1:9/keys");
    ["jku", "x5u"]
        .map(|name| forge.with_header(name, &url))
        .to_vec()
}

fn own_certificates(forge: &Forge) -> Vec<String> {
    ["x5c", "x5t", "x5t#S256"]
        .into_iter()
        .flat_map(|name| {
            [json!(["MIIB"]), json!("MIIB"), json!([])].map(|v| forge.with_header(name, &v))
        })
        .collect()
}

fn kid_is_a_path(forge: &Forge) -> Vec<String> {
    ["../../dev/null", "/etc/passwd", "file:///dev/null"]
        .map(|kid| forge.with_header("kid", &json!(kid)))
        .to_vec()
}

fn kid_is_sql(forge: &Forge) -> Vec<String> {
    [
        "' OR 1=1 --",
        "x' UNION SELECT 'key",
        "'; DROP TABLE people; --",
    ]
    .map(|kid| forge.with_header("kid", &json!(kid)))
    .to_vec()
}

fn kid_is_odd(forge: &Forge) -> Vec<String> {
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

fn crit(forge: &Forge) -> Vec<String> {
    [json!(["x"]), json!(["exp"]), json!([]), json!(null)]
        .map(|crit| forge.with_header("crit", &crit))
        .to_vec()
}

fn b64(forge: &Forge) -> Vec<String> {
    let mut both = forge.header_with("b64", &json!(false));
    both["crit"] = json!(["b64"]);
    vec![
        forge.with_header("b64", &json!(false)),
        forge.with_header("b64", &json!(true)),
        forge.sign_header(&both),
    ]
}

fn exp_missing(forge: &Forge) -> Vec<String> {
    vec![forge.without("exp")]
}

fn exp_is_no_time(forge: &Forge) -> Vec<String> {
    forge.with_no_time("exp")
}

fn exp_is_past(forge: &Forge) -> Vec<String> {
    [NOON - 6, NOON - 5]
        .map(|exp| forge.with_lifetime(exp - 900, exp))
        .to_vec()
}

fn exp_is_too_far(forge: &Forge) -> Vec<String> {
    [NOON + 901, NOON + 86_400, i64::MAX]
        .map(|exp| forge.with_lifetime(NOON, exp))
        .to_vec()
}

fn nbf(forge: &Forge) -> Vec<String> {
    let mut tokens = forge.with_no_time("nbf");
    tokens.extend([forge.without("nbf"), forge.with("nbf", &json!(NOON + 6))]);
    tokens
}

fn iat(forge: &Forge) -> Vec<String> {
    let mut tokens = forge.with_no_time("iat");
    tokens.extend([
        forge.without("iat"),
        forge.with_lifetime(NOON + 6, NOON + 900),
        forge.with_lifetime(NOON + 4, NOON + 4),
        forge.with_lifetime(NOON + 4, NOON + 3),
    ]);
    tokens
}

fn iss(forge: &Forge) -> Vec<String> {
    forge.with_no_name("iss")
}

fn aud(forge: &Forge) -> Vec<String> {
    forge.with_no_name("aud")
}

fn sub(forge: &Forge) -> Vec<String> {
    forge.with_no_id("sub")
}

fn other_types(forge: &Forge) -> Vec<String> {
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

fn edited(forge: &Forge) -> Vec<String> {
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

fn role(forge: &Forge) -> Vec<String> {
    vec![
        forge.with("role", &json!("admin")),
        forge.with("staff", &json!(true)),
    ]
}

fn members_twice(forge: &Forge) -> Vec<String> {
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

fn other_ids(forge: &Forge) -> Vec<String> {
    let mut tokens = [forge.with_no_id("jti"), forge.with_no_id("sid")].concat();
    tokens.push(forge.without("gen"));
    tokens.extend(
        [json!("3"), json!(3.0), json!(null), json!(1_u64 << 63)]
            .map(|odd| forge.with("gen", &odd)),
    );
    tokens
}

fn retired_key(forge: &Forge) -> Vec<String> {
    vec![forge.retired.mint(&PRINCIPAL, noon())]
}

fn other_environment(forge: &Forge) -> Vec<String> {
    let payload = forge.payload().to_string();
    [forge.header(), forge.header_with("kid", &json!("staging"))]
        .map(|header| sign(&forge.theirs, &header.to_string(), &payload))
        .to_vec()
}

fn wrong_parts(forge: &Forge) -> Vec<String> {
    let token = forge.token();
    let (header, payload, signature) = forge.parts();
    let nested = URL_SAFE_NO_PAD.encode(&token);
    vec![
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        header.clone(),
        format!("{header}.{payload}"),
        format!("{header}{payload}{signature}"),
        format!("{token}."),
        format!(".{token}"),
        format!("{header}..{payload}.{signature}"),
        format!("{token}.{signature}"),
        format!("{token}.{payload}.{signature}"),
        format!("{header}.{nested}.{signature}"),
        sign(&forge.ours, &forge.header().to_string(), &token),
        sign(
            &forge.ours,
            &forge.header().to_string(),
            &json!(token).to_string(),
        ),
        format!("Bearer {token}"),
    ]
}

fn compressed(forge: &Forge) -> Vec<String> {
    let header = encode(r#"{"alg":"dir","enc":"A256GCM","zip":"DEF","typ":"at+jwt"}"#);
    vec![
        forge.with_header("zip", &json!("DEF")),
        forge.with_header("enc", &json!("A256GCM")),
        forge.with_header("cty", &json!("JWT")),
        format!("{header}..AAAA.{}.AAAA", "A".repeat(2_000)),
    ]
}

fn other_base64(forge: &Forge) -> Vec<String> {
    let token = forge.token();
    let (header, payload, signature) = forge.parts();
    let bytes = URL_SAFE_NO_PAD.decode(&signature).unwrap();
    let mut tokens = vec![
        format!("{header}.{payload}.{}", URL_SAFE.encode(&bytes)),
        format!("{header}.{payload}.{}", STANDARD.encode(&bytes)),
        format!("{header}.{payload}=.{signature}"),
        format!("{header}=.{payload}.{signature}"),
        forge.with_plus_and_slash(),
    ];
    for blank in [" ", "\n", "\r\n", "\t", "\0", "\u{a0}", "%20"] {
        tokens.extend([
            format!("{token}{blank}"),
            format!("{blank}{token}"),
            format!("{header}{blank}.{payload}.{signature}"),
            format!("{header}.{blank}{payload}.{signature}"),
        ]);
    }
    tokens.extend(other_last_letters(&token));
    tokens
}

/// 64 bytes end in a letter of which four bits mean nothing: fifteen more spellings of the same signature.
fn other_last_letters(token: &str) -> Vec<String> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (start, last) = token.split_at(token.len() - 1);
    let value = ALPHABET.find(last).unwrap();
    (1..16)
        .map(|low| &ALPHABET[value + low..=value + low])
        .map(|letter| format!("{start}{letter}"))
        .collect()
}

fn cut_or_flipped(forge: &Forge) -> Vec<String> {
    let token = forge.token();
    let (header, payload, signature) = forge.parts();
    let mut tokens: Vec<String> = [1, 2, 4, 43, 85]
        .map(|fewer| token[..token.len() - fewer].to_owned())
        .to_vec();
    tokens.extend(
        [0, header.len() + 1, header.len() + payload.len() + 2].map(|at| flip(&token, at, 0)),
    );
    tokens.extend([
        format!("{token}AAAA"),
        format!("{header}.{payload}.{signature}{signature}"),
    ]);
    tokens
}

fn degenerate_signatures(forge: &Forge) -> Vec<String> {
    let (header, payload, signature) = forge.parts();
    let es256 = encode(&forge.header_with("alg", &json!("ES256")).to_string());
    let mut identity = [0; 64];
    identity[0] = 1;
    let good = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let signatures = [
        [0; 64].to_vec(),
        [255; 64].to_vec(),
        identity.to_vec(),
        add_order(&good),
    ];
    let mut tokens = vec![format!(
        "{es256}.{payload}.{}",
        URL_SAFE_NO_PAD.encode([0; 64])
    )];
    tokens.extend(
        signatures.map(|bytes| format!("{header}.{payload}.{}", URL_SAFE_NO_PAD.encode(bytes))),
    );
    tokens
}

/// The same signature with the order of the group added to its second half: equal in the group, but not canonical.
fn add_order(signature: &[u8]) -> Vec<u8> {
    const ORDER_LE: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut sum = signature.to_vec();
    let mut carry = 0;
    for (byte, order) in sum[32..].iter_mut().zip(ORDER_LE) {
        let total = u16::from(*byte) + u16::from(order) + carry;
        *byte = total.to_le_bytes()[0];
        carry = total >> 8;
    }
    sum
}

fn huge(forge: &Forge) -> Vec<String> {
    vec![
        "a".repeat(1_000_000),
        ".".repeat(1_000_000),
        format!("{}{}", forge.token(), "A".repeat(1_000_000)),
        forge.of_length(TOKEN_LENGTH_MAX + 4),
        forge.of_length(1_000_000),
    ]
}

fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().unwrap().remove(name).unwrap();
    object
}
