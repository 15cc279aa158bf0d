//! What every handler is given: the app, the settings, and who tried to sign in lately.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::ConnectInfo;
use http::request::Parts;
use onecli_app::App;
use onecli_domain::audit::{Actor, Target};

use crate::attempts::Attempts;
use crate::config::Config;

/// What every handler is given.
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

    /// Records that somebody was refused something. Of one peer so many in a minute: refusals come at no cost, and
    /// must not fill the log.
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
        // It is refused either way.
        if let Err(error) = self.app.by(actor).record_refusal(action, target, reason).await {
            tracing::warn!(%error, "a refusal could not be recorded");
        }
    }

    /// Returns once the server stops; never, where nobody told how to know.
    pub(crate) async fn stopped(&self) {
        match &self.config.stopping {
            Some(stopping) => {
                // A sender that is gone will not say anything more: then nothing stops either.
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
