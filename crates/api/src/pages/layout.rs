//! What every page has: its head, its style, and headers that let nothing else in.

use std::sync::LazyLock;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::Language;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

const STYLE: &str = "
:root{color-scheme:light dark;--ink:#1c2430;--paper:#fff;--faint:#5b6675;--line:#c9d0d9;--act:#0b5394;--on:#fff;--warn:#8a1c1c}
@media(prefers-color-scheme:dark){:root{--ink:#e8ecf1;--paper:#161b22;--faint:#a5b0bd;--line:#3a4552;--act:#8ec5ff;--on:#0d1117;--warn:#ffb3b3}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1.05rem/1.65 system-ui,'Hiragino Sans','Noto Sans JP','Noto Sans CJK JP','Yu Gothic UI',Meiryo,sans-serif}
header,main,footer{max-width:44rem;margin:0 auto;padding:1rem}
header{display:flex;justify-content:space-between;gap:1rem;border-bottom:1px solid var(--line)}
h1{font-size:1.5rem;line-height:1.35;margin:1rem 0}
h2{font-size:1.15rem;margin:2rem 0 .5rem}
dl{display:grid;grid-template-columns:minmax(7rem,max-content) 1fr;gap:.4rem 1rem;margin:0}
dt{color:var(--faint)}dd{margin:0;overflow-wrap:anywhere}
blockquote{margin:.5rem 0;padding:.6rem 1rem;border-left:4px solid var(--line);white-space:pre-wrap;overflow-wrap:anywhere}
fieldset{border:1px solid var(--line);border-radius:.5rem;margin:0 0 1rem;padding:1rem}
legend{font-weight:600;padding:0 .4rem}
label{display:block;margin:.7rem 0 .2rem}
label.choice{display:flex;gap:.6rem;align-items:baseline;margin:.4rem 0}
input:not([type=radio]):not([type=checkbox]),select,textarea{width:100%;font:inherit;color:inherit;background:transparent;border:1px solid var(--faint);border-radius:.35rem;padding:.5rem}
select option{color:#1c2430;background:#fff}
textarea{min-height:7rem}
button{font:inherit;font-weight:600;min-height:2.75rem;padding:.5rem 1.2rem;margin-top:1rem;border:2px solid var(--act);border-radius:.35rem;background:var(--act);color:var(--on);cursor:pointer}
a{color:var(--act)}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
.problem{border:2px solid var(--warn);border-radius:.5rem;padding:.6rem 1rem;color:var(--warn)}
.hint,footer{color:var(--faint);font-size:.92rem}
@media(max-width:30rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.6rem}}
";

/// Nothing but the style of the page itself may be used, and its forms go back to where it came from.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    )
});

/// A whole page.
pub(super) fn page(
    status: StatusCode,
    language: Language,
    title: &str,
    content: &Markup,
) -> HttpResponse {
    let (code, other, other_code, hub) = match language {
        Language::En => ("en", "日本語", "ja", "Nakodo"),
        Language::Ja => ("ja", "English", "en", "Nakodo 仲人"),
    };
    let body = html! {
        (DOCTYPE)
        html lang=(code) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex, nofollow";
                meta name="referrer" content="no-referrer";
                title { (title) " · " (hub) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    strong { (hub) }
                    nav { a href={ "?language=" (other_code) } lang=(other_code) hreflang=(other_code) { (other) } }
                }
                main {
                    h1 { (title) }
                    (content)
                }
            }
        }
    };
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY.as_str()))
        .insert_header((header::X_FRAME_OPTIONS, "DENY"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("x-robots-tag", "noindex, nofollow"))
        .insert_header((header::CONTENT_LANGUAGE, code))
        .body(body.into_string())
}
