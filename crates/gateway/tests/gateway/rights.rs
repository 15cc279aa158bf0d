//! Rights that an agent has, and that are taken away while something of it is under way.

use bytes::Bytes;
use http::Request;
use onecli_app::policy::approvals::NewGrant;
use onecli_app::policy::rules::{NewRule, RuleChange};
use onecli_domain::agent::{Agent as Registered, SecretMode};
use onecli_domain::approval::Decision;
use onecli_domain::condition::{Operator, Part};
use onecli_domain::rule::Action;
use onecli_domain::secret::Secret;
use onecli_testkit::{Agent, Gate, Peers, Script, Upstream};

pub(crate) const AUTHORITY: &str = "api.good.test:443";
pub(crate) const VALUE: &str = "s3cret-value";

/// What is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Suspended,
    Deleted,
    NewToken,
    NewBlockRule,
    DeletedSecret,
    SecretOfTheAgent,
    Grant,
}

impl Taken {
    pub(crate) const ALL: [Self; 7] = [
        Self::Suspended,
        Self::Deleted,
        Self::NewToken,
        Self::NewBlockRule,
        Self::DeletedSecret,
        Self::SecretOfTheAgent,
        Self::Grant,
    ];

    /// The status of a request that it refuses.
    pub(crate) fn status(self) -> u16 {
        match self {
            Self::Deleted | Self::NewToken => 407,
            Self::Suspended
            | Self::NewBlockRule
            | Self::DeletedSecret
            | Self::SecretOfTheAgent
            | Self::Grant => 403,
        }
    }
}

/// A gateway with an agent that may send requests with a secret to `/x`.
pub(crate) struct World {
    pub gate: Gate,
    pub registered: Registered,
    pub agent: Agent,
    pub secret: Secret,
}

impl World {
    /// All of it is served by one thread: what was begun before another exchange is over has begun.
    pub(crate) async fn start(
        upstream: Upstream,
        settings: impl FnOnce(&mut onecli_gateway::Config),
    ) -> Self {
        let gate = Gate::with(upstream, |config| {
            config.workers = std::num::NonZeroUsize::MIN;
            settings(config);
        })
        .await;
        let (registered, agent) = gate.agent_named("worker").await;
        let secret = gate.header_secret("api.good.test", "x-key", "{value}", VALUE).await;
        Self { gate, registered, agent, secret }
    }

    /// Where a grant is to be revoked: a rule that holds such requests, and a grant for them. `peers`, where the test answers
    /// by hand.
    pub(crate) async fn granted(&self, taken: Taken, method: &str, peers: Option<&mut Peers>) {
        if taken != Taken::Grant {
            return;
        }
        self.gate.rule(Action::ManualApproval, "api.good.test", Some("/x"), None).await;
        let mut kept = self.agent.open(AUTHORITY).await;
        let request = Request::builder().method(method).uri("/x").body(Script::whole("")).unwrap();
        let asking = tokio::spawn(async move { kept.begin(request).await.status() });
        let held = self.gate.held().await.approval.id;
        let grant = NewGrant { minutes: Some(5), ..NewGrant::default() };
        let project = self.gate.owner.default_project;
        let app = &self.gate.app;
        app.decide_approval(&self.gate.owner, project, held, Decision::Approve, None, Some(&grant))
            .await
            .unwrap();
        if let Some(peers) = peers {
            let mut peer = peers.accept().await;
            peer.head().await;
            peer.say("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").await;
        }
        assert_eq!(asking.await.unwrap(), 200);
    }

    /// Takes it away.
    pub(crate) async fn take(&self, taken: Taken) {
        let (app, project, agent) = (&self.gate.app, self.gate.owner.default_project, self.registered.id);
        match taken {
            Taken::Suspended => app.suspend_agent(project, agent, true).await.unwrap(),
            Taken::Deleted => app.remove_agent(project, agent).await.unwrap(),
            Taken::NewToken => drop(app.regenerate_agent_token(project, agent).await.unwrap()),
            Taken::NewBlockRule => {
                self.gate.rule(Action::Block, "api.good.test", Some("/x"), None).await;
            }
            Taken::DeletedSecret => app.remove_secret(project, self.secret.id).await.unwrap(),
            Taken::SecretOfTheAgent => {
                app.set_secret_mode(project, agent, SecretMode::Selective).await.unwrap();
            }
            Taken::Grant => {
                let grants = app.list_approval_grants(project).await.unwrap();
                app.revoke_approval_grant(project, grants[0].id).await.unwrap();
            }
        }
    }

    /// Changes much that doesn't concern a request of this agent to `/x`.
    pub(crate) async fn change_what_is_unrelated(&self) {
        let (gate, app, project) = (&self.gate, &self.gate.app, self.gate.owner.default_project);
        let (other, _) = gate.agent_named("other").await;
        let key = gate.header_secret("evil.test", "x-key", "{value}", "another-value").await;
        app.rename_agent(project, self.registered.id, "renamed").await.unwrap();
        app.rotate_secret(project, self.secret.id, String::from("new-value").into(), None).await.unwrap();
        app.set_agent_secrets(project, self.registered.id, &[self.secret.id]).await.unwrap();
        app.set_secret_mode(project, self.registered.id, SecretMode::Selective).await.unwrap();
        gate.rule(Action::Block, "evil.test", None, None).await;
        gate.rule(Action::Block, "api.good.test", Some("/y"), None).await;
        gate.rule(Action::Allow, "api.good.test", None, None).await;
        let for_other = NewRule {
            name: "other".into(),
            host_pattern: "api.good.test".into(),
            path_pattern: None,
            methods: None,
            agent: Some(other.id),
            action: Action::Block,
            rate: None,
            approval_timeout: None,
            enabled: true,
            case_insensitive: false,
            conditions: Vec::new(),
        };
        app.create_rule(project, for_other).await.unwrap();
        for rule in app.list_rules(project).await.unwrap() {
            let change = RuleChange { name: Some(format!("{} renamed", rule.name)), ..RuleChange::default() };
            app.update_rule(project, rule.id, change).await.unwrap();
        }
        app.suspend_agent(project, other.id, true).await.unwrap();
        app.remove_agent(project, other.id).await.unwrap();
        app.remove_secret(project, key.id).await.unwrap();
    }

    /// A rule that looks at each body, and refuses few.
    pub(crate) async fn rule_on_bodies(&self) {
        self.gate.rule_if(Action::Block, &[(Part::Body, "", Operator::Contains, "forbidden")]).await;
    }

    /// Another exchange: what was there to be done before it has been done.
    pub(crate) async fn another_exchange(&self) {
        let request =
            Request::builder().method("TRACE").uri("https://good.test/").body(Bytes::new()).unwrap();
        assert_eq!(self.gate.agent().await.send(request).await.status, 405);
    }
}
