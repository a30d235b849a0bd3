//! Mail: letters to the people whom an event concerns, written when they are sent, from what is true then.

use std::collections::BTreeMap;

use domain::{
    AnswerLinkId, DeliveryId, Language, MeetingRequest, NoticeSettings, Person, PersonId, Purpose,
    Rhythm, State,
};
use jiff::{SignedDuration, Timestamp};
use lettre::{
    Address, Message, SmtpTransport, Transport,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{self, client::Tls},
};
use store::{
    Conn,
    answer_links::{self, AnswerLink},
    deliveries::{self, Attempt, Claim, Delivery, Next, Recipient},
    meeting_requests, notice_settings, people,
};
use url::Url;

use super::{
    Authorities, Item, Letter, Post,
    audience::Concern,
    events::{self, Told},
    page::{Unsubscription, unsubscribe},
};
use crate::{
    app::App, error::ApiResult, live::Snapshot, requests::answers, routes::me::OrganisationRef,
};

/// Letters claimed at once.
const BATCH: i64 = 10;

/// How long a claim is good: longer than a batch of letters takes to a slow server.
const CLAIMED_FOR: SignedDuration = SignedDuration::from_mins(5);

/// How long after which attempt a letter is tried again; after the last it is given up. Two days in all.
const RETRIES: [SignedDuration; 8] = [
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(4),
    SignedDuration::from_hours(8),
    SignedDuration::from_hours(12),
    SignedDuration::from_hours(24),
];

/// Not a URL of a mail server.
#[derive(Debug, thiserror::Error)]
#[error(
    "is not smtp://host:port or smtps://host:port, with user:password@ before the host where needed"
)]
pub struct BadSmtpUrl;

/// The mail server at `smtps://…` (TLS) or `smtp://…` (STARTTLS; plain to this machine, or where `?tls=none` says so).
///
/// # Errors
/// If it is no such URL.
pub fn smtp(url: &str, authorities: &Authorities) -> Result<SmtpTransport, BadSmtpUrl> {
    let mut url = Url::parse(url).map_err(|_| BadSmtpUrl)?;
    let host = url.host_str().ok_or(BadSmtpUrl)?.to_owned();
    let is_here = matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
    let asked = url.query().map(str::to_owned);
    let tls = || {
        let name = host.trim_matches(['[', ']']);
        authorities.for_mail(name).map_err(|_| BadSmtpUrl)
    };
    let tls = match (url.scheme(), asked.as_deref()) {
        ("smtps", None) => Tls::Wrapper(tls()?),
        ("smtp", Some("tls=none")) => Tls::None,
        ("smtp", None) if is_here => Tls::None,
        ("smtp", None | Some("tls=required")) => Tls::Required(tls()?),
        _ => return Err(BadSmtpUrl),
    };
    url.set_query(None);
    let builder = SmtpTransport::from_url(url.as_str()).map_err(|_| BadSmtpUrl)?;
    Ok(builder
        .tls(tls)
        .timeout(Some(std::time::Duration::from_secs(20)))
        .build())
}

/// A path of the hub, below its public URL.
pub(crate) fn under(public_url: &Url, path: &str) -> Url {
    let mut url = public_url.clone();
    let base = url.path().trim_end_matches('/').to_owned();
    url.set_path(&format!("{base}/{path}"));
    url.set_query(None);
    url
}

/// One mail: the deliveries that it makes, and what it says; nothing if none of them is wanted any more.
struct Mail {
    deliveries: Vec<Delivery>,
    letter: Option<(Letter, Mailbox)>,
}

