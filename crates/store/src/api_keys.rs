//! API keys, looked up by the hashes of their values.

use onecli_domain::id::{ApiKeyId, UserId};
use onecli_domain::person::ApiKey;
use onecli_domain::time::Timestamp;
use onecli_domain::token::TokenHash;

use crate::error::{Error, Fault};
use crate::pool::{read_with, write_with};
use crate::rows::{Columns, Fields};
use crate::store::Store;

/// An API key's columns, in the order of `read_api_key`.
macro_rules! api_key_columns {
    () => {
        "id, user_id, name, preview, hash, created_at, last_used_at"
    };
}

/// Inserts an API key, in a transaction of either engine.
macro_rules! insert_api_key {
    ($transaction:ident, $key:expr) => {{
        let key: &onecli_domain::person::ApiKey = $key;
        sqlx::query(
            "INSERT INTO api_keys (id, user_id, name, preview, hash, created_at, last_used_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(key.id.0)
        .bind(key.user.0)
        .bind(&key.name)
        .bind(&key.preview)
        .bind(key.hash.0.as_slice())
        .bind(key.created_at.micros())
        .bind(key.last_used_at.map(onecli_domain::time::Timestamp::micros))
        .execute(&mut *$transaction)
        .await
        .map_err($crate::error::taken("API key"))?;
    }};
}
pub(crate) use insert_api_key;

impl Store {
    /// API keys.
    pub fn api_keys(&self) -> ApiKeys<'_> {
        ApiKeys { store: self }
    }
}

/// Access to API keys.
#[derive(Clone, Copy, Debug)]
pub struct ApiKeys<'a> {
    store: &'a Store,
}

impl ApiKeys<'_> {
    /// Adds a key. [`Error::Dangling`] if its user doesn't exist.
    pub async fn insert(self, key: &ApiKey) -> Result<(), Error> {
        write_with!(self.store, |transaction| {
            insert_api_key!(transaction, key);
            Ok(())
        })
    }

    /// A person's keys, oldest first.
    pub async fn list(self, user: UserId) -> Result<Vec<ApiKey>, Error> {
        read_with!(self.store, |connection| {
            let rows = sqlx::query(concat!(
                "SELECT ",
                api_key_columns!(),
                " FROM api_keys WHERE user_id = $1 ORDER BY id"
            ))
            .bind(user.0)
            .fetch_all(&mut *connection)
            .await?;
            rows.iter().map(|row| read_api_key(&mut Fields::of(row))).collect()
        })
    }

    /// The key whose value has this hash.
    pub async fn fetch_by_hash(self, hash: TokenHash) -> Result<Option<ApiKey>, Error> {
        read_with!(self.store, |connection| {
            let row = sqlx::query(concat!("SELECT ", api_key_columns!(), " FROM api_keys WHERE hash = $1"))
                .bind(hash.0.as_slice())
                .fetch_optional(&mut *connection)
                .await?;
            row.map(|row| read_api_key(&mut Fields::of(&row))).transpose()
        })
    }

    /// Deletes a person's key. False if they have no such key.
    pub async fn delete(self, user: UserId, id: ApiKeyId) -> Result<bool, Error> {
        write_with!(self.store, |transaction| {
            let done = sqlx::query("DELETE FROM api_keys WHERE user_id = $1 AND id = $2")
                .bind(user.0)
                .bind(id.0)
                .execute(&mut *transaction)
                .await?;
            Ok(done.rows_affected() > 0)
        })
    }

    /// Replaces a person's keys of the same name with this one, in one transaction.
    pub async fn replace(self, key: &ApiKey) -> Result<(), Error> {
        write_with!(self.store, |transaction| {
            sqlx::query("DELETE FROM api_keys WHERE user_id = $1 AND name = $2")
                .bind(key.user.0)
                .bind(&key.name)
                .execute(&mut *transaction)
                .await?;
            insert_api_key!(transaction, key);
            Ok(())
        })
    }

    /// Records when a key was last used.
    pub async fn touch(self, id: ApiKeyId, at: Timestamp) -> Result<(), Error> {
        write_with!(self.store, |transaction| {
            sqlx::query(
                "UPDATE api_keys SET last_used_at = $2
                 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)",
            )
            .bind(id.0)
            .bind(at.micros())
            .execute(&mut *transaction)
            .await?;
            Ok(())
        })
    }
}

fn read_api_key<R: Columns>(fields: &mut Fields<'_, R>) -> Result<ApiKey, Fault> {
    Ok(ApiKey {
        id: fields.id()?,
        user: fields.id()?,
        name: fields.text()?,
        preview: fields.text()?,
        hash: fields.hash()?,
        created_at: fields.time()?,
        last_used_at: fields.maybe_time()?,
    })
}
