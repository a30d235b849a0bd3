//! What the history tells of an organisation that is asked: how long it takes to answer, how much it has to do. Shown to
//! others as bands alone.

use diesel::prelude::*;
use domain::{OrganisationId, Party, ProgrammeId, State, Step};
use jiff::{SignedDuration, Timestamp};

use crate::{
    Conn, StoreError, on,
    schema::{meeting_request_steps as steps, meeting_requests},
    types::{Instant, Uid},
};

/// Answers that are looked at.
const ANSWERS_MAX: i64 = 30;

/// How long the organisation took for its latest answers, from when it got to know of a request.
pub fn list_answer_times(
    conn: &mut Conn,
    organisation: OrganisationId,
) -> Result<Vec<SignedDuration>, StoreError> {
    let answers = [Step::Accept.code(), Step::Decline.code()];
    let answered: Vec<(Uid, Instant)> = on!(
        conn,
        steps::table
            .inner_join(meeting_requests::table)
            .filter(meeting_requests::to_id.eq(Uid::from(organisation)))
            .filter(steps::party.eq(Party::Counterpart.code()))
            .filter(steps::step.eq_any(answers))
            .order(steps::at.desc())
            .limit(ANSWERS_MAX)
            .select((steps::request_id, steps::at))
            .load(conn)
    )?;
    let ids: Vec<Uid> = answered.iter().map(|(id, _)| *id).collect();
    // The last step before the answer is what showed it the request: an approval, or what the policy let through.
    let shown: Vec<(Uid, Instant)> = on!(
        conn,
        steps::table
            .filter(steps::request_id.eq_any(&ids))
            .filter(steps::step.eq_any(["create", Step::Submit.code(), Step::Approve.code()]))
            .order(steps::at.desc())
            .limit(ANSWERS_MAX * 10)
            .select((steps::request_id, steps::at))
            .load(conn)
    )?;
    let shown_at = |id: Uid| shown.iter().find(|(of, _)| *of == id).map(|(_, at)| *at);
    Ok(answered
        .into_iter()
        .filter_map(|(id, at)| {
            let (at, shown) = (Timestamp::from(at), Timestamp::from(shown_at(id)?));
            Some(at.duration_since(shown))
        })
        .collect())
}

/// Whom requests were addressed to, and when they were made, by id. Bounded by the requests of one hub.
pub fn list_asked(conn: &mut Conn) -> Result<Vec<(OrganisationId, Timestamp)>, StoreError> {
    let rows: Vec<(Uid, Instant)> = on!(
        conn,
        meeting_requests::table
            .order(meeting_requests::id)
            .select((meeting_requests::to_id, meeting_requests::created_at))
            .load(conn)
    )?;
    Ok(rows
        .into_iter()
        .map(|(to, at)| (to.into(), at.into()))
        .collect())
}

/// To whom the requests of a programme were addressed that were made from `since` to before `until`, by id. Bounded by the
/// requests of one hub.
pub fn list_asked_in(
    conn: &mut Conn,
    programme: ProgrammeId,
    since: Timestamp,
    until: Timestamp,
) -> Result<Vec<OrganisationId>, StoreError> {
    let rows: Vec<Uid> = on!(
        conn,
        meeting_requests::table
            .filter(meeting_requests::programme_id.eq(Uid::from(programme)))
            .filter(meeting_requests::created_at.ge(Instant::from(since)))
            .filter(meeting_requests::created_at.lt(Instant::from(until)))
            .order(meeting_requests::id)
            .select(meeting_requests::to_id)
            .load(conn)
    )?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// What the organisation has to do: requests that wait for it at `now`, and introductions accepted since `since`.
pub fn count_load(
    conn: &mut Conn,
    organisation: OrganisationId,
    since: Timestamp,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let waits = State::AwaitingCounterpart.code();
    let accepted = State::ALL
        .into_iter()
        .filter(|state| state.shows_contacts());
    let accepted: Vec<&str> = accepted.map(State::code).collect();
    let waiting: i64 = on!(
        conn,
        meeting_requests::table
            .filter(meeting_requests::to_id.eq(Uid::from(organisation)))
            .filter(meeting_requests::state.eq(waits))
            .filter(
                meeting_requests::deadline_at
                    .assume_not_null()
                    .gt(Instant::from(now))
            )
            .count()
            .get_result(conn)
    )?;
    let fresh: i64 = on!(
        conn,
        meeting_requests::table
            .filter(meeting_requests::to_id.eq(Uid::from(organisation)))
            .filter(meeting_requests::state.eq_any(&accepted))
            .filter(meeting_requests::changed_at.ge(Instant::from(since)))
            .count()
            .get_result(conn)
    )?;
    Ok(waiting + fresh)
}
