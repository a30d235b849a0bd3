//! A request as its reader may see it: each side, staff, and nobody else, each as far as they may know.

use domain::{
    Approval, Attendance, Booked, Document, EmailAddress, Language, Line, MeetingRequest,
    MeetingRequestId, Move, Name, OrganisationId, Party, PersonId, Principal, ProgrammeId, Purpose,
    Reason, State, Step, Subject, Tier,
    schedule::{Span, Tick},
};
use jiff::Timestamp;
use scoring::{Card, Explanation};
use serde::Serialize;
use serde_json::Value;
use store::{
    Conn, judgements,
    meeting_requests::{self, Taken},
    offers, people,
};
use utoipa::ToSchema;

use crate::{
    error::{ApiError, ApiResult, Code},
    live::Snapshot,
    requests::{
        consent, has_submitted, in_force, replay,
        rights::{self, Eyes},
    },
    routes::{
        matches::{BandView, ContributionView},
        me::OrganisationRef,
        meetings::view::{MeetingPart, OfferView},
    },
};

use super::mask::without_addresses;

/// A meeting request, as far as the reader may know it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeetingRequestView {
    /// Its id.
    pub(crate) id: MeetingRequestId,
    /// Where it stands now.
    pub(crate) state: State,
    /// Counts the changes; its `ETag`.
    pub(crate) version: u32,
    /// The programme it belongs to.
    programme: ProgrammeId,
    /// The side that asks.
    from: OrganisationRef,
    /// The side that is asked.
    to: OrganisationRef,
    /// What for.
    purpose: Purpose,
    /// What about.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Subject>,
    /// What the requester writes; e-mail addresses in it are shown on acceptance.
    message: String,
    /// When it was made.
    created_at: Timestamp,
    /// When it last changed.
    changed_at: Timestamp,
    /// From then on it is expired; none in states that wait for nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deadline_at: Option<Timestamp>,
    /// Why it stands where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    /// The request that it takes the place of; for the requester and staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces: Option<MeetingRequestId>,
    /// When and where the two meet; once that is fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    meeting: Option<MeetingPart>,
    /// The times that the sides offer each other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    offers: Vec<OfferView>,
    /// The steps that the reader may take now.
    actions: Vec<Step>,
    /// What happened, oldest first.
    history: Vec<StepView>,
    /// How well the two fit, in a word with its meaning; for the requester and staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) band: Option<BandView>,
    /// How well the two fit, between 0 and 1; for the requester and staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) score: Option<f64>,
    /// The points of the pair; for the requester and staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) points: Option<i32>,
    /// What the points are made of, the loudest first; for the requester and staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) contributions: Option<Vec<ContributionView>>,
    /// How the two named people are reached; once accepted, for the two sides. A side whose consent to contacts going
    /// abroad was withdrawn is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    contacts: Option<ContactsOfBoth>,
}

/// A step that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StepView {
    /// The version that it made.
    version: u32,
    /// The step; none for the making of the request.
    step: Option<Step>,
    /// On whose part.
    party: Party,
    /// When.
    at: Timestamp,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    /// What was written beside the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// Why staff took it for the side; for that side and staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    on_behalf: Option<String>,
    /// Who took it; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<PersonRef>,
    /// What staff ticked; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    ticks: Option<Vec<String>>,
}

/// A person, in one line.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonRef {
    /// Who.
    id: PersonId,
    /// The name.
    name: Name,
}

/// How the two named people are reached.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContactsOfBoth {
    /// Of the side that asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    requester: Option<ContactsOfSide>,
    /// Of the side that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    counterpart: Option<ContactsOfSide>,
}

/// How one side is reached.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContactsOfSide {
    /// The name of the person.
    name: Name,
    /// Where the person reads mail.
    email: EmailAddress,
    /// Where the person answers the telephone.
    phone: Option<Line<40>>,
    /// How the organisation is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<domain::Contacts>)]
    organisation: Option<Value>,
}

/// How free text is shown.
type Wording = fn(&str) -> String;

/// Who reads, when, and in which language.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) me: &'a Principal,
    pub(crate) language: Language,
    pub(crate) now: Timestamp,
}

