//! A ready-made gateway: an app on a temporary `SQLite` database, a listener on a free port, and an upstream that every
//! host name resolves to.

use std::net::SocketAddr;
use std::sync::Arc;

use onecli_app::access::agents::NewAgent;
use onecli_app::access::users::Person;
use onecli_app::config::{HoldBounds, Location, StoreConfig};
use onecli_app::policy::approvals::Shown;
use onecli_app::policy::rules::NewRule;
use onecli_app::vault::secrets::NewSecret;
use onecli_app::{App, Clock, Config, Root};
use onecli_domain::activity::{Activity, ActivityFilter};
use onecli_domain::approval::{Approval, ApprovalState, Decision};
use onecli_domain::condition::{Condition, Operator, Part};
use onecli_domain::id::ApprovalId;
use onecli_domain::method::Method;
use onecli_domain::project::PolicyMode;
use onecli_domain::rule::{Action, Rule};
use onecli_domain::secret::{InjectionConfig, Secret, SecretKind};
use onecli_gateway::{ConnectTo, Gateway, Refusals, UpstreamCa};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::agent::Agent;
use crate::upstream::Upstream;

/// A gateway, its app, and an upstream that every host name resolves to.
pub struct Gate {
    /// The app.
    pub app: App,
    /// The owner.
    pub owner: Person,
    /// The upstream that every host name resolves to.
    pub upstream: Upstream,
    /// The gateway's address.
    pub address: SocketAddr,
    /// The data directory.
    pub folder: TempDir,
    /// Refusals that no record tells of.
    pub refusals: Arc<Refusals>,
    stop: watch::Sender<bool>,
    running: Option<tokio::task::JoinHandle<Result<(), onecli_gateway::Error>>>,
}

impl Gate {
    /// With an upstream that speaks TLS, HTTP/1.1 and HTTP/2.
    pub async fn start() -> Self {
        Self::before(Upstream::tls().await).await
    }

    /// With a custom upstream.
    pub async fn before(upstream: Upstream) -> Self {
        Self::with(upstream, |_| {}).await
    }

    /// With custom settings.
    pub async fn with(upstream: Upstream, settings: impl FnOnce(&mut onecli_gateway::Config)) -> Self {
        Self::open(tempfile::tempdir().unwrap(), upstream, Clock::System, HoldBounds::default(), settings)
            .await
    }

    /// With a custom clock, and limits on how many requests are held.
    pub async fn timed(upstream: Upstream, clock: Clock, holds: HoldBounds) -> Self {
        Self::open(tempfile::tempdir().unwrap(), upstream, clock, holds, |_| {}).await
    }

    /// Stops the gateway, and starts it again with the same data on another port.
    pub async fn restart(mut self) -> Self {
        self.stop();
        self.stopped().await;
        self.app.shutdown().await;
        Self::open(self.folder, self.upstream, Clock::System, HoldBounds::default(), |_| {}).await
    }

    async fn open(
        folder: TempDir,
        upstream: Upstream,
        clock: Clock,
        holds: HoldBounds,
        settings: impl FnOnce(&mut onecli_gateway::Config),
    ) -> Self {
        let ca = folder.path().join("upstream-ca.pem");
        std::fs::write(&ca, &upstream.authority).unwrap();
        let started = App::start(
            Config {
                store: StoreConfig::at(Location::Sqlite(folder.path().join("onecli.db"))),
                root: Root::KeyFile(folder.path().join("encryption.key")),
                new_authority: |now| onecli_gateway::ca::new_root(now).map_err(|error| error.to_string()),
                public_url: "http://localhost:10254".into(),
                gateway_url: "host.docker.internal:10255".into(),
                place: "test".into(),
                spool: folder.path().join("spool"),
                holds,
                most_inspected: 1024 * 1024,
                audit: onecli_app::config::AuditConfig::at(folder.path()),
            },
            clock,
        )
        .await
        .unwrap();
        let app = started.app;
        let mut config = onecli_gateway::Config::new("http://localhost:10254");
        config.upstream_ca = vec![UpstreamCa::for_every_host(ca)];
        config.connect_to = vec![ConnectTo {
            host: None,
            port: None,
            to_host: Some(upstream.address.ip().to_string()),
            to_port: Some(upstream.address.port()),
        }];
        settings(&mut config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopping) = watch::channel(false);
        let gateway = Gateway::new(&app, config, stopping).unwrap();
        let refusals = gateway.refusals();
        let running = Some(tokio::spawn(gateway.run(vec![listener])));
        let owner = app.owner().await.unwrap();
        Self { app, owner, upstream, address, folder, refusals, stop, running }
    }

