//! What can be done: the only place where vault and store meet.

pub mod skill;
pub mod container_config;
pub mod agents;
pub mod secrets;
pub mod replay;
pub mod rule_sets;
pub mod rules;
pub mod projects;
pub mod hold;
pub mod approvals;
pub mod users;
pub mod suggestions;
pub mod activity;
pub mod keys;
pub mod credentials;
pub mod decide;
pub mod app;
mod unlock;
pub mod holds;
pub mod authority;
mod sealed_setting;
pub mod recorder;
pub mod live;
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
