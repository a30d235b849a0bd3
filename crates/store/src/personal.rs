//! Everything that is kept of one person: to be handed out to them, and to be made anonymous. Rows of the audit stay: they
//! hold ids and codes alone.

use diesel::prelude::*;
use domain::{MeetingRequest, MeetingRequestId, Noun, PersonId};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    Conn, StoreError, consents, machine_tokens, meeting_requests as requests, notice_settings, on,
    people::one,
    replies as said,
    schema::{
        answer_links, audit, availability, calendar_feeds, consents as consent_rows,
        document_versions, feedback, idempotency_keys, invitations, machine_tokens as token_rows,
        marks, meeting_request_steps, meeting_requests, memberships,
        notice_settings as setting_rows, outcome_versions, participants, people, refresh_tokens,
        replies, sessions, staff_grants,
    },
    types::{Instant, Json, Uid},
};

/// Rows of one kind at most in an export.
const ROWS_MAX: i64 = 10_000;

fn at(instant: Instant) -> Timestamp {
    instant.into()
}

/// The requests in which the person asked, approved, accepted, or is named, by id.
pub fn list_requests(conn: &mut Conn, person: PersonId) -> Result<Vec<MeetingRequest>, StoreError> {
    let id = Uid::from(person);
    let ids: Vec<Uid> = on!(
        conn,
        meeting_requests::table
            .filter(
                meeting_requests::requested_by
                    .eq(id)
                    .or(meeting_requests::from_person.eq(id))
                    .or(meeting_requests::to_person.eq(id))
                    .or(meeting_requests::approved_by.eq(id))
                    .or(meeting_requests::accepted_by.eq(id))
            )
            .order(meeting_requests::id)
            .limit(ROWS_MAX)
            .select(meeting_requests::id)
            .load(conn)
    )?;
    ids.into_iter()
        .map(|id| requests::find(conn, MeetingRequestId::from(id)))
        .collect()
}

/// What is kept of the person beside requests, as rows with the names of their columns.
pub fn export(
    conn: &mut Conn,
    person: PersonId,
    email: &str,
) -> Result<Map<String, Value>, StoreError> {
    type Invited = (Option<Uid>, Option<Uid>, Instant, Option<Instant>);
    let id = Uid::from(person);
    let mut all = Map::new();
    let rows: Vec<(Uid, String, Instant)> = on!(
        conn,
        memberships::table
            .filter(memberships::person_id.eq(id))
            .order(memberships::organisation_id)
            .select((
                memberships::organisation_id,
                memberships::role,
                memberships::created_at
            ))
            .load(conn)
    )?;
    let rows = rows
        .into_iter()
        .map(|(of, role, since)| json!({"organisation": of.0, "role": role, "since": at(since)}));
    all.insert("memberships".to_owned(), rows.collect());
    let settings = notice_settings::find(conn, person)?;
    all.insert(
        "notice_settings".to_owned(),
        json!({"zone": settings.zone, "rhythm": settings.rhythm, "muted": settings.muted}),
    );
    let tokens = machine_tokens::list_for(conn, person, &[])?.into_iter();
    let tokens = tokens.map(|token| {
        json!({
            "name": token.name, "organisation": token.organisation, "scopes": token.scopes,
            "created_at": token.created_at, "expires_at": token.expires_at, "last_used_at": token.last_used_at,
        })
    });
    all.insert("machine_tokens".to_owned(), tokens.collect());
    let rows: Vec<(Uid, Instant)> = on!(
        conn,
        staff_grants::table
            .filter(staff_grants::person_id.eq(id))
            .order(staff_grants::programme_id)
            .select((staff_grants::programme_id, staff_grants::created_at))
            .load(conn)
    )?;
    let rows = rows
        .into_iter()
        .map(|(of, since)| json!({"programme": of.0, "since": at(since)}));
    all.insert("staff_grants".to_owned(), rows.collect());
    let rows: Vec<(Instant, Instant, Option<Instant>)> = on!(
        conn,
        sessions::table
            .filter(sessions::person_id.eq(id))
            .order(sessions::id)
            .limit(ROWS_MAX)
            .select((
                sessions::created_at,
                sessions::expires_at,
                sessions::revoked_at
            ))
            .load(conn)
    )?;
    let rows = rows.into_iter().map(|(created, expires, revoked)| {
        json!({"created_at": at(created), "expires_at": at(expires), "revoked_at": revoked.map(at)})
    });
    all.insert("sessions".to_owned(), rows.collect());
    let rows: Vec<Invited> = on!(
        conn,
        invitations::table
            .filter(invitations::email.eq(email))
            .order(invitations::id)
            .limit(ROWS_MAX)
            .select((
                invitations::organisation_id,
                invitations::programme_id,
                invitations::created_at,
                invitations::accepted_at
            ))
            .load(conn)
    )?;
    let rows = rows
        .into_iter()
        .map(|(organisation, programme, created, accepted)| {
            json!({
                "organisation": organisation.map(|of| of.0), "programme": programme.map(|of| of.0),
                "created_at": at(created), "accepted_at": accepted.map(at),
            })
        });
    all.insert("invitations".to_owned(), rows.collect());
    all.extend(export_times(conn, person)?);
    all.extend(export_deeds(conn, person)?);
    all.extend(export_words(conn, person)?);
    Ok(all)
}

