//! Consent before contacts go abroad: what is missing, what was shown, and whether contacts may be shown now.

use domain::{
    ConsentOf, Language, MeetingRequest, Noun, OrganisationId, Party, PersonId, Side, consent,
};
use jiff::Timestamp;
use serde_json::json;
use store::{
    Conn,
    consents::{self, Consent},
    journal::{self, Change},
};

use super::{manners::home, rights::Eyes};
use crate::{
    app::{App, uuid_at},
    error::{ApiError, ApiResult, Code, FieldError},
    live::Snapshot,
    pages::words,
};

/// What is shown before somebody agrees.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    /// The country into which contacts go: ISO 3166-1.
    pub(crate) country: &'static str,
    /// Its name.
    pub(crate) country_name: String,
    /// Its law in summary.
    pub(crate) law: &'static str,
    /// What the recipient does.
    pub(crate) measures: &'static str,
    /// The name of this text.
    pub(crate) text: String,
}

/// What is shown before contacts of the one go to the other; none where no consent is asked for.
pub(crate) fn notice(
    snapshot: &Snapshot,
    of: OrganisationId,
    to: OrganisationId,
    language: Language,
) -> Option<Notice> {
    let country = consent::needed(home(snapshot, of), home(snapshot, to))?;
    let (law, measures) = consent::notice(country, language);
    Some(Notice {
        country: country.code(),
        country_name: words::label(country.label(), language),
        law,
        measures,
        text: consent::text_of(country),
    })
}

/// Whose consents are missing before the contacts of somebody of the one organisation may go to the other.
///
/// # Errors
/// What the database answered.
pub(crate) fn missing(
    conn: &mut Conn,
    snapshot: &Snapshot,
    (of, person): (OrganisationId, PersonId),
    to: OrganisationId,
) -> ApiResult<Vec<ConsentOf>> {
    let Some(country) = consent::needed(home(snapshot, of), home(snapshot, to)) else {
        return Ok(Vec::new());
    };
    let given = consents::list_in_force(conn, of, to)?;
    let is_given = |subject: ConsentOf| {
        given.iter().any(|consent| {
            consent.subject == subject
                && consent.country == country.code()
                && (subject == ConsentOf::Organisation || consent.person == person)
        })
    };
    let all = ConsentOf::ALL.into_iter();
    Ok(all.filter(|subject| !is_given(*subject)).collect())
}

/// Refuses to let contacts go abroad without consent.
///
/// # Errors
/// 409 that names each consent that is missing.
pub(super) fn require(
    conn: &mut Conn,
    snapshot: &Snapshot,
    request: &MeetingRequest,
) -> ApiResult<()> {
    let mut fields = Vec::new();
    for (party, side, other) in [
        (Party::Requester, request.from, request.to),
        (Party::Counterpart, request.to, request.from),
    ] {
        let Some(person) = side.person else { continue };
        let of = (side.organisation, person);
        for subject in missing(conn, snapshot, of, other.organisation)? {
            fields.push(FieldError {
                field: format!("consents.{}.{}", party.code(), subject.code()),
                message: "is needed".to_owned(),
            });
        }
    }
    if fields.is_empty() {
        return Ok(());
    }
    Err(ApiError {
        fields,
        ..Code::ConsentMissing.into()
    })
}

/// Whether the contacts of a party of the request may be shown to the other side now.
///
/// # Errors
/// What the database answered.
pub(crate) fn shows(
    conn: &mut Conn,
    snapshot: &Snapshot,
    request: &MeetingRequest,
    party: Party,
    now: Timestamp,
) -> ApiResult<bool> {
    if !request.state_at(now).shows_contacts() {
        return Ok(false);
    }
    let (side, other): (Side, Side) = match party {
        Party::Requester => (request.from, request.to),
        _ => (request.to, request.from),
    };
    let Some(person) = side.person else {
        return Ok(false);
    };
    let of = (side.organisation, person);
    Ok(missing(conn, snapshot, of, other.organisation)?.is_empty())
}