/// Sends the letters that are due; how many deliveries were tried.
///
/// # Errors
/// What the database answered. A mail server that refuses is no error here: the letter waits.
pub(crate) fn send_due(app: &App) -> ApiResult<usize> {
    let mut tried = 0;
    loop {
        let now = app.now();
        if !app
            .store()
            .read(|conn| deliveries::is_mail_due(conn, now))?
        {
            return Ok(tried);
        }
        let mails = claim(app, now)?;
        if mails.is_empty() {
            return Ok(tried);
        }
        for mail in mails {
            tried += mail.deliveries.len();
            let (outcome, next) = match &mail.letter {
                None => ("not_wanted", Outcome::Dropped),
                Some((letter, to)) => post(app, &mail.deliveries, letter, to, now),
            };
            record(app, &mail.deliveries, outcome, next)?;
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Sent,
    Later,
    Never,
    Dropped,
}

fn claim(app: &App, now: Timestamp) -> ApiResult<Vec<Mail>> {
    let until = now.saturating_add(CLAIMED_FOR).unwrap_or(now);
    let snapshot = app.live().snapshot();
    app.store().write(|conn| {
        let claimed = deliveries::claim(conn, Claim::Mail, BATCH, now, until)?;
        let mut by_person: BTreeMap<PersonId, Vec<Delivery>> = BTreeMap::new();
        let mut mails = Vec::new();
        for delivery in claimed {
            match delivery.recipient {
                Recipient::Person(person) => by_person.entry(person).or_default().push(delivery),
                Recipient::AnswerLink(link) => {
                    mails.push(write_to_guest(app, conn, &snapshot, link, delivery)?);
                }
                Recipient::Webhook(_) => {}
            }
        }
        for (person, mut own) in by_person {
            let settings = notice_settings::find(conn, person)?;
            let reader = people::find(conn, person)?;
            if settings.rhythm == Rhythm::Daily {
                let rest = Claim::Person(person);
                own.extend(deliveries::claim(conn, rest, i64::MAX, now, until)?);
                mails.push(write(app, conn, &snapshot, (&reader, &settings), own)?);
                continue;
            }
            for one in own {
                mails.push(write(
                    app,
                    conn,
                    &snapshot,
                    (&reader, &settings),
                    vec![one],
                )?);
            }
        }
        Ok(mails)
    })
}

/// Writes one mail to `reader` from what is true now.
fn write(
    app: &App,
    conn: &mut Conn,
    snapshot: &Snapshot,
    (reader, settings): (&Person, &NoticeSettings),
    all: Vec<Delivery>,
) -> ApiResult<Mail> {
    let (mut items, mut kinds) = (Vec::new(), Vec::new());
    for delivery in &all {
        let body = &delivery.body;
        let (event, to) = (body["line"].as_str(), body["to"].as_str());
        let Some(line) = event
            .zip(to)
            .and_then(|(event, to)| events::line(event, to))
        else {
            continue;
        };
        let concern = Concern::of(conn, &delivery.noun, delivery.subject, &body["detail"])?;
        // "To decide" is not said of what was decided meanwhile.
        let holds = concern.is_still_in(line.only_in(), app.now());
        let wanted = holds && !settings.muted.contains(&line.kind);
        if wanted && concern.may_know(snapshot, reader.id, line.to) {
            let writing = Writing {
                snapshot,
                language: reader.language,
                settings,
                public_url: &app.outgoing().public_url,
            };
            items.push(writing.item(line, &concern, &body["detail"]));
            if !kinds.contains(&line.kind) {
                kinds.push(line.kind);
            }
        }
    }
    let address: Option<Address> = reader.email.as_str().parse().ok();
    let letter = match address {
        Some(address) if !items.is_empty() => {
            let what = Unsubscription {
                person: reader.id,
                kinds,
            };
            let link = unsubscribe(app.cursor_key(), &app.outgoing().public_url, &what);
            let letter = Letter {
                language: reader.language,
                name: reader.name.to_string(),
                items,
                unsubscribe: Some(link.to_string()),
            };
            let to = Mailbox::new(Some(reader.name.to_string()), address);
            Some((letter, to))
        }
        _ => None,
    };
    Ok(Mail {
        deliveries: all,
        letter,
    })
}

/// Writes to somebody with an answer link: while the link is good, and of a meeting while they have no account.
fn write_to_guest(
    app: &App,
    conn: &mut Conn,
    snapshot: &Snapshot,
    link: AnswerLinkId,
    delivery: Delivery,
) -> ApiResult<Mail> {
    let link = answer_links::find(conn, link)?;
    let request = meeting_requests::find(conn, link.request)?;
    let body = &delivery.body;
    let line = match (body["line"].as_str(), body["to"].as_str()) {
        (Some(event), Some(to)) => events::line(event, to),
        _ => None,
    };
    let address: Option<Address> = link.email.as_str().parse().ok();
    let letter = match (line, address) {
        (Some(line), Some(address)) if is_wanted(app, conn, line, (&link, &request))? => {
            let concern = Concern::of(conn, &delivery.noun, delivery.subject, &body["detail"])?;
            let settings = NoticeSettings::usual();
            let writing = Writing {
                snapshot,
                language: link.language,
                settings: &settings,
                public_url: &app.outgoing().public_url,
            };
            let path = answers::path(app, link.id);
            let page = under(&app.outgoing().public_url, path.trim_start_matches('/'));
            let mut item = Item {
                link: Some(page.to_string()),
                ..writing.item(line, &concern, &body["detail"])
            };
            // Who has no account sees it nowhere else.
            let met = answers::met(conn, snapshot, &request, app.now())?;
            if let Some(place) = met.and_then(|met| met.place) {
                item.facts.push((writing.say("Where", "場所"), place));
            }
            let letter = Letter {
                language: link.language,
                name: link.name.to_string(),
                items: vec![item],
                unsubscribe: None,
            };
            Some((letter, Mailbox::new(Some(link.name.to_string()), address)))
        }
        _ => None,
    };
    Ok(Mail {
        deliveries: vec![delivery],
        letter,
    })
}

/// Whether the line is still true for who has the link.
fn is_wanted(
    app: &App,
    conn: &mut Conn,
    line: &Told,
    (link, request): (&AnswerLink, &MeetingRequest),
) -> ApiResult<bool> {
    let now = app.now();
    if line.is_of_meeting() || request.state_at(now) == State::Withdrawn {
        let unclaimed = answers::is_unclaimed(conn, request, &link.email)?;
        return Ok(link.revoked_at.is_none() && unclaimed);
    }
    Ok(answers::closed(conn, link, request, now)?.is_none())
}

struct Writing<'a> {
    snapshot: &'a Snapshot,
    language: Language,
    settings: &'a NoticeSettings,
    public_url: &'a Url,
}

impl Writing<'_> {
    fn say(&self, en: &'static str, ja: &'static str) -> &'static str {
        match self.language {
            Language::En => en,
            Language::Ja => ja,
        }
    }

    fn name_of(&self, id: domain::OrganisationId) -> String {
        OrganisationRef::of(self.snapshot, id, self.language)
            .map_or_else(|| id.to_string(), |organisation| organisation.name)
    }

    fn item(&self, line: &Told, concern: &Concern, detail: &serde_json::Value) -> Item {
        let (subject, sentence) = line.words(self.language);
        let request = concern.request.as_ref();
        let name =
            |id: Option<domain::OrganisationId>| id.map(|id| self.name_of(id)).unwrap_or_default();
        let places = [
            (
                "{from}",
                name(request.map(|request| request.from.organisation)),
            ),
            ("{to}", name(request.map(|request| request.to.organisation))),
            ("{organisation}", name(concern.organisation)),
            (
                "{what}",
                detail["what"].as_str().unwrap_or_default().to_owned(),
            ),
        ];
        let link = request
            .map(|request| format!("meeting-requests/{}", request.id))
            .or_else(|| concern.organisation.map(|id| format!("organisations/{id}")));
        Item {
            subject: filled(subject, &places),
            sentence: filled(sentence, &places),
            facts: request.map_or_else(Vec::new, |request| self.facts(request)),
            link: link.map(|path| under(self.public_url, &path).to_string()),
        }
    }

    /// What both sides may know of a request from the moment they may know of it at all.
    fn facts(&self, request: &MeetingRequest) -> Vec<(&'static str, String)> {
        let (state, deadline) = request.entry.kept();
        let mut facts = vec![
            (
                self.say("From", "依頼元"),
                self.name_of(request.from.organisation),
            ),
            (
                self.say("To", "依頼先"),
                self.name_of(request.to.organisation),
            ),
            (
                self.say("Purpose", "目的"),
                purpose(request.purpose, self.language).to_owned(),
            ),
        ];
        let scheduled = request
            .meeting
            .as_ref()
            .filter(|_| state == State::Scheduled);
        if let Some(meeting) = scheduled {
            let at = meeting.booked.span.starts_at();
            let name = self.say("When", "日時");
            facts.push((name, instant(at, self.settings, self.language)));
        }
        if let Some(deadline) = deadline {
            let name = self.say("Answer by", "回答期限");
            facts.push((name, instant(deadline, self.settings, self.language)));
        }
        facts
    }
}

