//! Many want the same times at once, over several processes: one has each, the others are told, nobody meets an error.
//!
//! The short form runs in the test command. The long form is 10,000 attempts on 500 times:
//! `NAKODO_TEST_CONTENTION=long cargo test -p testkit --test it booking::contention`, or `just contention`.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    },
};

use api::auth::{
    keys::SigningKeys,
    tokens::{AccessTokens, Principal},
};
use domain::{
    Actor, Ask, DocumentKind, Id, Judged, Kind, MeetingRequest, MeetingRequestId, Move, Noun,
    OrganisationId, Party, PersonId, Programme, Purpose, Review, ReviewPolicy, Role, Side, Step,
    Times,
    schedule::{Span, Tick},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::{
    Conn, Store, StoreError, documents, journal, meeting_requests, organisations, people,
    programmes, sessions,
    slots::{self, Slot},
};
use tempfile::TempDir;
use testkit::{
    postgres::{announce_missing, cluster},
    process::{Server, enrol, key_file},
    schema::Schema,
};

/// How many try at once.
const CLIENTS: usize = 32;

/// How many try for each time.
const RIVALS: usize = 20;

/// How many investors, and how many slots each has: their product is the number of contested times.
#[derive(Clone, Copy)]
struct Size {
    investors: usize,
    slots: usize,
}

const SHORT: Size = Size {
    investors: 4,
    slots: 5,
};

const LONG: Size = Size {
    investors: 20,
    slots: 25,
};

fn size() -> Size {
    #[expect(
        clippy::disallowed_methods,
        reason = "the long form of a test is asked for from outside"
    )]
    let long = std::env::var_os("NAKODO_TEST_CONTENTION").is_some();
    if long { LONG } else { SHORT }
}

/// Somebody with an organisation and a token.
struct Somebody {
    person: PersonId,
    organisation: OrganisationId,
    bearer: String,
}

/// One try: a request, who takes the step, which step, which time.
struct Attempt {
    investor: usize,
    founder: usize,
    slot: usize,
    request: MeetingRequestId,
    /// Whether it waits for the counterpart's answer; it is accepted already, otherwise.
    pending: bool,
}

/// Processes on one database, with everybody in it.
struct Town {
    servers: Vec<Server>,
    store: Store,
    url: String,
    size: Size,
    founders: Vec<Somebody>,
    investors: Vec<Somebody>,
    staff: String,
    slots: Vec<Span>,
    attempts: Vec<Attempt>,
    _folder: TempDir,
}

fn now() -> Timestamp {
    api::Clock::Machine.now()
}

fn id<T>() -> Id<T> {
    Id::from_uuid(api::uuid_at(now()))
}

