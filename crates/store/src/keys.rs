//! Key-encryption keys, and re-wrapping of data keys wrapped with older ones.

use onecli_domain::sealed::{Sealed, WrappedKey};
use uuid::Uuid;

use crate::error::{Error, Fault, taken};
use crate::notify::Change;
use crate::pool::{change_with, read_with, write_with};
use crate::rows::{Columns, Fields};
use crate::store::Store;

/// The columns that hold sealed values, in the order in which they are re-wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SealedColumn {
    /// A secret's value.
    SecretValue,
    /// The previous value, kept for a grace period. It keeps its associated data: the value's column and its version.
    SecretPrevious,
    /// An agent's token.
    AgentToken,
    /// A setting of the installation; its project is nil.
    Setting,
    /// Details of a held request: its URL, headers and the beginning of its body.
    ApprovalDetails,
}

impl SealedColumn {
    /// The column's name in the associated data.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SecretValue | Self::SecretPrevious => "secrets.value",
            Self::AgentToken => "agents.token",
            Self::Setting => "settings.value",
            Self::ApprovalDetails => "approvals.details",
        }
    }

    /// All of them, in order.
    pub const ALL: [Self; 5] =
        [Self::SecretValue, Self::SecretPrevious, Self::AgentToken, Self::Setting, Self::ApprovalDetails];

    /// Selects rows not wrapped with this key version, after an id: id, project, value version, sealed value.
    const fn others_sql(self) -> &'static str {
        match self {
            Self::SecretValue => {
                "SELECT id, project_id, value_version, value_key_version, value_wrapped_key, value_body
                 FROM secrets WHERE value_key_version <> $1 AND id > $2 ORDER BY id LIMIT $3"
            }
            Self::SecretPrevious => {
                "SELECT id, project_id, previous_version, previous_key_version, previous_wrapped_key, previous_body
                 FROM secrets WHERE previous_key_version <> $1 AND id > $2 ORDER BY id LIMIT $3"
            }
            Self::AgentToken => {
                "SELECT id, project_id, token_version, token_key_version, token_wrapped_key, token_body
                 FROM agents WHERE token_key_version <> $1 AND id > $2 ORDER BY id LIMIT $3"
            }
            Self::Setting => {
                "SELECT id, $4, value_version, value_key_version, value_wrapped_key, value_body
                 FROM sealed_settings WHERE value_key_version <> $1 AND id > $2 ORDER BY id LIMIT $3"
            }
            // Never replaced, so always version 1.
            Self::ApprovalDetails => {
                "SELECT id, project_id, CAST(1 AS BIGINT), details_key_version, details_wrapped_key, details_body
                 FROM approvals WHERE details_key_version <> $1 AND id > $2 ORDER BY id LIMIT $3"
            }
        }
    }

    /// Replaces a wrapped key unless it changed: new version, new key, id, old key.
    const fn swap_sql(self) -> &'static str {
        match self {
            Self::SecretValue => {
                "UPDATE secrets SET value_key_version = $1, value_wrapped_key = $2
                 WHERE id = $3 AND value_wrapped_key = $4"
            }
            Self::SecretPrevious => {
                "UPDATE secrets SET previous_key_version = $1, previous_wrapped_key = $2
                 WHERE id = $3 AND previous_wrapped_key = $4"
            }
            Self::AgentToken => {
                "UPDATE agents SET token_key_version = $1, token_wrapped_key = $2
                 WHERE id = $3 AND token_wrapped_key = $4"
            }
            Self::Setting => {
                "UPDATE sealed_settings SET value_key_version = $1, value_wrapped_key = $2
                 WHERE id = $3 AND value_wrapped_key = $4"
            }
            Self::ApprovalDetails => {
                "UPDATE approvals SET details_key_version = $1, details_wrapped_key = $2
                 WHERE id = $3 AND details_wrapped_key = $4"
            }
        }
    }
}

/// A sealed value with its associated data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedRow {
    /// The column.
    pub column: SealedColumn,
    /// The project; nil for a setting.
    pub project: Uuid,
    /// The record.
    pub record: Uuid,
    /// The number of values that this record has had.
    pub value_version: u32,
    /// The value.
    pub sealed: Sealed,
}

impl SealedRow {
    /// Its position in the order of re-wrapping.
    pub fn position(&self) -> (SealedColumn, Uuid) {
        (self.column, self.record)
    }
}

impl Store {
    /// Key-encryption keys.
    pub fn keys(&self) -> Keys<'_> {
        Keys { store: self }
    }
}

/// Access to key-encryption keys.
#[derive(Clone, Copy, Debug)]
pub struct Keys<'a> {
    store: &'a Store,
}

