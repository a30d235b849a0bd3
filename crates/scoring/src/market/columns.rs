//! What the index holds of an organisation under one of its mandates: everything that a question may ask for, as codes,
//! numbers and flags.

use std::sync::LazyLock;

use domain::{
    AmountBand, CapabilityCode, Condition, IndicationCode, Instrument, Kind, ModalityCode, Purpose,
    RegionCode, SectorCode, StageCode, Strength,
    taxonomy::{Code, OnAxis},
};

use super::{OpenRound, Organisation, Row};
use crate::{
    aim::Aim,
    factor::{FACTORS, Factor},
    factors::{UNKNOWN, cheque, home, language::Spoken, region, stage, topic, tree},
    index::{Flag, Layout, Narrow, Nested, Values},
    kinds::KindSet,
    pair::record::{holder_levels, round_levels},
    record::{Aspect, Place, Records},
};

/// What a criterion can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Axis {
    Sectors,
    Modalities,
    Indications,
    Stages,
    Regions,
    Offers,
    Needs,
    Languages,
}

impl Axis {
    pub(crate) const ALL: [Axis; 8] = [
        Axis::Sectors,
        Axis::Modalities,
        Axis::Indications,
        Axis::Stages,
        Axis::Regions,
        Axis::Offers,
        Axis::Needs,
        Axis::Languages,
    ];
}

/// The columns of a market's index. Where a row says what an organisation is, the value that is asked for is what was
/// wanted; where it says what a mandate wants, the value is what the asker is.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    pub(crate) layout: Layout,
    regions: Vec<RegionCode>,
    countries: Vec<RegionCode>,
    languages: Vec<Spoken>,
    /// By kind: it acts as that; it does and opted in; it does and offers something.
    pub(crate) acts: [[Flag; 3]; Kind::ALL.len()],
    /// A row without a mandate.
    pub(crate) bare: Flag,
    /// By kind and [purpose](purpose): the row's mandate is about it; some mandate is, in the row without.
    pub(crate) about: Vec<[Flag; 2]>,
    /// By axis: what the organisation is, and from which level on it lies within what is wanted.
    pub(crate) is: [(Nested, u8); Axis::ALL.len()],
    /// By axis: the mandate has a `must`, and what that demands. A second one on an axis makes the mandate
    /// [intricate](Aim::is_intricate).
    pub(crate) must: [(Flag, Nested); Axis::ALL.len()],
    /// By axis: what the mandate excludes.
    pub(crate) avoid: [Nested; Axis::ALL.len()],
    /// Sectors, modalities, indications and stages that the mandate wants.
    pub(crate) wanted: [Nested; 4],
    /// Regions that the mandate targets.
    pub(crate) targets: Nested,
    /// The home, or that the mandate speaks of regions.
    pub(crate) home: Nested,
    /// What it has for others, and what it wants of them, by the mandate's word or else the profile's.
    pub(crate) supply: Nested,
    pub(crate) demand: Nested,
    /// Bands of first cheques.
    pub(crate) cheques: Nested,
    /// Band of the round.
    pub(crate) band: Nested,
    pub(crate) instruments: Terms,
    pub(crate) entity_countries: Terms,
    /// By factor: its level, where the organisation alone decides it.
    numbers: [Option<Narrow>; FACTORS],
    /// By respect: the level of a term that its record does not have.
    never: [Narrow; Aspect::ALL.len()],
    /// By respect: the number of its first term.
    first_terms: [u32; Aspect::ALL.len()],
}

/// What an investor's terms accept of a round, in one column. Whose round it is depends on the pair, so a value says
/// which of the codes it reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) column: Nested,
    count: u16,
}

impl Terms {
    /// The mandate of the row accepts this; the asker's round issues it.
    pub(crate) fn accepted(code: u16) -> u16 {
        code
    }

    /// The round of a row without mandate issues this; the asker's mandate accepts it.
    pub(crate) fn issued_bare(self, code: u16) -> u16 {
        self.count + code
    }

