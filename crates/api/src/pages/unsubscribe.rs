//! The link at the foot of each mail. Opening it shows a page and changes nothing; its button does, and so does the
//! one-click `POST` of mail programs (RFC 8058).

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use domain::{Language, Person};
use store::{Conn, notice_settings, people};

use crate::{
    app::App,
    error::{ApiResult, Code},
    extract::CallerAddress,
    limits,
    notices::{UnsubscribePage, Unsubscription, open_unsubscription},
    routes::notice_settings::keep,
};

/// The page, beside the API.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config.service(
        web::resource("/unsubscribe/{token}")
            .route(web::get().to(show))
            .route(web::post().to(stop)),
    );
}

/// What the link is for, and who reads it.
fn find(conn: &mut Conn, app: &App, token: &str) -> ApiResult<(Unsubscription, Person)> {
    let what =
        open_unsubscription(app.cursor_key(), token).map_err(|_| Code::UnsubscribeLinkNotFound)?;
    match people::find(conn, what.person) {
        Err(store::StoreError::NotFound(_)) => Err(Code::UnsubscribeLinkNotFound.into()),
        found => Ok((what, found?)),
    }
}

fn token_of(request: &HttpRequest) -> String {
    let token = request.match_info().get("token");
    token.unwrap_or_default().to_owned()
}

fn page(language: Language, what: &Unsubscription, done: bool) -> HttpResponse {
    let page = UnsubscribePage {
        language,
        kinds: &what.kinds,
        done,
    };
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
        ))
        .body(page.html())
}

/// The page of the link in a mail.
///
/// It shows what the link stops, with a button. Opening it changes nothing.
async fn show(request: HttpRequest, app: App) -> ApiResult<HttpResponse> {
    let (token, finding) = (token_of(&request), app.clone());
    let (what, reader) = app.read(move |conn| find(conn, &finding, &token)).await?;
    Ok(page(reader.language, &what, false))
}

/// Stop the mails that the link is for.
///
/// For the button of the page, and for the one click of mail programs. The body is not read; doing it twice is as once.
async fn stop(request: HttpRequest, address: CallerAddress, app: App) -> ApiResult<HttpResponse> {
    limits::writes(&app, &address.0).await?;
    let (token, finding, now) = (token_of(&request), app.clone(), app.now());
    let (what, language) = app
        .write_quietly(move |conn| {
            let (what, reader) = find(conn, &finding, &token)?;
            let mut settings = notice_settings::find(conn, reader.id)?;
            let before = settings.muted.len();
            settings.muted.extend(&what.kinds);
            settings.muted.sort_unstable();
            settings.muted.dedup();
            if settings.muted.len() != before {
                keep(conn, reader.id, None, settings, now)?;
            }
            Ok((what, reader.language))
        })
        .await?;
    Ok(page(language, &what, true))
}
