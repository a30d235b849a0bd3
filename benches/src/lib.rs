//! The yardstick market: synthetic parties and questions that other engines are measured on too.
//!
//! All is whole numbers from 0 to 24,000, so that engines are compared exactly: ids, scores and the order of ties.
//!
//! ```text
//! S = 12 / sectors asked · Σ over them of the nearest sector: same leaf 20, same parent 12, same top 5
//! T = 240 same stage, 120 the next one
//! R = 240 same country, 144 same subregion, 120 global, 72 same continent
//! Z = 240 − 60 for each half octave that the amount lies outside the range, at least 0
//! score = 40 S + 25 T + 20 R + 15 Z; ties by row
//! ```

pub mod load;
pub mod market;

use std::{fs, io, path::Path};

use scoring::index::{Index, Layout, Nested, Plan, Points, Values};

/// No sector or region in this place of a list.
const PAD: u8 = 255;
/// The region of those who look everywhere.
const GLOBAL: u8 = 250;
const SECTORS: u8 = 200;
const STAGES: u8 = 10;
const AMOUNTS: u8 = 48;

/// One party, or one question where the first of each is asked for.
#[derive(Clone, Debug)]
pub struct Party {
    /// Leaves of the tree of sectors, 0 to 199.
    pub sectors: Vec<u8>,
    /// Stages, 0 to 9.
    pub stages: Vec<u8>,
    /// Countries, 0 to 249, and [`GLOBAL`].
    pub regions: Vec<u8>,
    /// Amounts in half octaves, 0 to 47.
    pub amounts: Vec<u8>,
}

/// What one asks for.
#[derive(Clone, Debug)]
pub struct Question {
    /// Leaves of the tree of sectors, one to four.
    pub sectors: Vec<u8>,
    /// Stage.
    pub stage: u8,
    /// Country.
    pub country: u8,
    /// Amount.
    pub amount: u8,
}

/// The middle one of some values; of an even number the upper of the two.
///
/// # Panics
/// If there is none.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The first `rows` parties of the files in `folder`.
///
/// # Errors
/// If a file cannot be read.
pub fn read_parties(folder: &Path, rows: usize) -> io::Result<Vec<Party>> {
    let file = |name: &str| fs::read(folder.join(name));
    let (sectors, stages) = (file("cp_sec.u8")?, file("cp_stg.u16")?);
    let (regions, sizes) = (file("cp_reg.u8")?, file("cp_siz.u8")?);
    let party = |row: usize| Party {
        sectors: known(&sectors[6 * row..6 * row + 6]),
        stages: {
            let mask = u16::from_le_bytes([stages[2 * row], stages[2 * row + 1]]);
            (0..STAGES).filter(|stage| mask >> stage & 1 == 1).collect()
        },
        regions: known(&regions[5 * row..5 * row + 5]),
        amounts: (sizes[2 * row]..=sizes[2 * row + 1]).collect(),
    };
    Ok((0..rows).map(party).collect())
}

/// The first `count` questions of the files in `folder`.
///
/// # Errors
/// If a file cannot be read.
pub fn read_questions(folder: &Path, count: usize) -> io::Result<Vec<Question>> {
    let file = |name: &str| fs::read(folder.join(name));
    let (sectors, stages) = (file("q_sec.u8")?, file("q_stg.u8")?);
    let (countries, amounts) = (file("q_reg.u8")?, file("q_amt.u8")?);
    let question = |number: usize| Question {
        sectors: known(&sectors[4 * number..4 * number + 4]),
        stage: stages[number],
        country: countries[number],
        amount: amounts[number],
    };
    Ok((0..count).map(question).collect())
}

fn known(labels: &[u8]) -> Vec<u8> {
    labels
        .iter()
        .copied()
        .filter(|&label| label != PAD)
        .collect()
}

/// The subregion of a country.
fn subregion(country: u8) -> u16 {
    u16::from(country) * 22 / 250
}

/// The continent of a country.
fn continent(country: u8) -> u16 {
    subregion(country) * 5 / 22
}

/// The columns of the market.
#[derive(Clone, Copy, Debug)]
pub struct Columns {
    sectors: Nested,
    stages: Nested,
    regions: Nested,
    amounts: Nested,
}

/// The columns, and a layout that has them. Level 1 is "elsewhere".
pub fn columns() -> (Layout, Columns) {
    let mut layout = Layout::default();
    let mut table = |values: u8, codes: u8, level: &dyn Fn(u8, u8) -> u8| {
        let row = |value| (0..codes).map(|code| level(value, code)).collect();
        layout.nested((0..values).map(row).collect())
    };
    let columns = Columns {
        sectors: table(SECTORS, SECTORS, &|value, code| {
            let shared = [1, 4, 20].map(|size| value / size == code / size);
            let [leaf, parent, top] = shared.map(u8::from);
            leaf + parent + top + 1
        }),
        stages: table(STAGES, STAGES, &|value, code| {
            3 - value.abs_diff(code).min(2)
        }),
        regions: table(GLOBAL, GLOBAL + 1, &|value, code| match code {
            GLOBAL => 3,
            code if code == value => 5,
            code if subregion(code) == subregion(value) => 4,
            code if continent(code) == continent(value) => 2,
            _ => 1,
        }),
        amounts: table(AMOUNTS, AMOUNTS, &|value, code| {
            5 - value.abs_diff(code).min(4)
        }),
    };
    (layout, columns)
}

