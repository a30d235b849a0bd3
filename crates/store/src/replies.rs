//! Replies: what is said of a request without a step — questions with their answers, proposed times, colleagues.

use diesel::prelude::*;
use domain::{
    AnswerLinkId, EmailAddress, MeetingRequestId, Name, Noun, Party, PersonId, ReplyId, ReplyKind,
};
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Conn, StoreError, on,
    people::one,
    schema::replies,
    types::{Instant, Json, Uid},
};

/// By whom something was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// Somebody who is signed in.
    Person(PersonId),
    /// Somebody with a link.
    Link(AnswerLinkId),
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// Its id.
    pub id: ReplyId,
    /// Of which request.
    pub request: MeetingRequestId,
    /// What it is.
    pub kind: ReplyKind,
    /// On whose part.
    pub party: Party,
    /// By whom.
    pub by: Speaker,
    /// What was said.
    pub text: String,
    /// Times that were proposed.
    pub times: Vec<Timestamp>,
    /// The colleague who was named.
    pub colleague: Option<(Name, EmailAddress)>,
    /// When.
    pub at: Timestamp,
    /// The answer, by whom and when.
    pub answer: Option<(String, Option<PersonId>, Timestamp)>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = replies)]
struct Row {
    id: Uid,
    request_id: Uid,
    kind: String,
    party: String,
    person_id: Option<Uid>,
    link_id: Option<Uid>,
    words: String,
    times: Json,
    colleague_name: Option<String>,
    colleague_email: Option<String>,
    said_at: Instant,
    answer: Option<String>,
    answered_by: Option<Uid>,
    answered_at: Option<Instant>,
}

impl TryFrom<Row> for Reply {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Reply, StoreError> {
        let corrupt = || StoreError::Corrupt(Noun::Reply);
        let colleague = match (row.colleague_name, row.colleague_email) {
            (Some(name), Some(email)) => Some((
                name.parse().map_err(|_| corrupt())?,
                email.parse().map_err(|_| corrupt())?,
            )),
            _ => None,
        };
        Ok(Reply {
            id: row.id.into(),
            request: row.request_id.into(),
            kind: ReplyKind::from_code(&row.kind).ok_or_else(corrupt)?,
            party: serde_json::from_value(Value::String(row.party)).map_err(|_| corrupt())?,
            by: match (row.person_id, row.link_id) {
                (Some(person), _) => Speaker::Person(person.into()),
                (None, Some(link)) => Speaker::Link(link.into()),
                (None, None) => return Err(corrupt()),
            },
            text: row.words,
            times: serde_json::from_value(row.times.0).map_err(|_| corrupt())?,
            colleague,
            at: row.said_at.into(),
            answer: row.answer.zip(row.answered_at).map(|(answer, at)| {
                let by = row.answered_by.map(Into::into);
                (answer, by, at.into())
            }),
        })
    }
}

/// Keeps something that was said.
pub fn insert(conn: &mut Conn, reply: &Reply) -> Result<(), StoreError> {
    let (person, link) = match reply.by {
        Speaker::Person(person) => (Some(Uid::from(person)), None),
        Speaker::Link(link) => (None, Some(Uid::from(link))),
    };
    let (name, email) = match &reply.colleague {
        Some((name, email)) => (Some(name.as_str()), Some(email.as_str())),
        None => (None, None),
    };
    let times = serde_json::to_value(&reply.times).unwrap_or_default();
    let row = (
        replies::id.eq(Uid::from(reply.id)),
        replies::request_id.eq(Uid::from(reply.request)),
        replies::kind.eq(reply.kind.code()),
        replies::party.eq(reply.party.code()),
        replies::person_id.eq(person),
        replies::link_id.eq(link),
        replies::words.eq(&reply.text),
        replies::times.eq(Json(times)),
        replies::colleague_name.eq(name),
        replies::colleague_email.eq(email),
        replies::said_at.eq(Instant::from(reply.at)),
    );
    on!(
        conn,
        diesel::insert_into(replies::table)
            .values(row)
            .execute(conn)
    )?;
    Ok(())
}

/// What was said of a request, oldest first, at most 500.
pub fn list(conn: &mut Conn, request: MeetingRequestId) -> Result<Vec<Reply>, StoreError> {
    let rows: Vec<Row> = on!(
        conn,
        replies::table
            .filter(replies::request_id.eq(Uid::from(request)))
            .order((replies::said_at, replies::id))
            .limit(500)
            .select(Row::as_select())
            .load(conn)
    )?;
    rows.into_iter().map(Reply::try_from).collect()
}

/// What a person said or answered, oldest first, at most 1,000.
pub fn list_by(conn: &mut Conn, person: PersonId) -> Result<Vec<Reply>, StoreError> {
    let person = Uid::from(person);
    let rows: Vec<Row> = on!(
        conn,
        replies::table
            .filter(
                replies::person_id
                    .eq(person)
                    .or(replies::answered_by.eq(person))
            )
            .order(replies::id)
            .limit(1000)
            .select(Row::as_select())
            .load(conn)
    )?;
    rows.into_iter().map(Reply::try_from).collect()
}

/// Answers a question of the request.
///
/// # Errors
/// [`StoreError::NotFound`] if the request has no such question without an answer.
pub fn save_answer(
    conn: &mut Conn,
    (request, id): (MeetingRequestId, ReplyId),
    answer: &str,
    by: PersonId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let changed = on!(
        conn,
        diesel::update(replies::table.find(Uid::from(id)))
            .filter(replies::request_id.eq(Uid::from(request)))
            .filter(replies::kind.eq(ReplyKind::Question.code()))
            .filter(replies::answer.is_null())
            .set((
                replies::answer.eq(answer),
                replies::answered_by.eq(Uid::from(by)),
                replies::answered_at.eq(Instant::from(now)),
            ))
            .execute(conn)
    )?;
    one(changed, StoreError::NotFound(Noun::Reply))
}
