//! A bound of what similar deals are worth, as a sum that columns hold.
//!
//! No record comes to more than its deals, each as like as any can be: 2^top. Where none of them was near, or none in like
//! trades, it comes to so much less: lacks, as logarithms. With F(x) the most points of a sum of up to 2^x, and any slope,
//!
//! ```text
//! points ≤ F(top − lacks) ≤ most − slope · lacks
//!                           most = max over x from top − all lacks to top of F(x) + slope · (top − x)
//! ```
//!
//! Lacks are added up: of place and of trades, which hold for each deal alone, and of rounds, which hold for their sum. Of the
//! records of others columns know how much is left of the deals (`most_of_rounds`), of the asker's own what the other side
//! raises ([`Raised`]). Points of a learned card grow about evenly with the logarithm, so that little is lost; where they
//! do not, or deals decide little, the slope is 0 and nothing more is looked up. Logarithms are in thousandths of a doubling.

use domain::SectorCode;

use crate::{
    ask::Question,
    card::{Cells, Likeness, Section},
    factor::Factor,
    factors::{
        UNKNOWN, activity,
        similar::{self, LEAST_WEIGHT, LEVELS, PLACE, PLACES, Respect, Sum, Trades},
        tree,
    },
    record::{Past, Raising, Round, Sought},
};

/// What deals add to the points of a row at most, by what columns know of it.
#[derive(Clone, Debug)]
pub(in crate::rank) struct Bound {
    /// By level of how many they are; all the same where the record is the asker's.
    pub(in crate::rank) deals: Cells,
    /// By what is left of them, as [`activity::left`] says; never more than 0.
    pub(in crate::rank) left: Cells,
    /// By number of deals, as far as they are few: how much less they add than the most of their level do.
    pub(super) fewer: Box<[i32]>,
    /// By what their rounds come to: what they add at most before place and trades.
    by_rounds: ByRounds,
    /// By level of place, one more than the position in [`Aspect::PLACES`](crate::record::Aspect::PLACES) of what is the same
    /// in a record of another; never more than 0.
    pub(in crate::rank) place: Cells,
    /// By level of trades; never more than 0.
    pub(in crate::rank) trades: Cells,
    /// Where the record is the asker's, by level of what the other side raises: its stage, its amount, and how many rounds
    /// were before; never more than 0.
    pub(in crate::rank) raised: [Cells; RAISED.len()],
    /// By sector of the other side: its level of trades.
    pub(super) level_of_sector: Box<[u8]>,
    /// The sectors of the asker's side that make levels of trades, each with its level where it is mentioned.
    pub(in crate::rank) mentions: Vec<(SectorCode, u8)>,
}

/// Levels of trades that terms of records are parted in.
const STEPS: u32 = 14;

/// Lacks are looked up where likeness is one part in so many of all points that a section can give. Source: our measurements,
/// see `benches/SPEED.md`.
const MUCH: i64 = 10;

/// The levels of deals whose bounds are to be low together, and of all that a deal can lack the part that it usually does.
/// Source: our measurements, see `benches/SPEED.md`.
const USUAL_DEALS: std::ops::RangeInclusive<u8> = 1..=6;
const USUAL_LACK: (i32, i32) = (2, 3);

/// So many deals are few.
const FEW_DEALS: u32 = 128;

/// More than logarithms lose by being rounded.
const SLACK: i32 = 4;

