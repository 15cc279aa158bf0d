//! The binary from outside: stdout, stderr and exit code, against a server made for the test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on fails"
)]
#![allow(missing_docs, reason = "a test binary has no users")]

mod onecli;
mod fake;
mod proxy;

mod output;
mod approvals;
mod audit;
mod failures;
mod resources;
mod settings;
mod rule_files;
mod running;
mod node;
mod server;
mod stand;
mod product;
mod github;
mod vendors;
mod node_clients;
mod mcp;
mod lasting;
mod unwritable;
mod docker;
