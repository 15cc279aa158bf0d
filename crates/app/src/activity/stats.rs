//! Statistics: which agents, hosts and secrets have the most requests.

use std::collections::HashMap;

use onecli_domain::id::{AgentId, ProjectId, SecretId};
use onecli_domain::time::Timestamp;
pub use onecli_store::stats::Share;

use crate::app::App;
use crate::error::Error;

/// The agents, hosts and secrets with the most requests.
#[derive(Clone, Debug)]
pub struct Busiest {
    /// Agents.
    pub agents: Vec<Share<AgentId>>,
    /// Hosts.
    pub hosts: Vec<Share<()>>,
    /// Secrets that are still there, with their names.
    pub secrets: Vec<(SecretId, String, u64)>,
}

impl App {
    /// The agents, hosts and secrets with the most requests between two times (the second excluded).
    pub async fn busiest(
        &self,
        project: ProjectId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Busiest, Error> {
        let activity = self.store().activity();
        // Each query scans all records of the time span, so run them concurrently.
        let (agents, hosts, used_together) = tokio::try_join!(
            activity.busiest_agents(project, from, to, MOST),
            activity.busiest_hosts(project, from, to, MOST),
            activity.secrets_used(project, from, to),
        )?;
        let mut used: HashMap<SecretId, u64> = HashMap::new();
        for (secrets, requests) in used_together {
            for secret in secrets {
                *used.entry(secret).or_default() += requests;
            }
        }
        let mut secrets: Vec<_> = self
            .list_secrets(project)
            .await?
            .into_iter()
            .filter_map(|secret| used.get(&secret.id).map(|requests| (secret.id, secret.name, *requests)))
            .collect();
        secrets.sort_by(|one, other| other.2.cmp(&one.2).then(one.0.cmp(&other.0)));
        secrets.truncate(MOST as usize);
        Ok(Busiest { agents, hosts, secrets })
    }
}

const MOST: u32 = 8;
