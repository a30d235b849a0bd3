//! Match lists and pairs: who fits an organisation, how well, and why.

use actix_web::{HttpRequest, HttpResponse, get, http::header};
use domain::{Kind, Language, MandateId, Noun, OrganisationId, Principal, ProgrammeId, Purpose};
use jiff::civil::Date;
use scoring::{Ask, Card, Contribution, Explanation, KeptOff, Match};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::programmes::Stored;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::{
    answer,
    app::{App, off_thread},
    auth::cursor::Cursor,
    error::{ApiError, ApiResult, Code},
    extract::{PageSize, PathId, Query, Reader, Signed, hex, path_id},
    live::Snapshot,
    routes::me::OrganisationRef,
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_matches).service(show_match);
}

/// A match list is so deep at most: who has not found anybody among 200 should change what they look for.
const DEPTH_MAX: usize = 200;

/// Which matches.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MatchQuery {
    /// What the counterparts act as.
    kind: Kind,
    /// Matches on a page.
    #[serde(default)]
    limit: PageSize,
    /// One mandate of the organisation alone; otherwise whichever fits best.
    mandate: Option<MandateId>,
    /// The programme whose members and rules count; the whole hub otherwise.
    programme: Option<ProgrammeId>,
    /// What for: who declined for this purpose lately is left out. Otherwise who declined for any.
    purpose: Option<Purpose>,
    /// The day as of which records count; today otherwise.
    as_of: Option<Date>,
    /// From the page before.
    #[param(max_length = 2048)]
    cursor: Option<String>,
}

/// A part of a match's points.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ContributionView {
    /// The factor.
    factor: String,
    /// Its level, by number and name.
    level: u8,
    /// The level's name on the scorecard.
    level_name: String,
    /// What the level is worth; the parts add up to the match's points.
    points: i32,
    /// The reason's code.
    code: String,
    /// What the reason was found in.
    #[schema(value_type = Object)]
    evidence: Value,
    /// The reason in one sentence of the reader's language.
    text: String,
}

impl ContributionView {
    pub(crate) fn of(part: &Contribution, language: Language) -> ContributionView {
        ContributionView {
            factor: part.factor.to_string(),
            level: part.level,
            level_name: part.level_name.to_string(),
            points: part.points,
            code: part.code.to_string(),
            evidence: part.evidence.clone(),
            text: part.text(language),
        }
    }
}

/// A scored pair.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MatchView {
    /// The counterpart.
    organisation: OrganisationRef,
    /// 1 / (1 + exp(−points / 1000)): between 0 and 1. No probability unless the card is calibrated.
    score: f64,
    /// The sum of the contributions: what the list is ordered by. Equal points go to the lower tie key of the
    /// counterpart, a number drawn at random when it was registered, then to the lower id.
    points: i32,
    /// The mandate of the organisation that it fits best.
    my_mandate: Option<MandateId>,
    /// The mandate of the counterpart that it fits best.
    their_mandate: Option<MandateId>,
    /// What the points are made of.
    contributions: Vec<ContributionView>,
}

/// What keeps a pair off the list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeptOffView {
    /// The rule.
    code: &'static str,
    /// The rule in one sentence of the reader's language.
    text: String,
}

/// A page of a match list, or one pair.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MatchList {
    /// The matches, best first.
    items: Vec<MatchView>,
    /// What keeps the pair off the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept_off: Option<KeptOffView>,
    /// Content hash of the scorecard.
    scorecard: String,
    /// Content hash of the statistics.
    statistics: String,
    /// The day as of which records count.
    as_of: Date,
    /// The list changed since the page before was made; it goes on from the same place.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    snapshot_changed: bool,
    /// For the next page; null on the last.
    next_cursor: Option<String>,
}

/// Where a list goes on.
#[derive(Serialize, Deserialize)]
struct Place {
    card: String,
    snapshot: Uuid,
    points: i32,
    tie_key: u32,
    organisation: OrganisationId,
    depth: usize,
}

/// Whether the caller may ask for the organisation: its members and staff may; for others it does not exist.
fn require_side(me: &Principal, organisation: OrganisationId) -> ApiResult<()> {
    if me.is_staff() || me.role_in(organisation).is_some() {
        Ok(())
    } else {
        Err(ApiError::not_found(Noun::Organisation))
    }
}

fn programme_of(snapshot: &Snapshot, id: Option<ProgrammeId>) -> ApiResult<&Stored> {
    let found = match id {
        Some(id) => snapshot.programme(id),
        None => snapshot.hub(),
    };
    found.ok_or_else(|| ApiError::not_found(Noun::Programme))
}

