//! Hostile input: whatever is sent, the answer is a reasoned refusal, never a failure.

use std::collections::BTreeSet;

use api::extract::BODY_BYTES_MAX;
use serde_json::{Value, json};
use testkit::{Actor, Reply, hub::PASSWORD, on_both};

/// Texts that break programs: ends of strings, control and invisible characters, other scripts, markup, formulas.
const TEXTS: &[&str] = &[
    "",
    " ",
    "\0",
    "a\0b",
    "\u{1}\u{7f}\u{85}",
    "\u{202e}gnp.exe",
    "\u{2066}x\u{2069}",
    "\u{200b}",
    "\u{feff}",
    "\u{fffe}",
    "\u{10ffff}",
    "e\u{301}\u{301}\u{301}",
    "👩‍👩‍👧‍👦",
    "仲人\u{3000}ナコード",
    "İıßﬁ",
    "'; DROP TABLE people; --",
    "%s%n%x{0}${7*7}{{7*7}}",
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "a\r\nSet-Cookie: b=c",
    "../../../etc/passwd",
    "null",
    "NaN",
    "-1",
    "1e400",
    "9999999999999999999999",
    "2026-02-30T25:61:61Z",
];

/// Values of every other kind.
fn values() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(u64::MAX),
        json!(1.5e300),
        json!([]),
        json!([[[[]]]]),
        json!({}),
        json!({"en": {"en": "x"}}),
        json!("x".repeat(100_000)),
    ]
}

/// An id that nobody has.
const ABSENT: &str = "0190a000-0000-7000-8000-000000000000";

