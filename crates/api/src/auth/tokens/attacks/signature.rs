//! Attacks on the signature, and on the spelling of the token as a whole.

use super::{
    super::{
        TOKEN_LENGTH_MAX,
        forge::{Forge, PRINCIPAL, encode, noon, sign},
    },
    flip,
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD},
};
use serde_json::json;

pub(super) fn retired_key(forge: &Forge) -> Vec<String> {
    vec![forge.retired.mint(&PRINCIPAL, noon())]
}

pub(super) fn other_environment(forge: &Forge) -> Vec<String> {
    let payload = forge.payload().to_string();
    [forge.header(), forge.header_with("kid", &json!("staging"))]
        .map(|header| sign(&forge.theirs, &header.to_string(), &payload))
        .to_vec()
}

pub(super) fn wrong_parts(forge: &Forge) -> Vec<String> {
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

pub(super) fn other_base64(forge: &Forge) -> Vec<String> {
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

pub(super) fn cut_or_flipped(forge: &Forge) -> Vec<String> {
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

pub(super) fn degenerate_signatures(forge: &Forge) -> Vec<String> {
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

pub(super) fn huge(forge: &Forge) -> Vec<String> {
    vec![
        "a".repeat(1_000_000),
        ".".repeat(1_000_000),
        format!("{}{}", forge.token(), "A".repeat(1_000_000)),
        forge.of_length(TOKEN_LENGTH_MAX + 4),
        forge.of_length(1_000_000),
    ]
}
