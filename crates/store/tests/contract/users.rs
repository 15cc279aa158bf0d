//! People, and the first run that only one gateway wins.

use std::slice;

use onecli_domain::id::UserId;
use onecli_domain::person::User;
use onecli_store::Error;
use uuid::Uuid;

use crate::sample;

contract! {
    async fn the_first_run_makes_the_owner_and_all_that_goes_with_them(database) {
        let store = &database.store;
        let first = sample::first_run();

        assert!(store.first_run(&first).await.unwrap());

        assert_eq!(store.users().list().await.unwrap(), slice::from_ref(&first.user));
        assert_eq!(store.projects().list().await.unwrap(), slice::from_ref(&first.project));
        assert_eq!(store.agents().fetch_default(first.project.id).await.unwrap(), Some(first.agent.clone()));
        let token = store.agents().sealed_token(first.project.id, first.agent.id).await.unwrap();
        assert_eq!(token, Some((first.token, 1)));
        assert_eq!(store.api_keys().list(first.user.id).await.unwrap(), [first.api_key]);
    }

    async fn a_second_first_run_changes_nothing(database) {
        let store = &database.store;
        let first = sample::first_run();
        assert!(store.first_run(&first).await.unwrap());

        assert!(!store.first_run(&sample::first_run()).await.unwrap());

        assert_eq!(store.users().list().await.unwrap(), [first.user]);
        assert_eq!(store.projects().list().await.unwrap(), [first.project]);
    }

    async fn where_somebody_is_there_is_no_first_run(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        store.users().insert(&sample::user(project, "a@b.test")).await.unwrap();

        assert!(!store.first_run(&sample::first_run()).await.unwrap());

        assert_eq!(store.projects().list().await.unwrap().len(), 1);
    }

    async fn of_gateways_that_start_at_once_exactly_one_makes_the_owner(database) {
        let (one, two) = (&database.store, database.another().await);
        let (first, second) = (sample::first_run(), sample::first_run());

        let (won, also) = tokio::join!(one.first_run(&first), two.first_run(&second));

        assert_eq!([won.unwrap(), also.unwrap()].iter().filter(|won| **won).count(), 1);
        assert_eq!(one.users().list().await.unwrap().len(), 1);
        assert_eq!(one.projects().list().await.unwrap().len(), 1);
        two.close().await;
    }

    async fn people_are_kept_and_renamed(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let user = sample::user(project, "a@b.test");
        store.users().insert(&user).await.unwrap();

        assert!(store.users().rename(user.id, "Other").await.unwrap());

        let renamed = User { name: "Other".into(), ..user.clone() };
        assert_eq!(store.users().fetch(user.id).await.unwrap(), Some(renamed));
        let nobody = UserId(Uuid::now_v7());
        assert_eq!(store.users().fetch(nobody).await.unwrap(), None);
        assert!(!store.users().rename(nobody, "x").await.unwrap());
    }

    async fn an_email_address_belongs_to_one_person(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        store.users().insert(&sample::user(project, "a@b.test")).await.unwrap();

        let again = store.users().insert(&sample::user(project, "a@b.test")).await;
        assert!(matches!(again, Err(Error::Taken { what: "e-mail address" })), "{again:?}");
        let nowhere = store.users().insert(&sample::user(sample::project().id, "c@b.test")).await;
        assert!(matches!(nowhere, Err(Error::Dangling)), "{nowhere:?}");
    }
}
