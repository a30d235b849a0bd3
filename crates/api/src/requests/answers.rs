//! Answers through a link: what somebody without an account may do, and as whom.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    Actor, AnswerLinkId, Approval, EmailAddress, Language, MeetingRequest, Move, Name, Noun,
    OrganisationId, Party, Person, PersonId, ReplyKind, State, Step, schedule::Span,
};
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::Sha256;
use store::{
    Conn,
    answer_links::{self, AnswerLink},
    journal::{self, Change},
    meeting_requests, people, places,
    replies::{self, Reply, Speaker},
};

use super::{consent, rights::Eyes};
use crate::{
    app::App,
    auth::secrets::TokenHash,
    error::{ApiError, ApiResult, Code},
    live::Snapshot,
    pages::form::Act,
    routes::me::OrganisationRef,
};

/// What the secret of a link is derived with.
const LABEL: &[u8] = b"nakodo answer link 1";

/// The secret of a link: its id, signed with a key of the hub. Nothing of it is kept but a hash, so whoever may read the
/// database cannot answer; and who sends mail makes it again from the id.
fn secret(app: &App, id: AnswerLinkId) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(app.cursor_key()).expect("HMAC takes keys of any length");
    mac.update(LABEL);
    mac.update(id.uuid().as_bytes());
    let signed = [
        id.uuid().as_bytes().as_slice(),
        &mac.finalize().into_bytes(),
    ]
    .concat();
    format!("nka_{}", URL_SAFE_NO_PAD.encode(signed))
}

/// The path of a link's page, below the address of the hub. Not to be logged.
pub fn path(app: &App, id: AnswerLinkId) -> String {
    format!("/answer/{}", secret(app, id))
}

/// What is kept of a link's secret.
pub(crate) fn hash(app: &App, id: AnswerLinkId) -> TokenHash {
    TokenHash::of(&secret(app, id))
}

/// How long a link is good. Our choice: longer than a counterpart has to answer.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(24 * 30);

/// To whom a link is given.
#[derive(Clone, Debug)]
pub(crate) struct Addressee {
    /// Their address.
    pub(crate) email: EmailAddress,
    /// Their name.
    pub(crate) name: Name,
    /// In which language they are written to.
    pub(crate) language: Language,
}

/// Makes a link to a request.
///
/// # Errors
/// What the database answered.
pub(crate) fn give(
    conn: &mut Conn,
    app: &App,
    request: &MeetingRequest,
    to: Addressee,
    (by, party): (PersonId, Option<Party>),
    now: Timestamp,
) -> ApiResult<AnswerLink> {
    let link = AnswerLink {
        id: app.new_id(),
        request: request.id,
        email: to.email,
        name: to.name,
        language: to.language,
        created_by: by,
        created_at: now,
        expires_at: now.saturating_add(GOOD_FOR).unwrap_or(Timestamp::MAX),
        answered_at: None,
        person: None,
        revoked_at: None,
        mails: 0,
        mailed_at: None,
    };
    answer_links::insert(conn, &link, hash(app, link.id).as_str())?;
    let by = if party.is_some() { None } else { Some(by) };
    note(conn, request, &link, ("created", 1), (by, party), now)?;
    Ok(link)
}

/// Has a link sent by mail: the event is routed like any other, and the letter written when it goes.
///
/// # Errors
/// 409 if it was sent, answered or taken back meanwhile.
pub(crate) fn mail(
    conn: &mut Conn,
    request: &MeetingRequest,
    link: AnswerLink,
    by: (Option<PersonId>, Option<Party>),
    now: Timestamp,
) -> ApiResult<AnswerLink> {
    answer_links::save_mailed(conn, &link, now)?;
    let mailed = AnswerLink {
        mails: link.mails + 1,
        mailed_at: Some(now),
        ..link
    };
    note(conn, request, &mailed, ("mailed", mailed.mails), by, now)?;
    Ok(mailed)
}

