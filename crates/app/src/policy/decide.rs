//! Deciding: the gateway's question and the "what if" of people, answered by the same evaluator.

use std::sync::Arc;

use onecli_domain::body::{Body, Content, Truth};
use onecli_domain::condition::is_token;
use onecli_domain::credentials::{SecretUse, UseError};
use onecli_domain::decide::{decide, decide_approved, decide_tunnel};
use onecli_domain::facts::{Access, Facts, Headers, is_echo_method, read_content, read_overrides};
use onecli_domain::host::read_authority;
use onecli_domain::id::{AgentId, ProjectId, RuleId, SecretId};
use onecli_domain::path::Path;
use onecli_domain::raw_target;
use onecli_domain::rule::Action;
use onecli_domain::rules::RuleView;
use onecli_domain::target::{Scheme, Target};
use onecli_domain::token::TokenHash;
use onecli_domain::verdict::{Permit, Quota, Refusal, Verdict};
use smallvec::SmallVec;

use crate::app::App;
use crate::error::Error;
use crate::live::snapshot::AgentEntry;
use crate::policy::approved::Approved;

/// A request that nobody sends, to be asked about.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Its method, in upper case.
    pub method: &'a str,
    /// Its whole URL.
    pub url: &'a str,
    /// Its headers.
    pub headers: &'a [(String, String)],
    /// Its body.
    pub body: Option<&'a str>,
}

/// What would happen to a request. Nothing is sent, counted or opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// `allow`, `block`, `hold`, `rate_limit` (it would be counted), `default_deny`, or the code of another refusal.
    pub verdict: &'static str,
    /// Each rule that matches.
    pub matched: Vec<Match>,
    /// The secrets that it would go out with.
    pub secrets: Vec<SecretPreview>,
    /// The canonical host, with the port where it isn't the scheme's own.
    pub host: String,
    /// The canonical path, as it would be sent.
    pub path: String,
}

/// A rule that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Its id.
    pub id: RuleId,
    /// Its name.
    pub name: String,
    /// What it does.
    pub action: Action,
    /// Why it matches.
    pub why: String,
}

/// A secret that a request would go out with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretPreview {
    /// Its id.
    pub id: SecretId,
    /// Its name.
    pub name: String,
    /// What it would set, such as `header authorization`.
    pub r#as: String,
}

impl App {
    /// The hash by which a token is looked up.
    pub fn hash_token(&self, token: &str) -> TokenHash {
        onecli_vault::token::hash_token(token)
    }

    /// The agent with a token, as of now.
    pub fn agent(&self, token: &TokenHash) -> Option<Arc<AgentEntry>> {
        self.live().snapshot().agent(token).cloned()
    }

    /// Decides about an agent's request, which may have been approved. A grant that was revoked since approves nothing:
    /// `agent` must be as it is now.
    pub fn decide(&self, agent: &AgentEntry, facts: &Facts<'_>, approved: Option<&Approved>) -> Verdict {
        match approved.and_then(|approved| approved.in_force(&agent.project)) {
            None => decide(&agent.project.policy, facts),
            Some(approved) => decide_approved(&agent.project.policy, facts, approved),
        }
    }

    /// Counts a request that `decide` allowed within limits. An error means that it may not pass: nobody knows whether
    /// there is room.
    pub async fn count(&self, agent: &AgentEntry, quota: Quota) -> Result<Result<Permit, Refusal>, Error> {
        let now = self.now();
        let counted = self.store().limits().count(agent.id, quota.limits(), now).await?;
        Ok(quota.settle(counted, now))
    }

    /// Decides about an agent's tunnel that is passed through untouched.
    pub fn decide_tunnel(&self, agent: &AgentEntry, target: &Target, approved: Option<&Approved>) -> Verdict {
        let approved = approved.and_then(|approved| approved.in_force(&agent.project));
        decide_tunnel(&agent.project.policy, &bare_facts(agent, target), approved)
    }

