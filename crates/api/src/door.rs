//! What every handler is given: the app, the settings, and who tried to sign in lately.

use std::sync::Arc;

use onecli_app::App;

use crate::attempts::Attempts;
use crate::config::Config;

/// What every handler is given.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) app: App,
    pub(crate) config: Arc<Config>,
    pub(crate) sign_ins: Arc<Attempts>,
    pub(crate) links: Arc<Attempts>,
}

impl Door {
    pub(crate) fn new(app: App, config: Config) -> Self {
        Self {
            app,
            config: Arc::new(config),
            sign_ins: Arc::new(Attempts::per_minute(SIGN_INS)),
            links: Arc::new(Attempts::per_minute(LINKS)),
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
