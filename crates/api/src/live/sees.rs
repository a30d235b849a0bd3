//! Which organisation sees which: the kind table, openings, and block lists. The same rule as scoring's, for one pair.

use domain::{Access, Kind, OrganisationId};

use super::{Kept, Listed, Snapshot};

impl Snapshot {
    /// The same for a viewer by its id.
    pub(crate) fn shows(&self, viewer: OrganisationId, other: &Listed) -> bool {
        let viewer = self.organisation(viewer);
        viewer.is_some_and(|viewer| self.sees(viewer, other))
    }

    /// Whether `viewer` may know that `other` is here: listed, let in by the table of the hub, and not hiding from it.
    pub(crate) fn sees(&self, viewer: &Listed, other: &Listed) -> bool {
        let Some(hub) = self.hub() else {
            return false;
        };
        let lets_in =
            |asker: Kind, counterpart: Kind| match hub.programme.access(asker, counterpart) {
                Access::Open | Access::Seen => true,
                Access::OptedIn => other.visibility.opted_in,
                Access::Offers => other.offers_something() || viewer.offers_something(),
                Access::Closed => false,
            };
        let kinds = other.kinds();
        other.is_listed()
            && viewer.organisation.id != other.organisation.id
            && viewer
                .kinds()
                .into_iter()
                .any(|asker| kinds.iter().any(|kind| lets_in(asker, *kind)))
            && !other.hides_from(viewer)
    }
}

impl Listed {
    fn offers_something(&self) -> bool {
        self.profile
            .as_ref()
            .is_some_and(|profile| !profile.document.offers.is_empty())
    }

    /// Whether it is never to be shown to `viewer`.
    pub(crate) fn hides_from(&self, viewer: &Listed) -> bool {
        viewer.profile.as_ref().is_some_and(|profile| {
            self.block_list
                .holds(viewer.organisation.id, &profile.document.names)
        })
    }

    /// The rounds for which investors are being asked.
    pub(crate) fn open_rounds(&self) -> impl Iterator<Item = &Kept<domain::Round>> {
        self.rounds.iter().filter(|round| !round.document.closed)
    }
}
