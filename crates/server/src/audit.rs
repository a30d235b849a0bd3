//! `nakodo audit`: the chain of the audit log, checked and printed.

use std::io::Write;

use api::Clock;
use domain::{Noun, Party};
use serde_json::json;
use store::{
    StoreError,
    audit::{self, Filter, Sealed},
    journal::{self, Change},
};

use crate::config::{Audit, AuditExport, AuditVerify};

/// Rows printed at once.
const PAGE: i64 = 2_000;

pub(crate) fn run(audit: &Audit) -> anyhow::Result<()> {
    match audit {
        Audit::Verify(verify) => verify_chain(verify),
        Audit::Export(export) => print_chain(export),
    }
}

fn verify_chain(verify: &AuditVerify) -> anyhow::Result<()> {
    let store = verify.database.open()?;
    let (head, unsealed) = audit::verify(&store, &verify.anchor)?;
    crate::print(&format!(
        "The audit log is whole: {} rows, {unsealed} to be sealed.\nHead: {head}\n",
        head.position
    ))
}

fn print_chain(export: &AuditExport) -> anyhow::Result<()> {
    let store = export.database.open()?;
    note_export(&store, export.after)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut after = export.after;
    loop {
        let page =
            |conn: &mut store::Conn| audit::list_sealed(conn, &Filter::default(), after, PAGE);
        let rows = store.read::<_, StoreError>(page)?;
        let Some(last) = rows.last() else { break };
        after = last.position;
        for row in &rows {
            writeln!(out, "{}", line(row))?;
        }
    }
    Ok(out.flush()?)
}

/// Who exports from the database is not known to it; that it was done is. The row is of the next export, once it is sealed.
fn note_export(store: &store::Store, after: i64) -> anyhow::Result<()> {
    let now = Clock::Machine.now();
    let taken = Change {
        action: "exported",
        noun: Noun::Audit,
        id: api::uuid_at(now),
        version: 1,
        person: None,
        party: Some(Party::System),
        detail: json!({"after": after}),
    };
    store.write::<_, StoreError>(|conn| journal::insert_reading(conn, &taken, now))?;
    Ok(())
}

fn line(row: &Sealed) -> serde_json::Value {
    let entry = &row.entry;
    json!({
        "position": row.position,
        "seq": entry.seq,
        "at": entry.at,
        "person": entry.person,
        "party": entry.party,
        "action": entry.action,
        "noun": entry.noun,
        "id": entry.subject,
        "version": entry.version,
        "detail": entry.detail,
        "previous_seal": row.previous_seal,
        "seal": row.seal,
    })
}
