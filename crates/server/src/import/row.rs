//! A row through its mapping: fields, codes put in place, text into types.

use std::{cell::RefCell, collections::HashMap, str::FromStr};

use domain::{Currency, Money};
use jiff::civil::Date;

use super::{mapping::FileMapping, report::Code};

/// What is wrong with a field of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) field: Option<&'static str>,
    pub(super) code: Code,
    pub(super) value: Option<String>,
}

impl Fault {
    /// `value` of `field` is `code`.
    pub(super) fn new(field: &'static str, code: Code, value: &str) -> Fault {
        Fault {
            field: Some(field),
            code,
            value: Some(printable(value)),
        }
    }
}

/// The beginning of a value as it may stand on a terminal: what is invisible or a command is written as its code.
fn printable(value: &str) -> String {
    let mut text = String::new();
    for character in value.chars().take(80) {
        match character {
            '\'' | '"' | '\\' => text.push(character),
            character => text.extend(character.escape_debug()),
        }
    }
    text
}

/// One row, and what was noted while it was read.
pub(super) struct Row<'a> {
    mapping: &'a FileMapping,
    cells: &'a HashMap<String, String>,
    notes: RefCell<Vec<Fault>>,
}

impl<'a> Row<'a> {
    /// The row with these cells.
    pub(super) fn new(mapping: &'a FileMapping, cells: &'a HashMap<String, String>) -> Row<'a> {
        Row {
            mapping,
            cells,
            notes: RefCell::default(),
        }
    }

    /// Losses with which the row is taken all the same.
    pub(super) fn into_notes(self) -> Vec<Fault> {
        self.notes.into_inner()
    }

    /// The row is taken without this value.
    pub(super) fn note(&self, field: &'static str, code: Code, value: &str) {
        self.notes.borrow_mut().push(Fault::new(field, code, value));
    }

    /// The values of the field, in order: templates filled, lists parted, codes put in place.
    pub(super) fn many(&self, field: &str) -> Vec<String> {
        let Some(templates) = self.mapping.fields.get(field) else {
            return Vec::new();
        };
        let codes = self.mapping.codes.get(field);
        let separator = self.mapping.separator.0.as_str();
        let mut values = Vec::new();
        for template in templates.all() {
            let text = template.fill(|column| self.cells.get(column).map(String::as_str));
            let text = text.unwrap_or_default();
            for value in text.split(separator).map(str::trim) {
                let value = codes
                    .and_then(|codes| codes.get(value))
                    .map_or(value, String::as_str);
                if !value.is_empty() && !values.iter().any(|known| known == value) {
                    values.push(value.to_owned());
                }
            }
        }
        values
    }

    /// The value of the field.
    pub(super) fn one(&self, field: &str) -> Option<String> {
        let templates = self.mapping.fields.get(field)?;
        let text = templates.all().iter().find_map(|template| {
            template.fill(|column| self.cells.get(column).map(String::as_str))
        })?;
        let codes = self.mapping.codes.get(field);
        let value = codes
            .and_then(|codes| codes.get(&text))
            .cloned()
            .unwrap_or(text);
        (!value.is_empty()).then_some(value)
    }

    /// The value of the field, which must be there.
    pub(super) fn required(&self, field: &'static str) -> Result<String, Fault> {
        self.one(field).ok_or(Fault {
            field: Some(field),
            code: Code::MissingValue,
            value: None,
        })
    }

    /// The value of the field as a `T`; `code` where it is none.
    pub(super) fn parse<T: FromStr>(
        &self,
        field: &'static str,
        code: Code,
    ) -> Result<Option<T>, Fault> {
        self.one(field)
            .map(|text| text.parse().map_err(|_| Fault::new(field, code, &text)))
            .transpose()
    }

    /// Every value of the field as a `T`.
    pub(super) fn parse_many<T: FromStr>(
        &self,
        field: &'static str,
        code: Code,
    ) -> Result<Vec<T>, Fault> {
        self.many(field)
            .into_iter()
            .map(|text| text.parse().map_err(|_| Fault::new(field, code, &text)))
            .collect()
    }

    /// The value of the field as a date: `2012-04-01`, `2012/4/1`, `2012年4月1日`, or an instant of RFC 3339.
    pub(super) fn date(&self, field: &'static str) -> Result<Option<Date>, Fault> {
        self.one(field)
            .map(|text| date(&text).ok_or_else(|| Fault::new(field, Code::BadDate, &text)))
            .transpose()
    }

    /// `amount` in major units of `currency`.
    pub(super) fn money(&self) -> Result<Option<Money>, Fault> {
        let Some(text) = self.one("amount") else {
            return Ok(None);
        };
        let currency = self.required("currency")?;
        let currency: Currency = currency
            .parse()
            .map_err(|_| Fault::new("currency", Code::UnknownCurrency, &currency))?;
        minor_units(&text, currency.digits())
            .and_then(|minor| Money::new(minor, currency).ok())
            .map(Some)
            .ok_or_else(|| Fault::new("amount", Code::BadAmount, &text))
    }

    /// `yes`, `true`, `1`, `○` and their opposites.
    pub(super) fn truth(&self, field: &'static str) -> Result<Option<bool>, Fault> {
        let Some(text) = self.one(field) else {
            return Ok(None);
        };
        match text.to_lowercase().as_str() {
            "1" | "true" | "yes" | "y" | "t" | "○" | "はい" => Ok(Some(true)),
            "0" | "false" | "no" | "n" | "f" | "×" | "いいえ" => Ok(Some(false)),
            _ => Err(Fault::new(field, Code::UnknownValue, &text)),
        }
    }
}

