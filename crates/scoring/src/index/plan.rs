//! A question made ready for an index, and the reference that says what its answer has to be.

use super::{
    lanes::Table,
    layout::{Flag, LIVE, Layout, NOTHING, Narrow, Nested, Values},
};

/// Points of each level; what a factor never reaches is not read.
pub type Points = [i32; 16];

/// Where a factor of a plan stands among its [levels](Plan::levels).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Factor(pub(super) usize);

/// What is asked: the points of every level, and what keeps rows off the list.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    base: i32,
    pub(super) factors: Vec<(Source, Points)>,
    tables: Vec<(Factor, Factor, Box<[Points; 16]>)>,
    clauses: Vec<Vec<Test>>,
    without: Vec<u32>,
}

/// Where a factor finds its level.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// The best level for any of the values.
    Nested(Nested, Vec<u16>),
    Narrow(Narrow),
    Record(Record),
}

/// What a row's record says of some terms: the best of their levels.
///
/// The level of a term is what [`Values::exceptions`] says, else what `otherwise` says for the row's number.
#[derive(Clone, Debug)]
pub struct Record {
    /// The terms; without any the level is that of the number.
    pub terms: Vec<u32>,
    /// The column of numbers.
    pub by: Narrow,
    /// By number: the level of a term without exception.
    pub otherwise: [u8; 16],
    /// Rows whose level is at least this one, found for this question alone, by row.
    pub given: Vec<(u32, u8)>,
}

/// One side of an alternative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// The row has the property.
    Has(Flag),
    /// It lacks it.
    Lacks(Flag),
    /// Its level for the value is this one or higher.
    Near(Nested, u16, u8),
    /// Its level for the value is lower.
    Far(Nested, u16, u8),
}

impl Plan {
    /// A question in which each row has `base` points to begin with.
    pub fn new(base: i32) -> Plan {
        Plan {
            base,
            ..Plan::default()
        }
    }

    /// Adds the points of the best level for any of `values`.
    pub fn nested(&mut self, column: Nested, values: &[u16], points: Points) -> Factor {
        self.add(Source::Nested(column, values.to_vec()), points)
    }

    /// Adds the points of a number.
    pub fn narrow(&mut self, column: Narrow, points: Points) -> Factor {
        self.add(Source::Narrow(column), points)
    }

    /// Adds the points of a record.
    ///
    /// # Panics
    /// If a level is above 15 or the given rows are not in order, each once.
    pub fn record(&mut self, record: Record, points: Points) -> Factor {
        let given = record.given.iter().map(|&(_, level)| level);
        let highest = record.otherwise.iter().copied().chain(given).max();
        assert!(
            highest.is_none_or(|level| level < 16),
            "{highest:?} is too high"
        );
        let in_order = record.given.is_sorted_by(|a, b| a.0 < b.0);
        assert!(in_order, "each row is given once, in order");
        self.add(Source::Record(record), points)
    }

    fn add(&mut self, source: Source, points: Points) -> Factor {
        self.factors.push((source, points));
        Factor(self.factors.len() - 1)
    }

    /// Adds points for the levels of two factors that come together: `points[level of a][level of b]`.
    pub fn table(&mut self, a: Factor, b: Factor, points: &[Points; 16]) {
        self.tables.push((a, b, Box::new(*points)));
    }

    /// Keeps off the list what passes none of `alternatives`.
    pub fn require(&mut self, alternatives: &[Test]) {
        self.clauses.push(alternatives.to_vec());
    }

    /// Keeps these rows off the list.
    pub fn exclude(&mut self, rows: impl IntoIterator<Item = u32>) {
        self.without.extend(rows);
    }

    /// The specification: the level of every factor for a row with these values.
    pub fn levels(&self, layout: &Layout, row: u32, values: &Values) -> Vec<u8> {
        let level = |source: &Source| match source {
            Source::Nested(column, wanted) => {
                let codes = values.codes.iter().filter(|(of, _)| of == column);
                let near = |&(_, code): &(Nested, u16)| {
                    wanted
                        .iter()
                        .map(move |&value| layout.level(*column, value, code))
                };
                codes.flat_map(near).max().unwrap_or(0)
            }
            Source::Narrow(column) => values.number(*column),
            Source::Record(record) => {
                let exceptions = &values.exceptions;
                let exception = |term| exceptions.iter().find(|&&(of, _)| of == term);
                record.level(row, values.number(record.by), |term| {
                    exception(term).map(|&(_, level)| level)
                })
            }
        };
        self.factors
            .iter()
            .map(|(source, _)| level(source))
            .collect()
    }

