//! The index beside the walk over all rows, and a changed market beside one built anew.

use fastrand::Rng;
use proptest::{
    prelude::{Strategy, any, prop_assert, prop_assert_eq, proptest},
    prop_oneof,
    test_runner::Config,
};

use super::{
    anything::{Around, card, deals, facts, one_in},
    world::{TODAY, id},
};
use crate::{Facts, Market, Match, ask::Question, rank, rank_by_rows};

#[test]
fn a_market_in_which_many_changed_is_worn_and_one_built_anew_is_not() {
    let rng = &mut Rng::with_seed(5);
    let all: Vec<Facts> = (0..400).map(|number| facts(rng, number, 400)).collect();
    let deals = deals(rng, 400);
    let mut market = Market::build(all.clone(), &deals, TODAY);
    let same: Vec<_> = all
        .iter()
        .map(|facts| (facts.id, Some(facts.clone())))
        .collect();
    let mut turns = 0;

    while !market.is_worn() {
        market = market.with(same.clone());
        turns += 1;
        assert!(turns < 40, "{} rows", market.index().rows());
    }

    let rows = Market::build(all, &deals, TODAY).index().rows();
    assert_eq!(market.index().living(), rows);
    assert!(market.index().rows() > 4_096 + rows);
}

/// Points that fit lanes of 16 bits, and points that do not.
fn size() -> impl Strategy<Value = i32> {
    prop_oneof![0..3_i32, 10..60_i32, 1_000..1_600_i32]
}

proptest! {
    #![proptest_config(Config::with_cases(96))]

    #[test]
    fn the_index_lists_whom_the_walk_over_all_rows_lists(
        seed in any::<u64>(), count in 2..40_u32, size in size(), k in 0..30_usize,
    ) {
        let rng = &mut Rng::with_seed(seed);
        let all: Vec<Facts> = (0..count).map(|number| facts(rng, number, count)).collect();
        let market = Market::build(all.clone(), &deals(rng, count), TODAY);
        let (card, around) = (card(rng, size), Around::of(rng, count));
        for _ in 0..12 {
            let ask = around.ask(rng, &all);

            let whole = rank_by_rows(&market, &card, &ask, None, usize::MAX);
            let question = Question::new(&market, &card, &ask);
            let everybody = question.map(|question| rank::everybody(&question));
            let points = |organisation| {
                let number = market.number(organisation).expect("it is there");
                everybody.as_ref().and_then(|points| points[number as usize])
            };
            let is_listed = |found: &Match| points(found.organisation) == Some(found.points);
            prop_assert!(whole.iter().all(is_listed), "{:?}", ask);
            prop_assert_eq!(everybody.iter().flatten().flatten().count(), whole.len());

            let after = whole.get(whole.len() / 3);
            let after = after.map(|last| (last.points, last.tie_key, last.organisation));

            for after in [None, after] {
                let list = rank(&market, &card, &ask, after, k);
                prop_assert_eq!(list, rank_by_rows(&market, &card, &ask, after, k), "{:?}", ask);
            }
        }
    }

    #[test]
    fn a_market_that_changed_lists_what_one_built_anew_does(
        seed in any::<u64>(), count in 2..40_u32, size in size(),
    ) {
        let rng = &mut Rng::with_seed(seed);
        let mut all: Vec<Facts> = (0..count).map(|number| facts(rng, number, count)).collect();
        let (deals, around) = (deals(rng, count / 2), Around::of(rng, count + 10));
        let card = card(rng, size);
        let mut market = Market::build(all.clone(), &deals, TODAY);
        for _ in 0..4 {
            let mut changes = Vec::new();
            for _ in 0..rng.u32(1..4) {
                let number = rng.u32(0..count + 10);
                let now = (!one_in(rng, 4)).then(|| facts(rng, number, count));
                all.retain(|facts| facts.id != id(number));
                all.extend(now.clone());
                changes.push((id(number), now));
            }
            market = market.with(changes);
            let anew = Market::build(all.clone(), &deals, TODAY);
            prop_assert_eq!(market.len(), anew.len());
            if all.is_empty() {
                continue;
            }
            for _ in 0..6 {
                let ask = around.ask(rng, &all);

                let list = rank(&market, &card, &ask, None, usize::MAX);

                prop_assert_eq!(&list, &rank_by_rows(&market, &card, &ask, None, usize::MAX));
                if market.is_whole() {
                    prop_assert_eq!(list, rank(&anew, &card, &ask, None, usize::MAX), "{:?}", ask);
                }
            }
        }
    }
}
