//! The file of lists while it is not whole: `FILE.part`, and beside it `FILE.part.json` with the question.

use std::{
    ffi::OsString,
    fs::{self, File, TryLockError},
    io::{self, BufRead, BufReader, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use domain::{Kind, OrganisationId, ProgrammeId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The first line.
pub(super) const HEADER: &str = "asker,rank,organisation,points,score\n";

/// All that the rows of a file hang on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Question {
    /// Version of the program.
    pub(super) nakodo: String,
    pub(super) kind: Kind,
    pub(super) k: u16,
    pub(super) programme: ProgrammeId,
    /// Content hash of the card.
    pub(super) scorecard: String,
    pub(super) as_of: Date,
    /// Content hash of the market's statistics.
    pub(super) statistics: String,
    /// Content hash of who asks, who is asked, and the rest that lists hang on.
    pub(super) hub: String,
}

impl Question {
    /// What another question asks otherwise.
    fn differs(&self, other: &Question) -> Option<&'static str> {
        let parts = [
            (self.nakodo != other.nakodo, "version of nakodo"),
            (self.kind != other.kind, "kind"),
            (self.k != other.k, "k"),
            (self.programme != other.programme, "programme"),
            (self.as_of != other.as_of, "day"),
            (self.scorecard != other.scorecard, "scorecard"),
            (self.statistics != other.statistics, "statistics"),
            (self.hub != other.hub, "state of the hub"),
        ];
        let mut others = parts.into_iter().filter(|(is_other, _)| *is_other);
        others.next().map(|(_, what)| what)
    }
}

/// A file of lists that is being written. No other run writes it meanwhile.
#[derive(Debug)]
pub(super) struct Part {
    out: PathBuf,
    path: PathBuf,
    lists: File,
    /// Where the question is. It is locked while this is open.
    beside: PathBuf,
    _question: File,
}

impl Part {
    /// What an earlier run with the same question left, or a new one; and how many askers are done in it.
    pub(super) fn begin(
        out: &Path,
        question: &Question,
        askers: &[OrganisationId],
    ) -> anyhow::Result<(Part, usize)> {
        let [path, beside] = [".part", ".part.json"].map(|ending| ending_in(out, ending));
        let mut asked = open(&beside)?;
        if matches!(asked.try_lock(), Err(TryLockError::WouldBlock)) {
            bail!("{} is being written by another run", path.display());
        }
        let was_there = path.exists();
        let mut lists = open(&path)?;
        let (done, bytes) = match left(&lists, &mut asked, question, askers)? {
            Ok((done, bytes)) => {
                eprintln!(
                    "nakodo: {} goes on after {done} organisations",
                    path.display()
                );
                (done, bytes)
            }
            Err(why) => {
                if was_there {
                    eprintln!("nakodo: {} is begun anew: {why}", path.display());
                }
                // Emptied first: rows never stand beside a question that is not theirs.
                lists.set_len(0)?;
                lists.rewind()?;
                write_question(&mut asked, question)?;
                lists.write_all(HEADER.as_bytes())?;
                (0, HEADER.len() as u64)
            }
        };
        lists.set_len(bytes)?;
        lists.seek(io::SeekFrom::End(0))?;
        let part = Part {
            out: out.to_owned(),
            path,
            lists,
            beside,
            _question: asked,
        };
        Ok((part, done))
    }

    /// Appends the rows of some askers, on the disk when this returns.
    pub(super) fn append(&mut self, rows: &str) -> anyhow::Result<()> {
        let written = self.lists.write_all(rows.as_bytes());
        let written = written.and_then(|()| self.lists.sync_data());
        written.with_context(|| cannot_write(&self.path))
    }

    /// Gives the file its name. Tells how many rows it has.
    pub(super) fn finish(self) -> anyhow::Result<usize> {
        fs::rename(&self.path, &self.out).with_context(|| cannot_write(&self.out))?;
        fs::remove_file(&self.beside).with_context(|| cannot_write(&self.beside))?;
        let lines = BufReader::new(File::open(&self.out)?).split(b'\n');
        Ok(lines.count().saturating_sub(1))
    }
}

fn ending_in(out: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = out.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn open(path: &Path) -> anyhow::Result<File> {
    let mut how = File::options();
    how.read(true).write(true).create(true).truncate(false);
    how.open(path).with_context(|| cannot_write(path))
}

fn cannot_write(path: &Path) -> String {
    format!("{} cannot be written", path.display())
}

fn write_question(asked: &mut File, question: &Question) -> anyhow::Result<()> {
    asked.set_len(0)?;
    asked.rewind()?;
    serde_json::to_writer_pretty(&mut *asked, question)?;
    Ok(asked.sync_data()?)
}

/// How many askers an earlier run is done with, and where their rows end; or why it is of no use.
fn left(
    lists: &File,
    asked: &mut File,
    question: &Question,
    askers: &[OrganisationId],
) -> anyhow::Result<Result<(usize, u64), String>> {
    let mut text = String::new();
    asked.read_to_string(&mut text)?;
    let Ok(earlier) = serde_json::from_str::<Question>(&text) else {
        return Ok(Err("its question is not there".to_owned()));
    };
    if let Some(what) = question.differs(&earlier) {
        return Ok(Err(format!("it is of another {what}")));
    }
    let whole = whole(BufReader::new(lists), askers)?;
    Ok(whole.ok_or_else(|| "it holds what such a run does not write".to_owned()))
}

/// How many askers are done for certain, and where their rows end: all before the last one that has rows. None where
/// these are not lists of the askers in their order.
fn whole(mut lists: impl BufRead, askers: &[OrganisationId]) -> io::Result<Option<(usize, u64)>> {
    let mut line = Vec::new();
    lists.read_until(b'\n', &mut line)?;
    if line != HEADER.as_bytes() {
        return Ok(None);
    }
    let (mut done, mut ends, mut at) = (0, line.len() as u64, line.len() as u64);
    let mut last = Vec::new();
    loop {
        line.clear();
        lists.read_until(b'\n', &mut line)?;
        if !line.ends_with(b"\n") {
            return Ok(Some((done, ends)));
        }
        let asker = line.split(|byte| *byte == b',').next().unwrap_or_default();
        if asker != last {
            let is_asker = |id: &OrganisationId| id.to_string().as_bytes() == asker;
            let Some(further) = askers[done..].iter().position(is_asker) else {
                return Ok(None);
            };
            (done, ends) = (done + further, at);
            last = asker.to_vec();
        }
        at += line.len() as u64;
    }
}