impl Columns {
    /// The index of a market, its rows in `order`; owners are the numbers of parties, and so are tie keys.
    ///
    /// # Panics
    /// If there are more than 2^32 parties.
    pub fn index(&self, layout: Layout, parties: &[Party], order: &[u32]) -> Index {
        let rows = u32::try_from(order.len()).expect("fewer than 2^32 parties");
        Index::build(layout, rows, |row, values| {
            let owner = order[row as usize];
            self.fill(&parties[owner as usize], owner, values);
        })
    }

    /// The values of a party.
    pub fn fill(&self, party: &Party, owner: u32, values: &mut Values) {
        (values.owner, values.tie_key) = (owner, owner);
        let columns = [
            (self.sectors, &party.sectors),
            (self.stages, &party.stages),
            (self.regions, &party.regions),
            (self.amounts, &party.amounts),
        ];
        for (column, codes) in columns {
            let codes = codes.iter().map(|&code| (column, u16::from(code)));
            values.codes.extend(codes);
        }
    }

    /// The plan of a question under the scorecard of the market.
    pub fn plan(&self, question: &Question) -> Plan {
        self.plan_with(question, &Weights::YARDSTICK)
    }

    /// The plan of a question under other weights.
    ///
    /// # Panics
    /// Never: a question has at most a few sectors.
    pub fn plan_with(&self, question: &Question, weights: &Weights) -> Plan {
        let mut plan = Plan::new(0);
        let share = 12 / i32::try_from(question.sectors.len().max(1)).expect("few sectors");
        for &sector in &question.sectors {
            let points = weights.sector.map(|cell| share * cell);
            plan.nested(self.sectors, &[u16::from(sector)], points);
        }
        for (column, value, points) in [
            (self.stages, question.stage, weights.stage),
            (self.regions, question.country, weights.region),
            (self.amounts, question.amount, weights.amount),
        ] {
            plan.nested(column, &[u16::from(value)], points);
        }
        plan
    }
}

/// A scorecard: points by level.
#[derive(Clone, Debug)]
pub struct Weights {
    /// Of a twelfth of the sectors.
    pub sector: Points,
    /// Of the stage.
    pub stage: Points,
    /// Of the region.
    pub region: Points,
    /// Of the amount.
    pub amount: Points,
}

impl Weights {
    /// Those of the market's score.
    pub const YARDSTICK: Weights = Weights {
        sector: cells([0, 0, 5 * 40, 12 * 40, 20 * 40, 0]),
        stage: cells([0, 0, 120 * 25, 240 * 25, 0, 0]),
        region: cells([0, 0, 72 * 20, 120 * 20, 144 * 20, 240 * 20]),
        amount: cells([0, 0, 60 * 15, 120 * 15, 180 * 15, 240 * 15]),
    };

    /// Others, of which many take points away.
    pub const NEGATIVE: Weights = Weights {
        sector: cells([0, -50, -10, 30, 70, 0]),
        stage: cells([0, -700, 200, 600, 0, 0]),
        region: cells([0, -700, -400, 350, 100, 600]),
        amount: cells([0, -600, 0, 150, 500, 400]),
    };
}

const fn cells(first: [i32; 6]) -> Points {
    let mut points = [0; 16];
    let mut level = 0;
    while level < first.len() {
        points[level] = first[level];
        level += 1;
    }
    points
}

/// Rows that are alike lie together: by the tops of their sectors, their stages, the continent of the first region,
/// the middle amount, the first region. The axis that most points hang on comes first. Chosen among fifteen orders on
/// questions 50,000 to 50,399, which no measurement asks.
///
/// # Panics
/// If there are more than 2^32 parties, or one has no amount.
pub fn clustered(parties: &[Party]) -> Vec<u32> {
    let set = |labels: &[u8], size: u8| {
        labels
            .iter()
            .fold(0_u16, |set, label| set | 1 << (label / size))
    };
    let mut order: Vec<u32> = (0..u32::try_from(parties.len()).expect("fewer")).collect();
    order.sort_by_cached_key(|&row| {
        let party = &parties[row as usize];
        let region = party.regions.first().copied().unwrap_or(GLOBAL);
        (
            set(&party.sectors, 20),
            set(&party.stages, 1),
            continent(region.min(GLOBAL - 1)),
            party.amounts[party.amounts.len() / 2],
            region,
            row,
        )
    });
    order
}
