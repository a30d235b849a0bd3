//! A list that a changed copy of it shares all pages with but the changed ones.

use std::sync::Arc;

/// Values by number, cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Pages<T> {
    pages: Vec<Arc<Vec<T>>>,
    len: usize,
}

/// Values of a page.
const PAGE: usize = 1024;

impl<T: Clone> Pages<T> {
    pub(crate) fn collect(values: impl IntoIterator<Item = T>) -> Pages<T> {
        let mut pages = Pages {
            pages: Vec::new(),
            len: 0,
        };
        for value in values {
            pages.push(value);
        }
        pages
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        self.pages.get(at / PAGE)?.get(at % PAGE)
    }

    /// The value at a place that there is, to be changed.
    pub(crate) fn at_mut(&mut self, at: usize) -> &mut T {
        &mut Arc::make_mut(&mut self.pages[at / PAGE])[at % PAGE]
    }

    pub(crate) fn push(&mut self, value: T) {
        if self.len.is_multiple_of(PAGE) {
            self.pages.push(Arc::new(Vec::with_capacity(PAGE)));
        }
        let last = self.pages.last_mut().expect("a page with room");
        Arc::make_mut(last).push(value);
        self.len += 1;
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        self.pages.iter().flat_map(|page| page.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_leaves_the_list_it_came_from_as_it_was() {
        let before = Pages::collect(0..3000);
        let mut after = before.clone();

        *after.at_mut(2000) = 7;
        after.push(8);

        assert!(before.iter().copied().eq(0..3000));
        assert_eq!((after.get(2000), after.get(3000)), (Some(&7), Some(&8)));
        assert_eq!((after.len(), before.get(3000)), (3001, None));
        assert!(Arc::ptr_eq(&before.pages[0], &after.pages[0]));
    }
}
