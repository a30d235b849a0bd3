//! A column whose cells hold any number of values, in one piece of memory.

/// Cells of values: `values[starts[row]..starts[row + 1]]` is the cell of `row`.
#[derive(Debug)]
pub(crate) struct Ragged<T> {
    starts: Vec<u32>,
    values: Vec<T>,
}

impl<T> Ragged<T> {
    /// One cell per item of `cells`, in order.
    pub(crate) fn collect<C: IntoIterator<Item = T>>(
        cells: impl IntoIterator<Item = C>,
    ) -> Ragged<T> {
        let mut column = Ragged {
            starts: vec![0],
            values: Vec::new(),
        };
        for cell in cells {
            column.values.extend(cell);
            let end = u32::try_from(column.values.len()).expect("fewer than 2^32 values");
            column.starts.push(end);
        }
        column
    }

    /// The cell of `row`; behind the last one there is nothing.
    pub(crate) fn row(&self, row: usize) -> &[T] {
        match (self.starts.get(row), self.starts.get(row + 1)) {
            (Some(&start), Some(&end)) => &self.values[start as usize..end as usize],
            _ => &[],
        }
    }
}
