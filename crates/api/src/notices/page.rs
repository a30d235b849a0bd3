//! The page behind the link at the foot of each mail. Opening it changes nothing; its button does.

use domain::{Language, NoticeKind, PersonId};
use maud::{DOCTYPE, html};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::auth::cursor::{BadCursor, Cursor};

/// What the links are signed for.
const BINDING: &str = "unsubscribe 1";

/// What a link unsubscribes: a person from kinds of mail. Good as long as the hub's key is: people unsubscribe from old
/// mails too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unsubscription {
    /// Who.
    pub(crate) person: PersonId,
    /// From which kinds.
    pub(crate) kinds: Vec<NoticeKind>,
}

/// The link that unsubscribes.
///
/// # Panics
/// Never: the path is a plain one.
pub(crate) fn unsubscribe(key: &[u8; 32], public_url: &Url, what: &Unsubscription) -> Url {
    let token = Cursor::seal(key, BINDING, what);
    super::mail::under(public_url, &format!("unsubscribe/{token}"))
}

/// What a link unsubscribes, if it was made here.
pub(crate) fn open(key: &[u8; 32], token: &str) -> Result<Unsubscription, BadCursor> {
    Cursor::open(key, BINDING, token)
}

/// The name of a kind in a language.
pub(crate) fn kind_name(kind: NoticeKind, language: Language) -> &'static str {
    let (en, ja) = match kind {
        NoticeKind::Approvals => ("What waits for the staff", "スタッフの承認・審査待ち"),
        NoticeKind::MeetingRequests => ("Meeting requests", "面談依頼"),
        NoticeKind::Meetings => ("Meetings", "面談"),
        NoticeKind::Reminders => ("Reminders", "期限のお知らせ"),
        NoticeKind::Organisation => ("Your organisation", "自社・自団体"),
        NoticeKind::Machines => ("Links to other systems", "システム連携"),
    };
    match language {
        Language::En => en,
        Language::Ja => ja,
    }
}

/// The page, before the button was pressed or after.
#[derive(Clone, Debug)]
pub(crate) struct UnsubscribePage<'a> {
    /// The language of who reads it.
    pub(crate) language: Language,
    /// From which kinds.
    pub(crate) kinds: &'a [NoticeKind],
    /// Whether it is done.
    pub(crate) done: bool,
}

impl UnsubscribePage<'_> {
    /// As HTML.
    pub(crate) fn html(&self) -> String {
        let say = |en: &'static str, ja: &'static str| match self.language {
            Language::En => en,
            Language::Ja => ja,
        };
        let title = if self.done {
            say("You are unsubscribed", "配信を停止しました")
        } else {
            say(
                "No more mails of this kind?",
                "この種類のメールを停止しますか？",
            )
        };
        let after = say(
            "You can change this at any time in your notice settings.",
            "通知設定でいつでも変更できます。",
        );
        html! {
            (DOCTYPE)
            html lang=(say("en", "ja")) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex";
                    title { (title) " · Nakodo" }
                    style { (maud::PreEscaped(STYLE)) }
                }
                body {
                    main {
                        p.mark { span lang="ja" { "仲" } "Nakodo" }
                        h1 { (title) }
                        ul { @for kind in self.kinds { li { (kind_name(*kind, self.language)) } } }
                        @if !self.done {
                            form method="post" { button { (say("Unsubscribe", "配信を停止する")) } }
                        }
                        p.quiet { (after) }
                    }
                }
            }
        }
        .into_string()
    }
}

const STYLE: &str = "body{margin:0;padding:40px 16px;background:#f3f1ec;color:#22262e;font-family:-apple-system,'Segoe UI','Hiragino Sans','Noto Sans CJK JP','Noto Sans JP',Meiryo,sans-serif;line-height:1.7}\
main{max-width:496px;margin:0 auto;padding:28px 32px;background:#fff;border:1px solid #e4e1d9;border-radius:10px}\
.mark{margin:0 0 20px;font-size:17px;font-weight:600}\
.mark span{display:inline-block;width:34px;height:34px;margin-right:11px;background:#b7362b;color:#fff;border-radius:7px;text-align:center;line-height:34px;font-size:15px}\
h1{margin:0;font-size:20px}ul{padding-left:22px}\
button{padding:11px 22px;border:0;border-radius:7px;background:#b7362b;color:#fff;font:inherit;font-weight:600;cursor:pointer}\
.quiet{margin:20px 0 0;color:#6a7180;font-size:13px}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_good_for_what_it_was_made_for_alone() {
        let what = Unsubscription {
            person: PersonId::from_uuid(uuid::Uuid::nil()),
            kinds: vec![NoticeKind::Meetings],
        };
        let base = Url::parse("https://hub.example/").unwrap();

        let link = unsubscribe(&[1; 32], &base, &what);

        let token = link.path().rsplit('/').next().unwrap();
        assert_eq!(open(&[1; 32], token), Ok(what));
        assert!(open(&[2; 32], token).is_err());
        assert!(open(&[1; 32], &token[1..]).is_err());
        assert!(Cursor::open::<Unsubscription>(&[1; 32], "another list", token).is_err());
    }
}
