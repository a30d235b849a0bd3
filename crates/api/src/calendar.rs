//! Calendars as other programs read them: RFC 5545, in UTC, so that each reader's clock shows the right hour.
//!
//! Every value goes through one function that escapes it, every line through one that folds it.

use domain::{Line, MeetingRequestId};
use jiff::{Timestamp, tz::TimeZone};

/// Octets of a line at most, without its end (RFC 5545, section 3.1).
const LINE_OCTETS: usize = 75;

/// What the calendar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// Meetings to be shown.
    Publish,
    /// One meeting to be taken out.
    Cancel,
}

/// A meeting as a calendar shows it.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// The request: the same event for life.
    pub(crate) id: MeetingRequestId,
    /// Rises with every change of time or place, and with the cancellation.
    pub(crate) sequence: u32,
    /// Whether it will not be.
    pub(crate) cancelled: bool,
    /// When it last changed.
    pub(crate) changed_at: Timestamp,
    /// When it begins.
    pub(crate) starts_at: Timestamp,
    /// When it ends.
    pub(crate) ends_at: Timestamp,
    /// What it is called.
    pub(crate) summary: String,
    /// Where it is.
    pub(crate) location: Option<String>,
    /// Where to click.
    pub(crate) link: Option<String>,
    /// Who arranges it.
    pub(crate) organiser: Organiser,
}

/// The programme that arranges a meeting.
#[derive(Clone, Debug)]
pub(crate) struct Organiser {
    /// Its id.
    pub(crate) id: uuid::Uuid,
    /// Its name.
    pub(crate) name: String,
}

/// The calendar as text.
pub(crate) fn write(name: &Line<200>, method: Method, events: &[Event]) -> String {
    let mut calendar = Calendar(String::new());
    calendar.line("BEGIN:VCALENDAR");
    calendar.line("VERSION:2.0");
    calendar.line("PRODID:-//Nakodo//Meetings//EN");
    calendar.line("CALSCALE:GREGORIAN");
    calendar.line(match method {
        Method::Publish => "METHOD:PUBLISH",
        Method::Cancel => "METHOD:CANCEL",
    });
    calendar.text("NAME", name.as_str());
    calendar.text("X-WR-CALNAME", name.as_str());
    calendar.line("REFRESH-INTERVAL;VALUE=DURATION:PT1H");
    calendar.line("X-PUBLISHED-TTL:PT1H");
    for event in events {
        calendar.event(event);
    }
    calendar.line("END:VCALENDAR");
    calendar.0
}

struct Calendar(String);

impl Calendar {
    fn event(&mut self, event: &Event) {
        self.line("BEGIN:VEVENT");
        self.line(&format!("UID:{}@nakodo", event.id));
        self.line(&format!("DTSTAMP:{}", utc(event.changed_at)));
        self.line(&format!("LAST-MODIFIED:{}", utc(event.changed_at)));
        self.line(&format!("SEQUENCE:{}", event.sequence));
        self.line(if event.cancelled {
            "STATUS:CANCELLED"
        } else {
            "STATUS:CONFIRMED"
        });
        self.line(&format!("DTSTART:{}", utc(event.starts_at)));
        self.line(&format!("DTEND:{}", utc(event.ends_at)));
        self.text("SUMMARY", &event.summary);
        if let Some(location) = &event.location {
            self.text("LOCATION", location);
        }
        if let Some(link) = event.link.as_deref().filter(|link| is_uri(link)) {
            self.line(&format!("URL:{link}"));
        }
        let Organiser { id, name } = &event.organiser;
        self.line(&format!("ORGANIZER;CN=\"{}\":urn:uuid:{id}", quoted(name)));
        self.line("CLASS:PRIVATE");
        self.line("TRANSP:OPAQUE");
        self.line("END:VEVENT");
    }

    fn text(&mut self, name: &str, value: &str) {
        self.line(&format!("{name}:{}", escaped(value)));
    }

