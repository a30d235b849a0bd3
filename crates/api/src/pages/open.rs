//! Where the links in mails lead until a console takes them over: a page that shows nothing and says where to look.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use domain::Language;
use maud::html;

use super::{layout::page, words::say};
use crate::extract::Reader;

/// The pages, beside the API.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    for path in ["/meeting-requests/{id}", "/organisations/{id}"] {
        config.service(web::resource(path).route(web::get().to(open)));
    }
}

async fn open(reader: Reader, request: HttpRequest) -> HttpResponse {
    let asked = web::Query::<Asked>::from_query(request.query_string());
    let language = asked
        .ok()
        .and_then(|asked| asked.language)
        .unwrap_or(reader.0);
    let content = html! {
        p { (say(
            language,
            "It is shown to those who take part in it, once they have signed in: in the console of your hub, or over the API at this address.",
            "サインインした関係者にのみ表示されます。お使いの画面、または次のAPIからご覧ください。",
        )) }
        blockquote { "GET /v1" (request.path()) }
    };
    let title = say(language, "Please sign in", "サインインしてください");
    page(StatusCode::OK, language, title, &content)
}

/// In which language; that of the reader otherwise.
#[derive(serde::Deserialize)]
struct Asked {
    language: Option<Language>,
}
