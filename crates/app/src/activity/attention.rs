//! What needs a person: holds that wait, keys that fail, alarms, and agents that are refused again and again.

use onecli_domain::activity::{Activity, ActivityFilter};
use onecli_domain::id::{AgentId, ProjectId};
use onecli_domain::secret::Secret;
use onecli_domain::time::Timestamp;
pub use onecli_store::stats::Share;

use crate::app::App;
use crate::error::Error;

/// What needs a person in a project.
#[derive(Clone, Debug)]
pub struct Attention {
    /// How many held requests wait for a decision.
    pub waiting: usize,
    /// When the first of them expires.
    pub first_expiry: Option<Timestamp>,
    /// Secrets whose last use was answered 401.
    pub failing: Vec<Secret>,
    /// How many requests of the last 7 days raised an alarm.
    pub alarms: u64,
    /// The newest of them.
    pub newest_alarm: Option<Activity>,
    /// Agents of whose requests of the last 24 hours at least 10, and at least a quarter, were refused.
    pub refused: Vec<Share<AgentId>>,
}

impl App {
    /// Says what needs a person in a project.
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
/// From how many refused requests on an agent is shown.
const MANY: u32 = 10;
const MOST: u32 = 5;
