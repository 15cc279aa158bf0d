//! The use cases on a temporary database: starting, refusing wrong keys, and what holds from the next decision on.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod ground;

mod agents;
mod approved;
mod audit;
mod container_config;
mod keys;
mod people;
mod retention;
mod rules;
mod secrets;
mod starting;