impl Bound {
    /// Of the records of others, beside what the asker seeks.
    ///
    /// What is near is in a place that the record mentions, and what has a sector in common with the asker's mentions
    /// that, or what both lie in.
    pub(super) fn of_theirs(question: &Question<'_>, sought: &Sought<'_>) -> Bound {
        let (likeness, raising) = (question.likeness, sought.raising);
        let near = |near| likeness.place(raising, near);
        let place = upto(0..PLACES.len(), near).split_off(1);
        let (none, by_term) = counts_by_term(likeness, sought.sectors);
        let most = by_term.iter().map(|&(_, count)| count).fold(none, i32::max);
        let range = (most - none).unsigned_abs();
        let level = |count: i32| {
            let steps = (count - none).unsigned_abs() * STEPS;
            u8::try_from(steps.div_ceil(range.max(1))).expect("at most the steps")
        };
        let count = |level: u32| {
            let above = (level * range).div_ceil(STEPS);
            none + i32::try_from(above).expect("at most the range")
        };
        let trades: Vec<i32> = (0..=STEPS).map(count).collect();
        let mentions: Vec<(SectorCode, u8)> = by_term
            .into_iter()
            .map(|(term, count)| (term, level(count)))
            .collect();
        let of_sector = |sector: SectorCode| {
            let around = |&&(term, _): &&(SectorCode, u8)| sector.is_within(term);
            mentions
                .iter()
                .filter(around)
                .map(|&(_, level)| level)
                .max()
        };
        let level_of_sector = SectorCode::all()
            .map(|sector| of_sector(sector).unwrap_or(0))
            .collect();
        let lacks = Lacks::new(place, trades, &most_of_rounds(likeness, raising));
        let section = question.section;
        let top = |deals: u32| similar::thousandths(Sum::of(deals)) + lacks.top + SLACK;
        let usual = USUAL_DEALS.filter_map(activity::most).map(top);
        let slope = Slope::new(section, &usual.collect::<Vec<i32>>(), lacks.all());
        let of_deals = |deals: usize| match u8::try_from(deals).expect("below 16") {
            // Such a record mentions nothing.
            0 => {
                section.points(Factor::Similar, UNKNOWN)
                    + slope.off(lacks.place[0])
                    + slope.off(lacks.trades[0])
                    + slope.off(lacks.left[0])
            }
            deals => {
                activity::most(deals).map_or(slope.most_of_any(), |most| slope.most(top(most)))
            }
        };
        let fewer = |deals: u32| {
            let most = activity::most(activity::all(deals)).unwrap_or(deals);
            slope.most(top(most)) - slope.most(top(deals))
        };
        Bound {
            deals: std::array::from_fn(of_deals),
            left: slope.take(&lacks.left),
            raised: [[0; 16]; RAISED.len()],
            fewer: (0..FEW_DEALS)
                .map(|deals| if deals == 0 { 0 } else { fewer(deals) })
                .collect(),
            by_rounds: ByRounds::new(slope, &lacks),
            place: slope.take(&lacks.place),
            trades: slope.take(&lacks.trades),
            level_of_sector,
            mentions,
        }
    }

    /// Of the asker's own record in `row`, beside what others seek: near is who is in a country where it invested.
    pub(super) fn of_mine(question: &Question<'_>, past: &Past, row: usize) -> Bound {
        let likeness = question.likeness;
        let near = |near: u8| {
            let most = |respect: Respect| likeness.most(respect, 0..asked(respect), near..near + 1);
            PLACE.into_iter().map(most).sum()
        };
        let place = upto(0..PLACES.len(), near);
        let place = vec![place[1], place[PLACES.len() - 1]];
        let sectors = past.sectors(row);
        let nearest = |other: SectorCode, own: SectorCode| {
            let trades = Trades::of(&[other], &[own]);
            (tree::level(other, own), likeness.trades(trades))
        };
        let mut trades = vec![i32::MIN; tree::LEVELS.len()];
        trades[0] = likeness.trades(Trades::default());
        let mut level_of_sector = vec![0; SectorCode::all().count()];
        for other in SectorCode::all() {
            for &own in &sectors {
                let (level, count) = nearest(other, own);
                trades[usize::from(level)] = trades[usize::from(level)].max(count);
                let of = &mut level_of_sector[usize::from(other.index())];
                *of = level.max(*of);
            }
        }
        let trades = upto(0..trades.len(), |level| trades[usize::from(level)]);
        let lacks = Lacks::new(place, trades, &[0]);
        let rounds: Vec<Round> = past.deals(row).map(|made| past.round(made)).collect();
        let lacks = lacks.with_raised(&Raised::of(likeness, &rounds)).cut();
        let top = lacks.top + SLACK;
        let slope = Slope::new(question.section, &[top], lacks.all());
        Bound {
            deals: [slope.most(top); 16],
            left: [0; 16],
            raised: lacks.raised.each_ref().map(|lacks| slope.take(lacks)),
            fewer: [].into(),
            by_rounds: ByRounds::default(),
            place: slope.take(&lacks.place),
            trades: slope.take(&lacks.trades),
            level_of_sector: level_of_sector.into(),
            mentions: sectors.into_iter().map(|sector| (sector, 0)).collect(),
        }
    }

