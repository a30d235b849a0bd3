//! Rows of members: people, what they act for, and whose staff they are.

use std::collections::HashMap;

use api::auth::passwords::{self, Cost, Password};
use domain::{EmailAddress, Language, Name, Noun, Person, PersonId, Principal, ProgrammeId, Role};
use serde_json::json;
use store::{
    Conn, StoreError,
    journal::{self, Change},
    people, programmes,
};

use super::{
    batch::{Mode, Writer},
    report::{Code, Counts},
    row::{Fault, Row},
};

/// A person as a row has them.
pub(super) struct Draft {
    pub(super) line: u64,
    email: EmailAddress,
    name: Name,
    language: Option<Language>,
    password: Option<Secret>,
    pub(super) organisation: Option<String>,
    role: Role,
    programme: Option<String>,
}

enum Secret {
    Hash(String),
    Password(Password),
}

/// Reads a row. Values of people stand in no report.
pub(super) fn draft(row: &Row<'_>, line: u64) -> Result<Draft, Fault> {
    let email = row.required("email")?;
    let name = row.required("name")?;
    let organisation = row.one("organisation");
    let programme = row.one("programme");
    if organisation.is_none() && programme.is_none() {
        row.required("organisation")?;
    }
    Ok(Draft {
        line,
        email: email.parse().map_err(|_| silent("email", Code::BadEmail))?,
        name: name.parse().map_err(|_| silent("name", Code::BadText))?,
        language: language(row)?,
        password: row.one("password").map(|text| secret(&text)).transpose()?,
        organisation,
        role: role(row)?,
        programme,
    })
}

fn silent(field: &'static str, code: Code) -> Fault {
    Fault {
        field: Some(field),
        code,
        value: None,
    }
}

fn language(row: &Row<'_>) -> Result<Option<Language>, Fault> {
    match row.one("language").as_deref() {
        None => Ok(None),
        Some("en") => Ok(Some(Language::En)),
        Some("ja") => Ok(Some(Language::Ja)),
        Some(_) => Err(silent("language", Code::UnknownValue)),
    }
}

fn role(row: &Row<'_>) -> Result<Role, Fault> {
    match row.one("role").as_deref() {
        None | Some("member") => Ok(Role::Member),
        Some("owner") => Ok(Role::Owner),
        // The role of a staff row says nothing.
        Some("staff") if row.one("organisation").is_none() => Ok(Role::Member),
        Some(_) => Err(silent("role", Code::UnknownRole)),
    }
}

fn secret(text: &str) -> Result<Secret, Fault> {
    if text.starts_with("$argon2id$v=19$m=") && text.split('$').count() == 6 {
        return Ok(Secret::Hash(text.to_owned()));
    }
    Password::new(text)
        .map(Secret::Password)
        .map_err(|_| silent("password", Code::BadPassword))
}

/// What became of the rows of a batch.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) counts: Counts,
    pub(super) refused: Vec<(u64, Fault)>,
}

/// Writes a batch. Whoever is known keeps their password: an import never changes one.
pub(super) fn write(
    writer: &mut Writer<'_>,
    drafts: &[Draft],
    cost: Cost,
) -> anyhow::Result<Outcome> {
    let hub = writer.hub()?;
    let hashes = hashes(writer, drafts, cost)?;
    let writer = &*writer;
    writer.transaction(|conn, mode| {
        let mut programmes: HashMap<String, ProgrammeId> = programmes::list(conn)?
            .into_iter()
            .map(|stored| (stored.code, stored.id))
            .collect();
        programmes
            .entry(domain::Programme::HUB.to_owned())
            .or_insert(hub);
        let mut batch = Batch {
            writer,
            mode,
            programmes,
            outcome: Outcome::default(),
        };
        for draft in drafts {
            batch.write(conn, draft, hashes.get(&draft.line))?;
        }
        Ok(batch.outcome)
    })
}

/// The hashes of those who are new, made before the transaction opens: each takes tens of milliseconds.
fn hashes(
    writer: &Writer<'_>,
    drafts: &[Draft],
    cost: Cost,
) -> anyhow::Result<HashMap<u64, String>> {
    let new: Vec<bool> = writer.read(|conn| {
        drafts
            .iter()
            .map(|draft| Ok(people::find_by_email(conn, draft.email.as_str())?.is_none()))
            .collect()
    })?;
    let hash = |secret: &Secret| match secret {
        Secret::Hash(hash) => hash.clone(),
        Secret::Password(password) => passwords::hash(password, cost),
    };
    Ok(drafts
        .iter()
        .zip(new)
        .filter(|(_, new)| *new)
        .filter_map(|(draft, _)| Some((draft.line, hash(draft.password.as_ref()?))))
        .collect())
}