/// The best counterparts of an organisation.
///
/// For its members and staff. Exact, at most a second behind the database, at most 200 deep; each match says what its
/// points are made of.
#[utoipa::path(
    tag = "matches",
    params(("id" = OrganisationId, Path), MatchQuery),
    responses((status = 200, body = MatchList), (status = 304, description = "Not changed"), ApiError)
)]
#[get("/organisations/{id}/matches")]
pub(crate) async fn list_matches(
    caller: Signed,
    id: PathId<domain::of::Organisation>,
    query: Query<MatchQuery>,
    reader: Reader,
    app: App,
    request: HttpRequest,
) -> ApiResult<HttpResponse> {
    require_side(&caller.principal, id.0)?;
    let page = Page::open(&app, &caller, id.0, query.0, &request)?;
    let tag = page.etag(&caller, reader.0);
    if is_known(&request, &tag) {
        return Ok(HttpResponse::NotModified()
            .insert_header((header::ETAG, tag))
            .finish());
    }
    let list = off_thread(move || page.rank(&app, reader.0)).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::ETAG, tag))
        .insert_header((header::VARY, "Authorization, Accept-Language"))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .json(list))
}

/// A page that was asked for, on the snapshot that it is answered from.
struct Page {
    snapshot: std::sync::Arc<Snapshot>,
    asker: OrganisationId,
    query: MatchQuery,
    binding: String,
    place: Option<Place>,
    changed: bool,
}

impl Page {
    fn open(
        app: &App,
        caller: &Signed,
        asker: OrganisationId,
        query: MatchQuery,
        request: &HttpRequest,
    ) -> ApiResult<Page> {
        let binding = format!(
            "{}|{}|{}",
            caller.person,
            request.path(),
            answer::without_paging(request.query_string())
        );
        let place: Option<Place> = match &query.cursor {
            Some(cursor) => Some(
                Cursor::open(app.cursor_key(), &binding, cursor)
                    .map_err(|_| ApiError::from(Code::InvalidCursor))?,
            ),
            None => None,
        };
        let current = app.live().snapshot();
        current
            .organisation(asker)
            .ok_or_else(|| ApiError::not_found(Noun::Organisation))?;
        let kept = place
            .as_ref()
            .map(|place| app.live().snapshot_with(place.snapshot));
        let changed = matches!(kept, Some(None))
            || place
                .as_ref()
                .is_some_and(|place| place.card != Card::default_card().hash());
        Ok(Page {
            snapshot: kept.flatten().unwrap_or(current),
            asker,
            query,
            binding,
            place,
            changed,
        })
    }

    fn as_of(&self) -> Date {
        self.query.as_of.unwrap_or(self.snapshot.as_of())
    }

    fn etag(&self, caller: &Signed, language: Language) -> String {
        let card = Card::default_card().hash();
        let what = format!(
            "{}|{:?}|{card}|{}|{language:?}|{:?}|{}",
            self.binding,
            self.query.cursor,
            self.snapshot.serial(),
            self.query.limit.get(),
            caller.person
        );
        format!("\"{}\"", &hex(&Sha256::digest(what))[..32])
    }

    fn rank(&self, app: &App, language: Language) -> ApiResult<MatchList> {
        let (snapshot, query) = (&*self.snapshot, &self.query);
        let programme = programme_of(snapshot, query.programme)?;
        if !snapshot.is_member(programme.id, self.asker) {
            return Err(ApiError::not_found(Noun::Programme));
        }
        let purpose = query.purpose.or_else(|| {
            let mandate = query.mandate?;
            let listed = snapshot.organisation(self.asker)?;
            let kept = listed
                .mandates
                .iter()
                .find(|kept| kept.id == mandate.uuid())?;
            Some(kept.document.purpose)
        });
        let market = app.live().market(snapshot, self.as_of());
        let ask = Ask {
            asker: self.asker,
            kind: query.kind,
            mandate: query.mandate,
            table: &programme.programme,
            members: snapshot.members_if_any(programme),
            cooling: &snapshot.cooling(programme, self.asker, purpose),
        };
        let card = Card::default_card();
        let depth = self.place.as_ref().map_or(0, |place| place.depth);
        let size = query.limit.get().min(DEPTH_MAX.saturating_sub(depth));
        let after = self
            .place
            .as_ref()
            .map(|place| (place.points, place.tie_key, place.organisation));
        // One more than asked for tells whether there is a next page.
        let mut found = scoring::rank(&market, card, &ask, after, size + 1);
        let more = found.len() > size && depth + size < DEPTH_MAX;
        found.truncate(size);
        let next_cursor = found.last().filter(|_| more).map(|last| {
            let place = Place {
                card: card.hash().to_owned(),
                snapshot: snapshot.serial(),
                points: last.points,
                tie_key: last.tie_key,
                organisation: last.organisation,
                depth: depth + size,
            };
            Cursor::seal(app.cursor_key(), &self.binding, &place)
        });
        let shown: Vec<OrganisationId> = found.iter().map(|found| found.organisation).collect();
        let items = scoring::explain_each(&market, card, &ask, &shown)
            .into_iter()
            .filter_map(|explained| view(snapshot, &explained.ok()?, language))
            .collect();
        Ok(MatchList {
            items,
            kept_off: None,
            scorecard: card.hash().to_owned(),
            statistics: market.statistics().hash().to_owned(),
            as_of: market.as_of(),
            snapshot_changed: self.changed,
            next_cursor,
        })
    }
}

