//! Meeting requests and the history of their steps.

use diesel::prelude::*;
use domain::{
    Approval, Attendance, Booked, Entry, Meeting, MeetingRequest, MeetingRequestId, Noun,
    OrganisationId, Party, PersonId, ProgrammeId, Purpose, Reason, Side, State, Step,
    schedule::{Span, Tick},
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    Conn, StoreError, on,
    people::one,
    schema::{meeting_request_steps, meeting_requests, participants},
    types::{Instant, Json, Uid},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = meeting_requests, treat_none_as_null = true)]
struct Row {
    id: Uid,
    programme_id: Uid,
    from_id: Uid,
    to_id: Uid,
    pair_low: Uid,
    pair_high: Uid,
    from_person: Uid,
    to_person: Option<Uid>,
    purpose: String,
    subject: Option<Json>,
    message: String,
    requested_by: Uid,
    approved_by: Option<Uid>,
    approved_by_policy: Option<i32>,
    accepted_by: Option<Uid>,
    reason: Option<String>,
    replaces: Option<Uid>,
    state: String,
    deadline_at: Option<Instant>,
    created_at: Instant,
    changed_at: Instant,
    version: i32,
    revision: Option<i32>,
    from_tick: Option<i64>,
    until_tick: Option<i64>,
    place_id: Option<Uid>,
    venue: Option<String>,
    requester_presence: Option<String>,
    counterpart_presence: Option<String>,
}

impl From<&MeetingRequest> for Row {
    fn from(request: &MeetingRequest) -> Row {
        let (from, to) = (request.from.organisation, request.to.organisation);
        let (state, deadline_at) = request.entry.kept();
        let (approved_by, approved_by_policy) = match request.approval {
            Some(Approval::Staff(person)) => (Some(person.into()), None),
            Some(Approval::Policy(version)) => (None, Some(version.cast_signed())),
            None => (None, None),
        };
        let meeting = request.meeting.as_ref();
        let booked = meeting.map(|meeting| &meeting.booked);
        let attendance = meeting.and_then(|meeting| meeting.attendance);
        Row {
            id: request.id.into(),
            programme_id: request.programme.into(),
            from_id: from.into(),
            to_id: to.into(),
            pair_low: from.min(to).into(),
            pair_high: from.max(to).into(),
            from_person: request.from.person.unwrap_or(request.requested_by).into(),
            to_person: request.to.person.map(Into::into),
            purpose: request.purpose.code().to_owned(),
            subject: request.subject.map(|subject| {
                Json(serde_json::to_value(subject).expect("a subject is plain data"))
            }),
            message: request.message.to_string(),
            requested_by: request.requested_by.into(),
            approved_by,
            approved_by_policy,
            accepted_by: request.accepted_by.map(Into::into),
            reason: request.reason.map(|reason| reason.code().to_owned()),
            replaces: request.replaces.map(Into::into),
            state: state.code().to_owned(),
            deadline_at: deadline_at.map(Into::into),
            created_at: request.created_at.into(),
            changed_at: request.changed_at.into(),
            version: request.version.cast_signed(),
            revision: meeting.map(|meeting| meeting.revision.cast_signed()),
            from_tick: booked.map(|booked| booked.span.from().number()),
            until_tick: booked.map(|booked| booked.span.until().number()),
            place_id: booked.and_then(|booked| booked.place).map(Into::into),
            venue: booked
                .and_then(|booked| booked.venue.as_ref())
                .map(ToString::to_string),
            requester_presence: attendance.map(|came| came.requester.code().to_owned()),
            counterpart_presence: attendance.map(|came| came.counterpart.code().to_owned()),
        }
    }
}

impl Row {
    /// The meeting in the row, if there is one.
    fn meeting(&self) -> Result<Option<Meeting>, StoreError> {
        let (Some(revision), Some(from), Some(until)) =
            (self.revision, self.from_tick, self.until_tick)
        else {
            return Ok(None);
        };
        let corrupt = || StoreError::Corrupt(Noun::MeetingRequest);
        let venue = self.venue.as_deref().map(str::parse).transpose();
        let came = match (&self.requester_presence, &self.counterpart_presence) {
            (Some(requester), Some(counterpart)) => Some(Attendance {
                requester: read(requester.clone())?,
                counterpart: read(counterpart.clone())?,
            }),
            _ => None,
        };
        Ok(Some(Meeting {
            revision: revision.cast_unsigned(),
            booked: Booked {
                span: span(from, until).ok_or_else(corrupt)?,
                place: self.place_id.map(Into::into),
                venue: venue.map_err(|_| corrupt())?,
            },
            attendance: came,
        }))
    }
}

