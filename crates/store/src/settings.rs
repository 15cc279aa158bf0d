//! Settings of the installation: plain ones, and sealed ones such as the certificate authority's key.

use onecli_domain::sealed::Sealed;
use uuid::Uuid;

use crate::audit_append::TookEffect;
use crate::error::Error;
use crate::pool::{read_with, write_with};
use crate::rows::Fields;
use crate::store::Store;

/// A sealed setting. Its associated data: project nil, version 1, and the column
/// [`crate::keys::SealedColumn::Setting`]'s name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSetting {
    /// The record's id, generated anew for each value.
    pub id: Uuid,
    /// The value.
    pub sealed: Sealed,
}

impl TookEffect for SealedSetting {}

impl Store {
    /// Settings of the installation.
    pub fn settings(&self) -> Settings<'_> {
        Settings { store: self }
    }
}

/// Access to settings.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    store: &'a Store,
}

impl Settings<'_> {
    /// A plain setting.
    pub async fn fetch(self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        read_with!(self.store, |connection| {
            let row = sqlx::query("SELECT value FROM settings WHERE name = $1")
                .bind(name)
                .fetch_optional(&mut *connection)
                .await?;
            row.map(|row| Fields::of(&row).bytes()).transpose()
        })
    }

    /// Sets a plain setting unless it is set, and returns its current value: of gateways that start at
    /// once, all get the same.
    pub async fn insert_if_absent(self, name: &str, value: &[u8]) -> Result<Vec<u8>, Error> {
        write_with!(self.store, |transaction| {
            sqlx::query("INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
                .bind(name)
                .bind(value)
                .execute(&mut *transaction)
                .await?;
            let row = sqlx::query("SELECT value FROM settings WHERE name = $1")
                .bind(name)
                .fetch_one(&mut *transaction)
                .await?;
            Fields::of(&row).bytes()
        })
    }

    /// Sets a plain setting, overwriting any value.
    pub async fn put(self, name: &str, value: &[u8]) -> Result<(), Error> {
        write_with!(self.store, |transaction| {
            sqlx::query(
                "INSERT INTO settings (name, value) VALUES ($1, $2)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            )
            .bind(name)
            .bind(value)
            .execute(&mut *transaction)
            .await?;
            Ok(())
        })
    }

    /// A sealed setting.
    pub async fn fetch_sealed(self, name: &str) -> Result<Option<SealedSetting>, Error> {
        read_with!(self.store, |connection| {
            let row = sqlx::query(
                "SELECT id, value_key_version, value_wrapped_key, value_body FROM sealed_settings WHERE name = $1",
            )
            .bind(name)
            .fetch_optional(&mut *connection)
            .await?;
            row.map(|row| {
                let mut fields = Fields::of(&row);
                Ok(SealedSetting { id: fields.id()?, sealed: fields.sealed()? })
            })
            .transpose()
        })
    }

    /// The sealed settings whose names have this prefix, with their names.
    pub async fn list_sealed(self, prefix: &str) -> Result<Vec<(String, SealedSetting)>, Error> {
        let length = i64::try_from(prefix.chars().count()).unwrap_or(i64::MAX);
        read_with!(self.store, |connection| {
            let rows = sqlx::query(
                "SELECT name, id, value_key_version, value_wrapped_key, value_body FROM sealed_settings
                 WHERE SUBSTR(name, 1, CAST($2 AS INTEGER)) = $1 ORDER BY name",
            )
            .bind(prefix)
            .bind(length)
            .fetch_all(&mut *connection)
            .await?;
            rows.iter()
                .map(|row| {
                    let mut fields = Fields::of(row);
                    let name = fields.text()?;
                    Ok((name, SealedSetting { id: fields.id()?, sealed: fields.sealed()? }))
                })
                .collect()
        })
    }

    /// Sets a sealed setting unless it is set, and returns its current value.
    pub async fn insert_sealed_if_absent(
        self,
        name: &str,
        setting: &SealedSetting,
    ) -> Result<SealedSetting, Error> {
        write_with!(self.store, |transaction| {
            sqlx::query(
                "INSERT INTO sealed_settings
                     (name, id, value_version, value_key_version, value_wrapped_key, value_body)
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO NOTHING",
            )
            .bind(name)
            .bind(setting.id)
            .bind(1_i64)
            .bind(i64::from(setting.sealed.key_version))
            .bind(setting.sealed.wrapped_key.as_slice())
            .bind(setting.sealed.body.as_slice())
            .execute(&mut *transaction)
            .await?;
            let row = sqlx::query(
                "SELECT id, value_key_version, value_wrapped_key, value_body FROM sealed_settings WHERE name = $1",
            )
            .bind(name)
            .fetch_one(&mut *transaction)
            .await?;
            let mut fields = Fields::of(&row);
            Ok(SealedSetting { id: fields.id()?, sealed: fields.sealed()? })
        })
    }
}
