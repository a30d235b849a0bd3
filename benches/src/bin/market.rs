//! `market ORGANISATIONS QUESTIONS [CARD_FILE]`: a real market of so many organisations, half of them startups, and what its
//! lists cost under the card in force and under a learned one.
//!
//! Each list of the first questions is first asserted against the walk over all rows.

use std::{
    collections::HashSet,
    env, fs,
    hint::black_box,
    io::{self, Write},
    time::Instant,
};

use benches::market::{Size, id, programme, world};
use domain::{Kind, RegionCode};
use jiff::civil::date;
use scoring::{Among, Ask, Card, Facts, Market, Match, rank, rank_by_rows};

fn say(text: &str) {
    writeln!(io::stdout(), "{text}").expect("standard output takes it");
}

fn main() -> io::Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [organisations, questions, card @ ..] = &args[..] else {
        return Err(io::Error::other(
            "usage: market ORGANISATIONS QUESTIONS [CARD_FILE]",
        ));
    };
    let number = |text: &str| text.parse::<u32>().map_err(io::Error::other);
    let learned = match card {
        [file, ..] => {
            let card = Card::parse(&fs::read_to_string(file)?);
            Some(card.map_err(io::Error::other)?)
        }
        [] => None,
    };
    let mut cards = vec![Card::default_card()];
    cards.extend(&learned);
    measure(number(organisations)?, number(questions)?, &cards);
    Ok(())
}

/// A list every so many organisations, of each kind for the other.
fn measure(organisations: u32, questions: u32, cards: &[&Card]) {
    let size = Size {
        startups: organisations / 2,
        investors: organisations - organisations / 2,
        deals: organisations / 2 * 5,
    };
    let (market, [build_s, processor]) = built(size);
    let (rows, bytes) = (market.index().rows(), market.index().bytes());
    say(&format!(
        "{organisations} organisations, {} deals: built in {build_s:.2} s, {processor:.2} s of processors; {} bytes an organisation; {rows} rows, {} bytes a row",
        size.deals,
        market.bytes() / organisations as usize,
        bytes / rows as usize
    ));
    let sides = [
        (Kind::Investor, 0, size.startups),
        (Kind::Startup, size.startups, size.investors),
    ];
    for card in cards {
        for (kind, first, count) in sides {
            let askers = (first..first + count).step_by((count / questions).max(1) as usize);
            let askers: Vec<u32> = askers.take(questions as usize).collect();
            compare(&market, card, kind, &askers);
        }
    }
    for batch in [1, 100, 1000, 10_000] {
        change(&market, size, batch);
    }
    move_home(&market, size, questions);
}

/// A fifth of all organisations moves, in 200 batches: what lists cost after that, and once the market is built anew.
fn move_home(market: &Market, size: Size, questions: u32) {
    let (mut facts, deals) = world(size);
    let homes: [RegionCode; 2] = ["JP-27", "US-CA"].map(|code| code.parse().expect("a region"));
    let moving = facts.len() / 5;
    let batch = (moving / 200).max(1);
    let mut now = market.clone();
    let started = Instant::now();
    for (turn, facts) in facts[..moving].chunks_mut(batch).enumerate() {
        let moved = facts.iter_mut().map(|facts| {
            facts.home = Some(homes[turn % 2]);
            (facts.id, Some(facts.clone()))
        });
        now = now.with(moved.collect());
    }
    say(&format!(
        "{moving} organisations move in batches of {batch}: {:.1} s",
        started.elapsed().as_secs_f64()
    ));
    let askers: Vec<u32> = (0..size.startups)
        .step_by((size.startups / questions).max(1) as usize)
        .collect();
    compare(market, Card::default_card(), Kind::Investor, &askers);
    compare(&now, Card::default_card(), Kind::Investor, &askers);
    let anew = Market::build(facts, &deals, market.as_of());
    compare(&anew, Card::default_card(), Kind::Investor, &askers);
}

