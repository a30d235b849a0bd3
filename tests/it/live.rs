//! The snapshot that follows the change log beside one that is loaded anew.

use std::{collections::HashSet, sync::Arc};

use api::live::Snapshot;
use domain::{
    AffiliationKind, BlockList, Document, DocumentKind, Kind, Mandate, OrganisationId, Profile,
    Visibility,
};
use jiff::SignedDuration;
use scoring::{Among, Ask, Card, Match, open_programme, rank};
use serde_json::{Value, json};
use store::{
    documents,
    exposures::{self, Counted},
};
use testkit::{Hub, on_both};
use uuid::Uuid;

const KINDS: [Kind; 3] = [Kind::Startup, Kind::Investor, Kind::Incubator];

/// Every list of everybody.
fn lists(snapshot: &Snapshot, of: &[OrganisationId]) -> Vec<Vec<Match>> {
    let (programme, nobody) = (open_programme(), HashSet::new());
    let ask = |(asker, kind)| Ask {
        asker,
        kind,
        mandate: None,
        purpose: None,
        table: &programme,
        members: None,
        cooling: &nobody,
        among: Among::Strangers,
    };
    let asks = of.iter().flat_map(|&id| KINDS.map(|kind| (id, kind)));
    let card = Card::default_card();
    asks.map(|asked| rank(snapshot.market(), card, &ask(asked), None, 100))
        .collect()
}

#[track_caller]
fn follows(hub: &Hub, of: &[OrganisationId]) {
    hub.catch_up();
    is_as_one_loaded_anew(hub, of);
}

#[track_caller]
fn is_as_one_loaded_anew(hub: &Hub, of: &[OrganisationId]) {
    let followed = hub.app().live().snapshot();

    let anew = hub.store().read(|conn| Snapshot::read(conn, hub.now()));

    let anew = anew.unwrap().indexed();
    assert_eq!(followed.as_of(), anew.as_of());
    assert_eq!(followed.market().statistics(), anew.market().statistics());
    assert_eq!(lists(&followed, of), lists(&anew, of));
    for &id in of {
        let [followed, anew] = [&followed, &anew].map(|snapshot| snapshot.organisation(id));
        assert_eq!(format!("{followed:?}"), format!("{anew:?}"));
    }
}

fn profile(name: &str, home: &str, languages: &Value) -> Profile {
    serde_json::from_value(json!({
        "names": {"en": name}, "home": home, "languages": languages,
        "sectors": ["life_science.biopharma"],
    }))
    .unwrap()
}

/// The document of an organisation that has one of its kind becomes this.
fn rewrite<D: Document>(hub: &Hub, of: OrganisationId, document: &D) {
    hub.make(|conn, now| {
        let mut stored = documents::find_single(conn, of, D::KIND)?;
        stored.recorded_at = now;
        stored.body = serde_json::to_value(document).unwrap();
        documents::save(conn, &stored, None)?;
        store::journal::insert_note(conn, domain::Noun::Organisation, of.uuid())
    });
}

fn names_blocked(names: &[&str]) -> BlockList {
    serde_json::from_value(json!({"organisations": [], "names": names})).unwrap()
}

/// A mandate of an organisation is about another sector.
fn change_mandate(hub: &Hub, of: OrganisationId, mandate: Uuid, sector: &str) {
    hub.make(|conn, now| {
        let mut stored = documents::find(conn, of, DocumentKind::Mandate, mandate)?;
        stored.recorded_at = now;
        stored.body["criteria"][0]["on"]["any_of"] = json!([sector]);
        documents::save(conn, &stored, None)?;
        store::journal::insert_note(conn, domain::Noun::Organisation, of.uuid())
    });
}

fn put_away_mandate(hub: &Hub, of: OrganisationId, mandate: Uuid) {
    hub.make(|conn, now| {
        documents::save_archived(conn, DocumentKind::Mandate, mandate, 1, now)?;
        store::journal::insert_note(conn, domain::Noun::Organisation, of.uuid())
    });
}