impl Town {
    fn on_sqlite(size: Size) -> Town {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("nakodo.db").display());
        Town::on(url, folder, 1, size)
    }

    fn on_postgres(size: Size) -> Option<Town> {
        let url = cluster()?.create_database(None);
        Some(Town::on(url, tempfile::tempdir().unwrap(), 3, size))
    }

    fn on(url: String, folder: TempDir, processes: usize, size: Size) -> Town {
        let key = key_file(folder.path());
        let pem = std::fs::read_to_string(&key).unwrap();
        let key = key.to_str().unwrap();
        let start = |_| {
            Server::start(&["--database-url", &url, "--signing-key-file", key])
                .unwrap_or_else(|refused| panic!("{}", refused.said))
        };
        let servers: Vec<Server> = (0..processes).map(start).collect();
        let store = Store::open(&url, 2).unwrap();
        let keys = SigningKeys::from_pem(&pem).unwrap();
        let tokens = AccessTokens::new(keys.into());
        let somebody = |name: String, kind| somebody(&store, &tokens, &name, kind);
        let founders = (0..size.investors * RIVALS)
            .map(|number| somebody(format!("Founder {number}"), Kind::Startup))
            .collect();
        let investors = (0..size.investors)
            .map(|number| somebody(format!("Investor {number}"), Kind::Investor))
            .collect();
        let staff = staff(&store, &tokens);
        let mut town = Town {
            servers,
            store,
            url,
            size,
            founders,
            investors,
            staff,
            slots: Vec::new(),
            attempts: Vec::new(),
            _folder: folder,
        };
        town.open_slots();
        town.ask_all();
        town.wait_until_known();
        town
    }

    /// Half hours, one after the other, from tomorrow on.
    fn open_slots(&mut self) {
        let tomorrow = Tick::ceil(now() + SignedDuration::from_hours(24));
        let slot = |number: usize| Slot {
            id: id(),
            span: Span::lasting(tomorrow.later(6 * i64::try_from(number).unwrap()), 30).unwrap(),
        };
        let new: Vec<Slot> = (0..self.size.slots).map(slot).collect();
        self.write(|conn| {
            let mut hub = programmes::find_by_code(conn, Programme::HUB)?;
            hub.programme.booking.times = Times::Slots;
            hub.programme.review = ReviewPolicy::Never;
            programmes::save(conn, &hub, None, now())?;
            journal::insert_note(conn, Noun::Programme, hub.id.uuid())?;
            slots::insert_all(conn, hub.id, &new, now())
        });
        self.slots = new.iter().map(|slot| slot.span).collect();
    }

    /// Of each investor, for each slot, twenty founders ask: others for each slot, so that no founder is wanted twice at one
    /// time. Every second request is accepted already, the others are pending.
    fn ask_all(&mut self) {
        let mut attempts = Vec::new();
        let hub = self.write(|conn| programmes::find_by_code(conn, Programme::HUB));
        let judged = Judged {
            programme: &hub.programme,
            version: hub.version,
            points: 0,
            offices: domain::Offices::at(None, None, None),
        };
        self.write(|conn| {
            for slot in 0..self.size.slots {
                for investor in 0..self.size.investors {
                    for rival in 0..RIVALS {
                        let founder = (investor + slot) % self.size.investors * RIVALS + rival;
                        let pending = rival % 2 == 0;
                        let sides = (&self.founders[founder], &self.investors[investor]);
                        let purpose = Purpose::ALL[slot / self.size.investors];
                        let request = request(sides, purpose, pending, (hub.id, judged));
                        meeting_requests::insert(conn, &request)?;
                        attempts.push(Attempt {
                            investor,
                            founder,
                            slot,
                            request: request.id,
                            pending,
                        });
                    }
                }
            }
            Ok(())
        });
        self.attempts = attempts;
        self.store.analyze().unwrap();
    }

    fn write<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, StoreError>) -> T {
        self.store.write(work).unwrap()
    }

    /// Until every process knows everybody and the slots.
    fn wait_until_known(&self) {
        let last = &self.investors[self.size.investors - 1].bearer;
        for server in &self.servers {
            for bearer in [last, &self.staff] {
                while server.get("/v1/me", bearer).status != 200 {
                    std::thread::yield_now();
                }
            }
        }
    }

    /// Sends to one of the processes; the status, and the code of an error.
    fn post(&self, number: usize, bearer: &str, path: &str, body: &Value) -> (u16, String) {
        let server = &self.servers[number % self.servers.len()];
        let headers = [("authorization", bearer)];
        let reply = server.send("POST", path, &headers, Some(body)).unwrap();
        let code = reply.body["code"].as_str().unwrap_or_default().to_owned();
        (reply.status, code)
    }

    /// Tries for the slot as the request has it: the investor accepts with it, or the founder fixes it.
    fn attempt(&self, number: usize, attempt: &Attempt) -> (u16, String) {
        let time = json!({"starts_at": self.slots[attempt.slot].starts_at()});
        let path = format!("/v1/meeting-requests/{}", attempt.request);
        if attempt.pending {
            let bearer = &self.investors[attempt.investor].bearer;
            let body = json!({"time": time});
            self.post(number, bearer, &format!("{path}/accept"), &body)
        } else {
            let bearer = &self.founders[attempt.founder].bearer;
            self.post(number, bearer, &format!("{path}/schedule"), &time)
        }
    }

    /// All attempts, those for one time next to each other, by so many clients at once; what came of each.
    fn contest(&self) -> Vec<(u16, String)> {
        let (next, start) = (AtomicUsize::new(0), Barrier::new(CLIENTS));
        let client = || {
            start.wait();
            let mut mine = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(attempt) = self.attempts.get(number) else {
                    return mine;
                };
                mine.push((number, self.attempt(number, attempt)));
            }
        };
        let mut all: Vec<_> = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
            let done = clients
                .into_iter()
                .flat_map(|client| client.join().unwrap());
            done.collect()
        });
        all.sort_by_key(|(number, _)| *number);
        all.into_iter().map(|(_, answer)| answer).collect()
    }

    /// Pairs of meetings at one time that somebody is in twice, and rows of one seat that are there twice.
    fn overlaps(&self) -> usize {
        let mut database = Schema::of(&self.url);
        let twice = database.ask(
            "SELECT 'x' AS line FROM meeting_requests a JOIN meeting_requests b ON a.id < b.id
             WHERE a.state = 'scheduled' AND b.state = 'scheduled'
               AND a.from_tick < b.until_tick AND b.from_tick < a.until_tick
               AND (a.to_person = b.to_person OR a.from_person = b.from_person)",
        );
        let seats = database.ask(
            "SELECT 'x' AS line FROM occupied GROUP BY resource, tick, seat HAVING count(*) > 1",
        );
        twice.len() + seats.len()
    }

    /// Meetings whose two people do not have every tick of it, and ticks that nobody meets in.
    fn loose_ends(&self) -> usize {
        let ticks = |state: &str| {
            format!(
                "SELECT r.id, p.person, r.until_tick - r.from_tick AS length FROM meeting_requests r
                 JOIN (SELECT id, from_person AS person FROM meeting_requests
                       UNION ALL SELECT id, to_person FROM meeting_requests) p ON p.id = r.id
                 WHERE r.state = '{state}'"
            )
        };
        let mut database = Schema::of(&self.url);
        let lacking = database.ask(&format!(
            "SELECT 'x' AS line FROM ({}) m WHERE m.length <>
                (SELECT count(*) FROM occupied o WHERE o.request_id = m.id AND o.resource = m.person)",
            ticks("scheduled")
        ));
        let forgotten = database.ask(
            "SELECT 'x' AS line FROM occupied o JOIN meeting_requests r ON r.id = o.request_id
             WHERE r.state <> 'scheduled'",
        );
        lacking.len() + forgotten.len()
    }
}

