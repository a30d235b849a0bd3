//! How the caller wants to be told of what happens 通知設定.

use actix_web::{HttpResponse, get, http::StatusCode, put};
use domain::{NoticeKind, NoticeSettings, PersonId, Rhythm, schedule::Zone};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    Conn,
    journal::{self, Change},
    notice_settings,
};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    answer::versioned,
    app::App,
    error::{ApiError, ApiResult},
    extract::{Body, IfMatch, Signed},
    limits,
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(show_notice_settings)
        .service(save_notice_settings);
}

/// How the caller is told.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticeSettingsView {
    /// The zone in which times are written.
    zone: Zone,
    /// At once, or once a day at eight in the morning of the zone.
    rhythm: Rhythm,
    /// The kinds of which no mail is sent.
    muted: Vec<NoticeKind>,
    /// Counts the changes; 0 before the first.
    version: u32,
}

impl From<NoticeSettings> for NoticeSettingsView {
    fn from(settings: NoticeSettings) -> NoticeSettingsView {
        NoticeSettingsView {
            zone: settings.zone,
            rhythm: settings.rhythm,
            muted: settings.muted,
            version: settings.version,
        }
    }
}

/// How do I want to be told of what happens?
#[utoipa::path(tag = "me", responses((status = 200, body = NoticeSettingsView), ApiError))]
#[get("/me/notice-settings")]
pub(crate) async fn show_notice_settings(caller: Signed, app: App) -> ApiResult<HttpResponse> {
    let settings = app
        .read_as(&caller, |conn, me| {
            Ok(notice_settings::find(conn, me.person)?)
        })
        .await?;
    let view = NoticeSettingsView::from(settings);
    Ok(versioned(StatusCode::OK, view.version, &view))
}

/// How the caller wants to be told.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoticeSettingsChange {
    /// The zone in which to write times.
    zone: Zone,
    /// At once, or once a day at eight in the morning of the zone.
    rhythm: Rhythm,
    /// The kinds of which to send no mail.
    #[serde(default)]
    #[schema(max_items = 6)]
    muted: Vec<NoticeKind>,
}

/// Say how I want to be told of what happens.
///
/// The language is that of `PUT /v1/me`.
#[utoipa::path(tag = "me", params(("If-Match" = String, Header)), request_body = NoticeSettingsChange, responses((status = 200, body = NoticeSettingsView), ApiError))]
#[put("/me/notice-settings")]
pub(crate) async fn save_notice_settings(
    caller: Signed,
    if_match: IfMatch,
    change: Body<NoticeSettingsChange>,
    app: App,
) -> ApiResult<HttpResponse> {
    limits::writes(&app, &caller.person.to_string()).await?;
    let (now, change) = (app.now(), change.value);
    if change.muted.len() > NoticeKind::ALL.len() {
        let message = format!("has more than {} entries", NoticeKind::ALL.len());
        return Err(ApiError::body("muted", message));
    }
    let settings = app
        .write_as(&caller, move |conn, me| {
            let mut settings = notice_settings::find(conn, me.person)?;
            if_match.require(settings.version)?;
            settings.zone = change.zone;
            settings.rhythm = change.rhythm;
            settings.muted = change.muted;
            settings.muted.sort_unstable();
            settings.muted.dedup();
            keep(conn, me.person, Some(me.person), settings, now)
        })
        .await?;
    let view = NoticeSettingsView::from(settings);
    Ok(versioned(StatusCode::OK, view.version, &view))
}

/// Keeps the settings of `person`, changed by `doer` or by whoever held the link in a mail.
pub(crate) fn keep(
    conn: &mut Conn,
    person: PersonId,
    doer: Option<PersonId>,
    settings: NoticeSettings,
    now: Timestamp,
) -> ApiResult<NoticeSettings> {
    notice_settings::save(conn, person, &settings)?;
    let settings = NoticeSettings {
        version: settings.version + 1,
        ..settings
    };
    let change = Change {
        action: "notice_settings_saved",
        noun: domain::Noun::Person,
        id: person.uuid(),
        version: settings.version,
        person: doer,
        party: None,
        detail: json!({"rhythm": settings.rhythm, "muted": settings.muted}),
    };
    journal::insert(conn, &change, now)?;
    Ok(settings)
}