    /// The specification: the points of a row with these levels.
    pub fn points(&self, levels: &[u8]) -> i32 {
        let cell = |(&level, (_, points)): (&u8, &(Source, Points))| points[usize::from(level)];
        let table = |(a, b, points): &(Factor, Factor, Box<[Points; 16]>)| {
            points[usize::from(levels[a.0])][usize::from(levels[b.0])]
        };
        let cells: i32 = levels.iter().zip(&self.factors).map(cell).sum();
        self.base + cells + self.tables.iter().map(table).sum::<i32>()
    }

    /// The specification: whether a row with these values may be listed.
    pub fn admits(&self, layout: &Layout, row: u32, values: &Values) -> bool {
        let near = |column: Nested, value, least| {
            let codes = values.codes.iter().filter(|(of, _)| *of == column);
            let levels = codes.map(|&(_, code)| layout.level(column, value, code));
            levels.max().unwrap_or(0) >= least
        };
        let passes = |test: &Test| match *test {
            Test::Has(flag) => values.flags.contains(&flag),
            Test::Lacks(flag) => !values.flags.contains(&flag),
            Test::Near(column, value, least) => near(column, value, least),
            Test::Far(column, value, least) => !near(column, value, least),
        };
        !self.without.contains(&row) && self.clauses.iter().all(|any| any.iter().any(passes))
    }
}

impl Record {
    /// The level of a row with this number and these exceptions.
    pub(super) fn level(&self, row: u32, number: u8, exception: impl Fn(u32) -> Option<u8>) -> u8 {
        let otherwise = self.otherwise[usize::from(number)];
        let levels = self
            .terms
            .iter()
            .map(|&term| exception(term).unwrap_or(otherwise));
        let given = self.given.iter().filter(|(of, _)| *of == row);
        let best = levels.max().unwrap_or(otherwise);
        given.fold(best, |best, &(_, level)| best.max(level))
    }
}

/// A plan turned into bitmaps to add, of a row: `start` + Σ points of each bitmap that has it + Σ of the look-ups.
#[derive(Debug)]
pub(super) struct Program {
    /// Of a row that no bitmap has, without the look-ups.
    pub(super) start: i32,
    /// Bounds of any row's points.
    pub(super) bounds: (i32, i32),
    pub(super) singles: Vec<(u32, i32)>,
    pub(super) unions: Vec<(Vec<u32>, i32)>,
    /// What pairs are made of.
    pub(super) levels: Vec<Level>,
    /// The rows that have both of two levels.
    pub(super) pairs: Vec<([usize; 2], i32)>,
    pub(super) lookups: Vec<(Number, Table)>,
    pub(super) records: Vec<Record>,
    /// Each clause: bitmaps, of which a row must be in one, or, where negated, out of one.
    pub(super) clauses: Vec<Vec<(u32, bool)>>,
    /// In order.
    pub(super) without: Vec<u32>,
}

/// Where a row's number is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    Narrow(u16),
    /// Of the records of the program.
    Record(usize),
}

/// The rows whose level is high enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Union(Vec<u32>),
    AtLeast(Number, u8),
}

impl Program {
    pub(super) fn new(plan: &Plan, layout: &Layout) -> Program {
        let mut program = Program {
            start: plan.base,
            bounds: (plan.base, plan.base),
            singles: Vec::with_capacity(32),
            unions: Vec::new(),
            levels: Vec::new(),
            pairs: Vec::new(),
            lookups: Vec::new(),
            records: Vec::new(),
            clauses: plan.clauses.iter().map(|any| clause(any, layout)).collect(),
            without: plan.without.clone(),
        };
        program.without.sort_unstable();
        let mut points: Vec<Points> = plan.factors.iter().map(|(_, points)| *points).collect();
        for (a, b, cells) in &plan.tables {
            let [of_a, of_b] = [a, b].map(|factor| steps(plan, layout, *factor));
            for high in 0..=of_a {
                points[a.0][high] += cells[high][0];
            }
            for high in 0..=of_b {
                points[b.0][high] += cells[0][high] - cells[0][0];
            }
        }
        for (number, (source, _)) in plan.factors.iter().enumerate() {
            program.add(
                layout,
                source,
                &points[number],
                steps(plan, layout, Factor(number)),
            );
        }
        let mut numbers = Vec::new();
        let mut records = 0;
        for (source, _) in &plan.factors {
            numbers.push(match source {
                Source::Nested(..) => None,
                Source::Narrow(column) => Some(Number::Narrow(column.0)),
                Source::Record(_) => {
                    records += 1;
                    Some(Number::Record(records - 1))
                }
            });
        }
        for (a, b, cells) in &plan.tables {
            let [of_a, of_b] = [a, b].map(|factor| steps(plan, layout, *factor));
            let level = |factor: &Factor, least: usize| {
                let least = u8::try_from(least).expect("at most 15");
                match (&plan.factors[factor.0].0, numbers[factor.0]) {
                    (Source::Nested(column, values), _) => {
                        Level::Union(union(layout, *column, values, least))
                    }
                    (_, Some(number)) => Level::AtLeast(number, least),
                    (_, None) => unreachable!("only nested factors have no number"),
                }
            };
            for high in 1..=of_a {
                for wide in 1..=of_b {
                    let step = cells[high][wide] - cells[high - 1][wide] - cells[high][wide - 1]
                        + cells[high - 1][wide - 1];
                    if step != 0 {
                        let both = [level(a, high), level(b, wide)];
                        let both = both.map(|level| program.number(level));
                        program.pairs.push((both, step));
                    }
                }
            }
            let cells = cells[..=of_a].iter().flat_map(|cells| &cells[..=of_b]);
            program.widen(cells);
        }
        for (number, (_, points)) in plan.factors.iter().enumerate() {
            program.widen(&points[..=steps(plan, layout, Factor(number))]);
        }
        program.singles.retain(|&(_, points)| points != 0);
        program
    }

