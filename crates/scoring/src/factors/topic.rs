//! The words of a text, in any language: what a startup says of itself, as terms that records are kept for.
//!
//! Words of an alphabet stand for themselves; Chinese characters and kana, which are not parted by spaces, stand in pairs
//! of neighbours.

use crate::record::Term;

/// No organisation counts for more words.
const WORDS_MAX: usize = 64;

/// A word of an alphabet has so many letters at least.
const LETTERS_MIN: usize = 3;

/// A word is known once so many deals of the market had it. Source: our choice.
pub(crate) const DEALS_MIN: u32 = 5;

/// So many words of a startup are asked for: those that the market has least of. One twelfth each at least.
pub(crate) const ASKED_MAX: usize = 12;

/// Texts in lower letters, to be read for their [`words`].
pub(crate) fn lower(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| text.to_lowercase()).collect()
}

/// The words of texts in [`lower`] letters with their terms, each once, in the order in which they come.
pub(crate) fn words(lower: &[String]) -> Vec<(Term, &str)> {
    let mut words: Vec<(Term, &str)> = Vec::new();
    let mut add = |word| {
        let term = Term::of(word);
        if words.len() < WORDS_MAX && words.iter().all(|(known, _)| *known != term) {
            words.push((term, word));
        }
    };
    for text in lower {
        for run in text.split(|letter: char| !letter.is_alphanumeric()) {
            each_part(run, &mut add);
        }
    }
    words
}

/// A run of letters as words: stretches of an alphabet whole, others in pairs.
fn each_part<'t>(mut run: &'t str, mut take: impl FnMut(&'t str)) {
    while let Some(first) = run.chars().next() {
        let is_other = |letter: char| is_spaceless(letter) != is_spaceless(first);
        let (stretch, rest) = run.split_at(run.find(is_other).unwrap_or(run.len()));
        if is_spaceless(first) {
            let starts = || stretch.char_indices().map(|(start, _)| start);
            let ends = starts().skip(2).chain([stretch.len()]);
            for (start, end) in starts().zip(ends).take(stretch.chars().count() - 1) {
                take(&stretch[start..end]);
            }
        } else if stretch.chars().nth(LETTERS_MIN - 1).is_some() {
            take(stretch);
        }
        run = rest;
    }
}

/// Whether a letter belongs to a script that is written without spaces.
fn is_spaceless(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_both_languages_are_found_once_each() {
        let texts = lower(&[
            "iPS cells, iPS-derived".into(),
            "再生医療のiPS細胞 AI 薬".into(),
        ]);

        let words: Vec<&str> = words(&texts).into_iter().map(|(_, word)| word).collect();

        assert_eq!(
            words,
            [
                "ips", "cells", "derived", "再生", "生医", "医療", "療の", "細胞"
            ]
        );
    }
}
