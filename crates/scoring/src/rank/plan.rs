//! A question made ready for the index: one plan for each mandate of the asker.
//!
//! Each factor is read where the columns hold it. Few cannot be: how many deals are like the one asked for is a sum over
//! a record, found only for those who may be listed. For them the plan adds what they can be worth at most.

mod rules;
mod worth;

use std::{collections::HashMap, ops::RangeInclusive};

use domain::CapabilityCode;

use super::part;
use crate::{
    aim::Aim,
    ask::{Question, Speaks},
    card::Cells,
    factor::{FACTORS, Factor},
    factors::{UNKNOWN, home, partners, share, similar},
    index::{self, Narrow, Nested, Plan, Record},
    market::{Axis, Columns, Terms, demand, indexes, supply},
    pair::record::{SHARED_OUT, SINGLE, holder_levels, round_levels},
    record::{Place, Shared},
};
use worth::Worth;

/// What the points of plans are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Precision {
    /// Those of the pair.
    Exact,
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

/// The plans of a question, one for each mandate of the asker, or one without.
pub(super) fn plans(question: &Question<'_>) -> (Vec<Plan>, Precision) {
    let mut profiles = Compiler::of_profiles(question);
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
    let is_exact = plans
        .iter()
        .all(|compiler| compiler.precision == Precision::Exact);
    let precision = if is_exact {
        Precision::Exact
    } else {
        Precision::Bound
    };
    let plans = plans.into_iter().map(|compiler| compiler.plan).collect();
    (plans, precision)
}

/// Writes a plan, factor by factor.
#[derive(Clone)]
struct Compiler<'q> {
    question: &'q Question<'q>,
    columns: &'q Columns,
    plan: Plan,
    precision: Precision,
    /// By factor that is not shared out; none where the columns do not hold its level.
    readings: Vec<Option<Reading>>,
}

