//! Who may do what: every operation of the contract, tried by everybody on everything, held against
//! `authorisation.toml`.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use api::auth::{
    scopes::scope_of,
    tokens::{AccessTokens, Principal},
};
use domain::{
    Affiliation, AffiliationKind, Asset, BlockList, Contacts, Document, Kind, Mandate, Noun,
    OrganisationId, PersonId, PersonStatus, Review, Role, Round, Scope, Visibility,
};
use jiff::ToSpan as _;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{affiliations, consents, journal, marks, organisations, people, programmes, sessions};
use testkit::{Actor, Hub, Reply, on_both};

/// The columns of the table.
const PRINCIPALS: [&str; 11] = [
    "anonymous",
    "person",
    "owner",
    "member",
    "counterpart",
    "stranger",
    "staff",
    "other_staff",
    "admin",
    "suspended",
    "signed_out",
];

/// What stands in the table for one operation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    body: Option<String>,
    query: Option<String>,
    /// The object in the second place of the path.
    other: Option<String>,
    /// Who sees the first object and not that one.
    #[serde(default)]
    other_unseen_by: Vec<String>,
    /// Whether the operation changes what the next try needs.
    #[serde(default)]
    fresh: bool,
    /// The statuses by object.
    on: BTreeMap<String, String>,
}

fn table() -> BTreeMap<String, Row> {
    toml::from_str(include_str!("authorisation.toml")).unwrap()
}

/// The operations of the contract, and whether each asks for a sign-in.
fn operations() -> BTreeMap<String, bool> {
    let contract = serde_json::to_value(api::contract()).unwrap();
    let paths = contract["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().unwrap().iter();
        item.map(move |(method, operation)| {
            let open = operation["security"] == json!([{}]);
            (format!("{} {path}", method.to_uppercase()), !open)
        })
    });
    operations.collect()
}

/// A hub with somebody for each column and something for each object.
struct World<'a> {
    hub: &'a Hub,
    people: BTreeMap<&'static str, PersonId>,
    objects: BTreeMap<&'static str, String>,
}

impl<'a> World<'a> {
    fn new(hub: &'a Hub) -> World<'a> {
        let owner = hub.founder("Owner");
        let counterpart = hub.investor("Counterpart");
        let staff = hub.staff("Staff");
        let approve = (&staff, "approve", json!({}));
        let return_it = (&staff, "return", json!({"reason": "message_unclear"}));
        let accept = (&counterpart, "accept", json!({}));
        let people = BTreeMap::from([
            ("person", hub.person("Person").id()),
            ("owner", owner.id()),
            ("member", join(hub, "Member", &owner, Role::Member)),
            ("counterpart", counterpart.id()),
            ("stranger", hub.founder("Stranger").id()),
            ("staff", staff.id()),
            ("other_staff", staff_of_another_programme(hub)),
            ("admin", hub.admin("Admin").id()),
            ("suspended", join(hub, "Suspended", &owner, Role::Owner)),
            ("signed_out", join(hub, "Gone", &owner, Role::Member)),
        ]);
        hub.make(|conn, _| {
            people::save_status(conn, people["suspended"], PersonStatus::Suspended)?;
            journal::insert_note(conn, Noun::Person, people["suspended"].uuid())
        });
        let mut objects = BTreeMap::from([
            ("nothing", String::new()),
            ("sectors", "sectors".to_owned()),
            ("own", owner.organisation().to_string()),
            ("counterpart", counterpart.organisation().to_string()),
            ("draft", unlisted(hub, "Draft", Review::Draft).to_string()),
            (
                "submitted",
                unlisted(hub, "Submitted", Review::Submitted).to_string(),
            ),
            ("absent", hub.id::<domain::of::Organisation>().to_string()),
            ("request", request(&owner, &counterpart, "other", &[])),
            (
                "returned",
                request(&owner, &counterpart, "licensing", &[&return_it]),
            ),
            (
                "approved",
                request(&owner, &counterpart, "fundraising", &[&approve]),
            ),
            (
                "accepted",
                request(&owner, &counterpart, "joint_research", &[&approve, &accept]),
            ),
            (
                "to_be_scheduled",
                request(&owner, &counterpart, "manufacturing", &[&approve, &accept]),
            ),
        ]);
        objects.extend(sayings(hub, &owner, &counterpart, &staff, &objects));
        objects.extend(documents(hub, &owner));
        objects.extend(places(hub, &owner, &counterpart));
        objects.extend(machines(&owner));
        objects.insert("scorecard", scoring::Card::default_card().hash().to_owned());
        objects.insert("somebody", people["member"].to_string());
        objects.insert("other_staff", people["other_staff"].to_string());
        objects.insert("interpreter", people["person"].to_string());
        objects.extend(booked(hub, (&staff, &owner), &objects["to_be_scheduled"]));
        World {
            hub,
            people,
            objects,
        }
    }

    /// Somebody of this column with a session of their own, past the limits of signing in.
    fn act(&self, principal: &str) -> Actor<'a> {
        let Some(person) = self.people.get(principal).copied() else {
            return self.hub.nobody();
        };
        let session = sessions::Session {
            id: self.hub.id(),
            person,
            expires_at: self.hub.now() + 1.hour(),
            revoked_at: None,
        };
        let generation = self.hub.make(|conn, now| {
            sessions::insert(conn, &session, &session.id.to_string(), now)?;
            if principal == "signed_out" {
                sessions::save_revoked(conn, session.id, now)?;
                journal::insert_note(conn, Noun::Session, session.id.uuid())?;
            }
            Ok(people::find_principal(conn, person)?.generation)
        });
        self.hub.catch_up();
        let who = Principal {
            person: person.uuid(),
            session: session.id.uuid(),
            generation,
        };
        let tokens = AccessTokens::new(Arc::new(self.hub.signing_keys()));
        self.hub
            .nobody()
            .with_token(&tokens.mint(&who, self.hub.now()))
    }

