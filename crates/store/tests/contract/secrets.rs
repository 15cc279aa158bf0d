//! Secrets: metadata, values by version, and the value before that serves for a grace time.

use onecli_domain::secret::{InjectionConfig, Secret, SecretKind, SecretUsage};
use onecli_store::secrets::NewValue;
use onecli_store::{Error, Page};

use crate::sample::{self, at};

fn new_value(version: u32, grace: Option<i64>) -> NewValue {
    NewValue {
        sealed: sample::sealed(2),
        version,
        preview: format!("new {version}"),
        placeholder: None,
        config: None,
        grace_until: grace.map(at),
    }
}

contract! {
    async fn a_secret_comes_back_as_it_was_stored(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let plain = Secret { path_pattern: None, allow_plaintext: false, kind: SecretKind::Generic,
            config: InjectionConfig::default(), ..sample::secret(project, "plain") };
        let used = Secret {
            usage: SecretUsage { last_used_at: Some(at(1)), use_count: 7, last_refused_at: Some(at(2)) },
            ..sample::secret(project, "used")
        };
        let value = sample::sealed(3);
        store.secrets().insert(&plain, &value).await.unwrap();
        store.secrets().insert(&used, &sample::sealed(1)).await.unwrap();

        assert_eq!(store.secrets().fetch(project, plain.id).await.unwrap(), Some(plain.clone()));
        assert_eq!(store.secrets().fetch(project, used.id).await.unwrap(), Some(used.clone()));
        assert_eq!(store.secrets().sealed_value(project, plain.id).await.unwrap(), Some((value, 1)));
        assert_eq!(store.secrets().list_all(project).await.unwrap(), [plain.clone(), used]);

        let elsewhere = sample::stored_project(store).await;
        assert_eq!(store.secrets().fetch(elsewhere, plain.id).await.unwrap(), None);
        assert_eq!(store.secrets().sealed_value(elsewhere, plain.id).await.unwrap(), None);
        let again = store.secrets().insert(&plain, &sample::sealed(1)).await;
        assert!(matches!(again, Err(Error::Taken { .. })), "{again:?}");
    }

    async fn secrets_are_listed_in_pages_oldest_first(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let mut all = Vec::new();
        for name in ["a", "b", "c"] {
            all.push(sample::stored_secret(store, project, name).await);
        }

        assert_eq!(store.secrets().list(project, Page::first(2)).await.unwrap(), all[..2]);
        assert_eq!(store.secrets().list(project, Page::after(all[1].id.0, 2)).await.unwrap(), all[2..]);
    }

    async fn what_people_configure_is_changed_and_nothing_else(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let secret = sample::stored_secret(store, project, "key").await;
        let value = store.secrets().sealed_value(project, secret.id).await.unwrap();

        let changed = Secret {
            name: "other".into(),
            kind: SecretKind::Generic,
            host_patterns: vec!["other.test".into(), "*.more.test".into()],
            path_pattern: None,
            config: InjectionConfig { param_name: Some("key".into()), ..InjectionConfig::default() },
            allow_plaintext: false,
            placeholder: "onecli-other".into(),
            ..secret.clone()
        };
        assert!(store.secrets().update(&changed, None).await.unwrap());

        assert_eq!(store.secrets().fetch(project, secret.id).await.unwrap(), Some(changed));
        assert_eq!(store.secrets().sealed_value(project, secret.id).await.unwrap(), value);
        assert!(!store.secrets().update(&sample::secret(project, "nowhere"), None).await.unwrap());
    }

    async fn pattern_and_value_change_together_or_not_at_all(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let secret = sample::stored_secret(store, project, "key").await;
        let moved = Secret { host_patterns: vec!["new.test".into()], ..secret.clone() };

        assert!(!store.secrets().update(&moved, Some(&new_value(5, None))).await.unwrap());
        assert_eq!(store.secrets().fetch(project, secret.id).await.unwrap(), Some(secret.clone()));

        let value = new_value(2, None);
        assert!(store.secrets().update(&moved, Some(&value)).await.unwrap());
        let expected = Secret { value_version: 2, preview: "new 2".into(), ..moved };
        assert_eq!(store.secrets().fetch(project, secret.id).await.unwrap(), Some(expected));
        assert_eq!(store.secrets().sealed_value(project, secret.id).await.unwrap(), Some((value.sealed, 2)));
    }

    async fn with_a_grace_time_the_value_before_is_kept_until_then(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let secret = sample::secret(project, "key");
        let first = sample::sealed(1);
        store.secrets().insert(&secret, &first).await.unwrap();

        let second = NewValue {
            placeholder: Some("onecli-second".into()),
            config: Some(InjectionConfig::default()),
            ..new_value(2, Some(60))
        };
        assert!(store.secrets().replace_value(project, secret.id, &second).await.unwrap());

        let rows = store.snapshot().load(project).await.unwrap().unwrap();
        let stored = &rows.secrets[0];
        assert_eq!(stored.sealed, second.sealed);
        assert_eq!(stored.previous, Some((first, 1)));
        let expected = Secret {
            value_version: 2,
            preview: "new 2".into(),
            placeholder: "onecli-second".into(),
            config: InjectionConfig::default(),
            grace_until: Some(at(60)),
            ..secret.clone()
        };
        assert_eq!(stored.secret, expected);

        assert_eq!(store.secrets().purge_expired_previous(at(59)).await.unwrap(), 0);
        assert_eq!(store.secrets().purge_expired_previous(at(60)).await.unwrap(), 1);
        let rows = store.snapshot().load(project).await.unwrap().unwrap();
        assert_eq!((&rows.secrets[0].previous, rows.secrets[0].secret.grace_until), (&None, None));
        assert_eq!(rows.secrets[0].sealed, second.sealed);
    }

    async fn without_a_grace_time_every_older_value_is_forgotten(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let secret = sample::stored_secret(store, project, "key").await;
        assert!(store.secrets().replace_value(project, secret.id, &new_value(2, Some(60))).await.unwrap());

        assert!(store.secrets().replace_value(project, secret.id, &new_value(3, None)).await.unwrap());

        let rows = store.snapshot().load(project).await.unwrap().unwrap();
        assert_eq!((&rows.secrets[0].previous, rows.secrets[0].secret.grace_until), (&None, None));
        assert_eq!(rows.secrets[0].secret.placeholder, secret.placeholder);
        assert_eq!(rows.secrets[0].secret.config, secret.config);
    }

    async fn of_two_replacements_of_one_value_the_second_is_refused(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let secret = sample::stored_secret(store, project, "key").await;
        let (first, second) = (new_value(2, None), new_value(2, None));

        assert!(store.secrets().replace_value(project, secret.id, &first).await.unwrap());
        assert!(!store.secrets().replace_value(project, secret.id, &second).await.unwrap());

        assert_eq!(store.secrets().sealed_value(project, secret.id).await.unwrap(), Some((first.sealed, 2)));
        let nowhere = sample::secret(project, "nowhere");
        assert!(!store.secrets().replace_value(project, nowhere.id, &new_value(2, None)).await.unwrap());
    }

    async fn a_secret_is_deleted_from_its_own_project_only(database) {
        let store = &database.store;
        let (project, elsewhere) = (sample::stored_project(store).await, sample::stored_project(store).await);
        let secret = sample::stored_secret(store, project, "key").await;

        assert!(!store.secrets().delete(elsewhere, secret.id).await.unwrap());
        assert!(store.secrets().delete(project, secret.id).await.unwrap());
        assert!(!store.secrets().delete(project, secret.id).await.unwrap());
        assert_eq!(store.secrets().list_all(project).await.unwrap(), []);
    }
}
