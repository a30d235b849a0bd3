//! What an organisation is told before it asks: whether it may, how many more it may ask, by when an answer is due, and
//! how the other side usually answers.

use actix_web::{HttpResponse, get};
use domain::{
    ConsentOf, Kind, Language, Noun, OrganisationId, Party, PersonId, ProgrammeId, Purpose, State,
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use store::{Conn, meeting_requests, programmes::Stored, receivers, seats};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    error::{ApiError, ApiResult, Code},
    extract::{PathId, Query, Reader, Signed},
    live::Snapshot,
    requests::{self, consent, manners, reminders},
    routes::{matches::KeptOffView, me::OrganisationRef},
};

/// Whom, and what for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PreviewQuery {
    /// The side that would be asked.
    to: OrganisationId,
    /// What for.
    purpose: Purpose,
    /// In which programme; the whole hub otherwise.
    programme: Option<ProgrammeId>,
}

/// What would become of a request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewView {
    /// The side that would ask.
    from: OrganisationRef,
    /// The side that would be asked.
    to: OrganisationRef,
    /// In which programme.
    programme: ProgrammeId,
    /// What for.
    purpose: Purpose,
    /// Whether it could be sent now.
    may_ask: bool,
    /// What stands in its way.
    obstacles: Vec<ObstacleView>,
    /// How many more may be asked.
    quota: QuotaView,
    /// The first day on which the other side may be asked for this again, after it declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    cooling_until: Option<Date>,
    /// Consents of the side that asks that are missing before the caller's contacts may go to the other side's country.
    consents_missing: Vec<ConsentOf>,
    /// For whom it would wait first.
    waits_for: Party,
    /// By when each would have to answer, if it were sent now and approved at once.
    deadlines: Vec<DeadlineView>,
    /// How the other side answers.
    receiver: ReceiverView,
}

/// What stands in the way of a request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ObstacleView {
    /// The code of the refusal that it would meet: `quota_reached`, `open_request_exists`, or what keeps the pair apart.
    code: &'static str,
    /// In the reader's language.
    text: String,
}

/// How many requests wait, and how many may.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuotaView {
    /// So many may wait at once. Accepting is never limited.
    open_max: u16,
    /// So many wait.
    open: u16,
    /// So many more may be asked.
    left: u16,
}

/// By when somebody would have to answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeadlineView {
    /// Who.
    party: Party,
    /// The last day there.
    on: Date,
    /// When it is over.
    at: Timestamp,
    /// Whose holidays count: `jp`, `us`, `tw`, `eu`, or `weekdays` alone.
    calendar: &'static str,
    /// When they would be reminded.
    reminders_at: Vec<Timestamp>,
}

/// How the other side answers, as far as that says nothing of a single request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceiverView {
    /// How long it usually takes to answer.
    answers: AnswerBand,
    /// How much room it has for requests.
    capacity: CapacityBand,
    /// How lately it invested; for those who invest.
    #[serde(skip_serializing_if = "Option::is_none")]
    invests: Option<ActivityBand>,
}

/// How long somebody usually takes to answer: half of the answers came sooner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AnswerBand {
    /// Up to three days.
    WithinThreeDays,
    /// Up to seven days.
    WithinAWeek,
    /// Up to fourteen days.
    WithinTwoWeeks,
    /// More.
    Longer,
    /// Too few answers to tell.
    Unknown,
}

/// How much room somebody has for requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CapacityBand {
    /// Two thirds or more are free.
    Plenty,
    /// One third or more.
    Some,
    /// Less than a third.
    Little,
    /// None.
    None,
}

/// How lately somebody invested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ActivityBand {
    /// Within the last six months.
    Actively,
    /// Within the last two years.
    NowAndThen,
    /// Not that we know of.
    Quiet,
}