    fn filled(&self, text: &str) -> String {
        let objects = self.objects.iter();
        objects.fold(text.to_owned(), |text, (name, id)| {
            text.replace(&format!("${name}"), id)
        })
    }

    fn attempt(&self, operation: &str, row: &Row, object: &str, principal: &str) -> Reply {
        self.attempt_as(&self.act(principal), operation, row, object)
    }

    fn attempt_as(&self, actor: &Actor<'_>, operation: &str, row: &Row, object: &str) -> Reply {
        self.attempt_on(operation, row, [Some(object), row.other.as_deref()], actor)
    }

    fn attempt_on(
        &self,
        operation: &str,
        row: &Row,
        objects: [Option<&str>; 2],
        actor: &Actor<'_>,
    ) -> Reply {
        let (method, path) = operation.split_once(' ').unwrap();
        let mut names = objects.into_iter().flatten();
        let parts = path.split('/').map(|part| {
            if !part.starts_with('{') {
                return part.to_owned();
            }
            let name = names.next().expect("`other` for a second place");
            self.objects[name].clone()
        });
        let mut path = parts.collect::<Vec<_>>().join("/");
        if let Some(query) = &row.query {
            path = format!("{path}?{}", self.filled(query));
        }
        let body = row.body.as_deref().map(|body| self.filled(body));
        let body: Option<Value> = body.map(|body| serde_json::from_str(&body).unwrap());
        let actor = actor.with("if-match", "*");
        actor.send(method, &path, body.as_ref())
    }
}

/// A person, the step they take, and what they send.
type Step<'a, 'b> = (&'b Actor<'a>, &'static str, Value);

/// A meeting request for this purpose after these steps; its id.
fn request(from: &Actor<'_>, to: &Actor<'_>, purpose: &str, steps: &[&Step<'_, '_>]) -> String {
    let body = json!({
        "from": from.organisation(),
        "to": to.organisation(),
        "purpose": purpose,
        "message": "We would like to meet.",
    });
    let made = from.post("/v1/meeting-requests", &body).assert_status(201);
    let id = made.text("/id").to_owned();
    for (who, step, body) in steps {
        let path = format!("/v1/meeting-requests/{id}/{step}");
        who.post(&path, body).assert_status(200);
    }
    id
}

fn join(hub: &Hub, name: &str, owner: &Actor<'_>, role: Role) -> PersonId {
    let person = hub.person(name);
    hub.join(&person, owner.organisation(), role);
    person.id()
}

fn staff_of_another_programme(hub: &Hub) -> PersonId {
    let person = hub.person("Other staff").id();
    hub.make(|conn, now| {
        let stored = programmes::find_by_code(conn, domain::Programme::HUB)?;
        let other = programmes::Stored {
            id: domain::Id::from_uuid(api::uuid_at(now)),
            code: "other".to_owned(),
            ..stored
        };
        programmes::insert(conn, &other, None, now)?;
        people::insert_staff_grant(conn, person, other.id, now)?;
        journal::insert_note(conn, Noun::Programme, other.id.uuid())?;
        journal::insert_note(conn, Noun::StaffGrant, person.uuid())
    });
    person
}

/// An organisation that the staff have not reviewed.
fn unlisted(hub: &Hub, name: &str, review: Review) -> OrganisationId {
    let id = hub.organisation(name, Kind::Startup);
    hub.make(|conn, _| {
        let organisation = organisations::Organisation {
            review,
            ..organisations::find(conn, id)?
        };
        organisations::save(conn, &organisation, hub.now())?;
        journal::insert_note(conn, Noun::Organisation, id.uuid())
    });
    id
}

/// A document of each kind of an organisation.
fn documents(hub: &Hub, owner: &Actor<'_>) -> [(&'static str, String); 3] {
    fn read<D: Document>(json: Value) -> D {
        serde_json::from_value(json).unwrap()
    }
    let of = owner.organisation();
    hub.document(of, &Contacts::default());
    hub.document(of, &Visibility::default());
    hub.document(of, &BlockList::default());
    let asset: Asset = read(json!({"codename": "A", "modality": "cell_therapy.ips_derived"}));
    let round: Round = read(json!({"stage": "financing.seed", "opened_on": "2026-09-01"}));
    let mandate: Mandate = read(json!({"name": "A", "purpose": "fundraising"}));
    [
        ("asset", hub.document(of, &asset).to_string()),
        ("round", hub.document(of, &round).to_string()),
        ("mandate", hub.document(of, &mandate).to_string()),
    ]
}

