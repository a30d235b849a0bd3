//! A mail server that keeps what it is given: for asking what was sent, and for refusing.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

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

/// A mail server on a port of its own. It speaks as much SMTP as a client without TLS needs.
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
                // A client that breaks off is none of our business.
                std::thread::spawn(move || drop(serve(&client, &keeping)));
            }
        });
        MailServer { address, kept }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
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

fn serve(client: &TcpStream, kept: &Kept) -> std::io::Result<()> {
    let mut lines = BufReader::new(client);
    let say = |text: &str| -> std::io::Result<()> {
        (&*client).write_all(format!("{text}\r\n").as_bytes())
    };
    say("220 mail.example ESMTP")?;
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
        match verb.as_str() {
            "EHLO" | "HELO" => say("250-mail.example\r\n250 8BITMIME")?,
            "MAIL" => {
                mail.from = address_in(command);
                mail.to.clear();
                say("250 good")?;
            }
            "RCPT" => {
                let refusal = *kept.refuse.lock().expect("no panic while held");
                if let Some(answer) = refusal {
                    say(answer)?;
                } else {
                    mail.to.push(address_in(command));
                    say("250 good")?;
                }
            }
            "DATA" => {
                say("354 go on")?;
                mail.raw.clear();
                while lines.read_line(&mut line)? > 0 {
                    let part = std::mem::take(&mut line);
                    if part == ".\r\n" {
                        break;
                    }
                    mail.raw.push_str(part.strip_prefix('.').unwrap_or(&part));
                }
                kept.mails
                    .lock()
                    .expect("no panic while held")
                    .push(mail.clone());
                say("250 kept")?;
            }
            "RSET" | "NOOP" => say("250 good")?,
            "QUIT" => return say("221 bye"),
            _ => say("502 not here")?,
        }
    }
    Ok(())
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
