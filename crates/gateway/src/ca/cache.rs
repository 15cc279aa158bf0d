//! The leaf cache: for each host the TLS settings with its certificate, in bounded memory.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use onecli_app::App;
use onecli_domain::host::Host;
use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::Minter;
use crate::error::Error;

/// Hands out the TLS settings for a host, minting its certificate the first time.
pub struct LeafCache {
    minter: Minter,
    base: ServerConfig,
    cache: Cache<Host, Arc<ServerConfig>>,
}

impl LeafCache {
    /// An empty cache over a minter.
    pub fn new(minter: Minter) -> Result<Self, Error> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut base = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Nobody));
        base.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // Resumption saves an agent that opens a tunnel for each request the signature and the chain. The
        // tickets are sealed with keys of this process; rustls resumes only under the same SNI.
        base.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new()?;
        base.send_tls13_tickets = 1;
        let cache = Cache::builder().max_capacity(MOST_HOSTS).time_to_live(LIFE).build();
        Ok(Self { minter, base, cache })
    }

    /// The TLS settings for a host.
    pub fn settings(&self, host: &Host, app: &App) -> Result<Arc<ServerConfig>, Error> {
        if let Some(settings) = self.cache.get(host) {
            return Ok(settings);
        }
        let leaf = self.minter.mint(host, app.now())?;
        let mut settings = self.base.clone();
        settings.cert_resolver = Arc::new(Always(Arc::new(leaf)));
        let settings = Arc::new(settings);
        self.cache.insert(host.clone(), Arc::clone(&settings));
        Ok(settings)
    }
}

/// Shows one certificate, whoever asks for whomever: the asker was matched before.
#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

#[derive(Debug)]
struct Nobody;

impl ResolvesServerCert for Nobody {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        None
    }
}

const MOST_HOSTS: u64 = 4096;
/// Well below a leaf's life, so that none is shown in its last days.
const LIFE: Duration = Duration::from_hours(24);
