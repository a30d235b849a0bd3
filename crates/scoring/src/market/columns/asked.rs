//! What a startup is asked for in each respect of records, as columns: so that the record of an asker finds startups as
//! the records of others find investors.
//!
//! ```text
//!                   a row's number                                        its labels
//! one term          0 none · 1 to 14 one of those that the market chose   the term, where the number is 15
//!                   most · 15 another
//! shared out        twelfths over terms that the market knows             each of them, with its twelfths
//! ```
//!
//! Most rows are told apart by the number alone, which the kernel reads 64 at a time; a label is read by those few that
//! have it. A term that the market never chose is none.

use domain::Kind;

use super::Columns;
use crate::{
    card::Cells,
    factors::{UNKNOWN, share, share::TWELFTHS, topic},
    index::{Narrow, Points, Record, Values},
    kinds::KindSet,
    market::Organisation,
    pair::record::{SHARED_OUT, SINGLE},
    rank::part,
    record::{Aspect, Choices, Place, Records},
};

/// The number of a term that is not among the most frequent.
const RARE: u8 = 15;

/// By respect and place of a term: its number.
pub(super) type Numbers = Vec<Box<[u8]>>;

/// Numbers the terms of each respect.
pub(super) fn numbers(records: &Records) -> Numbers {
    let of_aspect = |aspect: Aspect| {
        let choices = records.choices(aspect);
        let mut numbers = vec![RARE; choices.terms()];
        let places = (0..).take(choices.terms()).map(Place);
        let mut most: Vec<Place> = places.collect();
        most.sort_by_key(|&place| std::cmp::Reverse(choices.market(place).with));
        for (place, number) in most.into_iter().zip(1..RARE) {
            numbers[place.0 as usize] = number;
        }
        numbers.into()
    };
    Aspect::ALL.into_iter().map(of_aspect).collect()
}

impl Columns {
    /// The column of what is asked for in one respect.
    pub(crate) fn asked(&self, aspect: Aspect) -> Narrow {
        self.asked[aspect as usize]
    }

    /// Writes what a startup is asked for; what is none has no record read for it.
    pub(super) fn fill_asked(&self, organisation: &Organisation, to: &mut Values) {
        if !organisation.kinds.meets(KindSet::of(&[Kind::Startup])) {
            return;
        }
        for (_, aspect) in SINGLE {
            let place = organisation.asked(aspect).first().copied();
            let Some(place) = place.filter(|&place| place != Place::NOWHERE) else {
                continue;
            };
            let number = self.numbers_of_terms[aspect as usize][place.0 as usize];
            to.set_number(self.asked(aspect), number);
            if number == RARE {
                let whole = share::share(0, 1);
                to.labels.push((self.term(aspect, place), whole));
            }
        }
        for (_, aspect) in SHARED_OUT {
            let places = organisation.asked(aspect);
            let mut known = 0;
            for (index, &place) in places.iter().enumerate() {
                let share = share::share(index, places.len());
                if place != Place::NOWHERE && share > 0 {
                    to.labels.push((self.term(aspect, place), share));
                    known += share;
                }
            }
            to.set_number(self.asked(aspect), known);
        }
    }

    /// The level of what a row is asked for, in the record of `holder`: in a respect of one term.
    pub(crate) fn record_of(&self, choices: &Choices, aspect: Aspect, holder: usize) -> Record {
        let never = choices.never(holder);
        let mut otherwise = [never; 16];
        otherwise[0] = UNKNOWN;
        self.chosen(aspect, otherwise, choices.chosen_by(holder))
    }

    /// Whether `holder` chose what a row is asked for in a respect of one term: 1 where it did.
    pub(crate) fn has_chosen(&self, choices: &Choices, aspect: Aspect, holder: usize) -> Record {
        let chosen = choices.chosen_by(holder).map(|(place, _)| (place, 1));
        self.chosen(aspect, [0; 16], chosen)
    }

    /// These levels where a row is asked for these terms, and for all others those of its number.
    fn chosen(
        &self,
        aspect: Aspect,
        mut otherwise: [u8; 16],
        chosen: impl Iterator<Item = (Place, u8)>,
    ) -> Record {
        let numbers = &self.numbers_of_terms[aspect as usize];
        let mut labels = Vec::new();
        for (place, level) in chosen {
            match numbers[place.0 as usize] {
                RARE if level == otherwise[usize::from(RARE)] => {}
                RARE => labels.push((self.term(aspect, place), level)),
                number => otherwise[usize::from(number)] = level,
            }
        }
        Record {
            by: self.asked(aspect),
            otherwise,
            labels: labels.into(),
            mentions: [].into(),
            terms: Vec::new(),
            given: [].into(),
        }
    }

    /// The points of what a row is asked for, by the record of `holder`, in a respect that is shared out: those of a
    /// number, as if all that is known were never chosen, and what each twelfth of a label that was adds.
    pub(crate) fn shares_of(
        &self,
        choices: &Choices,
        aspect: Aspect,
        (holder, cells): (usize, &Cells),
    ) -> (Points, Vec<(u32, i32)>) {
        let cell = |level: u8| cells[usize::from(level)];
        let never = cell(choices.never(holder));
        let mut points = [0; 16];
        for (known, points) in (0..=12).zip(&mut points) {
            *points = part(never, known) + part(cell(UNKNOWN), 12 - known);
        }
        let is_asked = |place| aspect != Aspect::Topic || choices.is_known(place, topic::DEALS_MIN);
        let chosen = choices.chosen_by(holder);
        let more = chosen
            .filter(|&(place, _)| is_asked(place))
            .map(|(place, level)| (self.term(aspect, place), (cell(level) - never) / TWELFTHS))
            .filter(|&(_, more)| more != 0);
        (points, more.collect())
    }
}
