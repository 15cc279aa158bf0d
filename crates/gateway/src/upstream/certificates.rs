//! Certificates of upstreams: signed by an authority that is trusted, or given by the operator as they are.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_parser::prelude::{FromDer, X509Certificate, X509Version};

/// What a file with certificates makes trusted.
#[derive(Debug)]
pub(super) struct Trusted {
    /// Authorities: whatever they sign is trusted.
    pub(super) authorities: RootCertStore,
    /// Certificates of servers, trusted as they are.
    servers: Vec<CertificateDer<'static>>,
}

impl Trusted {
    /// Reads a PEM file. What makes a certificate an authority is that it says so; one that doesn't could otherwise
    /// sign for every host.
    pub(super) fn read(pem: &[u8]) -> Result<Self, String> {
        let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<_, _>>()
            .map_err(|error: pem::Error| error.to_string())?;
        if certificates.is_empty() {
            return Err("it holds no certificate".into());
        }
        let mut this = Self { authorities: RootCertStore::empty(), servers: Vec::new() };
        for certificate in certificates {
            let (_, parsed) =
                X509Certificate::from_der(&certificate).map_err(|_| "a certificate in it is malformed")?;
            let constraints = parsed.basic_constraints().map_err(|_| "a certificate in it is malformed")?;
            let is_authority =
                constraints.map_or(parsed.version() == X509Version::V1, |found| found.value.ca);
            let is_server = !is_authority || parsed.issuer() == parsed.subject();
            if is_authority {
                this.authorities.add(certificate.clone()).map_err(|error| error.to_string())?;
            }
            if is_server {
                this.servers.push(certificate);
            }
        }
        Ok(this)
    }

    fn knows(&self, server: &CertificateDer<'_>) -> bool {
        self.servers.iter().any(|own| own == server)
    }
}

/// Checks certificates of upstreams: always the name, always the time, and who vouches for them.
#[derive(Debug)]
pub(super) struct Verifier {
    /// By authorities that are trusted for every host: there is always one.
    general: Arc<WebPkiServerVerifier>,
    /// By further ones.
    further: Vec<Arc<WebPkiServerVerifier>>,
    trusted: Vec<Arc<Trusted>>,
}

impl Verifier {
    pub(super) fn new(
        general: Arc<WebPkiServerVerifier>,
        further: Vec<Arc<WebPkiServerVerifier>>,
        trusted: Vec<Arc<Trusted>>,
    ) -> Self {
        Self { general, further, trusted }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        server: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.trusted.iter().any(|trusted| trusted.knows(server)) {
            check_time(server, now)?;
            verify_server_name(&ParsedCertificate::try_from(server)?, name)?;
            return Ok(ServerCertVerified::assertion());
        }
        let refused = match self.general.verify_server_cert(server, intermediates, name, ocsp, now) {
            Ok(verified) => return Ok(verified),
            Err(error) => error,
        };
        let mut further = self.further.iter();
        further
            .find_map(|verifier| verifier.verify_server_cert(server, intermediates, name, ocsp, now).ok())
            .ok_or(refused)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        server: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.general.verify_tls12_signature(message, server, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        server: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.general.verify_tls13_signature(message, server, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.general.supported_verify_schemes()
    }
}

/// RFC 5280 §4.1.2.5
fn check_time(server: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let (_, parsed) = X509Certificate::from_der(server)
        .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if now < parsed.validity().not_before.timestamp() {
        Err(Error::InvalidCertificate(CertificateError::NotValidYet))
    } else if now > parsed.validity().not_after.timestamp() {
        Err(Error::InvalidCertificate(CertificateError::Expired))
    } else {
        Ok(())
    }
}
