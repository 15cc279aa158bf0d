//! The road of a request, over real sockets to a real upstream.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what can't be set up has failed"
)]

mod answers;
mod authentication;
mod authority;
mod certificates;
mod bodies;
mod challenges;
mod coded_challenges;
mod departures;
mod differential;
mod exhaustion;
mod failures;
mod frames;
mod guard;
mod hang_ups;
mod heads;
mod holds;
mod hold_bounds;
mod json_rpc;
mod same_request;
mod injection;
mod mode_ask;
mod broken_ends;
mod isolation;
mod memory;
mod upstream_ca;
mod upstream_proxy;
mod connection_auth;
mod paths;
mod limits;
mod methods;
mod rights;
mod rights_while_open;
mod rights_while_sending;
mod rules;
mod secrecy;
mod smuggling;
mod sockets;
mod targets;
mod timeline;
mod tunnels;
mod upgrades;
mod websocket;

/// As the product has it: what is freed goes back to the system.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;