/// Method, path and body.
type Operation = (&'static str, String, Value);

/// The operations that take a body, each with one that is good.
fn bodies() -> Vec<Operation> {
    let all = [
        bodies_of_people(),
        bodies_of_requests(),
        bodies_of_organisations(),
        bodies_of_programmes(),
        bodies_of_notices(),
        bodies_of_bookings(),
    ];
    all.concat()
}

fn bodies_of_people() -> Vec<Operation> {
    vec![
        (
            "POST",
            "/v1/sessions".to_owned(),
            json!({"email": "kim@people.example", "password": PASSWORD}),
        ),
        (
            "POST",
            "/v1/sessions/refresh".to_owned(),
            json!({"refresh_token": "nakodo_refresh_x"}),
        ),
        (
            "PUT",
            "/v1/me".to_owned(),
            json!({"name": "Kim", "phone": "+81-6-0000-0000", "language": "ja"}),
        ),
        (
            "PUT",
            "/v1/me/password".to_owned(),
            json!({"old": "not the password", "new": "another good password"}),
        ),
        (
            "POST",
            "/v1/invitations".to_owned(),
            json!({"email": "new@people.example", "organisation": ABSENT, "role": "member"}),
        ),
        (
            "POST",
            "/v1/invitations/accept".to_owned(),
            json!({"token": "x", "name": "Kim", "password": PASSWORD, "language": "ja"}),
        ),
        (
            "POST",
            "/v1/me/erase".to_owned(),
            json!({"password": "not the password", "confirm": "erase"}),
        ),
        ("POST", format!("/v1/people/{ABSENT}/suspend"), json!({})),
        ("POST", format!("/v1/people/{ABSENT}/reinstate"), json!({})),
    ]
}

fn bodies_of_notices() -> Vec<Operation> {
    let webhook = format!("/v1/webhooks/{ABSENT}");
    vec![
        (
            "PUT",
            "/v1/me/notice-settings".to_owned(),
            json!({"zone": "Asia/Tokyo", "rhythm": "daily", "muted": ["meetings"]}),
        ),
        (
            "POST",
            "/v1/webhooks".to_owned(),
            json!({"organisation": ABSENT, "url": "https://example.org/", "description": "CRM", "events": ["a.b"]}),
        ),
        (
            "PUT",
            webhook.clone(),
            json!({"url": "https://example.org/", "description": "CRM", "events": ["a.*"], "active": true}),
        ),
        ("POST", format!("{webhook}/rotate-secret"), json!({})),
        ("POST", format!("{webhook}/try"), json!({})),
        (
            "POST",
            format!("{webhook}/deliveries/{ABSENT}/replay"),
            json!({}),
        ),
        (
            "POST",
            "/v1/machine-tokens".to_owned(),
            json!({"organisation": ABSENT, "name": "CRM", "scopes": ["changes_read"], "days": 30}),
        ),
        (
            "POST",
            "/v1/scorecards".to_owned(),
            json!({"text": scoring::Card::DEFAULT_TEXT, "note": "For the spring"}),
        ),
        (
            "POST",
            format!("/v1/programmes/{ABSENT}/scorecard-activations"),
            json!({"scorecard": "a", "note": "For the spring"}),
        ),
    ]
}

fn bodies_of_requests() -> Vec<Operation> {
    vec![
        (
            "POST",
            "/v1/meeting-requests".to_owned(),
            json!({"from": ABSENT, "to": ABSENT, "purpose": "fundraising", "message": "Let us meet."}),
        ),
        step(
            "answer-links",
            json!({"email": "new@people.example", "name": "New", "language": "ja", "send": true}),
        ),
        step(&format!("answer-links/{ABSENT}/send"), json!({})),
        step(
            "replies",
            json!({"kind": "times", "text": "Mornings", "times": ["2027-01-08T01:00:00Z"]}),
        ),
        step(
            &format!("replies/{ABSENT}/answer"),
            json!({"text": "So it is."}),
        ),
        step("outcomes", outcome()),
        (
            "PUT",
            format!("/v1/meeting-requests/{ABSENT}/feedback"),
            json!({"verdict": "open", "reasons": ["good_fit"], "note": "Well."}),
        ),
        (
            "PUT",
            format!("/v1/outcomes/{ABSENT}"),
            json!({"outcome": outcome(), "withdrawn": false, "because": "A typing error."}),
        ),
        step("approve", json!({"ticks": ["conflict"]})),
        step("reject", json!({"reason": "not_a_fit", "note": "No."})),
        step(
            "return",
            json!({"reason": "message_unclear", "note": "What for?"}),
        ),
        step("submit", json!({"message": "For this."})),
        step(
            "withdraw",
            json!({"on_behalf_of": "requester", "because": "They asked us to."}),
        ),
        step("accept", json!({"person": ABSENT})),
        step("decline", json!({"reason": "not_in_focus", "note": "No."})),
        step(
            "cancel",
            json!({"reason": "no_longer_needed", "note": "No."}),
        ),
    ]
}

fn bodies_of_organisations() -> Vec<Operation> {
    vec![
        (
            "POST",
            "/v1/organisations".to_owned(),
            json!({"kind": "startup", "profile": {"names": {"en": "Cell"}}, "external_id": "7", "unclaimed": true}),
        ),
        (
            "PUT",
            format!("/v1/organisations/by-external-id/{ABSENT}"),
            json!({"kind": "startup", "profile": {"names": {"en": "Cell"}}, "contacts": {}, "visibility": {},
                "mandates": [], "assets": [], "rounds": []}),
        ),
        of_organisation(
            "POST",
            &format!("consents/{ABSENT}"),
            json!({"of": "person", "text": "2026-11/US"}),
        ),
        of_organisation("POST", "submit", json!({})),
        of_organisation("POST", "approve", json!({})),
        of_organisation("POST", "reject", json!({"reason": "incomplete"})),
        of_organisation("POST", "suspend", json!({})),
        of_organisation("POST", "archive", json!({})),
        of_organisation(
            "PUT",
            "profile",
            json!({"names": {"en": "Cell"}, "home": "JP", "summary": {"en": "Cells."}, "employees": 1,
                "website": "https://cell.example", "corporate_number": "7000012050002"}),
        ),
        of_organisation(
            "PUT",
            "contacts",
            json!({"email": "cell@people.example", "phone": "1", "address": "Osaka"}),
        ),
        of_organisation(
            "PUT",
            "visibility",
            json!({"hidden": false, "opted_in": true, "raised": {}}),
        ),
        of_organisation(
            "PUT",
            "block-list",
            json!({"organisations": [], "names": ["Rival"]}),
        ),
        of_organisation("POST", "assets", asset()),
        of_organisation("PUT", &format!("assets/{ABSENT}"), asset()),
        of_organisation("POST", "rounds", round()),
        of_organisation("PUT", &format!("rounds/{ABSENT}"), round()),
        of_organisation("POST", "mandates", mandate()),
        of_organisation("PUT", &format!("mandates/{ABSENT}"), mandate()),
        of_organisation(
            "POST",
            "affiliations",
            json!({"from": ABSENT, "to": ABSENT, "kind": "parent_of"}),
        ),
    ]
}

fn bodies_of_programmes() -> Vec<Operation> {
    vec![
        (
            "POST",
            "/v1/programmes".to_owned(),
            json!({"code": "regen", "policy": policy()}),
        ),
        ("PUT", format!("/v1/programmes/{ABSENT}"), policy()),
        (
            "PUT",
            format!("/v1/programmes/{ABSENT}/organisations/{ABSENT}"),
            json!({}),
        ),
        (
            "PUT",
            format!("/v1/programmes/{ABSENT}/staff/{ABSENT}"),
            json!({}),
        ),
        of_organisation(
            "PUT",
            &format!("marks/{ABSENT}"),
            json!({"mark": "bookmark", "note": "Later"}),
        ),
    ]
}

fn bodies_of_bookings() -> Vec<Operation> {
    let came = json!({"requester": "present", "counterpart": "no_show"});
    let hours = json!({"zone": "Asia/Tokyo", "capacity": 2,
        "weekly": [{"days": ["monday"], "from": "09:00", "until": "17:00"}],
        "exceptions": [{"on": "2026-12-08", "open": [{"from": "10:00", "until": "12:00"}]}]});
    // A person is one, whatever they say.
    let mut own_hours = hours.clone();
    own_hours.as_object_mut().unwrap().remove("capacity");
    vec![
        step(
            "offer",
            json!({"times": [{"starts_at": "2026-12-08T10:00", "zone": "Asia/Tokyo"}]}),
        ),
        step(
            "schedule",
            json!({"starts_at": "2026-12-08T10:00", "zone": "Asia/Tokyo", "minutes": 30, "place": ABSENT,
                "venue": "Room 1", "displace": []}),
        ),
        step("hold", came.clone()),
        step("correct", came),
        (
            "POST",
            format!("/v1/meetings/{ABSENT}/participants"),
            json!({"person": ABSENT, "role": "interpreter"}),
        ),
        ("POST", "/v1/me/calendar-feed".to_owned(), json!({})),
        ("PUT", "/v1/me/availability".to_owned(), own_hours),
        of_organisation("PUT", "availability", hours),
        (
            "POST",
            format!("/v1/programmes/{ABSENT}/places"),
            json!({"kind": "virtual", "name": "Online 1", "seats": 3, "link": "https://meet.example"}),
        ),
        (
            "POST",
            format!("/v1/programmes/{ABSENT}/slots"),
            json!({"zone": "Asia/Tokyo",
                "series": [{"on": "2026-12-08", "from": "10:00", "count": 8, "minutes": 30}]}),
        ),
    ]
}

/// Something of an organisation that nobody has.
fn of_organisation(method: &'static str, rest: &str, body: Value) -> Operation {
    (method, format!("/v1/organisations/{ABSENT}/{rest}"), body)
}

fn asset() -> Value {
    json!({"codename": "NKD-1", "modality": "cell_therapy.ips_derived", "indications": [], "rights_free": ["JP"]})
}

fn round() -> Value {
    json!({"stage": "financing.seed", "opened_on": "2026-09-01", "closed": false, "existing_investors": [],
        "amount": {"minor_units": 1, "currency": "JPY"}})
}

fn outcome() -> Value {
    json!({"kind": "invested", "happened_on": "2026-10-01", "stage": "financing.seed", "note": "At last.",
        "amount": {"minor_units": 1, "currency": "JPY"}, "amount_tier": "staff"})
}

fn mandate() -> Value {
    json!({"name": "Lead", "purpose": "fundraising", "from": "2026-01-01", "until": "2026-12-31", "criteria": [],
        "terms": {"vintage": 2024}})
}

fn policy() -> Value {
    json!({"name": {"en": "Regen"}, "review": {"when": "always"}, "checklist": [], "kind_table": [],
        "cooling_days": 180, "booking": {"times": "slots", "hold": "both", "hold_hours": 24},
        "deadlines": {"staff_days": 7, "requester_days": 14, "counterpart_days": 14}})
}

/// A step of a request that nobody has: the body is read first.
fn step(name: &str, body: Value) -> Operation {
    (
        "POST",
        format!("/v1/meeting-requests/{ABSENT}/{name}"),
        body,
    )
}

/// Every operation of the contract: method, path, what the contract says of it.
fn operations() -> Vec<(String, String, Value)> {
    let contract = serde_json::to_value(api::contract()).unwrap();
    let paths = contract["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().unwrap().iter();
        item.map(|(method, operation)| (method.to_uppercase(), path.clone(), operation.clone()))
    });
    operations.collect()
}

