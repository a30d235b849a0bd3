//! A question, and what is worked out once for it before any pair is looked at.

use std::collections::HashSet;

use domain::{Kind, MandateId, OrganisationId, Programme, RegionCode};

use crate::{
    Card, Market,
    aim::Aim,
    card::Section,
    factors::{
        UNKNOWN,
        region::{self, Near},
    },
    kinds::KindSet,
    market::Row,
};

/// Who asks for whom, and what the programme says about it.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Who asks.
    pub asker: OrganisationId,
    /// What the counterpart is to act as.
    pub kind: Kind,
    /// One mandate of the asker alone; none: whichever of its mandates fits best.
    pub mandate: Option<MandateId>,
    /// The programme whose kind table holds.
    pub table: &'a Programme,
    /// The organisations of the programme; none: everybody.
    pub members: Option<&'a HashSet<OrganisationId>>,
    /// Counterparts that declined lately for the same purpose.
    pub cooling: &'a HashSet<OrganisationId>,
}

/// A question made ready: what depends on the asker alone.
pub(crate) struct Question<'a> {
    pub(crate) market: &'a Market,
    pub(crate) section: &'a Section,
    pub(crate) ask: &'a Ask<'a>,
    pub(crate) me: Row<'a>,
    /// Mandates of the asker about the kind asked for.
    pub(crate) mine: Vec<Mine<'a>>,
    /// Whether the one mandate that was asked for is not among them.
    pub(crate) lacks_mandate: bool,
    /// How near their home lies to mine.
    pub(crate) to_my_home: Near,
    /// How near my home lies to what they target.
    pub(crate) my_home_to: Near,
}

/// A mandate of the asker.
pub(crate) struct Mine<'a> {
    pub(crate) aim: &'a Aim,
    /// How near a home lies to its regions.
    pub(crate) regions: Near,
}

impl<'a> Question<'a> {
    /// None where the market does not hold the asker.
    pub(crate) fn new(market: &'a Market, card: &'a Card, ask: &'a Ask<'a>) -> Option<Self> {
        let me = market.find(ask.asker)?;
        let kind = KindSet::of(&[ask.kind]);
        let asked = |aim: &&Aim| ask.mandate.is_none_or(|mandate| mandate == aim.id);
        let aims = me.aims().iter().filter(|aim| aim.is_about(kind));
        let mine: Vec<Mine<'a>> = aims
            .filter(asked)
            .map(|aim| Mine::of(market, aim))
            .collect();
        let home = me.home();
        let from_home = |level: &dyn Fn(RegionCode) -> u8| Near::of(market.regions(), level);
        Some(Question {
            market,
            section: card.section(me.primary_kind(), ask.kind),
            ask,
            me,
            lacks_mandate: ask.mandate.is_some() && mine.is_empty(),
            mine,
            to_my_home: from_home(&|place| home.map_or(UNKNOWN, |home| region::level(place, home))),
            my_home_to: from_home(&|to| home.map_or(UNKNOWN, |home| region::level(home, to))),
        })
    }

    /// Whose record of investments speaks, and which startup it is read for: the counterpart's record for the asker,
    /// but the asker's own where startups are asked for.
    pub(crate) fn record(&self, they: Row<'a>) -> (Row<'a>, Row<'a>) {
        if self.ask.kind == Kind::Startup {
            (self.me, they)
        } else {
            (they, self.me)
        }
    }
}

impl<'a> Mine<'a> {
    fn of(market: &Market, aim: &'a Aim) -> Mine<'a> {
        let best = |place| {
            let levels = aim.regions.iter().map(|&to| region::level(place, to));
            levels.max().unwrap_or(UNKNOWN)
        };
        Mine {
            aim,
            regions: Near::of(market.regions(), best),
        }
    }
}
