//! The audit log 監査ログ: the sealed rows, for the staff of the hub.

use actix_web::{HttpRequest, HttpResponse, get};
use domain::{Line, Noun, PersonId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{
    audit::{self, Filter, Sealed},
    journal::{self, Change},
};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::{
    answer::PageOf,
    app::App,
    auth::cursor::Cursor,
    error::{ApiError, ApiResult, Code},
    extract::{PageSize, Query, Signed},
    routes::{meeting_requests::binding, organisations::access::require_hub_staff},
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_audit);
}

/// Which rows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Of one noun: `meeting_request`.
    noun: Option<Line<64>>,
    /// Of one thing.
    id: Option<Uuid>,
    /// By one person.
    person: Option<PersonId>,
    /// From this instant on.
    since: Option<Timestamp>,
    /// Rows on a page.
    #[serde(default)]
    limit: PageSize,
    /// From the page before.
    #[param(max_length = 2048)]
    cursor: Option<String>,
}

/// A sealed row of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditView {
    /// Its place in the chain, from 1 without gaps.
    position: i64,
    /// Its number in the order of writing.
    seq: i64,
    /// When.
    at: Timestamp,
    /// Who; nobody for the clock and the system.
    person: Option<PersonId>,
    /// On whose part.
    party: Option<String>,
    /// What.
    action: String,
    /// To what.
    noun: String,
    /// To which.
    id: Uuid,
    /// The version that it made.
    version: i32,
    /// Codes and ids that explain it.
    #[schema(value_type = Object)]
    detail: Value,
    /// The seal of the row before it.
    previous_seal: String,
    /// Its own: SHA-256 over all of the above.
    seal: String,
}

impl From<Sealed> for AuditView {
    fn from(row: Sealed) -> AuditView {
        let entry = row.entry;
        AuditView {
            position: row.position,
            seq: entry.seq,
            at: entry.at,
            person: entry.person,
            party: entry.party,
            action: entry.action,
            noun: entry.noun,
            id: entry.subject,
            version: entry.version,
            detail: entry.detail,
            previous_seal: row.previous_seal,
            seal: row.seal,
        }
    }
}

/// The audit log, oldest first.
///
/// For the staff of the hub. Rows are there within a second of what they tell of, each sealed with the seal of the row
/// before it; `nakodo audit verify` checks the chain. Each page that is read leaves a row too: who read what, and when.
#[utoipa::path(tag = "audit", params(AuditQuery), responses((status = 200, body = PageOf<AuditView>), ApiError))]
#[get("/audit")]
pub(crate) async fn list_audit(
    caller: Signed,
    query: Query<AuditQuery>,
    app: App,
    request: HttpRequest,
) -> ApiResult<HttpResponse> {
    let (binding, query) = (binding(&caller, &request), query.0);
    let after: Option<i64> = query
        .cursor
        .map(|cursor| Cursor::open(app.cursor_key(), &binding, &cursor))
        .transpose()
        .map_err(|_| Code::InvalidCursor)?;
    let (now, reading) = (app.now(), app.new_uuid());
    let (snapshot, sealing) = (app.live().snapshot(), app.clone());
    let page = app
        .write_as(&caller, move |conn, me| {
            require_hub_staff(&snapshot, me)?;
            let asked = json!({
                "noun": query.noun, "id": query.id, "person": query.person, "since": query.since,
                "after": after.unwrap_or(0),
            });
            let filter = Filter {
                noun: query.noun.map(|noun| noun.as_str().to_owned()),
                subject: query.id,
                person: query.person,
                since: query.since,
            };
            let limit = query.limit.as_limit() + 1;
            let mut rows = audit::list_sealed(conn, &filter, after.unwrap_or(0), limit)?;
            let more = rows.len() > query.limit.get();
            rows.truncate(query.limit.get());
            let last = rows.last().filter(|_| more).map(|row| row.position);
            let taken = Change {
                action: "read",
                noun: Noun::Audit,
                id: reading,
                version: 1,
                person: Some(me.person),
                party: None,
                detail: json!({"asked": asked, "rows": rows.len()}),
            };
            journal::insert_reading(conn, &taken, now)?;
            Ok(PageOf {
                items: rows.into_iter().map(AuditView::from).collect(),
                next_cursor: last.map(|last| Cursor::seal(sealing.cursor_key(), &binding, &last)),
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(page))
}
