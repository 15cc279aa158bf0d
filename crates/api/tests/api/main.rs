//! The API, its router driven in memory over a database of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod test_api;

mod activity;
mod agents;
mod approvals;
mod audit;
mod document;
mod errors;
mod gateway;
mod people;
mod projects;
mod published_sdk;
mod rules;
mod secrecy;
mod secrets;
mod serving;
mod settings;
mod sign_in;
mod web;
