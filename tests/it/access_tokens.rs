//! Attacks on access tokens, over HTTP: what a table of tokens alone cannot show.
//!
//! The attacks that need no database are in `crates/api/src/auth/tokens/attacks.rs`; [`ROWS`] says where each one is.

use std::{fs, path::Path, sync::Arc};

use api::auth::{
    keys::SigningKeys,
    tokens::{AccessTokens, Principal},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Noun, PersonStatus};
use jiff::{SignedDuration, ToSpan as _};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use store::{journal, people};
use testkit::{Actor, Hub, Reply, on_both};

const PURE: &str = "crates/api/src/auth/tokens/attacks.rs";
const KEYS: &str = "crates/api/src/auth/keys.rs";
const HERE: &str = "tests/it/access_tokens.rs";
const SESSIONS: &str = "tests/it/sessions.rs";

/// Every attack, the file that tries it and a text that stands there. A row with two halves stands here twice.
const ROWS: &[(u8, &str, &str)] = &[
    (1, PURE, "(1, \"no algorithm\""),
    (1, HERE, "fn a_forged_token_is_refused_in_one_form_of_words"),
    (2, PURE, "(2, \"HMAC with our public key\""),
    (2, HERE, "fn a_forged_token_is_refused_in_one_form_of_words"),
    (3, PURE, "(3, \"another algorithm\""),
    (4, PURE, "(4, \"own jwk\""),
    (5, PURE, "(5, \"jku and x5u of the attacker\""),
    (6, PURE, "(6, \"x5c of the attacker\""),
    (7, PURE, "(7, \"kid is a path\""),
    (8, PURE, "(8, \"kid is SQL\""),
    (9, PURE, "(9, \"kid is odd\""),
    (10, PURE, "(10, \"crit\""),
    (11, PURE, "(11, \"b64\""),
    (12, PURE, "(12, \"exp missing\""),
    (13, PURE, "(13, \"exp is no time\""),
    (14, PURE, "(14, \"exp is past the leeway\""),
    (
        14,
        HERE,
        "fn a_forged_token_is_refused_in_one_form_of_words",
    ),
    (15, PURE, "(15, \"exp is too far\""),
    (16, PURE, "(16, \"nbf in the future or no time\""),
    (17, PURE, "(17, \"iat in the future or no time\""),
    (18, PURE, "(18, \"iss missing, wrong or a list\""),
    (19, PURE, "(19, \"aud missing, wrong or a list\""),
    (20, PURE, "(20, \"sub missing or no id\""),
    (
        20,
        HERE,
        "fn a_token_of_somebody_who_is_gone_or_suspended_is_refused",
    ),
    (21, PURE, "(21, \"token of another type\""),
    (21, HERE, "fn a_refresh_token_is_no_access_token"),
    (22, PURE, "(22, \"payload edited and not signed again\""),
    (23, PURE, "(23, \"role in the token\""),
    (23, HERE, "fn the_database_says_what_a_token_may_do"),
    (24, PURE, "(24, \"members twice or without names\""),
    (25, PURE, "(25, \"jti, sid or gen missing or odd\""),
    (
        25,
        HERE,
        "fn a_token_of_an_ended_session_or_an_old_generation_is_refused",
    ),
    (26, PURE, "(26, \"retired key\""),
    (27, PURE, "(27, \"staging key\""),
    (
        27,
        HERE,
        "fn a_forged_token_is_refused_in_one_form_of_words",
    ),
    (28, PURE, "(28, \"too few or too many parts\""),
    (
        28,
        HERE,
        "fn a_forged_token_is_refused_in_one_form_of_words",
    ),
    (29, PURE, "(29, \"compressed or encrypted\""),
    (30, PURE, "(30, \"base64 of another kind\""),
    (31, PURE, "(31, \"cut or flipped\""),
    (
        31,
        HERE,
        "fn a_forged_token_is_refused_in_one_form_of_words",
    ),
    (32, PURE, "(32, \"odd signatures\""),
    (33, PURE, "(33, \"huge\""),
    (33, HERE, "fn a_huge_token_is_refused"),
    (34, HERE, "fn a_token_counts_in_one_header_and_nowhere_else"),
    (
        35,
        SESSIONS,
        "fn a_refresh_token_is_good_once_and_a_copy_ends_the_session",
    ),
    (36, KEYS, "fn a_key_that_keeps_no_secret_is_refused"),
];

