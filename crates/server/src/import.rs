//! `nakodo import`: organisations, members, rounds and investments from files.
//!
//! Rows become drafts without the database; batches of drafts become plans and are written in short transactions. What
//! is unchanged is not written, so that an import that broke off is simply run again.

mod batch;
mod investments;
mod mandates;
mod mapping;
mod members;
mod organisations;
mod report;
mod rounds;
mod row;
mod source;
mod template;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::bail;
use api::auth::passwords::Cost;
use domain::Noun;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use store::Store;

use batch::{Mode, Plan, Writer};
use mapping::{Content, FileMapping, Mapping};
use report::{Code, Counts, Format, Issue, Report};
use row::{Fault, Row};
use source::{RawRow, Source};

/// The files of an import and how they are read.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// A file of organisations: CSV or JSON lines, plain or .gz. May be given several times
    #[arg(long, value_name = "FILE", num_args = 1..)]
    organisations: Vec<PathBuf>,
    /// A file of people with their organisations, and of staff
    #[arg(long, value_name = "FILE")]
    members: Option<PathBuf>,
    /// A file of rounds
    #[arg(long, value_name = "FILE")]
    rounds: Option<PathBuf>,
    /// A file of investments
    #[arg(long, value_name = "FILE")]
    investments: Option<PathBuf>,
    /// Which column is which field; without it, each field is the column of its name (docs/import.md)
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Read and judge everything, write nothing
    #[arg(long)]
    dry_run: bool,
    /// Derive a mandate for each investor that states none, from its investments
    #[arg(long)]
    derive_mandates: bool,
    /// Rows of one transaction
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=5000))]
    batch_rows: u16,
    /// How the report is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

/// Imports the files into the database and reports what became of each row.
///
/// # Errors
/// A file or mapping that cannot be read, or a database that does not answer. What was written before stays; run again,
/// the import goes on.
pub(crate) fn run(args: &ImportArgs, store: &Store, now: Timestamp) -> anyhow::Result<Report> {
    Import::new(args, store, now, Cost::OWASP)?.run()
}

struct Import<'a> {
    args: &'a ImportArgs,
    mapping: Mapping,
    writer: Writer<'a>,
    cost: Cost,
    progress: ProgressBar,
    rounds: HashMap<String, rounds::Facts>,
    counts: BTreeMap<&'static str, Counts>,
    issues: Vec<Issue>,
}

