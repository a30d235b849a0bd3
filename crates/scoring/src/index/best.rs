//! The k best rows seen so far, one for each owner.

use std::{cmp::Ordering, collections::HashSet};

use foldhash::fast::FixedState;

use super::lanes::{Line, STRIP, WORDS};

/// A row with its points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The points of the row.
    pub points: i32,
    /// Its tie key: of rows with equal points the one with the lower key comes first.
    pub tie_key: u32,
    /// Whose row it is.
    pub owner: u32,
    /// Its number in the index.
    pub row: u32,
    /// Its class.
    pub class: u32,
    /// Which of the plans gives it these points.
    pub plan: u32,
}

/// The id of an owner: decides between equal points and equal tie keys, lower first.
pub type Ids<'a> = &'a dyn Fn(u32) -> u128;

/// Writes the points of some rows, where those of their plan are but a bound: of what was found with the bound for its
/// points, and the least points that are of use. Never more than the bound; where they are of no use, any fewer than the
/// least do as well.
pub type Exact<'a> = &'a dyn Fn(&mut [Found], i32);

/// A place in a list: points, tie key and id of an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// More come first.
    pub points: i32,
    /// Lower comes first.
    pub tie_key: u32,
    /// Lower comes first.
    pub id: u128,
}

impl Place {
    /// `Less` where `found` stands nearer to the head of a list than this place.
    fn order(&self, found: &Found, ids: Ids<'_>) -> Ordering {
        (self.points.cmp(&found.points))
            .then(found.tie_key.cmp(&self.tie_key))
            .then_with(|| ids(found.owner).cmp(&self.id))
    }
}

/// What a row must reach to be of any use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Floor {
    /// Fewer are of no use.
    pub(super) points: i32,
    /// With just these points, a higher key is of no use.
    pub(super) tie_key: u32,
}

impl Floor {
    /// Every row reaches it.
    const NONE: Floor = Floor {
        points: i32::MIN,
        tie_key: u32::MAX,
    };

    /// Hardly a row does.
    const HIGHEST: Floor = Floor {
        points: i32::MAX,
        tie_key: 0,
    };
}

/// Takes rows that reach its floor; which it rejects it says by the next floor.
pub(super) trait Sink {
    fn floor(&self) -> Floor;
    fn offer(&mut self, found: Found);

    /// Points that some rows of a strip reach, though not many: those are best offered before the others.
    fn guess(&self, _found: &Line, _points: &[i32; STRIP]) -> Option<i32> {
        None
    }
}

/// The k best rows that come after a place and are not of certain owners.
///
/// A short list is kept in order, each row put in its place. A long one, where that would take as many steps as it has
/// rows, is sorted when it has twice as many as are wanted, and at last.
pub(super) struct Best<'a> {
    k: usize,
    after: Option<Place>,
    gone: &'a HashSet<u32>,
    ids: Ids<'a>,
    /// Of a short list: best first, each owner once.
    list: Vec<Found>,
    /// Of a short list: the key of each; the better is the greater, but for ids.
    keys: Vec<u64>,
    floor: Floor,
}

/// So many rows are a short list.
const SHORT: usize = 512;

/// Points and tie key in one number, the better the greater.
fn key(points: i32, tie_key: u32) -> u64 {
    let points = points.cast_unsigned() ^ (1 << 31);
    u64::from(points) << 32 | u64::from(!tie_key)
}

