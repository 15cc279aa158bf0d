//! Rows of both engines, read column by column in the order of the query.

use onecli_domain::sealed::Sealed;
use onecli_domain::time::Timestamp;
use onecli_domain::token::TokenHash;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::error::Fault;

/// A row of either engine: the five native types used by the schema, all nullable.
pub(crate) trait Columns {
    fn uuid_at(&self, index: usize) -> Result<Option<Uuid>, sqlx::Error>;
    fn text_at(&self, index: usize) -> Result<Option<String>, sqlx::Error>;
    fn int_at(&self, index: usize) -> Result<Option<i64>, sqlx::Error>;
    fn flag_at(&self, index: usize) -> Result<Option<bool>, sqlx::Error>;
    fn bytes_at(&self, index: usize) -> Result<Option<Vec<u8>>, sqlx::Error>;
}

macro_rules! columns {
    ($row:ty) => {
        impl Columns for $row {
            fn uuid_at(&self, index: usize) -> Result<Option<Uuid>, sqlx::Error> {
                self.try_get(index)
            }
            fn text_at(&self, index: usize) -> Result<Option<String>, sqlx::Error> {
                self.try_get(index)
            }
            fn int_at(&self, index: usize) -> Result<Option<i64>, sqlx::Error> {
                self.try_get(index)
            }
            fn flag_at(&self, index: usize) -> Result<Option<bool>, sqlx::Error> {
                self.try_get(index)
            }
            fn bytes_at(&self, index: usize) -> Result<Option<Vec<u8>>, sqlx::Error> {
                self.try_get(index)
            }
        }
    };
}

columns!(SqliteRow);
columns!(PgRow);

/// Reads a row's columns one after another.
pub(crate) struct Fields<'r, R> {
    row: &'r R,
    next: usize,
}

impl<'r, R: Columns> Fields<'r, R> {
    pub(crate) fn of(row: &'r R) -> Self {
        Self { row, next: 0 }
    }

    pub(crate) fn maybe_id<T: From<Uuid>>(&mut self) -> Result<Option<T>, Fault> {
        let index = self.step();
        Ok(self.row.uuid_at(index)?.map(T::from))
    }

    pub(crate) fn id<T: From<Uuid>>(&mut self) -> Result<T, Fault> {
        self.maybe_id()?.ok_or_else(|| self.absent())
    }

    pub(crate) fn maybe_text(&mut self) -> Result<Option<String>, Fault> {
        let index = self.step();
        Ok(self.row.text_at(index)?)
    }

    pub(crate) fn text(&mut self) -> Result<String, Fault> {
        self.maybe_text()?.ok_or_else(|| self.absent())
    }

    pub(crate) fn maybe_int(&mut self) -> Result<Option<i64>, Fault> {
        let index = self.step();
        Ok(self.row.int_at(index)?)
    }

    pub(crate) fn int(&mut self) -> Result<i64, Fault> {
        self.maybe_int()?.ok_or_else(|| self.absent())
    }

    /// An integer of a narrower type than the column's.
    pub(crate) fn small<T: TryFrom<i64>>(&mut self) -> Result<T, Fault> {
        let value = self.int()?;
        T::try_from(value).map_err(|_| self.unreadable("an integer out of range"))
    }

    pub(crate) fn maybe_small<T: TryFrom<i64>>(&mut self) -> Result<Option<T>, Fault> {
        self.maybe_int()?
            .map(|value| T::try_from(value).map_err(|_| self.unreadable("an integer out of range")))
            .transpose()
    }

    pub(crate) fn flag(&mut self) -> Result<bool, Fault> {
        let index = self.step();
        self.row.flag_at(index)?.ok_or_else(|| self.absent())
    }

    pub(crate) fn maybe_bytes(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let index = self.step();
        Ok(self.row.bytes_at(index)?)
    }

    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>, Fault> {
        self.maybe_bytes()?.ok_or_else(|| self.absent())
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp, Fault> {
        self.int().map(Timestamp)
    }

    pub(crate) fn maybe_time(&mut self) -> Result<Option<Timestamp>, Fault> {
        Ok(self.maybe_int()?.map(Timestamp))
    }

    pub(crate) fn hash(&mut self) -> Result<TokenHash, Fault> {
        let bytes = self.bytes()?;
        bytes.try_into().map(TokenHash).map_err(|_| self.unreadable("a hash of the wrong length"))
    }

    /// A value of a closed set, such as a rule's action.
    pub(crate) fn word<T>(&mut self, read: fn(&str) -> Option<T>) -> Result<T, Fault> {
        let text = self.text()?;
        read(&text).ok_or_else(|| self.unreadable(&format!("the unknown value `{text}`")))
    }

    pub(crate) fn maybe_word<T>(&mut self, read: fn(&str) -> Option<T>) -> Result<Option<T>, Fault> {
        self.maybe_text()?
            .map(|text| read(&text).ok_or_else(|| self.unreadable(&format!("the unknown value `{text}`"))))
            .transpose()
    }

    pub(crate) fn json<T: DeserializeOwned>(&mut self) -> Result<T, Fault> {
        let text = self.text()?;
        serde_json::from_str(&text).map_err(|error| self.unreadable(&format!("malformed JSON ({error})")))
    }

    /// Three columns: key version, wrapped key, body.
    pub(crate) fn sealed(&mut self) -> Result<Sealed, Fault> {
        Ok(Sealed { key_version: self.small()?, wrapped_key: self.bytes()?, body: self.bytes()? })
    }

    /// Three columns that are all set or all null.
    pub(crate) fn maybe_sealed(&mut self) -> Result<Option<Sealed>, Fault> {
        let (key_version, wrapped_key, body) =
            (self.maybe_small()?, self.maybe_bytes()?, self.maybe_bytes()?);
        Ok(match (key_version, wrapped_key, body) {
            (Some(key_version), Some(wrapped_key), Some(body)) => {
                Some(Sealed { key_version, wrapped_key, body })
            }
            _ => None,
        })
    }

    fn step(&mut self) -> usize {
        let index = self.next;
        self.next += 1;
        index
    }

    fn absent(&self) -> Fault {
        self.unreadable("a null")
    }

    fn unreadable(&self, what: &str) -> Fault {
        Fault::Unreadable(format!("column {} holds {what}", self.next))
    }
}

/// JSON for a TEXT column. Never fails for the types that the product stores.
pub(crate) fn json_text<T: serde::Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::Unreadable(format!("a value has no JSON ({error})")))
}
