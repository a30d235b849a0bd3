//! The kernel on other markets and cards than the yardstick's, and what keeping the index costs.
//!
//! `cargo run --release -p benches --bin kernel` measures a million parties and prints a line each; its test takes a
//! hundredth of them. Each measurement first asserts its answer: against the specification and a sort. The order of
//! rows is the one of the yardstick, whatever the market.

use std::{
    cmp::Reverse,
    hint::black_box,
    io::{self, Write},
    time::Instant,
};

use benches::{Columns, Party, Question, Weights, clustered, columns};
use scoring::index::{Found, Index, Layout, Plan, Record, Test, Values};

/// A fixed sequence of numbers without a visible pattern (the finaliser of `SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u8) -> u8 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        u8::try_from((mixed ^ (mixed >> 31)) % u64::from(bound)).expect("below the bound")
    }

    /// The lower of a few draws: low numbers are common where there are many.
    fn skewed(&mut self, bound: u8, draws: u8) -> u8 {
        let drawn = (0..draws).map(|_| self.below(bound)).min();
        drawn.expect("one draw or more")
    }

    fn some(&mut self, most: u8, bound: u8, draws: u8) -> Vec<u8> {
        let count = 1 + self.below(most);
        let mut labels: Vec<u8> = (0..count).map(|_| self.skewed(bound, draws)).collect();
        labels.sort_unstable();
        labels.dedup();
        labels
    }

    fn party(&mut self, draws: u8) -> Party {
        let (stage, low) = (self.below(10), self.below(48));
        Party {
            sectors: self.some(6, 200, draws),
            stages: (stage..(stage + 1 + self.below(4)).min(10)).collect(),
            regions: self.some(5, 251, draws),
            amounts: (low..=(low + 2 + self.below(9)).min(47)).collect(),
        }
    }

    fn question(&mut self, draws: u8) -> Question {
        Question {
            sectors: self.some(4, 200, draws),
            stage: self.below(10),
            country: self.skewed(250, draws),
            amount: self.below(48),
        }
    }
}

/// Parties in the order of their rows in an index; who stands in row n is owner `order[n]`.
struct Market {
    columns: Columns,
    parties: Vec<Party>,
    index: Index,
}

impl Market {
    fn new(parties: Vec<Party>) -> Market {
        let (layout, columns) = columns();
        let order = clustered(&parties);
        let index = columns.index(layout, &parties, &order);
        Market {
            columns,
            parties,
            index,
        }
    }

    fn drawn(rows: usize, draws: u8) -> Market {
        let mut numbers = Numbers(u64::from(draws));
        Market::new((0..rows).map(|_| numbers.party(draws)).collect())
    }

    /// The list by the specification.
    fn sorted(&self, plan: &Plan) -> Vec<(u32, i32)> {
        let mut list: Vec<(u32, i32)> = (0..)
            .zip(&self.parties)
            .map(|(owner, party)| {
                let mut values = Values::default();
                self.columns.fill(party, owner, &mut values);
                (owner, plan.points(self.index.layout(), 0, &values))
            })
            .collect();
        list.sort_by_key(|&(owner, points)| (Reverse(points), owner));
        list.truncate(20);
        list
    }
}

fn id(owner: u32) -> u128 {
    u128::from(owner)
}

fn shown(list: &[Found]) -> Vec<(u32, i32)> {
    list.iter()
        .map(|found| (found.owner, found.points))
        .collect()
}

