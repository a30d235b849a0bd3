//! Match lists as the server makes them for those who ask for nothing in particular: who may ask, what, and what the
//! answers hang on.

use std::collections::HashSet;

use domain::{Kind, OrganisationId};
use scoring::{Among, Ask, Match};
use sha2::{Digest, Sha256};
use store::programmes::Stored;

use super::Snapshot;
use crate::extract::hex;

impl Snapshot {
    /// The organisations of a programme that may ask for `kind`, by id.
    pub fn askers(&self, programme: &Stored, kind: Kind) -> Vec<OrganisationId> {
        let mut askers: Vec<OrganisationId> = self
            .organisations()
            .filter(|listed| listed.is_matched())
            .map(|listed| listed.organisation.id)
            .filter(|id| self.is_member(programme.id, *id))
            .filter(|id| self.may_ask_for(*id, kind, programme))
            .collect();
        askers.sort_unstable();
        askers
    }

    /// The best `k` of those whom an organisation of the programme asks for, under the card in force.
    pub fn list(
        &self,
        programme: &Stored,
        (asker, kind): (OrganisationId, Kind),
        k: usize,
    ) -> Vec<Match> {
        let cooling = self.cooling(programme, asker, None);
        let ask = self.ask(programme, (asker, kind), &cooling);
        scoring::rank(self.market(), self.card(programme), &ask, None, k)
    }

    /// A question of an organisation of the programme, for no purpose in particular.
    pub(crate) fn ask<'a>(
        &'a self,
        programme: &'a Stored,
        (asker, kind): (OrganisationId, Kind),
        cooling: &'a HashSet<OrganisationId>,
    ) -> Ask<'a> {
        Ask {
            asker,
            kind,
            mandate: None,
            purpose: None,
            table: &programme.programme,
            members: self.members_if_any(programme),
            cooling,
            among: Among::Strangers,
        }
    }

    /// SHA-256 in hexadecimal of all that a programme's lists hang on but the card: the same hash, the same lists.
    pub fn lists_hash(&self, programme: &Stored) -> String {
        let mut facts = self.facts_on(self.as_of(), &self.exposures);
        facts.sort_unstable_by_key(|facts| facts.id);
        let mut members: Vec<_> = self
            .members_of(programme.id)
            .into_iter()
            .flatten()
            .collect();
        members.sort_unstable();
        let declines = self.declines.iter();
        let declines = declines.filter(|decline| decline.programme == programme.id);
        let mut hash = Sha256::new();
        hash.update(format!("{}\n{programme:?}\n{members:?}\n", self.as_of()));
        for facts in facts {
            hash.update(format!("{facts:?}\n"));
        }
        for deal in self.deals() {
            hash.update(format!("{deal:?}\n"));
        }
        for decline in declines {
            hash.update(format!("{decline:?}\n"));
        }
        hex(&hash.finalize())
    }
}
