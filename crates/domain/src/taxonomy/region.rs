//! Regions: where they come from, how wide they are, and how near one lies to another.

use serde::Deserialize;

use super::{Axis, Fault, Label, RegionCode, Taxonomy, load::parse, taxonomy, tree::Entry};

const WORLD: &str = "001";

/// How wide a region is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RegionLevel {
    /// Everything.
    World,
    /// A continent of UN M.49, such as Asia.
    Continent,
    /// A part of a continent of UN M.49, such as Eastern Asia.
    Subregion,
    /// Countries that act or are spoken of together, such as DACH. It has no say in [`containment`] but as a target.
    Bloc,
    /// A country or territory of ISO 3166-1.
    Country,
    /// A subdivision of ISO 3166-2.
    Subdivision,
    /// A part of the world people speak of that no standard codes, such as Kansai or the Bay Area.
    Area,
}

impl RegionLevel {
    /// Whether it is ours and not from a standard.
    pub fn is_area(self) -> bool {
        matches!(self, RegionLevel::Area | RegionLevel::Bloc)
    }
}

/// How near a place lies to a region somebody looks for, nearest first. The numbers are part of the meaning.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Containment {
    /// The very region.
    Same = 0,
    /// Inside the region looked for: Osaka for Japan.
    Within = 1,
    /// Both in one area: Osaka for Kyoto. A place that is itself the area around the region looked for counts too.
    SameArea = 2,
    /// Both in one country: Osaka for Tokyo, Japan for Tokyo.
    SameCountry = 3,
    /// Both in one part of a continent: Osaka for Seoul.
    SameSubregion = 4,
    /// Both on one continent: Osaka for Singapore.
    SameContinent = 5,
    /// Nothing in common but the world.
    Elsewhere = 6,
}

/// How near `place` lies to `target`. Not symmetric: Osaka is within Japan, Japan is only in Osaka's country.
pub fn containment(place: RegionCode, target: RegionCode) -> Containment {
    let regions = taxonomy(Axis::Regions);
    if place == target {
        return Containment::Same;
    }
    if place.is_within(target) {
        return Containment::Within;
    }
    let share = |level| share(regions, level, place.index(), target.index());
    if share(RegionLevel::Area) {
        Containment::SameArea
    } else if share(RegionLevel::Country) {
        Containment::SameCountry
    } else if share(RegionLevel::Subregion) {
        Containment::SameSubregion
    } else if share(RegionLevel::Continent) {
        Containment::SameContinent
    } else {
        Containment::Elsewhere
    }
}

/// Whether one region of `level` holds both or is one of them.
fn share(regions: &Taxonomy, level: RegionLevel, a: u16, b: u16) -> bool {
    std::iter::once(&a)
        .chain(regions.ancestors(a))
        .any(|&around| regions.term(around).level == Some(level) && regions.is_within(b, around))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AreaFile {
    areas: Vec<AreaLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AreaLine {
    code: String,
    level: RegionLevel,
    within: String,
    en: String,
    ja: String,
    #[serde(default)]
    members: Vec<String>,
}

/// The world as CLDR has it, with our areas laid over it; what others lie in comes first.
pub(super) fn entries() -> Result<Vec<Entry>, Fault> {
    let mut entries = world(include_str!("../../data/regions/cldr.tsv"))?;
    let file: AreaFile = parse(
        "regions/areas.toml",
        include_str!("../../data/regions/areas.toml"),
    )?;
    for area in file.areas {
        add_area(&mut entries, area)?;
    }
    Ok(parents_first(entries))
}

fn world(text: &str) -> Result<Vec<Entry>, Fault> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(world_line).collect()
}

fn world_line(line: &str) -> Result<Entry, Fault> {
    let columns: Vec<&str> = line.split('\t').collect();
    let &[code, parent, en, ja] = columns.as_slice() else {
        return Err(Fault::Unreadable {
            file: "regions/cldr.tsv",
            reason: format!("not four columns: {line}"),
        });
    };
    Ok(Entry {
        code: code.to_owned(),
        label: Label {
            en: en.to_owned(),
            ja: ja.to_owned(),
        },
        parent: (code != WORLD).then(|| parent.to_owned()),
        also_in: Vec::new(),
        level: Some(level(code, parent)),
    })
}

/// What the form of a standard's code says.
fn level(code: &str, parent: &str) -> RegionLevel {
    if code == WORLD {
        RegionLevel::World
    } else if code.contains('-') {
        RegionLevel::Subdivision
    } else if code.len() == 2 {
        RegionLevel::Country
    } else if parent == WORLD {
        RegionLevel::Continent
    } else {
        RegionLevel::Subregion
    }
}

fn add_area(entries: &mut Vec<Entry>, area: AreaLine) -> Result<(), Fault> {
    for member in &area.members {
        let Some(entry) = entries.iter_mut().find(|entry| entry.code == *member) else {
            return Err(Fault::BadMapping {
                file: "regions/areas.toml",
                name: area.code,
                code: member.clone(),
            });
        };
        entry.also_in.push(area.code.clone());
    }
    entries.push(Entry {
        code: area.code,
        label: Label {
            en: area.en,
            ja: area.ja,
        },
        parent: Some(area.within),
        also_in: Vec::new(),
        level: Some(area.level),
    });
    Ok(())
}

/// Moves each entry behind all it lies in. What lies in something unknown, or in itself, stays at the end, where
/// building the taxonomy refuses it.
fn parents_first(entries: Vec<Entry>) -> Vec<Entry> {
    let mut placed = std::collections::HashSet::new();
    let mut ordered = Vec::with_capacity(entries.len());
    let mut waiting = entries;
    loop {
        let before = waiting.len();
        let mut still = Vec::new();
        for entry in waiting {
            let mut above = entry.parent.iter().chain(&entry.also_in);
            if above.all(|code| placed.contains(code)) {
                placed.insert(entry.code.clone());
                ordered.push(entry);
            } else {
                still.push(entry);
            }
        }
        if still.len() == before {
            ordered.extend(still);
            return ordered;
        }
        waiting = still;
    }
}
