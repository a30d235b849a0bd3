//! How good rankings are: the measures of an evaluation, with their bootstrap intervals.
//!
//! The definitions are those of information retrieval as they are used for recommenders; ties count at their mean rank, so
//! that an order which the points do not give earns nothing.

use fastrand::Rng;

/// The measures of one question, or their means over many.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measures {
    /// Share of the right answers among the first 20.
    pub recall20: f64,
    /// Share of the right answers among the first 100.
    pub recall100: f64,
    /// Normalised discounted cumulative gain of the first 20, with gain 1 per right answer: Σ 1/log₂(1 + rank), over what
    /// the best order would have. Source: Järvelin and Kekäläinen 2002.
    pub ndcg20: f64,
    /// 1 / rank of the first right answer.
    pub mrr: f64,
    /// Whether one of the first 10 is right.
    pub hit10: f64,
    /// Whether the first is right.
    pub hit1: f64,
    /// Whether one of the first 5 is right.
    pub hit5: f64,
}

impl Measures {
    /// How many measures there are.
    const COUNT: usize = 7;

    /// Their names, in the order of [`Measures::values`].
    pub const NAMES: [&str; Measures::COUNT] = [
        "recall20",
        "recall100",
        "ndcg20",
        "mrr",
        "hit10",
        "hit1",
        "hit5",
    ];

    /// The measures of one question: `ranks` are those of its right answers, from 1; none is worth nothing.
    pub fn of(ranks: &[f64]) -> Measures {
        let count = ranks.len();
        if count == 0 {
            return Measures::default();
        }
        let within = |most: f64| ranks.iter().filter(|&&rank| rank <= most).count();
        let share = |most: f64| ratio(within(most), count);
        let hit = |most: f64| f64::from(u8::from(within(most) > 0));
        let gain = |rank: f64| 1.0 / (1.0 + rank).log2();
        let gained: f64 = ranks
            .iter()
            .filter(|&&rank| rank <= 20.0)
            .map(|&r| gain(r))
            .sum();
        let ideal: f64 = (1..=count.min(1000)).map(|rank| gain(ratio(rank, 1))).sum();
        Measures {
            recall20: share(20.0),
            recall100: share(100.0),
            ndcg20: gained / ideal,
            mrr: 1.0 / ranks.iter().copied().fold(f64::INFINITY, f64::min),
            hit10: hit(10.0),
            hit1: hit(1.0),
            hit5: hit(5.0),
        }
    }

    /// The measures by number, named by [`Measures::NAMES`].
    pub fn values(&self) -> [f64; Measures::COUNT] {
        let Measures {
            recall20,
            recall100,
            ndcg20,
            mrr,
            hit10,
            hit1,
            hit5,
        } = *self;
        [recall20, recall100, ndcg20, mrr, hit10, hit1, hit5]
    }
}

/// The ranks of the right answers among all points of one question, from 1; equal points share their mean rank.
pub fn ranks(points: &[i32], right: &[usize]) -> Vec<f64> {
    let rank = |&answer: &usize| {
        let own = points[answer];
        let above = points.iter().filter(|&&other| other > own).count();
        let equal = points.iter().filter(|&&other| other == own).count();
        ratio(2 * above + equal + 1, 2)
    };
    right.iter().map(rank).collect()
}

/// A mean with the interval in which 95 of 100 resamples of the questions have it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Over the questions as they are.
    pub mean: f64,
    /// 2.5 % of the resamples lie below.
    pub low: f64,
    /// 2.5 % of the resamples lie above.
    pub high: f64,
}

/// Resamples for an interval.
const RESAMPLES: usize = 1_000;

/// The intervals of all measures, by bootstrap over questions; the same for the same `seed`. None without questions.
pub fn intervals(questions: &[Measures], seed: u64) -> Option<[Interval; Measures::COUNT]> {
    let count = questions.len();
    if count == 0 {
        return None;
    }
    let values: Vec<_> = questions.iter().map(Measures::values).collect();
    let mut rng = Rng::with_seed(seed);
    let mut resamples = vec![[0.0; Measures::COUNT]; RESAMPLES];
    for sums in &mut resamples {
        for _ in 0..count {
            add(sums, &values[rng.usize(..count)]);
        }
    }
    let mut whole = [0.0; Measures::COUNT];
    for question in &values {
        add(&mut whole, question);
    }
    Some(std::array::from_fn(|measure| {
        let mut means: Vec<f64> = resamples.iter().map(|sums| sums[measure]).collect();
        means.sort_by(f64::total_cmp);
        let scaled = |sum: f64| sum / ratio(count, 1);
        Interval {
            mean: scaled(whole[measure]),
            low: scaled(means[RESAMPLES / 40]),
            high: scaled(means[RESAMPLES - 1 - RESAMPLES / 40]),
        }
    }))
}

