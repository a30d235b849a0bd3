//! Files into rows: CSV or JSON lines, plain or packed, UTF-8 or `Shift_JIS`. Read as a stream; no row means anything here.

use std::{
    borrow::Cow,
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader, Cursor, Read},
    path::Path,
};

use anyhow::{Context, bail};
use indicatif::ProgressBar;
use serde_json::Value;

use super::mapping::{Encoding, FileMapping};
use super::report::Code;

/// How much of a file is looked at to tell its encoding.
const SNIFFED_BYTES: u64 = 64 * 1024;

/// The longest line of JSON.
const LINE_BYTES_MAX: u64 = 1024 * 1024;

/// A row of a file.
pub(super) struct RawRow {
    /// Where it begins, from 1; the header of CSV counts.
    pub(super) line: u64,
    /// Column → text, or why the row is none.
    pub(super) cells: Result<HashMap<String, String>, Code>,
}

/// An open file.
pub(super) struct Source {
    /// The columns, where the file has a header.
    pub(super) columns: Option<Vec<String>>,
    rows: Box<dyn Iterator<Item = anyhow::Result<RawRow>>>,
    name: String,
}

type Bytes = Box<dyn Read>;

impl Source {
    /// Opens the file; `progress` moves by the bytes that are read of it.
    pub(super) fn open(
        path: &Path,
        mapping: &FileMapping,
        progress: &ProgressBar,
    ) -> anyhow::Result<Source> {
        let name = path.display().to_string();
        let file = File::open(path).with_context(|| format!("{name} cannot be opened"))?;
        let file = progress.wrap_read(file);
        let lower = name.to_lowercase();
        let plain = lower.strip_suffix(".gz");
        let bytes: Bytes = match plain {
            Some(_) => Box::new(flate2::read::MultiGzDecoder::new(BufReader::new(file))),
            None => Box::new(file),
        };
        let (bytes, encoding) =
            sniff(bytes, mapping.encoding).with_context(|| format!("{name} cannot be read"))?;
        let plain = plain.unwrap_or(&lower);
        if [".jsonl", ".ndjson", ".json"]
            .iter()
            .any(|end| plain.ends_with(end))
        {
            let rows = json_rows(bytes, encoding, mapping.separator.0.clone());
            return Ok(Source {
                columns: None,
                rows: Box::new(rows),
                name,
            });
        }
        let is_tsv = Path::new(plain).extension().is_some_and(|end| end == "tsv");
        let usual = if is_tsv { '\t' } else { ',' };
        let delimiter = u8::try_from(mapping.delimiter.unwrap_or(usual))
            .context("the delimiter of CSV is one ASCII character")?;
        let (columns, rows) = csv_rows(bytes, encoding, delimiter)
            .with_context(|| format!("{name} has no header"))?;
        Ok(Source {
            columns: Some(columns),
            rows: Box::new(rows),
            name,
        })
    }

    /// Up to `most` rows; none at the end.
    ///
    /// # Errors
    /// When the file cannot be read on; the rows before it were given.
    pub(super) fn next_batch(&mut self, most: usize) -> anyhow::Result<Vec<RawRow>> {
        self.rows
            .by_ref()
            .take(most)
            .collect::<anyhow::Result<_>>()
            .with_context(|| format!("{} cannot be read on", self.name))
    }
}

/// The encoding, and the bytes without a byte order mark.
fn sniff(mut bytes: Bytes, encoding: Encoding) -> std::io::Result<(Bytes, Encoding)> {
    let mut head = Vec::new();
    bytes.by_ref().take(SNIFFED_BYTES).read_to_end(&mut head)?;
    let marked = head.starts_with(&[0xEF, 0xBB, 0xBF]);
    let found = match (encoding, std::str::from_utf8(&head)) {
        (Encoding::Auto, Ok(_)) => Encoding::Utf8,
        // A character that is cut at the end of the head is no fault.
        (Encoding::Auto, Err(fault)) if marked || fault.error_len().is_none() => Encoding::Utf8,
        (Encoding::Auto, Err(_)) => Encoding::ShiftJis,
        (stated, _) => stated,
    };
    if marked {
        head.drain(..3);
    }
    Ok((Box::new(Cursor::new(head).chain(bytes)), found))
}

