//! How much of an organisation a person may see.

use domain::{MeetingRequest, OrganisationId, Principal, State, Tier};
use jiff::Timestamp;

use super::{Listed, Snapshot};

impl Snapshot {
    /// Whether the person is staff of a programme that the organisation is in. Every organisation is in the hub.
    pub(crate) fn is_staff_for(&self, me: &Principal, organisation: OrganisationId) -> bool {
        me.admin
            || me
                .staff_of
                .iter()
                .any(|programme| self.is_member(*programme, organisation))
    }

    /// How much of `other` the person may see; `None`: for them it does not exist.
    ///
    /// Own members and staff of its programmes see all. Others see what one of their organisations sees: what is listed, and more where
    /// `met` says that a request between that organisation and `other` got so far. Who blocks an organisation shows it
    /// nothing, whatever was agreed before.
    pub(crate) fn may_see(
        &self,
        me: &Principal,
        other: &Listed,
        met: &[(OrganisationId, Tier)],
    ) -> Option<Tier> {
        let id = other.organisation.id;
        if self.is_staff_for(me, id) || me.role_in(id).is_some() {
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
        State::Accepted | State::Scheduled | State::Held => Some(Tier::Accepted),
        State::AwaitingCounterpart | State::Declined => Some(Tier::Approved),
        _ => None,
    }
}