/// What was said of the requests, what came of one, and a consent.
fn sayings(
    hub: &Hub,
    owner: &Actor<'_>,
    counterpart: &Actor<'_>,
    staff: &Actor<'_>,
    objects: &BTreeMap<&'static str, String>,
) -> Vec<(&'static str, String)> {
    let at = |object: &str, end: &str| format!("/v1/meeting-requests/{}/{end}", objects[object]);
    let made = |who: &Actor<'_>, path: &str, body: Value| {
        let made = who.post(path, &body).assert_status(201);
        made.text("/id").to_owned()
    };
    let question = json!({"kind": "question", "text": "Which round?"});
    let outcome = json!({"kind": "cda_nda", "happened_on": "2026-10-01"});
    let fund = hub.organisation("Unclaimed", Kind::Investor);
    let asked = json!({
        "from": owner.organisation(), "to": fund, "purpose": "fundraising", "message": "Hello.",
    });
    let unclaimed = made(owner, "/v1/meeting-requests", asked);
    let approve = format!("/v1/meeting-requests/{unclaimed}/approve");
    staff.post(&approve, &json!({})).assert_status(200);
    let link = json!({"email": "guest@people.example", "name": "Guest", "language": "en"});
    let links = format!("/v1/meeting-requests/{unclaimed}/answer-links");
    let consent = consents::Consent {
        id: hub.id(),
        organisation: owner.organisation(),
        subject: domain::ConsentOf::Organisation,
        person: owner.id(),
        recipient: counterpart.organisation(),
        country: "US".to_owned(),
        text: "2026-11/US".to_owned(),
        shown: json!({}),
        agreed_at: hub.now(),
        withdrawn_at: None,
    };
    hub.make(|conn, _| consents::insert(conn, &consent));
    vec![
        (
            "reply",
            made(counterpart, &at("approved", "replies"), question),
        ),
        ("outcome", made(owner, &at("accepted", "outcomes"), outcome)),
        ("link", made(staff, &links, link)),
        ("unclaimed", unclaimed),
        ("consent", consent.id.to_string()),
    ]
}

/// The hub, another programme that the owner's organisation is in, and its place in the counterpart's house.
fn places(hub: &Hub, owner: &Actor<'_>, counterpart: &Actor<'_>) -> [(&'static str, String); 3] {
    let link = Affiliation {
        from: owner.organisation(),
        to: counterpart.organisation(),
        kind: AffiliationKind::ResidentOf,
    };
    let affiliation = hub.id();
    let programme = hub.make(|conn, now| {
        affiliations::insert(conn, affiliation, link, now)?;
        journal::insert_note(conn, Noun::Affiliation, affiliation.uuid())?;
        let marked = marks::Marked {
            other: counterpart.organisation(),
            mark: domain::Mark::Bookmark,
            note: None,
            by: owner.id(),
            at: now,
        };
        marks::save(conn, owner.organisation(), &marked)?;
        let other = programmes::find_by_code(conn, "other")?.id;
        programmes::insert_member(conn, other, owner.organisation(), now)?;
        journal::insert_note(conn, Noun::Programme, other.uuid())?;
        Ok(other)
    });
    [
        ("affiliation", affiliation.to_string()),
        ("programme", programme.to_string()),
        ("hub", hub.hub_programme().to_string()),
    ]
}

/// A webhook of the owner's organisation, a trial of it, and a machine token.
fn machines(owner: &Actor<'_>) -> [(&'static str, String); 3] {
    let webhook = json!({"organisation": owner.organisation(), "url": "https://example.org/hook"});
    let webhook = owner.post("/v1/webhooks", &webhook).assert_status(201);
    let webhook = webhook.text("/webhook/id").to_owned();
    let trial = owner.post(&format!("/v1/webhooks/{webhook}/try"), &json!({}));
    let token = json!({
        "organisation": owner.organisation(), "name": "CRM", "scopes": ["changes_read"], "days": 1,
    });
    let token = owner.post("/v1/machine-tokens", &token).assert_status(201);
    [
        ("webhook", webhook),
        ("delivery", trial.assert_status(202).text("/id").to_owned()),
        ("machine_token", token.text("/machine_token/id").to_owned()),
    ]
}

