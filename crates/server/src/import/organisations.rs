//! Rows of organisations: profiles.

use std::collections::HashMap;

use domain::{
    DocumentKind, Kind, Line, Name, Names, OrganisationId, Profile, RegionCode, Review, SectorCode,
    StageCode, Texts,
    taxonomy::{region_of_iso, sector_of_category, stage_of_name},
};
use serde_json::Value;
use store::{
    Conn, StoreError,
    documents::{self, Archived, Stored},
    organisations::{self, Organisation},
};

use super::{
    batch::{Plan, Writer},
    mapping::FileMapping,
    report::Code,
    row::{Fault, Row},
};

/// An organisation as a row has it.
pub(super) struct Draft {
    pub(super) line: u64,
    pub(super) external_id: String,
    kind: Kind,
    body: Value,
}

/// Field → member of the profile that it decides.
const KEYS: &[(&[&str], &str)] = &[
    (&["also_acts_as"], "also_acts_as"),
    (&["name", "name_en", "name_ja", "name_reading"], "names"),
    (&["summary", "summary_en", "summary_ja"], "summary"),
    (&["corporate_number"], "corporate_number"),
    (&["country", "subdivision"], "home"),
    (&["city"], "city"),
    (&["languages"], "languages"),
    (&["sectors", "tags"], "sectors"),
    (&["modalities"], "modalities"),
    (&["indications"], "indications"),
    (&["stages"], "stages"),
    (&["founded_on"], "founded_on"),
    (&["employees"], "employees"),
    (&["website"], "website"),
];

/// The members of the profile that the file decides.
pub(super) fn keys(mapping: &FileMapping) -> Vec<&'static str> {
    KEYS.iter()
        .filter(|(fields, _)| mapping.names_any(fields))
        .map(|(_, key)| *key)
        .collect()
}

/// Reads a row.
pub(super) fn draft(row: &Row<'_>, line: u64, mapping: &FileMapping) -> Result<Draft, Fault> {
    let external_id = row.required("external_id")?;
    let kind = row.required("kind")?;
    let kind =
        Kind::from_code(&kind).ok_or_else(|| Fault::new("kind", Code::UnknownKind, &kind))?;
    let profile = profile(row, mapping)?;
    Ok(Draft {
        line,
        external_id,
        kind,
        body: serde_json::to_value(profile).expect("a profile is plain data"),
    })
}

fn profile(row: &Row<'_>, mapping: &FileMapping) -> Result<Profile, Fault> {
    Ok(Profile {
        names: names(row)?,
        also_acts_as: also_acts_as(row)?,
        summary: texts(row, ["summary", "summary_en", "summary_ja"])?,
        corporate_number: row
            .one("corporate_number")
            .map(|text| {
                let fault = Fault::new("corporate_number", Code::BadNumber, &text);
                text.try_into().map_err(|_| fault)
            })
            .transpose()?,
        home: home(row, mapping),
        city: row.parse::<Line<100>>("city", Code::BadText)?,
        languages: row
            .many("languages")
            .into_iter()
            .map(|text| {
                let fault = Fault::new("languages", Code::UnknownValue, &text);
                text.try_into().map_err(|_| fault)
            })
            .collect::<Result<_, _>>()?,
        sectors: sectors(row),
        modalities: row.parse_many("modalities", Code::UnknownValue)?,
        indications: row.parse_many("indications", Code::UnknownValue)?,
        needs: Vec::new(),
        offers: Vec::new(),
        stages: stages(row),
        founded_on: row.date("founded_on")?,
        employees: row.parse("employees", Code::BadNumber)?,
        website: row
            .parse::<Line<500>>("website", Code::BadText)?
            .map(|line| {
                let fault = Fault::new("website", Code::BadText, line.as_str());
                line.try_into().map_err(|_| fault)
            })
            .transpose()?,
        incubation: None,
        manufacturing: None,
    })
}

fn names(row: &Row<'_>) -> Result<Names, Fault> {
    let texts: Texts<Name> = texts(row, ["name", "name_en", "name_ja"])?;
    let reading = row.parse("name_reading", Code::BadText)?;
    Names::new(texts, reading).map_err(|_| Fault {
        field: Some("name"),
        code: Code::MissingValue,
        value: None,
    })
}