/// A span as its two columns keep it.
pub(crate) fn span(from: i64, until: i64) -> Option<Span> {
    Span::new(Tick::numbered(from)?, Tick::numbered(until)?)
}

fn read<T: DeserializeOwned>(word: String) -> Result<T, StoreError> {
    serde_json::from_value(Value::String(word))
        .map_err(|_| StoreError::Corrupt(Noun::MeetingRequest))
}

impl TryFrom<Row> for MeetingRequest {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<MeetingRequest, StoreError> {
        let corrupt = || StoreError::Corrupt(Noun::MeetingRequest);
        let meeting = row.meeting()?;
        let approval = match (row.approved_by, row.approved_by_policy) {
            (Some(person), _) => Some(Approval::Staff(person.into())),
            (None, Some(version)) => Some(Approval::Policy(version.cast_unsigned())),
            (None, None) => None,
        };
        let side = |organisation: Uid, person: Option<Uid>| Side {
            organisation: organisation.into(),
            person: person.map(Into::into),
        };
        Ok(MeetingRequest {
            id: row.id.into(),
            programme: row.programme_id.into(),
            from: side(row.from_id, Some(row.from_person)),
            to: side(row.to_id, row.to_person),
            purpose: read::<Purpose>(row.purpose)?,
            subject: row
                .subject
                .map(|json| serde_json::from_value(json.0))
                .transpose()
                .map_err(|_| corrupt())?,
            message: row.message.parse().map_err(|_| corrupt())?,
            requested_by: row.requested_by.into(),
            approval,
            accepted_by: row.accepted_by.map(Into::into),
            reason: row.reason.map(read::<Reason>).transpose()?,
            replaces: row.replaces.map(Into::into),
            meeting,
            created_at: row.created_at.into(),
            changed_at: row.changed_at.into(),
            version: row.version.cast_unsigned(),
            entry: Entry::restored(read::<State>(row.state)?, row.deadline_at.map(Into::into)),
        })
    }
}

/// The request with this id.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none.
pub fn find(conn: &mut Conn, id: MeetingRequestId) -> Result<MeetingRequest, StoreError> {
    on!(
        conn,
        meeting_requests::table
            .find(Uid::from(id))
            .select(Row::as_select())
            .first(conn)
            .optional()
    )?
    .ok_or(StoreError::NotFound(Noun::MeetingRequest))?
    .try_into()
}

/// Locks these requests until the end of the transaction, in the order of their ids: two that need the same ones wait for
/// each other and not on each other. On SQLite there is one writer.
pub fn lock(conn: &mut Conn, ids: &[MeetingRequestId]) -> Result<(), StoreError> {
    if let Conn::Pg(conn) = conn {
        let ids: Vec<Uid> = ids.iter().copied().map(Uid::from).collect();
        let _: Vec<Uid> = meeting_requests::table
            .filter(meeting_requests::id.eq_any(&ids))
            .order(meeting_requests::id)
            .select(meeting_requests::id)
            .for_update()
            .load(&mut **conn)?;
    }
    Ok(())
}

/// A new request.
///
/// # Errors
/// [`StoreError::Duplicate`] if the pair has an open one in the programme for the purpose.
pub fn insert(conn: &mut Conn, request: &MeetingRequest) -> Result<(), StoreError> {
    let row = Row::from(request);
    on!(
        conn,
        diesel::insert_into(meeting_requests::table)
            .values(&row)
            .execute(conn)
    )?;
    Ok(())
}

/// Keeps a request that moved from the version before.
///
/// # Errors
/// [`StoreError::Stale`] if the stored version is not the one before `request.version`.
pub fn save(conn: &mut Conn, request: &MeetingRequest) -> Result<(), StoreError> {
    let row = Row::from(request);
    let changed = on!(
        conn,
        diesel::update(meeting_requests::table.find(row.id))
            .filter(meeting_requests::version.eq(row.version - 1))
            .set(&row)
            .execute(conn)
    )?;
    one(changed, StoreError::Stale(Noun::MeetingRequest))
}

