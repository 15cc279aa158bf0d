//! Removal of activity: what is too old, and the oldest where all of it takes too much room.

use onecli_domain::time::Timestamp;
use uuid::Uuid;

use crate::activity::ActivityRecords;
use crate::error::{Error, Fault};
use crate::pool::{Pools, read_with, write_with};
use crate::rows::Fields;

/// The size of a record. Those from before it was stored are estimated as in the migration that summed them up.
macro_rules! size {
    () => {
        "COALESCE(size, 1024 + LENGTH(path) + LENGTH(host) + LENGTH(method))"
    };
}

impl ActivityRecords<'_> {
    /// Estimated bytes of all records of all projects.
    pub async fn bytes(self) -> Result<u64, Error> {
        read_with!(self.store, |connection| {
            let rows = sqlx::query("SELECT bytes FROM activity_sizes").fetch_all(&mut *connection).await?;
            let sizes = rows.iter().map(|row| Fields::of(row).int());
            Ok(total(&sizes.collect::<Result<Vec<_>, _>>()?))
        })
    }

    /// Deletes records from before a moment, of each project the oldest `limit` at most; says how many. None
    /// means that there are no more.
    pub async fn delete_before(self, moment: Timestamp, limit: u32) -> Result<u64, Error> {
        write_with!(self.store, |transaction| {
            let projects =
                sqlx::query("SELECT id FROM projects ORDER BY id").fetch_all(&mut *transaction).await?;
            let mut deleted = 0;
            for project in &projects {
                let project: Uuid = Fields::of(project).id()?;
                // The oldest by id alone are looked at, so that this needs no index by time.
                let gone = sqlx::query(concat!(
                    "DELETE FROM activity WHERE project_id = $1 AND at < $2 AND id IN
                         (SELECT id FROM activity WHERE project_id = $1 ORDER BY id LIMIT $3)
                     RETURNING ",
                    size!()
                ))
                .bind(project)
                .bind(moment.micros())
                .bind(i64::from(limit))
                .fetch_all(&mut *transaction)
                .await?;
                let sizes = gone.iter().map(|row| Fields::of(row).int()).collect::<Result<Vec<_>, _>>()?;
                if !sizes.is_empty() {
                    let bytes = sizes.iter().sum::<i64>();
                    sqlx::query(SUBTRACT_SIZE).bind(project).bind(bytes).execute(&mut *transaction).await?;
                }
                deleted += sizes.len() as u64;
            }
            Ok(deleted)
        })
    }

    /// Where all records together take more than `most` bytes, deletes the oldest of the project with the most, `limit` of
    /// them at most and no more than needed. Says how many bytes are left: while that is more than `most`, there is more
    /// to delete.
    ///
    /// Of the project with the most, so that an agent can't remove other projects' records by making many of its own.
    pub async fn trim(self, most: u64, limit: u32) -> Result<u64, Error> {
        write_with!(self.store, |transaction| {
            let rows =
                sqlx::query("SELECT project_id, bytes FROM activity_sizes ORDER BY bytes DESC, project_id")
                    .fetch_all(&mut *transaction)
                    .await?;
            let sizes = rows.iter().map(|row| {
                let mut fields = Fields::of(row);
                Ok((fields.id::<Uuid>()?, fields.int()?))
            });
            let sizes = sizes.collect::<Result<Vec<_>, Fault>>()?;
            let all = total(&sizes.iter().map(|(_, bytes)| *bytes).collect::<Vec<_>>());
            let Some((project, own)) = sizes.first().copied().filter(|_| all > most) else { return Ok(all) };
            // Holds the row: another gateway's trim of the same project waits, and then finds less to do.
            sqlx::query("UPDATE activity_sizes SET bytes = bytes WHERE project_id = $1")
                .bind(project)
                .execute(&mut *transaction)
                .await?;
            let oldest = sqlx::query(concat!(
                "SELECT id, ",
                size!(),
                " FROM activity WHERE project_id = $1 ORDER BY id LIMIT $2"
            ))
            .bind(project)
            .bind(i64::from(limit))
            .fetch_all(&mut *transaction)
            .await?;
            let mut last = None;
            let mut freed = 0;
            for row in &oldest {
                if all.saturating_sub(freed) <= most {
                    break;
                }
                let mut fields = Fields::of(row);
                last = Some(fields.id::<Uuid>()?);
                freed += fields.small::<u64>()?;
            }
            let Some(last) = last else {
                // A size without records: nothing is there that could be deleted.
                sqlx::query("UPDATE activity_sizes SET bytes = 0 WHERE project_id = $1")
                    .bind(project)
                    .execute(&mut *transaction)
                    .await?;
                return Ok(all.saturating_sub(total(&[own])));
            };
            sqlx::query("DELETE FROM activity WHERE project_id = $1 AND id <= $2")
                .bind(project)
                .bind(last)
                .execute(&mut *transaction)
                .await?;
            let bytes = i64::try_from(freed).unwrap_or(i64::MAX);
            sqlx::query(SUBTRACT_SIZE).bind(project).bind(bytes).execute(&mut *transaction).await?;
            Ok(all.saturating_sub(freed))
        })
    }

    /// Lets the space of deleted records be used again. `SQLite` does so by itself; `PostgreSQL` would only now and then,
    /// while a busy gateway's records made the table grow.
    pub async fn reuse_space(self) -> Result<(), Error> {
        let Pools::Postgres(pool) = self.store.pools() else { return Ok(()) };
        // Another gateway that does it already does it for all.
        let done = sqlx::query("VACUUM (SKIP_LOCKED, TRUNCATE FALSE) activity").execute(pool).await;
        done.map(|_| ()).map_err(|error| Fault::from(error).at(self.store.place()))
    }
}

fn total(sizes: &[i64]) -> u64 {
    sizes.iter().map(|bytes| u64::try_from(*bytes).unwrap_or_default()).sum()
}

const SUBTRACT_SIZE: &str =
    "UPDATE activity_sizes SET bytes = CASE WHEN bytes > $2 THEN bytes - $2 ELSE 0 END
     WHERE project_id = $1";
