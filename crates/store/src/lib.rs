//! Remembering: the only SQL, on `SQLite` and `PostgreSQL` alike, and never a way to open what is sealed.
//!
//! [`Store`] is a cheap handle; each kind of thing has its own file and its own view of the handle, such as
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
mod grants;
pub mod agents;
pub mod projects;
pub mod store;
mod migrate;
mod pool;
pub mod notify;
mod ledger;
mod rows;
mod page;
mod error;

pub use error::Error;
pub use ledger::AuditAppend;
pub use notify::{Change, Changes};
pub use page::Page;
pub use store::{Config, Location, Store};
