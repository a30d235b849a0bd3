//! Answer links by mail: a counterpart that nobody has claimed is written to when a request begins to wait for it, and staff
//! see it, send again and take back.

use domain::{Contacts, Kind, OrganisationId};
use jiff::SignedDuration;
use mail_parser::MessageParser;
use serde_json::{Value, json};
use testkit::{Actor, Hub, Reply, mail::Mail, on_both, schema::Schema};

use crate::meeting_requests::{body, path, step, steps};

const DESK: &str = "desk@fund.example";

/// A fund that nobody has claimed, whose contacts staff keep.
fn unclaimed(hub: &Hub, languages: &Value, email: &str) -> OrganisationId {
    let fund = hub.organisation_like(
        Kind::Investor,
        &json!({"names": {"en": "Minato Fund", "ja": "みなとファンド"}, "home": "JP-27",
            "languages": languages}),
    );
    let contacts: Contacts = serde_json::from_value(json!({"email": email})).unwrap();
    hub.document(fund, &contacts);
    fund
}

/// A founder's request to the fund, approved.
fn passed_on(kim: &Actor<'_>, sato: &Actor<'_>, fund: OrganisationId) -> Reply {
    let asked = body(kim.organisation(), fund);
    let request = kim.post("/v1/meeting-requests", &asked).assert_status(201);
    steps(sato, &request, "approve", &json!({}));
    request
}

/// Subject, text and the path of the link in it.
fn read(mail: &Mail) -> (String, String, String) {
    let message = MessageParser::default().parse(mail.raw.as_bytes()).unwrap();
    let text = message.body_text(0).unwrap().into_owned();
    let html = message.body_html(0).unwrap();
    let link = text.split("https://hub.example").nth(1).expect("a link");
    let link = link.split_whitespace().next().unwrap().to_owned();
    assert!(html.contains(&link) && !mail.raw.contains("List-Unsubscribe"));
    (message.subject().unwrap().to_owned(), text, link)
}

/// Sends a form of the page and confirms it.
fn confirms(hub: &Hub, link: &str, form: &str) {
    let kind = "application/x-www-form-urlencoded";
    let page = hub.nobody().send_raw("POST", link, Some((form, kind)));
    let said = String::from_utf8_lossy(&page.bytes).into_owned();
    let once = said.split("name=\"once\" value=\"").nth(1).expect("a word");
    let once = format!("once={}", once.split('"').next().unwrap());
    let confirm = format!("{link}/confirm");
    hub.nobody()
        .send_raw("POST", &confirm, Some((once, kind)))
        .assert_status(200);
    hub.catch_up();
}

fn links(sato: &Actor<'_>, request: &Reply) -> Value {
    let listed = sato.get(&path(request, "/answer-links")).assert_status(200);
    listed.body["items"].clone()
}

#[test]
fn a_counterpart_without_an_account_is_written_to_in_its_language_and_opening_changes_nothing() {
    on_both(|hub| {
        let (kim, sato) = (hub.founder("Kim"), hub.staff("Sato"));
        for (languages, subject) in [
            (
                json!(["zh-TW", "ja"]),
                "Kim startupから面談の依頼があります",
            ),
            (json!(["en", "ja"]), "Kim startup would like to meet you"),
            (json!([]), "Kim startupから面談の依頼があります"),
        ] {
            let address = format!("desk{}@fund.example", hub.mail().mails().len());
            let fund = unclaimed(hub, &languages, &address);
            let asked = body(kim.organisation(), fund);
            let request = kim.post("/v1/meeting-requests", &asked).assert_status(201);
            hub.deliver();
            assert!(
                hub.mail().to(&address).is_empty(),
                "not before it is let through"
            );

            steps(&sato, &request, "approve", &json!({}));
            hub.deliver();
            hub.deliver();

            let mails = hub.mail().to(&address);
            assert_eq!(mails.len(), 1);
            let (said, text, link) = read(&mails[0]);
            assert_eq!(said, subject);
            assert!(
                !text.contains(kim.email()) && !text.contains("heart muscle"),
                "{text}"
            );
            let count = || {
                let mut database = Schema::of(hub.database_url());
                ["audit", "outbox", "people", "meeting_request_steps"].map(|table| {
                    let all = format!("SELECT CAST(count(*) AS TEXT) AS line FROM {table}");
                    database.ask(&all)
                })
            };
            let before = count();
            let page = hub.nobody().send("GET", &link, None).assert_status(200);
            hub.nobody().send("HEAD", &link, None);
            assert_eq!(count(), before);
            assert!(String::from_utf8_lossy(&page.bytes).contains("heart muscle"));
            let seen = &links(&sato, &request)[0];
            assert_eq!(
                (&seen["mails"], &seen["mail"]),
                (&json!(1), &json!("delivered"))
            );
            assert_eq!(seen["email"], json!(address));
            let ago = sato.get(&path(&request, "")).assert_status(200);
            assert_eq!(ago.text("/state"), "awaiting_counterpart");
        }
    });
}

