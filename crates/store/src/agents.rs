//! Agents, their sealed tokens and the secrets given to each.

use onecli_domain::agent::{Agent, SecretMode};
use onecli_domain::id::{AgentId, ProjectId};
use onecli_domain::sealed::Sealed;
use onecli_domain::time::Timestamp;
use onecli_domain::token::TokenHash;

use crate::audit_append::TookEffect;
use crate::error::{Error, Fault, concerns, taken};
use crate::notify::Change;
use crate::page::Page;
use crate::pool::{change_with, read_with};
use crate::rows::{Columns, Fields};
use crate::store::Store;

/// An agent's columns, in the order of `read_agent`.
macro_rules! agent_columns {
    () => {
        "id, project_id, name, identifier, parent_id, is_default, secret_mode, suspended_at, token_hash, \
         token_version, created_at, last_seen_at, request_count"
    };
}
pub(crate) use agent_columns;

/// Inserts an agent, in a transaction of either engine.
macro_rules! insert_agent {
    ($transaction:ident, $agent:expr, $token:expr) => {{
        let (agent, token): (&onecli_domain::agent::Agent, &onecli_domain::sealed::Sealed) = ($agent, $token);
        sqlx::query(
            "INSERT INTO agents (id, project_id, name, identifier, parent_id, is_default, secret_mode, suspended_at,
                                 token_hash, token_version, created_at, last_seen_at, request_count,
                                 token_key_version, token_wrapped_key, token_body)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        )
        .bind(agent.id.0)
        .bind(agent.project.0)
        .bind(&agent.name)
        .bind(&agent.identifier)
        .bind(agent.parent.map(|parent| parent.0))
        .bind(agent.is_default)
        .bind(agent.secret_mode.as_str())
        .bind(agent.suspended_at.map(onecli_domain::time::Timestamp::micros))
        .bind(agent.token_hash.0.as_slice())
        .bind(i64::from(agent.token_version))
        .bind(agent.created_at.micros())
        .bind(agent.last_seen_at.map(onecli_domain::time::Timestamp::micros))
        .bind(agent.request_count)
        .bind(i64::from(token.key_version))
        .bind(token.wrapped_key.as_slice())
        .bind(token.body.as_slice())
        .execute(&mut *$transaction)
        .await
        .map_err($crate::agents::agent_taken)?;
    }};
}
pub(crate) use insert_agent;

/// Result of deleting an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentDeletion {
    /// It was deleted, with the rules that apply only to it.
    Deleted,
    /// It doesn't exist.
    Missing,
    /// It is the default agent and was not deleted.
    IsDefault,
}

impl TookEffect for AgentDeletion {
    fn took_effect(&self) -> bool {
        *self == Self::Deleted
    }
}

impl TookEffect for Agent {}

impl Store {
    /// Agents.
    pub fn agents(&self) -> Agents<'_> {
        Agents { store: self }
    }
}

/// Access to agents.
#[derive(Clone, Copy, Debug)]
pub struct Agents<'a> {
    pub(crate) store: &'a Store,
}

