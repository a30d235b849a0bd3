//! A question made ready for the index: one plan for each mandate of the asker.
//!
//! Each factor is read where the columns hold it. Few cannot be: how many deals are like the one asked for is a sum over
//! a record, found only for those who may be listed. For them the plan adds what they can be worth at most.

mod records;
mod rules;

use domain::CapabilityCode;

use super::{Bounded, part};
use crate::{
    aim::Aim,
    ask::Question,
    card::Cells,
    factor::{FACTORS, Factor},
    factors::{UNKNOWN, home, share},
    index::{self, Index, Narrow, Nested, Plan, Record},
    market::{Axis, Columns, Terms, demand, indexes, supply},
};

/// What the points of plans are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Precision {
    /// Those of the pair.
    Exact,
    /// Those of the pair, once what is bounded is taken off.
    Bounded,
    /// As many or more.
    Bound,
}

/// Where the level of a factor is read.
#[derive(Clone, Debug)]
enum Reading {
    /// The same in every row.
    Known(u8),
    /// The best level for any of the values.
    Near(Nested, Vec<u16>),
    Number(Narrow),
    Record(Record),
}

/// What plans have for the startups of deals, as far as columns tell: no less than the deals themselves say.
#[derive(Clone, Debug, Default)]
pub(super) struct Stated {
    /// In every row.
    points: i32,
    by_factor: Vec<(index::Factor, Cells)>,
}

impl Stated {
    /// In one row.
    pub(super) fn points(&self, index: &Index, plan: &Plan, row: u32) -> i32 {
        let of_factor = |(factor, points): &(index::Factor, Cells)| {
            points[usize::from(index.level(plan, *factor, row))]
        };
        self.points + self.by_factor.iter().map(of_factor).sum::<i32>()
    }
}

/// The plans of a question, one for each mandate of the asker, or one without.
pub(super) struct Plans {
    pub(super) all: Vec<Plan>,
    pub(super) precision: Precision,
    /// The same in all of them.
    pub(super) stated: Stated,
}

pub(super) fn plans(question: &Question<'_>, bounded: &Bounded<'_>) -> Plans {
    let mut profiles = Compiler::of_profiles(question, bounded);
    rules::add(question, &mut profiles.plan);
    let plans: Vec<Compiler<'_>> = super::each(&question.mine)
        .map(|mine| {
            let mut compiler = profiles.clone();
            compiler.add_mandates(mine);
            compiler.add_tables();
            rules::add_mandate(compiler.columns, mine, &mut compiler.plan);
            compiler
        })
        .collect();
    let precisions = plans.iter().map(|compiler| compiler.precision);
    let precision = precisions.max().unwrap_or(Precision::Exact);
    Plans {
        all: plans.into_iter().map(|compiler| compiler.plan).collect(),
        precision,
        stated: profiles.stated,
    }
}

/// Writes a plan, factor by factor.
#[derive(Clone)]
struct Compiler<'q> {
    question: &'q Question<'q>,
    columns: &'q Columns,
    plan: Plan,
    precision: Precision,
    stated: Stated,
    /// By factor that is not shared out; none where the columns do not hold its level.
    readings: Vec<Option<Reading>>,
}

