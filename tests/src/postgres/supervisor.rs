//! The process that starts the server, kills it on order, and outlives us long enough to clean up.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::place::Place;

const SCRIPT: &str = include_str!("supervisor.sh");

/// Our end of the supervisor. While `orders` is open the server may run; the kernel closes it when we die.
#[derive(Debug)]
pub(super) struct Supervisor {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Supervisor {
    /// Makes a cluster in `place` and starts it; it takes connections when this returns.
    pub(super) fn start<'a>(
        binaries: &Path,
        place: &Place,
        port: u16,
        settings: impl Iterator<Item = &'a str>,
    ) -> Supervisor {
        let mut child = place
            .command("/bin/sh")
            .args(["-c", SCRIPT, "supervisor"])
            .args([binaries, &place.directory])
            .args(["-p", &port.to_string(), "-k"])
            .arg(&place.directory)
            .args(settings.flat_map(|setting| ["-c", setting]))
            // A group of its own: Ctrl-C in the terminal ends the tests, and the supervisor then does its work.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("every Unix has a shell");
        let mut supervisor = Supervisor {
            orders: child.stdin.take(),
            answers: BufReader::new(child.stdout.take().expect("it was piped")),
            child,
        };
        supervisor.await_done("start");
        supervisor
    }

    /// Gives an order and waits until it is carried out.
    pub(super) fn order(&mut self, order: &str) {
        let orders = self.orders.as_mut().expect("taken on drop only");
        writeln!(orders, "{order}").expect("the supervisor lives as long as we do");
        self.await_done(order);
    }

    fn await_done(&mut self, order: &str) {
        let mut answer = String::new();
        self.answers
            .read_line(&mut answer)
            .expect("the supervisor writes text");
        if answer != "done\n" {
            self.answers
                .read_to_string(&mut answer)
                .expect("the supervisor writes text");
            panic!("the PostgreSQL of the tests did not {order}:\n{answer}");
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.orders = None;
        self.child
            .wait()
            .expect("nobody else waits for the supervisor");
    }
}
