//! Which scorecard is in force for which programme.

use std::collections::HashMap;

use domain::ProgrammeId;
use jiff::Timestamp;
use scoring::Card;
use store::{Conn, StoreError, programmes, scorecards};

use super::Snapshot;

/// The cards in force, of the programmes that have one of their own; the hub's is under its programme.
#[derive(Debug, Default)]
pub(super) struct Cards(HashMap<ProgrammeId, InForce>);

#[derive(Debug)]
struct InForce {
    card: Card,
    text: String,
}

impl Cards {
    /// The cards in force now.
    pub(super) fn load(conn: &mut Conn) -> Result<Cards, StoreError> {
        Cards::known(conn, Timestamp::MAX)
    }

    /// The cards in force at a moment. One that this version cannot read is said in the log, and counts as none.
    pub(super) fn known(conn: &mut Conn, at: Timestamp) -> Result<Cards, StoreError> {
        let texts = scorecards::list_in_force(conn, at)?.into_iter();
        let read = |(programme, text): (ProgrammeId, String)| match Card::parse(&text) {
            Ok(card) => Some((programme, InForce { card, text })),
            Err(error) => {
                tracing::error!(%programme, line = error.line(), "a scorecard in force is unreadable");
                None
            }
        };
        Ok(Cards(texts.filter_map(read).collect()))
    }
}

impl Snapshot {
    fn in_force(&self, programme: ProgrammeId) -> Option<&InForce> {
        let cards = &self.cards.0;
        let hub = || self.hub().and_then(|hub| cards.get(&hub.id));
        cards.get(&programme).or_else(hub)
    }

    /// The card in force for a programme: its own, else the hub's, else the one that ships.
    pub fn card(&self, programme: &programmes::Stored) -> &Card {
        match self.in_force(programme.id) {
            Some(in_force) => &in_force.card,
            None => Card::default_card(),
        }
    }

    /// The text of the card in force for a programme.
    pub(super) fn card_text(&self, programme: &programmes::Stored) -> &str {
        self.in_force(programme.id)
            .map_or(Card::DEFAULT_TEXT, |in_force| &in_force.text)
    }
}
