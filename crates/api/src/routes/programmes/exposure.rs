//! Who is asked and who is listed how often in a programme, and who never: the report by which prices are set.

mod table;

use std::collections::{HashMap, HashSet};

use actix_web::{HttpResponse, get};
use domain::{Kind, OrganisationId, ProgrammeId, SectorCode, of};
use jiff::{Span, civil::Date, tz::TimeZone};
use scoring::measure::{Exposure, exposure};
use serde::{Deserialize, Serialize};
use store::{programmes::Stored, receivers};
use utoipa::{IntoParams, ToSchema};

use super::find_staffed;
use crate::{
    app::{App, off_thread},
    error::{ApiError, ApiResult, Code},
    extract::{PathId, Query, Reader, Signed},
    live::{Listed, Snapshot},
    routes::{me::OrganisationRef, scorecards::preview::lists_of},
};

/// Lists computed at most, each in about a millisecond: those of the askers with the lowest tie keys. Our choice.
const LISTS_MAX: usize = 1_000;

/// How deep lists are counted: what people look at.
const SHOWN: usize = 20;

/// Organisations named at most that are never shown.
const NAMED_MAX: usize = 200;

/// In which shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    /// The report.
    #[default]
    Json,
    /// One line for each organisation, UTF-8 with a byte order mark.
    Csv,
}

/// Which period.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExposureQuery {
    /// The first day of the period whose requests count, in UTC; a year before its last otherwise.
    from: Option<Date>,
    /// The last day; today otherwise.
    until: Option<Date>,
    /// An organisation is new for so many days after it was registered, 1 to 3,660; 90 otherwise.
    #[param(minimum = 1, maximum = 3660)]
    newcomer_days: Option<u16>,
    /// A report, or a table of the organisations.
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

impl ExposureQuery {
    fn newcomer_days(&self) -> ApiResult<u16> {
        let days = self.newcomer_days.unwrap_or(90);
        if !(1..=3_660).contains(&days) {
            let message = "is not between 1 and 3660";
            return Err(ApiError::field(
                Code::InvalidQuery,
                "newcomer_days",
                message,
            ));
        }
        Ok(days)
    }

    /// The first and the last day.
    fn period(&self, today: Date) -> ApiResult<[Date; 2]> {
        let until = self.until.unwrap_or(today);
        let year_before = || until.saturating_sub(Span::new().years(1));
        let from = self.from.unwrap_or_else(year_before);
        if until < from {
            let message = "is before the first day";
            return Err(ApiError::field(Code::InvalidQuery, "until", message));
        }
        Ok([from, until])
    }
}

/// How evenly something is spread over organisations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpreadView {
    /// Organisations that could have had it.
    organisations: usize,
    /// Those that had none of it.
    never: usize,
    /// Share of those that had some; none where there is nothing to spread.
    coverage: Option<f64>,
    /// Gini coefficient: 0 where all have as much, near 1 where few have all.
    gini: Option<f64>,
    /// Share of it that the hundredth with most has.
    top_1_percent_share: Option<f64>,
}

impl SpreadView {
    fn of(counts: &[u32]) -> SpreadView {
        let found: Option<Exposure> = exposure(counts);
        SpreadView {
            organisations: counts.len(),
            never: counts.iter().filter(|&&count| count == 0).count(),
            coverage: found.map(|found| found.coverage),
            gini: found.map(|found| found.gini),
            top_1_percent_share: found.map(|found| found.top1pct_share),
        }
    }
}

/// The first twenty places of the lists that ask for a kind.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KindExposureView {
    /// The kind asked for.
    kind: Kind,
    /// Lists.
    lists: u32,
    /// How the places are spread over the organisations that act in this kind.
    places: SpreadView,
}

/// What organisations of one sector or country have.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupExposureView {
    /// The code; none where it is not stated.
    code: Option<String>,
    /// Organisations.
    organisations: u32,
    /// Those that are on the first twenty places of some list.
    shown: u32,
    /// First twenty places that they have.
    places: u32,
    /// Requests to them in the period.
    requests: u32,
}

/// Those who were registered lately.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewcomersView {
    /// Within so many days.
    days: u16,
    /// How many they are.
    organisations: usize,
    /// Those that are on the first twenty places of some list.
    shown: usize,
    /// Their share; none without newcomers.
    share: Option<f64>,
}

