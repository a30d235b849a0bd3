//! The index beside its specification: small worlds made by number, many ties.

use std::collections::{BTreeMap, HashMap};

use proptest::{
    prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest},
    test_runner::Config,
};

use super::{
    Factor, Flag, Found, Index, Layout, Narrow, Nested, Place, Plan, Points, Record, Test, Values,
    lanes::Path,
};

/// A fixed sequence of numbers without a visible pattern (the finaliser of `SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        u32::try_from((mixed ^ (mixed >> 31)) % u64::from(bound)).unwrap()
    }

    fn byte(&mut self, bound: u32) -> u8 {
        u8::try_from(self.below(bound)).unwrap()
    }

    fn code(&mut self, bound: u32) -> u16 {
        u16::try_from(self.below(bound)).unwrap()
    }

    fn one_in(&mut self, many: u32) -> bool {
        self.below(many) == 0
    }

    fn points(&mut self, size: i32) -> Points {
        std::array::from_fn(|_| (i32::try_from(self.below(21)).unwrap() - 10) * size)
    }
}

const CODES: u32 = 6;
const VALUES: u32 = 4;
const TERMS: u32 = 5;

/// Columns, rows and what is asked of them.
struct World {
    numbers: Numbers,
    layout: Layout,
    nested: Vec<Nested>,
    narrow: Vec<Narrow>,
    flags: Vec<Flag>,
    rows: Vec<Option<Values>>,
    /// How much alike neighbours are: rows of one run hold the same.
    run: u32,
}

impl World {
    fn new(seed: u64, rows: u32, run: u32) -> World {
        let mut numbers = Numbers(seed);
        let mut layout = Layout::default();
        let mut table = |levels: u32| {
            let mut row = || (0..CODES).map(|_| numbers.byte(levels)).collect();
            layout.nested((0..VALUES).map(|_| row()).collect())
        };
        let nested = vec![table(4), table(16), table(2)];
        let narrow = vec![layout.narrow(), layout.narrow()];
        let flags = vec![layout.flag(), layout.flag(), layout.flag()];
        let mut world = World {
            numbers,
            layout,
            nested,
            narrow,
            flags,
            rows: Vec::new(),
            run,
        };
        for row in 0..rows {
            let values = world.values(row);
            world.rows.push(Some(values));
        }
        world
    }

    /// What a row holds. An owner has one tie key, and two rows or so.
    fn values(&mut self, row: u32) -> Values {
        let owner = row / 2 + self.numbers.below(3);
        let last = self.rows.last().and_then(Option::as_ref);
        if let Some(last) = last.filter(|_| self.numbers.below(self.run) > 0) {
            return Values {
                owner,
                tie_key: owner % 7,
                class: self.numbers.code(9).into(),
                ..last.clone()
            };
        }
        let numbers = &mut self.numbers;
        let mut values = Values {
            owner,
            tie_key: owner % 7,
            class: numbers.code(9).into(),
            ..Values::default()
        };
        for &column in &self.nested {
            for _ in 0..numbers.below(4) {
                values.codes.push((column, numbers.code(CODES)));
            }
        }
        values.flags = self
            .flags
            .iter()
            .copied()
            .filter(|_| numbers.one_in(2))
            .collect();
        values.numbers = self.narrow.iter().map(|_| numbers.byte(16)).collect();
        let mut rest = 12;
        for label in 0..TERMS {
            let twelfths = numbers.byte(rest + 1);
            if numbers.one_in(1 + label) && twelfths > 0 {
                values.labels.push((label, twelfths));
                rest -= u32::from(twelfths);
            }
        }
        for term in 0..TERMS {
            if numbers.one_in(1 + 3 * term) {
                values.exceptions.push((term, numbers.byte(16)));
            }
        }
        values
    }

    fn index(&self) -> Index {
        let rows = u32::try_from(self.rows.len()).unwrap();
        let index = Index::build(self.layout.clone(), rows, |row, values| {
            if let Some(held) = &self.rows[row as usize] {
                *values = held.clone();
            }
        });
        let gone = (0..rows).filter(|&row| self.rows[row as usize].is_none());
        index.with(
            &gone.map(|row| (row, None)).collect::<Vec<_>>(),
            Values::clone_into,
        )
    }