impl<'q> Compiler<'q> {
    /// With all factors that no mandate changes.
    fn of_profiles(question: &'q Question<'q>) -> Compiler<'q> {
        let mut compiler = Compiler {
            question,
            columns: question.market.columns(),
            plan: Plan::new(0),
            precision: Precision::Exact,
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
        compiler.add_records();
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
        let first = points[0];
        match reading {
            Reading::Known(level) => self.plan.add_points(points[usize::from(*level)]),
            _ if points[..levels].iter().all(|&cell| cell == first) => self.plan.add_points(first),
            _ => _ = self.place(reading, points),
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

    /// What any of these levels is worth at most.
    fn most(&mut self, factor: Factor, levels: RangeInclusive<u8>) -> i32 {
        let cells = self.cells(factor);
        let cells = &cells[usize::from(*levels.start())..=usize::from(*levels.end())];
        if cells.iter().any(|&cell| cell != cells[0]) {
            self.precision = Precision::Bound;
        }
        cells.iter().copied().max().unwrap_or(0)
    }

    /// The factors that read records.
    fn add_records(&mut self) {
        let (records, me) = (self.question.market.records(), self.question.me);
        let holder = holder_levels(records, me.at(), me.organisation);
        let round = round_levels(records, me.at(), me.organisation);
        match &self.question.speaks {
            Speaks::Theirs { shared } => {
                for (factor, _) in holder {
                    self.whole(factor, Reading::Number(self.columns.number(factor)));
                }
                for (factor, level) in round {
                    self.whole(factor, Reading::Known(level));
                }
                self.add_their_choices();
                self.add_their_partners(shared);
                self.add_their_similar();
            }
            Speaks::Mine { .. } => {
                for (factor, level) in holder {
                    self.whole(factor, Reading::Known(level));
                }
                for (factor, _) in round {
                    self.whole(factor, Reading::Number(self.columns.number(factor)));
                }
                self.add_by_row(&Worth::of(self.question).of_rows());
                self.add_my_similar();
            }
        }
    }

    /// What each of them chose, of what I am.
    fn add_their_choices(&mut self) {
        let me = self.question.me.organisation;
        let reading = |columns: &Columns, aspect, place| {
            if place == Place::NOWHERE {
                return Reading::Known(UNKNOWN);
            }
            Reading::Record(Record {
                terms: vec![columns.term(aspect, place)],
                by: columns.never(aspect),
                otherwise: std::array::from_fn(|level| u8::try_from(level).expect("below 16")),
                given: [].into(),
            })
        };
        for (factor, aspect) in SHARED_OUT {
            let places = me.asked(aspect);
            if places.is_empty() {
                self.share(factor, 12, &Reading::Known(UNKNOWN));
            }
            for (index, &place) in places.iter().enumerate() {
                let share = share::share(index, places.len());
                self.share(factor, share, &reading(self.columns, aspect, place));
            }
        }
        for (factor, aspect) in SINGLE {
            let place = me.asked(aspect).first();
            let read = |&place| reading(self.columns, aspect, place);
            let reading = place.map_or(Reading::Known(UNKNOWN), read);
            self.whole(factor, reading);
        }
    }

    /// What each of them shared with my investors. Who shared nothing may be as near to that as any who is as small.
    fn add_their_partners(&mut self, shared: &HashMap<u32, u64>) {
        let (market, me) = (self.question.market, self.question.me.at());
        let found = &market.records().partners;
        let nothing = Shared {
            earlier: found.shared(me, me, 0).earlier,
            ..Shared::default()
        };
        if nothing.earlier == 0 {
            self.whole(Factor::Partners, Reading::Known(UNKNOWN));
            self.whole(Factor::PartnerLift, Reading::Known(UNKNOWN));
            return;
        }
        let of_rows = |(&number, &sum): (&u32, &u64)| {
            let shared = found.shared(number as usize, me, sum);
            let levels = (partners::shared(shared), partners::lift(shared));
            let rows = market.rows_of(number).iter();
            rows.map(move |&row| (row, levels))
        };
        let by_row = crate::sorted(shared.iter().flat_map(of_rows).collect());
        let record = |otherwise, given| {
            Reading::Record(Record {
                terms: Vec::new(),
                by: self.columns.number(Factor::Deals),
                otherwise: [otherwise; 16],
                given,
            })
        };
        let given = by_row.iter().map(|&(row, (shared, _))| (row, shared));
        let shared = record(partners::shared(nothing), given.collect());
        let given = by_row.iter().map(|&(row, (_, lift))| (row, lift));
        let lift = record(UNKNOWN, given.collect());
        self.whole(Factor::Partners, shared);
        let mut cells = self.cells(Factor::PartnerLift);
        cells[0] = self.most(Factor::PartnerLift, 1..=partners::lift(nothing));
        self.read(&lift, &cells, cells.len());
    }

    /// How many of their deals are like this one: no more than they made.
    fn add_their_similar(&mut self) {
        for (factor, most) in [
            (Factor::Similar, similar::here_most as fn(u8) -> u8),
            (Factor::SimilarAnywhere, similar::anywhere_most),
        ] {
            let mut cells = [0; 16];
            for (deals, cell) in (0..).zip(&mut cells) {
                *cell = match deals {
                    0 => self.cells(factor)[0],
                    deals => self.most(factor, 1..=most(deals)),
                };
            }
            let deals = Reading::Number(self.columns.number(Factor::Deals));
            self.read(&deals, &cells, cells.len());
        }
    }

    /// Adds a number of points to each of these rows, which come in order: its digits, of which there are sixteen, are
    /// levels. What other rows are worth is of no account.
    fn add_by_row(&mut self, points: &[(u32, i32)]) {
        let worth = || points.iter().map(|&(_, points)| points);
        let (least, most) = (worth().min().unwrap_or(0), worth().max().unwrap_or(0));
        self.plan.add_points(least);
        let mut shift = 0;
        while (most - least) >> shift != 0 {
            let digit = |&(row, points): &(u32, i32)| {
                let digit = (points - least) >> shift & 15;
                (row, u8::try_from(digit).expect("a digit"))
            };
            let given = points.iter().map(digit).filter(|&(_, digit)| digit > 0);
            let record = Record {
                terms: Vec::new(),
                by: self.columns.number(Factor::Deals),
                otherwise: [0; 16],
                given: given.collect(),
            };
            let value = |digit| i32::try_from(digit).expect("below 16") << shift;
            self.plan.record(record, std::array::from_fn(value));
            shift += 4;
        }
    }

    /// How many of my deals are like each of theirs.
    fn add_my_similar(&mut self) {
        let records = self.question.market.records();
        for factor in [Factor::Similar, Factor::SimilarAnywhere] {
            if records.deals(self.question.me.at()) == 0 {
                self.whole(factor, Reading::Known(UNKNOWN));
            } else {
                let most = self.most(factor, 1..=15);
                self.plan.add_points(most);
            }
        }
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
                    self.precision = Precision::Bound;
                    let most = cells.iter().flatten().copied().max();
                    self.plan.add_points(most.unwrap_or(0));
                }
            }
        }
    }
}
