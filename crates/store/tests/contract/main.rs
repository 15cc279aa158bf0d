//! The store's contract: every method, on both engines.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

#[macro_use]
mod database;
mod sample;

mod activity;
mod activity_retention;
mod agents;
mod api_keys;
mod approvals;
mod audit;
mod grants;
mod keys;
mod limits;
mod notify;
mod opening;
mod projects;
mod rules;
mod secrets;
mod sessions;
mod settings;
mod snapshot;
mod stats;
mod users;
