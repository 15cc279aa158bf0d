//! Sealing and opening secrets: the product's only cryptography, and the only place where `Sealed` becomes `Plaintext`.

pub mod vault;
mod keyring;
pub mod key;
mod envelope;
pub mod spool;
pub mod audit_key;
pub mod token;
pub mod digest;
mod plaintext;
mod error;

pub use error::Error;
pub use key::RootKey;
pub use plaintext::Plaintext;
pub use vault::Vault;
