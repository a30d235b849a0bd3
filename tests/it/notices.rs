//! People are told by mail of what concerns them: in their language, by their clocks, as often as they wish, and of nothing
//! that they may not know.

use jiff::ToSpan as _;
use mail_parser::{MessageParser, MimeHeaders as _};
use serde_json::json;
use testkit::{Actor, Hub, mail::Mail, on_both};

/// A mail as a mail program shows it.
struct Shown {
    subject: String,
    text: String,
    html: String,
    /// The link at its foot, without the host.
    unsubscribe: String,
}

fn shown(mail: &Mail) -> Shown {
    let message = MessageParser::default().parse(mail.raw.as_bytes()).unwrap();
    let header = |name: &str| {
        message
            .header_raw(name)
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert_eq!(
        header("List-Unsubscribe-Post"),
        "List-Unsubscribe=One-Click"
    );
    assert_eq!(
        message
            .html_part(0)
            .unwrap()
            .content_type()
            .unwrap()
            .subtype(),
        Some("html")
    );
    let link = header("List-Unsubscribe");
    let link = link.trim_matches(['<', '>']);
    let text = message.body_text(0).unwrap().into_owned();
    assert!(text.contains(link), "{text}");
    Shown {
        subject: message.subject().unwrap().to_owned(),
        text,
        html: message.body_html(0).unwrap().into_owned(),
        unsubscribe: link.strip_prefix("https://hub.example").unwrap().to_owned(),
    }
}

/// The mails to this person, read.
fn read(hub: &Hub, person: &Actor<'_>) -> Vec<Shown> {
    hub.mail().to(person.email()).iter().map(shown).collect()
}

fn subjects(hub: &Hub, person: &Actor<'_>) -> Vec<String> {
    read(hub, person)
        .into_iter()
        .map(|mail| mail.subject)
        .collect()
}

fn asks(from: &Actor<'_>, to: &Actor<'_>, purpose: &str) -> String {
    let body = json!({
        "from": from.organisation(), "to": to.organisation(), "purpose": purpose,
        "message": "The secret words of the message.",
    });
    let made = from.post("/v1/meeting-requests", &body).assert_status(201);
    format!("/v1/meeting-requests/{}", made.text("/id"))
}

fn settings(person: &Actor<'_>, settings: &serde_json::Value) {
    person
        .with("if-match", "*")
        .put("/v1/me/notice-settings", settings)
        .assert_status(200);
}

fn speaks_japanese(person: &Actor<'_>, name: &str) {
    person
        .with("if-match", "*")
        .put(
            "/v1/me",
            &json!({"name": name, "language": "ja", "phone": "+81-6-1111-2222"}),
        )
        .assert_status(204);
}

#[test]
fn each_step_is_told_by_mail_to_whom_it_concerns_and_to_nobody_else() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let stranger = hub.founder("Stranger");

        let request = asks(&kim, &ada, "fundraising");
        hub.deliver();
        let after_asking = (subjects(hub, &kim).len(), subjects(hub, &ada).len());
        sato.post(&format!("{request}/approve"), &json!({}))
            .assert_status(200);
        hub.deliver();
        ada.post(&format!("{request}/accept"), &json!({}))
            .assert_status(200);
        hub.deliver();

        assert_eq!(after_asking, (0, 0));
        assert_eq!(
            subjects(hub, &sato),
            ["To decide: Kim startup asks to meet Ada investor"]
        );
        assert_eq!(
            subjects(hub, &kim),
            [
                "Your request to meet Ada investor was passed on",
                "Ada investor accepted: you are introduced"
            ]
        );
        assert_eq!(subjects(hub, &ada), ["Kim startup would like to meet you"]);
        assert!(subjects(hub, &stranger).is_empty());
    });
}