#[test]
fn staff_see_that_it_waits_send_it_again_and_take_it_back() {
    on_both(|hub| {
        let (kim, sato) = (hub.founder("Kim"), hub.staff("Sato"));
        let fund = unclaimed(hub, &json!(["ja"]), DESK);
        hub.mail().refuse(Some("451 later"));
        let request = passed_on(&kim, &sato, fund);
        hub.deliver();
        assert_eq!(links(&sato, &request)[0]["mail"], "waiting");
        hub.mail().refuse(None);
        hub.pass(SignedDuration::from_mins(2));
        hub.deliver();
        let sato = sato.on_another_device();
        let seen = links(&sato, &request)[0].clone();
        assert_eq!(seen["mail"], "delivered");
        let one = path(
            &request,
            &format!("/answer-links/{}", seen["id"].as_str().unwrap()),
        );

        let again = sato.post(&format!("{one}/send"), &json!({}));
        assert_eq!(again.assert_status(202).body["mails"], 2);
        hub.deliver();
        let mails = hub.mail().to(DESK);
        assert_eq!(mails.len(), 2);
        let (.., link) = read(&mails[0]);
        assert_eq!(read(&mails[1]).2, link);

        // Sent once more and taken back before it goes: it goes no more.
        sato.post(&format!("{one}/send"), &json!({}))
            .assert_status(202);
        sato.delete(&one).assert_status(204);
        hub.deliver();
        assert_eq!(hub.mail().to(DESK).len(), 2);
        assert_eq!(links(&sato, &request)[0]["mail"], "dropped");
        sato.post(&format!("{one}/send"), &json!({}))
            .assert_error(409, "stale");
        assert_eq!(hub.nobody().send("GET", &link, None).status, 410);
        // A new one to somebody by name, sent at once.
        let to =
            json!({"email": "ada@fund.example", "name": "Ada", "language": "en", "send": true});
        sato.post(&path(&request, "/answer-links"), &to)
            .assert_status(201);
        hub.deliver();
        assert_eq!(hub.mail().to("ada@fund.example").len(), 1);
        let audit = Schema::of(hub.database_url())
            .ask("SELECT action AS line FROM audit WHERE noun = 'answer_link' ORDER BY seq");
        let all = [
            "created", "mailed", "mailed", "mailed", "revoked", "created", "mailed",
        ];
        assert_eq!(audit, all);
    });
}

#[test]
fn nobody_is_written_to_who_can_sign_in_or_left_no_address_and_no_link_of_another_request_is_sent()
{
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let contacts: Contacts = serde_json::from_value(json!({"email": DESK})).unwrap();
        hub.document(ada.organisation(), &contacts);
        let silent = hub.organisation("Silent Fund", Kind::Investor);
        let has_account = unclaimed(hub, &json!(["ja"]), kim.email());
        let open = unclaimed(hub, &json!(["ja"]), "open@fund.example");
        let requests = [ada.organisation(), silent, has_account, open]
            .map(|fund| passed_on(&kim, &sato, fund));
        hub.deliver();

        let given = requests
            .each_ref()
            .map(|request| links(&sato, request).as_array().unwrap().len());
        assert_eq!(given, [0, 0, 0, 1]);
        assert!(hub.mail().to(DESK).is_empty());
        let link = links(&sato, &requests[3])[0]["id"].clone();
        let elsewhere = format!("/answer-links/{}/send", link.as_str().unwrap());
        sato.post(&path(&requests[1], &elsewhere), &json!({}))
            .assert_error(404, "answer_link_not_found");
        let never = format!("/answer-links/{}/send", hub.id::<()>());
        sato.post(&path(&requests[1], &never), &json!({}))
            .assert_error(404, "answer_link_not_found");
    });
}

#[test]
fn who_was_written_to_is_reminded_until_they_answer() {
    on_both(|hub| {
        let (kim, sato) = (hub.founder("Kim"), hub.staff("Sato"));
        let fund = unclaimed(hub, &json!(["en"]), DESK);
        let request = passed_on(&kim, &sato, fund);
        hub.deliver();
        let remind = |days: i64| {
            hub.pass(SignedDuration::from_hours(24 * days));
            api::sweep_once(hub.app()).expect("a sweep");
            hub.deliver();
            let mails = hub.mail().to(DESK);
            mails.iter().map(|mail| read(mail).0).collect::<Vec<_>>()
        };

        let first = remind(5);
        assert_eq!(
            first,
            [
                "Kim startup would like to meet you",
                "Kim startup still waits for your answer"
            ]
        );
        let (.., link) = read(&hub.mail().to(DESK)[0]);
        confirms(hub, &link, "act=decline&reason=other");

        assert_eq!(remind(5).len(), 2);
        let seen = sato.on_another_device().get(&path(&request, ""));
        assert_eq!(seen.text("/state"), "declined");
    });
}