/// The template with each place filled once: what is put in is not looked through again.
fn filled(template: &str, places: &[(&str, String)]) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((place, value)) = places.iter().find(|(place, _)| rest.starts_with(place)) {
            text.push_str(value);
            rest = &rest[place.len()..];
            // "… asks to meet Kagerobi Co., Ltd." ends once.
            if value.ends_with('.') {
                rest = rest.strip_prefix('.').unwrap_or(rest);
            }
        } else {
            text.push('{');
            rest = &rest[1..];
        }
    }
    text.push_str(rest);
    text
}

/// An instant as the clocks of the reader's zone show it.
fn instant(at: Timestamp, settings: &NoticeSettings, language: Language) -> String {
    let local = settings.zone.shows(at);
    let zone = settings.zone.name();
    match language {
        Language::En => format!("{} ({zone})", local.strftime("%a %-d %b %Y, %H:%M")),
        Language::Ja => {
            let day = ["月", "火", "水", "木", "金", "土", "日"];
            let weekday = local.weekday().to_monday_zero_offset();
            let day = usize::try_from(weekday).map_or("", |index| day[index]);
            format!(
                "{}({day}) {}（{zone}）",
                local.strftime("%Y年%-m月%-d日"),
                local.strftime("%H:%M")
            )
        }
    }
}