impl Agents<'_> {
    /// Adds an agent and returns it as stored: with a parent, it inherits the parent's secret mode and secrets.
    ///
    /// [`Error::Taken`] for the identifier or a second default agent, [`Error::UnknownAgent`] for the parent.
    pub async fn insert(self, agent: &Agent, token: &Sealed) -> Result<Agent, Error> {
        change_with!(self.store, Change::Project(agent.project), |transaction| {
            let mut agent = agent.clone();
            if let Some(parent) = agent.parent {
                let row = sqlx::query("SELECT secret_mode FROM agents WHERE project_id = $1 AND id = $2")
                    .bind(agent.project.0)
                    .bind(parent.0)
                    .fetch_optional(&mut *transaction)
                    .await?;
                let row = row.ok_or(Error::UnknownAgent(parent))?;
                agent.secret_mode = Fields::of(&row).word(SecretMode::read)?;
            }
            insert_agent!(transaction, &agent, token);
            if let Some(parent) = agent.parent {
                sqlx::query(
                    "INSERT INTO agent_secrets (project_id, agent_id, secret_id)
                     SELECT project_id, $3, secret_id FROM agent_secrets WHERE project_id = $1 AND agent_id = $2",
                )
                .bind(agent.project.0)
                .bind(parent.0)
                .bind(agent.id.0)
                .execute(&mut *transaction)
                .await?;
            }
            Ok(agent)
        })
    }

    /// A page of a project's agents, oldest first.
    pub async fn list(self, project: ProjectId, page: Page) -> Result<Vec<Agent>, Error> {
        read_with!(self.store, |connection| {
            let rows = sqlx::query(concat!(
                "SELECT ",
                agent_columns!(),
                " FROM agents WHERE project_id = $1 AND id > $2 ORDER BY id LIMIT $3"
            ))
            .bind(project.0)
            .bind(page.floor())
            .bind(i64::from(page.limit))
            .fetch_all(&mut *connection)
            .await?;
            rows.iter().map(|row| read_agent(&mut Fields::of(row))).collect()
        })
    }

    /// All agents of a project, oldest first.
    pub async fn list_all(self, project: ProjectId) -> Result<Vec<Agent>, Error> {
        self.list(project, Page::first(u32::MAX)).await
    }

    /// One agent.
    pub async fn fetch(self, project: ProjectId, id: AgentId) -> Result<Option<Agent>, Error> {
        read_with!(self.store, |connection| {
            let row = sqlx::query(concat!(
                "SELECT ",
                agent_columns!(),
                " FROM agents WHERE project_id = $1 AND id = $2"
            ))
            .bind(project.0)
            .bind(id.0)
            .fetch_optional(&mut *connection)
            .await?;
            row.map(|row| read_agent(&mut Fields::of(&row))).transpose()
        })
    }

    /// The agent with this identifier.
    pub async fn fetch_by_identifier(
        self,
        project: ProjectId,
        identifier: &str,
    ) -> Result<Option<Agent>, Error> {
        read_with!(self.store, |connection| {
            let row = sqlx::query(concat!(
                "SELECT ",
                agent_columns!(),
                " FROM agents WHERE project_id = $1 AND identifier = $2"
            ))
            .bind(project.0)
            .bind(identifier)
            .fetch_optional(&mut *connection)
            .await?;
            row.map(|row| read_agent(&mut Fields::of(&row))).transpose()
        })
    }

    /// The default agent.
    pub async fn fetch_default(self, project: ProjectId) -> Result<Option<Agent>, Error> {
        read_with!(self.store, |connection| {
            let row = sqlx::query(concat!(
                "SELECT ",
                agent_columns!(),
                " FROM agents WHERE project_id = $1 AND is_default"
            ))
            .bind(project.0)
            .fetch_optional(&mut *connection)
            .await?;
            row.map(|row| read_agent(&mut Fields::of(&row))).transpose()
        })
    }

    /// An agent's sealed token and its version, which is part of its associated data.
    pub async fn sealed_token(self, project: ProjectId, id: AgentId) -> Result<Option<(Sealed, u32)>, Error> {
        read_with!(self.store, |connection| {
            let row = sqlx::query(
                "SELECT token_key_version, token_wrapped_key, token_body, token_version
                 FROM agents WHERE project_id = $1 AND id = $2",
            )
            .bind(project.0)
            .bind(id.0)
            .fetch_optional(&mut *connection)
            .await?;
            row.map(|row| {
                let mut fields = Fields::of(&row);
                Ok((fields.sealed()?, fields.small()?))
            })
            .transpose()
        })
    }

    /// The sealed tokens of all agents of a project, with their versions.
    pub async fn sealed_tokens(self, project: ProjectId) -> Result<Vec<(AgentId, Sealed, u32)>, Error> {
        read_with!(self.store, |connection| {
            let rows = sqlx::query(
                "SELECT id, token_key_version, token_wrapped_key, token_body, token_version
                 FROM agents WHERE project_id = $1 ORDER BY id",
            )
            .bind(project.0)
            .fetch_all(&mut *connection)
            .await?;
            rows.iter()
                .map(|row| {
                    let mut fields = Fields::of(row);
                    Ok((fields.id()?, fields.sealed()?, fields.small()?))
                })
                .collect()
        })
    }

    /// Sets the name. False if there is no such agent.
    pub async fn rename(self, project: ProjectId, id: AgentId, name: &str) -> Result<bool, Error> {
        change_with!(self.store, Change::Project(project), |transaction| {
            let done = sqlx::query("UPDATE agents SET name = $3 WHERE project_id = $1 AND id = $2")
                .bind(project.0)
                .bind(id.0)
                .bind(name)
                .execute(&mut *transaction)
                .await?;
            Ok(done.rows_affected() > 0)
        })
    }

    /// Makes this agent the default, replacing the previous one. False if there is no such agent.
    pub async fn make_default(self, project: ProjectId, id: AgentId) -> Result<bool, Error> {
        change_with!(self.store, Change::Project(project), |transaction| {
            // Locks the project's row, so that the default is changed by one call at a time on either engine.
            sqlx::query("UPDATE projects SET name = name WHERE id = $1")
                .bind(project.0)
                .execute(&mut *transaction)
                .await?;
            sqlx::query(
                "UPDATE agents SET is_default = $3 WHERE project_id = $1 AND is_default AND id <> $2",
            )
            .bind(project.0)
            .bind(id.0)
            .bind(false)
            .execute(&mut *transaction)
            .await?;
            let done = sqlx::query("UPDATE agents SET is_default = $3 WHERE project_id = $1 AND id = $2")
                .bind(project.0)
                .bind(id.0)
                .bind(true)
                .execute(&mut *transaction)
                .await?;
            if done.rows_affected() == 0 {
                return Err(Fault::Known(Error::UnknownAgent(id)));
            }
            Ok(true)
        })
        .or_else(|error| if matches!(error, Error::UnknownAgent(_)) { Ok(false) } else { Err(error) })
    }

    /// Sets which secrets it may use. False if there is no such agent.
    pub async fn set_secret_mode(
        self,
        project: ProjectId,
        id: AgentId,
        mode: SecretMode,
    ) -> Result<bool, Error> {
        change_with!(self.store, Change::Project(project), |transaction| {
            let done = sqlx::query("UPDATE agents SET secret_mode = $3 WHERE project_id = $1 AND id = $2")
                .bind(project.0)
                .bind(id.0)
                .bind(mode.as_str())
                .execute(&mut *transaction)
                .await?;
            Ok(done.rows_affected() > 0)
        })
    }

    /// Suspends the agent from this time, or with `None` resumes it. False if there is no such agent.
    pub async fn set_suspended(
        self,
        project: ProjectId,
        id: AgentId,
        since: Option<Timestamp>,
    ) -> Result<bool, Error> {
        change_with!(self.store, Change::Project(project), |transaction| {
            let done = sqlx::query("UPDATE agents SET suspended_at = $3 WHERE project_id = $1 AND id = $2")
                .bind(project.0)
                .bind(id.0)
                .bind(since.map(Timestamp::micros))
                .execute(&mut *transaction)
                .await?;
            Ok(done.rows_affected() > 0)
        })
    }

    /// Replaces the token; `version` is its new version. False if there is no such agent, or if another call
    /// replaced it first.
    pub async fn replace_token(
        self,
        project: ProjectId,
        id: AgentId,
        hash: TokenHash,
        token: &Sealed,
        version: u32,
    ) -> Result<bool, Error> {
        change_with!(self.store, Change::Project(project), |transaction| {
            let done = sqlx::query(
                "UPDATE agents SET token_hash = $3, token_version = $4, token_key_version = $5,
                        token_wrapped_key = $6, token_body = $7
                 WHERE project_id = $1 AND id = $2 AND token_version < $4",
            )
            .bind(project.0)
            .bind(id.0)
            .bind(hash.0.as_slice())
            .bind(i64::from(version))
            .bind(i64::from(token.key_version))
            .bind(token.wrapped_key.as_slice())
            .bind(token.body.as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(taken("token"))?;
            Ok(done.rows_affected() > 0)
        })
    }

    /// Deletes an agent, its grants and the rules that apply only to it, unless it is the default one.
    pub async fn delete(self, project: ProjectId, id: AgentId) -> Result<AgentDeletion, Error> {
        change_with!(self.store, Change::Project(project), |transaction| {
            let done = sqlx::query("DELETE FROM agents WHERE project_id = $1 AND id = $2 AND NOT is_default")
                .bind(project.0)
                .bind(id.0)
                .execute(&mut *transaction)
                .await?;
            if done.rows_affected() > 0 {
                return Ok(AgentDeletion::Deleted);
            }
            let left = sqlx::query("SELECT id FROM agents WHERE project_id = $1 AND id = $2")
                .bind(project.0)
                .bind(id.0)
                .fetch_optional(&mut *transaction)
                .await?;
            Ok(if left.is_some() { AgentDeletion::IsDefault } else { AgentDeletion::Missing })
        })
    }
}

pub(crate) fn read_agent<R: Columns>(fields: &mut Fields<'_, R>) -> Result<Agent, Fault> {
    Ok(Agent {
        id: fields.id()?,
        project: fields.id()?,
        name: fields.text()?,
        identifier: fields.text()?,
        parent: fields.maybe_id()?,
        is_default: fields.flag()?,
        secret_mode: fields.word(SecretMode::read)?,
        suspended_at: fields.maybe_time()?,
        token_hash: fields.hash()?,
        token_version: fields.small()?,
        created_at: fields.time()?,
        last_seen_at: fields.maybe_time()?,
        request_count: fields.small()?,
    })
}

/// Determines which unique column of an agent is taken.
pub(crate) fn agent_taken(error: sqlx::Error) -> Fault {
    let what = if concerns(&error, "identifier") {
        "identifier"
    } else if concerns(&error, "token_hash") {
        "token"
    } else if concerns(&error, "agents_default") || concerns(&error, "agents.project_id") {
        "place of the default agent"
    } else {
        "id"
    };
    taken(what)(error)
}
