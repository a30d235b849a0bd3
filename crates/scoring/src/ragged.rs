//! A column whose cells hold any number of values, in one piece of memory.

use std::ops::Range;

/// Cells of values: `values[starts[row]..starts[row + 1]]` is the cell of `row`.
#[derive(Clone, Debug)]
pub(crate) struct Ragged<T> {
    starts: Vec<u32>,
    values: Vec<T>,
}

impl<T> Default for Ragged<T> {
    fn default() -> Ragged<T> {
        Ragged {
            starts: vec![0],
            values: Vec::new(),
        }
    }
}

impl<T> Ragged<T> {
    /// One cell per item of `cells`, in order.
    pub(crate) fn collect<C: IntoIterator<Item = T>>(
        cells: impl IntoIterator<Item = C>,
    ) -> Ragged<T> {
        let mut column = Ragged::default();
        for cell in cells {
            column.push(cell);
        }
        column
    }

    /// One more cell.
    pub(crate) fn push(&mut self, cell: impl IntoIterator<Item = T>) {
        self.values.extend(cell);
        self.starts.push(end(&self.values));
    }

    /// The cells of several, one after the other.
    pub(crate) fn concat(parts: Vec<Ragged<T>>) -> Ragged<T> {
        let mut parts = parts.into_iter();
        let mut whole = parts.next().unwrap_or_default();
        for part in parts {
            let first = end(&whole.values);
            whole.values.extend(part.values);
            whole
                .starts
                .extend(part.starts[1..].iter().map(|start| first + start));
        }
        whole
    }

    /// How many cells there are.
    pub(crate) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The cell of `row`; behind the last one there is nothing.
    pub(crate) fn row(&self, row: usize) -> &[T] {
        &self.values[self.places(row)]
    }

    /// The values of all cells, one cell after the other.
    pub(crate) fn values(&self) -> &[T] {
        &self.values
    }

    /// Where the values of a cell stand among all.
    pub(crate) fn places(&self, row: usize) -> Range<usize> {
        match (self.starts.get(row), self.starts.get(row + 1)) {
            (Some(&start), Some(&end)) => start as usize..end as usize,
            _ => 0..0,
        }
    }

    /// Bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&self.starts[..]) + size_of_val(&self.values[..])
    }
}

impl<T: Copy> Ragged<T> {
    /// `rows` cells of what comes with the number of a row, each in the order in which it comes.
    pub(crate) fn group(rows: usize, values: impl Iterator<Item = (u32, T)> + Clone) -> Ragged<T> {
        let mut starts = vec![0; rows + 1];
        for (row, _) in values.clone() {
            starts[row as usize + 1] += 1;
        }
        for row in 0..rows {
            starts[row + 1] += starts[row];
        }
        let Some((_, any)) = values.clone().next() else {
            return Ragged {
                starts,
                values: Vec::new(),
            };
        };
        let mut next = starts.clone();
        let mut grouped = vec![any; starts[rows] as usize];
        for (row, value) in values {
            let at = &mut next[row as usize];
            grouped[*at as usize] = value;
            *at += 1;
        }
        Ragged {
            starts,
            values: grouped,
        }
    }
}

fn end<T>(values: &[T]) -> u32 {
    u32::try_from(values.len()).expect("fewer than 2^32 values")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_grouped_by_row_in_the_order_in_which_they_come() {
        let values = [(2, 'a'), (0, 'b'), (2, 'c')];

        let grouped = Ragged::group(4, values.into_iter());
        let parts = vec![
            Ragged::collect([vec!['b']]),
            Ragged::collect([vec![], vec!['a', 'c'], vec![]]),
        ];

        for row in 0..5 {
            assert_eq!(grouped.row(row), Ragged::concat(parts.clone()).row(row));
        }
        assert_eq!(grouped.row(2), ['a', 'c']);
    }
}
