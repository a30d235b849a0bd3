//! What the records of investors say: the counterparts' stand in the columns, the asker's own does not.

use std::collections::HashMap;

use super::{Compiler, Reading, worth::Worth};
use crate::{
    ask::Speaks,
    factor::Factor,
    factors::{UNKNOWN, partners, share, similar},
    index::Record,
    market::Columns,
    pair::record::{SHARED_OUT, SINGLE, holder_levels, round_levels},
    record::{Place, Shared},
};

impl Compiler<'_> {
    /// The factors that read records.
    pub(super) fn add_records(&mut self) {
        let (records, me) = (self.question.market.records(), self.question.me);
        let holder = holder_levels(records, me.at(), me.organisation);
        let round = round_levels(records, me.at(), me.organisation);
        match &self.question.speaks {
            Speaks::Theirs { shared } => {
                for (factor, _) in holder {
                    self.whole(factor, Reading::Number(self.columns.number(factor)));
                }
                for (factor, level) in round {
                    self.whole(factor, Reading::Known(level));
                }
                self.add_their_choices();
                self.add_their_partners(shared);
                self.add_their_similar();
            }
            Speaks::Mine { .. } => {
                for (factor, level) in holder {
                    self.whole(factor, Reading::Known(level));
                }
                for (factor, _) in round {
                    self.whole(factor, Reading::Number(self.columns.number(factor)));
                }
                self.add_by_row(&Worth::of(self.question).of_rows());
                self.add_my_similar();
            }
        }
    }

    /// What each of them chose, of what I am.
    fn add_their_choices(&mut self) {
        let me = self.question.me.organisation;
        let reading = |columns: &Columns, aspect, place| {
            if place == Place::NOWHERE {
                return Reading::Known(UNKNOWN);
            }
            Reading::Record(Record {
                terms: vec![columns.term(aspect, place)],
                by: columns.never(aspect),
                otherwise: std::array::from_fn(|level| u8::try_from(level).expect("below 16")),
                given: [].into(),
            })
        };
        for (factor, aspect) in SHARED_OUT {
            let places = me.asked(aspect);
            if places.is_empty() {
                self.share(factor, 12, &Reading::Known(UNKNOWN));
            }
            for (index, &place) in places.iter().enumerate() {
                let share = share::share(index, places.len());
                self.share(factor, share, &reading(self.columns, aspect, place));
            }
        }
        for (factor, aspect) in SINGLE {
            let place = me.asked(aspect).first();
            let read = |&place| reading(self.columns, aspect, place);
            let reading = place.map_or(Reading::Known(UNKNOWN), read);
            self.whole(factor, reading);
        }
    }

    /// What each of them shared with my investors. Who shared nothing may be as near to that as any who is as small.
    fn add_their_partners(&mut self, shared: &HashMap<u32, u64>) {
        let (market, me) = (self.question.market, self.question.me.at());
        let found = &market.records().partners;
        let nothing = Shared {
            earlier: found.shared(me, me, 0).earlier,
            ..Shared::default()
        };
        if nothing.earlier == 0 {
            self.whole(Factor::Partners, Reading::Known(UNKNOWN));
            self.whole(Factor::PartnerLift, Reading::Known(UNKNOWN));
            return;
        }
        let of_rows = |(&number, &sum): (&u32, &u64)| {
            let shared = found.shared(number as usize, me, sum);
            let levels = (partners::shared(shared), partners::lift(shared));
            let rows = market.rows_of(number).iter();
            rows.map(move |&row| (row, levels))
        };
        let by_row = crate::sorted(shared.iter().flat_map(of_rows).collect());
        let record = |otherwise, given| {
            Reading::Record(Record {
                terms: Vec::new(),
                by: self.columns.number(Factor::Deals),
                otherwise: [otherwise; 16],
                given,
            })
        };
        let given = by_row.iter().map(|&(row, (shared, _))| (row, shared));
        let shared = record(partners::shared(nothing), given.collect());
        let given = by_row.iter().map(|&(row, (_, lift))| (row, lift));
        let lift = record(UNKNOWN, given.collect());
        self.whole(Factor::Partners, shared);
        let mut cells = self.cells(Factor::PartnerLift);
        cells[0] = self.most(Factor::PartnerLift, 1..=partners::lift(nothing));
        self.read(&lift, &cells, cells.len());
    }

    /// How many of their deals are like this one: no more than they made, each as like as any can be.
    fn add_their_similar(&mut self) {
        let question = self.question;
        let earlier = question.market.records().past.rounds(question.me.at());
        let raising = question.me.organisation.sought(earlier).raising;
        let most = question.likeness.most(raising);
        let mut cells = [0; 16];
        for (deals, cell) in (0..).zip(&mut cells) {
            *cell = match deals {
                0 => self.cells(Factor::Similar)[0],
                deals => self.most(Factor::Similar, 1..=similar::most(deals, most)),
            };
        }
        let deals = Reading::Number(self.columns.number(Factor::Deals));
        self.read(&deals, &cells, cells.len());
    }

    /// Adds a number of points to each of these rows, which come in order: its digits, of which there are sixteen, are
    /// levels. What other rows are worth is of no account.
    fn add_by_row(&mut self, points: &[(u32, i32)]) {
        let worth = || points.iter().map(|&(_, points)| points);
        let (least, most) = (worth().min().unwrap_or(0), worth().max().unwrap_or(0));
        self.plan.add_points(least);
        let mut shift = 0;
        while (most - least) >> shift != 0 {
            let digit = |&(row, points): &(u32, i32)| {
                let digit = (points - least) >> shift & 15;
                (row, u8::try_from(digit).expect("a digit"))
            };
            let given = points.iter().map(digit).filter(|&(_, digit)| digit > 0);
            let record = Record {
                terms: Vec::new(),
                by: self.columns.number(Factor::Deals),
                otherwise: [0; 16],
                given: given.collect(),
            };
            let value = |digit| i32::try_from(digit).expect("below 16") << shift;
            self.plan.record(record, std::array::from_fn(value));
            shift += 4;
        }
    }

    /// How many of my deals are like each of theirs.
    fn add_my_similar(&mut self) {
        let records = self.question.market.records();
        if records.deals(self.question.me.at()) == 0 {
            self.whole(Factor::Similar, Reading::Known(UNKNOWN));
        } else {
            let most = self.most(Factor::Similar, 1..=15);
            self.plan.add_points(most);
        }
    }
}
