//! What forgers send: one table of attacks, each of which must get the same refusal.

mod header;
mod payload;
mod signature;

use super::{
    TOKEN_LENGTH_MAX, Unauthorised,
    forge::{Forge, NOON, PRINCIPAL},
};
use serde_json::json;
use std::collections::BTreeSet;

/// Number and name of an attack, and the tokens that try it.
type Row = (u8, &'static str, fn(&Forge) -> Vec<String>);

/// Tokens can show these; a row that stands in [`ELSEWHERE`] too has a half that they cannot.
const TABLE: &[Row] = &[
    (1, "no algorithm", header::no_algorithm),
    (2, "HMAC with our public key", header::hmac_with_public_key),
    (3, "another algorithm", header::other_algorithms),
    (4, "own jwk", header::own_jwk),
    (5, "jku and x5u of the attacker", header::own_urls),
    (6, "x5c of the attacker", header::own_certificates),
    (7, "kid is a path", header::kid_is_a_path),
    (8, "kid is SQL", header::kid_is_sql),
    (9, "kid is odd", header::kid_is_odd),
    (10, "crit", header::crit),
    (11, "b64", header::b64),
    (12, "exp missing", payload::exp_missing),
    (13, "exp is no time", payload::exp_is_no_time),
    (14, "exp is past the leeway", payload::exp_is_past),
    (15, "exp is too far", payload::exp_is_too_far),
    (16, "nbf in the future or no time", payload::nbf),
    (17, "iat in the future or no time", payload::iat),
    (18, "iss missing, wrong or a list", payload::iss),
    (19, "aud missing, wrong or a list", payload::aud),
    (20, "sub missing or no id", payload::sub),
    (21, "token of another type", header::other_types),
    (22, "payload edited and not signed again", payload::edited),
    (23, "role in the token", payload::role),
    (24, "members twice or without names", payload::members_twice),
    (25, "jti, sid or gen missing or odd", payload::other_ids),
    (26, "retired key", signature::retired_key),
    (27, "staging key", signature::other_environment),
    (28, "too few or too many parts", signature::wrong_parts),
    (29, "compressed or encrypted", header::compressed),
    (30, "base64 of another kind", signature::other_base64),
    (31, "cut or flipped", signature::cut_or_flipped),
    (32, "odd signatures", signature::degenerate_signatures),
    (33, "huge", signature::huge),
];

/// What a token alone cannot show, and what shows it instead.
const ELSEWHERE: &[(u8, &str, &str)] = &[
    (20, "sub is a deleted person", "tests/it: needs rows"),
    (23, "role that has changed since", "tests/it: needs rows"),
    (25, "revoked session, old gen", "tests/it: needs rows"),
    (
        34,
        "two headers, query, cookie",
        "tests/it: needs a request",
    ),
    (35, "refresh token used twice", "tests/it: needs rows"),
    (36, "no secret as signing key", "keys.rs, its last test"),
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
