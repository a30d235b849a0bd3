//! A pair as a request keeps it: points, levels and evidence, and everything that they were computed from.

use std::collections::HashSet;

use domain::{OrganisationId, Purpose};
use jiff::civil::Date;
use scoring::{Among, Ask, Card, Explanation, KeptOff, explain};
use serde_json::{Value, json};
use store::{judgements::Judgement, programmes};

use super::Snapshot;

/// A judgement with the card and the statistics that it names by their hashes.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Points, levels and evidence of the pair.
    pub judgement: Judgement,
    /// The scorecard: hash and content.
    pub card: (String, Value),
    /// The statistics: hash, day and content.
    pub statistics: (String, Date, Value),
}

impl Snapshot {
    /// The pair as a request keeps it.
    ///
    /// # Errors
    /// What keeps the pair off the asker's list.
    pub fn judge(
        &self,
        from: OrganisationId,
        to: OrganisationId,
        programme: &programmes::Stored,
        purpose: Purpose,
    ) -> Result<Judged, KeptOff> {
        let explanation = self.explain(from, to, programme, Some(purpose))?;
        let card = self.card(programme);
        let body = serde_json::from_str(self.card_text(programme));
        let statistics = self.market().statistics();
        let (card_hash, statistics_hash) = (card.hash().to_owned(), statistics.hash().to_owned());
        Ok(Judged {
            judgement: Judgement {
                card_hash: card_hash.clone(),
                statistics_hash: statistics_hash.clone(),
                as_of: self.as_of(),
                points: explanation.matched.points,
                inputs: self.inputs(from, to),
                explanation: serde_json::to_value(&explanation).unwrap_or_default(),
            },
            card: (card_hash, body.expect("it was read as a card")),
            statistics: (
                statistics_hash,
                self.as_of(),
                json!({"deals": statistics.deals(), "fx_year": scoring::FX_YEAR}),
            ),
        })
    }

    /// Why the two fit, by the card in force.
    ///
    /// # Errors
    /// What keeps the pair off the asker's list.
    pub(crate) fn explain(
        &self,
        from: OrganisationId,
        to: OrganisationId,
        programme: &programmes::Stored,
        purpose: Option<Purpose>,
    ) -> Result<Explanation, KeptOff> {
        let kind = self
            .organisation(to)
            .ok_or(KeptOff::NotAvailable)?
            .organisation
            .kind;
        let ask = Ask {
            asker: from,
            kind,
            mandate: None,
            purpose,
            table: &programme.programme,
            members: self.members_if_any(programme),
            cooling: &self.cooling(programme, from, purpose),
            among: Among::Everybody,
        };
        explain(self.market(), self.card(programme), &ask, to)
    }

    /// The same pair by `card`, whatever has happened since: only what the two said themselves keeps them apart.
    ///
    /// # Errors
    /// What keeps the pair off the asker's list.
    pub(crate) fn explain_again(
        &self,
        card: &Card,
        (from, to): (OrganisationId, OrganisationId),
        programme: &programmes::Stored,
        purpose: Purpose,
    ) -> Result<Explanation, KeptOff> {
        let listed = self.organisation(to).ok_or(KeptOff::NotAvailable)?;
        let ask = Ask {
            asker: from,
            kind: listed.organisation.kind,
            mandate: None,
            purpose: Some(purpose),
            table: &programme.programme,
            members: None,
            cooling: &HashSet::new(),
            among: Among::Everybody,
        };
        explain(self.market(), card, &ask, to)
    }

    /// The organisations of a programme; none for the hub, which holds everybody.
    pub(crate) fn members_if_any(
        &self,
        programme: &programmes::Stored,
    ) -> Option<&HashSet<OrganisationId>> {
        static NOBODY: std::sync::LazyLock<HashSet<OrganisationId>> =
            std::sync::LazyLock::new(HashSet::new);
        if programme.code == domain::Programme::HUB {
            return None;
        }
        Some(self.members_of(programme.id).unwrap_or(&NOBODY))
    }

    /// The versions of everything that the points of a pair were computed from.
    pub(crate) fn inputs(&self, from: OrganisationId, to: OrganisationId) -> Value {
        let side = |id: OrganisationId| {
            let Some(listed) = self.organisation(id) else {
                return Value::Null;
            };
            let version = |kept: &super::Kept<_>| (kept.id.to_string(), Value::from(kept.version));
            let round = |kept: &super::Kept<_>| (kept.id.to_string(), Value::from(kept.version));
            json!({
                "organisation": id,
                "profile": listed.profile.as_ref().map(|kept| kept.version),
                "mandates": listed.mandates.iter().map(version).collect::<serde_json::Map<_, _>>(),
                "rounds": listed.rounds.iter().map(round).collect::<serde_json::Map<_, _>>(),
            })
        };
        json!({
            "factors": scoring::FACTORS_VERSION,
            "read_at": self.read_at(),
            "from": side(from),
            "to": side(to),
        })
    }
}
