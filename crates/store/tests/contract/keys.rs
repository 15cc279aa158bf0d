//! Key-encryption keys: every sealed value is found for re-wrapping, and none that changed meanwhile is hurt.

use onecli_domain::sealed::{Sealed, WrappedKey};
use onecli_domain::secret::Secret;
use onecli_store::keys::{SealedColumn, SealedRow};
use onecli_store::secrets::NewValue;
use onecli_store::settings::SealedSetting;
use onecli_store::{Error, Store};
use uuid::Uuid;

use crate::sample::{self, at};

/// One sealed value in each column, all under key 1, and the secret among them.
async fn one_of_each(store: &Store) -> Secret {
    let project = sample::stored_project(store).await;
    sample::stored_agent(store, project, "scribe").await;
    let secret = sample::stored_secret(store, project, "key").await;
    let value = NewValue {
        sealed: sample::sealed(1),
        version: 2,
        preview: String::new(),
        placeholder: None,
        config: None,
        grace_until: Some(at(60)),
    };
    assert!(store.secrets().replace_value(project, secret.id, &value).await.unwrap());
    let setting = SealedSetting { id: Uuid::now_v7(), sealed: sample::sealed(1) };
    store.settings().insert_sealed_if_absent("ca", &setting).await.unwrap();
    let held = sample::approval(project);
    store.approvals().insert(&held, "here", &sample::sealed(1)).await.unwrap();
    secret
}

async fn all_under_other(store: &Store, version: u32) -> Vec<SealedRow> {
    store.keys().sealed_under_other(version, None, 1_000).await.unwrap()
}

contract! {
    async fn keys_are_listed_with_the_current_one_last(database) {
        let keys = database.store.keys();
        let key = |version: u32, fill| WrappedKey { version, wrapped: vec![fill; 60], created_at: at(i64::from(version)) };
        keys.insert(&key(2, 9)).await.unwrap();
        keys.insert(&key(1, 8)).await.unwrap();

        assert_eq!(keys.list().await.unwrap(), [key(1, 8), key(2, 9)]);

        let again = keys.insert(&key(2, 7)).await;
        assert!(matches!(again, Err(Error::Taken { what: "key version" })), "{again:?}");
        assert_eq!(keys.list().await.unwrap(), [key(1, 8), key(2, 9)]);
    }

    async fn every_sealed_value_is_found_with_its_place(database) {
        let store = &database.store;
        let secret = one_of_each(store).await;

        let rows = all_under_other(store, 2).await;

        let columns: Vec<SealedColumn> = rows.iter().map(|row| row.column).collect();
        assert_eq!(columns, SealedColumn::ALL);
        let found: Vec<(Uuid, u32)> = rows.iter().map(|row| (row.project, row.value_version)).collect();
        let project = secret.project.0;
        assert_eq!(found, [(project, 2), (project, 1), (project, 1), (Uuid::nil(), 1), (project, 1)]);
        assert_eq!((rows[0].record, rows[1].record), (secret.id.0, secret.id.0));
        let value = store.secrets().sealed_value(secret.project, secret.id).await.unwrap().unwrap();
        assert_eq!(rows[0].sealed, value.0);
        let setting = store.settings().fetch_sealed("ca").await.unwrap().unwrap();
        assert_eq!((rows[3].record, &rows[3].sealed), (setting.id, &setting.sealed));
        assert_eq!(all_under_other(store, 1).await, []);
    }

    async fn sealed_values_come_in_batches_that_go_on_where_the_last_ended(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        for name in ["a", "b", "c", "d"] {
            sample::stored_secret(store, project, name).await;
        }
        one_of_each(store).await;
        let all = all_under_other(store, 2).await;

        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let batch = store.keys().sealed_under_other(2, after, 3).await.unwrap();
            let is_last = batch.len() < 3;
            after = batch.last().map(SealedRow::position).or(after);
            found.extend(batch);
            if is_last {
                break;
            }
        }

        assert_eq!(found.len(), 9);
        assert_eq!(found, all);
    }

    async fn a_data_key_is_rewrapped_in_every_column(database) {
        let store = &database.store;
        one_of_each(store).await;
        assert_eq!(store.keys().rows_by_version().await.unwrap(), [(1, 5)]);
        let before = all_under_other(store, 2).await;

        for row in &before[..2] {
            assert!(store.keys().replace_wrapped_key(row, 2, &[2; 60]).await.unwrap());
        }
        assert_eq!(store.keys().rows_by_version().await.unwrap(), [(1, 3), (2, 2)]);
        let rest: Vec<_> = before[2..].iter().map(|row| (row, vec![2; 60])).collect();
        assert_eq!(store.keys().replace_wrapped_keys(&rest, 2).await.unwrap(), 3);

        assert_eq!(store.keys().rows_by_version().await.unwrap(), [(2, 5)]);
        assert_eq!(all_under_other(store, 2).await, []);
        let expected: Vec<_> = before
            .into_iter()
            .map(|row| {
                let sealed = Sealed { key_version: 2, wrapped_key: vec![2; 60], body: row.sealed.body.clone() };
                SealedRow { sealed, ..row }
            })
            .collect();
        assert_eq!(all_under_other(store, 3).await, expected);
    }

    async fn a_value_that_was_replaced_meanwhile_is_left_alone(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let secret = sample::stored_secret(store, project, "key").await;
        let read = all_under_other(store, 2).await.remove(0);
        let value = NewValue {
            sealed: sample::sealed(1),
            version: 2,
            preview: String::new(),
            placeholder: None,
            config: None,
            grace_until: None,
        };
        assert!(store.secrets().replace_value(project, secret.id, &value).await.unwrap());

        assert!(!store.keys().replace_wrapped_key(&read, 2, &[2; 60]).await.unwrap());

        let stored = store.secrets().sealed_value(project, secret.id).await.unwrap();
        assert_eq!(stored, Some((value.sealed, 2)));
    }
}
