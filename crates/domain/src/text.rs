//! Bounded, normalised text. After these constructors nobody looks at a string's bytes again.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use unicode_normalization::UnicodeNormalization;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// One line of 1 to `MAX` characters in NFC, trimmed, without control characters, bidirectional controls or
/// invisible characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line<const MAX: usize>(Box<str>);

/// Text of 1 to `MAX` characters in NFC, trimmed; line breaks and tabs are its only control characters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Prose<const MAX: usize>(Box<str>);

/// The name of an organisation, a person, a fund.
pub type Name = Line<200>;

/// Why a text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    /// Nothing but white space.
    #[error("is empty")]
    Empty,
    /// More characters than allowed.
    #[error("is longer than {max} characters")]
    TooLong {
        /// The bound, in characters.
        max: usize,
    },
    /// A character that has no place in such a text.
    #[error("has the character U+{0:04X}, which is not allowed here")]
    Character(u32),
}

/// More combining marks in a row than any script needs.
const MARKS_MAX: usize = 8;

fn checked(text: &str, max: usize, allowed_controls: &[char]) -> Result<Box<str>, BadText> {
    // Normalisation makes a text at most 18 times longer or shorter: refuse the absurd before spending work on it.
    if text.len() > max.saturating_mul(24).saturating_add(1024) {
        return Err(BadText::TooLong { max });
    }
    // Browsers and Windows end lines with both characters.
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    let text: String = if text.is_ascii() {
        text.to_owned()
    } else {
        text.nfc().collect()
    };
    if text
        .chars()
        .all(|character| character.is_whitespace() || is_invisible(character))
    {
        return Err(BadText::Empty);
    }
    if text.chars().count() > max {
        return Err(BadText::TooLong { max });
    }
    let mut marks = 0;
    for character in text.chars() {
        let hidden = character.is_control() || is_invisible(character);
        if hidden && !allowed_controls.contains(&character) {
            return Err(BadText::Character(character.into()));
        }
        marks = if unicode_normalization::char::is_combining_mark(character) {
            marks + 1
        } else {
            0
        };
        if marks > MARKS_MAX {
            return Err(BadText::Character(character.into()));
        }
    }
    Ok(text.into())
}

/// Bidirectional controls, zero-width and blank characters, line separators, tags and noncharacters: each can make one
/// name look like another.
fn is_invisible(character: char) -> bool {
    let ends_its_plane = u32::from(character) & 0xFFFE == 0xFFFE;
    ends_its_plane
        || matches!(character,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}'
        | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{FDD0}'..='\u{FDEF}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E007F}')
}

/// Zero-width joiners and marks that running text of some scripts, and emoji, need; and the blank of Braille.
const PROSE_CONTROLS: &[char] = &[
    '\n', '\t', '\u{200C}', '\u{200D}', '\u{200E}', '\u{200F}', '\u{2800}',
];

macro_rules! text {
    ($name:ident, $controls:expr) => {
        impl<const MAX: usize> $name<MAX> {
            /// The text as a string slice.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl<const MAX: usize> FromStr for $name<MAX> {
            type Err = BadText;
            fn from_str(text: &str) -> Result<Self, BadText> {
                checked(text, MAX, $controls).map($name)
            }
        }
        impl<const MAX: usize> fmt::Display for $name<MAX> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl<const MAX: usize> fmt::Debug for $name<MAX> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
        impl<const MAX: usize> Serialize for $name<MAX> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl<'de, const MAX: usize> Deserialize<'de> for $name<MAX> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<'de, str>::deserialize(deserializer)?
                    .parse()
                    .map_err(de::Error::custom)
            }
        }
        impl<const MAX: usize> PartialSchema for $name<MAX> {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .min_length(Some(1))
                    .max_length(Some(MAX))
                    .into()
            }
        }
        impl<const MAX: usize> ToSchema for $name<MAX> {
            fn name() -> Cow<'static, str> {
                format!("{}{MAX}", stringify!($name)).into()
            }
        }
    };
}

text!(Line, &[]);
text!(Prose, PROSE_CONTROLS);

/// A text in the two first languages of the hub and in the one it was written in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, bound(deserialize = "T: Deserialize<'de>"))]
pub struct Texts<T> {
    /// In English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<T>,
    /// In Japanese.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ja: Option<T>,
    /// In the language it was written in, where that is neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<T>,
}

impl<T> Default for Texts<T> {
    fn default() -> Self {
        Texts {
            en: None,
            ja: None,
            original: None,
        }
    }
}

