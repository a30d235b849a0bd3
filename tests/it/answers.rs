//! Answers without an account: a link to a page that shows the request, changes nothing when it is opened, and does what was
//! confirmed.

use domain::{Kind, OrganisationId};
use jiff::SignedDuration;
use serde_json::json;
use testkit::{Actor, Hub, Reply, on_both, schema::Schema};

use crate::meeting_requests::{body, path, steps};

const FORM: &str = "application/x-www-form-urlencoded";

/// A founder's request to a fund that nobody has claimed, approved, and the link that the staff gave.
struct World<'a> {
    hub: &'a Hub,
    kim: Actor<'a>,
    sato: Actor<'a>,
    fund: OrganisationId,
    request: Reply,
    page: String,
}

impl<'a> World<'a> {
    fn new(hub: &'a Hub) -> World<'a> {
        let (kim, sato) = (hub.founder("Kim"), hub.staff("Sato"));
        let fund = hub.organisation("Unclaimed Fund", Kind::Investor);
        let asked = body(kim.organisation(), fund);
        let request = kim.post("/v1/meeting-requests", &asked).assert_status(201);
        steps(&sato, &request, "approve", &json!({}));
        let mut world = World {
            hub,
            kim,
            sato,
            fund,
            request,
            page: String::new(),
        };
        let link = world.link();
        link.text("/path").clone_into(&mut world.page);
        world
    }

    fn link(&self) -> Reply {
        let to = json!({"email": "ada@fund.example", "name": "Ada", "language": "en"});
        let at = path(&self.request, "/answer-links");
        self.sato.post(&at, &to).assert_status(201)
    }

    fn open(&self) -> Reply {
        self.hub.catch_up();
        self.hub.nobody().send("GET", &self.page, None)
    }

    fn send(&self, end: &str, form: &str) -> Reply {
        self.hub.catch_up();
        let at = format!("{}{end}", self.page);
        self.hub.nobody().send_raw("POST", &at, Some((form, FORM)))
    }

    /// The word that confirms what the page shows.
    fn draft(&self, form: &str) -> String {
        let page = self.send("", form).assert_status(200);
        let said = text(&page);
        let once = said.split("name=\"once\" value=\"").nth(1).expect("a word");
        once.split('"').next().unwrap().to_owned()
    }

    fn answer(&self, form: &str) -> Reply {
        let once = self.draft(form);
        self.hub.pass(SignedDuration::from_secs(1));
        self.send("/confirm", &format!("once={once}"))
    }

    fn state(&self) -> String {
        let seen = self.sato.get(&path(&self.request, "")).assert_status(200);
        seen.text("/state").to_owned()
    }
}

fn text(page: &Reply) -> String {
    String::from_utf8_lossy(&page.bytes).into_owned()
}

#[test]
fn opening_a_link_shows_the_request_and_changes_nothing() {
    on_both(|hub| {
        let world = World::new(hub);
        let count = |table: &str| {
            let question = format!("SELECT CAST(count(*) AS TEXT) AS line FROM {table}");
            Schema::of(hub.database_url()).ask(&question)
        };
        let tables = [
            "outbox",
            "audit",
            "people",
            "answer_drafts",
            "meeting_request_steps",
        ];
        let before = tables.map(count);

        let page = world.open().assert_status(200);
        world.hub.nobody().send("HEAD", &world.page, None);
        let japanese = hub
            .nobody()
            .send("GET", &format!("{}?language=ja", world.page), None);

        assert_eq!(tables.map(count), before);
        let said = text(&page);
        for there in [
            "Kim startup",
            "We grow heart muscle",
            "Fundraising",
            "lang=\"en\"",
        ] {
            assert!(said.contains(there), "{there}");
        }
        assert!(!said.contains(world.kim.email()) && !said.contains("<script"));
        assert!(text(&japanese).contains("面談依頼") && text(&japanese).contains("lang=\"ja\""));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    });
}

#[test]
fn an_acceptance_is_confirmed_once_and_both_are_reached() {
    on_both(|hub| {
        let world = World::new(hub);

        let once = world.draft("act=accept&phone=%2B81-3-1111-2222");
        assert_eq!(world.state(), "awaiting_counterpart");
        let done = world.send("/confirm", &format!("once={once}"));
        let again = world.send("/confirm", &format!("once={once}"));

        done.assert_status(200);
        assert_eq!(again.status, 410);
        assert_eq!(world.state(), "accepted");
        let seen = world.kim.get(&path(&world.request, ""));
        assert_eq!(seen.text("/contacts/counterpart/email"), "ada@fund.example");
        assert_eq!(seen.text("/contacts/counterpart/phone"), "+81-3-1111-2222");
        assert!(text(&world.open()).contains(world.kim.email()));
        assert_eq!(world.send("", "act=decline&reason=other").status, 410);
    });
}

#[test]
fn a_link_can_decline_ask_propose_and_refer() {
    on_both(|hub| {
        let world = World::new(hub);

        world
            .answer("act=question&question=Which+round%3F")
            .assert_status(200);
        world
            .answer("act=times&zone=Asia/Tokyo&time_1=2026-12-01T10:00&times_text=Mornings")
            .assert_status(200);
        world
            .answer("act=refer&colleague_name=Bea&colleague_email=bea@fund.example")
            .assert_status(200);
        assert_eq!(world.state(), "awaiting_counterpart");
        let said = world
            .kim
            .get(&path(&world.request, "/replies"))
            .assert_status(200);
        let kinds: Vec<&str> = said.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["kind"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["question", "times", "referral"]);
        assert_eq!(said.text("/items/1/times/0"), "2026-12-01T01:00:00Z");
        assert!(!String::from_utf8_lossy(&said.bytes).contains("bea@fund.example"));
        let staff = world.sato.get(&path(&world.request, "/replies"));
        assert_eq!(staff.text("/items/2/colleague/email"), "bea@fund.example");
        let answer = format!("/replies/{}/answer", said.text("/items/0/id"));
        let answer = path(&world.request, &answer);
        let words = json!({"text": "The seed round."});
        world.kim.post(&answer, &words).assert_status(204);
        world
            .kim
            .post(&answer, &words)
            .assert_error(404, "reply_not_found");

        world
            .answer("act=decline&reason=too_early&note=Next+year")
            .assert_status(200);
        let seen = world.kim.get(&path(&world.request, ""));
        assert_eq!(seen.text("/reason"), "too_early");
        assert_eq!(world.state(), "declined");
    });
}

#[test]
fn a_bad_form_says_what_is_wrong_with_which_field_in_the_readers_language() {
    on_both(|hub| {
        let world = World::new(hub);

        for (form, said) in [
            ("act=decline", "Please fill this in."),
            (
                "act=refer&colleague_name=B&colleague_email=b",
                "not an e-mail address",
            ),
            (
                "act=times&zone=Asia/Tokyo&time_1=2020-01-01T10:00",
                "has passed",
            ),
            ("act=decline&language=ja", "入力または選択してください。"),
            (
                "act=question&question=%3Cscript%3E&act=nothing",
                "&lt;script&gt;",
            ),
        ] {
            let page = world.send("", form);
            assert_eq!(page.status, 422, "{form}");
            assert!(text(&page).contains(said), "{form}");
            assert!(!text(&page).contains("<script"), "{form}");
        }
        let other =
            world
                .hub
                .nobody()
                .send_raw("POST", &world.page, Some(("{}", "application/json")));
        assert_eq!(other.status, 415);
        let large = world.send("", &format!("act=question&question={}", "x".repeat(70_000)));
        assert_eq!(large.status, 413);
        assert_eq!(world.send("/confirm", "once=nkw_forged").status, 409);
        assert_eq!(world.state(), "awaiting_counterpart");
    });
}

#[test]
fn forged_expired_and_revoked_links_say_so() {
    on_both(|hub| {
        let world = World::new(hub);
        let forged = |page: &str| hub.nobody().send("GET", page, None);
        let last = world.page.chars().last().unwrap();
        let other = if last == 'A' { 'B' } else { 'A' };
        let changed = format!("{}{other}", &world.page[..world.page.len() - 1]);

        for page in ["/answer/x", "/answer/nka_AAAA", &changed] {
            assert_eq!(forged(page).status, 404, "{page}");
            assert!(text(&forged(page)).contains("unknown"), "{page}");
        }
        let links = path(&world.request, "/answer-links");
        let listed = world.sato.get(&links).assert_status(200);
        let id = listed.text("/items/0/id");
        world
            .sato
            .delete(&format!("{links}/{id}"))
            .assert_status(204);
        assert_eq!(world.open().status, 410);
        let fresh = World {
            page: world.link().text("/path").to_owned(),
            ..world
        };
        assert_eq!(fresh.open().status, 200);
        hub.pass(SignedDuration::from_hours(24 * 31));
        let old = fresh.open();
        assert_eq!(old.status, 410);
        assert!(text(&old).contains("expired"));
    });
}

#[test]
fn a_confirmation_is_good_for_its_link_and_for_half_an_hour() {
    on_both(|hub| {
        let world = World::new(hub);
        let once = world.draft("act=decline&reason=other");
        let other = World {
            page: world.link().text("/path").to_owned(),
            kim: world.kim.clone(),
            sato: world.sato.clone(),
            request: world.request.clone(),
            ..world
        };

        let elsewhere = other.send("/confirm", &format!("once={once}"));
        hub.pass(SignedDuration::from_mins(31));
        let late = world.send("/confirm", &format!("once={once}"));

        assert_eq!((elsewhere.status, late.status), (409, 409));
    });
}

#[test]
fn contacts_go_abroad_through_a_link_only_with_consent_to_what_the_page_shows() {
    on_both(|hub| {
        let (kim, sato) = (hub.founder("Kim"), hub.staff("Sato"));
        let fund = hub.organisation_like(
            Kind::Investor,
            &json!({"names": {"en": "Boston Fund"}, "home": "US-MA", "languages": ["en"]}),
        );
        let asked = body(kim.organisation(), fund);
        let request = kim.post("/v1/meeting-requests", &asked).assert_status(201);
        steps(&sato, &request, "approve", &json!({}));
        let consents = format!("/v1/organisations/{}/consents/{fund}", kim.organisation());
        let shown = kim.get(&consents).assert_status(200);
        for of in ["person", "organisation"] {
            let agreed = json!({"of": of, "text": shown.text("/notice/text")});
            kim.post(&consents, &agreed).assert_status(201);
        }
        let mut world = World {
            hub,
            kim,
            sato,
            fund,
            request,
            page: String::new(),
        };
        let link = world.link();
        link.text("/path").clone_into(&mut world.page);

        let page = text(&world.open());
        assert!(page.contains("Act on the Protection of Personal Information"));
        assert_eq!(world.send("", "act=accept").status, 422);
        let agreed = page.split("name=\"agreed\" value=\"").nth(1).unwrap();
        let agreed = agreed.split('"').next().unwrap();
        world
            .answer(&format!("act=accept&agreed={agreed}"))
            .assert_status(200);
        assert_eq!(world.state(), "accepted");
    });
}

#[test]
fn who_has_an_account_signs_in_instead() {
    on_both(|hub| {
        let (kim, ada, sato) = (hub.founder("Kim"), hub.investor("Ada"), hub.staff("Sato"));
        let fund = hub.organisation("Fund", Kind::Investor);
        let ask = |to| {
            let made = kim.post("/v1/meeting-requests", &body(kim.organisation(), to));
            let made = made.assert_status(201);
            steps(&sato, &made, "approve", &json!({}));
            made
        };
        let link = |who: &Actor<'_>, request: &Reply, email: &str| {
            let to = json!({"email": email, "name": "Somebody", "language": "ja"});
            who.post(&path(request, "/answer-links"), &to)
        };
        let (claimed, unclaimed) = (ask(ada.organisation()), ask(fund));

        link(&sato, &claimed, "x@fund.example").assert_error(409, "has_account");
        link(&sato, &unclaimed, ada.email()).assert_error(409, "has_account");
        link(&kim, &unclaimed, "x@fund.example").assert_error(403, "forbidden");
        link(&hub.founder("Noor"), &unclaimed, "x@fund.example")
            .assert_error(404, "meeting_request_not_found");
        link(&sato, &unclaimed, "x@fund.example").assert_status(201);
    });
}

