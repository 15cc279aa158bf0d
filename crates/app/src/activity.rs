//! Activity: agents' requests, as people look at them.

use std::sync::Arc;

use onecli_domain::activity::{Activity, ActivityFilter};
use onecli_domain::id::{ActivityId, ProjectId};
pub use onecli_store::activity::Counts;
use tokio::sync::broadcast;

use crate::app::App;
use crate::error::Error;

impl App {
    /// Records that fit a filter, the newest first; `before` goes on after the last of a page.
    pub async fn list_activity(
        &self,
        project: ProjectId,
        filter: &ActivityFilter,
        limit: u32,
        before: Option<ActivityId>,
    ) -> Result<Vec<Activity>, Error> {
        Ok(self.store().activity().list(project, filter, limit, before).await?)
    }

    /// A record.
    pub async fn read_activity(&self, project: ProjectId, id: ActivityId) -> Result<Activity, Error> {
        self.store().activity().fetch(project, id).await?.ok_or(Error::NotFound("activity record"))
    }

    /// How many things of each kind a project has.
    pub async fn counts(&self, project: ProjectId) -> Result<Counts, Error> {
        Ok(self.store().activity().counts(project).await?)
    }

    /// Records of all projects as they are written from now on.
    pub fn follow_activity(&self) -> broadcast::Receiver<Arc<Activity>> {
        self.recorder().subscribe()
    }
}
