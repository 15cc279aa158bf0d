//! The listener: takes connections until it is told to stop, then lets those that are open end.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use onecli_app::App;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use crate::ca::{LeafCache, Minter};
use crate::config::Config;
use crate::error::Error;
use crate::exchange::read_body;
use crate::state::{GatewayState, stopped};
use crate::upstream::Upstream;
use crate::workers::{self, Work};

/// The gateway, set up and ready to run.
pub struct Gateway {
    states: Vec<Arc<GatewayState>>,
    config: Arc<Config>,
    stopping: watch::Receiver<bool>,
    /// Ends when nobody is on a road any more.
    finished: mpsc::Receiver<()>,
}

impl Gateway {
    /// Sets up the gateway. Must be called within a runtime. `stopping` turns true when it shall stop.
    pub fn new(app: &App, config: Config, stopping: watch::Receiver<bool>) -> Result<Self, Error> {
        let authority = app.authority();
        let minter = Minter::new(&authority.certificate_pem, authority.key())?;
        let leaves = Arc::new(LeafCache::new(minter)?);
        let config = Arc::new(config);
        let (running, finished) = mpsc::channel(1);
        let (tunnels, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let room = Arc::new(read_body::room(config.most_inspected));
        let state = |upstream| {
            Arc::new(GatewayState {
                upstream,
                leaves: Arc::clone(&leaves),
                app: app.clone(),
                config: Arc::clone(&config),
                stopping: stopping.clone(),
                tunnels: Arc::clone(&tunnels),
                requests: Arc::clone(&requests),
                room: Arc::clone(&room),
                _running: running.clone(),
            })
        };
        let states = Upstream::for_workers(&config, config.workers.get())?.into_iter().map(state).collect();
        Ok(Self { states, config, stopping, finished })
    }

    /// Takes connections on bound listeners until the gateway shall stop, then waits for those that are open:
    /// for as long as the configuration says. Fails if no threads can be had to serve them.
    pub async fn run(self, listeners: Vec<TcpListener>) -> Result<(), Error> {
        let Self { states, config, mut stopping, mut finished } = self;
        let listeners = listeners.into_iter().map(TcpListener::into_std).collect::<Result<_, _>>()?;
        let (end, over) = watch::channel(());
        let mut working = workers::start(Work { states, listeners }, &over)?;
        tokio::select! {
            () = stopped(&mut stopping) => {}
            _ = working.join_next() => return Err(Error::Worker),
        }
        // Connections, and the tunnels and WebSockets that came of them, hold a road as long as they are open.
        if tokio::time::timeout(config.drain, finished.recv()).await.is_err() {
            tracing::warn!(
                seconds = config.drain.as_secs(),
                "connections were still open after draining, and are cut"
            );
        }
        drop(end);
        while working.join_next().await.is_some() {}
        Ok(())
    }
}
