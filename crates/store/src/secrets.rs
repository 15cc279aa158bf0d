//! Secrets: what is known of them, and their sealed values.

use onecli_domain::id::{ProjectId, SecretId};
use onecli_domain::sealed::Sealed;
use onecli_domain::secret::{InjectionConfig, Secret, SecretKind, SecretUsage};
use onecli_domain::time::Timestamp;

use crate::error::{Error, Fault, taken};
use crate::notify::Change;
use crate::page::Page;
use crate::pool::{change_with, read_with, write_with};
use crate::rows::{Columns, Fields, json_text};
use crate::store::Store;

/// A secret's columns, in the order of `read_secret`.
macro_rules! secret_columns {
    () => {
        "id, project_id, name, kind, host_patterns, path_pattern, config, allow_plaintext, preview, placeholder, \
         value_version, grace_until, created_at, last_used_at, use_count, last_refused_at"
    };
}
pub(crate) use secret_columns;

/// Replaces a value in a transaction of either engine; fails if it isn't the one before the new one's version.
macro_rules! replace_value {
    ($transaction:ident, $project:expr, $id:expr, $value:expr) => {{
        let value: &NewValue = $value;
        // What is right of `=` is the row as it was.
        let done = sqlx::query(
            "UPDATE secrets SET
                 previous_version     = CASE WHEN $3 THEN value_version ELSE NULL END,
                 previous_key_version = CASE WHEN $3 THEN value_key_version ELSE NULL END,
                 previous_wrapped_key = CASE WHEN $3 THEN value_wrapped_key ELSE NULL END,
                 previous_body        = CASE WHEN $3 THEN value_body ELSE NULL END,
                 grace_until          = $4,
                 value_version        = $5,
                 value_key_version    = $6,
                 value_wrapped_key    = $7,
                 value_body           = $8,
                 preview              = $9,
                 placeholder             = COALESCE($10, placeholder),
                 config               = COALESCE($11, config)
             WHERE project_id = $1 AND id = $2 AND value_version = $5 - 1",
        )
        .bind($project.0)
        .bind($id.0)
        .bind(value.grace_until.is_some())
        .bind(value.grace_until.map(Timestamp::micros))
        .bind(i64::from(value.version))
        .bind(i64::from(value.sealed.key_version))
        .bind(value.sealed.wrapped_key.as_slice())
        .bind(value.sealed.body.as_slice())
        .bind(&value.preview)
        .bind(value.placeholder.as_deref())
        .bind(value.config.as_ref().map(json_text).transpose()?)
        .execute(&mut *$transaction)
        .await?;
        if done.rows_affected() == 0 {
            return Err(Fault::Known(Error::UnknownSecret($id)));
        }
    }};
}

/// A new value for a secret, sealed for its place.
#[derive(Clone, Debug)]
pub struct NewValue {
    /// The value.
    pub sealed: Sealed,
    /// One more than the version that it replaces; the place of the sealed value.
    pub version: u32,
    /// What people see of it.
    pub preview: String,
    /// What an agent now holds in its place, if that changes.
    pub placeholder: Option<String>,
    /// How it is now put into a request, if that changes.
    pub config: Option<InjectionConfig>,
    /// Until when the value before it still serves as a fallback; none forgets it at once.
    pub grace_until: Option<Timestamp>,
}

impl Store {
    /// Secrets.
    pub fn secrets(&self) -> Secrets<'_> {
        Secrets { store: self }
    }
}

/// The secrets of a store.
#[derive(Clone, Copy, Debug)]
pub struct Secrets<'a> {
    store: &'a Store,
}