#[test]
fn a_mail_speaks_the_language_of_its_reader_and_tells_the_time_of_their_zone() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        speaks_japanese(&ada, "荒井 エイダ");
        settings(
            &sato,
            &json!({"zone": "America/New_York", "rhythm": "immediate"}),
        );

        let request = asks(&kim, &ada, "fundraising");
        sato.get(&request).assert_status(200);
        hub.deliver();
        sato.post(&format!("{request}/approve"), &json!({}))
            .assert_status(200);
        hub.deliver();

        let (to_ada, to_sato) = (&read(hub, &ada)[0], &read(hub, &sato)[0]);
        assert_eq!(to_ada.subject, "Kim startupから面談の依頼があります");
        assert!(to_ada.text.contains("荒井 エイダ 様"), "{}", to_ada.text);
        assert!(to_ada.text.contains("（Asia/Tokyo）"), "{}", to_ada.text);
        assert!(to_ada.html.contains("<html lang=\"ja\">"));
        assert!(to_ada.html.contains("資金調達・投資"));
        assert!(
            to_sato.text.contains("(America/New_York)"),
            "{}",
            to_sato.text
        );
        assert!(to_sato.html.contains("<html lang=\"en\">"));
    });
}

#[test]
fn no_mail_holds_contacts_or_what_people_wrote() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        speaks_japanese(&ada, "Ada");
        let request = asks(&kim, &ada, "fundraising");
        hub.deliver();
        let unclear = json!({"reason": "message_unclear", "note": "A note of the staff."});
        sato.post(&format!("{request}/return"), &unclear)
            .assert_status(200);
        hub.deliver();
        kim.post(
            &format!("{request}/submit"),
            &json!({"message": "Other secret words."}),
        )
        .assert_status(200);
        hub.deliver();
        sato.post(&format!("{request}/approve"), &json!({}))
            .assert_status(200);
        hub.deliver();
        ada.post(&format!("{request}/accept"), &json!({}))
            .assert_status(200);
        hub.deliver();

        let people = [&kim, &ada, &sato];
        let mails: Vec<Shown> = people.iter().flat_map(|person| read(hub, person)).collect();
        assert!(mails.len() >= 6, "{}", mails.len());
        for mail in mails {
            for body in [&mail.subject, &mail.text, &mail.html] {
                for secret in [
                    "secret words",
                    "note of the staff",
                    "+81-6",
                    "@people.example",
                ] {
                    assert!(!body.contains(secret), "{secret}: {body}");
                }
            }
        }
    });
}

#[test]
fn a_digest_comes_once_in_the_morning_with_all_that_happened() {
    on_both(|hub| {
        let (kim, ada, ben) = (hub.founder("Kim"), hub.investor("Ada"), hub.investor("Ben"));
        let sato = hub.staff("Sato");
        settings(&sato, &json!({"zone": "Asia/Tokyo", "rhythm": "daily"}));

        asks(&kim, &ada, "fundraising");
        hub.deliver();
        asks(&kim, &ben, "fundraising");
        hub.deliver();
        // It is six in the evening in Tokyo; the morning comes after fourteen hours.
        hub.pass(jiff::SignedDuration::from_hours(13));
        hub.deliver();
        let before = subjects(hub, &sato);
        hub.pass(jiff::SignedDuration::from_hours(1));
        hub.deliver();

        assert!(before.is_empty(), "{before:?}");
        let mails = read(hub, &sato);
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].subject, "2 things since yesterday");
        for name in ["Ada investor", "Ben investor"] {
            assert!(mails[0].text.contains(name), "{}", mails[0].text);
        }
    });
}

#[test]
fn opening_the_link_of_a_mail_changes_nothing_and_its_button_stops_that_kind() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        asks(&kim, &ada, "fundraising");
        hub.deliver();
        let link = read(hub, &sato)[0].unsubscribe.clone();

        for _ in 0..3 {
            hub.nobody().get(&link).assert_status(200);
        }
        asks(&kim, &ada, "licensing");
        hub.deliver();
        let opened = subjects(hub, &sato).len();
        let form = Some((
            "List-Unsubscribe=One-Click",
            "application/x-www-form-urlencoded",
        ));
        for _ in 0..2 {
            let done = hub.nobody().send_raw("POST", &link, form);
            assert_eq!(done.status, 200);
        }
        asks(&kim, &ada, "pilot_customer");
        hub.deliver();

        assert_eq!((opened, subjects(hub, &sato).len()), (2, 2));
        let muted = sato.get("/v1/me/notice-settings").assert_status(200);
        assert_eq!(muted.body["muted"], json!(["approvals"]));
        let broken = hub.nobody().get(&format!("{link}x"));
        broken.assert_error(404, "unsubscribe_link_not_found");
    });
}