    /// A plan with some of everything.
    fn plan(&mut self, size: i32) -> Plan {
        let numbers = &mut self.numbers;
        let rows = u32::try_from(self.rows.len()).unwrap();
        let mut plan = Plan::new(size * 3);
        let mut factors: Vec<Factor> = Vec::new();
        for &column in &self.nested {
            for _ in 0..numbers.below(3) {
                let values: Vec<u16> = (0..numbers.below(3))
                    .map(|_| numbers.code(VALUES))
                    .collect();
                factors.push(plan.nested(column, &values, numbers.points(size)));
            }
        }
        for &column in &self.narrow {
            if numbers.one_in(2) {
                factors.push(plan.narrow(column, numbers.points(size)));
            }
        }
        for _ in 0..numbers.below(3) {
            let mut given: BTreeMap<u32, u8> = BTreeMap::new();
            if rows > 0 && numbers.one_in(2) {
                given.extend((0..5).map(|_| (numbers.below(rows), numbers.byte(16))));
            }
            let mut some = |most| -> Vec<u32> {
                let count = numbers.below(most);
                (0..count).map(|_| numbers.below(TERMS + 1)).collect()
            };
            let (terms, labels, mentions) = (some(3), some(4), some(4));
            let with_labels = terms.is_empty();
            let labels = labels.into_iter().filter(|_| with_labels);
            let labels: Vec<u32> = labels.collect();
            let with_mentions = with_labels && labels.is_empty();
            let mentions = mentions.into_iter().filter(|_| with_mentions);
            let record = Record {
                terms,
                labels: labels
                    .into_iter()
                    .map(|label| (label, numbers.byte(16)))
                    .collect(),
                mentions: mentions.map(|term| (term, numbers.byte(16))).collect(),
                by: self.narrow[numbers.below(2) as usize],
                otherwise: std::array::from_fn(|_| numbers.byte(16)),
                given: given.into_iter().collect(),
            };
            factors.push(plan.record(record, numbers.points(size)));
        }
        for _ in 0..numbers.below(3) {
            let mut labels: BTreeMap<u32, i32> = BTreeMap::new();
            for _ in 0..numbers.below(4) {
                labels.insert(numbers.below(TERMS + 1), numbers.points(size)[0]);
            }
            plan.shares(labels.into_iter().collect());
        }
        let count = u32::try_from(factors.len()).unwrap();
        for _ in 0..numbers.below(3).min(count) {
            let mut factor = || factors[numbers.below(count) as usize];
            let (a, b) = (factor(), factor());
            let cells = std::array::from_fn(|_| numbers.points(size));
            plan.table(a, b, &cells);
        }
        for _ in 0..self.numbers.below(3) {
            let count = 1 + self.numbers.below(2);
            let alternatives: Vec<Test> = (0..count).map(|_| self.test()).collect();
            plan.require(&alternatives);
        }
        let numbers = &mut self.numbers;
        if rows > 0 && numbers.one_in(2) {
            plan.exclude((0..4).map(|_| numbers.below(rows)));
        }
        if rows > 0 && numbers.one_in(4) {
            plan.among((0..300).map(|_| numbers.below(rows)));
        }
        plan
    }

    fn test(&mut self) -> Test {
        let numbers = &mut self.numbers;
        let flag = self.flags[numbers.below(3) as usize];
        let column = self.nested[numbers.below(3) as usize];
        let (value, least) = (numbers.code(VALUES), numbers.byte(5));
        match numbers.below(4) {
            0 => Test::Has(flag),
            1 => Test::Lacks(flag),
            2 => Test::Near(column, value, least),
            _ => Test::Far(column, value, least),
        }
    }

    /// What the specification makes of the question: every row, sorted.
    fn list(&self, plans: &[Plan], k: usize, after: Option<Place>) -> Vec<Found> {
        self.list_less(plans, &|_, _| 0, k, after)
    }

