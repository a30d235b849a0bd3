//! How long a list over 13,000 investors takes in the index and by walking over all rows, and how long the market it is
//! read from.
//!
//! The list is checked before it is timed.

use std::{collections::HashSet, hint::black_box};

use benches::market::{Size, id, programme, world};
use criterion::{Criterion, criterion_group, criterion_main};
use domain::Kind;
use jiff::civil::date;
use scoring::{Among, Ask, Card, Market, rank, rank_by_rows};

const STARTUPS: u32 = Size::USUAL.startups;
const INVESTORS: u32 = Size::USUAL.investors;

fn lists(criterion: &mut Criterion) {
    let (facts, deals) = world(Size::USUAL);
    let market = Market::build(facts.clone(), &deals, date(2026, 4, 1));
    let card = Card::default_card();
    let (programme, nobody) = (programme(), HashSet::new());
    let ask = |asker, kind| Ask {
        asker: id(asker),
        kind,
        mandate: None,
        purpose: None,
        table: &programme,
        members: None,
        cooling: &nobody,
        among: Among::Strangers,
    };
    for (kind, first, count) in [
        (Kind::Investor, 0, STARTUPS),
        (Kind::Startup, STARTUPS, INVESTORS),
    ] {
        for asker in (first..first + count).step_by(1000) {
            let ask = ask(asker, kind);
            let expect = rank_by_rows(&market, card, &ask, None, 20);
            assert_eq!(rank(&market, card, &ask, None, 20), expect);
            assert_eq!(expect.len(), 20);
        }
        let mut group = criterion.benchmark_group(format!("20 best, {}s", kind.code()));
        let mut askers = (first..first + count).cycle();
        let mut next = || askers.next().expect("a cycle has no end");
        group.bench_function("in the index", |bencher| {
            bencher.iter(|| rank(black_box(&market), card, &ask(next(), kind), None, 20));
        });
        group.sample_size(20);
        group.bench_function("by rows", |bencher| {
            bencher.iter(|| rank_by_rows(black_box(&market), card, &ask(next(), kind), None, 20));
        });
        group.finish();
    }
    let mut keeping = criterion.benchmark_group("market");
    keeping.sample_size(10);
    keeping.bench_function("30,000 organisations and 65,000 deals", |bencher| {
        bencher.iter(|| Market::build(facts.clone(), &deals, date(2026, 4, 1)));
    });
    keeping.bench_function("one of them changes", |bencher| {
        let other = &facts[5];
        bencher.iter(|| market.with(vec![(other.id, Some(other.clone()))]));
    });
    keeping.finish();
}

criterion_group!(benches, lists);
criterion_main!(benches);