fn invests(hub: &Hub, investor: OrganisationId, startup: OrganisationId) {
    let day = hub.now() - SignedDuration::from_hours(24 * 40);
    let deal = store::investments::Investment {
        id: hub.id(),
        version: 1,
        external_id: None,
        investor,
        startup,
        announced_on: day.to_zoned(jiff::tz::TimeZone::UTC).date(),
        stage: None,
        amount: None,
        lead: false,
    };
    hub.make(|conn, now| {
        store::investments::insert_all(conn, std::slice::from_ref(&deal), now)?;
        store::journal::insert_note(conn, domain::Noun::Investment, deal.id.uuid())
    });
}

#[test]
fn a_snapshot_follows_to_the_end_of_more_changes_than_it_reads_at_once() {
    on_both(|hub| {
        let (other, last) = (hub.founder("Kim"), hub.investor("Ada"));
        hub.make(|conn, _| {
            (0..20_000).try_for_each(|_| {
                let other = other.organisation().uuid();
                store::journal::insert_note(conn, domain::Noun::Organisation, other)
            })
        });
        rewrite(
            hub,
            last.organisation(),
            &profile("Renamed", "FR", &json!(["fr"])),
        );

        hub.catch_up();

        let snapshot = hub.app().live().snapshot();
        let listed = snapshot.organisation(last.organisation()).unwrap();
        let profile = listed.profile.as_ref().unwrap();
        let name = serde_json::to_value(&*profile.document).unwrap();
        assert_eq!(name["names"]["en"], "Renamed");
    });
}

#[test]
fn a_snapshot_that_followed_every_kind_of_change_lists_what_one_loaded_anew_does() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada"));
        let others = [("Bea", Kind::Investor), ("Cho", Kind::Incubator)]
            .map(|(name, kind)| hub.organisation(name, kind));
        let past = hub.organisation("Past", Kind::Startup);
        let all = [
            kim.organisation(),
            ada.organisation(),
            others[0],
            others[1],
            past,
        ];
        invests(hub, others[0], past);
        follows(hub, &all);

        // A home and a language that nobody had.
        rewrite(hub, others[0], &profile("Bea", "FR", &json!(["fr"])));
        follows(hub, &all);
        let wants = json!({"name": "Lead", "purpose": "fundraising", "kinds": [], "criteria": [
            {"strength": "must", "on": {"axis": "sectors", "any_of": ["energy"]}}]});
        let mandate: Mandate = serde_json::from_value(wants).unwrap();
        let mandates = [(); 2].map(|()| hub.document(ada.organisation(), &mandate));
        follows(hub, &all);
        // One of its mandates becomes another, then the other is put away.
        change_mandate(hub, ada.organisation(), mandates[0], "life_science");
        follows(hub, &all);
        put_away_mandate(hub, ada.organisation(), mandates[1]);
        follows(hub, &all);
        // Who is on a block list by name is renamed to it.
        hub.document(kim.organisation(), &names_blocked(&["Kim's rival"]));
        for name in ["Kim's rival", "Bea", "KIM\u{2019}S RIVAL", "Kim's rival"] {
            rewrite(hub, others[0], &profile(name, "FR", &json!(["fr"])));
            follows(hub, &all);
        }
        for names in [&["Kim's rival", "Cho"][..], &["Cho"], &[]] {
            rewrite(hub, kim.organisation(), &names_blocked(names));
            follows(hub, &all);
        }
        let hidden = Visibility {
            hidden: true,
            ..Visibility::default()
        };
        hub.document(others[1], &hidden);
        follows(hub, &all);
        // The startup of a deal becomes another.
        rewrite(hub, past, &profile("Past", "US-CA", &json!(["en"])));
        follows(hub, &all);
        let link = json!({"from": ada.organisation(), "to": kim.organisation(), "kind": AffiliationKind::ParentOf.code()});
        let place = format!("/v1/organisations/{}/affiliations", kim.organisation());
        kim.post(&place, &link).assert_status(201);
        follows(hub, &all);
        hub.pass(SignedDuration::from_hours(30));
        follows(hub, &all);
    });
}

/// What is read without anything being built anew.
fn catch_up_alone(hub: &Hub) {
    let live = hub.app().live();
    live.catch_up(hub.store(), hub.now()).unwrap();
}

