//! The listener: takes connections until it is told to stop, then lets those that are open end.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use onecli_app::App;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

use crate::ca::{LeafCache, Minter};
use crate::config::Config;
use crate::connection;
use crate::error::Error;
use crate::road::{Road, stopped};
use crate::upstream::Upstream;

/// The gateway, set up and ready to run.
pub struct Gateway {
    road: Arc<Road>,
    /// Ends when nobody is on the road any more.
    walked: oneshot::Receiver<()>,
}

impl Gateway {
    /// Sets up the gateway. Must be called within a runtime. `stopping` turns true when it shall stop.
    pub fn new(app: App, config: Config, stopping: watch::Receiver<bool>) -> Result<Self, Error> {
        let authority = app.authority();
        let minter = Minter::new(&authority.certificate_pem, authority.key())?;
        let (walking, walked) = oneshot::channel();
        let road = Road {
            upstream: Upstream::new(&config)?,
            leaves: LeafCache::new(minter)?,
            app,
            config,
            stopping,
            tunnels: Arc::new(AtomicUsize::new(0)),
            requests: Arc::new(AtomicUsize::new(0)),
            _walked: walking,
        };
        Ok(Self { road: Arc::new(road), walked })
    }

    /// Takes connections on bound listeners until the gateway shall stop, then waits for those that are open:
    /// for as long as the configuration says.
    pub async fn run(self, listeners: Vec<TcpListener>) {
        let mut accepting = JoinSet::new();
        for listener in listeners {
            accepting.spawn(accept(Arc::clone(&self.road), listener));
        }
        let drain = self.road.config.drain;
        // Connections, and the tunnels and WebSockets that came of them, hold the road as long as they are open.
        drop(self.road);
        while accepting.join_next().await.is_some() {}
        if tokio::time::timeout(drain, self.walked).await.is_err() {
            tracing::warn!(
                seconds = drain.as_secs(),
                "connections were still open after draining, and are cut"
            );
        }
    }
}

async fn accept(road: Arc<Road>, listener: TcpListener) {
    let mut connections = JoinSet::new();
    let mut stopping = road.stopping.clone();
    loop {
        tokio::select! {
            () = stopped(&mut stopping) => {
                connections.detach_all();
                return;
            }
            // Those that ended, or panicked, are let go: none of them takes another along.
            Some(ended) = connections.join_next(), if !connections.is_empty() => {
                if ended.is_err_and(|error| error.is_panic()) {
                    tracing::error!("a connection ended by a panic, which is a defect; please report it");
                }
            }
            taken = listener.accept() => match taken {
                Ok((tcp, _)) => {
                    connections.spawn(connection::handle(Arc::clone(&road), tcp));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection can't be taken");
                    // Out of descriptors, most likely: others must end first.
                    tokio::time::sleep(BREATHER).await;
                }
            }
        }
    }
}

const BREATHER: Duration = Duration::from_millis(50);
