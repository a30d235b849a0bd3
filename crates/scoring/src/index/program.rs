//! A plan turned into what the scan adds up.

use super::{
    lanes::Table,
    layout::{LIVE, Layout, NOTHING, Nested},
    plan::{Factor, Plan, Points, Record, Source, Test},
};

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
    /// Points of a twelfth by label, in the order of labels.
    pub(super) shares: Vec<Box<[(u32, i32)]>>,
    /// Each clause: bitmaps, of which a row must be in one, or, where negated, out of one.
    pub(super) clauses: Vec<Vec<(u32, bool)>>,
    /// In order.
    pub(super) without: Vec<u32>,
    /// In order.
    pub(super) among: Option<Vec<u32>>,
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
    /// Of `plan`; points of levels that no row can have count for nothing.
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
            shares: plan.shares.clone(),
            clauses: plan.clauses.iter().map(|any| clause(any, layout)).collect(),
            without: crate::sorted(plan.without.clone()),
            among: plan.among.clone().map(crate::sorted),
        };
        let with_points = plan.factors.iter().zip(cells(plan, layout));
        for (number, ((source, _), points)) in with_points.enumerate() {
            program.add(layout, source, &points, steps(plan, layout, Factor(number)));
        }
        program.singles.retain(|&(_, points)| points != 0);
        for (a, b, cells) in &plan.tables {
            program.add_pairs(plan, layout, [*a, *b], cells);
        }
        for (number, (_, points)) in plan.factors.iter().enumerate() {
            program.widen(&points[..=steps(plan, layout, Factor(number))]);
        }
        for shares in &plan.shares {
            let whole = shares.iter().map(|&(_, points)| 12 * points);
            program.widen(&whole.chain([0]).collect::<Vec<i32>>());
        }
        program
    }

    /// A table is a nest of nests: at both levels or higher, a row has the cell less its two neighbours below, and
    /// the one below both.
    fn add_pairs(
        &mut self,
        plan: &Plan,
        layout: &Layout,
        factors: [Factor; 2],
        cells: &[Points; 16],
    ) {
        let [of_a, of_b] = factors.map(|factor| steps(plan, layout, factor));
        for a in 1..=of_a {
            for b in 1..=of_b {
                let step = cells[a][b] - cells[a - 1][b] - cells[a][b - 1] + cells[a - 1][b - 1];
                if step != 0 {
                    let levels = std::iter::zip(factors, [a, b]);
                    let numbers = levels.map(|(factor, least)| {
                        let least = u8::try_from(least).expect("at most 15");
                        self.number(level(plan, layout, factor, least))
                    });
                    let numbers: Vec<usize> = numbers.collect();
                    self.pairs.push(([numbers[0], numbers[1]], step));
                }
            }
        }
        self.widen(cells[..=of_a].iter().flat_map(|cells| &cells[..=of_b]));
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

/// The points of each factor alone, with what a table gives at level 0 of its other factor.
fn cells(plan: &Plan, layout: &Layout) -> Vec<Points> {
    let mut points: Vec<Points> = plan.factors.iter().map(|(_, points)| *points).collect();
    for (a, b, cells) in &plan.tables {
        for level in 0..=steps(plan, layout, *a) {
            points[a.0][level] += cells[level][0];
        }
        for level in 0..=steps(plan, layout, *b) {
            points[b.0][level] += cells[0][level] - cells[0][0];
        }
    }
    points
}

/// The rows whose level of a factor is `least` or higher.
fn level(plan: &Plan, layout: &Layout, factor: Factor, least: u8) -> Level {
    match &plan.factors[factor.0].0 {
        Source::Nested(column, values) => Level::Union(union(layout, *column, values, least)),
        Source::Narrow(column) => Level::AtLeast(Number::Narrow(column.0), least),
        Source::Record(_) => {
            let before = plan.factors[..factor.0].iter();
            let records = before.filter(|(source, _)| matches!(source, Source::Record(_)));
            Level::AtLeast(Number::Record(records.count()), least)
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