/// Who is asked and who is listed how often.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExposureReport {
    /// The first day whose requests count.
    from: Date,
    /// The last.
    until: Date,
    /// The day of the lists: today.
    as_of: Date,
    /// Content hash of the scorecard that the lists are ordered by.
    scorecard: String,
    /// Lists that were computed; of a programme with more askers, those of the lowest tie keys, which were drawn at random.
    lists: usize,
    /// Organisations whose lists they are.
    askers: usize,
    /// The lists, by the kind asked for.
    by_kind: Vec<KindExposureView>,
    /// Requests in the period.
    requests: usize,
    /// How they are spread over the organisations that are listed.
    requests_spread: SpreadView,
    /// By sector on its first level. An organisation in two sectors counts in both.
    by_sector: Vec<GroupExposureView>,
    /// By country or region of its home.
    by_region: Vec<GroupExposureView>,
    /// Newcomers.
    newcomers: NewcomersView,
    /// Listed organisations that are on the first twenty places of no list, at most 200, the latest registered first.
    never_shown: Vec<OrganisationRef>,
}

/// Who is asked and who is listed how often in a programme: requests of a period, and the lists of today. For its staff.
#[utoipa::path(
    tag = "programmes",
    params(("id" = ProgrammeId, Path), ExposureQuery),
    responses(
        (status = 200, content((ExposureReport = "application/json"), (String = "text/csv"))),
        ApiError
    )
)]
#[get("/programmes/{id}/exposure")]
pub(crate) async fn report_exposure(
    caller: Signed,
    id: PathId<of::Programme>,
    query: Query<ExposureQuery>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    let query = query.0;
    let newcomer_days = query.newcomer_days()?;
    let (snapshot, seen) = (app.live().snapshot(), app.live().snapshot());
    let [from, until] = query.period(snapshot.as_of())?;
    let (programme, asked) = app
        .read_as(&caller, move |conn, me| {
            let programme = find_staffed(conn, &seen, me, id.0)?;
            let [since, until] = instants(from, until)?;
            let asked = receivers::list_asked_in(conn, id.0, since, until)?;
            Ok((programme, asked))
        })
        .await?;
    let counted = off_thread(move || {
        let counts = Counts::of(&snapshot, &programme, &asked, newcomer_days);
        Ok(match query.format {
            Format::Json => Answer::Report(Box::new(counts.report([from, until], reader))),
            Format::Csv => Answer::Table(table::of(&counts, reader.0)),
        })
    })
    .await?;
    Ok(match counted {
        Answer::Report(report) => HttpResponse::Ok().json(report),
        Answer::Table(table) => HttpResponse::Ok()
            .content_type("text/csv; charset=utf-8")
            .body(table),
    })
}

enum Answer {
    Report(Box<ExposureReport>),
    Table(String),
}

/// The first instant of the first day, and that after the last day.
fn instants(from: Date, until: Date) -> ApiResult<[jiff::Timestamp; 2]> {
    let begins = |day: Date| {
        let zoned = day.to_zoned(TimeZone::UTC);
        zoned.map(|zoned| zoned.timestamp())
    };
    let ends = until.checked_add(Span::new().days(1)).and_then(begins);
    let bad = |field| {
        move |_| {
            ApiError::field(
                Code::InvalidQuery,
                field,
                "is not between the years 1 and 9999",
            )
        }
    };
    Ok([
        begins(from).map_err(bad("from"))?,
        ends.map_err(bad("until"))?,
    ])
}

/// What a listed organisation has.
struct Counted<'a> {
    listed: &'a Listed,
    places: u32,
    requests: u32,
    is_new: bool,
}

struct Counts<'a> {
    snapshot: &'a Snapshot,
    programme: &'a Stored,
    newcomer_days: u16,
    /// By id.
    organisations: Vec<Counted<'a>>,
    lists: HashMap<Kind, u32>,
    /// By kind asked for.
    places: HashMap<(Kind, OrganisationId), u32>,
    askers: usize,
}

