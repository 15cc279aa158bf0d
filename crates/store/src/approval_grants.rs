//! Grants that came with approvals: requests of one kind that pass without another question.

use onecli_domain::approval::{ApprovalGrant, GrantPaths};
use onecli_domain::id::{GrantId, ProjectId};
use onecli_domain::time::Timestamp;

use crate::error::{Error, Fault};
use crate::notify::Change;
use crate::pool::{change_with, read_with, write_with};
use crate::rows::{Columns, Fields};
use crate::store::Store;

/// A grant's columns, in the order of `read_grant`.
macro_rules! grant_columns {
    () => {
        "id, project_id, agent_id, approval_id, method, origin, path, path_pattern, rule_ids, requests_left, \
         expires_at, created_at, created_by"
    };
}
pub(crate) use grant_columns;

impl Store {
    /// Grants that came with approvals.
    pub fn approval_grants(&self) -> ApprovalGrants<'_> {
        ApprovalGrants { store: self }
    }
}

/// The grants of a store.
#[derive(Clone, Copy, Debug)]
pub struct ApprovalGrants<'a> {
    store: &'a Store,
}

impl ApprovalGrants<'_> {
    /// Those of a project of which something is left, oldest first.
    pub async fn list(self, project: ProjectId, now: Timestamp) -> Result<Vec<ApprovalGrant>, Error> {
        read_with!(self.store, |connection| {
            let rows = sqlx::query(concat!(
                "SELECT ",
                grant_columns!(),
                " FROM approval_grants WHERE project_id = $1 AND (expires_at IS NULL OR expires_at > $2)
                  AND (requests_left IS NULL OR requests_left > 0) ORDER BY id"
            ))
            .bind(project.0)
            .bind(now.micros())
            .fetch_all(&mut *connection)
            .await?;
            rows.iter().map(|row| read_grant(&mut Fields::of(row))).collect()
        })
    }

    /// Uses up one request of a grant. False if none is left, its time is over, or it was revoked.
    pub async fn use_one(self, id: GrantId, now: Timestamp) -> Result<bool, Error> {
        write_with!(self.store, |transaction| {
            let done = sqlx::query(
                "UPDATE approval_grants SET requests_left = requests_left - 1
                 WHERE id = $1 AND (expires_at IS NULL OR expires_at > $2)
                   AND (requests_left IS NULL OR requests_left > 0)",
            )
            .bind(id.0)
            .bind(now.micros())
            .execute(&mut *transaction)
            .await?;
            Ok(done.rows_affected() > 0)
        })
    }

    /// Takes a grant back. False if there is none.
    pub async fn delete(self, project: ProjectId, id: GrantId) -> Result<bool, Error> {
        change_with!(self.store, Change::Project(project), |transaction| {
            let done = sqlx::query("DELETE FROM approval_grants WHERE project_id = $1 AND id = $2")
                .bind(project.0)
                .bind(id.0)
                .execute(&mut *transaction)
                .await?;
            Ok(done.rows_affected() > 0)
        })
    }

    /// Removes those whose time was over before a moment, and those given before it of which no request is left. Until
    /// then they stay, for requests that they let pass and that are still under way.
    pub async fn delete_spent(self, before: Timestamp) -> Result<(), Error> {
        write_with!(self.store, |transaction| {
            sqlx::query(
                "DELETE FROM approval_grants
                 WHERE expires_at <= $1 OR (requests_left <= 0 AND created_at <= $1)",
            )
            .bind(before.micros())
            .execute(&mut *transaction)
            .await?;
            Ok(())
        })
    }
}

pub(crate) fn read_grant<R: Columns>(fields: &mut Fields<'_, R>) -> Result<ApprovalGrant, Fault> {
    let (id, project, agent, approval) = (fields.id()?, fields.id()?, fields.id()?, fields.id()?);
    let (method, origin) = (fields.text()?, fields.text()?);
    let paths = match (fields.maybe_text()?, fields.maybe_text()?) {
        (Some(path), None) => GrantPaths::Exactly(path),
        (None, Some(pattern)) => GrantPaths::Pattern(pattern),
        _ => return Err(Fault::Unreadable("a grant has neither one path nor one pattern".into())),
    };
    Ok(ApprovalGrant {
        id,
        project,
        agent,
        approval,
        method,
        origin,
        paths,
        rules: fields.json()?,
        requests_left: fields.maybe_small()?,
        expires_at: fields.maybe_time()?,
        created_at: fields.time()?,
        created_by: fields.text()?,
    })
}