/// What would become of a request, before it is sent.
///
/// For members of the organisation. How the other side answers is told as bands, from three answers on.
#[utoipa::path(
    tag = "meeting-requests",
    params(("id" = OrganisationId, Path), PreviewQuery),
    responses((status = 200, body = PreviewView), ApiError)
)]
#[get("/organisations/{id}/meeting-requests/preview")]
pub(crate) async fn preview_meeting_request(
    caller: Signed,
    id: PathId<domain::of::Organisation>,
    query: Query<PreviewQuery>,
    reader: Reader,
    app: App,
) -> ApiResult<HttpResponse> {
    let (now, snapshot, query) = (app.now(), app.live().snapshot(), query.0);
    let view = app
        .read_as(&caller, move |conn, me| {
            if me.role_in(id.0).is_none() {
                return Err(ApiError::not_found(Noun::Organisation));
            }
            let programme = requests::programme_of(conn, &snapshot, query.programme, id.0)?;
            requests::require_visible(&snapshot, id.0, query.to)?;
            let preview = Preview {
                snapshot: &snapshot,
                programme: &programme,
                sides: (id.0, query.to),
                me: me.person,
                purpose: query.purpose,
                language: reader.0,
                now,
            };
            preview.view(conn)
        })
        .await?;
    Ok(HttpResponse::Ok().json(view))
}

/// A request that was not made.
struct Preview<'a> {
    snapshot: &'a Snapshot,
    programme: &'a Stored,
    sides: (OrganisationId, OrganisationId),
    me: PersonId,
    purpose: Purpose,
    language: Language,
    now: Timestamp,
}

impl Preview<'_> {
    fn view(&self, conn: &mut Conn) -> ApiResult<PreviewView> {
        let (from, to) = self.sides;
        let quota = self.quota(conn)?;
        let judged = self.snapshot.judge(from, to, self.programme, self.purpose);
        let mut obstacles = Vec::new();
        let mut points = 0;
        match judged {
            Ok(judged) => points = judged.judgement.points,
            Err(rule) => {
                let KeptOffView { code, text } = KeptOffView::of(rule, self.language);
                obstacles.push(ObstacleView { code, text });
            }
        }
        if self.has_open(conn)? {
            obstacles.push(self.obstacle(Code::OpenRequestExists));
        }
        if quota.left == 0 {
            obstacles.push(self.obstacle(Code::QuotaReached));
        }
        let asks_staff = self.programme.programme.review.asks_staff(points);
        let side = |id| {
            OrganisationRef::of(self.snapshot, id, self.language)
                .ok_or_else(|| ApiError::not_found(Noun::Organisation))
        };
        Ok(PreviewView {
            from: side(from)?,
            to: side(to)?,
            programme: self.programme.id,
            purpose: self.purpose,
            may_ask: obstacles.is_empty(),
            obstacles,
            quota,
            cooling_until: self
                .snapshot
                .cooling_until(self.programme, self.sides, self.purpose),
            consents_missing: consent::missing(conn, self.snapshot, (from, self.me), to)?,
            waits_for: if asks_staff {
                Party::Staff
            } else {
                Party::Counterpart
            },
            deadlines: self.deadlines(asks_staff),
            receiver: self.receiver(conn)?,
        })
    }

    fn obstacle(&self, code: Code) -> ObstacleView {
        ObstacleView {
            code: code.code(),
            text: code.sentence(self.language).to_owned(),
        }
    }

    /// What is past its deadline does not wait any more, whether or not that was written down.
    fn quota(&self, conn: &mut Conn) -> ApiResult<QuotaView> {
        let from = self.sides.0;
        let mut open = 0;
        for id in seats::list_requests(conn, self.programme.id, from)? {
            let seated = meeting_requests::find(conn, id)?;
            open += u16::from(seated.state_at(self.now) != State::Expired);
        }
        let open_max = manners::open_max(self.snapshot, self.programme, from);
        Ok(QuotaView {
            open_max,
            open,
            left: open_max.saturating_sub(open),
        })
    }

    fn has_open(&self, conn: &mut Conn) -> ApiResult<bool> {
        let (from, to) = self.sides;
        let found = meeting_requests::list_for_pair(conn, from, to)?;
        Ok(found.iter().any(|request| {
            request.programme == self.programme.id
                && request.purpose == self.purpose
                && !request.state_at(self.now).is_end()
        }))
    }

    fn deadlines(&self, asks_staff: bool) -> Vec<DeadlineView> {
        let in_force = requests::in_force(self.snapshot, self.programme, self.sides, 0);
        let offices = in_force.offices;
        let deadline = |party, calendar: &domain::Calendar| {
            let at = in_force.deadline(party, self.now);
            let last = at.saturating_sub(SignedDuration::from_micros(1));
            DeadlineView {
                party,
                on: calendar.day_of(last.unwrap_or(at)),
                at,
                calendar: calendar.code(),
                reminders_at: reminders::instants(self.now, at).into(),
            }
        };
        let staff = asks_staff.then(|| deadline(Party::Staff, offices.staff));
        staff
            .into_iter()
            .chain([deadline(Party::Counterpart, offices.counterpart)])
            .collect()
    }

    fn receiver(&self, conn: &mut Conn) -> ApiResult<ReceiverView> {
        let to = self.sides.1;
        let times = receivers::list_answer_times(conn, to)?;
        let since = self.now.saturating_sub(FRESH).unwrap_or(self.now);
        let load = receivers::count_load(conn, to, since, self.now)?;
        Ok(ReceiverView {
            answers: AnswerBand::of(times),
            capacity: CapacityBand::of(load, self.programme.programme.manners.received_max),
            invests: self.invests(to),
        })
    }

    fn invests(&self, to: OrganisationId) -> Option<ActivityBand> {
        let deals = self.snapshot.investments().iter();
        let today = self.snapshot.as_of();
        let ages = deals
            .filter(|deal| deal.investor == to)
            .map(|deal| (today - deal.announced_on).get_days());
        let kinds = self.snapshot.organisation(to)?.kinds();
        match ages.min() {
            Some(..=183) => Some(ActivityBand::Actively),
            Some(184..=730) => Some(ActivityBand::NowAndThen),
            Some(_) => Some(ActivityBand::Quiet),
            None => kinds
                .contains(&Kind::Investor)
                .then_some(ActivityBand::Quiet),
        }
    }
}

