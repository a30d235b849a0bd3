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

/// The words of `texts`, each once, in the order in which they come.
pub(crate) fn words(texts: &[String]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for text in texts {
        let lower = text.to_lowercase();
        for run in lower.split(|letter: char| !letter.is_alphanumeric()) {
            for word in parts(run) {
                if words.len() < WORDS_MAX && !words.contains(&word) {
                    words.push(word);
                }
            }
        }
    }
    words
}

/// The term of a word.
pub(crate) fn term(word: &str) -> Term {
    Term::of(word)
}

/// A run of letters as words: stretches of an alphabet whole, others in pairs.
fn parts(run: &str) -> Vec<String> {
    let letters: Vec<char> = run.chars().collect();
    let mut parts = Vec::new();
    for stretch in letters.chunk_by(|a, b| is_spaceless(*a) == is_spaceless(*b)) {
        if is_spaceless(stretch[0]) {
            parts.extend(
                stretch
                    .windows(2)
                    .map(|pair| pair.iter().collect::<String>()),
            );
        } else if stretch.len() >= LETTERS_MIN {
            parts.push(stretch.iter().collect());
        }
    }
    parts
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
        let texts = ["iPS cells, iPS-derived".into(), "再生医療のiPS細胞".into()];

        assert_eq!(
            words(&texts),
            [
                "ips", "cells", "derived", "再生", "生医", "医療", "療の", "細胞"
            ]
        );
    }
}
