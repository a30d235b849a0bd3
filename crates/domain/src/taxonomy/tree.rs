//! The shape all vocabularies share: terms below terms, each with a code and two labels.

use std::collections::HashMap;

use super::{Axis, Fault, RegionLevel};

/// A name in both languages of the hub.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Label {
    /// English.
    pub en: String,
    /// Japanese.
    pub ja: String,
}

/// One entry of a vocabulary. Indices are positions in [`Taxonomy::terms`]: they hold for one build of the product
/// and are never stored.
#[derive(Clone, Debug)]
pub struct Term {
    /// Stable identifier, as stored and sent.
    pub code: String,
    /// What people read.
    pub label: Label,
    /// The term directly above; `None` for a root.
    pub parent: Option<u16>,
    /// 0 for a root, one more for each parent.
    pub depth: u8,
    /// Everything this term lies in, nearest first, itself left out. For a region this holds areas and blocs too.
    pub ancestors: Box<[u16]>,
    /// Stages: the ladder, which for the root of a ladder is itself.
    pub ladder: Option<u16>,
    /// Stages: the rung, 0 for the first; `None` for the ladder itself.
    pub ordinal: Option<u8>,
    /// Regions: how wide it is.
    pub level: Option<RegionLevel>,
}

/// One vocabulary: a forest in the order of its data file; parents stand before their children.
#[derive(Debug)]
pub struct Taxonomy {
    axis: Axis,
    terms: Vec<Term>,
    by_code: HashMap<String, u16>,
    children: Vec<Vec<u16>>,
}

/// A term as its file states it.
pub(super) struct Entry {
    pub(super) code: String,
    pub(super) label: Label,
    pub(super) parent: Option<String>,
    /// Further terms it lies in, nearest first.
    pub(super) also_in: Vec<String>,
    pub(super) level: Option<RegionLevel>,
}

impl Taxonomy {
    /// Which vocabulary this is.
    pub fn axis(&self) -> Axis {
        self.axis
    }

    /// All terms, parents before children.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// The index of `code`, spelled exactly as in the data.
    pub fn find(&self, code: &str) -> Option<u16> {
        self.by_code.get(code).copied()
    }

    /// The term at `index`.
    ///
    /// # Panics
    /// When `index` is not from this taxonomy.
    pub fn term(&self, index: u16) -> &Term {
        &self.terms[usize::from(index)]
    }

    /// Everything `index` lies in, nearest first, itself left out.
    pub fn ancestors(&self, index: u16) -> &[u16] {
        &self.term(index).ancestors
    }

    /// Whether `index` is `ancestor` or lies in it. A prefecture is within its country and within each of its areas.
    pub fn is_within(&self, index: u16, ancestor: u16) -> bool {
        index == ancestor || self.ancestors(index).contains(&ancestor)
    }

    /// The terms directly below `index`, in order; for an area or bloc, its members.
    pub fn children(&self, index: u16) -> &[u16] {
        &self.children[usize::from(index)]
    }

    /// The terms without a parent, in order.
    pub fn roots(&self) -> impl Iterator<Item = u16> {
        (0u16..)
            .zip(&self.terms)
            .filter(|(_, term)| term.parent.is_none())
            .map(|(index, _)| index)
    }

    /// 0 for a root, one more for each parent.
    pub fn depth(&self, index: u16) -> u8 {
        self.term(index).depth
    }

    /// The deepest term that is above or equal to both, along [`Term::parent`]; `None` under different roots.
    pub fn lowest_common_ancestor(&self, a: u16, b: u16) -> Option<u16> {
        let above_b: Vec<u16> = self.line(b).collect();
        self.line(a).find(|index| above_b.contains(index))
    }

    /// The number of steps up from `a` and down to `b` along [`Term::parent`], as if all roots had one common parent:
    /// 0 for the same term, 1 for parent and child, 2 for siblings (and for two roots).
    pub fn tree_distance(&self, a: u16, b: u16) -> u8 {
        let below_top = |index| self.depth(index) + 1;
        let common = self.lowest_common_ancestor(a, b).map_or(0, below_top);
        below_top(a) + below_top(b) - 2 * common
    }

    /// The ladders of [`Axis::Stages`], in order; each one's rungs are its [`Taxonomy::children`].
    pub fn ladders(&self) -> impl Iterator<Item = u16> {
        self.roots()
            .filter(|&index| self.term(index).ladder.is_some())
    }

    /// The number of rungs between two stages; `None` across ladders and for a ladder itself.
    pub fn ladder_distance(&self, a: u16, b: u16) -> Option<u8> {
        let (a, b) = (self.term(a), self.term(b));
        if a.ladder != b.ladder {
            return None;
        }
        Some(a.ordinal?.abs_diff(b.ordinal?))
    }

    fn line(&self, index: u16) -> impl Iterator<Item = u16> {
        std::iter::successors(Some(index), |&index| self.term(index).parent)
    }

    /// Takes the entries that are in order and names the others.
    pub(super) fn build(axis: Axis, entries: Vec<Entry>) -> (Taxonomy, Vec<Fault>) {
        let mut taxonomy = Taxonomy {
            axis,
            terms: Vec::with_capacity(entries.len()),
            by_code: HashMap::with_capacity(entries.len()),
            children: Vec::with_capacity(entries.len()),
        };
        let refused = entries
            .into_iter()
            .filter_map(|entry| taxonomy.push(entry).err());
        let faults = refused.collect();
        (taxonomy, faults)
    }

    fn push(&mut self, entry: Entry) -> Result<(), Fault> {
        let (axis, code) = (self.axis, entry.code);
        if self.by_code.contains_key(&code) {
            return Err(Fault::DuplicateCode { axis, code });
        }
        if entry.label.en.trim().is_empty() || entry.label.ja.trim().is_empty() {
            return Err(Fault::MissingLabel { axis, code });
        }
        let mut parents = Vec::new();
        for parent in entry.parent.iter().chain(&entry.also_in) {
            let Some(found) = self.find(parent) else {
                let parent = parent.clone();
                return Err(Fault::UnknownParent { axis, code, parent });
            };
            parents.push(found);
        }
        let index =
            u16::try_from(self.terms.len()).expect("a taxonomy has fewer than 65,536 terms");
        let parent = entry.parent.and(parents.first().copied());
        let on_ladder = axis == Axis::Stages;
        self.terms.push(Term {
            label: entry.label,
            parent,
            depth: parent.map_or(0, |parent| self.depth(parent) + 1),
            ancestors: self.closure(&parents),
            ladder: on_ladder.then(|| parent.map_or(index, |parent| self.top(parent))),
            ordinal: parent
                .filter(|_| on_ladder)
                .and_then(|parent| u8::try_from(self.children(parent).len()).ok()),
            level: entry.level,
            code: code.clone(),
        });
        for parent in parents {
            self.children[usize::from(parent)].push(index);
        }
        self.children.push(Vec::new());
        self.by_code.insert(code, index);
        Ok(())
    }

    /// `parents` and all that these lie in, nearest first.
    fn closure(&self, parents: &[u16]) -> Box<[u16]> {
        let mut all = parents.to_vec();
        all.extend(parents.iter().flat_map(|&parent| self.ancestors(parent)));
        let mut seen = Vec::with_capacity(all.len());
        for index in all {
            if !seen.contains(&index) {
                seen.push(index);
            }
        }
        seen.into()
    }

    fn top(&self, index: u16) -> u16 {
        self.line(index).last().unwrap_or(index)
    }
}
