//! What a form of the page sent, as one act, or what is wrong with which field.

use std::collections::HashMap;

use domain::{EmailAddress, Line, Name, Prose, Reason, Step};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// Times at most that are proposed at once.
pub(super) const TIMES_MAX: usize = 3;

/// Zones in which somebody writes a time down. Our choice: where partner hubs are.
pub(super) const ZONES: [&str; 10] = [
    "Asia/Tokyo",
    "Asia/Taipei",
    "Asia/Singapore",
    "Asia/Seoul",
    "America/Los_Angeles",
    "America/New_York",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Zurich",
    "UTC",
];

/// What somebody is about to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub(crate) enum Act {
    /// Accept, to be reached at this number; the notice on contacts abroad was agreed to, where there is one.
    Accept {
        phone: Option<Line<40>>,
        agreed: Option<String>,
    },
    /// Decline.
    Decline {
        reason: Reason,
        note: Option<Prose<2000>>,
    },
    /// Ask something.
    Question { text: Prose<2000> },
    /// Propose times.
    Times {
        text: Option<Prose<2000>>,
        times: Vec<Timestamp>,
    },
    /// Name somebody else who is in charge.
    Refer {
        name: Name,
        email: EmailAddress,
        text: Option<Prose<2000>>,
    },
}

/// What is wrong with a form: the field, and which sentence says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) field: &'static str,
    pub(super) why: Why,
}

/// Why a field does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Nothing is there.
    Missing,
    /// It is too long, or has characters that cannot be kept.
    BadText,
    /// It is no e-mail address.
    BadAddress,
    /// The clock there never shows this time, or shows it twice.
    NoSuchTime,
    /// The time has passed.
    Past,
}

/// The fields of a form, the last of a name.
pub(super) type Fields = HashMap<String, String>;

/// Reads the fields of a body.
pub(super) fn fields(body: &[u8]) -> Fields {
    form_urlencoded::parse(body).into_owned().collect()
}

fn text<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    let found = fields.get(name)?.trim();
    (!found.is_empty()).then_some(found)
}

/// Lines end as the form sends them, with a carriage return.
fn parsed<T: std::str::FromStr>(
    fields: &Fields,
    field: &'static str,
    why: Why,
) -> Result<Option<T>, Wrong> {
    text(fields, field)
        .map(|found| {
            let found = found.replace("\r\n", "\n");
            found.parse().map_err(|_| Wrong { field, why })
        })
        .transpose()
}

fn needed<T>(found: Option<T>, field: &'static str) -> Result<T, Wrong> {
    let why = Why::Missing;
    found.ok_or(Wrong { field, why })
}

impl Act {
    /// The act that the fields ask for.
    pub(super) fn read(fields: &Fields, now: Timestamp) -> Result<Act, Wrong> {
        match text(fields, "act") {
            Some("accept") => Ok(Act::Accept {
                phone: parsed(fields, "phone", Why::BadText)?,
                agreed: text(fields, "agreed").map(str::to_owned),
            }),
            Some("decline") => {
                let code = needed(text(fields, "reason"), "reason")?;
                let mut reasons = Step::Decline.reasons().iter();
                let reason = reasons.find(|reason| reason.code() == code);
                Ok(Act::Decline {
                    reason: *needed(reason, "reason")?,
                    note: parsed(fields, "note", Why::BadText)?,
                })
            }
            Some("question") => Ok(Act::Question {
                text: needed(parsed(fields, "question", Why::BadText)?, "question")?,
            }),
            Some("times") => times(fields, now),
            Some("refer") => Ok(Act::Refer {
                name: needed(
                    parsed(fields, "colleague_name", Why::BadText)?,
                    "colleague_name",
                )?,
                email: needed(
                    parsed(fields, "colleague_email", Why::BadAddress)?,
                    "colleague_email",
                )?,
                text: parsed(fields, "colleague_text", Why::BadText)?,
            }),
            _ => Err(Wrong {
                field: "act",
                why: Why::Missing,
            }),
        }
    }
}

fn times(fields: &Fields, now: Timestamp) -> Result<Act, Wrong> {
    const NAMES: [&str; TIMES_MAX] = ["time_1", "time_2", "time_3"];
    let wrong = |field, why| Wrong { field, why };
    let zone = text(fields, "zone").filter(|zone| ZONES.contains(zone));
    let mut times = Vec::new();
    for field in NAMES {
        let Some(written) = text(fields, field) else {
            continue;
        };
        let zone = TimeZone::get(needed(zone, "zone")?);
        let zone = zone.map_err(|_| wrong("zone", Why::Missing))?;
        let local: DateTime = written.parse().map_err(|_| wrong(field, Why::NoSuchTime))?;
        let at = zone
            .into_ambiguous_zoned(local)
            .unambiguous()
            .map_err(|_| wrong(field, Why::NoSuchTime))?
            .timestamp();
        if at <= now {
            return Err(wrong(field, Why::Past));
        }
        times.push(at);
    }
    let text = parsed(fields, "times_text", Why::BadText)?;
    if times.is_empty() && text.is_none() {
        return Err(wrong("times_text", Why::Missing));
    }
    Ok(Act::Times { text, times })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Act, (&'static str, Why)> {
        let now = "2026-11-02T09:00:00Z".parse().unwrap();
        Act::read(&fields(body.as_bytes()), now).map_err(|wrong| (wrong.field, wrong.why))
    }

    #[test]
    fn a_form_is_one_act_or_names_its_field() {
        for (body, wrong) in [
            ("", ("act", Why::Missing)),
            ("act=dance", ("act", Why::Missing)),
            ("act=decline", ("reason", Why::Missing)),
            ("act=decline&reason=plans_changed", ("reason", Why::Missing)),
            ("act=question&question=+", ("question", Why::Missing)),
            ("act=question&question=a%00b", ("question", Why::BadText)),
            (
                "act=refer&colleague_name=Bea&colleague_email=bea",
                ("colleague_email", Why::BadAddress),
            ),
            ("act=times", ("times_text", Why::Missing)),
            ("act=times&time_1=2026-12-01T10:00", ("zone", Why::Missing)),
            (
                "act=times&zone=Asia/Tokyo&time_1=2026-11-02T10:00",
                ("time_1", Why::Past),
            ),
            // The clocks are put forward in this hour, and back in the next.
            (
                "act=times&zone=America/New_York&time_2=2027-03-14T02:30",
                ("time_2", Why::NoSuchTime),
            ),
            (
                "act=times&zone=America/New_York&time_3=2027-11-07T01:30",
                ("time_3", Why::NoSuchTime),
            ),
        ] {
            assert_eq!(read(body), Err(wrong), "{body}");
        }

        let times =
            read("act=times&zone=Asia/Tokyo&time_1=2026-12-01T10:00&times_text=%0D%0AOr+later");
        assert_eq!(
            times,
            Ok(Act::Times {
                text: Some("Or later".parse().unwrap()),
                times: vec!["2026-12-01T01:00:00Z".parse().unwrap()],
            })
        );
        assert!(read("act=decline&reason=too_early&note=Next%0D%0Ayear").is_ok());
    }
}
