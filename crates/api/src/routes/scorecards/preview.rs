//! How lists would change, if a scorecard were put in force.

use std::collections::{HashMap, HashSet};

use actix_web::{HttpResponse, get};
use domain::{Kind, Language, OrganisationId, ProgrammeId, of};
use scoring::Card;
use serde::{Deserialize, Serialize};
use store::programmes::Stored;
use utoipa::{IntoParams, ToSchema};

use super::{checked, find};
use crate::{
    app::{App, off_thread},
    error::{ApiError, ApiResult},
    extract::{PathId, Query, Reader, Signed},
    live::Snapshot,
    routes::{me::OrganisationRef, programmes::find_staffed},
};

/// Lists compared at most: each is ranked twice, which takes some milliseconds. Our choice.
const LISTS_MAX: usize = 100;

/// What people look at.
const SHOWN: usize = 20;

/// How deep places are told.
const DEPTH: usize = 100;

/// Moves told at most.
const MOVES_MAX: usize = 20;

/// Which card.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PreviewQuery {
    /// Content hash of the card; the one that ships otherwise.
    scorecard: Option<String>,
}

/// How lists would change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewView {
    /// Content hash of the card in force.
    in_force: String,
    /// Content hash of the other.
    scorecard: String,
    /// Whose lists were compared: those of the lowest tie keys, which were drawn at random.
    askers: usize,
    /// Lists that were compared.
    lists: usize,
    /// Lists whose first twenty would be the same in the same order.
    unchanged: usize,
    /// Share of the first twenty that would still be among the first twenty, over all lists; none without a list.
    overlap_20: Option<f64>,
    /// Who would move furthest, among the first twenty before or after.
    moves: Vec<MoveView>,
}

/// Somebody who would move on a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MoveView {
    /// On whose list.
    asker: OrganisationRef,
    /// The kind that is asked for.
    kind: Kind,
    /// Who.
    counterpart: OrganisationRef,
    /// The place now, from 1; none below the first hundred.
    before: Option<usize>,
    /// The place then.
    after: Option<usize>,
}

/// How the lists of a programme would change under another scorecard, on a sample of those who ask. For its staff.
#[utoipa::path(
    tag = "scorecards",
    params(("id" = ProgrammeId, Path), PreviewQuery),
    responses((status = 200, body = PreviewView), ApiError)
)]
#[get("/programmes/{id}/scorecard-preview")]
pub(crate) async fn preview_scorecard(
    caller: Signed,
    id: PathId<of::Programme>,
    query: Query<PreviewQuery>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    let (snapshot, seen) = (app.live().snapshot(), app.live().snapshot());
    let (programme, card) = app
        .read_as(&caller, move |conn, me| {
            let programme = find_staffed(conn, &seen, me, id.0)?;
            let wanted = query.0.scorecard.as_deref();
            let wanted = wanted.unwrap_or(Card::default_card().hash());
            let (card, _) = find(conn, &checked(wanted)?)?;
            Ok((programme, card))
        })
        .await?;
    let view = off_thread(move || Ok(compare(&snapshot, &programme, &card, reader.0))).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// The lists that a programme's organisations may ask for, by asker, of those with the lowest tie keys first.
pub(crate) fn lists_of(
    snapshot: &Snapshot,
    programme: &Stored,
    most: usize,
) -> Vec<(OrganisationId, Kind)> {
    let mut askers: Vec<(u32, OrganisationId)> = snapshot
        .organisations()
        .filter(|listed| listed.is_matched())
        .map(|listed| (listed.organisation.tie_key, listed.organisation.id))
        .filter(|(_, id)| snapshot.is_member(programme.id, *id))
        .collect();
    askers.sort_unstable();
    let asks = askers.into_iter().flat_map(|(_, asker)| {
        let kinds = Kind::ALL.into_iter();
        kinds
            .filter(move |kind| snapshot.may_ask_for(asker, *kind, programme))
            .map(move |kind| (asker, kind))
    });
    asks.take(most).collect()
}

/// Somebody's places on a list: who asks for which kind, who moves, and from where to where.
type Moved = (OrganisationId, Kind, OrganisationId, [Option<usize>; 2]);

fn compare(
    snapshot: &Snapshot,
    programme: &Stored,
    card: &Card,
    language: Language,
) -> PreviewView {
    let in_force = snapshot.card(programme);
    let lists = lists_of(snapshot, programme, LISTS_MAX);
    let askers: HashSet<OrganisationId> = lists.iter().map(|(asker, _)| *asker).collect();
    let (mut compared, mut unchanged, mut shown, mut stayed) = (0, 0, 0_u32, 0_u32);
    let mut moves: Vec<Moved> = Vec::new();
    for (asker, kind) in lists {
        let cooling = snapshot.cooling(programme, asker, None);
        let ask = snapshot.ask(programme, (asker, kind), &cooling);
        let list = |card: &Card| -> Vec<OrganisationId> {
            let ranked = scoring::rank(snapshot.market(), card, &ask, None, DEPTH);
            ranked.iter().map(|found| found.organisation).collect()
        };
        let [before, after] = [list(in_force), list(card)];
        if before.is_empty() {
            continue;
        }
        let [first, then] = [&before, &after].map(|list| &list[..SHOWN.min(list.len())]);
        compared += 1;
        unchanged += usize::from(first == then);
        shown += u32::try_from(first.len()).unwrap_or_default();
        let still = first.iter().filter(|other| then.contains(other));
        stayed += u32::try_from(still.count()).unwrap_or_default();
        moves.extend(moved(&before, &after).map(|(other, places)| (asker, kind, other, places)));
    }
    let distance = |(.., [before, after]): &Moved| {
        let place = |place: &Option<usize>| place.unwrap_or(DEPTH + 1);
        place(before).abs_diff(place(after))
    };
    moves.sort_by_key(|moved| (std::cmp::Reverse(distance(moved)), moved.0, moved.2));
    moves.truncate(MOVES_MAX);
    let name = |id| OrganisationRef::of(snapshot, id, language);
    PreviewView {
        in_force: in_force.hash().to_owned(),
        scorecard: card.hash().to_owned(),
        askers: askers.len(),
        lists: compared,
        unchanged,
        overlap_20: (shown > 0).then(|| f64::from(stayed) / f64::from(shown)),
        moves: moves
            .into_iter()
            .filter_map(|(asker, kind, counterpart, [before, after])| {
                Some(MoveView {
                    asker: name(asker)?,
                    kind,
                    counterpart: name(counterpart)?,
                    before,
                    after,
                })
            })
            .collect(),
    }
}

/// Who is among the first twenty before or after and not in the same place.
fn moved(
    before: &[OrganisationId],
    after: &[OrganisationId],
) -> impl Iterator<Item = (OrganisationId, [Option<usize>; 2])> {
    let mut places: HashMap<OrganisationId, [Option<usize>; 2]> = HashMap::new();
    for (which, list) in [before, after].into_iter().enumerate() {
        for (place, organisation) in (1..).zip(list) {
            places.entry(*organisation).or_default()[which] = Some(place);
        }
    }
    let is_shown = |place: &Option<usize>| place.is_some_and(|place| place <= SHOWN);
    places
        .into_iter()
        .filter(move |(_, places)| places.iter().any(is_shown) && places[0] != places[1])
}