    /// The number of a level among those of pairs.
    fn number(&mut self, level: Level) -> usize {
        let known = self.levels.iter().position(|other| *other == level);
        known.unwrap_or_else(|| {
            self.levels.push(level);
            self.levels.len() - 1
        })
    }

    fn widen<'a>(&mut self, cells: impl IntoIterator<Item = &'a i32>) {
        let (mut least, mut most) = (i32::MAX, i32::MIN);
        for &cell in cells {
            (least, most) = (least.min(cell), most.max(cell));
        }
        self.bounds = (self.bounds.0 + least, self.bounds.1 + most);
    }

    fn add(&mut self, layout: &Layout, source: &Source, points: &Points, steps: usize) {
        match source {
            Source::Nested(column, values) => {
                self.start += points[0];
                for high in 1..=steps {
                    let step = points[high] - points[high - 1];
                    if step == 0 {
                        continue;
                    }
                    let least = u8::try_from(high).expect("at most 15");
                    match union(layout, *column, values, least).as_slice() {
                        [] => {}
                        &[one] => self.add_single(one, step),
                        many => self.unions.push((many.to_vec(), step)),
                    }
                }
            }
            Source::Narrow(column) => {
                self.add_lookup(Number::Narrow(column.0), points);
            }
            Source::Record(record) => {
                self.add_lookup(Number::Record(self.records.len()), points);
                self.records.push(record.clone());
            }
        }
    }

    fn add_single(&mut self, bitmap: u32, step: i32) {
        match self.singles.iter_mut().find(|(other, _)| *other == bitmap) {
            Some((_, points)) => *points += step,
            None => self.singles.push((bitmap, step)),
        }
    }

    fn add_lookup(&mut self, number: Number, points: &Points) {
        match self.lookups.iter_mut().find(|(other, _)| *other == number) {
            Some((_, table)) => {
                let sums = std::array::from_fn(|value| table.wide[value] + points[value]);
                *table = Table::new(sums);
            }
            None => self.lookups.push((number, Table::new(*points))),
        }
    }
}

/// The highest level of a factor.
pub(super) fn steps(plan: &Plan, layout: &Layout, factor: Factor) -> usize {
    match &plan.factors[factor.0].0 {
        Source::Nested(column, values) => values
            .iter()
            .map(|&value| layout.steps(*column, value))
            .max()
            .unwrap_or(0),
        Source::Narrow(_) | Source::Record(_) => 15,
    }
}

/// The bitmaps of which one has each row whose best level for `values` is `least` or higher.
pub(super) fn union(layout: &Layout, column: Nested, values: &[u16], least: u8) -> Vec<u32> {
    let mut bitmaps: Vec<u32> = Vec::with_capacity(values.len());
    for &value in values {
        let bitmap = layout.bitmap(column, value, least);
        if bitmap != NOTHING && !bitmaps.contains(&bitmap) {
            bitmaps.push(bitmap);
        }
    }
    bitmaps
}

fn clause(tests: &[Test], layout: &Layout) -> Vec<(u32, bool)> {
    let test = |test: &Test| match *test {
        Test::Has(flag) => (flag.0, false),
        Test::Lacks(flag) => (flag.0, true),
        Test::Near(_, _, 0) => (LIVE, false),
        Test::Far(_, _, 0) => (LIVE, true),
        Test::Near(column, value, least) => (layout.bitmap(column, value, least), false),
        Test::Far(column, value, least) => (layout.bitmap(column, value, least), true),
    };
    tests.iter().map(test).collect()
}
