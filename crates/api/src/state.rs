//! State shared by all handlers: the app, the configuration, and recent sign-in attempts.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::ConnectInfo;
use http::request::Parts;
use onecli_app::App;
use onecli_domain::audit::{Actor, Target};

use crate::attempts::Attempts;
use crate::config::Config;

/// State shared by all handlers.
#[derive(Clone)]
pub(crate) struct ApiState {
    pub(crate) app: App,
    pub(crate) config: Arc<Config>,
    pub(crate) sign_ins: Arc<Attempts>,
    pub(crate) links: Arc<Attempts>,
    refusals: Arc<Attempts>,
}

impl ApiState {
    pub(crate) fn new(app: App, config: Config) -> Self {
        Self {
            app,
            config: Arc::new(config),
            sign_ins: Arc::new(Attempts::per_minute(SIGN_INS)),
            links: Arc::new(Attempts::per_minute(LINKS)),
            refusals: Arc::new(Attempts::per_minute(REFUSALS)),
        }
    }

    /// Records in the audit log that someone was refused. Limited per peer and minute, since refusals are cheap to
    /// cause and must not flood the log.
    pub(crate) async fn note_refusal(
        &self,
        actor: Actor,
        action: &'static str,
        target: Target,
        reason: &str,
        parts: &Parts,
    ) {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        if self.refusals.note(peer, Instant::now()).is_err() {
            return;
        }
        // Failing to record it doesn't change the response.
        if let Err(error) = self.app.by(actor).record_refusal(action, target, reason).await {
            tracing::warn!(%error, "a refusal could not be recorded");
        }
    }

    /// Returns once the server stops; never, if no stop signal is configured.
    pub(crate) async fn stopped(&self) {
        match &self.config.stopping {
            Some(stopping) => {
                // Without a sender, the server is never told to stop.
                if stopping.clone().wait_for(|stop| *stop).await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
            None => std::future::pending().await,
        }
    }
}

const SIGN_INS: usize = 20;
const LINKS: usize = 60;
const REFUSALS: usize = 10;
