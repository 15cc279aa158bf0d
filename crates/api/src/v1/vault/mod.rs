//! Secrets, the services they belong to, and encryption keys.

pub(super) mod secrets;
pub(super) mod services;
pub(super) mod keys;
pub(super) mod apps;
