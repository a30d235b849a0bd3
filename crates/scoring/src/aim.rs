//! A mandate in force, parted into what rules read and what factors read.

use domain::{
    AmountBand, CapabilityCode, Condition, Criterion, IndicationCode, Instrument, Mandate,
    MandateId, ModalityCode, Purpose, RegionCode, SectorCode, StageCode, Strength,
};
use jiff::civil::Date;

use crate::{kinds::KindSet, sorted};

/// A mandate that counts on the market's day.
///
/// Factors read the labels of its public criteria, whether `must` or `prefer`; private ones stand in `rules` alone.
#[derive(Clone, Debug)]
pub(crate) struct Aim {
    pub(crate) id: MandateId,
    about: KindSet,
    /// `must` and `avoid`, private ones too.
    pub(crate) rules: Box<[Criterion]>,
    /// What for.
    pub(crate) purpose: Purpose,
    /// Whether its terms say that new investments are made.
    pub(crate) invests: bool,
    pub(crate) sectors: Box<[SectorCode]>,
    pub(crate) modalities: Box<[ModalityCode]>,
    pub(crate) indications: Box<[IndicationCode]>,
    pub(crate) stages: Box<[StageCode]>,
    pub(crate) regions: Box<[RegionCode]>,
    /// What it wants to be offered.
    pub(crate) demand: Box<[CapabilityCode]>,
    /// What it wants others to need.
    pub(crate) supply: Box<[CapabilityCode]>,
    /// Bands of the least and the greatest first cheque.
    pub(crate) cheques: Option<(AmountBand, AmountBand)>,
    pub(crate) instruments: Box<[Instrument]>,
    pub(crate) entity_countries: Box<[RegionCode]>,
}

impl Aim {
    /// What `mandate` means on `day`, if it counts then.
    pub(crate) fn on(day: Date, id: MandateId, mandate: &Mandate) -> Option<Aim> {
        if !mandate.counts_on(day) {
            return None;
        }
        let terms = mandate.terms.clone().unwrap_or_default();
        let deployable = terms.deployable_until.is_none_or(|last| day <= last);
        let cheques = terms.first_cheque;
        let removes = |criterion: &&Criterion| criterion.strength != Strength::Prefer;
        Some(Aim {
            id,
            about: KindSet::of(&mandate.kinds),
            purpose: mandate.purpose,
            rules: mandate.criteria.iter().filter(removes).cloned().collect(),
            invests: terms.actively_investing != Some(false) && deployable,
            sectors: wanted(mandate, |on| match on {
                Condition::Sectors(codes) => codes,
                _ => &[],
            }),
            modalities: wanted(mandate, |on| match on {
                Condition::Modalities(codes) => codes,
                _ => &[],
            }),
            indications: wanted(mandate, |on| match on {
                Condition::Indications(codes) => codes,
                _ => &[],
            }),
            stages: wanted(mandate, |on| match on {
                Condition::Stages(codes) => codes,
                _ => &[],
            }),
            regions: wanted(mandate, |on| match on {
                Condition::Regions(codes) => codes,
                _ => &[],
            }),
            demand: wanted(mandate, |on| match on {
                Condition::Offers(codes) => codes,
                _ => &[],
            }),
            supply: wanted(mandate, |on| match on {
                Condition::Needs(codes) => codes,
                _ => &[],
            }),
            cheques: cheques.map(|range| (range.min().band(), range.max().band())),
            instruments: terms.instruments.into(),
            entity_countries: sorted(terms.entity_countries).into(),
        })
    }

    /// Bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>()
            + size_of_val(&*self.rules)
            + size_of_val(&*self.sectors)
            + size_of_val(&*self.modalities)
            + size_of_val(&*self.indications)
            + size_of_val(&*self.stages)
            + size_of_val(&*self.regions)
            + size_of_val(&*self.demand)
            + size_of_val(&*self.supply)
            + size_of_val(&*self.instruments)
            + size_of_val(&*self.entity_countries)
    }

    /// Whether it has two `must` on one axis.
    pub(crate) fn is_intricate(&self) -> bool {
        let musts = self
            .rules
            .iter()
            .filter(|rule| rule.strength == Strength::Must);
        let mut axes: Vec<_> = musts.map(|rule| std::mem::discriminant(&rule.on)).collect();
        let count = axes.len();
        let mut seen = Vec::new();
        axes.retain(|axis| {
            let is_new = !seen.contains(axis);
            seen.push(*axis);
            is_new
        });
        axes.len() < count
    }

    /// Whether it is about organisations that act in one of `kinds`, and for `purpose` where one is given.
    pub(crate) fn is_about(&self, kinds: KindSet, purpose: Option<Purpose>) -> bool {
        (self.about.is_empty() || self.about.meets(kinds))
            && purpose.is_none_or(|purpose| purpose == self.purpose)
    }
}

/// The labels that `mandate` names in public on one axis.
fn wanted<T: Copy + Ord>(mandate: &Mandate, labels: impl Fn(&Condition) -> &[T]) -> Box<[T]> {
    let named = mandate
        .criteria
        .iter()
        .filter(|criterion| !criterion.private && criterion.strength != Strength::Avoid)
        .flat_map(|criterion| labels(&criterion.on));
    sorted(named.copied().collect()).into()
}