impl Reading<'_> {
    /// The request as the reader may see it.
    ///
    /// # Errors
    /// 404 for somebody to whom it does not exist.
    pub(crate) fn of(
        &self,
        conn: &mut Conn,
        request: &MeetingRequest,
    ) -> ApiResult<MeetingRequestView> {
        let eyes = Eyes::of(self.me, request)?;
        let knows_all = eyes.requester || eyes.staff;
        let state = request.state_at(self.now);
        let (explanation, band) = if knows_all {
            explanation(conn, request, self.language)?.unzip()
        } else {
            (None, None)
        };
        let points = explanation.as_ref().map(|found| found.matched.points);
        let shown = self.wording(conn, request, eyes)?;
        Ok(MeetingRequestView {
            id: request.id,
            state,
            version: request.version,
            programme: request.programme,
            from: self.organisation(request.from.organisation)?,
            to: self.organisation(request.to.organisation)?,
            purpose: request.purpose,
            subject: request.subject,
            message: shown(request.message.as_str()),
            created_at: request.created_at,
            changed_at: request.changed_at,
            deadline_at: request.entry.deadline_at().filter(|_| !state.is_end()),
            reason: request.reason,
            replaces: request.replaces.filter(|_| knows_all),
            meeting: match &request.meeting {
                Some(meeting) => {
                    let (snapshot, eyes) = (self.snapshot, Some(eyes));
                    let shown = consent::shows_words(conn, snapshot, request, eyes, self.now)?;
                    Some(MeetingPart::of(conn, meeting, state, shown)?)
                }
                None => None,
            },
            offers: self.offers(conn, request)?,
            actions: self.actions(conn, request)?,
            history: self.history(conn, request, eyes)?,
            band,
            score: points.map(scoring::score),
            points,
            contributions: explanation
                .map(|found| ContributionView::all(found.telling(), self.language)),
            contacts: self.contacts(conn, request, eyes)?,
        })
    }

    fn organisation(&self, id: OrganisationId) -> ApiResult<OrganisationRef> {
        // The snapshot is at most a second behind: an organisation that it does not hold yet is there by the next try.
        OrganisationRef::of(self.snapshot, id, self.language).ok_or(Code::Unavailable.into())
    }

    fn offers(&self, conn: &mut Conn, request: &MeetingRequest) -> ApiResult<Vec<OfferView>> {
        if request.state_at(self.now).is_end() {
            return Ok(Vec::new());
        }
        let offered = offers::list(conn, request.id, self.now)?;
        Ok(offered.into_iter().map(Into::into).collect())
    }

    /// The steps that would be taken if the reader asked for them now.
    fn actions(&self, conn: &mut Conn, request: &MeetingRequest) -> ApiResult<Vec<Step>> {
        let mut actions = Vec::new();
        for step in Step::ALL {
            if self.may(conn, request, step)? {
                actions.push(step);
            }
        }
        Ok(actions)
    }

    fn may(&self, conn: &mut Conn, request: &MeetingRequest, step: Step) -> ApiResult<bool> {
        let actor = rights::actor(self.snapshot, self.me, request, step, None);
        let (Ok(actor), Some(programme)) = (actor, self.snapshot.programme(request.programme))
        else {
            return Ok(false);
        };
        let checklist = programme.programme.checklist.iter();
        let made = Move {
            reason: step.reasons().first().copied(),
            ticks: checklist.map(|item| item.code.clone()).collect(),
            booked: self.some_time(),
            attendance: Some(Attendance::BOTH),
            ..Move::bare(step)
        };
        let pair = (request.from.organisation, request.to.organisation);
        let in_force = in_force(self.snapshot, programme, pair, 0);
        let tried = request.clone().apply(made, &actor, in_force, self.now);
        let submitted = step == Step::Approve && has_submitted(conn, request, &actor)?;
        Ok(tried.is_ok() && !submitted)
    }

    /// A time that is to come, to try whether any could be fixed.
    fn some_time(&self) -> Option<Booked> {
        let next = Tick::floor(self.now).later(1);
        let span = Span::new(next, next.later(1))?;
        Some(Booked {
            span,
            place: None,
            venue: None,
        })
    }

    fn history(
        &self,
        conn: &mut Conn,
        request: &MeetingRequest,
        eyes: Eyes,
    ) -> ApiResult<Vec<StepView>> {
        let steps = meeting_requests::list_steps(conn, request.id)?;
        let since = if eyes.requester || eyes.staff {
            0
        } else {
            let_through_at(request, &steps)
        };
        let shown = self.wording(conn, request, eyes)?;
        steps
            .into_iter()
            .filter(|taken| taken.version >= since)
            .map(|taken| step_view(conn, taken, eyes, shown))
            .collect()
    }

    /// Contacts are for the two sides alone, and while the request is accepted alone.
    fn tells_contacts(&self, request: &MeetingRequest, eyes: Eyes) -> bool {
        (eyes.requester || eyes.counterpart) && request.state_at(self.now).shows_contacts()
    }

    /// Free text for the reader: nobody's address gets to somebody early by being written into it.
    fn wording(&self, conn: &mut Conn, request: &MeetingRequest, eyes: Eyes) -> ApiResult<Wording> {
        if self.tells_all(conn, request, eyes)? {
            Ok(str::to_owned)
        } else {
            Ok(without_addresses)
        }
    }

    /// Whether the reader sees the contacts of both.
    pub(crate) fn tells_all(
        &self,
        conn: &mut Conn,
        request: &MeetingRequest,
        eyes: Eyes,
    ) -> ApiResult<bool> {
        Ok(self.tells_contacts(request, eyes)
            && self.shows(conn, request, Party::Requester)?
            && self.shows(conn, request, Party::Counterpart)?)
    }

    fn shows(&self, conn: &mut Conn, request: &MeetingRequest, party: Party) -> ApiResult<bool> {
        consent::shows(conn, self.snapshot, request, party, self.now)
    }

    fn contacts(
        &self,
        conn: &mut Conn,
        request: &MeetingRequest,
        eyes: Eyes,
    ) -> ApiResult<Option<ContactsOfBoth>> {
        if !self.tells_contacts(request, eyes) {
            return Ok(None);
        }
        let mut side = |side: domain::Side, party| {
            let own = match party {
                Party::Requester => eyes.requester,
                _ => eyes.counterpart,
            };
            if !own && !self.shows(conn, request, party)? {
                return Ok(None);
            }
            let person = side
                .person
                .ok_or_else(|| ApiError::internal("an accepted request names two people"))?;
            let person = people::find(conn, person)?;
            ApiResult::Ok(Some(ContactsOfSide {
                name: person.name,
                email: person.email,
                phone: person.phone,
                organisation: self.contacts_of(side.organisation),
            }))
        };
        Ok(Some(ContactsOfBoth {
            requester: side(request.from, Party::Requester)?,
            counterpart: side(request.to, Party::Counterpart)?,
        }))
    }

    fn contacts_of(&self, organisation: OrganisationId) -> Option<Value> {
        let listed = self.snapshot.organisation(organisation)?;
        let contacts = &listed.contacts.as_ref()?.document;
        let whole = serde_json::to_value(contacts).ok()?;
        let kind = domain::Contacts::KIND;
        Some(listed.visibility.disclose(kind, whole, Tier::Accepted))
    }
}

