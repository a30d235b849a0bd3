//! What would change a pair's points, of what the asker lists itself.

use actix_web::{HttpRequest, HttpResponse, get};
use domain::{Condition, DocumentKind, Id, Language, OrganisationId, Tier};
use jiff::civil::Date;
use scoring::{Band, Change, Facts, Outlook, Sides};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    PairQuery, programme_of, require_side,
    view::{BandView, KeptOffView},
};
use crate::{
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{PathId, Query, Reader, Signed, path_id},
    live::{Listed, Snapshot},
};

/// What the asker could change of its own.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangeView {
    /// In which document: `profile`, `round` or `mandate`.
    document: &'static str,
    /// The round or mandate.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    /// The field.
    field: &'static str,
    /// How: `add` to a list, `set`, or for a criterion of a mandate `prefer` it instead of asking for it as a must, or
    /// `remove` it.
    #[schema(value_type = String, pattern = "^(add|set|prefer|remove)$")]
    action: &'static str,
    /// What is added or set; an amount as the band that it is to be of. A label that a mandate is to look for too comes with
    /// its axis: it goes into the public criterion of that axis that does not exclude, or into a new one that is preferred.
    /// For `prefer` and `remove` the place of the criterion, from 0.
    #[schema(value_type = Object)]
    value: Value,
    /// The points afterwards.
    points: i32,
    /// What they are more than now; absent where a rule keeps the pair off the list now.
    #[serde(skip_serializing_if = "Option::is_none")]
    points_gained: Option<i32>,
    /// The band afterwards.
    #[schema(value_type = String, pattern = "^(strong|good|possible)$")]
    band: Band,
    /// What to do, in one sentence of the reader's language.
    text: String,
}

/// How a pair stands, and what of the asker's own would change it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangesView {
    /// The points now; absent where a rule keeps the pair off the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    points: Option<i32>,
    /// The band now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, pattern = "^(strong|good|possible)$")]
    band: Option<Band>,
    /// What keeps the pair off the list now.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept_off: Option<KeptOffView>,
    /// The changes that help most, one of each field, the best first; none where nothing of the asker's own would help.
    changes: Vec<ChangeView>,
    /// What the bands mean under the scorecard.
    bands: Vec<BandView>,
    /// Content hash of the scorecard.
    scorecard: String,
    /// Content hash of the statistics.
    statistics: String,
    /// The day as of which records count.
    as_of: Date,
}

/// What would change it: changes of the asker's own profile, round and mandates, one at a time.
///
/// Each is computed again, from what the other side lists. What nobody is told is `not_available`, the same as for the pair
/// itself; private criteria of the other side are not read.
#[utoipa::path(
    tag = "matches",
    params(("id" = OrganisationId, Path), ("other" = OrganisationId, Path), PairQuery),
    responses((status = 200, body = ChangesView), ApiError)
)]
#[get("/organisations/{id}/matches/{other}/changes")]
pub(crate) async fn list_match_changes(
    caller: Signed,
    id: PathId<domain::of::Organisation>,
    query: Query<PairQuery>,
    reader: Reader,
    app: App,
    request: HttpRequest,
) -> ApiResult<HttpResponse> {
    require_side(&app.live().snapshot(), &caller.principal, id.0)?;
    let not_available = || ApiError::from(Code::NotAvailable);
    let other: OrganisationId = path_id(&request, "other").map_err(|_| not_available())?;
    let (asker, query) = (id.0, query.0);
    let turns = app.clone();
    let find = move || {
        let snapshot = app.live().snapshot();
        let programme = programme_of(&snapshot, query.programme)?;
        let as_of = query.as_of.unwrap_or(snapshot.as_of());
        let market = app.live().market(app.store(), &snapshot, as_of)?;
        let (own, listed) = snapshot
            .organisation(asker)
            .zip(snapshot.organisation(other))
            .ok_or_else(not_available)?;
        let cooling = snapshot.cooling(programme, asker, query.purpose);
        let ask = query.ask((&snapshot, programme), (asker, listed), &cooling);
        let all = snapshot.facts(app.store(), as_of)?;
        let of = |id| all.iter().find(|facts: &&Facts| facts.id == id);
        let (me, they) = of(asker).zip(of(other)).ok_or_else(not_available)?;
        let sides = Sides {
            asker: me,
            counterpart: they,
            may: &|change| is_listed(own, change),
            rebuild: &|me| snapshot.build_market_with(&all, me, as_of),
        };
        let card = snapshot.card(programme);
        let outlook = scoring::changes(&market, card, &ask, &sides).map_err(|_| not_available())?;
        let told = Told {
            own,
            me,
            language: reader.0,
        };
        Ok(ChangesView {
            changes: told.changes(&outlook),
            points: outlook.now.ok().map(|(points, _)| points),
            band: outlook.now.ok().map(|(_, band)| band),
            kept_off: outlook
                .now
                .err()
                .map(|rule| KeptOffView::of(rule, reader.0)),
            bands: BandView::all(card, reader.0),
            scorecard: card.hash().to_owned(),
            statistics: market.statistics().hash().to_owned(),
            as_of,
        })
    };
    let view = turns.turns().run(find).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Whether the asker lists the field, so that factors read what is changed in it.
fn is_listed(own: &Listed, change: &Change) -> bool {
    let (kind, field) = match change {
        Change::Profile(label) => (DocumentKind::Profile, axis(label)),
        Change::Amount(..) => (DocumentKind::Round, "amount_band"),
        Change::Instrument(..) => (DocumentKind::Round, "instruments"),
        Change::EntityCountry(..) => (DocumentKind::Round, "entity_country"),
        Change::On(_) | Change::Seek(..) | Change::Prefer(..) | Change::Allow(..) => {
            (DocumentKind::Mandate, "criteria")
        }
    };
    own.visibility.tier(kind, field) == Tier::Listed
}

fn axis(label: &Condition) -> &'static str {
    match label {
        Condition::Sectors(_) => "sectors",
        Condition::Modalities(_) => "modalities",
        Condition::Indications(_) => "indications",
        Condition::Stages(_) => "stages",
        Condition::Regions(_) => "regions",
        Condition::Offers(_) => "offers",
        Condition::Needs(_) => "needs",
        Condition::Languages(_) => "languages",
    }
}