/// Writes down what happened to a link.
///
/// # Errors
/// What the database answered.
pub(crate) fn note(
    conn: &mut Conn,
    request: &MeetingRequest,
    link: &AnswerLink,
    (action, version): (&'static str, u32),
    (person, party): (Option<PersonId>, Option<Party>),
    now: Timestamp,
) -> ApiResult<()> {
    let change = Change {
        action,
        noun: Noun::AnswerLink,
        id: link.id.uuid(),
        version,
        person,
        party,
        detail: json!({"request": request.id, "programme": request.programme}),
    };
    Ok(journal::insert(conn, &change, now)?)
}

/// Gives a link to a counterpart that nobody has claimed, and has it sent, when a request begins to wait for it: to the
/// address that stands in its contacts, in its language. Nothing if it has members, no address, or one of somebody who
/// can sign in; nor if staff gave a link before.
///
/// # Errors
/// What the database answered.
pub(crate) fn reach_unclaimed(
    conn: &mut Conn,
    (app, snapshot): (&App, &Snapshot),
    request: &MeetingRequest,
    now: Timestamp,
) -> ApiResult<()> {
    let is_open = request.state_at(now) == State::AwaitingCounterpart;
    let Some(to) = addressee(snapshot, request.to.organisation).filter(|_| is_open) else {
        return Ok(());
    };
    if !is_unclaimed(conn, request, &to.email)? || !answer_links::list(conn, request.id)?.is_empty()
    {
        return Ok(());
    }
    // Whose act let it through, or who asked where no act is needed.
    let by = match request.approval {
        Some(Approval::Staff(person)) => person,
        _ => request.requested_by,
    };
    let hub = Some(Party::System);
    let link = give(conn, app, request, to, (by, hub), now)?;
    mail(conn, request, link, (None, hub), now)?;
    Ok(())
}

/// Whether nobody can sign in for the counterpart, nor with this address.
///
/// # Errors
/// What the database answered.
pub(crate) fn is_unclaimed(
    conn: &mut Conn,
    request: &MeetingRequest,
    email: &EmailAddress,
) -> ApiResult<bool> {
    let has_account = people::find_by_email(conn, email.as_str())?
        .is_some_and(|(_, password)| password.is_some());
    Ok(!has_account && people::list_members(conn, request.to.organisation)?.is_empty())
}

/// Who reads the mail of an organisation that nobody has claimed, and in which language: the first of its profile that
/// the hub speaks, that of its home otherwise.
fn addressee(snapshot: &Snapshot, organisation: OrganisationId) -> Option<Addressee> {
    let listed = snapshot.organisation(organisation)?;
    let email = listed.contacts.as_ref()?.document.email.clone()?;
    let spoken = listed.profile.as_ref().and_then(|profile| {
        let tags = profile.document.languages.iter();
        tags.map(domain::LanguageTag::primary)
            .find_map(|tag| match tag.as_str() {
                "ja" => Some(Language::Ja),
                "en" => Some(Language::En),
                _ => None,
            })
    });
    let is_japanese = || {
        let home = super::manners::home(snapshot, organisation);
        home.is_some_and(|home| home.code().starts_with("JP"))
    };
    let language = spoken.unwrap_or(if is_japanese() {
        Language::Ja
    } else {
        Language::En
    });
    let name = OrganisationRef::of(snapshot, organisation, language)?.name;
    Some(Addressee {
        email,
        name: name.parse().ok()?,
        language,
    })
}

/// When and where a meeting is, as the side that is asked may know it.
#[derive(Clone, Debug)]
pub(crate) struct Met {
    /// When.
    pub(crate) span: Span,
    /// Where, in words.
    pub(crate) place: Option<String>,
    /// Where to click.
    pub(crate) link: Option<String>,
}

/// When and where the two meet; none while that is open, and none of a meeting that will not be.
///
/// # Errors
/// What the database answered.
pub(crate) fn met(
    conn: &mut Conn,
    snapshot: &Snapshot,
    request: &MeetingRequest,
    now: Timestamp,
) -> ApiResult<Option<Met>> {
    let stands = request.state_at(now).shows_contacts();
    let Some(meeting) = request.meeting.as_ref().filter(|_| stands) else {
        return Ok(None);
    };
    let counterpart = Eyes {
        requester: false,
        counterpart: true,
        staff: false,
    };
    let shown = consent::shows_words(conn, snapshot, request, Some(counterpart), now)?;
    let booked = &meeting.booked;
    let place = booked.place.map(|id| places::find(conn, id)).transpose()?;
    let venue = booked.venue.as_ref().filter(|_| shown);
    let words = [
        place.as_ref().map(|place| place.name.to_string()),
        venue.map(ToString::to_string),
    ];
    let words: Vec<String> = words.into_iter().flatten().collect();
    Ok(Some(Met {
        span: booked.span,
        place: (!words.is_empty()).then(|| words.join(", ")),
        link: place.and_then(|place| place.link),
    }))
}

/// Why nothing can be done through a link any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// Its time is over.
    Expired,
    /// Staff took it back.
    Revoked,
    /// The request was answered through it.
    Answered,
    /// The request does not wait for the side any more.
    Over(State),
    /// The organisation has members of its own by now, or the person an account.
    Claimed,
}

/// The link with this secret, its request, and what keeps anybody from answering through it.
///
/// # Errors
/// 404 for a secret that nobody was given.
pub(crate) fn open(
    conn: &mut Conn,
    secret: &str,
    now: Timestamp,
) -> ApiResult<(AnswerLink, MeetingRequest, Option<Closed>)> {
    let link = answer_links::find_by_hash(conn, TokenHash::of(secret).as_str())?;
    let request = meeting_requests::find(conn, link.request)?;
    let closed = closed(conn, &link, &request, now)?;
    Ok((link, request, closed))
}

/// What keeps anybody from answering through a link.
///
/// # Errors
/// What the database answered.
pub(crate) fn closed(
    conn: &mut Conn,
    link: &AnswerLink,
    request: &MeetingRequest,
    now: Timestamp,
) -> ApiResult<Option<Closed>> {
    let state = request.state_at(now);
    Ok(if link.expires_at <= now {
        Some(Closed::Expired)
    } else if link.revoked_at.is_some() {
        Some(Closed::Revoked)
    } else if link.answered_at.is_some() {
        Some(Closed::Answered)
    } else if state != State::AwaitingCounterpart {
        Some(Closed::Over(state))
    } else if !is_unclaimed(conn, request, &link.email)? {
        Some(Closed::Claimed)
    } else {
        None
    })
}

