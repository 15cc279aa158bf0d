//! The store handle: opening, pinging and closing a database.

use std::fmt;
use std::fs::{self, OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool, SqlitePool};
use tokio::sync::broadcast;

use crate::audit_append::AuditAppend;
use crate::error::{Error, Fault, read_io_error};
use crate::migrate::{migrate_postgres, migrate_sqlite};
use crate::notify::{Change, ChangeListener, Changes};
use crate::pool::{Pools, change_with, read_with};

/// How to open a store.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the database is.
    pub location: Location,
    /// Maximum number of connections, not counting the one that writes or listens.
    pub connections: u32,
    /// How long to wait for a free connection, and for a server that doesn't respond.
    pub patience: Duration,
}

impl Config {
    /// The defaults for this location: ten connections, five seconds.
    pub fn at(location: Location) -> Self {
        Self { location, connections: 10, patience: Duration::from_secs(5) }
    }
}

/// Where a database is.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A file, created if it doesn't exist.
    Sqlite(PathBuf),
    /// A server's address, never displayed since it may contain a password.
    Postgres(String),
}

impl Location {
    /// Parses a database URL: `postgres://…`, `postgresql://…` or `sqlite:PATH`.
    pub fn read(url: &str) -> Result<Self, Error> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            postgres_options(url)?;
            return Ok(Self::Postgres(url.to_owned()));
        }
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"));
        match path {
            Some(path) if !path.is_empty() && !path.starts_with(':') => Ok(Self::Sqlite(PathBuf::from(path))),
            Some(_) => {
                Err(Error::Address { reason: "`sqlite:` must be followed by the path of a file".into() })
            }
            None => Err(Error::Address {
                reason: "it must begin with `postgres://`, `postgresql://` or `sqlite:`".into(),
            }),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(url) => match postgres_options(url) {
                Ok(options) => f.write_str(&postgres_place(&options)),
                Err(_) => f.write_str("postgres://(not a valid address)"),
            },
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

/// A handle on the database. Cheap to clone; all clones share the same connections.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    note: Option<Arc<AuditAppend>>,
}

struct Inner {
    pools: Pools,
    place: String,
    changes: broadcast::Sender<Change>,
    listening: Option<ChangeListener>,
}

impl Store {
    /// Opens the database, creates or migrates its schema, and starts listening for changes.
    ///
    /// A file that is not a database, is damaged or comes from a newer version is not changed.
    pub async fn open(config: &Config) -> Result<Self, Error> {
        let (changes, _) = broadcast::channel(CHANGES_KEPT);
        let place = config.location.to_string();
        let (pools, listening) = match &config.location {
            Location::Sqlite(path) => (open_sqlite(path, config, &place).await?, None),
            Location::Postgres(url) => {
                let pool = open_postgres(url, config, &place).await?;
                let listening = ChangeListener::start(pool.clone(), changes.clone())
                    .await
                    .map_err(|error| Fault::from(error).at(&place))?;
                (Pools::Postgres(pool), Some(listening))
            }
        };
        Ok(Self { inner: Arc::new(Inner { pools, place, changes, listening }), note: None })
    }

    /// Checks that the database responds.
    pub async fn ping(&self) -> Result<(), Error> {
        read_with!(self, |connection| {
            sqlx::query("SELECT 1").execute(&mut *connection).await?;
            Ok(())
        })
    }

    /// Closes all connections once they are idle. Committed data is safe either way.
    pub async fn close(&self) {
        match &self.inner.pools {
            Pools::Sqlite { reader, writer } => {
                reader.close().await;
                // Closing the last connection merges the write-ahead log into the file.
                writer.close().await;
            }
            Pools::Postgres(pool) => {
                pool.close().await;
            }
        }
    }

    /// The changes announced from now on.
    pub fn changes(&self) -> Changes {
        Changes::new(self.inner.changes.subscribe())
    }

    /// Notifies every gateway on the same `PostgreSQL`, including this one; does nothing on `SQLite`.
    ///
    /// Writes that change what the hot path reads do so themselves.
    pub async fn announce(&self, change: Change) -> Result<(), Error> {
        change_with!(self, change, |_transaction| { Ok(()) })
    }

    /// The database's file, or its server without credentials, for messages.
    pub fn place(&self) -> &str {
        &self.inner.place
    }

    /// Whether other gateways can share the database; if so, [`Store::changes`] yields their changes.
    pub fn is_shared(&self) -> bool {
        self.inner.listening.is_some()
    }

    /// The same store, which appends this record to the audit log in the transaction of the next change that
    /// takes effect: either both are stored or neither.
    #[must_use]
    pub fn audited(&self, note: AuditAppend) -> Self {
        Self { inner: Arc::clone(&self.inner), note: Some(Arc::new(note)) }
    }

    pub(crate) fn note(&self) -> Option<&AuditAppend> {
        self.note.as_deref()
    }

    pub(crate) fn pools(&self) -> &Pools {
        &self.inner.pools
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.inner.place)
    }
}