    /// One content line, folded so that no line is longer than it may be and no character is cut.
    fn line(&mut self, line: &str) {
        let mut octets = 0;
        for letter in line.chars() {
            if octets + letter.len_utf8() > LINE_OCTETS {
                self.0.push_str("\r\n ");
                octets = 1;
            }
            self.0.push(letter);
            octets += letter.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

/// A TEXT value: what would end or part it is escaped, line breaks of every kind are `\n`, other controls are left out.
fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for letter in value.replace("\r\n", "\n").chars() {
        match letter {
            '\\' | ';' | ',' => escaped.extend(['\\', letter]),
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => escaped.push_str("\\n"),
            '\t' => escaped.push(letter),
            control if control.is_control() => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// A parameter's value between quotes, which knows no escape: quotes and controls are left out.
fn quoted(value: &str) -> String {
    let kept = |letter: &char| *letter != '"' && !letter.is_control();
    value.chars().filter(kept).collect()
}

/// A URI stands as it is, so it must be one: visible ASCII.
fn is_uri(link: &str) -> bool {
    link.bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'"')
}

/// `20261208T010000Z`.
fn utc(instant: Timestamp) -> String {
    let local = instant.to_zoned(TimeZone::UTC).datetime();
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        local.year(),
        local.month(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(summary: &str) -> Event {
        Event {
            id: domain::Id::from_uuid(uuid::Uuid::from_u128(7)),
            sequence: 2,
            cancelled: false,
            changed_at: "2026-11-24T09:00:00.123456Z".parse().unwrap(),
            starts_at: "2026-12-08T01:00:00Z".parse().unwrap(),
            ends_at: "2026-12-08T01:30:00Z".parse().unwrap(),
            summary: summary.to_owned(),
            location: Some("Room 1, 2F; left".to_owned()),
            link: Some("https://meet.example/a?b=c".to_owned()),
            organiser: Organiser {
                id: uuid::Uuid::from_u128(8),
                name: "The \"hub\":\r\nEvil".to_owned(),
            },
        }
    }

    fn lines(text: &str) -> Vec<String> {
        let unfolded = text.replace("\r\n ", "");
        unfolded.split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn an_event_is_written_as_it_was_reviewed() {
        let text = write(
            &"Kim".parse().unwrap(),
            Method::Publish,
            &[event("Kim × Ada")],
        );

        insta::assert_snapshot!(text.replace("\r\n", "\n"), @r#"
        BEGIN:VCALENDAR
        VERSION:2.0
        PRODID:-//Nakodo//Meetings//EN
        CALSCALE:GREGORIAN
        METHOD:PUBLISH
        NAME:Kim
        X-WR-CALNAME:Kim
        REFRESH-INTERVAL;VALUE=DURATION:PT1H
        X-PUBLISHED-TTL:PT1H
        BEGIN:VEVENT
        UID:00000000-0000-0000-0000-000000000007@nakodo
        DTSTAMP:20261124T090000Z
        LAST-MODIFIED:20261124T090000Z
        SEQUENCE:2
        STATUS:CONFIRMED
        DTSTART:20261208T010000Z
        DTEND:20261208T013000Z
        SUMMARY:Kim × Ada
        LOCATION:Room 1\, 2F\; left
        URL:https://meet.example/a?b=c
        ORGANIZER;CN="The hub:Evil":urn:uuid:00000000-0000-0000-0000-000000000008
        CLASS:PRIVATE
        TRANSP:OPAQUE
        END:VEVENT
        END:VCALENDAR
        "#);
    }

    #[test]
    fn no_line_is_longer_than_75_octets_and_none_is_cut_in_a_character() {
        for length in 0..200 {
            let summary = "面談".repeat(length) + &"a".repeat(length % 7);
            let text = write(&"Kim".parse().unwrap(), Method::Publish, &[event(&summary)]);

            assert!(text.split("\r\n").all(|line| line.len() <= LINE_OCTETS));
            assert!(lines(&text).contains(&format!("SUMMARY:{summary}")));
        }
    }

    #[test]
    fn no_text_makes_a_line_of_its_own() {
        for evil in [
            "a\r\nEND:VEVENT",
            "a\nATTENDEE:mailto:x@y.example",
            "a\rBEGIN:VALARM",
            "a\u{2028}b\u{85}c\u{0}d",
            "a\\nb;c,d:\"e\"",
        ] {
            let mut event = event(evil);
            event.location = Some(evil.to_owned());
            event.link = Some(format!("https://x.example/{evil}"));
            let known = lines(&write(
                &"Kim".parse().unwrap(),
                Method::Cancel,
                &[self::event("x")],
            ));

            let written = write(&"Kim".parse().unwrap(), Method::Cancel, &[event]);

            let names = |lines: &[String]| -> Vec<String> {
                let name = |line: &String| line.split([':', ';']).next().unwrap().to_owned();
                lines
                    .iter()
                    .map(name)
                    .filter(|name| name != "URL")
                    .collect()
            };
            assert_eq!(names(&lines(&written)), names(&known), "{written}");
        }
    }
}