    /// What the asker's deals add at most for one who raises this, before place and trades.
    pub(super) fn rounds_for(&self, raising: Raising) -> i32 {
        let of_respect = |((_, respect), points): ((Factor, Respect), &Cells)| {
            points[usize::from(raising.level(respect))]
        };
        let raised = RAISED.into_iter().zip(&self.raised);
        self.deals[0] + raised.map(of_respect).sum::<i32>()
    }

    /// What the deals of a record add at most, before place and trades, if their rounds come to so much.
    pub(super) fn of_rounds(&self, rounds: Sum) -> i32 {
        self.by_rounds.most(rounds)
    }

    /// What startups at best so near and in such trades add; never more than 0.
    pub(super) fn of_startups(&self, place: u8, trades: u8) -> i32 {
        self.place[usize::from(place)] + self.trades[usize::from(trades)]
    }

    /// The level of trades of one with these sectors.
    pub(super) fn trades_of(&self, sectors: &[SectorCode]) -> u8 {
        let level = |sector: &SectorCode| self.level_of_sector[usize::from(sector.index())];
        sectors.iter().map(level).max().unwrap_or(0)
    }
}

/// What can be asked for in a respect; once where it makes no difference.
fn asked(respect: Respect) -> u8 {
    u8::try_from(respect.asked().len().max(1)).expect("below 256")
}

/// By what is left of the deals of a record, as [`activity::left`] says: the most that their rounds count on average for one
/// who raises this.
///
/// The weight of a round lies below any line over what is left of it that is above the weight of every age, in all other
/// respects at its best; so does the mean of weights below the line over the mean of what is left:
///
/// ```text
/// weight ≤ whole + steep · left     mean weight ≤ whole + steep · mean left
/// ```
fn most_of_rounds(likeness: &Likeness, raising: Raising) -> Vec<i32> {
    let all = |respect: Respect| u8::try_from(respect.of_deal().len()).expect("below 256");
    let respects = Round::default().levels().map(|(respect, _)| respect);
    let others = respects
        .into_iter()
        .filter(|&respect| respect != Respect::Age);
    let most = others.map(|respect| {
        let asked = raising.level(respect);
        likeness.most(respect, asked..asked + 1, 0..all(respect))
    });
    let most: i32 = most.sum();
    let ages = (0..all(Respect::Age)).map(|age| {
        let count = likeness.most(Respect::Age, 0..1, age..age + 1);
        let weight = similar::weight(most.saturating_add(count));
        (u64::from(weight), similar::left(age))
    });
    let ages: Vec<(u64, u64)> = ages.collect();
    let lines = ages.iter().filter_map(|&(whole, _)| {
        let above = ages.iter().filter(|(weight, _)| *weight > whole);
        let steep = above.map(|&(weight, left)| {
            let rise = (weight - whole) * activity::ONE;
            (left > 0).then(|| rise.div_ceil(left))
        });
        let steep = steep.collect::<Option<Vec<u64>>>()?.into_iter().max();
        Some((whole, steep.unwrap_or(0)))
    });
    let lines: Vec<(u64, u64)> = lines.collect();
    let parts = u64::from(activity::PARTS);
    let mean = |left: u64| {
        let of_line = |&(whole, steep): &(u64, u64)| whole + (steep * left).div_ceil(parts);
        let mean = lines.iter().map(of_line).min();
        u32::try_from(mean.expect("the line of the greatest weight is flat")).expect("below it")
    };
    let count = |left: u64| {
        let mut sum = Sum::default();
        sum.add(similar::weight(0), mean(left));
        similar::thousandths(sum)
    };
    (1..=parts).map(count).collect()
}

/// What one raises, in the respects that columns tell of whoever asks.
pub(in crate::rank) const RAISED: [(Factor, Respect); 3] = [
    (Factor::RaiseStage, Respect::Stage),
    (Factor::RaiseAmount, Respect::Amount),
    (Factor::RaiseRounds, Respect::Rounds),
];

/// By what is raised in each respect of [`RAISED`], part of the logarithm of what the rounds of a record come to at most.
///
/// A round weighs old · a · b · c, by its age and in three respects, and by Hölder's inequality
///
/// ```text
/// Σ old · a · b · c ≤ (Σ old · a³)^⅓ · (Σ old · b³)^⅓ · (Σ old · c³)^⅓
/// ```
///
/// Each factor is known by what one raises in one respect.
struct Raised {
    /// What the youngest counts.
    age: i32,
    counts: [Vec<i32>; RAISED.len()],
}

