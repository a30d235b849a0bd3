//! A question, and what is worked out once for it before any pair is looked at.

use std::collections::HashSet;

use domain::{Access, Kind, MandateId, OrganisationId, Programme, Purpose};

use crate::{
    Card, Market,
    aim::Aim,
    card::{Likeness, Section},
    kinds::KindSet,
    market::Row,
    record::{Records, Sums},
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
    /// What for: mandates of either side for another purpose say nothing then; none: all mandates speak.
    pub purpose: Option<Purpose>,
    /// The programme whose kind table holds.
    pub table: &'a Programme,
    /// The organisations of the programme; none: everybody.
    pub members: Option<&'a HashSet<OrganisationId>>,
    /// Counterparts that declined lately for the same purpose.
    pub cooling: &'a HashSet<OrganisationId>,
    /// Whom it is about.
    pub among: Among,
}

/// Whether those who invested in each other before are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Among {
    /// They are: a list is of those one does not know yet.
    Strangers,
    /// They are not: two who know each other may still ask each other.
    Everybody,
}

/// A question made ready: what depends on the asker alone.
pub(crate) struct Question<'a> {
    pub(crate) market: &'a Market,
    pub(crate) section: &'a Section,
    pub(crate) likeness: &'a Likeness,
    pub(crate) ask: &'a Ask<'a>,
    pub(crate) me: Row<'a>,
    pub(crate) table: KindTable,
    /// Mandates of the asker about the kind asked for.
    pub(crate) mine: Vec<&'a Aim>,
    /// Whether the one mandate that was asked for is not among them.
    pub(crate) lacks_mandate: bool,
    /// Whose record speaks.
    pub(crate) speaks: Speaks,
}

/// Whose record of investments speaks, and what was worked out for it once.
pub(crate) enum Speaks {
    /// Each counterpart's, of the asker's round.
    Theirs {
        /// By number, where it is not 0: what it shared with the asker's investors.
        shared: Sums,
    },
    /// The asker's own, of each counterpart's round.
    Mine {
        /// By number, where it is not 0: what it shared with the asker.
        shared: Sums,
    },
}

impl Speaks {
    fn of(records: &Records, me: Row<'_>, kind: Kind) -> Speaks {
        let (partners, at) = (&records.partners, me.at());
        if kind == Kind::Startup {
            return Speaks::Mine {
                shared: partners.with(at),
            };
        }
        Speaks::Theirs {
            shared: partners.with_investors_of(at),
        }
    }
}

/// The kinds the asker may meet, in any of its own kinds.
pub(crate) struct KindTable {
    pub(crate) open: KindSet,
    /// Those that opted in.
    pub(crate) opted_in: KindSet,
    /// Where either side offers something.
    pub(crate) offers: KindSet,
}

impl KindTable {
    fn of(programme: &Programme, mine: KindSet) -> KindTable {
        let kinds_under = |access| {
            let fits = |theirs: &Kind| {
                mine.iter()
                    .any(|mine| programme.access(mine, *theirs) == access)
            };
            let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(fits).collect();
            KindSet::of(&kinds)
        };
        KindTable {
            open: kinds_under(Access::Open),
            opted_in: kinds_under(Access::OptedIn),
            offers: kinds_under(Access::Offers),
        }
    }
}

impl<'a> Question<'a> {
    /// None where the market does not hold the asker.
    pub(crate) fn new(market: &'a Market, card: &'a Card, ask: &'a Ask<'a>) -> Option<Self> {
        let me = market.find(ask.asker)?;
        let kind = KindSet::of(&[ask.kind]);
        let asked = |aim: &&Aim| ask.mandate.is_none_or(|mandate| mandate == aim.id);
        let aims = me
            .aims()
            .iter()
            .filter(|aim| aim.is_about(kind, ask.purpose));
        let mine: Vec<&'a Aim> = aims.filter(asked).collect();
        let section = card.section(me.primary_kind(), ask.kind);
        Some(Question {
            market,
            section,
            likeness: card.likeness(section),
            ask,
            me,
            table: KindTable::of(ask.table, me.kinds()),
            speaks: Speaks::of(market.records(), me, ask.kind),
            lacks_mandate: ask.mandate.is_some() && mine.is_empty(),
            mine,
        })
    }

    /// Whose record of investments speaks, and which startup it is read for: the counterpart's record for the asker,
    /// but the asker's own where startups are asked for.
    pub(crate) fn record(&self, they: Row<'a>) -> (Row<'a>, Row<'a>) {
        match self.speaks {
            Speaks::Mine { .. } => (self.me, they),
            Speaks::Theirs { .. } => (they, self.me),
        }
    }
}
