//! What prices are set on: how much each organisation was asked lately, and how often it would be listed.

use std::collections::{HashMap, HashSet};

use domain::{Kind, OrganisationId};
use jiff::{Span, civil::Date};
use scoring::{Among, Ask, Exposure, LOAD_DAYS};
use serde_json::{Value, json};
use store::{Conn, StoreError, exposures, exposures::Counted};

use super::Snapshot;

/// Askers whose lists are counted, for each kind asked for. They are those with the lowest tie keys, which were drawn at
/// random. Our choice: as many as are counted in about a second.
const ASKERS_MAX: usize = 200;

/// Levels of exposure by organisation.
pub(super) type Levels = HashMap<OrganisationId, u8>;

/// What was counted last, on `day` or before.
pub(super) fn levels_on(conn: &mut Conn, day: Date) -> Result<Levels, StoreError> {
    let Some(counted) = exposures::find_on(conn, day)? else {
        return Ok(Levels::new());
    };
    serde_json::from_value(counted.levels).map_err(|_| StoreError::Corrupt(domain::Noun::Exposure))
}

impl Snapshot {
    /// How many requests each organisation got in the days before `as_of`.
    pub(super) fn loads(&self, as_of: Date) -> HashMap<OrganisationId, u32> {
        let since = as_of.saturating_sub(Span::new().days(LOAD_DAYS));
        let mut loads = HashMap::new();
        let lately = self
            .asked
            .iter()
            .filter(|(_, on)| (since..as_of).contains(on));
        for (organisation, _) in lately {
            *loads.entry(*organisation).or_default() += 1;
        }
        loads
    }

    /// Counts how often each organisation would be listed today, on the lists of a sample of those who may ask.
    pub(crate) fn count_exposure(&self) -> Option<Counted> {
        let hub = self.hub()?;
        let card = self.card(hub);
        let mut askers: Vec<(u32, OrganisationId)> = self
            .organisations()
            .filter(|listed| listed.is_matched())
            .map(|listed| (listed.organisation.tie_key, listed.organisation.id))
            .collect();
        askers.sort_unstable();
        let nobody = HashSet::new();
        let ask = |asker, kind| Ask {
            asker,
            kind,
            mandate: None,
            purpose: None,
            table: &hub.programme,
            members: None,
            cooling: &nobody,
            among: Among::Strangers,
        };
        let mut asks = Vec::new();
        for kind in Kind::ALL {
            let open = |asker: &OrganisationId| self.may_ask_for(*asker, kind, hub);
            let askers = askers.iter().map(|(_, id)| *id).filter(open);
            asks.extend(askers.take(ASKERS_MAX).map(|asker| ask(asker, kind)));
        }
        let levels = Exposure::of(self.market(), card, asks).levels();
        let levels: serde_json::Map<String, Value> = levels
            .into_iter()
            .map(|(organisation, level)| (organisation.to_string(), json!(level)))
            .collect();
        Some(Counted {
            as_of: self.as_of(),
            levels: Value::Object(levels),
            card_hash: card.hash().to_owned(),
        })
    }

    /// Whether an organisation may ask for a kind at all, by the table of a programme.
    pub(crate) fn may_ask_for(
        &self,
        asker: OrganisationId,
        kind: Kind,
        programme: &store::programmes::Stored,
    ) -> bool {
        let access = |mine: Kind| programme.programme.access(mine, kind);
        self.organisation(asker).is_some_and(|listed| {
            let mut kinds = listed.kinds().into_iter();
            kinds.any(|mine| access(mine) != domain::Access::Closed)
        })
    }
}