/// A text whose language is stated, and one whose script tells it.
fn texts<T: std::str::FromStr>(
    row: &Row<'_>,
    [any, en, ja]: [&'static str; 3],
) -> Result<Texts<T>, Fault> {
    let mut texts = Texts {
        en: row.parse(en, Code::BadText)?,
        ja: row.parse(ja, Code::BadText)?,
        original: None,
    };
    let Some(text) = row.one(any) else {
        return Ok(texts);
    };
    let parsed = text
        .parse()
        .map_err(|_| Fault::new(any, Code::BadText, &text))?;
    match script(&text) {
        Script::Japanese if texts.ja.is_none() => texts.ja = Some(parsed),
        Script::Latin if texts.en.is_none() => texts.en = Some(parsed),
        _ => texts.original = Some(parsed),
    }
    Ok(texts)
}

enum Script {
    Japanese,
    Latin,
    Other,
}

/// Kana and kanji are taken for Japanese: this is a hub in Japan.
fn script(text: &str) -> Script {
    let japanese = |c: char| matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{FF66}'..='\u{FF9F}');
    if text.chars().any(japanese) {
        Script::Japanese
    } else if text
        .chars()
        .all(|c| (c as u32) < 0x0250 || !c.is_alphabetic())
    {
        Script::Latin
    } else {
        Script::Other
    }
}

fn also_acts_as(row: &Row<'_>) -> Result<Vec<Kind>, Fault> {
    row.many("also_acts_as")
        .into_iter()
        .map(|text| {
            Kind::from_code(&text)
                .ok_or_else(|| Fault::new("also_acts_as", Code::UnknownKind, &text))
        })
        .collect()
}

/// Home as narrow as the codes tell. A mapping of the codes of `subdivision` names them with their country: `JPN-40`.
fn home(row: &Row<'_>, mapping: &FileMapping) -> Option<RegionCode> {
    let written = row.one("country")?;
    let Some(country) = region_of_iso(&written) else {
        row.note("country", Code::UnknownCountry, &written);
        return None;
    };
    let Some(part) = row.one("subdivision") else {
        return Some(country);
    };
    let named = format!("{written}-{part}");
    let codes = mapping.codes.get("subdivision");
    if let Some(code) = codes.and_then(|codes| codes.get(&named)) {
        return region_of_iso(code).or(Some(country));
    }
    let is_iso = mapping
        .iso_subdivisions_of
        .as_ref()
        .is_none_or(|countries| {
            countries
                .iter()
                .any(|code| region_of_iso(code) == Some(country))
        });
    let iso = if part.contains('-') {
        part
    } else {
        format!("{}-{part}", country.code())
    };
    let found = region_of_iso(&iso).filter(|region| is_iso && region.is_within(country));
    if found.is_none() {
        row.note("subdivision", Code::UnknownRegionFellBack, &named);
    }
    found.or(Some(country))
}

/// Sectors by code or by category name, then those of the tags.
fn sectors(row: &Row<'_>) -> Vec<SectorCode> {
    let mut sectors = Vec::new();
    for (field, code) in [("sectors", Code::UnknownSector), ("tags", Code::UnknownTag)] {
        for text in row.many(field) {
            match text.parse().ok().or_else(|| sector_of_category(&text)) {
                Some(sector) if sectors.contains(&sector) => {}
                Some(sector) => sectors.push(sector),
                None => row.note(field, code, &text),
            }
        }
    }
    sectors
}

fn stages(row: &Row<'_>) -> Vec<StageCode> {
    let mut stages = Vec::new();
    for text in row.many("stages") {
        match text.parse().ok().or_else(|| stage_of_name(&text)) {
            Some(stage) if stages.contains(&stage) => {}
            Some(stage) => stages.push(stage),
            None => row.note("stages", Code::UnknownStage, &text),
        }
    }
    stages
}

/// What the drafts change.
pub(super) fn plan(
    conn: &mut Conn,
    writer: &Writer<'_>,
    drafts: &[Draft],
    keys: &[&str],
) -> Result<Plan, StoreError> {
    let external_ids: Vec<String> = drafts
        .iter()
        .map(|draft| draft.external_id.clone())
        .collect();
    let known: HashMap<String, Organisation> =
        organisations::list_by_external_ids(conn, &external_ids)?
            .into_iter()
            .filter_map(|known| Some((known.external_id.clone()?, known)))
            .collect();
    let ids: Vec<OrganisationId> = known.values().map(|known| known.id).collect();
    let profiles: HashMap<OrganisationId, (Stored, Archived)> =
        documents::list_of_kind(conn, &ids, DocumentKind::Profile)?
            .into_iter()
            .map(|known| (known.0.organisation, known))
            .collect();
    let mut plan = Plan::default();
    for draft in drafts {
        let organisation = known.get(&draft.external_id);
        if let Some(fault) = organisation.and_then(|known| stands_against(known, draft)) {
            plan.refuse(draft.line, fault);
            continue;
        }
        let id = organisation.map_or_else(|| new_organisation(writer, draft, &mut plan), |o| o.id);
        let wanted = writer.document(id, DocumentKind::Profile, None, &draft.body);
        plan.document(draft.line, wanted, keys, profiles.get(&id));
    }
    Ok(plan)
}

fn stands_against(known: &Organisation, draft: &Draft) -> Option<Fault> {
    if known.kind != draft.kind {
        return Some(Fault::new("kind", Code::KindIsFixed, draft.kind.code()));
    }
    known
        .archived_at
        .map(|_| Fault::new("external_id", Code::Archived, &draft.external_id))
}

/// Staff import it, so staff have reviewed it.
fn new_organisation(writer: &Writer<'_>, draft: &Draft, plan: &mut Plan) -> OrganisationId {
    let uuid = writer.new_uuid();
    let id = OrganisationId::from_uuid(uuid);
    let [.., a, b, c, d] = *uuid.as_bytes();
    plan.organisations.push(Organisation {
        id,
        kind: draft.kind,
        external_id: Some(draft.external_id.clone()),
        review: Review::Approved,
        // The last bits of such an id are random.
        tie_key: u32::from_be_bytes([a, b, c, d]),
        created_at: writer.now,
        changed_at: writer.now,
        archived_at: None,
        version: 1,
    });
    id
}
