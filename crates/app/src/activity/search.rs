//! Activity: searching the records of agents' requests.

use std::sync::Arc;

use onecli_domain::activity::{Activity, ActivityFilter};
use onecli_domain::id::{ActivityId, ProjectId, RuleId, SecretId};
use onecli_domain::rule::Action;
use onecli_domain::time::Timestamp;
pub use onecli_store::activity::Counts;
pub use onecli_store::stats::Bucket;
use tokio::sync::broadcast;

use crate::app::App;
use crate::error::Error;

/// A record with the names of its rules and secrets.
#[derive(Clone, Debug)]
pub struct ActivityDetail {
    /// The record.
    pub activity: Activity,
    /// The rules behind the verdict, with their current name and action; `None` if deleted.
    pub rules: Vec<(RuleId, Option<(String, Action)>)>,
    /// The secrets injected into the request, with their current name; `None` if deleted.
    pub secrets: Vec<(SecretId, Option<String>)>,
}

impl App {
    /// Records that match a filter, newest first; with `before`, the page after that record.
    pub async fn list_activity(
        &self,
        project: ProjectId,
        filter: &ActivityFilter,
        limit: u32,
        before: Option<ActivityId>,
    ) -> Result<Vec<Activity>, Error> {
        // Include requests that have just finished.
        self.recorder().flush().await;
        Ok(self.store().activity().list(project, filter, limit, before).await?)
    }

    /// A record.
    pub async fn read_activity(&self, project: ProjectId, id: ActivityId) -> Result<Activity, Error> {
        self.recorder().flush().await;
        self.store().activity().fetch(project, id).await?.ok_or(Error::NotFound("activity record"))
    }

    /// A record with the names of its rules and secrets.
    pub async fn activity_detail(&self, project: ProjectId, id: ActivityId) -> Result<ActivityDetail, Error> {
        let activity = self.read_activity(project, id).await?;
        let mut rules = Vec::with_capacity(activity.rules.len());
        for id in &activity.rules {
            let rule = self.store().rules().fetch(project, *id).await?;
            rules.push((*id, rule.map(|rule| (rule.name, rule.action))));
        }
        let mut secrets = Vec::with_capacity(activity.secrets.len());
        for id in &activity.secrets {
            secrets.push((*id, self.store().secrets().fetch(project, *id).await?.map(|secret| secret.name)));
        }
        Ok(ActivityDetail { activity, rules, secrets })
    }

    /// Records after a given one, oldest first, for a client that reconnects to the stream.
    pub async fn activity_after(
        &self,
        project: ProjectId,
        after: ActivityId,
        limit: u32,
    ) -> Result<Vec<Activity>, Error> {
        Ok(self.store().activity().list_after(project, after, limit).await?)
    }

    /// Requests over time, in buckets of `seconds` seconds, oldest first, including empty ones.
    pub async fn stats(
        &self,
        project: ProjectId,
        from: Timestamp,
        to: Timestamp,
        seconds: i64,
    ) -> Result<Vec<Bucket>, Error> {
        let width = seconds.saturating_mul(1_000_000).max(1);
        let first = from.micros().div_euclid(width);
        let count = to.micros().saturating_sub(1).div_euclid(width).saturating_sub(first).saturating_add(1);
        if to <= from {
            return Err(Error::invalid("to", "\"to\" must be later than \"from\""));
        }
        if count > MOST_BUCKETS {
            let message = format!(
                "that is more than {MOST_BUCKETS} buckets; request a shorter time span or larger buckets"
            );
            return Err(Error::invalid("bucket", message));
        }
        let mut found =
            self.store().activity().buckets(project, from, to, width).await?.into_iter().peekable();
        let all = (0..count).map(|at| {
            let at = Timestamp((first + at).saturating_mul(width));
            found.next_if(|bucket| bucket.at == at).unwrap_or(Bucket { at, ..Bucket::default() })
        });
        Ok(all.collect())
    }

    /// The number of resources of each kind in a project.
    pub async fn counts(&self, project: ProjectId) -> Result<Counts, Error> {
        Ok(self.store().activity().counts(project, self.now()).await?)
    }

    /// Records of all projects, as they are written.
    pub fn follow_activity(&self) -> broadcast::Receiver<Arc<Activity>> {
        self.recorder().subscribe()
    }
}

const MOST_BUCKETS: i64 = 5_000;
