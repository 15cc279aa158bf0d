//! Workers: threads with a runtime each, so that a connection and its upstream stay on one core, and no other
//! thread is woken for them.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use crate::downstream::connection;
use crate::state::{GatewayState, stopped};

/// What there is to do.
pub(crate) struct Work {
    /// One for each worker.
    pub states: Vec<Arc<GatewayState>>,
    /// Where connections come in.
    pub listeners: Vec<std::net::TcpListener>,
}

/// One worker.
struct Worker {
    state: Option<Arc<GatewayState>>,
    listeners: Vec<TcpListener>,
    /// Connections that another worker took and handed over.
    handed: mpsc::UnboundedReceiver<std::net::TcpStream>,
    peers: Arc<[Peer]>,
    own: usize,
}

/// A worker as the others see it.
struct Peer {
    state: Weak<GatewayState>,
    hand: mpsc::UnboundedSender<std::net::TcpStream>,
}

/// Starts the workers. Each ends when `over` closes; what it still serves is then cut.
pub(crate) fn start(work: Work, over: &watch::Receiver<()>) -> io::Result<JoinSet<()>> {
    let (peers, handed): (Vec<_>, Vec<_>) = work
        .states
        .iter()
        .map(|state| {
            let (hand, handed) = mpsc::unbounded_channel();
            (Peer { state: Arc::downgrade(state), hand }, handed)
        })
        .unzip();
    let peers: Arc<[Peer]> = peers.into();
    let mut ended = JoinSet::new();
    for (own, (state, handed)) in work.states.into_iter().zip(handed).enumerate() {
        let listeners: Vec<_> =
            work.listeners.iter().map(std::net::TcpListener::try_clone).collect::<Result<_, _>>()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(MOST_RESOLVING)
            .build()?;
        let (peers, mut over) = (Arc::clone(&peers), over.clone());
        let (done, is_done) = oneshot::channel();
        std::thread::Builder::new().name(format!("gateway-{own}")).spawn(move || {
            runtime.block_on(async {
                let listeners = listeners.into_iter().map(TcpListener::from_std).collect::<Result<_, _>>();
                match listeners {
                    Ok(listeners) => {
                        let worker = Worker { state: Some(state), listeners, handed, peers, own };
                        tokio::select! {
                            () = worker.run() => {}
                            _ = over.changed() => {}
                        }
                    }
                    Err(error) => tracing::error!(%error, "the listeners can't be watched"),
                }
            });
            // A name that is still being looked up is not waited for.
            runtime.shutdown_background();
            let _ = done.send(());
        })?;
        ended.spawn(async move {
            let _ = is_done.await;
        });
    }
    Ok(ended)
}

impl Worker {
    /// Serves connections. Never returns: once no more are taken, those that are open go on.
    async fn run(mut self) {
        let mut connections = JoinSet::new();
        let mut stopping = match &self.state {
            Some(state) => state.stopping.clone(),
            None => return,
        };
        loop {
            tokio::select! {
                () = stopped(&mut stopping), if self.state.is_some() => {
                    self.state = None;
                    self.listeners.clear();
                }
                // Those that ended, or panicked, are let go: none of them takes another along.
                Some(ended) = connections.join_next(), if !connections.is_empty() => {
                    if ended.is_err_and(|error| error.is_panic()) {
                        tracing::error!("a connection ended by a panic, which is a defect; please report it");
                    }
                }
                Some(tcp) = self.handed.recv() => {
                    if let (Some(state), Ok(tcp)) = (&self.state, TcpStream::from_std(tcp)) {
                        connections.spawn(connection::handle(Arc::clone(state), tcp));
                    }
                }
                taken = Accept(&self.listeners) => match taken {
                    Ok(tcp) => match (self.state.as_ref(), self.idler()) {
                        (Some(_), Some(peer)) => hand_over(tcp, peer),
                        (Some(state), None) => {
                            connections.spawn(connection::handle(Arc::clone(state), tcp));
                        }
                        (None, _) => {}
                    },
                    Err(error) => {
                        tracing::warn!(%error, "a connection can't be taken");
                        // Out of descriptors, most likely: others must end first.
                        tokio::time::sleep(BREATHER).await;
                    }
                }
            }
        }
    }

    /// The worker that has clearly less to do than this one.
    fn idler(&self) -> Option<&Peer> {
        // Whatever is open holds its worker's road.
        let load = |peer: &Peer| peer.state.strong_count();
        let own = self.peers.get(self.own).map_or(0, load);
        self.peers.iter().min_by_key(|peer| load(peer)).filter(|peer| load(peer) + SLACK < own)
    }
}

fn hand_over(tcp: TcpStream, peer: &Peer) {
    // A connection that can't be handed over has been reset meanwhile.
    if let Ok(tcp) = tcp.into_std() {
        let _ = peer.hand.send(tcp);
    }
}

/// The next connection that comes in on any of the listeners.
struct Accept<'a>(&'a [TcpListener]);

impl Future for Accept<'_> {
    type Output = io::Result<TcpStream>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        for listener in self.0 {
            if let Poll::Ready(taken) = listener.poll_accept(cx) {
                return Poll::Ready(taken.map(|(tcp, _)| tcp));
            }
        }
        Poll::Pending
    }
}

const BREATHER: Duration = Duration::from_millis(50);
/// How many names a worker looks up at once, each on a thread of its own.
const MOST_RESOLVING: usize = 32;
/// A few more are no reason to wake another thread.
const SLACK: usize = 6;
