//! The app's configuration.

use std::path::PathBuf;

use onecli_domain::time::Timestamp;
use onecli_vault::Plaintext;

pub use onecli_store::{Config as StoreConfig, Location};

/// The app's configuration.
pub struct Config {
    /// The database.
    pub store: StoreConfig,
    /// Where the root key comes from.
    pub root: Root,
    /// Creates the certificate authority on first start.
    pub new_authority: NewAuthority,
    /// The URL of the dashboard and API, without a trailing slash.
    pub public_url: String,
    /// The gateway's `host:port`, as reachable from agents in containers.
    pub gateway_url: String,
    /// The machine and its data directory, which distinguish the local API keys of gateways on one database.
    pub place: String,
    /// The folder for large bodies of held requests. Created when needed.
    pub spool: PathBuf,
    /// Limits on how many requests may be held.
    pub holds: HoldBounds,
    /// The maximum number of bytes of a body, sent and decoded, that are read for rules.
    pub most_inspected: usize,
    /// Configuration of the audit log.
    pub audit: AuditConfig,
}

/// Configuration of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditConfig {
    /// The folder with its signing key, created on first start, and the chain ends that this gateway has seen.
    pub folder: PathBuf,
    /// How many days records are kept; `None` keeps them forever.
    pub retention_days: Option<u32>,
}

impl AuditConfig {
    /// Keeps records forever.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), retention_days: None }
    }
}

/// How many requests may wait for a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldBounds {
    /// For all agents together.
    pub in_all: usize,
    /// For one agent.
    pub per_agent: usize,
}

impl Default for HoldBounds {
    fn default() -> Self {
        Self { in_all: 1_000, per_agent: 50 }
    }
}

/// Generates a certificate (PEM) and its private key (PKCS #8 DER).
pub type NewAuthority = fn(Timestamp) -> Result<(String, Vec<u8>), String>;

/// Where the root key comes from.
pub enum Root {
    /// A file, created on first start.
    KeyFile(PathBuf),
    /// 64 hexadecimal digits or base64 of 32 bytes.
    Text(Plaintext),
    /// A passphrase.
    Passphrase(Plaintext),
}

impl Root {
    /// The name used by `keys status`.
    pub fn source(&self) -> &'static str {
        match self {
            Self::KeyFile(_) => "key file",
            Self::Text(_) => "SECRET_ENCRYPTION_KEY",
            Self::Passphrase(_) => "passphrase",
        }
    }
}
