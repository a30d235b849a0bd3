//! Deal flow: the listed organisations of each kind.

use domain::{Asset, Document, Kind, Round, Visibility};
use serde_json::json;
use testkit::{Actor, Hub, Reply, on_both};

const REGENERATIVE: &str = "life_science.biopharma.regenerative_medicine";

/// The names on a page; ids of one instant are in no order, so neither are these.
fn sorted(list: &Reply) -> Vec<&str> {
    let mut names = names(list);
    names.sort_unstable();
    names
}

fn names(list: &Reply) -> Vec<&str> {
    list.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect()
}

fn list(actor: &Actor<'_>, path: &str) -> Reply {
    actor.get(path).assert_status(200)
}

fn startup(hub: &Hub, name: &str, home: &str, sector: &str) -> domain::OrganisationId {
    hub.organisation_like(
        Kind::Startup,
        &json!({"names": {"en": name}, "home": home, "sectors": [sector], "employees": 12}),
    )
}

fn read<D: Document>(json: serde_json::Value) -> D {
    serde_json::from_value(json).unwrap()
}

#[test]
fn an_investor_filters_startups_by_subtree_region_stage_and_band() {
    on_both(|hub| {
        let ada = hub.investor("Ada");
        let cell = startup(hub, "Cell", "JP-27", REGENERATIVE);
        startup(hub, "Pay", "US-CA", "fintech");
        hub.document(
            cell,
            &read::<Round>(
                json!({"stage": "financing.series_a", "opened_on": "2026-09-01",
                "amount": {"minor_units": 300_000_000, "currency": "JPY"}}),
            ),
        );

        for (query, expected) in [
            ("sectors=life_science", vec!["Cell"]),
            ("sectors=life_science,fintech", vec!["Cell", "Pay"]),
            ("regions=kansai", vec!["Cell"]),
            ("regions=JP,US", vec!["Cell", "Pay"]),
            ("stages=financing.series_a", vec!["Cell"]),
            ("amount_bands=1m_2m", vec!["Cell"]),
            ("amount_bands=2m_5m", vec![]),
            ("raising=true", vec!["Cell"]),
            ("sectors=life_science&regions=US", vec![]),
        ] {
            let found = list(&ada, &format!("/v1/startups?{query}"));
            assert_eq!(sorted(&found), expected, "{query}");
        }
    });
}

#[test]
fn startups_do_not_see_startups_and_investors_see_each_other_where_they_opted_in() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        startup(hub, "Cell", "JP-27", "fintech");
        let open = hub.organisation("Open", Kind::Investor);
        hub.organisation("Closed", Kind::Investor);
        hub.document(
            open,
            &Visibility {
                opted_in: true,
                ..Visibility::default()
            },
        );

        assert_eq!(names(&list(&kim, "/v1/startups")), Vec::<&str>::new());
        assert_eq!(
            sorted(&list(&kim, "/v1/investors")),
            ["Ada investor", "Closed", "Open"]
        );
        assert_eq!(names(&list(&ada, "/v1/investors")), ["Open"]);
        assert_eq!(
            sorted(&list(&hub.staff("Sato"), "/v1/startups")),
            ["Cell", "Kim startup"]
        );
    });
}

#[test]
fn a_list_shows_bands_and_keeps_back_what_its_owner_shows_later() {
    on_both(|hub| {
        let ada = hub.investor("Ada");
        let cell = startup(hub, "Cell", "JP-27", "fintech");
        hub.document(
            cell,
            &read::<Round>(json!({"stage": "financing.seed", "opened_on": "2026-09-01",
                "amount": {"minor_units": 123_456_789, "currency": "JPY"}})),
        );
        hub.document(
            cell,
            &read::<Asset>(
                json!({"codename": "NKD-1", "modality": "cell_therapy.ips_derived",
                "ip_status": "granted"}),
            ),
        );
        hub.document(
            cell,
            &read::<Visibility>(json!({"raised": {"profile.employees": "approved"}})),
        );

        let found = list(&ada, "/v1/startups");

        let text = String::from_utf8(found.bytes.clone()).unwrap();
        assert_eq!(found.text("/items/0/rounds/0/amount_band"), "500k_1m");
        assert_eq!(found.text("/items/0/assets/0/codename"), "NKD-1");
        for hidden in ["123456789", "ip_status", "employees"] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
    });
}

#[test]
fn pages_of_deal_flow_joined_are_the_list() {
    on_both(|hub| {
        let ada = hub.investor("Ada");
        for number in 0..7 {
            startup(hub, &format!("Startup {number}"), "JP-27", "fintech");
            hub.pass(jiff::SignedDuration::from_millis(1));
        }

        let mut joined = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = list(&ada, &format!("/v1/startups?limit=3{cursor}"));
            joined.extend(names(&page).into_iter().map(str::to_owned));
            match page.body["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }

        let whole = list(&ada, "/v1/startups?limit=100");
        assert_eq!(joined, names(&whole));
        assert_eq!(joined.len(), 7);
    });
}

#[test]
fn an_unknown_code_in_a_filter_is_named() {
    on_both(|hub| {
        let ada = hub.investor("Ada");

        let answer = ada.get("/v1/startups?sectors=alchemy");

        answer.assert_error(400, "invalid_query");
        assert_eq!(answer.fields(), ["sectors"]);
        assert!(answer.text("/fields/0/message").contains("alchemy"));
    });
}

#[test]
fn nothing_is_found_by_what_its_owner_shows_later() {
    on_both(|hub| {
        let ada = hub.investor("Ada");
        let cell = startup(hub, "Cell", "JP-27", REGENERATIVE);
        hub.document(
            cell,
            &read::<Round>(json!({"stage": "financing.seed", "opened_on": "2026-09-01",
                "amount": {"minor_units": 300_000_000, "currency": "JPY"}})),
        );
        hub.document(
            cell,
            &read::<Asset>(
                json!({"codename": "NKD-1", "modality": "cell_therapy.ips_derived",
                "development": [{"region": "JP", "stage": "regenerative.trial_phase_1"}]}),
            ),
        );
        let queries = [
            "sectors=life_science",
            "regions=JP",
            "stages=regenerative.trial_phase_1",
            "amount_bands=500k_2m",
        ];
        for query in queries {
            let found = list(&ada, &format!("/v1/startups?{query}"));
            assert_eq!(names(&found), ["Cell"], "{query}");
        }

        hub.document(
            cell,
            &read::<Visibility>(json!({"raised": {
                "profile.sectors": "approved",
                "profile.home": "approved",
                "asset.development": "approved",
                "round.amount_band": "approved"
            }})),
        );

        for query in queries {
            let found = list(&ada, &format!("/v1/startups?{query}"));
            assert_eq!(names(&found), Vec::<&str>::new(), "{query}");
        }
    });
}

#[test]
fn a_filter_takes_a_hundred_codes_and_says_so() {
    on_both(|hub| {
        let ada = hub.investor("Ada");
        let of = |codes: usize| format!("/v1/startups?regions={}", vec!["JP"; codes].join(","));

        ada.get(&of(100)).assert_status(200);
        let answer = ada.get(&of(101));

        answer.assert_error(400, "invalid_query");
        assert_eq!(answer.fields(), ["regions"]);
    });
}
