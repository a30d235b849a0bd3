//! A hub with a canary in everything that is not for everybody.

use std::collections::BTreeMap;

use domain::{DocumentKind, Kind, Noun, OrganisationId, Role};
use serde_json::{Value, json};
use store::{investments, journal};
use testkit::{Actor, Hub};

use crate::meeting_requests::policy;

/// The viewers and the one more whom the request needs, with what they are called and answer to on the telephone.
const PEOPLE: [(&str, &str, &str); 6] = [
    ("stranger", "Noor Gamboge", "+81-90-1111-2222"),
    ("asker", "Kim Zaffre", "+81-90-7171-8282"),
    ("colleague", "Lee Ochre", "+81-90-3636-4545"),
    ("asked", "Ada Viridian", "+81-90-5151-6262"),
    ("staff", "Sato Cinnabar", "+81-90-3333-4444"),
    ("approver", "Mori Sienna", "+81-90-5555-6666"),
];

/// Two organisations as another system writes them.
fn records() -> [(&'static str, Value); 2] {
    [
        ("zaffre-in-crm", include_str!("startup.json")),
        ("viridian-in-crm", include_str!("investor.json")),
    ]
    .map(|(name, text)| (name, serde_json::from_str(text).unwrap()))
}

/// The documents of this kind in the records that have any field above `listed`.
pub(crate) fn documents(kind: DocumentKind) -> Vec<Value> {
    let list = match kind {
        DocumentKind::Asset => "assets",
        DocumentKind::Round => "rounds",
        DocumentKind::Mandate => "mandates",
        single => {
            return records()
                .map(|(_, record)| record[single.code()].clone())
                .into();
        }
    };
    let records = records().into_iter();
    let entries =
        records.flat_map(|(_, record)| record[list].as_array().cloned().unwrap_or_default());
    entries.map(|entry| entry["document"].clone()).collect()
}

/// The hub, and where everything is in it.
pub(crate) struct World<'a> {
    pub(crate) people: BTreeMap<&'static str, Actor<'a>>,
    pub(crate) organisations: BTreeMap<&'static str, String>,
    /// Organisation, list, id.
    pub(crate) documents: Vec<(String, &'static str, String)>,
    pub(crate) programme: String,
    /// Where the two meet.
    pub(crate) place: String,
    /// The meeting request; before there is one, an id that nobody has.
    pub(crate) request: String,
    invitation_token: String,
}

impl<'a> World<'a> {
    pub(crate) fn new(hub: &'a Hub) -> World<'a> {
        let people = people(hub);
        let organisations = organisations(hub, &people);
        let (asker, staff) = (&people["asker"], &people["staff"]);
        let blocked = json!({"names": ["Indigo Rivals"]});
        let path = format!("/v1/organisations/{}/block-list", organisations["zaffre"]);
        asker.put(&path, &blocked).assert_status(201);
        let guest = json!({
            "email": "guest.umber@canary.example",
            "organisation": organisations["zaffre"], "role": "member",
        });
        let invitation = asker.post("/v1/invitations", &guest).assert_status(201);
        let place = place(hub, staff);
        let documents = organisations
            .values()
            .flat_map(|organisation| documents_of(staff, organisation))
            .collect();
        invest(hub, &organisations);
        let item = json!({"code": "tick_umber", "label": {"en": "Looked at"}});
        policy(hub, |programme| {
            programme.checklist = vec![serde_json::from_value(item).unwrap()];
        });
        World {
            people,
            organisations,
            documents,
            place,
            programme: hub.hub_programme().to_string(),
            request: hub.id::<domain::of::MeetingRequest>().to_string(),
            invitation_token: invitation.text("/token").to_owned(),
        }
    }

    pub(crate) fn organisation(&self, name: &str) -> &str {
        &self.organisations[name]
    }

    /// What opens doors: tokens of sessions and of an invitation.
    pub(crate) fn tokens(&self) -> Vec<String> {
        let signed_in = self.people.iter().filter(|(name, _)| **name != "nobody");
        let tokens = signed_in.flat_map(|(_, who)| [who.access_token(), who.refresh_token()]);
        let tokens = tokens.chain([&*self.invitation_token]);
        tokens.map(str::to_owned).collect()
    }
}

fn place(hub: &Hub, staff: &Actor<'_>) -> String {
    let link = "https://meet.canary.example/umber";
    let place = json!({"kind": "virtual", "name": "Online 1", "link": link});
    let path = format!("/v1/programmes/{}/places", hub.hub_programme());
    let made = staff.post(&path, &place).assert_status(201);
    made.text("/id").to_owned()
}

fn people(hub: &Hub) -> BTreeMap<&'static str, Actor<'_>> {
    let mut people = BTreeMap::from([("nobody", hub.nobody())]);
    for (viewer, name, phone) in PEOPLE {
        let person = match viewer {
            "staff" | "approver" => hub.staff(name),
            _ => hub.person(name),
        };
        let whole = json!({"name": name, "phone": phone, "language": "en"});
        let changing = person.with("if-match", "*");
        changing.put("/v1/me", &whole).assert_status(204);
        people.insert(viewer, person);
    }
    people
}

fn organisations(
    hub: &Hub,
    people: &BTreeMap<&'static str, Actor<'_>>,
) -> BTreeMap<&'static str, String> {
    let upsert = |name: &str, record: &Value| -> OrganisationId {
        let path = format!("/v1/organisations/by-external-id/{name}");
        let staff = &people["staff"];
        let made = staff.put(&path, record).assert_status(201);
        let id = made.text("/id");
        let approve = format!("/v1/organisations/{id}/approve");
        staff.post(&approve, &json!({})).assert_status(200);
        id.parse().unwrap()
    };
    let [zaffre, viridian] = records().map(|(name, record)| upsert(name, &record));
    let hidden = json!({
        "kind": "startup", "profile": {"names": {"en": "Umber Hidden"}}, "visibility": {"hidden": true},
    });
    let hidden = upsert("umber-in-crm", &hidden);
    let gamboge = hub.organisation("Gamboge Fund", Kind::Investor);
    hub.join(&people["asker"], zaffre, Role::Owner);
    hub.join(&people["colleague"], zaffre, Role::Member);
    hub.join(&people["asked"], viridian, Role::Owner);
    hub.join(&people["stranger"], gamboge, Role::Owner);
    BTreeMap::from([
        ("zaffre", zaffre.to_string()),
        ("viridian", viridian.to_string()),
        ("hidden", hidden.to_string()),
    ])
}

fn documents_of(staff: &Actor<'_>, organisation: &str) -> Vec<(String, &'static str, String)> {
    let view = staff
        .get(&format!("/v1/organisations/{organisation}"))
        .assert_status(200);
    let lists = ["assets", "rounds", "mandates"].into_iter();
    lists
        .flat_map(|list| {
            let entries = view.body[list].as_array().unwrap().iter();
            let ids = entries.map(|entry| entry["id"].as_str().unwrap().to_owned());
            ids.map(move |id| (organisation.to_owned(), list, id))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// A deal of the investor with the startup, whose amount is in no document.
fn invest(hub: &Hub, organisations: &BTreeMap<&'static str, String>) {
    let deal = investments::Investment {
        id: hub.id(),
        version: 1,
        external_id: Some("deal-umber".to_owned()),
        investor: organisations["viridian"].parse().unwrap(),
        startup: organisations["zaffre"].parse().unwrap(),
        announced_on: "2025-04-01".parse().unwrap(),
        stage: None,
        amount: serde_json::from_value(json!({"minor_units": 846_372_915, "currency": "JPY"}))
            .unwrap(),
        lead: true,
    };
    hub.make(|conn, now| {
        investments::insert_all(conn, std::slice::from_ref(&deal), now)?;
        journal::insert_note(conn, Noun::Investment, deal.id.uuid())
    });
    hub.catch_up();
}