impl<'a> Import<'a> {
    fn new(
        args: &'a ImportArgs,
        store: &'a Store,
        now: Timestamp,
        cost: Cost,
    ) -> anyhow::Result<Import<'a>> {
        let files = args.files();
        if files.is_empty() && !args.derive_mandates {
            bail!(
                "nothing to import: name a file with --organisations, --members, --rounds or --investments"
            );
        }
        let mode = if args.dry_run {
            Mode::DryRun
        } else {
            Mode::Write
        };
        Ok(Import {
            args,
            mapping: match &args.mapping {
                Some(path) => Mapping::load(path)?,
                None => Mapping::default(),
            },
            writer: Writer::new(store, mode, now),
            cost,
            progress: progress(&files),
            rounds: HashMap::new(),
            counts: BTreeMap::new(),
            issues: Vec::new(),
        })
    }

    fn run(mut self) -> anyhow::Result<Report> {
        let start = Instant::now();
        let args = self.args;
        let mut seen = HashSet::new();
        for (place, path) in args.organisations.iter().enumerate() {
            self.organisations(path, place, &mut seen)?;
        }
        if let Some(path) = &args.rounds {
            self.rounds(path)?;
        }
        if let Some(path) = &args.investments {
            self.investments(path)?;
        }
        if let Some(path) = &args.members {
            self.members(path)?;
        }
        if args.derive_mandates {
            self.mandates()?;
        }
        self.progress.finish_and_clear();
        Ok(Report {
            import: self.writer.import,
            dry_run: args.dry_run,
            seconds: start.elapsed().as_secs_f64(),
            counts: self.counts,
            issues: self.issues,
        })
    }

    fn organisations(
        &mut self,
        path: &Path,
        place: usize,
        seen: &mut HashSet<String>,
    ) -> anyhow::Result<()> {
        let mut file = self.open(Content::Organisations, path, place)?;
        let keys = organisations::keys(&file.mapping);
        while let Some(rows) = file.next(self.args.batch_rows)? {
            let drafts = self.drafts(&file, &rows, |row, line| {
                let draft = organisations::draft(row, line, &file.mapping)?;
                once(seen, &draft.external_id)?;
                Ok(draft)
            });
            let plan = self.writer.batch(Noun::Organisation, |conn, writer| {
                organisations::plan(conn, writer, &drafts, &keys)
            })?;
            for new in &plan.organisations {
                if let Some(external_id) = &new.external_id {
                    self.writer.remember(external_id.clone(), new.id, new.kind);
                }
            }
            self.settle(&file, plan);
        }
        self.close(&file);
        Ok(())
    }

    fn rounds(&mut self, path: &Path) -> anyhow::Result<()> {
        let mut file = self.open(Content::Rounds, path, 0)?;
        let keys = rounds::keys(&file.mapping);
        let mut seen = HashSet::new();
        while let Some(rows) = file.next(self.args.batch_rows)? {
            let mut facts = Vec::new();
            let drafts = self.drafts(&file, &rows, |row, line| {
                let external_id = row.required("external_id")?;
                once(&mut seen, &external_id)?;
                facts.push((external_id, rounds::facts(row)));
                rounds::draft(row, line)
            });
            self.rounds.extend(facts);
            self.writer.learn(
                drafts
                    .iter()
                    .map(|draft| draft.organisation.clone())
                    .collect(),
            )?;
            let plan = self.writer.batch(Noun::Round, |conn, writer| {
                rounds::plan(conn, writer, &drafts, &keys)
            })?;
            self.settle(&file, plan);
        }
        self.close(&file);
        Ok(())
    }

    fn investments(&mut self, path: &Path) -> anyhow::Result<()> {
        let mut file = self.open(Content::Investments, path, 0)?;
        let mut seen = HashSet::new();
        while let Some(rows) = file.next(self.args.batch_rows)? {
            let known_rounds = std::mem::take(&mut self.rounds);
            let drafts = self.drafts(&file, &rows, |row, line| {
                let draft = investments::draft(row, line, &known_rounds)?;
                once(&mut seen, &draft.external_id)?;
                Ok(draft)
            });
            self.rounds = known_rounds;
            let names = drafts
                .iter()
                .flat_map(|draft| [draft.investor.clone(), draft.startup.clone()]);
            self.writer.learn(names.collect())?;
            let plan = self.writer.batch(Noun::Investment, |conn, writer| {
                investments::plan(conn, writer, &drafts, &file.mapping)
            })?;
            self.settle(&file, plan);
        }
        self.close(&file);
        Ok(())
    }

    fn members(&mut self, path: &Path) -> anyhow::Result<()> {
        let mut file = self.open(Content::Members, path, 0)?;
        while let Some(rows) = file.next(self.args.batch_rows)? {
            let drafts = self.drafts(&file, &rows, members::draft);
            let names = drafts.iter().filter_map(|draft| draft.organisation.clone());
            self.writer.learn(names.collect())?;
            let outcome = members::write(&mut self.writer, &drafts, self.cost)?;
            self.settle(
                &file,
                Plan {
                    counts: outcome.counts,
                    refused: outcome.refused,
                    ..Plan::default()
                },
            );
        }
        Ok(())
    }

    fn mandates(&mut self) -> anyhow::Result<()> {
        let drafts = mandates::drafts(&self.writer)?;
        let counts = self.counts.entry("derived mandates").or_default();
        for drafts in drafts.chunks(self.args.batch_rows.into()) {
            let plan = self.writer.batch(Noun::Mandate, |conn, writer| {
                mandates::plan(conn, writer, drafts)
            })?;
            add(counts, plan.counts);
        }
        self.writer.finish();
        Ok(())
    }

    fn open(&mut self, content: Content, path: &Path, place: usize) -> anyhow::Result<OpenFile> {
        let mut mapping = self.mapping.for_file(content, path, place);
        let source = Source::open(path, &mapping, &self.progress)?;
        mapping.complete(content, source.columns.as_deref());
        if let Some(columns) = &source.columns {
            for column in mapping
                .fields
                .values()
                .flat_map(template::Templates::all)
                .flat_map(template::Template::columns)
            {
                if !columns.iter().any(|known| known == column) {
                    bail!(
                        "{} has no column `{column}`; it has {}",
                        path.display(),
                        columns.join(", ")
                    );
                }
            }
        }
        self.progress.set_message(content.word());
        Ok(OpenFile {
            content,
            name: path.display().to_string(),
            mapping,
            source,
            issues_before: self.issues.len(),
        })
    }

    /// Reads rows into drafts; those that cannot be read are refused.
    fn drafts<D>(
        &mut self,
        file: &OpenFile,
        rows: &[RawRow],
        mut draft: impl FnMut(&Row<'_>, u64) -> Result<D, Fault>,
    ) -> Vec<D> {
        let mut drafts = Vec::with_capacity(rows.len());
        for raw in rows {
            let result = match &raw.cells {
                Ok(cells) => {
                    let row = Row::new(&file.mapping, cells);
                    let result = draft(&row, raw.line);
                    for note in row.into_notes() {
                        self.issues.push(file.issue(raw.line, note, false));
                    }
                    result
                }
                Err(code) => Err(Fault {
                    field: None,
                    code: *code,
                    value: None,
                }),
            };
            match result {
                Ok(draft) => drafts.push(draft),
                Err(fault) => {
                    self.counts.entry(file.content.word()).or_default().refused += 1;
                    self.issues.push(file.issue(raw.line, fault, true));
                }
            }
        }
        drafts
    }

    /// The file is over: its issues stand in the order of its rows.
    fn close(&mut self, file: &OpenFile) {
        self.issues[file.issues_before..].sort_by_key(|issue| issue.line);
        self.writer.finish();
    }

    fn settle(&mut self, file: &OpenFile, plan: Plan) {
        add(
            self.counts.entry(file.content.word()).or_default(),
            plan.counts,
        );
        for (line, fault) in plan.refused {
            self.issues.push(file.issue(line, fault, true));
        }
    }
}