    /// The same where each row has so many points less under a plan.
    fn list_less(
        &self,
        plans: &[Plan],
        less: &dyn Fn(u32, u32) -> i32,
        k: usize,
        after: Option<Place>,
    ) -> Vec<Found> {
        let mut best: HashMap<u32, Found> = HashMap::new();
        for (plan, number) in plans.iter().zip(0..) {
            for (values, row) in self.rows.iter().zip(0..) {
                let Some(values) = values else { continue };
                if !plan.admits(&self.layout, row, values) {
                    continue;
                }
                let found = Found {
                    points: plan.points(&self.layout, row, values) - less(number, row),
                    tie_key: values.tie_key,
                    owner: values.owner,
                    row,
                    class: values.class,
                    plan: number,
                };
                let known = best.entry(values.owner).or_insert(found);
                if found.points > known.points {
                    *known = found;
                }
            }
        }
        let place = |found: &Found| (-i64::from(found.points), found.tie_key, id(found.owner));
        let mut list: Vec<Found> = best.into_values().collect();
        list.sort_by_key(place);
        if let Some(after) = after {
            let after = (-i64::from(after.points), after.tie_key, after.id);
            list.retain(|found| place(found) > after);
        }
        list.truncate(k);
        list
    }

    /// A place that may be a row's, or near one.
    fn place(&mut self, list: &[Found]) -> Option<Place> {
        let at = self.numbers.below(u32::try_from(list.len()).unwrap() + 1) as usize;
        let found = list.get(at)?;
        Some(Place {
            points: found.points,
            tie_key: found.tie_key + self.numbers.below(2),
            id: id(found.owner),
        })
    }
}

/// Ids run against the numbers of owners, so that neither stands in for the other.
fn id(owner: u32) -> u128 {
    u128::from(u32::MAX - owner)
}

fn rows() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), Just(1), 2..600_u32, 4000..4200_u32, 8000..9000_u32]
}

/// Points in lanes of 16 bits, and in lanes of 32.
fn size() -> impl Strategy<Value = i32> {
    prop_oneof![Just(1), Just(70), Just(5000)]
}

fn run() -> impl Strategy<Value = u32> {
    prop_oneof![Just(1), Just(3), Just(700)]
}

