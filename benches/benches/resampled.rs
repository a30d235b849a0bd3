//! A market of a million investors as they are: those of a ranking benchmark, drawn again with their deals, under a learned
//! card, beside the time in which memory gives the bytes that each question has to read.
//!
//! `cargo bench -p benches --bench resampled -- DIR DAY CARD_FILE [INVESTORS]`: `DIR` as `nakodo evaluate --bench` reads it,
//! and a card that `nakodo learn --before DAY` wrote; those ask who raised in the half-year from that day on. Under
//! `cargo test` a small market made by rule, for its answers alone.

#![expect(clippy::print_stdout, reason = "figures are what a bench is for")]

use std::{
    collections::{HashMap, HashSet},
    fs,
    hint::black_box,
    path::Path,
    time::Instant,
};

use benches::{
    market::{Numbers, Size, programme, world},
    median,
};
use domain::{
    Condition, Criterion, Kind, Mandate, MandateId, OrganisationId, Purpose, RegionCode,
    SectorCode, StageCode, Strength,
};
use jiff::{
    Span,
    civil::{Date, date},
};
use scoring::{
    Among, Ask, Card, Deal, Facts, History, Market, Match, RoundFacts, rank, rank_by_rows,
};
use server::Bench;
use uuid::Uuid;

/// Questions of each side.
const QUESTIONS: usize = 100;

fn main() {
    let all: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = all
        .iter()
        .map(String::as_str)
        .filter(|arg| *arg != "--bench")
        .collect();
    match args[..] {
        [folder, day, card, ref investors @ ..] => {
            let bench = Bench::open(Path::new(folder)).expect("a folder as `evaluate` reads it");
            let card = fs::read_to_string(card).expect("a file");
            let card = Card::parse(&card).expect("a card that was learned");
            let day = day.parse().expect("a day");
            let investors = investors
                .first()
                .map_or(1_000_000, |count| count.parse().expect("a number"));
            measure(&bench.history, day, &card, investors);
        }
        [] => {
            let (history, day) = by_rule();
            measure(&history, day, Card::default_card(), 600);
        }
        _ => panic!("usage: resampled DIR DAY CARD_FILE [INVESTORS]"),
    }
}

/// A small past without a benchmark.
fn by_rule() -> (History, Date) {
    let (organisations, deals) = world(Size {
        startups: 200,
        investors: 100,
        deals: 600,
    });
    let day = date(2026, 1, 1);
    let raised = organisations.iter().filter_map(|facts| {
        let round = facts.rounds.first()?;
        Some(scoring::Raised {
            startup: facts.id,
            round: RoundFacts {
                opened_on: day,
                ..round.clone()
            },
        })
    });
    let history = History {
        raised: raised.collect(),
        organisations,
        deals,
    };
    (history, day)
}

/// Copies of a past: the first whole, of the others one deal in five left out.
struct Drawn {
    facts: Vec<Facts>,
    deals: Vec<Deal>,
    startups: Vec<OrganisationId>,
    investors: Vec<OrganisationId>,
}

