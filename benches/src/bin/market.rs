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
use domain::Kind;
use jiff::civil::date;
use scoring::{Among, Ask, Card, Market, Match, rank, rank_by_rows};

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
    let (market, build_s) = built(size);
    let (rows, bytes) = (market.index().rows(), market.index().bytes());
    say(&format!(
        "{organisations} organisations, {} deals: built in {build_s:.1} s, {rows} rows, {} bytes a row",
        size.deals,
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
    change(&market, size);
}

fn built(size: Size) -> (Market, f64) {
    let (facts, deals) = world(size);
    let start = Instant::now();
    let market = Market::build(facts, &deals, date(2026, 4, 1));
    (market, start.elapsed().as_secs_f64())
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

/// One organisation changes.
fn change(market: &Market, size: Size) {
    let (facts, _) = world(Size { deals: 0, ..size });
    let one = &facts[facts.len() / 2];
    let start = Instant::now();
    let changed = black_box(market.with(vec![(one.id, Some(one.clone()))]));
    let took_ms = start.elapsed().as_secs_f64() * 1e3;
    assert_eq!(changed.len(), market.len());
    say(&format!("one organisation changes: {took_ms:.2} ms"));
}

#[cfg(test)]
mod tests {
    use scoring::Card;

    #[test]
    fn every_list_of_the_market_is_that_of_the_walk_over_all_rows() {
        super::measure(1_000, 5, &[Card::default_card()]);
    }
}