    /// Says what would happen to a request. Without an agent: to that of one that may use every secret and
    /// that no rule names.
    pub fn preview(
        &self,
        project: ProjectId,
        agent: Option<AgentId>,
        question: &Question<'_>,
    ) -> Result<Preview, Error> {
        let Question { method, url, headers, body } = *question;
        let snapshot = self.live().snapshot();
        let entry = snapshot.project(project).ok_or(Error::NotFound("project"))?;
        let agent = match agent {
            Some(id) => Some(snapshot.agent_by_id(project, id).ok_or(Error::NotFound("agent"))?),
            None => None,
        };
        let target = read_url(url)?;
        if !is_token(method) {
            return Err(Error::invalid("method", "the method is not one, such as GET"));
        }
        if let Some((name, _)) = headers.iter().find(|(name, _)| !is_token(name)) {
            let name: String = name.chars().take(50).collect();
            return Err(Error::invalid("headers", format!("{name:?} is not the name of a header")));
        }
        let values = |name: &'static str| {
            headers
                .iter()
                .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.as_str())
        };
        let own = headers.to_vec();
        let content = read_content(
            body.unwrap_or_default().to_owned(),
            Headers::of(&own),
            self.config().most_inspected,
        );
        let facts = Facts {
            agent: agent.map_or(AgentId(uuid::Uuid::nil()), |agent| agent.id),
            access: agent.map_or(Access::All, |agent| agent.access()),
            target: &target,
            method,
            overrides: read_overrides(&target, values),
            headers: Headers::of(&own),
            body: Body::Read(&content),
        };
        let mut matched = Vec::new();
        entry.policy.rules.for_each_match(&facts, |rule| {
            matched.push(Match {
                id: rule.id,
                name: rule.name.to_owned(),
                action: rule.action,
                why: why(&facts, &rule),
            });
        });
        matched.sort_unstable_by_key(|rule| rule.id);
        let would = |used: &SecretUse| SecretPreview {
            id: used.secret,
            name: entry.secret(used.secret).map(|secret| secret.name.to_string()).unwrap_or_default(),
            r#as: used
                .injection
                .as_ref()
                .map_or_else(|| "placeholder".into(), |injection| injection.describe()),
        };
        let mut methods = std::iter::once(method).chain(facts.overrides.iter().map(|other| &**other));
        let is_echo = methods.any(is_echo_method);
        let (verdict, secrets) = match decide(&entry.policy, &facts) {
            _ if is_echo => ("method_not_allowed", Vec::new()),
            Verdict::Allow(grant) => ("allow", grant.uses().iter().map(would).collect()),
            Verdict::Count(quota) => ("rate_limit", quota.uses().iter().map(would).collect()),
            Verdict::Hold(_) => ("hold", Vec::new()),
            Verdict::Refuse(refusal) => (verdict_of(&refusal), Vec::new()),
            // The body is known here, as far as it can be.
            Verdict::ReadBody => ("bad_request", Vec::new()),
        };
        Ok(Preview {
            verdict,
            matched,
            secrets,
            host: target.authority(),
            path: target.path.sent().to_owned(),
        })
    }

    /// The secret that would fit a request, were it given to the agent: for the agent to ask for.
    pub fn withheld(&self, agent: &AgentEntry, target: &Target) -> Option<String> {
        let facts = Facts { access: Access::All, ..bare_facts(agent, target) };
        let id = match agent.project.policy.credentials.choose(&facts) {
            Ok(uses) => uses.first()?.secret,
            Err(UseError::Plaintext(id, _) | UseError::Misuse(id, _)) => id,
        };
        (!agent.access().includes(id))
            .then(|| agent.project.secret(id).map(|secret| secret.name.to_string()))?
    }
}

/// What is known of a tunnel before anything goes through it.
pub fn bare_facts<'a>(agent: &'a AgentEntry, target: &'a Target) -> Facts<'a> {
    Facts {
        agent: agent.id,
        access: agent.access(),
        target,
        method: "CONNECT",
        overrides: SmallVec::new(),
        headers: Headers::none(),
        body: Body::Read(Content::none()),
    }
}

fn verdict_of(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Blocked { .. } => "block",
        Refusal::BlockedByDefault => "default_deny",
        Refusal::RateLimited { .. } => "rate_limit",
        Refusal::AmbiguousPath(_) => "bad_request",
        Refusal::Plaintext { .. } => "plaintext_upstream",
        Refusal::PlaceholderMisuse { .. } => "placeholder_misuse",
    }
}

fn why(facts: &Facts<'_>, rule: &RuleView<'_>) -> String {
    let mut text = format!("{} {}{}", facts.method, facts.target.authority(), facts.target.path.matching());
    if !facts.overrides.is_empty() {
        text.push_str(" (as ");
        text.push_str(&facts.overrides.join(", "));
        text.push(')');
    }
    if let Some(alias) = facts.alias_path() {
        text.push_str(", which announces ");
        text.push_str(&alias);
    }
    for (at, condition) in rule.conditions.iter().enumerate() {
        text.push_str(if at == 0 { " with " } else { " and " });
        text.push_str(condition.text());
    }
    if rule.holds == Truth::Doubtful {
        text.push_str(", in doubt: it can't be read for certain whether all of that holds");
    }
    text
}

/// Reads an absolute URL as the gateway would.
pub(crate) fn read_url(url: &str) -> Result<Target, Error> {
    let bad = |why: &str| {
        Error::invalid("url", format!("{why}; write a whole URL such as https://api.example.com/v1/users"))
    };
    let (scheme, rest) = match url.split_once("://") {
        Some((name, rest)) if name.eq_ignore_ascii_case("https") => (Scheme::Https, rest),
        Some((name, rest)) if name.eq_ignore_ascii_case("http") => (Scheme::Http, rest),
        Some(_) | None => return Err(bad("the URL does not begin with https:// or http://")),
    };
    let rest = rest.split('#').next().unwrap_or(rest);
    let (authority, path) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
    let (host, port) =
        read_authority(authority, Some(scheme.default_port())).map_err(|error| bad(&error.to_string()))?;
    let encoded = raw_target::encode(path.as_bytes()).map_err(|error| bad(&error.to_string()))?;
    let path = encoded.as_deref().unwrap_or(path);
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query.into())),
        None => (path, None),
    };
    let path = if path.is_empty() { "/" } else { path };
    let path = Path::read(path).map_err(|error| bad(&error.to_string()))?;
    Ok(Target { scheme, host, port, path, query })
}
