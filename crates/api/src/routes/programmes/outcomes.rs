//! What came of the introductions of a programme, by fiscal year 年度.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get};
use domain::{Noun, OutcomeKind, ProgrammeId, fiscal_year, of};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    journal::{self, Change},
    outcomes::{self, Learned},
};
use utoipa::{IntoParams, ToSchema};

use super::find_staffed;
use crate::{
    app::App,
    error::{ApiError, ApiResult},
    extract::{PathId, Query, Signed},
};

/// Which fiscal year.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OutcomeQuery {
    /// The year in which it begins; every year otherwise.
    fiscal_year: Option<i16>,
}

/// What came of the introductions of a programme.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutcomeReport {
    /// The month in which a fiscal year begins.
    fiscal_year_starts_in: i8,
    /// The years in which something came of one, the latest first.
    years: Vec<YearView>,
}

/// What came of them in a fiscal year.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct YearView {
    /// The year in which it begins.
    fiscal_year: i16,
    /// By kind.
    kinds: Vec<KindCount>,
}

/// How often something came of them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KindCount {
    /// What.
    kind: OutcomeKind,
    /// How often.
    count: u64,
    /// What the amounts come to, by currency, in minor units.
    amounts: Vec<AmountSum>,
}

/// A sum in one currency.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AmountSum {
    /// ISO 4217.
    currency: &'static str,
    /// All of it.
    minor_units: i64,
    /// What of it may be published.
    listed_minor_units: i64,
}

const PAGE: i64 = 1_000;

/// What came of the introductions of a programme, by fiscal year and kind. For its staff; that they read it is audited.
#[utoipa::path(
    tag = "outcomes",
    params(("id" = ProgrammeId, Path), OutcomeQuery),
    responses((status = 200, body = OutcomeReport), ApiError)
)]
#[get("/programmes/{id}/outcomes")]
pub(crate) async fn report_outcomes(
    caller: Signed,
    id: PathId<of::Programme>,
    query: Query<OutcomeQuery>,
    app: App,
) -> ApiResult<HttpResponse> {
    let (now, reading, snapshot) = (app.now(), app.new_uuid(), app.live().snapshot());
    let report = app
        .write_as(&caller, move |conn, me| {
            let stored = find_staffed(conn, &snapshot, me, id.0)?;
            let starts_in = stored.programme.manners.fiscal_year_starts_in;
            let mut all: Vec<Learned> = Vec::new();
            loop {
                let after = all.last().map(|last| last.recorded.id);
                let page = outcomes::list_all(conn, Some(id.0), after, PAGE)?;
                if page.is_empty() {
                    break;
                }
                all.extend(page);
            }
            let taken = Change {
                action: "reported",
                noun: Noun::Outcome,
                id: reading,
                version: 1,
                person: Some(me.person),
                party: None,
                detail: json!({"programme": id.0, "fiscal_year": query.0.fiscal_year}),
            };
            journal::insert_reading(conn, &taken, now)?;
            Ok(OutcomeReport {
                fiscal_year_starts_in: starts_in,
                years: years(&all, starts_in, query.0.fiscal_year),
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(report))
}

type Sums = BTreeMap<&'static str, (i64, i64)>;

fn years(all: &[Learned], starts_in: i8, only: Option<i16>) -> Vec<YearView> {
    let mut counted: BTreeMap<(i16, OutcomeKind), (u64, Sums)> = BTreeMap::new();
    for learned in all {
        let outcome = &learned.recorded.outcome;
        let year = fiscal_year(outcome.happened_on, starts_in);
        if only.is_some_and(|only| only != year) {
            continue;
        }
        let (count, sums) = counted.entry((year, outcome.kind)).or_default();
        *count += 1;
        if let Some(amount) = outcome.amount {
            let sum = sums.entry(amount.currency().code()).or_default();
            sum.0 = sum.0.saturating_add(amount.minor_units());
            if outcome.amount_tier == domain::AmountTier::Listed {
                sum.1 = sum.1.saturating_add(amount.minor_units());
            }
        }
    }
    let mut years: Vec<YearView> = Vec::new();
    for ((year, kind), (count, sums)) in counted {
        let amounts = sums.into_iter().map(|(currency, (all, listed))| AmountSum {
            currency,
            minor_units: all,
            listed_minor_units: listed,
        });
        let counted = KindCount {
            kind,
            count,
            amounts: amounts.collect(),
        };
        match years.last_mut().filter(|last| last.fiscal_year == year) {
            Some(last) => last.kinds.push(counted),
            None => years.push(YearView {
                fiscal_year: year,
                kinds: vec![counted],
            }),
        }
    }
    years.reverse();
    years
}