/// The answer without what changes from one to the next.
fn refusal(reply: &Reply) -> (u16, Option<&str>, Value) {
    reply.assert_error(401, "unauthenticated");
    let mut body = reply.body.clone();
    body["request_id"].take();
    (reply.status, reply.header("www-authenticate"), body)
}

fn assert_refused_alike(hub: &Hub, replies: &[Reply]) {
    let plain = hub.nobody().get("/v1/me");
    assert_eq!(plain.header("www-authenticate"), Some("Bearer"));
    for reply in replies {
        assert_eq!(refusal(reply), refusal(&plain));
    }
}

fn tokens(hub: &Hub) -> AccessTokens {
    AccessTokens::new(Arc::new(hub.signing_keys()))
}

/// What the token of this person says of them.
fn principal(actor: &Actor<'_>) -> Principal {
    let payload = actor.access_token().split('.').nth(1).unwrap();
    let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    Principal {
        person: payload["sub"].as_str().unwrap().parse().unwrap(),
        session: payload["sid"].as_str().unwrap().parse().unwrap(),
        generation: payload["gen"].as_i64().unwrap(),
    }
}

fn set_status(hub: &Hub, person: &Actor<'_>, status: PersonStatus) {
    hub.make(|conn, _| {
        people::save_status(conn, person.id(), status)?;
        journal::insert_note(conn, Noun::Person, person.id().uuid())
    });
}

#[test]
fn every_attack_is_tried_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");

    for (number, file, text) in ROWS {
        let source = fs::read_to_string(root.join(file)).unwrap();
        // A function has its parenthesis, so that this list does not find itself.
        let text = match text.strip_prefix("fn ") {
            Some(name) => format!("fn {name}("),
            None => (*text).to_owned(),
        };
        assert!(source.contains(&text), "row {number}: {file} has no {text}");
    }

    let mut numbers: Vec<u8> = ROWS.iter().map(|(number, ..)| *number).collect();
    numbers.dedup();
    assert_eq!(numbers, (1..=36).collect::<Vec<_>>());
}

#[test]
fn a_forged_token_is_refused_in_one_form_of_words() {
    on_both(|hub| {
        let kim = hub.person("Kim");
        let who = principal(&kim);
        let good = kim.access_token();
        let parts: Vec<&str> = good.split('.').collect();
        let unsigned = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"at+jwt"}"#);
        let jwk = hub.signing_keys().jwks()["keys"][0].clone();
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some("at+jwt".to_owned());
        header.kid = jwk["kid"].as_str().map(str::to_owned);
        let payload = URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
        let payload: Value = serde_json::from_slice(&payload).unwrap();
        let public = EncodingKey::from_secret(jwk["x"].as_str().unwrap().as_bytes());
        let staging = SigningKeys::from_pem(&SigningKeys::generate_pem()).unwrap();
        let end = if good.ends_with('A') { "B" } else { "A" };

        let replies = [
            format!("{unsigned}.{}.", parts[1]),
            jsonwebtoken::encode(&header, &payload, &public).unwrap(),
            tokens(hub).mint(&who, hub.now() - 16.minutes()),
            tokens(hub).mint(&who, hub.now() + 16.minutes()),
            AccessTokens::new(Arc::new(staging)).mint(&who, hub.now()),
            parts[..2].join("."),
            format!("{good}.{good}"),
            format!("{}{end}", &good[..good.len() - 4]),
            String::new(),
            "x".to_owned(),
        ]
        .map(|forged| kim.with_token(&forged).get("/v1/me"));

        assert_refused_alike(hub, &replies);
        kim.get("/v1/me").assert_status(200);
    });
}

#[test]
fn a_token_ends_after_fifteen_minutes() {
    on_both(|hub| {
        let kim = hub.person("Kim");

        hub.pass(SignedDuration::from_mins(15));
        kim.get("/v1/me").assert_status(200);
        hub.pass(SignedDuration::from_secs(5));

        assert_refused_alike(hub, &[kim.get("/v1/me")]);
    });
}

