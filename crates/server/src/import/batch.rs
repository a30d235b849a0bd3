//! The part that writes: batches in short transactions, each whole or not at all.

use std::collections::HashMap;

use anyhow::Context;
use domain::{DocumentKind, Kind, Noun, OrganisationId, Party, Programme, ProgrammeId};
use jiff::Timestamp;
use serde_json::{Value, json};
use store::{
    Conn, Store, StoreError,
    documents::{self, Archived},
    investments::{self, Investment},
    journal::{self, Change},
    organisations::{self, Organisation},
    programmes,
};
use uuid::{ContextV7, Uuid};

use super::report::{Code, Counts};
use super::row::Fault;

/// How often a batch is tried that met a lock or another writer.
const ATTEMPTS_MAX: u32 = 3;

/// Batches of a file before the database counts its tables: few enough that reading a table whole does not hurt yet.
const BATCHES_UNCOUNTED: u32 = 10;

/// Whether an import writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// It does.
    Write,
    /// It reads and judges alone.
    DryRun,
}

/// What a batch is to write, and what became of its rows.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) organisations: Vec<Organisation>,
    /// Documents in their first versions.
    pub(super) new: Vec<documents::Stored>,
    /// Documents in the version they have now, with the body they are to have.
    pub(super) changed: Vec<documents::Stored>,
    pub(super) investments: Vec<Investment>,
    /// What the snapshots must read again.
    pub(super) notes: Vec<(Noun, Uuid)>,
    pub(super) counts: Counts,
    /// Line, fault; these rows were skipped.
    pub(super) refused: Vec<(u64, Fault)>,
}

impl Plan {
    fn is_empty(&self) -> bool {
        self.notes.is_empty()
    }

    /// The row at `line` is skipped.
    pub(super) fn refuse(&mut self, line: u64, fault: Fault) {
        self.counts.refused += 1;
        self.refused.push((line, fault));
    }

    /// Puts `body` where it differs from what there is, if `known`, by the fields that the file states.
    ///
    /// The fields in `keys` follow the file; the others stay as the members wrote them.
    pub(super) fn document(
        &mut self,
        line: u64,
        wanted: documents::Stored,
        keys: &[&str],
        known: Option<&(documents::Stored, Archived)>,
    ) {
        let note = (Noun::Organisation, wanted.organisation.uuid());
        match known {
            None => {
                self.counts.created += 1;
                self.notes.push(note);
                self.new.push(wanted);
            }
            Some((stored, Archived::Yes)) => {
                let name = stored.external_id.as_deref().unwrap_or_default();
                self.refuse(line, Fault::new("external_id", Code::Archived, name));
            }
            Some((stored, Archived::No)) => {
                let body = overlay(&stored.body, &wanted.body, keys);
                if body == stored.body {
                    self.counts.unchanged += 1;
                } else {
                    self.counts.updated += 1;
                    self.notes.push(note);
                    self.changed.push(documents::Stored {
                        body,
                        recorded_at: wanted.recorded_at.max(stored.recorded_at),
                        ..stored.clone()
                    });
                }
            }
        }
    }
}

/// `stored` with the members in `keys` as `wanted` has them; texts in several languages keep those that the file lacks.
fn overlay(stored: &Value, wanted: &Value, keys: &[&str]) -> Value {
    let mut body = stored.clone();
    let Some(members) = body.as_object_mut() else {
        return wanted.clone();
    };
    for &key in keys {
        let by_language = matches!(key, "names" | "summary");
        match (wanted.get(key), members.get_mut(key)) {
            (Some(Value::Object(new)), Some(Value::Object(old))) if by_language => {
                old.extend(new.clone());
            }
            (Some(new), _) => {
                members.insert(key.to_owned(), new.clone());
            }
            (None, _) => {
                members.remove(key);
            }
        }
    }
    body
}

/// Where an import writes to, and what it learnt on the way.
pub(super) struct Writer<'a> {
    store: &'a Store,
    mode: Mode,
    /// The instant of the import: every version has it.
    pub(super) now: Timestamp,
    /// Names the import in the audit.
    pub(super) import: Uuid,
    ids: ContextV7,
    hub: Option<ProgrammeId>,
    /// Batches that wrote since the file began.
    batches: u32,
    /// The organisations that were met: external id → which.
    known: HashMap<String, (OrganisationId, Kind)>,
}

impl<'a> Writer<'a> {
    /// A writer to `store`, or one that only judges.
    pub(super) fn new(store: &'a Store, mode: Mode, now: Timestamp) -> Writer<'a> {
        let ids = ContextV7::new();
        Writer {
            store,
            mode,
            now,
            import: new_uuid(&ids, now),
            ids,
            hub: None,
            batches: 0,
            known: HashMap::new(),
        }
    }

    /// A new id of the instant of the import; later ones sort behind.
    pub(super) fn new_uuid(&self) -> Uuid {
        new_uuid(&self.ids, self.now)
    }

    /// Runs `work` on a connection in a transaction: a writing one, unless this is a dry run. A batch that met a lock or
    /// another writer is tried again.
    pub(super) fn transaction<T>(
        &self,
        work: impl Fn(&mut Conn, Mode) -> Result<T, StoreError>,
    ) -> anyhow::Result<T> {
        let mut attempt = 1;
        loop {
            let result = match self.mode {
                Mode::Write => self.store.write(|conn| work(conn, Mode::Write)),
                Mode::DryRun => self.store.read(|conn| work(conn, Mode::DryRun)),
            };
            match result {
                Err(
                    StoreError::Unavailable(_) | StoreError::Stale(_) | StoreError::Duplicate(_),
                ) if attempt < ATTEMPTS_MAX => attempt += 1,
                result => {
                    return result.context("a batch could not be written; those before it were");
                }
            }
        }
    }

    /// Reads without writing.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, StoreError>,
    ) -> anyhow::Result<T> {
        self.store.read(work).context("the database cannot be read")
    }

