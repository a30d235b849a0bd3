//! Lists: exact, stable, and made of the parts that are shown.

use std::cmp::Reverse;

use domain::Kind;
use proptest::{
    prelude::{Strategy, any, prop_assert, prop_assert_eq, proptest},
    strategy::ValueTree,
    test_runner::TestRunner,
};

use super::world::{Question, card_with_table, id, market, markets};
use crate::{Ask, Card, Facts, Market, Match, explain, factor::Factor, rank};

const KINDS: [Kind; 3] = [Kind::Startup, Kind::Investor, Kind::Incubator];

/// The list found the slow way: every pair explained, then sorted.
fn sorted_list(market: &Market, card: &Card, ask: &Ask<'_>, size: usize) -> Vec<Match> {
    let all = (0..u32::try_from(size).unwrap()).map(id);
    let mut list: Vec<Match> = all
        .filter_map(|other| Some(explain(market, card, ask, other).ok()?.matched))
        .collect();
    list.sort_by_key(|found| (Reverse(found.points), found.tie_key, found.organisation));
    list
}

proptest! {
    #[test]
    fn a_list_is_the_best_of_a_full_sort(world in markets(), k in 0..25_usize) {
        let (market, question, card) = (market(&world), Question::open(), card_with_table());
        for kind in KINDS {
            let ask = question.ask(id(0), kind);

            let mut expect = sorted_list(&market, &card, &ask, world.0.len());
            expect.truncate(k);

            prop_assert_eq!(rank(&market, &card, &ask, None, k), expect);
        }
    }

    #[test]
    fn pages_together_are_the_list(world in markets(), size in 1..5_usize) {
        let (market, question, card) = (market(&world), Question::open(), Card::default_card());
        let ask = question.ask(id(0), Kind::Investor);
        let list = rank(&market, card, &ask, None, usize::MAX);

        let mut pages: Vec<Match> = Vec::new();
        loop {
            let last = pages.last().map(|last| (last.points, last.tie_key, last.organisation));
            let page = rank(&market, card, &ask, last, size);
            prop_assert!(page.len() <= size);
            if page.is_empty() {
                break;
            }
            pages.extend(page);
        }

        prop_assert_eq!(pages, list);
    }

    #[test]
    fn who_are_all_equal_stand_in_the_order_of_tie_key_and_id(
        ties in proptest::collection::vec(0..3_u32, 2..30),
        k in 0..40_usize,
    ) {
        let numbered = (1u32..).zip(&ties);
        let investors = numbered.map(|(n, &tie)| Facts::bare(id(n), tie, Kind::Investor, n));
        let asker = Facts::bare(id(0), 0, Kind::Startup, 0);
        let world = (investors.chain([asker]).collect(), Vec::new());
        let (market, question) = (market(&world), Question::open());

        let list = rank(&market, Card::default_card(), &question.ask(id(0), Kind::Investor), None, k);

        let mut expect: Vec<_> = (1u32..).zip(ties).map(|(n, tie)| (tie, id(n))).collect();
        expect.sort_unstable();
        expect.truncate(k);
        let found: Vec<_> = list.iter().map(|m| (m.tie_key, m.organisation)).collect();
        prop_assert_eq!(found, expect);
    }

    #[test]
    fn an_organisation_that_nobody_dealt_with_changes_no_other_place(world in markets()) {
        let (mut fewer, question) = (world.clone(), Question::open());
        let newcomer = id(u32::try_from(world.0.len() - 1).unwrap());
        fewer.1.retain(|deal| deal.startup != newcomer && deal.investor != newcomer);
        let with = Market::build(fewer.0.clone(), &fewer.1, super::world::TODAY);
        fewer.0.pop();
        let without = market(&fewer);
        for kind in KINDS {
            let ask = question.ask(id(0), kind);

            let mut list = rank(&with, Card::default_card(), &ask, None, usize::MAX);
            list.retain(|found| found.organisation != newcomer);

            prop_assert_eq!(list, if newcomer == id(0) { Vec::new() } else {
                rank(&without, Card::default_card(), &ask, None, usize::MAX)
            });
        }
    }

    #[test]
    fn the_order_in_which_organisations_and_deals_come_is_of_no_account(
        world in markets(),
        shift in any::<usize>(),
    ) {
        let mut other = world.clone();
        let turn = shift % other.0.len();
        other.0.rotate_left(turn);
        other.0.reverse();
        other.1.reverse();
        for facts in &mut other.0 {
            facts.sectors.reverse();
            facts.needs.reverse();
            facts.mandates.reverse();
        }
        let (one, other, question) = (market(&world), market(&other), Question::open());
        let ask = question.ask(id(0), Kind::Investor);

        let list = |market| rank(market, Card::default_card(), &ask, None, usize::MAX);

        prop_assert_eq!(list(&one), list(&other));
        prop_assert_eq!(one.statistics(), other.statistics());
    }

    #[test]
    fn private_criteria_never_change_points(world in markets()) {
        let mut bare = world.clone();
        for (_, mandate) in bare.0.iter_mut().flat_map(|facts| &mut facts.mandates) {
            mandate.criteria.retain(|criterion| !criterion.private);
        }
        let mut scored = world.clone();
        for (_, mandate) in scored.0.iter_mut().flat_map(|facts| &mut facts.mandates) {
            for criterion in mandate.criteria.iter_mut().filter(|criterion| criterion.private) {
                criterion.strength = domain::Strength::Prefer;
            }
        }
        let (bare, scored, question) = (market(&bare), market(&scored), Question::open());
        for kind in KINDS {
            let ask = question.ask(id(0), kind);
            let list = |market| rank(market, Card::default_card(), &ask, None, usize::MAX);

            prop_assert_eq!(list(&bare), list(&scored));
        }
    }

    #[test]
    fn an_empty_field_is_never_worth_more_than_the_median_of_a_stated_one(world in markets()) {
        let (market, question, card) = (market(&world), Question::open(), Card::default_card());
        let ask = question.ask(id(0), Kind::Investor);
        for found in rank(&market, card, &ask, None, usize::MAX) {
            let explanation = explain(&market, card, &ask, found.organisation).unwrap();
            let asker = world.0[0].kinds[0];
            let unknown = explanation.contributions.iter().filter(|part| part.level_name == "unknown");
            for part in unknown {
                let factor = Factor::from_name(&part.factor).unwrap();
                let section = card.section(Some(asker), Kind::Investor);
                let levels = 1..u8::try_from(factor.levels().len()).unwrap();
                let better = levels.clone().filter(|&level| section.points(factor, level) >= part.points);
                prop_assert!(2 * better.count() >= levels.len(), "{}", part.factor);
            }
        }
    }
}