fn date(text: &str) -> Option<Date> {
    let day = text.split(['T', ' ']).next().unwrap_or(text);
    if let Ok(date) = day.parse() {
        return Some(date);
    }
    let parts: Vec<&str> = day
        .split(['/', '-', '.', '年', '月', '日'])
        .filter(|part| !part.is_empty())
        .collect();
    let &[year, month, day] = parts.as_slice() else {
        return None;
    };
    // A year has four digits: 1/2/2012 would be read in two ways.
    if year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// A decimal number of major units in minor ones; nothing where it is none, or finer than the currency.
fn minor_units(text: &str, digits: u32) -> Option<i64> {
    let plain: String = text
        .chars()
        .filter(|c| !matches!(c, ',' | '_' | ' '))
        .collect();
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let digits = usize::try_from(digits).ok()?;
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > digits {
        return None;
    }
    format!("{whole}{fraction:0<digits$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_shows_what_is_invisible_and_sends_no_command_to_the_terminal() {
        let fault = Fault::new("name", Code::BadText, "O'Neill 大阪\u{202E}\u{1b}[2J");

        assert_eq!(
            fault.value.as_deref(),
            Some(r"O'Neill 大阪\u{202e}\u{1b}[2J")
        );
    }

    #[test]
    fn amounts_are_read_exactly_and_never_rounded() {
        let cases = [
            ("2000000.0", 2, Some(200_000_000)),
            ("1,234.5", 2, Some(123_450)),
            ("0.01", 2, Some(1)),
            ("100.0", 0, Some(100)),
            ("0.001", 2, None),
            ("100.5", 0, None),
            ("-1", 2, None),
            ("1e6", 2, None),
            (".5", 2, None),
            ("", 2, None),
            ("99999999999999999999", 2, None),
        ];
        for (text, digits, expect) in cases {
            assert_eq!(minor_units(text, digits), expect, "{text}");
        }
    }

    #[test]
    fn dates_are_read_as_they_are_written_in_japan_and_by_machines() {
        let day = Date::constant(2012, 4, 1);

        for text in [
            "2012-04-01",
            "2012/4/1",
            "2012年4月1日",
            "2012-04-01T10:00:00Z",
        ] {
            assert_eq!(date(text), Some(day), "{text}");
        }
        for text in ["1/4/2012", "2012-02-30", "2012", "soon", "2012-04"] {
            assert_eq!(date(text), None, "{text}");
        }
    }
}