/// What the request was judged by last, with the meaning of its band under the card of that time.
fn explanation(
    conn: &mut Conn,
    request: &MeetingRequest,
    language: Language,
) -> ApiResult<Option<(Explanation, BandView)>> {
    let Some(kept) = judgements::find(conn, request.id)? else {
        return Ok(None);
    };
    let explanation: Explanation =
        serde_json::from_value(kept.explanation).map_err(ApiError::internal)?;
    let meaning = |card: &Card| BandView::of(explanation.band, card, language);
    let band = replay::with_card(conn, &kept.card_hash, meaning)?;
    Ok(Some((explanation, band)))
}

/// The first version that the other side knows of: the approval by staff, or what came after the policy's.
fn let_through_at(request: &MeetingRequest, steps: &[Taken]) -> u32 {
    let handed_in = |taken: &&Taken| matches!(taken.step, None | Some(Step::Submit));
    let version_of = |found: Option<&Taken>| found.map_or(0, |taken| taken.version);
    match request.approval {
        Some(Approval::Staff(_)) => {
            let approved = |taken: &&Taken| taken.step == Some(Step::Approve);
            version_of(steps.iter().rev().find(approved))
        }
        _ => version_of(steps.iter().rev().find(handed_in)) + 1,
    }
}

fn step_view(conn: &mut Conn, taken: Taken, eyes: Eyes, shown: Wording) -> ApiResult<StepView> {
    let person = match taken.person.filter(|_| eyes.staff) {
        Some(id) => Some(PersonRef {
            id,
            name: people::find(conn, id)?.name,
        }),
        None => None,
    };
    let tells_why = match taken.party {
        Party::Requester => eyes.requester || eyes.staff,
        Party::Counterpart => eyes.counterpart || eyes.staff,
        Party::Staff | Party::Clock | Party::System => eyes.staff,
    };
    let on_behalf = taken.on_behalf.filter(|_| tells_why);
    Ok(StepView {
        version: taken.version,
        step: taken.step,
        party: taken.party,
        at: taken.at,
        reason: taken.reason,
        note: taken.note.map(|note| shown(&note)),
        on_behalf: on_behalf.map(|why| shown(&why)),
        person,
        ticks: eyes.staff.then_some(taken.ticks),
    })
}