impl Raised {
    fn of(likeness: &Likeness, rounds: &[Round]) -> Raised {
        // No round weighs less than the least weight, which is shared out: to its age and the three respects.
        let least = LEAST_WEIGHT / 4;
        let age = |round: &Round| {
            let count = likeness.cell(Respect::Age, 0, round.level(Respect::Age));
            count.max(least)
        };
        let youngest = rounds.iter().map(age).max().unwrap_or(0);
        let of_respect = |respect: Respect| {
            let count = |raised: u8, round: &Round| {
                // How many came in counts by the stage.
                let more = (respect == Respect::Stage).then_some(Respect::Investors);
                let respects = [Some(respect), more].into_iter().flatten();
                let counts =
                    respects.map(|respect| likeness.cell(respect, raised, round.level(respect)));
                counts.sum::<i32>().max(least)
            };
            let levels = 0..asked(respect);
            let all = levels
                .clone()
                .flat_map(|raised| rounds.iter().map(move |round| (raised, round)));
            let most = all
                .map(|(raised, round)| count(raised, round))
                .max()
                .unwrap_or(0);
            let of_level = |raised: u8| {
                let mut sum = Sum::default();
                for round in rounds {
                    // None is above 1, so that no weight is cut off.
                    let cubed = 3 * (count(raised, round) - most);
                    let old = age(round) - youngest;
                    sum.add(similar::weight(old), similar::weight(cubed));
                }
                most + similar::thousandths(sum).div_euclid(3) + 1
            };
            levels.map(of_level).collect()
        };
        Raised {
            age: youngest,
            counts: RAISED.map(|(_, respect)| of_respect(respect)),
        }
    }
}

/// What trades count at most: for deals that have nothing in common with these sectors, and by what they have in common.
fn counts_by_term(likeness: &Likeness, mine: &[SectorCode]) -> (i32, Vec<(SectorCode, i32)>) {
    let mut none = likeness.trades(Trades::default());
    let mut by_term: Vec<(SectorCode, i32)> = Vec::new();
    for &own in mine {
        for other in SectorCode::all() {
            let count = likeness.trades(Trades::of(&[own], &[other]));
            let Some(term) = own.and_around().find(|&term| other.is_within(term)) else {
                none = none.max(count);
                continue;
            };
            match by_term.iter_mut().find(|(known, _)| *known == term) {
                Some((_, most)) => *most = count.max(*most),
                None => by_term.push((term, count)),
            }
        }
    }
    // A record that mentions a term has deals beside it.
    for (_, count) in &mut by_term {
        *count = none.max(*count);
    }
    (none, by_term)
}

/// For each place of a list the most so far.
fn upto(places: std::ops::Range<usize>, count: impl Fn(u8) -> i32) -> Vec<i32> {
    let counts = places.map(|place| count(u8::try_from(place).expect("short lists")));
    let most = counts.scan(i32::MIN, |most, count| {
        *most = count.max(*most);
        Some(*most)
    });
    most.collect()
}

/// By level, how much less a deal counts than at the best levels.
struct Lacks {
    /// What it counts at the best levels.
    top: i32,
    /// The part of it that is of the startup.
    startup: i32,
    place: Vec<i32>,
    trades: Vec<i32>,
    left: Vec<i32>,
    raised: [Vec<i32>; RAISED.len()],
}

impl Lacks {
    /// Of what each level counts, in order.
    fn new(place: Vec<i32>, trades: Vec<i32>, rounds: &[i32]) -> Lacks {
        let best = |counts: &[i32]| *counts.last().expect("at least one level");
        let startup = (best(&place) + best(&trades)).max(LEAST_WEIGHT);
        let round = best(rounds);
        // No startup weighs less than the least weight.
        let mut room = startup - LEAST_WEIGHT;
        let mut lacks = |counts: Vec<i32>| {
            let lack = |&count: &i32| (best(&counts) - count).min(room);
            let lacks: Vec<i32> = counts.iter().map(lack).collect();
            room -= lacks[0];
            lacks
        };
        Lacks {
            top: startup + round,
            startup,
            place: lacks(place),
            trades: lacks(trades),
            left: rounds.iter().map(|count| round - count).collect(),
            raised: Default::default(),
        }
    }

