//! The promise of disclosure as a whole: in every field that is not for everybody stands something that stands nowhere
//! else, and nobody comes across it before their time: in no body, in no header, in no line of the log.

mod crawl;
mod world;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use domain::{DocumentKind, Tier, disclosure::tier_of};
use serde_json::{Value, json};
use testkit::{
    Hub, Reply,
    hub::PASSWORD,
    on_both,
    process::{Server, key_file},
    schema::Schema,
};
use world::World;

/// The viewers, in the order of the words of the table.
const VIEWERS: [&str; 5] = ["nobody", "stranger", "asker", "asked", "staff"];

/// The phases, one for each letter of a word of the table.
const PHASES: usize = 6;

/// Canary → who may see it when.
type Table = BTreeMap<String, String>;

/// How somebody asks, in whichever process the hub runs: who, method, path, body.
type Ask<'a> = dyn Fn(&str, &str, &str, Option<&Value>) -> Reply + 'a;

fn table() -> Table {
    let sections: BTreeMap<String, Table> = toml::from_str(include_str!("canaries.toml")).unwrap();
    sections.into_values().flatten().collect()
}

/// What was come across.
struct Watch {
    table: Table,
    /// What nobody is ever to see.
    secrets: Vec<String>,
    /// The phases in which everybody looks at everything.
    crawled: Vec<usize>,
    phase: usize,
    /// Canary, viewer, phase → where it was seen first.
    seen: BTreeMap<(String, &'static str, usize), String>,
    secrets_seen: Vec<String>,
    request_ids: Vec<String>,
}

impl Watch {
    fn new(secrets: Vec<String>) -> Watch {
        Watch {
            table: table(),
            secrets,
            crawled: (0..PHASES).collect(),
            phase: 0,
            seen: BTreeMap::new(),
            secrets_seen: Vec::new(),
            request_ids: Vec::new(),
        }
    }

    /// A phase begins.
    fn enter(&mut self, phase: usize, world: &World<'_>, ask: &Ask<'_>) {
        self.phase = phase;
        if self.crawled.contains(&phase) {
            crawl::everything(world, self, ask);
        }
    }

    /// Looks for every canary in an answer.
    fn look(&mut self, viewer: &'static str, asked: &str, reply: &Reply) {
        let mut said = String::from_utf8_lossy(&reply.bytes).into_owned();
        for (name, value) in &reply.headers {
            said.extend(["\n", name, ": ", value]);
        }
        for canary in self.table.keys().filter(|canary| said.contains(*canary)) {
            let sighting = (canary.clone(), viewer, self.phase);
            self.seen
                .entry(sighting)
                .or_insert_with(|| asked.to_owned());
        }
        for secret in self.secrets.iter().filter(|secret| said.contains(*secret)) {
            let sighting = format!("{viewer} saw {secret} at {asked}");
            self.secrets_seen.push(sighting);
        }
        let id = reply.header("x-request-id").expect("every answer has one");
        self.request_ids.push(id.to_owned());
    }

    /// Who saw a canary when, as the table would say it.
    fn words(&self, canary: &str) -> String {
        let word = |viewer| -> String {
            let letter = |phase| match self.seen.get(&(canary.to_owned(), viewer, phase)) {
                Some(_) => 'x',
                None => '.',
            };
            (0..PHASES).map(letter).collect()
        };
        VIEWERS.map(word).join(" ")
    }

    /// Every row of the table that does not hold, with where the canary was seen that must not be.
    fn wrong(&self) -> Vec<String> {
        let rows = self.table.iter();
        let rows = rows.map(|(canary, may)| (canary, may, self.words(canary)));
        let wrong = rows.filter(|(_, may, was)| *may != was);
        wrong
            .map(|(canary, may, was)| {
                let places = self.places(canary, may).join("\n  ");
                format!("{canary}\n  may {may}\n  was {was}\n  {places}")
            })
            .chain(self.secrets_seen.iter().cloned())
            .collect()
    }

