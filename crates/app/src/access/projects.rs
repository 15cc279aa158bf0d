//! Projects: list and rename them, and set what happens to requests that match no rule.

use onecli_domain::id::ProjectId;
use onecli_domain::project::{PolicyMode, Project};

use crate::access::users::Person;
use crate::app::App;
use crate::audit::change::{self, AuditedChange};
use crate::audit::view;
use crate::error::Error;
use crate::validate;

impl App {
    /// A person's projects, oldest first. The owner has all.
    pub async fn list_projects(&self, _person: &Person) -> Result<Vec<Project>, Error> {
        Ok(self.store().projects().list().await?)
    }

    /// One of a person's projects.
    pub async fn project(&self, _person: &Person, id: ProjectId) -> Result<Project, Error> {
        self.store().projects().fetch(id).await?.ok_or(Error::NotFound("project"))
    }

    /// Renames a project.
    pub async fn rename_project(&self, person: &Person, id: ProjectId, name: &str) -> Result<Project, Error> {
        let mut project = self.project(person, id).await?;
        let audit = audited_change("project.update", &project).before(view::project(&project));
        project.name = validate::name("name", name)?;
        self.audited(audit.after(view::project(&project))).projects().update(&project).await?;
        self.live().refresh(id).await?;
        Ok(project)
    }

    /// Sets what happens to requests that match no rule.
    pub async fn set_policy_mode(
        &self,
        person: &Person,
        id: ProjectId,
        mode: PolicyMode,
    ) -> Result<(), Error> {
        let mut project = self.project(person, id).await?;
        let audit = audited_change("project.set_policy_mode", &project).before(view::project(&project));
        project.policy_mode = mode;
        self.audited(audit.after(view::project(&project))).projects().set_policy_mode(id, mode).await?;
        self.live().refresh(id).await
    }
}

fn audited_change(action: &'static str, project: &Project) -> AuditedChange {
    AuditedChange::new(project.id, action, change::target("project", project.id, &project.name))
}
