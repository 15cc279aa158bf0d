//! Container configuration: the environment that makes an agent's programs use the gateway.

use std::collections::BTreeMap;

use onecli_domain::agent::{Agent, SecretMode};
use onecli_domain::id::ProjectId;
use onecli_domain::secret::{AuthMode, Secret, SecretKind};
use onecli_domain::services::{self, SERVICES};

use crate::access::agents::AgentView;
use crate::app::App;
use crate::error::Error;

/// The configuration of an agent's container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerConfig {
    /// The agent.
    pub agent: Agent,
    /// Environment variables. Contains the agent's token and placeholders, never a secret's value.
    pub env: BTreeMap<String, String>,
    /// The gateway's certificate authority, as PEM.
    pub ca_certificate: String,
    /// Where programs in the container expect the certificate.
    pub ca_certificate_container_path: &'static str,
    /// The secrets that the agent can use, and the environment variables that they replace.
    pub covers: Vec<Cover>,
    /// Warnings for the person who sets the container up.
    pub warnings: Vec<String>,
}

/// A secret that replaces environment variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// The secret.
    pub secret: Secret,
    /// The variables from which tools read its value.
    pub env: Vec<&'static str>,
}

impl App {
    /// The configuration of an agent. Without an identifier, the default agent's; created if it doesn't exist.
    /// `None` if there is no agent with the identifier.
    pub async fn container_config(
        &self,
        project: ProjectId,
        identifier: Option<&str>,
    ) -> Result<Option<ContainerConfig>, Error> {
        let Some(view) = self.agent_or_default(project, identifier).await? else { return Ok(None) };
        let covers: Vec<Cover> = self
            .usable_secrets(&view.agent)
            .await?
            .into_iter()
            .map(|secret| Cover { env: variables(&secret), secret })
            .collect();
        let proxy =
            format!("http://x:{}@{}", view.token.as_str().unwrap_or_default(), self.config().gateway_url);
        let mut env = BTreeMap::new();
        let mut set = |name: &str, value: &str| {
            env.insert(name.to_owned(), value.to_owned());
        };
        for name in ["HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"] {
            set(name, &proxy);
        }
        for name in ["NO_PROXY", "no_proxy"] {
            set(name, "localhost,127.0.0.1,::1");
        }
        set("NODE_EXTRA_CA_CERTS", CA_PATH);
        set("NODE_USE_ENV_PROXY", "1");
        set("GIT_TERMINAL_PROMPT", "0");
        set("GIT_HTTP_PROXY_AUTHMETHOD", "basic");
        for (name, placeholder) in placeholders(&covers) {
            env.insert(name.to_owned(), placeholder.to_owned());
        }
        let mut warnings = Vec::new();
        if covers.is_empty() {
            warnings.push(self.nothing_usable(&view.agent));
        }
        if view.agent.suspended_at.is_some() {
            warnings.push(format!(
                "the agent \"{}\" is suspended: all its requests are refused",
                view.agent.identifier
            ));
        }
        Ok(Some(ContainerConfig {
            agent: view.agent,
            env,
            ca_certificate: self.authority().certificate_pem.clone(),
            ca_certificate_container_path: CA_PATH,
            covers,
            warnings,
        }))
    }

    pub(crate) async fn agent_or_default(
        &self,
        project: ProjectId,
        identifier: Option<&str>,
    ) -> Result<Option<AgentView>, Error> {
        match identifier {
            Some(identifier) => self.agent_named(project, identifier).await,
            None => self.default_agent(project).await.map(Some),
        }
    }

    /// The secrets that an agent may use, oldest first.
    pub(crate) async fn usable_secrets(&self, agent: &Agent) -> Result<Vec<Secret>, Error> {
        let mut secrets = self.list_secrets(agent.project).await?;
        if agent.secret_mode == SecretMode::Selective {
            let granted = self.agent_secrets(agent.project, agent.id).await?;
            secrets.retain(|secret| granted.contains(&secret.id));
        }
        Ok(secrets)
    }

    fn nothing_usable(&self, agent: &Agent) -> String {
        let url = &self.config().public_url;
        match agent.secret_mode {
            SecretMode::All => format!(
                "no secret is stored yet, so the agent's requests go out without credentials; store one with `onecli secrets create` or at {url}"
            ),
            SecretMode::Selective => format!(
                "no secret is given to the agent \"{}\", so its requests go out without credentials; give it some with `onecli agents set-secrets` or at {url}",
                agent.identifier
            ),
        }
    }
}

/// The value of each variable. If several secrets have the same variable, the one whose host comes first in the list
/// of services wins (a placeholder is refused at any other host); for the same host, the
/// newest, which is the one that is injected.
fn placeholders(covers: &[Cover]) -> BTreeMap<&'static str, &str> {
    let place = |name: &str, secret: &Secret| {
        let mut tools = SERVICES.iter().enumerate().filter(|(_, service)| service.env.contains(&name));
        tools
            .find_map(|(at, service)| {
                let hosts = secret.host_patterns.iter().filter_map(|pattern| service.position(pattern));
                hosts.min().map(|host| (at, host))
            })
            .unwrap_or((SERVICES.len(), 0))
    };
    let mut chosen: BTreeMap<&'static str, ((usize, usize), &str)> = BTreeMap::new();
    for cover in covers {
        for name in &cover.env {
            let here = (place(name, &cover.secret), cover.secret.placeholder.as_str());
            let best = chosen.entry(name).or_insert(here);
            if here.0 <= best.0 {
                *best = here;
            }
        }
    }
    chosen.into_iter().map(|(name, (_, placeholder))| (name, placeholder)).collect()
}

/// The environment variables from which tools read a secret's value.
fn variables(secret: &Secret) -> Vec<&'static str> {
    match (secret.kind, secret.config.auth_mode) {
        (SecretKind::Anthropic, Some(AuthMode::OAuth)) => vec!["CLAUDE_CODE_OAUTH_TOKEN"],
        (SecretKind::Anthropic, _) => vec!["ANTHROPIC_API_KEY"],
        (SecretKind::OpenAi, _) => vec!["OPENAI_API_KEY"],
        (SecretKind::Generic, _) => services::for_host_patterns(&secret.host_patterns)
            .flat_map(|service| service.env.iter().copied())
            .collect(),
    }
}

const CA_PATH: &str = "/tmp/onecli-gateway-ca.pem";
