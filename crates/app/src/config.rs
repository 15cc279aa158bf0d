//! What the app needs to be told.

use std::path::PathBuf;

use onecli_domain::time::Timestamp;
use onecli_vault::Plaintext;

pub use onecli_store::{Config as StoreConfig, Location};

/// What the app needs to be told.
pub struct Config {
    /// Where things are remembered.
    pub store: StoreConfig,
    /// Where the root key comes from.
    pub root: Root,
    /// Makes the certificate authority on first start.
    pub new_authority: NewAuthority,
    /// The address of the dashboard and API, without a slash at the end.
    pub public_url: String,
    /// The gateway's `host:port`, as agents in containers reach it.
    pub gateway_url: String,
    /// The machine and its data directory: tells apart the local API keys of several gateways on one database.
    pub place: String,
    /// Where the bodies of held requests go that are too large for memory. Made when needed.
    pub spool: PathBuf,
    /// How many requests may be held.
    pub holds: HoldBounds,
    /// How many bytes of a body are read for a rule, sent and decoded.
    pub most_inspected: usize,
    /// What the audit log needs.
    pub audit: AuditConfig,
}

/// What the audit log needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditConfig {
    /// The folder with the key that signs it, made on first start, and with what is remembered of it.
    pub folder: PathBuf,
    /// For how many days records are kept; none keeps them all.
    pub retention_days: Option<u32>,
}

impl AuditConfig {
    /// Everything is kept.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), retention_days: None }
    }
}

/// How many requests may wait for a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldBounds {
    /// Of all agents.
    pub in_all: usize,
    /// Of one agent.
    pub per_agent: usize,
}

impl Default for HoldBounds {
    fn default() -> Self {
        Self { in_all: 1_000, per_agent: 50 }
    }
}

/// Makes a certificate (PEM) and its private key (PKCS #8 DER).
pub type NewAuthority = fn(Timestamp) -> Result<(String, Vec<u8>), String>;

/// Where the root key comes from.
pub enum Root {
    /// A file, made on first start.
    KeyFile(PathBuf),
    /// 64 hexadecimal digits or base64 of 32 bytes.
    Text(Plaintext),
    /// A passphrase.
    Passphrase(Plaintext),
}

impl Root {
    /// As `keys status` shows it.
    pub fn source(&self) -> &'static str {
        match self {
            Self::KeyFile(_) => "key file",
            Self::Text(_) => "SECRET_ENCRYPTION_KEY",
            Self::Passphrase(_) => "passphrase",
        }
    }
}
