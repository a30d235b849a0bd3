//! Who sees a request, and who may take which of its steps for whom.

use domain::{Actor, MeetingRequest, Noun, OrganisationId, Party, Principal, Prose, Step};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    error::{ApiError, ApiResult, Code},
    live::Snapshot,
};

/// As what somebody looks at a request. All are false for a stranger, to whom it does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Eyes {
    /// As a member of the side that asked.
    pub(crate) requester: bool,
    /// As a member of the side that is asked, which knows of it once it was let through.
    pub(crate) counterpart: bool,
    /// As staff of its programme.
    pub(crate) staff: bool,
}

impl Eyes {
    /// As what `me` looks at the request.
    ///
    /// # Errors
    /// 404 for a stranger, and for the other side before the request was let through.
    pub(crate) fn of(me: &Principal, request: &MeetingRequest) -> ApiResult<Eyes> {
        let eyes = Eyes {
            requester: me.role_in(request.from.organisation).is_some(),
            counterpart: me.role_in(request.to.organisation).is_some()
                && request.approval.is_some(),
            staff: me.is_staff_of(request.programme),
        };
        if eyes.requester || eyes.counterpart || eyes.staff {
            Ok(eyes)
        } else {
            Err(ApiError::not_found(Noun::MeetingRequest))
        }
    }
}

/// A side for which staff act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ForSide {
    /// The side that asked.
    Requester,
    /// The side that is asked.
    Counterpart,
}

/// Staff take a step for one of the sides.
#[derive(Clone, Debug)]
pub(crate) struct OnBehalf {
    /// For which.
    pub(crate) of: ForSide,
    /// Why; shown to the side.
    pub(crate) because: Prose<1000>,
}

impl Snapshot {
    /// Whether the person belongs to the organisation or to one of its house.
    pub(crate) fn has_interest_in(&self, me: &Principal, organisation: OrganisationId) -> bool {
        me.memberships
            .iter()
            .any(|(of, _)| self.is_one_house(*of, organisation))
    }

    /// Whether the person belongs to the house of either side, and so decides nothing between them.
    pub(crate) fn has_conflict(&self, me: &Principal, request: &MeetingRequest) -> bool {
        [request.from.organisation, request.to.organisation]
            .into_iter()
            .any(|side| self.has_interest_in(me, side))
    }
}

/// As whom `me` takes `step`, asked for by somebody who sees the request.
///
/// # Errors
/// 403 if the step is not theirs: staff who belong to the house of a side decide nothing, and a member of one side does
/// not act while belonging to the house of the other.
pub(crate) fn actor(
    snapshot: &Snapshot,
    me: &Principal,
    request: &MeetingRequest,
    step: Step,
    on_behalf: Option<OnBehalf>,
) -> ApiResult<Actor> {
    let party = match &on_behalf {
        Some(on_behalf) => party_for(on_behalf.of, step),
        None => party_of(me, request, step),
    };
    let party = party.ok_or(Code::Forbidden)?;
    let may = if on_behalf.is_some() || party == Party::Staff {
        me.is_staff_of(request.programme) && !snapshot.has_conflict(me, request)
    } else {
        may_act(snapshot, me, request, party)
    };
    if !may {
        return Err(Code::Forbidden.into());
    }
    Ok(Actor {
        party,
        person: Some(me.person),
        on_behalf: on_behalf.map(|on_behalf| on_behalf.because),
    })
}

/// The side for which staff take the step, if it is one of that side's. Nobody accepts for somebody else.
fn party_for(side: ForSide, step: Step) -> Option<Party> {
    match (side, step) {
        (ForSide::Requester, Step::Submit | Step::Withdraw | Step::Cancel) => {
            Some(Party::Requester)
        }
        (ForSide::Counterpart, Step::Decline | Step::Cancel) => Some(Party::Counterpart),
        _ => None,
    }
}

/// On whose part the caller takes the step.
fn party_of(me: &Principal, request: &MeetingRequest, step: Step) -> Option<Party> {
    match step {
        Step::Submit | Step::Withdraw => Some(Party::Requester),
        Step::Accept | Step::Decline => Some(Party::Counterpart),
        Step::Cancel | Step::Offer | Step::Schedule | Step::Hold
            if me.role_in(request.from.organisation).is_some() =>
        {
            Some(Party::Requester)
        }
        Step::Cancel | Step::Offer | Step::Schedule | Step::Hold
            if me.role_in(request.to.organisation).is_some() =>
        {
            Some(Party::Counterpart)
        }
        Step::Approve
        | Step::Reject
        | Step::Return
        | Step::Cancel
        | Step::Schedule
        | Step::Hold
        | Step::Correct => Some(Party::Staff),
        Step::Offer | Step::Expire | Step::Close | Step::Displace => None,
    }
}

/// On whose part somebody looks at the times of a request: of a side, if they belong to one, else of the staff.
///
/// # Errors
/// 403 for staff of the house of a side.
pub(crate) fn party_in(
    snapshot: &Snapshot,
    me: &Principal,
    request: &MeetingRequest,
) -> ApiResult<Party> {
    actor(snapshot, me, request, Step::Schedule, None).map(|actor| actor.party)
}

fn may_act(snapshot: &Snapshot, me: &Principal, request: &MeetingRequest, party: Party) -> bool {
    let (from, to) = (request.from.organisation, request.to.organisation);
    let (own, other) = if party == Party::Requester {
        (from, to)
    } else {
        (to, from)
    };
    me.role_in(own).is_some() && !snapshot.has_interest_in(me, other)
}