    /// The default agent.
    pub async fn agent(&self) -> Agent {
        let view = self.app.default_agent(self.owner.default_project).await.unwrap();
        self.program(view.token.as_str().unwrap())
    }

    /// Creates another agent.
    pub async fn agent_named(&self, identifier: &str) -> (onecli_domain::agent::Agent, Agent) {
        let new =
            NewAgent { name: identifier.into(), identifier: identifier.into(), parent_identifier: None };
        let view = self.app.create_agent(self.owner.default_project, new).await.unwrap();
        let program = self.program(view.token.as_str().unwrap());
        (view.agent, program)
    }

    /// An agent with this token, which may be invalid.
    pub fn program(&self, token: &str) -> Agent {
        Agent {
            token: token.to_owned(),
            gateway: self.address,
            authority: self.app.authority().certificate_pem.clone(),
        }
    }

    /// Stores a secret that is injected into a header.
    pub async fn header_secret(&self, host: &str, header: &str, format: &str, value: &str) -> Secret {
        let config = InjectionConfig {
            header_name: Some(header.into()),
            value_format: Some(format.into()),
            ..Default::default()
        };
        self.secret(SecretKind::Generic, host, None, config, value).await
    }

    /// Stores a secret; several hosts are separated by commas.
    pub async fn secret(
        &self,
        kind: SecretKind,
        host: &str,
        path: Option<&str>,
        config: InjectionConfig,
        value: &str,
    ) -> Secret {
        let new = NewSecret {
            name: format!("{host} key"),
            kind,
            value: value.to_owned().into(),
            host_patterns: host.split(',').map(Into::into).collect(),
            path_pattern: path.map(Into::into),
            config,
            allow_plaintext: false,
        };
        self.app.create_secret(self.owner.default_project, new).await.unwrap().secret
    }

    /// Creates a rule for all agents.
    pub async fn rule(&self, action: Action, host: &str, path: Option<&str>, method: Option<Method>) -> Rule {
        let new = NewRule {
            host_pattern: host.into(),
            path_pattern: path.map(Into::into),
            methods: method.map(Into::into),
            ..Self::new_rule(action)
        };
        self.app.create_rule(self.owner.default_project, new).await.unwrap()
    }

    /// Creates a rule with conditions, for all agents and hosts.
    pub async fn rule_if(&self, action: Action, conditions: &[(Part, &str, Operator, &str)]) -> Rule {
        let conditions = conditions
            .iter()
            .map(|(target, key, operator, value)| Condition {
                target: *target,
                key: (*key).into(),
                operator: *operator,
                value: Some((*value).into()),
            })
            .collect();
        let new = NewRule { conditions, ..Self::new_rule(action) };
        self.app.create_rule(self.owner.default_project, new).await.unwrap()
    }

    fn new_rule(action: Action) -> NewRule {
        NewRule {
            name: format!("{} rule", action.as_str()),
            host_pattern: "*".into(),
            path_pattern: None,
            methods: None,
            agent: None,
            action,
            rate: None,
            approval_timeout: None,
            enabled: true,
            case_insensitive: false,
            conditions: Vec::new(),
        }
    }

    /// The requests that wait for a decision, except the known ones; waits until there are any.
    pub async fn held_beside(&self, known: &[ApprovalId]) -> Vec<Shown> {
        let patience = std::time::Duration::from_secs(30);
        self.app.pending_approvals(self.owner.default_project, known, patience).await.unwrap()
    }

    /// The one request that waits for a decision.
    pub async fn held(&self) -> Shown {
        let mut all = self.held_beside(&[]).await;
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    /// Decides about a held request.
    pub async fn decide(&self, id: ApprovalId, decision: Decision) -> Result<(), onecli_app::Error> {
        self.app.decide_approval(&self.owner, self.owner.default_project, id, decision, None, None).await
    }

    /// A held request's approval.
    pub async fn approval(&self, id: ApprovalId) -> Approval {
        let all = self
            .app
            .list_approvals(self.owner.default_project, &ApprovalState::ALL, 200, None)
            .await
            .unwrap();
        all.into_iter().find(|shown| shown.approval.id == id).unwrap().approval
    }

    /// Sets what happens to requests that match no rule.
    pub async fn mode(&self, mode: PolicyMode) {
        self.app.set_policy_mode(&self.owner, self.owner.default_project, mode).await.unwrap();
    }

    /// All activity recorded so far, newest first.
    pub async fn activity(&self) -> Vec<Activity> {
        self.app.recorder().flush().await;
        self.app
            .list_activity(self.owner.default_project, &ActivityFilter::default(), 200, None)
            .await
            .unwrap()
    }

    /// Tells the gateway to stop.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until it has stopped.
    pub async fn stopped(&mut self) {
        self.running.take().unwrap().await.unwrap().unwrap();
    }
}
