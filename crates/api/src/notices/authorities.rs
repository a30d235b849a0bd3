//! Whom TLS to mail servers and webhooks trusts: the authorities of the machine, and those that are added to them.

use lettre::transport::smtp::client::{Certificate, TlsParameters};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use ureq::tls::RootCerts;

/// Authorities beside those of the machine.
#[derive(Clone, Debug, Default)]
pub struct Authorities {
    added: Vec<CertificateDer<'static>>,
}

/// Not a text of certificates.
#[derive(Debug, thiserror::Error)]
#[error("holds no certificate of an authority (PEM)")]
pub struct NoAuthority;

impl Authorities {
    /// The authorities of the machine, and those whose certificates stand in a text of PEM.
    ///
    /// # Errors
    /// If it holds none, or one that is none.
    pub fn with(pem: &[u8]) -> Result<Authorities, NoAuthority> {
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let added = read.map_err(|_| NoAuthority)?;
        let mut tried = rustls::RootCertStore::empty();
        let usable = added.iter().all(|one| tried.add(one.clone()).is_ok());
        if added.is_empty() || !usable {
            return Err(NoAuthority);
        }
        Ok(Authorities { added })
    }

    /// For webhooks.
    pub(super) fn for_webhooks(&self) -> RootCerts {
        if self.added.is_empty() {
            return RootCerts::PlatformVerifier;
        }
        let machine = rustls_native_certs::load_native_certs().certs;
        let all = machine.iter().chain(&self.added);
        all.map(|one| ureq::tls::Certificate::from_der(one).to_owned())
            .collect::<Vec<_>>()
            .into()
    }

    /// For the mail server with this name.
    pub(super) fn for_mail(
        &self,
        host: &str,
    ) -> Result<TlsParameters, lettre::transport::smtp::Error> {
        let mut parameters = TlsParameters::builder(host.to_owned());
        for one in &self.added {
            parameters = parameters.add_root_certificate(Certificate::from_der(one.to_vec())?);
        }
        parameters.build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_no_certificate_is_refused() {
        for text in [
            "",
            "hello",
            "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\n???\n-----END CERTIFICATE-----\n",
        ] {
            assert!(Authorities::with(text.as_bytes()).is_err(), "{text}");
        }
    }
}