#[test]
fn a_letter_that_the_server_puts_off_is_tried_again_and_one_that_it_refuses_is_not() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        hub.mail().refuse(Some("451 later"));
        asks(&kim, &ada, "fundraising");
        hub.deliver();
        assert_eq!(hub.deliver(), 0);
        hub.pass(jiff::SignedDuration::from_mins(1));
        assert_eq!(hub.deliver(), 1);

        hub.mail().refuse(None);
        hub.pass(jiff::SignedDuration::from_mins(5));
        hub.deliver();
        hub.mail().refuse(Some("550 nobody here"));
        asks(&kim, &ada, "licensing");
        hub.deliver();
        hub.mail().refuse(None);
        hub.pass(jiff::SignedDuration::from_hours(48));

        assert_eq!(subjects(hub, &sato).len(), 1);
        assert_eq!(hub.deliver(), 0);
    });
}

#[test]
fn what_is_decided_meanwhile_is_not_asked_for_any_more() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let tanaka = hub.staff("Tanaka");
        settings(&tanaka, &json!({"zone": "UTC", "rhythm": "daily"}));
        let request = asks(&kim, &ada, "fundraising");
        hub.deliver();
        sato.post(&format!("{request}/approve"), &json!({}))
            .assert_status(200);

        hub.pass(jiff::SignedDuration::from_hours(24));
        hub.deliver();

        assert_eq!(hub.mail().to(sato.email()).len(), 1);
        assert!(hub.mail().to(tanaka.email()).is_empty());
    });
}

#[test]
fn the_link_of_a_mail_leads_to_a_page_that_shows_nothing() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let request = asks(&kim, &ada, "fundraising");
        let page = request.strip_prefix("/v1").unwrap();

        let shown = hub.nobody().get(page).assert_status(200);

        let said = String::from_utf8(shown.bytes).unwrap();
        assert!(said.contains(&request), "{said}");
        assert!(!said.contains("Kim") && !said.contains("Ada"), "{said}");
    });
}

#[test]
fn who_has_left_meanwhile_gets_no_mail() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        settings(&sato, &json!({"zone": "UTC", "rhythm": "daily"}));
        asks(&kim, &ada, "fundraising");
        hub.deliver();
        let programme = hub.hub_programme();
        hub.make(|conn, _| {
            store::people::delete_staff_grant(conn, sato.id(), programme)?;
            store::journal::insert_note(conn, domain::Noun::StaffGrant, sato.id().uuid())
        });
        hub.catch_up();

        hub.pass(24.hours().try_into().unwrap());
        hub.deliver();

        assert!(hub.mail().to(sato.email()).is_empty());
    });
}

#[test]
fn notice_settings_refuse_what_is_no_zone_and_what_was_read_too_long_ago() {
    on_both(|hub| {
        let kim = hub.founder("Kim");
        let usual = kim.get("/v1/me/notice-settings").assert_status(200);
        assert_eq!(
            usual.body,
            json!({"zone": "Asia/Tokyo", "rhythm": "immediate", "muted": [], "version": 0})
        );
        let path = "/v1/me/notice-settings";
        let daily =
            json!({"zone": "Europe/Berlin", "rhythm": "daily", "muted": ["meetings", "meetings"]});

        kim.put(path, &daily)
            .assert_error(428, "precondition_required");
        let kept = kim
            .with("if-match", "\"0\"")
            .put(path, &daily)
            .assert_status(200);
        kim.with("if-match", "\"0\"")
            .put(path, &daily)
            .assert_error(412, "precondition_failed");
        let bad = json!({"zone": "Mars/Olympus", "rhythm": "daily"});
        let bad = kim
            .with("accept-language", "ja")
            .with("if-match", "\"1\"")
            .put(path, &bad);

        assert_eq!(kept.body["muted"], json!(["meetings"]));
        bad.assert_error(422, "invalid_body");
        assert_eq!(bad.text("/fields/0/field"), "zone");
        assert!(bad.text("/fields/0/message").contains("タイムゾーン"));
    });
}
