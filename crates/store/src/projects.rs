//! Projects and their policy mode.

use onecli_domain::id::ProjectId;
use onecli_domain::project::{PolicyMode, Project};

use crate::error::{Error, Fault};
use crate::notify::Change;
use crate::pool::{change_with, read_with};
use crate::rows::{Columns, Fields};
use crate::store::Store;

/// A project's columns, in the order of `read_project`.
macro_rules! project_columns {
    () => {
        "id, name, policy_mode, created_at"
    };
}
pub(crate) use project_columns;

impl Store {
    /// Projects.
    pub fn projects(&self) -> Projects<'_> {
        Projects { store: self }
    }
}

/// Access to projects.
#[derive(Clone, Copy, Debug)]
pub struct Projects<'a> {
    store: &'a Store,
}

impl Projects<'_> {
    /// Adds a project.
    pub async fn insert(self, project: &Project) -> Result<(), Error> {
        change_with!(self.store, Change::Project(project.id), |transaction| {
            sqlx::query("INSERT INTO projects (id, name, policy_mode, created_at) VALUES ($1, $2, $3, $4)")
                .bind(project.id.0)
                .bind(&project.name)
                .bind(project.policy_mode.as_str())
                .bind(project.created_at.micros())
                .execute(&mut *transaction)
                .await?;
            Ok(())
        })
    }

    /// One project.
    pub async fn fetch(self, id: ProjectId) -> Result<Option<Project>, Error> {
        read_with!(self.store, |connection| {
            let row = sqlx::query(concat!("SELECT ", project_columns!(), " FROM projects WHERE id = $1"))
                .bind(id.0)
                .fetch_optional(&mut *connection)
                .await?;
            row.map(|row| read_project(&mut Fields::of(&row))).transpose()
        })
    }

    /// All projects, oldest first.
    pub async fn list(self) -> Result<Vec<Project>, Error> {
        read_with!(self.store, |connection| {
            let rows = sqlx::query(concat!("SELECT ", project_columns!(), " FROM projects ORDER BY id"))
                .fetch_all(&mut *connection)
                .await?;
            rows.iter().map(|row| read_project(&mut Fields::of(row))).collect()
        })
    }

    /// Sets name and policy mode. False if there is no such project.
    pub async fn update(self, project: &Project) -> Result<bool, Error> {
        change_with!(self.store, Change::Project(project.id), |transaction| {
            let done = sqlx::query("UPDATE projects SET name = $2, policy_mode = $3 WHERE id = $1")
                .bind(project.id.0)
                .bind(&project.name)
                .bind(project.policy_mode.as_str())
                .execute(&mut *transaction)
                .await?;
            Ok(done.rows_affected() > 0)
        })
    }

    /// What happens to requests that match no rule. `None` if there is no such project.
    pub async fn policy_mode(self, id: ProjectId) -> Result<Option<PolicyMode>, Error> {
        Ok(self.fetch(id).await?.map(|project| project.policy_mode))
    }

    /// Sets only the policy mode. False if there is no such project.
    pub async fn set_policy_mode(self, id: ProjectId, mode: PolicyMode) -> Result<bool, Error> {
        change_with!(self.store, Change::Project(id), |transaction| {
            let done = sqlx::query("UPDATE projects SET policy_mode = $2 WHERE id = $1")
                .bind(id.0)
                .bind(mode.as_str())
                .execute(&mut *transaction)
                .await?;
            Ok(done.rows_affected() > 0)
        })
    }

    /// Deletes a project with all its data, including activity. False if there is none.
    /// [`Error::InUse`] while it is someone's default project.
    pub async fn delete(self, id: ProjectId) -> Result<bool, Error> {
        change_with!(self.store, Change::Project(id), |transaction| {
            let done = sqlx::query("DELETE FROM projects WHERE id = $1")
                .bind(id.0)
                .execute(&mut *transaction)
                .await
                .map_err(in_use)?;
            for table in [
                "DELETE FROM activity WHERE project_id = $1",
                "DELETE FROM activity_sizes WHERE project_id = $1",
            ] {
                sqlx::query(table).bind(id.0).execute(&mut *transaction).await?;
            }
            Ok(done.rows_affected() > 0)
        })
    }
}

pub(crate) fn read_project<R: Columns>(fields: &mut Fields<'_, R>) -> Result<Project, Fault> {
    Ok(Project {
        id: fields.id()?,
        name: fields.text()?,
        policy_mode: fields.word(PolicyMode::read)?,
        created_at: fields.time()?,
    })
}

fn in_use(error: sqlx::Error) -> Fault {
    match error.as_database_error() {
        Some(database) if database.is_foreign_key_violation() => {
            Fault::Known(Error::InUse { by: "it is a person's default project" })
        }
        Some(_) | None => Fault::Sql(error),
    }
}
