//! Rows of investments: who invested in whom.

use std::collections::HashMap;

use domain::{InvestmentId, Noun};
use store::{
    Conn, StoreError,
    investments::{self, Investment},
};

use super::{
    batch::{Plan, Writer},
    mapping::FileMapping,
    report::Code,
    rounds::{Facts, stage},
    row::{Fault, Row},
};

/// An investment as a row and its round have it.
pub(super) struct Draft {
    pub(super) line: u64,
    pub(super) external_id: String,
    pub(super) investor: String,
    pub(super) startup: String,
    facts: Facts,
    lead: Option<bool>,
}

/// Reads a row. What it does not say, its round does, if that was read before.
pub(super) fn draft(
    row: &Row<'_>,
    line: u64,
    rounds: &HashMap<String, Facts>,
) -> Result<Draft, Fault> {
    let round = round(row, rounds);
    let stage = stage(row).unwrap_or_else(|fault| {
        row.note(
            "stage",
            fault.code,
            fault.value.as_deref().unwrap_or_default(),
        );
        None
    });
    let from_round = |missing: Fault| {
        round
            .and_then(|round| round.organisation.clone())
            .ok_or(missing)
    };
    let date = row
        .date("date")?
        .or_else(|| round.and_then(|round| round.date));
    let startup = row.required("startup").or_else(from_round)?;
    let investor = row.required("investor")?;
    let external_id = match row.one("external_id") {
        Some(external_id) => external_id,
        // One investor invests in one round once.
        None => format!("{}/{investor}", row.required("round")?),
    };
    Ok(Draft {
        line,
        external_id,
        investor,
        startup,
        facts: Facts {
            organisation: None,
            date,
            stage: stage.or_else(|| round.and_then(|round| round.stage)),
            amount: row
                .money()?
                .or_else(|| round.and_then(|round| round.amount)),
        },
        lead: row.truth("lead")?,
    })
}

/// The round of the row. Where rounds were read, one that was not among them is noted.
fn round<'a>(row: &Row<'_>, rounds: &'a HashMap<String, Facts>) -> Option<&'a Facts> {
    let name = row.one("round")?;
    let found = rounds.get(&name);
    if found.is_none() && !rounds.is_empty() {
        row.note("round", Code::UnknownRound, &name);
    }
    found
}

/// What the drafts change.
pub(super) fn plan(
    conn: &mut Conn,
    writer: &Writer<'_>,
    drafts: &[Draft],
    mapping: &FileMapping,
) -> Result<Plan, StoreError> {
    let external_ids: Vec<String> = drafts
        .iter()
        .map(|draft| draft.external_id.clone())
        .collect();
    let known: HashMap<String, Investment> =
        investments::list_by_external_ids(conn, &external_ids)?
            .into_iter()
            .filter_map(|known| Some((known.external_id.clone()?, known)))
            .collect();
    let mut plan = Plan::default();
    for draft in drafts {
        let known = known.get(&draft.external_id);
        match investment(writer, draft, known, mapping) {
            Err(fault) => plan.refuse(draft.line, fault),
            Ok(wanted) if known == Some(&wanted) => plan.counts.unchanged += 1,
            Ok(mut wanted) => {
                match known {
                    None => plan.counts.created += 1,
                    Some(known) => {
                        wanted.version = known.version + 1;
                        plan.counts.updated += 1;
                    }
                }
                plan.investments.push(wanted);
            }
        }
    }
    // The snapshots read all investments anew for one note.
    let last = plan.investments.last().map(|last| last.id.uuid());
    plan.notes.extend(last.map(|id| (Noun::Investment, id)));
    Ok(plan)
}

/// The investment as it is to be, in the version that is known.
fn investment(
    writer: &Writer<'_>,
    draft: &Draft,
    known: Option<&Investment>,
    mapping: &FileMapping,
) -> Result<Investment, Fault> {
    let side = |field, name: &str| {
        writer
            .known(name)
            .ok_or_else(|| Fault::new(field, Code::UnknownOrganisation, name))
    };
    let investor = side("investor", &draft.investor)?;
    let startup = side("startup", &draft.startup)?;
    if investor == startup {
        return Err(Fault::new(
            "investor",
            Code::SameOrganisation,
            &draft.investor,
        ));
    }
    let announced_on = draft
        .facts
        .date
        .or(known.map(|known| known.announced_on))
        .ok_or(Fault {
            field: Some("date"),
            code: Code::MissingValue,
            value: None,
        })?;
    // A file that tells no stage does not take away the one that is there.
    let stage = draft.facts.stage.or_else(|| {
        let told = mapping.names_any(&["stage"]);
        known.filter(|_| !told).and_then(|known| known.stage)
    });
    let amount = draft.facts.amount.or_else(|| {
        let told = mapping.names_any(&["amount"]);
        known.filter(|_| !told).and_then(|known| known.amount)
    });
    Ok(Investment {
        id: known.map_or_else(
            || InvestmentId::from_uuid(writer.new_uuid()),
            |known| known.id,
        ),
        version: known.map_or(1, |known| known.version),
        external_id: Some(draft.external_id.clone()),
        investor,
        startup,
        announced_on,
        stage,
        amount,
        lead: draft
            .lead
            .or(known.map(|known| known.lead))
            .unwrap_or(false),
    })
}
