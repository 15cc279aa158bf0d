//! Secrets: stored credentials, as everything but the vault knows them, without their values.

use crate::id::{ProjectId, SecretId};
use crate::injection::{BadInjection, Injection};
use crate::time::Timestamp;

pub use crate::secret_kind::{AuthMode, InjectionConfig, SecretKind};

/// A stored credential, without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Its id.
    pub id: SecretId,
    /// The project it belongs to.
    pub project: ProjectId,
    /// Its name, as people see it (1–255 characters).
    pub name: String,
    /// What kind of credential it is.
    pub kind: SecretKind,
    /// The hosts it is sent to, as written: 1 to 20 (`pattern::HostPattern` reads them). Older clients know the first alone.
    pub host_patterns: Vec<String>,
    /// The paths it is sent to, as written; none means every path.
    pub path_pattern: Option<String>,
    /// How it is put into a request, as written (`Secret::injection` reads it).
    pub config: InjectionConfig,
    /// Whether it may be sent over plain HTTP.
    pub allow_plaintext: bool,
    /// `abcd••••••••wxyz`, or dots alone where the value is short.
    pub preview: String,
    /// What an agent holds in the value's place.
    pub placeholder: String,
    /// Counts the values it had; the place of the sealed value.
    pub value_version: u32,
    /// Until when the value before this one still serves as a fallback, if a rotation left one.
    pub grace_until: Option<Timestamp>,
    /// When it was made: where two secrets tie, the newest wins.
    pub created_at: Timestamp,
    /// What became of it in use.
    pub usage: SecretUsage,
}

impl Secret {
    /// The first of its hosts.
    pub fn host_pattern(&self) -> &str {
        self.host_patterns.first().map(String::as_str).unwrap_or_default()
    }

    /// How the value is put into a request, where no override says otherwise.
    pub fn injection(&self) -> Result<Injection, BadInjection> {
        Injection::read(self.kind, &self.config)
    }
}

/// What became of a secret in use. Written with the activity, so up to a second old.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct SecretUsage {
    /// When a request last went out with it.
    pub last_used_at: Option<Timestamp>,
    /// How many requests went out with it.
    pub use_count: i64,
    /// When an upstream last answered 401 to it.
    pub last_refused_at: Option<Timestamp>,
}

impl SecretUsage {
    /// `unused`, `failing` (its last use was answered 401) or `ok`.
    pub fn health(&self) -> &'static str {
        match (self.last_used_at, self.last_refused_at) {
            (None, _) => "unused",
            (Some(used), Some(refused)) if refused >= used => "failing",
            (Some(_), _) => "ok",
        }
    }
}