/// How long an accepted introduction counts as work. Our choice.
const FRESH: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Fewer answers say something of single requests. Our choice.
const ANSWERS_MIN: usize = 3;

impl AnswerBand {
    fn of(mut times: Vec<SignedDuration>) -> AnswerBand {
        if times.len() < ANSWERS_MIN {
            return AnswerBand::Unknown;
        }
        times.sort_unstable();
        match times[(times.len() - 1) / 2].as_hours() {
            ..72 => AnswerBand::WithinThreeDays,
            72..168 => AnswerBand::WithinAWeek,
            168..336 => AnswerBand::WithinTwoWeeks,
            _ => AnswerBand::Longer,
        }
    }
}

impl CapacityBand {
    fn of(load: i64, max: u16) -> CapacityBand {
        let max = i64::from(max);
        match 3 * (max - load) {
            ..=0 => CapacityBand::None,
            left if left >= 2 * max => CapacityBand::Plenty,
            left if left >= max => CapacityBand::Some,
            _ => CapacityBand::Little,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_say_nothing_of_one_request() {
        let hours = |hours: &[i64]| {
            let times = hours.iter().copied().map(SignedDuration::from_hours);
            AnswerBand::of(times.collect())
        };

        assert_eq!(hours(&[1, 2]), AnswerBand::Unknown);
        assert_eq!(hours(&[1, 2, 500]), AnswerBand::WithinThreeDays);
        assert_eq!(hours(&[1, 100, 500]), AnswerBand::WithinAWeek);
        assert_eq!(hours(&[200, 200, 500]), AnswerBand::WithinTwoWeeks);
        assert_eq!(hours(&[400, 400, 500]), AnswerBand::Longer);
        for (load, band) in [
            (0, CapacityBand::Plenty),
            (6, CapacityBand::Plenty),
            (7, CapacityBand::Some),
            (13, CapacityBand::Some),
            (14, CapacityBand::Little),
            (20, CapacityBand::None),
            (25, CapacityBand::None),
        ] {
            assert_eq!(CapacityBand::of(load, 20), band, "{load}");
        }
    }
}