/// A path of the contract with something in the place of each name.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{axis}" => "sectors",
        part if part.starts_with('{') => ABSENT,
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// The answer is no failure of ours, and a whole problem document if it is a refusal.
#[track_caller]
fn assert_reasoned(reply: &Reply, sent: &str) {
    let said = String::from_utf8_lossy(&reply.bytes);
    let sent: String = sent.chars().take(200).collect();
    assert!(reply.status < 500, "{} to {sent}: {said}", reply.status);
    if reply.status < 400 {
        return;
    }
    let code = reply.body["code"].as_str().unwrap_or_else(|| {
        panic!("{} without a code to {sent}: {said}", reply.status);
    });
    reply.assert_error(reply.status, code);
    for word in ["SQL", "diesel", "panicked", "crates/", "src/"] {
        assert!(
            !said.contains(word) || sent.contains(word),
            "{sent}: {said}"
        );
    }
}

/// A person whose every request may be tried: `If-Match` fits whatever there is.
fn kim(hub: &testkit::Hub) -> Actor<'_> {
    hub.person("Kim").with("if-match", "*")
}

#[test]
fn every_operation_with_a_body_is_tried() {
    let with_a_body: BTreeSet<String> = operations()
        .into_iter()
        .filter(|(_, _, operation)| !operation["requestBody"].is_null())
        .map(|(method, path, _)| format!("{method} {}", filled(&path)))
        .collect();
    let sends: Vec<(String, String, Value)> = operations()
        .into_iter()
        .filter(|(method, ..)| ["POST", "PUT", "PATCH"].contains(&method.as_str()))
        .collect();
    for (method, path, operation) in sends {
        let said = operation["requestBody"]["content"]["application/json"]["schema"].is_object();
        assert!(said, "the contract does not say what {method} {path} takes");
    }

    let tried: BTreeSet<String> = bodies()
        .into_iter()
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();

    assert_eq!(
        tried, with_a_body,
        "a new operation needs a row in bodies()"
    );
}

