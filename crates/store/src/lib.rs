//! Storage: the only SQL, for `SQLite` and `PostgreSQL`. It can't open sealed values.
//!
//! [`Store`] is a cheap handle; each kind of data has its own file and accessor, such as
//! [`Store::agents`]. Every query is written once and compiled for both engines (`pool`).

pub mod snapshot;
pub mod stats;
pub mod activity_search;
pub mod activity_retention;
pub mod activity;
pub mod activity_size;
pub mod audit;
pub mod keys;
pub mod settings;
pub mod users;
pub mod sessions;
pub mod api_keys;
pub mod approvals;
pub mod approval_grants;
pub mod limits;
pub mod rules;
pub mod secrets;
mod agent_secrets;
pub mod agents;
pub mod projects;
pub mod store;
mod migrate;
mod pool;
pub mod notify;
mod audit_append;
mod rows;
mod page;
mod error;

pub use audit_append::AuditAppend;
pub use error::Error;
pub use notify::{Change, Changes};
pub use page::Page;
pub use store::{Config, Location, Store};
