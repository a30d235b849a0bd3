//! Rows of rounds, and what investments take from them.

use std::collections::HashMap;

use domain::{DocumentKind, Money, OrganisationId, Round, StageCode, taxonomy::stage_of_name};
use jiff::civil::Date;
use serde_json::Value;
use store::{
    Conn, StoreError,
    documents::{self, Archived, Stored},
};

use super::{
    batch::{Plan, Writer},
    mapping::FileMapping,
    report::Code,
    row::{Fault, Row},
};

/// A round as a row has it.
pub(super) struct Draft {
    pub(super) line: u64,
    pub(super) external_id: String,
    pub(super) organisation: String,
    body: Value,
}

/// What an investment takes from its round. A round without a stage is refused, and yet tells date and amount.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) organisation: Option<String>,
    pub(super) date: Option<Date>,
    pub(super) stage: Option<StageCode>,
    pub(super) amount: Option<Money>,
}

/// Field → member of the round that it decides.
const KEYS: &[(&str, &str)] = &[
    ("date", "opened_on"),
    ("closes_on", "closes_on"),
    ("stage", "stage"),
    ("amount", "amount"),
    ("closed", "closed"),
];

/// The members of the round that the file decides.
pub(super) fn keys(mapping: &FileMapping) -> Vec<&'static str> {
    KEYS.iter()
        .filter(|(field, _)| mapping.names_any(&[field]))
        .map(|(_, key)| *key)
        .collect()
}

/// What a row tells of a round even if the rest of it is bad.
pub(super) fn facts(row: &Row<'_>) -> Facts {
    Facts {
        organisation: row.one("organisation"),
        date: row.date("date").ok().flatten(),
        stage: stage(row).ok().flatten(),
        amount: row.money().ok().flatten(),
    }
}

/// Reads a row. A round of the past is closed unless the file says otherwise.
pub(super) fn draft(row: &Row<'_>, line: u64) -> Result<Draft, Fault> {
    let missing = |field| Fault {
        field: Some(field),
        code: Code::MissingValue,
        value: None,
    };
    let round = Round {
        stage: stage(row)?.ok_or(missing("stage"))?,
        opened_on: row.date("date")?.ok_or(missing("date"))?,
        closes_on: row.date("closes_on")?,
        closed: row.truth("closed")?.unwrap_or(true),
        amount: row.money()?,
        instruments: Vec::new(),
        minimum: None,
        committed: None,
        lead: None,
        use_of_funds: domain::Texts::default(),
        entity_country: None,
        tranches: Vec::new(),
        grants: Vec::new(),
        existing_investors: Vec::new(),
    };
    Ok(Draft {
        line,
        external_id: row.required("external_id")?,
        organisation: row.required("organisation")?,
        body: serde_json::to_value(round).expect("a round is plain data"),
    })
}

/// A stage by its code or by the name of a round.
pub(super) fn stage(row: &Row<'_>) -> Result<Option<StageCode>, Fault> {
    row.one("stage")
        .map(|text| {
            let found = text.parse().ok().or_else(|| stage_of_name(&text));
            found.ok_or_else(|| Fault::new("stage", Code::UnknownStage, &text))
        })
        .transpose()
}

/// What the drafts change.
pub(super) fn plan(
    conn: &mut Conn,
    writer: &Writer<'_>,
    drafts: &[Draft],
    keys: &[&str],
) -> Result<Plan, StoreError> {
    let mut startups: Vec<OrganisationId> = drafts
        .iter()
        .filter_map(|draft| writer.known(&draft.organisation))
        .collect();
    startups.sort_unstable();
    startups.dedup();
    let known: HashMap<(OrganisationId, String), (Stored, Archived)> =
        documents::list_of_kind(conn, &startups, DocumentKind::Round)?
            .into_iter()
            .filter_map(|known| {
                let external_id = known.0.external_id.clone()?;
                Some(((known.0.organisation, external_id), known))
            })
            .collect();
    let mut plan = Plan::default();
    for draft in drafts {
        let Some(startup) = writer.known(&draft.organisation) else {
            let name = &draft.organisation;
            plan.refuse(
                draft.line,
                Fault::new("organisation", Code::UnknownOrganisation, name),
            );
            continue;
        };
        let external_id = Some(draft.external_id.as_str());
        let wanted = writer.document(startup, DocumentKind::Round, external_id, &draft.body);
        let known = known.get(&(startup, draft.external_id.clone()));
        plan.document(draft.line, wanted, keys, known);
    }
    Ok(plan)
}
