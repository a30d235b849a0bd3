//! A receiver of webhooks that behaves as badly as it is told to.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crate::wire::{Certificates, Wire};

/// What a receiver does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Takes it: 204.
    Take,
    /// Answers this status, with a `Location` that leads nowhere good.
    Status(u16),
    /// Closes the connection without an answer.
    Reset,
    /// Says nothing for so long, then takes it.
    Hang(Duration),
    /// Takes it with a body that never ends.
    Endless,
}

/// A message as it came.
#[derive(Clone, Debug)]
pub struct Message {
    /// When.
    pub at: Instant,
    /// Path and query.
    pub path: String,
    /// Headers by lower-case name.
    pub headers: HashMap<String, String>,
    /// The body.
    pub body: String,
    /// What was done with it.
    pub behaviour: Behaviour,
}

impl Message {
    /// Its `webhook-id`.
    ///
    /// # Panics
    /// If it has none.
    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// If it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

type Decide = dyn Fn(usize, &str) -> Behaviour + Send + Sync;

struct Inner {
    decide: Box<Decide>,
    messages: Mutex<Vec<Message>>,
    connections: AtomicUsize,
    over: AtomicBool,
    certificates: Option<Certificates>,
}

/// A receiver on a port of its own.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "it holds a function")]
pub struct Receiver {
    address: SocketAddr,
    inner: Arc<Inner>,
}

impl Receiver {
    /// Starts on a free port; `decide` is asked for each message with its number and path.
    ///
    /// # Panics
    /// If there is no free port.
    pub fn start(decide: impl Fn(usize, &str) -> Behaviour + Send + Sync + 'static) -> Receiver {
        Receiver::speaking(None, decide)
    }

    /// Starts one that is spoken to by TLS, as `localhost`.
    pub fn start_with_tls(
        certificates: Certificates,
        decide: impl Fn(usize, &str) -> Behaviour + Send + Sync + 'static,
    ) -> Receiver {
        Receiver::speaking(Some(certificates), decide)
    }

    fn speaking(
        certificates: Option<Certificates>,
        decide: impl Fn(usize, &str) -> Behaviour + Send + Sync + 'static,
    ) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let inner = Arc::new(Inner {
            decide: Box::new(decide),
            messages: Mutex::default(),
            connections: AtomicUsize::new(0),
            over: AtomicBool::new(false),
            certificates,
        });
        let receiving = inner.clone();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if receiving.over.load(Ordering::SeqCst) {
                    break;
                }
                receiving.connections.fetch_add(1, Ordering::SeqCst);
                let receiving = receiving.clone();
                if let Ok(client) = client {
                    std::thread::spawn(move || drop(receive(client, &receiving)));
                }
            }
        });
        Receiver { address, inner }
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        match self.inner.certificates {
            Some(_) => format!("https://localhost:{}{path}", self.address.port()),
            None => format!("http://{}{path}", self.address),
        }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What came, in order.
    ///
    /// # Panics
    /// Never.
    pub fn messages(&self) -> Vec<Message> {
        self.inner
            .messages
            .lock()
            .expect("no panic while held")
            .clone()
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        self.inner.connections.load(Ordering::SeqCst)
    }

    /// Ends it.
    pub fn stop(&self) {
        self.inner.over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
    }
}

fn receive(client: TcpStream, inner: &Inner) -> std::io::Result<()> {
    let wire = match &inner.certificates {
        Some(certificates) => Wire::encrypted(client, certificates),
        None => Wire::Plain(client),
    };
    let mut reader = BufReader::new(wire);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            // Whoever sent it was killed over it: it did not come.
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    let length = headers
        .get("content-length")
        .and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let behaviour = {
        let mut messages = inner.messages.lock().expect("no panic while held");
        let behaviour = (inner.decide)(messages.len(), &path);
        messages.push(Message {
            at: Instant::now(),
            path,
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
            behaviour,
        });
        behaviour
    };
    answer(reader.get_mut(), behaviour)
}

fn answer(client: &mut Wire, behaviour: Behaviour) -> std::io::Result<()> {
    const TAKEN: &[u8] = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
    match behaviour {
        Behaviour::Take => client.write_all(TAKEN),
        Behaviour::Status(status) => client.write_all(
            format!("HTTP/1.1 {status} X\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .as_bytes(),
        ),
        Behaviour::Reset => client.break_off(),
        Behaviour::Hang(long) => {
            std::thread::sleep(long);
            client.write_all(TAKEN)
        }
        Behaviour::Endless => {
            client.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")?;
            loop {
                client.write_all(&[b'x'; 4096])?;
            }
        }
    }
}
