//! Values that come again and again, each kept once under a number.

use std::{borrow::Borrow, collections::HashMap, hash::Hash, ops::Index};

use foldhash::fast::FixedState;

/// Each value once, by number, in the order in which they first came.
#[derive(Clone, Debug)]
pub(crate) struct Numbered<T> {
    numbers: HashMap<T, u32, FixedState>,
    values: Vec<T>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Numbered<T> {
        Numbered {
            numbers: HashMap::default(),
            values: Vec::new(),
        }
    }
}

impl<T: Clone + Eq + Hash> Numbered<T> {
    /// The number of a value, a new one where it has none yet.
    pub(crate) fn number<Q>(&mut self, value: &Q) -> u32
    where
        T: Borrow<Q>,
        Q: Eq + Hash + ToOwned + ?Sized,
        Q::Owned: Into<T>,
    {
        if let Some(known) = self.find(value) {
            return known;
        }
        let next = u32::try_from(self.values.len()).expect("fewer than 2^32");
        let value: T = value.to_owned().into();
        self.values.push(value.clone());
        self.numbers.insert(value, next);
        next
    }

    /// The number of a value that has one.
    pub(crate) fn find<Q: Eq + Hash + ?Sized>(&self, value: &Q) -> Option<u32>
    where
        T: Borrow<Q>,
    {
        self.numbers.get(value).copied()
    }

    /// How many numbers there are.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The values, in the order of their numbers.
    pub(crate) fn values(&self) -> &[T] {
        &self.values
    }

    /// Bytes it takes, without what the values point to.
    pub(crate) fn bytes(&self) -> usize {
        let entries = self.numbers.capacity() * size_of::<(T, u32)>();
        size_of_val(&self.values[..]) + entries
    }
}

impl<T> Index<u32> for Numbered<T> {
    type Output = T;

    fn index(&self, number: u32) -> &T {
        &self.values[number as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_keeps_the_number_it_first_got() {
        let mut words: Numbered<Box<str>> = Numbered::default();

        let numbers = ["a", "b", "a", "c", "b"].map(|word| words.number(word));

        assert_eq!(numbers, [0, 1, 0, 2, 1]);
        assert_eq!((words.find("c"), words.find("d")), (Some(2), None));
        assert_eq!((&*words[1], words.len()), ("b", 3));
    }
}