/// To whom an outlook is told.
struct Told<'a> {
    own: &'a Listed,
    me: &'a Facts,
    language: Language,
}

impl Told<'_> {
    fn changes(&self, outlook: &Outlook) -> Vec<ChangeView> {
        let now = outlook.now.ok().map(|(points, _)| points);
        let helps = outlook.changes.iter();
        helps
            .map(|helps| {
                let (id, field, action, value) = self.place(&helps.change);
                let document = match helps.change {
                    Change::Profile(_) => DocumentKind::Profile,
                    Change::Amount(..) | Change::Instrument(..) | Change::EntityCountry(..) => {
                        DocumentKind::Round
                    }
                    _ => DocumentKind::Mandate,
                };
                ChangeView {
                    document: document.code(),
                    id,
                    field,
                    action,
                    value,
                    points: helps.points,
                    points_gained: now.map(|now| helps.points - now),
                    band: helps.band,
                    text: helps.change.text(self.me, self.language),
                }
            })
            .collect()
    }

    /// Where a change is made: document, field, how, and what.
    fn place(&self, change: &Change) -> (Option<Uuid>, &'static str, &'static str, Value) {
        // The facts have the rounds in the order of the documents.
        let round = |at: usize| self.own.rounds.get(at).map(|kept| kept.id);
        let mandate = |id: &Id<_>| Some(id.uuid());
        match change {
            Change::Profile(label) => (None, axis(label), "add", json!(label)["any_of"][0].clone()),
            Change::Amount(at, band) => (round(*at), "amount", "set", json!(band)),
            Change::Instrument(at, it) => (round(*at), "instruments", "add", json!(it)),
            Change::EntityCountry(at, it) => (round(*at), "entity_country", "set", json!(it)),
            Change::On(id) => (mandate(id), "active", "set", json!(true)),
            Change::Seek(id, label) => (mandate(id), "criteria", "add", json!(label)),
            Change::Prefer(id, at) => (mandate(id), "criteria", "prefer", json!(at)),
            Change::Allow(id, at) => (mandate(id), "criteria", "remove", json!(at)),
        }
    }
}

impl Snapshot {
    /// The index with other facts of one organisation among `all`.
    fn build_market_with(&self, all: &[Facts], of: Facts, as_of: Date) -> scoring::Market {
        let id = of.id;
        let others = all.iter().filter(|facts| facts.id != id).cloned();
        let facts = others.chain([of]).collect();
        scoring::Market::build(facts, &self.deals(), as_of)
    }
}
