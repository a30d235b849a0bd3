//! A connection that comes in, plain or by TLS, and the certificates that are shown on it.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    path::Path,
    process::Command,
    sync::Arc,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

/// Makes an authority, then a server certificate for `localhost` and 127.0.0.1 signed by it, in the folder where it runs.
pub(crate) const MAKE: &str = r"
set -e
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
    -subj '/CN=Nakodo test authority' -keyout authority.key -out authority.pem
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
    -subj '/CN=localhost' -keyout server.key -out server.csr
printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' >server.ext
openssl x509 -req -days 2 -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial \
    -extfile server.ext -out server.pem
chmod 600 server.key
";

/// An authority of its own and a server that it vouches for: `localhost`.
#[derive(Clone, Debug)]
pub struct Certificates {
    /// The certificate of the authority.
    pub authority: Vec<u8>,
    server: Arc<ServerConfig>,
}

impl Certificates {
    /// A new authority, made by the `openssl` program.
    ///
    /// # Panics
    /// If that cannot be.
    pub fn make() -> Certificates {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let output = Command::new("/bin/sh")
            .args(["-c", MAKE])
            .current_dir(folder.path())
            .output()
            .expect("every Unix has a shell");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl made nothing:\n{said}");
        let read = |name: &str| std::fs::read(folder.path().join(name)).expect("it was just made");
        let chain = CertificateDer::from_pem_slice(&read("server.pem")).expect("a certificate");
        let key = PrivateKeyDer::from_pem_slice(&read("server.key")).expect("a key");
        let server = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![chain], key)
            .expect("a pair");
        Certificates {
            authority: read("authority.pem"),
            server: Arc::new(server),
        }
    }

    /// Writes the certificate of the authority into a file.
    ///
    /// # Panics
    /// If the folder cannot be written to.
    pub fn write_authority(&self, file: &Path) {
        std::fs::write(file, &self.authority).expect("the folder can be written to");
    }
}

/// A connection.
pub(crate) enum Wire {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Wire {
    /// The connection, from now on by TLS.
    pub(crate) fn encrypted(client: TcpStream, certificates: &Certificates) -> Wire {
        let connection = ServerConnection::new(certificates.server.clone()).expect("a server");
        Wire::Tls(Box::new(StreamOwned::new(connection, client)))
    }

    /// Breaks it off.
    pub(crate) fn break_off(&self) -> std::io::Result<()> {
        match self {
            Wire::Plain(client) => client.shutdown(Shutdown::Both),
            Wire::Tls(stream) => stream.sock.shutdown(Shutdown::Both),
        }
    }
}

impl Read for Wire {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Wire::Plain(client) => client.read(bytes),
            Wire::Tls(stream) => stream.read(bytes),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Wire::Plain(client) => client.write(bytes),
            Wire::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Wire::Plain(client) => client.flush(),
            Wire::Tls(stream) => stream.flush(),
        }
    }
}
