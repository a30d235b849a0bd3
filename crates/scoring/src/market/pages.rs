//! A list that a changed copy of it shares all pages with but the changed ones.
//!
//! ```text
//! folders   [ • • • ]            copied whole with the list: one pointer for 8,192 values
//!               └─ pages   [ • • • … ]      copied where a value of the folder changes: 256 pointers
//!                              └─ values   [ a b c … ]      copied where one of them changes: 32 values
//! ```

use std::sync::Arc;

/// Values by number, cheap to clone and to change in a few places.
#[derive(Clone, Debug)]
pub(crate) struct Pages<T> {
    folders: Vec<Arc<Folder<T>>>,
    len: usize,
}

type Folder<T> = Vec<Arc<Vec<T>>>;

/// Values of a page.
const PAGE: usize = 32;

/// Values of a folder.
const FOLDER: usize = 256 * PAGE;

impl<T: Clone> Pages<T> {
    pub(crate) fn collect(values: impl IntoIterator<Item = T>) -> Pages<T> {
        let mut pages = Pages {
            folders: Vec::new(),
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
        let folder = self.folders.get(at / FOLDER)?;
        folder.get(at % FOLDER / PAGE)?.get(at % PAGE)
    }

    /// The value at a place that there is, to be changed.
    pub(crate) fn at_mut(&mut self, at: usize) -> &mut T {
        let folder = Arc::make_mut(&mut self.folders[at / FOLDER]);
        &mut Arc::make_mut(&mut folder[at % FOLDER / PAGE])[at % PAGE]
    }

    pub(crate) fn push(&mut self, value: T) {
        if self.len.is_multiple_of(FOLDER) {
            self.folders.push(Arc::default());
        }
        let folder = Arc::make_mut(self.folders.last_mut().expect("a folder with room"));
        if self.len.is_multiple_of(PAGE) {
            folder.push(Arc::new(Vec::with_capacity(PAGE)));
        }
        Arc::make_mut(folder.last_mut().expect("a page with room")).push(value);
        self.len += 1;
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        let pages = self.folders.iter().flat_map(|folder| folder.iter());
        pages.flat_map(|page| page.iter())
    }

    /// Bytes it takes, without what the values point to.
    pub(crate) fn bytes(&self) -> usize {
        self.len * size_of::<T>() + self.len.div_ceil(PAGE) * size_of::<(usize, usize, Vec<T>)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_leaves_the_list_it_came_from_as_it_was() {
        let before = Pages::collect(0..30_000);
        let mut after = before.clone();

        *after.at_mut(20_000) = 7;
        after.push(8);

        assert!(before.iter().copied().eq(0..30_000));
        assert_eq!((after.get(20_000), after.get(30_000)), (Some(&7), Some(&8)));
        assert_eq!((after.len(), before.get(30_000)), (30_001, None));
        let shared = std::iter::zip(&before.folders, &after.folders)
            .map(|(before, after)| Arc::ptr_eq(before, after));
        assert_eq!(shared.collect::<Vec<_>>(), [true, true, false, false]);
        assert!(Arc::ptr_eq(&before.folders[2][0], &after.folders[2][0]));
    }
}
