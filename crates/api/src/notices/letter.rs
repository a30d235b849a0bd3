//! A letter: what one mail says, as text and as HTML, the same look in both languages.
//!
//! Mail readers know tables and inline styles and little else, so there is nothing else here, and nothing to load.

use std::fmt::Write;

use domain::Language;
use maud::{DOCTYPE, Markup, html};

/// One thing that the letter tells of.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// In one line.
    pub(crate) subject: String,
    /// In a sentence.
    pub(crate) sentence: String,
    /// What belongs to it, by name.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// Where it is seen.
    pub(crate) link: Option<String>,
}

/// What one mail says.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    /// The language of who reads it.
    pub(crate) language: Language,
    /// The name of who reads it.
    pub(crate) name: String,
    /// What it tells of; several in a digest.
    pub(crate) items: Vec<Item>,
    /// Where it can be unsubscribed from; not by somebody who has no settings, and is written to of one request alone.
    pub(crate) unsubscribe: Option<String>,
}

/// The colours: ink, quiet ink, paper, ground, line, and vermilion of a seal 朱.
const INK: &str = "#22262e";
const QUIET: &str = "#6a7180";
const PAPER: &str = "#ffffff";
const GROUND: &str = "#f3f1ec";
const LINE: &str = "#e4e1d9";
const SEAL: &str = "#b7362b";

/// Why writing to a text cannot fail.
const TAKES_ALL: &str = "a string takes everything";

