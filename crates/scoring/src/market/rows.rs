//! The rows of an organisation in the index.

use std::sync::Arc;

/// Numbers of rows; up to three, as almost all have, need no memory of their own.
#[derive(Clone, Debug)]
pub(super) enum Rows {
    Few(u8, [u32; 3]),
    Many(Arc<[u32]>),
}

impl Default for Rows {
    fn default() -> Rows {
        Rows::Few(0, [0; 3])
    }
}

impl Rows {
    pub(super) fn as_slice(&self) -> &[u32] {
        match self {
            Rows::Few(count, rows) => &rows[..usize::from(*count)],
            Rows::Many(rows) => rows,
        }
    }

    /// One more behind the others.
    pub(super) fn push(&mut self, row: u32) {
        match self {
            Rows::Few(count @ ..=2, rows) => {
                rows[usize::from(*count)] = row;
                *count += 1;
            }
            _ => *self = Rows::Many([self.as_slice(), &[row]].concat().into()),
        }
    }
}