proptest! {
    #![proptest_config(Config::with_cases(24))]

    #[test]
    fn a_list_is_what_sorting_all_rows_by_the_specification_gives(
        seed in any::<u64>(), rows in rows(), run in run(), size in size(), k in 0..40_usize,
    ) {
        let mut world = World::new(seed, rows, run);
        let index = world.index();
        let plans = [world.plan(size), world.plan(size)];

        for plans in [&plans[..1], &plans] {
            let all = world.list(plans, usize::MAX, None);
            let after = world.place(&all);
            prop_assert_eq!(index.best(plans, k, None, &id), world.list(plans, k, None));
            prop_assert_eq!(index.best(plans, k, after, &id), world.list(plans, k, after));
        }
        for long in [600, usize::MAX] {
            prop_assert_eq!(index.best(&plans, long, None, &id), world.list(&plans, long, None));
        }
        let each = plans.clone().map(|plan| world.list(&[plan], k, None));
        prop_assert_eq!(index.best_of_each(&plans, k, &id), each);
    }

    #[test]
    fn points_that_are_bounds_list_what_the_exact_points_would(
        seed in any::<u64>(), rows in rows(), run in run(), size in size(), k in 0..40_usize,
    ) {
        let mut world = World::new(seed, rows, run);
        let index = world.index();
        let plans = [world.plan(size), world.plan(size)];
        let less = |plan: u32, row: u32| {
            let number = row.wrapping_mul(0x9E37_79B1) >> (24 + plan);
            i32::try_from(number).unwrap() * size / 20
        };
        let exact = |found: &mut [Found], least: i32| {
            for found in found {
                let points = found.points - less(found.plan, found.row);
                found.points = if points < least { least - 1 } else { points };
            }
        };
        let all = world.list_less(&plans, &less, usize::MAX, None);
        let after = all.get(all.len() / 3).map(|found| Place {
            points: found.points,
            tie_key: found.tie_key,
            id: id(found.owner),
        });

        for after in [None, after] {
            let list = index.best_exactly(&plans, &exact, (k, after), &id);
            prop_assert_eq!(list, world.list_less(&plans, &less, k, after));
        }
    }

    #[test]
    fn every_set_of_instructions_gives_the_same_list(
        seed in any::<u64>(), rows in rows(), run in run(), size in size(),
    ) {
        let mut world = World::new(seed, rows, run);
        let index = world.index();
        let plans = [world.plan(size)];

        let list = index.best_by(Path::Plain, &plans, None, (20, None), &id);

        for path in Path::all() {
            prop_assert_eq!(&index.best_by(path, &plans, None, (20, None), &id), &list, "{:?}", path);
        }
    }

    #[test]
    fn a_changed_index_is_one_built_anew(
        seed in any::<u64>(), rows in rows(), run in run(), size in size(),
    ) {
        let mut world = World::new(seed, rows, run);
        let mut index = world.index();
        for _ in 0..3 {
            let mut changes = Vec::new();
            for _ in 0..5 {
                let next = u32::try_from(world.rows.len()).unwrap();
                let row = world.numbers.below(next + 20);
                let values = (!world.numbers.one_in(3)).then(|| world.values(row));
                let rows = world.rows.len().max(row as usize + 1);
                world.rows.resize(rows, None);
                world.rows[row as usize].clone_from(&values);
                changes.push((row, values));
            }
            index = index.with(&changes, Values::clone_into);
        }
        let plans = [world.plan(size)];

        let list = index.best(&plans, 20, None, &id);

        let anew = world.index();
        prop_assert_eq!(&list, &anew.best(&plans, 20, None, &id));
        prop_assert_eq!(&list, &world.list(&plans, 20, None));
        let nothing = Index::build(world.layout.clone(), 0, |_, _| {});
        let all: Vec<_> = (0..).zip(world.rows.iter().cloned()).collect();
        let anew = nothing.with(&all, Values::clone_into);
        let [now, anew] = [&index, &anew].map(|index| &index.directory);
        for bitmap in 0..world.layout.bitmaps {
            for (at, living) in anew.any(super::layout::LIVE).iter().enumerate() {
                // Of strips it may not be known that all who made a difference are gone.
                let mut more = anew.any(bitmap)[at];
                more.add(&now.any(bitmap)[at]);
                prop_assert_eq!(more, now.any(bitmap)[at], "{}", bitmap);
                let mut fewer = now.all(bitmap)[at];
                fewer.keep(living);
                fewer.keep(&anew.all(bitmap)[at].negated());
                prop_assert_eq!(fewer, super::lanes::Line::NONE, "{}", bitmap);
            }
        }
    }

    #[test]
    fn an_explanation_reads_the_levels_that_made_the_points(
        seed in any::<u64>(), rows in 1..600_u32, size in size(),
    ) {
        let mut world = World::new(seed, rows, 1);
        let index = world.index();
        let plan = world.plan(size);

        for found in index.best(std::slice::from_ref(&plan), 20, None, &id) {
            let levels = index.levels(&plan, found.row);
            let values = world.rows[found.row as usize].as_ref().unwrap();
            prop_assert_eq!(&levels, &plan.levels(&world.layout, found.row, values));
            prop_assert_eq!(plan.points(&world.layout, found.row, values), found.points);
        }
    }
}

proptest! {
    #![proptest_config(Config::with_cases(4))]

    #[test]
    fn strips_are_skipped_only_where_no_row_of_them_is_listed(
        seed in any::<u64>(), run in run(), size in size(),
    ) {
        let mut world = World::new(seed, 20_000, run);
        let index = world.index();
        let plans = [world.plan(size)];

        let list = index.best(&plans, 20, None, &id);

        prop_assert_eq!(&list, &index.best_of_all_read(&plans[0], 20, &id));
        prop_assert_eq!(list, world.list(&plans, 20, None));
    }
}

#[test]
fn pages_follow_each_other_without_gap_or_repeat() {
    let mut world = World::new(7, 1_000, 3);
    let index = world.index();
    let plans = [world.plan(70)];
    let all = world.list(&plans, usize::MAX, None);

    let mut pages = Vec::new();
    let mut after = None;
    loop {
        let page = index.best(&plans, 7, after, &id);
        let Some(last) = page.last() else { break };
        after = Some(Place {
            points: last.points,
            tie_key: last.tie_key,
            id: id(last.owner),
        });
        pages.extend(page);
    }

    assert!(all.len() > 50, "{} rows", all.len());
    assert_eq!(pages, all);
}

