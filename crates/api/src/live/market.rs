//! What scoring is told of a snapshot: listed fields only, houses and block lists resolved.

use std::borrow::Cow;

use domain::{
    Criterion, Document, DocumentKind, Id, Mandate, Money, OrganisationId, Profile, Review, Round,
    Tier, fold_name, taxonomy::RegionLevel,
};
use jiff::civil::Date;
use scoring::{Deal, Facts, Market, Places, RoundFacts, parallel};

use store::{Store, StoreError};

use super::{
    Listed, Snapshot,
    prices::{self, Levels},
    watched::Watched,
};

/// Organisations that a thread reads before it takes others.
const TURN: usize = 1_000;

impl Snapshot {
    /// The index of the snapshot's organisations and of what was invested before `as_of`, with what is known of how often
    /// each is listed.
    pub(super) fn build_market(&self, as_of: Date, exposures: &Levels) -> Market {
        Market::build(self.facts_on(as_of, exposures), &self.deals(), as_of)
    }

    /// Every organisation that takes part in matching, as scoring is told of it on a day.
    ///
    /// # Errors
    /// What the database answered, where it was asked how often organisations were listed by that day.
    pub(crate) fn facts(&self, store: &Store, day: Date) -> Result<Vec<Facts>, StoreError> {
        if day == self.as_of() {
            return Ok(self.facts_on(day, &self.exposures));
        }
        let levels = store.read(|conn| prices::levels_on(conn, day))?;
        Ok(self.facts_on(day, &levels))
    }

    pub(super) fn facts_on(&self, as_of: Date, exposures: &Levels) -> Vec<Facts> {
        let all = self
            .organisations()
            .map(|listed| listed.organisation.id)
            .collect::<Vec<_>>();
        let told = self.told(&all, as_of, exposures).into_iter();
        told.filter_map(|(_, facts)| facts).collect()
    }

    /// Every investment, as scoring sees it.
    pub(crate) fn deals(&self) -> Vec<Deal> {
        self.investments()
            .iter()
            .map(|investment| Deal {
                investor: investment.investor,
                startup: investment.startup,
                on: investment.announced_on,
                stage: investment.stage,
                band: investment.amount.map(Money::band),
                lead: investment.lead,
            })
            .collect()
    }

    /// The index of the organisations as they are now with what was invested before `day`: what is learned from. Prices are
    /// not learned, so how often anybody is listed is not known in it.
    pub fn market_before(&self, day: Date) -> Market {
        self.build_market(day, &Levels::new())
    }

    /// What a market that was built from `before` has to be told, where it is to be of this snapshot.
    pub(super) fn facts_since(
        &self,
        before: &Snapshot,
        mut changed: Vec<OrganisationId>,
    ) -> Vec<(OrganisationId, Option<Facts>)> {
        // Who is renamed, comes or goes may be on block lists by name.
        changed.extend(self.watched.moved(&before.watched));
        changed.extend(self.houses.moved(&before.houses));
        changed.sort_unstable();
        changed.dedup();
        self.told(&changed, self.as_of(), &self.exposures)
    }

    /// What scoring is told of some organisations; nothing of those that take no part.
    fn told(
        &self,
        of: &[OrganisationId],
        as_of: Date,
        exposures: &Levels,
    ) -> Vec<(OrganisationId, Option<Facts>)> {
        let loads = self.loads(as_of);
        let listed = |id| self.organisation(id).filter(|listed| listed.is_matched());
        let facts = |&id: &OrganisationId| {
            let told = listed(id).and_then(|listed| {
                let load = scoring::load_level(loads.get(&id).copied().unwrap_or_default());
                let exposure = exposures.get(&id).copied().unwrap_or_default();
                let house = self.houses.house_of(id);
                let facts = facts(listed, house, blocked(listed, &self.watched))?;
                Some(Facts {
                    load,
                    exposure,
                    ..facts
                })
            });
            (id, told)
        };
        let parts = parallel::map(of.chunks(TURN).collect(), |ids: &[OrganisationId]| {
            ids.iter().map(facts).collect::<Vec<_>>()
        });
        parts.into_iter().flatten().collect()
    }

    /// Whether two organisations are the same or of one house.
    pub(crate) fn is_one_house(&self, a: OrganisationId, b: OrganisationId) -> bool {
        a == b || self.houses.is_one(a, b)
    }
}

impl Listed {
    /// Whether it takes part in matching: reviewed, not put away, with a profile. A hidden one asks and is not shown.
    pub fn is_matched(&self) -> bool {
        self.organisation.review == Review::Approved
            && self.organisation.archived_at.is_none()
            && self.profile.is_some()
    }

