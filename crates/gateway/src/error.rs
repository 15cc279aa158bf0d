//! What can go wrong in the gateway itself, outside any request.

use std::io;

/// Why the gateway can't start or go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The root certificate or its key can't be read.
    #[error(
        "the gateway's CA certificate or key is damaged; restore the database from a backup, or remove the CA to have a new one made"
    )]
    Authority,
    /// The clock stands where no certificate can be valid.
    #[error("the system clock is set to a time that no certificate can hold; set the clock")]
    Clock,
    /// There is no randomness.
    #[error("the system gives no random bytes")]
    Random,
    /// A certificate can't be made.
    #[error("a certificate could not be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// TLS can't be set up.
    #[error("TLS could not be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// A file of `--upstream-ca` can't be used.
    #[error("{path}: {why}; --upstream-ca takes a PEM file with certificates")]
    UpstreamCa {
        /// Which file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// The URL of `--upstream-proxy` can't be used. It may hold a password, and is not repeated.
    #[error(
        "the URL of the upstream proxy: {why}; --upstream-proxy takes http://HOST:PORT or socks5://HOST:PORT, with USER:PASSWORD@ before the host where the proxy wants it"
    )]
    UpstreamProxy {
        /// What is wrong with it.
        why: &'static str,
    },
    /// A thread that serves connections ended by itself.
    #[error("a thread that serves connections ended by a defect; please report it")]
    Worker,
    /// A socket can't be used, or a thread can't be had.
    #[error(transparent)]
    Io(#[from] io::Error),
}
