//! How much of an organisation a person may see.

use std::collections::HashSet;

use domain::{Affiliation, MeetingRequest, OrganisationId, Principal, State, Tier};
use jiff::Timestamp;

use super::{Listed, Snapshot};

impl Snapshot {
    /// How much of `other` the person may see; `None`: for them it does not exist.
    ///
    /// Own members and staff see all. Others see what one of their organisations sees: what is listed, and more where
    /// `met` says that a request between that organisation and `other` got so far. Who blocks an organisation shows it
    /// nothing, whatever was agreed before.
    pub(crate) fn may_see(
        &self,
        me: &Principal,
        other: &Listed,
        met: &[(OrganisationId, Tier)],
    ) -> Option<Tier> {
        if me.is_staff() || me.role_in(other.organisation.id).is_some() {
            return Some(Tier::Staff);
        }
        let own = me.memberships.iter().filter_map(|(own, _)| {
            let viewer = self.organisation(*own)?;
            viewer.is_matched().then_some(viewer)
        });
        own.filter_map(|viewer| {
            let met = met.iter().filter(|(of, _)| *of == viewer.organisation.id);
            let met = met.map(|(_, tier)| *tier).max();
            let shown = other.is_matched() && !other.hides_from(viewer);
            met.filter(|_| shown)
                .or_else(|| self.sees(viewer, other).then_some(Tier::Listed))
        })
        .max()
    }
}

/// How much the two sides of a request show each other: more once staff or the policy let it through, most on
/// acceptance. A request that was withdrawn, expired or cancelled opens nothing any more.
pub(crate) fn tier_of(request: &MeetingRequest, now: Timestamp) -> Option<Tier> {
    match request.state_at(now) {
        State::Accepted => Some(Tier::Accepted),
        State::AwaitingCounterpart | State::Declined => Some(Tier::Approved),
        _ => None,
    }
}

/// The organisation with all that count as one house with it.
pub(crate) fn house_of(
    affiliations: &[Affiliation],
    organisation: OrganisationId,
) -> HashSet<OrganisationId> {
    let mut house = HashSet::from([organisation]);
    let mut size = 0;
    while size < house.len() {
        size = house.len();
        for link in affiliations.iter().filter(|link| link.kind.is_one_house()) {
            if house.contains(&link.from) || house.contains(&link.to) {
                house.extend([link.from, link.to]);
            }
        }
    }
    house
}

#[cfg(test)]
mod tests {
    use domain::{AffiliationKind, Id};

    use super::*;

    #[test]
    fn a_house_is_followed_whichever_way_its_links_point_and_ends_at_a_landlord() {
        let id = |n: u128| Id::from_uuid(uuid::Uuid::from_u128(n));
        let link = |from, to, kind| Affiliation {
            from: id(from),
            to: id(to),
            kind,
        };
        let links = [
            link(3, 1, AffiliationKind::ParentOf),
            link(1, 2, AffiliationKind::ManagesFund),
            link(2, 9, AffiliationKind::ResidentOf),
        ];

        assert_eq!(house_of(&links, id(2)), [1, 2, 3].map(id).into());
        assert_eq!(house_of(&links, id(9)), [id(9)].into());
    }
}
