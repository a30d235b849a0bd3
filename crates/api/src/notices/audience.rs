//! Whom an event concerns: the request and the organisation that it is of, the people of each audience, the webhooks of
//! each side.

use domain::{
    Id, MeetingRequest, MeetingRequestId, Noun, OrganisationId, PersonId, PersonStatus,
    ProgrammeId, Role, Side,
};
use jiff::Timestamp;
use serde_json::Value;
use store::{Conn, StoreError, meeting_requests, outbox::Event, webhooks::Owner};
use uuid::Uuid;

use super::events::Audience;
use crate::{error::ApiResult, live::Snapshot, requests::rights::Eyes};

/// What an event is of.
pub(crate) struct Concern {
    /// The request, if it is of one.
    pub(crate) request: Option<MeetingRequest>,
    /// The organisation, if it is of one alone.
    pub(crate) organisation: Option<OrganisationId>,
    /// The programme, if it is of one.
    pub(crate) programme: Option<ProgrammeId>,
    /// The person, if it is of one.
    person: Option<PersonId>,
    /// The state of the request that the event made.
    state: Option<String>,
}

impl Concern {
    /// What the event is of. What was deleted since concerns nobody any more.
    pub(crate) fn of(
        conn: &mut Conn,
        noun: &str,
        subject: Uuid,
        body: &Value,
    ) -> Result<Concern, StoreError> {
        let named = |key: &str| body[key].as_str().and_then(|id| id.parse::<Uuid>().ok());
        let request = if noun == Noun::MeetingRequest.code() {
            Some(subject)
        } else {
            named("request").or_else(|| named("meeting_request"))
        };
        let request = match request.map(MeetingRequestId::from_uuid) {
            None => None,
            Some(id) => match meeting_requests::find(conn, id) {
                Err(StoreError::NotFound(_)) => None,
                found => Some(found?),
            },
        };
        let organisation = if noun == Noun::Organisation.code() {
            Some(subject)
        } else {
            named("organisation")
        };
        let programme = request.as_ref().map(|request| request.programme);
        Ok(Concern {
            organisation: organisation.map(Id::from_uuid),
            programme: programme.or_else(|| named("programme").map(Id::from_uuid)),
            person: named("person")
                .or_else(|| named("participant"))
                .map(Id::from_uuid),
            state: body["state"].as_str().map(str::to_owned),
            request,
        })
    }

    /// Whether the request is in the state that a line asks for, if it asks for one.
    pub(crate) fn is_still_in(&self, state: Option<&str>, now: Timestamp) -> bool {
        let is = |wanted| {
            let request = self.request.as_ref();
            request.is_none_or(|request| request.state_at(now).code() == wanted)
        };
        state.is_none_or(is)
    }

    /// The state that the event made.
    pub(crate) fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// Whether the side that is asked may know of the event: the request was let through, and the event is not of the time
    /// before.
    fn is_known_to_counterpart(&self) -> bool {
        let before = ["awaiting_staff", "returned", "rejected"];
        let let_through = |request: &MeetingRequest| request.approval.is_some();
        self.request.as_ref().is_some_and(let_through)
            && self.state().is_none_or(|state| !before.contains(&state))
    }

    /// Whose webhooks are told.
    pub(crate) fn owners(&self, snapshot: &Snapshot) -> Vec<Owner> {
        let mut owners = Vec::new();
        if let Some(request) = &self.request {
            owners.push(Owner::Organisation(request.from.organisation));
            if self.is_known_to_counterpart() {
                owners.push(Owner::Organisation(request.to.organisation));
            }
        }
        if let Some(organisation) = self.organisation {
            owners.push(Owner::Organisation(organisation));
            owners.extend(snapshot.hub().map(|hub| Owner::Programme(hub.id)));
        }
        owners.extend(self.programme.map(Owner::Programme));
        owners.dedup();
        owners
    }

    /// The people of an audience who may know of the event, without `doer`.
    pub(crate) fn people(
        &self,
        snapshot: &Snapshot,
        audience: Audience,
        doer: Option<PersonId>,
    ) -> Vec<PersonId> {
        let mut people = match (audience, &self.request) {
            (Audience::Requester, Some(request)) => members(snapshot, request.from),
            (Audience::Counterpart, Some(request)) if self.is_known_to_counterpart() => {
                members(snapshot, request.to)
            }
            (Audience::Staff, Some(request)) => snapshot
                .staff_of(request.programme)
                .filter(|person| {
                    let principal = snapshot.principal(*person);
                    principal.is_some_and(|me| !snapshot.has_conflict(me, request))
                })
                .collect(),
            (Audience::Staff, None) => match (self.programme, snapshot.hub()) {
                (Some(programme), _) => snapshot.staff_of(programme).collect(),
                (None, Some(hub)) => snapshot.staff_of(hub.id).collect(),
                (None, None) => Vec::new(),
            },
            (Audience::Owners | Audience::Keepers, _) => {
                match (self.organisation, self.programme) {
                    (Some(organisation), _) => snapshot.owners_of(organisation).collect(),
                    (None, Some(programme)) if audience == Audience::Keepers => {
                        snapshot.staff_of(programme).collect()
                    }
                    _ => Vec::new(),
                }
            }
            (Audience::Themselves, _) => self.person.into_iter().collect(),
            // A guest is no person yet: `route` finds the links.
            (Audience::Requester | Audience::Counterpart | Audience::Guest, _) => Vec::new(),
        };
        let may_know =
            |person: &PersonId| Some(*person) != doer && self.may_know(snapshot, *person, audience);
        people.retain(may_know);
        people.sort_unstable();
        people.dedup();
        people
    }

    /// Whether the person may still know of it as one of the audience: asked again when the letter is written.
    pub(crate) fn may_know(
        &self,
        snapshot: &Snapshot,
        person: PersonId,
        audience: Audience,
    ) -> bool {
        let Some(me) = snapshot.principal(person) else {
            return false;
        };
        if me.status != PersonStatus::Active {
            return false;
        }
        match (audience, &self.request) {
            (Audience::Requester, Some(request)) => {
                Eyes::of(me, request).is_ok_and(|eyes| eyes.requester)
            }
            (Audience::Counterpart, Some(request)) => {
                Eyes::of(me, request).is_ok_and(|eyes| eyes.counterpart)
            }
            (Audience::Staff, Some(request)) => me.is_staff_of(request.programme),
            (Audience::Staff, None) => me.is_staff(),
            (Audience::Owners | Audience::Keepers, _) => {
                match (self.organisation, self.programme) {
                    (Some(organisation), _) => me.role_in(organisation) == Some(Role::Owner),
                    (None, Some(programme)) => me.is_staff_of(programme),
                    (None, None) => false,
                }
            }
            (Audience::Themselves, _) => self.person == Some(person),
            (Audience::Requester | Audience::Counterpart, None) | (Audience::Guest, _) => false,
        }
    }
}

/// The named person of a side; all its members while nobody is named, or the named one has left.
fn members(snapshot: &Snapshot, side: Side) -> Vec<PersonId> {
    let all: Vec<PersonId> = snapshot
        .members_of_organisation(side.organisation)
        .collect();
    match side.person {
        Some(person) if all.contains(&person) => vec![person],
        _ => all,
    }
}

/// The concern of an event in the outbox.
pub(crate) fn concern_of(conn: &mut Conn, event: &Event) -> ApiResult<Concern> {
    Ok(Concern::of(conn, &event.noun, event.subject, &event.body)?)
}
