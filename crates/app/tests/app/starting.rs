//! Starting: what the first start makes, and what is refused rather than overwritten.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use onecli_app::{Error, Root};
use tempfile::TempDir;

use crate::ground::Ground;

fn refusal(outcome: Result<Ground, Error>) -> String {
    match outcome {
        Ok(_) => panic!("it started"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn the_first_start_makes_all_that_one_person_needs_and_the_second_nothing() {
    let ground = Ground::start().await;
    let key = ground.first_key.as_ref().unwrap().as_str().unwrap().to_owned();
    assert!(key.starts_with("oc_"));
    let owner = ground.app.owner().await.unwrap();
    assert_eq!(ground.app.person_of_key(&key).await.unwrap().unwrap().id, owner.id);
    assert_eq!(ground.app.project(&owner, ground.project).await.unwrap().name, "Default");
    let agent = ground.default_agent().await;
    assert_eq!((agent.name.as_str(), agent.identifier.as_str()), ("Default Agent", "default"));
    let file = ground.folder.path().join("encryption.key");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_to_string(&file).unwrap().trim().len(), 64);

    let again = ground.restart().await.unwrap();
    assert!(again.first_key.is_none());
    assert_eq!(again.default_agent().await.id, agent.id);
    assert_eq!(again.app.authority().certificate_pem, "CERTIFICATE");
    assert!(again.app.person_of_key(&key).await.unwrap().is_some());
}

#[tokio::test]
async fn a_missing_key_file_is_refused_and_none_is_made() {
    let ground = Ground::start().await;
    let file = ground.folder.path().join("encryption.key");
    let key = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let folder = Arc::clone(&ground.folder);
    let message = refusal(ground.restart().await);
    assert!(message.contains("missing") && message.contains("encryption.key"), "{message}");
    assert!(!file.exists());

    fs::write(&file, key).unwrap();
    assert!(Ground::start_with(folder, Root::KeyFile(file)).await.is_ok());
}

#[tokio::test]
async fn a_wrong_or_malformed_key_is_refused_and_the_right_one_still_opens() {
    let ground = Ground::start().await;
    ground.secret("api.good.test", "s3cret-value").await;
    let folder = Arc::clone(&ground.folder);
    ground.app.shutdown().await;
    let start = |root| Ground::start_with(Arc::clone(&folder), root);
    let message = refusal(start(Root::Text("ab".repeat(32).into())).await);
    assert!(message.contains("not the one"), "{message}");
    let message = refusal(start(Root::Text("too short".to_owned().into())).await);
    assert!(message.contains("64 hexadecimal digits"), "{message}");
    assert!(!refusal(start(Root::Passphrase("correct horse battery".to_owned().into())).await).is_empty());

    let again = start(Root::KeyFile(folder.path().join("encryption.key"))).await.unwrap();
    assert_eq!(again.values("api.good.test").await, ["s3cret-value"]);
}

#[tokio::test]
async fn a_passphrase_opens_what_it_sealed() {
    let folder = Arc::new(TempDir::new().unwrap());
    let root = || Root::Passphrase("six words that nobody can guess".to_owned().into());
    let ground = Ground::start_with(Arc::clone(&folder), root()).await.unwrap();
    ground.secret("api.good.test", "s3cret-value").await;
    ground.app.shutdown().await;
    let again = Ground::start_with(Arc::clone(&folder), root()).await.unwrap();
    assert_eq!(again.values("api.good.test").await, ["s3cret-value"]);
    assert!(!folder.path().join("encryption.key").exists());
}
