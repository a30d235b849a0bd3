//! Answer links: by which somebody without an account answers a request. Of the secret only a hash is kept.

use diesel::prelude::*;
use domain::{AnswerLinkId, EmailAddress, Language, MeetingRequestId, Name, Noun, PersonId};
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Conn, StoreError, on,
    people::one,
    schema::{answer_drafts, answer_links},
    types::{Instant, Json, Uid},
};

/// A link.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerLink {
    /// Its id.
    pub id: AnswerLinkId,
    /// The request that it answers.
    pub request: MeetingRequestId,
    /// To whom it was given.
    pub email: EmailAddress,
    /// What they are called.
    pub name: Name,
    /// In which language they are written to.
    pub language: Language,
    /// Who made it.
    pub created_by: PersonId,
    /// When.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// When the request was answered through it.
    pub answered_at: Option<Timestamp>,
    /// As whom.
    pub person: Option<PersonId>,
    /// When staff took it back.
    pub revoked_at: Option<Timestamp>,
    /// How often it was sent by mail.
    pub mails: u32,
    /// When it was sent last.
    pub mailed_at: Option<Timestamp>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = answer_links)]
struct Row {
    id: Uid,
    request_id: Uid,
    email: String,
    name: String,
    language: String,
    created_by: Uid,
    created_at: Instant,
    expires_at: Instant,
    answered_at: Option<Instant>,
    person_id: Option<Uid>,
    revoked_at: Option<Instant>,
    mails: i32,
    mailed_at: Option<Instant>,
}

impl TryFrom<Row> for AnswerLink {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<AnswerLink, StoreError> {
        let corrupt = || StoreError::Corrupt(Noun::AnswerLink);
        Ok(AnswerLink {
            id: row.id.into(),
            request: row.request_id.into(),
            email: row.email.parse().map_err(|_| corrupt())?,
            name: row.name.parse().map_err(|_| corrupt())?,
            language: serde_json::from_value(Value::String(row.language)).map_err(|_| corrupt())?,
            created_by: row.created_by.into(),
            created_at: row.created_at.into(),
            expires_at: row.expires_at.into(),
            answered_at: row.answered_at.map(Into::into),
            person: row.person_id.map(Into::into),
            revoked_at: row.revoked_at.map(Into::into),
            mails: row.mails.cast_unsigned(),
            mailed_at: row.mailed_at.map(Into::into),
        })
    }
}

/// A new link; its secret is known by its hash alone.
pub fn insert(conn: &mut Conn, link: &AnswerLink, hash: &str) -> Result<(), StoreError> {
    let language = match link.language {
        Language::En => "en",
        Language::Ja => "ja",
    };
    let row = (
        answer_links::id.eq(Uid::from(link.id)),
        answer_links::hash.eq(hash),
        answer_links::request_id.eq(Uid::from(link.request)),
        answer_links::email.eq(link.email.as_str()),
        answer_links::name.eq(link.name.as_str()),
        answer_links::language.eq(language),
        answer_links::created_by.eq(Uid::from(link.created_by)),
        answer_links::created_at.eq(Instant::from(link.created_at)),
        answer_links::expires_at.eq(Instant::from(link.expires_at)),
        answer_links::mails.eq(link.mails.cast_signed()),
        answer_links::mailed_at.eq(link.mailed_at.map(Instant::from)),
    );
    on!(
        conn,
        diesel::insert_into(answer_links::table)
            .values(row)
            .execute(conn)
    )?;
    Ok(())
}

/// The link with this secret, whatever became of it.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none.
pub fn find_by_hash(conn: &mut Conn, hash: &str) -> Result<AnswerLink, StoreError> {
    on!(
        conn,
        answer_links::table
            .filter(answer_links::hash.eq(hash))
            .select(Row::as_select())
            .first(conn)
            .optional()
    )?
    .ok_or(StoreError::NotFound(Noun::AnswerLink))?
    .try_into()
}

/// The link with this id, whatever became of it.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none.
pub fn find(conn: &mut Conn, id: AnswerLinkId) -> Result<AnswerLink, StoreError> {
    on!(
        conn,
        answer_links::table
            .find(Uid::from(id))
            .select(Row::as_select())
            .first(conn)
            .optional()
    )?
    .ok_or(StoreError::NotFound(Noun::AnswerLink))?
    .try_into()
}

/// The links of a request, the latest first.
pub fn list(conn: &mut Conn, request: MeetingRequestId) -> Result<Vec<AnswerLink>, StoreError> {
    let rows: Vec<Row> = on!(
        conn,
        answer_links::table
            .filter(answer_links::request_id.eq(Uid::from(request)))
            .order(answer_links::id.desc())
            .limit(100)
            .select(Row::as_select())
            .load(conn)
    )?;
    rows.into_iter().map(AnswerLink::try_from).collect()
}

