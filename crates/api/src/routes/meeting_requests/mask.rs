//! E-mail addresses in free text, which are contacts too.

/// What stands in the place of an address.
const MASK: &str = "***@***";

/// `text` with every e-mail address in it replaced. An address is what stands around an `@`, in half or full width,
/// without a space and without the punctuation of sentences.
pub(crate) fn without_addresses(text: &str) -> String {
    let is_at = |letter: char| matches!(letter, '@' | '＠' | '﹫');
    if !text.contains(is_at) {
        return text.to_owned();
    }
    let is_part = |letter: char| {
        is_at(letter)
            || letter.is_ascii_alphanumeric()
            || "!#$%&'*+-./=?^_`{|}~．".contains(letter)
            || (!letter.is_ascii() && letter.is_alphanumeric())
    };
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (before, from) = rest.split_at(start);
        let (word, after) =
            from.split_at(from.find(|letter| !is_part(letter)).unwrap_or(from.len()));
        masked.push_str(before);
        masked.push_str(if is_address(word, is_at) { MASK } else { word });
        rest = after;
    }
    masked + rest
}

fn is_address(word: &str, is_at: impl Fn(char) -> bool) -> bool {
    word.split_once(is_at)
        .is_some_and(|(name, place)| !name.is_empty() && !place.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_a_text_is_replaced_and_the_rest_stays() {
        for (text, shown) in [
            (
                "Write to kim@kim.example, please",
                "Write to ***@***, please",
            ),
            ("<a.b+c@x.example>", "<***@***>"),
            ("連絡先：ｋｉｍ＠ｋｉｍ．example へ", "連絡先：***@*** へ"),
            ("a@b@c.example", "***@***"),
            ("10 @ 5 and @home", "10 @ 5 and @home"),
            ("nothing here", "nothing here"),
            ("", ""),
        ] {
            assert_eq!(without_addresses(text), shown, "{text}");
        }
    }
}
