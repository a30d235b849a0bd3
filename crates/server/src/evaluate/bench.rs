//! The files of a ranking benchmark: rounds, investments, startups and investors, and the windows to be ranked.

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use domain::{
    AmountBand, Kind, OrganisationId,
    taxonomy::{region_of_country_alpha3, sector_of_category, stage_of_name},
};
use jiff::civil::Date;
use scoring::{Deal, Facts, History, Places, Raised, RoundFacts};
use serde::{Deserialize, de::DeserializeOwned};
use uuid::Uuid;

/// A folder of `rounds.csv.gz`, `investments.csv.gz`, `startups_world_nc.csv.gz`, `investors.csv.gz`, and `windows`.
#[derive(Debug)]
pub struct Bench {
    folder: PathBuf,
    /// What happened.
    pub history: History,
}

/// A window to be ranked, by the names of its files.
pub(crate) struct Window {
    /// Its first day.
    pub(crate) opens: Date,
    pub(crate) queries: Vec<Query>,
    pub(crate) candidates: Vec<Candidate>,
}

/// What queries are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    /// Nobody invested in the startup before.
    Cold,
    LifeScience,
    /// Not in the United States.
    Abroad,
    /// Raises seed money.
    Seed,
}

impl Query {
    pub(crate) fn is(&self, group: Group) -> bool {
        self.groups.contains(&group)
    }
}

/// A round that is raised in the window.
pub(crate) struct Query {
    pub(crate) round_id: String,
    pub(crate) raised: Raised,
    /// In which groups of the measures it counts.
    pub(crate) groups: Vec<Group>,
    /// Places among the candidates of those that invested, and whether from another country.
    pub(crate) right: Vec<(usize, bool)>,
    /// Places among the candidates of those that had invested before.
    pub(crate) prior: HashSet<usize>,
}

/// An investor that is ranked.
pub(crate) struct Candidate {
    pub(crate) investor_id: String,
    pub(crate) organisation: OrganisationId,
    pub(crate) is_accelerator: bool,
}

#[derive(Deserialize)]
struct RoundRow {
    round_id: String,
    startup_id: String,
    date: Date,
    stage: String,
    amount_usd: Option<f64>,
}

#[derive(Deserialize)]
struct InvestmentRow {
    round_id: String,
    investor_id: String,
}

#[derive(Deserialize)]
struct StartupRow {
    startup_id: String,
    sector: String,
    country: String,
    state: String,
    region: String,
    city: String,
    #[serde(default)]
    tags: String,
}

#[derive(Deserialize)]
struct InvestorRow {
    investor_id: String,
    kind: String,
}

#[derive(Deserialize)]
struct QueryRow {
    round_id: String,
    startup_id: String,
    date: Date,
    stage: String,
    amount_usd: Option<f64>,
    cold: u8,
    lifesci: u8,
    nonus: u8,
}

#[derive(Deserialize)]
struct PairRow {
    round_id: String,
    investor_id: String,
    #[serde(default)]
    cross_border: u8,
}

impl Bench {
    /// Reads everything but the windows.
    ///
    /// # Errors
    /// When a file is missing or cannot be read.
    pub fn open(folder: &Path) -> anyhow::Result<Bench> {
        let rows: Vec<RoundRow> = read(&folder.join("rounds.csv.gz"))?;
        let rounds: HashMap<String, Raised> = rows
            .into_iter()
            .filter_map(|row| Some((row.round_id.clone(), row.raised()?)))
            .collect();
        let investments: Vec<InvestmentRow> = read(&folder.join("investments.csv.gz"))?;
        let deals = investments.into_iter().filter_map(|row| {
            let raised = rounds.get(&row.round_id)?;
            Some(Deal {
                investor: organisation(&row.investor_id)?,
                startup: raised.startup,
                on: raised.round.opened_on,
                stage: raised.round.stage,
                band: raised.round.band,
                lead: false,
            })
        });
        let deals: Vec<Deal> = deals.collect();
        let startups: Vec<StartupRow> = read(&folder.join("startups_world_nc.csv.gz"))?;
        let investors: Vec<InvestorRow> = read(&folder.join("investors.csv.gz"))?;
        let startups = startups.into_iter().filter_map(StartupRow::facts);
        let investors = investors.into_iter().filter_map(InvestorRow::facts);
        Ok(Bench {
            folder: folder.to_owned(),
            history: History {
                organisations: startups.chain(investors).collect(),
                raised: rounds.values().cloned().collect(),
                deals,
            },
        })
    }
}

