//! The skill: instructions for agents that work behind the gateway.

use onecli_domain::id::ProjectId;
use onecli_domain::project::PolicyMode;
use onecli_domain::secret::Secret;
use onecli_domain::services;

use crate::app::App;
use crate::error::Error;

impl App {
    /// The skill for an agent, as Markdown; for the default agent if no identifier is given.
    pub async fn skill(&self, project: ProjectId, identifier: Option<&str>) -> Result<String, Error> {
        let view = self.agent_or_default(project, identifier).await?.ok_or(Error::NotFound("agent"))?;
        let secrets = self.usable_secrets(&view.agent).await?;
        let services = if secrets.is_empty() {
            "None yet. If a service requires a credential, the gateway's response says what to ask the person for.".to_owned()
        } else {
            secrets.iter().map(line).collect::<Vec<_>>().join("\n")
        };
        let project = self.store().projects().fetch(project).await?.ok_or(Error::NotFound("project"))?;
        Ok(TEMPLATE.replace("{others}", others(project.policy_mode)).replace("{services}", &services))
    }
}

/// What an agent can expect of requests that match no rule.
fn others(mode: PolicyMode) -> &'static str {
    match mode {
        PolicyMode::Allow => {
            "Other hosts can be called too, without a credential, unless a rule blocks the request."
        }
        PolicyMode::Ask => "A request that no rule allows, to any host, waits until a person approves it.",
        PolicyMode::Deny => "A request that no rule allows, to any host, is refused.",
    }
}

/// `- api.example.com/v1/*, files.example.com/v1/* (Name)`
fn line(secret: &Secret) -> String {
    let path = secret.path_pattern.as_deref().unwrap_or_default();
    let service = services::for_host_patterns(&secret.host_patterns)
        .find(|service| service.name != secret.name)
        .map(|service| format!(", {}", service.name))
        .unwrap_or_default();
    let hosts: Vec<String> = secret.host_patterns.iter().map(|host| format!("{host}{path}")).collect();
    format!("- {} ({}{service})", hosts.join(", "), secret.name)
}

const TEMPLATE: &str = include_str!("skill.md");
