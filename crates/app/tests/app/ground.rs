//! A started app on a temporary directory, and what tests do with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use onecli_app::live::snapshot::AgentEntry;
use onecli_app::vault::credentials::Revision;
use onecli_app::vault::secrets::NewSecret;
use onecli_app::{App, Clock, Config, Error, Plaintext, Root, Started};
use onecli_domain::agent::Agent;
use onecli_domain::facts::{Facts, Headers};
use onecli_domain::host::Host;
use onecli_domain::id::{ProjectId, SecretId};
use onecli_domain::path::Path;
use onecli_domain::secret::{InjectionConfig, SecretKind};
use onecli_domain::target::{Scheme, Target};
use onecli_domain::verdict::{Permit, Verdict};
use tempfile::TempDir;

/// A started app.
pub(crate) struct Ground {
    pub(crate) app: App,
    pub(crate) project: ProjectId,
    pub(crate) first_key: Option<Plaintext>,
    pub(crate) folder: Arc<TempDir>,
    clock: Arc<AtomicI64>,
}

/// Midday of 2026-01-31.
const START: i64 = 1_769_860_800_000_000;

impl Ground {
    pub(crate) async fn start() -> Self {
        let folder = Arc::new(TempDir::new().unwrap());
        let root = Root::KeyFile(folder.path().join("encryption.key"));
        Self::start_with(folder, root).await.unwrap()
    }

    /// Starts another app on the same database.
    pub(crate) async fn start_with(folder: Arc<TempDir>, root: Root) -> Result<Self, Error> {
        let location = onecli_app::config::Location::Sqlite(folder.path().join("onecli.db"));
        let config = Config {
            store: onecli_app::config::StoreConfig::at(location),
            root,
            new_authority: |_| Ok(("CERTIFICATE".into(), b"private key".to_vec())),
            public_url: "http://localhost:10254".into(),
            gateway_url: "host.docker.internal:10255".into(),
            place: "test".into(),
            spool: folder.path().join("spool"),
            holds: onecli_app::config::HoldBounds::default(),
            most_inspected: 1024 * 1024,
            audit: onecli_app::config::AuditConfig::at(folder.path()),
        };
        let clock = Arc::new(AtomicI64::new(START));
        let Started { app, first_api_key } = App::start(config, Clock::Fixed(Arc::clone(&clock))).await?;
        let project = app.owner().await?.default_project;
        Ok(Self { app, project, first_key: first_api_key, folder, clock })
    }

    /// Stops this app and starts another on the same directory.
    pub(crate) async fn restart(self) -> Result<Self, Error> {
        self.app.shutdown().await;
        let root = Root::KeyFile(self.folder.path().join("encryption.key"));
        Self::start_with(self.folder, root).await
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    pub(crate) async fn secret(&self, host: &str, value: &str) -> SecretId {
        let new = NewSecret {
            config: InjectionConfig { header_name: Some("x-key".into()), ..InjectionConfig::default() },
            ..secret(SecretKind::Generic, host, value)
        };
        self.app.create_secret(self.project, new).await.unwrap().secret.id
    }

    pub(crate) async fn default_agent(&self) -> Agent {
        self.app.default_agent(self.project).await.unwrap().agent
    }

    /// The agent as the next request sees it.
    pub(crate) async fn entry(&self) -> Arc<AgentEntry> {
        let view = self.app.default_agent(self.project).await.unwrap();
        self.app.agent(&self.app.hash_token(view.token.as_str().unwrap())).unwrap()
    }

    /// The values that a request of the default agent goes out with.
    pub(crate) async fn values(&self, host: &str) -> Vec<String> {
        let entry = self.entry().await;
        let permit = self.permit(&entry, host);
        let opened = self.app.open(&entry, &permit, Revision::Current).await.unwrap();
        opened.iter().map(|credential| String::from_utf8(credential.value().to_vec()).unwrap()).collect()
    }

    pub(crate) fn permit(&self, entry: &AgentEntry, host: &str) -> Permit {
        match self.decide(entry, host, &[]) {
            Verdict::Allow(permit) => permit,
            other @ (Verdict::Count(_) | Verdict::Refuse(_) | Verdict::Hold(_) | Verdict::ReadBody) => {
                panic!("{other:?}")
            }
        }
    }

    pub(crate) fn decide(&self, entry: &AgentEntry, host: &str, headers: &[&str]) -> Verdict {
        let target = Target {
            scheme: Scheme::Https,
            host: Host::read(host).unwrap(),
            port: 443,
            path: Path::read("/").unwrap(),
            query: None,
        };
        let headers: Vec<(String, String)> =
            headers.iter().map(|text| ("authorization".to_owned(), (*text).to_owned())).collect();
        let facts = Facts {
            agent: entry.id,
            access: entry.access(),
            target: &target,
            method: "GET",
            overrides: smallvec::SmallVec::new(),
            headers: Headers::of(&headers),
            body: onecli_domain::body::Body::Unread,
        };
        self.app.decide(entry, &facts, None)
    }
}

/// A new secret without any configuration.
pub(crate) fn secret(kind: SecretKind, host: &str, value: &str) -> NewSecret {
    NewSecret {
        name: format!("{host} key"),
        kind,
        value: value.to_owned().into(),
        host_patterns: vec![host.into()],
        path_pattern: None,
        config: InjectionConfig::default(),
        allow_plaintext: false,
    }
}

/// Which field is refused.
pub(crate) fn field<T>(outcome: Result<T, Error>) -> &'static str {
    match outcome {
        Err(Error::Invalid { field, .. }) => field,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it was taken"),
    }
}
