//! Who may do what: every operation of the contract, tried by everybody on everything, held against
//! `authorisation.toml`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use api::auth::tokens::{AccessTokens, Principal};
use domain::{Kind, Noun, OrganisationId, PersonId, PersonStatus, Review, Role};
use jiff::ToSpan as _;
use serde::Deserialize;
use serde_json::Value;
use store::{journal, organisations, people, programmes, sessions};
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
            let open = operation["security"] == serde_json::json!([{}]);
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
        let people = BTreeMap::from([
            ("person", hub.person("Person").id()),
            ("owner", owner.id()),
            ("member", join(hub, "Member", &owner, Role::Member)),
            ("counterpart", counterpart.id()),
            ("stranger", hub.founder("Stranger").id()),
            ("staff", hub.staff("Staff").id()),
            ("other_staff", staff_of_another_programme(hub)),
            ("admin", hub.admin("Admin").id()),
            ("suspended", join(hub, "Suspended", &owner, Role::Owner)),
            ("signed_out", join(hub, "Gone", &owner, Role::Member)),
        ]);
        hub.make(|conn, _| {
            people::save_status(conn, people["suspended"], PersonStatus::Suspended)?;
            journal::insert_note(conn, Noun::Person, people["suspended"].uuid())
        });
        let objects = BTreeMap::from([
            ("nothing", String::new()),
            ("sectors", "sectors".to_owned()),
            ("own", owner.organisation().to_string()),
            ("counterpart", counterpart.organisation().to_string()),
            ("draft", draft(hub).to_string()),
            ("absent", hub.id::<domain::of::Organisation>().to_string()),
        ]);
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
        let (method, path) = operation.split_once(' ').unwrap();
        let mut names = [Some(object), row.other.as_deref()].into_iter().flatten();
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
        let actor = self.act(principal).with("if-match", "*");
        actor.send(method, &path, body.as_ref())
    }
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
fn draft(hub: &Hub) -> OrganisationId {
    let id = hub.organisation("Draft", Kind::Startup);
    hub.make(|conn, _| {
        let organisation = organisations::Organisation {
            review: Review::Draft,
            ..organisations::find(conn, id)?
        };
        organisations::save(conn, &organisation)?;
        journal::insert_note(conn, Noun::Organisation, id.uuid())
    });
    id
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

#[test]
fn everybody_may_do_what_the_table_says_and_nothing_else() {
    on_both(|hub| {
        let shared = World::new(hub);
        let mut wrong = Vec::new();

        for (operation, row) in &table() {
            for (object, statuses) in &row.on {
                let statuses: Vec<u16> = statuses
                    .split(' ')
                    .map(|status| status.parse().unwrap())
                    .collect();
                assert_eq!(statuses.len(), PRINCIPALS.len(), "{operation} on {object}");
                for (principal, expected) in PRINCIPALS.into_iter().zip(statuses) {
                    let status = if row.fresh {
                        let hub = Hub::on_sqlite();
                        World::new(&hub)
                            .attempt(operation, row, object, principal)
                            .status
                    } else {
                        shared.attempt(operation, row, object, principal).status
                    };
                    if status != expected {
                        wrong.push(format!(
                            "{operation} on {object} by {principal}: {status}, not {expected}"
                        ));
                    }
                }
            }
        }

        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
                    if status != "404" || object == "absent" {
                        continue;
                    }
                    let attempt = |object| world.attempt(operation, row, object, principal);
                    let (hidden, absent) = (attempt(object), attempt("absent"));
                    assert_eq!(told(&hidden), told(&absent), "{operation} on {object}");
                    compared += 1;
                }
            }
        }

        assert!(compared >= 15, "{compared}");
    });
}