/// Does what was confirmed. The request after it.
///
/// # Errors
/// 409 if the request has moved on, or a consent is missing.
pub(crate) fn perform(
    conn: &mut Conn,
    (app, snapshot): (&App, &Snapshot),
    (link, request): (&AnswerLink, MeetingRequest),
    act: Act,
    now: Timestamp,
) -> ApiResult<MeetingRequest> {
    let mut reply = Reply {
        id: app.new_id(),
        request: request.id,
        kind: ReplyKind::Question,
        party: Party::Counterpart,
        by: Speaker::Link(link.id),
        text: String::new(),
        times: Vec::new(),
        colleague: None,
        at: now,
        answer: None,
    };
    match act {
        Act::Accept { phone, agreed } => {
            let person = guest(conn, app, link, phone, now)?;
            consent::agree_as_guest(
                conn,
                (app, snapshot),
                (&request, person),
                agreed.as_deref(),
                now,
            )?;
            let made = Move::bare(Step::Accept);
            step(conn, snapshot, (link, person), (request, made, None), now)
        }
        Act::Decline { reason, note } => {
            let person = guest(conn, app, link, None, now)?;
            let made = Move::because(Step::Decline, reason);
            step(conn, snapshot, (link, person), (request, made, note), now)
        }
        Act::Question { text } => {
            reply.text = text.to_string();
            say(conn, &request, &reply).map(|()| request)
        }
        Act::Times { text, times } => {
            reply.kind = ReplyKind::Times;
            reply.text = text.map(|text| text.to_string()).unwrap_or_default();
            reply.times = times;
            say(conn, &request, &reply).map(|()| request)
        }
        Act::Refer { name, email, text } => {
            reply.kind = ReplyKind::Referral;
            reply.text = text.map(|text| text.to_string()).unwrap_or_default();
            reply.colleague = Some((name, email));
            say(conn, &request, &reply).map(|()| request)
        }
    }
}

/// Takes the step and uses the link up.
fn step(
    conn: &mut Conn,
    snapshot: &Snapshot,
    (link, person): (&AnswerLink, PersonId),
    (request, made, words): (MeetingRequest, Move, Option<domain::Prose<2000>>),
    now: Timestamp,
) -> ApiResult<MeetingRequest> {
    let actor = Actor {
        party: Party::Counterpart,
        person: Some(person),
        on_behalf: None,
    };
    answer_links::save_answered(conn, link.id, person, now)?;
    let moved = super::take(conn, snapshot, request, made, &actor, words, now)?;
    let by = (Some(person), Some(Party::Counterpart));
    note(conn, &moved, link, ("answered", 1), by, now)?;
    Ok(moved)
}

/// Keeps what was said, and tells the others that it was.
///
/// # Errors
/// What the database answered.
pub(crate) fn say(conn: &mut Conn, request: &MeetingRequest, reply: &Reply) -> ApiResult<()> {
    replies::insert(conn, reply)?;
    let change = Change {
        action: "created",
        noun: Noun::Reply,
        id: reply.id.uuid(),
        version: 1,
        person: match reply.by {
            Speaker::Person(person) => Some(person),
            Speaker::Link(_) => None,
        },
        party: Some(reply.party),
        detail: json!({
            "request": request.id,
            "kind": reply.kind,
            "programme": request.programme,
            "from": request.from.organisation,
            "to": request.to.organisation,
        }),
    };
    Ok(journal::insert(conn, &change, reply.at)?)
}

/// The person of the link. One who answers for the first time is written down, cannot sign in, and becomes a member by
/// accepting an invitation to the same address.
fn guest(
    conn: &mut Conn,
    app: &App,
    link: &AnswerLink,
    phone: Option<domain::Line<40>>,
    now: Timestamp,
) -> ApiResult<PersonId> {
    match people::find_by_email(conn, link.email.as_str())? {
        Some((_, Some(_))) => Err(ApiError::from(Code::Stale)),
        Some((person, None)) => {
            if phone.is_some() && phone != person.phone {
                people::save(
                    conn,
                    &Person {
                        phone,
                        ..person.clone()
                    },
                )?;
            }
            Ok(person.id)
        }
        None => {
            let person = Person {
                id: app.new_id(),
                email: link.email.clone(),
                name: link.name.clone(),
                language: link.language,
                phone,
                version: 1,
            };
            people::insert(conn, &person, None, false, now)?;
            let change = Change {
                action: "created",
                noun: Noun::Person,
                id: person.id.uuid(),
                version: 1,
                person: Some(person.id),
                party: None,
                detail: json!({"answer_link": link.id}),
            };
            journal::insert(conn, &change, now)?;
            Ok(person.id)
        }
    }
}
