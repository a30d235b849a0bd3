//! Which columns there are, and how near each code lies to each value.

use std::sync::{Arc, LazyLock};

use domain::{
    AmountBand, CapabilityCode, IndicationCode, Instrument, Kind, ModalityCode, RegionCode,
    SectorCode, StageCode,
    taxonomy::{Code, OnAxis},
};

use super::{Axis, Columns, PURPOSES, Terms, asked, countries, languages, regions};
use crate::{
    factor::{FACTORS, Factor},
    factors::{UNKNOWN, cheque, home, region, stage, tree},
    index::{Layout, Nested},
    market::Organisation,
    record::{Aspect, Records},
};

const INSTRUMENTS: usize = Instrument::Warrants as usize + 1;

impl Columns {
    /// The columns of a market of these organisations.
    pub(crate) fn of<'a>(
        organisations: impl Iterator<Item = &'a Organisation> + Clone,
        records: &Records,
    ) -> Columns {
        static BARE: LazyLock<Columns> = LazyLock::new(Columns::of_taxonomies);
        let mut columns = BARE.clone();
        columns.regions = each_once(organisations.clone().flat_map(regions));
        columns.countries = each_once(organisations.clone().flat_map(countries));
        columns.languages = each_once(organisations.flat_map(languages));
        columns.add_regions();
        columns.add_languages();
        columns.numbers_of_terms = Arc::new(asked::numbers(records));
        let mut next = 0;
        columns.first_terms = Aspect::ALL.map(|aspect| {
            let terms = records.choices(aspect).terms();
            let first = next;
            next += u32::try_from(terms).expect("fewer than 2^32 terms");
            first
        });
        columns
    }

    /// Those that are the same in every market.
    fn of_taxonomies() -> Columns {
        let mut layout = Layout::default();
        let none = nested(&mut layout, 0, 0, |_, _| 0);
        let is = is_columns(&mut layout, none);
        let wanted = wanted_columns(&mut layout);
        let must = rule_columns(&mut layout, none).map(|column| (layout.flag(), column));
        let avoid = rule_columns(&mut layout, none);
        let mut columns = Columns {
            acts: std::array::from_fn(|_| std::array::from_fn(|_| layout.flag())),
            bare: layout.flag(),
            intricate: layout.flag(),
            about: (0..Kind::ALL.len() * PURPOSES)
                .map(|_| std::array::from_fn(|_| layout.flag()))
                .collect(),
            supply: pairs(&mut layout, |need: CapabilityCode, offer| {
                tree::level(offer, need)
            }),
            demand: pairs(&mut layout, |offer: CapabilityCode, need| {
                tree::level(offer, need)
            }),
            cheques: bands(&mut layout, |round, cheque| (round, cheque)),
            band: bands(&mut layout, |cheque, round| (round, cheque)),
            instruments: Terms::of(&mut layout, INSTRUMENTS, |a, b| a == b),
            entity_countries: Terms {
                column: none,
                count: 0,
            },
            never: std::array::from_fn(|_| layout.narrow()),
            asked: std::array::from_fn(|_| layout.narrow()),
            numbers_of_terms: Arc::default(),
            investors: layout.narrow(),
            left: layout.narrow(),
            layout,
            is,
            must,
            avoid,
            wanted,
            targets: none,
            home: none,
            numbers: [None; FACTORS],
            first_terms: [0; Aspect::ALL.len()],
            regions: Vec::new(),
            countries: Vec::new(),
            languages: Vec::new(),
        };
        for factor in ALONE {
            columns.numbers[factor as usize] = Some(columns.layout.narrow());
        }
        columns
    }

    fn add_regions(&mut self) {
        let (layout, regions) = (&mut self.layout, &self.regions);
        let count = regions.len();
        let level = |place: usize, target: usize| region::level(regions[place], regions[target]);
        let is_within = |place: usize, target: usize| {
            u8::from(RegionCode::is_within(regions[place], regions[target]))
        };
        let axis = Axis::Regions as usize;
        self.is[axis].0 = nested(layout, count, count, |target, place| level(place, target));
        self.targets = nested(layout, count, count, level);
        self.must[axis].1 = nested(layout, count, count, is_within);
        self.avoid[axis] = nested(layout, count, count, is_within);
        // One more value for an asker that states no home, one more code for a mandate that speaks.
        self.home = nested(layout, count + 1, count + 1, |mine, theirs| {
            if theirs == count {
                home::MANDATE_SPEAKS
            } else if mine == count {
                UNKNOWN
            } else {
                level(theirs, mine)
            }
        });
        let countries = &self.countries;
        self.entity_countries = Terms::of(layout, countries.len(), |issued, accepted| {
            countries[issued].is_within(countries[accepted])
        });
    }

    fn add_languages(&mut self) {
        let (axis, count) = (Axis::Languages as usize, self.languages.len());
        let same = |value, code| u8::from(value == code);
        let layout = &mut self.layout;
        self.is[axis].0 = nested(layout, count, count, |value, code| 1 + same(value, code));
        self.must[axis].1 = nested(layout, count, count, same);
        self.avoid[axis] = nested(layout, count, count, same);
    }
}

