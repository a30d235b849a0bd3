//! Who may read, write and review an organisation. Rights are those of the database, in the caller's transaction.

use domain::{Noun, OrganisationId, Principal, Tier};
use jiff::Timestamp;
use store::{
    Conn,
    documents::{self, Stored},
    meeting_requests, organisations,
    organisations::Organisation,
};

use crate::{
    error::{ApiError, ApiResult, Code},
    live::{Listed, Snapshot, tier_of},
};

/// An organisation as the database has it, and how much of it the caller may see.
pub(crate) struct Seen {
    /// The organisation.
    pub(crate) listed: Listed,
    /// Its documents as they are stored.
    pub(crate) documents: Vec<Stored>,
    /// How much of it.
    pub(crate) tier: Tier,
}

/// The organisation, if the caller may see it.
///
/// # Errors
/// 404 for one that is not there, and for one that the caller may not see.
pub(crate) fn find_seen(
    conn: &mut Conn,
    snapshot: &Snapshot,
    me: &Principal,
    id: OrganisationId,
    now: Timestamp,
) -> ApiResult<Seen> {
    let organisation = organisations::find(conn, id)?;
    let documents = documents::list_for(conn, id)?;
    let listed = Listed::of(organisation, documents.clone());
    let met = met(conn, snapshot, me, id, now)?;
    let tier = snapshot
        .may_see(me, &listed, &met)
        .ok_or_else(|| ApiError::not_found(Noun::Organisation))?;
    Ok(Seen {
        listed,
        documents,
        tier,
    })
}

/// How far requests between the caller's organisations and `other` got.
fn met(
    conn: &mut Conn,
    snapshot: &Snapshot,
    me: &Principal,
    other: OrganisationId,
    now: Timestamp,
) -> ApiResult<Vec<(OrganisationId, Tier)>> {
    let mut met = Vec::new();
    if snapshot.is_staff_for(me, other) {
        return Ok(met);
    }
    for (own, _) in me.memberships.iter().filter(|(own, _)| *own != other) {
        let requests = meeting_requests::list_for_pair(conn, *own, other)?;
        let tiers = requests.iter().filter_map(|request| tier_of(request, now));
        met.extend(tiers.map(|tier| (*own, tier)));
    }
    Ok(met)
}

/// The organisation, if the caller may write what is in it: its members while it is neither suspended nor archived, and
/// staff of the hub.
///
/// # Errors
/// 404 for one that the caller may not see; 403 for one that they may only see.
pub(crate) fn find_writable(
    conn: &mut Conn,
    snapshot: &Snapshot,
    me: &Principal,
    id: OrganisationId,
    now: Timestamp,
) -> ApiResult<Seen> {
    let seen = find_seen(conn, snapshot, me, id, now)?;
    let own = me.role_in(id).is_some() && is_in_good_standing(&seen.listed.organisation);
    if own || is_hub_staff(snapshot, me) {
        Ok(seen)
    } else {
        Err(Code::Forbidden.into())
    }
}

/// Whether its members may write: those of a suspended or archived organisation may only read.
pub(crate) fn is_in_good_standing(organisation: &Organisation) -> bool {
    organisation.archived_at.is_none() && organisation.review != domain::Review::Suspended
}

/// The organisation, if the caller may decide on it: staff of the hub and admins who belong neither to it nor to its
/// house.
///
/// # Errors
/// 404 for one that the caller may not see; 403 for one that they may not decide on.
pub(crate) fn find_reviewable(
    conn: &mut Conn,
    snapshot: &Snapshot,
    me: &Principal,
    id: OrganisationId,
    now: Timestamp,
) -> ApiResult<Seen> {
    let seen = find_seen(conn, snapshot, me, id, now)?;
    require_hub_staff(snapshot, me)?;
    if snapshot.has_interest_in(me, id) {
        return Err(Code::Forbidden.into());
    }
    Ok(seen)
}

/// Staff of the hub, and admins.
pub(crate) fn is_hub_staff(snapshot: &Snapshot, me: &Principal) -> bool {
    snapshot.hub().is_some_and(|hub| me.is_staff_of(hub.id))
}

/// Staff of the hub, and admins.
///
/// # Errors
/// 403 for everybody else.
pub(crate) fn require_hub_staff(snapshot: &Snapshot, me: &Principal) -> ApiResult<()> {
    if is_hub_staff(snapshot, me) {
        Ok(())
    } else {
        Err(Code::Forbidden.into())
    }
}
