//! What would change a pair's points: one change at a time of what the asker lists itself, each computed again.
//!
//! Of the other side only listed fields are read. Private criteria of its mandates are left out, so that nobody finds by
//! trying what is told to nobody: what is said is true as far as they do not fire. A mandate that one closes now is left
//! out whole only where the points of the pair show that it is closed.

mod candidates;
mod words;

use std::cmp::Reverse;

use domain::{
    AmountBand, Condition, Criterion, Instrument, MandateId, OrganisationId, RegionCode, Strength,
};
use jiff::civil::Date;

use crate::{
    Ask, Band, Card, Facts, KeptOff, Market,
    ask::Question,
    kinds::KindSet,
    rank,
    rules::{self, Passing},
};

/// Pairs computed for one question at most. Our choice.
const RECOMPUTATIONS_MAX: usize = 200;

/// Changes told at most, one of each field. Our choice.
const TOLD_MAX: usize = 5;

/// A change of the asker's own.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A label more in the profile; the condition has one.
    Profile(Condition),
    /// The amount of the round, by its place among the rounds.
    Amount(usize, AmountBand),
    /// An instrument more in the round.
    Instrument(usize, Instrument),
    /// The country of the issuing entity.
    EntityCountry(usize, RegionCode),
    /// A mandate that was off is on.
    On(MandateId),
    /// A mandate looks for a label more: in its public criterion of the axis, or in a new one that is preferred.
    Seek(MandateId, Condition),
    /// The criterion in this place, a `must`, is a preference.
    Prefer(MandateId, usize),
    /// The criterion in this place, an `avoid`, is gone.
    Allow(MandateId, usize),
}

/// A change, and what it would give.
#[derive(Clone, Debug, PartialEq)]
pub struct Helps {
    /// What.
    pub change: Change,
    /// The points afterwards.
    pub points: i32,
    /// Their band.
    pub band: Band,
}

/// How a pair stands, and what would help most.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// Points and band now, or the open rule that keeps the pair off the list.
    pub now: Result<(i32, Band), KeptOff>,
    /// What gives most points, or what makes the rule let the pair pass; the best first.
    pub changes: Vec<Helps>,
}

/// Both sides as scoring is told of them, and what may be changed.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    /// Who asks.
    pub asker: &'a Facts,
    /// The other side.
    pub counterpart: &'a Facts,
    /// Whether the asker lists what the change is of: what it shows later than usual feeds no factor.
    pub may: &'a dyn Fn(&Change) -> bool,
    /// The market with other facts of the asker, all records counted anew.
    pub rebuild: &'a dyn Fn(Facts) -> Market,
}

/// What would change the points of a pair.
///
/// # Errors
/// [`KeptOff::NotAvailable`] and [`KeptOff::KindTable`] as [`explain`](crate::explain) has them: nobody is told more.
pub fn changes(
    market: &Market,
    card: &Card,
    ask: &Ask<'_>,
    sides: &Sides<'_>,
) -> Result<Outlook, KeptOff> {
    let other = sides.counterpart.id;
    let now = points(market, card, ask, other);
    if let Err(hidden @ (KeptOff::NotAvailable | KeptOff::KindTable)) = now {
        return Err(hidden);
    }
    let mut public = without_private(sides.counterpart);
    let tried = market.tried(vec![sides.asker.clone(), public.clone()]);
    if points(&tried, card, ask, other) != now {
        public = without_closed(market, ask, public);
    }
    let trial = Trial {
        market,
        card,
        ask,
        sides,
        public: &public,
    };
    let mut helps = trial.all(now);
    helps.sort_by_key(|helps| Reverse(helps.points));
    Ok(Outlook {
        now: now.map(|points| (points, trial.band(points))),
        changes: trial.best(helps, now),
    })
}

