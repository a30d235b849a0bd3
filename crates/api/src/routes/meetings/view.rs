//! Time and place of a meeting, as the reader may see them.

use domain::{Attendance, Line, Meeting, Party, PlaceId, PlaceKind};
use jiff::Timestamp;
use serde::Serialize;
use store::{Conn, offers::Offer, places};
use utoipa::ToSchema;

use crate::{error::ApiResult, requests::booking::OpenTime};

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
    /// Where, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) venue: Option<Line<300>>,
    /// Who came; once it was held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attendance: Option<Attendance>,
}

impl MeetingPart {
    /// The meeting with the name of its place.
    pub(crate) fn of(conn: &mut Conn, meeting: &Meeting) -> ApiResult<MeetingPart> {
        let booked = &meeting.booked;
        let place = booked.place.map(|id| places::find(conn, id)).transpose()?;
        Ok(MeetingPart {
            revision: meeting.revision,
            starts_at: booked.span.starts_at(),
            ends_at: booked.span.ends_at(),
            place: place.map(|place| PlaceView::whole(&place)),
            venue: booked.venue.clone(),
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
