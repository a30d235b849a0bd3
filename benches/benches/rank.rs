//! How long a list over 13,000 investors takes, and how long the market it is read from.
//!
//! The market is made by rule, not by chance: the same on every machine. The list is checked before it is timed.

use std::{cmp::Reverse, collections::HashSet, hint::black_box};

use criterion::{Criterion, criterion_group, criterion_main};
use domain::{
    Condition, Criterion as Wish, Deadlines, InvestorTerms, Kind, LanguageTag, Mandate, MandateId,
    Money, MoneyRange, OrganisationId, Programme, Purpose, RegionCode, ReviewPolicy, SectorCode,
    StageCode, Strength, Texts,
};
use jiff::{SignedDuration, civil::date};
use scoring::{Among, Ask, Card, Deal, Facts, Market, Match, RoundFacts, explain_each, rank};

const INVESTORS: u32 = 13_000;
const STARTUPS: u32 = 17_000;
const DEALS: u32 = 65_000;

/// A fixed sequence of numbers without a visible pattern (the finaliser of `SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).expect("below the bound")
    }

    fn pick<T: Copy>(&mut self, pool: &[T]) -> T {
        pool[self.below(pool.len())]
    }

    fn some<T: Copy>(&mut self, pool: &[T], most: usize) -> Vec<T> {
        let count = 1 + self.below(most);
        (0..count).map(|_| self.pick(pool)).collect()
    }
}

fn id(number: u32) -> OrganisationId {
    let text = format!("00000000-0000-7000-8000-{number:012x}");
    text.parse().expect("a hyphenated UUID")
}

/// What facts are drawn from.
struct Pools {
    sectors: Vec<SectorCode>,
    stages: Vec<StageCode>,
    homes: Vec<RegionCode>,
    targets: Vec<RegionCode>,
}

impl Pools {
    fn new() -> Pools {
        let financing: StageCode = "financing".parse().expect("a stage");
        let region = |code: &str| code.parse().expect("a region");
        Pools {
            sectors: SectorCode::all().collect(),
            stages: StageCode::all()
                .filter(|stage| *stage != financing && stage.ladder() == financing)
                .collect(),
            homes: RegionCode::all().step_by(12).collect(),
            targets: ["JP", "US", "kansai", "150", "142", "US-CA"]
                .map(region)
                .into(),
        }
    }

    fn startup(&self, numbers: &mut Numbers, number: u32) -> Facts {
        let stage = numbers.pick(&self.stages);
        Facts {
            sectors: numbers.some(&self.sectors, 3),
            stages: vec![stage],
            rounds: vec![RoundFacts {
                stage: Some(stage),
                band: Some(numbers.pick(&domain::AmountBand::ALL)),
                entity_country: None,
                opened_on: date(2025, 12, 1),
                closes_on: None,
                closed: false,
                instruments: Vec::new(),
            }],
            ..self.organisation(numbers, number, Kind::Startup)
        }
    }

    fn investor(&self, numbers: &mut Numbers, number: u32) -> Facts {
        let wish = |strength, on| Wish {
            strength,
            private: false,
            on,
        };
        let least = Money::new(
            10_i64.pow(6 + u32::try_from(numbers.below(4)).expect("small")),
            "USD".parse().expect("a currency"),
        );
        let cheques = least
            .map(|least| MoneyRange::new(least, 20 * least.minor_units()).expect("not reversed"));
        let mandate = Mandate {
            name: "Lead".parse().expect("a line"),
            purpose: Purpose::Fundraising,
            kinds: vec![Kind::Startup],
            active: true,
            from: None,
            until: None,
            criteria: vec![
                wish(
                    Strength::Prefer,
                    Condition::Sectors(numbers.some(&self.sectors, 5)),
                ),
                wish(
                    Strength::Prefer,
                    Condition::Stages(numbers.some(&self.stages, 3)),
                ),
                wish(
                    Strength::Prefer,
                    Condition::Regions(numbers.some(&self.targets, 2)),
                ),
                wish(
                    Strength::Avoid,
                    Condition::Sectors(numbers.some(&self.sectors, 2)),
                ),
            ],
            terms: Some(InvestorTerms {
                first_cheque: cheques.ok(),
                ..InvestorTerms::default()
            }),
            derived: false,
        };
        Facts {
            mandates: vec![(MandateId::from_uuid(id(number).uuid()), mandate)],
            ..self.organisation(numbers, number, Kind::Investor)
        }
    }

