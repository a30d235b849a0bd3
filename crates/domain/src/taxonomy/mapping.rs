//! Other people's words for our terms: venture-data categories, round names, the four phases of Japanese venture
//! capital, ISO codes in other spellings.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use super::{Axis, Code, Fault, Label, OnAxis, RegionCode, SectorCode, StageCode, load, taxonomy};

const CATEGORIES: &str = "mappings/venture_categories.toml";
const STAGES: &str = "mappings/stages.toml";
const REGIONS: &str = "regions/aliases.tsv";

/// One of シード, アーリー, ミドル, レイター: a stretch of the financing ladder.
#[derive(Clone, Debug)]
pub struct Phase {
    /// `seed`, `early`, `middle` or `late`.
    pub code: String,
    /// What people read.
    pub label: Label,
    /// Its first rung.
    pub first: StageCode,
    /// Its last rung, included.
    pub last: StageCode,
}

/// The sector of a category or tag of venture data (`games_video`, `Curated Web`, `SaaS`).
///
/// Case, width, spaces, hyphens and underscores do not matter. `None` for what is unknown and for names that say
/// nothing of a sector (`other`).
pub fn sector_of_category(name: &str) -> Option<SectorCode> {
    look_up(&MAPPINGS.categories, name)
}

/// The stage of a round or phase name (`Series A`, `series_c_plus`, `アーリー`), read as
/// [`sector_of_category`] reads. A name that covers several rungs gives the most usual one.
pub fn stage_of_name(name: &str) -> Option<StageCode> {
    look_up(&MAPPINGS.stages, name)
}

/// シード, アーリー, ミドル, レイター, in order.
pub fn phases() -> &'static [Phase] {
    &MAPPINGS.phases
}

/// The country of an ISO 3166-1 alpha-3 code, in any case.
pub fn region_of_country_alpha3(code: &str) -> Option<RegionCode> {
    if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        region_of_iso(code)
    } else {
        None
    }
}

/// The region of an ISO code in any case: alpha-2, alpha-3, ISO 3166-2, and codes of these that were withdrawn or
/// are in common use (`UK`, `US-PR`).
pub fn region_of_iso(code: &str) -> Option<RegionCode> {
    let code = code.trim().to_ascii_uppercase();
    if let Ok(region) = code.parse() {
        return Some(region);
    }
    let index = MAPPINGS.regions.get(&code)?;
    Code::from_index(*index)
}

/// What is wrong with the mapping files.
pub(super) fn faults() -> &'static [Fault] {
    &MAPPINGS.faults
}

#[derive(Default)]
struct Mappings {
    categories: HashMap<String, u16>,
    stages: HashMap<String, u16>,
    phases: Vec<Phase>,
    regions: HashMap<String, u16>,
    faults: Vec<Fault>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NameFile {
    #[serde(default)]
    phases: Vec<PhaseLine>,
    names: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PhaseLine {
    code: String,
    en: String,
    ja: String,
    first: StageCode,
    last: StageCode,
}

static MAPPINGS: LazyLock<Mappings> = LazyLock::new(|| {
    let mut mappings = Mappings::default();
    let categories = include_str!("../../data/mappings/venture_categories.toml");
    if let Some(file) = mappings.read(CATEGORIES, categories) {
        mappings.categories = mappings.names(CATEGORIES, Axis::Sectors, file.names);
    }
    let stages = include_str!("../../data/mappings/stages.toml");
    if let Some(file) = mappings.read(STAGES, stages) {
        mappings.stages = mappings.names(STAGES, Axis::Stages, file.names);
        mappings.phases = file.phases.into_iter().map(phase).collect();
    }
    mappings.read_aliases(include_str!("../../data/regions/aliases.tsv"));
    mappings
});

impl Mappings {
    fn read(&mut self, file: &'static str, text: &str) -> Option<NameFile> {
        load::parse(file, text)
            .map_err(|fault| self.faults.push(fault))
            .ok()
    }

    fn names(
        &mut self,
        file: &'static str,
        axis: Axis,
        names: BTreeMap<String, Vec<String>>,
    ) -> HashMap<String, u16> {
        let mut known = HashMap::new();
        for (code, names) in names {
            let target = taxonomy(axis).find(&code);
            for name in names {
                let earlier = target.and_then(|target| known.insert(plain(&name), target));
                if target.is_none() || earlier.is_some() {
                    let code = code.clone();
                    self.faults.push(Fault::BadMapping { file, name, code });
                }
            }
        }
        known
    }

    fn read_aliases(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (alias, code) = line.split_once('\t').unwrap_or((line, ""));
            match taxonomy(Axis::Regions).find(code) {
                Some(index) => {
                    self.regions.insert(alias.to_owned(), index);
                }
                None => self.faults.push(Fault::BadMapping {
                    file: REGIONS,
                    name: alias.to_owned(),
                    code: code.to_owned(),
                }),
            }
        }
    }
}

fn phase(line: PhaseLine) -> Phase {
    Phase {
        code: line.code,
        label: Label {
            en: line.en,
            ja: line.ja,
        },
        first: line.first,
        last: line.last,
    }
}

fn look_up<A: OnAxis>(names: &HashMap<String, u16>, name: &str) -> Option<Code<A>> {
    names.get(&plain(name)).copied().and_then(Code::from_index)
}

/// A name without what people write differently: case, width, spaces and punctuation but `+` and `&`.
fn plain(name: &str) -> String {
    let spelled = name.nfkc().collect::<String>().to_lowercase();
    let spelled = spelled.replace('+', "plus").replace('&', "and");
    spelled
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect()
}
