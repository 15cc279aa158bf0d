//! Exchanges that go on: whether what let a request out still stands, for as long as its body or its response moves.

use std::sync::Arc;

use onecli_domain::body::{Body, Content, Truth};
use onecli_domain::facts::{Facts, Headers};
use onecli_domain::id::{RuleId, RuleIds, SecretId};
use onecli_domain::project::PolicyMode;
use onecli_domain::rule::Action;
use onecli_domain::target::Target;
use onecli_domain::token::TokenHash;
use onecli_domain::verdict::{Permit, Verdict};
use smallvec::SmallVec;

use crate::app::App;
use crate::live::snapshot::{AgentEntry, ProjectEntry};
use crate::policy::approved::Approved;

/// What let a request out. Kept while it is under way; whatever is taken away of it ends the exchange.
#[derive(Debug)]
pub struct OpenExchange {
    token: TokenHash,
    target: Arc<Target>,
    method: Box<str>,
    overrides: SmallVec<[Box<str>; 1]>,
    /// A tunnel that is passed through: nobody sees the requests within.
    is_tunnel: bool,
    secrets: SmallVec<[SecretId; 2]>,
    rules: RuleIds,
    approved: Option<Arc<Approved>>,
    /// The project as it was when it was last asked.
    project: std::sync::Mutex<Arc<ProjectEntry>>,
}

/// What was taken away.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Withdrawn {
    /// The agent's token is worth nothing any more.
    #[error("the agent's access token was revoked")]
    Token,
    /// The agent is suspended.
    #[error("the agent was suspended")]
    Suspended,
    /// A rule that is new, or was changed, refuses it or wants a person to decide.
    #[error("the rule \"{name}\" no longer lets it pass")]
    Rule {
        /// Which.
        id: RuleId,
        /// Its name.
        name: Box<str>,
    },
    /// A secret that it went out with was deleted, belongs elsewhere, or is not the agent's any more.
    #[error("a secret that it went out with was withdrawn")]
    Secret,
    /// Nothing allows it any more: a rule or a person's approval is gone.
    #[error("nothing allows it any more")]
    Permission,
}

impl OpenExchange {
    /// What a permit let out. `method` as it was judged.
    pub fn new(
        agent: &AgentEntry,
        target: &Arc<Target>,
        method: &str,
        overrides: SmallVec<[Box<str>; 1]>,
        permit: &Permit,
        approved: Option<Arc<Approved>>,
    ) -> Self {
        Self {
            token: agent.token,
            target: Arc::clone(target),
            method: method.into(),
            overrides,
            is_tunnel: false,
            secrets: permit.uses().iter().map(|used| used.secret).collect(),
            rules: permit.rules().iter().copied().collect(),
            approved,
            project: std::sync::Mutex::new(Arc::clone(&agent.project)),
        }
    }

    /// The same for a tunnel that is passed through untouched.
    pub fn tunnel(
        agent: &AgentEntry,
        target: &Arc<Target>,
        permit: &Permit,
        approved: Option<Arc<Approved>>,
    ) -> Self {
        Self { is_tunnel: true, ..Self::new(agent, target, "CONNECT", SmallVec::new(), permit, approved) }
    }

    fn facts<'a>(&'a self, agent: &'a AgentEntry, body: &'a Content) -> Facts<'a> {
        Facts {
            agent: agent.id,
            access: agent.access(),
            target: &self.target,
            method: &self.method,
            overrides: self.overrides.clone(),
            placeholders: SmallVec::new(),
            headers: Headers::unknown(),
            body: if self.is_tunnel { Body::Read(body) } else { Body::Unread },
        }
    }
}

impl App {
    /// Whether what let a request out still stands. Rules that have not changed since decide what they decided;
    /// of those that are new, one whose conditions can't be looked at any more counts as matching.
    pub fn still_permits(&self, exchange: &OpenExchange) -> Result<(), Withdrawn> {
        let agent = self.agent(&exchange.token).ok_or(Withdrawn::Token)?;
        if agent.suspended {
            return Err(Withdrawn::Suspended);
        }
        let mut last = exchange.project.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !Arc::ptr_eq(&last, &agent.project) {
            check(exchange, &last, &agent)?;
            *last = Arc::clone(&agent.project);
        }
        Ok(())
    }

    /// The secrets that a request would go out with now.
    pub fn expected_secrets(&self, agent: &AgentEntry, facts: &Facts<'_>) -> SmallVec<[SecretId; 2]> {
        let uses = agent.project.policy.credentials.choose(facts);
        uses.map(|uses| uses.iter().map(|used| used.secret).collect()).unwrap_or_default()
    }

    /// Whether a request that waited still may use all of these secrets. `agent` must be as it is now.
    pub fn still_may_use(
        &self,
        agent: &AgentEntry,
        facts: &Facts<'_>,
        secrets: &[SecretId],
    ) -> Result<(), Withdrawn> {
        let credentials = &agent.project.policy.credentials;
        let all = secrets.iter().all(|secret| credentials.still_covers(*secret, facts));
        if all { Ok(()) } else { Err(Withdrawn::Secret) }
    }

    /// Returns once something that let a request out is taken away.
    pub async fn until_withdrawn(&self, exchange: &OpenExchange) -> Withdrawn {
        let mut renewals = self.live().renewals();
        loop {
            if let Err(withdrawn) = self.still_permits(exchange) {
                return withdrawn;
            }
            if renewals.changed().await.is_err() {
                return Withdrawn::Permission;
            }
        }
    }
}

fn check(exchange: &OpenExchange, before: &ProjectEntry, agent: &AgentEntry) -> Result<(), Withdrawn> {
    let now = &agent.project;
    let facts = exchange.facts(agent, Content::none());
    let approved = exchange.approved.as_ref().and_then(|approved| approved.in_force(now));
    let approved = approved.filter(|approved| approved.is_for(&facts));
    if exchange.is_tunnel {
        return match onecli_domain::decide::decide_tunnel(&now.policy, &facts, approved) {
            Verdict::Allow(_) | Verdict::Count(_) => Ok(()),
            Verdict::Hold(_) | Verdict::ReadBody | Verdict::Refuse(_) => Err(Withdrawn::Permission),
        };
    }
    if exchange.secrets.iter().any(|secret| !now.policy.credentials.still_covers(*secret, &facts)) {
        return Err(Withdrawn::Secret);
    }
    let mut refused = None;
    let mut allowed = exchange.rules.iter().any(|rule| now.has_same_rule(before, *rule));
    now.policy.rules.for_each_match(&facts, |rule| {
        let is_new = !now.has_same_rule(before, rule.id);
        match rule.action {
            Action::Block => {
                if is_new {
                    refused.get_or_insert(rule);
                }
            }
            Action::ManualApproval => {
                let covered = approved.is_some_and(|approved| approved.lifts(Some(rule.id)));
                allowed |= covered;
                if !covered && (is_new || exchange.rules.contains(&rule.id)) {
                    refused.get_or_insert(rule);
                }
            }
            Action::Allow | Action::RateLimit => allowed |= rule.holds == Truth::Yes,
        }
    });
    if let Some(rule) = refused {
        return Err(Withdrawn::Rule { id: rule.id, name: rule.name.into() });
    }
    let by_mode = match now.policy.mode {
        PolicyMode::Allow => true,
        PolicyMode::Ask => approved.is_some_and(|approved| approved.lifts(None)),
        PolicyMode::Deny => false,
    };
    if allowed || by_mode { Ok(()) } else { Err(Withdrawn::Permission) }
}
