//! What a row can hold, and which bitmap stands for what.

use std::{collections::HashMap, sync::Arc};

/// A level has at most this number, so that there are sixteen.
pub const LEVEL_MAX: u8 = 15;

/// The bitmap of the rows that are alive.
pub(super) const LIVE: u32 = 0;
/// The bitmap of no row at all.
pub(super) const NOTHING: u32 = 1;

/// A column of codes of one axis, whose levels nest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nested(pub(super) u16);

/// A column of numbers from 0 to 15.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Narrow(pub(super) u16);

/// A property that a row has or lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag(pub(super) u32);

/// The columns of an index. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Layout {
    pub(super) axes: Vec<Arc<Axis>>,
    pub(super) narrow: u16,
    pub(super) bitmaps: u32,
}

/// What is known of a column of codes.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    /// `levels[value][code]`.
    levels: Vec<Vec<u8>>,
    /// By value: the bitmaps of the rows at level 1, 2 … or more; what is missing at the end is [`NOTHING`].
    at_least: Vec<Box<[u32]>>,
    /// By code: the bitmaps of the sets that hold it.
    pub(super) bitmaps: Vec<Box<[u32]>>,
}

impl Default for Layout {
    fn default() -> Layout {
        Layout {
            axes: Vec::new(),
            narrow: 0,
            bitmaps: NOTHING + 1,
        }
    }
}

impl Layout {
    /// A column of codes. `levels[value][code]`, at most [`LEVEL_MAX`], says how near `code` lies to `value`; a row is
    /// as near as the nearest of its codes, and at level 0 without codes.
    ///
    /// # Panics
    /// If the rows of `levels` have different lengths or a level is too high.
    pub fn nested(&mut self, levels: Vec<Vec<u8>>) -> Nested {
        let codes = levels.first().map_or(0, Vec::len);
        let mut sets: HashMap<Vec<u16>, u32> = HashMap::new();
        let mut bitmaps = vec![Vec::new(); codes];
        let mut at_least = Vec::new();
        for levels in &levels {
            assert_eq!(levels.len(), codes, "one level for each code");
            let highest = levels.iter().copied().max().unwrap_or(0);
            assert!(highest <= LEVEL_MAX, "level {highest} is too high");
            let nest = (1..=highest).map(|least| {
                let with_codes = (0u16..).zip(levels);
                let near = with_codes.filter(|&(_, &level)| level >= least);
                let set: Vec<u16> = near.map(|(code, _)| code).collect();
                *sets.entry(set).or_insert_with_key(|set| {
                    let bitmap = self.bitmaps;
                    self.bitmaps += 1;
                    for &code in set {
                        bitmaps[usize::from(code)].push(bitmap);
                    }
                    bitmap
                })
            });
            at_least.push(nest.collect());
        }
        self.axes.push(Arc::new(Axis {
            levels,
            at_least,
            bitmaps: bitmaps.into_iter().map(Vec::into).collect(),
        }));
        Nested(u16::try_from(self.axes.len() - 1).expect("few columns"))
    }

    /// A column of numbers.
    pub fn narrow(&mut self) -> Narrow {
        self.narrow += 1;
        Narrow(self.narrow - 1)
    }

    /// A property.
    pub fn flag(&mut self) -> Flag {
        self.bitmaps += 1;
        Flag(self.bitmaps - 1)
    }

    /// How near `code` lies to `value`.
    pub fn level(&self, column: Nested, value: u16, code: u16) -> u8 {
        self.axes[usize::from(column.0)].levels[usize::from(value)][usize::from(code)]
    }

    /// The highest level for `value`.
    pub(super) fn steps(&self, column: Nested, value: u16) -> usize {
        self.axes[usize::from(column.0)].at_least[usize::from(value)].len()
    }

    /// The bitmap of the rows whose level for `value` is `least` or higher.
    pub(super) fn bitmap(&self, column: Nested, value: u16, least: u8) -> u32 {
        if least == 0 {
            return LIVE;
        }
        let nest = &self.axes[usize::from(column.0)].at_least[usize::from(value)];
        nest.get(usize::from(least) - 1).copied().unwrap_or(NOTHING)
    }
}

/// What one row holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// Whose row it is: a list shows each owner once, with its best row.
    pub owner: u32,
    /// Decides between equal points, lower first; the same for all rows of an owner.
    pub tie_key: u32,
    /// What else it is, for whom points are worked out that no column holds: of no meaning here.
    pub class: u32,
    /// The column and the code, in any order.
    pub codes: Vec<(Nested, u16)>,
    /// The properties it has.
    pub flags: Vec<Flag>,
    /// By column of numbers; what is missing is 0.
    pub numbers: Vec<u8>,
    /// Terms that its record speaks of, each once, with its level, be it the one that its number says.
    pub exceptions: Vec<(u32, u8)>,
    /// Terms that it is asked for itself, each once, and how many twelfths of the row are that.
    pub labels: Vec<(u32, u8)>,
}

impl Values {
    /// Has this number in a column.
    pub fn set_number(&mut self, column: Narrow, number: u8) {
        let at = usize::from(column.0);
        if self.numbers.len() <= at {
            self.numbers.resize(at + 1, 0);
        }
        self.numbers[at] = number;
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.owner = 0;
        self.tie_key = 0;
        self.class = 0;
        self.codes.clear();
        self.flags.clear();
        self.numbers.clear();
        self.exceptions.clear();
        self.labels.clear();
    }

    pub(super) fn number(&self, column: Narrow) -> u8 {
        self.number_of(usize::from(column.0))
    }

    pub(super) fn number_of(&self, column: usize) -> u8 {
        let number = self.numbers.get(column).copied().unwrap_or(0);
        assert!(number < 16, "the number {number} is too high");
        number
    }

    /// Every bitmap that a row with these values is in, some more than once.
    pub(super) fn each_mark(&self, layout: &Layout, mut mark: impl FnMut(u32)) {
        mark(LIVE);
        for &(column, code) in &self.codes {
            let bitmaps = &layout.axes[usize::from(column.0)].bitmaps[usize::from(code)];
            bitmaps.iter().for_each(|&bitmap| mark(bitmap));
        }
        self.flags.iter().for_each(|flag| mark(flag.0));
    }
}
