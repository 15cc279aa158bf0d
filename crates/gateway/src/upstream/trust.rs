//! Whom upstreams are trusted by: the system's roots, and what the operator adds.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use rustls::{ClientConfig, RootCertStore};

use crate::config::{Config, UpstreamCa};
use crate::error::Error;

/// TLS settings towards upstreams.
pub(super) struct Trust {
    /// Offers HTTP/2 and HTTP/1.1.
    pub(super) any: Arc<ClientConfig>,
    /// Offers HTTP/1.1 alone, for `WebSocket`s.
    pub(super) http1: Arc<ClientConfig>,
}

impl Trust {
    pub(super) fn load(config: &Config) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        let system = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(system.certs);
        if roots.is_empty() {
            // A bare container has no roots of its own.
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        for UpstreamCa { host, path } in &config.upstream_ca {
            let refuse = |why: String| Error::UpstreamCa { path: path.display().to_string(), why };
            if host.is_some() {
                return Err(refuse("trusting a certificate for one host alone is not supported".into()));
            }
            let certificates = CertificateDer::pem_file_iter(path)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(|error| refuse(error.to_string()))?;
            if certificates.is_empty() {
                return Err(refuse("it holds no certificate".into()));
            }
            for certificate in certificates {
                roots.add(certificate).map_err(|error| refuse(error.to_string()))?;
            }
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut any = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        any.resumption = Resumption::in_memory_sessions(1024);
        let mut http1 = any.clone();
        any.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        http1.alpn_protocols = vec![b"http/1.1".to_vec()];
        http1.resumption = Resumption::in_memory_sessions(256);
        Ok(Self { any: Arc::new(any), http1: Arc::new(http1) })
    }
}
