//! Encryption keys: rotation while everything goes on, and after a crash in the middle of it.

use crate::ground::Ground;

/// Looks until nothing is left to wrap. Each look is a question to the database, so it waits for the work.
async fn rotated(ground: &Ground, version: u32) {
    for _ in 0..10_000 {
        let status = ground.app.key_status().await.unwrap();
        if !status.rotating {
            assert_eq!(status.current_version, version);
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the rotation does not end");
}

#[tokio::test]
async fn a_rotation_wraps_everything_anew_and_every_value_still_opens() {
    let ground = Ground::start().await;
    for number in 0..300 {
        ground.secret(&format!("api{number}.good.test"), &format!("s3cret-{number}")).await;
    }
    assert_eq!(ground.app.key_status().await.unwrap().current_version, 1);
    ground.app.rotate_keys().await.unwrap();
    assert_eq!(ground.values("api7.good.test").await, ["s3cret-7"]);
    rotated(&ground, 2).await;
    let status = ground.app.key_status().await.unwrap();
    assert_eq!((status.keys.len(), status.keys[0].rows), (2, 0));
    assert!(status.keys[1].rows > 300, "secrets, an agent's token and the authority");
    assert_eq!(ground.values("api299.good.test").await, ["s3cret-299"]);

    let ground = ground.restart().await.unwrap();
    assert_eq!(ground.values("api0.good.test").await, ["s3cret-0"]);
    assert_eq!(ground.app.authority().certificate_pem, "CERTIFICATE");
    assert!(ground.default_agent().await.is_default);
}

#[tokio::test]
async fn a_rotation_that_was_cut_off_goes_on_at_the_next_start() {
    let ground = Ground::start().await;
    ground.secret("api.good.test", "s3cret-value").await;
    ground.app.rotate_keys().await.unwrap();
    // The store is closed under the background work, as a crash would do.
    let ground = ground.restart().await.unwrap();
    rotated(&ground, 2).await;
    assert_eq!(ground.values("api.good.test").await, ["s3cret-value"]);
}
