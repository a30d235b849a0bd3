//! Which numbers belong to a key; a changed copy shares all but what changed.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use super::pages::Pages;

/// Pairs of a key and a number, found by key. Each pair is kept once.
#[derive(Clone, Debug)]
pub(crate) struct Pairs<K> {
    /// By the hash of the key; each in order. So many that a few pairs are in each.
    shards: Pages<Shard<K>>,
    len: usize,
}

type Shard<K> = Arc<[(K, u32)]>;

/// Pairs of a shard when it is made; with four times as many there are to be more shards.
const USUAL: usize = 8;

impl<K: Copy + Ord + Hash> Pairs<K> {
    pub(crate) fn collect(pairs: impl IntoIterator<Item = (K, u32)>) -> Pairs<K> {
        let pairs: Vec<(K, u32)> = pairs.into_iter().collect();
        let shards = (pairs.len() / USUAL).max(1).next_power_of_two();
        let with_shards = pairs.into_iter().map(|pair| (shard(&pair.0, shards), pair));
        let pairs = crate::sorted(with_shards.collect());
        let mut rest = &pairs[..];
        let shard = |at| {
            let (here, behind) = rest.split_at(rest.partition_point(|&(shard, _)| shard <= at));
            rest = behind;
            here.iter().map(|&(_, pair)| pair).collect()
        };
        Pairs {
            shards: Pages::collect((0..shards).map(shard)),
            len: pairs.len(),
        }
    }

    /// How many pairs there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The numbers of a key, in order.
    pub(crate) fn of(&self, key: K) -> impl Iterator<Item = u32> {
        let at = shard(&key, self.shards.len());
        let shard = self.shards.get(at).expect("there is at least one");
        let from = shard.partition_point(|pair| pair.0 < key);
        let of_key = shard[from..].iter().take_while(move |pair| pair.0 == key);
        of_key.map(|pair| pair.1)
    }

    pub(crate) fn add(&mut self, key: K, number: u32) {
        let at = shard(&key, self.shards.len());
        let shard = self.shards.at_mut(at);
        if let Err(place) = shard.binary_search(&(key, number)) {
            let (before, behind) = shard.split_at(place);
            *shard = [before, &[(key, number)], behind].concat().into();
            self.len += 1;
        }
        if self.len > 4 * USUAL * self.shards.len() {
            *self = Pairs::collect(self.iter());
        }
    }

    pub(crate) fn remove(&mut self, key: K, number: u32) {
        let at = shard(&key, self.shards.len());
        let shard = self.shards.at_mut(at);
        if let Ok(place) = shard.binary_search(&(key, number)) {
            *shard = [&shard[..place], &shard[place + 1..]].concat().into();
            self.len -= 1;
        }
    }

    fn iter(&self) -> impl Iterator<Item = (K, u32)> {
        self.shards.iter().flat_map(|shard| shard.iter().copied())
    }

    /// Bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        let counts = size_of::<usize>() * 2 * self.shards.len();
        self.len * size_of::<(K, u32)>() + counts + self.shards.bytes()
    }
}

/// In which of so many shards a key is.
fn shard(key: &impl Hash, shards: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    let shards = u64::try_from(shards).expect("fewer than 2^64");
    usize::try_from(hasher.finish() % shards).expect("below a number of shards")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn pairs_that_were_added_and_removed_are_those_of_a_set() {
        let rng = &mut fastrand::Rng::with_seed(3);
        let mut set: BTreeSet<(u64, u32)> = (0..50).map(|at| (at % 20, 1)).collect();
        let first = Pairs::collect(set.iter().copied());
        let mut pairs = first.clone();
        for _ in 0..5_000 {
            let pair = (rng.u64(0..300), rng.u32(0..3));
            if rng.u8(0..3) == 0 {
                set.remove(&pair);
                pairs.remove(pair.0, pair.1);
            } else {
                set.insert(pair);
                pairs.add(pair.0, pair.1);
            }
        }

        for key in 0..300 {
            let expected = set.range((key, 0)..(key + 1, 0)).map(|pair| pair.1);
            assert!(pairs.of(key).eq(expected), "{key}");
        }
        assert_eq!((pairs.len(), first.len()), (set.len(), 20));
    }
}