/// A purpose in words.
fn purpose(purpose: Purpose, language: Language) -> &'static str {
    let (en, ja) = match purpose {
        Purpose::Fundraising => ("Fundraising", "資金調達・投資"),
        Purpose::Incubation => ("Incubation", "入居・アクセラレーション"),
        Purpose::Manufacturing => ("Manufacturing", "製造委託"),
        Purpose::ClinicalTrial => ("Clinical trial", "治験・臨床研究"),
        Purpose::JointResearch => ("Joint research", "共同研究"),
        Purpose::Licensing => ("Licensing", "ライセンス"),
        Purpose::PilotCustomer => ("Pilot customer", "実証・顧客"),
        Purpose::RegulatoryAdvice => ("Regulatory advice", "薬事相談"),
        Purpose::MarketEntry => ("Market entry", "海外展開・拠点"),
        Purpose::Other => ("Other", "その他"),
    };
    match language {
        Language::En => en,
        Language::Ja => ja,
    }
}

/// Composes the mail and hands it over.
fn post(
    app: &App,
    all: &[Delivery],
    letter: &Letter,
    to: &Mailbox,
    now: Timestamp,
) -> (&'static str, Outcome) {
    let Some(first) = all.first() else {
        return ("not_wanted", Outcome::Dropped);
    };
    let message = match compose(app, first.id, letter, to, now) {
        Ok(message) => message,
        Err(error) => {
            tracing::error!(delivery = %first.id, error = %error, "a letter could not be written");
            return ("unwritable", Outcome::Never);
        }
    };
    match &app.outgoing().post {
        Post::Folder(folder) => {
            let file = folder.join(format!("{}.eml", first.id));
            let kept = std::fs::create_dir_all(folder)
                .and_then(|()| std::fs::write(file, message.formatted()));
            match kept {
                Ok(()) => ("kept_in_folder", Outcome::Sent),
                Err(error) => {
                    tracing::warn!(error = %error, "a letter could not be kept");
                    ("folder_full", Outcome::Later)
                }
            }
        }
        Post::Smtp(transport) => match transport.send(&message) {
            Ok(_) => ("sent", Outcome::Sent),
            Err(error) => refused(first.id, &error),
        },
    }
}

