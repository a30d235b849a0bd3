//! A market of startups, investors and the deals between them, made by rule and not by chance: the same on every machine.

use domain::{
    Condition, Criterion as Wish, Deadlines, InvestorTerms, Kind, LanguageTag, Mandate, MandateId,
    Money, MoneyRange, OrganisationId, Programme, Purpose, RegionCode, ReviewPolicy, SectorCode,
    StageCode, Strength, Texts,
};
use jiff::{SignedDuration, civil::date};
use scoring::{Deal, Facts, RoundFacts};

/// A fixed sequence of numbers without a visible pattern (the finaliser of `SplitMix64`).
#[derive(Debug)]
pub struct Numbers(u64);

impl Numbers {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Numbers {
        Numbers(seed)
    }

    /// The next one, brought below a bound.
    ///
    /// # Panics
    /// If the bound is 0.
    pub fn below(&mut self, bound: usize) -> usize {
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

/// The id of an organisation.
///
/// # Panics
/// Never.
pub fn id(number: u32) -> OrganisationId {
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

/// So many of each.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Startups, numbered from 0.
    pub startups: u32,
    /// Investors, numbered behind them.
    pub investors: u32,
    /// Deals.
    pub deals: u32,
}

impl Size {
    /// That of the public data set whose rounds cards are learned from.
    pub const USUAL: Size = Size {
        startups: 17_000,
        investors: 13_000,
        deals: 65_000,
    };
}

/// Startups first, then investors; a tenth of the investors makes half of the deals. The market's day is 2026-04-01.
///
/// # Panics
/// If a size is beyond 2^31.
pub fn world(size: Size) -> (Vec<Facts>, Vec<Deal>) {
    let (pools, mut numbers) = (Pools::new(), Numbers::new(2026));
    let first = size.startups;
    let startups = 0..first;
    let mut facts: Vec<Facts> = startups.map(|n| pools.startup(&mut numbers, n)).collect();
    facts.extend((first..first + size.investors).map(|n| pools.investor(&mut numbers, n)));
    let deal = |number: u32| {
        let busy = if number.is_multiple_of(2) { 10 } else { 1 };
        let investor = first as usize + numbers.below(size.investors as usize / busy);
        let days = i64::try_from(numbers.below(3000)).expect("small");
        Deal {
            investor: facts[investor].id,
            startup: facts[numbers.below(first as usize)].id,
            on: date(2026, 3, 31).saturating_sub(SignedDuration::from_hours(24 * days)),
            stage: Some(numbers.pick(&pools.stages)),
            band: None,
            lead: false,
        }
    };
    let deals = (0..size.deals).map(deal).collect();
    (facts, deals)
}

/// A programme with the default table.
pub fn programme() -> Programme {
    Programme {
        name: Texts::default(),
        review: ReviewPolicy::Always,
        deadlines: Deadlines::default(),
        checklist: Vec::new(),
        kind_table: Vec::new(),
        cooling_days: 0,
        manners: domain::Manners::default(),
        booking: domain::Booking::default(),
    }
}
