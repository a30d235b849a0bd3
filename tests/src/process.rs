//! `nakodo serve` as a process of its own: to be started twice, told to end, and killed.

use std::{
    io::{BufRead as _, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, OnceLock, mpsc},
    time::Duration,
};

use api::{Clock, auth::keys::SigningKeys};
use domain::{Id, PersonId};
use serde_json::{Value, json};
use store::Store;
use tempfile::TempDir;

use crate::{Reply, folk, http, hub::PASSWORD};

/// How long a start may take on a busy machine, or with a large database.
const START_MAX: Duration = Duration::from_mins(5);

/// The program, built once per test process; for release in a bench.
///
/// # Panics
/// If it does not build.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let output = Command::new(env!("CARGO"))
            .args(["build", "--workspace", "--bin", "nakodo", "--locked"])
            .args((!cfg!(debug_assertions)).then_some("--release"))
            .arg("--message-format=json")
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stderr(Stdio::inherit())
            .output()
            .expect("cargo runs, since it runs the tests");
        assert!(output.status.success(), "the program does not build");
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .find_map(|message| message["executable"].as_str().map(PathBuf::from))
            .expect("cargo says where the program is")
    })
}

/// A signing key in a new file of this folder.
///
/// # Panics
/// If the folder cannot be written to.
pub fn key_file(folder: &Path) -> PathBuf {
    let file = folder.join("key.pem");
    std::fs::write(&file, SigningKeys::generate_pem()).expect("the folder can be written to");
    file
}

/// Makes a person in a database past the API; their id and address. They sign in with [`PASSWORD`].
///
/// # Panics
/// If the database refuses.
pub fn enrol(store: &Store, name: &str) -> (PersonId, String) {
    let now = Clock::Machine.now();
    let id = Id::from_uuid(api::uuid_at(now));
    let email = store
        .write(|conn| folk::insert(conn, id, name, false, now))
        .expect("a new person");
    (id, email)
}

/// A server that never came up, and what it said.
#[derive(Debug)]
pub struct Refused {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote for people and for the log.
    pub said: String,
}

/// A serving process. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: String,
    log: Arc<Mutex<String>>,
    _folder: TempDir,
}

impl Server {
    /// Starts `nakodo serve` with these arguments on a free port, with no limits on requests; it listens when this
    /// returns.
    ///
    /// # Errors
    /// If it ended instead.
    ///
    /// # Panics
    /// If it neither ended nor listens in [`START_MAX`].
    pub fn start(arguments: &[&str]) -> Result<Server, Refused> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut child = Command::new(program())
            .args(["serve", "--listen=127.0.0.1:0", "--rate-limit-per-minute=0"])
            .args(arguments)
            .env_clear()
            // Unless the arguments name another: letters that no server takes are kept there.
            .env("NAKODO_DATA_DIR", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let log = Arc::new(Mutex::new(String::new()));
        let (sender, address) = mpsc::channel();
        let listener = follow(child.stdout.take(), log.clone(), sender.clone());
        let logger = follow(child.stderr.take(), log.clone(), sender);
        match address.recv_timeout(START_MAX) {
            Ok(address) => Ok(Server {
                child,
                address,
                log,
                _folder: folder,
            }),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                for reader in [listener, logger] {
                    reader.join().expect("reading does not panic");
                }
                let status = child.wait().expect("it is our child");
                let said = log.lock().expect("no reader panicked").clone();
                Err(Refused { status, said })
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                child.kill().expect("it is our child");
                panic!("no start in {START_MAX:?}: {log:?}")
            }
        }
    }

    /// Starts on SQLite in this folder.
    ///
    /// # Panics
    /// If it does not come up.
    pub fn on_sqlite(folder: &Path) -> Server {
        Server::start(&["--data-dir", utf8(folder)])
            .unwrap_or_else(|refused| panic!("{}", refused.said))
    }

    /// Starts on the PostgreSQL at this URL, signing with the key in this file.
    ///
    /// # Panics
    /// If it does not come up.
    pub fn on_postgres(url: &str, key: &Path) -> Server {
        Server::start(&["--database-url", url, "--signing-key-file", utf8(key)])
            .unwrap_or_else(|refused| panic!("{}", refused.said))
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What it wrote so far.
    ///
    /// # Panics
    /// Never.
    pub fn log(&self) -> String {
        self.log.lock().expect("no reader panicked").clone()
    }

    /// Whether the process is there.
    ///
    /// # Panics
    /// Never.
    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().expect("it is our child").is_none()
    }

    /// Asks the process to end, as a supervisor does.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Kills it as a crash would. That it died of it, and not before, shows [`Server::wait`].
    pub fn kill_9(&self) {
        self.signal("KILL");
    }

    fn signal(&self, name: &str) {
        let status = Command::new("/bin/sh")
            .args(["-c", "kill -s \"$0\" \"$1\"", name])
            .arg(self.child.id().to_string())
            .status()
            .expect("every Unix has a shell");
        assert!(status.success(), "nobody waited for it, so it is there");
    }

    /// Waits until it has ended.
    ///
    /// # Panics
    /// Never.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("it is our child")
    }

    /// Sends a request. A lost answer is an error: whether it was done is not known.
    ///
    /// # Errors
    /// If there is no whole answer.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Reply, ureq::Error> {
        let mut headers = headers.to_vec();
        if body.is_some() {
            headers.push(("content-type", "application/json"));
        }
        let url = format!("http://{}{path}", self.address);
        let body = body.map(|body| body.to_string().into_bytes());
        http::send(method, &url, &headers, body)
    }

    /// Reads as the one whose header this is.
    ///
    /// # Panics
    /// If there is no whole answer.
    pub fn get(&self, path: &str, bearer: &str) -> Reply {
        self.send("GET", path, &[("authorization", bearer)], None)
            .expect("an answer")
    }

    /// Signs in; the value of the header `Authorization` from then on.
    ///
    /// # Panics
    /// If the answer is another.
    pub fn sign_in(&self, email: &str) -> String {
        let credentials = json!({"email": email, "password": PASSWORD});
        let tokens = self
            .send("POST", "/v1/sessions", &[], Some(&credentials))
            .expect("an answer")
            .assert_status(201);
        format!("Bearer {}", tokens.text("/access_token"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn utf8(path: &Path) -> &str {
    path.to_str().expect("the tests choose plain names")
}

/// Reads what the process writes to the end, and tells the address when it is said.
fn follow(
    output: Option<impl Read + Send + 'static>,
    log: Arc<Mutex<String>>,
    address: mpsc::Sender<String>,
) -> std::thread::JoinHandle<()> {
    let output = BufReader::new(output.expect("it was piped"));
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            if let Some((_, found)) = line.split_once("listens on http://") {
                // Nobody waits any more if the start took too long.
                drop(address.send(found.to_owned()));
            }
            let mut log = log.lock().expect("no reader panics");
            log.push_str(&line);
            log.push('\n');
        }
    })
}
