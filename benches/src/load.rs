//! Requests over and over on some connections, and how fast they are answered.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

/// A GET request of whoever has this access token.
pub fn request(address: SocketAddr, path: &str, access_token: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {access_token}\r\n\r\n"
    )
    .into_bytes()
}

/// What all threads of a process, and those of its own that it waited for, used of the processors so far, as Linux counts
/// it: in hundredths of a second.
pub fn processor_time(process: u32) -> Duration {
    let line = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // After the name of the program, which may hold anything and ends with the last bracket.
    let (_, fields) = line.rsplit_once(')').unwrap_or_default();
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
    let all = [11, 12, 13, 14].map(|at| ticks(at).unwrap_or_default());
    Duration::from_millis(10 * all.iter().sum::<u64>())
}

/// Requests in turn, over and over, on some connections.
#[derive(Debug)]
pub struct Load {
    /// Where to.
    pub address: SocketAddr,
    /// Whole requests.
    pub requests: Vec<Vec<u8>>,
    /// At once.
    pub connections: usize,
    /// For so long.
    pub duration: Duration,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// Answers a second.
    pub per_second: f64,
    /// What half of them took at most.
    pub p50_ms: f64,
    /// What 99 of 100 took at most.
    pub p99_ms: f64,
    /// Of server and clients together, for one answer: what other programs on the machine change least.
    pub processor_us: f64,
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Figures {
            per_second,
            p99_ms,
            processor_us,
            ..
        } = self;
        write!(
            f,
            "{per_second:.0}/s p99 {p99_ms:.2} ms, {processor_us:.0} us"
        )
    }
}

impl Load {
    /// Asks until the time is up.
    ///
    /// # Panics
    /// If an answer is not whole, or not 200.
    pub fn run(&self) -> Figures {
        let until = Instant::now() + self.duration;
        let used_before = processor_time(std::process::id());
        let turn = AtomicUsize::new(0);
        let mut times: Vec<Duration> = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..self.connections)
                .map(|_| scope.spawn(|| self.ask(&turn, until)))
                .collect();
            let finished = clients.into_iter().map(std::thread::ScopedJoinHandle::join);
            finished
                .flat_map(|times| times.expect("every answer is whole"))
                .collect()
        });
        times.sort_unstable();
        let [p50, p99] = [50, 99].map(|percent| times[times.len() * percent / 100]);
        #[expect(clippy::cast_precision_loss, reason = "far fewer answers than 2^52")]
        let answers = times.len() as f64;
        let used = processor_time(std::process::id()).saturating_sub(used_before);
        Figures {
            per_second: answers / self.duration.as_secs_f64(),
            p50_ms: p50.as_secs_f64() * 1000.0,
            p99_ms: p99.as_secs_f64() * 1000.0,
            processor_us: used.as_secs_f64() * 1_000_000.0 / answers,
        }
    }

    /// Asks until the time is up; the time of each answer, which must be whole.
    fn ask(&self, turn: &AtomicUsize, until: Instant) -> Vec<Duration> {
        let stream = TcpStream::connect(self.address).expect("the server listens");
        stream.set_nodelay(true).expect("a TCP stream");
        let mut writer = stream.try_clone().expect("a TCP stream");
        let mut reader = BufReader::with_capacity(1 << 16, stream);
        let (mut times, mut body, mut line) = (Vec::new(), Vec::new(), String::new());
        while Instant::now() < until {
            let turn = turn.fetch_add(1, Ordering::Relaxed);
            let request = &self.requests[turn % self.requests.len()];
            let asked = Instant::now();
            writer.write_all(request).expect("the server reads");
            line.clear();
            reader.read_line(&mut line).expect("an answer");
            assert!(line.starts_with("HTTP/1.1 200"), "{line}");
            let mut promised = 0;
            loop {
                line.clear();
                reader.read_line(&mut line).expect("a header");
                if line == "\r\n" {
                    break;
                }
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    promised = value.trim().parse().expect("a length");
                }
            }
            assert!(promised > 0, "a list");
            body.resize(promised, 0);
            reader.read_exact(&mut body).expect("the whole body");
            times.push(asked.elapsed());
        }
        assert!(!times.is_empty());
        times
    }
}
