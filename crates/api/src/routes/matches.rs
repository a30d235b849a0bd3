//! Match lists and pairs: who fits an organisation, how well, and why.

mod changes;
mod page;
mod past;
mod view;

use std::collections::HashSet;

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{self, ContentType, HeaderValue},
    web::Bytes,
};
use domain::{Kind, Language, MandateId, Noun, OrganisationId, Principal, ProgrammeId, Purpose};
use jiff::civil::Date;
use scoring::{Among, Ask, Explanation, KeptOff, Market};
use serde::Deserialize;
use store::programmes::Stored;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{PageSize, PathId, Query, Reader, Signed, path_id},
    live::{Listed, Snapshot},
};
use page::Page;
pub(crate) use view::ContributionView;
use view::MatchList;
pub(crate) use view::{BandView, KeptOffView, MatchView};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_matches)
        .service(show_match)
        .service(changes::list_match_changes)
        .service(past::show_match_score);
}

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

/// Whether the caller may ask for the organisation: its members and staff of its programmes may; for others it does not
/// exist.
fn require_side(
    snapshot: &Snapshot,
    me: &Principal,
    organisation: OrganisationId,
) -> ApiResult<()> {
    if snapshot.is_staff_for(me, organisation) || me.role_in(organisation).is_some() {
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
/// For its members and staff of its programmes. Exact, at most a second behind the database, at most 200 deep; each match says what its
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
    let page = Page::open(&app, &caller, id.0, query.0, &request)?;
    let tag = page.etag(reader.0);
    if is_known(&request, &tag) {
        return Ok(HttpResponse::NotModified()
            .insert_header((header::ETAG, tag))
            .finish());
    }
    let body = match app.answers().find(&tag) {
        Some(body) => body,
        None => find_list(&app, page, reader.0, tag.clone()).await?,
    };
    let [vary, cache] = ["Authorization, Accept-Language", "private, no-cache"];
    Ok(HttpResponse::Ok()
        .insert_header((header::ETAG, tag))
        .insert_header((header::VARY, HeaderValue::from_static(vary)))
        .insert_header((header::CACHE_CONTROL, HeaderValue::from_static(cache)))
        .insert_header(ContentType::json())
        .body(body))
}

/// Finds and writes a list in its turn, and keeps it.
async fn find_list(app: &App, page: Page, language: Language, tag: String) -> ApiResult<Bytes> {
    let finding = app.clone();
    let find = move || {
        let list = page.rank(&finding, language)?;
        let body = serde_json::to_vec(&list).map_err(ApiError::internal)?;
        let body = Bytes::from(body);
        finding.answers().keep(&tag, &body);
        Ok(body)
    };
    app.turns().run(find).await
}

fn is_known(request: &HttpRequest, tag: &str) -> bool {
    request
        .headers()
        .get_all(header::IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split(',').any(|known| known.trim() == tag))
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

impl PairQuery {
    /// The question whether two fit.
    fn ask<'a>(
        &self,
        (snapshot, programme): (&'a Snapshot, &'a Stored),
        (asker, other): (OrganisationId, &Listed),
        cooling: &'a HashSet<OrganisationId>,
    ) -> Ask<'a> {
        Ask {
            asker,
            kind: self.kind.unwrap_or(other.organisation.kind),
            mandate: self.mandate,
            purpose: self.purpose,
            table: &programme.programme,
            members: snapshot.members_if_any(programme),
            cooling,
            among: Among::Strangers,
        }
    }

    /// Why the two fit, or the rule that keeps them apart and may be said.
    ///
    /// # Errors
    /// 404 for what nobody is told.
    fn look(
        &self,
        snapshot: &Snapshot,
        market: &Market,
        programme: &Stored,
        (asker, other): (OrganisationId, OrganisationId),
    ) -> ApiResult<Result<Explanation, KeptOff>> {
        let listed = snapshot.organisation(other).ok_or(Code::NotAvailable)?;
        let cooling = snapshot.cooling(programme, asker, self.purpose);
        let ask = self.ask((snapshot, programme), (asker, listed), &cooling);
        match scoring::explain(market, snapshot.card(programme), &ask, other) {
            // What may not be seen does not exist; what is seen and not to be asked says so.
            Err(KeptOff::KindTable) if !snapshot.shows(asker, listed) => {
                Err(Code::NotAvailable.into())
            }
            Err(KeptOff::NotAvailable) => Err(Code::NotAvailable.into()),
            found => Ok(found),
        }
    }
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
    require_side(&app.live().snapshot(), &caller.principal, id.0)?;
    let other: OrganisationId = path_id(&request, "other").map_err(|_| Code::NotAvailable)?;
    let (asker, query) = (id.0, query.0);
    let turns = app.clone();
    let find = move || {
        let snapshot = app.live().snapshot();
        let programme = programme_of(&snapshot, query.programme)?;
        let market = app.live().market(
            app.store(),
            &snapshot,
            query.as_of.unwrap_or(snapshot.as_of()),
        )?;
        let found = query.look(&snapshot, &market, programme, (asker, other))?;
        let card = snapshot.card(programme);
        let (items, kept_off) = match found {
            Ok(explained) => {
                let whole = MatchView::of(&snapshot, explained, reader.0);
                (whole.into_iter().collect(), None)
            }
            Err(rule) => (Vec::new(), Some(KeptOffView::of(rule, reader.0))),
        };
        Ok(MatchList {
            items,
            kept_off,
            bands: BandView::all(card, reader.0),
            scorecard: card.hash().to_owned(),
            statistics: market.statistics().hash().to_owned(),
            as_of: market.as_of(),
            snapshot_changed: false,
            next_cursor: None,
        })
    };
    let list = turns.turns().run(find).await?;
    Ok(HttpResponse::Ok().json(list))
}
