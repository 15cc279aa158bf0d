//! The listener: takes connections until it is told to stop, then lets those that are open end.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use onecli_app::App;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use crate::admission::Connections;
use crate::ca::{LeafCache, Minter};
use crate::config::Config;
use crate::descriptors;
use crate::error::Error;
use crate::exchange::read_body;
use crate::refusals::{REPORT_EVERY, Refusals};
use crate::state::{GatewayState, stopped};
use crate::upstream::Upstream;
use crate::workers::{self, Work};

/// The gateway, set up and ready to run.
pub struct Gateway {
    states: Vec<Arc<GatewayState>>,
    config: Arc<Config>,
    refusals: Arc<Refusals>,
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
        let descriptors = descriptors::raise();
        let mut config = config;
        let asked = config.most_tunnels;
        config.most_tunnels = descriptors::bound(asked, descriptors);
        config.most_requests = descriptors::bound(config.most_requests, descriptors);
        if config.most_tunnels < asked {
            tracing::info!(
                connections = config.most_tunnels,
                "the limit of open files allows fewer connections of agents than the settings; raise it (ulimit -n) for more"
            );
        }
        let config = Arc::new(config);
        let (running, finished) = mpsc::channel(1);
        let connections = Arc::new(Connections::new(config.most_tunnels));
        let requests = Arc::new(AtomicUsize::new(0));
        let refusals = Arc::new(Refusals::default());
        let room = Arc::new(read_body::room(config.most_inspected));
        let state = |upstream| {
            Arc::new(GatewayState {
                upstream,
                leaves: Arc::clone(&leaves),
                app: app.clone(),
                config: Arc::clone(&config),
                stopping: stopping.clone(),
                connections: Arc::clone(&connections),
                refusals: Arc::clone(&refusals),
                requests: Arc::clone(&requests),
                room: Arc::clone(&room),
                _running: running.clone(),
            })
        };
        let states = Upstream::for_workers(&config, config.workers.get())?.into_iter().map(state).collect();
        Ok(Self { states, config, refusals, stopping, finished })
    }

    /// Refusals that no activity record tells of: the addresses of those whom nobody knows.
    pub fn refusals(&self) -> Arc<Refusals> {
        Arc::clone(&self.refusals)
    }

    /// Takes connections on bound listeners until the gateway shall stop, then waits for those that are open:
    /// for as long as the configuration says. Fails if no threads can be had to serve them.
    pub async fn run(self, listeners: Vec<TcpListener>) -> Result<(), Error> {
        let Self { states, config, refusals, mut stopping, mut finished } = self;
        let listeners = listeners.into_iter().map(TcpListener::into_std).collect::<Result<_, _>>()?;
        let (end, over) = watch::channel(());
        let mut working = workers::start(Work { states, listeners }, &over)?;
        tokio::select! {
            () = stopped(&mut stopping) => {}
            _ = working.join_next() => return Err(Error::Worker),
            () = report(&refusals) => {}
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
        refusals.report();
        Ok(())
    }
}

/// Logs refusals from time to time. Never returns.
async fn report(refusals: &Refusals) {
    loop {
        tokio::time::sleep(REPORT_EVERY).await;
        refusals.report();
    }
}
