//! Scorecards as they were put here, and which of them is in force where. Nothing here is ever changed or deleted.

use std::collections::HashMap;

use diesel::prelude::*;
use domain::{Noun, PersonId, ProgrammeId};
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Conn, StoreError, judgements, on,
    schema::{scorecard_activations, scorecard_texts},
    types::{Instant, Uid},
};

/// A scorecard as it was put here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// Content hash of the card.
    pub hash: String,
    /// Its text.
    pub text: String,
    /// What for.
    pub note: Option<String>,
    /// By whom; nobody from the command line.
    pub by: Option<PersonId>,
    /// When.
    pub at: Timestamp,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = scorecard_texts)]
struct TextRow {
    card_hash: String,
    content: String,
    note: Option<String>,
    put_by: Option<Uid>,
    put_at: Instant,
}

impl From<TextRow> for Put {
    fn from(row: TextRow) -> Put {
        Put {
            hash: row.card_hash,
            text: row.content,
            note: row.note,
            by: row.put_by.map(Into::into),
            at: row.put_at.into(),
        }
    }
}

/// Puts a card here, once; whether it is new. `body` is its text as JSON.
pub fn insert(conn: &mut Conn, put: &Put, body: Value) -> Result<bool, StoreError> {
    judgements::insert_scorecard(conn, &put.hash, body, put.at)?;
    let row = TextRow {
        card_hash: put.hash.clone(),
        content: put.text.clone(),
        note: put.note.clone(),
        put_by: put.by.map(Into::into),
        put_at: put.at.into(),
    };
    let new = on!(
        conn,
        diesel::insert_into(scorecard_texts::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(conn)
    )?;
    Ok(new == 1)
}

/// The card with this hash.
///
/// # Errors
/// [`StoreError::NotFound`] if it was not put here.
pub fn find(conn: &mut Conn, hash: &str) -> Result<Put, StoreError> {
    let row: Option<TextRow> = on!(
        conn,
        scorecard_texts::table
            .find(hash)
            .select(TextRow::as_select())
            .first(conn)
            .optional()
    )?;
    row.map(Into::into)
        .ok_or(StoreError::NotFound(Noun::Scorecard))
}

/// The cards that were put here, the latest first, at most 200.
pub fn list(conn: &mut Conn) -> Result<Vec<Put>, StoreError> {
    let rows: Vec<TextRow> = on!(
        conn,
        scorecard_texts::table
            .order((scorecard_texts::put_at.desc(), scorecard_texts::card_hash))
            .limit(200)
            .select(TextRow::as_select())
            .load(conn)
    )?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// A card that was put in force for a programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activation {
    /// Of which programme.
    pub programme: ProgrammeId,
    /// Counts the activations of the programme, from 1; the highest is in force.
    pub number: u32,
    /// The card; none: a programme follows the hub again, the hub the card that ships.
    pub hash: Option<String>,
    /// Why.
    pub note: Option<String>,
    /// By whom; nobody from the command line.
    pub by: Option<PersonId>,
    /// When.
    pub at: Timestamp,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = scorecard_activations)]
struct ActivationRow {
    programme_id: Uid,
    number: i32,
    card_hash: Option<String>,
    note: Option<String>,
    activated_by: Option<Uid>,
    activated_at: Instant,
}

impl From<ActivationRow> for Activation {
    fn from(row: ActivationRow) -> Activation {
        Activation {
            programme: row.programme_id.into(),
            number: row.number.cast_unsigned(),
            hash: row.card_hash,
            note: row.note,
            by: row.activated_by.map(Into::into),
            at: row.activated_at.into(),
        }
    }
}

/// Puts a card in force under the number after the last.
///
/// # Errors
/// [`StoreError::Duplicate`] if somebody else did at the same time.
pub fn insert_activation(conn: &mut Conn, activation: &Activation) -> Result<(), StoreError> {
    let row = ActivationRow {
        programme_id: activation.programme.into(),
        number: activation.number.cast_signed(),
        card_hash: activation.hash.clone(),
        note: activation.note.clone(),
        activated_by: activation.by.map(Into::into),
        activated_at: activation.at.into(),
    };
    on!(
        conn,
        diesel::insert_into(scorecard_activations::table)
            .values(&row)
            .execute(conn)
    )?;
    Ok(())
}

/// The activations of a programme, the one in force first, at most 200.
pub fn list_activations(
    conn: &mut Conn,
    programme: ProgrammeId,
) -> Result<Vec<Activation>, StoreError> {
    let rows: Vec<ActivationRow> = on!(
        conn,
        scorecard_activations::table
            .filter(scorecard_activations::programme_id.eq(Uid::from(programme)))
            .order(scorecard_activations::number.desc())
            .limit(200)
            .select(ActivationRow::as_select())
            .load(conn)
    )?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The text of the card in force by programme at a moment, of those that have one. Bounded by the activations of one hub.
pub fn list_in_force(
    conn: &mut Conn,
    at: Timestamp,
) -> Result<HashMap<ProgrammeId, String>, StoreError> {
    type Row = (Uid, Option<String>);
    let rows: Vec<Row> = on!(
        conn,
        scorecard_activations::table
            .filter(scorecard_activations::activated_at.le(Instant::from(at)))
            .order((
                scorecard_activations::programme_id,
                scorecard_activations::number,
            ))
            .select((
                scorecard_activations::programme_id,
                scorecard_activations::card_hash,
            ))
            .load(conn)
    )?;
    // Of each programme the last counts.
    let latest: HashMap<Uid, Option<String>> = rows.into_iter().collect();
    let mut texts = HashMap::new();
    for (programme, hash) in latest {
        if let Some(hash) = hash {
            texts.insert(programme.into(), find(conn, &hash)?.text);
        }
    }
    Ok(texts)
}