impl Secrets<'_> {
    /// Adds a secret with its first value.
    pub async fn insert(self, secret: &Secret, value: &Sealed) -> Result<(), Error> {
        change_with!(self.store, Change::Project(secret.project), |transaction| {
            sqlx::query(
                "INSERT INTO secrets (id, project_id, name, kind, host_patterns, path_pattern, config, allow_plaintext,
                                      preview, placeholder, value_version, grace_until, created_at, last_used_at,
                                      use_count, last_refused_at,
                                      value_key_version, value_wrapped_key, value_body)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
            )
            .bind(secret.id.0)
            .bind(secret.project.0)
            .bind(&secret.name)
            .bind(secret.kind.as_str())
            .bind(json_text(&secret.host_patterns)?)
            .bind(secret.path_pattern.as_deref())
            .bind(json_text(&secret.config)?)
            .bind(secret.allow_plaintext)
            .bind(&secret.preview)
            .bind(&secret.placeholder)
            .bind(i64::from(secret.value_version))
            .bind(None::<i64>)
            .bind(secret.created_at.micros())
            .bind(secret.usage.last_used_at.map(Timestamp::micros))
            .bind(secret.usage.use_count)
            .bind(secret.usage.last_refused_at.map(Timestamp::micros))
            .bind(i64::from(value.key_version))
            .bind(value.wrapped_key.as_slice())
            .bind(value.body.as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(taken("id"))?;
            Ok(())
        })
    }

    /// A page of a project's secrets, oldest first.
    pub async fn list(self, project: ProjectId, page: Page) -> Result<Vec<Secret>, Error> {
        read_with!(self.store, |connection| {
            let rows = sqlx::query(concat!(
                "SELECT ",
                secret_columns!(),
                " FROM secrets WHERE project_id = $1 AND id > $2 ORDER BY id LIMIT $3"
            ))
            .bind(project.0)
            .bind(page.floor())
            .bind(i64::from(page.limit))
            .fetch_all(&mut *connection)
            .await?;
            rows.iter().map(|row| read_secret(&mut Fields::of(row))).collect()
        })
    }

    /// All secrets of a project, oldest first.
    pub async fn list_all(self, project: ProjectId) -> Result<Vec<Secret>, Error> {
        self.list(project, Page::first(u32::MAX)).await
    }

    /// One secret, without its value.
    pub async fn fetch(self, project: ProjectId, id: SecretId) -> Result<Option<Secret>, Error> {
        read_with!(self.store, |connection| {
            let row = sqlx::query(concat!(
                "SELECT ",
                secret_columns!(),
                " FROM secrets WHERE project_id = $1 AND id = $2"
            ))
            .bind(project.0)
            .bind(id.0)
            .fetch_optional(&mut *connection)
            .await?;
            row.map(|row| read_secret(&mut Fields::of(&row))).transpose()
        })
    }

    /// A secret's sealed value and its version, which is part of its place.
    pub async fn sealed_value(
        self,
        project: ProjectId,
        id: SecretId,
    ) -> Result<Option<(Sealed, u32)>, Error> {
        read_with!(self.store, |connection| {
            let row = sqlx::query(
                "SELECT value_key_version, value_wrapped_key, value_body, value_version
                 FROM secrets WHERE project_id = $1 AND id = $2",
            )
            .bind(project.0)
            .bind(id.0)
            .fetch_optional(&mut *connection)
            .await?;
            row.map(|row| {
                let mut fields = Fields::of(&row);
                Ok((fields.sealed()?, fields.small()?))
            })
            .transpose()
        })
    }

    /// Sets what people configure: name, kind, patterns, injection, plain HTTP and placeholder; and, in the same
    /// transaction, a new value, so that no moment sends the old value to the new host.
    ///
    /// False, with nothing changed, if there is no such secret or its value was replaced meanwhile.
    pub async fn update(self, secret: &Secret, value: Option<&NewValue>) -> Result<bool, Error> {
        change_with!(self.store, Change::Project(secret.project), |transaction| {
            let done = sqlx::query(
                "UPDATE secrets SET name = $3, kind = $4, host_patterns = $5, path_pattern = $6, config = $7,
                        allow_plaintext = $8, placeholder = $9
                 WHERE project_id = $1 AND id = $2",
            )
            .bind(secret.project.0)
            .bind(secret.id.0)
            .bind(&secret.name)
            .bind(secret.kind.as_str())
            .bind(json_text(&secret.host_patterns)?)
            .bind(secret.path_pattern.as_deref())
            .bind(json_text(&secret.config)?)
            .bind(secret.allow_plaintext)
            .bind(&secret.placeholder)
            .execute(&mut *transaction)
            .await?;
            if done.rows_affected() == 0 {
                return Err(Fault::Known(Error::UnknownSecret(secret.id)));
            }
            if let Some(value) = value {
                replace_value!(transaction, secret.project, secret.id, value);
            }
            Ok(())
        })
        .map_or_else(gone, |()| Ok(true))
    }

    /// Replaces a secret's value. With a grace time, the value that was the current one is kept until then; any
    /// older one is forgotten.
    ///
    /// False, with nothing changed, if there is no such secret or its value was replaced meanwhile.
    pub async fn replace_value(
        self,
        project: ProjectId,
        id: SecretId,
        value: &NewValue,
    ) -> Result<bool, Error> {
        change_with!(self.store, Change::Project(project), |transaction| {
            replace_value!(transaction, project, id, value);
            Ok(())
        })
        .map_or_else(gone, |()| Ok(true))
    }

    /// Deletes a secret with its values and grants. False if there is none.
    pub async fn delete(self, project: ProjectId, id: SecretId) -> Result<bool, Error> {
        change_with!(self.store, Change::Project(project), |transaction| {
            let done = sqlx::query("DELETE FROM secrets WHERE project_id = $1 AND id = $2")
                .bind(project.0)
                .bind(id.0)
                .execute(&mut *transaction)
                .await?;
            Ok(done.rows_affected() > 0)
        })
    }

    /// Forgets the values whose grace time is over; says how many. Announces nothing: who uses them looks at the
    /// clock.
    pub async fn purge_expired_previous(self, now: Timestamp) -> Result<u64, Error> {
        write_with!(self.store, |transaction| {
            let done = sqlx::query(
                "UPDATE secrets SET grace_until = NULL, previous_version = NULL, previous_key_version = NULL,
                        previous_wrapped_key = NULL, previous_body = NULL
                 WHERE grace_until IS NOT NULL AND grace_until <= $1",
            )
            .bind(now.micros())
            .execute(&mut *transaction)
            .await?;
            Ok(done.rows_affected())
        })
    }
}

pub(crate) fn read_secret<R: Columns>(fields: &mut Fields<'_, R>) -> Result<Secret, Fault> {
    Ok(Secret {
        id: fields.id()?,
        project: fields.id()?,
        name: fields.text()?,
        kind: fields.word(SecretKind::read)?,
        host_patterns: fields.json()?,
        path_pattern: fields.maybe_text()?,
        config: fields.json()?,
        allow_plaintext: fields.flag()?,
        preview: fields.text()?,
        placeholder: fields.text()?,
        value_version: fields.small()?,
        grace_until: fields.maybe_time()?,
        created_at: fields.time()?,
        usage: SecretUsage {
            last_used_at: fields.maybe_time()?,
            use_count: fields.int()?,
            last_refused_at: fields.maybe_time()?,
        },
    })
}

fn gone(error: Error) -> Result<bool, Error> {
    if matches!(error, Error::UnknownSecret(_)) { Ok(false) } else { Err(error) }
}