/// Whose eyes a list is for: every request of these sides and programmes, and no other.
#[derive(Clone, Debug)]
pub struct Eyes {
    /// Members of these organisations see what they sent, and what they were sent once it was let through.
    pub member_of: Vec<OrganisationId>,
    /// Staff see everything in these programmes; `None`: in all.
    pub staff_of: Option<Vec<ProgrammeId>>,
}

/// Which requests a list holds.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Who looks.
    pub eyes: Eyes,
    /// From one of these organisations; `None`: from any.
    pub from: Option<Vec<OrganisationId>>,
    /// To one of these organisations; `None`: to any.
    pub to: Option<Vec<OrganisationId>>,
    /// From or to this organisation; `None`: any.
    pub party: Option<OrganisationId>,
    /// Changed at this instant or later, by a step or by the clock; `None`: whenever.
    pub changed_since: Option<Timestamp>,
    /// In this state; `None`: in any. What is past its deadline counts as expired.
    pub state: Option<State>,
}

fn uids<T: Copy>(ids: &[T]) -> Vec<Uid>
where
    Uid: From<T>,
{
    ids.iter().copied().map(Uid::from).collect()
}

/// The requests that fit, newest first (by id), after `before`.
pub fn list(
    conn: &mut Conn,
    filter: &Filter,
    before: Option<MeetingRequestId>,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<MeetingRequest>, StoreError> {
    let member_of = uids(&filter.eyes.member_of);
    let staff_of = filter.eyes.staff_of.as_deref().map(uids);
    let rows: Vec<Row> = on!(conn, {
        let mut query = meeting_requests::table
            .order(meeting_requests::id.desc())
            .limit(limit)
            .select(Row::as_select())
            .into_boxed();
        if let Some(staff_of) = &staff_of {
            let let_through = meeting_requests::approved_by
                .is_not_null()
                .or(meeting_requests::approved_by_policy.is_not_null());
            query = query.filter(
                meeting_requests::from_id
                    .eq_any(&member_of)
                    .or(meeting_requests::to_id.eq_any(&member_of).and(let_through))
                    .or(meeting_requests::programme_id.eq_any(staff_of)),
            );
        }
        if let Some(from) = &filter.from {
            query = query.filter(meeting_requests::from_id.eq_any(uids(from)));
        }
        if let Some(to) = &filter.to {
            query = query.filter(meeting_requests::to_id.eq_any(uids(to)));
        }
        if let Some(party) = filter.party.map(Uid::from) {
            let either = meeting_requests::from_id.eq(party);
            query = query.filter(either.or(meeting_requests::to_id.eq(party)));
        }
        if let Some(since) = filter.changed_since.map(Instant::from) {
            // What is past its deadline has changed then, whether or not it was written down.
            let expired = meeting_requests::deadline_at
                .assume_not_null()
                .ge(since)
                .and(
                    meeting_requests::deadline_at
                        .assume_not_null()
                        .le(Instant::from(now)),
                );
            let expired = meeting_requests::deadline_at.is_not_null().and(expired);
            query = query.filter(meeting_requests::changed_at.ge(since).or(expired));
        }
        if let Some(state) = filter.state {
            // In states without a deadline the comparison is unknown, so those are named first.
            let undue = meeting_requests::deadline_at
                .is_null()
                .or(meeting_requests::deadline_at
                    .assume_not_null()
                    .gt(Instant::from(now)));
            let due = meeting_requests::deadline_at.is_not_null().and(
                meeting_requests::deadline_at
                    .assume_not_null()
                    .le(Instant::from(now)),
            );
            let stored = meeting_requests::state.eq(state.code());
            query = match state {
                State::Expired => query.filter(stored.or(due)),
                _ => query.filter(stored.and(undue)),
            };
        }
        if let Some(before) = before {
            query = query.filter(meeting_requests::id.lt(Uid::from(before)));
        }
        query.load(conn)
    })?;
    rows.into_iter().map(MeetingRequest::try_from).collect()
}

/// How many requests wait for staff, by programme, of those whose deadline is after `now` and, if given, before
/// `due_before`.
pub fn count_awaiting_staff(
    conn: &mut Conn,
    due_before: Option<Timestamp>,
    now: Timestamp,
) -> Result<Vec<(ProgrammeId, i64)>, StoreError> {
    let deadline = || meeting_requests::deadline_at.assume_not_null();
    let until = due_before.unwrap_or(Timestamp::MAX);
    let rows: Vec<(Uid, i64)> = on!(
        conn,
        meeting_requests::table
            .filter(meeting_requests::state.eq(State::AwaitingStaff.code()))
            .filter(deadline().gt(Instant::from(now)))
            .filter(deadline().lt(Instant::from(until)))
            .group_by(meeting_requests::programme_id)
            .order(meeting_requests::programme_id)
            .select((meeting_requests::programme_id, diesel::dsl::count_star()))
            .load(conn)
    )?;
    Ok(rows
        .into_iter()
        .map(|(programme, count)| (programme.into(), count))
        .collect())
}

/// The requests that wait for staff of these programmes (`None`: of all), oldest first (by id), after `after`.
pub fn list_awaiting_staff(
    conn: &mut Conn,
    programmes: Option<&[ProgrammeId]>,
    after: Option<MeetingRequestId>,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<MeetingRequest>, StoreError> {
    let programmes: Option<Vec<Uid>> =
        programmes.map(|ids| ids.iter().copied().map(Uid::from).collect());
    let rows: Vec<Row> = on!(conn, {
        let mut query = meeting_requests::table
            .filter(meeting_requests::state.eq(State::AwaitingStaff.code()))
            .filter(
                meeting_requests::deadline_at
                    .assume_not_null()
                    .gt(Instant::from(now)),
            )
            .order(meeting_requests::id)
            .limit(limit)
            .select(Row::as_select())
            .into_boxed();
        if let Some(programmes) = &programmes {
            query = query.filter(meeting_requests::programme_id.eq_any(programmes));
        }
        if let Some(after) = after {
            query = query.filter(meeting_requests::id.gt(Uid::from(after)));
        }
        query.load(conn)
    })?;
    rows.into_iter().map(MeetingRequest::try_from).collect()
}

/// Every request between two organisations, either way, newest first; at most 100.
pub fn list_for_pair(
    conn: &mut Conn,
    a: OrganisationId,
    b: OrganisationId,
) -> Result<Vec<MeetingRequest>, StoreError> {
    let rows: Vec<Row> = on!(
        conn,
        meeting_requests::table
            .filter(meeting_requests::pair_low.eq(Uid::from(a.min(b))))
            .filter(meeting_requests::pair_high.eq(Uid::from(a.max(b))))
            .order(meeting_requests::id.desc())
            .limit(100)
            .select(Row::as_select())
            .load(conn)
    )?;
    rows.into_iter().map(MeetingRequest::try_from).collect()
}

/// The requests from or to `organisation` that somebody can still take a step in at `now`, by id; at most 1,000.
pub fn list_open_of(
    conn: &mut Conn,
    organisation: OrganisationId,
    now: Timestamp,
) -> Result<Vec<MeetingRequest>, StoreError> {
    let open: Vec<&str> = State::ALL
        .into_iter()
        .filter(|state| !state.is_end())
        .map(State::code)
        .collect();
    let party = Uid::from(organisation);
    let rows: Vec<Row> = on!(
        conn,
        meeting_requests::table
            .filter(meeting_requests::state.eq_any(&open))
            .filter(
                meeting_requests::from_id
                    .eq(party)
                    .or(meeting_requests::to_id.eq(party))
            )
            .order(meeting_requests::id)
            .limit(1000)
            .select(Row::as_select())
            .load(conn)
    )?;
    let open = rows.into_iter().map(MeetingRequest::try_from);
    open.filter(|read| {
        read.as_ref()
            .map_or(true, |request| !request.state_at(now).is_end())
    })
    .collect()
}

/// Open requests of the pair that are past their deadline at `now` and not yet written down as expired.
pub fn list_due_for_pair(
    conn: &mut Conn,
    a: OrganisationId,
    b: OrganisationId,
    now: Timestamp,
) -> Result<Vec<MeetingRequest>, StoreError> {
    Ok(list_for_pair(conn, a, b)?
        .into_iter()
        .filter(|request| {
            request
                .entry
                .deadline_at()
                .is_some_and(|deadline| deadline <= now)
        })
        .collect())
}

/// Open requests past their deadline at `now`, oldest deadline first, for the sweeper.
pub fn list_due(
    conn: &mut Conn,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<MeetingRequest>, StoreError> {
    let rows: Vec<Row> = on!(
        conn,
        meeting_requests::table
            .filter(meeting_requests::deadline_at.is_not_null())
            .filter(
                meeting_requests::deadline_at
                    .assume_not_null()
                    .le(Instant::from(now))
            )
            .order(meeting_requests::deadline_at)
            .limit(limit)
            .select(Row::as_select())
            .load(conn)
    )?;
    rows.into_iter().map(MeetingRequest::try_from).collect()
}

/// The meetings of a person that begin before `until` and end after `from`, by time: those of the two named people and of
/// whoever else takes part, cancelled ones too; at most `limit`.
pub fn list_meetings_of(
    conn: &mut Conn,
    person: PersonId,
    (from, until): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<MeetingRequest>, StoreError> {
    let person = Uid::from(person);
    let (from, until) = (Tick::floor(from).number(), Tick::ceil(until).number());
    let rows: Vec<Row> = on!(conn, {
        let taking_part = participants::table
            .filter(participants::person_id.eq(person))
            .select(participants::request_id);
        meeting_requests::table
            .filter(meeting_requests::from_tick.lt(until))
            .filter(meeting_requests::until_tick.gt(from))
            .filter(
                meeting_requests::from_person
                    .eq(person)
                    .or(meeting_requests::to_person.eq(person))
                    .or(meeting_requests::id.eq_any(taking_part)),
            )
            .order((meeting_requests::from_tick, meeting_requests::id))
            .limit(limit)
            .select(Row::as_select())
            .load(conn)
    })?;
    rows.into_iter().map(MeetingRequest::try_from).collect()
}

/// The meetings of a programme that begin before `until` and end after `from`, by time, cancelled ones too; at most `limit`.
pub fn list_meetings_in(
    conn: &mut Conn,
    programme: ProgrammeId,
    (from, until): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<MeetingRequest>, StoreError> {
    let (from, until) = (Tick::floor(from).number(), Tick::ceil(until).number());
    let rows: Vec<Row> = on!(
        conn,
        meeting_requests::table
            .filter(meeting_requests::programme_id.eq(Uid::from(programme)))
            .filter(meeting_requests::from_tick.lt(until))
            .filter(meeting_requests::until_tick.gt(from))
            .order((meeting_requests::from_tick, meeting_requests::id))
            .limit(limit)
            .select(Row::as_select())
            .load(conn)
    )?;
    rows.into_iter().map(MeetingRequest::try_from).collect()
}

/// Whether a meeting of the programme is scheduled over one of these ticks.
pub fn is_scheduled_over(
    conn: &mut Conn,
    programme: ProgrammeId,
    span: Span,
) -> Result<bool, StoreError> {
    let found: i64 = on!(
        conn,
        meeting_requests::table
            .filter(meeting_requests::programme_id.eq(Uid::from(programme)))
            .filter(meeting_requests::state.eq(State::Scheduled.code()))
            .filter(meeting_requests::from_tick.lt(span.until().number()))
            .filter(meeting_requests::until_tick.gt(span.from().number()))
            .count()
            .get_result(conn)
    )?;
    Ok(found > 0)
}

/// A step that was taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// The version that the step made.
    pub version: u32,
    /// The step; `None` for the making of the request.
    pub step: Option<Step>,
    /// On whose part.
    pub party: Party,
    /// By whom.
    pub person: Option<PersonId>,
    /// Why a staff member took it for the party.
    pub on_behalf: Option<String>,
    /// The coded reason.
    pub reason: Option<Reason>,
    /// What was written beside the reason.
    pub note: Option<String>,
    /// What staff ticked.
    pub ticks: Vec<String>,
    /// When.
    pub at: Timestamp,
}

const MADE: &str = "create";

/// Writes down a step. One version has one step: the schema refuses a second.
pub fn insert_step(
    conn: &mut Conn,
    request: MeetingRequestId,
    taken: &Taken,
) -> Result<(), StoreError> {
    let row = (
        meeting_request_steps::request_id.eq(Uid::from(request)),
        meeting_request_steps::version.eq(taken.version.cast_signed()),
        meeting_request_steps::step.eq(taken.step.map_or(MADE, Step::code)),
        meeting_request_steps::party.eq(taken.party.code()),
        meeting_request_steps::person_id.eq(taken.person.map(Uid::from)),
        meeting_request_steps::on_behalf.eq(taken.on_behalf.as_deref()),
        meeting_request_steps::reason.eq(taken.reason.map(Reason::code)),
        meeting_request_steps::note.eq(taken.note.as_deref()),
        meeting_request_steps::ticks.eq(Json(Value::from(taken.ticks.clone()))),
        meeting_request_steps::at.eq(Instant::from(taken.at)),
    );
    on!(
        conn,
        diesel::insert_into(meeting_request_steps::table)
            .values(row)
            .execute(conn)
    )?;
    Ok(())
}

/// The steps of a request, in order; at most 1,000.
pub fn list_steps(conn: &mut Conn, request: MeetingRequestId) -> Result<Vec<Taken>, StoreError> {
    type Row = (
        i32,
        String,
        String,
        Option<Uid>,
        Option<String>,
        Option<String>,
        Option<String>,
        Json,
        Instant,
    );
    let rows: Vec<Row> = on!(
        conn,
        meeting_request_steps::table
            .filter(meeting_request_steps::request_id.eq(Uid::from(request)))
            .order(meeting_request_steps::version)
            .limit(1000)
            .select((
                meeting_request_steps::version,
                meeting_request_steps::step,
                meeting_request_steps::party,
                meeting_request_steps::person_id,
                meeting_request_steps::on_behalf,
                meeting_request_steps::reason,
                meeting_request_steps::note,
                meeting_request_steps::ticks,
                meeting_request_steps::at,
            ))
            .load(conn)
    )?;
    rows.into_iter()
        .map(
            |(version, step, party, person, on_behalf, reason, note, ticks, at)| {
                Ok(Taken {
                    version: version.cast_unsigned(),
                    step: if step == MADE {
                        None
                    } else {
                        Some(read(step)?)
                    },
                    party: read(party)?,
                    person: person.map(Into::into),
                    on_behalf,
                    reason: reason.map(read::<Reason>).transpose()?,
                    note,
                    ticks: serde_json::from_value(ticks.0).unwrap_or_default(),
                    at: at.into(),
                })
            },
        )
        .collect()
}

/// A counterpart that said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decline {
    /// In which programme.
    pub programme: ProgrammeId,
    /// To whom.
    pub asker: OrganisationId,
    /// Who.
    pub counterpart: OrganisationId,
    /// What for.
    pub purpose: Purpose,
    /// When.
    pub at: Timestamp,
}

/// A request that the counterpart decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Its id.
    pub id: MeetingRequestId,
    /// Who asked.
    pub asker: OrganisationId,
    /// Who was asked.
    pub counterpart: OrganisationId,
    /// When it was made.
    pub at: Timestamp,
    /// Whether it was accepted; else it was declined.
    pub accepted: bool,
}

/// The requests that were accepted or declined and not cancelled since, by id. Bounded by the requests of one hub.
pub fn list_decided(conn: &mut Conn) -> Result<Vec<Decided>, StoreError> {
    let decided = [
        State::Accepted,
        State::Scheduled,
        State::Held,
        State::Declined,
    ];
    let decided: Vec<&str> = decided.map(State::code).into();
    let rows: Vec<(Uid, Uid, Uid, String, Instant)> = on!(
        conn,
        meeting_requests::table
            .filter(meeting_requests::state.eq_any(&decided))
            .order(meeting_requests::id)
            .select((
                meeting_requests::id,
                meeting_requests::from_id,
                meeting_requests::to_id,
                meeting_requests::state,
                meeting_requests::created_at,
            ))
            .load(conn)
    )?;
    Ok(rows
        .into_iter()
        .map(|(id, asker, counterpart, state, at)| Decided {
            id: id.into(),
            asker: asker.into(),
            counterpart: counterpart.into(),
            at: at.into(),
            accepted: state != State::Declined.code(),
        })
        .collect())
}

/// The declines since `since`, by id: they keep pairs off lists for a while.
pub fn list_declines_since(conn: &mut Conn, since: Timestamp) -> Result<Vec<Decline>, StoreError> {
    let rows: Vec<(Uid, Uid, Uid, String, Instant)> = on!(
        conn,
        meeting_requests::table
            .filter(meeting_requests::state.eq(State::Declined.code()))
            .filter(meeting_requests::changed_at.ge(Instant::from(since)))
            .order(meeting_requests::id)
            .select((
                meeting_requests::programme_id,
                meeting_requests::from_id,
                meeting_requests::to_id,
                meeting_requests::purpose,
                meeting_requests::changed_at,
            ))
            .load(conn)
    )?;
    rows.into_iter()
        .map(|(programme, asker, counterpart, purpose, at)| {
            Ok(Decline {
                programme: programme.into(),
                asker: asker.into(),
                counterpart: counterpart.into(),
                purpose: read(purpose)?,
                at: at.into(),
            })
        })
        .collect()
}
