//! What is asked must fit: visible, one's own, a member, of the programme.

use domain::{
    Actor, DocumentKind, MeetingRequest, Move, Noun, OrganisationId, PersonId, PersonStatus,
    Programme, ProgrammeId, Refused, Step, Subject,
};
use store::{Conn, StoreError, documents, meeting_requests, people, programmes};
use uuid::Uuid;

use crate::{
    error::{ApiError, ApiResult},
    live::Snapshot,
};

use super::Asked;

/// The programme as the database has it, if the asker is in it: what one is not in does not exist.
pub(crate) fn programme_of(
    conn: &mut Conn,
    snapshot: &Snapshot,
    id: Option<ProgrammeId>,
    asker: OrganisationId,
) -> ApiResult<programmes::Stored> {
    let found = match id {
        Some(id) => programmes::find(conn, id)?,
        None => programmes::find_by_code(conn, Programme::HUB)?,
    };
    if found.code == Programme::HUB || snapshot.is_member(found.id, asker) {
        Ok(found)
    } else {
        Err(ApiError::not_found(Noun::Programme))
    }
}

/// Whom the asker does not see, and whom it does not want to be seen by, does not exist for it. Itself it sees: that
/// both are one house is said by the rules.
pub(crate) fn require_visible(
    snapshot: &Snapshot,
    from: OrganisationId,
    to: OrganisationId,
) -> ApiResult<()> {
    let (asker, other) = (snapshot.organisation(from), snapshot.organisation(to));
    let visible = from == to
        || asker
            .zip(other)
            .is_some_and(|(asker, other)| snapshot.sees(asker, other) && !asker.hides_from(other));
    if visible {
        Ok(())
    } else {
        Err(ApiError::not_found(Noun::Organisation))
    }
}

/// Subject and replaced request must be the asker's own.
pub(super) fn require_own(conn: &mut Conn, snapshot: &Snapshot, asked: &Asked) -> ApiResult<()> {
    let owns = match asked.subject {
        Some(Subject::Asset(id)) => has(conn, asked.from, DocumentKind::Asset, id.uuid())?,
        Some(Subject::Round(id)) => has(conn, asked.from, DocumentKind::Round, id.uuid())?,
        Some(Subject::Need(need)) => snapshot
            .organisation(asked.from)
            .and_then(|listed| listed.profile.as_ref())
            .is_some_and(|kept| kept.document.needs.contains(&need)),
        None => true,
    };
    if !owns {
        return Err(ApiError::body("subject.id", "no such subject"));
    }
    let Some(replaces) = asked.replaces else {
        return Ok(());
    };
    match meeting_requests::find(conn, replaces) {
        Ok(before) if before.from.organisation == asked.from => Ok(()),
        Ok(_) | Err(StoreError::NotFound(_)) => {
            Err(ApiError::body("replaces", "no such meeting request"))
        }
        Err(error) => Err(error.into()),
    }
}

fn has(
    conn: &mut Conn,
    organisation: OrganisationId,
    kind: DocumentKind,
    id: Uuid,
) -> ApiResult<bool> {
    match documents::find(conn, organisation, kind, id) {
        Ok(_) => Ok(true),
        Err(StoreError::NotFound(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A named person must be a member of their side, and must be able to sign in.
pub(super) fn require_member(
    conn: &mut Conn,
    person: PersonId,
    organisation: OrganisationId,
) -> ApiResult<()> {
    let fits = match people::find_principal(conn, person) {
        Err(StoreError::NotFound(_)) => false,
        found => {
            let found = found?;
            found.status == PersonStatus::Active && found.role_in(organisation).is_some()
        }
    };
    if fits {
        Ok(())
    } else {
        Err(ApiError::body("person", "no such member"))
    }
}

/// What a step needs that neither the table nor the rights know of.
pub(super) fn require_step(
    conn: &mut Conn,
    request: &MeetingRequest,
    made: &Move,
    actor: &Actor,
) -> ApiResult<()> {
    match (made.step, made.person) {
        (Step::Accept, Some(person)) => require_member(conn, person, request.to.organisation),
        (Step::Approve, _) if has_submitted(conn, request, actor)? => {
            Err(Refused::SamePerson.into())
        }
        _ => Ok(()),
    }
}

/// Whether the person handed the request in, for the requester: then they do not approve it.
pub(crate) fn has_submitted(
    conn: &mut Conn,
    request: &MeetingRequest,
    actor: &Actor,
) -> ApiResult<bool> {
    let steps = meeting_requests::list_steps(conn, request.id)?;
    Ok(steps
        .iter()
        .any(|taken| taken.step == Some(Step::Submit) && taken.person == actor.person))
}