impl Bench {
    /// Reads one window.
    ///
    /// # Errors
    /// When a file is missing or names a round or investor that the others do not have.
    pub(crate) fn window(&self, name: &str) -> anyhow::Result<Window> {
        let folder = self.folder.join("windows").join(name);
        let investors: Vec<InvestorRow> = read(&folder.join("candidates.csv"))?;
        let candidates: Vec<Candidate> = investors
            .into_iter()
            .filter_map(InvestorRow::candidate)
            .collect();
        let places: HashMap<&str, usize> = (0..)
            .zip(&candidates)
            .map(|(place, candidate)| (candidate.investor_id.as_str(), place))
            .collect();
        let rows: Vec<QueryRow> = read(&folder.join("queries.csv"))?;
        let Some(opens) = rows.iter().map(|row| row.date).min() else {
            bail!("{} has no query", folder.display());
        };
        let mut queries: Vec<Query> = rows.into_iter().filter_map(QueryRow::query).collect();
        let numbers: HashMap<String, usize> = (0..)
            .zip(&queries)
            .map(|(number, query)| (query.round_id.clone(), number))
            .collect();
        let find = |row: &PairRow| {
            Some((
                *numbers.get(&row.round_id)?,
                *places.get(row.investor_id.as_str())?,
            ))
        };
        for row in read::<PairRow>(&folder.join("qrels.csv"))? {
            if let Some((query, place)) = find(&row) {
                queries[query].right.push((place, row.cross_border == 1));
            }
        }
        for row in read::<PairRow>(&folder.join("exclude_prior_investors.csv"))? {
            if let Some((query, place)) = find(&row) {
                queries[query].prior.insert(place);
            }
        }
        Ok(Window {
            opens,
            queries,
            candidates,
        })
    }
}

impl RoundRow {
    fn raised(self) -> Option<Raised> {
        raised(&self.startup_id, self.date, &self.stage, self.amount_usd)
    }
}

impl QueryRow {
    fn query(self) -> Option<Query> {
        Some(Query {
            raised: raised(&self.startup_id, self.date, &self.stage, self.amount_usd)?,
            groups: [
                (self.cold == 1, Group::Cold),
                (self.lifesci == 1, Group::LifeScience),
                (self.nonus == 1, Group::Abroad),
                (self.stage == "seed", Group::Seed),
            ]
            .into_iter()
            .filter_map(|(is_in, group)| is_in.then_some(group))
            .collect(),
            round_id: self.round_id,
            right: Vec::new(),
            prior: HashSet::new(),
        })
    }
}

fn raised(startup: &str, on: Date, stage: &str, amount_usd: Option<f64>) -> Option<Raised> {
    Some(Raised {
        startup: organisation(startup)?,
        round: RoundFacts {
            stage: stage_of_name(stage),
            band: amount_usd.and_then(band),
            entity_country: None,
            opened_on: on,
            closes_on: None,
            closed: true,
            instruments: Vec::new(),
        },
    })
}

fn band(usd: f64) -> Option<AmountBand> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float is cut to the range of the integer"
    )]
    (usd > 0.0).then(|| AmountBand::of_usd(usd as i64))
}

impl StartupRow {
    fn facts(self) -> Option<Facts> {
        let country = region_of_country_alpha3(&self.country);
        let place = |name: &str| {
            (!name.is_empty() && country.is_some()).then(|| format!("{}/{name}", self.country))
        };
        let id = organisation(&self.startup_id)?;
        Some(Facts {
            home: country,
            places: Places {
                subdivision: place(&self.state),
                area: place(&self.region),
                city: place(&self.city),
            },
            sectors: sector_of_category(&self.sector).into_iter().collect(),
            texts: self
                .tags
                .split('|')
                .filter(|tag| !tag.is_empty())
                .map(str::to_owned)
                .collect(),
            ..Facts::bare(id, tie_key(id), Kind::Startup, house(id))
        })
    }
}

impl InvestorRow {
    fn facts(self) -> Option<Facts> {
        let id = organisation(&self.investor_id)?;
        let mut facts = Facts::bare(id, tie_key(id), Kind::Investor, house(id));
        if self.kind == "accelerator" {
            facts.kinds.push(Kind::Incubator);
        }
        Some(facts)
    }

    fn candidate(self) -> Option<Candidate> {
        Some(Candidate {
            organisation: organisation(&self.investor_id)?,
            is_accelerator: self.kind == "accelerator",
            investor_id: self.investor_id,
        })
    }
}

/// The organisation of a pseudonym: a letter and a number.
fn organisation(pseudonym: &str) -> Option<OrganisationId> {
    let mut characters = pseudonym.chars();
    let kind = u128::from(u32::from(characters.next()?));
    let number: u64 = characters.as_str().parse().ok()?;
    Some(OrganisationId::from_uuid(Uuid::from_u128(
        kind << 64 | u128::from(number),
    )))
}

/// Without a pattern, as if drawn: the finaliser of `SplitMix64`.
fn tie_key(id: OrganisationId) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "the lower bits are wanted")]
    let mut mixed = id.uuid().as_u128() as u64 ^ (id.uuid().as_u128() >> 64) as u64;
    mixed = mixed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    u32::try_from(mixed >> 32).expect("the upper half of 64 bits")
}

/// A house of one: startups have even numbers, investors odd ones.
fn house(id: OrganisationId) -> u32 {
    let (letter, number) = id.uuid().as_u64_pair();
    u32::try_from(2 * number + letter % 2).unwrap_or(u32::MAX)
}

/// The rows of a CSV file, plain or packed.
fn read<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    let name = path.display();
    let file = File::open(path).with_context(|| format!("{name} cannot be opened"))?;
    let bytes: Box<dyn Read> = if path.extension().is_some_and(|end| end == "gz") {
        Box::new(flate2::read::MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    csv::Reader::from_reader(bytes)
        .into_deserialize()
        .collect::<Result<_, _>>()
        .with_context(|| format!("{name} cannot be read"))
}
