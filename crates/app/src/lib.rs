//! Use cases: the only place that combines vault and store.

pub mod policy;
pub mod access;
pub mod vault;
pub mod activity;
pub mod audit_log;
pub mod settings;
pub mod app;
mod housekeeping;
pub mod startup;
mod audit;
pub mod live;
pub mod retention;
pub mod spool;
mod validate;
pub mod config;
pub mod clock;
mod error;

pub use app::{App, Started};
pub use clock::Clock;
pub use config::{Config, Root};
pub use error::Error;
pub use onecli_vault::Plaintext;
pub use onecli_vault::digest::Sha256;
