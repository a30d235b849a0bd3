//! A mail server that keeps what it is given: for asking what was sent, and for refusing.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::wire::{Certificates, Wire};

/// A mail as it came over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The address in `MAIL FROM`.
    pub from: String,
    /// The addresses in `RCPT TO`.
    pub to: Vec<String>,
    /// Head and body.
    pub raw: String,
}

#[derive(Debug, Default)]
struct Kept {
    mails: Mutex<Vec<Mail>>,
    refuse: Mutex<Option<&'static str>>,
    over: AtomicBool,
}

/// How a mail server is spoken to.
#[derive(Clone, Debug)]
enum Speaks {
    Plain,
    StartTls(Certificates),
    Tls(Certificates),
}

/// A mail server on a port of its own. It speaks as much SMTP as a client needs.
#[derive(Debug)]
pub struct MailServer {
    address: SocketAddr,
    kept: Arc<Kept>,
}

impl MailServer {
    /// Starts on a free port.
    ///
    /// # Panics
    /// If there is none.
    pub fn start() -> MailServer {
        MailServer::speaking(Speaks::Plain)
    }

    /// Starts one that takes mail after `STARTTLS` alone.
    pub fn start_with_starttls(certificates: Certificates) -> MailServer {
        MailServer::speaking(Speaks::StartTls(certificates))
    }

    /// Starts one that is spoken to by TLS from the first byte.
    pub fn start_with_tls(certificates: Certificates) -> MailServer {
        MailServer::speaking(Speaks::Tls(certificates))
    }

    fn speaking(speaks: Speaks) -> MailServer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let kept = Arc::new(Kept::default());
        let keeping = kept.clone();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if keeping.over.load(Ordering::SeqCst) {
                    break;
                }
                let (Ok(client), keeping) = (client, keeping.clone()) else {
                    continue;
                };
                let speaks = speaks.clone();
                // A client that breaks off is none of our business.
                std::thread::spawn(move || drop(serve(client, &speaks, &keeping)));
            }
        });
        MailServer { address, kept }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What it was given, in order.
    ///
    /// # Panics
    /// Never.
    pub fn mails(&self) -> Vec<Mail> {
        self.kept.mails.lock().expect("no panic while held").clone()
    }

    /// What it was given for this address.
    pub fn to(&self, address: &str) -> Vec<Mail> {
        let mut mails = self.mails();
        mails.retain(|mail| mail.to.iter().any(|to| to == address));
        mails
    }

    /// Answers every recipient so from now on: `451 later`, `550 nobody here`; takes them again with `None`.
    ///
    /// # Panics
    /// Never.
    pub fn refuse(&self, answer: Option<&'static str>) {
        *self.kept.refuse.lock().expect("no panic while held") = answer;
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.kept.over.store(true, Ordering::SeqCst);
        // Wakes the one who waits for clients.
        drop(TcpStream::connect(self.address));
    }
}

fn serve(client: TcpStream, speaks: &Speaks, kept: &Kept) -> std::io::Result<()> {
    let wire = match speaks {
        Speaks::Tls(certificates) => Wire::encrypted(client, certificates),
        Speaks::Plain | Speaks::StartTls(_) => Wire::Plain(client),
    };
    let mut lines = BufReader::new(wire);
    say(&mut lines, "220 mail.example ESMTP")?;
    let mut mail = Mail {
        from: String::new(),
        to: Vec::new(),
        raw: String::new(),
    };
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 {
        let command = std::mem::take(&mut line);
        let command = command.trim_end();
        let verb = command.get(..4).unwrap_or_default().to_ascii_uppercase();
        let must_start = match (speaks, lines.get_ref()) {
            (Speaks::StartTls(certificates), Wire::Plain(_)) => Some(certificates),
            _ => None,
        };
        let answer = match (verb.as_str(), must_start) {
            ("EHLO" | "HELO", None) => "250-mail.example\r\n250 8BITMIME",
            ("EHLO" | "HELO", Some(_)) => "250-mail.example\r\n250 STARTTLS",
            ("STAR", Some(certificates)) => {
                say(&mut lines, "220 go on")?;
                let Wire::Plain(client) = lines.into_inner() else {
                    return Ok(());
                };
                lines = BufReader::new(Wire::encrypted(client, certificates));
                continue;
            }
            ("MAIL", Some(_)) => "530 STARTTLS first",
            ("MAIL", None) => {
                mail.from = address_in(command);
                mail.to.clear();
                "250 good"
            }
            ("RCPT", _) => {
                let refusal = *kept.refuse.lock().expect("no panic while held");
                if refusal.is_none() {
                    mail.to.push(address_in(command));
                }
                refusal.unwrap_or("250 good")
            }
            ("DATA", _) => {
                say(&mut lines, "354 go on")?;
                mail.raw.clear();
                while lines.read_line(&mut line)? > 0 {
                    let part = std::mem::take(&mut line);
                    if part == ".\r\n" {
                        break;
                    }
                    mail.raw.push_str(part.strip_prefix('.').unwrap_or(&part));
                }
                let mut mails = kept.mails.lock().expect("no panic while held");
                mails.push(mail.clone());
                "250 kept"
            }
            ("RSET" | "NOOP", _) => "250 good",
            ("QUIT", _) => return say(&mut lines, "221 bye"),
            _ => "502 not here",
        };
        say(&mut lines, answer)?;
    }
    Ok(())
}

fn say(client: &mut BufReader<Wire>, text: &str) -> std::io::Result<()> {
    let client = client.get_mut();
    client.write_all(format!("{text}\r\n").as_bytes())?;
    client.flush()
}

fn address_in(command: &str) -> String {
    let inner = command
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    inner
        .map(|(address, _)| address)
        .unwrap_or_default()
        .to_owned()
}