/// When the person can meet, the calendars they read elsewhere, and the meetings of others they help at.
fn export_times(conn: &mut Conn, person: PersonId) -> Result<Map<String, Value>, StoreError> {
    let id = Uid::from(person);
    let mut all = Map::new();
    let rows: Vec<(Instant, Json)> = on!(
        conn,
        availability::table
            .filter(availability::owner_id.eq(id))
            .select((availability::recorded_at, availability::body))
            .load(conn)
    )?;
    let rows = rows
        .into_iter()
        .map(|(recorded, body)| json!({"recorded_at": at(recorded), "hours": body.0}));
    all.insert("availability".to_owned(), rows.collect());
    let rows: Vec<(Instant, Option<Instant>)> = on!(
        conn,
        calendar_feeds::table
            .filter(calendar_feeds::person_id.eq(id))
            .order(calendar_feeds::created_at)
            .limit(ROWS_MAX)
            .select((calendar_feeds::created_at, calendar_feeds::revoked_at))
            .load(conn)
    )?;
    let rows = rows.into_iter().map(
        |(created, revoked)| json!({"created_at": at(created), "revoked_at": revoked.map(at)}),
    );
    all.insert("calendar_feeds".to_owned(), rows.collect());
    let rows: Vec<(Uid, String, Instant)> = on!(
        conn,
        participants::table
            .filter(participants::person_id.eq(id))
            .order(participants::request_id)
            .limit(ROWS_MAX)
            .select((
                participants::request_id,
                participants::role,
                participants::added_at
            ))
            .load(conn)
    )?;
    let rows = rows
        .into_iter()
        .map(|(of, role, added)| json!({"meeting": of.0, "role": role, "added_at": at(added)}));
    all.insert("meetings_helped_at".to_owned(), rows.collect());
    Ok(all)
}

/// What the person did: steps, and rows of the audit.
fn export_deeds(conn: &mut Conn, person: PersonId) -> Result<Map<String, Value>, StoreError> {
    type Step = (Uid, String, String, Option<String>, Option<String>, Instant);
    let id = Uid::from(person);
    let mut all = Map::new();
    let rows: Vec<Step> = on!(
        conn,
        meeting_request_steps::table
            .filter(meeting_request_steps::person_id.eq(id))
            .order((
                meeting_request_steps::request_id,
                meeting_request_steps::version
            ))
            .limit(ROWS_MAX)
            .select((
                meeting_request_steps::request_id,
                meeting_request_steps::step,
                meeting_request_steps::party,
                meeting_request_steps::note,
                meeting_request_steps::on_behalf,
                meeting_request_steps::at
            ))
            .load(conn)
    )?;
    let rows = rows
        .into_iter()
        .map(|(request, step, party, note, why, when)| {
            json!({
                "request": request.0, "step": step, "party": party, "note": note, "on_behalf": why,
                "at": at(when),
            })
        });
    all.insert("steps".to_owned(), rows.collect());
    let rows: Vec<(Instant, String, String, Uid)> = on!(
        conn,
        audit::table
            .filter(audit::person_id.eq(id))
            .order(audit::seq)
            .limit(ROWS_MAX)
            .select((audit::at, audit::action, audit::noun, audit::subject_id))
            .load(conn)
    )?;
    let rows = rows.into_iter().map(|(when, action, noun, subject)| {
        json!({"at": at(when), "action": action, "noun": noun, "id": subject.0})
    });
    all.insert("audit".to_owned(), rows.collect());
    Ok(all)
}