    /// The programme `hub`, made if it is missing.
    pub(super) fn hub(&mut self) -> anyhow::Result<ProgrammeId> {
        if let Some(hub) = self.hub {
            return Ok(hub);
        }
        let now = self.now;
        // A dry run of an empty hub judges with an id that nothing has.
        let none = ProgrammeId::from_uuid(self.new_uuid());
        let hub = self.transaction(|conn, mode| {
            if mode == Mode::Write {
                crate::foundation::lay(conn, now)?;
            }
            match programmes::find_by_code(conn, Programme::HUB) {
                Ok(stored) => Ok(stored.id),
                Err(StoreError::NotFound(_)) => Ok(none),
                Err(error) => Err(error),
            }
        })?;
        self.hub = Some(hub);
        Ok(hub)
    }

    /// Remembers who is called so, for the files after this one.
    pub(super) fn remember(&mut self, external_id: String, id: OrganisationId, kind: Kind) {
        self.known.insert(external_id, (id, kind));
    }

    /// Learns who the organisations of these external ids are.
    pub(super) fn learn(&mut self, external_ids: Vec<String>) -> anyhow::Result<()> {
        let unknown: Vec<String> = external_ids
            .into_iter()
            .filter(|id| !self.known.contains_key(id))
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let found = self.read(|conn| organisations::list_by_external_ids(conn, &unknown))?;
        for organisation in found {
            if let Some(external_id) = organisation.external_id {
                self.remember(external_id, organisation.id, organisation.kind);
            }
        }
        Ok(())
    }

    /// Who is called so; after [`Writer::learn`].
    pub(super) fn known(&self, external_id: &str) -> Option<OrganisationId> {
        self.known.get(external_id).map(|(id, _)| *id)
    }

    /// Plans a batch and writes it, in one transaction: an organisation, its profile and its place in the hub together.
    ///
    /// The batch has one audit row and one event: `imported`, with the import and the counts in the detail. What each
    /// document was before stands in its versions.
    pub(super) fn batch(
        &mut self,
        noun: Noun,
        plan: impl Fn(&mut Conn, &Writer<'_>) -> Result<Plan, StoreError>,
    ) -> anyhow::Result<Plan> {
        let hub = self.hub()?;
        let writer = &*self;
        let plan = writer.transaction(|conn, mode| {
            let plan = plan(conn, writer)?;
            if mode == Mode::Write && !plan.is_empty() {
                writer.apply(conn, noun, hub, &plan)?;
            }
            Ok(plan)
        })?;
        if !plan.is_empty() {
            self.batches += 1;
            if self.batches == BATCHES_UNCOUNTED {
                self.analyze();
            }
        }
        Ok(plan)
    }

    /// The file is over: lets the database count what it brought.
    pub(super) fn finish(&mut self) {
        if std::mem::take(&mut self.batches) > 0 {
            self.analyze();
        }
    }

    /// Without the count everything is slower and as right: no reason to break off.
    fn analyze(&self) {
        if self.mode == Mode::Write
            && let Err(error) = self.store.analyze()
        {
            tracing::warn!(%error, "the tables could not be counted");
        }
    }

    fn apply(
        &self,
        conn: &mut Conn,
        noun: Noun,
        hub: ProgrammeId,
        plan: &Plan,
    ) -> Result<(), StoreError> {
        let new: Vec<OrganisationId> = plan.organisations.iter().map(|new| new.id).collect();
        organisations::insert_all(conn, &plan.organisations)?;
        documents::insert_all(conn, &plan.new, None)?;
        programmes::insert_members(conn, hub, &new, self.now)?;
        for document in &plan.changed {
            documents::save(conn, document, None)?;
        }
        investments::insert_all(conn, &plan.investments, self.now)?;
        let change = Change {
            action: "imported",
            noun,
            id: self.new_uuid(),
            version: 1,
            person: None,
            party: Some(Party::System),
            detail: json!({ "import": self.import, "counts": plan.counts }),
        };
        journal::insert_bulk(conn, &change, &plan.notes, self.now)
    }

    /// A document of `organisation` as the file has it, under a new id.
    pub(super) fn document(
        &self,
        organisation: OrganisationId,
        kind: DocumentKind,
        external_id: Option<&str>,
        body: &Value,
    ) -> documents::Stored {
        documents::Stored {
            id: self.new_uuid(),
            organisation,
            kind,
            external_id: external_id.map(str::to_owned),
            version: 1,
            recorded_at: self.now,
            body: body.clone(),
        }
    }
}

fn new_uuid(ids: &ContextV7, now: Timestamp) -> Uuid {
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
    Uuid::new_v7(uuid::Timestamp::from_unix(ids, seconds, nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_the_file_does_not_state_stay_as_members_wrote_them() {
        let stored = json!({ "names": { "en": "Old", "ja": "旧" }, "city": "Osaka", "website": "https://a.jp" });
        let wanted = json!({ "names": { "en": "New" } });

        let body = overlay(&stored, &wanted, &["names", "city"]);

        assert_eq!(
            body,
            json!({ "names": { "en": "New", "ja": "旧" }, "website": "https://a.jp" })
        );
    }
}
