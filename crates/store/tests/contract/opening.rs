//! Opening a database: what is there stays there, and what is wrong with it is said.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use onecli_store::{Config, Error, Location, Store};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use crate::database::{Database, address_of};
use crate::sample;

async fn open(location: Location) -> Result<Store, Error> {
    Store::open(&Config { patience: Duration::from_secs(2), ..Config::at(location) }).await
}

/// Runs a statement beside the store, as another program would.
async fn meddle(database: &Database, statement: &str) {
    let statement = AssertSqlSafe(statement.to_owned());
    match &database.location {
        Location::Sqlite(path) => {
            let options = SqliteConnectOptions::new().filename(path);
            let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
            sqlx::query(statement).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
        Location::Postgres(url) => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            sqlx::query(statement).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
    }
}

contract! {
    async fn what_was_written_is_there_when_the_database_is_opened_again(database) {
        let project = sample::stored_project(&database.store).await;
        database.store.ping().await.unwrap();
        database.store.close().await;

        let again = database.another().await;

        assert!(again.projects().fetch(project).await.unwrap().is_some());
        again.close().await;
    }

    async fn a_closed_store_is_unavailable(database) {
        database.store.close().await;
        let refused = database.store.ping().await;
        assert!(matches!(refused, Err(Error::Unavailable { .. })), "{refused:?}");
    }

    async fn gateways_may_open_an_empty_database_at_once(database) {
        let (one, two) = tokio::join!(open(database.location.clone()), open(database.location.clone()));
        let (one, two) = (one.unwrap(), two.unwrap());
        one.ping().await.unwrap();
        two.ping().await.unwrap();
        one.close().await;
        two.close().await;
    }

    async fn a_database_of_a_newer_version_is_refused(database) {
        meddle(database, "UPDATE _sqlx_migrations SET version = 9000 WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)").await;

        let refused = open(database.location.clone()).await;

        assert!(matches!(refused, Err(Error::NewerSchema { found: 9000, .. })), "{refused:?}");
    }

    async fn a_schema_that_is_not_ours_is_refused(database) {
        let changed = if database.is_sqlite() { "x'00'" } else { "'\\x00'::bytea" };
        meddle(database, &format!("UPDATE _sqlx_migrations SET checksum = {changed}")).await;

        let refused = open(database.location.clone()).await;

        assert!(matches!(refused, Err(Error::ForeignSchema { version: 1, .. })), "{refused:?}");
    }

    async fn a_secret_stored_with_one_host_keeps_it_when_the_schema_learns_of_several(database) {
        let project = sample::stored_project(&database.store).await;
        let secret = sample::stored_secret(&database.store, project, "key").await;
        database.store.close().await;
        for step in [
            "ALTER TABLE secrets ADD COLUMN host_pattern TEXT NOT NULL DEFAULT 'api.\"odd\".test'",
            "ALTER TABLE secrets DROP COLUMN host_patterns",
            "DELETE FROM _sqlx_migrations WHERE version >= 12",
        ] {
            meddle(database, step).await;
        }

        let store = open(database.location.clone()).await.unwrap();

        let read = store.secrets().fetch(project, secret.id).await.unwrap().unwrap();
        assert_eq!(read.host_patterns, ["api.\"odd\".test"]);
        store.close().await;
    }

    async fn a_row_that_makes_no_sense_is_an_error_and_no_panic(database) {
        let project = sample::stored_project(&database.store).await;
        meddle(database, "UPDATE projects SET policy_mode = 'perhaps'").await;

        let refused = database.store.projects().fetch(project).await;

        let Err(Error::Unreadable { reason, .. }) = refused else { panic!("{refused:?}") };
        assert!(reason.contains("perhaps"), "{reason}");
    }
}

#[tokio::test]
async fn the_file_is_its_owners_alone() {
    let database = Database::sqlite().await;
    sample::stored_project(&database.store).await;
    let Location::Sqlite(path) = &database.location else { panic!() };

    for suffix in ["", "-wal", "-shm"] {
        let mut file = path.clone().into_os_string();
        file.push(suffix);
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file:?}");
    }
    database.store.close().await;

    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    let again = open(database.location.clone()).await.unwrap();
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    again.close().await;
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let notes = "not a database\n".repeat(100);
    fs::write(&path, &notes).unwrap();

    let refused = open(Location::Sqlite(path.clone())).await.unwrap_err();

    assert!(matches!(refused, Error::Damaged { .. }), "{refused:?}");
    assert!(refused.to_string().contains("notes.txt"), "{refused}");
    assert_eq!(fs::read_to_string(&path).unwrap(), notes);
}