/// What the person wrote, said, marked and agreed to.
fn export_words(conn: &mut Conn, person: PersonId) -> Result<Map<String, Value>, StoreError> {
    let id = Uid::from(person);
    let mut all = Map::new();
    let replies = said::list_by(conn, person)?.into_iter().map(|reply| {
        json!({
            "request": reply.request, "kind": reply.kind, "text": reply.text, "at": reply.at,
            "answer": reply.answer.map(|(text, ..)| text),
        })
    });
    all.insert("replies".to_owned(), replies.collect());
    let consents = consents::list_by(conn, person)?.into_iter().map(|consent| {
        json!({
            "organisation": consent.organisation, "of": consent.subject,
            "recipient": consent.recipient, "country": consent.country, "text": consent.text,
            "shown": consent.shown, "agreed_at": consent.agreed_at,
            "withdrawn_at": consent.withdrawn_at,
        })
    });
    all.insert("consents".to_owned(), consents.collect());
    let rows: Vec<(Uid, Uid, String, Option<String>, Instant)> = on!(
        conn,
        marks::table
            .filter(marks::marked_by.eq(id))
            .order((marks::organisation_id, marks::other_id))
            .limit(ROWS_MAX)
            .select((
                marks::organisation_id,
                marks::other_id,
                marks::mark,
                marks::note,
                marks::marked_at
            ))
            .load(conn)
    )?;
    let rows = rows.into_iter().map(|(of, on, mark, note, when)| {
        json!({"organisation": of.0, "on": on.0, "mark": mark, "note": note, "at": at(when)})
    });
    all.insert("marks".to_owned(), rows.collect());
    let rows: Vec<(Uid, String, Option<String>, Instant)> = on!(
        conn,
        feedback::table
            .filter(feedback::given_by.eq(id))
            .order(feedback::request_id)
            .limit(ROWS_MAX)
            .select((
                feedback::request_id,
                feedback::verdict,
                feedback::note,
                feedback::given_at
            ))
            .load(conn)
    )?;
    let rows = rows.into_iter().map(|(request, verdict, note, when)| {
        json!({"request": request.0, "verdict": verdict, "note": note, "at": at(when)})
    });
    all.insert("feedback".to_owned(), rows.collect());
    let rows: Vec<(Uid, i32, String, Option<String>, Instant)> = on!(
        conn,
        outcome_versions::table
            .filter(outcome_versions::recorded_by.eq(id))
            .order((outcome_versions::outcome_id, outcome_versions::version))
            .limit(ROWS_MAX)
            .select((
                outcome_versions::outcome_id,
                outcome_versions::version,
                outcome_versions::kind,
                outcome_versions::note,
                outcome_versions::recorded_at
            ))
            .load(conn)
    )?;
    let rows = rows.into_iter().map(|(outcome, version, kind, note, when)| {
        json!({"outcome": outcome.0, "version": version, "kind": kind, "note": note, "at": at(when)})
    });
    all.insert("outcomes".to_owned(), rows.collect());
    let rows: Vec<(Uid, i32, Instant)> = on!(
        conn,
        document_versions::table
            .filter(document_versions::recorded_by.eq(id))
            .order((document_versions::document_id, document_versions::version))
            .limit(ROWS_MAX)
            .select((
                document_versions::document_id,
                document_versions::version,
                document_versions::recorded_at
            ))
            .load(conn)
    )?;
    let rows = rows.into_iter().map(
        |(document, version, when)| json!({"document": document.0, "version": version, "at": at(when)}),
    );
    all.insert("documents_written".to_owned(), rows.collect());
    Ok(all)
}

