//! Sessions end on time; a sign-in link works once.

use onecli_domain::id::UserId;
use onecli_domain::person::Session;
use onecli_store::Store;

use crate::sample::{self, at};

async fn owner(store: &Store) -> UserId {
    let first = sample::first_run();
    store.first_run(&first).await.unwrap();
    first.user.id
}

fn session(user: UserId, expires: i64) -> Session {
    Session { hash: sample::hash(), user, created_at: at(0), expires_at: at(expires) }
}

contract! {
    async fn a_session_is_found_until_it_ends(database) {
        let store = &database.store;
        let session = session(owner(store).await, 60);
        store.sessions().insert(&session).await.unwrap();

        assert_eq!(store.sessions().fetch_by_hash(session.hash, at(59)).await.unwrap(), Some(session.clone()));
        assert_eq!(store.sessions().fetch_by_hash(session.hash, at(60)).await.unwrap(), None);
        assert_eq!(store.sessions().fetch_by_hash(sample::hash(), at(0)).await.unwrap(), None);
        assert!(store.sessions().delete(session.hash).await.unwrap());
        assert!(!store.sessions().delete(session.hash).await.unwrap());
        assert_eq!(store.sessions().fetch_by_hash(session.hash, at(0)).await.unwrap(), None);
    }

    async fn what_has_expired_is_deleted_and_the_rest_kept(database) {
        let store = &database.store;
        let user = owner(store).await;
        let (old, young) = (session(user, 10), session(user, 20));
        store.sessions().insert(&old).await.unwrap();
        store.sessions().insert(&young).await.unwrap();
        let (stale, fresh) = (sample::hash(), sample::hash());
        store.sign_in_links().insert(stale, user, at(10)).await.unwrap();
        store.sign_in_links().insert(fresh, user, at(20)).await.unwrap();

        assert_eq!(store.sessions().delete_expired(at(10)).await.unwrap(), 2);

        assert_eq!(store.sessions().fetch_by_hash(old.hash, at(0)).await.unwrap(), None);
        assert_eq!(store.sessions().fetch_by_hash(young.hash, at(0)).await.unwrap(), Some(young));
        assert_eq!(store.sign_in_links().take(stale, at(0)).await.unwrap(), None);
        assert_eq!(store.sign_in_links().take(fresh, at(0)).await.unwrap(), Some(user));
    }

    async fn a_link_signs_in_once(database) {
        let store = &database.store;
        let user = owner(store).await;
        let link = sample::hash();
        store.sign_in_links().insert(link, user, at(60)).await.unwrap();

        assert_eq!(store.sign_in_links().take(sample::hash(), at(1)).await.unwrap(), None);
        assert_eq!(store.sign_in_links().take(link, at(1)).await.unwrap(), Some(user));
        assert_eq!(store.sign_in_links().take(link, at(1)).await.unwrap(), None);
    }

    async fn an_expired_link_signs_nobody_in(database) {
        let store = &database.store;
        let user = owner(store).await;
        let link = sample::hash();
        store.sign_in_links().insert(link, user, at(60)).await.unwrap();

        assert_eq!(store.sign_in_links().take(link, at(60)).await.unwrap(), None);
        assert_eq!(store.sign_in_links().take(link, at(0)).await.unwrap(), None);
    }

    async fn of_two_gateways_one_takes_the_link(database) {
        let (one, two) = (&database.store, database.another().await);
        let user = owner(one).await;
        for _ in 0..10 {
            let link = sample::hash();
            one.sign_in_links().insert(link, user, at(60)).await.unwrap();

            let (one_link, two_link) = (one.sign_in_links(), two.sign_in_links());
            let (first, second) = tokio::join!(one_link.take(link, at(1)), two_link.take(link, at(1)));

            assert_eq!(first.unwrap().iter().chain(&second.unwrap()).count(), 1);
        }
        two.close().await;
    }
}
