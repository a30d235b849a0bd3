//! What prices are set on: how much each organisation was asked lately, and how often it would be listed.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use domain::{Kind, OrganisationId, Programme};
use jiff::{Span, civil::Date};
use scoring::{Among, Ask, Card, Exposure, LOAD_DAYS, Market};
use serde_json::{Value, json};
use store::{Conn, StoreError, exposures, exposures::Counted};

use super::Snapshot;

/// Askers whose lists are counted, for each kind asked for. They are those with the lowest tie keys, which were drawn at
/// random. Our choice: as many as take about a second of processor in a hub of thousands.
const ASKERS_MAX: usize = 200;

/// Levels of exposure by organisation.
pub(super) type Levels = HashMap<OrganisationId, u8>;

/// A sample of those who may ask, and the market that answers them: nothing else of a snapshot is kept in memory while it
/// is counted.
pub(crate) struct Sample {
    market: Arc<Market>,
    card: Card,
    programme: Programme,
    asks: Vec<(OrganisationId, Kind)>,
}

impl Sample {
    /// Counts how often each organisation would be listed; nothing once it is not wanted any more, which is asked before
    /// each list.
    pub(crate) fn count(&self, mut is_wanted: impl FnMut() -> bool) -> Option<Counted> {
        let nobody = HashSet::new();
        let ask = |&(asker, kind): &(OrganisationId, Kind)| Ask {
            asker,
            kind,
            mandate: None,
            purpose: None,
            table: &self.programme,
            members: None,
            cooling: &nobody,
            among: Among::Strangers,
        };
        let asks = self.asks.iter().map(ask).take_while(|_| is_wanted());
        let levels = Exposure::of(&self.market, &self.card, asks).levels();
        let levels: serde_json::Map<String, Value> = levels
            .into_iter()
            .map(|(organisation, level)| (organisation.to_string(), json!(level)))
            .collect();
        is_wanted().then(|| Counted {
            as_of: self.market.as_of(),
            levels: Value::Object(levels),
            card_hash: self.card.hash().to_owned(),
        })
    }
}

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

    /// What there is to be counted today.
    pub(crate) fn sample(&self) -> Option<Sample> {
        let hub = self.hub()?;
        let mut askers: Vec<(u32, OrganisationId)> = self
            .organisations()
            .filter(|listed| listed.is_matched())
            .map(|listed| (listed.organisation.tie_key, listed.organisation.id))
            .collect();
        askers.sort_unstable();
        let mut asks = Vec::new();
        for kind in Kind::ALL {
            let open = |asker: &OrganisationId| self.may_ask_for(*asker, kind, hub);
            let askers = askers.iter().map(|(_, id)| *id).filter(open);
            asks.extend(askers.take(ASKERS_MAX).map(|asker| (asker, kind)));
        }
        Some(Sample {
            market: self.market().clone(),
            card: self.card(hub).clone(),
            programme: hub.programme.clone(),
            asks,
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
