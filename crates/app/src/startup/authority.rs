//! The certificate authority: created once, its key sealed like a secret.

use onecli_domain::time::Timestamp;
use onecli_store::Store;
use onecli_vault::{Plaintext, Vault};

use crate::config::NewAuthority;
use crate::error::Error;
use crate::startup::sealed_setting;

/// The gateway's certificate authority.
pub struct Authority {
    /// The certificate, as PEM; public.
    pub certificate_pem: String,
    key: Plaintext,
}

impl Authority {
    /// The private key, as PKCS #8 DER.
    pub fn key(&self) -> &[u8] {
        self.key.as_bytes()
    }

    /// Opens the stored authority, or creates it on first start. Gateways that start at once all get the same.
    pub(crate) async fn open_or_create(
        store: &Store,
        vault: &Vault,
        make: NewAuthority,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let both = sealed_setting::open_or_create(store, vault, NAME, || fresh(make, now)).await?;
        let damaged = || Error::Authority("the stored value is damaged".into());
        let border = both.as_bytes().iter().position(|byte| *byte == 0).ok_or_else(damaged)?;
        let (pem, key) = both.as_bytes().split_at(border);
        Ok(Self {
            certificate_pem: std::str::from_utf8(pem).map_err(|_| damaged())?.to_owned(),
            key: Plaintext::from_vec(key.get(1..).unwrap_or_default().to_vec()),
        })
    }
}

/// Generates an authority.
fn fresh(make: NewAuthority, now: Timestamp) -> Result<Plaintext, Error> {
    let (pem, key) = make(now).map_err(Error::Authority)?;
    let key = Plaintext::from_vec(key);
    let mut both = Vec::with_capacity(pem.len() + 1 + key.as_bytes().len());
    both.extend_from_slice(pem.as_bytes());
    both.push(0);
    both.extend_from_slice(key.as_bytes());
    Ok(Plaintext::from_vec(both))
}

/// Certificate, a NUL, private key: one value, so that they stay consistent.
const NAME: &str = "certificate_authority";