    /// Where a canary was seen by whom it must not be.
    fn places(&self, canary: &str, may: &str) -> Vec<String> {
        let words: Vec<&str> = may.split(' ').collect();
        let must_not = |viewer, phase: usize| {
            let column = VIEWERS.iter().position(|known| *known == viewer).unwrap();
            words[column].as_bytes()[phase] == b'.'
        };
        let of = self.seen.iter().filter(|((of, ..), _)| of == canary);
        of.filter(|((_, viewer, phase), _)| must_not(*viewer, *phase))
            .map(|((_, viewer, phase), place)| format!("{viewer} in phase {}: {place}", phase + 1))
            .collect()
    }
}

/// Takes a request through its life and has everybody look at everything in these phases.
fn live_through(world: &mut World<'_>, watch: &mut Watch, ask: &Ask<'_>) {
    let mark = json!({"mark": "bookmark", "note": "Zaffre bookmarks them"});
    let marks = format!(
        "/v1/organisations/{}/marks/{}",
        world.organisation("zaffre"),
        world.organisation("viridian")
    );
    ask("asker", "PUT", &marks, Some(&mark)).assert_status(204);
    watch.enter(0, world, ask);
    let asked = json!({
        "from": world.organisation("zaffre"), "to": world.organisation("viridian"),
        "purpose": "fundraising", "message": "First words of Zaffre.",
    });
    let made = ask("asker", "POST", "/v1/meeting-requests", Some(&asked)).assert_status(201);
    made.text("/id").clone_into(&mut world.request);
    let say = |who: &str, path: &str, body: Value| {
        let path = format!("/v1/meeting-requests/{}/{path}", made.text("/id"));
        let method = if path.ends_with("feedback") {
            "PUT"
        } else {
            "POST"
        };
        ask(who, method, &path, Some(&body))
    };
    let question = |text: &str| json!({"kind": "question", "text": text});
    say("staff", "replies", question("Cinnabar asks which round")).assert_status(201);
    watch.enter(1, world, ask);
    watch.look("asker", "POST /v1/meeting-requests", &made);

    let take = |who: &str, step: &str, body: Value| {
        let path = format!("/v1/meeting-requests/{}/{step}", world.request);
        ask(who, "POST", &path, Some(&body)).assert_status(200)
    };
    let unclear = json!({"reason": "message_unclear", "note": "Cinnabar wants it shorter"});
    let returned = take("staff", "return", unclear);
    watch.enter(2, world, ask);
    watch.look("staff", "return", &returned);
    let submission = json!({
        "message": "Second words of Zaffre, write to side.zaffre@canary.example",
        "on_behalf_of": "requester", "because": "Cinnabar helps Kim out",
    });
    let submitted = take("staff", "submit", submission);
    let approved = take("approver", "approve", json!({"ticks": ["tick_umber"]}));
    say("asked", "replies", question("Viridian asks for figures")).assert_status(201);
    watch.enter(3, world, ask);
    watch.look("staff", "submit", &submitted);
    watch.look("staff", "approve", &approved);
    let accepted = take("asked", "accept", json!({}));
    let verdict = json!({"verdict": "no", "note": "Viridian was not convinced"});
    say("asked", "feedback", verdict).assert_status(204);
    let outcome = json!({
        "kind": "term_sheet", "happened_on": "2026-10-01", "amount_tier": "staff",
        "amount": {"minor_units": 918_273_645, "currency": "JPY"},
    });
    say("asked", "outcomes", outcome).assert_status(201);
    let time = json!({
        "starts_at": "2026-12-08T01:00:00Z", "place": world.place,
        "venue": "Past the Umber door, ask for Lee",
    });
    let scheduled = take("staff", "schedule", time);
    watch.enter(4, world, ask);
    watch.look("asked", "accept", &accepted);
    watch.look("staff", "schedule", &scheduled);
    let farewell = json!({"reason": "plans_changed", "note": "Zaffre says farewell"});
    let cancelled = take("asker", "cancel", farewell);
    watch.enter(5, world, ask);
    watch.look("asker", "cancel", &cancelled);
}

/// The values of the columns that nobody is to see, as they stand in the database.
fn secrets(url: &str) -> Vec<String> {
    let columns: BTreeMap<String, BTreeMap<String, String>> =
        toml::from_str(include_str!("../../migrations/columns.toml")).unwrap();
    let mut database = Schema::of(url);
    let mut secrets = Vec::new();
    for (table, columns) in columns {
        for (column, _) in columns.iter().filter(|(_, class)| *class == "secret") {
            let question =
                format!("SELECT {column} AS line FROM {table} WHERE {column} IS NOT NULL");
            secrets.extend(database.ask(&question));
        }
    }
    secrets
}

#[test]
fn every_canary_is_seen_by_whom_it_may_and_by_nobody_else() {
    on_both(|hub| {
        let mut world = World::new(hub);
        let mut watch = Watch::new(world.tokens());
        watch.secrets.extend(secrets(hub.database_url()));
        assert!(watch.secrets.len() > 20, "{}", watch.secrets.len());
        let people = world.people.clone();
        let ask = |who: &str, method: &str, path: &str, body: Option<&Value>| {
            people[who].send(method, path, body)
        };

        live_through(&mut world, &mut watch, &ask);

        let wrong = watch.wrong();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn every_field_above_listed_holds_a_canary() {
    let contract = serde_json::to_value(api::contract()).unwrap();
    let table = table();
    let mut fields = 0;
    for (kind, schema, within) in [
        (DocumentKind::Profile, "Profile", ""),
        (DocumentKind::Contacts, "Contacts", ""),
        (DocumentKind::Asset, "Asset", ""),
        (DocumentKind::Round, "Round", ""),
        (DocumentKind::Mandate, "Mandate", ""),
        (DocumentKind::Mandate, "InvestorTerms", "terms."),
    ] {
        let properties = &contract["components"]["schemas"][schema]["properties"];
        let paths = properties.as_object().expect(schema).keys();
        let paths = paths.map(|field| format!("{within}{field}"));
        for path in paths.filter(|path| tier_of(kind, path) > Some(Tier::Listed)) {
            let pointer = format!("/{}", path.replace('.', "/"));
            let field = path.rsplit('.').next().unwrap();
            for document in world::documents(kind) {
                let value = document.pointer(&pointer).unwrap_or(&Value::Null);
                let said = json!({field: value}).to_string();
                let holds = table.keys().any(|canary| said.contains(canary));
                assert!(holds, "{schema}.{field}: {said}");
                fields += 1;
            }
        }
    }
    assert!(fields >= 16, "{fields}");
}

/// Waits until the log, which another thread reads, has come so far.
fn log_up_to(server: &Server, id: &str) -> String {
    let started = Instant::now();
    loop {
        let log = server.log();
        if log.contains(id) {
            return log;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "{id} never");
        std::thread::yield_now();
    }
}

/// Sends what does not fit, with canaries in it, where a careless program would log it.
fn ask_badly(watch: &mut Watch, ask: &Ask<'_>) {
    let kim = "kim.zaffre@people.example";
    for (who, method, path, body) in [
        (
            "nobody",
            "POST",
            "/v1/sessions".to_owned(),
            json!({"email": kim, "password": "Umber guess"}),
        ),
        (
            "nobody",
            "POST",
            "/v1/sessions".to_owned(),
            json!({"email": kim, "password": kim, "Kim Zaffre": 1}),
        ),
        (
            "nobody",
            "POST",
            "/v1/sessions".to_owned(),
            json!({"email": "Kim Zaffre", "password": 1}),
        ),
        (
            "nobody",
            "POST",
            "/v1/sessions/refresh".to_owned(),
            json!({"refresh_token": kim}),
        ),
        (
            "asker",
            "PUT",
            "/v1/me".to_owned(),
            json!({"name": "Kim Zaffre", "language": kim}),
        ),
        (
            "asker",
            "PUT",
            "/v1/me".to_owned(),
            json!({"phone": "+81-90-7171-8282"}),
        ),
        (
            "asker",
            "POST",
            "/v1/meeting-requests".to_owned(),
            json!({"message": "First words of Zaffre"}),
        ),
        (
            "asker",
            "GET",
            format!("/v1/meeting-requests/{kim}"),
            Value::Null,
        ),
        (
            "asker",
            "GET",
            "/v1/startups?sectors=Zaffreville".to_owned(),
            Value::Null,
        ),
        (
            "asker",
            "GET",
            format!("/v1/startups?cursor={kim}"),
            Value::Null,
        ),
        (
            "asker",
            "GET",
            format!("/v1/nowhere/{kim}?name={kim}"),
            Value::Null,
        ),
        (
            "asker",
            "POST",
            format!("/{kim}"),
            json!({"password": PASSWORD}),
        ),
    ] {
        let body = Some(&body).filter(|body| !body.is_null());
        let reply = ask(who, method, &path, body);
        assert!(
            (400..500).contains(&reply.status),
            "{path}: {}",
            reply.status
        );
        watch
            .request_ids
            .push(reply.header("x-request-id").unwrap().to_owned());
    }
}

#[test]
fn no_canary_stands_in_the_log_and_every_request_does() {
    let hub = Hub::on_sqlite();
    let mut world = World::new(&hub);
    let folder = tempfile::tempdir().unwrap();
    let key = key_file(folder.path());
    let server = Server::start(&[
        "--database-url",
        hub.database_url(),
        "--signing-key-file",
        key.to_str().unwrap(),
        "--log=debug",
    ])
    .unwrap_or_else(|refused| panic!("{}", refused.said));
    let signed_in = world.people.iter().filter(|(name, _)| **name != "nobody");
    let bearers: BTreeMap<&str, String> = signed_in
        .map(|(name, actor)| (*name, server.sign_in(actor.email())))
        .collect();
    let ask = |who: &str, method: &str, path: &str, body: Option<&Value>| {
        let bearer = bearers.get(who).map(|bearer| ("authorization", &**bearer));
        let headers: Vec<(&str, &str)> = bearer.into_iter().chain([("if-match", "*")]).collect();
        server.send(method, path, &headers, body).unwrap()
    };
    let mut watch = Watch::new(world.tokens());
    // The one in which most can be seen.
    watch.crawled = vec![4];

    live_through(&mut world, &mut watch, &ask);
    ask_badly(&mut watch, &ask);
    for status in [200, 401] {
        let token = json!({"refresh_token": world.people["asker"].refresh_token()});
        let reply =
            ask("nobody", "POST", "/v1/sessions/refresh", Some(&token)).assert_status(status);
        watch
            .request_ids
            .push(reply.header("x-request-id").unwrap().to_owned());
    }

    let last = watch.request_ids.last().unwrap();
    let log = log_up_to(&server, last);
    let bearers = bearers
        .values()
        .map(|bearer| bearer.trim_start_matches("Bearer ").to_owned());
    let mut canaries: Vec<String> = watch.table.keys().cloned().chain(bearers).collect();
    canaries.extend(world.tokens());
    canaries.extend(secrets(hub.database_url()));
    canaries.extend([PASSWORD.to_owned(), "Umber guess".to_owned()]);
    let found: Vec<&String> = canaries
        .iter()
        .filter(|canary| log.contains(*canary))
        .collect();
    assert!(found.is_empty(), "{found:?}");
    assert!(watch.seen.len() > 100, "{}", watch.seen.len());
    for id in &watch.request_ids {
        assert!(log.contains(id), "{id}");
    }
}