fn drawn(history: &History, day: Date, investors: usize) -> Drawn {
    let trial = history
        .trials(day.saturating_add(Span::new().months(6)), 1)
        .pop()
        .expect("one was asked for");
    let raised: HashMap<OrganisationId, &RoundFacts> = trial
        .asked
        .iter()
        .map(|asked| (asked.raised.startup, &asked.raised.round))
        .collect();
    let before: Vec<&Deal> = history.deals.iter().filter(|deal| deal.on < day).collect();
    let known: HashSet<OrganisationId> = before
        .iter()
        .flat_map(|deal| [deal.investor, deal.startup])
        .collect();
    let takes_part = |facts: &&Facts| known.contains(&facts.id) || raised.contains_key(&facts.id);
    let all: Vec<&Facts> = history.organisations.iter().filter(takes_part).collect();
    let mandates = mandates(&all, &before);
    let (mut found, mut numbers) = (
        Drawn {
            facts: Vec::new(),
            deals: Vec::new(),
            startups: Vec::new(),
            investors: Vec::new(),
        },
        Numbers::new(2026),
    );
    for copy in 0_u32.. {
        let id = |of: OrganisationId| copied(of, copy);
        for of in &all {
            let id = id(of.id);
            let mut facts = Facts {
                id,
                tie_key: u32::try_from(numbers.below(1 << 32)).expect("32 bits"),
                house: None,
                rounds: Vec::new(),
                mandates: Vec::new(),
                ..(*of).clone()
            };
            if let Some(round) = raised.get(&of.id) {
                found.startups.push(id);
                facts.rounds.push(RoundFacts {
                    opened_on: day,
                    closes_on: None,
                    closed: false,
                    ..(*round).clone()
                });
            }
            if of.kinds[0] == Kind::Investor {
                found.investors.push(id);
                let mandate = mandates.get(&of.id);
                facts
                    .mandates
                    .extend(mandate.map(|of| (MandateId::from_uuid(id.uuid()), of.clone())));
            }
            found.facts.push(facts);
        }
        let kept = before.iter().filter(|_| copy == 0 || numbers.below(5) > 0);
        found.deals.extend(kept.map(|deal| Deal {
            investor: id(deal.investor),
            startup: id(deal.startup),
            ..(*deal).clone()
        }));
        if found.investors.len() >= investors {
            break;
        }
    }
    found
}

/// The same organisation in a copy of the past.
fn copied(of: OrganisationId, copy: u32) -> OrganisationId {
    OrganisationId::from_uuid(Uuid::from_u128(
        of.uuid().as_u128() | u128::from(copy) << 96,
    ))
}

/// What investors of three deals or more would write down of them: sectors, stages and countries they went into; one in
/// four demands its commonest country, one in four shuns a sector it never went into.
fn mandates(all: &[&Facts], deals: &[&Deal]) -> HashMap<OrganisationId, Mandate> {
    let startups: HashMap<OrganisationId, &Facts> =
        all.iter().map(|facts| (facts.id, *facts)).collect();
    let mut of_investor: HashMap<OrganisationId, Vec<(&Deal, &Facts)>> = HashMap::new();
    for &deal in deals {
        if let Some(&startup) = startups.get(&deal.startup) {
            of_investor
                .entry(deal.investor)
                .or_default()
                .push((deal, startup));
        }
    }
    let many = of_investor
        .into_iter()
        .filter(|(_, deals)| deals.len() >= 3);
    many.map(|(investor, deals)| {
        let sectors = commonest(
            deals
                .iter()
                .flat_map(|(_, startup)| startup.sectors.iter().copied()),
        );
        let stages: Vec<StageCode> = commonest(deals.iter().filter_map(|(deal, _)| deal.stage));
        let regions: Vec<RegionCode> =
            commonest(deals.iter().filter_map(|(_, startup)| startup.home));
        let number = investor.uuid().as_u128() % 4;
        let demanded = regions.first().filter(|_| number == 0).copied();
        let shunned = SectorCode::all().find(|sector| number == 1 && !sectors.contains(sector));
        let wishes = [
            (Strength::Prefer, Condition::Sectors(sectors)),
            (Strength::Prefer, Condition::Stages(stages)),
            (Strength::Prefer, Condition::Regions(regions)),
            (
                Strength::Must,
                Condition::Regions(demanded.into_iter().collect()),
            ),
            (
                Strength::Avoid,
                Condition::Sectors(shunned.into_iter().collect()),
            ),
        ];
        let is_said = |(_, on): &(Strength, Condition)| match on {
            Condition::Sectors(codes) => !codes.is_empty(),
            Condition::Stages(codes) => !codes.is_empty(),
            Condition::Regions(codes) => !codes.is_empty(),
            _ => false,
        };
        let criteria = wishes.into_iter().filter(is_said);
        let mandate = Mandate {
            name: "What it did".parse().expect("a line"),
            purpose: Purpose::Fundraising,
            kinds: vec![Kind::Startup],
            active: true,
            from: None,
            until: None,
            criteria: criteria
                .map(|(strength, on)| Criterion {
                    strength,
                    private: false,
                    on,
                })
                .collect(),
            terms: None,
            derived: true,
        };
        (investor, mandate)
    })
    .collect()
}

