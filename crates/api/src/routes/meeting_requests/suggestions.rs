//! The next best after a no: whom the side that asked may ask instead.

use std::collections::HashSet;

use actix_web::{HttpResponse, get};
use domain::{Mark, MeetingRequest, MeetingRequestId, Noun, OrganisationId, State};
use scoring::{Among, Ask, Explained};
use serde::Serialize;
use store::{marks, meeting_requests};
use utoipa::ToSchema;

use crate::{
    app::App,
    error::{ApiError, ApiResult},
    extract::{PathId, Reader, Signed},
    live::Snapshot,
    requests::rights::Eyes,
    routes::matches::MatchView,
};

/// Suggestions at most. Our choice.
const SUGGESTIONS_MAX: usize = 5;

/// Matches looked through for them: enough that open requests and unwanted ones do not empty the list.
const DEPTH: usize = 200;

/// A suggestion.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SuggestionView {
    /// The pair.
    #[serde(flatten)]
    found: MatchView,
    /// What the side that asks noted of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<Mark>,
}

/// Whom to ask instead.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SuggestionList {
    /// Those with a bookmark first, those not wanted last, the best first among equals.
    items: Vec<SuggestionView>,
}

/// Whom to ask instead, once a request was declined, rejected or expired; empty otherwise.
///
/// For members of the side that asked: counterparts of the same kind for the same purpose with whom nothing is open.
#[utoipa::path(
    tag = "meeting-requests",
    params(("id" = MeetingRequestId, Path)),
    responses((status = 200, body = SuggestionList), ApiError)
)]
#[get("/meeting-requests/{id}/suggestions")]
pub(crate) async fn list_suggestions(
    caller: Signed,
    id: PathId<domain::of::MeetingRequest>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let items = app
        .read_as(&caller, move |conn, me| {
            let request = meeting_requests::find(conn, id.0)?;
            if !Eyes::of(me, &request)?.requester {
                return Err(ApiError::not_found(Noun::MeetingRequest));
            }
            let said_no = [State::Declined, State::Rejected, State::Expired];
            if !said_no.contains(&request.state_at(now)) {
                return Ok(Vec::new());
            }
            let open = meeting_requests::list_open_of(conn, request.from.organisation, now)?;
            let open: HashSet<OrganisationId> = open
                .iter()
                .filter(|open| open.purpose == request.purpose)
                .flat_map(|open| [open.from.organisation, open.to.organisation])
                .collect();
            let marks = marks::list(conn, request.from.organisation)?;
            let mark_of = |other| {
                let mut marks = marks.iter();
                marks
                    .find(|marked| marked.other == other)
                    .map(|marked| marked.mark)
            };
            let mut found = candidates(&snapshot, &request, reader, &open);
            found.sort_by_key(|(other, _)| match mark_of(*other) {
                Some(Mark::Bookmark) => 0,
                None => 1,
                Some(Mark::Ignore) => 2,
            });
            found.truncate(SUGGESTIONS_MAX);
            let views = found.into_iter().map(|(other, found)| SuggestionView {
                found,
                mark: mark_of(other),
            });
            Ok(views.collect())
        })
        .await?;
    Ok(HttpResponse::Ok().json(SuggestionList { items }))
}

/// The matches of the request's asker for its purpose, the best first, without those in `not`.
fn candidates(
    snapshot: &Snapshot,
    request: &MeetingRequest,
    reader: Reader,
    not: &HashSet<OrganisationId>,
) -> Vec<(OrganisationId, MatchView)> {
    let (from, to) = (request.from.organisation, request.to.organisation);
    let (Some(programme), Some(asked)) = (
        snapshot.programme(request.programme),
        snapshot.organisation(to),
    ) else {
        return Vec::new();
    };
    let ask = Ask {
        asker: from,
        kind: asked.organisation.kind,
        mandate: None,
        purpose: Some(request.purpose),
        table: &programme.programme,
        members: snapshot.members_if_any(programme),
        cooling: &snapshot.cooling(programme, from, Some(request.purpose)),
        among: Among::Strangers,
    };
    let (market, card) = (snapshot.market(), snapshot.card(programme));
    let list = Explained::new(market, card, &ask);
    let ranked = list.rank(None, DEPTH).into_iter();
    let others = ranked
        .map(|found| found.organisation)
        .filter(|other| *other != to && !not.contains(other));
    others
        .filter_map(|other| {
            let explained = list.tell(other).ok()?;
            Some((other, MatchView::of(snapshot, explained, reader.0)?))
        })
        .collect()
}
