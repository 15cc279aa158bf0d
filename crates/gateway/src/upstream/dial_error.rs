//! Why there is no connection to an upstream.

use super::guard::Reason;

/// Why there is no connection to an upstream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DialError {
    /// The address guard refuses the destination.
    #[error("the destination is not allowed: {0}")]
    Forbidden(Reason),
    /// The name doesn't resolve.
    #[error("the name does not resolve")]
    Dns,
    /// Nobody answers.
    #[error("no connection: {0}")]
    Connect(String),
    /// TLS fails.
    #[error("TLS: {0}")]
    Tls(String),
    /// HTTP fails.
    #[error("protocol: {0}")]
    Protocol(String),
}