/// The median of the times that `work` takes for each of `count` numbers, in milliseconds.
fn median_ms(count: usize, mut work: impl FnMut(usize)) -> f64 {
    let mut times: Vec<f64> = (0..count)
        .map(|number| {
            let start = Instant::now();
            work(number);
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[count / 2]
}

fn say(text: &str) {
    writeln!(io::stdout(), "{text}").expect("standard output takes it");
}

/// A list beside the plain scan, which reads every row.
fn compare(name: &str, market: &Market, plans: &[Plan]) {
    for plan in &plans[..2.min(plans.len())] {
        let list = market.index.best(std::slice::from_ref(plan), 20, None, &id);
        assert_eq!(shown(&list), market.sorted(plan), "{name}");
        assert_eq!(market.index.best_of_all_read(plan, 20, &id), list, "{name}");
    }
    let list = median_ms(plans.len(), |at| {
        black_box(market.index.best(&plans[at..=at], 20, None, &id));
    });
    let scan = median_ms(plans.len(), |at| {
        black_box(market.index.best_of_all_read(&plans[at], 20, &id));
    });
    let (rows, ratio) = (market.parties.len(), list / scan);
    say(&format!(
        "{name:42} {rows:8} rows  {list:8.4} ms  plain scan {scan:8.4} ms  ratio {ratio:.2}"
    ));
}

fn markets(rows: usize, questions: usize) {
    for (name, draws) in [("skewed", 3), ("uniform", 1)] {
        let market = Market::drawn(rows, draws);
        let mut numbers = Numbers(99);
        let drawn: Vec<Question> = (0..questions).map(|_| numbers.question(draws)).collect();
        for (card, weights) in [
            ("the card", Weights::YARDSTICK),
            ("a negative card", Weights::NEGATIVE),
        ] {
            let plan = |question| market.columns.plan_with(question, &weights);
            let plans: Vec<Plan> = drawn.iter().map(plan).collect();
            compare(&format!("{name} market, {card}"), &market, &plans);
        }
    }
}

fn adversaries(rows: usize, questions: usize) {
    let mut numbers = Numbers(5);
    let (party, question) = (numbers.party(1), numbers.question(1));
    let alike = Market::new(vec![party; rows]);
    let plans = vec![alike.columns.plan(&question); questions];
    compare("all parties the same", &alike, &plans);

    // Rows in the order of their points, the worst first: each strip read raises the floor.
    let market = Market::drawn(rows, 1);
    let plan = market.columns.plan(&question);
    let points = |party: &Party| {
        let mut values = Values::default();
        market.columns.fill(party, 0, &mut values);
        plan.points(market.index.layout(), 0, &values)
    };
    let mut order: Vec<u32> = (0..).take(rows).collect();
    order.sort_by_cached_key(|&row| points(&market.parties[row as usize]));
    let (layout, columns) = columns();
    let index = columns.index(layout, &market.parties, &order);
    let worst_first = Market { index, ..market };
    compare("the best row last", &worst_first, &vec![plan; questions]);

    different(rows, questions);
}

/// No two rows have the same points, and no row looks like its neighbour.
fn different(rows: usize, questions: usize) {
    let mut layout = Layout::default();
    let digit = || (0..16).map(|value| (0..16).map(|code| u8::from(code >= value)).collect());
    let digits: Vec<_> = (0..5).map(|_| layout.nested(digit().collect())).collect();
    let rows = u32::try_from(rows).expect("fewer than 2^32 rows");
    let number = |row: u32| row.wrapping_mul(0x9E37_79B1) % (1 << 20);
    let index = Index::build(layout, rows, |row, values| {
        (values.owner, values.tie_key) = (row, row);
        for (&column, shift) in digits.iter().zip([0, 4, 8, 12, 16]) {
            let code = u16::try_from(number(row) >> shift & 15).expect("four bits");
            values.codes.push((column, code));
        }
    });
    let mut plan = Plan::new(0);
    for (&column, shift) in digits.iter().zip([0, 4, 8, 12, 16]) {
        for value in 1..16 {
            let mut points = [0; 16];
            points[1] = 1 << shift;
            plan.nested(column, &[value], points);
        }
    }
    let list = index.best(std::slice::from_ref(&plan), 20, None, &id);
    let mut sorted: Vec<(u32, i32)> = (0..rows)
        .map(|row| (row, i32::try_from(number(row)).expect("twenty bits")))
        .collect();
    sorted.sort_by_key(|&(row, points)| (Reverse(points), row));
    assert_eq!(shown(&list), sorted[..20], "all different");
    let list = median_ms(questions, |_| {
        black_box(index.best(std::slice::from_ref(&plan), 20, None, &id));
    });
    let scan = median_ms(questions, |_| {
        black_box(index.best_of_all_read(&plan, 20, &id));
    });
    let ratio = list / scan;
    say(&format!(
        "{:42} {rows:8} rows  {list:8.4} ms  plain scan {scan:8.4} ms  ratio {ratio:.2}",
        "all rows different, 75 bitmaps, 32 bits"
    ));
}

/// A card with a bit of everything: three labels, six terms of records, activity, a table, two rules and a filter.
fn whole_card(rows: usize, questions: usize) {
    const TERMS: u8 = 250;
    let (mut layout, columns) = columns();
    let [deals, activity] = [layout.narrow(), layout.narrow()];
    let [investing, blocked, listed] = [layout.flag(), layout.flag(), layout.flag()];
    let mut numbers = Numbers(3);
    let drawn: Vec<Values> = (0..rows)
        .map(|owner| {
            let mut values = Values::default();
            let owner = u32::try_from(owner).expect("fewer than 2^32 rows");
            columns.fill(&numbers.party(3), owner, &mut values);
            values.numbers = vec![numbers.skewed(16, 3), numbers.skewed(9, 2)];
            let kept = [(investing, 200), (listed, 128), (blocked, 5)];
            values.flags = kept
                .into_iter()
                .filter(|&(_, share)| numbers.below(255) < share)
                .map(|(flag, _)| flag)
                .collect();
            let terms = numbers.some(5, TERMS, 3).into_iter();
            values.exceptions = terms
                .map(|term| (u32::from(term), numbers.below(12)))
                .collect();
            values
        })
        .collect();
    let index = Index::build(
        layout,
        u32::try_from(rows).expect("fewer"),
        |row, values| {
            values.clone_from(&drawn[row as usize]);
        },
    );
    let lifts = std::array::from_fn(|level| 12 * (i32::try_from(level).expect("small") - 4));
    let plans: Vec<Plan> = (0..questions)
        .map(|_| {
            let question = numbers.question(3);
            let mut plan = columns.plan_with(&question, &Weights::NEGATIVE);
            let active = plan.narrow(activity, lifts);
            for _ in 0..6 {
                let record = Record {
                    terms: vec![u32::from(numbers.skewed(TERMS, 3))],
                    by: deals,
                    otherwise: std::array::from_fn(|deals| if deals == 0 { 0 } else { 3 }),
                    labels: [].into(),
                    mentions: [].into(),
                    given: [].into(),
                };
                plan.record(record, lifts);
            }
            let mut cells = [[0; 16]; 16];
            (cells[0][0], cells[2][1], cells[3][1]) = (-50, 40, 90);
            let lead = plan.narrow(deals, [0; 16]);
            plan.table(active, lead, &cells);
            plan.require(&[Test::Has(investing)]);
            plan.require(&[Test::Lacks(blocked)]);
            plan.require(&[Test::Has(listed)]);
            plan
        })
        .collect();
    for plan in &plans[..2] {
        let list = index.best(std::slice::from_ref(plan), 20, None, &id);
        let mut sorted: Vec<(u32, i32)> = (0..)
            .zip(&drawn)
            .filter(|(row, values)| plan.admits(index.layout(), *row, values))
            .map(|(row, values)| (row, plan.points(index.layout(), row, values)))
            .collect();
        sorted.sort_by_key(|&(row, points)| (Reverse(points), row));
        sorted.truncate(20);
        assert_eq!(shown(&list), sorted, "a whole card");
    }
    let list = median_ms(questions, |at| {
        black_box(index.best(&plans[at..=at], 20, None, &id));
    });
    let bytes = index.bytes() / rows;
    say(&format!(
        "a whole card, rows in no order, {rows} rows: {list:.4} ms, {bytes} bytes a row"
    ));
}

fn all_pairs(askers: usize, rows: usize) {
    let market = Market::drawn(rows, 3);
    let mut numbers = Numbers(7);
    let plans: Vec<Plan> = (0..askers)
        .map(|_| market.columns.plan(&numbers.question(3)))
        .collect();
    let start = Instant::now();
    let lists = market.index.best_of_each(&plans, 20, &id);
    let took = start.elapsed().as_secs_f64();
    for (plan, list) in plans.iter().zip(&lists).step_by(askers.div_ceil(5)) {
        assert_eq!(shown(list), market.sorted(plan), "all pairs");
    }
    let pairs = plans.iter().map(|_| market.parties.len()).sum::<usize>();
    let millions = f64::from(u32::try_from(pairs / 1000).expect("fewer than 2^42")) / 1000.0;
    say(&format!(
        "all pairs, {askers} × {rows}, one thread: {took:.3} s, {:.0} M pairs/s",
        millions / took
    ));
}

fn keeping(rows: usize) {
    let market = Market::drawn(rows, 3);
    let order = clustered(&market.parties);
    let (layout, columns) = columns();
    let start = Instant::now();
    let index = columns.index(layout, &market.parties, &order);
    let built = start.elapsed().as_secs_f64();
    let bytes = index.bytes() / rows;
    say(&format!(
        "build: {rows} rows in {built:.2} s, {bytes} bytes a row"
    ));

    for size in [1, 100, 1000] {
        let mut numbers = Numbers(11);
        let changes: Vec<(u32, Option<Values>)> = (0..size)
            .map(|_| {
                let row = u32::from_le_bytes([(); 4].map(|()| numbers.below(255)));
                let row = row % index.rows();
                let mut values = Values::default();
                columns.fill(&numbers.party(3), order[row as usize], &mut values);
                (row, Some(values))
            })
            .collect();
        let start = Instant::now();
        let changed = black_box(index.with(&changes, Values::clone_into));
        let took_ms = start.elapsed().as_secs_f64() * 1e3;
        assert_eq!(changed.rows(), index.rows());
        let (row, values) = changes.last().expect("one change or more");
        let plan = columns.plan(&numbers.question(3));
        let levels = values
            .as_ref()
            .map(|values| plan.levels(changed.layout(), *row, values));
        assert_eq!(
            Some(changed.levels(&plan, *row)),
            levels,
            "a change is seen"
        );
        let each_ms = took_ms / f64::from(size);
        say(&format!(
            "a batch of {size:4} changes: {took_ms:8.2} ms, {each_ms:.4} ms each"
        ));
    }
}

fn main() {
    measure(1_000_000, 100);
}

fn measure(rows: usize, questions: usize) {
    markets(rows, questions);
    adversaries(rows, questions);
    whole_card(rows, questions);
    all_pairs(rows / 100, rows / 10);
    keeping(rows);
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_measurement_of_the_kernel_finds_the_right_answer() {
        super::measure(5_000, 3);
    }
}
