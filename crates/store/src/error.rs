//! Errors of the store, by what the caller can do about them.

use onecli_domain::id::{AgentId, SecretId};
use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;
use thiserror::Error;

/// Why a store operation failed. Messages contain no password, token or stored value.
#[derive(Debug, Error)]
pub enum Error {
    /// Something with that name or key already exists.
    #[error("the {what} is taken")]
    Taken {
        /// What must be unique, such as `identifier`.
        what: &'static str,
    },
    /// The agent named doesn't exist in the project.
    #[error("there is no agent {0} in this project")]
    UnknownAgent(AgentId),
    /// The secret named doesn't exist in the project.
    #[error("there is no secret {0} in this project")]
    UnknownSecret(SecretId),
    /// A record that this one refers to doesn't exist, or no longer does.
    #[error("a record that this one refers to does not exist")]
    Dangling,
    /// Other records refer to it, so it can't be deleted.
    #[error("it is still in use: {by}")]
    InUse {
        /// What refers to it.
        by: &'static str,
    },
    /// The database can't be reached, or didn't respond in time.
    #[error("the database at {place} can't be reached: {reason}")]
    Unavailable {
        /// The file, or the server without its credentials.
        place: String,
        /// The system's error message.
        reason: String,
    },
    /// The database's disk is full.
    #[error("the disk that holds the database at {place} is full")]
    Full {
        /// The file, or the server without its credentials.
        place: String,
    },
    /// The database, its folder or its role is read-only.
    #[error("the database at {place} can't be written: {reason}")]
    ReadOnly {
        /// The file, or the server without its credentials.
        place: String,
        /// The system's error message.
        reason: String,
    },
    /// The file is not a database, or a damaged one. It was not changed.
    #[error("{place} is not a usable database: {reason}")]
    Damaged {
        /// The file, or the server without its credentials.
        place: String,
        /// The system's error message.
        reason: String,
    },
    /// A newer version of the product wrote the database. It was not changed.
    #[error(
        "the database at {place} was written by a newer version (schema {found}, this version knows {known})"
    )]
    NewerSchema {
        /// The file, or the server without its credentials.
        place: String,
        /// The newest migration applied to it.
        found: i64,
        /// The newest migration known to this version.
        known: i64,
    },
    /// A migration applied to the database differs from this version's migration with the same number.
    #[error("schema {version} of the database at {place} is not the one that this version made")]
    ForeignSchema {
        /// The file, or the server without its credentials.
        place: String,
        /// The migration's number.
        version: i64,
    },
    /// The database's address is invalid. It isn't repeated, since it may contain a password.
    #[error("the database address is not valid: {reason}")]
    Address {
        /// What is wrong with it.
        reason: String,
    },
    /// A row contains a value that this version can't have written.
    #[error("the database at {place} holds a row that can't be read: {reason}")]
    Unreadable {
        /// The file, or the server without its credentials.
        place: String,
        /// Which column, and why.
        reason: String,
    },
    /// The database rejected a statement: a bug in the product.
    #[error("the database at {place} refused a statement: {reason}")]
    Refused {
        /// The file, or the server without its credentials.
        place: String,
        /// The database's error message.
        reason: String,
    },
}

/// Errors within a query, without the database's address.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The driver's error.
    Sql(sqlx::Error),
    /// A value in a column that can't be read.
    Unreadable(String),
    /// The database belongs to another program.
    Foreign,
    /// A public error already.
    Known(Error),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Known(error)
    }
}

impl Fault {
    /// Adds the database's address.
    pub(crate) fn at(self, place: &str) -> Error {
        match self {
            Self::Sql(error) => read_error(&error, place),
            Self::Unreadable(reason) => Error::Unreadable { place: place.to_owned(), reason },
            Self::Foreign => {
                Error::Damaged { place: place.to_owned(), reason: "it belongs to another program".to_owned() }
            }
            Self::Known(error) => error,
        }
    }
}

/// For `map_err` on an insert or update: a violated unique constraint means that `what` is taken.
pub(crate) fn taken(what: &'static str) -> impl FnOnce(sqlx::Error) -> Fault {
    move |error| match error.as_database_error() {
        Some(database) if database.is_unique_violation() => Fault::Known(Error::Taken { what }),
        Some(_) | None => Fault::Sql(error),
    }
}

/// Whether the violated unique constraint is on a column whose name contains `column`:
/// `PostgreSQL` names the constraint, `SQLite` the columns.
pub(crate) fn concerns(error: &sqlx::Error, column: &str) -> bool {
    error.as_database_error().is_some_and(|database| {
        database.constraint().is_some_and(|name| name.contains(column)) || database.message().contains(column)
    })
}