impl ImportArgs {
    fn files(&self) -> Vec<&Path> {
        let single = [&self.members, &self.rounds, &self.investments];
        self.organisations
            .iter()
            .chain(single.into_iter().flatten())
            .map(PathBuf::as_path)
            .collect()
    }
}

/// A file that is being read.
struct OpenFile {
    content: Content,
    name: String,
    mapping: FileMapping,
    source: Source,
    /// Issues of the files before it.
    issues_before: usize,
}

impl OpenFile {
    fn next(&mut self, rows: u16) -> anyhow::Result<Option<Vec<RawRow>>> {
        let rows = self.source.next_batch(rows.into())?;
        Ok((!rows.is_empty()).then_some(rows))
    }

    fn issue(&self, line: u64, fault: Fault, refused: bool) -> Issue {
        Issue {
            file: self.name.clone(),
            line,
            field: fault.field,
            code: fault.code,
            value: fault.value,
            refused,
        }
    }
}

/// Refuses an external id that was in a row before.
fn once(seen: &mut HashSet<String>, external_id: &str) -> Result<(), Fault> {
    if seen.insert(external_id.to_owned()) {
        Ok(())
    } else {
        Err(Fault::new(
            "external_id",
            Code::DuplicateInFile,
            external_id,
        ))
    }
}

fn add(sum: &mut Counts, counts: Counts) {
    sum.created += counts.created;
    sum.updated += counts.updated;
    sum.unchanged += counts.unchanged;
    sum.refused += counts.refused;
}

/// A bar on the standard error, by the bytes that are read; nothing where that is no terminal.
fn progress(files: &[&Path]) -> ProgressBar {
    let bytes = files
        .iter()
        .filter_map(|path| path.metadata().ok())
        .map(|metadata| metadata.len())
        .sum();
    let style = ProgressStyle::with_template("{bar:30} {percent:>3}% {msg} {elapsed} (ETA {eta})")
        .expect("the template is a constant");
    ProgressBar::new(bytes).with_style(style)
}