#[test]
fn parts_add_up_to_points_for_ten_thousand_pairs() {
    let mut runner = TestRunner::deterministic();
    let (question, card) = (Question::open(), card_with_table());
    let mut pairs = 0;
    while pairs < 10_000 {
        let world = markets().new_tree(&mut runner).unwrap().current();
        let market = market(&world);
        for asker in &world.0 {
            for kind in KINDS {
                let ask = question.ask(asker.id, kind);
                for found in rank(&market, &card, &ask, None, usize::MAX) {
                    let explanation = explain(&market, &card, &ask, found.organisation).unwrap();
                    let parts = explanation.contributions.iter().map(|part| part.points);
                    let levels = explanation.level_vector();

                    assert_eq!(parts.sum::<i32>(), found.points);
                    assert_eq!(explanation.matched, found);
                    let again = card.points_of(asker.kinds[0], kind, &levels);
                    assert_eq!(again, Some(found.points));
                    pairs += 1;
                }
            }
        }
    }
}

#[test]
fn the_best_pair_of_mandates_is_taken_and_one_can_be_asked_for_alone() {
    use super::world::{codes, criterion, mandate, mandate_id};
    use domain::{Condition, Strength};
    let wants = |sector: &str| {
        mandate(vec![criterion(
            Strength::Prefer,
            Condition::Sectors(codes(&[sector])),
        )])
    };
    let mut asker = Facts::bare(id(0), 0, Kind::Investor, 0);
    asker.mandates = vec![
        (mandate_id(1), wants("energy.storage.batteries")),
        (mandate_id(2), wants("life_science")),
    ];
    let mut startup = Facts::bare(id(1), 0, Kind::Startup, 1);
    startup.sectors = codes(&["life_science.biopharma"]);
    let market = market(&(vec![asker, startup], Vec::new()));
    let question = Question::open();
    let ask = question.ask(id(0), Kind::Startup);
    let alone = Ask {
        mandate: Some(mandate_id(1)),
        ..ask
    };

    let [best, worse] =
        [ask, alone].map(|ask| rank(&market, Card::default_card(), &ask, None, 1)[0]);

    assert_eq!(best.my_mandate, Some(mandate_id(2)));
    assert_eq!(worse.my_mandate, Some(mandate_id(1)));
    assert!(best.points > worse.points);
}