/// Converts an error of the migrations.
#[expect(clippy::wildcard_enum_match_arm, reason = "the driver's errors are open-ended")]
pub(crate) fn read_migration_error(error: MigrateError, place: &str, known: i64) -> Error {
    let place_text = || place.to_owned();
    match error {
        MigrateError::Execute(inner) | MigrateError::ExecuteMigration(inner, _) => read_error(&inner, place),
        MigrateError::VersionMissing(found) | MigrateError::VersionTooNew(found, _) => {
            Error::NewerSchema { place: place_text(), found, known }
        }
        MigrateError::VersionMismatch(version) | MigrateError::Dirty(version) => {
            Error::ForeignSchema { place: place_text(), version }
        }
        other => Error::Refused { place: place_text(), reason: other.to_string() },
    }
}

/// Converts an error of a file or a connection.
#[expect(clippy::wildcard_enum_match_arm, reason = "the system's errors are open-ended")]
pub(crate) fn read_io_error(error: &std::io::Error, place: &str) -> Error {
    let (place, reason) = (place.to_owned(), error.to_string());
    match error.kind() {
        std::io::ErrorKind::StorageFull => Error::Full { place },
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            Error::ReadOnly { place, reason }
        }
        std::io::ErrorKind::IsADirectory => Error::Damaged { place, reason },
        _ => Error::Unavailable { place, reason },
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the driver's errors are open-ended")]
fn read_error(error: &sqlx::Error, place: &str) -> Error {
    let (place, reason) = (place.to_owned(), error.to_string());
    match error {
        sqlx::Error::Database(database) => read_database_error(&**database, place),
        sqlx::Error::Configuration(_) => Error::Address { reason },
        sqlx::Error::PoolTimedOut => {
            Error::Unavailable { place, reason: "no connection became free in time".into() }
        }
        sqlx::Error::Io(io) if io.kind() == std::io::ErrorKind::StorageFull => Error::Full { place },
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => Error::Unavailable { place, reason },
        sqlx::Error::TypeNotFound { .. }
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::RowNotFound => Error::Unreadable { place, reason },
        _ => Error::Refused { place, reason },
    }
}

fn read_database_error(error: &dyn DatabaseError, place: String) -> Error {
    let reason = error.message().to_owned();
    if error.is_unique_violation() {
        return Error::Taken { what: "id" };
    }
    if error.is_foreign_key_violation() {
        return Error::Dangling;
    }
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        // Extended result codes keep the primary one in their low byte (https://sqlite.org/rescode.html).
        return match code.parse::<u32>().unwrap_or_default() & 0xff {
            SQLITE_BUSY | SQLITE_LOCKED | SQLITE_IOERR | SQLITE_CANTOPEN | SQLITE_PROTOCOL => {
                Error::Unavailable { place, reason }
            }
            SQLITE_PERM | SQLITE_READONLY | SQLITE_AUTH => Error::ReadOnly { place, reason },
            SQLITE_CORRUPT | SQLITE_NOTADB => Error::Damaged { place, reason },
            SQLITE_FULL => Error::Full { place },
            _ => Error::Refused { place, reason },
        };
    }
    // https://www.postgresql.org/docs/current/errcodes-appendix.html
    match code.as_ref() {
        "53100" => Error::Full { place },
        "25006" | "42501" => Error::ReadOnly { place, reason },
        "XX001" | "XX002" => Error::Damaged { place, reason },
        "3D000" | "53300" | "57014" | "57P01" | "57P02" | "57P03" | "40001" | "40P01" | "55P03" => {
            Error::Unavailable { place, reason }
        }
        code if code.starts_with("08") || code.starts_with("28") => Error::Unavailable { place, reason },
        _ => Error::Refused { place, reason },
    }
}

const SQLITE_PERM: u32 = 3;
const SQLITE_BUSY: u32 = 5;
const SQLITE_LOCKED: u32 = 6;
const SQLITE_READONLY: u32 = 8;
const SQLITE_IOERR: u32 = 10;
const SQLITE_CORRUPT: u32 = 11;
const SQLITE_FULL: u32 = 13;
const SQLITE_CANTOPEN: u32 = 14;
const SQLITE_PROTOCOL: u32 = 15;
const SQLITE_AUTH: u32 = 23;
const SQLITE_NOTADB: u32 = 26;