/// A scheduled meeting with an interpreter, a slot and a place of the hub, and what the owner's organisation says of its
/// hours.
fn booked(
    hub: &Hub,
    (staff, owner): (&Actor<'_>, &Actor<'_>),
    request: &str,
) -> [(&'static str, String); 3] {
    let hours = json!({"zone": "Asia/Tokyo", "weekly": []});
    let path = format!("/v1/organisations/{}/availability", owner.organisation());
    owner.put(&path, &hours).assert_status(201);
    let time = json!({"starts_at": "2026-12-08T01:00:00Z"});
    let path = format!("/v1/meeting-requests/{request}/schedule");
    staff.post(&path, &time).assert_status(200);
    let person = hub.make(|conn, _| {
        let (person, _) = people::find_by_email(conn, "person@people.example")?.expect("somebody");
        Ok(person.id)
    });
    let path = format!("/v1/meetings/{request}/participants");
    let interpreter = json!({"person": person, "role": "interpreter"});
    staff.post(&path, &interpreter).assert_status(201);
    let programme = format!("/v1/programmes/{}", hub.hub_programme());
    let series = json!({"on": "2026-12-09", "from": "10:00", "count": 1, "minutes": 30});
    let slots = json!({"zone": "Asia/Tokyo", "series": [series]});
    let slots = staff
        .post(&format!("{programme}/slots"), &slots)
        .assert_status(201);
    let place = json!({"kind": "table", "name": "Table 1"});
    let place = staff
        .post(&format!("{programme}/places"), &place)
        .assert_status(201);
    [
        ("scheduled", request.to_owned()),
        ("slot", slots.text("/items/0/id").to_owned()),
        ("place", place.text("/id").to_owned()),
    ]
}

/// What an answer tells, without its id and the time.
fn told(reply: &Reply) -> (u16, Vec<(String, String)>, Value) {
    let mut body = reply.body.clone();
    body["request_id"].take();
    let headers = reply.headers.iter();
    let headers = headers.filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()));
    (reply.status, headers.cloned().collect(), body)
}

#[test]
fn every_operation_has_its_row() {
    let operations: BTreeSet<String> = operations().into_keys().collect();

    let rows: BTreeSet<String> = table().into_keys().collect();

    assert_eq!(rows, operations, "authorisation.toml");
}

#[test]
fn the_contract_says_which_operations_ask_for_a_sign_in() {
    let (operations, table) = (operations(), table());

    for (operation, row) in table {
        for statuses in row.on.values() {
            let asks = statuses.starts_with("401 ");
            assert_eq!(operations[&operation], asks, "{operation}");
        }
    }
}

/// One try: the operation with its row, the object, the principal and the status there.
type Cell<'a> = (&'a str, &'a Row, &'a str, &'static str, u16);

fn cells(table: &BTreeMap<String, Row>, fresh: bool) -> VecDeque<Cell<'_>> {
    let rows = table.iter().filter(|(_, row)| row.fresh == fresh);
    let lines = rows.flat_map(|(operation, row)| {
        let lines = row.on.iter();
        lines.map(move |(object, statuses)| (operation.as_str(), row, object.as_str(), statuses))
    });
    lines
        .flat_map(|(operation, row, object, statuses)| {
            let statuses: Vec<u16> = statuses
                .split(' ')
                .map(|status| status.parse().unwrap())
                .collect();
            assert_eq!(statuses.len(), PRINCIPALS.len(), "{operation} on {object}");
            let columns = PRINCIPALS.into_iter().zip(statuses);
            columns.map(move |(principal, status)| (operation, row, object, principal, status))
        })
        .collect()
}

