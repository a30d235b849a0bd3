//! Typed identifiers: one generic newtype over a UUIDv7, one marker type per noun.

use std::{fmt, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};
use uuid::Uuid;

/// What an [`Id`] points at. The same word stands in the URL, the table and the error code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the vocabulary of the crate documentation")]
pub enum Noun {
    Affiliation,
    AnswerLink,
    Asset,
    Audit,
    Availability,
    BlockList,
    Consent,
    CalendarFeed,
    Contacts,
    Exposure,
    Feedback,
    Invitation,
    Investment,
    Mandate,
    Mark,
    Meeting,
    MeetingRequest,
    Membership,
    Organisation,
    Outcome,
    Participant,
    Person,
    Place,
    Profile,
    Programme,
    Reply,
    Round,
    Scorecard,
    Session,
    Slot,
    StaffGrant,
    Visibility,
    Delivery,
    MachineToken,
    Webhook,
}

impl Noun {
    /// The noun in snake_case, as it stands in error codes: `meeting_request` in `meeting_request_not_found`.
    pub const fn code(self) -> &'static str {
        match self {
            Noun::Affiliation => "affiliation",
            Noun::AnswerLink => "answer_link",
            Noun::Asset => "asset",
            Noun::Audit => "audit",
            Noun::Availability => "availability",
            Noun::BlockList => "block_list",
            Noun::Consent => "consent",
            Noun::CalendarFeed => "calendar_feed",
            Noun::Contacts => "contacts",
            Noun::Exposure => "exposure",
            Noun::Feedback => "feedback",
            Noun::Invitation => "invitation",
            Noun::Investment => "investment",
            Noun::Mandate => "mandate",
            Noun::Mark => "mark",
            Noun::Meeting => "meeting",
            Noun::MeetingRequest => "meeting_request",
            Noun::Membership => "membership",
            Noun::Organisation => "organisation",
            Noun::Outcome => "outcome",
            Noun::Participant => "participant",
            Noun::Person => "person",
            Noun::Place => "place",
            Noun::Profile => "profile",
            Noun::Programme => "programme",
            Noun::Reply => "reply",
            Noun::Round => "round",
            Noun::Scorecard => "scorecard",
            Noun::Session => "session",
            Noun::Slot => "slot",
            Noun::StaffGrant => "staff_grant",
            Noun::Visibility => "visibility",
            Noun::Delivery => "delivery",
            Noun::MachineToken => "machine_token",
            Noun::Webhook => "webhook",
        }
    }
}

impl fmt::Display for Noun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A marker type that says which noun an [`Id`] belongs to.
pub trait Marker {
    /// The noun.
    const NOUN: Noun;
}

/// The identifier of one `T`: a UUIDv7, so ids sort by their time of creation.
pub struct Id<T> {
    uuid: Uuid,
    of: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// The id with these bits.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Id {
            uuid,
            of: PhantomData,
        }
    }

    /// The bits of the id.
    pub const fn uuid(self) -> Uuid {
        self.uuid
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $alias:ident = $marker:ident;)*) => {
        /// The markers of the ids, one per noun.
        pub mod of {
            $(
                /// Marks the ids of one noun.
                #[derive(Debug)]
                pub enum $marker {}
                impl super::Marker for $marker {
                    const NOUN: super::Noun = super::Noun::$marker;
                }
            )*
        }
        $($(#[$doc])* pub type $alias = Id<of::$marker>;)*
    };
}

ids! {
    /// An affiliation between two organisations.
    AffiliationId = Affiliation;
    /// A link by which somebody without an account answers.
    AnswerLinkId = AnswerLink;
    /// An asset of an organisation.
    AssetId = Asset;
    /// A consent to contacts going abroad.
    ConsentId = Consent;
    /// An invitation by link.
    InvitationId = Invitation;
    /// An investment of an investor in a startup.
    InvestmentId = Investment;
    /// A mandate of an organisation.
    MandateId = Mandate;
    /// A meeting: the id of its request.
    MeetingId = Meeting;
    /// A meeting request.
    MeetingRequestId = MeetingRequest;
    /// An organisation.
    OrganisationId = Organisation;
    /// What came of an introduction.
    OutcomeId = Outcome;
    /// A person.
    PersonId = Person;
    /// A place of a programme: a table, a room, a link.
    PlaceId = Place;
    /// A programme.
    ProgrammeId = Programme;
    /// Something said of a request without a step.
    ReplyId = Reply;
    /// A round of a startup.
    RoundId = Round;
    /// A sign-in of a person on one device.
    SessionId = Session;
    /// A notice to one recipient.
    DeliveryId = Delivery;
    /// A token of another system.
    MachineTokenId = MachineToken;
    /// A webhook of an organisation or a programme.
    WebhookId = Webhook;
    /// A slot of a programme.
    SlotId = Slot;
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.uuid.cmp(&other.uuid)
    }
}
impl<T> std::hash::Hash for Id<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid, f)
    }
}
impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid, f)
    }
}

impl<T> FromStr for Id<T> {
    type Err = NotAnId;

    /// Reads the hyphenated form alone, in capital or small letters (RFC 9562, section 4); it is written in small ones.
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        match Uuid::try_parse(text) {
            Ok(uuid) if text.len() == 36 => Ok(Id::from_uuid(uuid)),
            _ => Err(NotAnId),
        }
    }
}

/// The text is not a hyphenated UUID.
#[derive(Debug, thiserror::Error)]
#[error("not a hyphenated UUID")]
pub struct NotAnId;

impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.uuid)
    }
}

impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl<T> PartialSchema for Id<T> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
            .into()
    }
}

impl<T> ToSchema for Id<T> {
    fn name() -> std::borrow::Cow<'static, str> {
        "Id".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "0190abcd-0000-7000-8000-00000000000f";

    #[test]
    fn an_id_is_written_as_it_is_read() {
        let id: PersonId = TEXT.parse().unwrap();
        let json = serde_json::to_string(&id).unwrap();

        assert_eq!(id.to_string(), TEXT);
        assert_eq!(json, format!("\"{TEXT}\""));
        assert_eq!(serde_json::from_str::<PersonId>(&json).unwrap(), id);
        assert_eq!(TEXT.to_uppercase().parse::<PersonId>().unwrap(), id);
    }

    #[test]
    fn no_other_spelling_of_a_uuid_is_an_id() {
        let simple = TEXT.replace('-', "");
        let others = [
            simple.clone(),
            format!("{{{TEXT}}}"),
            format!("urn:uuid:{TEXT}"),
            format!("{simple}    "),
            format!("{TEXT}\0"),
            "ｆ".repeat(12),
            String::new(),
        ];

        for other in others {
            assert!(other.parse::<PersonId>().is_err(), "{other:?}");
        }
        assert!(serde_json::from_str::<PersonId>("7").is_err());
    }

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let id = |text: &str| text.parse::<PersonId>().unwrap();
        let earlier = id("0190abcc-ffff-7fff-bfff-ffffffffffff");

        assert!(earlier < id(TEXT));
        assert!(earlier.to_string() < id(TEXT).to_string());
    }
}