#[test]
fn who_accepted_without_an_account_is_told_when_and_where_and_that_it_was_cancelled() {
    on_both(|hub| {
        let (kim, sato) = (hub.founder("Kim"), hub.staff("Sato"));
        let fund = unclaimed(hub, &json!(["en"]), DESK);
        let request = passed_on(&kim, &sato, fund);
        hub.deliver();
        let (.., link) = read(&hub.mail().to(DESK)[0]);
        confirms(hub, &link, "act=accept");
        let time = json!({"starts_at": "2026-12-08T01:00:00Z", "venue": "Room 9, Umeda"});
        steps(&sato, &request, "schedule", &time);
        hub.deliver();

        let mails = hub.mail().to(DESK);
        let (subject, text, again) = read(&mails[1]);
        assert_eq!(subject, "The meeting with Kim startup has its time");
        assert!(
            text.contains("Tue 8 Dec 2026, 10:00 (Asia/Tokyo)"),
            "{text}"
        );
        assert!(text.contains("Room 9, Umeda") && again == link, "{text}");
        let page = hub.nobody().send("GET", &link, None).assert_status(200);
        let said = String::from_utf8_lossy(&page.bytes).into_owned();
        assert!(
            said.contains("Room 9, Umeda") && said.contains("10:00"),
            "{said}"
        );

        steps(
            &kim,
            &request,
            "cancel",
            &json!({"reason": "plans_changed"}),
        );
        hub.deliver();
        let mails = hub.mail().to(DESK);
        let (subject, text, _) = read(&mails[2]);
        assert_eq!(subject, "The introduction to Kim startup was cancelled");
        assert!(!text.contains("Room 9") && mails.len() == 3, "{text}");
        let page = hub.nobody().send("GET", &link, None);
        assert!(!String::from_utf8_lossy(&page.bytes).contains("Room 9"));
    });
}

#[test]
fn who_was_asked_without_an_account_is_told_that_nothing_is_to_be_done_any_more() {
    on_both(|hub| {
        let (kim, sato) = (hub.founder("Kim"), hub.staff("Sato"));
        let fund = unclaimed(hub, &json!(["ja"]), DESK);
        let request = passed_on(&kim, &sato, fund);
        hub.deliver();

        steps(&kim, &request, "withdraw", &json!({}));
        hub.deliver();

        let mails = hub.mail().to(DESK);
        let subjects: Vec<String> = mails.iter().map(|mail| read(mail).0).collect();
        assert_eq!(subjects[1..], ["Kim startupが面談依頼を取り下げました"]);
    });
}

#[test]
fn a_time_that_was_proposed_through_a_link_can_be_taken_once_the_request_is_accepted() {
    on_both(|hub| {
        let (kim, sato) = (hub.founder("Kim"), hub.staff("Sato"));
        let fund = unclaimed(hub, &json!(["en"]), DESK);
        let request = passed_on(&kim, &sato, fund);
        hub.deliver();
        let (.., link) = read(&hub.mail().to(DESK)[0]);
        let proposal =
            "act=times&time_1=2026-12-08T10%3A00&time_2=2026-12-09T14%3A00&zone=Asia%2FTokyo";
        confirms(hub, &link, proposal);
        let schedule = |starts_at: &str, minutes: u16| {
            let time = json!({"starts_at": starts_at, "minutes": minutes});
            step(&kim, &request, "schedule", &time)
        };
        schedule("2026-12-08T01:00:00Z", 30).assert_error(409, "invalid_transition");
        confirms(hub, &link, "act=accept");

        let window = "/times?from=2026-12-01T00:00:00Z&until=2026-12-20T00:00:00Z";
        let shown = kim.get(&path(&request, window)).assert_status(200);
        let starts = shown.body["items"].as_array().unwrap().iter();
        let starts: Vec<&Value> = starts.map(|time| &time["starts_at"]).collect();
        assert_eq!(starts, ["2026-12-08T01:00:00Z", "2026-12-09T05:00:00Z"]);
        schedule("2026-12-08T01:05:00Z", 30).assert_error(409, "time_not_open");
        schedule("2026-12-08T01:00:00Z", 65).assert_error(409, "time_not_open");
        let done = schedule("2026-12-09T05:00:00Z", 45).assert_status(200);
        assert_eq!(done.text("/state"), "scheduled");
        // What is fixed is not moved by what was proposed before.
        schedule("2026-12-08T01:00:00Z", 30).assert_error(409, "time_not_open");
    });
}
