//! Time and place of a meeting, as the reader may see them.

use domain::{
    Attendance, Language, Line, Meeting, MeetingRequest, MeetingRequestId, Name, Noun,
    OrganisationId, ParticipantRole, Party, PersonId, PlaceId, PlaceKind, Principal, ProgrammeId,
    State,
};
use jiff::Timestamp;
use serde::Serialize;
use store::{Conn, offers::Offer, participants, people, places};
use utoipa::ToSchema;

use crate::{
    error::{ApiError, ApiResult, Code},
    live::Snapshot,
    requests::{booking::OpenTime, consent},
    routes::me::OrganisationRef,
};

use super::{Standing, standing};

/// Time and place of a meeting.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeetingPart {
    /// Counts its times and places, from 1.
    pub(crate) revision: u32,
    /// When it begins.
    pub(crate) starts_at: Timestamp,
    /// When it ends.
    pub(crate) ends_at: Timestamp,
    /// In which place of the programme.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<PlaceView>,
    /// Where, in words; hidden from the other side while a consent to contacts going abroad is withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) venue: Option<Line<300>>,
    /// Who came; once it was held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attendance: Option<Attendance>,
}

impl MeetingPart {
    /// The meeting with the name of its place; of one that will not be, without the words and the link that lead there.
    /// The words, which may hold contacts, are shown while `shows_words` says so ([`crate::requests::consent::shows_words`]).
    pub(crate) fn of(
        conn: &mut Conn,
        meeting: &Meeting,
        state: State,
        shows_words: bool,
    ) -> ApiResult<MeetingPart> {
        let booked = &meeting.booked;
        let place = booked.place.map(|id| places::find(conn, id)).transpose()?;
        let leads_there = state.shows_contacts();
        let view = if leads_there {
            PlaceView::whole
        } else {
            PlaceView::listed
        };
        Ok(MeetingPart {
            revision: meeting.revision,
            starts_at: booked.span.starts_at(),
            ends_at: booked.span.ends_at(),
            place: place.as_ref().map(view),
            venue: booked.venue.clone().filter(|_| shows_words),
            attendance: meeting.attendance,
        })
    }
}

/// A place of a programme.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PlaceView {
    /// Its id.
    pub(crate) id: PlaceId,
    /// What kind.
    pub(crate) kind: PlaceKind,
    /// What stands on its sign.
    pub(crate) name: Line<200>,
    /// Meetings that it takes at one time.
    pub(crate) seats: u16,
    /// Where to click: for those who meet there, and staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) link: Option<String>,
}

impl PlaceView {
    /// The place for those who meet there.
    pub(crate) fn whole(place: &places::Place) -> PlaceView {
        PlaceView {
            id: place.id,
            kind: place.kind,
            name: place.name.clone(),
            seats: place.seats,
            link: place.link.clone(),
        }
    }

    /// The place for everybody in the programme.
    pub(crate) fn listed(place: &places::Place) -> PlaceView {
        PlaceView {
            link: None,
            ..PlaceView::whole(place)
        }
    }
}

/// A time that one side offers the other.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OfferView {
    /// Which side.
    by: Party,
    /// When it begins.
    starts_at: Timestamp,
    /// When it ends.
    ends_at: Timestamp,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceId>,
    /// Whether it is held until it expires.
    held: bool,
    /// From then on it is none any more.
    expires_at: Timestamp,
}

impl From<Offer> for OfferView {
    fn from(offer: Offer) -> OfferView {
        OfferView {
            by: offer.party,
            starts_at: offer.span.starts_at(),
            ends_at: offer.span.ends_at(),
            place: offer.place,
            held: offer.held,
            expires_at: offer.expires_at,
        }
    }
}

/// A time that can be chosen.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpenTimeView {
    /// When it begins.
    starts_at: Timestamp,
    /// When it ends.
    ends_at: Timestamp,
    /// Whether the other side offered it.
    offered: bool,
    /// The places of the programme that are free then.
    places: Vec<PlaceId>,
    /// The requests that would lose a time that they hold: send them back as `displace`.
    displaces: Vec<domain::MeetingRequestId>,
}

impl From<OpenTime> for OpenTimeView {
    fn from(time: OpenTime) -> OpenTimeView {
        OpenTimeView {
            starts_at: time.span.starts_at(),
            ends_at: time.span.ends_at(),
            offered: time.offered,
            places: time.places,
            displaces: time.displaces,
        }
    }
}

/// A meeting, as far as the reader may know it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeetingView {
    /// The id of its request, for life.
    id: MeetingRequestId,
    /// Where it stands: scheduled, held or cancelled.
    state: State,
    /// The programme that arranges it.
    programme: ProgrammeId,
    /// The side that asked.
    from: OrganisationRef,
    /// The side that was asked.
    to: OrganisationRef,
    /// When and where.
    meeting: MeetingPart,
    /// As what the reader takes part, who belongs to neither side.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<ParticipantRole>,
    /// Who takes part beside the two sides; for the sides and staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    participants: Option<Vec<ParticipantView>>,
}

/// Somebody who takes part beside the two sides.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ParticipantView {
    /// The name.
    name: Name,
    /// As what.
    role: ParticipantRole,
    /// Who; for staff, and for those who brought them.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<PersonId>,
}

/// Who looks, when, and in which language.
#[derive(Clone, Copy)]
pub(crate) struct Viewer<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) me: &'a Principal,
    pub(crate) language: Language,
    pub(crate) now: Timestamp,
}

impl Viewer<'_> {
    /// The meeting as the reader may see it: who takes part beside the sides sees when, where and between whom.
    ///
    /// # Errors
    /// 404 for a stranger, and for a request without a meeting.
    pub(crate) fn of(&self, conn: &mut Conn, request: &MeetingRequest) -> ApiResult<MeetingView> {
        let absent = || ApiError::not_found(Noun::Meeting);
        let meeting = request.meeting.as_ref().ok_or_else(absent)?;
        let standing = standing(conn, self.me, request)?.ok_or_else(absent)?;
        let state = request.state_at(self.now);
        let eyes = standing.eyes();
        let shown = consent::shows_words(conn, self.snapshot, request, eyes, self.now)?;
        let mut part = MeetingPart::of(conn, meeting, state, shown)?;
        let (role, participants) = match standing {
            Standing::Party(eyes) => (None, Some(self.others(conn, request, eyes.staff)?)),
            Standing::Participant(role) => {
                part.attendance = None;
                (Some(role), None)
            }
        };
        Ok(MeetingView {
            id: request.id,
            state,
            programme: request.programme,
            from: self.organisation(request.from.organisation)?,
            to: self.organisation(request.to.organisation)?,
            meeting: part,
            role,
            participants,
        })
    }

    fn others(
        &self,
        conn: &mut Conn,
        request: &MeetingRequest,
        is_staff: bool,
    ) -> ApiResult<Vec<ParticipantView>> {
        let others = participants::list(conn, request.id)?;
        let view = |other: &participants::Participant| {
            let known = is_staff || other.added_by == self.me.person;
            Ok(ParticipantView {
                name: people::find(conn, other.person)?.name,
                role: other.role,
                id: known.then_some(other.person),
            })
        };
        others.iter().map(view).collect()
    }

    fn organisation(&self, id: OrganisationId) -> ApiResult<OrganisationRef> {
        // The snapshot is at most a second behind: an organisation that it does not hold yet is there by the next try.
        OrganisationRef::of(self.snapshot, id, self.language).ok_or(Code::Unavailable.into())
    }
}
