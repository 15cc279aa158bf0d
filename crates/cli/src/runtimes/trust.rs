//! CA certificates: a bundle of the system's roots and the gateway's CA, and the variables that point to it.

use std::path::PathBuf;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::config::DataDir;
use crate::exit::{Failure, warn};

/// Variables that tell programs which CA certificates to trust. Most replace the system's roots, which is why the
/// bundle contains these too.
pub(crate) const VARIABLES: &[&str] = &[
    "NODE_EXTRA_CA_CERTS",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "DENO_CERT",
    "AWS_CA_BUNDLE",
    "PIP_CERT",
    "CARGO_HTTP_CAINFO",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "CODEX_CA_CERTIFICATE",
    "HERMES_CA_BUNDLE",
    "HTTPLIB2_CA_CERTS",
    "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
    "NIX_SSL_CERT_FILE",
    "npm_config_cafile",
];

/// The certificate files.
pub(crate) struct Trust {
    /// The gateway's CA only.
    pub(crate) bare: PathBuf,
    /// The system's roots and the gateway's CA.
    pub(crate) bundle: PathBuf,
}

impl Trust {
    /// The paths, without writing.
    pub(crate) fn planned(data: &DataDir) -> Self {
        Self { bare: data.file(BARE), bundle: data.file(BUNDLE) }
    }

    /// Writes the files.
    pub(crate) fn write(data: &DataDir, ca: &str) -> Result<Self, Failure> {
        let mut bundle = system_roots();
        if bundle.is_empty() {
            warn("this system has no root certificates: programs will trust only the gateway");
        }
        bundle.push_str(ca.trim_end());
        bundle.push('\n');
        Ok(Self { bare: data.write(BARE, ca.as_bytes())?, bundle: data.write(BUNDLE, bundle.as_bytes())? })
    }
}

/// The user's root certificates; honours `SSL_CERT_FILE` and `SSL_CERT_DIR`.
fn system_roots() -> String {
    let certificates = rustls_native_certs::load_native_certs().certs;
    let all: std::collections::BTreeSet<&[u8]> = certificates.iter().map(AsRef::as_ref).collect();
    all.into_iter().map(pem).collect()
}

/// RFC 7468 §2.
fn pem(certificate: &[u8]) -> String {
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    let encoded = BASE64_STANDARD.encode(certificate);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at_checked(64).unwrap_or((rest, ""));
        text.push_str(line);
        text.push('\n');
        rest = more;
    }
    text.push_str("-----END CERTIFICATE-----\n");
    text
}

const BARE: &str = "gateway-ca.pem";
const BUNDLE: &str = "ca-bundle.pem";
