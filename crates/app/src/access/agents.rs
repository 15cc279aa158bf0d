//! Agents: create, show, change, suspend and remove them, and give them secrets.

use onecli_domain::agent::{Agent, SecretMode, is_identifier};
use onecli_domain::audit::Target;
use onecli_domain::id::{AgentId, ProjectId, SecretId};
use onecli_domain::sealed::Sealed;
use onecli_store::agents::AgentDeletion;
use onecli_vault::{Plaintext, token};
use rustc_hash::FxHashMap;
use serde_json::json;

use crate::app::{App, new_agent, token_associated_data};
use crate::audit::change::{self, AuditedChange};
use crate::audit::view;
use crate::error::Error;
use crate::validate;

/// An agent with its token, which people can view again.
pub struct AgentView {
    /// The agent.
    pub agent: Agent,
    /// The token for the gateway.
    pub token: Plaintext,
}

/// Properties of a new agent.
#[derive(Clone, Debug)]
pub struct NewAgent {
    /// Its name.
    pub name: String,
    /// Its identifier.
    pub identifier: String,
    /// The agent whose access it inherits.
    pub parent_identifier: Option<String>,
}

impl App {
    /// A project's agents, oldest first.
    pub async fn list_agents(&self, project: ProjectId) -> Result<Vec<AgentView>, Error> {
        let mut tokens: FxHashMap<_, _> = self
            .store()
            .agents()
            .sealed_tokens(project)
            .await?
            .into_iter()
            .map(|(id, sealed, version)| (id, (sealed, version)))
            .collect();
        let agents = self.store().agents().list_all(project).await?;
        agents
            .into_iter()
            // An agent created between the two queries has no token here; omit it.
            .filter_map(|agent| tokens.remove(&agent.id).map(|sealed| self.open_view(agent, sealed)))
            .collect()
    }

    /// An agent.
    pub async fn read_agent(&self, project: ProjectId, id: AgentId) -> Result<AgentView, Error> {
        let agent = self.fetch_agent(project, id).await?;
        self.view(agent).await
    }

    /// The agent with an identifier, if there is one.
    pub async fn agent_named(
        &self,
        project: ProjectId,
        identifier: &str,
    ) -> Result<Option<AgentView>, Error> {
        match self.find_agent(project, identifier).await? {
            Some(agent) => self.view(agent).await.map(Some),
            None => Ok(None),
        }
    }

    /// The default agent; created if there is none.
    pub async fn default_agent(&self, project: ProjectId) -> Result<AgentView, Error> {
        if let Some(agent) = self.store().agents().fetch_default(project).await? {
            return self.view(agent).await;
        }
        let (agent, sealed) = new_agent(self.vault(), project, "Default Agent", "default", true, self.now())?;
        match self.audited(made(&agent)).agents().insert(&agent, &sealed).await {
            Ok(_) => self.live().refresh(project).await?,
            // The identifier is in use, or another call created the default agent first.
            Err(onecli_store::Error::Taken { .. }) => {
                if let Some(named) = self.store().agents().fetch_by_identifier(project, "default").await? {
                    self.make_default_agent(project, named.id).await?;
                }
            }
            Err(error) => return Err(error.into()),
        }
        let agent = self.store().agents().fetch_default(project).await?.ok_or(Error::NotFound("agent"))?;
        self.view(agent).await
    }