impl Letter {
    fn say(&self, en: &'static str, ja: &'static str) -> &'static str {
        match self.language {
            Language::En => en,
            Language::Ja => ja,
        }
    }

    /// The subject of the mail.
    pub(crate) fn subject(&self) -> String {
        match (self.items.as_slice(), self.language) {
            ([item], _) => item.subject.clone(),
            (items, Language::En) => format!("{} things since yesterday", items.len()),
            (items, Language::Ja) => format!("昨日からのお知らせ {}件", items.len()),
        }
    }

    fn greeting(&self) -> String {
        match self.language {
            Language::En => format!("Dear {},", self.name),
            Language::Ja => format!("{} 様", self.name),
        }
    }

    /// As plain text.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{}\n", self.greeting());
        for item in &self.items {
            text.push('\n');
            if self.items.len() > 1 {
                writeln!(text, "■ {}", item.subject).expect(TAKES_ALL);
            }
            writeln!(text, "{}", item.sentence).expect(TAKES_ALL);
            if !item.facts.is_empty() {
                text.push('\n');
            }
            for (name, fact) in &item.facts {
                writeln!(text, "  {name}: {fact}").expect(TAKES_ALL);
            }
            if let Some(link) = &item.link {
                writeln!(text, "\n  {}\n  {link}", self.open()).expect(TAKES_ALL);
            }
        }
        writeln!(text, "\n-- \nNakodo 仲人").expect(TAKES_ALL);
        match &self.unsubscribe {
            Some(link) => {
                let stop = self.say(
                    "You receive this because you take part in the hub. No more of this kind:",
                    "このメールは拠点の参加者にお送りしています。この種類のメールの配信停止:",
                );
                writeln!(text, "{stop}\n{link}").expect(TAKES_ALL);
            }
            None => writeln!(text, "{}", self.why()).expect(TAKES_ALL),
        }
        text
    }

    /// Why the reader is written to.
    fn why(&self) -> &'static str {
        if self.unsubscribe.is_some() {
            self.say(
                "You receive this because you take part in the hub.",
                "このメールは拠点の参加者にお送りしています。",
            )
        } else {
            self.say(
                "You receive this because the hub passed this request on to you. The link is for you alone: please do not forward it. If you do not want to meet, decline behind the link, and no more is sent of it.",
                "このメールは、拠点がこの依頼をお取り次ぎするためにお送りしています。リンクはご本人専用ですので、転送はお控えください。面談をご希望でない場合はリンク先で「見送り」をお選びください。以後この依頼についてのご連絡はいたしません。",
            )
        }
    }

    fn open(&self) -> &'static str {
        self.say("Open in Nakodo", "Nakodoで開く")
    }

    /// As HTML.
    pub(crate) fn html(&self) -> String {
        let font = match self.language {
            Language::En => "-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif",
            Language::Ja => {
                "'Hiragino Sans', 'Noto Sans CJK JP', 'Noto Sans JP', 'Yu Gothic UI', Meiryo, sans-serif"
            }
        };
        let lang = self.say("en", "ja");
        let body = format!(
            "margin:0; padding:0; background:{GROUND}; color:{INK}; font-family:{font}; -webkit-text-size-adjust:100%;"
        );
        let card = format!(
            "width:100%; max-width:560px; background:{PAPER}; border:1px solid {LINE}; border-radius:10px;"
        );
        html! {
            (DOCTYPE)
            html lang=(lang) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light";
                    title { (self.subject()) }
                }
                body style=(body) {
                    table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" {
                        tr { td align="center" style="padding:32px 12px;" {
                            table role="presentation" align="center" cellpadding="0" cellspacing="0" border="0" style=(card) {
                                tr { td style="padding:26px 32px 0;" { (Letter::seal()) } }
                                tr { td style="padding:22px 32px 0; font-size:15px; line-height:1.7;" { (self.greeting()) } }
                                @for (index, item) in self.items.iter().enumerate() {
                                    tr { td style=(Letter::padding(index)) { (self.item(item)) } }
                                }
                                tr { td style="padding:10px 32px 30px;" {} }
                            }
                            (self.footer())
                        } }
                    }
                }
            }
        }
        .into_string()
    }

    fn padding(index: usize) -> String {
        if index == 0 {
            return "padding:14px 32px 0;".to_owned();
        }
        format!("padding:24px 32px 0; border-top:1px solid {LINE};")
    }

    /// The mark of the hub: a seal and its name.
    fn seal() -> Markup {
        let seal = format!(
            "width:34px; height:34px; background:{SEAL}; color:{PAPER}; border-radius:7px; text-align:center; font-size:15px; line-height:34px; font-weight:600;"
        );
        let name = format!(
            "padding-left:11px; font-size:17px; font-weight:600; letter-spacing:0.02em; color:{INK};"
        );
        html! {
            table role="presentation" cellpadding="0" cellspacing="0" border="0" {
                tr {
                    td style=(seal) lang="ja" { "仲" }
                    td style=(name) { "Nakodo" }
                }
            }
        }
    }

    fn item(&self, item: &Item) -> Markup {
        let heading = "margin:0; font-size:20px; line-height:1.45; font-weight:650;";
        let button = format!(
            "display:inline-block; padding:11px 22px; background:{SEAL}; color:{PAPER}; border-radius:7px; font-size:15px; font-weight:600; text-decoration:none;"
        );
        html! {
            h1 style=(heading) { (item.subject) }
            p style="margin:10px 0 0; font-size:15px; line-height:1.75;" { (item.sentence) }
            @if !item.facts.is_empty() {
                table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style=(format!("margin-top:18px; border-top:1px solid {LINE};")) {
                    @for (name, fact) in &item.facts {
                        tr {
                            td valign="top" style=(format!("padding:9px 14px 9px 0; width:120px; border-bottom:1px solid {LINE}; font-size:13px; line-height:1.6; color:{QUIET};")) { (name) }
                            td valign="top" style=(format!("padding:9px 0; border-bottom:1px solid {LINE}; font-size:14px; line-height:1.6;")) { (fact) }
                        }
                    }
                }
            }
            @if let Some(link) = &item.link {
                p style="margin:22px 0 18px;" { a href=(link) style=(button) { (self.open()) } }
            } @else {
                p style="margin:0 0 14px;" {}
            }
        }
    }

    fn footer(&self) -> Markup {
        let stop = self.say("No more of this kind", "この種類のメールを停止する");
        let style = format!(
            "max-width:560px; padding:18px 32px 0; font-size:12px; line-height:1.7; color:{QUIET}; text-align:center;"
        );
        html! {
            div style=(style) {
                (self.why()) " "
                @if let Some(link) = &self.unsubscribe {
                    a href=(link) style=(format!("color:{QUIET}; text-decoration:underline; white-space:nowrap;")) { (stop) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(items: usize) -> Letter {
        let item = Item {
            subject: "<b>Kim & Co</b> asks".to_owned(),
            sentence: "\"A\" <script>".to_owned(),
            facts: vec![("For", "<i>x</i>".to_owned())],
            link: Some("https://hub.example/?a=\"><script>".to_owned()),
        };
        Letter {
            language: Language::Ja,
            name: "<u>Ada</u>".to_owned(),
            items: vec![item; items],
            unsubscribe: Some("https://hub.example/u".to_owned()),
        }
    }

    #[test]
    fn what_people_write_is_text_in_html() {
        let html = letter(2).html();

        for tag in ["<b>", "<script>", "<i>", "<u>"] {
            assert!(!html.contains(tag), "{tag}");
        }
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        let html = letter(1).html();

        for word in ["<img", "<link", "<script", "url(", "src="] {
            assert!(!html.contains(word), "{word}");
        }
    }

    #[test]
    fn a_digest_counts_what_it_tells() {
        assert_eq!(letter(1).subject(), "<b>Kim & Co</b> asks");
        assert_eq!(letter(3).subject(), "昨日からのお知らせ 3件");
    }
}