#[test]
fn no_text_and_no_value_in_any_field_is_a_failure() {
    on_both(|hub| {
        let kim = kim(hub);
        let texts = TEXTS.iter().map(|text| json!(text));
        let hostile: Vec<Value> = texts.chain(values()).collect();

        for (method, path, good) in bodies() {
            for field in good.as_object().unwrap().keys() {
                for value in &hostile {
                    let mut body = good.clone();
                    body[field] = value.clone();
                    let reply = kim.send(method, &path, Some(&body));
                    assert_reasoned(&reply, &format!("{method} {path} {field} = {value}"));
                    if reply.status == 422 {
                        let named = reply.fields();
                        assert!(named[0].starts_with(field), "{path} {value}: {named:?}");
                    }
                }
            }
        }
    });
}

#[test]
fn a_name_holds_no_control_and_no_direction_of_writing() {
    on_both(|hub| {
        let kim = kim(hub);

        for name in [
            "",
            " ",
            "a\0b",
            "a\nb",
            "\u{202e}gnp",
            "\u{2066}x\u{2069}",
            "\u{200b}",
        ] {
            let body = json!({"name": name, "language": "ja"});
            let reply = kim.put("/v1/me", &body);
            reply.assert_error(422, "invalid_body");
            assert_eq!(reply.fields(), ["name"], "{name:?}");
        }

        assert_eq!(kim.get("/v1/me").text("/name"), "Kim");
    });
}

