//! The score that a request keeps, computed again.

use actix_web::{HttpResponse, get};
use domain::{Language, MeetingRequestId};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::meeting_requests;
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{PathId, Query, Reader, Signed},
    requests::{
        replay::{self, Replayed},
        rights::Eyes,
    },
    routes::matches::{BandView, ContributionView},
};

/// Which judgement.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ScoreQuery {
    /// The judgement that held on this day; the latest otherwise. A request is judged when it is handed in, and again each
    /// time it is handed in after a return.
    as_of: Option<Date>,
}

/// A kept score, and the same computed again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScoreView {
    /// The version of the request that was judged.
    version: u32,
    /// Content hash of the scorecard.
    scorecard: String,
    /// Content hash of the statistics.
    statistics: String,
    /// The day as of which records counted.
    as_of: Date,
    /// When the hub was read for it.
    read_at: Timestamp,
    /// The versions of both sides' profiles, mandates and rounds, and of the factors.
    #[schema(value_type = Object)]
    inputs: Value,
    /// How well the two fit, as it was told.
    band: BandView,
    /// The points as they were kept.
    points: i32,
    /// Whether computing again gives the same, to the last piece of evidence.
    same: bool,
    /// What is not the same: `points`, `band`, `mandates`, `statistics`, `factors` where the program that computes has later
    /// ones, `kept_off.…` where a rule keeps the pair apart, or the names of factors.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differs: Vec<String>,
    /// SHA-256 of the explanation that was kept.
    digest: String,
    /// What computing again gave; absent where a rule keeps the pair apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    again: Option<AgainView>,
}

/// A score computed again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgainView {
    /// The points.
    points: i32,
    /// SHA-256 of the explanation.
    digest: String,
    /// What the points are made of, the loudest first.
    contributions: Vec<ContributionView>,
}

impl ScoreView {
    fn of(replayed: Replayed, band: BandView, language: Language) -> ScoreView {
        let (digest, again_digest) = replayed.digests();
        let again = replayed.again.ok().zip(again_digest);
        ScoreView {
            version: replayed.version,
            scorecard: replayed.kept.card_hash,
            statistics: replayed.kept.statistics_hash,
            as_of: replayed.kept.as_of,
            read_at: replayed.read_at,
            inputs: replayed.kept.inputs,
            band,
            points: replayed.kept.points,
            same: replayed.differs.is_empty(),
            differs: replayed.differs,
            digest,
            again: again.map(|(explanation, digest)| AgainView {
                points: explanation.matched.points,
                digest,
                contributions: ContributionView::all(explanation.telling(), language),
            }),
        }
    }
}

/// The score of a request, computed again from what it names.
///
/// For the side that asked and staff. The card by its hash, both sides by their versions, everything else as the hub knew it
/// then. 410 once a person of the request was erased, or a version that it names is gone.
#[utoipa::path(
    tag = "meeting-requests",
    params(("id" = MeetingRequestId, Path), ScoreQuery),
    responses((status = 200, body = ScoreView), ApiError)
)]
#[get("/meeting-requests/{id}/score")]
pub(crate) async fn show_score(
    caller: Signed,
    id: PathId<domain::of::MeetingRequest>,
    query: Query<ScoreQuery>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    let snapshot = app.live().snapshot();
    let _turn = replay::turn().await?;
    let view = app
        .read_as(&caller, move |conn, me| {
            let request = meeting_requests::find(conn, id.0)?;
            let eyes = Eyes::of(me, &request)?;
            if !eyes.requester && !eyes.staff {
                return Err(Code::Forbidden.into());
            }
            let replayed = replay::replay(conn, &snapshot, &request, query.0.as_of)?;
            let band = replayed.explanation.band;
            let hash = &replayed.kept.card_hash;
            let band = replay::with_card(conn, hash, |card| BandView::of(band, card, reader.0))?;
            Ok(ScoreView::of(replayed, band, reader.0))
        })
        .await?;
    Ok(HttpResponse::Ok().json(view))
}
