//! How a snapshot becomes the next one: told of what changed, or of a market that was built anew.

use std::{collections::HashMap, sync::Arc};

use domain::OrganisationId;
use jiff::Timestamp;
use scoring::{Facts, Market};
use store::{
    Conn, StoreError,
    change_log::{Note, Point},
    documents, organisations, programmes,
};
use uuid::Uuid;

use super::{
    Cards, Houses, Listed, Snapshot, all_affiliations, all_asked, all_investments,
    all_machine_tokens, all_principals, day_of, late_declines, members_by_programme, prices,
    revoked_sessions,
};
use crate::app::uuid_at;

/// Organisations that changed, read at once.
const TOGETHER: usize = 500;

/// A moment of the hub as it was read, without its index: that takes no connection, and of many organisations longer than
/// a transaction may be idle.
#[derive(Debug)]
#[must_use]
pub struct Unindexed {
    /// Its market is that of before.
    pub(super) snapshot: Snapshot,
    pub(super) lacks: Lacks,
}

/// What a market is still to be told.
#[derive(Debug)]
pub(super) enum Lacks {
    All,
    Changes(Vec<(OrganisationId, Option<Facts>)>),
    Nothing,
}

impl Unindexed {
    /// Of whom its market is still to be told.
    pub(in crate::live) fn changed(&self) -> impl Iterator<Item = OrganisationId> {
        let changes = match &self.lacks {
            Lacks::Changes(changes) => changes.as_slice(),
            Lacks::All | Lacks::Nothing => &[],
        };
        changes.iter().map(|(id, _)| *id)
    }

    /// The snapshot with its index.
    #[must_use]
    pub fn indexed(self) -> Snapshot {
        let mut snapshot = self.snapshot;
        match self.lacks {
            Lacks::All => {
                let market = snapshot.build_market(snapshot.as_of, &snapshot.exposures);
                snapshot.market = Arc::new(market);
            }
            Lacks::Changes(changes) => snapshot.market = Arc::new(snapshot.market.with(changes)),
            Lacks::Nothing => {}
        }
        snapshot.is_due |= !snapshot.market.is_whole() || snapshot.market.is_worn();
        snapshot
    }
}

impl Snapshot {
    /// The hub after these changes: what they do not touch is shared with this snapshot.
    pub(in crate::live) fn after(
        &self,
        conn: &mut Conn,
        notes: &[Note],
        point: Point,
        now: Timestamp,
    ) -> Result<Unindexed, StoreError> {
        let mut next = Snapshot {
            point,
            read_at: now,
            ..self.clone()
        };
        let touched = |noun: &str| notes.iter().any(|note| note.noun == noun);
        let mut changed: Vec<OrganisationId> = notes
            .iter()
            .filter(|note| note.noun == domain::Noun::Organisation.code())
            .map(|note| OrganisationId::from_uuid(note.id))
            .collect();
        changed.sort_unstable();
        changed.dedup();
        // Some at a time: what was read of them lies near when it is made a document, and its memory is taken again.
        let mut sides: Vec<(Option<Arc<Listed>>, Arc<Listed>)> = Vec::new();
        for ids in changed.chunks(TOGETHER) {
            for listed in self.read_again(conn, ids)? {
                let (id, listed) = (listed.organisation.id, Arc::new(listed));
                sides.push((self.organisation(id).cloned(), listed.clone()));
                next.organisations.insert_mut(id, listed);
            }
        }
        let sides = sides
            .iter()
            .map(|(then, now)| (then.as_deref(), now.as_ref()));
        let all = next.organisations().map(AsRef::as_ref);
        let watched = self.watched.after(sides, all);
        next.watched = watched;
        if touched("programme") {
            next.programmes = Arc::new(programmes::list(conn)?);
            next.programme_members = Arc::new(members_by_programme(conn)?);
        }
        if touched("affiliation") {
            next.affiliations = Arc::new(all_affiliations(conn)?);
            next.houses = Arc::new(Houses::of(&next.affiliations));
        }
        if touched("investment") {
            next.investments = Arc::new(all_investments(conn)?);
        }
        if touched("person") || touched("membership") || touched("staff_grant") {
            next.principals = Arc::new(all_principals(conn)?);
        }
        if touched("session") {
            next.revoked = Arc::new(revoked_sessions(conn, now)?);
        }
        if touched("machine_token") {
            next.machine_tokens = Arc::new(all_machine_tokens(conn, now)?);
        }
        let new_day = self.as_of != day_of(now);
        if new_day || touched("meeting_request") {
            next.declines = Arc::new(late_declines(conn, now)?);
        }
        if touched(domain::Noun::Scorecard.code()) {
            next.cards = Arc::new(Cards::load(conn)?);
        }
        // By what was before today: requests of today count from tomorrow on.
        if new_day {
            next.asked = Arc::new(all_asked(conn)?);
        }
        let counted = new_day || touched(domain::Noun::Exposure.code());
        if counted {
            next.exposures = Arc::new(prices::levels_on(conn, next.as_of)?);
        }
        next.written += changed.len();
        let new_market = !changed.is_empty() || touched("affiliation");
        next.is_due |= counted || touched("investment");
        let new_card = touched(domain::Noun::Scorecard.code());
        if new_market || new_card || touched("meeting_request") || touched("programme") {
            next.serial = uuid_at(now);
            next.is_awaited = Arc::default();
        }
        let lacks = if new_market {
            Lacks::Changes(next.facts_since(self, changed))
        } else {
            Lacks::Nothing
        };
        Ok(Unindexed {
            snapshot: next,
            lacks,
        })
    }

    /// Organisations as they are now, with the documents that this snapshot does not hold read from the database.
    fn read_again(
        &self,
        conn: &mut Conn,
        ids: &[OrganisationId],
    ) -> Result<impl Iterator<Item = Listed>, StoreError> {
        let found = organisations::list_by_ids(conn, ids)?.into_iter();
        let bare = found.map(|organisation| (organisation.id, Listed::bare(organisation)));
        let mut all: HashMap<OrganisationId, Listed> = bare.collect();
        let mut changed: Vec<Uuid> = Vec::new();
        for head in documents::list_heads(conn, ids)? {
            let now = all.get_mut(&head.organisation);
            let before = self.organisation(head.organisation);
            let is_held = now
                .zip(before)
                .is_some_and(|(now, before)| now.take_over(before, &head));
            if !is_held {
                changed.push(head.id);
            }
        }
        for document in documents::list_by_ids(conn, &changed)? {
            if let Some(now) = all.get_mut(&document.organisation) {
                now.take(document);
            }
        }
        Ok(all.into_values().map(|mut listed| {
            listed.sort();
            listed
        }))
    }

    /// Whether what all records hang on has changed, so that the market is to be built anew.
    pub(in crate::live) fn is_due(&self) -> bool {
        self.is_due
    }

    /// This snapshot with a market that was built anew from an earlier one, and told of who changed since. Deals that were
    /// written down meanwhile, and what was counted, are for the next.
    pub(in crate::live) fn with_market(
        &self,
        market: Market,
        built_from: &Snapshot,
        now: Timestamp,
    ) -> Snapshot {
        let is_of_now = Arc::ptr_eq(&self.investments, &built_from.investments)
            // On a new day they are read again and again, the same as long as nobody counts.
            && self.exposures == built_from.exposures
            && market.is_whole();
        Snapshot {
            as_of: market.as_of(),
            is_due: !is_of_now,
            written: self.written + self.organisations.size() / 3,
            market: Arc::new(market),
            serial: uuid_at(now),
            is_awaited: Arc::default(),
            ..self.clone()
        }
    }
}
