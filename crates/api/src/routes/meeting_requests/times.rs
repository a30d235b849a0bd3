//! Times of a meeting as they are asked for: which can be chosen, and which somebody chooses.

use actix_web::{HttpResponse, get};
use domain::{
    Line, MeetingRequestId, Party, PlaceId, State, Times,
    schedule::{BadTime, Span, Tick, WallTime, Zone},
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use store::{Conn, meeting_requests, programmes, slots};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    answer::PageOf,
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{PathId, Query, Signed},
    requests::{
        booking::{self, Chooser, Chosen},
        rights::{self, Eyes},
    },
    routes::meetings::view::OpenTimeView,
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_meeting_times);
}

/// How long a meeting is, where nothing says otherwise. Our choice: as most partnering events have it.
const MINUTES: u16 = 30;

/// The longest meeting.
pub(crate) const MINUTES_MAX: u16 = 480;

/// The longest window for which times are listed.
const WINDOW_MAX: SignedDuration = SignedDuration::from_hours(24 * 31);

/// Requests that may be displaced at once.
const DISPLACED_MAX: usize = 20;

/// Times that may be offered at once.
pub(crate) const OFFERS_MAX: usize = 20;

/// A time.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimeBody {
    /// When it begins: an instant, or what a clock on a wall of `zone` shows.
    starts_at: WallTime,
    /// The zone, for a time without an offset.
    #[serde(default)]
    zone: Option<Zone>,
    /// How long, 5 minutes to 8 hours in steps of five; as long as the slot, or 30 minutes, otherwise.
    #[serde(default)]
    #[schema(minimum = 5, maximum = 480, multiple_of = 5)]
    minutes: Option<u16>,
    /// In which place of the programme.
    #[serde(default)]
    place: Option<PlaceId>,
}

/// A time that is chosen.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScheduleBody {
    /// When it begins: an instant, or what a clock on a wall of `zone` shows.
    starts_at: WallTime,
    /// The zone, for a time without an offset.
    #[serde(default)]
    zone: Option<Zone>,
    /// How long, 5 minutes to 8 hours in steps of five; as long as the slot or the offer, or 30 minutes, otherwise.
    #[serde(default)]
    #[schema(minimum = 5, maximum = 480, multiple_of = 5)]
    minutes: Option<u16>,
    /// In which place of the programme; in a free one, if its meetings are in slots and it has places.
    #[serde(default)]
    place: Option<PlaceId>,
    /// Where, in words.
    #[serde(default)]
    venue: Option<Line<300>>,
    /// The requests that may lose a time that they hold then.
    #[serde(default)]
    #[schema(max_items = 20)]
    displace: Vec<MeetingRequestId>,
}

/// Times that one side offers the other.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfferBody {
    /// The times, in place of all that were offered before; none takes them back.
    #[schema(max_items = 20)]
    pub(super) times: Vec<TimeBody>,
}

/// A time on the grid, of which the length may yet follow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    from: Tick,
    minutes: Option<u16>,
    place: Option<PlaceId>,
}

/// A time that is chosen, on the grid.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    start: Start,
    venue: Option<Line<300>>,
    displace: Vec<MeetingRequestId>,
}

fn start(
    (starts_at, zone): (&WallTime, Option<&Zone>),
    minutes: Option<u16>,
    place: Option<PlaceId>,
    within: &str,
) -> ApiResult<Start> {
    let from = starts_at.tick(zone).map_err(|why| match why {
        BadTime::NoZone => ApiError::body(format!("{within}zone"), "is needed"),
        why => ApiError::body(format!("{within}starts_at"), why),
    })?;
    check_minutes(minutes, within)?;
    Ok(Start {
        from,
        minutes,
        place,
    })
}

fn check_minutes(minutes: Option<u16>, within: &str) -> ApiResult<()> {
    let fits = minutes
        .is_none_or(|minutes| (5..=MINUTES_MAX).contains(&minutes) && minutes.is_multiple_of(5));
    if fits {
        Ok(())
    } else {
        let message = "is not between 5 and 480 in steps of 5";
        Err(ApiError::body(format!("{within}minutes"), message))
    }
}

impl TimeBody {
    /// The time on the grid.
    pub(super) fn start(&self, within: &str) -> ApiResult<Start> {
        let when = (&self.starts_at, self.zone.as_ref());
        start(when, self.minutes, self.place, within)
    }
}

impl ScheduleBody {
    /// The time on the grid.
    pub(super) fn wish(self, within: &str) -> ApiResult<Wish> {
        if self.displace.len() > DISPLACED_MAX {
            let message = format!("has more than {DISPLACED_MAX} entries");
            return Err(ApiError::body(format!("{within}displace"), message));
        }
        let when = (&self.starts_at, self.zone.as_ref());
        Ok(Wish {
            start: start(when, self.minutes, self.place, within)?,
            venue: self.venue,
            displace: self.displace,
        })
    }
}

impl Start {
    /// The time with its length: the slot's, the offer's, or the usual.
    pub(super) fn span(
        &self,
        conn: &mut Conn,
        request: &domain::MeetingRequest,
        now: Timestamp,
    ) -> ApiResult<(Span, Option<PlaceId>)> {
        let lasting = |minutes| {
            Span::lasting(self.from, minutes).map_err(|why| ApiError::body("minutes", why))
        };
        let span = match self.minutes {
            Some(minutes) => lasting(minutes)?,
            None => self
                .usual(conn, request, now)?
                .map_or_else(|| lasting(MINUTES), Ok)?,
        };
        Ok((span, self.place))
    }