/// The three values that come most often.
fn commonest<T: Copy + Ord + std::hash::Hash>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut counts: HashMap<T, usize> = HashMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let mut counts: Vec<(T, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|&(value, count)| (std::cmp::Reverse(count), value));
    counts.into_iter().map(|(value, _)| value).take(3).collect()
}

fn measure(history: &History, day: Date, card: &Card, investors: usize) {
    let drawn = drawn(history, day, investors);
    let (organisations, deals) = (drawn.facts.len(), drawn.deals.len());
    let started = Instant::now();
    let market = Market::build(drawn.facts, &drawn.deals, day);
    println!(
        "{} investors, {organisations} organisations, {deals} deals: built in {:.1} s; {} bytes an organisation; {} rows, {} bytes a row",
        drawn.investors.len(),
        started.elapsed().as_secs_f64(),
        market.bytes() / organisations,
        market.index().rows(),
        market.index().bytes() / market.index().rows() as usize
    );
    let memory = memory_bytes_per_ms();
    println!("memory gives one thread {:.1} GB/s", memory / 1e6);
    for (kind, askers) in [
        (Kind::Investor, &drawn.startups),
        (Kind::Startup, &drawn.investors),
    ] {
        let step = (askers.len() / QUESTIONS).max(1);
        let askers: Vec<OrganisationId> = askers
            .iter()
            .copied()
            .step_by(step)
            .take(QUESTIONS)
            .collect();
        lists(&market, card, kind, &askers, memory);
    }
}

/// The lists of some askers, the first three of them asserted against the walk over all rows.
fn lists(market: &Market, card: &Card, kind: Kind, askers: &[OrganisationId], memory: f64) {
    let (programme, nobody) = (programme(), HashSet::new());
    let ask = |&asker: &OrganisationId| Ask {
        asker,
        kind,
        mandate: None,
        purpose: Some(Purpose::Fundraising),
        table: &programme,
        members: None,
        cooling: &nobody,
        among: Among::Strangers,
    };
    for asker in askers.iter().take(3) {
        let by_rows: Vec<Match> = rank_by_rows(market, card, &ask(asker), None, 20);
        assert_eq!(rank(market, card, &ask(asker), None, 20), by_rows);
    }
    let mut found: Vec<(f64, [f64; 2])> = askers
        .iter()
        .map(|asker| {
            let started = Instant::now();
            black_box(rank(market, card, &ask(asker), None, 20));
            let took = started.elapsed().as_secs_f64() * 1e3;
            let read = scoring::bytes_read(market, card, &ask(asker));
            (took, read.map(|bytes| number(bytes) / memory))
        })
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    let part = |tenths: usize| found[(found.len() - 1) * tenths / 10].0;
    println!(
        "{} asked for, {} questions: p50 {:.3} ms, p10 {:.3}, p90 {:.3}",
        kind.code(),
        askers.len(),
        part(5),
        part(1),
        part(9),
    );
    for (what, of) in [("the index", 0), ("the index and the records", 1)] {
        let floor = median(found.iter().map(|(_, floors)| floors[of]));
        let ratio = median(found.iter().map(|(took, floors)| took / floors[of]));
        println!("  memory alone gives {what} in {floor:.3} ms: {ratio:.2} times that");
    }
}

/// Bytes, to be divided.
fn number(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes).expect("below 4 GiB"))
}

/// What one thread reads of a GiB in a millisecond, one line after the other: the best of five turns.
fn memory_bytes_per_ms() -> f64 {
    let words = vec![1_u64; 1 << 27];
    let turn = |_| {
        let started = Instant::now();
        let sums = words.chunks_exact(8).fold([0_u64; 8], |mut sums, line| {
            for (sum, word) in sums.iter_mut().zip(line) {
                *sum += word;
            }
            sums
        });
        black_box(sums);
        number(size_of_val(&words[..])) / (started.elapsed().as_secs_f64() * 1e3)
    };
    (0..5).map(turn).fold(0.0, f64::max)
}