#[test]
fn what_is_not_json_is_told_so() {
    on_both(|hub| {
        let kim = kim(hub);
        let deep = "[".repeat(10_000);
        let deep_in = format!("{{\"name\": {deep}");
        let deeper = format!(
            "{{\"name\": {}1{}}}",
            "[".repeat(10_000),
            "]".repeat(10_000)
        );

        for (method, path, _) in bodies() {
            for text in [
                "",
                " ",
                "{",
                "{}}",
                "{} {}",
                "nul",
                "{'name': 1}",
                "{\"name\": \"\\ud800\"}",
                "{\"name\": \"\\x00\"}",
                "{\"name\": 1e400}",
                "{\"name\": 01}",
                "{\"name\": NaN}",
                "\u{feff}{}",
                &*deep,
                &*deep_in,
                &*deeper,
            ] {
                let reply = kim.send_raw(method, &path, Some((text, "application/json")));
                assert_reasoned(&reply, text);
                let expected = [400, 422];
                assert!(
                    expected.contains(&reply.status),
                    "{path} {text}: {}",
                    reply.status
                );
            }
            let not_utf8 = b"{\"name\": \"\xff\xfe\"}".to_vec();
            let reply = kim.send_raw(method, &path, Some((not_utf8, "application/json")));
            assert_reasoned(&reply, "no UTF-8");
            assert!(
                matches!(reply.status, 400 | 422),
                "{path}: {}",
                reply.status
            );
        }
    });
}

#[test]
fn an_unknown_member_and_one_given_twice_are_named() {
    on_both(|hub| {
        let kim = kim(hub);

        for (method, path, good) in bodies() {
            let mut more = good.clone();
            more["surprise"] = json!(1);
            let unknown = kim.send(method, &path, Some(&more));
            unknown.assert_error(422, "invalid_body");
            assert_eq!(unknown.fields(), ["surprise"], "{method} {path}");

            let Some((field, value)) = good.as_object().unwrap().iter().next() else {
                continue;
            };
            let inner = good.to_string();
            let twice = format!("{{\"{field}\":{value},{}", &inner[1..]);
            let twice = kim.send_raw(method, &path, Some((twice, "application/json")));
            twice.assert_error(422, "invalid_body");
            assert_eq!(twice.fields(), [field], "{method} {path}");
        }
    });
}

#[test]
fn a_body_is_json_of_a_bounded_size_and_not_compressed() {
    on_both(|hub| {
        let kim = kim(hub);
        // "{}" in gzip.
        let gzip = [
            0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab, 0xae, 5, 0, 0x43, 0xbf, 0xa6, 0xa3, 2, 0, 0,
            0,
        ];

        for (method, path, good) in bodies() {
            let good = good.to_string();
            let padded = |size: usize| format!("{good}{}", " ".repeat(size - good.len()));
            let send = |body: String, kind| kim.send_raw(method, &path, Some((body, kind)));

            for kind in [
                "text/plain",
                "application/x-www-form-urlencoded",
                "application/xml",
                "",
            ] {
                send(good.clone(), kind).assert_error(415, "unsupported_media_type");
            }
            let zipped = kim.with("content-encoding", "gzip");
            let zipped = zipped.send_raw(method, &path, Some((gzip, "application/json")));
            zipped.assert_error(415, "unsupported_media_type");
            for size in [BODY_BYTES_MAX + 1, 2 * 1024 * 1024] {
                send(padded(size), "application/json").assert_error(413, "body_too_large");
            }
            let largest = send(padded(BODY_BYTES_MAX), "application/json");
            assert!(largest.status != 413, "{method} {path}");
            assert_reasoned(&largest, &path);
        }
    });
}

