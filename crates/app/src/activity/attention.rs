//! What needs a person's attention: waiting holds, failing secrets, alarms, and agents with many refused requests.

use onecli_domain::activity::{Activity, ActivityFilter};
use onecli_domain::id::{AgentId, ProjectId};
use onecli_domain::secret::Secret;
use onecli_domain::time::Timestamp;
pub use onecli_store::stats::Share;

use crate::app::App;
use crate::error::Error;

/// What needs attention in a project.
#[derive(Clone, Debug)]
pub struct Attention {
    /// How many held requests wait for a decision.
    pub waiting: usize,
    /// When the first of them expires.
    pub first_expiry: Option<Timestamp>,
    /// Secrets whose last use got a 401 response.
    pub failing: Vec<Secret>,
    /// How many requests raised an alarm within the last 7 days.
    pub alarms: u64,
    /// The newest of them.
    pub newest_alarm: Option<Activity>,
    /// Agents with at least 10, and at least a quarter, of their requests refused within the last 24 hours.
    pub refused: Vec<Share<AgentId>>,
}

impl App {
    /// What needs attention in a project.
    pub async fn attention(&self, project: ProjectId) -> Result<Attention, Error> {
        self.recorder().flush().await;
        let now = self.now();
        let open = self.store().approvals().list_open(project, now).await?;
        let failing =
            self.list_secrets(project).await?.into_iter().filter(|secret| secret.usage.health() == "failing");
        let activity = self.store().activity();
        let last_week = now.plus_seconds(-7 * DAY);
        let raised = ActivityFilter { alarm: Some(true), from: Some(last_week), ..ActivityFilter::default() };
        Ok(Attention {
            waiting: open.len(),
            first_expiry: open.iter().map(|(held, _)| held.expires_at).min(),
            failing: failing.collect(),
            alarms: activity.count_alarms(project, last_week).await?,
            newest_alarm: activity.list(project, &raised, 1, None).await?.pop(),
            refused: activity.refused_agents(project, now.plus_seconds(-DAY), MANY, MOST).await?,
        })
    }
}

const DAY: i64 = 86_400;
/// An agent with fewer refused requests is not listed.
const MANY: u32 = 10;
const MOST: u32 = 5;