/// The text of these bytes; nothing where they are not in the encoding.
fn decode(bytes: &[u8], encoding: Encoding) -> Option<Cow<'_, str>> {
    match encoding {
        Encoding::ShiftJis => {
            encoding_rs::SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes)
        }
        Encoding::Auto | Encoding::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
    }
}

/// Fields are cut before they are decoded: neither encoding uses the bytes of comma, quote and line end for anything else.
fn csv_rows(
    bytes: Bytes,
    encoding: Encoding,
    delimiter: u8,
) -> anyhow::Result<(Vec<String>, impl Iterator<Item = anyhow::Result<RawRow>>)> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(bytes);
    let columns: Option<Vec<String>> = reader
        .byte_headers()?
        .iter()
        .map(|cell| decode(cell, encoding).map(|name| name.trim().to_owned()))
        .collect();
    let columns = columns.context("its bytes are not in the encoding")?;
    let names = columns.clone();
    let rows = reader.into_byte_records().map(move |record| {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        Ok(RawRow {
            line,
            cells: csv_cells(&record, &names, encoding),
        })
    });
    Ok((columns, rows))
}

fn csv_cells(
    record: &csv::ByteRecord,
    names: &[String],
    encoding: Encoding,
) -> Result<HashMap<String, String>, Code> {
    if record.len() != names.len() {
        return Err(Code::BadRow);
    }
    names
        .iter()
        .zip(record)
        .map(|(name, cell)| {
            let text = decode(cell, encoding).ok_or(Code::BadEncoding)?;
            Ok((name.clone(), text.into_owned()))
        })
        .collect()
}

fn json_rows(
    bytes: Bytes,
    encoding: Encoding,
    separator: String,
) -> impl Iterator<Item = anyhow::Result<RawRow>> {
    let mut reader = BufReader::new(bytes);
    let mut line = 0;
    std::iter::from_fn(move || {
        loop {
            let mut bytes = Vec::new();
            let read = reader
                .by_ref()
                .take(LINE_BYTES_MAX)
                .read_until(b'\n', &mut bytes);
            line += 1;
            match read
                .map_err(anyhow::Error::from)
                .and_then(|read| whole(read, &bytes, line))
            {
                Err(error) => return Some(Err(error)),
                Ok(0) => return None,
                Ok(_) if bytes.trim_ascii().is_empty() => {}
                Ok(_) => {
                    let cells = json_cells(&bytes, encoding, &separator);
                    return Some(Ok(RawRow { line, cells }));
                }
            }
        }
    })
}

fn whole(read: usize, bytes: &[u8], line: u64) -> anyhow::Result<usize> {
    if read as u64 == LINE_BYTES_MAX && !bytes.ends_with(b"\n") {
        bail!("line {line} is longer than 1 MiB");
    }
    Ok(read)
}

fn json_cells(
    bytes: &[u8],
    encoding: Encoding,
    separator: &str,
) -> Result<HashMap<String, String>, Code> {
    let text = decode(bytes, encoding).ok_or(Code::BadEncoding)?;
    let Ok(Value::Object(object)) = serde_json::from_str(&text) else {
        return Err(Code::BadRow);
    };
    let mut cells = HashMap::new();
    for (name, value) in &object {
        put(&mut cells, name.clone(), value, separator);
    }
    Ok(cells)
}

/// A list becomes its values with separators between; an object, columns such as `address.city`.
fn put(cells: &mut HashMap<String, String>, name: String, value: &Value, separator: &str) {
    match value {
        Value::Object(object) => {
            for (inner, value) in object {
                put(cells, format!("{name}.{inner}"), value, separator);
            }
        }
        Value::Array(values) => {
            let texts: Vec<String> = values.iter().filter_map(scalar).collect();
            cells.insert(name, texts.join(separator));
        }
        value => {
            if let Some(text) = scalar(value) {
                cells.insert(name, text);
            }
        }
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
