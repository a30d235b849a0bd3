//! A question made ready for an index, and the reference that says what its answer has to be.

use std::sync::Arc;

use super::layout::{Flag, Layout, Narrow, Nested, Values};

/// Points of each level; what a factor never reaches is not read.
pub type Points = [i32; 16];

/// Where a factor of a plan stands among its [levels](Plan::levels).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Factor(pub(super) usize);

/// What is asked: the points of every level, and what keeps rows off the list.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub(super) base: i32,
    pub(super) factors: Vec<(Source, Points)>,
    pub(super) tables: Vec<(Factor, Factor, Box<[Points; 16]>)>,
    pub(super) shares: Vec<Box<[(u32, i32)]>>,
    pub(super) clauses: Vec<Vec<Test>>,
    pub(super) without: Vec<u32>,
    pub(super) among: Option<Vec<u32>>,
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
    /// Labels whose rows are at another level, whatever their number; of several the best. Only without terms and
    /// mentions.
    pub labels: Box<[(u32, u8)]>,
    /// Terms whose rows are at another level, whatever they say of them, as long as they say it; of several the best. Only
    /// without terms and labels.
    pub mentions: Box<[(u32, u8)]>,
    /// Rows whose level is at least this one, found for this question alone, by row.
    pub given: Arc<[(u32, u8)]>,
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

    /// Adds points to every row.
    pub fn add_points(&mut self, points: i32) {
        self.base += points;
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
    /// If a level is above 15, the given rows are not in order, each once, or two of terms, labels and mentions
    /// are there.
    pub fn record(&mut self, mut record: Record, points: Points) -> Factor {
        let labels = record.labels.iter().chain(&record.mentions);
        let labels = labels.map(|&(_, level)| level);
        let given = record.given.iter().map(|&(_, level)| level);
        let highest = record
            .otherwise
            .iter()
            .copied()
            .chain(given)
            .chain(labels)
            .max();
        assert!(
            highest.is_none_or(|level| level < 16),
            "{highest:?} is too high"
        );
        let in_order = record.given.is_sorted_by(|a, b| a.0 < b.0);
        assert!(in_order, "each row is given once, in order");
        let has = [
            !record.terms.is_empty(),
            !record.labels.is_empty(),
            !record.mentions.is_empty(),
        ];
        let is_one = has.into_iter().filter(|has| *has).count() < 2;
        assert!(is_one, "a record has terms, labels or mentions");
        // What is written last stays.
        let by_level = |&(term, level): &(u32, u8)| (level, term);
        record.labels.sort_unstable_by_key(by_level);
        record.mentions.sort_unstable_by_key(by_level);
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

    /// Adds to each row so many points for each twelfth that it has of each of these labels. Of all of them together no
    /// row has more than twelve.
    pub fn shares(&mut self, mut points: Vec<(u32, i32)>) {
        points.sort_unstable();
        self.shares.push(points.into());
    }

    /// Keeps off the list what passes none of `alternatives`.
    pub fn require(&mut self, alternatives: &[Test]) {
        self.clauses.push(alternatives.to_vec());
    }

    /// Keeps these rows off the list.
    pub fn exclude(&mut self, rows: impl IntoIterator<Item = u32>) {
        self.without.extend(rows);
    }

    /// Keeps all but these rows off the list.
    pub fn among(&mut self, rows: impl IntoIterator<Item = u32>) {
        self.among = Some(rows.into_iter().collect());
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
                let has = |term| values.labels.iter().any(|&(of, _)| of == term);
                let exception = |term| exception(term).map(|&(_, level)| level);
                record.level(row, values.number(record.by), exception, has)
            }
        };
        self.factors
            .iter()
            .map(|(source, _)| level(source))
            .collect()
    }

    /// The specification: the points of a row with these values.
    pub fn points(&self, layout: &Layout, row: u32, values: &Values) -> i32 {
        let levels = self.levels(layout, row, values);
        let twelfths = |term| {
            let label = values.labels.iter().find(|&&(of, _)| of == term);
            label.map_or(0, |&(_, twelfths)| i32::from(twelfths))
        };
        let shares = self.shares.iter().flatten();
        let shares = shares.map(|&(term, points)| points * twelfths(term));
        self.points_of_levels(&levels) + shares.sum::<i32>()
    }

    fn points_of_levels(&self, levels: &[u8]) -> i32 {
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
        let is_among = self.among.as_ref().is_none_or(|rows| rows.contains(&row));
        is_among
            && !self.without.contains(&row)
            && self.clauses.iter().all(|any| any.iter().any(passes))
    }
}

impl Record {
    /// The level of a row with this number, these exceptions and these labels.
    pub(super) fn level(
        &self,
        row: u32,
        number: u8,
        exception: impl Fn(u32) -> Option<u8>,
        has_label: impl Fn(u32) -> bool,
    ) -> u8 {
        let labels = self.labels.iter().filter(|&&(label, _)| has_label(label));
        let mentions = self.mentions.iter();
        let mentions = mentions.filter(|&&(term, _)| exception(term).is_some());
        let otherwise = labels
            .chain(mentions)
            .map(|&(_, level)| level)
            .max()
            .unwrap_or(self.otherwise[usize::from(number)]);
        let levels = self
            .terms
            .iter()
            .map(|&term| exception(term).unwrap_or(otherwise));
        let given = self.given.iter().filter(|(of, _)| *of == row);
        let best = levels.max().unwrap_or(otherwise);
        given.fold(best, |best, &(_, level)| best.max(level))
    }
}