#[test]
fn an_unknown_query_parameter_is_named_by_every_operation() {
    on_both(|hub| {
        let kim = kim(hub);
        for (method, path, operation) in operations() {
            let required = operation["parameters"].as_array().into_iter().flatten();
            let required: Vec<String> = required
                .filter(|known| known["in"] == "query" && known["required"] == true)
                .filter_map(|known| known["name"].as_str())
                .map(|name| match name {
                    "to" => format!("to={ABSENT}&"),
                    "purpose" => "purpose=fundraising&".to_owned(),
                    name => format!("{name}=investor&"),
                })
                .collect();
            let required = required.concat();
            let asked = format!("{}?{required}surprise=1", filled(&path));

            let reply = kim.send(&method, &asked, None);

            assert_reasoned(&reply, &asked);
            reply.assert_error(400, "invalid_query");
            assert_eq!(reply.fields(), ["surprise"], "{method} {asked}");
        }
    });
}

#[test]
fn a_monstrous_query_is_refused_or_answered() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        let many: Vec<String> = (0..500).map(|n| format!("p{n}={n}")).collect();
        let many = many.join("&");
        let limits = [
            "0",
            "101",
            "-1",
            "1e3",
            "",
            "99999999999999999999",
            "%00",
            "%ff",
        ];
        let limits = limits.map(|limit| format!("limit={limit}"));
        let cursors = ["", "x", "%00", "..", "AAAA.BBBB"].map(|cursor| format!("cursor={cursor}"));
        let axes = [
            "sectors=%00",
            "regions=%E2%80%AE",
            "stages=,,,",
            "sectors=a&sectors=b",
        ];
        let axes = axes.map(str::to_owned);
        let long = format!("sectors={}", "x,".repeat(3_000));

        for query in limits
            .into_iter()
            .chain(cursors)
            .chain(axes)
            .chain([many, long])
        {
            let reply = kim.get(&format!("/v1/investors?{query}"));
            assert_reasoned(&reply, &query);
            assert_eq!(reply.status, 400, "{query}");
            assert_eq!(
                reply.body["code"].as_str().map(|code| &code[..8]),
                Some("invalid_")
            );
        }
    });
}

#[test]
fn odd_paths_and_methods_name_nothing() {
    on_both(|hub| {
        let kim = hub.founder("Kim");

        for path in [
            "/v1/nothing",
            "/v1/taxonomies/%00",
            "/v1/taxonomies/..%2f..%2fetc%2fpasswd",
            "/v1/organisations/%00/matches?kind=investor",
            "/v1/organisations/1/matches?kind=investor",
            "/v1/organisations/0190A000-0000-7000-8000-000000000000/matches?kind=investor",
            "/v1//me",
            "/v1/me/",
            "/%ff",
        ] {
            let reply = kim.get(path);
            assert_reasoned(&reply, path);
            assert_eq!(reply.status, 404, "{path}");
        }
        for method in ["POST", "PATCH", "DELETE", "OPTIONS", "TRACE", "FROB"] {
            let reply = kim.send(method, "/v1/me", None);
            reply.assert_error(405, "method_not_allowed");
            assert_eq!(reply.header("allow"), Some("GET, HEAD, PUT"), "{method}");
        }
    });
}

#[test]
fn a_japanese_reader_is_refused_in_japanese() {
    on_both(|hub| {
        let kim = kim(hub).with("accept-language", "ja");
        let is_japanese = |text: &Value| {
            let text = text.as_str().unwrap();
            text.chars()
                .any(|letter| ('\u{3040}'..'\u{a000}').contains(&letter))
        };

        for (method, path, good) in bodies() {
            let mut unknown = good.clone();
            unknown["surprise"] = json!(1);
            for reply in [
                kim.send(method, &path, Some(&unknown)),
                kim.send_raw(method, &path, Some(("{", "application/json"))),
                kim.send_raw(method, &path, Some(("{}", "text/plain"))),
                kim.with_token("x").get("/v1/me"),
                kim.get("/v1/nothing"),
                kim.get("/v1/me?surprise=1"),
            ] {
                assert!(reply.status >= 400);
                assert!(is_japanese(&reply.body["detail"]), "{}", reply.body);
                for field in reply.body["fields"].as_array().into_iter().flatten() {
                    assert!(is_japanese(&field["message"]), "{field}");
                }
            }
        }
    });
}
