//! What changed 変更フィード: ids and kinds, so that another system need not read everything again and again.

use std::collections::HashSet;

use actix_web::{HttpRequest, HttpResponse, get};
use domain::{Id, MeetingRequestId, Noun, Principal};
use serde::{Deserialize, Serialize};
use store::{
    Conn, StoreError,
    change_log::{self, Note, Place},
    meeting_requests,
};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::{
    app::{App, off_thread},
    auth::cursor::Cursor,
    error::{ApiError, ApiResult, Code},
    extract::{PageSize, Query, Signed},
    live::Snapshot,
    requests::rights::Eyes,
    routes::meeting_requests::binding,
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_changes);
}

/// Notes looked through for one page.
const NOTES_MAX: i64 = 1_000;

/// From where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum From {
    /// From the beginning.
    Beginning,
    /// From now on.
    Now,
}

/// Which changes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChangeQuery {
    /// Where to start without a cursor; the beginning otherwise.
    #[param(inline)]
    from: Option<From>,
    /// Changes on a page.
    #[serde(default)]
    limit: PageSize,
    /// From the page before.
    #[param(max_length = 2048)]
    cursor: Option<String>,
}

/// A thing that changed. What it is now, its own resource tells.
#[derive(Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
pub(crate) struct ChangeView {
    /// `organisation`, `meeting_request` or `programme`.
    noun: String,
    /// Which.
    id: Uuid,
}

/// A page of changes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangeList {
    /// What changed, the oldest change first, each thing once.
    items: Vec<ChangeView>,
    /// Where to go on, now or later. There always is one.
    next_cursor: String,
    /// Whether there is more already.
    more: bool,
}

/// What changed of what I may see.
///
/// Keep `next_cursor`, and come back with it. A thing whose rights changed may be told of without having changed itself;
/// one that was hidden is told of no more, and reading it answers 404.
#[utoipa::path(tag = "changes", params(ChangeQuery), responses((status = 200, body = ChangeList), ApiError))]
#[get("/changes")]
pub(crate) async fn list_changes(
    caller: Signed,
    query: Query<ChangeQuery>,
    app: App,
    request: HttpRequest,
) -> ApiResult<HttpResponse> {
    let query = query.0;
    // The same feed, however much of it is read at once and wherever it began.
    let binding = binding(&caller, &request)
        .replace("from=now", "")
        .replace("from=beginning", "");
    let place: Option<Place> = query
        .cursor
        .map(|cursor| Cursor::open(app.cursor_key(), &binding, &cursor))
        .transpose()
        .map_err(|_| Code::InvalidCursor)?;
    let (start, notes) = app
        .read_as(&caller, move |conn, _| {
            let start = match (place, query.from) {
                (Some(place), _) => place,
                (None, Some(From::Now)) => change_log::find_end(conn)?,
                (None, _) => (0, 0),
            };
            Ok((start, change_log::list_settled(conn, start, NOTES_MAX)?))
        })
        .await?;
    // The snapshot must know what the notes tell of.
    let following = app.clone();
    off_thread(move || {
        Ok(following
            .live()
            .catch_up(following.store(), following.now())?)
    })
    .await?;
    let (snapshot, sealing) = (app.live().snapshot(), app.clone());
    let list = app
        .read_as(&caller, move |conn, me| {
            let (items, end, all) = seen(conn, &snapshot, me, &notes, query.limit.get())?;
            let full = i64::try_from(notes.len()).unwrap_or(i64::MAX) == NOTES_MAX;
            Ok(ChangeList {
                items,
                next_cursor: Cursor::seal(sealing.cursor_key(), &binding, &end.unwrap_or(start)),
                more: full || !all,
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(list))
}

/// What of the notes the caller may see, up to `limit`; the place after the last that was looked at, and whether that was
/// the last of all.
fn seen(
    conn: &mut Conn,
    snapshot: &Snapshot,
    me: &Principal,
    notes: &[(Place, Note)],
    limit: usize,
) -> ApiResult<(Vec<ChangeView>, Option<Place>, bool)> {
    let (mut items, mut looked_at) = (Vec::new(), HashSet::new());
    let mut end = None;
    for (place, note) in notes {
        if items.len() == limit {
            return Ok((items, end, false));
        }
        end = Some(*place);
        if looked_at.insert((note.noun.as_str(), note.id)) && may_see(conn, snapshot, me, note)? {
            items.push(ChangeView {
                noun: note.noun.clone(),
                id: note.id,
            });
        }
    }
    Ok((items, end, true))
}

/// Whether the caller may know that this changed. What has no line here is told to nobody.
fn may_see(conn: &mut Conn, snapshot: &Snapshot, me: &Principal, note: &Note) -> ApiResult<bool> {
    if note.noun == Noun::Organisation.code() {
        let listed = snapshot.organisation(Id::from_uuid(note.id));
        return Ok(listed.is_some_and(|listed| snapshot.may_see(me, listed, &[]).is_some()));
    }
    if note.noun == Noun::MeetingRequest.code() {
        let id = MeetingRequestId::from_uuid(note.id);
        let request = match meeting_requests::find(conn, id) {
            Err(StoreError::NotFound(_)) => return Ok(false),
            found => found.map_err(ApiError::from)?,
        };
        return Ok(Eyes::of(me, &request).is_ok());
    }
    if note.noun == Noun::Programme.code() {
        let id = Id::from_uuid(note.id);
        let in_it = me
            .memberships
            .iter()
            .any(|(own, _)| snapshot.is_member(id, *own));
        return Ok(snapshot.programme(id).is_some() && (in_it || me.is_staff_of(id)));
    }
    Ok(false)
}