    /// The same, of all deals of a record together.
    fn with_raised(self, raised: &Raised) -> Lacks {
        let counts = raised.counts.each_ref();
        let best = counts.map(|counts| counts.iter().max().copied().expect("some levels"));
        let of_respect = |at: usize| counts[at].iter().map(|count| best[at] - count).collect();
        Lacks {
            top: self.top + raised.age + best.iter().sum::<i32>(),
            raised: std::array::from_fn(of_respect),
            ..self
        }
    }

    /// The same where no more than three quarters of the most count as lacking. Few lack more, and over a shorter way a slope
    /// is nearer to the points.
    fn cut(mut self) -> Lacks {
        let cut = |lacks: &mut Vec<i32>| {
            let most = lacks.iter().max().map_or(0, |most| most / 4 * 3);
            for lack in lacks {
                *lack = most.min(*lack);
            }
        };
        [&mut self.place, &mut self.trades]
            .into_iter()
            .for_each(cut);
        self.raised.iter_mut().for_each(cut);
        self
    }

    /// What one lacks who is at the lowest levels.
    fn all(&self) -> i32 {
        let most = |lacks: &Vec<i32>| lacks.iter().max().copied().unwrap_or(0);
        let raised: i32 = self.raised.iter().map(most).sum();
        self.of_startup() + self.left[0] + raised
    }

    /// The part of it that startups lack.
    fn of_startup(&self) -> i32 {
        self.place[0] + self.trades[0]
    }
}

/// The most points of deals before what their startups lack is taken off, by what their rounds come to.
#[derive(Clone, Debug, Default)]
struct ByRounds {
    /// What is added to what they come to, so that no deal at the best place and trades comes to more.
    above: i32,
    /// From 0 on, in steps of [`ByRounds::STEP`].
    points: Box<[i32]>,
}

impl ByRounds {
    /// In thousandths of a doubling.
    const STEP: i32 = 64;

    fn new(slope: Slope, lacks: &Lacks) -> ByRounds {
        let slope = Slope {
            lacks: lacks.of_startup(),
            ..slope
        };
        let last = u8::try_from(LEVELS - 1).expect("few levels");
        // Below the first and above the last nothing changes.
        let (first, last) = (similar::least(2), similar::least(last) + slope.lacks);
        let steps = (last - first) / ByRounds::STEP + 2;
        ByRounds {
            above: lacks.startup + SLACK - first,
            points: (0..steps)
                .map(|step| slope.most(first + step * ByRounds::STEP))
                .collect(),
        }
    }

    fn most(&self, rounds: Sum) -> i32 {
        let above = (similar::thousandths(rounds) + self.above).max(0);
        let step = above.unsigned_abs().div_ceil(ByRounds::STEP.unsigned_abs());
        self.points[(step as usize).min(self.points.len() - 1)]
    }
}

/// Points that a lack takes off at least.
#[derive(Clone, Copy, Debug)]
struct Slope {
    /// By level: the most points of it or of any below it.
    upto: Cells,
    /// Of a doubling.
    points: i64,
    /// All lacks together.
    lacks: i32,
}

impl Slope {
    /// The slope under which those come to fewest points, on average, who lack what is [usual](USUAL_LACK) and whose deals come
    /// to these at most.
    fn new(section: &Section, tops: &[i32], lacks: i32) -> Slope {
        let cells = section.cells(Factor::Similar);
        let all: i64 = Factor::ALL
            .into_iter()
            .map(|factor| section.range(factor))
            .sum();
        let is_worth = MUCH * section.range(Factor::Similar) >= all;
        Slope::of(cells, is_worth, tops, lacks)
    }

    /// The same, or the slope 0 where none is worth to be looked up.
    fn of(cells: &Cells, is_worth: bool, tops: &[i32], lacks: i32) -> Slope {
        let mut upto = *cells;
        for level in 2..LEVELS {
            upto[level] = upto[level].max(upto[level - 1]);
        }
        let steps = (3..).take(LEVELS - 3).map(|level: u8| {
            let step = upto[usize::from(level)] - upto[usize::from(level) - 1];
            1_000 * i64::from(step) / i64::from(similar::least(level) - similar::least(level - 1))
        });
        let steps = steps.filter(|_| is_worth);
        let slopes = [0].into_iter().chain(steps).map(|points| Slope {
            upto,
            points,
            lacks,
        });
        let usual = lacks / USUAL_LACK.1 * USUAL_LACK.0;
        let bound = |slope: &Slope| {
            let off = i64::from(slope.off(usual));
            let points = tops.iter().map(|&top| i64::from(slope.most(top)) - off);
            points.sum::<i64>()
        };
        slopes.min_by_key(bound).expect("at least one")
    }