#[test]
fn a_market_is_told_who_changed_while_it_was_built() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada").organisation());
        let past = hub.organisation("Past", Kind::Startup);
        invests(hub, ada, past);
        catch_up_alone(hub);
        let live = hub.app().live();
        let built = live.build(hub.now()).expect("a deal was written down");

        rewrite(hub, ada, &profile("Ada", "FR", &json!(["fr"])));
        catch_up_alone(hub);
        live.swap_in(built, hub.now());

        is_as_one_loaded_anew(hub, &[kim.organisation(), ada, past]);
    });
}

#[test]
fn what_is_dealt_and_counted_while_a_market_is_built_is_in_the_next() {
    on_both(|hub| {
        let (kim, ada) = (hub.founder("Kim"), hub.investor("Ada").organisation());
        let past = hub.organisation("Past", Kind::Startup);
        let all = [kim.organisation(), ada, past];
        let live = hub.app().live();
        let happenings: [fn(&Hub, OrganisationId, OrganisationId); 2] = [invests, is_counted];
        for happens in happenings {
            invests(hub, ada, past);
            catch_up_alone(hub);
            let built = live.build(hub.now()).expect("a deal was written down");

            happens(hub, ada, past);
            catch_up_alone(hub);
            live.swap_in(built, hub.now());

            follows(hub, &all);
        }
    });
}

/// How often the investor would be listed is counted.
fn is_counted(hub: &Hub, investor: OrganisationId, _: OrganisationId) {
    hub.make(|conn, now| {
        let counted = Counted {
            as_of: now.to_zoned(jiff::tz::TimeZone::UTC).date(),
            levels: json!({investor.to_string(): 3}),
            card_hash: Card::default_card().hash().to_owned(),
        };
        assert!(exposures::insert(conn, &counted, now)?);
        store::journal::insert_note(conn, domain::Noun::Exposure, Uuid::nil())
    });
}

#[test]
fn of_an_organisation_that_changed_a_snapshot_shares_the_documents_that_did_not() {
    on_both(|hub| {
        let ada = hub.investor("Ada").organisation();
        let wants = json!({"name": "Lead", "purpose": "fundraising", "kinds": [], "criteria": [
            {"strength": "must", "on": {"axis": "sectors", "any_of": ["energy"]}}]});
        let mandate: Mandate = serde_json::from_value(wants).unwrap();
        let [kept, changed] = [(); 2].map(|()| hub.document(ada, &mandate));
        let before = hub.app().live().snapshot();

        change_mandate(hub, ada, changed, "life_science");
        hub.catch_up();

        let after = hub.app().live().snapshot();
        let is_shared = |id| {
            let [before, after] = [&before, &after].map(|snapshot| {
                let listed = snapshot.organisation(ada).unwrap();
                let mut all = listed.mandates.iter();
                &all.find(|kept| kept.id == id).unwrap().document
            });
            Arc::ptr_eq(before, after)
        };
        assert_eq!([kept, changed].map(is_shared), [true, false]);
    });
}

#[test]
fn a_market_whose_organisations_changed_again_and_again_is_built_anew() {
    on_both(|hub| {
        let kim = hub.founder("Kim").organisation();
        let name = |number| format!("Startup {number}");
        let all: Vec<OrganisationId> = (0..300)
            .map(|number| hub.organisation(&name(number), Kind::Startup))
            .collect();
        hub.catch_up();
        let live = hub.app().live();
        let rows = || live.snapshot().market().index().rows();
        let before = rows();
        let mut turns = 0;

        while live.build(hub.now()).is_none() {
            turns += 1;
            assert!(turns < 40, "{} rows", rows());
            hub.make(|conn, _| {
                let mut all = all.iter();
                all.try_for_each(|of| {
                    store::journal::insert_note(conn, domain::Noun::Organisation, of.uuid())
                })
            });
            catch_up_alone(hub);
        }

        assert!(rows() > 4_096);
        follows(hub, &[kim]);
        assert_eq!(rows(), before);
    });
}