async fn open_sqlite(path: &Path, config: &Config, place: &str) -> Result<Pools, Error> {
    keep_private(path, place)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(config.patience)
        .journal_mode(SqliteJournalMode::Wal)
        // In WAL mode a killed process loses no committed data; only a power failure can lose the latest commits.
        .synchronous(SqliteSynchronous::Normal)
        .pragma("cache_size", PAGE_CACHE)
        .row_buffer_size(ROWS_AHEAD)
        .statement_cache_capacity(STATEMENTS_KEPT)
        .disable_statement_logging();
    let pool = |connections| {
        SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(config.patience)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
    };
    let opened = async {
        let writer = pool(1).connect_with(options.clone()).await?;
        refuse_foreign_file(&writer).await?;
        Ok::<_, Fault>(writer)
    };
    let writer = opened.await.map_err(|fault| fault.at(place))?;
    migrate_sqlite(&writer, place).await?;
    let reader = pool(config.connections.max(1)).connect_lazy_with(options.pragma("query_only", "ON"));
    Ok(Pools::Sqlite { reader, writer })
}

/// Makes the file readable only by its owner. `SQLite` uses the same mode for its `-wal` and `-shm` files.
fn keep_private(path: &Path, place: &str) -> Result<(), Error> {
    let fail = |error: std::io::Error| read_io_error(&error, place);
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let mode = OpenOptions::new()
                .read(true)
                .write(true)
                .open(path)
                .and_then(|file| file.metadata())
                .map_err(fail)?
                .permissions()
                .mode();
            if mode & 0o077 != 0 {
                fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(fail)?;
            }
            Ok(())
        }
        Err(error) => Err(fail(error)),
    }
}

/// A database with tables, but none of ours, belongs to another program.
async fn refuse_foreign_file(writer: &SqlitePool) -> Result<(), Fault> {
    let tables: Vec<(String,)> =
        sqlx::query_as("SELECT name FROM sqlite_master WHERE type = 'table'").fetch_all(writer).await?;
    if tables.is_empty() || tables.iter().any(|(name,)| name == "_sqlx_migrations") {
        return Ok(());
    }
    Err(Fault::Foreign)
}

async fn open_postgres(url: &str, config: &Config, place: &str) -> Result<PgPool, Error> {
    let options = postgres_options(url)?
        .application_name("onecli")
        .statement_cache_capacity(STATEMENTS_KEPT)
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        // One more connection, for listening.
        .max_connections(config.connections.max(1) + 1)
        .acquire_timeout(config.patience)
        .connect_with(options.clone())
        .await;
    let pool = match pool {
        Ok(pool) => pool,
        // The pool only reports a timeout; one more attempt gives the reason.
        Err(sqlx::Error::PoolTimedOut) => {
            let why = PgConnection::connect_with(&options).await.err().unwrap_or(sqlx::Error::PoolTimedOut);
            return Err(Fault::from(why).at(place));
        }
        Err(error) => return Err(Fault::from(error).at(place)),
    };
    migrate_postgres(&pool, place).await?;
    Ok(pool)
}

fn postgres_options(url: &str) -> Result<PgConnectOptions, Error> {
    // The driver's message could repeat parts of the address.
    PgConnectOptions::from_str(url).map_err(|_| Error::Address {
        reason: "it must look like `postgres://USER:PASSWORD@HOST:PORT/DATABASE`".into(),
    })
}

fn postgres_place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or_else(|| options.get_username());
    match options.get_socket() {
        Some(socket) => format!("postgres://{}/{database}", socket.display()),
        None => format!("postgres://{}:{}/{database}", options.get_host(), options.get_port()),
    }
}

const CHANGES_KEPT: usize = 1024;
/// Page cache per connection in KiB (negative for `SQLite`); small, since the system caches the file anyway.
const PAGE_CACHE: &str = "-1024";
const ROWS_AHEAD: usize = 2048;
const STATEMENTS_KEPT: usize = 256;

#[cfg(test)]
mod tests {
    use onecli_domain::id::ProjectId;
    use onecli_domain::project::{PolicyMode, Project};
    use onecli_domain::time::Timestamp;
    use sqlx::AssertSqlSafe;
    use uuid::Uuid;

    use super::*;

    /// Inserts projects until an insert fails, with a limit set on the writing connection.
    async fn fill_under(pragma: &str) -> Error {
        let folder = tempfile::tempdir().unwrap();
        let store =
            Store::open(&Config::at(Location::Sqlite(folder.path().join("onecli.db")))).await.unwrap();
        let Pools::Sqlite { writer, .. } = store.pools() else { panic!("not SQLite") };
        sqlx::query(AssertSqlSafe(pragma.to_owned())).execute(writer).await.unwrap();
        for _ in 0..1_000 {
            let project = Project {
                id: ProjectId(Uuid::now_v7()),
                name: "x".repeat(1_000),
                policy_mode: PolicyMode::Allow,
                created_at: Timestamp(0),
            };
            if let Err(error) = store.projects().insert(&project).await {
                assert!(store.projects().list().await.is_ok(), "what is there can still be read");
                return error;
            }
        }
        panic!("nothing failed");
    }

    #[tokio::test]
    async fn a_full_disk_has_its_own_error() {
        let error = fill_under("PRAGMA max_page_count = 100").await;
        assert!(matches!(&error, Error::Full { place } if place.ends_with("onecli.db")), "{error:?}");
    }

    #[tokio::test]
    async fn a_read_only_database_has_its_own_error() {
        let error = fill_under("PRAGMA query_only = ON").await;
        assert!(matches!(&error, Error::ReadOnly { place, .. } if place.ends_with("onecli.db")), "{error:?}");
    }
}