    /// Creates an agent.
    pub async fn create_agent(&self, project: ProjectId, new: NewAgent) -> Result<AgentView, Error> {
        let taken = || Error::Conflict {
            code: "identifier_taken",
            message: format!(
                "an agent with the identifier \"{}\" exists already; choose another",
                new.identifier
            ),
        };
        // Checked before other errors: clients that ensure an agent exists rely on it.
        if self.find_agent(project, &new.identifier).await?.is_some() {
            return Err(taken());
        }
        if !is_identifier(&new.identifier) {
            return Err(Error::invalid(
                "identifier",
                "\"identifier\" must begin with a lower-case letter, followed by at most 49 lower-case letters, digits and dashes",
            ));
        }
        let name = validate::name("name", &new.name)?;
        let (mut agent, sealed) =
            new_agent(self.vault(), project, &name, &new.identifier, false, self.now())?;
        if let Some(parent) = &new.parent_identifier {
            let found = self.find_agent(project, parent).await?;
            let found = found.ok_or_else(|| {
                Error::invalid(
                    "parentIdentifier",
                    format!("there is no agent with the identifier \"{parent}\""),
                )
            })?;
            agent.parent = Some(found.id);
            agent.secret_mode = found.secret_mode;
        }
        let agent = match self.audited(made(&agent)).agents().insert(&agent, &sealed).await {
            Ok(agent) => agent,
            Err(onecli_store::Error::Taken { .. }) => return Err(taken()),
            Err(error) => return Err(error.into()),
        };
        self.live().refresh(project).await?;
        self.view(agent).await
    }

    /// Renames an agent.
    pub async fn rename_agent(&self, project: ProjectId, id: AgentId, name: &str) -> Result<(), Error> {
        let name = validate::name("name", name)?;
        let audit = self.change(project, id, "agent.update", |agent| agent.name.clone_from(&name)).await?;
        let found = self.audited(audit).agents().rename(project, id, &name).await?;
        self.changed(project, found).await
    }

    /// Removes an agent and the rules that apply only to it.
    pub async fn remove_agent(&self, project: ProjectId, id: AgentId) -> Result<(), Error> {
        let agent = self.fetch_agent(project, id).await?;
        let audit = AuditedChange::new(project, "agent.remove", target(&agent)).before(view::agent(&agent));
        match self.audited(audit).agents().delete(project, id).await? {
            AgentDeletion::Deleted => self.changed(project, true).await,
            AgentDeletion::Missing => Err(Error::NotFound("agent")),
            AgentDeletion::IsDefault => Err(Error::Conflict {
                code: "default_agent",
                message: "the default agent can't be removed; make another one the default first".into(),
            }),
        }
    }

    /// Replaces an agent's token. The old one stops working before this returns.
    pub async fn regenerate_agent_token(&self, project: ProjectId, id: AgentId) -> Result<Plaintext, Error> {
        let mut agent = self.fetch_agent(project, id).await?;
        let (token, hash) = token::new_agent_token()?;
        let audit =
            AuditedChange::new(project, "agent.regenerate_token", target(&agent)).before(view::agent(&agent));
        agent.token_version += 1;
        let audit = audit.after(view::agent(&agent));
        let sealed = self.vault().seal(&token_associated_data(&agent), token.as_bytes())?;
        let replaced = self
            .audited(audit)
            .agents()
            .replace_token(project, id, hash, &sealed, agent.token_version)
            .await?;
        if !replaced {
            return Err(Error::Conflict {
                code: "token_replaced",
                message: "the agent's token was replaced by a concurrent call; fetch it again".into(),
            });
        }
        self.live().refresh(project).await?;
        Ok(token)
    }

    /// Makes an agent the default.
    pub async fn make_default_agent(&self, project: ProjectId, id: AgentId) -> Result<(), Error> {
        let audit = self.change(project, id, "agent.set_default", |agent| agent.is_default = true).await?;
        let found = self.audited(audit).agents().make_default(project, id).await?;
        self.changed(project, found).await
    }

    /// Suspends or resumes an agent.
    pub async fn suspend_agent(&self, project: ProjectId, id: AgentId, suspended: bool) -> Result<(), Error> {
        let at = suspended.then(|| self.now());
        let action = if suspended { "agent.suspend" } else { "agent.resume" };
        let audit = self.change(project, id, action, |agent| agent.suspended_at = at).await?;
        let found = self.audited(audit).agents().set_suspended(project, id, at).await?;
        self.changed(project, found).await
    }

