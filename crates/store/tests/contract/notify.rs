//! Changes: heard by every gateway of a `PostgreSQL`, also across a lost connection; on `SQLite` there is nobody.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use onecli_domain::agent::SecretMode;
use onecli_domain::project::PolicyMode;
use onecli_domain::sealed::WrappedKey;
use onecli_store::{Change, Changes};

use crate::database::{Database, administer};
use crate::sample::{self, at};

async fn heard(changes: &mut Changes) -> Change {
    tokio::time::timeout(Duration::from_secs(20), changes.next()).await.expect("heard nothing")
}

fn is_quiet(changes: &mut Changes) -> bool {
    pin!(changes.next()).poll(&mut Context::from_waker(Waker::noop())) == Poll::Pending
}

#[tokio::test]
async fn another_gateway_hears_which_project_changed() {
    let database = Database::postgres().await;
    let (here, there) = (&database.store, database.another().await);
    let (mut near, mut far) = (here.changes(), there.changes());

    let project = sample::stored_project(here).await;
    assert_eq!(heard(&mut far).await, Change::Project(project));
    assert_eq!(heard(&mut near).await, Change::Project(project));

    let agent = sample::stored_agent(here, project, "scribe").await;
    let secret = sample::stored_secret(here, project, "key").await;
    let rule = sample::rule(project, "no");
    here.rules().insert(&rule).await.unwrap();
    here.agents().replace_secrets_of(project, agent.id, &[secret.id]).await.unwrap();
    here.agents().set_secret_mode(project, agent.id, SecretMode::All).await.unwrap();
    here.rules().delete(project, rule.id).await.unwrap();
    here.projects().set_policy_mode(project, PolicyMode::Allow).await.unwrap();
    for _ in 0..7 {
        assert_eq!(heard(&mut far).await, Change::Project(project));
    }
    let key = WrappedKey { version: 1, wrapped: vec![1; 60], created_at: at(0) };
    here.keys().insert(&key).await.unwrap();
    assert_eq!(heard(&mut far).await, Change::Keys);
    here.announce(Change::Everything).await.unwrap();
    assert_eq!(heard(&mut far).await, Change::Everything);
    assert!(is_quiet(&mut far));
    there.close().await;
    database.end().await;
}

#[tokio::test]
async fn a_change_that_failed_is_not_announced() {
    let database = Database::postgres().await;
    let store = &database.store;
    let project = sample::stored_project(store).await;
    sample::stored_agent(store, project, "scribe").await;
    let mut changes = store.changes();
    store.announce(Change::Keys).await.unwrap();
    while heard(&mut changes).await != Change::Keys {}

    assert!(store.agents().insert(&sample::agent(project, "scribe"), &sample::sealed(1)).await.is_err());
    store.announce(Change::Keys).await.unwrap();

    assert_eq!(heard(&mut changes).await, Change::Keys);
    database.end().await;
}

#[tokio::test]
async fn after_a_lost_connection_everything_may_have_changed() {
    let database = Database::postgres().await;
    let store = &database.store;
    let project = sample::stored_project(store).await;
    let mut changes = store.changes();
    store.announce(Change::Keys).await.unwrap();
    while heard(&mut changes).await != Change::Keys {}

    let name = database.name();
    administer(&format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND query LIKE 'LISTEN%'"
    ))
    .await;

    assert_eq!(heard(&mut changes).await, Change::Everything);
    store.projects().set_policy_mode(project, PolicyMode::Allow).await.unwrap();
    assert_eq!(heard(&mut changes).await, Change::Project(project));
    database.end().await;
}

#[tokio::test]
async fn on_sqlite_there_is_nothing_to_hear() {
    let database = Database::sqlite().await;
    let mut changes = database.store.changes();
    sample::stored_project(&database.store).await;
    database.store.announce(Change::Everything).await.unwrap();

    assert!(is_quiet(&mut changes));
    assert!(!database.store.is_shared());
    database.end().await;
}