/// Makes the person anonymous: name, address, telephone and password go, and with them sign-ins, memberships, grants, kept
/// answers, and what they wrote in words of their own. That somebody did something, and when, stays.
///
/// # Errors
/// [`StoreError::NotFound`] if there is no such person.
pub fn erase(
    conn: &mut Conn,
    person: PersonId,
    email: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = Uid::from(person);
    let nobody = format!("erased-{person}@erased.invalid");
    let changed = on!(
        conn,
        diesel::update(people::table.find(id))
            .set((
                people::email.eq(&nobody),
                people::name.eq("Erased"),
                people::phone.eq(None::<String>),
                people::password_hash.eq(None::<String>),
                people::admin.eq(false),
                people::status.eq("erased"),
                people::generation.eq(people::generation + 1),
                people::version.eq(people::version + 1),
            ))
            .execute(conn)
    )?;
    one(changed, StoreError::NotFound(Noun::Person))?;
    on!(conn, {
        diesel::delete(memberships::table.filter(memberships::person_id.eq(id))).execute(conn)?;
        diesel::delete(staff_grants::table.filter(staff_grants::person_id.eq(id))).execute(conn)?;
        diesel::delete(calendar_feeds::table.filter(calendar_feeds::person_id.eq(id)))
            .execute(conn)?;
        diesel::delete(availability::table.filter(availability::owner_id.eq(id))).execute(conn)?;
        diesel::delete(participants::table.filter(participants::person_id.eq(id))).execute(conn)?;
        diesel::delete(idempotency_keys::table.filter(idempotency_keys::person_id.eq(id)))
            .execute(conn)?;
        let own = sessions::table
            .filter(sessions::person_id.eq(id))
            .select(sessions::id);
        diesel::delete(refresh_tokens::table.filter(refresh_tokens::session_id.eq_any(own)))
            .execute(conn)?;
        diesel::update(invitations::table.filter(invitations::email.eq(email)))
            .set(invitations::email.eq(&nobody))
            .execute(conn)?;
        diesel::update(answer_links::table.filter(answer_links::email.eq(email)))
            .set((
                answer_links::email.eq(&nobody),
                answer_links::name.eq("Erased"),
                answer_links::revoked_at.eq(Instant::from(now)),
            ))
            .execute(conn)
    })?;
    erase_words(conn, id, email, now)
}

fn erase_words(conn: &mut Conn, id: Uid, email: &str, now: Timestamp) -> Result<(), StoreError> {
    on!(conn, {
        diesel::update(
            meeting_request_steps::table.filter(meeting_request_steps::person_id.eq(id)),
        )
        .set(meeting_request_steps::note.eq(None::<String>))
        .execute(conn)?;
        diesel::update(replies::table.filter(replies::person_id.eq(id)))
            .set(replies::words.eq(""))
            .execute(conn)?;
        diesel::update(replies::table.filter(replies::answered_by.eq(id)))
            .set(replies::answer.eq(""))
            .execute(conn)?;
        diesel::update(replies::table.filter(replies::colleague_email.eq(email)))
            .set((
                replies::colleague_email.eq("erased@erased.invalid"),
                replies::colleague_name.eq("Erased"),
            ))
            .execute(conn)?;
        diesel::delete(setting_rows::table.filter(setting_rows::person_id.eq(id))).execute(conn)?;
        diesel::update(
            token_rows::table
                .filter(token_rows::person_id.eq(id))
                .filter(token_rows::revoked_at.is_null()),
        )
        .set(token_rows::revoked_at.eq(Instant::from(now)))
        .execute(conn)?;
        diesel::update(feedback::table.filter(feedback::given_by.eq(id)))
            .set(feedback::note.eq(None::<String>))
            .execute(conn)?;
        diesel::update(marks::table.filter(marks::marked_by.eq(id)))
            .set(marks::note.eq(None::<String>))
            .execute(conn)?;
        diesel::update(outcome_versions::table.filter(outcome_versions::recorded_by.eq(id)))
            .set(outcome_versions::note.eq(None::<String>))
            .execute(conn)?;
        diesel::update(
            consent_rows::table
                .filter(consent_rows::person_id.eq(id))
                .filter(consent_rows::subject.eq("person"))
                .filter(consent_rows::withdrawn_at.is_null()),
        )
        .set(consent_rows::withdrawn_at.eq(Instant::from(now)))
        .execute(conn)
    })?;
    Ok(())
}
