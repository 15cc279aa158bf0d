//! API keys: found by hash, deleted by their owner only.

use onecli_domain::id::UserId;
use onecli_domain::person::ApiKey;
use onecli_store::{Error, Store};
use uuid::Uuid;

use crate::sample::{self, at};

async fn stored_user(store: &Store, email: &str) -> UserId {
    let project = sample::stored_project(store).await;
    let user = sample::user(project, email);
    store.users().insert(&user).await.unwrap();
    user.id
}

contract! {
    async fn a_key_is_found_by_its_hash(database) {
        let store = &database.store;
        let user = stored_user(store, "a@b.test").await;
        let (first, second) = (sample::api_key(user), sample::api_key(user));
        store.api_keys().insert(&first).await.unwrap();
        store.api_keys().insert(&second).await.unwrap();

        assert_eq!(store.api_keys().fetch_by_hash(first.hash).await.unwrap(), Some(first.clone()));
        assert_eq!(store.api_keys().fetch_by_hash(sample::hash()).await.unwrap(), None);
        assert_eq!(store.api_keys().list(user).await.unwrap(), [first.clone(), second]);

        let again = store.api_keys().insert(&ApiKey { hash: first.hash, ..sample::api_key(user) }).await;
        assert!(matches!(again, Err(Error::Taken { what: "API key" })), "{again:?}");
        let nobodys = store.api_keys().insert(&sample::api_key(UserId(Uuid::now_v7()))).await;
        assert!(matches!(nobodys, Err(Error::Dangling)), "{nobodys:?}");
    }

    async fn a_key_is_deleted_by_its_owner_only(database) {
        let store = &database.store;
        let (owner, other) = (stored_user(store, "a@b.test").await, stored_user(store, "c@b.test").await);
        let key = sample::api_key(owner);
        store.api_keys().insert(&key).await.unwrap();

        assert!(!store.api_keys().delete(other, key.id).await.unwrap());
        assert!(store.api_keys().delete(owner, key.id).await.unwrap());
        assert_eq!(store.api_keys().fetch_by_hash(key.hash).await.unwrap(), None);
    }

    async fn a_key_takes_the_place_of_those_of_its_name(database) {
        let store = &database.store;
        let user = stored_user(store, "a@b.test").await;
        let named = ApiKey { name: "other".into(), ..sample::api_key(user) };
        store.api_keys().insert(&named).await.unwrap();
        store.api_keys().insert(&sample::api_key(user)).await.unwrap();
        store.api_keys().insert(&sample::api_key(user)).await.unwrap();

        let fresh = sample::api_key(user);
        store.api_keys().replace(&fresh).await.unwrap();

        assert_eq!(store.api_keys().list(user).await.unwrap(), [named, fresh]);
    }

    async fn the_last_use_only_moves_forward(database) {
        let store = &database.store;
        let user = stored_user(store, "a@b.test").await;
        let key = sample::api_key(user);
        store.api_keys().insert(&key).await.unwrap();

        for seconds in [10, 30, 20] {
            store.api_keys().touch(key.id, at(seconds)).await.unwrap();
        }

        let stored = store.api_keys().fetch_by_hash(key.hash).await.unwrap().unwrap();
        assert_eq!(stored.last_used_at, Some(at(30)));
    }
}
