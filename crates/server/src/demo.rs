//! The fictional hub of `--demo`: organisations, people, programmes and a history, from the files in `demo/`.

mod files;

use std::collections::HashMap;

use anyhow::Context;
use api::{
    auth::passwords::{self, Cost, Password},
    live::Snapshot,
    requests::{
        self, Asked,
        booking::{self, Chooser, Chosen},
    },
    uuid_at,
};
use domain::{
    Actor, Affiliation, AmountTier, Document, Id, MeetingRequest, Move, OrganisationId, Outcome,
    Party, Person, PersonId, Programme, ProgrammeId, Review,
    schedule::{Series, Span, Tick, Zone, slots_of},
};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde::Serialize;
use store::{
    Conn, Store, affiliations, documents,
    investments::{self, Investment},
    organisations::{self, Organisation},
    outcomes::{self, Recorded},
    people, places, programmes,
    slots::{self, Slot},
};

use files::Files;

/// The password of every sign-in of the demo.
const PASSWORD: &str = "nakodo-demo";

/// Told when the demo starts.
pub(crate) const SIGN_INS: &str = "
  Sign in with the password nakodo-demo as
    founder@nakodo.example    owner of a startup
    investor@nakodo.example   partner of an investor
    incubator@nakodo.example  manager of an incubator
    staff@nakodo.example      staff of every programme

  Try  curl -s http://ADDRESS/v1/sessions -H 'content-type: application/json' \\
         -d '{\"email\":\"founder@nakodo.example\",\"password\":\"nakodo-demo\"}'
";

/// Fills an empty database with the fictional hub; one with organisations in it stays as it is.
pub(crate) fn fill(store: &Store, now: Timestamp, cost: Cost) -> anyhow::Result<()> {
    let files = Files::read()?;
    // One hash for all: the password is known anyway.
    let password = Password::new(PASSWORD).context("the demo's password")?;
    let hash = passwords::hash(&password, cost);
    store
        .write(|conn| {
            if organisations::count(conn)? > 0 {
                return Ok(());
            }
            let mut demo = Demo {
                conn,
                now,
                organisations: HashMap::new(),
                programmes: HashMap::new(),
                people: HashMap::new(),
            };
            demo.fill(&files, &hash).map_err(Failed)
        })
        .map_err(|Failed(error)| error)
}

/// An error that the store's transaction can carry.
struct Failed(anyhow::Error);

impl From<store::StoreError> for Failed {
    fn from(error: store::StoreError) -> Failed {
        Failed(error.into())
    }
}

fn refused(error: api::ApiError) -> anyhow::Error {
    let api::ApiError {
        code,
        fields,
        details,
        ..
    } = error;
    anyhow::anyhow!("{}: {fields:?} {details}", code.code())
}

struct Demo<'a> {
    conn: &'a mut Conn,
    now: Timestamp,
    organisations: HashMap<String, OrganisationId>,
    programmes: HashMap<String, ProgrammeId>,
    people: HashMap<String, PersonId>,
}