#[test]
fn a_block_that_a_batch_does_not_touch_is_shared() {
    let mut world = World::new(1, 9_000, 1);
    let index = world.index();
    let values = world.values(5_000);

    let next = index.with(&[(5_000, Some(values))], Values::clone_into);

    let shared: Vec<bool> = std::iter::zip(&index.blocks, &next.blocks)
        .map(|(before, after)| std::sync::Arc::ptr_eq(before, after))
        .collect();
    assert_eq!(shared, [true, false, true]);
}

#[test]
fn a_row_that_is_gone_leaves_its_block_to_be_shared_and_is_cleared_away_with_the_next_that_is_written()
 {
    let mut world = World::new(1, 9_000, 1);
    let index = world.index();
    let values = world.values(5_000);

    let less = index.with::<Values>(&[(5_001, None), (8_999, None)], Values::clone_into);

    assert!(std::iter::zip(&index.blocks, &less.blocks).all(|(a, b)| std::sync::Arc::ptr_eq(a, b)));
    assert_eq!((index.living(), less.living()), (9_000, 8_998));

    let next = less.with(&[(5_000, Some(values))], Values::clone_into);

    let count = |index: &Index| super::block::count(&index.blocks[1].live());
    assert_eq!(
        (next.living(), count(&less), count(&next)),
        (8_998, 4_096, 4_095)
    );

    let many: Vec<_> = (4_096..4_096 + 2_200).map(|row| (row, None)).collect();
    let few = next.with::<Values>(&many, Values::clone_into);

    assert_eq!((few.living(), count(&few)), (8_998 - 2_199, 4_095 - 2_199));
}

#[test]
fn a_row_that_is_gone_from_a_full_block_is_not_listed() {
    let mut layout = Layout::default();
    let (column, flag) = (layout.narrow(), layout.flag());
    let index = Index::build(layout, 4_096, |row, values| {
        values.owner = row;
        values.set_number(column, u8::from(row == 7));
        values.flags.extend((row == 7).then_some(flag));
    });
    let mut plan = Plan::new(0);
    plan.narrow(column, std::array::from_fn(|number| i32::from(number == 1)));
    let best = |index: &Index| index.best(std::slice::from_ref(&plan), 1, None, &id)[0].row;

    let less = index.with::<Values>(&[(7, None)], Values::clone_into);

    assert_eq!((best(&index), index.rows_with(flag)), (7, vec![(7, 7)]));
    assert_ne!(best(&less), 7);
    assert!(less.rows_with(flag).is_empty());
}

#[test]
fn a_term_is_found_in_whichever_block_a_row_speaks_of_it() {
    let mut layout = Layout::default();
    let column = layout.narrow();
    let blocks = 18;
    let index = Index::build(layout, 4_096 * blocks, |row, values| {
        values.owner = row;
        // Each block has a term of its own.
        values
            .exceptions
            .push((row / 4_096, u8::from(row % 4_096 == 7)));
    });

    for block in 0..blocks {
        let mut plan = Plan::new(0);
        let record = Record {
            terms: vec![block],
            by: column,
            otherwise: [0; 16],
            labels: [].into(),
            mentions: [].into(),
            given: [].into(),
        };
        plan.record(record, std::array::from_fn(|level| i32::from(level == 1)));

        let best = index.best(&[plan], 1, None, &id)[0];

        assert_eq!((best.row, best.points), (4_096 * block + 7, 1));
    }
}

#[test]
fn bitmaps_of_no_row_take_no_memory() {
    let mut layout = Layout::default();
    let identity = |value| (0..1000).map(|code| u8::from(code == value)).collect();
    let column = layout.nested((0..1000).map(identity).collect());

    let index = Index::build(layout, 4096, |row, values| {
        values.owner = row;
        values.codes.push((column, 0));
    });

    assert!(
        index.bytes() < 4096 * 8 + 1000 * 420,
        "{} bytes",
        index.bytes()
    );
    let mut plan = Plan::new(0);
    plan.nested(
        column,
        &[0],
        [0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    );
    assert_eq!(index.best(&[plan], 1, None, &id)[0].points, 5);
}