/// The links that were given to an address, by id.
pub fn list_by_email(conn: &mut Conn, email: &str) -> Result<Vec<AnswerLink>, StoreError> {
    let rows: Vec<Row> = on!(
        conn,
        answer_links::table
            .filter(answer_links::email.eq(email))
            .order(answer_links::id)
            .limit(1000)
            .select(Row::as_select())
            .load(conn)
    )?;
    rows.into_iter().map(AnswerLink::try_from).collect()
}

/// Notes that the link, as it was read, is sent by mail once more.
///
/// # Errors
/// [`StoreError::Stale`] if it was sent, answered or taken back meanwhile.
pub fn save_mailed(conn: &mut Conn, link: &AnswerLink, now: Timestamp) -> Result<(), StoreError> {
    let mails = link.mails.cast_signed();
    let changed = on!(
        conn,
        diesel::update(answer_links::table.find(Uid::from(link.id)))
            .filter(answer_links::mails.eq(mails))
            .filter(answer_links::answered_at.is_null())
            .filter(answer_links::revoked_at.is_null())
            .set((
                answer_links::mails.eq(mails + 1),
                answer_links::mailed_at.eq(Instant::from(now)),
            ))
            .execute(conn)
    )?;
    one(changed, StoreError::Stale(Noun::AnswerLink))
}

/// Notes that the request was answered through the link. Of two who answer at once, one is told that it is gone.
///
/// # Errors
/// [`StoreError::Stale`] if it was answered or taken back before.
pub fn save_answered(
    conn: &mut Conn,
    id: AnswerLinkId,
    person: PersonId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let changed = on!(
        conn,
        diesel::update(answer_links::table.find(Uid::from(id)))
            .filter(answer_links::answered_at.is_null())
            .filter(answer_links::revoked_at.is_null())
            .set((
                answer_links::answered_at.eq(Instant::from(now)),
                answer_links::person_id.eq(Uid::from(person)),
            ))
            .execute(conn)
    )?;
    one(changed, StoreError::Stale(Noun::AnswerLink))
}

/// Takes a link of the request back.
///
/// # Errors
/// [`StoreError::NotFound`] if the request has no such link that is still good.
pub fn save_revoked(
    conn: &mut Conn,
    request: MeetingRequestId,
    id: AnswerLinkId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let changed = on!(
        conn,
        diesel::update(answer_links::table.find(Uid::from(id)))
            .filter(answer_links::request_id.eq(Uid::from(request)))
            .filter(answer_links::revoked_at.is_null())
            .set(answer_links::revoked_at.eq(Instant::from(now)))
            .execute(conn)
    )?;
    one(changed, StoreError::NotFound(Noun::AnswerLink))
}

/// Keeps what somebody is about to do.
pub fn insert_draft(
    conn: &mut Conn,
    (hash, link): (&str, AnswerLinkId),
    body: &Value,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    let row = (
        answer_drafts::hash.eq(hash),
        answer_drafts::link_id.eq(Uid::from(link)),
        answer_drafts::body.eq(Json(body.clone())),
        answer_drafts::created_at.eq(Instant::from(now)),
        answer_drafts::expires_at.eq(Instant::from(expires_at)),
    );
    on!(
        conn,
        diesel::insert_into(answer_drafts::table)
            .values(row)
            .execute(conn)
    )?;
    Ok(())
}

/// What was about to be done through the link under this hash, which is used up with it.
///
/// # Errors
/// [`StoreError::Stale`] if there is none, it has expired, or it was used before.
pub fn save_draft_used(
    conn: &mut Conn,
    hash: &str,
    link: AnswerLinkId,
    now: Timestamp,
) -> Result<Value, StoreError> {
    let body: Option<Json> = on!(
        conn,
        diesel::update(answer_drafts::table.find(hash))
            .filter(answer_drafts::link_id.eq(Uid::from(link)))
            .filter(answer_drafts::used_at.is_null())
            .filter(answer_drafts::expires_at.gt(Instant::from(now)))
            .set(answer_drafts::used_at.eq(Instant::from(now)))
            .returning(answer_drafts::body)
            .get_result(conn)
            .optional()
    )?;
    Ok(body.ok_or(StoreError::Stale(Noun::AnswerLink))?.0)
}

/// Forgets what was about to be done before `before`.
pub fn delete_drafts_before(conn: &mut Conn, before: Timestamp) -> Result<usize, StoreError> {
    Ok(on!(
        conn,
        diesel::delete(
            answer_drafts::table.filter(answer_drafts::created_at.lt(Instant::from(before)))
        )
        .execute(conn)
    )?)
}