impl Keys<'_> {
    /// Adds a key. [`Error::Taken`] if another gateway added this version first.
    pub async fn insert(self, key: &WrappedKey) -> Result<(), Error> {
        change_with!(self.store, Change::Keys, |transaction| {
            sqlx::query("INSERT INTO encryption_keys (version, wrapped, created_at) VALUES ($1, $2, $3)")
                .bind(i64::from(key.version))
                .bind(key.wrapped.as_slice())
                .bind(key.created_at.micros())
                .execute(&mut *transaction)
                .await
                .map_err(taken("key version"))?;
            Ok(())
        })
    }

    /// All keys, the current one last.
    pub async fn list(self) -> Result<Vec<WrappedKey>, Error> {
        read_with!(self.store, |connection| {
            let rows =
                sqlx::query("SELECT version, wrapped, created_at FROM encryption_keys ORDER BY version")
                    .fetch_all(&mut *connection)
                    .await?;
            rows.iter()
                .map(|row| {
                    let mut fields = Fields::of(row);
                    Ok(WrappedKey {
                        version: fields.small()?,
                        wrapped: fields.bytes()?,
                        created_at: fields.time()?,
                    })
                })
                .collect()
        })
    }

    /// Sealed values whose data key is not wrapped with this key version, after a position, at most `limit`.
    /// Fewer than that means that there are no more.
    pub async fn sealed_under_other(
        self,
        version: u32,
        after: Option<(SealedColumn, Uuid)>,
        limit: u32,
    ) -> Result<Vec<SealedRow>, Error> {
        read_with!(self.store, |connection| {
            let mut found = Vec::new();
            for column in SealedColumn::ALL {
                let start = match after {
                    Some((done, _)) if column < done => continue,
                    Some((done, id)) if column == done => id,
                    Some(_) | None => Uuid::nil(),
                };
                let room = i64::from(limit) - found.len() as i64;
                if room <= 0 {
                    break;
                }
                let mut query =
                    sqlx::query(column.others_sql()).bind(i64::from(version)).bind(start).bind(room);
                if column == SealedColumn::Setting {
                    query = query.bind(Uuid::nil());
                }
                for row in query.fetch_all(&mut *connection).await? {
                    found.push(read_sealed_row(column, &mut Fields::of(&row))?);
                }
            }
            Ok(found)
        })
    }

    /// Replaces a wrapped data key. Does nothing and returns false if the value was replaced, re-wrapped or
    /// deleted since it was read.
    ///
    /// Doesn't notify other gateways: what they have read can still be opened.
    pub async fn replace_wrapped_key(
        self,
        row: &SealedRow,
        new_version: u32,
        new_wrapped: &[u8],
    ) -> Result<bool, Error> {
        Ok(self.replace_wrapped_keys(&[(row, new_wrapped.to_vec())], new_version).await? == 1)
    }

    /// The same for many rows in one transaction; returns how many were replaced.
    pub async fn replace_wrapped_keys(
        self,
        rows: &[(&SealedRow, Vec<u8>)],
        new_version: u32,
    ) -> Result<u64, Error> {
        write_with!(self.store, |transaction| {
            let mut replaced = 0;
            for (row, new_wrapped) in rows {
                let done = sqlx::query(row.column.swap_sql())
                    .bind(i64::from(new_version))
                    .bind(new_wrapped.as_slice())
                    .bind(row.record)
                    .bind(row.sealed.wrapped_key.as_slice())
                    .execute(&mut *transaction)
                    .await?;
                replaced += done.rows_affected();
            }
            Ok(replaced)
        })
    }

    /// The number of sealed values per key version. Versions without values are omitted.
    pub async fn rows_by_version(self) -> Result<Vec<(u32, u64)>, Error> {
        read_with!(self.store, |connection| {
            let rows = sqlx::query(
                "SELECT version, COUNT(*) FROM (
                     SELECT value_key_version AS version FROM secrets
                     UNION ALL
                     SELECT previous_key_version FROM secrets WHERE previous_key_version IS NOT NULL
                     UNION ALL
                     SELECT token_key_version FROM agents
                     UNION ALL
                     SELECT value_key_version FROM sealed_settings
                     UNION ALL
                     SELECT details_key_version FROM approvals
                 ) AS sealed GROUP BY version ORDER BY version",
            )
            .fetch_all(&mut *connection)
            .await?;
            rows.iter()
                .map(|row| {
                    let mut fields = Fields::of(row);
                    Ok((fields.small()?, fields.small()?))
                })
                .collect()
        })
    }
}

fn read_sealed_row<R: Columns>(column: SealedColumn, fields: &mut Fields<'_, R>) -> Result<SealedRow, Fault> {
    Ok(SealedRow {
        column,
        record: fields.id()?,
        project: fields.id()?,
        value_version: fields.small()?,
        sealed: fields.sealed()?,
    })
}