fn somebody(store: &Store, tokens: &AccessTokens, name: &str, kind: Kind) -> Somebody {
    let (person, _) = enrol(store, name);
    let organisation = organisations::Organisation {
        id: id(),
        kind,
        external_id: None,
        review: Review::Approved,
        tie_key: 7,
        created_at: now(),
        changed_at: now(),
        archived_at: None,
        version: 1,
    };
    let profile = documents::Stored {
        id: api::uuid_at(now()),
        organisation: organisation.id,
        kind: DocumentKind::Profile,
        external_id: None,
        version: 1,
        recorded_at: now(),
        body: json!({"names": {"en": name}, "home": "JP-27"}),
    };
    store
        .write(|conn| {
            organisations::insert(conn, &organisation)?;
            documents::insert(conn, &profile, None)?;
            people::insert_membership(conn, person, organisation.id, Role::Owner, now())?;
            journal::insert_note(conn, Noun::Organisation, organisation.id.uuid())?;
            journal::insert_note(conn, Noun::Membership, person.uuid())
        })
        .unwrap();
    Somebody {
        person,
        organisation: organisation.id,
        bearer: bearer(store, tokens, person),
    }
}

fn staff(store: &Store, tokens: &AccessTokens) -> String {
    let (person, _) = enrol(store, "Staff");
    store
        .write(|conn| {
            let hub = programmes::find_by_code(conn, Programme::HUB)?;
            people::insert_staff_grant(conn, person, hub.id, now())?;
            journal::insert_note(conn, Noun::StaffGrant, person.uuid())
        })
        .unwrap();
    bearer(store, tokens, person)
}

/// A sign-in past the API, which lets few people sign in at once.
fn bearer(store: &Store, tokens: &AccessTokens, person: PersonId) -> String {
    let session = sessions::Session {
        id: id(),
        person,
        expires_at: now() + SignedDuration::from_hours(1),
        revoked_at: None,
    };
    store
        .write(|conn| sessions::insert(conn, &session, &session.id.to_string(), now()))
        .unwrap();
    let who = Principal {
        person: person.uuid(),
        session: session.id.uuid(),
        generation: 0,
    };
    format!("Bearer {}", tokens.mint(&who, now()))
}