/// Whether words that may hold contacts, the venue of a meeting say, may be shown to a reader now: a side reads what is
/// left of the other's consent, staff read all, and who else takes part (`None`) reads while both consents stand.
///
/// # Errors
/// What the database answered.
pub(crate) fn shows_words(
    conn: &mut Conn,
    snapshot: &Snapshot,
    request: &MeetingRequest,
    reader: Option<Eyes>,
    now: Timestamp,
) -> ApiResult<bool> {
    if !request.state_at(now).shows_contacts() {
        return Ok(false);
    }
    let others: &[Party] = match reader {
        Some(eyes) if eyes.requester != eyes.counterpart => {
            if eyes.requester {
                &[Party::Counterpart]
            } else {
                &[Party::Requester]
            }
        }
        Some(eyes) if eyes.staff => &[],
        _ => &[Party::Requester, Party::Counterpart],
    };
    for party in others {
        if !shows(conn, snapshot, request, *party, now)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Keeps that somebody agreed to a text, word for word. What is agreed to already stays as it is.
///
/// # Errors
/// What the database answered.
pub(crate) fn agree(
    conn: &mut Conn,
    (of, subject, person): (OrganisationId, ConsentOf, PersonId),
    to: OrganisationId,
    notice: &Notice,
    now: Timestamp,
) -> ApiResult<Consent> {
    let given = consents::list_in_force(conn, of, to)?;
    let same = given.into_iter().find(|consent| {
        consent.subject == subject
            && consent.country == notice.country
            && (subject == ConsentOf::Organisation || consent.person == person)
    });
    if let Some(same) = same {
        return Ok(same);
    }
    let consent = Consent {
        id: domain::Id::from_uuid(uuid_at(now)),
        organisation: of,
        subject,
        person,
        recipient: to,
        country: notice.country.to_owned(),
        text: notice.text.clone(),
        shown: json!({
            "country": notice.country_name,
            "law": notice.law,
            "measures": notice.measures,
        }),
        agreed_at: now,
        withdrawn_at: None,
    };
    consents::insert(conn, &consent)?;
    note(conn, &consent, "given", person, now)?;
    Ok(consent)
}

/// Writes down what happened to a consent.
///
/// # Errors
/// What the database answered.
pub(crate) fn note(
    conn: &mut Conn,
    consent: &Consent,
    action: &'static str,
    by: PersonId,
    now: Timestamp,
) -> ApiResult<()> {
    let change = Change {
        action,
        noun: Noun::Consent,
        id: consent.id.uuid(),
        version: 1,
        person: Some(by),
        party: None,
        detail: json!({
            "organisation": consent.organisation,
            "recipient": consent.recipient,
            "of": consent.subject,
            "country": consent.country,
            "text": consent.text,
        }),
    };
    Ok(journal::insert(conn, &change, now)?)
}

/// What somebody with a link agrees to, for themselves and the organisation they answer for.
///
/// # Errors
/// 409 if they did not agree to the text that is shown now.
pub(super) fn agree_as_guest(
    conn: &mut Conn,
    (_, snapshot): (&App, &Snapshot),
    (request, person): (&MeetingRequest, PersonId),
    agreed: Option<&str>,
    now: Timestamp,
) -> ApiResult<()> {
    let (of, to) = (request.to.organisation, request.from.organisation);
    let Some(notice) = notice(snapshot, of, to, Language::Ja) else {
        return Ok(());
    };
    if agreed != Some(notice.text.as_str()) {
        return Err(Code::ConsentMissing.into());
    }
    for subject in ConsentOf::ALL {
        agree(conn, (of, subject, person), to, &notice, now)?;
    }
    Ok(())
}

/// Has both sides of a request agree, as far as they are asked: for a history that is told, not lived.
///
/// # Errors
/// What the database answered.
pub fn agree_for_both(
    conn: &mut Conn,
    snapshot: &Snapshot,
    request: &MeetingRequest,
    accepting: PersonId,
    now: Timestamp,
) -> ApiResult<()> {
    let (from, to) = (request.from.organisation, request.to.organisation);
    let asked = request.from.person.unwrap_or(request.requested_by);
    for (of, person, other) in [(from, asked, to), (to, accepting, from)] {
        let Some(notice) = notice(snapshot, of, other, Language::Ja) else {
            continue;
        };
        for subject in ConsentOf::ALL {
            agree(conn, (of, subject, person), other, &notice, now)?;
        }
    }
    Ok(())
}
