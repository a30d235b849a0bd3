//! A hub that runs: its own empty database, its own server on its own port, a clock that stands until it is moved.

use std::{
    net::{SocketAddr, TcpListener},
    sync::mpsc,
    thread::JoinHandle,
};

use api::{
    App, Clock, Limits, Parts,
    auth::{keys::SigningKeys, passwords::Cost},
    notices::{Authorities, Lookup, Outgoing, Post, Targets, smtp},
};
use domain::{
    Counting, Deadlines, Document, Id, Kind, OrganisationId, Profile, Programme, ProgrammeId,
    Review, ReviewPolicy, Role, Texts,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::{
    Conn, Store, documents, journal, organisations, people,
    programmes::{self, Stored},
};
use tempfile::TempDir;

use crate::{Actor, folk, mail::MailServer, postgres};

/// The password of everybody in the tests.
pub const PASSWORD: &str = "correct horse battery";

/// When every test begins.
pub const BEGINNING: &str = "2026-11-02T09:00:00Z";

/// Runs a test on SQLite and on PostgreSQL, each time in a new hub.
pub fn on_both(test: impl Fn(&Hub)) {
    test(&Hub::on_sqlite());
    match Hub::on_postgres() {
        Some(hub) => test(&hub),
        None => postgres::announce_missing(),
    }
}

/// A running hub. Dropping it ends its server and removes its database.
#[expect(missing_debug_implementations, reason = "it holds keys")]
pub struct Hub {
    app: App,
    clock: Clock,
    address: SocketAddr,
    handle: actix_web::dev::ServerHandle,
    thread: Option<JoinHandle<()>>,
    url: String,
    signing_key: String,
    mail: MailServer,
    _folder: TempDir,
}

impl Hub {
    /// A hub on a new SQLite file.
    pub fn on_sqlite() -> Hub {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("nakodo.db").display());
        Hub::on(url, folder)
    }

    /// A hub on a new PostgreSQL database; `None` without PostgreSQL.
    pub fn on_postgres() -> Option<Hub> {
        let cluster = postgres::cluster()?;
        cluster.template("nakodo", |url| {
            Store::open(url, 1).expect("the migrations run");
        });
        let url = cluster.create_database(Some("nakodo"));
        let folder = tempfile::tempdir().expect("a temporary folder");
        Some(Hub::on(url, folder))
    }

    /// A new hub on a database of the same kind.
    ///
    /// # Panics
    /// If there is none any more.
    #[must_use]
    pub fn another(&self) -> Hub {
        if self.url.starts_with("postgres://") {
            Hub::on_postgres().expect("this one runs on it")
        } else {
            Hub::on_sqlite()
        }
    }

    /// A new hub on a database of the same kind, whose webhooks may lead here alone.
    ///
    /// # Panics
    /// If there is no PostgreSQL any more.
    #[must_use]
    pub fn another_leading_to(&self, targets: Targets) -> Hub {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = if self.url.starts_with("postgres://") {
            let cluster = postgres::cluster().expect("this one runs on it");
            cluster.create_database(Some("nakodo"))
        } else {
            format!("sqlite://{}", folder.path().join("nakodo.db").display())
        };
        Hub::sending(url, folder, |outgoing| outgoing.targets = targets)
    }

    /// A hub on a new SQLite file, from which notices leave as `set` says.
    pub fn on_sqlite_sending(set: impl FnOnce(&mut Outgoing)) -> Hub {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("nakodo.db").display());
        Hub::sending(url, folder, set)
    }

    fn on(url: String, folder: TempDir) -> Hub {
        Hub::sending(url, folder, |_| ())
    }

    fn sending(url: String, folder: TempDir, set: impl FnOnce(&mut Outgoing)) -> Hub {
        let signing_key = SigningKeys::generate_pem();
        let clock = Clock::set(BEGINNING.parse().expect("an instant"));
        let store = Store::open(&url, 4).expect("the database opens");
        store
            .write(|conn| lay_foundation(conn, clock.now()))
            .expect("the hub programme");
        let mail = MailServer::start();
        let mut outgoing = outgoing(&mail);
        set(&mut outgoing);
        let app = App::new(Parts {
            outgoing,
            store,
            keys: SigningKeys::from_pem(&signing_key).expect("a fresh key"),
            clock: clock.clone(),
            cost: Cost::TEST,
            limits: Limits {
                per_minute: Some(100_000),
                sign_ins_per_hour: 30,
            },
            behind_proxy: false,
        })
        .expect("the snapshot loads");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (handle, thread) = serve(app.clone(), listener);
        Hub {
            app,
            clock,
            address,
            handle,
            thread: Some(thread),
            url,
            signing_key,
            mail,
            _folder: folder,
        }
    }

    /// The app, for looking behind the HTTP answers.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The database.
    pub fn store(&self) -> &Store {
        self.app.store()
    }

    /// The URL of the database.
    pub fn database_url(&self) -> &str {
        &self.url
    }

    /// The keys that sign here, for forging tokens that are almost right.
    ///
    /// # Panics
    /// Never: the hub read them too.
    pub fn signing_keys(&self) -> SigningKeys {
        SigningKeys::from_pem(&self.signing_key).expect("the key of this hub")
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The time in the hub.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets time pass.
    pub fn pass(&self, duration: SignedDuration) {
        let Clock::Set(micros) = &self.clock else {
            unreachable!("the tests set the clock")
        };
        let micros_later = i64::try_from(duration.as_micros()).expect("a human time");
        micros.fetch_add(micros_later, std::sync::atomic::Ordering::SeqCst);
    }

    /// The mail server of the hub.
    pub fn mail(&self) -> &MailServer {
        &self.mail
    }

    /// Routes and sends all that is due now; how many deliveries were tried.
    ///
    /// # Panics
    /// If the database does not answer.
    pub fn deliver(&self) -> usize {
        api::notices::deliver_once(&self.app).expect("the database answers")
    }

    /// Waits until every change is told of by the feed: transactions of other tests in the same cluster hold it up.
    ///
    /// # Panics
    /// If the database does not answer.
    pub fn settle(&self) {
        let mut database = crate::schema::Schema::of(&self.url);
        loop {
            let all = database.ask("SELECT CAST(count(*) AS text) AS line FROM change_log");
            let told = self
                .store()
                .read(|conn| store::change_log::list_settled(conn, (0, 0), i64::MAX))
                .unwrap_or_else(|error: store::StoreError| panic!("{error}"));
            if all == [told.len().to_string()] {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    /// Has the snapshot follow the database now, rather than within a second.
    ///
    /// # Panics
    /// If the database does not answer.
    pub fn catch_up(&self) {
        self.app
            .live()
            .follow(self.store(), self.now())
            .expect("the snapshot follows");
    }

    /// Runs work in one transaction, past the API: for making the world of a test.
    ///
    /// # Panics
    /// If the database refuses.
    pub fn make<T>(
        &self,
        work: impl FnOnce(&mut Conn, Timestamp) -> Result<T, store::StoreError>,
    ) -> T {
        let now = self.now();
        self.store()
            .write(|conn| work(conn, now))
            .expect("the world of the test")
    }

    /// A new id.
    pub fn id<T>(&self) -> Id<T> {
        Id::from_uuid(api::uuid_at(self.now()))
    }

    /// Somebody who is not signed in.
    pub fn nobody(&self) -> Actor<'_> {
        Actor::nobody(self)
    }

    /// A person who can sign in and belongs to nothing, signed in.
    pub fn person(&self, name: &str) -> Actor<'_> {
        self.somebody(name, false)
    }

    /// An admin, signed in.
    pub fn admin(&self, name: &str) -> Actor<'_> {
        self.somebody(name, true)
    }

    fn somebody(&self, name: &str, admin: bool) -> Actor<'_> {
        let id = self.id();
        let email = self.make(|conn, now| folk::insert(conn, id, name, admin, now));
        Actor::sign_in(self, id, name, &email)
    }

    /// A founder with a listed startup of this name.
    pub fn founder(&self, name: &str) -> Actor<'_> {
        self.owner(name, Kind::Startup)
    }

    /// An investor's partner, with a listed investor of this name.
    pub fn investor(&self, name: &str) -> Actor<'_> {
        self.owner(name, Kind::Investor)
    }

    /// A person who owns a listed organisation of this kind.
    pub fn owner(&self, name: &str, kind: Kind) -> Actor<'_> {
        let person = self.person(name);
        let organisation = self.organisation(&format!("{name} {}", kind.code()), kind);
        self.join(&person, organisation, Role::Owner);
        person.acting_for(organisation)
    }

    /// A staff member of the hub programme.
    pub fn staff(&self, name: &str) -> Actor<'_> {
        let person = self.person(name);
        let hub = self.hub_programme();
        self.make(|conn, now| {
            people::insert_staff_grant(conn, person.id(), hub, now)?;
            journal::insert_note(conn, domain::Noun::StaffGrant, person.id().uuid())
        });
        self.catch_up();
        person
    }

    /// Ties a person to an organisation.
    pub fn join(&self, person: &Actor<'_>, organisation: OrganisationId, role: Role) {
        self.make(|conn, now| {
            people::insert_membership(conn, person.id(), organisation, role, now)?;
            journal::insert_note(conn, domain::Noun::Membership, person.id().uuid())
        });
        self.catch_up();
    }

    /// A listed organisation at home in Osaka, in regenerative medicine, speaking Japanese and English.
    pub fn organisation(&self, name: &str, kind: Kind) -> OrganisationId {
        self.organisation_like(
            kind,
            &json!({
                "names": {"en": name},
                "home": "JP-27",
                "languages": ["ja", "en"],
                "sectors": [taxonomy_leaf("regenerative_medicine")],
                "stages": if kind == Kind::Startup { json!(["financing.seed"]) } else { json!([]) },
            }),
        )
    }

    /// A listed organisation with this profile.
    pub fn organisation_like(&self, kind: Kind, profile: &Value) -> OrganisationId {
        let id = self.id();
        let organisation = organisations::Organisation {
            id,
            kind,
            external_id: None,
            review: Review::Approved,
            tie_key: u32::try_from(id.uuid().as_u128() % 0xFFFF_FFFF).expect("32 bits"),
            created_at: self.now(),
            changed_at: self.now(),
            archived_at: None,
            version: 1,
        };
        self.make(|conn, _| organisations::insert(conn, &organisation));
        let profile: Profile = serde_json::from_value(profile.clone()).expect("a profile");
        self.document(id, &profile);
        id
    }

    /// A document of an organisation; its id.
    pub fn document<D: Document>(&self, organisation: OrganisationId, document: &D) -> uuid::Uuid {
        let id = api::uuid_at(self.now());
        let stored = documents::Stored {
            id,
            organisation,
            kind: D::KIND,
            external_id: None,
            version: 1,
            recorded_at: self.now(),
            body: serde_json::to_value(document).expect("plain data"),
        };
        self.make(|conn, _| {
            documents::insert(conn, &stored, None)?;
            journal::insert_note(conn, domain::Noun::Organisation, organisation.uuid())
        });
        self.catch_up();
        id
    }

    /// The programme that holds every reviewed organisation.
    pub fn hub_programme(&self) -> ProgrammeId {
        self.make(|conn, _| programmes::find_by_code(conn, Programme::HUB))
            .id
    }
}