#[test]
fn claiming_the_profile_later_keeps_the_history() {
    on_both(|hub| {
        let world = World::new(hub);
        world.answer("act=accept").assert_status(200);

        let invitation = json!({
            "email": "ada@fund.example", "organisation": world.fund, "role": "owner",
        });
        let invited = world
            .sato
            .post("/v1/invitations", &invitation)
            .assert_status(201);
        let acceptance = json!({
            "token": invited.text("/token"), "name": "Ada Lovelace", "language": "en",
            "password": "correct horse battery",
        });
        hub.nobody()
            .post("/v1/invitations/accept", &acceptance)
            .assert_status(201);
        hub.catch_up();
        let tokens = hub
            .nobody()
            .post(
                "/v1/sessions",
                &json!({"email": "ada@fund.example", "password": "correct horse battery"}),
            )
            .assert_status(201);
        let ada = hub.nobody().with_token(tokens.text("/access_token"));

        let seen = ada.get(&path(&world.request, "")).assert_status(200);
        assert_eq!(seen.text("/state"), "accepted");
        assert_eq!(seen.text("/contacts/requester/email"), world.kim.email());
        assert_eq!(seen.text("/contacts/counterpart/name"), "Ada Lovelace");
    });
}

#[test]
fn the_secret_of_a_link_stands_nowhere_in_the_database() {
    on_both(|hub| {
        let world = World::new(hub);
        world.open().assert_status(200);

        let secret = world.page.rsplit('/').next().unwrap().to_owned();
        let mut database = Schema::of(hub.database_url());
        for question in [
            "SELECT hash AS line FROM answer_links",
            "SELECT CAST(body AS TEXT) AS line FROM outbox",
            "SELECT CAST(detail AS TEXT) AS line FROM audit",
        ] {
            let lines = database.ask(question);
            assert!(!lines.is_empty());
            assert!(
                !lines.iter().any(|line| line.contains(&secret)),
                "{question}"
            );
        }
    });
}
