//! A PostgreSQL that the tests start themselves, from the binaries of this machine.
//!
//! One cluster per test process, on a Unix socket only, on a RAM disk where there is one. It is gone when the process
//! is, however that ended: `supervisor.sh` sees to it. Without binaries there is no cluster, and that is said aloud.

mod binaries;
mod place;
mod supervisor;
mod tls;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

pub use binaries::{announce_missing, missing_is_a_failure};
use place::Place;
use supervisor::Supervisor;
pub use tls::Tls;

/// The first PostgreSQL that knows `CREATE DATABASE … STRATEGY`.
const STRATEGY_SINCE: u32 = 15;

/// Part of the name of the socket of a cluster that has no port.
const PORT: u16 = 5432;

/// What every cluster of the tests is started with.
///
/// Nothing is forced to the disk, all files lie in the cluster's folder, and what was acknowledged survives a `kill -9` of the server. The zone is far from UTC so
/// that a query which silently counts on the zone of the session is found out.
const SETTINGS: [&str; 8] = [
    "fsync=off",
    "full_page_writes=off",
    "max_connections=300",
    "shared_buffers=64MB",
    "max_wal_size=256MB",
    "timezone=Asia/Tokyo",
    "log_checkpoints=off",
    "dynamic_shared_memory_type=mmap",
];

/// The cluster shared by all tests of this process, started by the first of them; `None` if PostgreSQL is not installed.
///
/// # Panics
/// If there are binaries and they do not start: the log of the server is in the message.
pub fn cluster() -> Option<&'static Cluster> {
    static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
    SHARED.get_or_init(Cluster::start_private).as_ref()
}

/// A running PostgreSQL. Dropping it stops the server and removes its files.
#[derive(Debug)]
pub struct Cluster {
    directory: PathBuf,
    port: u16,
    supervisor: Mutex<Supervisor>,
    databases: AtomicU32,
    templates: Mutex<BTreeSet<String>>,
}

impl Cluster {
    /// A cluster of one's own, for tests that stop or kill it; `None` if PostgreSQL is not installed.
    pub fn start_private() -> Option<Cluster> {
        let binaries = binaries::find_or_announce()?;
        let place = Place::make();
        Some(Cluster::start(
            &binaries,
            place,
            PORT,
            &["listen_addresses=".to_owned()],
        ))
    }

    /// A private cluster that also listens on 127.0.0.1, there with TLS only; `None` if PostgreSQL is not installed.
    ///
    /// # Panics
    /// If the program `openssl`, which makes the certificates, is missing or fails.
    pub fn start_with_tls() -> Option<(Cluster, Tls)> {
        let binaries = binaries::find_or_announce()?;
        let place = Place::make();
        let tls = Tls::make(&place);
        let cluster = Cluster::start(&binaries, place, tls.port, &tls.settings());
        Some((cluster, tls))
    }

    fn start(binaries: &Path, place: Place, port: u16, settings: &[String]) -> Cluster {
        let settings = SETTINGS
            .into_iter()
            .chain(settings.iter().map(String::as_str));
        let supervisor = Supervisor::start(binaries, &place, port, settings);
        Cluster {
            directory: place.directory,
            port,
            supervisor: Mutex::new(supervisor),
            databases: AtomicU32::new(0),
            templates: Mutex::new(BTreeSet::new()),
        }
    }

    /// The URL of a new database: empty, or a copy of a `template`.
    ///
    /// # Panics
    /// If the template is not there or somebody is connected to it.
    pub fn create_database(&self, template: Option<&str>) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut sql = format!("CREATE DATABASE {name}");
        if let Some(template) = template {
            write!(sql, " TEMPLATE {template}").expect("a String takes everything");
        }
        if self.version() >= STRATEGY_SINCE {
            sql.push_str(" STRATEGY FILE_COPY");
        }
        self.execute(&sql);
        self.url(&name)
    }

    /// Drops a database made by [`Cluster::create_database`] with all that are connected to it: each takes about 8 MB.
    ///
    /// # Panics
    /// If the database is not there.
    pub fn drop_database(&self, url: &str) {
        let (_, name) = url.rsplit_once('/').unwrap_or_default();
        self.execute(&format!("DROP DATABASE {name} WITH (FORCE)"));
    }

    /// Makes the database `name`, fills it by `fill` and keeps it as a template, unless that was done before.
    ///
    /// `fill` gets the URL and must have closed its connections when it returns.
    ///
    /// # Panics
    /// If `fill` panicked here or in another test.
    pub fn template(&self, name: &str, fill: impl FnOnce(&str)) {
        let mut made = self
            .templates
            .lock()
            .expect("no other test failed to fill a template");
        if !made.contains(name) {
            self.execute(&format!("CREATE DATABASE {name}"));
            fill(&self.url(name));
            made.insert(name.to_owned());
        }
    }

    /// Kills the server and all its processes at once, as a crash of the machine would. Not for the shared cluster.
    pub fn kill_9(&self) {
        self.order("kill");
    }

    /// Starts the server again after [`Cluster::kill_9`]; it has recovered and answers when this returns.
    ///
    /// # Panics
    /// If it does not come up again: the log of the server is in the message.
    pub fn restart(&self) {
        self.order("start");
    }

    /// The folder that holds the whole cluster, its socket and its log.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    fn order(&self, order: &str) {
        self.supervisor
            .lock()
            .expect("no order failed before")
            .order(order);
    }

    fn url(&self, database: &str) -> String {
        let socket = percent_encoded(self.directory.to_str().expect("the folder's name is ASCII"));
        format!("postgres://postgres@{socket}:{}/{database}", self.port)
    }

    fn execute(&self, sql: &str) {
        PgConnection::establish(&self.url("postgres"))
            .expect("the cluster of the tests answers")
            .batch_execute(sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// The major version, from the file that every data folder has.
    fn version(&self) -> u32 {
        std::fs::read_to_string(self.directory.join("data/PG_VERSION"))
            .expect("a cluster has a file PG_VERSION")
            .trim()
            .parse()
            .expect("a major version is a number")
    }
}

/// `text` as libpq takes it for the host of a URL.
fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("a String takes everything");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::percent_encoded;

    #[test]
    fn the_folder_of_the_socket_travels_in_the_url() {
        assert_eq!(
            percent_encoded("/dev/shm/a-b_c.d e"),
            "%2Fdev%2Fshm%2Fa-b_c.d%20e"
        );
    }
}
