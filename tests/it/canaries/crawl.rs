//! Everything that can be read, by everybody; and every step of the request, by those who may not take it.

use serde_json::{Value, json};

use super::{Ask, VIEWERS, Watch, world::World};

/// The steps of a request, each with a body that fits.
fn steps() -> [(&'static str, Value); 12] {
    let came = json!({"requester": "present", "counterpart": "present"});
    let because = json!({"reason": "other"});
    [
        ("approve", json!({"ticks": []})),
        ("reject", because.clone()),
        ("return", because.clone()),
        ("submit", json!({})),
        ("withdraw", json!({})),
        ("accept", json!({})),
        ("decline", because.clone()),
        ("cancel", because),
        ("offer", json!({"times": []})),
        ("schedule", json!({"starts_at": "2026-12-08T05:00:00Z"})),
        ("hold", came.clone()),
        ("correct", came),
    ]
}

/// Looks at everything in the place of everybody.
pub(crate) fn everything(world: &World<'_>, watch: &mut Watch, ask: &Ask<'_>) {
    let paths = paths(world);
    for viewer in VIEWERS {
        let own = paths.iter().filter(|(_, open)| !open || viewer == "nobody");
        for (path, _) in own {
            let reply = ask(viewer, "GET", path, None);
            assert!(reply.status < 500, "{path}: {}", reply.status);
            watch.look(viewer, &format!("GET {path}"), &reply);
        }
        try_steps(world, watch, ask, viewer);
    }
}

/// Tries the steps that the viewer may not take.
fn try_steps(world: &World<'_>, watch: &mut Watch, ask: &Ask<'_>, viewer: &'static str) {
    let request = format!("/v1/meeting-requests/{}", world.request);
    let seen = ask(viewer, "GET", &request, None);
    let actions = seen.body["actions"].as_array();
    for (step, body) in steps() {
        if actions.is_some_and(|actions| actions.contains(&json!(step))) {
            continue;
        }
        let path = format!("{request}/{step}");
        let reply = ask(viewer, "POST", &path, Some(&body));
        assert!(
            (400..500).contains(&reply.status),
            "{viewer} {step}: {}",
            reply.status
        );
        watch.look(viewer, &format!("POST {path}"), &reply);
    }
}

/// The path of every reading operation of the contract, for everything that is there, and whether it is open to those
/// who are not signed in, and so the same for all.
fn paths(world: &World<'_>) -> Vec<(String, bool)> {
    let contract = serde_json::to_value(api::contract()).unwrap();
    let operations = contract["paths"].as_object().unwrap().iter();
    let reading = operations.filter_map(|(path, item)| Some((path, item.get("get")?)));
    reading
        .flat_map(|(template, operation)| {
            let (queries, open) = (
                queries(world, operation),
                operation["security"] == json!([{}]),
            );
            let paths = filled(world, template).into_iter();
            paths.flat_map(move |path| {
                let with = |query: &String| (format!("{path}{query}"), open);
                queries.iter().map(with).collect::<Vec<_>>()
            })
        })
        .collect()
}

/// What must stand behind the path.
fn queries(world: &World<'_>, operation: &Value) -> Vec<String> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let needed: Vec<&Value> = parameters
        .filter(|parameter| parameter["in"] == "query" && parameter["required"] == true)
        .map(|parameter| &parameter["name"])
        .collect();
    if needed.is_empty() {
        return vec![String::new()];
    }
    if needed == ["to", "purpose"] {
        let ids = world.organisations.values();
        return ids
            .map(|id| format!("?to={id}&purpose=fundraising"))
            .collect();
    }
    assert_eq!(needed, ["kind"], "a parameter that nobody fills in here");
    ["?kind=startup", "?kind=investor"]
        .map(str::to_owned)
        .into()
}

/// A path with everything in its places that fits there.
fn filled(world: &World<'_>, template: &str) -> Vec<String> {
    if let Some((list, _)) = template.split_once("/{document}") {
        let list = list.rsplit('/').next().unwrap();
        let documents = world.documents.iter().filter(|(_, of, _)| *of == list);
        let path = |(organisation, list, id): &(String, &str, String)| {
            format!("/v1/organisations/{organisation}/{list}/{id}")
        };
        return documents.map(path).collect();
    }
    let mut paths = vec![String::new()];
    let mut before = "";
    for part in template.split('/').skip(1) {
        let ids = if part.starts_with('{') {
            ids(world, before)
        } else {
            vec![part]
        };
        paths = paths
            .iter()
            .flat_map(|path| ids.iter().map(move |id| format!("{path}/{id}")))
            .collect();
        before = part;
    }
    paths
}

/// What there is of a resource.
fn ids<'a>(world: &'a World<'_>, resource: &str) -> Vec<&'a str> {
    match resource {
        "organisations" | "matches" | "consents" => {
            world.organisations.values().map(String::as_str).collect()
        }
        "meeting-requests" | "meetings" => vec![&world.request],
        // That of the asker is read by whoever has it: it is a secret, which nobody comes across.
        "calendars" => vec!["nkc_of_nobody"],
        "programmes" => vec![&world.programme],
        "scorecards" => vec![scoring::Card::default_card().hash()],
        "taxonomies" => vec!["sectors"],
        // Nobody in this world has one; what they are sent holds ids alone.
        "webhooks" => Vec::new(),
        other => panic!("no ids of {other} are known here"),
    }
}
