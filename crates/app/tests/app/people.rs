//! People: keys by hash, links that work once, sessions that end.

use onecli_app::Error;

use crate::ground::Ground;

#[tokio::test]
async fn a_link_signs_in_once_and_within_a_minute() {
    let ground = Ground::start().await;
    let owner = ground.app.owner().await.unwrap();
    let link = ground.app.new_sign_in_link(&owner).await.unwrap();
    let token = link.token.as_str().unwrap();
    let session = ground.app.sign_in(token).await.unwrap().unwrap();
    assert!(ground.app.sign_in(token).await.unwrap().is_none());
    let found = ground.app.person_of_session(session.token.as_str().unwrap()).await.unwrap();
    assert_eq!(found.unwrap().id, owner.id);

    let late = ground.app.new_sign_in_link(&owner).await.unwrap();
    ground.pass(60);
    assert!(ground.app.sign_in(late.token.as_str().unwrap()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_session_ends_with_the_sign_out_and_by_itself() {
    let ground = Ground::start().await;
    let owner = ground.app.owner().await.unwrap();
    let begin = || async {
        let link = ground.app.new_sign_in_link(&owner).await.unwrap();
        ground.app.sign_in(link.token.as_str().unwrap()).await.unwrap().unwrap()
    };
    let session = begin().await;
    let token = session.token.as_str().unwrap();
    ground.app.sign_out(token).await.unwrap();
    assert!(ground.app.person_of_session(token).await.unwrap().is_none());

    let session = begin().await;
    ground.pass(session.seconds);
    assert!(ground.app.person_of_session(session.token.as_str().unwrap()).await.unwrap().is_none());
}

#[tokio::test]
async fn only_the_key_that_was_replaced_stops_working() {
    let ground = Ground::start().await;
    let owner = ground.app.owner().await.unwrap();
    let first = ground.first_key.as_ref().unwrap().as_str().unwrap();
    let personal = ground.app.regenerate_api_key(&owner).await.unwrap();
    let personal = personal.as_str().unwrap();
    assert!(ground.app.person_of_key(personal).await.unwrap().is_some());
    ground.app.regenerate_api_key(&owner).await.unwrap();
    assert!(ground.app.person_of_key(personal).await.unwrap().is_none());
    assert!(ground.app.person_of_key(first).await.unwrap().is_some());
    let local = ground.app.new_local_key().await.unwrap();
    assert!(ground.app.person_of_key(first).await.unwrap().is_none());
    assert!(ground.app.person_of_key(local.as_str().unwrap()).await.unwrap().is_some());
    for wrong in ["", "oc_", "oc_00"] {
        assert!(ground.app.person_of_key(wrong).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_removed_key_stops_working_and_a_stored_one_shows_a_preview_alone() {
    let ground = Ground::start().await;
    let owner = ground.app.owner().await.unwrap();
    let (key, stored) = ground.app.create_api_key(&owner, "CI").await.unwrap();
    let text = key.as_str().unwrap();
    assert!(!format!("{stored:?}").contains(text));
    assert_eq!(stored.preview, format!("{}••••••••{}", &text[..7], &text[text.len() - 4..]));
    ground.app.remove_api_key(&owner, stored.id).await.unwrap();
    assert!(ground.app.person_of_key(text).await.unwrap().is_none());
    let again = ground.app.remove_api_key(&owner, stored.id).await;
    assert!(matches!(again, Err(Error::NotFound("API key"))));
}