    /// The points of deals that come to `top` at most, before what they lack is taken off.
    fn most(&self, top: i32) -> i32 {
        let lowest = top - self.lacks;
        let levels = (1..).take(LEVELS - 1);
        let reached = levels.take_while(|&level| similar::least(level) <= top);
        let points = reached.map(|level| {
            let above = i64::from(top) - i64::from(similar::least(level).max(lowest));
            i64::from(self.upto[usize::from(level)]) + (self.points * above + 999) / 1_000
        });
        let most = points.max().expect("every sum is of some level");
        i32::try_from(most).expect("points of a few sections")
    }

    /// The same for deals of which nothing is known.
    fn most_of_any(&self) -> i32 {
        let last = u8::try_from(LEVELS - 1).expect("few levels");
        self.most(similar::least(last) + self.lacks)
    }

    /// What a lack takes off.
    fn off(&self, lack: i32) -> i32 {
        i32::try_from(self.points * i64::from(lack) / 1_000).expect("points of a few sections")
    }

    /// Points by level.
    fn take(&self, lacks: &[i32]) -> Cells {
        let off = |level: usize| lacks.get(level).map_or(0, |&lack| -self.off(lack));
        std::array::from_fn(off)
    }
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::*;

    /// Points that mostly grow with the level.
    fn growing(rng: &mut Rng) -> Cells {
        let mut points = 0;
        std::array::from_fn(|_| {
            points += rng.i32(-100..600);
            points
        })
    }

    #[test]
    fn a_slope_takes_off_no_more_points_than_a_lack_does() {
        let rng = &mut Rng::with_seed(7);
        for _ in 0..3_000 {
            let cells = growing(rng);
            let (top, lacks) = (rng.i32(-9_000..20_000), rng.i32(0..24_000));
            let slope = Slope::of(&cells, rng.bool(), &[top], lacks);
            for lack in [0, lacks, rng.i32(0..=lacks)] {
                let reached = (1..16).filter(|&level| similar::least(level) <= top - lack);
                let most = reached.map(|level| cells[usize::from(level)]).max();
                assert!(slope.most(top) - slope.off(lack) >= most.unwrap());
                assert!(
                    slope.most_of_any() - slope.off(lack)
                        >= cells[1..].iter().copied().max().unwrap()
                );
            }
        }
    }

    #[test]
    fn deals_are_worth_no_more_than_what_their_rounds_come_to_says() {
        let rng = &mut Rng::with_seed(7);
        for _ in 0..3_000 {
            let cells = growing(rng);
            let counts = |rng: &mut Rng, most: i32| vec![most - rng.i32(0..6_000), most];
            let lacks = Lacks::new(counts(rng, 900), counts(rng, 400), &[0]);
            let slope = Slope::of(&cells, rng.bool(), &[4_000], lacks.all());
            let by_rounds = ByRounds::new(slope, &lacks);
            let lack = rng.i32(0..=lacks.of_startup());
            let (mut rounds, mut sum) = (0, Sum::default());
            for _ in 0..rng.u32(1..40) {
                let round = similar::weight(rng.i32(-9_000..3_000));
                rounds += u64::from(round);
                sum.add(similar::weight(lacks.startup - lack), round);
            }
            let most = by_rounds.most(Sum::of_rounds(rounds)) - slope.off(lack);
            assert!(most >= cells[usize::from(sum.level())]);
        }
    }

    #[test]
    fn points_that_grow_evenly_are_bounded_within_a_level() {
        let cells: Cells = std::array::from_fn(|level| 600 * i32::try_from(level).unwrap());
        let slope = Slope::of(&cells, true, &[5_000], 7_000);

        // From a half to one doubling above 2^-2 is the seventh level.
        assert!(slope.most(5_000) - slope.off(7_000) <= cells[7] + 600);
    }

    #[test]
    fn what_a_startup_lacks_leaves_it_the_least_weight() {
        let lacks = Lacks::new(vec![-30_000, 3_000], vec![-30_000, -20_000, 2_000], &[0]);

        assert_eq!(lacks.top - lacks.all(), LEAST_WEIGHT);
        assert!(
            lacks
                .place
                .iter()
                .chain(&lacks.trades)
                .all(|&lack| lack >= 0)
        );
    }
}