    /// Sets which secrets an agent may use.
    pub async fn set_secret_mode(
        &self,
        project: ProjectId,
        id: AgentId,
        mode: SecretMode,
    ) -> Result<(), Error> {
        let audit =
            self.change(project, id, "agent.set_secret_mode", |agent| agent.secret_mode = mode).await?;
        let found = self.audited(audit).agents().set_secret_mode(project, id, mode).await?;
        self.changed(project, found).await
    }

    /// The secrets given to an agent. They matter only if its mode is `selective`.
    pub async fn agent_secrets(&self, project: ProjectId, id: AgentId) -> Result<Vec<SecretId>, Error> {
        if self.store().agents().fetch(project, id).await?.is_none() {
            return Err(Error::NotFound("agent"));
        }
        Ok(self.store().agents().secrets_of(project, id).await?)
    }

    /// Gives an agent exactly these secrets.
    pub async fn set_agent_secrets(
        &self,
        project: ProjectId,
        id: AgentId,
        secrets: &[SecretId],
    ) -> Result<(), Error> {
        let agent = self.fetch_agent(project, id).await?;
        let before = self.store().agents().secrets_of(project, id).await?;
        let audit = AuditedChange::new(project, "agent.set_secrets", target(&agent))
            .before(json!({ "secretIds": before }))
            .after(json!({ "secretIds": secrets }));
        match self.audited(audit).agents().replace_secrets_of(project, id, secrets).await {
            Ok(()) => self.changed(project, true).await,
            Err(onecli_store::Error::UnknownAgent(_)) => Err(Error::NotFound("agent")),
            Err(onecli_store::Error::UnknownSecret(secret)) => {
                Err(Error::invalid("secretIds", format!("there is no secret {secret} in this project")))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Prepares the audit record of a change to an agent, with the states before and after it.
    async fn change(
        &self,
        project: ProjectId,
        id: AgentId,
        action: &'static str,
        change: impl FnOnce(&mut Agent),
    ) -> Result<AuditedChange, Error> {
        let mut agent = self.fetch_agent(project, id).await?;
        let audit = AuditedChange::new(project, action, target(&agent)).before(view::agent(&agent));
        change(&mut agent);
        Ok(audit.after(view::agent(&agent)))
    }

    async fn fetch_agent(&self, project: ProjectId, id: AgentId) -> Result<Agent, Error> {
        self.store().agents().fetch(project, id).await?.ok_or(Error::NotFound("agent"))
    }

    /// Reloads the project after a change; fails if the agent wasn't found.
    async fn changed(&self, project: ProjectId, found: bool) -> Result<(), Error> {
        if !found {
            return Err(Error::NotFound("agent"));
        }
        self.live().refresh(project).await
    }

    /// The agent with an identifier. Invalid identifiers aren't looked up: not every database accepts every text.
    async fn find_agent(&self, project: ProjectId, identifier: &str) -> Result<Option<Agent>, Error> {
        if !is_identifier(identifier) {
            return Ok(None);
        }
        Ok(self.store().agents().fetch_by_identifier(project, identifier).await?)
    }

    async fn view(&self, agent: Agent) -> Result<AgentView, Error> {
        let sealed = self.store().agents().sealed_token(agent.project, agent.id).await?;
        self.open_view(agent, sealed.ok_or(Error::NotFound("agent"))?)
    }

    fn open_view(&self, mut agent: Agent, (sealed, version): (Sealed, u32)) -> Result<AgentView, Error> {
        agent.token_version = version;
        let token = self.vault().open(&token_associated_data(&agent), &sealed)?;
        Ok(AgentView { agent, token })
    }
}

fn made(agent: &Agent) -> AuditedChange {
    AuditedChange::new(agent.project, "agent.create", target(agent)).after(view::agent(agent))
}

fn target(agent: &Agent) -> Target {
    change::target("agent", agent.id, &agent.name)
}
