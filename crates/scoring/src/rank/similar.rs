//! How many deals are like the one asked for: bounded in the plan, found out for those whom the bound would list.

use crate::{
    ask::{Question, Speaks},
    card::Cells,
    factor::Factor,
    factors::{UNKNOWN, activity, similar},
    record::{ManyRecords, OneRecord},
};

/// What the plan of a question has for `track_record.similar`, by level of `track_record.deals`: as much as any record of
/// so many deals may have.
pub(super) fn most(question: &Question<'_>) -> Cells {
    let cells = question.section.cells(Factor::Similar);
    let most = |highest: u8| {
        let reached = &cells[1..=usize::from(highest)];
        reached.iter().copied().max().unwrap_or(cells[0])
    };
    let records = question.market.records();
    match question.speaks {
        Speaks::Theirs { .. } => {
            let sought = question.me.organisation.sought(records, question.me.at());
            let each = question.likeness.most(sought.raising);
            std::array::from_fn(|deals| match deals {
                0 => cells[0],
                _ => most(similar::most(u8::try_from(deals).expect("below 16"), each)),
            })
        }
        Speaks::Mine { .. } if records.deals(question.me.at()) == 0 => [cells[0]; 16],
        Speaks::Mine { .. } => [most(15); 16],
    }
}

/// How far the plan of a question is above what deals are worth.
pub(super) struct Similar<'q> {
    question: &'q Question<'q>,
    most: Cells,
    whose: Whose<'q>,
}

enum Whose<'q> {
    Theirs(ManyRecords<'q>),
    Mine(OneRecord<'q>),
}

impl<'q> Similar<'q> {
    pub(super) fn of(question: &'q Question<'q>) -> Similar<'q> {
        let (me, records) = (question.me, question.market.records());
        let (past, likeness) = (&records.past, question.likeness);
        let whose = match question.speaks {
            Speaks::Theirs { .. } => {
                let sought = me.organisation.sought(records, me.at());
                Whose::Theirs(ManyRecords::new(past, sought, likeness))
            }
            Speaks::Mine { .. } => Whose::Mine(OneRecord::new(past, me.at(), likeness)),
        };
        Similar {
            question,
            most: most(question),
            whose,
        }
    }

    /// How many points fewer than in the plan it is for an organisation, by its number.
    pub(super) fn less(&mut self, number: u32) -> i32 {
        let records = self.question.market.records();
        let holder = match &self.whose {
            Whose::Theirs(_) => number as usize,
            Whose::Mine(_) => self.question.me.at(),
        };
        let deals = records.deals(holder);
        let level = match &mut self.whose {
            _ if deals == 0 => UNKNOWN,
            Whose::Theirs(all) => all.similar(holder).level(),
            Whose::Mine(own) => {
                let market = self.question.market;
                let sum = if let Some(seeker) = market.seeker(number) {
                    own.similar_to(seeker)
                } else {
                    let they = market.numbered(number).expect("who is found is there");
                    own.similar(&they.organisation.sought(records, they.at()))
                };
                sum.level()
            }
        };
        let most = self.most[usize::from(activity::all(deals))];
        most - self.question.section.points(Factor::Similar, level)
    }
}