fn add(sums: &mut [f64; Measures::COUNT], values: &[f64; Measures::COUNT]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value;
    }
}

/// Who is shown how often: the spread of the first places of many lists over all who could have had them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exposure {
    /// Share of candidates that are in at least one list.
    pub coverage: f64,
    /// Gini coefficient of the number of lists a candidate is in: 0 where all are in as many, near 1 where few are in all.
    pub gini: f64,
    /// Share of all places that the most shown hundredth of the candidates has.
    pub top1pct_share: f64,
}

/// The exposure of candidates that are in so many lists each. None without candidates or without places.
pub fn exposure(shown: &[u32]) -> Option<Exposure> {
    let mut sorted = shown.to_vec();
    sorted.sort_unstable();
    let (count, places) = (
        sorted.len(),
        sorted.iter().map(|&n| u64::from(n)).sum::<u64>(),
    );
    if places == 0 {
        return None;
    }
    let places = f64::from(u32::try_from(places).unwrap_or(u32::MAX));
    let n = ratio(count, 1);
    let weighted: f64 = (1..)
        .zip(&sorted)
        .map(|(place, &shown)| (2.0 * ratio(place, 1) - n - 1.0) * f64::from(shown))
        .sum();
    let most = sorted.iter().rev().take((count / 100).max(1));
    Some(Exposure {
        coverage: ratio(sorted.iter().filter(|&&shown| shown > 0).count(), count),
        gini: weighted / (n * places),
        top1pct_share: most.map(|&shown| f64::from(shown)).sum::<f64>() / places,
    })
}

/// `over / under` of counts.
fn ratio(over: usize, under: usize) -> f64 {
    let float = |count| f64::from(u32::try_from(count).expect("counts are below 2^32"));
    float(over) / float(under)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(is: f64, expect: f64) {
        assert!((is - expect).abs() < 1e-12, "{is} is not {expect}");
    }

    #[test]
    fn equal_points_share_their_mean_rank() {
        assert_eq!(ranks(&[5, 9, 5, 1, 5], &[1, 2, 3]), [1.0, 3.0, 5.0]);
    }

    #[test]
    fn a_perfect_order_has_the_whole_gain_and_a_late_answer_a_part() {
        check(Measures::of(&[1.0, 2.0]).ndcg20, 1.0);
        check(Measures::of(&[3.0]).ndcg20, 0.5);
        check(Measures::of(&[2.0, 30.0]).recall20, 0.5);
        check(Measures::of(&[2.0, 30.0]).mrr, 0.5);
        check(Measures::of(&[21.0]).ndcg20, 0.0);
    }

    #[test]
    fn an_interval_holds_the_mean_and_is_the_same_for_the_same_seed() {
        let questions: Vec<Measures> = (1..60u8).map(|r| Measures::of(&[f64::from(r)])).collect();
        let once = intervals(&questions, 7).unwrap();

        assert_eq!(Some(once), intervals(&questions, 7));
        assert_ne!(Some(once), intervals(&questions, 8));
        assert!(once.iter().all(|i| i.low <= i.mean && i.mean <= i.high));
        check(once[0].mean, 20.0 / 59.0);
    }

    #[test]
    fn exposure_is_even_where_all_are_shown_alike_and_not_where_one_has_all() {
        let even = exposure(&[3; 200]).unwrap();
        check(even.gini, 0.0);
        check(even.coverage, 1.0);
        check(even.top1pct_share, 0.01);

        let mut one = vec![0; 100];
        one[40] = 50;
        let alone = exposure(&one).unwrap();
        check(alone.gini, 0.99);
        check(alone.top1pct_share, 1.0);
        assert_eq!(exposure(&[0, 0]), None);
    }
}
