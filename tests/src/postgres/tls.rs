//! Certificates for a cluster that speaks TLS, made by the `openssl` program.

use std::net::TcpListener;
use std::path::PathBuf;

use super::place::Place;
use crate::wire::MAKE;

/// Only TLS comes in by network; the socket stays open for the harness.
const HBA: &str = "local all all trust\nhostssl all all 127.0.0.1/32 trust\n";

/// How to reach a cluster by TLS.
#[derive(Debug)]
pub struct Tls {
    /// The certificate of the authority, for `sslrootcert`.
    pub authority: PathBuf,
    /// The port on 127.0.0.1.
    pub port: u16,
}

impl Tls {
    pub(super) fn make(place: &Place) -> Tls {
        let output = place
            .command("/bin/sh")
            .args(["-c", MAKE])
            .output()
            .expect("every Unix has a shell");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "openssl made no certificates:\n{said}"
        );
        std::fs::write(place.directory.join("hba.conf"), HBA).expect("the folder was just made");
        Tls {
            authority: place.directory.join("authority.pem"),
            port: free_port(),
        }
    }

    /// The URL of the always present database `postgres`, by network; `mode` as in libpq's `sslmode`.
    pub fn url(&self, host: &str, mode: &str) -> String {
        let authority = self.authority.display();
        format!(
            "postgres://postgres@{host}:{}/postgres?sslmode={mode}&sslrootcert={authority}",
            self.port
        )
    }

    pub(super) fn settings(&self) -> Vec<String> {
        let folder = self
            .authority
            .parent()
            .expect("a file is in a folder")
            .display();
        vec![
            "listen_addresses=127.0.0.1".to_owned(),
            "ssl=on".to_owned(),
            format!("ssl_cert_file={folder}/server.pem"),
            format!("ssl_key_file={folder}/server.key"),
            format!("hba_file={folder}/hba.conf"),
        ]
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("the machine has a free port")
        .port()
}