/// The points of a pair in a market.
fn points(
    market: &Market,
    card: &Card,
    ask: &Ask<'_>,
    other: OrganisationId,
) -> Result<i32, KeptOff> {
    let question = Question::new(market, card, ask).ok_or(KeptOff::NotAvailable)?;
    let they = market.find(other).ok_or(KeptOff::NotAvailable)?;
    let mut passing = Passing::default();
    rules::judge(&question, they, &mut passing)?;
    if !they.kinds().meets(KindSet::of(&[ask.kind])) {
        return Err(KeptOff::KindTable);
    }
    Ok(rank::best_match(&question, they, &passing).0.points)
}

/// The other side without what is private.
fn without_private(they: &Facts) -> Facts {
    let mut they = they.clone();
    for (_, mandate) in &mut they.mandates {
        mandate.criteria.retain(|criterion| !criterion.private);
    }
    they
}

/// The other side without the mandates that a private criterion closes now.
fn without_closed(market: &Market, ask: &Ask<'_>, mut they: Facts) -> Facts {
    let rows = market.find(ask.asker).zip(market.find(they.id));
    let closed = |id: MandateId| {
        rows.is_some_and(|(me, they)| {
            let mut aims = they.aims().iter();
            aims.any(|aim| aim.id == id && rules::closes_in_private(aim, me))
        })
    };
    they.mandates.retain(|(id, _)| !closed(*id));
    they
}

/// One question, tried with changes.
struct Trial<'a> {
    market: &'a Market,
    card: &'a Card,
    ask: &'a Ask<'a>,
    sides: &'a Sides<'a>,
    public: &'a Facts,
}

impl Trial<'_> {
    /// Every change that helps, in the order in which they are thought of.
    fn all(&self, now: Result<i32, KeptOff>) -> Vec<Helps> {
        let asker = self.sides.asker;
        let candidates = candidates::of(asker, self.public, self.market.as_of());
        let allowed = candidates
            .into_iter()
            .filter(|change| (self.sides.may)(change));
        let tried = allowed.take(RECOMPUTATIONS_MAX).filter_map(|change| {
            let me = change.made(asker);
            let market = self.market.tried(vec![me, self.public.clone()]);
            let points = points(&market, self.card, self.ask, self.public.id).ok()?;
            let helps = now.is_err() || now.is_ok_and(|now| now < points);
            helps.then(|| self.helps(change, points))
        });
        tried.collect()
    }

    /// The best of each field. What feeds records is computed once more with records counted anew.
    fn best(&self, helps: Vec<Helps>, now: Result<i32, KeptOff>) -> Vec<Helps> {
        let mut told: Vec<Helps> = Vec::new();
        for helps in helps {
            if told.len() == TOLD_MAX {
                break;
            }
            if told
                .iter()
                .any(|other| other.change.is_of_field(&helps.change))
            {
                continue;
            }
            told.extend(self.exactly(helps, now));
        }
        told.sort_by_key(|helps| Reverse(helps.points));
        told
    }

    fn exactly(&self, helps: Helps, now: Result<i32, KeptOff>) -> Option<Helps> {
        if !self.feeds_records(&helps.change) {
            return Some(helps);
        }
        let market = (self.sides.rebuild)(helps.change.made(self.sides.asker));
        let market = market.tried(vec![
            helps.change.made(self.sides.asker),
            self.public.clone(),
        ]);
        let points = points(&market, self.card, self.ask, self.public.id).ok()?;
        let helps_still = now.is_err() || now.is_ok_and(|now| now < points);
        helps_still.then(|| self.helps(helps.change, points))
    }

    /// Whether somebody's record holds what is changed: the sectors of a startup that was invested in.
    fn feeds_records(&self, change: &Change) -> bool {
        let rounds = |at| self.market.records().past.rounds(at);
        let invested_in = self
            .market
            .find(self.ask.asker)
            .map_or(0, |me| rounds(me.at()))
            > 0;
        invested_in && matches!(change, Change::Profile(Condition::Sectors(_)))
    }

    fn helps(&self, change: Change, points: i32) -> Helps {
        Helps {
            change,
            points,
            band: self.band(points),
        }
    }

    fn band(&self, points: i32) -> Band {
        let kind = self.sides.asker.kinds.first().copied();
        let section = self.card.section(kind, self.ask.kind);
        self.card.band_in(section, points)
    }
}