/// Tries cells until one of an operation that changes its world went through; what was not as the table says.
fn try_in(world: &World<'_>, cells: &mut VecDeque<Cell<'_>>) -> Vec<String> {
    let mut wrong = Vec::new();
    while let Some((operation, row, object, principal, expected)) = cells.pop_front() {
        let reply = world.attempt(operation, row, object, principal);
        if reply.status != expected {
            let (status, code) = (reply.status, &reply.body["code"]);
            wrong.push(format!(
                "{operation} on {object} by {principal}: {status} {code}, not {expected}"
            ));
        }
        if row.fresh && reply.status < 300 {
            break;
        }
    }
    wrong
}

#[test]
fn everybody_may_read_what_the_table_says_and_nothing_else() {
    let table = table();
    on_both(|hub| {
        let mut cells = cells(&table, false);

        let wrong = try_in(&World::new(hub), &mut cells);

        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(cells.is_empty());
    });
}

#[test]
fn everybody_may_change_what_the_table_says_and_nothing_else() {
    let table = table();
    on_both(|hub| {
        let mut cells = cells(&table, true);
        let mut wrong = Vec::new();

        while !cells.is_empty() {
            let hub = hub.another();
            wrong.extend(try_in(&World::new(&hub), &mut cells));
        }

        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

/// A machine that acts for `own` in the name of its owner, within these scopes.
fn machine<'a>(world: &World<'a>, scopes: &[Scope]) -> Actor<'a> {
    let body = json!({
        "organisation": world.objects["own"], "name": "ERP", "scopes": scopes, "days": 1,
    });
    let made = world
        .act("owner")
        .post("/v1/machine-tokens", &body)
        .assert_status(201);
    world.hub.catch_up();
    world.hub.nobody().with_token(made.text("/token"))
}

#[test]
fn a_machine_may_do_what_its_owner_may_as_far_as_its_scopes_go_and_nothing_else() {
    let (operations, table) = (operations(), table());
    let owner = PRINCIPALS.iter().position(|name| *name == "owner").unwrap();
    on_both(|hub| {
        let (mut tried, mut let_through, mut wrong) = (0, 0, Vec::new());
        for scopes in [&Scope::ALL[..], &[Scope::RequestsRead][..]] {
            let another = hub.another();
            let world = World::new(&another);
            let actor = machine(&world, scopes);
            for (operation, row) in table.iter().filter(|(operation, _)| operations[*operation]) {
                let (method, path) = operation.split_once(' ').unwrap();
                let scope = scope_of(&method.parse().unwrap(), path);
                let may = scope.is_some_and(|scope| scopes.contains(&scope));
                for (object, statuses) in &row.on {
                    // What changes the world would change what the next try meets.
                    if may && row.fresh {
                        continue;
                    }
                    let owners: u16 = statuses.split(' ').nth(owner).unwrap().parse().unwrap();
                    let reply = world.attempt_as(&actor, operation, row, object);
                    let expected = if may { owners } else { 403 };
                    if reply.status != expected || !may && reply.body["code"] != "scope_missing" {
                        wrong.push(format!(
                            "{operation} on {object}: {}, not {expected}",
                            reply.status
                        ));
                    }
                    tried += 1;
                    let_through += usize::from(may);
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(tried > 150 && let_through > 30, "{tried} {let_through}");
    });
}

#[test]
fn what_is_not_yours_to_see_looks_like_what_does_not_exist() {
    on_both(|hub| {
        let world = World::new(hub);
        let mut compared = 0;

        for (operation, row) in &table() {
            for (object, statuses) in &row.on {
                for (principal, status) in PRINCIPALS.into_iter().zip(statuses.split(' ')) {
                    if status != "404" || object == "absent" || !row.on.contains_key("absent") {
                        continue;
                    }
                    let actor = world.act(principal);
                    let attempt = |objects| world.attempt_on(operation, row, objects, &actor);
                    let absent = if row.other_unseen_by.iter().any(|who| who == principal) {
                        [Some(object.as_str()), Some("absent")]
                    } else {
                        [Some("absent"), row.other.as_deref()]
                    };
                    let hidden = attempt([Some(object.as_str()), row.other.as_deref()]);
                    let absent = attempt(absent);
                    assert_eq!(told(&hidden), told(&absent), "{operation} on {object}");
                    compared += 1;
                }
            }
        }

        assert!(compared >= 15, "{compared}");
    });
}
