//! A fresh database for each test, and the macro that runs a test on both engines.

use onecli_store::{Config, Location, Store};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// Runs each test on `SQLite` and on `PostgreSQL`: `module::sqlite::name` and `module::postgres::name`.
macro_rules! contract {
    ($(async fn $name:ident($database:ident) $body:block)*) => {
        $(async fn $name($database: &$crate::database::Database) $body)*

        mod sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    let database = $crate::database::Database::sqlite().await;
                    super::$name(&database).await;
                    database.end().await;
                }
            )*
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    let database = $crate::database::Database::postgres().await;
                    super::$name(&database).await;
                    database.end().await;
                }
            )*
        }
    };
}

/// A database of a test's own.
pub(crate) struct Database {
    pub(crate) store: Store,
    pub(crate) location: Location,
    folder: Option<TempDir>,
    name: String,
}

impl Database {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("onecli.db"));
        let store = Store::open(&config(&location)).await.unwrap();
        Self { store, location, folder: Some(folder), name: String::new() }
    }

    pub(crate) async fn postgres() -> Self {
        let name = format!("onecli_test_{}", Uuid::now_v7().simple());
        administer(&format!("CREATE DATABASE {name}")).await;
        let location = Location::Postgres(address_of(&name));
        let store = Store::open(&config(&location)).await.unwrap();
        Self { store, location, folder: None, name }
    }

    /// Another gateway of the same database.
    pub(crate) async fn another(&self) -> Store {
        Store::open(&config(&self.location)).await.unwrap()
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.folder.is_some()
    }

    /// What the server calls the database.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) async fn end(self) {
        self.store.close().await;
        if !self.is_sqlite() {
            administer(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
        }
    }
}

/// Runs one statement outside any store.
pub(crate) async fn administer(statement: &str) {
    let mut connection =
        PgConnection::connect(&server()).await.expect("can't reach ONECLI_TEST_POSTGRES_URL");
    sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// The server's address with another database.
pub(crate) fn address_of(database: &str) -> String {
    let server = server();
    let (address, options) = server.split_once('?').map_or((server.as_str(), None), |(a, o)| (a, Some(o)));
    let start = address.find("://").map_or(0, |at| at + 3);
    let host_end = address[start..].find('/').map_or(address.len(), |at| start + at);
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    format!("{}/{database}{options}", &address[..host_end])
}

fn config(location: &Location) -> Config {
    Config { connections: 4, ..Config::at(location.clone()) }
}

#[allow(
    clippy::disallowed_methods,
    reason = "a test has no settings; the task that runs it hands over a server"
)]
fn server() -> String {
    std::env::var("ONECLI_TEST_POSTGRES_URL").expect(
        "ONECLI_TEST_POSTGRES_URL is not set: run `cargo xtask test`, which sets up a PostgreSQL of its own",
    )
}
