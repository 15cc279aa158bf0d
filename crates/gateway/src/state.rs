//! What every connection shares.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use onecli_app::App;
use tokio::sync::{Semaphore, mpsc, watch};

use crate::admission::Connections;
use crate::ca::LeafCache;
use crate::config::Config;
use crate::refusals::Refusals;
use crate::upstream::Upstream;

/// What every connection shares, passed as an argument. Each worker has one; they share what it holds.
pub(crate) struct GatewayState {
    /// Decides, opens, records.
    pub app: App,
    /// The settings.
    pub config: Arc<Config>,
    /// Connections to upstreams.
    pub upstream: Upstream,
    /// The certificates that agents are shown.
    pub leaves: Arc<LeafCache>,
    /// Turns true when the gateway stops.
    pub stopping: watch::Receiver<bool>,
    /// Connections that agents have open.
    pub connections: Arc<Connections>,
    /// Refusals that no record tells of.
    pub refusals: Arc<Refusals>,
    /// Requests in progress.
    pub requests: Arc<AtomicUsize>,
    /// Memory for bodies that rules look at, in blocks.
    pub room: Arc<Semaphore>,
    /// Dropped with the state, once its last connection is done with it.
    pub _running: mpsc::Sender<()>,
}

/// Returns when the gateway shall stop.
pub(crate) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // Whoever could say so is gone: that is a stop too.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