#[test]
fn a_huge_token_is_refused() {
    on_both(|hub| {
        let replies = [5_000, 30_000].map(|size| {
            let token = "x".repeat(size);
            hub.person(&format!("Kim {size}"))
                .with_token(&token)
                .get("/v1/me")
        });

        assert_refused_alike(hub, &replies);
    });
}

#[test]
fn a_token_of_somebody_who_is_gone_or_suspended_is_refused() {
    on_both(|hub| {
        let kim = hub.person("Kim");
        let stranger = Principal {
            person: hub.id::<domain::PersonId>().uuid(),
            ..principal(&kim)
        };
        let nobody = kim.with_token(&tokens(hub).mint(&stranger, hub.now()));

        for status in [PersonStatus::Suspended, PersonStatus::Erased] {
            let lee = hub.person(&format!("Lee {status:?}"));
            set_status(hub, &lee, status);
            // The snapshot has not followed yet: what writes asks the database.
            let replies = [
                lee.delete("/v1/sessions/current"),
                lee.get("/v1/me"),
                lee.get("/v1/startups"),
            ];
            assert_refused_alike(hub, &replies);
        }

        assert_refused_alike(
            hub,
            &["/v1/me", "/v1/startups"].map(|path| nobody.get(path)),
        );
    });
}

#[test]
fn the_database_says_what_a_token_may_do() {
    on_both(|hub| {
        let kim = hub.staff("Kim");
        let before = kim.get("/v1/me").assert_status(200);
        assert_eq!(before.text("/staff_grants/0/code"), "hub");

        let programme = hub.hub_programme();
        hub.make(|conn, _| {
            people::delete_staff_grant(conn, kim.id(), programme)?;
            journal::insert_note(conn, Noun::StaffGrant, kim.id().uuid())
        });

        let after = kim.get("/v1/me").assert_status(200);
        assert_eq!(after.body["staff_grants"], json!([]));
    });
}

#[test]
fn a_token_of_an_ended_session_or_an_old_generation_is_refused() {
    on_both(|hub| {
        let kim = hub.person("Kim");
        let other = kim.on_another_device();
        let older = Principal {
            generation: principal(&kim).generation - 1,
            ..principal(&kim)
        };
        let older = kim.with_token(&tokens(hub).mint(&older, hub.now()));
        let newer = Principal {
            generation: principal(&kim).generation + 1,
            ..principal(&kim)
        };
        let newer = kim.with_token(&tokens(hub).mint(&newer, hub.now()));
        other.delete("/v1/sessions/current").assert_status(204);

        // The first comes before the snapshot has followed.
        let replies = [
            other.delete("/v1/sessions"),
            other.get("/v1/me"),
            other.get("/v1/startups"),
            older.get("/v1/startups"),
            newer.get("/v1/startups"),
        ];

        assert_refused_alike(hub, &replies);
        kim.get("/v1/me").assert_status(200);
    });
}

#[test]
fn a_refresh_token_is_no_access_token() {
    on_both(|hub| {
        let kim = hub.person("Kim");

        let reply = kim.with_token(kim.refresh_token()).get("/v1/me");

        assert_refused_alike(hub, &[reply]);
    });
}

#[test]
fn a_token_counts_in_one_header_and_nowhere_else() {
    on_both(|hub| {
        let kim = hub.person("Kim");
        let bearer = format!("Bearer {}", kim.access_token());
        let (nobody, token) = (hub.nobody(), kim.access_token());

        let replies = [
            kim.with("authorization", &bearer).get("/v1/me"),
            kim.with("authorization", "Bearer x").get("/v1/me"),
            nobody
                .with("cookie", &format!("access_token={token}; token={token}"))
                .get("/v1/me"),
            nobody.with("authorization", token).get("/v1/me"),
            nobody
                .with("authorization", &format!("Basic {token}"))
                .get("/v1/me"),
            nobody
                .with("authorization", &format!("{bearer}, {bearer}"))
                .get("/v1/me"),
            nobody.with("proxy-authorization", &bearer).get("/v1/me"),
            nobody.get(&format!("/v1/startups?access_token={token}")),
        ];

        assert_refused_alike(hub, &replies);
        nobody
            .with("authorization", &format!("bearer {token}"))
            .get("/v1/me")
            .assert_status(200);
    });
}