    /// The document without the fields that its owner shows later: what factors may read.
    fn listed<'d, T: Document>(&self, document: &'d T) -> Option<Cow<'d, T>> {
        if self.visibility.raised.is_empty() {
            return Some(Cow::Borrowed(document));
        }
        let whole = serde_json::to_value(document).ok()?;
        let shown = self.visibility.disclose(T::KIND, whole, Tier::Listed);
        serde_json::from_value(shown).map(Cow::Owned).ok()
    }

    /// A mandate as factors may read it. Criteria that its owner shows later still remove, as private ones do.
    fn listed_mandate(&self, mandate: &Mandate) -> Mandate {
        let shown =
            |field: &str| self.visibility.tier(DocumentKind::Mandate, field) == Tier::Listed;
        let private = !shown("criteria");
        let criteria = mandate.criteria.iter().cloned();
        Mandate {
            criteria: criteria
                .map(|criterion| Criterion {
                    private: criterion.private || private,
                    ..criterion
                })
                .collect(),
            terms: mandate.terms.clone().filter(|_| shown("terms")),
            ..mandate.clone()
        }
    }

    /// A round as factors may read it. Its amount is listed as a band, unless the owner shows even that later.
    fn listed_round(&self, round: &Round) -> RoundFacts {
        let kind = DocumentKind::Round;
        let shown = |field: &str| self.visibility.tier(kind, field) == Tier::Listed;
        RoundFacts {
            stage: Some(round.stage),
            band: round
                .amount
                .filter(|_| shown("amount_band"))
                .map(Money::band),
            entity_country: round.entity_country.filter(|_| shown("entity_country")),
            opened_on: round.opened_on,
            closes_on: round.closes_on,
            closed: round.closed,
            instruments: if shown("instruments") {
                round.instruments.clone()
            } else {
                Vec::new()
            },
        }
    }
}

fn facts(listed: &Listed, house: Option<u32>, blocked: Vec<OrganisationId>) -> Option<Facts> {
    let profile = listed.listed::<Profile>(&listed.profile.as_ref()?.document)?;
    let mandates = listed.mandates.iter();
    Some(Facts {
        id: listed.organisation.id,
        tie_key: listed.organisation.tie_key,
        kinds: listed.kinds(),
        home: profile.home,
        places: places(&profile),
        texts: texts(&profile),
        languages: profile.languages.clone(),
        sectors: profile.sectors.clone(),
        modalities: profile.modalities.clone(),
        indications: profile.indications.clone(),
        needs: profile.needs.clone(),
        offers: profile.offers.clone(),
        stages: profile.stages.clone(),
        rounds: listed
            .rounds
            .iter()
            .map(|round| listed.listed_round(&round.document))
            .collect(),
        mandates: mandates
            .map(|kept| {
                (
                    Id::from_uuid(kept.id),
                    listed.listed_mandate(&kept.document),
                )
            })
            .collect(),
        house,
        hidden: listed.visibility.hidden,
        opted_in: listed.visibility.opted_in,
        blocked,
        load: 0,
        exposure: 0,
    })
}

/// The places around a home: a prefecture or state and the area around it as the taxonomy has them, the city as written.
fn places(profile: &Profile) -> Places {
    let around = |level| {
        let mut regions = profile.home?.and_around();
        let found = regions.find(|region| region.term().level == Some(level))?;
        Some(found.code().to_owned())
    };
    let country = around(RegionLevel::Country).unwrap_or_default();
    Places {
        subdivision: around(RegionLevel::Subdivision),
        area: around(RegionLevel::Area),
        city: profile
            .city
            .as_ref()
            .map(|city| format!("{country}/{}", fold_name(city.as_str()))),
    }
}

/// What it says of itself, in each language that it says it in.
fn texts(profile: &Profile) -> Vec<String> {
    let summary = &profile.summary;
    let texts = [&summary.en, &summary.ja].into_iter().flatten();
    texts.map(|text| text.as_str().to_owned()).collect()
}

fn blocked(listed: &Listed, watched: &Watched) -> Vec<OrganisationId> {
    let list = &listed.block_list;
    let by_name = list.names.iter();
    let by_name = by_name.flat_map(|name| watched.named(name.as_str()));
    let mut blocked: Vec<OrganisationId> =
        list.organisations.iter().copied().chain(by_name).collect();
    blocked.sort_unstable();
    blocked.dedup();
    blocked
}