impl<T> Texts<T> {
    /// The text for a reader of `language`: theirs, else the other, else the original.
    pub fn in_language(&self, language: Language) -> Option<&T> {
        let (first, second) = match language {
            Language::En => (&self.en, &self.ja),
            Language::Ja => (&self.ja, &self.en),
        };
        first
            .as_ref()
            .or(second.as_ref())
            .or(self.original.as_ref())
    }

    /// Whether no language is given.
    pub fn is_empty(&self) -> bool {
        self.en.is_none() && self.ja.is_none() && self.original.is_none()
    }
}

/// A language in which the hub answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

/// A BCP 47 language tag of a spoken language: a primary subtag of two or three letters, and up to three more subtags.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LanguageTag(Box<str>);

/// The text is not a language tag.
#[derive(Debug, thiserror::Error)]
#[error("is not a BCP 47 language tag such as ja or zh-TW")]
pub struct NotALanguage;

impl LanguageTag {
    /// The tag, as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The primary subtag, in lower case: `zh` of `zh-TW`.
    pub fn primary(&self) -> String {
        self.0
            .split('-')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    }
}

impl TryFrom<String> for LanguageTag {
    type Error = NotALanguage;
    fn try_from(text: String) -> Result<Self, NotALanguage> {
        let mut subtags = text.split('-');
        let primary = subtags.next().unwrap_or_default();
        let primary_fits =
            matches!(primary.len(), 2 | 3) && primary.bytes().all(|b| b.is_ascii_alphabetic());
        let rest_fits = subtags.clone().count() <= 3
            && subtags.all(|subtag| {
                matches!(subtag.len(), 1..=8) && subtag.bytes().all(|b| b.is_ascii_alphanumeric())
            });
        if primary_fits && rest_fits {
            Ok(LanguageTag(text.into()))
        } else {
            Err(NotALanguage)
        }
    }
}

impl From<LanguageTag> for String {
    fn from(tag: LanguageTag) -> String {
        tag.0.into()
    }
}

impl PartialSchema for LanguageTag {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}$"))
            .into()
    }
}
impl ToSchema for LanguageTag {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refuses(text: &str, why: BadText) {
        assert_eq!(text.parse::<Line<10>>().map(|_| ()), Err(why), "{text:?}");
    }

    #[test]
    fn a_name_is_kept_trimmed_and_in_nfc() {
        let name: Name = " Cafe\u{301} ".parse().unwrap();

        assert_eq!(name.as_str(), "Café");
    }

    #[test]
    fn a_name_has_no_hidden_characters() {
        for hidden in [
            '\0',
            '\n',
            '\u{202E}',
            '\u{2066}',
            '\u{200B}',
            '\u{FEFF}',
            '\u{3164}',
            '\u{2800}',
            '\u{1FFFF}',
        ] {
            refuses(&format!("a{hidden}b"), BadText::Character(hidden.into()));
        }
        refuses("   ", BadText::Empty);
        refuses("12345678901", BadText::TooLong { max: 10 });
        refuses(
            &format!("e{}", "\u{316}".repeat(9)),
            BadText::Character(0x316),
        );
    }

    #[test]
    fn a_text_of_nothing_visible_is_empty() {
        for blank in ["", " \n", "\u{3000}", "\u{3164}", "\u{200D} \u{200D}"] {
            refuses(blank, BadText::Empty);
            assert_eq!(blank.parse::<Prose<10>>(), Err(BadText::Empty), "{blank:?}");
        }
    }

    #[test]
    fn prose_from_windows_and_browsers_has_plain_line_breaks() {
        let prose: Prose<100> = "one\r\ntwo\r\n".parse().unwrap();

        assert_eq!(prose.as_str(), "one\ntwo");
        assert!("one\rtwo".parse::<Prose<100>>().is_err());
        refuses("one\r\ntwo", BadText::Character('\n'.into()));
    }

    #[test]
    fn a_name_may_be_written_with_a_variant_of_a_kanji() {
        let name = "葛\u{E0100}城";

        assert_eq!(name.parse::<Name>().unwrap().as_str(), name);
    }

    #[test]
    fn prose_keeps_line_breaks_and_emoji_families() {
        let text = "one\ntwo 👩\u{200D}🔬";

        assert_eq!(text.parse::<Prose<100>>().unwrap().as_str(), text);
        assert!("\0".parse::<Prose<100>>().is_err());
    }

    #[test]
    fn a_reader_gets_their_language_first_and_any_other_before_nothing() {
        let name = Texts {
            en: Some("Osaka"),
            ja: Some("大阪"),
            original: None,
        };

        assert_eq!(name.in_language(Language::Ja), Some(&"大阪"));
        assert_eq!(
            Texts { ja: None, ..name }.in_language(Language::Ja),
            Some(&"Osaka")
        );
    }
}