#[tokio::test]
async fn a_damaged_database_is_named() {
    let database = Database::sqlite().await;
    let project = sample::stored_project(&database.store).await;
    for number in 0..200 {
        sample::stored_agent(&database.store, project, &format!("agent-{number}")).await;
    }
    database.store.close().await;
    let Location::Sqlite(path) = &database.location else { panic!() };
    let mut bytes = fs::read(path).unwrap();
    let length = bytes.len();
    bytes[8_192..length].fill(0x5a);
    fs::write(path, &bytes).unwrap();

    let outcome = match open(database.location.clone()).await {
        Ok(store) => store.snapshot().load_all().await.map(|_| ()),
        Err(error) => Err(error),
    };

    let Err(refused @ Error::Damaged { .. }) = outcome else { panic!("{outcome:?}") };
    assert!(refused.to_string().contains("onecli.db"), "{refused}");
}

#[tokio::test]
async fn a_database_of_another_program_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photos.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("CREATE TABLE photos (name TEXT)").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();

    let refused = open(Location::Sqlite(path.clone())).await.unwrap_err();

    assert!(matches!(refused, Error::Damaged { .. }), "{refused:?}");
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let tables: Vec<(String,)> =
        sqlx::query_as("SELECT name FROM sqlite_master").fetch_all(&mut connection).await.unwrap();
    assert_eq!(tables, [("photos".to_owned(),)]);
}

#[tokio::test]
async fn a_place_where_no_file_can_be_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("nowhere/onecli.db");
    let refused = open(Location::Sqlite(missing)).await.unwrap_err();
    assert!(matches!(refused, Error::Unavailable { .. }), "{refused:?}");
    assert!(refused.to_string().contains("nowhere/onecli.db"), "{refused}");

    let refused = open(Location::Sqlite(folder.path().to_owned())).await.unwrap_err();
    assert!(matches!(refused, Error::Damaged { .. }), "{refused:?}");
}

#[tokio::test]
async fn a_password_is_in_no_error_and_no_debug_print() {
    let dead = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let urls = [
        format!("postgres://someone:hunter2pass@127.0.0.1:{dead}/onecli"),
        "postgres://someone:hunter2pass@127.0.0.1:notaport/onecli".to_owned(),
        address_of("onecli_no_such_database").replace("://", "://onecli:hunter2pass@"),
    ];
    for url in urls {
        let location = Location::Postgres(url);
        let refused = open(location.clone()).await.unwrap_err();
        let said = format!("{refused} {refused:?} {location} {location:?}");
        assert!(!said.contains("hunter2pass"), "{said}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_unavailable() {
    let dead = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let url = format!("postgres://someone@127.0.0.1:{dead}/onecli");

    let refused = open(Location::Postgres(url)).await.unwrap_err();

    assert!(matches!(refused, Error::Unavailable { .. }), "{refused:?}");
    assert!(refused.to_string().contains(&format!("127.0.0.1:{dead}/onecli")), "{refused}");
}

#[test]
fn addresses_are_told_apart() {
    let file = Location::read("sqlite:///var/lib/onecli.db").unwrap();
    assert_eq!(file, Location::Sqlite("/var/lib/onecli.db".into()));
    assert_eq!(Location::read("sqlite:a.db").unwrap(), Location::Sqlite("a.db".into()));
    assert!(matches!(Location::read("postgresql://h/d").unwrap(), Location::Postgres(_)));
    for bad in ["", "mysql://h/d", "sqlite:", "sqlite::memory:", "postgres://h:port/d"] {
        assert!(matches!(Location::read(bad), Err(Error::Address { .. })), "{bad}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_with_the_reason() {
    // Bound and let go: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = Config {
        patience: Duration::from_millis(50),
        ..Config::at(Location::Postgres(format!("postgres://nobody:hunter2@127.0.0.1:{port}/x")))
    };
    let refused = Store::open(&config).await.unwrap_err().to_string();
    assert!(refused.contains("refused"), "{refused}");
    assert!(!refused.contains("hunter2"), "{refused}");
}