fn built(size: Size) -> (Market, [f64; 2]) {
    let (facts, deals) = world(size);
    let (start, before) = (Instant::now(), processor_s());
    let market = Market::build(facts, &deals, date(2026, 4, 1));
    (
        market,
        [start.elapsed().as_secs_f64(), processor_s() - before],
    )
}

/// Seconds that all threads of this program had a processor, to a hundredth: what a time on a busy machine is read
/// beside. 0 where the machine does not tell.
fn processor_s() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace();
    let ticks = behind_name
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u32>().ok());
    f64::from(ticks.sum::<u32>()) / 100.0
}

fn compare(market: &Market, card: &Card, kind: Kind, askers: &[u32]) {
    let (programme, nobody) = (programme(), HashSet::new());
    let ask = |asker| Ask {
        asker: id(asker),
        kind,
        mandate: None,
        purpose: None,
        table: &programme,
        members: None,
        cooling: &nobody,
        among: Among::Strangers,
    };
    let few = &askers[..3.min(askers.len())];
    let mut by_rows = Vec::new();
    let slow = times_ms(few, |asker| {
        by_rows.push(rank_by_rows(market, card, &ask(asker), None, 20));
    });
    let lists: Vec<Vec<Match>> = few
        .iter()
        .map(|&asker| rank(market, card, &ask(asker), None, 20))
        .collect();
    assert_eq!(lists, by_rows);
    let fast = times_ms(askers, |asker| {
        black_box(rank(market, card, &ask(asker), None, 20));
    });
    let share = |times: &[f64], tenths: usize| times[(times.len() - 1) * tenths / 10];
    say(&format!(
        "{:24} 20 best {:8}: p50 {:.3} ms, p10 {:.3}, p90 {:.3}; by rows {:.1} ms, ratio {:.4}",
        card.name(),
        kind.code(),
        share(&fast, 5),
        share(&fast, 1),
        share(&fast, 9),
        share(&slow, 5),
        share(&fast, 5) / share(&slow, 5),
    ));
}

/// In order.
fn times_ms(askers: &[u32], mut work: impl FnMut(u32)) -> Vec<f64> {
    let mut times: Vec<f64> = askers
        .iter()
        .map(|&asker| {
            let start = Instant::now();
            work(asker);
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

/// So many organisations change at once, all over the market; the median of five batches. Each is another one of its
/// kind from then on, so that its rows are written anew and the records stay.
fn change(market: &Market, size: Size, batch: u32) {
    let (all, invested) = (size.startups + size.investors, size.startups);
    let batch = batch.min(size.investors);
    let (facts, _) = world(Size { deals: 0, ..size });
    let changes = |round: u32| {
        let step = size.investors / batch;
        let numbers = (invested..all).skip((round % step) as usize);
        let changes = numbers.step_by(step as usize).take(batch as usize);
        let other = |number: u32| {
            let other = &facts[(invested + (number + 7 * round) % size.investors) as usize];
            let own = &facts[number as usize];
            let facts = Facts {
                id: own.id,
                house: own.house,
                tie_key: own.tie_key,
                ..other.clone()
            };
            (own.id, Some(facts))
        };
        changes.map(other).collect::<Vec<_>>()
    };
    let mut now = market.clone();
    let batches: Vec<_> = (0..5).map(changes).collect();
    let before = processor_s();
    let mut times: Vec<f64> = batches
        .into_iter()
        .map(|changes| {
            let start = Instant::now();
            now = now.with(changes);
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    let processor = (processor_s() - before) * 1e3 / 5.0;
    assert_eq!(now.len(), market.len());
    assert!(now.is_whole());
    times.sort_by(f64::total_cmp);
    say(&format!(
        "{batch} organisations change: {:.2} ms, {processor:.0} ms of processors, {:.4} ms each",
        times[2],
        times[2] / f64::from(batch)
    ));
}

#[cfg(test)]
mod tests {
    use scoring::Card;

    #[test]
    fn every_list_of_the_market_is_that_of_the_walk_over_all_rows() {
        super::measure(1_000, 5, &[Card::default_card()]);
    }
}
