//! Text with columns in it: `Startup {startup_id}`.

use serde::Deserialize;

/// One template, or several whose values are put together.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Templates {
    /// One.
    One(Template),
    /// Several.
    Many(Vec<Template>),
}

impl Templates {
    /// The column of this name.
    pub(super) fn column(name: &str) -> Templates {
        Templates::One(Template(vec![Piece::Column(name.to_owned())]))
    }

    /// Each of them.
    pub(super) fn all(&self) -> &[Template] {
        match self {
            Templates::One(one) => std::slice::from_ref(one),
            Templates::Many(many) => many,
        }
    }
}

/// Text with `{column}` in it; `{{` and `}}` stand for braces.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Column(String),
}

/// A brace without its partner, or nothing between two.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` has a brace without its partner, or no column between two")]
pub(super) struct BadTemplate(String);

impl TryFrom<String> for Template {
    type Error = BadTemplate;

    fn try_from(text: String) -> Result<Template, BadTemplate> {
        let bad = || BadTemplate(text.clone());
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                plain.push_str(brace);
                rest = after;
                continue;
            }
            let (column, after) = rest.split_once('}').ok_or_else(bad)?;
            if brace == "}" || column.is_empty() || column.contains('{') {
                return Err(bad());
            }
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(Piece::Column(column.to_owned()));
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Template(pieces))
    }
}

impl Template {
    /// The columns in it.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Column(column) => Some(column.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The text with the values of the columns, trimmed; nothing where there are columns and all of them are empty.
    pub(super) fn fill<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
        let mut filled = String::new();
        let (mut columns, mut empty) = (0, 0);
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Column(column) => {
                    let value = value(column).map(str::trim).unwrap_or_default();
                    columns += 1;
                    empty += u32::from(value.is_empty());
                    filled.push_str(value);
                }
            }
        }
        let filled = filled.trim();
        (!filled.is_empty() && (columns == 0 || empty < columns)).then(|| filled.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(template: &str, expect: Option<&str>) {
        let template = Template::try_from(template.to_owned()).unwrap();
        let filled = template.fill(|column| match column {
            "id" => Some(" S1 "),
            "none" => Some(" "),
            _ => None,
        });
        assert_eq!(filled.as_deref(), expect);
    }

    #[test]
    fn columns_are_put_in_and_a_text_of_empty_columns_is_none() {
        check("Startup {id}", Some("Startup S1"));
        check("startup", Some("startup"));
        check("{{{id}}}", Some("{S1}"));
        check("{id}/{none}", Some("S1/"));
        check("Startup {none}{absent}", None);
        check("", None);
    }

    #[test]
    fn a_brace_without_its_partner_is_refused() {
        for wrong in ["{id", "id}", "{}", "{a{b}"] {
            assert!(Template::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
