//! The past as it is learned from and measured on: who raised when, who invested, and what a half-year asked.
//!
//! A trial looks at one window of time as it lay ahead on its first day: the market knows the deals before that day and
//! nothing of the window but the rounds that are raised in it; what came of them is the right answer.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{Deadlines, Manners, OrganisationId, Programme, ReviewPolicy, Texts};
use jiff::{Span, civil::Date};

use crate::{Deal, Facts, Market, RoundFacts};

/// An investor is a candidate once it invested in so many startups. Source: the protocol of the public study that the
/// measures follow.
const CANDIDATE_STARTUPS_MIN: usize = 3;

/// And its last deal is no more than so many months old. Source: as above.
const CANDIDATE_ACTIVE_MONTHS: i32 = 36;

/// Months of a window.
const WINDOW_MONTHS: i32 = 6;

/// What is known of the past.
#[derive(Debug, Default)]
pub struct History {
    /// Startups and investors, without their rounds.
    pub organisations: Vec<Facts>,
    /// Rounds, in any order; `opened_on` is the day of the round.
    pub raised: Vec<Raised>,
    /// Investments, in any order. A deal belongs to the round of its startup on its day.
    pub deals: Vec<Deal>,
}

/// A round that a startup raised.
#[derive(Clone, Debug)]
pub struct Raised {
    /// Who raised it.
    pub startup: OrganisationId,
    /// What was raised; its amount is the amount that was asked for.
    pub round: RoundFacts,
}

/// One window of time, asked for on its first day.
#[derive(Debug)]
pub struct Trial {
    /// The first day.
    pub opens: Date,
    /// The first round of each startup in the window that somebody new invested in, by startup.
    pub asked: Vec<Asked>,
    /// Investors with enough of a record on that day, by id.
    pub candidates: Vec<OrganisationId>,
}

/// A round, and who invested in it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The round.
    pub raised: Raised,
    /// The candidates that invested in the startup for the first time, by id.
    pub chosen: Vec<OrganisationId>,
}

impl History {
    /// The market on `day`, in which `asking` raise their rounds from that day on and nobody else raises any.
    pub fn market<'a>(&self, day: Date, asking: impl IntoIterator<Item = &'a Raised>) -> Market {
        let open = |raised: &Raised| RoundFacts {
            opened_on: day,
            closes_on: None,
            closed: false,
            ..raised.round.clone()
        };
        let mut rounds: HashMap<OrganisationId, Vec<RoundFacts>> = HashMap::new();
        for raised in asking {
            rounds.entry(raised.startup).or_default().push(open(raised));
        }
        let facts = self.organisations.iter().map(|facts| Facts {
            rounds: rounds.remove(&facts.id).unwrap_or_default(),
            ..facts.clone()
        });
        Market::build(facts.collect(), &self.deals, day)
    }

    /// The last `count` windows that are over before `day`, the oldest first.
    pub fn trials(&self, day: Date, count: i32) -> Vec<Trial> {
        let months = |count: i32| Span::new().months(count * WINDOW_MONTHS);
        (1..=count)
            .rev()
            .map(|back| {
                self.trial(
                    day.saturating_sub(months(back)),
                    day.saturating_sub(months(back - 1)),
                )
            })
            .collect()
    }

    /// The window from `opens` to the day before `closes`.
    fn trial(&self, opens: Date, closes: Date) -> Trial {
        let firsts = self.first_deals();
        let candidates = self.candidates(opens, &firsts);
        let known: HashSet<OrganisationId> = candidates.iter().copied().collect();
        let mut newcomers: HashMap<(OrganisationId, Date), Vec<OrganisationId>> = HashMap::new();
        for (&(investor, startup), &on) in &firsts {
            newcomers.entry((startup, on)).or_default().push(investor);
        }
        let mut asked: BTreeMap<OrganisationId, Asked> = BTreeMap::new();
        for raised in self
            .raised
            .iter()
            .filter(|raised| (opens..closes).contains(&raised.round.opened_on))
        {
            let later = |other: &Asked| other.raised.round.opened_on <= raised.round.opened_on;
            if asked.get(&raised.startup).is_some_and(later) {
                continue;
            }
            let all = newcomers.get(&(raised.startup, raised.round.opened_on));
            let mut chosen: Vec<_> = all.into_iter().flatten().copied().collect();
            chosen.retain(|investor| known.contains(investor));
            let round = Asked {
                raised: raised.clone(),
                chosen: crate::sorted(chosen),
            };
            asked.insert(raised.startup, round);
        }
        Trial {
            opens,
            asked: asked.into_values().collect(),
            candidates,
        }
    }

    /// The day on which each investor first invested in each startup.
    fn first_deals(&self) -> HashMap<(OrganisationId, OrganisationId), Date> {
        let mut firsts = HashMap::new();
        for deal in &self.deals {
            let first = firsts
                .entry((deal.investor, deal.startup))
                .or_insert(deal.on);
            *first = deal.on.min(*first);
        }
        firsts
    }

    fn candidates(
        &self,
        opens: Date,
        firsts: &HashMap<(OrganisationId, OrganisationId), Date>,
    ) -> Vec<OrganisationId> {
        let mut startups: HashMap<OrganisationId, usize> = HashMap::new();
        for ((investor, _), _) in firsts.iter().filter(|(_, on)| **on < opens) {
            *startups.entry(*investor).or_default() += 1;
        }
        let since = opens.saturating_sub(Span::new().months(CANDIDATE_ACTIVE_MONTHS));
        let lately = self
            .deals
            .iter()
            .filter(|deal| (since..opens).contains(&deal.on));
        let active: HashSet<OrganisationId> = lately.map(|deal| deal.investor).collect();
        let known = startups.into_iter().filter(|(investor, count)| {
            *count >= CANDIDATE_STARTUPS_MIN && active.contains(investor)
        });
        crate::sorted(known.map(|(investor, _)| investor).collect())
    }
}

/// A programme that brings together who may ever meet: what the past is looked at in.
pub fn open_programme() -> Programme {
    Programme {
        name: Texts::default(),
        review: ReviewPolicy::Always,
        deadlines: Deadlines::default(),
        checklist: Vec::new(),
        kind_table: Vec::new(),
        cooling_days: 0,
        manners: Manners::default(),
        booking: domain::Booking::default(),
    }
}
