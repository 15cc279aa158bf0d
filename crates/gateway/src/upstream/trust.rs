//! Whom upstreams are trusted by: the system's roots, and what the operator adds for every host or for some.

use std::sync::{Arc, Mutex, PoisonError};

use onecli_domain::host::Host;
use onecli_domain::pattern::HostPattern;
use rustc_hash::FxHashMap;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};

use super::certificates::{Trusted, Verifier};
use crate::config::{Config, UpstreamCa};
use crate::error::Error;

/// TLS settings towards upstreams.
pub(super) struct Trust {
    provider: Arc<CryptoProvider>,
    general: Arc<WebPkiServerVerifier>,
    /// Trusted for every host.
    everywhere: Vec<Arc<Trusted>>,
    /// Trusted for some hosts.
    somewhere: Vec<(HostPattern, Arc<Trusted>)>,
    usual: Settings,
    /// By which of `somewhere` concern a host. The operator's list bounds it.
    special: Mutex<FxHashMap<Vec<usize>, Settings>>,
}

/// Which protocols are offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocols {
    /// HTTP/2 and HTTP/1.1.
    Any,
    /// HTTP/1.1 alone, for upgrades and for connections that get authenticated.
    Http1,
}

#[derive(Clone)]
struct Settings {
    any: Arc<ClientConfig>,
    http1: Arc<ClientConfig>,
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
        let (mut everywhere, mut somewhere) = (Vec::new(), Vec::new());
        for UpstreamCa { host, path } in &config.upstream_ca {
            let refuse = |why: String| Error::UpstreamCa { path: path.display().to_string(), why };
            let pem = std::fs::read(path).map_err(|error| refuse(error.to_string()))?;
            let trusted = Trusted::read(&pem).map_err(refuse)?;
            if let Some(host) = host {
                somewhere.push((host.clone(), Arc::new(trusted)));
            } else {
                roots.roots.extend(trusted.authorities.roots.iter().cloned());
                everywhere.push(Arc::new(trusted));
            }
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let general = verifier(&provider, Arc::new(roots))?;
        let checks = Verifier::new(Arc::clone(&general), Vec::new(), everywhere.clone());
        let usual = Settings::new(&provider, checks, MOST_SESSIONS)?;
        Ok(Self { provider, general, everywhere, somewhere, usual, special: Mutex::default() })
    }

    /// The settings for a host.
    pub(super) fn settings(&self, host: &Host, port: u16, protocols: Protocols) -> Arc<ClientConfig> {
        let settings = self.settings_for(host, port);
        match protocols {
            Protocols::Any => settings.any,
            Protocols::Http1 => settings.http1,
        }
    }

    fn settings_for(&self, host: &Host, port: u16) -> Settings {
        let concerning = self.somewhere.iter().enumerate().filter(|(_, (own, _))| own.matches(host, port));
        let concerning: Vec<usize> = concerning.map(|(at, _)| at).collect();
        if concerning.is_empty() {
            return self.usual.clone();
        }
        let mut special = self.special.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = special.get(&concerning) {
            return known.clone();
        }
        let trusted: Vec<_> = concerning
            .iter()
            .filter_map(|at| self.somewhere.get(*at))
            .map(|(_, trusted)| Arc::clone(trusted))
            .collect();
        // A file without authorities has none to check by.
        let further = trusted
            .iter()
            .filter_map(|trusted| verifier(&self.provider, Arc::new(trusted.authorities.clone())).ok())
            .collect();
        let all = self.everywhere.iter().cloned().chain(trusted).collect();
        let checks = Verifier::new(Arc::clone(&self.general), further, all);
        // The protocol versions are the same as those that were set before.
        let Ok(settings) = Settings::new(&self.provider, checks, MOST_SPECIAL_SESSIONS) else {
            return self.usual.clone();
        };
        special.insert(concerning, settings.clone());
        settings
    }
}

impl Settings {
    fn new(provider: &Arc<CryptoProvider>, checks: Verifier, most_sessions: usize) -> Result<Self, Error> {
        // Not to turn checks off, but to add certificates that are trusted as they are.
        let mut any = ClientConfig::builder_with_provider(Arc::clone(provider))
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(checks))
            .with_no_client_auth();
        any.resumption = Resumption::in_memory_sessions(most_sessions);
        let mut http1 = any.clone();
        any.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        http1.alpn_protocols = vec![b"http/1.1".to_vec()];
        http1.resumption = Resumption::in_memory_sessions(most_sessions / 4);
        Ok(Self { any: Arc::new(any), http1: Arc::new(http1) })
    }
}

fn verifier(
    provider: &Arc<CryptoProvider>,
    roots: Arc<RootCertStore>,
) -> Result<Arc<WebPkiServerVerifier>, Error> {
    WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider))
        .build()
        .map_err(|error| Error::Tls(rustls::Error::General(error.to_string())))
}

const MOST_SESSIONS: usize = 1024;
const MOST_SPECIAL_SESSIONS: usize = 64;