/// The first sector code that ends so.
fn taxonomy_leaf(end: &str) -> &'static str {
    domain::SectorCode::all()
        .map(domain::SectorCode::code)
        .find(|code| code.ends_with(end))
        .expect("a sector")
}

/// Mail to the server of the test; webhooks to the public internet, which is not there, and to this machine.
fn outgoing(mail: &MailServer) -> Outgoing {
    Outgoing {
        post: Post::Smtp(smtp(&mail.url(), &Authorities::default()).expect("a mail server")),
        authorities: Authorities::default(),
        from: "Nakodo <nakodo@hub.example>".parse().expect("an address"),
        public_url: "https://hub.example/".parse().expect("a URL"),
        targets: Targets {
            lookup: Lookup::Machine,
            allowed: vec!["127.0.0.0/8".parse().expect("a network")],
            own_host: Some("hub.example".to_owned()),
        },
    }
}

fn lay_foundation(conn: &mut Conn, now: Timestamp) -> Result<(), store::StoreError> {
    let hub = Stored {
        id: Id::from_uuid(api::uuid_at(now)),
        code: Programme::HUB.to_owned(),
        version: 1,
        programme: Programme {
            name: Texts {
                en: Some("Hub".parse().expect("a name")),
                ..Texts::default()
            },
            review: ReviewPolicy::Always,
            // Days of 24 hours, so that a test that lets time pass need not know the holidays.
            deadlines: Deadlines {
                staff_days: 7,
                requester_days: 14,
                counterpart_days: 14,
                counted_in: Counting::Days,
            },
            checklist: Vec::new(),
            kind_table: Vec::new(),
            cooling_days: 180,
            manners: domain::Manners::default(),
            booking: domain::Booking::default(),
        },
    };
    programmes::insert(conn, &hub, None, now)
}

fn serve(app: App, listener: TcpListener) -> (actix_web::dev::ServerHandle, JoinHandle<()>) {
    let (ready, started) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = api::server(app, listener, 1).expect("the listener serves");
            ready.send(server.handle()).expect("the test waits");
            server.await.expect("the server ends well");
        });
    });
    (started.recv().expect("the server starts"), thread)
}

impl Drop for Hub {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            // A server that panicked has failed its test already.
            drop(thread.join());
        }
        if self.url.starts_with("postgres://")
            && let Some(cluster) = postgres::cluster()
        {
            cluster.drop_database(&self.url);
        }
    }
}