impl Change {
    /// The asker with the change.
    pub(crate) fn made(&self, asker: &Facts) -> Facts {
        let mut facts = asker.clone();
        self.make(&mut facts);
        facts
    }

    fn make(&self, facts: &mut Facts) {
        match self {
            Change::Profile(label) => match label {
                Condition::Sectors(codes) => facts.sectors.extend(codes),
                Condition::Modalities(codes) => facts.modalities.extend(codes),
                Condition::Indications(codes) => facts.indications.extend(codes),
                Condition::Stages(codes) => facts.stages.extend(codes),
                Condition::Offers(codes) => facts.offers.extend(codes),
                Condition::Needs(codes) => facts.needs.extend(codes),
                Condition::Languages(tags) => facts.languages.extend(tags.iter().cloned()),
                Condition::Regions(_) => {}
            },
            Change::Amount(round, band) => facts.rounds[*round].band = Some(*band),
            Change::Instrument(round, instrument) => {
                facts.rounds[*round].instruments.push(*instrument);
            }
            Change::EntityCountry(round, country) => {
                facts.rounds[*round].entity_country = Some(*country);
            }
            Change::On(_) | Change::Seek(..) | Change::Prefer(..) | Change::Allow(..) => {
                self.make_in_mandate(facts);
            }
        }
    }

    fn make_in_mandate(&self, facts: &mut Facts) {
        let (Change::On(id) | Change::Seek(id, _) | Change::Prefer(id, _) | Change::Allow(id, _)) =
            self
        else {
            return;
        };
        let Some((_, mandate)) = facts.mandates.iter_mut().find(|(of, _)| of == id) else {
            return;
        };
        match self {
            Change::Seek(_, label) => seek(&mut mandate.criteria, label),
            Change::Prefer(_, at) => mandate.criteria[*at].strength = Strength::Prefer,
            Change::Allow(_, at) => drop(mandate.criteria.remove(*at)),
            _ => mandate.active = true,
        }
    }

    /// Whether two changes are of one field of one document.
    fn is_of_field(&self, other: &Change) -> bool {
        use std::mem::discriminant;
        match (self, other) {
            (Change::Profile(a), Change::Profile(b)) => discriminant(a) == discriminant(b),
            (Change::Seek(id, a), Change::Seek(other, b)) => {
                id == other && discriminant(a) == discriminant(b)
            }
            _ => discriminant(self) == discriminant(other),
        }
    }
}

/// Puts the label into the first public criterion of its axis that does not exclude, or into a new one.
fn seek(criteria: &mut Vec<Criterion>, label: &Condition) {
    let open =
        |criterion: &&mut Criterion| !criterion.private && criterion.strength != Strength::Avoid;
    for criterion in criteria.iter_mut().filter(open) {
        if extend(&mut criterion.on, label) {
            return;
        }
    }
    criteria.push(Criterion {
        strength: Strength::Prefer,
        private: false,
        on: label.clone(),
    });
}

/// Whether both are of one axis; then the one has the other's labels too.
fn extend(on: &mut Condition, label: &Condition) -> bool {
    match (on, label) {
        (Condition::Sectors(all), Condition::Sectors(more)) => all.extend(more),
        (Condition::Modalities(all), Condition::Modalities(more)) => all.extend(more),
        (Condition::Indications(all), Condition::Indications(more)) => all.extend(more),
        (Condition::Stages(all), Condition::Stages(more)) => all.extend(more),
        (Condition::Regions(all), Condition::Regions(more)) => all.extend(more),
        (Condition::Offers(all), Condition::Offers(more))
        | (Condition::Needs(all), Condition::Needs(more)) => all.extend(more),
        (Condition::Languages(all), Condition::Languages(more)) => {
            all.extend(more.iter().cloned());
        }
        _ => return false,
    }
    true
}

impl Facts {
    /// The place of the round in force on `day`.
    fn round_at(&self, day: Date) -> Option<usize> {
        let in_force = self.round_on(day)?;
        self.rounds
            .iter()
            .position(|round| std::ptr::eq(round, in_force))
    }
}
