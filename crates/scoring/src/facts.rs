//! What scoring is told: organisations as others may see them, and who invested in whom.

use domain::{
    AmountBand, CapabilityCode, IndicationCode, Instrument, Kind, LanguageTag, Mandate, MandateId,
    ModalityCode, OrganisationId, RegionCode, SectorCode, StageCode,
};
use jiff::civil::Date;

/// One organisation as scoring sees it.
///
/// Everything but `mandates`, `house`, `hidden`, `opted_in` and `blocked` feeds factors and must be of the tier
/// `listed`: a field that its owner shows later than usual is left empty by the caller.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Which organisation.
    pub id: OrganisationId,
    /// Fixed at random when it was created; decides between equal points, lower first.
    pub tie_key: u32,
    /// What it acts as: its primary kind first.
    pub kinds: Vec<Kind>,
    /// Where it is at home.
    pub home: Option<RegionCode>,
    /// The places around its home by name, which records are kept for.
    pub places: Places,
    /// What it says of itself, in any language.
    pub texts: Vec<String>,
    /// Languages in which it can hold a meeting.
    pub languages: Vec<LanguageTag>,
    /// Industries.
    pub sectors: Vec<SectorCode>,
    /// Modalities.
    pub modalities: Vec<ModalityCode>,
    /// Indications.
    pub indications: Vec<IndicationCode>,
    /// What it needs from others.
    pub needs: Vec<CapabilityCode>,
    /// What it offers to others.
    pub offers: Vec<CapabilityCode>,
    /// Where it stands on its ladders.
    pub stages: Vec<StageCode>,
    /// Its rounds, open and past; the one in force on the market's day is used.
    pub rounds: Vec<RoundFacts>,
    /// Its mandates as stored. Private criteria feed rules alone.
    pub mandates: Vec<(MandateId, Mandate)>,
    /// Organisations with the same number are one house and never matched with each other; without one it is alone.
    pub house: Option<u32>,
    /// Shown to nobody.
    pub hidden: bool,
    /// Open to kinds that see each other only where they opted in.
    pub opted_in: bool,
    /// Whom it is never shown to, sorted.
    pub blocked: Vec<OrganisationId>,
    /// The band of how much it was asked lately, by [`load_level`](crate::load_level).
    pub load: u8,
    /// The level of how often it would be listed, by [`Exposure::levels`](crate::Exposure::levels); 0 where nobody counted.
    pub exposure: u8,
}

impl Facts {
    /// An organisation of which nothing is known but who it is.
    pub fn bare(id: OrganisationId, tie_key: u32, kind: Kind, house: u32) -> Facts {
        Facts {
            id,
            tie_key,
            kinds: vec![kind],
            home: None,
            places: Places::default(),
            texts: Vec::new(),
            languages: Vec::new(),
            sectors: Vec::new(),
            modalities: Vec::new(),
            indications: Vec::new(),
            needs: Vec::new(),
            offers: Vec::new(),
            stages: Vec::new(),
            rounds: Vec::new(),
            mandates: Vec::new(),
            house: Some(house),
            hidden: false,
            opted_in: false,
            blocked: Vec::new(),
            load: 0,
            exposure: 0,
        }
    }

    /// The round in force on `day`: of those it lies in, the one opened last.
    pub(crate) fn round_on(&self, day: Date) -> Option<&RoundFacts> {
        let in_force = self.rounds.iter().filter(|round| round.is_in_force(day));
        in_force.max_by_key(|round| (round.opened_on, round.stage))
    }
}

/// The places around a home, each by a name of its own that no two places share: `US/Boston`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// A state, province or prefecture.
    pub subdivision: Option<String>,
    /// A metropolitan area, or another that people speak of.
    pub area: Option<String>,
    /// A city.
    pub city: Option<String>,
}

/// A round as others see it: its amount as a band.
#[derive(Clone, Debug, PartialEq)]
pub struct RoundFacts {
    /// A step of the financing ladder.
    pub stage: Option<StageCode>,
    /// What is raised in all.
    pub band: Option<AmountBand>,
    /// Country of the issuing entity.
    pub entity_country: Option<RegionCode>,
    /// First day.
    pub opened_on: Date,
    /// Day on which it closed or is to close.
    pub closes_on: Option<Date>,
    /// Whether it is over.
    pub closed: bool,
    /// What is issued.
    pub instruments: Vec<Instrument>,
}

impl RoundFacts {
    /// Whether investors were asked on `day`: opened, and not past its last day; without one, not closed.
    fn is_in_force(&self, day: Date) -> bool {
        self.opened_on <= day && self.closes_on.map_or(!self.closed, |last| day <= last)
    }
}

/// An investment of an investor in a startup.
#[derive(Clone, Debug, PartialEq)]
pub struct Deal {
    /// Who invested.
    pub investor: OrganisationId,
    /// In whom.
    pub startup: OrganisationId,
    /// When it was announced.
    pub on: Date,
    /// Stage of the round.
    pub stage: Option<StageCode>,
    /// Amount of the round.
    pub band: Option<AmountBand>,
    /// Whether the investor led.
    pub lead: bool,
}
