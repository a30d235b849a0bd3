//! Where the cells of likeness stand in one row of numbers, while they are learned.

use crate::{card::Likeness, factors::similar::Respect};

/// Where the cells of each respect stand among all.
#[derive(Debug)]
pub(super) struct Cells {
    first: [usize; Respect::ALL.len()],
    pub(super) count: usize,
}

impl Cells {
    pub(super) fn new() -> Cells {
        let mut count = 0;
        let first = Respect::ALL.map(|respect| {
            let first = count;
            count += of_respect(respect);
            first
        });
        Cells { first, count }
    }

    /// The cell for whatever is asked for, and the one for what is; none where it makes no difference.
    fn of(&self, respect: Respect, asked: u8, of_deal: u8) -> (usize, Option<usize>) {
        let (first, columns) = (self.first[respect as usize], respect.of_deal().len());
        let any = first + usize::from(of_deal);
        let own = !respect.asked().is_empty();
        (any, own.then(|| any + (1 + usize::from(asked)) * columns))
    }

    /// What a deal that is `of_deal` weighs where `asked` is asked for, as a logarithm.
    pub(super) fn value(&self, values: &[f32], respect: Respect, asked: u8, of_deal: u8) -> f32 {
        let (any, own) = self.of(respect, asked, of_deal);
        values[any] + own.map_or(0.0, |own| values[own])
    }

    pub(super) fn add(
        &self,
        slope: &mut [f64],
        (respect, asked, of_deal): (Respect, u8, u8),
        part: f32,
    ) {
        let (any, own) = self.of(respect, asked, of_deal);
        slope[any] += f64::from(part);
        if let Some(own) = own {
            slope[own] += f64::from(part);
        }
    }

    /// In thousandths of a doubling, a sum of e^`middle` being 1.
    pub(super) fn likeness(&self, values: &[f32], middle: f32) -> Likeness {
        let thousandths = |cell: f32| {
            #[expect(clippy::cast_possible_truncation, reason = "a few thousand")]
            let rounded = (1000.0 * cell / std::f32::consts::LN_2).round() as i32;
            rounded
        };
        Likeness::of(|respect| {
            let first = self.first[respect as usize];
            let shift = if respect == Respect::Age { middle } else { 0.0 };
            (first..first + of_respect(respect))
                .map(|place| thousandths(values[place] - shift))
                .collect()
        })
    }
}

/// How many cells a respect has.
fn of_respect(respect: Respect) -> usize {
    (1 + respect.asked().len()) * respect.of_deal().len()
}