impl<'a> Counts<'a> {
    fn of(
        snapshot: &'a Snapshot,
        programme: &'a Stored,
        asked: &[OrganisationId],
        newcomer_days: u16,
    ) -> Counts<'a> {
        let lists = lists_of(snapshot, programme, LISTS_MAX);
        let mut counts = Counts {
            snapshot,
            programme,
            newcomer_days,
            organisations: Vec::new(),
            lists: HashMap::new(),
            places: HashMap::new(),
            askers: lists
                .iter()
                .map(|(asker, _)| asker)
                .collect::<HashSet<_>>()
                .len(),
        };
        for (asker, kind) in lists {
            let list = snapshot.list(programme, (asker, kind), SHOWN);
            *counts.lists.entry(kind).or_default() += u32::from(!list.is_empty());
            for found in list {
                *counts.places.entry((kind, found.organisation)).or_default() += 1;
            }
        }
        counts.count(asked);
        counts
    }

    fn count(&mut self, asked: &[OrganisationId]) {
        let mut requests: HashMap<OrganisationId, u32> = HashMap::new();
        for organisation in asked {
            *requests.entry(*organisation).or_default() += 1;
        }
        let mut places: HashMap<OrganisationId, u32> = HashMap::new();
        for ((_, organisation), count) in &self.places {
            *places.entry(*organisation).or_default() += count;
        }
        let today = self.snapshot.as_of();
        let new_since = today.saturating_sub(Span::new().days(i64::from(self.newcomer_days)));
        let members = self.snapshot.organisations().map(AsRef::as_ref);
        let members = members.filter(|listed| {
            listed.is_listed()
                && self
                    .snapshot
                    .is_member(self.programme.id, listed.organisation.id)
        });
        self.organisations = members
            .map(|listed| {
                let id = listed.organisation.id;
                let registered = listed
                    .organisation
                    .created_at
                    .to_zoned(TimeZone::UTC)
                    .date();
                Counted {
                    listed,
                    places: places.get(&id).copied().unwrap_or_default(),
                    requests: requests.get(&id).copied().unwrap_or_default(),
                    is_new: registered >= new_since,
                }
            })
            .collect();
        self.organisations
            .sort_by_key(|counted| counted.listed.organisation.id);
    }

    fn report(&self, [from, until]: [Date; 2], reader: Reader) -> ExposureReport {
        let requests: Vec<u32> = self.organisations.iter().map(|one| one.requests).collect();
        let never = self
            .organisations
            .iter()
            .rev()
            .filter(|one| one.places == 0);
        let name = |one: &Counted<'_>| {
            OrganisationRef::of(self.snapshot, one.listed.organisation.id, reader.0)
        };
        ExposureReport {
            from,
            until,
            as_of: self.snapshot.as_of(),
            scorecard: self.snapshot.card(self.programme).hash().to_owned(),
            lists: self.lists.values().map(|&lists| lists as usize).sum(),
            askers: self.askers,
            by_kind: self.by_kind(),
            requests: requests.iter().map(|&count| count as usize).sum(),
            requests_spread: SpreadView::of(&requests),
            by_sector: self.by_group(sectors),
            by_region: self.by_group(|listed| vec![region(listed)]),
            newcomers: self.newcomers(),
            never_shown: never.take(NAMED_MAX).filter_map(name).collect(),
        }
    }

    fn by_kind(&self) -> Vec<KindExposureView> {
        let of_kind = |kind: Kind| {
            let lists = self.lists.get(&kind).copied().filter(|lists| *lists > 0)?;
            let acts = self.organisations.iter().map(|one| one.listed);
            let acts = acts.filter(|listed| listed.kinds().contains(&kind));
            let places: Vec<u32> = acts
                .map(|listed| self.places.get(&(kind, listed.organisation.id)).copied())
                .map(Option::unwrap_or_default)
                .collect();
            Some(KindExposureView {
                kind,
                lists,
                places: SpreadView::of(&places),
            })
        };
        Kind::ALL.into_iter().filter_map(of_kind).collect()
    }

    /// Most organisations first, of equals by code.
    fn by_group(&self, codes: impl Fn(&Listed) -> Vec<Option<String>>) -> Vec<GroupExposureView> {
        let mut groups: HashMap<Option<String>, GroupExposureView> = HashMap::new();
        for one in &self.organisations {
            for code in codes(one.listed) {
                let group = groups.entry(code.clone()).or_insert(GroupExposureView {
                    code,
                    organisations: 0,
                    shown: 0,
                    places: 0,
                    requests: 0,
                });
                group.organisations += 1;
                group.shown += u32::from(one.places > 0);
                group.places += one.places;
                group.requests += one.requests;
            }
        }
        let mut groups: Vec<GroupExposureView> = groups.into_values().collect();
        groups.sort_by(|a, b| {
            let key = |group: &GroupExposureView| std::cmp::Reverse(group.organisations);
            key(a).cmp(&key(b)).then_with(|| a.code.cmp(&b.code))
        });
        groups
    }

    fn newcomers(&self) -> NewcomersView {
        let new: Vec<&Counted<'_>> = self.organisations.iter().filter(|one| one.is_new).collect();
        let shown = new.iter().filter(|one| one.places > 0).count();
        let float = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        NewcomersView {
            days: self.newcomer_days,
            organisations: new.len(),
            shown,
            share: (!new.is_empty()).then(|| float(shown) / float(new.len())),
        }
    }
}

/// Its sectors on the first level, each once; none where it states none.
fn sectors(listed: &Listed) -> Vec<Option<String>> {
    let stated = listed
        .profile
        .iter()
        .flat_map(|profile| &profile.document.sectors);
    let first = |sector: &SectorCode| sector.code().split('.').next().map(str::to_owned);
    let mut sectors: Vec<Option<String>> = stated.map(first).collect();
    sectors.sort_unstable();
    sectors.dedup();
    if sectors.is_empty() {
        sectors.push(None);
    }
    sectors
}

/// The place of its home as it states it.
fn region(listed: &Listed) -> Option<String> {
    let home = listed.profile.as_ref()?.document.home?;
    Some(home.code().to_owned())
}
