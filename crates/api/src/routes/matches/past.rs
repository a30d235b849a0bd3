//! A pair as it stood at a moment of the past.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, get};
use domain::{Kind, MandateId, OrganisationId, ProgrammeId, Purpose};
use jiff::{SignedDuration, Timestamp, Zoned, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{BandView, KeptOffView, MatchView, PairQuery, programme_of, require_side};
use crate::{
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{PathId, Query, Reader, Signed, path_id},
    live::day_of,
    requests::replay,
};

/// Which pair, and when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PastQuery {
    /// What the counterpart acts as; its primary kind otherwise.
    kind: Option<Kind>,
    /// One mandate of the organisation alone.
    mandate: Option<MandateId>,
    /// The programme whose rules and scorecard count; the hub's otherwise.
    programme: Option<ProgrammeId>,
    /// What for.
    purpose: Option<Purpose>,
    /// The day as of which records count; the day of `at` otherwise.
    as_of: Option<Date>,
    /// The moment at which the hub is read; otherwise the end of `as_of`, or now while that day lasts.
    at: Option<Timestamp>,
}

/// A pair as it stood: what its points were made of, or what kept it off the list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PastView {
    /// The pair; absent where a rule kept it apart.
    #[serde(skip_serializing_if = "Option::is_none", rename = "match")]
    matched: Option<MatchView>,
    /// What kept the pair off the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept_off: Option<KeptOffView>,
    /// What the bands mean under the scorecard.
    bands: Vec<BandView>,
    /// Content hash of the scorecard that was in force.
    scorecard: String,
    /// Content hash of the statistics.
    statistics: String,
    /// The day as of which records counted.
    as_of: Date,
    /// The moment at which the hub was read.
    read_at: Timestamp,
    /// The versions of both sides' profiles, mandates and rounds, and of the factors.
    #[schema(value_type = Object)]
    inputs: Value,
}

impl PastQuery {
    /// The moment at which the hub is read, and the day as of which records count.
    fn moment(&self, now: Timestamp) -> ApiResult<(Timestamp, Date)> {
        let is_over = |field| ApiError::field(Code::InvalidQuery, field, "is not over yet");
        let at = match (self.at, self.as_of) {
            (Some(at), _) if at > now => return Err(is_over("at")),
            (Some(at), _) => at,
            (None, Some(day)) if day > day_of(now) => return Err(is_over("as_of")),
            (None, Some(day)) => last_of(day).min(now),
            (None, None) => now,
        };
        Ok((at, self.as_of.unwrap_or(day_of(at))))
    }

    fn pair(&self) -> PairQuery {
        PairQuery {
            kind: self.kind,
            mandate: self.mandate,
            programme: self.programme,
            purpose: self.purpose,
            as_of: self.as_of,
        }
    }
}

/// The last microsecond of a day.
fn last_of(day: Date) -> Timestamp {
    let ends = day.tomorrow().and_then(|next| next.to_zoned(TimeZone::UTC));
    let last = |ends: Zoned| ends.timestamp() - SignedDuration::from_micros(1);
    ends.map_or(Timestamp::MAX, last)
}

/// One pair as the hub knew it at a moment of the past, by the scorecard that was in force.
///
/// Profiles, mandates, rounds, links, programmes, prices and records are those of that moment; who declined lately is left
/// out of it. For staff of a programme of the organisation that asks, and only of what the organisation may be shown today.
#[utoipa::path(
    tag = "matches",
    params(("id" = OrganisationId, Path), ("other" = OrganisationId, Path), PastQuery),
    responses((status = 200, body = PastView), ApiError)
)]
#[get("/organisations/{id}/matches/{other}/score")]
pub(crate) async fn show_match_score(
    caller: Signed,
    id: PathId<domain::of::Organisation>,
    query: Query<PastQuery>,
    reader: Reader,
    app: App,
    request: HttpRequest,
) -> ApiResult<HttpResponse> {
    let snapshot = app.live().snapshot();
    require_side(&snapshot, &caller.principal, id.0)?;
    let other: OrganisationId = path_id(&request, "other").map_err(|_| Code::NotAvailable)?;
    let moment = query.0.moment(app.now())?;
    let _turn = replay::turn().await?;
    let view = app
        .read_as(&caller, move |conn, me| {
            if !snapshot.is_staff_for(me, id.0) {
                return Err(Code::Forbidden.into());
            }
            let pair = query.0.pair();
            let today = programme_of(&snapshot, pair.programme)?;
            let _shown = pair.look(&snapshot, snapshot.market(), today, (id.0, other))?;
            let past = snapshot.known_at(conn, moment.0, moment.1, &BTreeMap::new())?;
            let programme = past.programme(today.id).ok_or(Code::NotAvailable)?;
            let found = pair.look(&past, past.market(), programme, (id.0, other))?;
            let card = past.card(programme);
            let (matched, kept_off) = match found {
                Ok(explained) => (MatchView::of(&snapshot, explained, reader.0), None),
                Err(rule) => (None, Some(KeptOffView::of(rule, reader.0))),
            };
            Ok(PastView {
                matched,
                kept_off,
                bands: BandView::all(card, reader.0),
                scorecard: card.hash().to_owned(),
                statistics: past.market().statistics().hash().to_owned(),
                as_of: moment.1,
                read_at: moment.0,
                inputs: past.inputs(id.0, other),
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(view))
}
