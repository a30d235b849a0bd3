//! Putting a scorecard here and putting it in force, for the API and the command line alike: what is written, with its
//! audit row, its event and its note for the snapshots. Nothing is ever changed: the old card stays.

use domain::{Noun, PersonId};
use jiff::Timestamp;
use scoring::Card;
use serde_json::json;
use store::{
    Conn, StoreError,
    journal::{self, Change},
    scorecards::{self, Activation, Put},
};
use uuid::Uuid;

/// Characters at most in a card's name, and in what it predicts. Our choice.
const NAME_MAX: usize = 300;

/// Why a text was not taken as a scorecard: in English, `line 12: …`.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct BadCard {
    line: usize,
    message: String,
}

/// Reads a card that is to be kept.
///
/// # Errors
/// [`BadCard`] names the line, and what is wrong there.
pub fn read(text: &str) -> Result<Card, BadCard> {
    let card = Card::parse(text).map_err(|error| BadCard {
        line: error.line(),
        message: error.message(),
    })?;
    for said in [Some(card.name()), card.predicts()].into_iter().flatten() {
        if let Some(character) = said.chars().find(|character| character.is_control()) {
            let message = format!("has the character {}", character.escape_unicode());
            return Err(BadCard { line: 1, message });
        }
        if said.chars().count() > NAME_MAX {
            let message = format!("is longer than {NAME_MAX} characters");
            return Err(BadCard { line: 1, message });
        }
    }
    Ok(card)
}

/// Puts a card here, once: the same content is the same card, and who put it first stays named. `event` names the work.
///
/// # Errors
/// What the database answered.
pub fn put(conn: &mut Conn, put: &Put, event: Uuid) -> Result<(), StoreError> {
    let body = serde_json::from_str(&put.text).map_err(|_| StoreError::Corrupt(Noun::Scorecard))?;
    if !scorecards::insert(conn, put, body)? {
        return Ok(());
    }
    let change = Change {
        action: "put",
        noun: Noun::Scorecard,
        id: event,
        version: 1,
        person: put.by,
        party: None,
        detail: json!({"scorecard": put.hash}),
    };
    journal::insert(conn, &change, put.at)
}

/// The card that ships, which need not be put here first.
///
/// # Errors
/// What the database answered.
pub fn put_default(conn: &mut Conn, event: Uuid, now: Timestamp) -> Result<(), StoreError> {
    let card = Put {
        hash: Card::default_card().hash().to_owned(),
        text: Card::DEFAULT_TEXT.to_owned(),
        note: None,
        by: None,
        at: now,
    };
    put(conn, &card, event)
}

/// What is to be in force, and why.
#[derive(Clone, Debug)]
pub struct InForce {
    /// Content hash of a card that was put here; none: a programme follows the hub, the hub the card that ships.
    pub hash: Option<String>,
    /// Why.
    pub note: Option<String>,
    /// Who decides; nobody from the command line.
    pub by: Option<PersonId>,
}

/// Puts a card in force for a programme.
///
/// # Errors
/// [`StoreError::Duplicate`] if somebody else did at the same time.
pub fn activate(
    conn: &mut Conn,
    programme: domain::ProgrammeId,
    wanted: InForce,
    now: Timestamp,
) -> Result<Activation, StoreError> {
    let before = scorecards::list_activations(conn, programme)?;
    let activation = Activation {
        programme,
        number: before.first().map_or(1, |last| last.number + 1),
        hash: wanted.hash,
        note: wanted.note,
        by: wanted.by,
        at: now,
    };
    scorecards::insert_activation(conn, &activation)?;
    let change = Change {
        action: "activated",
        noun: Noun::Scorecard,
        id: programme.uuid(),
        version: activation.number,
        person: activation.by,
        party: None,
        detail: json!({"programme": programme, "scorecard": activation.hash}),
    };
    journal::insert(conn, &change, now)?;
    Ok(activation)
}
