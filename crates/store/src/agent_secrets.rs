//! Which secrets each agent was given.

use std::collections::HashSet;

use onecli_domain::id::{AgentId, ProjectId, SecretId};

use crate::agents::Agents;
use crate::error::{Error, Fault};
use crate::notify::Change;
use crate::pool::{change_with, read_with};
use crate::rows::Fields;

impl Agents<'_> {
    /// The secrets given to the agent, whatever its mode, oldest first.
    pub async fn secrets_of(self, project: ProjectId, id: AgentId) -> Result<Vec<SecretId>, Error> {
        read_with!(self.store, |connection| {
            let rows = sqlx::query(
                "SELECT secret_id FROM agent_secrets WHERE project_id = $1 AND agent_id = $2 ORDER BY secret_id",
            )
            .bind(project.0)
            .bind(id.0)
            .fetch_all(&mut *connection)
            .await?;
            rows.iter().map(|row| Fields::of(row).id()).collect()
        })
    }

    /// Gives the agent exactly these secrets, in one transaction.
    ///
    /// [`Error::UnknownSecret`] names the first that isn't in the project, [`Error::UnknownAgent`] the agent.
    pub async fn replace_secrets_of(
        self,
        project: ProjectId,
        id: AgentId,
        secrets: &[SecretId],
    ) -> Result<(), Error> {
        change_with!(self.store, Change::Project(project), |transaction| {
            // Also locks out concurrent replacements for the same agent.
            let found = sqlx::query("UPDATE agents SET name = name WHERE project_id = $1 AND id = $2")
                .bind(project.0)
                .bind(id.0)
                .execute(&mut *transaction)
                .await?;
            if found.rows_affected() == 0 {
                return Err(Fault::Known(Error::UnknownAgent(id)));
            }
            sqlx::query("DELETE FROM agent_secrets WHERE project_id = $1 AND agent_id = $2")
                .bind(project.0)
                .bind(id.0)
                .execute(&mut *transaction)
                .await?;
            let mut given = HashSet::with_capacity(secrets.len());
            for secret in secrets.iter().filter(|secret| given.insert(**secret)) {
                let done = sqlx::query(
                    "INSERT INTO agent_secrets (project_id, agent_id, secret_id)
                     SELECT project_id, $2, id FROM secrets WHERE project_id = $1 AND id = $3",
                )
                .bind(project.0)
                .bind(id.0)
                .bind(secret.0)
                .execute(&mut *transaction)
                .await?;
                if done.rows_affected() == 0 {
                    return Err(Fault::Known(Error::UnknownSecret(*secret)));
                }
            }
            Ok(())
        })
    }
}