impl<'q> Compiler<'q> {
    /// With all factors that no mandate changes.
    fn of_profiles(question: &'q Question<'q>, bounded: &Bounded<'_>) -> Compiler<'q> {
        let mut compiler = Compiler {
            question,
            columns: question.market.columns(),
            plan: Plan::new(0),
            precision: Precision::Exact,
            stated: Stated::default(),
            readings: vec![None; FACTORS],
        };
        compiler.whole(Factor::Base, Reading::Known(0));
        for (factor, axis) in [
            (Factor::SectorCommon, Axis::Sectors),
            (Factor::ModalityCommon, Axis::Modalities),
            (Factor::IndicationCommon, Axis::Indications),
        ] {
            let column = compiler.columns.is[axis as usize].0;
            compiler.share_out(factor, &compiler.my(axis), column);
        }
        let languages = compiler.columns.is[Axis::Languages as usize].0;
        let mine = compiler.my(Axis::Languages);
        compiler.whole(Factor::Language, Reading::Near(languages, mine));
        for factor in [Factor::Load, Factor::Exposure] {
            let level = compiler.columns.number(factor);
            compiler.whole(factor, Reading::Number(level));
        }
        compiler.add_records(bounded.lift.as_ref());
        compiler.add_similar(bounded.similar.as_ref());
        compiler
    }

    /// What the asker is on an axis.
    fn my(&self, axis: Axis) -> Vec<u16> {
        self.columns.codes(axis, self.question.me.organisation)
    }

    /// A factor that is not shared out.
    fn whole(&mut self, factor: Factor, reading: Reading) {
        self.share(factor, 12, &reading);
        self.readings[factor as usize] = Some(reading);
    }

    /// One contribution for each label, or one of `unknown` without any.
    fn share_out(&mut self, factor: Factor, labels: &[u16], column: Nested) {
        if labels.is_empty() {
            self.share(factor, 12, &Reading::Known(UNKNOWN));
        }
        for (index, &label) in labels.iter().enumerate() {
            let share = share::share(index, labels.len());
            self.share(factor, share, &Reading::Near(column, vec![label]));
        }
    }

    fn share(&mut self, factor: Factor, share: u8, reading: &Reading) {
        let cells = self.cells(factor).map(|cell| part(cell, share));
        let levels = factor.levels().len();
        self.read(reading, &cells, levels);
    }

    fn cells(&self, factor: Factor) -> Cells {
        *self.question.section.cells(factor)
    }

    /// Adds what a level is worth; of the first `levels` alone any is ever read.
    fn read(&mut self, reading: &Reading, points: &Cells, levels: usize) {
        match same_in_all(reading, points, levels) {
            Some(points) => self.plan.add_points(points),
            None => _ = self.place(reading, points),
        }
    }

    /// The same of what is [stated](Stated).
    fn state(&mut self, reading: &Reading, points: &Cells, levels: usize) {
        if let Some(points) = same_in_all(reading, points, levels) {
            self.plan.add_points(points);
            self.stated.points += points;
        } else {
            let factor = self.place(reading, points);
            self.stated.by_factor.push((factor, *points));
        }
    }

    fn place(&mut self, reading: &Reading, points: &Cells) -> index::Factor {
        match reading {
            Reading::Known(_) => unreachable!("what is known is in no column"),
            Reading::Near(column, values) => self.plan.nested(*column, values, *points),
            Reading::Number(column) => self.plan.narrow(*column, *points),
            Reading::Record(record) => self.plan.record(record.clone(), *points),
        }
    }

    /// The points of the plan are no more precise than this.
    fn lower_to(&mut self, precision: Precision) {
        self.precision = precision.max(self.precision);
    }

    /// The factors that read a mandate of either side.
    fn add_mandates(&mut self, mine: Option<&Aim>) {
        self.add_labels(mine);
        self.add_regions(mine);
        self.add_needs(mine);
        self.add_terms(mine);
    }

    fn add_labels(&mut self, mine: Option<&Aim>) {
        let columns = self.columns;
        let [sectors, modalities, indications, stages] =
            mine.map_or_else(Default::default, |aim| {
                [
                    indexes(&aim.sectors),
                    indexes(&aim.modalities),
                    indexes(&aim.indications),
                    indexes(&aim.stages),
                ]
            });
        let axes = [Axis::Sectors, Axis::Modalities, Axis::Indications];
        for (at, factor) in [
            Factor::SectorMine,
            Factor::ModalityMine,
            Factor::IndicationMine,
        ]
        .into_iter()
        .enumerate()
        {
            self.share_out(factor, &self.my(axes[at]), columns.wanted[at]);
        }
        let is = |axis: Axis| columns.is[axis as usize].0;
        for (factor, column, values) in [
            (Factor::SectorTheirs, is(Axis::Sectors), sectors),
            (Factor::ModalityTheirs, is(Axis::Modalities), modalities),
            (Factor::IndicationTheirs, is(Axis::Indications), indications),
            (Factor::StageTheirs, is(Axis::Stages), stages),
            (Factor::StageMine, columns.wanted[3], self.my(Axis::Stages)),
        ] {
            self.whole(factor, Reading::Near(column, values));
        }
    }

    fn add_regions(&mut self, mine: Option<&Aim>) {
        let columns = self.columns;
        let targets = mine.map_or_else(Vec::new, |aim| columns.places(&aim.regions));
        let home = self.my(Axis::Regions);
        let at_home = if targets.is_empty() {
            let home = columns.home_of(self.question.me.home());
            Reading::Near(columns.home, vec![home])
        } else {
            Reading::Known(home::MANDATE_SPEAKS)
        };
        self.whole(Factor::RegionHome, at_home);
        self.whole(Factor::RegionMine, Reading::Near(columns.targets, home));
        let homes = columns.is[Axis::Regions as usize].0;
        self.whole(Factor::RegionTheirs, Reading::Near(homes, targets));
    }

    fn add_needs(&mut self, mine: Option<&Aim>) {
        let (columns, me) = (self.columns, self.question.me.organisation);
        let codes = |codes: &[CapabilityCode]| indexes(codes);
        self.share_out(Factor::NeedsMine, &codes(demand(me, mine)), columns.supply);
        let offered = codes(supply(me, mine));
        self.whole(Factor::NeedsTheirs, Reading::Near(columns.demand, offered));
    }

    fn add_terms(&mut self, mine: Option<&Aim>) {
        let (columns, round) = (self.columns, self.question.me.round());
        let band = round.and_then(|round| round.band);
        let band = band.map(|band| band as u16).into_iter().collect();
        self.whole(Factor::ChequeMine, Reading::Near(columns.cheques, band));
        let cheques = mine.and_then(|aim| aim.cheques);
        let cheques = cheques
            .into_iter()
            .flat_map(|(least, most)| least as u16..=most as u16);
        self.whole(
            Factor::ChequeTheirs,
            Reading::Near(columns.band, cheques.collect()),
        );
        let issued = round.map(|round| round.instruments.iter().map(|&code| code as u16).collect());
        let accepted = mine.map(|aim| aim.instruments.iter().map(|&code| code as u16).collect());
        self.add_accepted(Factor::Instrument, columns.instruments, issued, accepted);
        let countries = |codes: &[domain::RegionCode]| {
            codes
                .iter()
                .filter_map(|&code| columns.country(code))
                .collect()
        };
        let issued = round.map(|round| countries(round.entity_country.as_slice()));
        let accepted = mine.map(|aim| countries(&aim.entity_countries));
        self.add_accepted(
            Factor::EntityCountry,
            columns.entity_countries,
            issued,
            accepted,
        );
    }

    /// My round beside their mandate, where I have a round and they a mandate; else theirs beside mine.
    fn add_accepted(
        &mut self,
        factor: Factor,
        terms: Terms,
        issued: Option<Vec<u16>>,
        accepted: Option<Vec<u16>>,
    ) {
        let accepted = accepted.unwrap_or_default().into_iter();
        let values = match issued {
            Some(issued) => {
                let mine = issued.into_iter().map(Terms::accepted);
                mine.chain(accepted.map(|code| terms.issued_bare(code)))
                    .collect()
            }
            None => accepted.map(|code| terms.issued(code)).collect(),
        };
        self.whole(factor, Reading::Near(terms.column, values));
    }

    /// The two-factor tables.
    fn add_tables(&mut self) {
        for table in self.question.section.tables() {
            let [a, b] = table
                .factors
                .map(|factor| self.readings[factor as usize].clone());
            let cells = table.cells();
            match (a, b) {
                (Some(Reading::Known(a)), Some(b)) => self.read(&b, &cells[usize::from(a)], 16),
                (Some(a), Some(Reading::Known(b))) => {
                    self.read(
                        &a,
                        &std::array::from_fn(|level| cells[level][usize::from(b)]),
                        16,
                    );
                }
                (Some(a), Some(b)) => {
                    let [a, b] = [a, b].map(|reading| self.place(&reading, &[0; 16]));
                    self.plan.table(a, b, cells);
                }
                _ => {
                    self.lower_to(Precision::Bound);
                    let most = cells.iter().flatten().copied().max();
                    self.plan.add_points(most.unwrap_or(0));
                }
            }
        }
    }
}

/// What a level is worth in every row, where that is the same; of the first `levels` alone any is ever read.
fn same_in_all(reading: &Reading, points: &Cells, levels: usize) -> Option<i32> {
    let first = points[0];
    match reading {
        Reading::Known(level) => Some(points[usize::from(*level)]),
        _ if points[..levels].iter().all(|&cell| cell == first) => Some(first),
        _ => None,
    }
}