impl Terms {
    /// Of `count` codes, of which `fits` says whether the first, of a round, is accepted by the second.
    fn of(layout: &mut Layout, count: usize, fits: impl Fn(usize, usize) -> bool) -> Terms {
        let level = |value: usize, code: usize| {
            let (asks, asked) = (value / count, value % count);
            let (holds, held) = (code / count, code % count);
            match (asks, holds) {
                (0, 0) => 1 + u8::from(fits(asked, held)),
                (1, 1) | (2, 1 | 2) => 1 + u8::from(fits(held, asked)),
                _ => 0,
            }
        };
        Terms {
            column: nested(layout, 3 * count, 3 * count, level),
            count: u16::try_from(count).expect("few terms"),
        }
    }
}

/// A few values that come again and again, in order.
fn each_once<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen: Vec<T> = Vec::new();
    for value in values {
        if let Err(place) = seen.binary_search(&value) {
            seen.insert(place, value);
        }
    }
    seen
}

/// Factors whose level one organisation alone decides.
const ALONE: [Factor; 14] = [
    Factor::Activity,
    Factor::Deals,
    Factor::RoundSize,
    Factor::Syndicate,
    Factor::AlsoIncubates,
    Factor::Load,
    Factor::Exposure,
    Factor::RaiseStage,
    Factor::RaiseAmount,
    Factor::RaiseRounds,
    Factor::RaiseInvestors,
    Factor::MarketSector,
    Factor::MarketCountry,
    Factor::MarketArea,
];

/// From this level on two languages are one.
const SHARED: u8 = 2;

/// What an organisation is, by axis; regions and languages come with a market.
fn is_columns(layout: &mut Layout, none: Nested) -> [(Nested, u8); Axis::ALL.len()] {
    let is_within = |wanted: CapabilityCode, label| u8::from(tree::is_within(label, wanted));
    let sectors = pairs(layout, |wanted: SectorCode, label| {
        tree::level(label, wanted)
    });
    let modalities = pairs(layout, |wanted: ModalityCode, label| {
        tree::level(label, wanted)
    });
    let indications = pairs(layout, |wanted: IndicationCode, label| {
        tree::level(label, wanted)
    });
    let stages = pairs(layout, |wanted: StageCode, stage| {
        stage::level(stage, wanted)
    });
    [
        (sectors, tree::WITHIN),
        (modalities, tree::WITHIN),
        (indications, tree::WITHIN),
        (stages, stage::SAME),
        (none, region::WITHIN),
        (pairs(layout, is_within), 1),
        (pairs(layout, is_within), 1),
        (none, SHARED),
    ]
}

/// What a mandate wants of sectors, modalities, indications and stages.
fn wanted_columns(layout: &mut Layout) -> [Nested; 4] {
    [
        pairs(layout, |label: SectorCode, wanted| {
            tree::level(label, wanted)
        }),
        pairs(layout, |label: ModalityCode, wanted| {
            tree::level(label, wanted)
        }),
        pairs(layout, |label: IndicationCode, wanted| {
            tree::level(label, wanted)
        }),
        pairs(layout, |stage: StageCode, wanted| {
            stage::level(stage, wanted)
        }),
    ]
}

/// What criteria name, by axis: level 1 where the asker's label lies within.
fn rule_columns(layout: &mut Layout, none: Nested) -> [Nested; Axis::ALL.len()] {
    fn tree_of<A: OnAxis>(layout: &mut Layout) -> Nested {
        pairs(layout, |label: Code<A>, wanted| {
            u8::from(tree::is_within(label, wanted))
        })
    }
    [
        tree_of::<domain::taxonomy::Sector>(layout),
        tree_of::<domain::taxonomy::Modality>(layout),
        tree_of::<domain::taxonomy::Indication>(layout),
        pairs(layout, |stage: StageCode, wanted| {
            u8::from(stage::is_within(stage, wanted))
        }),
        none,
        tree_of::<domain::taxonomy::Capability>(layout),
        tree_of::<domain::taxonomy::Capability>(layout),
        none,
    ]
}

/// Of bands of amounts; `sides` says which of value and code is the round's, which the cheque's.
fn bands(layout: &mut Layout, sides: impl Fn(usize, usize) -> (usize, usize)) -> Nested {
    let count = AmountBand::ALL.len();
    nested(layout, count, count, |value, code| {
        let (round, cheque) = sides(value, code);
        let cheque = AmountBand::ALL[cheque];
        cheque::level(Some(AmountBand::ALL[round]), Some((cheque, cheque)))
    })
}

/// Of every two labels of an axis, the value first.
fn pairs<A: OnAxis>(layout: &mut Layout, level: impl Fn(Code<A>, Code<A>) -> u8) -> Nested {
    let all: Vec<Code<A>> = Code::all().collect();
    nested(layout, all.len(), all.len(), |value, code| {
        level(all[value], all[code])
    })
}

fn nested(
    layout: &mut Layout,
    values: usize,
    codes: usize,
    level: impl Fn(usize, usize) -> u8,
) -> Nested {
    let row = |value| (0..codes).map(|code| level(value, code)).collect();
    layout.nested((0..values).map(row).collect())
}