struct Batch<'a> {
    writer: &'a Writer<'a>,
    mode: Mode,
    programmes: HashMap<String, ProgrammeId>,
    outcome: Outcome,
}

/// What a row asks for.
struct Wanted {
    organisation: Option<domain::OrganisationId>,
    programme: Option<ProgrammeId>,
}

impl Batch<'_> {
    fn write(
        &mut self,
        conn: &mut Conn,
        draft: &Draft,
        hash: Option<&String>,
    ) -> Result<(), StoreError> {
        let wanted = match self.wanted(draft) {
            Ok(wanted) => wanted,
            Err(fault) => {
                self.outcome.counts.refused += 1;
                self.outcome.refused.push((draft.line, fault));
                return Ok(());
            }
        };
        let known = people::find_by_email(conn, draft.email.as_str())?;
        let Some((person, _)) = known else {
            self.outcome.counts.created += 1;
            let person = self.person(draft);
            if self.mode == Mode::Write {
                let hash = hash.map(String::as_str);
                people::insert(conn, &person, hash, false, self.writer.now)?;
                self.tie(conn, person.id, draft, &wanted)?;
                self.note(conn, person.id, 1)?;
            }
            return Ok(());
        };
        let principal = people::find_principal(conn, person.id)?;
        let renamed = Person {
            name: draft.name.clone(),
            language: draft.language.unwrap_or(person.language),
            ..person.clone()
        };
        if renamed == person && holds(&principal, draft, &wanted) {
            self.outcome.counts.unchanged += 1;
            return Ok(());
        }
        self.outcome.counts.updated += 1;
        if self.mode == Mode::Write {
            people::save(conn, &renamed)?;
            self.tie(conn, person.id, draft, &wanted)?;
            self.note(conn, person.id, person.version + 1)?;
        }
        Ok(())
    }

    fn wanted(&self, draft: &Draft) -> Result<Wanted, Fault> {
        let organisation = draft.organisation.as_deref().map(|name| {
            let found = self.writer.known(name);
            found.ok_or_else(|| Fault::new("organisation", Code::UnknownOrganisation, name))
        });
        let programme = draft.programme.as_deref().map(|code| {
            let found = self.programmes.get(code).copied();
            found.ok_or_else(|| Fault::new("programme", Code::UnknownProgramme, code))
        });
        Ok(Wanted {
            organisation: organisation.transpose()?,
            programme: programme.transpose()?,
        })
    }

    fn person(&self, draft: &Draft) -> Person {
        Person {
            id: PersonId::from_uuid(self.writer.new_uuid()),
            email: draft.email.clone(),
            name: draft.name.clone(),
            language: draft.language.unwrap_or_default(),
            phone: None,
            version: 1,
        }
    }

    fn tie(
        &self,
        conn: &mut Conn,
        person: PersonId,
        draft: &Draft,
        wanted: &Wanted,
    ) -> Result<(), StoreError> {
        let now = self.writer.now;
        if let Some(organisation) = wanted.organisation {
            people::insert_membership(conn, person, organisation, draft.role, now)?;
        }
        if let Some(programme) = wanted.programme {
            people::insert_staff_grant(conn, person, programme, now)?;
        }
        Ok(())
    }

    fn note(&self, conn: &mut Conn, person: PersonId, version: u32) -> Result<(), StoreError> {
        let change = Change {
            action: "imported",
            noun: Noun::Person,
            id: person.uuid(),
            version,
            person: None,
            party: Some(domain::Party::System),
            detail: json!({ "import": self.writer.import }),
        };
        journal::insert(conn, &change, self.writer.now)
    }
}

fn holds(principal: &Principal, draft: &Draft, wanted: &Wanted) -> bool {
    wanted
        .organisation
        .is_none_or(|organisation| principal.role_in(organisation) == Some(draft.role))
        && wanted
            .programme
            .is_none_or(|programme| principal.staff_of.contains(&programme))
}