impl Demo<'_> {
    fn fill(&mut self, files: &Files, hash: &str) -> anyhow::Result<()> {
        for organisation in &files.organisations {
            self.organisation(organisation)
                .with_context(|| organisation.external_id.clone())?;
        }
        for programme in &files.programmes {
            self.programme(programme)
                .with_context(|| programme.code.clone())?;
        }
        for person in &files.people {
            self.person(person, hash)
                .with_context(|| person.email.as_str().to_owned())?;
        }
        for link in &files.affiliations {
            let link = Affiliation {
                from: self.organisation_called(&link.from)?,
                to: self.organisation_called(&link.to)?,
                kind: link.kind,
            };
            affiliations::insert(self.conn, self.id(), link, self.now)?;
        }
        let investments = files
            .investments
            .iter()
            .map(|investment| {
                Ok(Investment {
                    id: self.id(),
                    version: 1,
                    external_id: Some(investment.external_id.clone()),
                    investor: self.organisation_called(&investment.investor)?,
                    startup: self.organisation_called(&investment.startup)?,
                    announced_on: investment.announced_on,
                    stage: Some(investment.stage),
                    amount: investment.amount,
                    lead: investment.lead,
                })
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        investments::insert_all(self.conn, &investments, self.now)?;
        let snapshot = Snapshot::read(self.conn, self.now)?.indexed();
        for (number, request) in files.requests.iter().enumerate() {
            self.request(&snapshot, request)
                .with_context(|| format!("request {}", number + 1))?;
        }
        Ok(())
    }

    /// A request as it was made, and every step as it was taken: by the same rules as over HTTP, in the past.
    fn request(&mut self, snapshot: &Snapshot, file: &files::Request) -> anyhow::Result<()> {
        let asked = Asked {
            from: self.organisation_called(&file.from)?,
            to: self.organisation_called(&file.to)?,
            programme: self.programmes.get(&file.programme).copied(),
            purpose: file.purpose,
            subject: None,
            message: file.message.clone(),
            person: None,
            replaces: None,
        };
        let at = self.days_ago(file.days_ago)?;
        let by = self.person_called(&file.requested_by)?;
        let id = Id::from_uuid(uuid_at(at));
        let from = asked.from;
        let mut request = requests::ask(self.conn, snapshot, asked, by, at, id).map_err(refused)?;
        for taken in &file.steps {
            let by = self.person_called(&taken.by)?;
            let me = people::find_principal(self.conn, by)?;
            let party = if me.role_in(from).is_some() {
                Party::Requester
            } else if me.is_staff() {
                Party::Staff
            } else {
                Party::Counterpart
            };
            let actor = Actor {
                party,
                person: Some(by),
                on_behalf: None,
            };
            let made = Move {
                reason: taken.reason,
                message: taken.message.clone(),
                ticks: taken.ticks.clone(),
                attendance: taken.attendance,
                ..Move::bare(taken.step)
            };
            let at = self.days_ago(taken.days_ago)?;
            if taken.step == domain::Step::Accept {
                requests::consent::agree_for_both(self.conn, snapshot, &request, by, at)
                    .map_err(refused)?;
            }
            if let Some(meets) = &taken.meets {
                let chosen = self.chosen(request.programme, meets)?;
                let who = (&actor, Chooser { me: &me, party });
                request = booking::schedule(self.conn, snapshot, request, who, chosen, at)
                    .map_err(refused)?;
                continue;
            }
            request = requests::take(self.conn, snapshot, request, made, &actor, None, at)
                .map_err(refused)?;
        }
        for told in &file.outcomes {
            self.outcome(&request, told)?;
        }
        Ok(())
    }

    /// What came of a request, told by one of its sides or staff.
    fn outcome(&mut self, request: &MeetingRequest, told: &files::CameOf) -> anyhow::Result<()> {
        let (at, by) = (self.days_ago(told.days_ago)?, self.person_called(&told.by)?);
        let me = people::find_principal(self.conn, by)?;
        let party = if me.role_in(request.from.organisation).is_some() {
            Party::Requester
        } else if me.role_in(request.to.organisation).is_some() {
            Party::Counterpart
        } else {
            Party::Staff
        };
        let recorded = Recorded {
            id: self.id(),
            request: request.id,
            version: 1,
            outcome: Outcome {
                kind: told.kind,
                happened_on: at.to_zoned(TimeZone::UTC).date(),
                amount: told.amount,
                stage: None,
                amount_tier: told.amount_tier.unwrap_or(AmountTier::Accepted),
            },
            note: None,
            withdrawn: false,
            party,
            because: None,
            by,
            at,
        };
        Ok(outcomes::insert(self.conn, &recorded)?)
    }

    /// The time and the place of the programme that a script names.
    fn chosen(&mut self, programme: ProgrammeId, meets: &files::Meets) -> anyhow::Result<Chosen> {
        let day = self.day_in(meets.in_days, &meets.zone);
        let starts_at = meets.zone.instant(day.to_datetime(meets.at), None)?;
        let places = places::list(self.conn, programme)?;
        let place = places.iter().find(|place| place.name == meets.place);
        let place = place.with_context(|| format!("no place {}", meets.place))?;
        Ok(Chosen {
            span: Span::lasting(Tick::at(starts_at)?, meets.minutes)?,
            place: Some(place.id),
            venue: None,
            displace: Vec::new(),
        })
    }

    /// What day it is there so many days after now.
    fn day_in(&self, days: i64, zone: &Zone) -> Date {
        let later = self
            .now
            .saturating_add(SignedDuration::from_hours(24 * days));
        zone.shows(later.unwrap_or(self.now)).date()
    }

    fn days_ago(&self, days: i64) -> anyhow::Result<Timestamp> {
        Ok(self
            .now
            .checked_sub(SignedDuration::from_hours(24 * days))?)
    }

    fn person_called(&self, email: &str) -> anyhow::Result<PersonId> {
        let known = self.people.get(email).copied();
        known.with_context(|| format!("nobody has the address {email}"))
    }

    fn id<T>(&self) -> Id<T> {
        Id::from_uuid(uuid_at(self.now))
    }

    fn organisation_called(&self, external_id: &str) -> anyhow::Result<OrganisationId> {
        let known = self.organisations.get(external_id).copied();
        known.with_context(|| format!("no organisation {external_id}"))
    }

    fn organisation(&mut self, file: &files::Organisation) -> anyhow::Result<()> {
        let id: OrganisationId = self.id();
        // The first 32 random bits of the id: as random as any, and the same in every list.
        let tie_key = u32::try_from(id.uuid().as_u128() & 0xFFFF_FFFF).expect("32 bits");
        let organisation = Organisation {
            id,
            kind: file.kind,
            external_id: Some(file.external_id.clone()),
            review: Review::Approved,
            tie_key,
            created_at: self.now,
            changed_at: self.now,
            archived_at: None,
            version: 1,
        };
        organisations::insert(self.conn, &organisation)?;
        self.organisations.insert(file.external_id.clone(), id);
        self.document(id, None, &file.profile)?;
        if let Some(contacts) = &file.contacts {
            self.document(id, None, contacts)?;
        }
        if let Some(visibility) = &file.visibility {
            self.document(id, None, visibility)?;
        }
        if let Some(block_list) = &file.block_list {
            self.document(id, None, block_list)?;
        }
        for asset in &file.assets {
            self.document(id, Some(&asset.external_id), &asset.asset)?;
        }
        for round in &file.rounds {
            self.document(id, Some(&round.external_id), &round.round)?;
        }
        for mandate in &file.mandates {
            self.document(id, Some(&mandate.external_id), &mandate.mandate)?;
        }
        Ok(())
    }

    fn document<D: Document + Serialize>(
        &mut self,
        organisation: OrganisationId,
        external_id: Option<&str>,
        document: &D,
    ) -> anyhow::Result<()> {
        let stored = documents::Stored {
            id: uuid_at(self.now),
            organisation,
            kind: D::KIND,
            external_id: external_id.map(str::to_owned),
            version: 1,
            recorded_at: self.now,
            body: serde_json::to_value(document)?,
        };
        Ok(documents::insert(self.conn, &stored, None)?)
    }

    fn programme(&mut self, file: &files::Programme) -> anyhow::Result<()> {
        let id = if file.code == Programme::HUB {
            let mut hub = programmes::find_by_code(self.conn, Programme::HUB)?;
            hub.programme = file.programme.clone();
            programmes::save(self.conn, &hub, None, self.now)?;
            hub.id
        } else {
            let stored = programmes::Stored {
                id: self.id(),
                code: file.code.clone(),
                version: 1,
                programme: file.programme.clone(),
            };
            programmes::insert(self.conn, &stored, None, self.now)?;
            stored.id
        };
        self.programmes.insert(file.code.clone(), id);
        for member in &file.members {
            let organisation = self.organisation_called(member)?;
            programmes::insert_member(self.conn, id, organisation, self.now)?;
        }
        for place in &file.places {
            let place = places::Place {
                id: self.id(),
                programme: id,
                kind: place.kind,
                name: place.name.clone(),
                seats: place.seats,
                link: place.link.clone(),
            };
            places::insert(self.conn, &place, self.now)?;
        }
        file.slots
            .as_ref()
            .map_or(Ok(()), |slots| self.slots(id, slots))
    }

    fn slots(&mut self, programme: ProgrammeId, file: &files::Slots) -> anyhow::Result<()> {
        let series = Series {
            on: self.day_in(file.in_days, &file.zone),
            from: file.from,
            from_offset: None,
            count: file.count,
            minutes: file.minutes,
            pause_minutes: file.pause_minutes,
        };
        let spans = slots_of(&[series], &file.zone)?.into_iter();
        let slots: Vec<Slot> = spans
            .map(|span| Slot {
                id: self.id(),
                span,
            })
            .collect();
        Ok(slots::insert_all(self.conn, programme, &slots, self.now)?)
    }

    fn person(&mut self, file: &files::Person, hash: &str) -> anyhow::Result<()> {
        let person = Person {
            id: self.id(),
            email: file.email.clone(),
            name: file.name.clone(),
            language: file.language,
            phone: None,
            version: 1,
        };
        people::insert(self.conn, &person, Some(hash), file.admin, self.now)?;
        self.people
            .insert(file.email.as_str().to_owned(), person.id);
        for membership in &file.memberships {
            let organisation = self.organisation_called(&membership.organisation)?;
            people::insert_membership(
                self.conn,
                person.id,
                organisation,
                membership.role,
                self.now,
            )?;
        }
        for code in &file.staff_of {
            let programme = self.programmes.get(code).copied();
            let programme = programme.with_context(|| format!("no programme {code}"))?;
            people::insert_staff_grant(self.conn, person.id, programme, self.now)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::State;
    use store::meeting_requests::{self, Eyes, Filter};

    use super::*;

    #[test]
    fn the_demo_hub_is_laid_once_with_requests_in_every_state() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("nakodo.db").display());
        let store = Store::open(&url, 2).unwrap();
        let now = "2026-11-24T09:00:00Z".parse().unwrap();
        store
            .write(|conn| crate::foundation::lay(conn, now))
            .unwrap();

        fill(&store, now, Cost::TEST).unwrap();
        fill(&store, now, Cost::TEST).unwrap();

        let everything = Filter {
            eyes: Eyes {
                member_of: Vec::new(),
                staff_of: None,
            },
            from: None,
            to: None,
            party: None,
            changed_since: None,
            state: None,
        };
        let requests = store
            .read(|conn| meeting_requests::list(conn, &everything, None, 100, now))
            .unwrap();
        let states: BTreeSet<State> = requests
            .iter()
            .map(|request| request.state_at(now))
            .collect();
        assert_eq!(states, State::ALL.into());
        let organisations = store.read(organisations::count).unwrap();
        assert!(organisations > 95, "{organisations}");
    }
}