    fn organisation(&self, numbers: &mut Numbers, number: u32, kind: Kind) -> Facts {
        let tags = ["en", "ja", "de"].map(|tag| LanguageTag::try_from(tag.to_owned()));
        let language = tags.into_iter().nth(numbers.below(3));
        Facts {
            home: Some(numbers.pick(&self.homes)),
            languages: language.into_iter().flatten().collect(),
            ..Facts::bare(id(number), number.wrapping_mul(0x9E37_79B1), kind, number)
        }
    }
}

/// Startups first, then investors; a tenth of the investors makes half of the deals.
fn world() -> (Vec<Facts>, Vec<Deal>) {
    let (pools, mut numbers) = (Pools::new(), Numbers(2026));
    let mut facts: Vec<Facts> = (0..STARTUPS)
        .map(|number| pools.startup(&mut numbers, number))
        .collect();
    facts.extend((STARTUPS..STARTUPS + INVESTORS).map(|n| pools.investor(&mut numbers, n)));
    let deal = |number: u32| {
        let busy = if number.is_multiple_of(2) { 10 } else { 1 };
        let investor = STARTUPS as usize + numbers.below(INVESTORS as usize / busy);
        let days = i64::try_from(numbers.below(3000)).expect("small");
        Deal {
            investor: facts[investor].id,
            startup: facts[numbers.below(STARTUPS as usize)].id,
            on: date(2026, 3, 31).saturating_sub(SignedDuration::from_hours(24 * days)),
            stage: Some(numbers.pick(&pools.stages)),
            band: None,
            lead: false,
        }
    };
    let deals = (0..DEALS).map(deal).collect();
    (facts, deals)
}

/// The list found the slow way.
fn sorted_list(market: &Market, card: &Card, ask: &Ask<'_>) -> Vec<Match> {
    let investors: Vec<OrganisationId> = (STARTUPS..STARTUPS + INVESTORS).map(id).collect();
    let mut list: Vec<Match> = explain_each(market, card, ask, &investors)
        .into_iter()
        .filter_map(|answer| Some(answer.ok()?.matched))
        .collect();
    list.sort_by_key(|found| (Reverse(found.points), found.tie_key, found.organisation));
    list.truncate(20);
    list
}

fn lists(criterion: &mut Criterion) {
    let (facts, deals) = world();
    let market = Market::build(facts.clone(), &deals, date(2026, 4, 1));
    let card = Card::default_card();
    let programme = Programme {
        name: Texts::default(),
        review: ReviewPolicy::Always,
        deadlines: Deadlines::default(),
        checklist: Vec::new(),
        kind_table: Vec::new(),
        cooling_days: 0,
        manners: domain::Manners::default(),
        booking: domain::Booking::default(),
    };
    let nobody = HashSet::new();
    let ask = |asker| Ask {
        asker: id(asker),
        kind: Kind::Investor,
        mandate: None,
        purpose: None,
        table: &programme,
        members: None,
        cooling: &nobody,
        among: Among::Strangers,
    };
    for asker in [0, 1, 2] {
        let expect = sorted_list(&market, card, &ask(asker));
        assert_eq!(rank(&market, card, &ask(asker), None, 20), expect);
        assert_eq!(expect.len(), 20);
    }
    let mut askers = (0..STARTUPS).cycle();
    criterion.bench_function("20 best of 13,000 investors", |bencher| {
        bencher.iter(|| {
            let asker = askers.next().expect("a cycle has no end");
            rank(black_box(&market), card, &ask(asker), None, 20)
        });
    });
    let startups = Ask {
        kind: Kind::Startup,
        ..ask(STARTUPS)
    };
    criterion.bench_function("20 best of 17,000 startups", |bencher| {
        bencher.iter(|| rank(black_box(&market), card, &startups, None, 20));
    });
    let mut builds = criterion.benchmark_group("market");
    builds.sample_size(10);
    builds.bench_function("30,000 organisations and 65,000 deals", |bencher| {
        bencher.iter(|| Market::build(facts.clone(), &deals, date(2026, 4, 1)));
    });
    builds.finish();
}

criterion_group!(benches, lists);
criterion_main!(benches);