    fn usual(
        &self,
        conn: &mut Conn,
        request: &domain::MeetingRequest,
        now: Timestamp,
    ) -> ApiResult<Option<Span>> {
        let booking = programmes::find(conn, request.programme)?.programme.booking;
        let begins = |span: &Span| span.from() == self.from;
        if booking.times == Times::Slots {
            let tick = Span::new(self.from, self.from.later(1));
            let found = match tick {
                Some(tick) => slots::list_in(conn, request.programme, tick, 1)?,
                None => Vec::new(),
            };
            return Ok(found.first().map(|slot| slot.span));
        }
        let offers = store::offers::list(conn, request.id, now)?;
        Ok(offers.iter().map(|offer| offer.span).find(begins))
    }
}

impl Wish {
    /// What is chosen.
    pub(super) fn chosen(
        &self,
        conn: &mut Conn,
        request: &domain::MeetingRequest,
        now: Timestamp,
    ) -> ApiResult<Chosen> {
        let (span, place) = self.start.span(conn, request, now)?;
        Ok(Chosen {
            span,
            place,
            venue: self.venue.clone(),
            displace: self.displace.clone(),
        })
    }
}

/// Which times.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TimesQuery {
    /// Times that begin at or after this instant; from now on, otherwise.
    from: Option<Timestamp>,
    /// Times that begin before this instant, at most 31 days later; a week later, otherwise.
    until: Option<Timestamp>,
    /// How long, where it is not a slot.
    #[param(minimum = 5, maximum = 480)]
    minutes: Option<u16>,
}

impl TimesQuery {
    fn window(&self, now: Timestamp) -> ApiResult<(Span, u16)> {
        let bad = |field: &str, message: &str| ApiError::field(Code::InvalidQuery, field, message);
        let week = SignedDuration::from_hours(24 * 7);
        let from = self.from.unwrap_or(now).max(now);
        let until = match self.until {
            Some(until) => until,
            None => from.saturating_add(week).unwrap_or(from),
        };
        if until.duration_since(from) > WINDOW_MAX {
            return Err(bad("until", "is more than 31 days later"));
        }
        let window = Span::within(from, until);
        let window = window.ok_or_else(|| bad("until", "is not after its beginning"))?;
        check_minutes(self.minutes, "")
            .map_err(|_| bad("minutes", "is not between 5 and 480 in steps of 5"))?;
        Ok((window, self.minutes.unwrap_or(MINUTES)))
    }
}

/// The times that the caller can choose for the meeting, earliest first.
///
/// Before acceptance the requester sees the times that can be offered. What is shown here can be booked, and nothing else:
/// but for staff, who place meetings at any free time.
#[utoipa::path(
    tag = "meeting-requests",
    params(("id" = MeetingRequestId, Path), TimesQuery),
    responses((status = 200, body = PageOf<OpenTimeView>), ApiError)
)]
#[get("/meeting-requests/{id}/times")]
pub(crate) async fn list_meeting_times(
    caller: Signed,
    id: PathId<domain::of::MeetingRequest>,
    query: Query<TimesQuery>,
    app: App,
) -> ApiResult<HttpResponse> {
    let (now, snapshot) = (app.now(), app.live().snapshot());
    let items: Vec<OpenTimeView> = app
        .read_as(&caller, move |conn, me| {
            let request = meeting_requests::find(conn, id.0)?;
            Eyes::of(me, &request)?;
            let party = rights::party_in(&snapshot, me, &request)?;
            let asked = query.0.window(now)?;
            let open = open_to(conn, request, Chooser { me, party }, asked, now)?;
            Ok(open.into_iter().map(Into::into).collect())
        })
        .await?;
    let next_cursor = None;
    Ok(HttpResponse::Ok().json(PageOf { items, next_cursor }))
}

/// The times that somebody can choose; none once nothing can be fixed any more. The counterpart who looks before anybody
/// is named for its side is looked at as the one who will meet.
pub(super) fn open_to(
    conn: &mut Conn,
    mut request: domain::MeetingRequest,
    chooser: Chooser<'_>,
    asked: (Span, u16),
    now: Timestamp,
) -> ApiResult<Vec<booking::OpenTime>> {
    let state = request.state_at(now);
    if state.is_end() || state == State::Returned {
        return Ok(Vec::new());
    }
    if request.to.person.is_none() && chooser.party == Party::Counterpart {
        request.to.person = Some(chooser.me.person);
    }
    booking::open_times(conn, &request, chooser, asked, now)
}

impl Wish {
    /// What could be chosen in its place, and whether it can be chosen after all: somebody else was faster at the place
    /// that was looked at, and not at the time.
    pub(super) fn looked_at_again(
        &self,
        conn: &mut Conn,
        request: &domain::MeetingRequest,
        chooser: Chooser<'_>,
        now: Timestamp,
    ) -> ApiResult<(bool, Vec<booking::OpenTime>)> {
        let chosen = self.chosen(conn, request, now)?;
        let week = SignedDuration::from_hours(24 * 7);
        let until = Tick::floor(chosen.span.starts_at().saturating_add(week).unwrap_or(now));
        let window = Span::new(chosen.span.from(), until).unwrap_or(chosen.span);
        let minutes = u16::try_from(chosen.span.minutes()).unwrap_or(MINUTES);
        let open = open_to(conn, request.clone(), chooser, (window, minutes), now)?;
        let place_is_free =
            |free: &[PlaceId]| chosen.place.is_none_or(|place| free.contains(&place));
        let is_open = open.iter().any(|time| {
            time.span == chosen.span && time.displaces.is_empty() && place_is_free(&time.places)
        });
        Ok((is_open, open))
    }
}
