//! Houses: organisations of which links such as between a fund and its manager make one. None is shown to another of its
//! house.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use domain::{Affiliation, OrganisationId};

/// The house of every affiliated organisation: those linked as one house, by whatever way round, share a number.
#[derive(Debug, Default)]
pub(super) struct Houses(HashMap<OrganisationId, u32>);

impl Houses {
    pub(super) fn of(links: &[Affiliation]) -> Houses {
        let mut houses: HashMap<OrganisationId, u32> = HashMap::new();
        // By number: one that it is the same house as; itself, where it stands for the house.
        let mut same: Vec<u32> = Vec::new();
        for link in links.iter().filter(|link| link.kind.is_one_house()) {
            let [from, to] = [link.from, link.to].map(|id| match houses.entry(id) {
                Entry::Occupied(known) => root(&mut same, *known.get()),
                Entry::Vacant(new) => {
                    let next = u32::try_from(same.len()).expect("fewer than 2^32 organisations");
                    same.push(next);
                    *new.insert(next)
                }
            });
            same[from.max(to) as usize] = from.min(to);
        }
        for house in houses.values_mut() {
            *house = root(&mut same, *house);
        }
        Houses(houses)
    }

    pub(super) fn house_of(&self, organisation: OrganisationId) -> Option<u32> {
        self.0.get(&organisation).copied()
    }

    /// Whether both are of one house.
    pub(super) fn is_one(&self, a: OrganisationId, b: OrganisationId) -> bool {
        let houses = self.house_of(a).zip(self.house_of(b));
        houses.is_some_and(|(a, b)| a == b)
    }

    /// Those whose house had another number, or none, before. Some more than once.
    pub(super) fn moved(self: &Arc<Houses>, before: &Arc<Houses>) -> Vec<OrganisationId> {
        if Arc::ptr_eq(self, before) {
            return Vec::new();
        }
        let all = self.0.keys().chain(before.0.keys()).copied();
        all.filter(|&id| self.house_of(id) != before.house_of(id))
            .collect()
    }
}

/// The number that stands for a house. On the way every other step is made shorter.
fn root(same: &mut [u32], mut house: u32) -> u32 {
    while same[house as usize] != house {
        let next = same[same[house as usize] as usize];
        same[house as usize] = next;
        house = next;
    }
    house
}

#[cfg(test)]
mod tests {
    use domain::{AffiliationKind, Id};

    use super::*;

    fn id(number: u128) -> OrganisationId {
        Id::from_uuid(uuid::Uuid::from_u128(number))
    }

    fn link(from: u128, to: u128, kind: AffiliationKind) -> Affiliation {
        Affiliation {
            from: id(from),
            to: id(to),
            kind,
        }
    }

    #[test]
    fn a_fund_its_manager_and_the_managers_parent_are_one_house_and_a_resident_is_not() {
        let houses = Houses::of(&[
            link(1, 2, AffiliationKind::ManagesFund),
            link(4, 5, AffiliationKind::SpinOutOf),
            link(3, 1, AffiliationKind::ParentOf),
            link(6, 3, AffiliationKind::ResidentOf),
        ]);

        assert!(houses.is_one(id(2), id(3)));
        assert!(!houses.is_one(id(4), id(1)));
        assert_eq!(houses.house_of(id(6)), None);
    }

    #[test]
    fn houses_that_a_later_link_joins_are_one_whichever_way_they_were_linked() {
        let parent = AffiliationKind::ParentOf;
        // Two chains, each linked from its end, then their middles.
        let mut links: Vec<Affiliation> = (1..50).map(|n| link(n, n + 1, parent)).collect();
        links.extend((101..150).rev().map(|n| link(n + 1, n, parent)));
        links.push(link(25, 125, parent));

        let houses = Houses::of(&links);

        let first = houses.house_of(id(1));
        assert!(first.is_some());
        let all = (1..=50).chain(101..=150);
        assert!(all.map(id).all(|id| houses.house_of(id) == first));
    }

    #[test]
    fn who_moved_is_who_has_another_house_than_before() {
        let before = Arc::new(Houses::of(&[link(1, 2, AffiliationKind::ManagesFund)]));
        let after = Arc::new(Houses::of(&[
            link(1, 2, AffiliationKind::ManagesFund),
            link(3, 4, AffiliationKind::ManagesFund),
        ]));

        let [mut came, mut went] = [after.moved(&before), before.moved(&after)];

        came.sort_unstable();
        went.sort_unstable();
        assert_eq!(came, [id(3), id(4)]);
        assert_eq!(went, came);
        assert_eq!(after.moved(&after), []);
    }
}