fn request(
    (from, to): (&Somebody, &Somebody),
    purpose: Purpose,
    pending: bool,
    (programme, judged): (domain::ProgrammeId, Judged<'_>),
) -> MeetingRequest {
    let side = |who: &Somebody, person| Side {
        organisation: who.organisation,
        person,
    };
    let ask = Ask {
        id: id(),
        programme,
        from: side(from, Some(from.person)),
        to: side(to, None),
        purpose,
        subject: None,
        message: "Shall we meet?".parse().unwrap(),
        requested_by: from.person,
        replaces: None,
    };
    let asked = MeetingRequest::ask(ask, judged, now());
    if pending {
        return asked;
    }
    let counterpart = Actor {
        party: Party::Counterpart,
        person: Some(to.person),
        on_behalf: None,
    };
    let mut accepted = asked
        .apply(Move::bare(Step::Accept), &counterpart, judged, now())
        .unwrap();
    // It is written once, as it is.
    accepted.version = 1;
    accepted
}

fn on_both(size: Size, test: impl Fn(&Town)) {
    test(&Town::on_sqlite(size));
    match Town::on_postgres(size) {
        Some(town) => test(&town),
        None => announce_missing(),
    }
}

#[test]
fn of_many_who_want_one_time_exactly_one_has_it_and_the_others_are_told() {
    on_both(size(), |town| {
        let contested = town.size.investors * town.size.slots;

        let answers = town.contest();

        let mut counts: BTreeMap<&(u16, String), usize> = BTreeMap::new();
        for answer in &answers {
            *counts.entry(answer).or_default() += 1;
        }
        let expected = BTreeMap::from([
            ((200, String::new()), contested),
            ((409, "time_taken".to_owned()), contested * (RIVALS - 1)),
        ]);
        assert_eq!(
            counts,
            expected.iter().map(|(key, count)| (key, *count)).collect()
        );
        assert_eq!((town.overlaps(), town.loose_ends()), (0, 0));

        let answers = after_the_contest(town, &answers);

        let odd: Vec<_> = answers
            .iter()
            .filter(|(status, _)| ![200, 409].contains(status))
            .collect();
        assert!(odd.is_empty(), "{odd:?}");
        assert_eq!((town.overlaps(), town.loose_ends()), (0, 0));
    });
}

/// For every second slot of each investor, at once: the meeting is cancelled, two who came late try again, and the staff
/// move the investor's next meeting there.
fn after_the_contest(town: &Town, answers: &[(u16, String)]) -> Vec<(u16, String)> {
    let of = |investor: usize, slot: usize| {
        let tried = town.attempts.iter().zip(answers);
        tried.filter(move |(attempt, _)| (attempt.investor, attempt.slot) == (investor, slot))
    };
    let winner = |investor, slot| {
        let mut won = of(investor, slot).filter(|(_, answer)| answer.0 == 200);
        won.next().unwrap().0
    };
    let mut all = Vec::new();
    for slot in (0..town.size.slots - 1).step_by(2) {
        // Their next meetings may be moved to this slot, so that they are not free in it for anybody else.
        let moving: HashSet<usize> = (0..town.size.investors)
            .map(|investor| winner(investor, slot + 1).founder)
            .collect();
        for investor in 0..town.size.investors {
            let (first, next) = (winner(investor, slot), winner(investor, slot + 1));
            let late: Vec<&Attempt> = of(investor, slot)
                .filter(|(attempt, answer)| answer.0 == 409 && !attempt.pending)
                .filter(|(attempt, _)| !moving.contains(&attempt.founder))
                .map(|(attempt, _)| attempt)
                .take(2)
                .collect();
            let cancel = || {
                let path = format!("/v1/meeting-requests/{}/cancel", first.request);
                let bearer = &town.investors[investor].bearer;
                town.post(0, bearer, &path, &json!({"reason": "plans_changed"}))
            };
            let again = |number: usize| town.attempt(number, late[number]);
            let postpone = || {
                let path = format!("/v1/meeting-requests/{}/schedule", next.request);
                let time = json!({"starts_at": town.slots[slot].starts_at()});
                town.post(2, &town.staff, &path, &time)
            };
            std::thread::scope(|scope| {
                let running = [
                    scope.spawn(cancel),
                    scope.spawn(|| again(0)),
                    scope.spawn(|| again(1)),
                    scope.spawn(postpone),
                ];
                all.extend(running.map(|running| running.join().unwrap()));
            });
            // Cancelled, the time is free: if nobody was there in time, one who tries again has it.
            let last = again(0);
            let free = all[all.len() - 3..]
                .iter()
                .all(|(status, _)| *status == 409);
            assert!(!free || last.0 == 200, "{last:?}");
            all.push(last);
        }
    }
    all
}

#[test]
fn without_the_constraint_the_same_contest_shows_overlaps() {
    on_both(SHORT, |town| {
        Schema::of(&town.url).run("DROP INDEX occupied_once");

        let answers = town.contest();

        let won = answers.iter().filter(|(status, _)| *status == 200).count();
        assert!(won > town.size.investors * town.size.slots, "{won}");
        assert!(town.overlaps() > 0);
    });
}