fn refused(id: DeliveryId, error: &smtp::Error) -> (&'static str, Outcome) {
    // The answer of the server may repeat the address: only its number goes to the log.
    let code = error.status().map(|code| code.to_string());
    tracing::warn!(delivery = %id, code, "a letter was not taken");
    if error.is_permanent() {
        ("refused", Outcome::Never)
    } else if error.is_transient() {
        ("put_off", Outcome::Later)
    } else {
        ("no_connection", Outcome::Later)
    }
}

fn compose(
    app: &App,
    id: DeliveryId,
    letter: &Letter,
    to: &Mailbox,
    now: Timestamp,
) -> Result<Message, lettre::error::Error> {
    let outgoing = app.outgoing();
    let host = outgoing.public_url.host_str().unwrap_or("nakodo.invalid");
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    let date = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
    let mut message = Message::builder()
        .message_id(Some(format!("<{id}@{host}>")))
        .date(date)
        .from(outgoing.from.clone())
        .to(to.clone())
        .subject(letter.subject())
        .multipart(MultiPart::alternative_plain_html(
            letter.text(),
            letter.html(),
        ))?;
    let language = match letter.language {
        Language::En => "en",
        Language::Ja => "ja",
    };
    let mut headers = vec![
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("Content-Language", language.to_owned()),
    ];
    if let Some(link) = &letter.unsubscribe {
        headers.push(("List-Unsubscribe", format!("<{link}>")));
        let one_click = "List-Unsubscribe=One-Click".to_owned();
        headers.push(("List-Unsubscribe-Post", one_click));
    }
    for (name, value) in headers {
        let name = HeaderName::new_from_ascii(name.to_owned()).expect("a plain name");
        message
            .headers_mut()
            .insert_raw(HeaderValue::dangerous_new_pre_encoded(
                name,
                value.clone(),
                value,
            ));
    }
    Ok(message)
}

fn record(app: &App, all: &[Delivery], outcome: &str, end: Outcome) -> ApiResult<()> {
    let now = app.now();
    app.store().write(|conn| {
        for delivery in all {
            let attempt = Attempt {
                attempt: delivery.attempts,
                at: now,
                outcome: outcome.to_owned(),
                status: None,
                millis: 0,
            };
            let made = usize::try_from(delivery.attempts).unwrap_or(usize::MAX);
            let next = match (end, RETRIES.get(made.saturating_sub(1))) {
                (Outcome::Sent, _) => Next::Delivered,
                (Outcome::Dropped, _) => Next::Dropped,
                (Outcome::Later, Some(wait)) => {
                    Next::Retry(now.saturating_add(*wait).unwrap_or(now))
                }
                (Outcome::Later, None) | (Outcome::Never, _) => Next::Failed,
            };
            deliveries::save(conn, delivery, &attempt, next)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_is_reached_by_tls_unless_it_is_this_machine() {
        for (url, good) in [
            ("smtp://localhost:1025", true),
            ("smtp://mail.example.org", true),
            ("smtps://a:b@mail.example.org", true),
            ("smtp://mail.example.org?tls=none", true),
            ("smtp://mail.example.org?tls=maybe", false),
            ("http://mail.example.org", false),
            ("mail.example.org", false),
        ] {
            let made = smtp(url, &Authorities::default());
            assert_eq!(made.is_ok(), good, "{url}");
        }
    }

    #[test]
    fn what_fills_a_place_is_not_filled_again() {
        let places = [("{from}", "{to}".to_owned()), ("{to}", "B".to_owned())];

        assert_eq!(filled("{from} asks {to} {x}", &places), "{to} asks B {x}");
        let places = [("{to}", "B Co., Ltd.".to_owned())];
        assert_eq!(filled("Meet {to}. Now.", &places), "Meet B Co., Ltd. Now.");
    }

    #[test]
    fn an_instant_is_written_as_the_readers_clocks_show_it() {
        let settings = NoticeSettings::usual();
        let at = "2026-11-09T09:00:00Z".parse().unwrap();

        assert_eq!(
            instant(at, &settings, Language::En),
            "Mon 9 Nov 2026, 18:00 (Asia/Tokyo)"
        );
        assert_eq!(
            instant(at, &settings, Language::Ja),
            "2026年11月9日(月) 18:00（Asia/Tokyo）"
        );
    }
}
