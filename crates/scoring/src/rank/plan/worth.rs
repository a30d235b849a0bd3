//! What the asker's own record makes of every startup: points that no column holds, since they hang on what each startup
//! is *and* on what the asker chose.

use std::collections::HashMap;

use domain::OrganisationId;

use crate::{
    ask::{Question, Speaks},
    card::Cells,
    factor::Factor,
    factors::{UNKNOWN, partners, share},
    kinds::KindSet,
    market::Row,
    pair::record::{SHARED_OUT, SINGLE},
    rank::part,
    record::{Aspect, Place},
};

/// Points by what a startup is, for one asker.
pub(super) struct Worth<'q> {
    question: &'q Question<'q>,
    shared: &'q HashMap<u32, u64>,
    /// Those of every startup.
    same: i32,
    by_label: Vec<ByPlace>,
    single: Vec<ByPlace>,
    /// Of two factors: what was shared, and its lift; none where neither tells startups apart.
    partners: Option<[Cells; 2]>,
    /// By the number of earlier investors: where nothing was shared.
    strangers: Vec<i32>,
}

/// What terms are worth in one respect.
struct ByPlace {
    aspect: Aspect,
    unknown: i32,
    /// By place.
    points: Vec<i32>,
}

impl ByPlace {
    fn of(&self, place: Place) -> i32 {
        let points = self.points.get(place.0 as usize);
        points.copied().unwrap_or(self.unknown)
    }
}

impl<'q> Worth<'q> {
    /// For an asker whose own record speaks.
    pub(super) fn of(question: &'q Question<'q>) -> Worth<'q> {
        let Speaks::Mine { levels, shared } = &question.speaks else {
            unreachable!("the records of counterparts are in the columns")
        };
        let mut worth = Worth {
            question,
            shared,
            same: 0,
            by_label: Vec::new(),
            single: Vec::new(),
            partners: None,
            strangers: Vec::new(),
        };
        let mut by_place = |(factor, aspect): (Factor, Aspect)| {
            let cells = question.section.cells(factor);
            if let Some(same) = flat(cells, factor) {
                worth.same += same;
                return None;
            }
            let levels = levels[aspect as usize].iter();
            let points = levels.map(|&level| cells[usize::from(level)]);
            Some(ByPlace {
                aspect,
                unknown: cells[usize::from(UNKNOWN)],
                points: points.collect(),
            })
        };
        let by_label: Vec<_> = SHARED_OUT.into_iter().filter_map(&mut by_place).collect();
        let single: Vec<_> = SINGLE.into_iter().filter_map(&mut by_place).collect();
        (worth.by_label, worth.single) = (by_label, single);
        worth.add_partners();
        worth
    }

    fn add_partners(&mut self) {
        let factors = [Factor::Partners, Factor::PartnerLift];
        let cells = factors.map(|factor| *self.question.section.cells(factor));
        let flat: Vec<Option<i32>> = cells
            .iter()
            .zip(factors)
            .map(|(cells, factor)| flat(cells, factor))
            .collect();
        if let [Some(a), Some(b)] = flat[..] {
            self.same += a + b;
        } else {
            self.partners = Some(cells);
        }
    }

    /// The points of each row that may be listed, by row.
    pub(super) fn of_rows(mut self) -> Vec<(u32, i32)> {
        let (ask, market) = (self.question.ask, self.question.market);
        let kind = KindSet::of(&[ask.kind]);
        let listed = |id: OrganisationId| ask.members.is_none_or(|members| members.contains(&id));
        let mut rows: Vec<(u32, i32)> = Vec::new();
        let startups = market.rows().filter(|row| row.kinds().meets(kind));
        for startup in startups.filter(|row| listed(row.id())) {
            let points = self.of_startup(startup);
            let of_startup = market.rows_of(startup.number()).iter();
            rows.extend(of_startup.map(|&row| (row, points)));
        }
        rows.sort_unstable();
        rows
    }

    fn of_startup(&mut self, startup: Row<'_>) -> i32 {
        let asked = |aspect| startup.organisation.asked(aspect);
        let mut points = self.same;
        for worth in &self.by_label {
            let places = asked(worth.aspect);
            if places.is_empty() {
                points += worth.unknown;
            }
            for (index, &place) in places.iter().enumerate() {
                points += part(worth.of(place), share::share(index, places.len()));
            }
        }
        for worth in &self.single {
            let place = asked(worth.aspect).first();
            points += place.map_or(worth.unknown, |&place| worth.of(place));
        }
        points + self.of_partners(startup)
    }

    fn of_partners(&mut self, startup: Row<'_>) -> i32 {
        let Some(cells) = &self.partners else {
            return 0;
        };
        let found = &self.question.market.records().partners;
        let (me, at) = (self.question.me.at(), startup.at());
        let worth = |sum| {
            let shared = found.shared(me, at, sum);
            cells[0][usize::from(partners::shared(shared))]
                + cells[1][usize::from(partners::lift(shared))]
        };
        let investors = found.investors(at);
        let sum = investors
            .iter()
            .filter_map(|row| self.shared.get(row))
            .sum();
        if sum > 0 {
            return worth(sum);
        }
        // Logarithms are dear, and most startups have as few investors as others.
        while self.strangers.len() <= investors.len() {
            self.strangers.push(i32::MIN);
        }
        let known = &mut self.strangers[investors.len()];
        if *known == i32::MIN {
            *known = worth(0);
        }
        *known
    }
}

/// What every level is worth, where that is the same.
fn flat(cells: &Cells, factor: Factor) -> Option<i32> {
    let cells = &cells[..factor.levels().len()];
    cells
        .iter()
        .all(|&cell| cell == cells[0])
        .then_some(cells[0])
}
