//! Secrets, their values in the clear, and the keys that seal them.

pub mod secrets;
pub mod keys;
pub mod credentials;
