//! All that the hot path reads, in one consistent snapshot.

use std::time::Duration;

use futures_util::{FutureExt, TryStreamExt};
use onecli_domain::agent::Agent;
use onecli_domain::approval::ApprovalGrant;
use onecli_domain::id::{AgentId, ProjectId, SecretId};
use onecli_domain::project::Project;
use onecli_domain::rule::Rule;
use onecli_domain::sealed::Sealed;
use onecli_domain::secret::Secret;

use crate::agents::{agent_columns, read_agent};
use crate::approval_grants::{grant_columns, read_grant};
use crate::error::{Error, Fault};
use crate::pool::snapshot_with;
use crate::projects::{project_columns, read_project};
use crate::rows::{Columns, Fields};
use crate::rules::{read_rule, rule_columns};
use crate::secrets::{read_secret, secret_columns};
use crate::store::Store;

/// Reads everything in a project, in a transaction of either engine.
///
/// Rows are decoded as they arrive, while the driver's thread reads the next ones.
macro_rules! load_rows {
    ($connection:ident, $project:expr) => {{
        let project: Project = $project;
        let id = project.id.0;
        let agents = collect!(
            $connection,
            id,
            concat!("SELECT ", agent_columns!(), " FROM agents WHERE project_id = $1 ORDER BY id"),
            |row| read_agent(&mut Fields::of(&row))
        );
        let grants = collect!(
            $connection,
            id,
            "SELECT agent_id, secret_id FROM agent_secrets WHERE project_id = $1",
            |row| {
                let mut fields = Fields::of(&row);
                Ok::<_, Fault>((fields.id()?, fields.id()?))
            }
        );
        let secrets = collect!(
            $connection,
            id,
            concat!(
                "SELECT ",
                secret_columns!(),
                ", value_key_version, value_wrapped_key, value_body,
                   previous_key_version, previous_wrapped_key, previous_body, previous_version
                 FROM secrets WHERE project_id = $1 ORDER BY id"
            ),
            |row| read_stored_secret(&row)
        );
        let rules = collect!(
            $connection,
            id,
            concat!("SELECT ", rule_columns!(), " FROM rules WHERE project_id = $1 ORDER BY id"),
            |row| read_rule(&mut Fields::of(&row))
        );
        let approval_grants = collect!(
            $connection,
            id,
            concat!("SELECT ", grant_columns!(), " FROM approval_grants WHERE project_id = $1 ORDER BY id"),
            |row| read_grant(&mut Fields::of(&row))
        );
        ProjectRows { project, agents, grants, secrets, rules, approval_grants }
    }};
}

macro_rules! collect {
    ($connection:ident, $project:expr, $sql:expr, |$row:ident| $read:expr) => {{
        let mut stream = sqlx::query($sql).bind($project).fetch(&mut *$connection);
        let mut all = Vec::new();
        loop {
            // Waking up per row costs more than reading it: after many rows, let the driver read ahead.
            let next = match stream.try_next().now_or_never() {
                Some(next) => next?,
                None if all.len() < MANY => stream.try_next().await?,
                None => {
                    tokio::time::sleep(AHEAD).await;
                    continue;
                }
            };
            let Some($row) = next else { break };
            all.push($read?);
        }
        all
    }};
}

/// A project with everything in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectRows {
    /// The project.
    pub project: Project,
    /// Its agents, oldest first.
    pub agents: Vec<Agent>,
    /// Which secrets were given to which agents, whatever the agents' modes.
    pub grants: Vec<(AgentId, SecretId)>,
    /// Its secrets with their values, oldest first.
    pub secrets: Vec<StoredSecret>,
    /// Its rules, oldest first.
    pub rules: Vec<Rule>,
    /// Approval grants, oldest first, including used-up ones.
    pub approval_grants: Vec<ApprovalGrant>,
}

/// A secret with its sealed values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSecret {
    /// Its metadata.
    pub secret: Secret,
    /// The value with version `secret.value_version`.
    pub sealed: Sealed,
    /// The previous value and its version, a fallback until `secret.grace_until`.
    pub previous: Option<(Sealed, u32)>,
}

impl Store {
    /// The data read by the hot path.
    pub fn snapshot(&self) -> Snapshot<'_> {
        Snapshot { store: self }
    }
}

/// Access to the data read by the hot path.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<'a> {
    store: &'a Store,
}

impl Snapshot<'_> {
    /// One project.
    pub async fn load(self, project: ProjectId) -> Result<Option<ProjectRows>, Error> {
        snapshot_with!(self.store, |connection| {
            let row = sqlx::query(concat!("SELECT ", project_columns!(), " FROM projects WHERE id = $1"))
                .bind(project.0)
                .fetch_optional(&mut *connection)
                .await?;
            let Some(row) = row else { return Ok(None) };
            let project = read_project(&mut Fields::of(&row))?;
            Ok(Some(load_rows!(connection, project)))
        })
    }

    /// Every project, oldest first.
    pub async fn load_all(self) -> Result<Vec<ProjectRows>, Error> {
        snapshot_with!(self.store, |connection| {
            let rows = sqlx::query(concat!("SELECT ", project_columns!(), " FROM projects ORDER BY id"))
                .fetch_all(&mut *connection)
                .await?;
            let mut projects = Vec::with_capacity(rows.len());
            for row in &rows {
                let project = read_project(&mut Fields::of(row))?;
                projects.push(load_rows!(connection, project));
            }
            Ok(projects)
        })
    }
}

fn read_stored_secret<R: Columns>(row: &R) -> Result<StoredSecret, Fault> {
    let mut fields = Fields::of(row);
    let secret = read_secret(&mut fields)?;
    let sealed = fields.sealed()?;
    let previous = fields.maybe_sealed()?.zip(fields.maybe_small()?);
    Ok(StoredSecret { secret, sealed, previous })
}

const MANY: usize = 200;
const AHEAD: Duration = Duration::from_millis(1);
