//! What the lift of partners is worth for those who shared nothing: bounded in the plan, found out for those whom the bound
//! would list.

use crate::{
    ask::{Question, Speaks},
    card::Cells,
    factor::Factor,
    factors::partners,
    record::{Partners, Sums},
};

/// The lift of those who shared nothing with the earlier investors of who asks: the lower, the more startups they have.
pub(super) struct Lift<'q> {
    partners: &'q Partners,
    /// Who shared something, by number.
    shared: &'q Sums,
    /// Who asks.
    me: usize,
    /// The most that it is worth.
    pub(super) most: i32,
    /// By level: how much less.
    less: Cells,
}

impl<'q> Lift<'q> {
    /// None where it is the same for all of them.
    pub(super) fn of(question: &'q Question<'_>) -> Option<Lift<'q>> {
        let Speaks::Theirs { shared } = &question.speaks else {
            return None;
        };
        let (partners, me) = (&question.market.records().partners, question.me.at());
        let cells = question.section.cells(Factor::PartnerLift);
        let highest = partners::lift(partners.shared_by_nobody(me));
        let reached = &cells[..=usize::from(highest)];
        let most = reached.iter().copied().skip(1).max()?;
        Some(Lift {
            partners,
            shared,
            me,
            most,
            less: cells.map(|cell| most - cell),
        })
    }

    /// How much less than the most it is worth for one who was found.
    pub(super) fn less(&self, number: u32) -> i32 {
        if self.shared.find(number).is_some() {
            // The plan has what it is.
            return 0;
        }
        let shared = self.partners.shared(number as usize, self.me, 0);
        self.less[usize::from(partners::lift(shared))]
    }
}