impl<'a> Best<'a> {
    pub(super) fn new(
        k: usize,
        after: Option<Place>,
        gone: &'a HashSet<u32>,
        ids: Ids<'a>,
    ) -> Best<'a> {
        Best {
            k,
            after,
            gone,
            ids,
            list: Vec::with_capacity(k.min(SHORT) + 1),
            keys: Vec::with_capacity(k.min(SHORT) + 1),
            floor: if k == 0 { Floor::HIGHEST } else { Floor::NONE },
        }
    }

    pub(super) fn into_list(mut self) -> Vec<Found> {
        if self.k > SHORT {
            self.sort();
        }
        self.list
    }

    /// Sorts a long list: each owner once, and no more rows than are wanted.
    fn sort(&mut self) {
        let order = |a: &Found, b: &Found| {
            let keys = key(b.points, b.tie_key).cmp(&key(a.points, a.tie_key));
            let id = |found: &Found| ((self.ids)(found.owner), found.plan, found.row);
            keys.then_with(|| id(a).cmp(&id(b)))
        };
        self.list.sort_unstable_by(order);
        let mut owners = HashSet::with_capacity_and_hasher(self.list.len(), FixedState::default());
        self.list.retain(|found| owners.insert(found.owner));
        self.list.truncate(self.k);
        self.raise();
    }

    /// Raises the floor to the last row, where there are as many as are wanted.
    fn raise(&mut self) {
        if let Some(last) = self.list.last().filter(|_| self.list.len() == self.k) {
            self.floor = Floor {
                points: last.points,
                tie_key: last.tie_key,
            };
        }
    }

    /// Where `found` belongs. Of two rows of one owner the lower plan, then the lower row, comes first.
    fn place_of(&self, found: &Found) -> usize {
        // Counting all without a branch is faster than a search whose every step is a surprise.
        let key = key(found.points, found.tie_key);
        let better = self
            .keys
            .iter()
            .map(|&other| usize::from(other > key))
            .sum();
        let order = |found: &Found| ((self.ids)(found.owner), found.plan, found.row);
        let ties = self.keys[better..].iter().zip(&self.list[better..]);
        let before = ties.take_while(|&(&other, tie)| other == key && order(tie) < order(found));
        better + before.count()
    }
}

impl Sink for Best<'_> {
    #[inline]
    fn floor(&self) -> Floor {
        self.floor
    }

    /// While the list is not full there is no floor, and every row would go in and out of it. In each group of 16
    /// rows one is the best: what the k-th of these has, k rows have.
    fn guess(&self, found: &Line, points: &[i32; STRIP]) -> Option<i32> {
        const GROUPS: usize = 2 * WORDS;
        if self.list.len() == self.k || self.k > GROUPS {
            return None;
        }
        let mut best = [i32::MIN; GROUPS];
        for (group, points) in points.as_chunks::<16>().0.iter().enumerate() {
            let bits = found.0[group / 2] >> (16 * (group % 2));
            for (row, &points) in points.iter().enumerate() {
                let points = if bits >> row & 1 == 1 {
                    points
                } else {
                    i32::MIN
                };
                best[group] = points.max(best[group]);
            }
        }
        best.sort_unstable();
        Some(best[GROUPS - self.k])
    }

    fn offer(&mut self, found: Found) {
        let floor = self.floor;
        if found.points < floor.points
            || found.points == floor.points && found.tie_key > floor.tie_key
            || self.k == 0
        {
            return;
        }
        let is_before = |place: Place| place.order(&found, self.ids) != Ordering::Greater;
        if self.after.is_some_and(is_before) || self.gone.contains(&found.owner) {
            return;
        }
        if self.k > SHORT {
            self.list.push(found);
            if self.list.len() / 2 >= self.k {
                self.sort();
            }
            return;
        }
        let (at, key) = (self.place_of(&found), key(found.points, found.tie_key));
        let of_owner = |other: &Found| other.owner == found.owner;
        match self.list.iter().position(of_owner) {
            Some(better) if better < at => {}
            Some(worse) => {
                self.list[at..=worse].rotate_right(1);
                self.keys[at..=worse].rotate_right(1);
                (self.list[at], self.keys[at]) = (found, key);
            }
            None => {
                self.list.insert(at, found);
                self.keys.insert(at, key);
                self.list.truncate(self.k);
                self.keys.truncate(self.k);
            }
        }
        self.raise();
    }
}

/// The most points that the rows of each owner have; none of those without a row.
pub(super) struct Most {
    pub(super) by_owner: Vec<Option<i32>>,
}

impl Sink for Most {
    fn floor(&self) -> Floor {
        Floor::NONE
    }

    fn offer(&mut self, found: Found) {
        let most = &mut self.by_owner[found.owner as usize];
        *most = Some(found.points).max(*most);
    }
}

/// The owners whose best row does not come after a place: an earlier page has shown them.
pub(super) struct Shown<'a> {
    pub(super) place: Place,
    pub(super) ids: Ids<'a>,
    pub(super) owners: HashSet<u32>,
}

impl Sink for Shown<'_> {
    fn floor(&self) -> Floor {
        Floor {
            points: self.place.points,
            tie_key: self.place.tie_key,
        }
    }

    fn offer(&mut self, found: Found) {
        if self.place.order(&found, self.ids) != Ordering::Greater {
            self.owners.insert(found.owner);
        }
    }
}