    /// The round of a row with a mandate issues this; the asker's mandate accepts it, in any row.
    pub(crate) fn issued(self, code: u16) -> u16 {
        2 * self.count + code
    }

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

/// Purposes, and one more for whichever.
const PURPOSES: usize = Purpose::Other as usize + 2;

/// The place of mandates about a kind for a purpose, or for any, in [`Columns::about`].
pub(crate) fn about(kind: Kind, purpose: Option<Purpose>) -> usize {
    kind as usize * PURPOSES + purpose.map_or(PURPOSES - 1, |purpose| purpose as usize)
}

const INSTRUMENTS: usize = Instrument::Warrants as usize + 1;

impl Columns {
    /// The columns of a market of these organisations.
    pub(crate) fn of<'a>(
        organisations: impl Iterator<Item = &'a Organisation> + Clone,
        records: &Records,
    ) -> Columns {
        static BARE: LazyLock<Columns> = LazyLock::new(Columns::of_taxonomies);
        let mut columns = BARE.clone();
        columns.regions = crate::sorted(organisations.clone().flat_map(regions).collect());
        columns.countries = crate::sorted(organisations.clone().flat_map(countries).collect());
        columns.languages = crate::sorted(organisations.flat_map(languages).collect());
        columns.add_regions();
        columns.add_languages();
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

    /// Whether every code of an organisation has its place.
    pub(crate) fn hold(&self, organisation: &Organisation) -> bool {
        regions(organisation).all(|region| self.regions.binary_search(&region).is_ok())
            && countries(organisation).all(|code| self.countries.binary_search(&code).is_ok())
            && languages(organisation).all(|spoken| self.languages.binary_search(&spoken).is_ok())
    }

    /// Rows whose keys are near are alike: they act as the same, deal as much, and want or do the same.
    pub(crate) fn key(records: &Records, row: Row<'_>) -> impl Ord + use<> {
        let aim = row.organisation.investing().next();
        let sectors = aim.map_or(row.sectors(), |aim| &aim.sectors);
        let regions = aim.map_or(&[][..], |aim| &aim.regions);
        (
            (row.primary_kind().map(|kind| kind as u8), aim.is_none()),
            std::cmp::Reverse(records.deals(row.at()).min(40)),
            sectors.first().map(|sector| sector.index()),
            regions.first().copied().or(row.home()),
            row.id(),
        )
    }

    /// The column of a factor's level, where an organisation alone decides it.
    pub(crate) fn number(&self, factor: Factor) -> Narrow {
        self.numbers[factor as usize].expect("one of those that stand alone")
    }

    /// The column of the level of what a record does not have.
    pub(crate) fn never(&self, aspect: Aspect) -> Narrow {
        self.never[aspect as usize]
    }

    /// The number of a term of records.
    pub(crate) fn term(&self, aspect: Aspect, place: Place) -> u32 {
        self.first_terms[aspect as usize] + place.0
    }

    /// How near `place` lies to `target`, both known to the market.
    pub(crate) fn near(&self, place: RegionCode, target: RegionCode) -> u8 {
        match (self.region(place), self.region(target)) {
            (Some(place), Some(target)) => self.layout.level(self.targets, place, target),
            _ => region::level(place, target),
        }
    }

    pub(crate) fn region(&self, region: RegionCode) -> Option<u16> {
        position(&self.regions, &region)
    }

    /// The value of a home in the column [`Columns::home`].
    pub(crate) fn home_of(&self, home: Option<RegionCode>) -> u16 {
        let nowhere = || u16::try_from(self.regions.len()).expect("few regions");
        home.and_then(|home| self.region(home))
            .unwrap_or_else(nowhere)
    }

    pub(crate) fn country(&self, country: RegionCode) -> Option<u16> {
        position(&self.countries, &country)
    }

    /// What an organisation is on an axis.
    pub(crate) fn codes(&self, axis: Axis, of: &Organisation) -> Vec<u16> {
        match axis {
            Axis::Sectors => indexes(&of.sectors),
            Axis::Modalities => indexes(&of.modalities),
            Axis::Indications => indexes(&of.indications),
            Axis::Stages => indexes(&of.stages),
            Axis::Regions => self.places(of.home.as_slice()),
            Axis::Offers => indexes(&of.offers),
            Axis::Needs => indexes(&of.needs),
            Axis::Languages => self.spoken(of.languages.iter().copied()),
        }
    }

    /// What a criterion names. What nobody is has no code.
    pub(crate) fn named(&self, on: &Condition) -> (Axis, Vec<u16>) {
        match on {
            Condition::Sectors(codes) => (Axis::Sectors, indexes(codes)),
            Condition::Modalities(codes) => (Axis::Modalities, indexes(codes)),
            Condition::Indications(codes) => (Axis::Indications, indexes(codes)),
            Condition::Stages(codes) => (Axis::Stages, indexes(codes)),
            Condition::Regions(codes) => (Axis::Regions, self.places(codes)),
            Condition::Offers(codes) => (Axis::Offers, indexes(codes)),
            Condition::Needs(codes) => (Axis::Needs, indexes(codes)),
            Condition::Languages(tags) => {
                (Axis::Languages, self.spoken(tags.iter().map(Spoken::of)))
            }
        }
    }

    pub(crate) fn places(&self, regions: &[RegionCode]) -> Vec<u16> {
        let known = regions.iter().filter_map(|&region| self.region(region));
        known.collect()
    }

    fn spoken(&self, languages: impl Iterator<Item = Spoken>) -> Vec<u16> {
        languages
            .filter_map(|spoken| position(&self.languages, &spoken))
            .collect()
    }

    /// Writes an organisation under one of its mandates, or under none.
    pub(crate) fn fill(&self, records: &Records, row: Row<'_>, aim: Option<&Aim>, to: &mut Values) {
        (to.owner, to.tie_key) = (row.number(), row.tie_key());
        let organisation = row.organisation;
        for (axis, (column, _)) in Axis::ALL.into_iter().zip(self.is) {
            put(to, column, self.codes(axis, organisation));
        }
        self.fill_kinds(organisation, to);
        self.fill_record(records, row, to);
        match aim {
            Some(aim) => self.fill_mandate(aim, to),
            None => self.fill_bare(organisation, to),
        }
        self.fill_terms(organisation, aim, to);
    }

    fn fill_kinds(&self, organisation: &Organisation, to: &mut Values) {
        for kind in organisation.kinds.iter() {
            let [acts, opted_in, offers] = self.acts[kind as usize];
            to.flags.push(acts);
            to.flags.extend(organisation.opted_in.then_some(opted_in));
            let has_offers = !organisation.offers.is_empty();
            to.flags.extend(has_offers.then_some(offers));
        }
    }

    fn fill_record(&self, records: &Records, row: Row<'_>, to: &mut Values) {
        let (at, organisation) = (row.at(), row.organisation);
        let holder = holder_levels(records, at, organisation);
        let round = round_levels(records, at, organisation);
        for (factor, level) in holder.into_iter().chain(round) {
            to.set_number(self.number(factor), level);
        }
        for aspect in Aspect::ALL {
            let choices = records.choices(aspect);
            let never = choices.never(at);
            to.set_number(self.never(aspect), never);
            let is_asked =
                |place| aspect != Aspect::Topic || choices.is_known(place, topic::DEALS_MIN);
            let chosen = choices.chosen_by(at);
            let other = chosen.filter(|&(place, level)| level != never && is_asked(place));
            to.exceptions
                .extend(other.map(|(place, level)| (self.term(aspect, place), level)));
        }
    }

    /// The flags of what a mandate is about, of those in this place.
    fn fill_about(&self, aim: &Aim, place: usize, to: &mut Values) {
        for kind in Kind::ALL {
            for purpose in [None, Some(aim.purpose)] {
                if aim.is_about(KindSet::of(&[kind]), purpose) {
                    to.flags.push(self.about[about(kind, purpose)][place]);
                }
            }
        }
    }

    fn fill_mandate(&self, aim: &Aim, to: &mut Values) {
        self.fill_about(aim, 0, to);
        for criterion in &aim.rules {
            let (axis, codes) = self.named(&criterion.on);
            let (demands, must) = self.must[axis as usize];
            if criterion.strength == Strength::Avoid {
                put(to, self.avoid[axis as usize], codes);
            } else if !to.flags.contains(&demands) {
                to.flags.push(demands);
                put(to, must, codes);
            }
        }
    }

    fn fill_bare(&self, organisation: &Organisation, to: &mut Values) {
        to.flags.push(self.bare);
        for aim in &organisation.aims {
            self.fill_about(aim, 1, to);
        }
    }

    /// What a mandate wants and accepts, or what is read in its stead.
    fn fill_terms(&self, organisation: &Organisation, aim: Option<&Aim>, to: &mut Values) {
        if let Some(aim) = aim {
            let [sectors, modalities, indications, stages] = self.wanted;
            put(to, sectors, indexes(&aim.sectors));
            put(to, modalities, indexes(&aim.modalities));
            put(to, indications, indexes(&aim.indications));
            put(to, stages, indexes(&aim.stages));
            put(to, self.targets, self.places(&aim.regions));
            if let Some((least, greatest)) = aim.cheques {
                put(to, self.cheques, least as u16..=greatest as u16);
            }
            let accepted = aim.instruments.iter().map(|&code| code as u16);
            put(to, self.instruments.column, accepted.map(Terms::accepted));
            let accepted = aim
                .entity_countries
                .iter()
                .filter_map(|&code| self.country(code));
            let terms = self.entity_countries;
            put(to, terms.column, accepted.map(Terms::accepted));
        }
        let speaks = aim.is_some_and(|aim| !aim.regions.is_empty());
        let home = if speaks {
            Some(self.home_of(None))
        } else {
            organisation.home.and_then(|home| self.region(home))
        };
        put(to, self.home, home);
        put(to, self.supply, indexes(supply(organisation, aim)));
        put(to, self.demand, indexes(demand(organisation, aim)));
        if let Some(round) = &organisation.round {
            self.fill_round(round, aim.is_none(), to);
        }
    }

    fn fill_round(&self, round: &OpenRound, bare: bool, to: &mut Values) {
        put(to, self.band, round.band.map(|band| band as u16));
        let issued = |terms: Terms, code| {
            if bare {
                terms.issued_bare(code)
            } else {
                terms.issued(code)
            }
        };
        let instruments = round.instruments.iter().map(|&code| code as u16);
        let codes = instruments.map(|code| issued(self.instruments, code));
        put(to, self.instruments.column, codes);
        let country = round.entity_country.and_then(|code| self.country(code));
        let codes = country.map(|code| issued(self.entity_countries, code));
        put(to, self.entity_countries.column, codes);
    }
}

/// What it wants to be offered: its mandate's word, else the needs of its profile.
pub(crate) fn demand<'a>(who: &'a Organisation, aim: Option<&'a Aim>) -> &'a [CapabilityCode] {
    let stated = aim.map(|aim| &*aim.demand);
    stated
        .filter(|codes| !codes.is_empty())
        .unwrap_or(&who.needs)
}

/// What it has for others: its mandate's word, else the offers of its profile.
pub(crate) fn supply<'a>(who: &'a Organisation, aim: Option<&'a Aim>) -> &'a [CapabilityCode] {
    let stated = aim.map(|aim| &*aim.supply);
    stated
        .filter(|codes| !codes.is_empty())
        .unwrap_or(&who.offers)
}

/// Factors whose level one organisation alone decides.
const ALONE: [Factor; 12] = [
    Factor::Activity,
    Factor::Deals,
    Factor::RoundSize,
    Factor::Syndicate,
    Factor::AlsoIncubates,
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

fn put(to: &mut Values, column: Nested, codes: impl IntoIterator<Item = u16>) {
    to.codes
        .extend(codes.into_iter().map(|code| (column, code)));
}

pub(crate) fn indexes<A: OnAxis>(codes: &[Code<A>]) -> Vec<u16> {
    codes.iter().map(|code| code.index()).collect()
}

fn position<T: Ord>(all: &[T], one: &T) -> Option<u16> {
    let at = all.binary_search(one).ok()?;
    Some(u16::try_from(at).expect("fewer than 2^16 codes"))
}

/// Every region that its home or one of its mandates names.
fn regions(organisation: &Organisation) -> impl Iterator<Item = RegionCode> {
    let aims = || organisation.aims.iter();
    let ruled = aims()
        .flat_map(|aim| &aim.rules)
        .flat_map(|rule| match &rule.on {
            Condition::Regions(codes) => codes.as_slice(),
            _ => &[],
        });
    let targets = aims().flat_map(|aim| &aim.regions);
    organisation
        .home
        .into_iter()
        .chain(targets.chain(ruled).copied())
}

/// Every country that its round or one of its mandates names for the issuing entity.
fn countries(organisation: &Organisation) -> impl Iterator<Item = RegionCode> {
    let accepted = organisation
        .aims
        .iter()
        .flat_map(|aim| &aim.entity_countries);
    let round = organisation
        .round
        .iter()
        .filter_map(|round| round.entity_country);
    accepted.copied().chain(round)
}

/// Every language that it speaks or one of its mandates names.
fn languages(organisation: &Organisation) -> impl Iterator<Item = Spoken> {
    let rules = organisation.aims.iter().flat_map(|aim| &aim.rules);
    let named = rules.flat_map(|rule| match &rule.on {
        Condition::Languages(tags) => tags.as_slice(),
        _ => &[],
    });
    organisation
        .languages
        .iter()
        .copied()
        .chain(named.map(Spoken::of))
}