fn is_known(request: &HttpRequest, tag: &str) -> bool {
    request
        .headers()
        .get_all(header::IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split(',').any(|known| known.trim() == tag))
}

fn view(snapshot: &Snapshot, explained: &Explanation, language: Language) -> Option<MatchView> {
    let Match {
        organisation,
        points,
        my_mandate,
        their_mandate,
        ..
    } = explained.matched;
    Some(MatchView {
        organisation: OrganisationRef::of(snapshot, organisation, language)?,
        score: scoring::score(points),
        points,
        my_mandate,
        their_mandate,
        contributions: explained
            .contributions
            .iter()
            .map(|part| ContributionView::of(part, language))
            .collect(),
    })
}

/// Which programme, purpose and day a pair is looked at for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PairQuery {
    /// What the counterpart acts as; its primary kind otherwise.
    kind: Option<Kind>,
    /// One mandate of the organisation alone.
    mandate: Option<MandateId>,
    /// The programme whose members and rules count; the whole hub otherwise.
    programme: Option<ProgrammeId>,
    /// What for.
    purpose: Option<Purpose>,
    /// The day as of which records count; today otherwise.
    as_of: Option<Date>,
}

/// One pair: what its points are made of, or what keeps it off the list.
///
/// What nobody is told — hidden, blocked, a private criterion, no such organisation — is `not_available`, the same for
/// all.
#[utoipa::path(
    tag = "matches",
    params(("id" = OrganisationId, Path), ("other" = OrganisationId, Path), PairQuery),
    responses((status = 200, body = MatchList), ApiError)
)]
#[get("/organisations/{id}/matches/{other}")]
pub(crate) async fn show_match(
    caller: Signed,
    id: PathId<domain::of::Organisation>,
    query: Query<PairQuery>,
    reader: Reader,
    app: App,
    request: HttpRequest,
) -> ApiResult<HttpResponse> {
    require_side(&caller.principal, id.0)?;
    let not_available = || ApiError::from(Code::NotAvailable);
    let other: OrganisationId = path_id(&request, "other").map_err(|_| not_available())?;
    let (asker, query) = (id.0, query.0);
    let list = off_thread(move || {
        let snapshot = app.live().snapshot();
        let programme = programme_of(&snapshot, query.programme)?;
        let market = app
            .live()
            .market(&snapshot, query.as_of.unwrap_or(snapshot.as_of()));
        let listed = snapshot.organisation(other).ok_or_else(not_available)?;
        let ask = Ask {
            asker,
            kind: query.kind.unwrap_or(listed.organisation.kind),
            mandate: query.mandate,
            table: &programme.programme,
            members: snapshot.members_if_any(programme),
            cooling: &snapshot.cooling(programme, asker, query.purpose),
        };
        let card = Card::default_card();
        let (items, kept_off) = match scoring::explain(&market, card, &ask, other) {
            Ok(explained) => (
                view(&snapshot, &explained, reader.0).into_iter().collect(),
                None,
            ),
            // What may not be seen does not exist.
            Err(KeptOff::NotAvailable | KeptOff::KindTable) => return Err(not_available()),
            Err(rule) => {
                let kept_off = KeptOffView {
                    code: rule.code(),
                    text: rule.text(reader.0),
                };
                (Vec::new(), Some(kept_off))
            }
        };
        Ok(MatchList {
            items,
            kept_off,
            scorecard: card.hash().to_owned(),
            statistics: market.statistics().hash().to_owned(),
            as_of: market.as_of(),
            snapshot_changed: false,
            next_cursor: None,
        })
    })
    .await?;
    Ok(HttpResponse::Ok().json(list))
}
