//! Distance in a tree of labels: sectors, modalities, indications, capabilities.

use std::sync::LazyLock;

use domain::taxonomy::{Axis, Code, OnAxis, Taxonomy, taxonomy};

use super::{Found, UNKNOWN};

/// By level; from nothing in common to the very label.
pub(crate) const LEVELS: &[&str] = &[
    "unknown",
    "elsewhere",
    "same_family",
    "sibling",
    "around",
    "within",
    "same",
];

const ELSEWHERE: u8 = 1;
const SAME_FAMILY: u8 = 2;
const SIBLING: u8 = 3;
const AROUND: u8 = 4;
pub(crate) const WITHIN: u8 = 5;
const SAME: u8 = 6;

/// How near `label` lies to `wanted`: the very label; inside it; around it; beside it (one parent); under one root;
/// elsewhere. Not symmetric: regenerative medicine is within life science, life science is around it.
///
/// Source: our choice; the steps of the tree are those of the taxonomy's data.
pub(crate) fn level<A: OnAxis>(label: Code<A>, wanted: Code<A>) -> u8 {
    TABLES[A::AXIS as usize].level(label.index(), wanted.index())
}

/// Whether `label` is `wanted` or lies in it.
pub(crate) fn is_within<A: OnAxis>(label: Code<A>, wanted: Code<A>) -> bool {
    level(label, wanted) >= WITHIN
}

/// The best level of `label` for any of `wanted`, and the label that gives it; `unknown` where none is wanted.
pub(crate) fn best_wanted<A: OnAxis>(label: Code<A>, wanted: &[Code<A>]) -> (u8, Option<Code<A>>) {
    let mut best = (UNKNOWN, None);
    for &wanted in wanted {
        let level = level(label, wanted);
        if level > best.0 {
            best = (level, Some(wanted));
        }
    }
    best
}

/// The best level of any of `labels` for `wanted`, and the label that gives it.
pub(crate) fn best_label<A: OnAxis>(labels: &[Code<A>], wanted: Code<A>) -> (u8, Option<Code<A>>) {
    let mut best = (UNKNOWN, None);
    for &label in labels {
        let level = level(label, wanted);
        if level > best.0 {
            best = (level, Some(label));
        }
    }
    best
}

/// The best level of any of `labels` for any of `wanted`, with the label and what was wanted.
pub(crate) fn best_of<A: OnAxis>(labels: &[Code<A>], wanted: &[Code<A>]) -> Found<A> {
    let mut best = (UNKNOWN, None);
    for &label in labels {
        let (level, found) = best_wanted(label, wanted);
        if level > best.0 {
            best = (level, found.map(|wanted| (label, wanted)));
        }
    }
    best
}

/// The levels of every two labels of one axis; row = label, column = wanted.
struct Table {
    width: usize,
    levels: Vec<u8>,
}

static TABLES: LazyLock<[Table; 4]> = LazyLock::new(|| {
    [
        Axis::Sectors,
        Axis::Modalities,
        Axis::Indications,
        Axis::Capabilities,
    ]
    .map(|axis| Table::of(taxonomy(axis)))
});

impl Table {
    fn of(tree: &Taxonomy) -> Table {
        let all = || (0u16..).zip(tree.terms()).map(|(index, _)| index);
        Table {
            width: tree.terms().len(),
            levels: all()
                .flat_map(|label| all().map(move |wanted| step(tree, label, wanted)))
                .collect(),
        }
    }

    fn level(&self, label: u16, wanted: u16) -> u8 {
        self.levels[usize::from(label) * self.width + usize::from(wanted)]
    }
}

fn step(tree: &Taxonomy, label: u16, wanted: u16) -> u8 {
    let (parent, other) = (tree.term(label).parent, tree.term(wanted).parent);
    if label == wanted {
        SAME
    } else if tree.is_within(label, wanted) {
        WITHIN
    } else if tree.is_within(wanted, label) {
        AROUND
    } else if parent.is_some() && parent == other {
        SIBLING
    } else if tree.lowest_common_ancestor(label, wanted).is_some() {
        SAME_FAMILY
    } else {
        ELSEWHERE
    }
}

#[cfg(test)]
mod tests {
    use domain::SectorCode;

    use super::*;

    #[track_caller]
    fn check(label: &str, wanted: &str, expect: &str) {
        let code = |text: &str| text.parse::<SectorCode>().unwrap();
        assert_eq!(
            LEVELS[usize::from(level(code(label), code(wanted)))],
            expect
        );
    }

    #[test]
    fn a_label_is_nearer_the_more_of_the_tree_it_shares() {
        let batteries = "energy.storage.batteries";

        check(batteries, batteries, "same");
        check(batteries, "energy", "within");
        check("energy", batteries, "around");
        check(batteries, "energy.storage.hydrogen", "sibling");
        check(batteries, "energy.generation.solar", "same_family");
        check(batteries, "robotics", "elsewhere");
    }
}
