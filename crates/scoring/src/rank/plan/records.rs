//! What the records of investors say: the counterparts' stand in the columns, the asker's own does not.

use super::{Compiler, Precision, Reading};
use crate::{
    ask::Speaks,
    factor::Factor,
    factors::{UNKNOWN, partners, share, tree},
    index::Record,
    market::{Axis, Columns},
    pair::record::{SHARED_OUT, SINGLE, holder_levels, round_levels},
    rank::{
        lift::Lift,
        similar::{Bound, RAISED},
    },
    record::{Aspect, Partners, Place, Shared, Sums, Term},
};

impl Compiler<'_> {
    /// The factors that read records.
    pub(super) fn add_records(&mut self, lift: Option<&Lift<'_>>) {
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
                self.add_their_partners(shared, lift);
            }
            Speaks::Mine { shared } => {
                for (factor, level) in holder {
                    self.whole(factor, Reading::Known(level));
                }
                for (factor, _) in round {
                    self.whole(factor, Reading::Number(self.columns.number(factor)));
                }
                self.add_my_choices();
                self.add_my_partners(shared);
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
                labels: [].into(),
                mentions: [].into(),
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
    fn add_their_partners(&mut self, shared: &Sums, of_strangers: Option<&Lift<'_>>) {
        let (market, me) = (self.question.market, self.question.me.at());
        let found = &market.records().partners;
        let nothing = found.shared_by_nobody(me);
        if nothing.earlier == 0 {
            self.whole(Factor::Partners, Reading::Known(UNKNOWN));
            self.whole(Factor::PartnerLift, Reading::Known(UNKNOWN));
            return;
        }
        let of_rows = |(number, sum): (u32, u64)| {
            let shared = found.shared(number as usize, me, sum);
            let levels = (partners::shared(shared), partners::lift(shared));
            let rows = market.rows_of(number).iter();
            rows.map(move |&row| (row, levels))
        };
        let mut by_row: Vec<(u32, (u8, u8))> = shared.iter().flat_map(of_rows).collect();
        // Numbers are in about the order of rows.
        by_row.sort_by_key(|&(row, _)| row);
        let record = |otherwise, given| {
            Reading::Record(Record {
                terms: Vec::new(),
                by: self.columns.number(Factor::Deals),
                otherwise: [otherwise; 16],
                labels: [].into(),
                mentions: [].into(),
                given,
            })
        };
        let given = by_row.iter().map(|&(row, (shared, _))| (row, shared));
        let shared = record(partners::shared(nothing), given.collect());
        let given = by_row.iter().map(|&(row, (_, lift))| (row, lift));
        let lift = record(UNKNOWN, given.collect());
        self.whole(Factor::Partners, shared);
        let mut cells = self.cells(Factor::PartnerLift);
        if let Some(of_strangers) = of_strangers {
            self.lower_to(Precision::Bounded);
            cells[0] = of_strangers.most;
        }
        self.read(&lift, &cells, cells.len());
    }

    /// What I chose, of what each of them is.
    fn add_my_choices(&mut self) {
        let (records, me) = (self.question.market.records(), self.question.me.at());
        for (factor, aspect) in SHARED_OUT {
            let cells = self.cells(factor);
            let used = &cells[..factor.levels().len()];
            if used.iter().all(|&cell| cell == used[0]) {
                self.plan.add_points(used[0]);
                continue;
            }
            let choices = records.choices(aspect);
            let (points, more) = self.columns.shares_of(choices, aspect, (me, &cells));
            self.plan.narrow(self.columns.asked(aspect), points);
            self.plan.shares(more);
        }
        for (factor, aspect) in SINGLE {
            let record = self.columns.record_of(records.choices(aspect), aspect, me);
            self.whole(factor, Reading::Record(record));
        }
    }

    /// What I shared with the investors of each of them. Who shared nothing with as many is as near as any other.
    fn add_my_partners(&mut self, shared: &Sums) {
        let (market, me) = (self.question.market, self.question.me.at());
        let found = &market.records().partners;
        let levels = |of: Shared| (partners::shared(of), partners::lift(of));
        let crowded = market.crowded();
        let most = crowded.iter().map(|of| of.investors as usize).max();
        let strangers = (0..=most.unwrap_or(0).max(Partners::CROWD))
            .map(|earlier| levels(found.shared_with(me, earlier, 0)))
            .collect::<Vec<_>>();
        let sums = found.startups_of(shared);
        let of_some = sums.iter().flat_map(|(startup, sum)| {
            let levels = levels(found.shared(me, startup as usize, sum));
            let rows = market.rows_of(startup).iter();
            rows.map(move |&row| (row, levels))
        });
        let as_of_strangers = crowded.iter();
        let as_of_strangers = as_of_strangers.map(|of| (of.row, strangers[of.investors as usize]));
        let mut by_row: Vec<(u32, (u8, u8))> = of_some.chain(as_of_strangers).collect();
        // Of two for a row the first is right, and stays the first.
        by_row.sort_by_key(|&(row, _)| row);
        by_row.dedup_by_key(|(row, _)| *row);
        let by_earlier = std::array::from_fn(|earlier| match earlier {
            Partners::CROWD.. => (UNKNOWN, UNKNOWN),
            earlier => strangers[earlier],
        });
        let record = |level: fn((u8, u8)) -> u8| {
            Reading::Record(Record {
                terms: Vec::new(),
                by: self.columns.investors,
                otherwise: by_earlier.map(level),
                labels: [].into(),
                mentions: [].into(),
                given: by_row
                    .iter()
                    .map(|&(row, levels)| (row, level(levels)))
                    .collect(),
            })
        };
        let (shared, lift) = (record(|(shared, _)| shared), record(|(_, lift)| lift));
        self.whole(Factor::Partners, shared);
        self.whole(Factor::PartnerLift, lift);
    }

    /// How many deals are like the one asked for, as far as columns tell.
    pub(super) fn add_similar(&mut self, bound: Option<&Bound>) {
        let (records, me) = (self.question.market.records(), self.question.me.at());
        let is_mine = matches!(self.question.speaks, Speaks::Mine { .. });
        if is_mine && records.deals(me) == 0 {
            return self.whole(Factor::Similar, Reading::Known(UNKNOWN));
        }
        let Some(bound) = bound else {
            return self.plan.add_points(self.cells(Factor::Similar)[0]);
        };
        self.lower_to(Precision::Bounded);
        let columns = self.columns;
        if is_mine {
            self.plan.add_points(bound.deals[0]);
            let country = columns.has_chosen(records.choices(Aspect::Country), Aspect::Country, me);
            self.state(&Reading::Record(country), &bound.place, 2);
            let sectors = bound.mentions.iter().map(|(sector, _)| sector.index());
            let sectors = Reading::Near(columns.is[Axis::Sectors as usize].0, sectors.collect());
            self.state(&sectors, &bound.trades, tree::LEVELS.len());
            for ((factor, _), points) in RAISED.into_iter().zip(&bound.raised) {
                self.read(&Reading::Number(columns.number(factor)), points, 16);
            }
            return;
        }
        let deals = columns.number(Factor::Deals);
        self.read(&Reading::Number(deals), &bound.deals, 16);
        self.read(&Reading::Number(columns.left), &bound.left, 16);
        let (me, records) = (
            self.question.me.organisation,
            self.question.market.records(),
        );
        let term = |aspect, place| (place != Place::NOWHERE).then(|| columns.term(aspect, place));
        let places = Aspect::PLACES
            .into_iter()
            .zip(1..)
            .filter_map(|(aspect, level)| {
                let place = *me.asked(aspect).first()?;
                Some((term(aspect, place)?, level))
            });
        let trades = bound.mentions.iter().filter_map(|&(sector, level)| {
            let place = records
                .choices(Aspect::Sector)
                .place(Term::of_sector(sector));
            Some((term(Aspect::Sector, place)?, level))
        });
        let mentioned = |mentions| {
            Reading::Record(Record {
                terms: Vec::new(),
                by: deals,
                otherwise: [0; 16],
                labels: [].into(),
                mentions,
                given: [].into(),
            })
        };
        self.state(&mentioned(places.collect()), &bound.place, 16);
        self.state(&mentioned(trades.collect()), &bound.trades, 16);
    }
}
