//! What would change it: true when it is done, and deaf to what is private.

use domain::{Condition, Kind, Strength};
use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

use super::world::{Question, TODAY, codes, criterion, id, mandate, mandate_id, market, markets};
use crate::{Card, Deal, Facts, KeptOff, Market, Outlook, Sides, changes, explain, rank};

type World = (Vec<Facts>, Vec<Deal>);

/// What would change the pair of 0 and `other`.
fn outlook(world: &World, kind: Kind, other: u32) -> Result<Outlook, KeptOff> {
    let (market, question) = (market(world), Question::open());
    let ask = question.ask(id(0), kind);
    let of = |number| world.0.iter().find(|facts| facts.id == id(number)).unwrap();
    let sides = Sides {
        asker: of(0),
        counterpart: of(other),
        may: &|_| true,
        rebuild: &|me| with(world, me),
    };
    changes(&market, Card::default_card(), &ask, &sides)
}

/// The market with other facts of one.
fn with(world: &World, me: Facts) -> Market {
    let mut facts = world.0.clone();
    facts.retain(|facts| facts.id != me.id);
    facts.push(me);
    Market::build(facts, &world.1, TODAY)
}

fn without_private(mut world: World) -> World {
    for (_, mandate) in world.0.iter_mut().flat_map(|facts| &mut facts.mandates) {
        mandate.criteria.retain(|criterion| !criterion.private);
    }
    world
}

proptest! {
    #[test]
    fn each_change_gives_when_it_is_made_just_what_was_said(world in markets()) {
        let world = without_private(world);
        let question = Question::open();
        for (other, kind) in [(1, Kind::Investor), (1, Kind::Startup), (1, Kind::Incubator)] {
            let ask = question.ask(id(0), kind);
            let Ok(outlook) = outlook(&world, kind, other) else { continue };
            let now = explain(&market(&world), Card::default_card(), &ask, id(other));
            prop_assert_eq!(outlook.now.map(|(points, _)| points), now.map(|now| now.matched.points));
            prop_assert!(outlook.changes.len() <= 5);
            for helps in &outlook.changes {
                let changed = with(&world, helps.change.made(&world.0[0]));

                let then = explain(&changed, Card::default_card(), &ask, id(other));

                let then = then.map(|then| (then.matched.points, then.band));
                prop_assert_eq!(then, Ok((helps.points, helps.band)), "{:?}", helps.change);
                prop_assert!(outlook.now.is_err() || outlook.now.unwrap().0 < helps.points);
            }
        }
    }

    #[test]
    fn private_criteria_that_do_not_fire_leave_no_trace_in_what_would_help(world in markets()) {
        let mut world = world;
        // One's own may be read.
        world.0[0] = without_private((vec![world.0[0].clone()], Vec::new())).0.remove(0);
        let bare = without_private(world.clone());
        for kind in [Kind::Investor, Kind::Startup, Kind::Incubator] {
            let (told, open) = (outlook(&world, kind, 1), outlook(&bare, kind, 1));
            if let Ok(told) = told {
                // A mandate that a private criterion closes may leave another to speak.
                let closed = open.as_ref().is_ok_and(|open| open.now != told.now);
                prop_assert!(closed || open == Ok(told));
            }
        }
    }
}

#[test]
fn a_private_criterion_that_a_change_would_meet_is_not_found_by_trying() {
    let market_of = |private: bool| {
        let mut ada = Facts::bare(id(1), 0, Kind::Investor, 1);
        let mut criteria = vec![criterion(
            Strength::Prefer,
            Condition::Sectors(codes(&["life_science", "energy.storage.batteries"])),
        )];
        let mut hidden = criterion(
            Strength::Avoid,
            Condition::Sectors(codes(&["energy.storage.batteries"])),
        );
        hidden.private = true;
        criteria.extend(private.then_some(hidden));
        ada.mandates = vec![(mandate_id(1), mandate(criteria))];
        let kim = Facts::bare(id(0), 0, Kind::Startup, 0);
        (vec![kim, ada], Vec::new())
    };

    let [open, private] =
        [false, true].map(|private| outlook(&market_of(private), Kind::Investor, 1));

    assert!(!open.as_ref().unwrap().changes.is_empty());
    assert_eq!(open, private);
}

#[test]
fn a_rule_of_ones_own_or_an_open_one_of_theirs_says_what_would_satisfy_it() {
    let us = criterion(Strength::Must, Condition::Regions(codes(&["US"])));
    let seed = criterion(
        Strength::Must,
        Condition::Stages(codes(&["financing.seed"])),
    );
    let mut kim = Facts::bare(id(0), 0, Kind::Startup, 0);
    kim.mandates = vec![(mandate_id(1), mandate(vec![us]))];
    let mut ada = Facts::bare(id(1), 0, Kind::Investor, 1);
    ada.home = Some("JP-13".parse().unwrap());
    let mut choosy = Facts::bare(id(1), 0, Kind::Investor, 1);
    choosy.mandates = vec![(mandate_id(2), mandate(vec![seed]))];
    let alone = Facts::bare(id(0), 0, Kind::Startup, 0);

    let own = outlook(&(vec![kim.clone(), ada], Vec::new()), Kind::Investor, 1).unwrap();
    let theirs = outlook(
        &(vec![alone, choosy.clone()], Vec::new()),
        Kind::Investor,
        1,
    )
    .unwrap();

    assert_eq!(own.now.unwrap_err().code(), "must");
    let told = |outlook: &Outlook, facts: &Facts| -> Vec<String> {
        let helps = outlook.changes.iter();
        helps
            .map(|helps| helps.change.text(facts, domain::Language::En))
            .collect()
    };
    assert_eq!(
        told(&own, &kim),
        [
            "Let your mandate \"Lead\" look for Tokyo too.",
            "Make regions a preference in your mandate \"Lead\" instead of a must.",
        ]
    );
    assert_eq!(
        told(&theirs, &kim),
        ["If it holds for you, add Seed to the stages of your profile."]
    );
    let question = Question::open();
    let list = rank(
        &market(&(vec![kim, choosy], Vec::new())),
        Card::default_card(),
        &question.ask(id(0), Kind::Investor),
        None,
        9,
    );
    assert!(list.is_empty());
}
